# %% [markdown]
"""
# 8.3 · Smart tuning

*智能化超参数调优*

The document says that tuning takes much experience, and hopes that AI methods will do it by themselves. Chapter 3.2d searched one table
of trainings. Here are twelve tables, so that another question can be asked: what can be known *before* the first training?

**You will be able to**

- judge a search by what its pick is worth, over many tasks and seeds,
- spend short trainings on many settings and long ones on few,
- begin where other tasks ended, and write rules that give their reasons,
- find a learning rate in one training, and let a population of networks tune itself,
- say which settings matter, and when tuning is not worth it.

**Time** 40 minutes to read and try, half a minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, and tables of real trainings on twelve tasks (`course/data/head_trials.md`)
"""

# %% [markdown] lang="zh"
"""
# 8.3 · 智能化超参数调优

*智能化超参数调优*

原文说调参要有丰富的经验，并希望今后由 AI 方法自动完成。第 3.2d 章只在一张训练记录表上搜索；这里有十二张表，于是可以换一个问题：在第一次训练*之前*，能知道些什么？

**学完本章，你能够**

- 用“选中的设置值多少”来评判一次搜索，并且跨许多任务和种子来看；
- 让许多设置各训练一小段，只让少数设置训练到底；
- 从别的任务停下的地方起步，并写出能说明理由的规则；
- 用一次训练找到学习率，让一群网络自己调自己；
- 说出哪些设置要紧，以及什么时候不值得调。

**时间** 阅读和动手 40 分钟，运行约半分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** `reviews`，以及十二个任务上真实训练的记录（`course/data/zh/head_trials.md`）
"""

# %% tags=["parameters"]
trials: str = "head_trials"  # recorded trainings of small heads on several tasks: a table of course/data
described: str = "head_tasks"  # what is known of each task before a training: a table of course/data
replays: str = "head_replays"  # recorded searches over these trainings: a table of course/data
populations: str = "head_populations"  # recorded populations on the same tasks: a table of course/data
random_orders: int = 200  # random searches replayed here for each task
dataset: str = "reviews"  # of the live trainings: bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = "sector"  # column of the labels; found by its name if None
model_name: str = "minilm"  # bundled model, a folder, or a Hub id; it stays frozen
train_texts: int | None = 400  # texts that the live heads train on; all if None
validation_texts: int | None = 200  # texts that choose among them; all if None
test_texts: int | None = 300  # texts that judge the choice; all if None
max_length: int = 48  # longer texts lose their end [tokens]
num_epochs: int = 8  # passes over the training texts of a live head
members: int = 12  # heads of the live population
seed: int = 0  # of the draws, of the live heads and of their order

# %% [markdown]
"""
## Where settings can come from

![Four sources of settings: rules, other tasks, search, and training itself. Rules and other tasks cost no training, search costs many, a population tunes while it trains. All four lead to one pick, which is judged by its regret.](images/sources_of_settings.svg)

Two of the four sources cost nothing on the new task. A search should have to beat them.
"""

# %% [markdown] lang="zh"
"""
## 设置可以从哪里来

![设置的四个来源：规则、别的任务、搜索、训练过程本身。规则和别的任务不花一次训练，搜索要花许多次，群体一边训练一边调。四者都通向一个选定的设置，由它的后悔值来评判。](images/sources_of_settings.zh.svg)

四个来源里，有两个在新任务上不花任何代价。搜索应当先胜过它们。
"""

# %%
import ipywidgets
import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LinearRegression

from talentlab import data, evaluation, models, plots, runtime
from talentlab.chapters import heads
from talentlab.course import claims, exercises, guesses, quizzes

# %% [markdown]
"""
Three questions and two guesses before anything runs. They come again.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，再猜两个结果，后面都会回头对照。
"""

# %%
quizzes.ask("8.3", "before")
guess_trials = guesses.guess("8.3.trials")
guess_setting = guesses.guess("8.3.setting")

# %% [markdown]
"""
## 1 Twelve tasks, 120 settings, every training on record

Each training is a small *head*: one layer, or two, on numbers that stay as they are. Seven tasks are texts seen through the frozen encoder, five
are tables, sounds or images as plain numbers. Every head was trained for eight epochs, with five seeds, on at most 500 examples; the accuracy is *balanced*, the
mean over the classes of the share found.
"""

# %% [markdown] lang="zh"
"""
## 1 十二个任务，120 组设置，每次训练都有记录

每次训练的是一个小小的*分类头*：一层或两层，接在固定不变的数字上。七个任务是文本，经过冻结的编码器；另外五个是表格、声音或图像，直接当作数字。每个分类头训练八轮，五个种子，最多 500 个样本；准确率是*平衡*的，即各类召回率的均值。
"""

# %%
table = pd.read_csv(runtime.corpus_file(trials))
tasks = pd.read_csv(runtime.corpus_file(described)).set_index("task")
names = list(table.columns[1 : table.columns.get_loc("seed")])  # the settings stand between task and seed
after = [column for column in table if column.startswith("accuracy_")]  # validation, one column per epoch
table = table.sort_values(["seed", *names])
points = table[(table["task"] == tasks.index[0]) & (table["seed"] == 0)][names].reset_index(drop=True)
shape = (table["seed"].nunique(), len(points), len(after))
curves = np.stack([table.loc[table["task"] == task, after].to_numpy().reshape(shape) for task in tasks.index])
tested = np.stack([table.loc[table["task"] == task, "test"].to_numpy().reshape(shape[:2]) for task in tasks.index])
seen = curves.max(-1)  # [tasks, seeds, settings]: what a search is told
worth = 100 * tested.mean(1)  # [tasks, settings]: what a setting is worth, on test rows, over the seeds
noise = 100 * tested.std(1, ddof=1).mean(1)  # [tasks]: what another seed changes
print(f"{len(tasks)} tasks × {shape[1]} settings × {shape[0]} seeds: {len(table):,} trainings of {shape[2]} epochs")
print({name: points[name].unique().tolist() for name in names})

# %%
figure, (axes,) = plots.new_axes(width=7.4, height=4.6)
for row, task in enumerate(tasks.index):
    axes.plot(worth[row], np.full(shape[1], row), "o", color=plots.GREY, alpha=0.25, markersize=4)
    axes.errorbar(worth[row].max(), row, xerr=noise[row], fmt="o", color=plots.BLUE, markersize=5, capsize=3)
axes.set(xlabel="balanced test accuracy of each setting, mean of five seeds [%]", yticks=range(len(tasks)))
axes.set_yticklabels(tasks.index)
axes.invert_yaxis()
spread = worth.max(1) - np.median(worth, 1)
plots.show(figure, alt=f"Blue: the best of {shape[1]} settings, with the standard deviation between seeds, {noise.mean():.1f} points "
           f"on average. Between best and median lie {spread.min():.0f} to {spread.max():.0f} points.")  # fmt: skip

# %% [markdown]
"""
On some tasks settings decide everything, on others they hardly exceed the bar of the seeds. A figure of one task says little about tuning.

## 2 Simple regret

A search sees one number per training: validation accuracy, with one seed. It ends with a *pick*. The **simple regret** of the pick is how far its worth stays behind that of the best setting: on *test* rows, over all
seeds, in points. So a search that finds a lucky training gets no credit for the luck.

The best of 120 settings is itself a little lucky on the test rows. That adds about the same to everybody's regret, and falls out of differences.
"""

# %% [markdown] lang="zh"
"""
在有些任务上，设置决定一切；在另一些任务上，设置的差别几乎不超过换种子的那段横线。只看一个任务，说明不了调参的作用。

## 2 简单后悔值

搜索每次训练只看到一个数：一个种子的验证准确率。搜索结束时给出一个*选择*。它的**简单后悔值**，就是它的价值比最好的设置低多少：在*测试*样本上、对所有种子取平均，以百分点计。这样，搜索若只是撞上一次走运的训练，运气不会算作功劳。

120 组设置里最好的那组，在测试样本上本身也有一点运气。这会让所有人的后悔值都多出差不多的一份，相减时就抵消了。
"""


# %%
regret = worth.max(1, keepdims=True) - worth  # [tasks, settings], in points


def picks(order, told):
    """The place picked after 1, 2, … trainings in `order`, by what the search was told."""
    best = np.maximum.accumulate(told[order])
    is_new = np.diff(best, prepend=-1) > 0
    return order[np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))]


generator = np.random.default_rng(seed)
most = 20  # trainings that a search may run
random_regret = np.empty((shape[0], len(tasks), most))  # mean over the orders
for task in range(len(tasks)):
    for s in range(shape[0]):
        orders = [generator.permutation(shape[1])[:most] for _ in range(random_orders)]
        random_regret[s, task] = np.mean([regret[task, picks(order, seen[task, s])] for order in orders], axis=0)
blind = regret.mean(1)
everything = np.array([[regret[t, seen[t, s].argmax()] for t in range(len(tasks))] for s in range(shape[0])])
print(f"a setting drawn blindly: {blind.mean():.1f} points of regret on average")
for k in (3, 8, most):
    print(f"the best of {k} random ones: {random_regret[:, :, k - 1].mean():.1f}")
print(f"the best of all {shape[1]}: {everything.mean():.1f}, and not 0: validation has noise")

# %% [markdown]
"""
The last line is the floor: who tries everything still picks by one noisy number. Most of the way down is done by a handful of trainings.

Model-based searches have to do better than this at the same cost. They were replayed on the tables by `python tests/bench/head_trials.py --replay`, five seeds
on each task; an epoch costs one epoch.
"""

# %% [markdown] lang="zh"
"""
最后一行是下限：即使全部试过，仍然是凭一个带噪声的数来选。下降的大部分路程，几次训练就走完了。

基于模型的搜索，应当在同样的花费下做得更好。它们已由 `python tests/bench/head_trials.py --replay` 在这些表上重放过，每个任务五个种子；一轮就算一轮的花费。
"""

# %%
searches = pd.read_csv(runtime.corpus_file(replays))
budget = most * shape[2]  # epochs
costs = np.arange(1, budget + 1)
found = {}  # search -> regret after each epoch spent, [seeds, tasks, budget]
for name, part in searches.groupby("search", sort=False):
    found[name] = np.tile(blind[None, :, None], (shape[0], 1, budget))  # who stops with nothing draws blindly
    for (task, s), trial in part.dropna(subset=["value"]).groupby(["task", "seed"]):
        row = tasks.index.get_loc(task)
        left = trial.iloc[np.unique(np.maximum.accumulate(trial["value"].to_numpy()), return_index=True)[1]]
        for spent, place in zip(left["spent"], left["place"].astype(int), strict=True):
            found[name][s, row, spent - 1 :] = regret[row, place]
gains = {name: {at: evaluation.difference(found["random"][:, :, at - 1], line[:, :, at - 1]) for at in (64, budget)}
         for name, line in found.items() if name != "random"}  # fmt: skip
rows = {name: {f"saved after {at} epochs [points]": f"{gain.value:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]"
               for at, gain in both.items()} for name, both in gains.items()}  # fmt: skip
pd.DataFrame(rows).T

# %%
figure, (axes,) = plots.new_axes(width=7.4, height=3.8)
colors = {"random": plots.VERMILION, "TPE": plots.BLUE, "GP": plots.GREEN}
for name, line in found.items():
    style = ":" if "Hyper" in name else "--" if "halving" in name else "-"
    axes.step(costs, line.mean((0, 1)), style, where="post", color=colors[name.split(" ")[0]], label=name)
axes.axhline(everything.mean(), color=plots.GREY, linewidth=1, label="all settings tried")
axes.set(xlabel="epochs of training spent", ylabel="regret, mean of tasks [points]", xlim=(0, budget), ylim=(0, None))
axes.legend(frameon=False, ncols=2)
told = ", ".join(f"{name} {line[:, :, -1].mean():.1f}" for name, line in found.items())
plots.show(
    figure,
    alt=f"Mean regret over {len(tasks)} tasks and {shape[0]} seeds against the epochs spent. At the end: {told}.",
)

# %% [markdown]
"""
Positive means: less regret than random search at the same cost. Where an interval contains 0, the method is not shown to help; on a space of 120 settings there is little left for a model to find after the first ten trainings. The intervals hold other seeds *and other tasks*, which chapter 3.2d could not say. TPE and the Gaussian process draw their first ten trainings at
random, so before 80 epochs they cannot be ahead.

## 3 Many short trainings, few long ones

Successive halving trains many settings for one epoch, keeps the better half, doubles the epochs, and so on. It works as far as the order after few epochs is that of the end:
"""

# %% [markdown] lang="zh"
"""
正值表示：同样花费下，后悔值比随机搜索低。区间包含 0，就说明没有显示出这种方法有用；空间只有 120 组设置，十次训练之后，留给模型去找的已经不多。区间里既有换种子的偶然，也有*换任务*的偶然，这是第 3.2d 章给不出的。TPE 和高斯过程的前十次训练是随机抽的，所以在 80 轮之前不可能领先。

## 3 多数短训练，少数长训练

逐次减半先让许多设置各训练一轮，留下较好的一半，轮数加倍，如此下去。它有没有用，要看几轮之后的名次与最后的名次有多接近：
"""

# %%
agree = [np.mean([pd.Series(curve[:, epoch]).corr(pd.Series(curve.max(1)), method="spearman")
                  for task in curves for curve in task]) for epoch in (0, 1, 3)]  # fmt: skip
print("rank correlation with the end after epochs 1, 2, 4:", ", ".join(f"{value:.2f}" for value in agree))


def halve(order, curve):
    """The survivor among `order` by the curves [settings, epochs], and the epochs spent."""
    alive, epoch, spent = order, 1, len(order)
    while epoch < curve.shape[1]:
        alive = alive[np.argsort(-curve[alive, epoch - 1], kind="stable")[: max(1, len(alive) // 2)]]
        epoch, spent = 2 * epoch, spent + epoch * len(alive)
    return alive[curve[alive].max(1).argmax()], spent


halved = np.empty((shape[0], len(tasks)))
for task in range(len(tasks)):
    for s in range(shape[0]):
        ends = [halve(generator.permutation(shape[1])[:32], curves[task, s]) for _ in range(random_orders // 4)]
        halved[s, task] = np.mean([regret[task, place] for place, _ in ends])
spent = ends[0][1]
by_halving = evaluation.difference(random_regret[:, :, spent // shape[2] - 1], halved)
print(f"32 settings by halving: {spent} epochs, the price of {spent // shape[2]} whole trainings")
print(
    f"less regret than so many random ones: {by_halving.value:+.2f} [{by_halving.low:+.2f}, {by_halving.high:+.2f}] points"
)

# %% [markdown]
"""
### Exercise 8.3.A

A colleague's halving keeps poor settings. Mend it. `curve` [N, E] holds the accuracies of N settings after each of E epochs (E a power of two); it starts with all N after epoch 1, keeps the better half at epochs 1, 2, 4, … below E (always at least one), and returns
the place of the survivor that is best at the last epoch.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.3.A

一位同事写的逐次减半会留下差的设置。请改好它。`curve` [N, E] 是 N 组设置在 E 轮中每一轮之后的准确率（E 是 2 的幂）；它从第 1 轮之后的全部 N 组开始，在第 1、2、4……轮（小于 E）留下较好的一半（至少留一组），最后返回幸存者中末轮最好的那一组的位置。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
def survivor(curve: np.ndarray) -> int:
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        order = np.argsort(curve[:, epoch - 1])
        alive = order[: max(1, len(alive) // 2)]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


### BEGIN SOLUTION
def answer(curve):
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        order = np.argsort(-curve[alive, epoch - 1], kind="stable")
        alive = alive[order[: max(1, len(alive) // 2)]]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


### END SOLUTION
exercises.check("8.3.A", answer)

# %% [markdown] tags=["solution"]
"""
Two faults. `argsort` rises, so the worse half was kept; and it ordered *all* settings each time, so that those thrown out came back, although nobody had trained them on. Places within `alive` have to be turned into places of the whole: `alive[order]`.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
错有两处。`argsort` 是从小到大排的，所以留下的是较差的一半；而且每次都对*全部*设置排序，已经淘汰的又回来了，尽管没有人再训练过它们。`alive` 里的位置要换回整体的位置：`alive[order]`。
"""

# %% [markdown]
"""
## 4 Begin where other tasks ended

Eleven other tasks have been tuned already. For each task in turn, the settings are ranked by their mean rank on the *other eleven*, by validation accuracy, and tried in that order. Nothing of the new task is in the
order: that is what makes it a prior.
"""

# %% [markdown] lang="zh"
"""
## 4 从别的任务停下的地方起步

另外十一个任务已经调过了。轮流把每个任务当作新任务，按设置在*另外十一个*任务上验证准确率的平均名次排队，依次去试。这个次序里没有新任务的任何信息，所以才叫先验。
"""

# %%
ranks = np.stack([pd.Series(row).rank().to_numpy() for row in seen.mean(1)])  # [tasks, settings]: high is good


def order_from_others(task):
    others = np.arange(len(ranks)) != task
    return np.argsort(-ranks[others].mean(0), kind="stable")


prior_regret = np.stack([[regret[t, picks(order_from_others(t)[:most], seen[t, s])] for t in range(len(tasks))]
                         for s in range(shape[0])])  # [seeds, tasks, trainings]  # fmt: skip
figure, (axes,) = plots.new_axes(width=6.8)
for name, line, color in (("random", random_regret, plots.VERMILION), ("other tasks first", prior_regret, plots.BLUE)):
    axes.plot(range(1, most + 1), line.mean((0, 1)), "o-", markersize=3, color=color, label=name)
axes.axhline(everything.mean(), color=plots.GREY, linewidth=1, label="all settings tried")
axes.set(
    xlabel="trainings on the new task",
    ylabel="regret, mean of tasks [points]",
    ylim=(0, None),
    xticks=(1, 5, 10, 15, 20),
)
axes.legend(frameon=False)
ahead = {k: evaluation.difference(random_regret[:, :, k - 1], prior_regret[:, :, k - 1]) for k in (1, 3, 8)}
told = "; ".join(f"{k}: {gain.value:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]" for k, gain in ahead.items())
plots.show(figure, alt=f"Points of regret saved by other tasks' order after so many trainings: {told}.")

# %% [markdown]
"""
One training with the setting that other tasks liked is worth several drawn at random. The lead shrinks as both run into the floor. This is how tools that keep their studies get better with each: no
intelligence is needed, only a record.
"""

# %% [markdown] lang="zh"
"""
用别的任务看好的设置训练一次，抵得上随机抽几次。两条线都碰到下限之后，差距就小了。保存研究记录的工具会越用越好，道理就在这里：不需要什么智能，只需要有记录。
"""

# %% [markdown]
"""
### Exercise 8.3.B

Write `first_settings(scores, task, k)`. `scores` [T, P] are the accuracies of P settings on T tasks. Return the places of the k settings that have the highest mean rank on the tasks other than `task`, the best first. (Ranks, not accuracies: tasks differ in what is easy. In the check no two values of a task are equal.)
"""

# %% [markdown] lang="zh"
"""
### 练习 8.3.B

写出 `first_settings(scores, task, k)`。`scores` [T, P] 是 P 组设置在 T 个任务上的准确率。返回在 `task` 以外的任务上平均名次最高的 k 组设置的位置，最好的在前。（用名次，不用准确率，因为任务的难易不同。检查所用的数据里，同一任务没有相等的值。）
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=7
### BEGIN SOLUTION
def first_settings(scores, task, k):
    others = np.delete(np.asarray(scores), task, axis=0)
    rank = others.argsort(1).argsort(1)  # 0 for the lowest of each task
    return np.argsort(-rank.mean(0), kind="stable")[:k]


answer = first_settings
### END SOLUTION
exercises.check("8.3.B", answer)

# %% [markdown] tags=["solution"]
"""
`argsort` twice turns values into ranks. Leaving `task` in would rank the settings by the answer that is sought: on twelve tasks the leak is a twelfth, and the figure above would look better than any real new task. Mean accuracies
would let the task with the largest spread decide alone.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
连用两次 `argsort`，值就变成了名次。若把 `task` 留在里面，就等于用要找的答案来给设置排名：十二个任务时，泄漏占十二分之一，上图会比任何真正的新任务都好看。若用平均准确率，离散程度最大的那个任务就一家说了算。
"""

# %% [markdown]
"""
## 5 An advisor that gives its reasons

What an experienced person knows can be written as rules. These were written before the first training of the tables ran, from what textbooks say, and were not changed afterwards. They see the size of the data, of the model and of the classes, never an accuracy.
"""

# %% [markdown] lang="zh"
"""
## 5 会说明理由的顾问

有经验的人知道的东西，可以写成规则。下面这些规则在表中第一次训练开始之前就写好了，依据的是教科书上的说法，之后没有改过。它们只看数据、模型和类别的大小，从不看准确率。
"""


# %%
def advise(rows, features, classes, smallest_share, epochs=8):
    """Settings, and a reason for each."""
    batch = max([size for size in (8, 32, 128) if epochs * np.ceil(rows / size) >= 100], default=8)
    width = 64 if rows >= features else 0
    tight = width and width * features > 10 * rows
    rare = smallest_share < 0.5 / classes
    return {
        "batch_size": (batch, f"the largest of 8, 32, 128 that leaves 100 steps in {epochs} epochs of {rows} examples"),
        "width": (width, f"{rows} examples for {features} numbers: {'enough for' if width else 'too few for'} a hidden layer"),
        "learning_rate": (3e-3 if width else 1e-2, "short training; one layer alone bears a larger rate"),
        "dropout": (0.3 if tight else 0.0, f"{width * features:,} weights: {'over' if tight else 'at most'} ten per example"),
        "class_weights": (int(rare), f"the rarest class has {smallest_share:.0%}, an even share were {1 / classes:.0%}"),
    }  # fmt: skip


columns = tasks[["train", "features", "classes", "smallest_share"]]
advice = {
    task: advise(int(row.train), int(row.features), int(row.classes), row.smallest_share)
    for task, row in columns.iterrows()
}
for name, (value, reason) in advice["financial news"].items():
    print(f"{name} = {value:g}: {reason}")

# %%
unasked = {"learning_rate": 1e-3, "batch_size": 32, "width": 64, "dropout": 0.0, "class_weights": 0}


def place_of(settings):
    return int((points == pd.Series(settings)[names]).all(axis=1).to_numpy().argmax())


advised = np.array(
    [regret[t, place_of({name: said[0] for name, said in advice[task].items()})] for t, task in enumerate(tasks.index)]
)
sources = {
    "library's default": (regret[:, place_of(unasked)], plots.GREY, "s"),
    "advisor": (advised, plots.BLUE, "o"),
    "first of other tasks": (prior_regret[:, :, 0].mean(0), plots.GREEN, "D"),
    f"{most} random trainings": (random_regret[:, :, -1].mean(0), plots.VERMILION, "^"),
}
figure, (axes,) = plots.new_axes(width=7.4, height=4.6)
for name, (values, color, marker) in sources.items():
    axes.plot(
        values, range(len(tasks)), marker, color=color, label=f"{name}: {values.mean():.1f}", markersize=6, alpha=0.9
    )
axes.set(xlabel="regret [points]", yticks=range(len(tasks)), yticklabels=tasks.index)
axes.invert_yaxis()
axes.legend(frameon=False, title="mean regret", loc="upper right")
plots.show(figure, alt="Regret of four sources on each task; beside each name its mean over the tasks.")

# %% [markdown]
"""
The *library's default* is Adam's customary rate of 1e-3 with batches of 32. It was made for longer trainings; in eight epochs it often does not arrive. No rule here is clever. Each only asks how many steps, how many weights, how many of each class.

### What is experience worth?

In trainings: how many must somebody without any knowledge run at random, until the best of them is expected to be as good as the advisor's first guess? Where 20 are not enough, 20 are counted, which flatters the novice.
"""

# %% [markdown] lang="zh"
"""
*库的默认值*是 Adam 惯用的学习率 1e-3、批大小 32。它是为更长的训练准备的，八轮里常常走不到地方。这些规则没有一条高明，只是各问一句：有多少步，有多少权重，每类有多少样本。

### 经验值多少

用训练次数来量：一个什么都不懂的人要随机训练多少次，其中最好的一次才有望赶上顾问的第一个建议？20 次还不够的，按 20 次计，这对新手有利。
"""

# %%
mean_random = random_regret.mean(0)  # [tasks, trainings]
needed = np.array(
    [
        np.argmax(line <= own) + 1 if (line <= own).any() else most
        for line, own in zip(mean_random, advised, strict=True)
    ]
)
trainings_needed = evaluation.mean_interval(needed)
guess_trials.settle(trainings_needed.value)
experience = evaluation.difference(blind, advised)
print(f"on average {trainings_needed.value:.1f} [{trainings_needed.low:.1f}, {trainings_needed.high:.1f}] trainings")
print(
    f"the advisor's first guess against a blind one: {experience.value:+.1f} [{experience.low:+.1f}, {experience.high:+.1f}] points"
)
pd.DataFrame({"advisor's regret": advised.round(1), "trainings needed": needed}, index=tasks.index)

# %% [markdown]
"""
## 6 A learning rate from one training

The *range test* raises the rate at every step, from far too small to far too large, and watches the loss: it falls, and then explodes. A tenth of the rate at which it was lowest is the usual proposal. This is trained now, on the sectors of the course's reviews.
"""

# %% [markdown] lang="zh"
"""
## 6 用一次训练找学习率

*学习率范围测试*在每一步都加大学习率，从小得多一直到大得多，同时看损失：先下降，然后爆炸。通常取损失最低处学习率的十分之一。这次训练现场进行，任务是判断课程短评所属的行业。
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seed)
tokenizer, encoder = models.load_pretrained(model_name, num_labels=2)
parts, sizes = {}, {"train": train_texts, "validation": validation_texts, "test": test_texts}
for name, size in sizes.items():
    rows = data.draw(corpus.split(name), size, seed)
    vectors = models.embed(encoder, data.tokenize(tokenizer, rows["text"].tolist(), rows["label"].tolist(), max_length))
    numbers = torch.tensor(vectors * np.sqrt(vectors.shape[1]), dtype=torch.float32)
    parts[name] = numbers, torch.tensor(rows["label"].to_numpy())
x, y = parts["train"]
print(f"{len(y)} texts of {len(corpus.class_names)} classes, {x.shape[1]} numbers each")

# %% tags=["nbval-ignore-output"]
rates, losses = np.geomspace(1e-5, 1, 120), []
head = heads.Heads(x.shape[1], 64, len(corpus.class_names), 1, seed)
draws = np.random.default_rng(seed)
for rate in rates:
    head.learning_rate.fill_(rate)
    batch = draws.choice(len(y), 32)
    losses.append(float(head.step(x[batch], y[batch])[0]))
smooth = pd.Series(losses).ewm(span=15).mean().to_numpy()
proposed = rates[smooth.argmin()] / 10
tried = [*points["learning_rate"].unique(), proposed]
plain = {"batch_size": 32, "width": 64, "dropout": 0.0, "class_weights": 0}
shown = pd.DataFrame(
    [row for s in range(5) for row in heads.train_settings(parts, [plain | {"learning_rate": float(rate)} for rate in tried],
                                                          num_epochs=num_epochs, seed=s)])  # fmt: skip
by_rate = 100 * shown.groupby("learning_rate")["test"].mean()

# %% tags=["nbval-ignore-output"]
figure, (left, right) = plots.new_axes(2, width=8.6, height=3.4)
left.plot(rates, losses, color="#bbbbbb", linewidth=1, label="batch")
left.plot(rates, smooth, color=plots.BLUE, label="smoothed")
left.set(xscale="log", yscale="log", xlabel="learning rate, one step each", ylabel="loss [nats/example]")
right.plot(by_rate.index, by_rate, "o-", color=plots.BLUE)
right.set(xscale="log", xlabel="learning rate of a whole training", ylabel="balanced test accuracy [%]")
for axes in (left, right):
    axes.axvline(proposed, color=plots.VERMILION, linestyle="--", label="proposed")
left.legend(frameon=False)
plots.show(figure, alt=f"The range test proposes {proposed:.1e}: {by_rate[proposed]:.1f} %. "
           f"The best of the five rates of the grid: {by_rate.drop(proposed).max():.1f} %.")  # fmt: skip

# %% [markdown]
"""
The test costs about one epoch. It says nothing of batch size or dropout, and on a noisy loss the minimum can wander; so it is a first guess, like the two before it.

## 7 A population that tunes itself

*Population-based training* trains many networks at once. After each epoch the worst quarter are overwritten by the best quarter, weights and all, and go on with a changed learning rate. There is no second run: search and training are one.
"""

# %% [markdown] lang="zh"
"""
这个测试只花大约一轮。它对批大小和 dropout 一无所知，损失噪声大时，最低点也会漂移；所以它和前两种一样，只是第一个猜测。

## 7 自己调自己的群体

*基于群体的训练*同时训练许多网络。每轮之后，最差的四分之一被最好的四分之一覆盖，连权重一起，然后换一个学习率继续。不需要再跑一遍：搜索和训练是同一件事。
"""


# %% tags=["nbval-ignore-output"]
def train_population(exchange):
    """Balanced validation accuracies at the end [S], and the learning rates in each epoch [E, S]."""
    draws, quarter = np.random.default_rng(seed), max(1, members // 4)
    team = heads.Heads(x.shape[1], 64, len(corpus.class_names), members, seed)
    team.learning_rate = torch.tensor(10 ** draws.uniform(-3.5, -1.5, members), dtype=torch.float32)
    path = []
    for epoch in range(num_epochs):
        path.append(team.learning_rate.tolist())
        heads.train_epoch(team, x, y, 32, seed=epoch)
        score = heads.recalls(team, *parts["validation"]).mean(1)
        if exchange and epoch < num_epochs - 1:
            order = np.argsort(-score, kind="stable")
            best, worst = order[:quarter].tolist(), order[-quarter:].tolist()
            team.copy(best, worst)
            factors = torch.tensor(draws.choice([0.5, 1, 2], quarter), dtype=torch.float32)
            team.learning_rate[worst] = team.learning_rate[best] * factors
    return score, np.array(path)


lives = {"each for itself": train_population(False), "with exchange": train_population(True)}

# %% tags=["nbval-ignore-output"]
figure, panels = plots.new_axes(2, width=8.6, height=3.4)
for axes, (name, (score, path)) in zip(panels, lives.items(), strict=True):
    for member in np.argsort(score):
        color = plots.BLUE if member == score.argmax() else "#bbbbbb"
        axes.step(range(1, num_epochs + 1), path[:, member], where="mid", color=color)
    axes.set(yscale="log", xlabel="epoch", ylabel="learning rate", title=name, ylim=(1e-4, 0.2))
told = "; ".join(f"{name}: mean {score.mean():.1%}, best {score.max():.1%}" for name, (score, _) in lives.items())
plots.show(figure, alt=f"Learning rates of {members} heads, the best at the end in blue. Validation, {told}.")

# %% [markdown]
"""
The bad rates die out, so the *mean* of the population rises. Whether its *best* is better than the best of as many left alone is another matter; on the twelve tasks, with five seeds (`--populations`), it looks like this. Beside it stands what costs nothing at all:
the five best heads of the plain population, *answering together*.
"""

# %% [markdown] lang="zh"
"""
差的学习率逐渐消失，所以群体的*平均*上升。至于其中*最好*的，是否胜过同样多、各练各的网络里最好的，那是另一回事；在十二个任务、五个种子上（`--populations`）结果如下。旁边列出一件完全不花钱的事：普通群体里最好的五个分类头*一起作答*。
"""

# %%
grown = pd.read_csv(runtime.corpus_file(populations))
ends = {
    name: 100 * part.pivot(index="seed", columns="task", values="test").to_numpy()
    for name, part in grown.groupby("method")
}
exchange_gain = evaluation.difference(ends["PBT"], ends["random"])
together_gain = evaluation.difference(ends["five together"], ends["random"])
print(f"best by validation of the plain population: {ends['random'].mean():.1f} % balanced test accuracy")
for name, gain in (("with exchange", exchange_gain), ("the five best together", together_gain)):
    print(f"{name}: {gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}] points")

# %% [markdown]
"""
## 8 Which settings matter?

A regression answers it. Give each value of a setting a column of its own, predict the worth of the 120 settings, and take R²: that is the share of the spread which the setting explains *alone*. On a whole grid this is exactly the functional analysis of variance of chapter 3.2d.
"""

# %% [markdown] lang="zh"
"""
## 8 哪些设置要紧？

用回归来回答。给一个设置的每个取值各设一列，预测 120 组设置的价值，取 R²：这就是该设置*单独*能解释的离散程度。在完整的网格上，它正好等于第 3.2d 章的函数型方差分析。
"""


# %%
def explained(values, columns):
    dummies = pd.get_dummies(points[columns].astype(str))
    return LinearRegression().fit(dummies, values).score(dummies, values)


shares = pd.DataFrame(
    {task: {name: explained(worth[row], [name]) for name in names} for row, task in enumerate(tasks.index)}
).T
of_group = [points.assign(worth=worth[0]).groupby(name)["worth"].transform("mean") for name in names]
exact = [means.var() / worth[0].var(ddof=1) for means in of_group]
print("as by analysis of variance:", np.allclose(shares.iloc[0], exact))
shares["together with others"] = 1 - shares.sum(axis=1)
guess_setting.settle(int(shares[names].mean().to_numpy().argmax()))
figure, (axes,) = plots.new_axes(width=7.4, height=4.8)
image = axes.imshow(100 * shares, cmap="cividis", aspect="auto", vmin=0, vmax=100)
for (row, column), share in np.ndenumerate(shares.to_numpy()):
    axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color="black" if share > 0.5 else "white")
axes.set(xticks=range(len(shares.columns)), yticks=range(len(tasks)), yticklabels=tasks.index)
axes.set_xticklabels([name.replace("_", "\n").replace(" with ", "\nwith ") for name in shares.columns])
figure.colorbar(image, label="share of the spread between settings [%]")
first = shares[names].mean().sort_values(ascending=False)
plots.show(
    figure, alt="Mean over the tasks: " + ", ".join(f"{name} {share:.0%}" for name, share in first.items()) + "."
)

# %% [markdown]
"""
Read the rows. The learning rate leads everywhere, and much belongs to no setting alone: the best rate depends on batch and width. What comes second differs by task. On the medical abstracts it is class weights, and the advisor's rule did not see it: its rarest class was not rare enough. That is how rules get better.

## 9 When not to tune

Three numbers decide: what a search is expected to add to the first guess, what another seed changes anyway, and what it costs.
"""

# %% [markdown] lang="zh"
"""
请一行一行地看。学习率处处领先，还有很大一部分不属于任何单独的设置：最好的学习率取决于批大小和宽度。排在第二的因任务而异。在医学摘要上是类别权重，而顾问的规则没有看出来：那里最少的类还不够少。规则就是这样改进的。

## 9 什么时候不该调

由三个数决定：搜索预计能在第一个猜测之上增加多少，换个种子本来就会变多少，以及要花多少。
"""

# %%
added = advised - random_regret[:, :, -1].mean(0)  # by 20 random trainings, to the advisor's guess
verdicts = pd.DataFrame({
    "first guess: regret": advised,
    f"{most} trainings add": added,
    "another seed changes": noise,
    "tune?": np.where(added > noise, "worth it", np.where(added > 0, "hardly seen", "not worth it")),
}, index=tasks.index)  # fmt: skip
added_mean = evaluation.difference(np.tile(advised, (shape[0], 1)), random_regret[:, :, -1])
print(
    f"{most} random trainings add {added_mean.value:+.1f} [{added_mean.low:+.1f}, {added_mean.high:+.1f}] points to the advisor's guess"
)
late = evaluation.difference(prior_regret[:, :, 7], prior_regret[:, :, -1])
print(f"trainings 9 to {most} in the order of other tasks add {late.value:+.2f} [{late.low:+.2f}, {late.high:+.2f}]")
print(f"tasks on which a search adds more than a seed: {(added > noise).sum()} of {len(tasks)}")
verdicts.round(1)

# %% [markdown]
"""
Where the second number is below the third, a user could not tell the tuned model from another run of the untuned one. Then more labels, or more validation rows, buy more: the floor of section 2 is made of validation noise, and no search goes below it.

Try it: how many trainings, in which order?
"""

# %% [markdown] lang="zh"
"""
第二个数若小于第三个，用户就分不出调过的模型和没调过的模型再跑一遍。这时增加标注或增加验证样本更划算：第 2 节的下限就是验证噪声造成的，任何搜索都降不到它以下。

试一试：训练多少次，按什么次序？
"""


# %%
def stop_after(trainings: int):
    figure, (axes,) = plots.new_axes(width=7.4, height=3.8)
    places = np.arange(len(tasks))
    for shift, (name, line, color) in enumerate(
        (("random", random_regret, plots.VERMILION), ("other tasks first", prior_regret, plots.BLUE))
    ):
        axes.bar(places + 0.4 * shift - 0.2, line[:, :, trainings - 1].mean(0), 0.4, color=color, label=name)
    axes.plot(places, noise, "k_", markersize=14, label="another seed changes")
    axes.set_xticks(places, tasks.index, rotation=40, ha="right")
    axes.set(ylabel="regret [points]", ylim=(0, 20))
    axes.legend(frameon=False)
    both = [line[:, :, trainings - 1].mean() for line in (random_regret, prior_regret)]
    return (
        figure,
        f"After {trainings} trainings: random {both[0]:.1f}, other tasks first {both[1]:.1f} points of regret.",
    )


_ = plots.explore(stop_after, trainings=ipywidgets.IntSlider(5, 1, most, continuous_update=False))

# %% [markdown]
"""
## 10 Trends, challenges, directions: sections 8.2, 8.3 and 8.4

"More efficient": does TPE with Hyperband leave less regret than random search at 64 epochs? "Ensembling": are the five together better than the best alone? "Much experience": does a novice need more than five trainings to reach the advisor? "AI methods by themselves": does
TPE end no more than one point above the advisor's regret? The advisor, the five trainings and the 64 epochs were fixed before the searches were looked at; the one point was chosen after a first look at the tables.
"""

# %% [markdown] lang="zh"
"""
## 10 趋势、挑战、方向：第 8.2、8.3、8.4 节

“更高效”：花 64 轮时，TPE 加 Hyperband 的后悔值是否低于随机搜索？“集成”：五个一起是否胜过最好的一个？“丰富经验”：新手是否要五次以上的训练才赶上顾问？“AI 方法自动调”：TPE 最后的后悔值，是否最多比顾问高一个百分点？顾问、五次训练和 64 轮在查看搜索结果之前就定好了；一个百分点这条界限，是初步看过这些表之后定的。
"""

# %%
efficient = gains["TPE + Hyperband"][64]
claims.record(
    "8.2-efficient-tuning", reference="random search at the same 64 epochs",
    measured=f"TPE with Hyperband saves {efficient.value:+.1f} [{efficient.low:+.1f}, {efficient.high:+.1f}] points of regret; other tasks' order "
    f"saves {ahead[3].value:+.1f} [{ahead[3].low:+.1f}, {ahead[3].high:+.1f}] after three trainings ({len(tasks)} tasks, {shape[0]} seeds)",
    holds=evaluation.verdict(efficient, seeds=shape[0]),
)  # fmt: skip
claims.record(
    "8.2-efficient-ensembling", reference="the best of the same heads by validation",
    measured=f"five together {together_gain.value:+.1f} [{together_gain.low:+.1f}, {together_gain.high:+.1f}] points, without another training",
    holds=evaluation.verdict(together_gain, seeds=shape[0]),
)  # fmt: skip
claims.record(
    "8.3-experience", reference="more than five trainings of somebody without any",
    measured=f"random search needs {trainings_needed.value:.1f} [{trainings_needed.low:.1f}, {trainings_needed.high:.1f}] trainings to reach rules "
    f"of five lines; other tasks' first setting is {evaluation.difference(advised, prior_regret[:, :, 0].mean(0)).value:+.1f} points from them",
    holds=evaluation.verdict(trainings_needed, at_least=5, seeds=None),
)  # fmt: skip
by_itself = evaluation.difference(np.tile(advised, (shape[0], 1)), found["TPE"][:, :, -1])
claims.record(
    "8.4-tuning", reference="no more than one point behind the advisor",
    measured=f"TPE, {most} trainings: {by_itself.value:+.1f} [{by_itself.low:+.1f}, {by_itself.high:+.1f}] points against the advisor, "
    f"{gains['TPE'][budget].value:+.1f} [{gains['TPE'][budget].low:+.1f}, {gains['TPE'][budget].high:+.1f}] against random search",
    holds=evaluation.verdict(by_itself, at_least=-1, seeds=shape[0]),
)  # fmt: skip

# %% [markdown]
"""
"More fields come into reach" speaks of the future, and no notebook decides that. What can be counted is the present: in how many of the seven text tasks one small encoder, unchanged, is above chance with its whole interval, from at most 500 labels and without any tuning.
"""

# %% [markdown] lang="zh"
"""
“应用扩展到更多垂直领域”说的是未来，没有笔记本能判定。能数的是现在：同一个小编码器原样不动，最多 500 条标注，完全不调参，在七个文本任务中有几个整个区间都高于瞎猜。
"""

# %%
fields = tasks[tasks["kind"] == "text"].copy()
fields["low"] = fields["balanced_accuracy"] - 1.96 * fields["standard_error"]
fields["chance"] = 1 / fields["classes"]
above = int((fields["low"] > fields["chance"]).sum())
claims.record(
    "8.2-fields", reference="a forecast; counted is what one frozen encoder does today",
    measured=f"{above} of {len(fields)} text tasks above chance with the whole interval: {', '.join(fields.index[fields['low'] > fields['chance']])}",
    verdict="not testable here",
)  # fmt: skip
claims.report(
    saved_by_hyperband=efficient, saved_by_other_tasks=ahead[3], five_together=together_gain, exchange=exchange_gain,
    trainings_needed=trainings_needed, tpe_against_advisor=by_itself, search_adds=added_mean,
)  # fmt: skip

# %% [markdown]
"""
These tables are about small heads and short trainings. A large model has other settings and dearer trainings, which speaks even more for guesses before the first one; how well rules and other tasks carry over there, nothing here can say.

## Exercises

### Exercise 8.3.1

27 settings are tried by halving with factor three: all train 1 epoch, the best 9 train up to 3 epochs in all, the best 3 up to 9, the best 1 up to 27. Trainings go on where they stopped. How many epochs are spent?
"""

# %% [markdown] lang="zh"
"""
这些表讲的是小分类头和短训练。大模型的设置不同，训练更贵，因此更值得在第一次训练之前就有好的猜测；至于规则和别的任务在那里能沿用多少，这里说不了。

## 练习

### 练习 8.3.1

27 组设置按因子三做减半：全部训练 1 轮，最好的 9 组累计训练到 3 轮，最好的 3 组到 9 轮，最好的 1 组到 27 轮。训练从停下的地方继续。一共花多少轮？
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = 27 * 1 + 9 * 2 + 3 * 6 + 1 * 18
### END SOLUTION
exercises.check("8.3.1", answer)

# %% [markdown] tags=["solution"]
"""
27 + 9 · 2 + 3 · 6 + 18 = 81: each round costs about the same. To train all 27 to the end would take 729 epochs.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
27 + 9 · 2 + 3 · 6 + 18 = 81：每一段的花费差不多。把 27 组都训练到底，要 729 轮。
"""

# %% [markdown]
"""
### Exercise 8.3.2

Train and read: with `heads.train_settings(parts, settings, num_epochs=4, seed=0)` train the rates 1e-4, 3e-3 and 1e-1 with `plain` (as in section 6), in one list. Answer with a pair: the three test accuracies (`row["test"]`), in this order, and the rate that one would pick by `accuracy_1` to `accuracy_4`.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.3.2

训练并读结果：用 `heads.train_settings(parts, settings, num_epochs=4, seed=0)` 训练学习率 1e-4、3e-3 和 1e-1，其余设置用 `plain`（同第 6 节），放在一个列表里。用一对值作答：按此顺序的三个测试准确率（`row["test"]`），以及按 `accuracy_1` 到 `accuracy_4` 应选的学习率。
"""

# %% tags=["exercise"] kind="train" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
three = [plain | {"learning_rate": rate} for rate in (1e-4, 3e-3, 1e-1)]
ran = heads.train_settings(parts, three, num_epochs=4, seed=0)
best_values = [max(row[f"accuracy_{epoch}"] for epoch in range(1, 5)) for row in ran]
answer = [row["test"] for row in ran], three[int(np.argmax(best_values))]["learning_rate"]
### END SOLUTION
exercises.check("8.3.2", answer, parts=parts, plain=plain)

# %% [markdown] tags=["solution"]
"""
The smallest rate has hardly left its start after 52 steps; the largest jumps about. The pick is made by validation alone: to look at the test accuracies and then choose is the same mistake as tuning on them.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
最小的学习率在 52 步之后几乎没有离开起点，最大的则跳来跳去。选择只凭验证集：先看测试准确率再选，和在测试集上调参是同一个错误。
"""

# %% [markdown]
"""
### Exercise 8.3.3

Write `simple_regret(seen, worth)`. `seen` [S, P] is what each of S searches was told about P settings (NaN where it did not train one), `worth` [P] what they are worth. Each search picks the highest that it saw. Return the mean regret of the S picks, against the best of all P settings.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.3.3

写出 `simple_regret(seen, worth)`。`seen` [S, P] 是 S 次搜索各自得知的 P 组设置的结果（没有训练的为 NaN），`worth` [P] 是它们的价值。每次搜索选自己见到的最高者。返回 S 个选择的平均后悔值，与全部 P 组设置中最好的相比。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def simple_regret(seen, worth):
    worth = np.asarray(worth)
    return (worth.max() - worth[np.nanargmax(seen, axis=1)]).mean()


answer = simple_regret
### END SOLUTION
exercises.check("8.3.3", answer)

# %% [markdown] tags=["solution"]
"""
`nanargmax` picks by what was seen; the regret asks what the pick is worth. A search that saw the best setting with bad luck passes it by, and pays for it here.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
`nanargmax` 按见到的结果选，后悔值问的是选中的设置值多少。搜索若恰好在运气差时见到最好的设置，就会错过它，并在这里付出代价。
"""

# %% [markdown]
"""
### Exercise 8.3.4

Two seeds of the same settings differ by 3 points as a rule. 40 trainings found a setting that is 1.5 points better on 200 validation texts. Which sentences may be written?

- a: The new setting is better by 1.5 points.
- b: The best of 40 looks better than it is.
- c: More seeds of the new and the old setting would decide.
- d: 40 more trainings would make the finding certain.
- e: More validation texts may be worth more than more trainings.

Answer with letters, such as "ab".
"""

# %% [markdown] lang="zh"
"""
### 练习 8.3.4

同样的设置换一个种子，通常相差 3 个百分点。40 次训练找到一组设置，在 200 条验证文本上好 1.5 个百分点。哪些句子可以写？

- a：新的设置好 1.5 个百分点。
- b：40 个里最好的那个，看上去比实际好。
- c：新旧设置各多训练几个种子，就能分出高下。
- d：再训练 40 次，这个发现就确定了。
- e：增加验证文本，可能比增加训练次数更值。

用字母作答，例如 "ab"。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "bce"
### END SOLUTION
exercises.check("8.3.4", answer)

# %% [markdown] tags=["solution"]
"""
a takes one lucky number for the truth, d adds more numbers to choose the luckiest from. c compares the two with their noise; e lowers the floor below which no search goes.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
a 把一个走运的数当成真相，d 又添了更多的数，好从中挑最走运的。c 把两者连同各自的噪声来比较；e 降低的是任何搜索都越不过的下限。
"""

# %% [markdown]
"""
## Recap

- Judge a search by what its pick is worth, over tasks and seeds, not by the number that it found.
- Rules and other tasks' results cost no training, and a search has to beat them first.
- Short trainings of many settings are worth it where early order is late order: check the rank correlation.
- Validation noise sets a floor. Below it only more validation rows help.
- Where a search adds less than another seed changes, do not tune.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 评判搜索，看它的选择值多少，要跨任务、跨种子，不看它找到的那个数。
- 规则和别的任务的结果不花训练，搜索要先胜过它们。
- 早期名次若接近最后名次，让许多设置各训一小段就划算：先查秩相关。
- 验证噪声构成下限。要再往下，只有增加验证样本。
- 搜索增加的若比换种子的变化还小，就不要调。

## 自测
"""

# %%
quizzes.ask("8.3")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Bergstra et al. 2011: *Algorithms for hyper-parameter optimization*, NeurIPS: TPE.
- Li et al. 2018: *Hyperband*, arXiv 1603.06560.
- Smith 2015: *Cyclical learning rates for training neural networks*, arXiv 1506.01186: the range test.
- Jaderberg et al. 2017: *Population based training of neural networks*, arXiv 1711.09846.
- Feurer et al. 2015: *Initializing Bayesian hyperparameter optimization via meta-learning*, AAAI: other tasks first.
- Hutter et al. 2014: *An efficient approach for assessing hyperparameter importance*, ICML.

## Next

Your own table: `talentlab run 08_3 -p trials=FILE -p described=FILE`. How a study is kept, pruned and shared stands in [3.2d](03_2d_tuning.ipynb); smaller models come next, in [8.4](08_4_light_models.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Bergstra 等 2011：*Algorithms for hyper-parameter optimization*，NeurIPS。TPE。
- Li 等 2018：*Hyperband*，arXiv 1603.06560。
- Smith 2015：*Cyclical learning rates for training neural networks*，arXiv 1506.01186。学习率范围测试。
- Jaderberg 等 2017：*Population based training of neural networks*，arXiv 1711.09846。
- Feurer 等 2015：*Initializing Bayesian hyperparameter optimization via meta-learning*，AAAI。从别的任务起步。
- Hutter 等 2014：*An efficient approach for assessing hyperparameter importance*，ICML。

## 下一步

换成你自己的表：`talentlab run 08_3 -p trials=FILE -p described=FILE`。研究怎样保存、剪枝和共享，见 [3.2d](03_2d_tuning.ipynb)；接下来是更小的模型，见 [8.4](08_4_light_models.ipynb)。
"""
