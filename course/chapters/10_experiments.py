# %% [markdown]
"""
# 10 · Experiments

*实验：从一次运行到一个决定*

The document asks for tuning, comparison and evaluation in many places, and says nowhere how one gets from a number on
the screen to a decision. This chapter stands outside its nine sections. It goes that way once: one run, a sweep, a
table, the statistics, a decision in one sentence.

**You will be able to**

- turn a notebook of your own into an experiment with typed parameters and a record,
- run a sweep, stop it, and go on with what is missing,
- tell the chance of the seeds from the chance of the test texts,
- say how many seeds a difference needs, before you train,
- choose among many settings without being fooled by the luckiest.

**Time** 50 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, and a recorded table of 24 fine-tunings of chapter 5, or a table of yours
"""

# %% [markdown] lang="zh"
"""
# 10 · 实验

*实验：从一次运行到一个决定*

原文多处提到调优、比较和评估，却没有说明：屏幕上的一个数字怎样变成一个决定。本章不属于原文的九节，是本课程的附录，把这条路完整走一遍：一次运行、一次扫描、一张表、统计分析，最后用一句话给出决定。

**学完本章，你能够**

- 把自己的笔记本变成一个实验：参数有类型，运行有记录；
- 运行一次参数扫描，中途停下，再接着跑缺少的部分；
- 分清两种随机波动：随机种子带来的，和测试文本带来的；
- 在训练之前就说出，看清某个差距需要多少个种子；
- 在许多设置中做选择，而不被运气最好的那个骗到。

**时间** 阅读和动手 50 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** `reviews`，以及一张记录了第 5 章 24 次微调的表，或你自己的表
"""

# %% tags=["parameters"]
learning_rates: list[float] = [1e-3, 1e-2]  # grid of the live sweep
seeds: int = 3  # runs of each learning rate in the live sweep
jobs: int = 2  # of them at the same time
candidates: int = 40  # heads to choose from in the lesson on choosing
recorded: str = "sweep_05"  # table of recorded runs: in course/data, or the path of a CSV file
setting: str = "learning_rate"  # its column with the values to compare
metric: str = "accuracy"  # its column that judges them [share]
current: float = 2e-4  # the setting's value today; it stays unless the runs decide
test_texts: int = 300  # texts behind each recorded share
seed: int = 0  # of the draws in this notebook

# %% [markdown]
"""
## The way

![A notebook with typed parameters; from it several runs, for each value of a setting and each seed; from them a table; from the table the two kinds of chance, seeds and test texts; from those a sentence: what, how much, how sure.](images/run_to_decision.svg)

A *run* is one execution of a notebook with its parameters; it leaves a record. Everything to the right of the table is about one question: how much of what one sees is chance?
"""

# %% [markdown] lang="zh"
"""
## 这条路

![一个带类型参数的笔记本；由它得到多次运行，每个设置值、每个种子各一次；运行汇成一张表；从表里看出两种随机波动：种子和测试文本；最后得到一句话：选什么，差多少，有多大把握。](images/run_to_decision.zh.svg)

一次*运行*，就是带着一组参数把笔记本执行一遍，并留下记录。表格右边的一切都围绕一个问题：看到的差别里，有多少是偶然？
"""

# %%
import shutil
import tempfile
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import nbformat
import numpy as np
import pandas as pd
import torch
import yaml
from IPython.display import Markdown
from scipy import stats
from sklearn.linear_model import RidgeClassifier

from talentlab import data, errors, evaluation, models, plots, runtime
from talentlab.course import exercises, guesses, quizzes
from talentlab.experiments import parameters, records, runs, spaces, sweeps, tables

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("10", "before")

# %% [markdown]
"""
And two figures of this chapter to guess. Both are about the accuracy of fine-tunings that differ by their seed, whose *standard deviation* is about one point here.
"""

# %% [markdown] lang="zh"
"""
再猜本章的两个数。两个都与准确率有关：微调只换种子时，准确率的*标准差*在这里约为 1 个百分点。
"""

# %%
guess_power = guesses.guess("10.power")
guess_luck = guesses.guess("10.luck")

# %% [markdown]
"""
## 10.1 One run

An experiment here is a notebook: its first cell declares what can be changed, its last one reports what was measured.
We write a small one. It trains a classifier head on what a frozen pretrained model says about the reviews. The
pretrained model's part is the same in every run, so it is computed once, and stored.

Chapter 1 took the states of the last layer, which know what a sentence is about and little about its verdict. Here
the means of all layers stand side by side.
"""

# %% [markdown] lang="zh"
"""
## 10.1 一次运行

在这里，一个实验就是一个笔记本：第一个单元格声明什么可以改，最后一个单元格报告测到了什么。我们写一个小的：用冻结的预训练模型给出的向量，训练一个分类头。预训练模型这一部分每次运行都一样，所以只算一次，存下来。

第 1 章用的是最后一层的状态，它知道句子在说什么，却不太知道评价是好是坏。这里把所有层的均值并排放在一起。
"""


# %%
class AllLayers(torch.nn.Module):
    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        states = self.encoder(input_ids, attention_mask=attention_mask, output_hidden_states=True).hidden_states
        mask = attention_mask.unsqueeze(-1)  # [B, T, 1], 0 where there is padding
        means = [(layer * mask).sum(1) / mask.sum(1) for layer in states]  # of each layer: [B, H]
        return SimpleNamespace(logits=torch.cat(means, 1))  # where `predict` looks for it


# %% tags=["nbval-ignore-output"]
corpus = data.load_labelled_text("reviews")
tokenizer, pretrained = models.load_pretrained("minilm", num_labels=2)
encoder, stored = AllLayers(pretrained.base_model), {}
for split in data.SPLITS:
    rows = corpus.split(split)
    stored[split] = evaluation.predict(encoder, data.tokenize(tokenizer, rows["text"], rows["label"], 128))
    stored[f"{split}_labels"] = rows["label"].to_numpy()
middle, spread = stored["train"].mean(0), stored["train"].std(0)
for split in data.SPLITS:
    stored[split] = ((stored[split] - middle) / spread).astype(np.float32)
folder = Path(tempfile.mkdtemp())
np.savez(folder / "vectors.npz", **stored)
print(f"{stored['train'].shape[0]:,} training texts, {stored['train'].shape[1]:,} numbers each")

# %% [markdown]
"""
Now the experiment. In JupyterLab you would type these three cells and give the first one the tag `parameters` (the gear at
the upper right). Each line is `name: type = default  # meaning [unit]`.
"""

# %% [markdown] lang="zh"
"""
现在来写实验。在 JupyterLab 里，你会直接输入这三个单元格，并给第一个加上标签 `parameters`（右上角的齿轮）。每一行都是 `名字: 类型 = 默认值  # 含义 [单位]`。
"""

# %%
PARAMETERS = """
vectors: str = "vectors.npz"  # file of the frozen encoder's vectors
learning_rate: float = 1e-3  # of AdamW
num_steps: int = 150  # optimizer steps
batch_size: int = 32  # texts per step [sequences]
seed: int = 0  # of the head's weights and the choice of the texts
"""
TRAINING = """
import numpy as np, torch
from talentlab.course import claims

stored = {name: torch.tensor(array) for name, array in np.load(vectors).items()}
x, y = stored["train"], stored["train_labels"]
torch.manual_seed(seed)
head = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 32), torch.nn.GELU(), torch.nn.Linear(32, 2))
optimizer = torch.optim.AdamW(head.parameters(), lr=learning_rate)
for step in range(num_steps):
    chosen = torch.randint(len(y), (batch_size,))
    loss = torch.nn.functional.cross_entropy(head(x[chosen]), y[chosen])
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""

# %%
REPORT = """
right = {split: (head(stored[split]).argmax(1) == stored[f"{split}_labels"]).float() for split in ("validation", "test")}
claims.report(**{f"{split}_accuracy": answers.mean().item() for split, answers in right.items()})
"""
new_cell = nbformat.v4.new_code_cell
cells = [new_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]})]
cells += [nbformat.v4.new_markdown_cell("A head on frozen vectors.")]
cells += [new_cell(TRAINING.strip()), new_cell(REPORT.strip())]
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
experiment = folder / "my_experiment.ipynb"
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), experiment)
declared = parameters.read_parameters(experiment)
pd.DataFrame({name: [p.annotation, p.default, p.help] for name, p in declared.items()}, ["type", "default", "help"]).T

# %% [markdown]
"""
That table was read from the file; nothing ran. `talentlab params my_experiment.ipynb` prints the same. So a mistake
is found before a kernel starts, not after an hour of training with the default. One wrong name and one wrong type:
"""

# %% [markdown] lang="zh"
"""
这张表是从文件里读出来的，什么都没有运行。`talentlab params my_experiment.ipynb` 会打印同样的内容。因此错误在内核启动之前就能发现，而不是用默认值训练了一小时之后。下面是一个写错的名字和一个错误的类型：
"""

# %%
for mistake in ({"learnin_rate": 0.01}, {"num_steps": "many"}):
    try:
        runs.run(experiment, mistake, runs_folder=folder / "runs")
    except errors.ParameterError as error:
        print(error, end="\n\n")
print("runs so far:", len(tables.table(folder / "runs")))

# %% [markdown]
"""
Now a correct one. In a terminal: `talentlab run my_experiment.ipynb -p vectors=vectors.npz -p learning_rate=1e-3`. In
Python it is one call. The notebook runs in a kernel of its own and leaves a folder: the executed notebook, an HTML
copy, `record.json`.
"""

# %% [markdown] lang="zh"
"""
再来一次正确的。在终端里是：`talentlab run my_experiment.ipynb -p vectors=vectors.npz -p learning_rate=1e-3`。在 Python 里是一次函数调用。笔记本在自己的内核里运行，留下一个文件夹：执行过的笔记本、HTML 副本和 `record.json`。
"""

# %% tags=["nbval-ignore-output"]
fixed = {"vectors": str(folder / "vectors.npz")}
single = runs.run(
    experiment, {**fixed, "learning_rate": learning_rates[0]}, runs_folder=folder / "runs", show_progress=False
).record
shown = ("status", "metrics", "seconds", "peak_memory_mib", "threads", "device", "versions", "git", "key", "data")
print(yaml.safe_dump({name: single[name] for name in shown}, sort_keys=False))

# %% [markdown]
"""
`key` says what makes two runs the same run: the notebook's code, all its parameters, and the content of the data
files that they name. `data` is the fingerprint of those files. Versions, commit and machine stand in the record, but
not in the key.
"""

# %% [markdown] lang="zh"
"""
`key` 规定什么叫“同一次运行”：笔记本的代码、它的全部参数，以及参数所指数据文件的内容。`data` 是这些文件的指纹。版本、提交和机器写在记录里，但不进入 `key`。
"""

# %% tags=["nbval-ignore-output"]
for change in ({"learning_rate": 1e-3}, {"learning_rate": 0.001, "num_steps": 150}, {"seed": 1}):
    print(runs.resolve(experiment, {**fixed, **change}).key, change)

# %% [markdown]
"""
A default that is written out changes nothing; another seed is another run.

## 10.2 A sweep

A sweep is the same notebook over a grid. In a terminal:

    talentlab sweep my_experiment.ipynb -p vectors=vectors.npz -g learning_rate=1e-3,1e-2 -g seed=0:3 --jobs 2

Two runs at the same time get half of the cores each. More threads than cores would wait for each other.
"""

# %% [markdown] lang="zh"
"""
把默认值写出来，什么也不改变；换一个种子，就是另一次运行。

## 10.2 一次扫描

扫描（sweep）就是让同一个笔记本跑遍一个网格。在终端里：

    talentlab sweep my_experiment.ipynb -p vectors=vectors.npz -g learning_rate=1e-3,1e-2 -g seed=0:3 --jobs 2

同时进行的两次运行各用一半核心。线程比核心多，只会互相等待。
"""

# %% tags=["nbval-ignore-output"]
axes = {"learning_rate": ",".join(map(str, learning_rates)), "seed": f"0:{seeds}"}
sweep = spaces.Sweep(runs.resolve(experiment, fixed), spaces.parse_space(declared, axes))
table = sweeps.run_sweep(sweep, runs_folder=folder / "runs", jobs=jobs, show_progress=False)
assert (table["status"] == "completed").all()
table[["status", "seconds", "learning_rate", "seed", "validation_accuracy", "test_accuracy"]].reset_index(drop=True)

# %% [markdown]
"""
Suppose the power had gone in between. The same command with `--resume` looks up the keys and runs what is missing. To
see it, we take away one run and call again.
"""

# %% [markdown] lang="zh"
"""
假如中途断电了，同一条命令加上 `--resume`，会按 `key` 核对，只跑缺少的部分。为了看到这一点，我们拿走一次运行，再调用一遍。
"""

# %% tags=["nbval-ignore-output"]
shutil.rmtree(next((folder / "runs").glob(f"sweep-*/{table.index[-1]}")))
again = sweeps.run_sweep(sweep, runs_folder=folder / "runs", jobs=jobs, resume=True, show_progress=False)
new = again.index.difference(table.index)
print(f"{len(again)} runs in the table, of which {len(again) - len(new)} were there and {len(new)} was run now")
third = sweeps.run_sweep(sweep, runs_folder=folder / "runs", jobs=jobs, resume=True, show_progress=False)
print(f"called once more: {len(third.index.difference(again.index))} runs")
assert len(again) == len(third) == len(table) and len(new) == 1

# %% [markdown]
"""
Two questions about this table. Does the seed fix the result? The single run above and one run of the sweep have the
same key. And is one learning rate better than the other? `tables.compare` (`talentlab compare A B`) takes two runs,
finds the other seeds of each, and compares seed by seed.
"""

# %% [markdown] lang="zh"
"""
关于这张表有两个问题。种子能把结果固定下来吗？上面的单次运行和扫描中的某一次，`key` 是一样的。其次，哪个学习率更好？`tables.compare`（`talentlab compare A B`）给它两次运行，它会找出各自的其他种子，逐个种子比较。
"""

# %% tags=["nbval-ignore-output"]
twins = [tables.metrics(r)["test_accuracy"] for r in records.read_all(folder / "runs") if r["key"] == single["key"]]
print("test accuracy of the same run, twice:", ", ".join(f"{accuracy:.4f}" for accuracy in twins))
groups = [
    tables.group(tables.find(run, folder / "runs"), folder / "runs")
    for run in table.drop_duplicates("learning_rate").index[:2]
]
differing, measured = tables.compare(*groups)
print(differing.to_string())
measured.style.format("{:.3f}", subset=["first", "second", "difference", "low", "high"])

# %% [markdown]
"""
The same key gives the same number on one machine; with another number of threads, another processor or other
versions, the last digits may move, and with them now and then an answer. Hence the versions in the record.

The interval is the point. It is wide, because it is made of three differences. A sweep of three seeds shows large
effects and is silent about small ones. More seeds do not fit into this minute. So they were run beforehand.

## 10.3 Twenty-four real runs

The file holds what these two commands left, chapter 5 fine-tuned for four epochs at three learning rates with eight seeds each:

    talentlab sweep 05 -g learning_rate=1e-4,2e-4,4e-4 -g seed=0:8
    talentlab runs --format csv > sweep_05.csv

A table of your own goes in by `-p recorded=mine.csv -p setting=dropout -p current=0.1 -p test_texts=500`.
"""

# %% [markdown] lang="zh"
"""
在同一台机器上，相同的 `key` 得到相同的数字；换了线程数、处理器或软件版本，末几位可能变动，偶尔连带改变一个答案。所以记录里要写版本。

重点在区间。它很宽，因为只由三个差值算出。三个种子的扫描能看出大的效果，对小的效果则无话可说。更多的种子在这一分钟里跑不完，所以事先跑好了。

## 10.3 二十四次真实的运行

文件里是下面两条命令留下的结果：第 5 章的微调，训练四轮，三个学习率，每个八个种子：

    talentlab sweep 05 -g learning_rate=1e-4,2e-4,4e-4 -g seed=0:8
    talentlab runs --format csv > sweep_05.csv

换成你自己的表：`-p recorded=mine.csv -p setting=dropout -p current=0.1 -p test_texts=500`。
"""

# %%
frame = pd.read_csv(runtime.corpus_file(recorded)).query("status == 'completed'")
wide = (100 * frame.pivot(index="seed", columns=setting, values=metric)).dropna()  # [seeds, values], in points
n, values = len(wide), list(wide.columns)
means, deviations = wide.mean(), wide.std()
print(f"{metric} on the test texts [%], {n} seeds")
wide.round(1)

# %%
half = stats.t.ppf(0.975, n - 1) * deviations / np.sqrt(n)
figure, (axes,) = plots.new_axes(width=6.4, height=3.4)
for place, value in enumerate(values):
    axes.plot(place + np.linspace(-0.18, 0.18, n), wide[value], "o", color=plots.GREY, alpha=0.7)
style = {"fmt": "s", "color": plots.BLUE, "capsize": 6}
axes.errorbar(range(len(values)), means, half, **style, label="mean, 95 % interval over seeds (dot: one run)")
axes.set(xlabel=setting, ylabel=f"{metric} [%]", xlim=(-0.5, len(values) - 0.5))
axes.set_xticks(range(len(values)), [f"{value:g}" for value in values])
axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.18))
plots.show(
    figure,
    alt=f"A dot per run. The standard deviation over seeds is {deviations.min():.1f} to {deviations.max():.1f} points; the "
    "means are " + ", ".join(f"{means[v]:.1f} % at {v:g} (± {half[v]:.1f})" for v in values) + ".",
)

# %% [markdown]
"""
### Two kinds of chance

All these runs answered the same test texts. Their spread shows one kind of chance: initial weights, order of the
texts, dropout. The other kind is invisible in it: other test texts of the same kind would have given another figure,
for all runs together. The bootstrap of a share draws its right and wrong answers again, which is a binomial draw; so
the share and the number of texts suffice.

For other texts *and* another seed, the two variances add; the root of the sum is the *standard error*. The sum errs a little on the safe side,
because texts on which the seeds disagree are in both parts.
"""

# %% [markdown] lang="zh"
"""
### 两种随机波动

所有这些运行回答的是同一批测试文本。它们的离散程度只反映一种随机波动：初始权重、文本顺序、dropout。另一种在其中看不见：换一批同类的测试文本，所有运行的数字会一起变动。对一个比例做自助法（bootstrap），就是把答对和答错重新抽一遍，也就是二项分布抽样，所以只要知道比例和文本条数就够了。

如果既换文本又换种子，两个方差相加，和的平方根就是*标准误*。这个和略微偏大，因为种子之间答案不一致的文本在两部分里都算了一次，但偏的方向是稳妥的。
"""

# %% [markdown]
"""
### Exercise 10.A

Predict before you run on. One run on 300 test texts gave an accuracy of 76 %; over seeds the standard deviation is one point. Which of these makes the interval of
the reported accuracy, for other texts and other seeds, the narrowest? Answer with one letter.

- **A** the mean of 8 runs, on the same 300 texts
- **B** the mean of 100 runs, on the same 300 texts
- **C** one run, on 3,000 texts
- **D** the mean of 8 runs, on 600 texts
"""

# %% [markdown] lang="zh"
"""
### 练习 10.A

先预测，再往下运行。一次运行在 300 条测试文本上准确率为 76%，种子之间的标准差为 1 个百分点。若要同时考虑换文本和换种子，下面哪一种做法使所报告准确率的区间最窄？用一个字母作答。

- **A** 8 次运行取平均，仍是那 300 条文本
- **B** 100 次运行取平均，仍是那 300 条文本
- **C** 一次运行，3,000 条文本
- **D** 8 次运行取平均，600 条文本
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "C"
### END SOLUTION
exercises.check("10.A", answer)

# %% [markdown] tags=["solution"]
"""
The texts' standard error is √(0.76 · 0.24 / 300) = 2.5 points, the seeds' is one. Runs shrink only the smaller part: with a hundred of them 2.5 points are left. Ten times the texts shrink the larger part to 0.8, and the sum to 1.3, although the
seeds' part stays whole; twice the texts and eight runs come to 1.8.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
文本的标准误是 √(0.76 · 0.24 / 300) = 2.5 个百分点，种子的是 1 个。多运行几次只缩小较小的那部分：运行一百次，还剩 2.5 个百分点。文本增加到十倍，较大的部分缩小到 0.8，合计 1.3，尽管种子的部分原样保留；文本加倍、运行八次，是 1.8。
"""

# %%
generator = np.random.default_rng(seed)
best = means.idxmax()
drawn = 100 * generator.binomial(test_texts, means[best] / 100, 100_000) / test_texts
text_sd, seed_sd = drawn.std(), np.sqrt((deviations**2).mean())  # points


def half_width(runs_averaged: int, texts: int) -> list[float]:
    """Of the seeds alone, the texts alone, and both: by the rule of `evaluation.difference`, Student's t [points]."""
    of_seeds, of_texts = seed_sd**2 / runs_averaged, text_sd**2 * test_texts / texts
    widths = []
    for a, b in ((of_seeds, 0), (0, of_texts), (of_seeds, of_texts)):
        degrees = (a + b) ** 2 / (a**2 / ((n - 1) * len(values)) + b**2 / (texts - 1))  # how well a + b is known
        widths.append(stats.t.ppf(0.975, degrees) * np.sqrt(a + b))
    return widths


situations = {
    "one run": (1, test_texts),
    f"mean of {n} runs": (n, test_texts),
    f"one run, {10 * test_texts:,} texts": (1, 10 * test_texts),
    f"mean of {n} runs, {10 * test_texts:,} texts": (n, 10 * test_texts),
}
chances = pd.DataFrame({k: half_width(*v) for k, v in situations.items()}, ["seeds", "texts", "both"]).T
chances.map("± {:.1f}".format)

# %%
figure, (axes,) = plots.new_axes(width=6.4, height=3.0)
bars = chances[["seeds", "texts"]] ** 2
share = (bars["texts"] / bars.sum(axis=1)).iloc[0]
axes.barh(chances.index, bars["seeds"], color=plots.BLUE, label="seeds")
axes.barh(chances.index, bars["texts"], left=bars["seeds"], color=plots.ORANGE, label="test texts")
axes.set(xlabel="square of the 95 % interval's half-width [points²]")
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower right")
plots.show(
    figure,
    alt=f"Where the uncertainty of an accuracy comes from. One run: {share:.0%} of the variance is "
    f"the test texts'. Averaging {n} runs shrinks only the seeds' part, {10 * test_texts:,} texts only the other.",
)

# %% [markdown]
"""
Read it in rows. Averaging over seeds leaves the test texts' part as it is; more test texts leave the seeds' part.
Whoever reports the interval over seeds alone has answered a narrow question: what would these texts say of another
training?

For *choosing* between settings, the narrow question is partly the right one. All settings answer the same texts, so
much of that part cancels in a difference. How much, a table of shares cannot say; that needs the answers text by
text, as in chapter 1.

### How few seeds are too few?

With the answers text by text, `evaluation.difference` puts both kinds of chance into one interval. But the spread of the seeds has to
be estimated from the seeds that there are, and two or three say little about it. Here is the test of any interval: imagine many
studies in which the truth is known, a lead of 10 points, and count how often the interval contains it. 95 of 100 is what it promises.
"""

# %% [markdown] lang="zh"
"""
请逐行看。对种子取平均，测试文本那一份丝毫不减；增加测试文本，种子那一份丝毫不减。只报告种子区间的人，回答的是一个很窄的问题：换一次训练，*这批*文本上会怎样？

要在几个设置之间*选择*时，这个窄问题部分地问对了：所有设置回答的是同一批文本，相减时文本那一份大多抵消。抵消多少，一张只有比例的表说不出来，需要像第 1 章那样逐条文本的答案。

### 种子少到几个就不够了

有了逐条文本的答案，`evaluation.difference` 把两种随机波动放进同一个区间。但种子之间的波动，只能由现有的种子来估计，两三个种子说明不了多少。检验任何区间都可以这样做：设想许多次研究，真实情况已知，领先 10 个百分点，数一数区间有多少次包含它。它许诺的是 100 次里 95 次。
"""


# %%
def coverage(seeds: int, texts: int, sd: float = 0.04, studies: int = 1000) -> dict[str, float]:
    """How often three intervals hold a true lead of 0.1, where seeds differ by `sd`."""
    generator, hits = np.random.default_rng(seed), np.zeros(3)
    for _ in range(studies):
        means = 0.1 + sd * generator.standard_normal((seeds, 1))
        gaps = means + 0.5 * (generator.standard_normal(texts) + generator.standard_normal((seeds, texts)))  # [S, N]
        mean, of_texts = gaps.mean(), gaps.mean(0).var(ddof=1) / texts
        of_seeds = gaps.mean(1).var(ddof=1) / seeds if seeds > 1 else 0.0
        interval = evaluation.difference(gaps, 0.0)
        inside = abs(mean - 0.1) < 1.96 * np.sqrt([of_texts, of_texts + of_seeds])
        hits += [*inside, interval.low < 0.1 < interval.high]
    return dict(zip(("seeds left out", "both, 1.96", "both, Student's t"), hits / studies, strict=True))


covered = {(texts, s): coverage(s, texts) for texts in (300, 1821) for s in (1, 2, 3, 5)}
pd.DataFrame(covered).T.rename_axis(["texts", "seeds"]).map("{:.1%}".format)

# %% [markdown]
"""
An interval that leaves the seeds out is wrong much more often than it says, the more so the more texts there are: it becomes short, and
points surely at one seed's luck. With 1.96, two or three seeds still promise too much. Student's t comes close to the promise from three
seeds on, by being honest about how little a few values tell of their own spread; the price is length, with two seeds up to sixfold. One seed has no spread at all: there
every interval fails, unless the spread is known from elsewhere and stated (`seed_spread`).

Hence the rule of this course: no verdict on a *method* from fewer than five seeds, unless a spread is stated. `evaluation.verdict` keeps to it
and answers *not decided* instead.

## 10.4 Is the difference real?

Runs with the same seed share the initial head and the order of the texts. So we compare within seeds. It helps where
a seed that is lucky with one setting is lucky with the other too. We look whether it is.
"""

# %% [markdown] lang="zh"
"""
不计种子的区间，出错远比它声称的多，而且文本越多错得越厉害：它越来越短，言之凿凿地指着某一个种子的运气。用 1.96 时，两三个种子仍然许诺过多。用 Student 的 t 分布，从三个种子起就接近所许诺的了，因为它承认：单凭几个数，很难知道它们自己的波动有多大；代价是区间变长，两个种子时最多长到六倍。只有一个种子，根本看不出波动，哪种区间都不管用，除非波动从别处得知并写明（`seed_spread`）。

所以本课程规定：要评判一种*方法*，至少要五个种子，或者写明波动有多大。`evaluation.verdict` 照此办理，否则一律回答“还不能得出结论”。

## 10.4 差别是真的吗

种子相同的运行，分类头的初值和文本顺序都相同，所以在同一种子之内比较。如果一个种子对这个设置走运，对另一个设置也走运，这样做就有好处。是不是如此，看数据。
"""


# %%
def as_records(value: float) -> list[dict]:
    return [{"parameters": {setting: value, "seed": s}, "metrics": {metric: m}} for s, m in wide[value].items()]


pairs, rows = list(combinations(values, 2)), []
for a, b in pairs:
    row = tables.compare(as_records(a), as_records(b))[1].loc[metric, ["difference", "low", "high"]]
    p = stats.ttest_rel(wide[b], wide[a]).pvalue
    rows.append([*row, p, stats.ttest_ind(wide[b], wide[a], equal_var=False).pvalue, wide[a].corr(wide[b])])
columns = ["difference", "low", "high", "p", "p unpaired", "correlation over seeds"]
comparisons = pd.DataFrame(rows, [f"{b:g} against {a:g}" for a, b in pairs], columns)
comparisons.round(4)

# %% [markdown]
"""
`p` answers this question: if the two settings were equally good, how often would the seeds alone make a difference at
least as large? It is not the probability that they are equal. Where the correlation is near zero, pairing gains
nothing, and where it is negative it even loses; with few seeds the correlation itself is hardly known. Pair all the
same: it is decided before looking, and it costs little.

### Exercise 10.B

Write a function of two arrays [seeds], the accuracies of two settings with the same seeds in the same order. It returns a pair: the mean difference, first minus second, and half the width of its 95 % interval over seeds, with Student's t. Hand it in as `answer`.
"""

# %% [markdown] lang="zh"
"""
`p` 回答的是这样一个问题：如果两个设置其实一样好，单凭种子，有多大可能出现至少这么大的差距？它不是“两者一样好”的概率。相关系数接近零时，配对没有好处；为负时，反而吃亏；而种子很少时，相关系数本身也说不准。即便如此，仍应配对：这是看数据之前就定下的，代价也小。

### 练习 10.B

写一个函数，参数是两个形状为 [种子] 的数组，即两个设置在同样的种子、同样的顺序下的准确率。返回一对值：第一个减第二个的平均差值，以及按 Student 的 t 分布，它对种子的 95% 区间宽度的一半。把函数赋给 `answer` 提交。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def answer(first, second):
    gaps = first - second
    error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    return float(gaps.mean()), float(stats.t.ppf(0.975, len(gaps) - 1) * error)


### END SOLUTION
exercises.check("10.B", answer)

# %% [markdown] tags=["solution"]
"""
The differences within a seed are the data; what both settings owe to the seed is gone before anything is averaged. Then it is the interval of a mean: their standard deviation with n − 1 below the line, divided by √n, times the t of n − 1 degrees of freedom. For four seeds that t is
3.18, not 1.96. It is what `tables.compare` does.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
同一种子内的差值才是数据；两个设置共同沾种子的光的那部分，在求平均之前就消去了。剩下的就是均值的区间：差值的标准差（除以 n − 1），除以 √n，再乘以自由度 n − 1 的 t。四个种子时，这个 t 是 3.18，不是 1.96。`tables.compare` 做的就是这件事。
"""

# %% [markdown]
"""
## 10.5 How many seeds?

Before the next sweep, ask what it could find. Take the recorded differences, remove their means, and what is left is
pure chance as it really occurs. Add a lead of your choice, draw some seeds, test. The share of draws in which the
test notices is its *power*.
"""

# %% [markdown] lang="zh"
"""
## 10.5 需要多少个种子

做下一次扫描之前，先问它能发现什么。取记录下来的差值，减去各自的均值，剩下的就是真实发生过的纯偶然。加上一个假定的领先，抽若干种子，做检验。检验看出差别的比例，就是它的*功效*（power）。
"""

# %%
differences = np.stack([wide[b] - wide[a] for a, b in pairs])  # [pairs, seeds]
noise = (differences - differences.mean(1, keepdims=True)).ravel() * np.sqrt(n / (n - 1))  # one mean was taken from n
step = 100 / test_texts  # an accuracy moves in steps of one text


def power(lead: float, seeds: int, draws: int = 4000) -> float:
    """Share of imagined sweeps in which a paired t test at 5 % finds a true lead [points]."""
    generator = np.random.default_rng(seed)
    sample = generator.choice(noise, (draws, seeds)) + generator.uniform(-step / 2, step / 2, (draws, seeds))
    return float((stats.ttest_1samp(sample + lead, 0, axis=1).pvalue < 0.05).mean())


print(f"spread of a difference within a seed: {noise.std():.1f} points")
print(f"no lead at all: found in {power(0.0, n):.1%} of the sweeps of {n} seeds")

# %%
counts = [3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32]
figure, (axes,) = plots.new_axes(width=6.4, height=3.6)
styles = {0.5: (plots.GREY, "v"), 1.0: (plots.BLUE, "o"), 2.0: (plots.GREEN, "s"), 3.0: (plots.VERMILION, "^")}
for lead, (color, marker) in styles.items():
    axes.plot(counts, [100 * power(lead, count) for count in counts], color=color, marker=marker, label=f"{lead:g}")
axes.axhline(80, color=plots.GREY, linestyle=":")
guess_power.shade(axes)
axes.set(xlabel="seeds of each setting", ylabel="power [% of the sweeps find it]", ylim=(0, 103))
axes.set_xticks(counts[::2])
axes.legend(frameon=False, title="true lead [points]", loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    figure,
    alt=f"With {n} seeds a true lead of 1 point is found in {power(1.0, n):.0%} of the sweeps, of 2 points in "
    f"{power(2.0, n):.0%}; with 3 seeds in {power(1.0, 3):.0%} and {power(2.0, 3):.0%}. Dotted: the customary 80 %.",
)

# %%
guess_power.settle(100 * power(2.0, 3))

# %% [markdown]
"""
Three seeds are what one usually sees. A rule of thumb for 80 %: seeds ≈ 8 × (spread of a difference ÷ lead)², and two
or three more when that is below ten. Half the lead needs four times the runs.

## 10.6 Many settings

### The best of many equals

Let all settings be exactly equal, and pick the best. It leads, for no reason but that somebody has to. Then give the
winner fresh seeds.
"""

# %% [markdown] lang="zh"
"""
三个种子是常见的做法。要达到 80%，有一条经验公式：种子数 ≈ 8 ×（差值的离散程度 ÷ 领先）²，结果小于十时再加两三个。领先减半，运行次数要乘以四。

## 10.6 设置很多的时候

### 一样好的设置，选出最好的

假设所有设置完全一样好，从中选出最好的。它领先，唯一的原因是总得有一个领先。然后给这位胜者换上新的种子。
"""

# %%
single_noise = ((wide - means) * np.sqrt(n / (n - 1))).to_numpy().ravel()  # of one run around its setting's mean


def best_of(k: int, seeds: int, draws: int = 4000) -> tuple[float, float]:
    """Mean lead over the truth [points] of the best of k equal settings: as chosen, and with fresh seeds."""
    generator = np.random.default_rng(seed)
    scores = generator.choice(single_noise, (draws, k, seeds)).mean(2)
    winner = scores.argmax(1)
    fresh = generator.choice(single_noise, (draws, k, seeds)).mean(2)
    return scores.max(1).mean(), fresh[np.arange(draws), winner].mean()


table = pd.DataFrame(
    {(f"{s} seed{'s' * (s > 1)}", when): [best_of(k, s)[i] for k in (2, 3, 5, 10, 20, 50)]
     for s in (1, 3, 8) for i, when in enumerate(("as chosen", "fresh"))},
    pd.Index([2, 3, 5, 10, 20, 50], name="settings"),
)  # fmt: skip
(table.round(1) + 0.0).map("{:+.1f}".format)  # + 0.0: no minus before a zero

# %%
guess_luck.settle(best_of(20, 1)[0])

# %% [markdown]
"""
This is *regression to the mean*: the lead was luck, and luck does not come twice. Nobody did anything wrong in any
single run. The mistake is to report the figure by which the winner was chosen.

How often is a false winner declared? Today's setting stands against k − 1 others, all equally good. Three rules: the
highest mean wins; a t test at 5 % against today's; the same test at 5 % divided by the number of comparisons
(Bonferroni). Drag k and n.
"""

# %% [markdown] lang="zh"
"""
这就是*向均值回归*（regression to the mean）：领先靠的是运气，运气不会来第二次。单看任何一次运行，谁也没做错。错在把用来挑选胜者的那个数字当作结果来报告。

假胜者多久出现一次？今天的设置对 k − 1 个其他设置，全都一样好。三条规则：均值最高者胜；与今天的设置做 5% 水平的 t 检验；同样的检验，但把 5% 除以比较次数（Bonferroni）。拖动 k 和 n 看看。
"""


# %%
def false_winners(k: int, n: int):
    scores = np.random.default_rng(seed).normal(0, seed_sd, (2000, 20, n))  # equal settings, the recorded spread
    lead = scores[:, 1:] - scores[:, :1]  # of each other setting over today's, seed by seed
    p = np.minimum.accumulate(stats.ttest_1samp(lead, 0, axis=2, alternative="greater").pvalue, axis=1)
    top = np.maximum.accumulate(lead.mean(2), axis=1)
    compared = np.arange(1, 20)
    rules = {"highest mean": top > 0, "t test, 5 %": p < 0.05, "t test, 5 % / (k − 1)": p < 0.05 / compared}
    figure, (left, right) = plots.new_axes(2, width=9.2)
    for (name, wins), color in zip(rules.items(), (plots.VERMILION, plots.ORANGE, plots.GREEN), strict=True):
        left.plot(compared + 1, wins.mean(0), "o-", color=color, markersize=4, label=name)
    left.axvline(k, color=plots.GREY, linewidth=1)
    left.set(xlabel="settings k", ylabel="share of sweeps with a false winner", ylim=(0, 1.02), xticks=range(2, 21, 3))
    left.legend(frameon=False, loc="center right")
    right.hist(top[:, k - 2], bins=40, color=plots.BLUE)
    right.set(xlabel="lead of the best over today's setting [points]", ylabel="sweeps of 2,000")
    rates = ", ".join(f"{wins[:, k - 2].mean():.0%} ({name})" for name, wins in rules.items())
    lead = f"the best one's mean lead is {top[:, k - 2].mean():.1f} points."
    return figure, f"{k} equal settings, {n} seeds each. A false winner is declared in {rates}; {lead}"


_ = plots.explore(
    false_winners,
    k=ipywidgets.IntSlider(value=10, min=2, max=20, description="k"),
    n=ipywidgets.IntSlider(value=5, min=2, max=12, description="n"),
)

# %% [markdown]
"""
More seeds make the false lead smaller. They do not make it rarer: "the highest mean" is wrong as often as before.

### A correction in four lines

Holm's correction is never weaker than Bonferroni's and needs no more assumptions: the smallest p is multiplied by the
number of comparisons m, the next by m − 1, and so on; none may become smaller than the one before it. For our
comparisons:
"""

# %% [markdown] lang="zh"
"""
种子多了，虚假的领先会变小，却不会变少：“均值最高者胜”错得和以前一样频繁。

### 四行代码的校正

Holm 校正从不弱于 Bonferroni，也不需要更多假设：最小的 p 乘以比较次数 m，次小的乘以 m − 1，依此类推；后一个不得小于前一个。用在我们的比较上：
"""


# %%
def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p values: each may be held against 5 % as if it were the only one."""
    order = np.argsort(p)
    steps = np.asarray(p)[order] * np.arange(len(p), 0, -1)
    return np.minimum(1, np.maximum.accumulate(steps))[np.argsort(order)]


comparisons["p, Holm"] = holm(comparisons["p"].to_numpy())
comparisons[["difference", "low", "high", "p", "p, Holm"]].round(4)

# %% [markdown]
"""
Count honestly: m holds everything you looked at and would have reported, also what you have thrown away.

### Choose on one set, report on another

A correction protects the verdict. The *figure* is protected by another set of texts. Here are real candidates: linear
heads, each with another strength of regularisation, and each trained on another 400 texts. Everybody gets a
validation and a test figure; the winner is chosen by the first.
"""

# %% [markdown] lang="zh"
"""
计数要诚实：凡是你看过、而且结果好就会报告的，都算进 m，丢掉的也算。

### 在一份数据上选，在另一份上报告

校正保护的是结论。保护*数字*的办法，是另一份文本。下面是一批真实的候选：线性分类头，各用不同强度的正则化，各在不同的 400 条文本上训练。每个都有一个验证集分数和一个测试集分数；胜者按前者选。
"""

# %% tags=["nbval-ignore-output"]
generator, scores = np.random.default_rng(seed), []
for _ in range(candidates):
    rows = generator.permutation(len(stored["train"]))[:400]
    head = RidgeClassifier(alpha=10 ** generator.uniform(2, 5)).fit(stored["train"][rows], stored["train_labels"][rows])
    scores.append([100 * head.score(stored[split], stored[f"{split}_labels"]) for split in ("validation", "test")])
scores = np.array(scores)  # [candidates, 2]
winner = scores[:, 0].argmax()
groups = generator.choice(candidates, (4000, 20))  # twenty candidates at a time, again and again
chosen = groups[np.arange(4000), scores[groups, 0].argmax(1)]
promised, kept = scores[chosen].mean(0) - scores.mean(0)
print(f"best of 20 by validation, over the average candidate: {promised:+.1f} points there, {kept:+.1f} on the test")

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=5.2, height=4.4)
axes.plot(scores[:, 0], scores[:, 1], "o", color=plots.GREY, alpha=0.7, label="candidate")
axes.plot(*scores[winner], "*", color=plots.VERMILION, markersize=16, label="chosen by validation")
ends = [scores.min() - 1, scores.max() + 1]
axes.plot(ends, ends, color=plots.BLUE, linestyle="--", label="the same figure twice")
axes.set(xlabel="validation accuracy [%]", ylabel="test accuracy [%]", xlim=ends, ylim=ends)
axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.22))
plots.show(
    figure,
    alt=f"{candidates} heads. The chosen one has {scores[winner, 0]:.1f} % on the validation texts and "
    f"{scores[winner, 1]:.1f} % on the test texts, where {(scores[:, 1] > scores[winner, 1]).sum()} others are better. "
    f"Over all heads the two figures have a correlation of {np.corrcoef(scores.T)[0, 1]:.2f}.",
)

# %% [markdown]
"""
Luck shows as distance from the dashed line. What is kept on the test texts is the part of the lead that was real:
some candidates are better than others. The part that is missing was luck. Chapter 5 reports test figures, so our
recorded table has no validation column, and choosing by it is choosing on the test texts; 10.8 comes back to this.
"""

# %% [markdown] lang="zh"
"""
离虚线的距离就是运气。在测试文本上保住的，是领先中真实的部分：有些候选确实更好；没保住的部分是运气。第 5 章报告的是测试集分数，所以记录的表里没有验证集一列，按它选择，就是在测试文本上选择；10.8 节会回到这一点。
"""

# %% [markdown]
"""
### Exercise 10.C

A colleague chooses a setting by validation and reports its test accuracy. Both arguments are arrays [settings, seeds]. Her figure is higher than what any single setting reaches on the test texts over the seeds. Write the function again.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.C

一位同事用验证集选设置，再报告它的测试准确率。两个参数都是形状为 [设置, 种子] 的数组。她报告的数字，比任何一个设置在测试集上对种子取平均的结果都高。请重写这个函数。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
def reported(validation: np.ndarray, test: np.ndarray) -> float:
    best = validation.argmax(0)
    return float(test[best, np.arange(test.shape[1])].mean())


### BEGIN SOLUTION
def answer(validation, test):
    best = validation.mean(1).argmax()
    return float(test[best].mean())


### END SOLUTION
exercises.check("10.C", answer)

# %% [markdown] tags=["solution"]
"""
`argmax(0)` chooses anew for every seed, so the figure is a mean over several settings, each picked where its seed was lucky. Nobody can deploy that. One setting is chosen, by its mean over the seeds, and that one's test figure is reported. Where a seed is lucky on validation and test texts
alike, as a good start is, the mistake flatters.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
`argmax(0)` 给每个种子各选一次，所以那个数字是几个设置的平均，每个都取自它的种子走运的地方。谁也没法部署这样的东西。应当按种子的平均选出一个设置，再报告这一个的测试成绩。如果种子在验证文本和测试文本上同时走运，例如初始值恰好不错，这种错误就会虚报。
"""

# %% [markdown]
"""
## 10.7 What not to conclude

Each line is a sentence that one hears after a sweep, and what the runs of this chapter say about it.
"""

# %% [markdown] lang="zh"
"""
## 10.7 不能下的结论

每一行都是扫描之后常听到的一句话，后面是本章的运行对它的回答。
"""

# %%
leader, second = means.sort_values(ascending=False).index[:2]
flips = (wide[second].to_numpy()[None] >= wide[leader].to_numpy()[:, None]).mean()
pair = comparisons.iloc[pairs.index(tuple(sorted((leader, second))))]  # the two best against each other
widest = pair[["low", "high"]].abs().max()
generator = np.random.default_rng(seed)
draws = generator.choice(noise, (2000, 30)) + generator.uniform(-step / 2, step / 2, (2000, 30))
peeks = np.array([stats.ttest_1samp(draws[:, :m], 0, axis=1).pvalue < 0.05 for m in range(3, 31)])
place = "at the edge of" if leader in (min(values), max(values)) else "inside"
inner, outer = half[leader], np.hypot(half[leader], 1.96 * text_sd)
answers = {
    "I ran both once, and A was better.": f"in {flips:.0%} of the pairs of single runs, the leader was not ahead",
    f"The best run has {wide[leader].max():.1f} %, so expect that.": f"the mean of its setting is {means[leader]:.1f} %",
    f"± {inner:.1f} over the seeds, so it stays in that range.": f"on other texts of the same kind ± {outer:.1f}",
    "Not significant, so they are equal.": f"differences of up to {widest:.1f} points agree with these runs",
    "Three seeds showed nothing.": f"they find a true lead of 2 points in {power(2.0, 3):.0%} of the sweeps",
    "I added seeds until it was significant.": f"that finds a lead where none is in {peeks.any(0).mean():.0%}, not in 5 %",
    "The best of 20 settings leads.": f"20 equal ones, one run each, lead by {best_of(20, 1)[0]:.1f} points on average",
    "The best of the grid is the best.": f"{leader:g} lies {place} a grid of {len(values)} values",
}
rows = [f"| “{said}” | {measured} |" for said, measured in answers.items()]
Markdown("\n".join(["| tempting | measured |", "|---|---|", *rows]))

# %% [markdown]
"""
## 10.8 The decision

A rule that is written before looking: take the leader if Holm's p against every other value is below 5 %; otherwise
keep today's setting, and say how much that may cost.

*How sure?* Draw the seeds again, whole rows of the table, and count which setting is best. The mean shortfall of the
choice in these draws is its expected loss: an estimate of what is at stake, often more useful than p.
"""

# %% [markdown] lang="zh"
"""
## 10.8 做决定

规则在看数据之前写好：如果领先者对其他每个值的 Holm p 都小于 5%，就采用它；否则保留今天的设置，并说明这样可能损失多少。

*有多大把握？*把种子重新抽样，整行地抽，数一数哪个设置最好。在这些抽样里，所选设置平均比最好的差多少，就是预期损失。它估计的是这个选择的代价，往往比 p 更有用。
"""

# %%
draws = wide.to_numpy()[np.random.default_rng(seed).integers(n, size=(10_000, n))].mean(1)  # [draws, values]
shares = np.bincount(draws.argmax(1), minlength=len(values)) / len(draws)
adjusted = dict(zip(pairs, comparisons["p, Holm"], strict=True))
against = [adjusted.get(tuple(sorted((leader, value)))) for value in values]  # None: the leader itself
summary = pd.DataFrame({"mean [%]": means.map("{:.1f}".format), "± over seeds": half.map("{:.1f}".format)})
summary["best in"] = [f"{share:.0%}" for share in shares]
summary["Holm's p against the leader"] = ["leader" if p is None else f"{p:.3f}" for p in against]
summary

# %%
worse = [f"{value:g}" for value, p in zip(values, against, strict=True) if p is not None and p < 0.05]
decided = len(worse) == len(values) - 1
choice = leader if decided or current not in values else current
loss = (draws.max(1) - draws[:, values.index(choice)]).mean()
ends = sorted(pair[["low", "high"]] * (1 if leader > second else -1))
print(
    f"{setting} = {choice:g}, {means[choice]:.1f} % over {n} seeds: {leader:g} leads {second:g} by "
    f"{means[leader] - means[second]:.1f} points [{ends[0]:+.1f}, {ends[1]:+.1f}], {'enough' if decided else 'too little'} "
    f"to decide; ruled out: {', '.join(worse) or 'none'}; in redrawn sweeps the choice "
    f"is the best one in {shares[values.index(choice)]:.0%} and costs {loss:.2f} points on average."
)

# %% [markdown]
"""
What the sentence does not say: it holds for these texts, this model and four epochs; the figure was chosen on the
test texts, so it is a little too high (10.6 has the size). On a decision that matters, report it on texts that nobody
has chosen by.

A larger study is the same commands with more of everything: a random or Bayesian search in place of the grid
(`--sample`, `--bayes`), a cluster in place of this machine (`course/scale.md`). The runs of any sweep open in
`compare_runs`, the notebook beside this one, with curves and sliders.
"""

# %% [markdown] lang="zh"
"""
这句话没有说的是：它只适用于这些文本、这个模型和四轮训练；这个数字是在测试文本上选出来的，所以略微偏高（偏多少，见 10.6 节）。真正重要的决定，要在没有人据以挑选过的文本上再报告一次。

更大的研究用的是同样的命令，只是每一样都更多：用随机或贝叶斯搜索代替网格（`--sample`、`--bayes`），用集群代替这台机器（`course/scale.md`）。任何一次扫描的运行都可以在旁边的笔记本 `compare_runs` 里打开，那里有曲线和滑块。
"""

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 10.1

A sweep of `my_experiment` is complete. Then one of these happens, and the same sweep is called with `--resume`. In
which cases does it run *nothing* again? Answer with a set of letters, such as `{"a", "b"}`.

- a: a comment in the training cell is corrected
- b: the sentence in the Markdown cell is rewritten
- c: one number in `vectors.npz` changes
- d: `vectors.npz` is replaced by an exact copy with a new date
- e: a newer PyTorch is installed
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 10.1

`my_experiment` 的一次扫描已经完成。之后发生了下面某一件事，再用 `--resume` 调用同一次扫描。哪些情况下*什么都不会*重跑？用字母的集合作答，例如 `{"a", "b"}`。

- a：改正了训练单元格里的一条注释
- b：改写了 Markdown 单元格里的那句话
- c：`vectors.npz` 里有一个数变了
- d：`vectors.npz` 换成一份内容完全相同、日期较新的副本
- e：安装了更新的 PyTorch
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = {"b", "d", "e"}
### END SOLUTION
exercises.check("10.1", answer)

# %% [markdown] tags=["solution"]
"""
Code with its comments, parameters and the content of data files make the key. Prose (b), a file's date (d) and versions (e) do not. So after an update of PyTorch it is you who decides whether the old runs still count.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
运行的标识由代码（连同注释）、参数和数据文件的内容组成。说明文字（b）、文件的日期（d）和版本（e）不在其内。所以升级 PyTorch 之后，旧的运行还算不算数，要由你来决定。
"""

# %% [markdown]
"""
### Exercise 10.2

Eight runs have a mean accuracy of 78 % and a standard deviation of 1.6 points over the seeds; 300 test texts. What is
the standard error of the mean [points], if both other seeds and other texts are meant? Two decimals
are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.2

八次运行的平均准确率为 78%，种子之间的标准差为 1.6 个百分点，测试文本 300 条。如果既考虑换种子，也考虑换文本，这个均值的标准误是多少（百分点）？保留两位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = np.sqrt(1.6**2 / 8 + 100**2 * 0.78 * 0.22 / 300)
### END SOLUTION
exercises.check("10.2", answer)

# %% [markdown] tags=["solution"]
"""
Variances add: 1.6² / 8 for other seeds, 100² · 0.78 · 0.22 / 300 for other texts, which all eight runs answered alike. The second is eighteen times the first.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
方差相加：换种子是 1.6² / 8，换文本是 100² · 0.78 · 0.22 / 300，因为八次运行回答的是同样的文本。后者是前者的十八倍。
"""

# %% [markdown]
"""
### Exercise 10.3

Four comparisons have p = 0.030, 0.011, 0.400 and 0.013. For how many of them is Holm's p below 5 %, and for how many
Bonferroni's? Answer with a pair of whole numbers. By hand first, then with `holm`.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.3

四次比较的 p 分别为 0.030、0.011、0.400 和 0.013。Holm 校正后有几个小于 5%？Bonferroni 校正后有几个？用一对整数作答。先用手算，再用 `holm` 验证。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
p = np.array([0.030, 0.011, 0.400, 0.013])
answer = (int((holm(p) < 0.05).sum()), int((4 * p < 0.05).sum()))
### END SOLUTION
exercises.check("10.3", answer)

# %% [markdown] tags=["solution"]
"""
Sorted: 0.011, 0.013, 0.030, 0.400. Holm: 4 · 0.011 = 0.044, 3 · 0.013 = 0.039, raised to 0.044, 2 · 0.030 = 0.060. Bonferroni: 0.044 and 0.052. Holm's second step is what it wins.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
排序：0.011、0.013、0.030、0.400。Holm：4 · 0.011 = 0.044；3 · 0.013 = 0.039，抬到 0.044；2 · 0.030 = 0.060。Bonferroni：0.044 和 0.052。Holm 赢在第二步。
"""

# %% [markdown]
"""
### Exercise 10.4

Plan the next sweep: how many seeds does it take to find a true lead of one point, as in 10.5, with a power of 80 %?
Answer with a whole number; use `power`. Two seeds, or 15 %, off is close enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.4

为下一次扫描做计划：按 10.5 节的办法，要以 80% 的功效发现 1 个百分点的真实领先，需要多少个种子？用一个整数作答；可以使用 `power`。误差在两个种子或 15% 以内即可。
"""

# %% tags=["exercise"] kind="code" difficulty=1 importance=3 minutes=5
### BEGIN SOLUTION
answer = next(count for count in range(3, 1000) if power(1.0, count) >= 0.8)
### END SOLUTION
exercises.check("10.4", answer, spread=noise.std())

# %% [markdown] tags=["solution"]
"""
The rule of thumb says 8 · (spread / 1)², and two or three more when that is small. `power` counts it out. More than twice the eight seeds of the record, for one point.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
经验公式说 8 · (标准差 / 1)²，数目小的时候再加两三个；`power` 把它数了出来。为了一个百分点，要比记录中的八个种子多出一倍以上。
"""

# %% [markdown]
"""
### Exercise 10.5

A colleague writes: "Over eight seeds, A has 77.3 % and B 76.9 %; the difference within seeds is 0.4 points, 95 %
interval from −0.5 to 1.3, on our 300 test texts." Which sentences follow? Answer with a set of letters.

- a: A is better than B.
- b: A and B are equally good.
- c: On these texts, that A leads by more than two points on average is hard to believe.
- d: On other texts of the same kind, the difference lies between −0.5 and 1.3, with 95 %.
- e: If the only cost of A is that one has to type it, taking A is reasonable.
- f: Eight more seeds, and then sixteen, until zero is outside, would settle it at 5 %.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.5

同事写道：“八个种子，A 为 77.3%，B 为 76.9%；同一种子内的差为 0.4 个百分点，95% 区间从 −0.5 到 1.3，测试文本是我们的 300 条。”由此可以得出哪些话？用字母的集合作答。

- a：A 比 B 好。
- b：A 和 B 一样好。
- c：在这批文本上，很难相信 A 平均领先两个百分点以上。
- d：换一批同类文本，差值有 95% 的把握落在 −0.5 到 1.3 之间。
- e：如果采用 A 的唯一代价是多敲几个字，那么采用 A 是合理的。
- f：再加八个种子，不行再加十六个，直到区间不含零，就能在 5% 的水平上定论。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
answer = {"c", "e"}
### END SOLUTION
exercises.check("10.5", answer)

# %% [markdown] tags=["solution"]
"""
c: two points lie outside the interval. e: with equal costs the likelier winner is a fair choice, and nobody has to call it significant. d speaks of other texts, of which an interval over seeds knows nothing; f is looking until it fits.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
c：两个百分点在区间之外。e：代价相同，选更可能的赢家是合理的，不必称之为显著。d 讲的是别的文本，而对种子的区间并不知道这些；f 是看到满意为止。
"""

# %% [markdown]
"""
### Exercise 10.6

Train the head of 10.1 yourself, without a notebook around it: seeds 0, 1 and 2, each 150 steps of 32 texts at a learning rate of 1e-3 (the lines are in `TRAINING`, the vectors in `stored`). Keep the loss of every step, and the accuracy on the test texts. Look at the three curves. Answer with a
pair: a dictionary seed → (losses, test accuracy), and the seed whose mean loss over the last 20 steps is the lowest.
"""

# %% [markdown] lang="zh"
"""
### 练习 10.6

不经过实验笔记本，自己训练 10.1 的分类头：种子 0、1、2，各 150 步，每步 32 条文本，学习率 1e-3（代码在 `TRAINING` 里，向量在 `stored` 里）。记下每一步的损失，以及测试文本上的准确率。观察三条曲线。用一对值作答：一个“种子 →（损失列表，测试准确率）”的字典，以及最后 20 步平均损失最低的那个种子。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=10
### BEGIN SOLUTION
x, y = torch.tensor(stored["train"]), torch.tensor(stored["train_labels"])
trained = {}
for number in (0, 1, 2):
    torch.manual_seed(number)
    small = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 32), torch.nn.GELU(), torch.nn.Linear(32, 2))
    optimizer, losses = torch.optim.AdamW(small.parameters(), lr=1e-3), []
    for _ in range(150):
        batch = torch.randint(len(y), (32,))
        loss = torch.nn.functional.cross_entropy(small(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    answers_right = small(torch.tensor(stored["test"])).argmax(1).numpy() == stored["test_labels"]
    trained[number] = losses, answers_right.mean()
answer = trained, min(trained, key=lambda number: np.mean(trained[number][0][-20:]))
### END SOLUTION
exercises.check("10.6", answer)

# %% [markdown] tags=["solution"]
"""
All three curves fall alike, from near log 2 to between 0.1 and 0.2, and end within 0.02 of each other; the test accuracies differ by more than a point. Whether the seed with the lowest loss is also the best on the test texts is luck: with three seeds, two orders agree fully in one case of
six. A seed is no setting that one tunes. It is the noise against which a setting has to show its lead.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
三条曲线的下降方式相同，从 log 2 附近降到 0.1 与 0.2 之间，最后相差不超过 0.02；测试准确率却相差一个百分点以上。损失最低的种子在测试文本上是否也最好，全凭运气：三个种子时，两种次序完全一致的情形是六分之一。种子不是用来调的设置，它是噪声；一个设置要在这种噪声里显出自己的领先。
"""

# %% [markdown]
"""
## Recap

- A notebook with a typed parameters cell and one `claims.report` is an experiment; a mistake in a name or type stops it before it starts.
- A run is the same run if code, parameters and data are; that is what a resumed sweep skips.
- Seeds and test texts are two kinds of chance. More of the one does not buy less of the other.
- Plan the number of seeds from the spread and the lead that you care about. Three seeds find large effects only.
- The best of many is lucky. Correct the verdict for the number of comparisons; take the figure from texts not chosen by.
- A decision is one sentence: what, how much, how sure, at what cost if wrong.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 一个笔记本，有带类型的参数单元格，有一次 `claims.report`，就是一个实验；名字或类型写错，还没开始就会被拦下。
- 代码、参数和数据都相同，才是同一次运行；恢复扫描时跳过的就是它。
- 种子和测试文本是两种不同的随机波动：增加种子，减不了测试文本的那一份，反过来也一样。
- 种子数要根据离散程度和你在意的领先来计划。三个种子只能发现大的效果。
- 许多设置中最好的那个有运气的成分。结论要按比较次数校正；数字要取自没有用来挑选的文本。
- 决定就是一句话：选什么，差多少，有多大把握，错了损失多少。

## 自测
"""

# %%
quizzes.ask("10")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Bouthillier et al. 2021: *Accounting for variance in machine learning benchmarks*, arXiv 2103.03098: the sources of chance, measured.
- Dodge et al. 2020: *Fine-tuning pretrained language models*, arXiv 2002.06305: what seeds do to BERT.
- Dodge et al. 2019: *Show your work*, arXiv 1909.03004: the best of k as a function of k.
- Reimers, Gurevych 2017: *Reporting score distributions makes a difference*, arXiv 1707.09861.
- Card et al. 2020: *With little power comes great responsibility*, arXiv 2010.06595: power of comparisons in NLP.
- Holm 1979: *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6.
- Efron, Tibshirani 1993: *An introduction to the bootstrap*.

## Next

Make a notebook of your own work into an experiment, run three seeds, and write its sentence. `00_start` has the map
of the course.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Bouthillier et al. 2021：*Accounting for variance in machine learning benchmarks*，arXiv 2103.03098。各种偶然的来源，逐一测量。
- Dodge et al. 2020：*Fine-tuning pretrained language models*，arXiv 2002.06305。种子对 BERT 的影响。
- Dodge et al. 2019：*Show your work*，arXiv 1909.03004。k 个中的最好成绩随 k 怎样变化。
- Reimers, Gurevych 2017：*Reporting score distributions makes a difference*，arXiv 1707.09861。
- Card et al. 2020：*With little power comes great responsibility*，arXiv 2010.06595。自然语言处理中比较的功效。
- Holm 1979：*A simple sequentially rejective multiple test procedure*，Scandinavian Journal of Statistics 第 6 卷。
- Efron, Tibshirani 1993：*An introduction to the bootstrap*。

## 下一步

把你自己工作中的一个笔记本变成实验，跑三个种子，写出它的那句话。`00_start` 有整个课程的地图。
"""
