# %% [markdown]
"""
# 6.2 · Finance

*实际应用场景：金融服务*

The document names three uses of large models in finance: watching opinion, predicting shares, assessing credit. It says nothing of how one would
know that they work. In this chapter you carry out all three, and judge each by the number that its people would ask for.

**You will be able to**

- say after how many messages a change of mood is seen, and how often the alarm is false,
- find the leaks that make share prices look predictable, and count what is left after costs,
- tell an edge from the luck of a hundred tries,
- let costs set a threshold, check the probabilities behind it, and give reasons for a refusal,
- measure who is refused wrongly, what less of it costs, and when not to deploy.

**Time** 40 minutes to read and try, about half a minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** sentences, prices and applicants, all made for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 6.2 · 金融服务

*实际应用场景：金融服务*

原文说大模型在金融业有三种用途：监测舆情、预测股票、评估信用，却没有说怎样才算有用。本章把三件事都做一遍，每一件都用这一行的人会问的那个数来评判。

**学完本章，你能够**

- 说出舆情变化之后要过多少条消息才能发现，误报又有多频繁；
- 找出让股价显得可以预测的泄漏，并算清扣除成本之后还剩多少；
- 分辨真正的优势和试了一百次碰上的运气；
- 由成本决定阈值，检查背后的概率，并给出拒绝的理由；
- 测量谁被错误地拒绝、减少误拒要付出什么代价，以及什么时候不该部署。

**时间** 阅读和动手 40 分钟，运行约半分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 句子、价格和贷款申请人，全部为本课程而作，也可以换成你自己的
"""

# %% tags=["parameters"]
dataset: str = "finance"  # sentences of the classes positive, negative, neutral: bundled, a file or a folder
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; found by its name if None
model_name: str = "minilm"  # bundled model, a folder, or a Hub id
train_texts: int | None = None  # labelled texts to train on, drawn anew for each seed; all if None
seeds: list[int] = [0]  # of the head, the order and the draw of the texts; a verdict wants five
learning_rate: float = 3e-4  # peak of AdamW's learning rate
num_epochs: int = 6  # passes over the training texts
batch_size: int = 16  # texts per optimizer step [sequences]
max_length: int = 64  # longer texts lose their end [tokens]
prices_file: str | None = None  # CSV of a share with the column `close`, one row a day; the made series alone if None
days: int = 2000  # of each made series [trading days]
trading_cost: float = 0.0005  # of what is bought or sold [share of its value]
applicants: int = 4000  # drawn for a loan; a half trains, a quarter each validates and tests
default_cost: float = 5.0  # of a loan not paid back [earnings of one that is]
german_credit: str | None = None  # table of 1,000 real loans, by path; its recorded figures if None
seed: int = 0  # of all draws that have no other

# %% [markdown]
"""
## The way

![Three rows: messages, prices and applicants each give a score; a rule makes an alarm, a position or a refusal of it; each is judged by a number of its own: the delay at a false-alarm rate, the return after costs, the cost per applicant.](images/score_to_decision.svg)

A model gives a score. What is paid for is the decision after it.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![三行：消息、价格和申请人各自得到一个分数；规则把分数变成警报、仓位或拒绝；每一种都由自己的数字评判：给定误报率下的延迟、扣除成本后的收益、每位申请人的成本。](images/score_to_decision.zh.svg)

模型给出的是分数，真正要付钱的是后面的决定。
"""

# %%
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import ipywidgets
import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import brier_score_loss, r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from talentlab import data, evaluation, models, plots, training
from talentlab.chapters import credit
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.evaluation import decisions

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("6.2", "before")

# %% [markdown]
"""
And two figures to guess: which of two price series follows a rule, and how good the best of a hundred senseless trading rules looks.
"""

# %% [markdown] lang="zh"
"""
再猜两件事：两条价格序列里哪一条有规律；一百条毫无道理的交易规则里，最好的那条看上去有多好。
"""

# %%
guess_series = guesses.guess("6.2.series")
guess_best = guesses.guess("6.2.best")

# %% [markdown]
"""
## 6.2.1 Watching opinion (6-2)

The course's sentences come in threes: one situation, told as good news, bad news and no news for somebody who holds the shares. What a sentence is
*about* says nothing; it has to be read.
"""

# %% [markdown] lang="zh"
"""
## 6.2.1 监测舆情（6-2）

课程里的句子三条一组：同一件事，对持股的人来说分别是好消息、坏消息和算不上消息。句子*谈的是什么*说明不了问题，必须读懂。
"""

# %% tags=["nbval-ignore-output"]
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column)
parts = {name: corpus.split(name) for name in data.SPLITS}
negative = corpus.class_names.index("negative")
print("; ".join(f"{name}: {len(rows):,} sentences" for name, rows in parts.items()))
for row in parts["train"].head(3).itertuples():
    print(f"{corpus.class_names[row.label]}: {row.text}")

# %% [markdown]
"""
Three readers learn from the same labelled sentences: a linear machine on *word counts*, the encoder *frozen* with a logistic regression on its vectors, and the
encoder *fine-tuned* as in chapter 5.
"""

# %% [markdown] lang="zh"
"""
三位读者从同样的标注句子学习：词袋上的线性模型；编码器*冻结*，只在它的向量上做逻辑回归；以及像第 5 章那样*微调*过的编码器。
"""

# %% tags=["nbval-ignore-output"]
test_texts, test_labels = parts["test"]["text"].tolist(), parts["test"]["label"].to_numpy()
right = {"word counts": [], "frozen": [], "fine-tuned": []}
for run_seed in seeds:
    train = data.draw(parts["train"], train_texts, run_seed)
    tokenizer, model = models.load_pretrained(
        model_name, num_labels=len(corpus.class_names), class_names=corpus.class_names, seed=run_seed
    )
    models.freeze(model, "word_embeddings")
    tokens = data.tokenize(tokenizer, train["text"].tolist(), train["label"].tolist(), max_length)
    test_tokens = data.tokenize(tokenizer, test_texts, test_labels.tolist(), max_length)
    probe = LogisticRegression(C=10, max_iter=2000).fit(models.embed(model, tokens), train["label"])
    said = {"word counts": evaluation.fit_baseline(train["text"], train["label"], seed=run_seed).predict(test_texts),
            "frozen": probe.predict(models.embed(model, test_tokens))}  # fmt: skip
    training.fit(
        model, tokens, num_epochs=num_epochs, learning_rate=learning_rate, batch_size=batch_size, seed=run_seed
    )
    said["fine-tuned"] = evaluation.predict(model, test_tokens).argmax(1)
    for name, answers in said.items():
        right[name].append(answers == test_labels)

# %% tags=["nbval-ignore-output"]
accuracy = {name: evaluation.mean_interval(rows) for name, rows in right.items()}
table = pd.DataFrame.from_dict(accuracy, orient="index", columns=["accuracy", "low", "high"]).assign(n=len(test_labels))
gain = evaluation.difference(right["fine-tuned"], right["word counts"])
figure = plots.plot_intervals(table, "accuracy")
told = "; ".join(f"{name} {interval:.1%}" for name, interval in accuracy.items())
plots.show(figure, alt=f"Accuracy on {len(test_labels)} test sentences with 95 % intervals: {told}.")
print(f"fine-tuned − word counts: {100 * gain.value:+.1f} points [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]")

# %% [markdown]
"""
With so few sentences the intervals are wide; the record at the end of the chapter is of real ones, with 800 labels.

Whoever pays for this does not ask for accuracy. A desk reads hundreds of messages and wants to know: *has the mood turned?* It counts the share
that a reader calls negative.
"""

# %% [markdown] lang="zh"
"""
句子这么少，区间就宽；章末的大规模实测用的是真实句子，有 800 条标注样本。

付钱的人问的不是准确率。投研部门每天看几百条消息，想知道的是：*风向变了没有？* 它数的是读者判为负面的比例。
"""

# %% [markdown]
"""
### Exercise 6.2.A

In quiet times 20 % of the messages are negative, in trouble 50 %. A reader calls 60 % of the negative messages negative, and 15 % of the others. By how many
points does the share that it *calls* negative rise? One decimal.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.A

平静时 20% 的消息是负面的，出事时是 50%。某位读者把 60% 的负面消息判为负面，又把其余消息的 15% 也判为负面。它*判为*负面的比例会上升多少个百分点？保留一位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
answer = (0.60 - 0.15) * (50 - 20)
### END SOLUTION
exercises.check("6.2.A", answer)

# %% [markdown] tags=["solution"]
"""
Called negative: 0.6 of the negative and 0.15 of the others, so 0.6 s + 0.15 (1 − s) at a share s. From s = 0.2 to 0.5 that rises by (0.6 − 0.15) · 30 = 13.5 points. A reader's mistakes shrink every
signal by recall − false rate; a weak reader still sees it, only later.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
判为负面的有：负面消息的 0.6，加上其余消息的 0.15；负面比例为 s 时，就是 0.6 s + 0.15 (1 − s)。s 从 0.2 升到 0.5，上升 (0.6 − 0.15) · 30 = 13.5 个百分点。读者的错误使一切信号缩小到“召回率 − 误报率”倍；读得差的人也看得见，只是晚一些。
"""

# %% [markdown]
"""
### When is it seen?

*CUSUM* adds up by how much each message exceeds the quiet level plus a slack, and never falls below 0. Past a limit it raises an alarm. The limit is a choice
between two evils: here it is set so that one quiet stretch of 1,000 messages in ten has a *false alarm*. The *delay* counts messages from the turn to the alarm.
"""

# %% [markdown] lang="zh"
"""
### 什么时候能发现？

*CUSUM*（累积和）把每条消息超出“平静水平加余量”的部分累加起来，并且不低于 0；超过界限就报警。界限是在两种坏事之间取舍：这里设为每十段平静期（各 1,000 条消息）有一段出现*误报*。*延迟*则从转折算起，数到报警为止的消息条数。
"""


# %% tags=["nbval-ignore-output"]
def cusum(signs, slack=0.05):  # [streams, messages] less the quiet level, in time
    total, path = np.zeros(len(signs)), np.empty(signs.shape)
    for step in range(signs.shape[1]):
        total = np.maximum(0, total + signs[:, step] - slack)
        path[:, step] = total
    return path


def draw_stream(share, size, generator):  # numbers of test sentences, of which `share` are negative
    bad, other = np.flatnonzero(test_labels == negative), np.flatnonzero(test_labels != negative)
    return np.where(generator.random(size) < share, generator.choice(bad, size), generator.choice(other, size))


generator = np.random.default_rng(seed)
quiet, troubled, warm_up, length = 0.2, 0.5, 300, 1000
first, calm, turned = (
    draw_stream(s, (400, n), generator) for s, n in ((quiet, warm_up), (quiet, length), (troubled, length))
)
called = {"perfect": test_labels == negative} | {name: answers == negative for name, answers in said.items()}
rates, delays, limits, paths = [0.02, 0.05, 0.1, 0.2, 0.4], {}, {}, {}
for name, is_called in called.items():
    level = is_called[first].mean(1, keepdims=True)  # the quiet level is measured, not known
    paths[name] = cusum(is_called[calm] - level), cusum(is_called[turned] - level)
    limits[name] = np.quantile(paths[name][0].max(1), [1 - rate for rate in rates])
    seen = paths[name][1][:, :, None] > limits[name]
    delays[name] = np.median(np.where(seen.any(1), seen.argmax(1) + 1, length), axis=0)

# %% tags=["nbval-ignore-output"]
figure, (left, right_axes) = plots.new_axes(2, width=9.2, height=3.4)
for path, color, label in zip(
    paths["fine-tuned"], (plots.GREY, plots.VERMILION), ("quiet", "after the turn"), strict=True
):
    left.plot(np.arange(1, 401), path[0, :400], color=color, label=label)
left.axhline(limits["fine-tuned"][2], color=plots.BLUE, linestyle="--", label="limit")
left.set(xlabel="messages", ylabel="CUSUM, fine-tuned reader")
left.legend(frameon=False)
styles = {
    "perfect": (plots.GREY, "^"),
    "word counts": (plots.VERMILION, "s"),
    "frozen": (plots.GREEN, "D"),
    "fine-tuned": (plots.BLUE, "o"),
}
for name, found in delays.items():
    right_axes.plot([100 * rate for rate in rates], found, marker=styles[name][1], color=styles[name][0], label=name)
right_axes.set(
    xlabel="quiet stretches with a false alarm [%]", ylabel="median delay, 1,000 at most [messages]", yscale="log"
)
right_axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = ", ".join(f"{name} {found[2]:.0f}" for name, found in delays.items())
plots.show(
    figure,
    alt=f"Left: one stream, quiet and turned, with the limit. Right: delay against false alarms; at 10 %: {told} messages.",
)

# %% [markdown]
"""
The curve on the right is the product. It sells as "an alarm after so many messages, one false in ten stretches", and a better reader moves it down. Fewer
false alarms always cost delay.

### In use: a batch job with a monitor

Every evening a job reads the day's file, writes what the saved model says, and ends. A second program adds up. Neither knows the notebook.
"""

# %% [markdown] lang="zh"
"""
右边的曲线就是产品。卖的是“过多少条消息会报警，十段平静期里误报一次”；读者越好，曲线越低。误报要少，延迟就要长。

### 投入使用：批处理作业和监控

每天晚上，一个作业读入当天的文件，写下保存的模型怎么判，然后结束。另一个程序负责累加。两者都不知道有这个笔记本。
"""

# %% tags=["nbval-ignore-output"]
running = ExitStack()
folder = Path(running.enter_context(TemporaryDirectory()))
models.save_model(folder / "model", tokenizer, model)
for day in range(1, 13):  # what an archive of messages would leave here; the mood turns on day 8
    rows = draw_stream(quiet if day < 8 else troubled, 60, generator)
    pd.DataFrame({"text": np.array(test_texts)[rows]}).to_csv(folder / f"day_{day:02}.csv", index=False)


def run_batch(folder):
    """Score each day that has no result yet; may be started again after a crash."""
    tokenizer, model = models.load_pretrained(str(folder / "model"), num_labels=len(corpus.class_names))
    for path in sorted(folder.glob("day_*.csv")):
        result = path.with_name(path.name.replace("day", "scored"))
        if not result.exists():
            texts = pd.read_csv(path)["text"].tolist()
            inputs = data.tokenize(tokenizer, texts, [0] * len(texts), max_length)
            probs = evaluation.probabilities(evaluation.predict(model, inputs))
            pd.DataFrame({"text": texts, "label": probs.argmax(1), "sure": probs.max(1)}).to_csv(result, index=False)


run_batch(folder)

# %% tags=["nbval-ignore-output"]
scored = [pd.read_csv(path)["label"].to_numpy() == negative for path in sorted(folder.glob("scored_*.csv"))]
level, watched = np.concatenate(scored[:5]).mean(), np.concatenate(scored[5:])  # five quiet days set the level
path = cusum(watched[None] - level)[0].reshape(-1, 60)
for day, (called_today, today) in enumerate(zip(scored[5:], path, strict=True), start=6):
    state = "ALARM" if today.max() > limits["fine-tuned"][2] else "quiet"
    print(
        f"day {day:2}: {called_today.mean():.0%} called negative, CUSUM {today[-1]:.1f} of {limits['fine-tuned'][2]:.1f}: {state}"
    )
running.close()

# %% [markdown]
"""
Look at the level as well: if another kind of message comes in, the share moves without any change of mood. That is why the texts are kept beside the answers,
and why somebody reads twenty of them before anybody acts on an alarm.
"""

# %% [markdown] lang="zh"
"""
也要看水平本身：换了一类消息进来，比例会变，情绪却没有变。所以要把文本和判断一起留着；报警之后，先有人读上二十条，再决定要不要行动。
"""

# %% [markdown]
"""
## 6.2.2 Predicting shares (6-2)

Two series of prices. One is a *random walk*: every day's return is drawn anew, nothing can predict it. In the other, a rule was planted: a day's return
goes on a little into the next day. In real data nobody can say which kind one has; here we know, and so can try the methods.
"""

# %% [markdown] lang="zh"
"""
## 6.2.2 预测股票（6-2）

两条价格序列。一条是*随机游走*：每天的收益都重新抽取，没有什么能预测它。另一条埋了一条规律：当天的收益会有一点延续到第二天。真实数据属于哪一种，谁也说不出；这里知道答案，所以可以检验方法。
"""

# %%
generator = np.random.default_rng([seed, 1])
returns, rule_in = 0.01 * generator.standard_normal((2, days)), int(generator.integers(2))
for day in range(1, days):
    returns[rule_in, day] += 0.15 * returns[rule_in, day - 1]  # the planted rule
prices = {name: pd.Series(100 * np.exp(row.cumsum())) for name, row in zip("AB", returns, strict=True)}
figure, (axes,) = plots.new_axes(width=7.2, height=3.2)
for (name, price), color in zip(prices.items(), (plots.BLUE, plots.VERMILION), strict=True):
    axes.plot(price, color=color, label=f"series {name}", linewidth=1)
axes.set(xlabel="trading day", ylabel="price")
axes.legend(frameon=False)
plots.show(
    figure, alt=f"Two made series of {days} daily prices. One of them follows a rule; the eye cannot tell which."
)

# %% [markdown]
"""
### Leak 1: the price looks predictable

A regression on the last five prices forecasts tomorrow's price. Its R² on later days is splendid. So is that of no model at all, "tomorrow costs what
today does".
"""

# %% [markdown] lang="zh"
"""
### 泄漏之一：价格看上去可以预测

用最近五天的价格做回归，预测明天的价格。它在后来的日子里 R² 好得出奇；而不用任何模型，直接说“明天和今天一个价”，R² 也一样好。
"""

# %%
walk = prices["BA"[rule_in]]  # nothing can predict this one
table = pd.concat({f"{ago} days ago": walk.shift(ago) for ago in range(5)}, axis=1)
table = table.assign(tomorrow=walk.shift(-1)).dropna()
past, tomorrow = table.drop(columns="tomorrow"), table["tomorrow"]
cut, today = 3 * len(table) // 4, past["0 days ago"]
forecast = LinearRegression().fit(past[:cut], tomorrow[:cut]).predict(past[cut:])
as_returns = np.log(tomorrow[cut:] / today[cut:]), np.log(forecast / today[cut:])
print(f"R² of the forecast price      {r2_score(tomorrow[cut:], forecast):.3f}")
print(f"R² of 'tomorrow is as today'  {r2_score(tomorrow[cut:], today[cut:]):.3f}")
print(f"R² of the forecast return     {r2_score(*as_returns):.3f}")
figure, (axes,) = plots.new_axes(width=7.2, height=3.0)
axes.plot(tomorrow.to_numpy()[-40:], color=plots.GREY, label="price", marker="o", markersize=4)
axes.plot(forecast[-40:], color=plots.VERMILION, label="forecast of it")
axes.set(xlabel="day, of the last 40", ylabel="price")
axes.legend(frameon=False)
plots.show(figure, alt="The forecast runs one day behind the price: it repeats what was there.")

# %% [markdown]
"""
Ask for the R² of the *return*: what the forecast knows beyond today's price. Next to nothing.

### Leak 2: shuffled folds

Now the target is the return over the next 20 days, so each day shares nearly all of its target with its neighbours. Shuffled cross-validation puts the neighbours
into training. *Walk-forward* trains on the past alone and leaves a gap of 20 days.
"""

# %% [markdown] lang="zh"
"""
要问的是*收益*的 R²：预测在今天的价格之外还知道些什么。几乎什么也不知道。

### 泄漏之二：打乱的折

现在预测未来 20 天的收益，于是相邻两天的目标几乎完全重叠。打乱的交叉验证会把邻居放进训练集。*滚动向前*只用过去训练，并留出 20 天的间隔。
"""

# %% tags=["nbval-ignore-output"]
forest = ExtraTreesRegressor(50, min_samples_leaf=3, random_state=0)
for name, price in prices.items():
    log = np.log(price)
    slow = pd.DataFrame({f"above its mean of {n} days": log - log.rolling(n).mean() for n in (20, 60, 250)})
    rows = slow.assign(ahead=log.shift(-20) - log).dropna()
    x, ahead = rows.drop(columns="ahead").to_numpy(), rows["ahead"].to_numpy()
    shuffled = cross_val_predict(forest, x, ahead, cv=KFold(5, shuffle=True, random_state=0))
    pairs = decisions.walk_forward(len(x), folds=5, gap=20)
    later = np.concatenate([forest.fit(x[train], ahead[train]).predict(x[test]) for train, test in pairs])
    known = np.concatenate([ahead[test] for _, test in pairs])
    print(
        f"series {name}: R² {r2_score(ahead, shuffled):+.2f} with shuffled folds, {r2_score(known, later):+.2f} walking forward"
    )
    assert r2_score(ahead, shuffled) > 0.2 and r2_score(known, later) < 0

# %% [markdown]
"""
### Exercise 6.2.B

This function should make what is known at the close of each day, and as `target` the return of the next day. It has two bugs. Mend it.

    def make_rows(price):
        change = price.pct_change()
        smooth = change.rolling(5, center=True).mean()
        return pd.DataFrame({"last": change, "smooth": smooth, "target": change})

Answer with the function.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.B

下面的函数应当给出每天收盘时已知的东西，并以下一天的收益为 `target`。里面有两处错误。请改正。

    def make_rows(price):
        change = price.pct_change()
        smooth = change.rolling(5, center=True).mean()
        return pd.DataFrame({"last": change, "smooth": smooth, "target": change})

用这个函数作答。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def make_rows(price):
    change = price.pct_change()
    smooth = change.rolling(5).mean()
    return pd.DataFrame({"last": change, "smooth": smooth, "target": change.shift(-1)})


answer = make_rows
### END SOLUTION
exercises.check("6.2.B", answer)

# %% [markdown] tags=["solution"]
"""
A centred window looks two days ahead, and a target of the same day is one of the features. The test for any table of features: change a price and look which rows move. No feature may move on a day
before that price.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
居中的窗口往后看了两天，而当天的目标又恰好是特征之一。检验任何特征表的办法是：改动一个价格，看哪些行跟着变。在这个价格之前的日子，任何特征都不许变。
"""

# %% [markdown]
"""
### What is left after costs

For each series: a regression on the last five returns, trained anew ten times on all of the past; one is invested where it forecasts a rise and sold short where it
forecasts a fall. Every change costs. *Hits* are days on which the direction was right.
"""

# %% [markdown] lang="zh"
"""
### 扣除成本之后还剩什么

对每条序列，用最近五天的收益做回归，在全部过去的数据上重新训练十次；预测上涨就持有，预测下跌就做空。每次调仓都要花钱。*命中*指方向对了的日子。
"""

# %% tags=["nbval-ignore-output"]
if prices_file:
    prices["yours"] = pd.read_csv(prices_file)["close"]
trades, rows = {}, {}
for name, price in prices.items():
    change = np.log(price).diff()
    table = pd.concat([change.shift(ago) for ago in range(5)], axis=1).assign(target=change.shift(-1)).dropna()
    x, target, position = table.drop(columns="target").to_numpy(), table["target"].to_numpy(), np.zeros(len(table))
    for train, test in decisions.walk_forward(len(x), folds=10):
        position[test] = np.sign(LinearRegression().fit(x[train], target[train]).predict(x[test]))
    live = position != 0
    earned, traded = position[live] * target[live], np.abs(np.diff(position[live], prepend=0))
    trades[name] = pd.DataFrame({"gross": earned, "net": earned - trading_cost * traded, "always up": target[live]})
    hits = evaluation.proportion_interval(int((earned > 0).sum()), len(earned))
    up = (target[live] > 0).mean()
    rows[name] = [
        f"{hits:.1%}",
        f"{up:.1%}",
        *(f"{evaluation.mean_interval(1e4 * trades[name][c]):+.1f}" for c in ("gross", "net")),
    ]
net = {name: evaluation.mean_interval(1e4 * table["net"]) for name, table in trades.items()}
pd.DataFrame.from_dict(rows, orient="index", columns=["hits", "days up", "gross per day [bp]", "net per day [bp]"])

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.2, height=3.4)
for (name, table), color in zip(trades.items(), (plots.BLUE, plots.VERMILION, plots.GREEN), strict=False):
    axes.plot(100 * table["gross"].cumsum(), color=color, linestyle=":", label=f"{name}, before costs")
    axes.plot(100 * table["net"].cumsum(), color=color, label=f"{name}, after costs")
axes.axhline(0, color=plots.GREY, linestyle="--")
axes.set(xlabel="day of trading", ylabel="summed log return [%]")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(f"{name} {interval:+.1f}" for name, interval in net.items())
plots.show(figure, alt=f"Summed return of each series before and after costs. Net per day in basis points: {told}.")
guess_series.settle(rule_in)
print(f"The rule was planted in series {'AB'[rule_in]}.")
assert net["AB"[rule_in]].low > 0 > net["BA"[rule_in]].low

# %% [markdown]
"""
The method finds the rule where there is one, and nothing where there is none. That is all that one may ask of a method. Whether a *real* price holds such a rule is another question, and everybody with a
computer has asked it.

### The best of a hundred

Take a hundred rules without sense: random weights on the last ten returns of a random walk. Trade each for 1,000 days, keep the best, trade it for 1,000
more. And do all of it on 200 fresh walks. The *Sharpe ratio* is mean return by its spread, per year; 1 is called good.
"""

# %% [markdown] lang="zh"
"""
有规律的地方，方法找得到；没有的地方，它什么也找不到。对一个方法，也只能要求这么多。*真实*的价格里有没有这样的规律，是另一个问题，凡是有电脑的人都问过。

### 一百条里最好的

拿一百条毫无道理的规则：在随机游走最近十天的收益上加随机权重。每条交易 1,000 天，留下最好的，再交易 1,000 天。这一切在 200 条新的随机游走上重复。*夏普比率*是平均收益除以波动，按年计算；达到 1 就被称为好。
"""


# %% tags=["nbval-ignore-output"]
def sharpe(earned):
    return np.sqrt(252) * earned.mean(0) / earned.std(0)


generator, found = np.random.default_rng([seed, 3]), []
for _ in range(200):
    fresh = 0.01 * generator.standard_normal(2010)
    last_ten = np.lib.stride_tricks.sliding_window_view(fresh[:-1], 10)  # [days, 10]
    earned = np.sign(last_ten @ generator.standard_normal((10, 100))) * fresh[10:, None]
    chosen = sharpe(earned[:1000]).argmax()
    found.append((sharpe(earned[:1000])[chosen], sharpe(earned[1000:])[chosen]))
tried, afterwards = np.array(found).T
figure, (axes,) = plots.new_axes(width=6.8, height=3.4)
bins = np.linspace(-2.5, 2.5, 31)
axes.hist(afterwards, bins, color=plots.GREY, alpha=0.8, label="the same rule, next 1,000 days")
axes.hist(tried, bins, color=plots.BLUE, alpha=0.8, label="best of 100, first 1,000 days")
guess_best.shade(axes, along="x")
axes.set(xlabel="Sharpe ratio per year", ylabel="random walks")
axes.legend(frameon=False, loc="upper left")
plots.show(
    figure,
    alt=f"Best of 100 senseless rules: Sharpe ratio {tried.mean():.2f} on average where it was chosen, {afterwards.mean():+.2f} afterwards.",
)

# %% tags=["nbval-ignore-output"]
guess_best.settle(float(tried.mean()))
print(
    f"One rule alone passes a Sharpe ratio of 1 by luck in {norm.sf(np.sqrt(1000 / 252)):.0%} of cases; the best of 100 in {(tried > 1).mean():.0%}."
)
print(f"To pass as a finding at 5 %, the best of 100 needs {np.quantile(tried, 0.95):.2f}.")
assert tried.mean() > 1 and abs(afterwards.mean()) < 0.2

# %% [markdown]
"""
So the first question to a backtest is not how good it is, but how many there were. Chapter 10 has the same lesson for seeds and settings.

## 6.2.3 Assessing credit (6-2)

Applicants for a loan, drawn by a rule that the course knows (data card: `course/data/applicants.md`): the true risk of each is a column that no model sees. Nor does any
model see `group`.
"""

# %% [markdown] lang="zh"
"""
所以看到回测，先问的不是结果有多好，而是一共试了多少次。第 10 章对种子和设置讲过同样的道理。

## 6.2.3 评估信用（6-2）

贷款申请人按一条课程已知的规则生成（数据卡见 `course/data/zh/applicants.md`）：每个人真实的风险是一列，任何模型都看不到；`group` 这一列同样不给模型看。
"""

# %%
people = credit.draw_applicants(applicants, seed)
half, quarter = applicants // 2, applicants // 4
train, valid, tested = people[:half], people[half : half + quarter], people[half + quarter :].reset_index(drop=True)
print(
    f"{len(train):,} to train, {len(valid):,} to validate, {len(tested):,} to test; {people['default'].mean():.0%} default"
)
people.head(4)

# %% tags=["nbval-ignore-output"]
fitted = {
    "linear": make_pipeline(StandardScaler(), LogisticRegression()),
    "boosted trees": HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.05, max_leaf_nodes=8, random_state=seed
    ),
    "linear, balanced": make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")),
}
risk = {"the true risk": tested["risk"].to_numpy()}
for name, estimator in fitted.items():
    risk[name] = estimator.fit(train[credit.COLUMNS], train["default"]).predict_proba(tested[credit.COLUMNS])[:, 1]
measures = {"AUC": roc_auc_score, "Brier": brier_score_loss}
pd.DataFrame(
    {m: {name: f(tested["default"], p) for name, p in risk.items()} for m, f in measures.items()}
).style.format("{:.3f}")

# %% [markdown]
"""
The first row is the ceiling: not even the rule itself tells who will default. `balanced` weighs the two classes equally, a usual advice; remember its *Brier score*,
the mean squared distance of probability and outcome.

### The cost sets the threshold

A loan that is paid back earns 1; one that is not costs `default_cost`, here 5. Refusing a good applicant loses the 1. Whoever lends where the expected cost is below the
expected earning refuses from a probability of 1 ÷ (5 + 1) on.
"""

# %% [markdown] lang="zh"
"""
第一行是上限：连规则本身也说不准谁会违约。`balanced` 让两个类别的权重相等，这是常见的建议；请记住它的 *Brier 分数*，即概率与结果之差的平方的平均。

### 成本决定阈值

还清的贷款赚 1，没有还的损失 `default_cost`，这里是 5；拒绝一位好申请人，少赚 1。预期损失低于预期收益才放贷，那么违约概率从 1 ÷ (5 + 1) 起就应当拒绝。
"""

# %% tags=["nbval-ignore-output"]
money = {"miss": default_cost, "false_alarm": 1.0}
in_theory, labels = decisions.theoretical_threshold(**money), tested["default"]
on_validation = fitted["linear"].predict_proba(valid[credit.COLUMNS])[:, 1]
chosen = decisions.cheapest_threshold(valid["default"], on_validation, **money)
figure, (axes,) = plots.new_axes(width=6.8, height=3.4)
for name, color in (("linear", plots.BLUE), ("linear, balanced", plots.VERMILION), ("the true risk", plots.GREY)):
    axes.plot(decisions.cost_curve(labels, risk[name], **money)["cost"], color=color, label=name)
axes.axvline(in_theory, color=plots.GREEN, linestyle="--", label="1 ÷ (cost + 1)")
axes.set(xlabel="refused from this probability of default on", ylabel="cost per applicant", ylim=(0, None))
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
policies = {f"linear, from {in_theory:.3f} on": risk["linear"] >= in_theory, f"linear, chosen on validation: {chosen:.2f}": risk["linear"] >= chosen,
            "linear, from 0.5 on": risk["linear"] >= 0.5, f"balanced, from {in_theory:.3f} on": risk["linear, balanced"] >= in_theory,
            "refuse all": np.ones(len(labels), bool), "lend to all": np.zeros(len(labels), bool)}  # fmt: skip
paid = {name: decisions.case_costs(labels, refused, **money) for name, refused in policies.items()}
cost = {name: evaluation.mean_interval(rows) for name, rows in paid.items()}
plots.show(
    figure,
    alt="Cost per applicant against the threshold: "
    + "; ".join(f"{name} {value:.2f}" for name, value in cost.items())
    + ".",
)

# %% [markdown]
"""
The threshold of 0.5, which `predict` uses, costs far more than the right one, though the model is the same and its *accuracy* is higher there. The flat bottom is good news: around the theoretical threshold
a few hundredths hardly matter.

### Exercise 6.2.C

A loan of 10,000 earns 800 if it is paid back, and 6,000 are lost if not. From which probability of default on should it be refused? Three decimals.
"""

# %% [markdown] lang="zh"
"""
`predict` 用的阈值是 0.5，它的成本比正确的阈值高得多，尽管模型相同，那里的*准确率*还更高。曲线底部平坦是好事：在理论阈值附近差百分之几，几乎没有影响。

### 练习 6.2.C

一笔 10,000 的贷款，还清赚 800，不还损失 6,000。违约概率从多少起应当拒绝？保留三位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = 800 / (800 + 6000)
### END SOLUTION
exercises.check("6.2.C", answer)

# %% [markdown] tags=["solution"]
"""
At probability p lending loses 6,000 p and earns 800 (1 − p) on average. The two are equal at p = 800 ÷ 6,800 ≈ 0.118. The sum lent is in neither: only what is lost and what is earned.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
概率为 p 时，放贷平均损失 6,000 p，平均赚 800 (1 − p)。两者在 p = 800 ÷ 6,800 ≈ 0.118 处相等。借出的本金不在其中：只看损失多少、赚多少。
"""

# %% [markdown]
"""
### Are the probabilities true?

A theoretical threshold needs *calibration*: of those with 20 %, one in five defaults. Weighing the classes destroys it, and keeps the AUC; a regression on validation rows brings it back.
"""

# %% [markdown] lang="zh"
"""
### 概率是真的吗？

理论阈值要求*校准*：被判为 20% 的人里，每五个有一个违约。给类别加权会破坏校准，AUC 却不变；在验证数据上再做一次回归，就能恢复。
"""


# %% tags=["nbval-ignore-output"]
def log_odds(estimator, rows):
    return estimator.decision_function(rows[credit.COLUMNS]).reshape(-1, 1)


balanced = fitted["linear, balanced"]
repair = LogisticRegression(C=1e6).fit(log_odds(balanced, valid), valid["default"])
risk["balanced, repaired"] = repair.predict_proba(log_odds(balanced, tested))[:, 1]
figure, (axes,) = plots.new_axes(width=5.6, height=3.8)
axes.plot([0, 1], [0, 1], "--", color=plots.GREY)
lines = (
    ("linear", plots.BLUE, "o"),
    ("linear, balanced", plots.VERMILION, "s"),
    ("balanced, repaired", plots.GREEN, "D"),
)
for name, color, marker in lines:
    means = pd.DataFrame({"p": risk[name], "y": labels}).groupby(pd.qcut(risk[name], 8)).mean()
    axes.plot(means["p"], means["y"], marker=marker, color=color, label=name)
axes.set(xlabel="predicted probability of default", ylabel="share that defaulted", xlim=(0, 1), ylim=(0, 1))
axes.legend(frameon=False, loc="upper left")
told = "; ".join(f"{n} {decisions.case_costs(labels, risk[n] >= in_theory, **money).mean():.2f}" for n, _, _ in lines)
plots.show(
    figure,
    alt=f"Predicted against observed default, eighths of the applicants. Cost at the theoretical threshold: {told}.",
)

# %% [markdown]
"""
### Reasons for a refusal

Whoever is refused may ask why, and in many countries has a right to an answer. In a linear model each column's part in the log-odds is its weight times the distance from the mean of those
who got a loan.
"""

# %% [markdown] lang="zh"
"""
### 拒绝的理由

被拒绝的人可以问为什么，在许多国家，这是一项权利。线性模型里，每一列对对数优势的贡献，等于权重乘以它与获批者平均值之差。
"""

# %% tags=["nbval-ignore-output"]
scaler, line = fitted["linear"][0], fitted["linear"][1]
weights = pd.Series(line.coef_[0] / scaler.scale_, credit.COLUMNS)  # log-odds per unit of the column
refused = risk["linear"] >= in_theory
typical = tested.loc[~refused, credit.COLUMNS].mean()
share = weights * (tested[credit.COLUMNS] - typical)  # [applicants, columns]: what each column adds
true_share = pd.Series(credit.RULE) * (tested[credit.COLUMNS] - typical)
true_share["late_payments"] += credit.NEW_AND_LATE * tested["late_payments"] * (tested["years_employed"] < 2)
same = share[refused].idxmax(axis=1) == true_share[refused].idxmax(axis=1)
someone = tested[refused].index[0]
for column, part in share.loc[someone].nlargest(3).items():
    print(f"{column} {tested.loc[someone, column]:g}, usually {typical[column]:.2f}: {part:+.2f} log-odds of default")
print(f"First reason = the largest term of the true rule, for {same.mean():.0%} of {refused.sum()} refused applicants")

# %% [markdown]
"""
A reason is only as good as the model: where the rule has a term that the model lacks (late payments of the newly employed), the reason given names something else. And it is a reason of the *model*;
that paying debts back would change the answer is true here by the rule, and elsewhere a claim about the world.

### Who is refused wrongly?

No model saw `group`, and the rule has no term for it. Of those who *would have paid back*, how many does each group see refused?
"""

# %% [markdown] lang="zh"
"""
理由好不好，取决于模型：规则里有、模型里没有的一项（新入职者的逾期），模型给出的理由就会落在别处。而且这是*模型*的理由；还掉债务就能改变结果，在这里由规则保证，在别处则是对现实的一种断言。

### 谁被错误地拒绝？

没有模型见过 `group`，规则里也没有它。在*本来会还款*的人里，两个群体各有多少人被拒绝？
"""


# %% tags=["nbval-ignore-output"]
def wrongly(refused, members):
    """Share of the good applicants among `members` who are refused, with its interval."""
    good = members & (labels == 0)
    return evaluation.proportion_interval(int((refused & good).sum()), int(good.sum()))


in_group = (tested["group"] == 1).to_numpy()
by_group = {"others": wrongly(refused, ~in_group), "group": wrongly(refused, in_group)}
print("; ".join(f"good applicants refused, {name}: {value:.1%}" for name, value in by_group.items()))
curve = []
for other in np.linspace(in_theory, 0.6, 45):  # a threshold of its own for the group
    lenient = np.where(in_group, risk["linear"] >= other, refused)
    gap = wrongly(lenient, in_group).value - by_group["others"].value
    curve.append((other, 100 * gap, decisions.case_costs(labels, lenient, **money).mean()))
curve = pd.DataFrame(curve, columns=["threshold", "gap", "cost"])
even = curve.loc[curve["gap"].abs().idxmin()]
lenient = np.where(in_group, risk["linear"] >= even["threshold"], refused)
dearer = evaluation.difference(
    decisions.case_costs(labels, lenient, **money), decisions.case_costs(labels, refused, **money)
)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=6.4, height=3.4)
axes.plot(curve["gap"], curve["cost"], "o-", color=plots.BLUE, markersize=4)
axes.plot(*curve.loc[0, ["gap", "cost"]], "s", color=plots.VERMILION, markersize=9, label="one threshold for all")
axes.plot(*even[["gap", "cost"]], "D", color=plots.GREEN, markersize=9, label="equal shares refused wrongly")
axes.axvline(0, color=plots.GREY, linestyle="--")
axes.set(xlabel="wrongly refused: group less others [points]", ylabel="cost per applicant")
axes.legend(frameon=False)
plots.show(figure, alt=f"Gap against cost for thresholds of the group. One threshold for all: {curve.loc[0, 'gap']:+.0f} points. Equal from "
           f"{even['threshold']:.2f} on, for {dearer:+.3f} per applicant.")  # fmt: skip

# %% [markdown]
"""
The gap came without anybody's intention: through lower incomes and shorter employment. Whether closing it costs anything is what the figure shows, and the *interval* under it says if that is more than chance. Which point to take is no question for a model: a
second threshold by group is itself unlawful in some countries and demanded in others. What a model's people owe is the curve.

### A large model is the wrong tool here

Each applicant as a sentence (`income: 31.5, years employed: 2.4, …`), read by the encoder, against the linear model on the same rows.
"""

# %% [markdown] lang="zh"
"""
这个差距不是谁有意造成的，它来自较低的收入和较短的工龄。缩小差距要不要付代价，看图便知；图下的*区间*说明它是不是偶然。取哪一点，不是模型能回答的问题：按群体另设阈值，在一些国家违法，在另一些国家则是要求。做模型的人该交出的，是这条曲线。

### 大模型在这里是用错了工具

把每位申请人写成一句话（`income: 31.5, years employed: 2.4, …`）给编码器读，再与同样这些行上的线性模型比较。
"""

# %% tags=["nbval-ignore-output"]
few, asked = train[:400], tested[:400]
begin = process_time()
tokenizer, reader = models.load_pretrained(model_name, seed=seed)
read = {}
for name, rows in (("few", few), ("asked", asked)):
    sentences = data.tokenize(tokenizer, credit.describe(rows[credit.COLUMNS]), rows["default"].tolist(), 64)
    read[name] = models.embed(reader, sentences)
by_reader = LogisticRegression(C=10, max_iter=2000).fit(read["few"], few["default"]).predict_proba(read["asked"])[:, 1]
reader_s, begin = process_time() - begin, process_time()
small = make_pipeline(StandardScaler(), LogisticRegression()).fit(few[credit.COLUMNS], few["default"])
by_columns = small.predict_proba(asked[credit.COLUMNS])[:, 1]
column_s = process_time() - begin
wrong_tool = {}
for name, p, seconds in (("sentences, encoder", by_reader, reader_s), ("columns, linear", by_columns, column_s)):
    wrong_tool[name] = decisions.case_costs(asked["default"], p >= in_theory, **money)
    print(
        f"{name}: AUC {roc_auc_score(asked['default'], p):.2f}, cost {wrong_tool[name].mean():.2f} per applicant, {seconds:.2f} s"
    )
dearer_text = evaluation.difference(wrong_tool["sentences, encoder"], wrong_tool["columns, linear"])
print(
    f"The encoder costs {dearer_text:+.2f} more per applicant, and {reader_s / max(column_s, 1e-3):,.0f} times the computing time."
)

# %% [markdown]
"""
Six numbers need no reader of sentences: word pieces of digits say little of how large a number is. Frozen is the mildest form of it; fine-tuning costs more and was not needed to see the point. A language model has its place where
there is *text*: in the letter beside the application, which this table lacks.

### Real loans

`-p german_credit=german_credit.csv.gz` asks the same of 1,000 German loans of the 1970s: ten-fold cross-validation, ten times. Costs of 5 to 1 come with that table. Sex and family status, age
and origin are kept from the model.
"""

# %% [markdown] lang="zh"
"""
六个数字不需要读句子的模型：由数字切成的词元，说不清一个数有多大。冻结是其中最省的做法；微调更贵，而要看清这一点用不着它。语言模型的用处在有*文本*的地方：比如随申请附上的信，这张表里没有。

### 真实的贷款

`-p german_credit=german_credit.csv.gz` 用同样的问题去问 20 世纪 70 年代德国的 1,000 笔贷款：十折交叉验证，做十遍。5 比 1 的成本是那张表自带的。性别与婚姻、年龄、国籍都不给模型看。
"""

# %% tags=["nbval-ignore-output"]
real_gain = None
if german_credit:
    columns, bad, groups = credit.read_german_credit(german_credit)
    words, numbers = make_column_selector(dtype_exclude="number"), make_column_selector(dtype_include="number")
    prepared = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), (StandardScaler(), numbers))
    scorer = make_pipeline(prepared, LogisticRegression(C=0.3, max_iter=1000))
    folds = [StratifiedKFold(10, shuffle=True, random_state=number) for number in range(10)]
    p = np.array(
        [cross_val_predict(scorer, columns, bad, cv=f, method="predict_proba")[:, 1] for f in folds]
    )  # [10, N]
    acted = {"from 1/6 on": p >= 1 / 6, "from 0.5 on": p >= 0.5, "refuse all": p >= 0, "lend to all": p > 1}
    costs = {name: np.array([decisions.case_costs(bad, row, **money) for row in rows]) for name, rows in acted.items()}
    real = {name: evaluation.mean_interval(rows) for name, rows in costs.items()}
    real_gain = evaluation.difference(
        costs[min("refuse all", "lend to all", key=lambda name: real[name].value)], costs["from 1/6 on"]
    )
    told = "; ".join(f"{name} {value:.3f}" for name, value in real.items())
    for name, members in groups.items():
        rates = [(acted["from 1/6 on"][0] & (bad == 0) & who).sum() for who in (members, ~members)]
        good = [((bad == 0) & who).sum() for who in (members, ~members)]
        ends = [evaluation.proportion_interval(int(n), int(m)) for n, m in zip(rates, good, strict=True)]
        told += f"; good ones refused, {name}: {ends[0]:.0%}, others {ends[1]:.0%}"
else:
    told = claims.told("6.2-credit")
print(told.replace("；", "; ").replace("; ", "\n"))

# %% [markdown]
"""
## 6.2.4 What may be deployed?

The rules were written before the figures: an alarm has to come within 500 messages in half of the cases, at one false alarm in ten; a trading rule has to earn more than nothing after costs, with its whole interval, and on
real prices; a score has to be cheaper than both rules without a model, with its whole interval. Otherwise: *do not deploy*.
"""

# %% [markdown] lang="zh"
"""
## 6.2.4 什么可以部署？

规则在看到数字之前就写好了：警报要在一半的情况下于 500 条消息之内到来，十段平静期误报一次；交易规则扣除成本之后要有盈利，整个区间都在零以上，而且是在真实价格上；评分要比两种不用模型的做法都便宜，也是整个区间。否则就*不部署*。
"""

# %% tags=["nbval-ignore-output"]
simple = min("refuse all", "lend to all", key=lambda name: cost[name].value)
scored_paid = paid[f"linear, from {in_theory:.3f} on"]
cheaper = evaluation.difference(paid[simple], scored_paid)
delay = float(delays["fine-tuned"][2])
made = net["AB"[rule_in]]
verdicts = {
    "opinion": (f"median delay {delay:.0f} messages", delay <= 500),
    "shares": (f"the planted rule earns {made:+.1f} bp a day, on made prices; real: "
               + (f"{net['yours']:+.1f}" if "yours" in net else "not measured"), "yours" in net and net["yours"].low > 0),
    "credit": (f"{cheaper:.2f} per applicant cheaper than to {simple}", cheaper.low > 0),
}  # fmt: skip
for use, (reason, deploy) in verdicts.items():
    print(f"{use}: {'deploy, watched' if deploy else 'do not deploy'}: {reason}")

# %% [markdown]
"""
A rule of this kind says when to stop, too: the monitor of 6.2.1 runs on, the cost per applicant is counted anew each month, and the first figure that breaks its rule takes the model out. The *model card* of
the score would say the rest:
"""

# %% [markdown] lang="zh"
"""
这样的规则也规定什么时候停下：6.2.1 的监控一直在跑，每位申请人的成本每月重新统计，第一个违反规则的数字就让模型下线。其余的写在评分模型的*模型卡*里：
"""

# %% tags=["nbval-ignore-output"]
card = {
    "what it decides": f"a loan is refused from a probability of default of {in_theory:.3f} on",
    "trained on": f"{len(train):,} invented applicants; no one real, no later economy",
    "cost per applicant": f"{evaluation.mean_interval(scored_paid):.2f}; to {simple}: {cost[simple]:.2f}",
    "who is refused wrongly": f"group {by_group['group']:.0%}, others {by_group['others']:.0%}",
    "closing that gap": f"{dearer:+.3f} per applicant",
    "reasons": f"first reason right for {same.mean():.0%} of the refused",
    "not for": "people unlike these, loans of other costs, any decision that nobody can appeal against",
}
pd.Series(card, name="the score of 6.2.3").to_frame().style.set_properties(**{"text-align": "left"})

# %% [markdown]
"""
### The document's claims

"Watch opinion": does a fine-tuned model read better than word counts? "Predict shares": does anything remain after costs on real prices? "Assess credit": does a model's decision cost less than the better of two rules without a
model? The last line is the course's own question: does the *large* model do it better?
"""

# %% [markdown] lang="zh"
"""
### 原文的说法

“监测舆情”：微调后的模型是否比词袋读得更准？“预测股票”：在真实价格上，扣除成本之后还剩下什么？“评估信用”：模型的决定是否比两种不用模型的做法都便宜？最后一行是课程自己的问题：*大*模型会不会做得更好？
"""

# %% tags=["nbval-ignore-output"]
claims.record(
    "6.2-opinion", reference="word counts on the same sentences",
    measured=f"accuracy {100 * gain.value:+.1f} points [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}] over word counts "
    f"({accuracy['fine-tuned'].value:.1%}, frozen {accuracy['frozen'].value:.1%}; {len(seeds)} seed(s))",
    holds=evaluation.verdict(gain, seeds=len(seeds)),
)  # fmt: skip
about = "real loans, cost per applicant"
shares_seen = f"real prices: {net['yours']:+.1f} bp a day after costs; " if "yours" in net else "no real prices here; "
claims.record(
    "6.2-shares", reference="0 bp a day after costs",
    measured=shares_seen + f"random walk {net['BA'[rule_in]]:+.1f}, planted rule {made:+.1f} bp a day",
    holds=evaluation.verdict(net["yours"], seeds=None) if "yours" in net else None,
)  # fmt: skip
claims.record(
    "6.2-credit", reference="the cheaper of refusing all and lending to all",
    measured=f"{about}: {told}; " + f"cheaper by {real_gain:.3f}" if german_credit else f"invented applicants: cheaper by {cheaper:.2f} per applicant",
    holds=evaluation.verdict(real_gain or cheaper, seeds=10 if german_credit else None),
)  # fmt: skip
claims.record(
    "6.2-large", reference="the linear model on the same rows",
    measured=f"the encoder on rows as sentences costs {dearer_text:+.2f} more per applicant, and more time",
    holds=evaluation.verdict(evaluation.Interval(-dearer_text.value, -dearer_text.high, -dearer_text.low), seeds=None),
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.report(
    accuracy=accuracy["fine-tuned"], gain=gain, delay_messages=delay, net_bp_planted=made, net_bp_walk=net["BA"[rule_in]],
    best_of_hundred=float(tried.mean()), cost_per_applicant=evaluation.mean_interval(scored_paid), cost_at_half=cost["linear, from 0.5 on"],
)  # fmt: skip

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 6.2.1

Write `alarm_day(shares, level, slack, limit)`. `shares` are the shares of negative messages, one a day. CUSUM starts at 0, adds each day's share less `level` and `slack`, and never falls below 0. Return the
number of the first day (the first one is 1) on which it lies above `limit`, or 0 if there is none.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 6.2.1

写出 `alarm_day(shares, level, slack, limit)`。`shares` 是每天负面消息的比例。CUSUM 从 0 开始，每天加上当天的比例减去 `level` 和 `slack`，并且不低于 0。返回它首次高于 `limit` 的那一天的序号（第一天是 1）；没有这样的日子就返回 0。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def alarm_day(shares, level, slack, limit):
    total = 0.0
    for day, share_today in enumerate(shares, start=1):
        total = max(0.0, total + share_today - level - slack)
        if total > limit:
            return day
    return 0


answer = alarm_day
### END SOLUTION
exercises.check("6.2.1", answer)

# %% [markdown] tags=["solution"]
"""
The floor at 0 is the idea: a good month must not be saved up and spent on a bad one. The slack keeps the sum at the floor in quiet times; without it chance alone climbs past any limit.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
不低于 0 是关键所在：好的一个月不能攒下来，留给坏的一个月去花。减去的余量使平静时的和停在 0；没有它，单凭偶然就会爬过任何界限。
"""

# %% [markdown]
"""
### Exercise 6.2.2

Write `net_return(position, returns, cost)`: the mean return per day after costs. `position` is −1, 0 or 1 for each day, `returns` that day's return; before the first day the position is 0. Each change of position costs `cost` times the size of the
change.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.2

写出 `net_return(position, returns, cost)`：扣除成本之后每天的平均收益。`position` 是每天的 −1、0 或 1，`returns` 是当天的收益；第一天之前仓位为 0。每次变动仓位的成本是 `cost` 乘以变动的大小。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def net_return(position, returns, cost):
    position = np.asarray(position, float)
    changes = np.abs(np.diff(position, prepend=0))
    return (position * np.asarray(returns) - cost * changes).mean()


answer = net_return
### END SOLUTION
exercises.check("6.2.2", answer)

# %% [markdown] tags=["solution"]
"""
From −1 to 1 is a change of 2: one sells what was borrowed and buys as much again. A rule that turns every day pays twice its cost every day, which is why weak daily signals die of costs.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
从 −1 到 1 变动了 2：既要卖掉借来的，又要再买入同样多。每天都掉头的规则每天付两倍成本，所以微弱的日间信号都死在成本上。
"""

# %% [markdown]
"""
### Exercise 6.2.3

How many applicants does a score need? For n = 50, 200, 800, train `make_pipeline(StandardScaler(), LogisticRegression())` on the first n rows of `train`, and take the mean cost on `tested`, refusing from `in_theory` on (`decisions.case_costs`,
`**money`). Answer with a pair: the dictionary n → cost, and the smallest n whose cost is within 0.05 of the one at 800.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.3

一个评分模型需要多少申请人？对 n = 50、200、800，用 `train` 的前 n 行训练 `make_pipeline(StandardScaler(), LogisticRegression())`，从 `in_theory` 起拒绝，计算在 `tested` 上的平均成本（`decisions.case_costs`，`**money`）。用一对值作答：“n → 成本”的字典，以及成本与 n = 800 时相差不超过 0.05 的最小的 n。
"""

# %% tags=["exercise"] kind="train" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
costs_by_n = {}
for n in (50, 200, 800):
    machine = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[credit.COLUMNS][:n], train["default"][:n])
    refuse = machine.predict_proba(tested[credit.COLUMNS])[:, 1] >= in_theory
    costs_by_n[n] = decisions.case_costs(tested["default"], refuse, **money).mean()
answer = costs_by_n, min(n for n, value in costs_by_n.items() if value <= costs_by_n[800] + 0.05)
### END SOLUTION
exercises.check("6.2.3", answer, train=train, tested=tested, in_theory=in_theory, money=money)

# %% [markdown] tags=["solution"]
"""
Seven numbers are learnt from few rows; the curve is flat early. More rows of the same kind buy little then, and better columns, or the truth about who was never lent to, buy more.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
从很少的行里学七个数就够了，曲线早早变平。同类的行再多，买不到多少东西；更好的列，或者从未贷到款的那些人的真实情况，才买得到更多。
"""

# %% [markdown]
"""
### Exercise 6.2.4

A colleague shows a rule with a Sharpe ratio of 1.3 over 1,000 days; it is the best of 100 that he tried. Which sentences may be written?

- a: The rule earned well in these 1,000 days.
- b: The chance of that by luck is about 1 %.
- c: The best of 100 senseless rules looks about as good.
- d: Expect a Sharpe ratio of 1.3 next year.
- e: It should be tried on days that had no part in the choice.

Answer with letters, such as "ab".
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.4

同事拿出一条规则，1,000 天里夏普比率为 1.3；它是他试过的 100 条里最好的。哪些句子可以写？

- a：这条规则在这 1,000 天里收益不错。
- b：靠运气得到这个结果的可能性大约是 1%。
- c：100 条毫无道理的规则里，最好的那条看上去也差不多。
- d：明年的夏普比率预计是 1.3。
- e：应当在没有参与挑选的日子里再试。

用字母作答，例如 "ab"。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "ace"
### END SOLUTION
exercises.check("6.2.4", answer)

# %% [markdown] tags=["solution"]
"""
a says what was, c is the figure of 6.2.2, e is the way out. b would be right for a rule written down before; for the best of 100 luck alone does it nearly always. d forgets that the luck of the choice is not repeated.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
a 说的是已经发生的，c 就是 6.2.2 的那张图，e 是出路。b 对事先写下的规则才成立；对 100 条里最好的那一条，单凭运气几乎总能做到。d 忘了挑选时的运气不会重来。
"""

# %% [markdown]
"""
### Exercise 6.2.5

Write `first_reason(weights, applicant, typical)`: the name of the column that speaks most for a refusal. All three are dictionaries by column; a column's part is its weight times the distance of the applicant from `typical`.
Return "" if no column speaks for a refusal.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.2.5

写出 `first_reason(weights, applicant, typical)`：最支持拒绝的那一列的名字。三个参数都是以列名为键的字典；一列的贡献等于它的权重乘以申请人与 `typical` 之差。如果没有任何一列支持拒绝，返回 ""。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def first_reason(weights, applicant, typical):
    parts_of = {name: weights[name] * (applicant[name] - typical[name]) for name in weights}
    name = max(parts_of, key=parts_of.get)
    return name if parts_of[name] > 0 else ""


answer = first_reason
### END SOLUTION
exercises.check("6.2.5", answer)

# %% [markdown] tags=["solution"]
"""
The weight alone is no reason, and the value alone neither: a large weight on a column in which the applicant is like everybody explains nothing. A low income counts for a refusal because weight and distance are both negative.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
单有权重不是理由，单有数值也不是：权重很大，而申请人在这一列上与大家一样，就什么也说明不了。收入低之所以支持拒绝，是因为权重与差距都是负的。
"""

# %% [markdown]
"""
## Recap

- Opinion: what is sold is a delay at a false-alarm rate. A reader's mistakes shrink the signal, and the delay grows.
- Shares: ask for returns, walk forward, leave a gap, pay the costs, and count the tries. On a random walk nothing remains.
- Credit: the costs set the threshold, if the probabilities are calibrated. 0.5 is the threshold of somebody to whom both errors cost the same.
- Fairness is a curve: a cost beside each gap, measured among those who would have paid back.
- Six numbers want a small model. A language model wants text.
- The rule for deploying is written before the figures, and takes the model out again.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 舆情：卖的是给定误报率下的延迟。读者的错误会压低信号，延迟随之变长。
- 股票：要问收益，要滚动向前，要留间隔，要付成本，还要数清试了多少次。在随机游走上，最后什么也不剩。
- 信用：概率校准了，阈值就由成本决定。0.5 是两种错误代价相同的人才用的阈值。
- 公平性是一条曲线：每个差距旁边都有成本，要在本来会还款的人里测量。
- 六个数字要的是小模型。语言模型要的是文本。
- 部署的规则要在看到数字之前写好，它也决定什么时候让模型下线。

## 自测
"""

# %%
quizzes.ask("6.2")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Page 1954: *Continuous inspection schemes*, Biometrika 41: the CUSUM.
- Malo et al. 2014: *Good debt or bad debt*, arXiv 1307.5336: the Financial PhraseBank.
- Lo 2002: *The statistics of Sharpe ratios*, Financial Analysts Journal 58(4).
- White 2000: *A reality check for data snooping*, Econometrica 68(5): the best of many rules.
- Elkan 2001: *The foundations of cost-sensitive learning*, IJCAI: the threshold.
- Hofmann 1994: *Statlog (German credit data)*, UCI (CC BY 4.0).
- Hardt, Price, Srebro 2016: *Equality of opportunity in supervised learning*, arXiv 1610.02413.

## Next

Your own question: `talentlab run 06_2 -p german_credit=FILE -p default_cost=10`, or `-p prices_file=FILE`. What a deployed model needs beyond this stands in [3.2f](03_2f_evaluation_and_deployment.ipynb), how runs become decisions in
[chapter 10](10_experiments.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Page 1954：*Continuous inspection schemes*，Biometrika 41。CUSUM。
- Malo 等 2014：*Good debt or bad debt*，arXiv 1307.5336。Financial PhraseBank。
- Lo 2002：*The statistics of Sharpe ratios*，Financial Analysts Journal 58(4)。
- White 2000：*A reality check for data snooping*，Econometrica 68(5)。许多规则里最好的那条。
- Elkan 2001：*The foundations of cost-sensitive learning*，IJCAI。阈值。
- Hofmann 1994：*Statlog (German credit data)*，UCI（CC BY 4.0）。
- Hardt, Price, Srebro 2016：*Equality of opportunity in supervised learning*，arXiv 1610.02413。

## 下一步

问你自己的问题：`talentlab run 06_2 -p german_credit=FILE -p default_cost=10`，或者 `-p prices_file=FILE`。部署模型还需要什么，见 [3.2f](03_2f_evaluation_and_deployment.ipynb)；多次运行怎样变成决定，见[第 10 章](10_experiments.ipynb)。
"""
