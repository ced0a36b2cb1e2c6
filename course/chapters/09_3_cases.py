# %% [markdown]
"""
# 9.3 · Cases

*附录 Q3：大模型创业有哪些成功案例？*

The document ends with three success stories. This chapter looks at them as one looks at data: dated facts with sources, on one line of
time; then the question that stories cannot answer, namely what made the success; then a plan for a start-up that is not chosen yet, yours.

**You will be able to**

- say of a fact when it was, who says so, and how sure it is,
- explain why successes alone show no cause, and measure how little three of them say,
- give a rank correlation its interval, and take time out of it,
- fill in the tables of a small start-up and read its plan: the date, what it hangs on, P50 and P90.

**Time** 30 minutes to read and try, a quarter of a minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `course/data/cases`, public facts with their sources; a start-up of four people that you can change, or a folder of yours
"""

# %% [markdown] lang="zh"
"""
# 9.3 · 案例

*附录 Q3：大模型创业有哪些成功案例？*

原文以三个成功故事结尾。本章把它们当作数据来看：先把有日期、有出处的事实放到同一条时间线上；再问一个故事回答不了的问题：成功究竟是什么带来的；最后为一家还没有被谁挑中的公司做计划，也就是你的公司。

**学完本章，你能够**

- 对一条事实说出：什么时候，谁说的，有多可靠；
- 解释为什么只看成功者看不出原因，并量出三个成功案例到底能说明多少；
- 为秩相关给出区间，并扣除时间的影响；
- 填好一家小公司的表格，读懂它的计划：日期、日期取决于什么、P50 和 P90。

**时间** 阅读和动手 30 分钟，运行约 15 秒 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** `course/data/cases`，附出处的公开事实；一家可以随意修改的四人公司，或你自己的文件夹
"""

# %% tags=["parameters"]
cases_folder: str | None = None  # with facts.csv and models.csv; the course's own if None
startup_folder: str | None = None  # tables as `talentlab plan init FOLDER` writes them; those in the cells if None
share_strong: float = 0.8  # of the simulated start-ups that have a strong team
base_rate: float = 0.02  # share of those without one that succeed
draws: int = 2000  # bootstrap draws behind each interval
runs: int = 10_000  # simulated projects behind P50 and P90
seconds: float = 5.0  # for the search of each plan [s]
seed: int = 0  # of every draw in this notebook

# %% [markdown]
"""
## The way the cases were chosen

![Fifty circles are start-ups, filled where the team is strong, green where they went on. Three filled green ones are told about, because they succeeded. Forty of the fifty are filled.](images/chosen_by_success.svg)

Three told cases, all with strong teams: that is what a reader sees. Forty of fifty had strong teams before anybody succeeded: that is what a reader
does not see. This chapter asks how much the right box says without the left one.
"""

# %% [markdown] lang="zh"
"""
## 案例是怎样挑出来的

![五十个圆圈代表公司，团队强的是实心，做成了的是绿色。被讲述的是其中三个绿色实心圆，因为它们成功了。五十个里有四十个是实心。](images/chosen_by_success.zh.svg)

被讲述的三家，团队都很强，这是读者看得到的。而在任何一家成功之前，五十家里已有四十家团队很强，这是读者看不到的。本章要问：没有左边的方框，右边的方框能说明多少？
"""

# %%
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import transformers
from IPython.display import HTML
from scipy import stats

from talentlab import errors, plots, runtime
from talentlab.chapters import cases
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.talent import figures, plan, risk, tables, value, verify, views

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("9.3", "before")

# %% [markdown]
"""
And two figures of this chapter to guess. Set your ranges now.
"""

# %% [markdown] lang="zh"
"""
再猜本章的两个数，现在就设定范围。
"""

# %%
guess_luck = guesses.guess("9.3.luck")
guess_kept = guesses.guess("9.3.kept")

# %% [markdown]
"""
## 9 Q3 · The three cases

The table was gathered for this course: each row has its day, its source, and how sure it is. `primary` means that the organisation itself
says so, `reported` that a newspaper does, `at least` that the source gives a lower bound. The loader refuses a row without source, date or unit.
"""

# %% [markdown] lang="zh"
"""
## 9 Q3 · 三个案例

这张表是为本课程收集的，每一行都有日期、出处和可靠程度。`primary` 表示机构自己这样说，`reported` 表示报纸这样报道，`at least` 表示出处给的是下限。缺出处、日期或单位的行，读取时会被拒绝。
"""

# %%
folder = Path(cases_folder) if cases_folder else runtime.repository_root() / "course" / "data" / "cases"
facts, language_models = cases.load_cases(folder)
HTML(cases.listed(facts))

# %%
print(f"{len(facts)} facts: " + ", ".join(f"{n} {kind}" for kind, n in facts["certainty"].value_counts().items()))
for organisation, rows in facts[facts["unit"] == "people"].groupby("organisation"):
    counted = ", ".join(f"{n:,.0f} in {day:%Y}" for day, n in rows[["date", "value"]].values)
    print(f"staff that is public of {organisation}: {counted}")
print("staff of TensorFlow: never published; 40 authors are named by its white paper")

# %% [markdown]
"""
One of the three is no company. TensorFlow is a framework that Google, a company of tens of thousands, published in 2015. And they are not
three independent cases: Ilya Sutskever is one of the authors of TensorFlow's white paper and, a month later, one of the founders of OpenAI.

Now all of it on one line of time. The scales of size and people are logarithmic: each step up is a factor of ten.
"""

# %% [markdown] lang="zh"
"""
三者之中有一个不是公司。TensorFlow 是一个框架，由有数万员工的 Google 在 2015 年发布。它们也不是三个相互独立的案例：Ilya Sutskever 是 TensorFlow 白皮书的作者之一，一个月后又成为 OpenAI 的创始人之一。

下面把全部事实放到同一条时间线上。模型规模和人数用的是对数刻度：每升高一格，就是十倍。
"""

# %%
named = ("GPT", "BERT", "GPT-2", "T5", "DistilBERT", "GPT-3", "Switch", "Jurassic-1", "PaLM", "BLOOM", "Mistral 7B")
sizes = language_models.set_index("model")["parameters_millions"]
growth = f"{sizes['GPT-3'] / sizes['GPT']:,.0f} times" if {"GPT", "GPT-3"} <= set(sizes.index) else "several times"
plots.show(
    cases.plot_timeline(facts, language_models, named),
    alt=f"Top: parameters of {len(language_models)} language models, from {1e6 * sizes.min():.0e} to {1e6 * sizes.max():.0e}; GPT-3 "
    f"has {growth} the size of GPT, two years before. Middle: people, where a number is public. Bottom: foundings, money, releases. "
    "Blue OpenAI, orange Hugging Face, green TensorFlow and Google's models, grey others.",
)

# %% [markdown]
"""
**What speaks for the document's thesis**, that people decide: the founders were few and experienced; the numbers of people grew together with the models;
and when 747 of 770 people threatened to leave OpenAI, the director whom its board had dismissed was back within days.

**What does not**: a billion dollars was pledged on the day when OpenAI had a team of nine, another came with Microsoft's computers, and OpenAI's own post
of 2019 names compute before people. Hugging Face began with a chatbot that is forgotten; its library met a demand that BERT had created a month before.
In these stories people, money and the moment come together, and no story says what would have happened without one of them.
"""

# %% [markdown] lang="zh"
"""
**支持原文论点的**（人才决定成败）：创始人很少，而且经验丰富；人数与模型规模一起增长；770 人中有 747 人威胁离开 OpenAI 时，被董事会解职的负责人几天内就回来了。

**不支持的**：OpenAI 的团队还只有九个人时，就有人承诺投入十亿美元；另外十亿美元随微软的计算机一起到来；OpenAI 自己在 2019 年的文章里，先说算力，后说人才。Hugging Face 起步时做的是一个如今没人记得的聊天机器人，它的库赶上了 BERT 一个月前刚刚创造出来的需求。在这些故事里，人、钱和时机总是一起出现，没有哪个故事能说明：少了其中一样会怎样。
"""

# %%
published = ["accelerate", "huggingface_hub", "peft", "safetensors", "tokenizers", "transformers"]  # by Hugging Face
here = [name for name in published if metadata.version(name)]
print(f"this course runs on {len(here)} libraries of Hugging Face:\n{', '.join(here)}")
once = ("TFAutoModel", "TFBertModel", "TFTrainer")  # classes for TensorFlow that transformers 4 had
release, left = transformers.__version__.split(".")[0], sum(hasattr(transformers, name) for name in once)
print(f"transformers {release} has {left} of {len(once)} classes for TensorFlow that version 4 had")

# %% [markdown]
"""
The document makes a statement about each. Three describe history, which the dated facts bear out, and one sorts all three under one heading.
"""

# %% [markdown] lang="zh"
"""
原文对三者各有一句话。这三句说的是历史，有日期的事实能够印证；另有一处把三者归到了同一个标题之下。
"""

# %%
claims.record(
    "9.3-openai",
    reference="a company whose GPT models had great success in language",
    measured=f"GPT-3 has {growth} the parameters of GPT, in two years; a billion dollars from Microsoft; ChatGPT opened in 2022; sources in "
    "course/data/cases",
    verdict="true as a description",
)
claims.record(
    "9.3-hugging-face",
    reference="models and libraries for all made it important",
    measured=f"this course itself runs on {len(here)} of its libraries; BLOOM, with over 1,000 people who are mostly not its own",
    verdict="true as a description",
)
claims.record(
    "9.3-tensorflow",
    reference="a framework that supports training and deployment at scale",
    measured="published in 2015, versions 1.0 and 2.0 since; transformers, second of the three cases, no longer supports it",
    verdict="true as a description",
)
claims.record(
    "9.3-start-ups",
    reference="three cases of large-model start-ups",
    measured="two companies, of which one began as a non-profit with a billion dollars pledged; TensorFlow is a framework of Google's",
    holds=False,
)

# %% [markdown]
"""
## What successes alone can say

Suppose that a start-up has a *strong team* or has not, and that it succeeds or does not. In a simulated world we can set what in the real one nobody
knows: the *odds ratio*, the factor by which a strong team multiplies the odds of success. At 1, people make no difference. We found many
start-ups, keep those that succeed, and draw three of them, as the document did. How often are all three teams strong?
"""

# %% [markdown] lang="zh"
"""
## 只看成功者能说明什么

假设一家公司要么有*强团队*，要么没有；要么成功，要么不成功。在模拟的世界里，我们可以设定现实中没人知道的东西：*优势比*，也就是强团队把成功的优势（成功与不成功的概率之比）放大多少倍。等于 1 时，人才毫无作用。我们创办许多公司，留下成功的，再像原文那样从中抽三家。三家的团队都很强，这种情况有多常见？
"""


# %%
def found(n: int, strong: float, odds_ratio: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether each of n start-ups has a strong team, and whether it succeeds."""
    team = rng.random(n) < strong
    odds = base_rate / (1 - base_rate) * np.where(team, odds_ratio, 1.0)
    return team, rng.random(n) < odds / (1 + odds)


rng = np.random.default_rng(seed)
ratios, shares = (1, 2, 4, 8, 16), sorted({0.2, 0.5, share_strong, 0.95})
all_three = pd.DataFrame(
    index=pd.Index(ratios, name="odds ratio"), columns=pd.Index(shares, name="share strong"), dtype=float
)
for ratio in ratios:
    for share in shares:
        team, success = found(400_000, share, ratio, rng)
        told = rng.permutation(team[success])
        all_three.loc[ratio, share] = 100 * told[: len(told) // 3 * 3].reshape(-1, 3).all(axis=1).mean()

# %%
without = all_three.loc[1, share_strong]
figure, (axes,) = plots.new_axes(width=6.8, height=3.6)
for share, color in zip(shares, (plots.GREY, plots.ORANGE, plots.BLUE, plots.GREEN), strict=False):
    axes.plot(range(len(ratios)), all_three[share], "o-", color=color, label=f"{share:.0%} of all teams are strong")
guess_luck.shade(axes)
axes.set(
    xlabel="odds ratio of a strong team (1: people make no difference)",
    ylabel="all three teams strong [%]",
    ylim=(0, 102),
)
axes.set_xticks(range(len(ratios)), [str(ratio) for ratio in ratios])
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plots.show(
    figure,
    alt=f"Share of triples of successes in which all three teams are strong. Where {share_strong:.0%} of all teams are strong, it is "
    f"{without:.0f} % at an odds ratio of 1 and {all_three.loc[4, share_strong]:.0f} % at 4.",
)
guess_luck.settle(without)

# %%
for share in shares:
    factor = all_three.loc[4, share] / all_three.loc[1, share]
    print(
        f"{share:.0%} of all teams strong: an odds ratio of 4 makes three strong successes {factor:.1f} times as likely"
    )

# %% [markdown]
"""
That factor is all that the three stories can add to what one believed before. It is large only where strong teams are rare, and how rare they are the stories do
not say: nobody lists the start-ups that ended. To read a cause from those that are left is *survivorship bias*. If most founders are able people, three able successes are what luck alone would show.
"""

# %% [markdown] lang="zh"
"""
这个倍数，就是三个故事所能给原有看法增添的全部分量。只有强团队很少见时它才大；而强团队有多少见，故事里没有说，因为没有人去列出那些停掉的公司。只看留下来的就断定原因，叫做*幸存者偏差*。如果多数创始人本来就很能干，那么三家能干的成功者，单凭运气也会出现。
"""

# %% [markdown]
"""
### Exercise 9.3.A

Which of these would tell you more than a fourth success with a strong team about whether a strong team raises the odds? Answer with letters, such as "AD".

- **A** start-ups with strong teams that ended
- **B** start-ups without strong teams that succeeded
- **C** the share of strong teams among all that were founded
- **D** a longer interview with the founders of the three
"""

# %% [markdown] lang="zh"
"""
### 练习 9.3.A

要判断强团队是否提高成功的优势，下面哪些比“再来一个强团队的成功案例”更有用？用字母作答，例如 "AD"。

- **A** 有强团队、却停掉了的公司
- **B** 没有强团队、却成功了的公司
- **C** 在所有创办过的公司里，强团队占多大比例
- **D** 对三家创始人做更长的采访
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = "ABC"
### END SOLUTION
exercises.check("9.3.A", answer)

# %% [markdown] tags=["solution"]
"""
An odds ratio compares four numbers: strong and other teams, succeeded and ended. The stories fill one of the four. A, B and C each help to fill
another. D makes the one that is known more vivid, and adds none.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
优势比要比较四个数：强团队与其他团队，成功与停掉。成功故事只填了四格中的一格。A、B、C 各自帮着填另外的格子。D 只是让已知的那一格更生动，没有增加任何一格。
"""

# %% [markdown]
"""
The remedy is dull: a list of all that were founded in one year and place, whatever became of them. The odds ratio is then estimated from the
four counts; the logarithm's variance is the sum of their reciprocals. (Gradient descent on the *log loss* finds the same number; an exercise below does that, and looks
at how low the loss gets.) How long must the list be? And what does a list of successes alone give?
"""

# %% [markdown] lang="zh"
"""
补救的办法很枯燥：列出某年某地创办的所有公司，不论后来如何。有了四个计数，就能估计优势比；其对数的方差等于四个计数的倒数之和。（用梯度下降最小化*对数损失*，会得到同一个数；后面有一道练习就这样做，并观察损失能降到多低。）这份名单要多长？如果名单里只有成功者，又能得到什么？
"""


# %%
def odds_ratio(team: np.ndarray, success: np.ndarray) -> tuple[float, float, float]:
    """Estimate and 95 % interval from the four counts, half a start-up added to each."""
    counts = np.array([np.sum((team == a) & (success == b)) for a in (1, 0) for b in (1, 0)]) + 0.5
    middle, half = np.log(counts[0] * counts[3] / (counts[1] * counts[2])), 1.96 * np.sqrt((1 / counts).sum())
    return tuple(np.exp([middle, middle - half, middle + half]))


lists = {}
team, success = found(10_000, share_strong, 4, rng)
for n in (100, 300, 1_000, 3_000, 10_000):
    lists[f"all of the first {n:,}"] = odds_ratio(team[:n], success[:n])
team, success = found(100_000, share_strong, 4, rng)
lists[f"{success.sum():,} successes alone"] = odds_ratio(team[success], success[success])
estimates = pd.DataFrame(lists, index=["estimate", "low", "high"]).T

# %%
figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
axes.hlines(range(len(estimates)), estimates["low"], estimates["high"], color=plots.BLUE, linewidth=2)
axes.plot(estimates["estimate"], range(len(estimates)), "o", color=plots.BLUE)
axes.axvline(4, color=plots.VERMILION, linestyle="--", label="set in the simulation: 4")
axes.set(xscale="log", xlabel="odds ratio of a strong team, with 95 % interval", xlim=(1e-3, 1e4))
axes.set_yticks(range(len(estimates)), estimates.index)
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.98))
widths = (estimates["high"] / estimates["low"]).iloc[[1, 4, 5]]
plots.show(
    figure,
    alt="Estimated odds ratio by length of the list. From low to high end the interval spans a factor of "
    f"{widths.iloc[0]:,.0f} with 300 start-ups, {widths.iloc[1]:,.1f} with 10,000, and {widths.iloc[2]:,.0f} with successes alone.",
)

# %% [markdown]
"""
Of such intervals one in twenty misses the truth; a longer list makes them narrower, not surer. A list of successes leaves two of the four counts empty. However long it is, its interval holds everything from "people hinder" to "people are everything".

The same choice does a second harm: it hides an effect that is there. Let quality count for a quarter of the variance of the outcome, luck for the rest, and look at
the best per cent only, as magazines do.
"""

# %% [markdown] lang="zh"
"""
这样的区间，二十个里会有一个不包含真值；名单越长，区间越窄，但并不因此更可靠。只有成功者的名单，四个计数里有两个是空的。名单再长，区间也从“人才有害”一直延伸到“人才就是一切”。

同样的挑选还有第二个害处：会把本来存在的作用藏起来。假设结果的方差有四分之一来自团队质量，其余来自运气；再像杂志那样，只看最好的百分之一。
"""

# %%
quality, luck = rng.standard_normal((2, 20_000))
outcome = 0.5 * quality + np.sqrt(0.75) * luck
best = outcome >= np.quantile(outcome, 0.99)
among_all, among_best = (np.corrcoef(quality[rows], outcome[rows])[0, 1] for rows in (slice(None), best))
figure, (axes,) = plots.new_axes(width=5.8, height=3.6)
axes.plot(
    quality[:3000], outcome[:3000], ".", color=plots.GREY, alpha=0.25, markersize=3, label="all (3,000 of 20,000)"
)
axes.plot(
    quality[best], outcome[best], ".", color=plots.VERMILION, markersize=4, label=f"the best per cent ({best.sum()})"
)
axes.set(xlabel="quality of the team [standard deviations]", ylabel="outcome [standard deviations]")
axes.legend(frameon=False, loc="lower right", markerscale=3)
plots.show(
    figure,
    alt=f"Outcome against quality of 20,000 simulated start-ups. The correlation is {among_all:.2f} among all, and {among_best:.2f} among "
    f"the {best.sum()} best.",
)

# %% [markdown]
"""
So three successes can neither show that people decide nor that they do not. The statement that they do stays a question; chapter 9.1 puts it to a plan.

## People and size, measured on papers

One thing can be counted for many models: the authors of the paper. The table holds well-known language models with a published size; it is a convenience sample, and authors are
not a team. A *rank correlation* (Spearman's ρ) asks whether more authors go with more parameters, on whatever scale. Both grew with the years, so we
also ask what is left of ρ when the date is taken out. The intervals are from the *bootstrap*: the models are drawn again, with replacement, some 2,000 times.
Sparse models, of which each token uses only a part, are left out.
"""

# %% [markdown] lang="zh"
"""
所以，三个成功案例既不能证明人才决定成败，也不能证明不决定。这个说法仍然是一个问题；第 9.1 章用计划来回答它。

## 人数与规模：数一数论文作者

有一样东西可以对许多模型去数：论文的作者。表里是公布了规模的知名语言模型；这是就便取得的样本，而且作者不等于团队。*秩相关*（Spearman 的 ρ）问的是：作者越多，参数是否也越多，与刻度无关。两者都随年份增长，所以还要问：扣除日期之后，ρ 还剩多少。区间由*自助法*得到：把这些模型有放回地重抽约 2,000 次。稀疏模型（每个词元只用到其中一部分参数）不计入。
"""


# %%
def correlations(columns: np.ndarray) -> tuple[float, float]:
    """Rank correlation of the first two of three columns [n, 3], and the same with the third taken out of both."""
    r = np.corrcoef(stats.rankdata(columns, axis=0), rowvar=False)
    apart = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    return float(r[0, 1]), float(apart)


dense = language_models[language_models["form"] == "dense"]
columns = np.column_stack([dense["authors"], dense["parameters_millions"], dense["date"].map(pd.Timestamp.toordinal)])
plain, apart = correlations(columns)
drawn = [correlations(columns[rng.integers(len(columns), size=len(columns))]) for _ in range(draws)]  # whole rows
(plain_low, apart_low), (plain_high, apart_high) = np.nanquantile(drawn, [0.025, 0.975], axis=0)
print(f"{len(dense)} dense models, authors and parameters: ρ = {plain:.2f} [{plain_low:.2f}, {plain_high:.2f}]")
print(f"with the date taken out: ρ = {apart:.2f} [{apart_low:.2f}, {apart_high:.2f}]")

# %%
figure, (axes,) = plots.new_axes(width=6.8, height=3.8)
for form, marker in (("dense", "o"), ("sparse", "D")):
    part = language_models[language_models["form"] == form]
    points = axes.scatter(part["authors"], 1e6 * part["parameters_millions"], c=part["date"].dt.year, marker=marker, s=34,
                          cmap="viridis", vmin=2018, vmax=2023, label=form)  # fmt: skip
for _, row in language_models.iterrows():
    if row["model"] in {*named, "Gopher", "Chinchilla", "Codex"} - {"GPT-2"}:
        side = {"xytext": (-6, -3), "ha": "right"} if row["authors"] <= 4 else {"xytext": (6, -3), "ha": "left"}
        point = row["authors"], 1e6 * row["parameters_millions"]
        axes.annotate(row["model"], point, textcoords="offset points", fontsize=8.5, **side)
axes.set(
    xscale="log", yscale="log", xlabel="authors of the paper", ylabel="parameters", xlim=(1, 500), ylim=(3e7, 6e12)
)
axes.legend(frameon=False, loc="lower right")
figure.colorbar(points, label="year")
plots.show(
    figure,
    alt=f"Parameters against authors of {len(language_models)} language models: ρ = {plain:.2f} among the dense ones. Jurassic-1 and "
    "Switch, with four and three authors, lie far above the others of so few; BLOOM's 200 authors are a lower bound.",
)

# %% tags=["nbval-ignore-output"]
clear = apart_low > 0
among = "that holds" if clear else "it is not sure that this holds"
print(f"More authors go with more parameters, and {among} among models of the same time:")
print(f"the interval begins at {apart_low:.2f}. Which leads to which, the table does not say: a large project has room")
print("for many names, and four authors published a model as large as GPT-3.")

# %% [markdown]
"""
### Exercise 9.3.B

A colleague draws each bootstrap sample with the function below, and finds intervals around zero for everything. Write it again so that it does what a
bootstrap does: same arguments, a pair of arrays. It will be tried on arrays of six numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.3.B

一位同事用下面的函数抽取自助样本，结果不管什么数据，区间都在零附近。请重写这个函数，让它真正做自助法该做的事；参数不变，返回一对数组。检查时会用六个数的数组。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=5
def draw_pairs(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.choice(x, len(x)), rng.choice(y, len(y))


### BEGIN SOLUTION
def answer(x, y, rng):
    rows = rng.integers(len(x), size=len(x))
    return x[rows], y[rows]


### END SOLUTION
exercises.check("9.3.B", answer)

# %% [markdown] tags=["solution"]
"""
A bootstrap draws cases, here models: the same rows for both columns, with replacement. Drawn apart, authors of one model meet the parameters of another, and
whatever went together no longer does. That is how one would simulate a world without correlation.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
自助法抽的是个案，这里就是模型：两列取同样的行，有放回。分开来抽，一个模型的作者数就配上了另一个模型的参数量，原来相关的也不再相关。要模拟没有相关的世界，才该这样做。
"""

# %% [markdown]
"""
## Your own start-up

Now a start-up of which nobody knows yet whether it succeeds. Four small tables describe it. Change whatever you like and run the cells again; names are aliases. A skill goes from 0
to 4, `effort_days` are person-days of somebody at level 3, `low_days` and `high_days` are undercut and exceeded one time in ten each. `needs` says who must be there; `after` what must be done before.
"""

# %% [markdown] lang="zh"
"""
## 你自己的公司

下面是一家谁都还不知道会不会成功的公司，用四张小表描述。随意修改，再运行一遍；名字都是化名。技能从 0 到 4 级；`effort_days` 是 3 级的人独自完成所需的人日，`low_days` 和 `high_days` 表示各有十分之一的可能比它更少或更多；`needs` 写明需要谁在场，`after` 写明之前必须完成什么。
"""

# %%
PEOPLE = """person,role,cost_per_month,contract,leave,data,modelling,engineering,product
Ana,product manager,5200,employee,2026-03-16..2026-03-20,1,0,0,3
Ben,algorithm engineer,6400,employee,2026-02-23..2026-02-27,2,3,1,0
Cleo,software developer,6000,employee,2026-04-07..2026-04-10,1,1,3,0
Dov,annotator,3600,contractor,,2,0,0,0
"""
WORK = """task,name,step,needs,effort_days,low_days,high_days,fixed,max_team,after,machine_days,machine_cost
A,agree on the task with two customers,1,product:2,8,5,14,,1,,,
B,collect and clean the texts,1,data:2,10,7,18,,2,A,,
C,label 1500 texts,1,data:2,20,15,34,,2,B,,
D,word counts as a yardstick,2,modelling:1,4,3,6,,1,B,,
E,choose and fine-tune a model,3,modelling:3,12,8,22,,1,C; D,2,200
F,tune it,4,modelling:2,6,4,10,,1,E,3,400
G,service behind an address,6,engineering:3,22,16,36,,2,A,,
H,"evaluate, calibrate, model card",6,modelling:2,8,6,13,,1,F,,
I,trial with a customer,6,product:2; engineering:1,10,10,16,yes,1,G; H,,
"""

# %%
SKILLS = """skill,description
data,"collect, label and clean data"
modelling,"choose, fine-tune and evaluate models"
engineering,"build and run software"
product,"plan the product and bring it to market"
"""
SETTINGS = """setting,value,meaning
start,2026-01-12,first working day
horizon_days,260,working days within which all must be done
cash,150000,money at hand
currency,EUR,
sick_days_per_year,10,per person
resignations_per_year,0.12,share of the people
"""


def write_sheet(**sheets: str) -> Path:
    """A new folder with the tables, as `talentlab plan init` makes one."""
    target = Path(tempfile.mkdtemp())
    for name, text in sheets.items():
        (target / f"{name}.csv").write_text(text, encoding="utf-8")
    return target


sheets = {"people": PEOPLE, "work": WORK, "skills": SKILLS, "settings": SETTINGS}

# %% [markdown]
"""
A table filled in by hand has mistakes. The reader finds what cannot be planned and names file, row and column; first cells that are wrong by themselves, then
what two cells say against each other:
"""

# %% [markdown] lang="zh"
"""
手填的表总会有错。读取时会找出无法做计划的地方，指明文件、行和列：先查单个单元格的错误，再查单元格之间的矛盾：
"""

# %%
slips = {
    "cells": {"people": PEOPLE.replace("6000", "six thousand").replace("2,3,1,0", "2,5,1,0")},
    "contradictions": {"work": WORK.replace("C; D", "C; K").replace("8,5,14", "8,15,14")},
}
for wrong in slips.values():
    try:
        tables.load_startup(write_sheet(**sheets | wrong))
    except errors.TalentError as error:
        print(error, end="\n\n")

# %% [markdown]
"""
With a folder of your own: `talentlab plan init mine` writes tables with comments, a spreadsheet fills them, `talentlab plan mine` makes a page of the plan, and
`talentlab run 09_3 -p startup_folder=mine` runs this notebook on them. Names are aliases, protected attributes are refused, nothing leaves the machine.
"""

# %% [markdown] lang="zh"
"""
用你自己的文件夹：`talentlab plan init mine` 写出带注释的表，用电子表格填好，`talentlab plan mine` 生成一页计划，`talentlab run 09_3 -p startup_folder=mine` 则让本笔记本在这些表上运行。名字用化名，受保护的属性会被拒绝，任何数据都不离开这台机器。
"""

# %% tags=["nbval-ignore-output"]
startup = tables.load_startup(Path(startup_folder) if startup_folder else write_sheet(**sheets))
base = plan.solve(startup, seconds=seconds, workers=1, seed=seed)
chain = [name for name, _ in views.critical_path(base)]
plots.show(
    figures.plot_gantt(base),
    alt=f"Gantt chart of {len(startup.tasks)} tasks and {len(startup.people)} people: delivery on working day {base.end}, "
    f"{base.delivery}. The date hangs on {', '.join(chain)}.",
)
print(views.assumptions(base))

# %%
certain = risk.simulate(base, runs=100, factors=1.0, sick_days=0, resignations=0)  # nothing comes otherwise
assert not verify.violations(base) and (certain.ends == base.end).all()

# %% [markdown]
"""
The date in the plan is the one where everything takes what the table says. So it is simulated: efforts between their low and high ends, illness, resignations. *P50* is the day
by which half of the simulated projects are done, *P90* the day by which nine in ten are. A date without them is a hope. The same seed draws the same luck again.
"""

# %% [markdown] lang="zh"
"""
计划里的日期，是一切都恰好如表所写时的日期。所以要模拟：工作量在上下端之间变动，有人生病，有人离职。*P50* 是一半的模拟项目能够完成的日子，*P90* 是十个里有九个能够完成的日子。没有这两个数的日期，只是一个愿望。种子相同，抽到的运气也相同。
"""

# %% tags=["nbval-ignore-output"]
forecast = risk.simulate(base, runs=runs, seed=seed)
kept, p50, p90 = forecast.chance(), forecast.quantile(0.5), forecast.quantile(0.9)
plots.show(
    figures.plot_forecast(forecast),
    alt=f"Share of {runs:,} simulated projects that have delivered, by working day. Planned: day {base.end}, kept in {kept.value:.1%}; P50: "
    f"day {p50.value:.0f}; P90: day {p90.value:.0f}.",
)
claims.report(planned_day=base.end, p50_day=p50, p90_day=p90, kept=kept)
guess_kept.settle(100 * kept.value)
print(
    f"to promise with: day {p90.value:.0f} [{p90.low:.0f}, {p90.high:.0f}], {p90.value - base.end:.0f} working days after the plan's"
)

# %% [markdown]
"""
And the document's thesis, put to your own tables: what would one level more in each person's best skill be worth? The plan is solved again for each; everything else stays,
and nobody pays for the training. An employee's level is an entry in a table here, no judgement of a person.
"""

# %% [markdown] lang="zh"
"""
再把原文的论点用在你自己的表上：每个人最强的技能若再高一级，值多少？对每个人重新求解一次计划，其余不变，也不计培训的代价。这里的等级只是表里的一个数字，不是对人的评判。
"""

# %% tags=["nbval-ignore-output"]
variants = {}
for person in startup.people:
    skill, level = max(person.skills.items(), key=lambda item: item[1])
    if level < 4:
        better = person.model_copy(update={"skills": {**person.skills, skill: level + 1}})
        team_then = [better if member is person else member for member in startup.people]
        variants[f"{person.person}: {skill} {level + 1}"] = startup.with_people(team_then)
gains = value.compare(base, variants, seconds=seconds, workers=1)
alone = risk.bus_factors(startup).query("people == 1")
holders = [f"{skill}: {row['names']}" for skill, row in alone.iterrows()]
print("skills that hang on one person:", ", ".join(holders) or "–")
best = gains.iloc[0]
print(
    f"worth most: {gains.index[0]}, {best['days']:.0f} days [{best['low']:.0f}, {best['high']:.0f}] by the solver's bounds"
)
print(f"worth nothing for certain: {sum(gains['high'] == 0)} of {len(gains)}")
gains[["days", "low", "high", "money", "end"]].round().astype(int)

# %% [markdown]
"""
A level counts where the date hangs on it; elsewhere it saves nothing, however good the person is. That is the advantage in people, measured for one start-up and one plan. It says nothing about
which start-up will be told about in ten years.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 9.3.1

Of all start-ups in a sector, 90 % have strong teams. However much a strong team helps, by what factor at most can three strong successes be likelier than in a world where people
make no difference? Answer to two decimals.
"""

# %% [markdown] lang="zh"
"""
日期取决于谁，谁的等级提高才有用；在别处，人再优秀也省不下一天。这就是人才优势，不过只是针对一家公司、一份计划测得的。至于十年后被讲述的会是哪家公司，计划什么也没说。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 9.3.1

某个行业里，90% 的公司有强团队。不管强团队的作用有多大，“三家成功者团队都强”这件事，最多能比人才毫无作用的世界里可能多少倍？保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = 1 / 0.9**3
### END SOLUTION
exercises.check("9.3.1", answer)

# %% [markdown] tags=["solution"]
"""
Where people make no difference, a success has a strong team in 90 of 100 cases, three of them in 0.9³ = 0.729. Where only strong teams succeed, it is 1. The factor cannot pass
1 / 0.729 = 1.37, which would move even odds from 50 to 58 %.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
如果人才毫无作用，一家成功者有强团队的机会是 100 家里 90 家，三家都有是 0.9³ = 0.729。如果只有强团队能成功，就是 1。这个倍数不会超过 1 / 0.729 = 1.37，只能把五五开的机会推到 58%。
"""

# %% [markdown]
"""
### Exercise 9.3.2

Write a function of `strong` (share of strong teams), `helped` and `alone` (chance of success with and without one) and `n`, which returns the chance that n successes all have
strong teams. It will be tried on a few numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.3.2

写一个函数，参数为 `strong`（强团队的比例）、`helped` 和 `alone`（有、没有强团队时成功的概率）以及 `n`，返回 n 家成功者团队都强的概率。检查时会用几组数。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def answer(strong, helped, alone, n):
    return (strong * helped / (strong * helped + (1 - strong) * alone)) ** n


### END SOLUTION
exercises.check("9.3.2", answer)

# %% [markdown] tags=["solution"]
"""
Bayes' rule: of all successes, `strong * helped` have a strong team and `(1 - strong) * alone` have none. The share of the first is the chance for one success; n
of them, drawn one by one, have it to the power of n.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
贝叶斯公式：所有成功者中，有强团队的占 `strong * helped`，没有的占 `(1 - strong) * alone`。前者的份额就是一家成功者团队强的概率；逐个抽出的 n 家，取它的 n 次方。
"""

# %% [markdown]
"""
### Exercise 9.3.3

`train` below fits the odds ratio by gradient descent on the log loss, and returns it with the loss of each step. Train four times, with 300 and with 3,000 steps: on all start-ups of the table `world`, and on its
successes alone. Look at the ends of the losses. Answer with a pair: a dictionary that gives for "all" and "successes" the two odds ratios, 300 steps first, and the name of the one whose loss ends lower.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.3.3

下面的 `train` 用梯度下降最小化对数损失，拟合优势比，并返回它和每一步的损失。训练四次，分别用 300 步和 3,000 步：一组用表 `world` 里的全部公司，一组只用其中的成功者。看看损失最后降到哪里。用一对值作答：一个字典，对 "all" 和 "successes" 各给出两个优势比（先 300 步）；再给出最终损失较低的那一组的名字。
"""


# %% tags=["exercise"] kind="train" difficulty=3 importance=3 minutes=9
def train(world: pd.DataFrame, steps: int) -> tuple[float, list[float]]:
    x, y = np.column_stack([np.ones(len(world)), world["strong"]]), world["success"].to_numpy(float)
    weights, losses = np.zeros(2), []
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-x @ weights))
        losses.append(-np.mean(np.log(np.where(y == 1, chance, 1 - chance))))
        weights = weights - 5.0 * x.T @ (chance - y) / len(y)  # 5.0 is the learning rate
    return float(np.exp(weights[1])), losses


world = pd.DataFrame(dict(zip(("strong", "success"), found(4_000, 0.5, 4, np.random.default_rng(3)), strict=True)))
### BEGIN SOLUTION
groups = {"all": world, "successes": world[world["success"]]}
trained = {name: [train(rows, steps) for steps in (300, 3000)] for name, rows in groups.items()}
ends = {name: both[1][1][-1] for name, both in trained.items()}
answer = {name: (both[0][0], both[1][0]) for name, both in trained.items()}, min(ends, key=ends.get)
### END SOLUTION
exercises.check("9.3.3", answer, world=world)

# %% [markdown] tags=["solution"]
"""
On all start-ups the odds ratio settles and stays. On successes alone the loss falls towards 0, far below the other, since "yes" is always right; and the odds ratio grows with every step, because
nothing holds it. A low loss on data that were chosen by the answer is worth nothing.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
用全部创业公司时，优势比稳定下来不再变。只用成功者时，损失一直降向 0，远低于另一组，因为答“是”永远正确；优势比则每走一步都在增大，因为没有什么拦住它。数据若是按答案挑出来的，损失再低也毫无价值。
"""

# %% [markdown]
"""
### Exercise 9.3.4

How many working days of the P90 of your start-up come from illness and resignations? Simulate `base` with the same seed and number of runs, with `sick_days=0` and `resignations=0`, and answer with the difference of the two P90,
as a whole number of days.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.3.4

你的公司的 P90 里，有多少个工作日来自生病和离职？用相同的种子和次数，以 `sick_days=0` 和 `resignations=0` 模拟 `base`，用两个 P90 之差作答，取整数天。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="code" difficulty=1 importance=2 minutes=5
### BEGIN SOLUTION
calm = risk.simulate(base, runs=runs, seed=seed, sick_days=0, resignations=0)
answer = p90.value - calm.quantile(0.9).value
### END SOLUTION
exercises.check("9.3.4", answer, base=base, runs=runs, seed=seed)

# %% [markdown] tags=["solution"]
"""
With four people a resignation is rare and long: it moves the P90 much more than the P50. What is left without it comes from efforts that overrun, which no retention changes; chapter 9.2 looks at what keeping people is worth.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只有四个人时，辞职少见而影响很长：它对 P90 的推动远大于对 P50 的。去掉它之后剩下的，来自工作量超支，那是留住人也改变不了的；第 9.2 章再看留住人值多少。
"""

# %% [markdown]
"""
## Recap

- A fact has a day, a source and a degree of certainty; a size that is not public stays empty.
- TensorFlow is a framework of Google's, no start-up. OpenAI's and Hugging Face's histories are told rightly.
- Three successes say little about causes: how little depends on how common strong teams are, which the stories leave out.
- More authors go with larger models; part of that is the years, and the direction is open.
- For your own start-up the question can be put to a plan: which person's level moves the date, and what P90 can be promised.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 一条事实要有日期、出处和可靠程度；没有公开的数字，就让它空着。
- TensorFlow 是 Google 的框架，不是创业公司。原文对 OpenAI 和 Hugging Face 的叙述属实。
- 三个成功案例对原因说明得很少；少到什么程度，取决于强团队有多常见，而故事恰恰没有讲这一点。
- 作者越多，模型往往越大；其中一部分来自年份，谁影响谁也没有定论。
- 对你自己的公司，可以用计划来回答：谁的等级能改变日期，什么样的 P90 可以对外承诺。

## 自测
"""

# %%
quizzes.ask("9.3")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- The facts: the column `source` above, with addresses in `course/data/cases/facts.csv` and `models.csv`.
- Denrell 2003: *Vicarious learning, undersampling of failure, and the myths of management*, Organization Science 14(3).
- Woolf 1955: *On estimating the relation between blood group and disease*: the interval of an odds ratio; Haldane's half is of 1956.
- Efron, Tibshirani 1993: *An introduction to the bootstrap*, chapters 6 and 13.

## Next

Fill in `talentlab plan init mine` and run this chapter on it, or go back to [the start page](00_start.ipynb) for the map of the course.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- 事实：见上表的 `source` 一列，网址在 `course/data/cases/facts.csv` 和 `models.csv` 中。
- Denrell 2003：*Vicarious learning, undersampling of failure, and the myths of management*，Organization Science 14(3)。只看成功、漏掉失败会学到什么。
- Woolf 1955：*On estimating the relation between blood group and disease*。优势比的区间；加二分之一的做法出自 Haldane 1956。
- Efron, Tibshirani 1993：*An introduction to the bootstrap*，第 6 和第 13 章。

## 下一步

填好 `talentlab plan init mine`，用它运行本章；也可以回到[起始页](00_start.ipynb)，看整个课程的地图。
"""
