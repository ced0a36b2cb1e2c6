# %% [markdown]
"""
# 3.2f · Step 6: evaluation and deployment

*模型评估与部署*

The document's last step has two halves: evaluate the model on a test set, then put it to use. This chapter asks of the
first half how much a figure from a test set can be trusted and what it hides, and takes the second half all the way to
a service that answers over HTTP.

**You will be able to**

- give an accuracy with an interval, and test by simulation whether the interval keeps its promise,
- compare two models on the same texts, and say why folds, repeated looks and leaked test texts mislead,
- find what a mean hides: slices, false confidence, gaps between groups,
- write a model card that a run fills in, and that refuses gaps,
- export a model to ONNX, quantise it, prove that it is still the same model, serve it and watch it.

**Time** 60 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 3.2f · 第六步：模型评估与部署

原文的最后一步分两半：先在测试集上评估模型，再把它投入使用。对前一半，本章要问：测试集给出的数字有多可信，又掩盖了什么；后一半则一直做到底，直到一个能通过 HTTP 回答请求的服务。

**学完本章，你能够**

- 给出带置信区间的准确率，并用模拟检验区间是否说到做到；
- 在同样的文本上比较两个模型，说清交叉验证、反复查看测试集和测试文本的泄漏为什么会误导人；
- 找出平均值掩盖的东西：切片、虚假的自信、组间差距；
- 写出一张由运行结果自动填写、不允许留空的模型卡；
- 把模型导出为 ONNX 并量化，证明它还是原来的模型，然后提供服务并持续监控。

**时间** 阅读和动手 60 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; found by its name if None
slice_column: str = "tag"  # column that says what kind a text is; length takes its place where there is none
group_column: str = "sector"  # column of the groups that should be treated alike; length where there is none
positive_class: int = 1  # class whose finding counts as the favourable answer
model_name: str = "minilm"  # bundled model, a folder, or a Hub id such as bert-base-uncased
train_texts: int = 500  # training texts that are used
learning_rate: float = 2e-4  # peak of AdamW's learning rate
num_epochs: int = 3  # passes over the training texts, for two classes; more where there are more
batch_size: int = 16  # texts per optimizer step [sequences]
max_length: int = 48  # longer texts lose their end [tokens]
freeze: str = "word_embeddings"  # none, word_embeddings, embeddings, layers:K or all_but_head
folds: int = 5  # of the cross-validation
simulations: int = 2000  # simulated test sets, permutations and the like, of each kind
parity_texts: int = 64  # test texts on which torch and ONNX are compared logit by logit
speed_texts: int = 32  # test texts on which speed is measured, 32 at least
speed_rounds: int = 2  # repetitions of that measurement
tolerated_loss: float = 0.01  # accuracy that deployment may cost
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of the head's weights, the choice of texts, folds and simulations
output_folder: str | None = None  # where model, ONNX files and card are kept; a temporary folder if None

# %% [markdown]
"""
Everything in the cell above can be changed from outside: `talentlab params 03_2f` lists the names with their meaning.

## The way of this chapter

![Training texts set the weights, validation texts decide what is chosen, test texts are looked at once. The model then goes to ONNX, to int8 and into a service; after each step it is compared with the one before.](images/test_to_service.svg)

The upper row is about figures: what they are worth, and what they hide. In the lower row a model leaves the place where it was made, and each step may
change it.
"""

# %% [markdown] lang="zh"
"""
上面单元格里的设置都可以从外部修改：`talentlab params 03_2f` 列出它们的名称和含义。

## 本章的路线

![训练文本确定权重，验证文本负责一切选择，测试文本只看一次。模型随后转为 ONNX，再转为 int8，最后成为服务；每走一步都与前一步对照。](images/test_to_service.zh.svg)

上一行讲的是数字：它们值多少，又掩盖了什么。下一行里，模型离开制造它的地方，而每一步都可能改变它。
"""

# %%
import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import ipywidgets
import numpy as np
import onnx
import pandas as pd
import requests
import torch
from IPython.display import Markdown
from scipy import special, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from talentlab import data, deployment, escaping, evaluation, models, plots, runtime, training
from talentlab.chapters import model_card
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import docstring_corpus
from talentlab.deployment import service

# %% [markdown]
"""
Three questions before anything runs. Answer as well as you can; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，凭现在的了解作答即可。章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.2f", "before")

# %% [markdown]
"""
And four results of this chapter to guess. Set your answers now; the chapter comes back to each when it has measured.
"""

# %% [markdown] lang="zh"
"""
再猜本章的四个结果。现在就定下来，每一个测量之后都会回头对照。
"""

# %%
guess_coverage = guesses.guess("3.2f.coverage")
guess_gap = guesses.guess("3.2f.gap")
guess_company = guesses.guess("3.2f.company")
guess_fastest = guesses.guess("3.2f.fastest")

# %% [markdown]
"""
## 1 A figure, and how far to trust it

### Hold-out

The oldest rule of evaluation: judge a model on texts that had no part in making it. The training texts set the weights,
the validation texts decide everything that is chosen (the epoch, a threshold, a temperature), and the test texts are
looked at once, at the end. The model of this chapter is fine-tuned on a part of the training texts, so that it is there
in seconds; everything that follows works the same on a better one.
"""

# %% [markdown] lang="zh"
"""
## 1 一个数字，以及它有多可信

### 留出法

评估最古老的规矩：用没有参与制造模型的文本来评判模型。训练文本确定权重，验证文本负责一切选择（哪一轮、什么阈值、什么温度），测试文本只在最后看一次。本章的模型只用一部分训练文本微调，几秒钟就能得到；换成更好的模型，后面的做法完全一样。
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seed)
parts = {name: corpus.split(name) for name in data.SPLITS}
parts["train"] = data.draw(parts["train"], train_texts, seed).reset_index(drop=True)
labels = {name: part["label"].to_numpy() for name, part in parts.items()}
names = corpus.class_names
print(", ".join(f"{len(part)} {name} texts" for name, part in parts.items()), "· classes:", escaping.listed(names))

# %%
tokenizer, model = models.load_pretrained(model_name, num_labels=len(names), class_names=names, seed=seed)
models.set_dropout(models.freeze(model, freeze), 0.1)
tokens = {n: data.tokenize(tokenizer, part["text"], part["label"], max_length) for n, part in parts.items()}

# %% tags=["nbval-ignore-output"]
passes = round(num_epochs * np.log2(max(2, len(names))))  # more classes, more to learn
history = training.fit(
    model, tokens["train"], learning_rate=learning_rate, num_epochs=passes, batch_size=batch_size,
    precision=precision, seed=seed,
)  # fmt: skip
logits = {name: evaluation.predict(model, tokens[name], precision=precision) for name in ("validation", "test")}
said = logits["test"].argmax(1)
right = said == labels["test"]
if (dataset, train_texts, learning_rate, num_epochs, seed) == ("reviews", 500, 2e-4, 3, 0):  # others may learn less
    assert right.mean() > 0.6, "far below what this recipe reaches"
print(f"{history.training_s:.0f} s of training; {right.sum()} of {len(right)} test texts right")

# %% [markdown]
"""
### An interval

Another three hundred texts of the same kind would have given another figure. An interval says how different it could have
been. Two ways to make one: *Wilson's interval* follows from the binomial distribution and serves shares only; the
*bootstrap* draws test sets from the test set, again and again with replacement, and serves every metric.
"""

# %% [markdown] lang="zh"
"""
### 区间

换三百条同类文本，就会得到另一个数字。*置信区间*说的是，这个数字可能会有多大出入。得到区间有两种办法：*Wilson 区间*由二项分布推出，只适用于比例；*自助法*（bootstrap）从测试集中一次次有放回地抽取“测试集”，适用于任何指标。
"""

# %% tags=["nbval-ignore-output"]
by_bootstrap = evaluation.score_intervals(labels["test"], said, num_classes=len(names), seed=seed)
accuracy = evaluation.proportion_interval(int(right.sum()), len(right))
majority = np.bincount(labels["test"]).max() / len(right)
table = {name: f"{interval:.1%}" for name, interval in by_bootstrap.items()} | {"accuracy, Wilson": f"{accuracy:.1%}"}
pd.Series(table, name="value [95 % interval]").to_frame()

# %% [markdown]
"""
For the accuracy the two agree closely. Do they always?

### Exercise 3.2f.A

A model gets 20 of 20 test texts right. Where does the 95 % interval of its accuracy begin, by the bootstrap and by Wilson? Answer with a pair of shares, to
two decimals, the bootstrap first. Predict both before you compute one: `evaluation.proportion_interval(k, n)` is Wilson's.
"""

# %% [markdown] lang="zh"
"""
对准确率来说，两者相差无几。总是这样吗？

### 练习 3.2f.A

一个模型在 20 条测试文本上全部答对。它的准确率的 95% 置信区间，下端按自助法是多少？按 Wilson 又是多少？用一对比例作答，保留两位小数，自助法在前。先猜再算：`evaluation.proportion_interval(k, n)` 给出 Wilson 区间。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
answer = (1.0, evaluation.proportion_interval(20, 20).low)
### END SOLUTION
exercises.check("3.2f.A", answer)

# %% [markdown] tags=["solution"]
"""
Whatever the bootstrap draws from twenty right answers, it draws right answers: its interval is the single point 1. Wilson asks which true accuracies would
make 20 of 20 not too surprising; that goes down to 20 / (20 + 1.96²) = 0.84. Nothing in the twenty texts says more than that.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
从二十个正确的回答里，自助法无论怎么抽，抽到的都是正确的：它的区间就是 1 这一个点。Wilson 问的是：真实准确率为多少时，20 个里对 20 个还不算太意外；可以低到 20 / (20 + 1.96²) = 0.84。二十条文本能说明的，也就到此为止。
"""

# %% [markdown]
"""
### Does a 95 % interval hold the truth in 95 of 100 cases?

For a real model nobody knows the true accuracy, so nobody can check. In a simulation one can: choose a true accuracy,
draw thousands of test sets, make an interval from each, and count how many contain the truth. That share is the
*coverage*. The third candidate is the textbook's *normal* interval, value ± 1.96 standard errors. For a share, the bootstrap
needs no drawing at all: the resampled counts are binomial.
"""

# %% [markdown] lang="zh"
"""
### 95% 区间真的在 100 次里有 95 次包含真值吗

面对真实的模型，没有人知道它真正的准确率，也就无从检验。模拟却可以：先定一个真实的准确率，再抽几千个测试集，每个都做出区间，数一数有多少个包含真值。这个比例叫*覆盖率*。第三个候选是教科书里的*正态*区间：数值 ± 1.96 个标准误。对于比例，自助法根本不用真去抽样：重抽得到的计数服从二项分布。
"""


# %%
def coverage(n: int, truth: float) -> dict[str, float]:
    """Share of the simulated test sets of n texts whose interval contains the true accuracy."""
    count = np.random.default_rng(seed).binomial(n, truth, simulations)  # right answers in each test set
    share = count / n
    half = 1.96 * np.sqrt(share * (1 - share) / n)
    wilson = np.array([evaluation.proportion_interval(k, n) for k in range(n + 1)])[count]
    drawn = [stats.binom.ppf(q, n, share) / n for q in (0.025, 0.975)]
    ends = {"normal": (share - half, share + half), "bootstrap": drawn, "Wilson": wilson.T[1:]}
    return {name: float(((low <= truth) & (truth <= high)).mean()) for name, (low, high) in ends.items()}


# %%
sizes, truths = [20, 40, 80, 160, 300], (0.75, 0.95)
covered = {truth: pd.DataFrame([coverage(n, truth) for n in sizes], index=sizes) for truth in truths}
figure, panels = plots.new_axes(2, width=8.4)
for axes, (truth, table) in zip(panels, covered.items(), strict=True):
    styles = ((plots.VERMILION, "o-", 5), (plots.ORANGE, "s--", 2), (plots.BLUE, "^-", 2))
    for (name, values), (color, line, width) in zip(table.items(), styles, strict=True):
        axes.plot(table.index, 100 * values, line, color=color, linewidth=width, label=name)
    axes.axhline(95, color=plots.GREY, linestyle="--", label="the promise")
    axes.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="test texts", title=f"true accuracy {truth:.0%}")
    axes.set(ylim=(50, 101), ylabel="intervals that hold the truth [%]")
    axes.minorticks_off()
guess_coverage.shade(panels[1])
panels[1].legend(frameon=False, loc="lower right")
guess_coverage.settle(100 * covered[0.95].at[20, "normal"])
plots.show(
    figure,
    alt="Coverage against the number of test texts. With a true accuracy of 75 % all three intervals come near 95 %; with 95 % and "
    f"20 texts the normal interval holds the truth in {covered[0.95].at[20, 'normal']:.0%} of the cases, Wilson's in "
    f"{covered[0.95].at[20, 'Wilson']:.0%}.",
)

# %% [markdown]
"""
Where many answers are right and texts are few, the normal interval and the bootstrap promise more than they keep. A model
that gets 20 of 20 right shows why: both then have width zero. Wilson's interval stays near its promise everywhere; the course
uses it for shares, and the bootstrap for F1 and the like on a few hundred texts.

An interval gets narrower with the square root of the number of texts: half the width costs four times as many.

### Cross-validation

Who has few labelled texts does not want to put a third of them aside. *Cross-validation* cuts the texts into *k* folds,
trains k times on all folds but one, and judges each model on the fold that it did not see. In the end each text
has been a test text once. It costs k trainings, so we take a cheap model: the pretrained encoder as it came, frozen, turns each
text into one vector, and logistic regression learns from these. The vectors are taken at two thirds of the depth: the last
layers serve the task of the pretraining, the middle ones are the more general (Liu et al. 2019).
"""

# %% [markdown] lang="zh"
"""
当大多数回答正确而文本又少时，正态区间和自助法都兑现不了自己的承诺。设想一个模型 20 条全对：这两种区间的宽度都成了零。Wilson 区间处处接近承诺；本课程用它处理比例，而在几百条文本上用自助法处理 F1 一类的指标。

区间随文本数的平方根变窄：宽度减半，文本要多到四倍。

### 交叉验证

有标签的文本不多，就舍不得拿出三分之一放在一边。*交叉验证*把文本分成 *k* 折，训练 k 次，每次用其余各折训练，用没见过的那一折评判。最后，每条文本都当过一次测试文本。它要训练 k 次，所以我们选一个便宜的模型：原样的预训练编码器，冻结不动，把每条文本变成一个向量，再用逻辑回归在这些向量上学习。向量取自三分之二深度处：最后几层是为预训练任务服务的，中间各层更通用（Liu 等人，2019）。
"""


# %%
class MeanState(torch.nn.Module):
    """A frozen encoder: the mean of a text's token states at two thirds of its depth, [B, H]."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask):
        layers = self.encoder(input_ids, attention_mask=attention_mask, output_hidden_states=True).hidden_states
        states = layers[len(layers) * 2 // 3]  # [B, T, H]
        mask = attention_mask.unsqueeze(-1)
        return SequenceClassifierOutput(logits=(states * mask).sum(1) / mask.sum(1))


# %% tags=["nbval-ignore-output"]
frozen = MeanState(models.load_pretrained(model_name, num_labels=len(names), seed=seed)[1].base_model)
states = {name: evaluation.predict(frozen, tokens[name], precision=precision) for name in ("train", "test")}
probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
splitter = StratifiedKFold(min(folds, max(2, np.bincount(labels["train"]).max())), shuffle=True, random_state=seed)
by_fold = cross_val_score(probe, states["train"], labels["train"], cv=splitter)
probe_said = probe.fit(states["train"], labels["train"]).predict(states["test"])
probe_right = probe_said == labels["test"]
print("accuracy of each fold:", "  ".join(f"{value:.1%}" for value in by_fold))
print(f"mean of the folds {by_fold.mean():.1%}; on the test texts {evaluation.mean_interval(probe_right):.1%}")

# %% [markdown]
"""
The folds differ by several points, though the model and the texts are of one kind: a fold is a small test set.

### Why the folds are not independent

It is tempting to treat the k values as k measurements, and to divide their spread by √k. But any two of the models share most of
their training texts, and each text that tests one fold trains all the others. The plainest sign that something is
wrong: repeat the whole cross-validation with new folds, and there are k more values. The formula's interval shrinks, and
no new text was seen.

We check it as before, by counting. Each *study* draws some texts, cross-validates on them once and eight times over, and makes
its intervals; the remaining texts tell what the model trained on the whole study is really worth. The classifier is
the simplest one that learns (nearest class mean), so that two hundred studies take a second.
"""

# %% [markdown] lang="zh"
"""
各折之间相差好几个百分点，尽管模型和文本都是同一类：一折不过是一个很小的测试集。

### 各折为什么不独立

人们很容易把 k 个数值当成 k 次测量，把它们的标准差除以 √k。可是任意两个模型的训练文本大部分相同，而每条文本检验一折，却参与训练其余各折。最明显的破绽是：换一种分法把整个交叉验证再做一遍，就又多出 k 个数值。公式给出的区间变窄了，却没有看到任何新文本。

仍用计数的办法来检验。每项*研究*抽取一些文本，在上面做一次交叉验证，再重复做八次，分别得出区间；剩下的文本用来告诉我们，用整项研究的文本训练出的模型究竟有多好。分类器用最简单的、能学习的那一种（最近类均值），这样两百项研究只要一秒。
"""

# %%
pool, truth = np.concatenate([states["train"], states["test"]]), np.concatenate([labels["train"], labels["test"]])
size = len(pool) // 5  # texts of a study; the other four fifths judge it


def is_right(train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which rows of `test` the nearest class mean of the rows `train` gets right."""
    kinds = np.unique(truth[train])
    means = np.array([pool[train[truth[train] == kind]].mean(0) for kind in kinds])  # [C, H]
    distances = -2 * pool[test] @ means.T + (means**2).sum(1)  # [N, C], less what is the same for all C
    return kinds[distances.argmin(1)] == truth[test]


def study(number: int, repeats: int = 8) -> tuple[np.ndarray, float]:
    """Fold accuracies [repeats, folds], and the accuracy of the model of all the study's texts on all others."""
    rng = np.random.default_rng(number)
    drawn = rng.permutation(len(pool))
    inside, outside = drawn[:size], drawn[size:]
    cuts = [np.array_split(rng.permutation(inside), folds) for _ in range(repeats)]
    values = [[is_right(np.setdiff1d(inside, fold), fold).mean() for fold in cut] for cut in cuts]
    return np.array(values), float(is_right(inside, outside).mean())


# %% tags=["nbval-ignore-output"]
rows = []
for values, value in map(study, range(200)):
    share = values[0].mean()
    ways = {
        "folds, once": (share, stats.t.ppf(0.975, folds - 1) * values[0].std(ddof=1) / np.sqrt(folds)),
        "folds, eight times": (values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(values.size)),
        "all texts as one test set": (share, 1.96 * np.sqrt(share * (1 - share) / size)),
    }
    rows += [(name, abs(middle - value) <= half, 2 * half) for name, (middle, half) in ways.items()]
kept = pd.DataFrame(rows, columns=["interval from", "holds the truth", "mean width"])
if dataset == "reviews":  # texts on which hardly anything goes wrong show no spread at all
    assert kept.groupby("interval from")["holds the truth"].mean()["folds, eight times"] < 0.85
kept.groupby("interval from", sort=False).mean().style.format("{:.0%}")

# %% [markdown]
"""
Eight repetitions made the interval short and wrong. Repeating steadies the *mean* a little, since it no longer hangs on one
division; it adds no information about other texts. The other two stay near their promise without always reaching it: part of what
varies is which texts there were to learn from, and no division of the same texts shows that. The last line simply counts the
out-of-fold answers as one test set, and its interval is narrower than that of five values. Bengio and Grandvalet proved that no unbiased estimate of the variance exists for a single
cross-validation; Nadeau and Bengio give a correction that helps where training sets are compared.

So: cross-validate to choose between cheap models when texts are few; give the interval over texts, not over folds;
and keep a test set for the end all the same.
"""

# %% [markdown] lang="zh"
"""
重复八次，区间变短了，也变错了。重复能让*均值*稍微稳一些，因为它不再取决于某一种分法；但关于别的文本，它没有增加任何信息。另外两种接近承诺，却不总能完全做到：有一部分波动来自“有哪些文本可学”，同样的文本怎么划分也看不出来。最后一行只是把折外的回答当作一个测试集来数，区间比由五个数值算出的更窄。Bengio 和 Grandvalet 证明，单次交叉验证的方差不存在无偏估计；Nadeau 和 Bengio 给出了一种修正，适用于比较训练集的场合。

所以：文本少时，用交叉验证在便宜的模型之间作选择；区间要按文本来算，不要按折来算；最后仍然要留一个测试集。
"""

# %% [markdown]
"""
### Two models on the same texts

Is the fine-tuned model better than the frozen one with its logistic regression, both trained on the same texts? Comparing two
separate intervals wastes what is known: both models answered the same texts, and most texts are easy or hard for both. The
*paired* comparison looks only at the texts on which they differ. McNemar's test asks whether the one wins among these more
often than a coin would; the paired bootstrap resamples texts, with both answers, and serves F1 as well.
"""

# %% [markdown] lang="zh"
"""
### 同样文本上的两个模型

微调的模型是否好于“冻结编码器加逻辑回归”？两者用的是同样的训练文本。拿两个各自的区间来比，会浪费已知的信息：两个模型回答的是同样的文本，多数文本对两者同样容易或同样难。*配对*比较只看两者不一致的文本。McNemar 检验问的是：在这些文本上，其中一个赢的次数是否多于抛硬币；配对自助法连同两个回答一起重抽文本，也适用于 F1。
"""

# %% tags=["nbval-ignore-output"]
average = "binary" if len(names) == 2 else "macro"
only_tuned, only_probe, p_value = evaluation.mcnemar(right, probe_right)
gain = evaluation.difference(right, probe_right)
gain_f1 = evaluation.paired_bootstrap(
    lambda y, said: f1_score(y, said, average=average), labels["test"], said, probe_said, resamples=500, seed=seed
)
apart = 1.96 * np.sqrt(right.var() / len(right) + probe_right.var() / len(right))
print(f"only fine-tuned right {only_tuned}, only frozen right {only_probe}: McNemar p = {p_value:.2g}")
print(f"accuracy {gain:+.1%}, F1 {gain_f1:+.1%} (paired); ± {apart:.1%} if the texts had not been the same")

# %% [markdown]
"""
### Exercise 3.2f.B

A colleague writes one draw of a paired bootstrap as below: `one` and `other` are arrays of 0 and 1, right or not on the same texts; a `seed` fixes what is
drawn. It runs, its mean is right, and its intervals are almost as wide as those of two separate test sets. Write the function again: same
arguments, it returns the difference of the two accuracies in one redrawn test set.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.B

一位同事把配对自助法的一次重抽写成下面这样：`one` 和 `other` 是由 0 和 1 组成的数组，表示两个模型在同样的文本上是否答对；`seed` 决定抽到什么。它能运行，平均值也对，可是区间几乎和两个互不相干的测试集一样宽。请重写这个函数，参数不变，返回重抽出的测试集上两个准确率之差。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
def redrawn(one: np.ndarray, other: np.ndarray, seed: int) -> float:
    rng = np.random.default_rng(seed)
    return rng.choice(one, len(one)).mean() - rng.choice(other, len(other)).mean()


### BEGIN SOLUTION
def answer(one, other, seed):
    texts = np.random.default_rng(seed).integers(len(one), size=len(one))
    return one[texts].mean() - other[texts].mean()


### END SOLUTION
exercises.check("3.2f.B", answer)

# %% [markdown] tags=["solution"]
"""
The colleague draws texts twice, once for each model, and so throws away that both answered the same ones. Draw the numbers of the texts once and take both
models' answers to them: where both are right or both wrong, the difference stays zero, and what is left is the uncertainty of the texts on which they differ.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
这位同事给两个模型各抽了一次文本，于是把“两者回答的是同样的文本”这件事丢掉了。应当只抽一次文本的编号，取两个模型对它们的回答：两者都对或都错的地方，差值始终为零，剩下的只是两者不一致的那些文本带来的不确定性。
"""

# %% [markdown]
"""
### How far this reaches

All of this speaks of *these two trained models*. Another seed gives another fine-tuned model; who claims that the *method* is
better trains several and lets the seeds into the interval, as `evaluation.difference` does for answers of the shape
[seeds, texts]. Chapters 3.2c to 3.2e do so.

### A test set that is looked at often

Each look at the test set with a choice behind it turns it a little into a validation set. To see how quickly, take
models that know nothing: they toss a coin for every text. Try k of them on the same test texts, keep the best, and then
judge the winner on a fresh test set.
"""

# %% [markdown] lang="zh"
"""
### 这些结论管到哪里

以上说的都是*这两个训练好的模型*。换一个种子，就是另一个微调模型；要说*方法*更好，就得训练几个，让种子也进入区间。`evaluation.difference` 对形状为 [种子, 文本] 的回答正是这样做的，第 3.2c 到 3.2e 章也都这样做。

### 看得太多的测试集

每看一次测试集并据此作出选择，它就有几分变成了验证集。变得多快？拿一无所知的模型来看：它们对每条文本都抛硬币。在同样的测试文本上试 k 个，留下最好的，再用一个新的测试集评判这个胜出者。
"""

# %%
looks, n = [1, 3, 10, 30, 100, 300, 1000], len(labels["test"])
rng = np.random.default_rng(seed)
coins = rng.binomial(n, 0.5, (400, max(looks))) / n  # accuracy of a thousand know-nothings, in 400 repetitions
best = np.array([coins[:, :k].max(1) for k in looks])  # [looks, 400]
fresh = rng.binomial(n, 0.5, best.shape) / n
lowest = next((k for k in range(n) if evaluation.proportion_interval(k, n).low > 0.5), n) / n
fooled = pd.Series((best >= lowest).mean(1), index=looks)
figure, (axes,) = plots.new_axes()
for values, color, name in (
    (best, plots.VERMILION, "on the texts that chose it"),
    (fresh, plots.BLUE, "on fresh texts"),
):
    axes.plot(looks, values.mean(1), "o-", color=color, label=name)
    axes.fill_between(looks, *np.quantile(values, [0.05, 0.95], axis=1), color=color, alpha=0.15, linewidth=0)
axes.set(xscale="log", xticks=looks, xticklabels=looks, xlabel="models tried on the same test texts")
axes.set(ylabel="accuracy of the best (share right)")
axes.minorticks_off()
axes.legend(frameon=False, loc="upper left")
plots.show(
    figure,
    alt=f"The best of k coin-tossing models on {n} test texts: mean accuracy {best[0].mean():.0%} for one, {best[4].mean():.0%} for the "
    f"best of 100, while fresh texts give {fresh[4].mean():.0%}. Bands: 5 to 95 % of the repetitions.",
)

# %%
print("share of winners whose 95 % interval lies wholly above a half, though no model knows anything:")
print(fooled.map("{:.0%}".format).rename_axis("models tried").to_frame("fooled").T.to_string())

# %% [markdown]
"""
The interval of the best is an interval of the wrong thing: it was made for one model that was named beforehand. Learning
rates tried, seeds tried, thresholds tried, all count as looks. The remedies are old: choose on validation texts, open the test set once;
if it has to be opened k times, ask each time for a level of 1 − 0.05 / k; and write down how often it was opened.
"""

# %% [markdown] lang="zh"
"""
给最好者配这样的区间是张冠李戴：它本来是为一个事先指定的模型而做的。试过的学习率、试过的种子、试过的阈值，都算一次查看。补救的办法早就有了：在验证集上选择，测试集只打开一次；如果非要打开 k 次，就每次都要求 1 − 0.05 / k 的置信水平；并且记下打开过多少次。
"""

# %% [markdown]
"""
### Test texts that were in the training

Whoever trains on texts from the web, or takes a model that somebody else has trained, cannot be sure that the test texts are new to it.
*Contamination* means that test texts, or copies of them, are among the training texts: then the figure says how well they are remembered. It
is easily planted, so we plant it, and try to find it in two ways.

The first way looks into the training texts. It cuts a test text into all sequences of n tokens in a row, its *n-grams*, and asks which share of
them stands in the training texts. Single words recur everywhere; eight tokens in a row hardly do by chance. The authors of GPT-3 took
sequences of 13 words.
"""

# %% [markdown] lang="zh"
"""
### 训练时见过的测试文本

用网上的文本训练，或者拿来别人训练好的模型，谁也不能保证测试文本对它是全新的。*污染*（contamination）指训练文本里混进了测试文本或它们的副本：这时测试成绩反映的是记得多牢。污染很容易制造，所以我们先制造它，再用两种办法去查。

第一种办法查训练文本。把一条测试文本中每 n 个连续的词元取作一个 *n-gram*，看其中有多大比例出现在训练文本里。单个词到处重复，连续八个词元却几乎不会碰巧相同。GPT-3 的作者用的是连续 13 个单词。
"""

# %% [markdown]
"""
### Exercise 3.2f.C

Write that share as a function of three arguments: `text`, a list of token numbers; `training`, a list of such lists; and `n`. It returns how
many of the *different* n-grams of `text` stand in at least one of the training texts, as a share from 0 to 1. It will be tried on texts of
four to six numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.C

把这个比例写成一个函数，三个参数：`text` 是词元编号的列表，`training` 是由这样的列表组成的列表，再加上 `n`。返回 `text` 的*互不相同*的 n-gram 中，至少出现在一条训练文本里的占多大比例，取值从 0 到 1。检查时用四到六个数的文本。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=7
### BEGIN SOLUTION
def answer(text, training, n):
    def grams(ids):
        return {tuple(ids[start : start + n]) for start in range(len(ids) - n + 1)}

    return len(grams(text) & set().union(*map(grams, training))) / len(grams(text))


### END SOLUTION
exercises.check("3.2f.C", answer)

# %% [markdown] tags=["solution"]
"""
A text of T tokens has T − n + 1 sequences of n, the last one included. They are compared as sets, so that a sequence that occurs twice counts once, and
each training text is cut by itself: a sequence that begins in one text and ends in the next stands in neither.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
T 个词元的文本有 T − n + 1 个长为 n 的序列，最后一个也算。它们作为集合比较，所以出现两次的序列只算一次；每条训练文本各自切分：从一条文本开头、在下一条里结束的序列，哪一条里都没有。
"""

# %% [markdown]
"""
Now half of the test texts count as *published*, the others stay *fresh*. The published ones are put into the training: in one case as they are, in the other
with typos, as when somebody has retyped or reworked them.
"""

# %% [markdown] lang="zh"
"""
现在把测试文本的一半算作*已公开*，另一半保持*全新*。已公开的放进训练文本：一种情况是原样放入，另一种是带着错别字放入，就像有人重新录入或改写过。
"""


# %%
def ngrams(ids: list[int], n: int = 8) -> set[tuple[int, ...]]:
    return {tuple(ids[start : start + n]) for start in range(max(1, len(ids) - n + 1))}  # a shorter text is one


def overlap(texts: list[str], training: list[str]) -> np.ndarray:
    """Share of each text's n-grams that stand in the training texts, [N]."""
    cut, known = (tokenizer(part, add_special_tokens=False, verbose=False)["input_ids"] for part in (texts, training))
    seen = set().union(*map(ngrams, known))
    return np.array([len(own & seen) / len(own) for own in map(ngrams, cut)])


asked = parts["test"]["text"].tolist()
published = np.isin(np.arange(len(asked)), np.random.default_rng(seed).permutation(len(asked))[: len(asked) // 2])
leaked = [text for text, out in zip(asked, published, strict=True) if out]
planted = {"nothing": [], "copies": leaked, "copies with typos": data.add_typos(leaked, 0.4, seed)}
found = {name: overlap(asked, parts["train"]["text"].tolist() + extra) for name, extra in planted.items()}
shares = {(name, half): f"{share[rows].mean():.1%}" for name, share in found.items()
          for half, rows in (("published", published), ("fresh", ~published))}  # fmt: skip
pd.Series(shares, name="n-grams found").unstack()[["published", "fresh"]].loc[list(planted)]

# %% [markdown]
"""
Copies are found without fail; typos in every other word or so break nearly all sequences, and a translation would break the rest. And the search needs the
training texts, which those who publish a model mostly keep to themselves.

The second way needs the answers only. What has been learned by heart is answered more surely than what has not: the loss on published texts is lower than
on fresh ones. Three classifiers on the frozen vectors, as in the cross-validation above, show how much. As the halves may differ in difficulty, too, the last column
takes from each text's loss that of the classifier which has seen none of them, and compares what is left.
"""

# %% [markdown] lang="zh"
"""
原样的副本无一漏网；差不多隔一个词就有错别字时，连续的序列几乎全被打断；要是译成另一种语言，就什么也对不上了。而且这种查法需要训练文本，发布模型的人多半不会公开它们。

第二种办法只需要模型的回答。背下来的比没背过的答得更有把握：在已公开文本上的损失低于全新文本。像前面交叉验证那样，在冻结向量上训练三个分类器，就能看出差多少。两半文本的难度本身也可能不同，所以最后一列从每条文本的损失中减去一条都没见过的那个分类器的损失，再比较剩下的部分。
"""


# %% tags=["nbval-ignore-output"]
def answers_after(extra: list[str]) -> np.ndarray:
    """Probabilities [N, C] of the test texts, by a classifier that has also learned from the texts `extra`."""
    vectors, given = states["train"], labels["train"]
    if extra:
        more = data.tokenize(tokenizer, extra, labels["test"][published], max_length)
        vectors = np.vstack([vectors, evaluation.predict(frozen, more, precision=precision)])
        given = np.append(given, more.labels)
    memory = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)).fit(
        vectors, given
    )  # as `probe`
    shares = np.full((len(asked), len(names)), 1e-6)  # for a class that it has never seen
    shares[:, memory.classes_] = memory.predict_proba(states["test"])
    return shares


def gap_of(values: np.ndarray) -> str:
    """Mean of the fresh texts minus that of the published ones, with Welch's interval."""
    test = stats.ttest_ind(values[~published], values[published], equal_var=False)
    return (
        f"{evaluation.Interval(values[~published].mean() - values[published].mean(), *test.confidence_interval()):+.2f}"
    )


# %% tags=["nbval-ignore-output"]
told = {name: answers_after(extra) for name, extra in planted.items()}
lost = {name: -np.log(shares[np.arange(len(asked)), labels["test"]]) for name, shares in told.items()}
table = {}
for name, shares in told.items():
    hits = shares.argmax(1) == labels["test"]
    halves = {
        f"right, {half}": f"{hits[rows].mean():.0%}" for half, rows in (("published", published), ("fresh", ~published))
    }
    beyond = "" if name == "nothing" else gap_of(lost[name] - lost["nothing"])
    table[name] = halves | {"loss gap [nats]": gap_of(lost[name]), "beyond the first row": beyond}
pd.DataFrame(table).T

# %% [markdown]
"""
Read the first row first. Nothing was planted there, and what gap it has is the luck of the halves, small or large; who sees only the suspected model
cannot tell this luck from memory. The last column can, because it compares each text with itself. On the course's reviews it finds the copies, and the retyped ones too, which the search
for n-grams missed. It has a price of its own: fresh texts of the same kind, and a model that cannot have seen the published ones.

Neither way proves that a model is clean. A few leaked texts among hundreds are lost in the noise of any mean, and a figure that rose because the model
learned the task is no sign of a leak. What helps is what was done above: a test set that is kept shut, and new texts from time to time.
"""

# %% [markdown] lang="zh"
"""
先看第一行。这里什么也没有放进去，若有差距，无论大小，都是两半文本碰巧不同；只拿到一个可疑的模型，就分不清这是碰巧还是背过。最后一列分得清，因为它让每条文本与自己相比。在课程自带的短评上，它查出了原样的副本，也查出了 n-gram 漏掉的、重新录入的副本。这种办法也有代价：要有同类的全新文本，还要有一个不可能见过已公开文本的模型。

哪一种办法都证明不了一个模型是干净的。几百条里只泄漏几条，就会淹没在平均值的噪声中；而成绩因为模型学会了任务而提高，并不说明有泄漏。真正管用的还是前面做过的：测试集锁好不看，并且隔一段时间换上新文本。
"""

# %% [markdown]
"""
## 2 What the mean hides

### Slices

One accuracy is a mean over kinds of text that may have little in common. A *slice* is a part of the test texts that share
something: what makes them hard, how long they are, where they come from. Slices are small, so their intervals are wide,
and of seven slices one is always the worst. Before a slice is called hard, ask whether the slices differ more than a
random division of the same texts would: a chi-squared test over all of them at once.
"""

# %% [markdown] lang="zh"
"""
## 2 平均值掩盖了什么

### 切片

一个准确率，是几种可能毫不相干的文本的平均。*切片*是测试文本中有共同点的一部分：难在哪里，有多长，从哪里来。切片很小，所以区间很宽；而七个切片里总有一个最差。在说某个切片难之前，先问一句：这些切片之间的差别，是否大过把同样的文本随意分组？对全部切片一起做一次卡方检验就能知道。
"""

# %%
cuts = np.unique(np.quantile(tokens["train"].lengths, [0.25, 0.5, 0.75]))


def kinds(column: str, name: str) -> np.ndarray:
    """The column's value of each text of a split, or a class of length where the data have no such column."""
    if column in parts[name]:
        return parts[name][column].astype(str).to_numpy()
    return np.array([f"length class {level}" for level in np.digitize(tokens[name].lengths, cuts)])


# %% tags=["nbval-ignore-output"]
by_kind = evaluation.slices(kinds(slice_column, "test"), labels["test"], said)
chance = stats.chi2_contingency(pd.crosstab(kinds(slice_column, "test"), right)).pvalue
low, high = by_kind["accuracy"].iloc[[0, -1]]
ends = f"lowest for {by_kind.index[0]} ({low:.0%}), highest for {by_kind.index[-1]} ({high:.0%})"
plots.show(
    plots.plot_intervals(by_kind, "accuracy (share right)", reference=accuracy.value),
    alt=f"Accuracy of the slices with 95 % intervals: {ends if low < high else f'{low:.0%} in each'}. "
    f"Equal slices would differ this much with p = {chance:.2g}.",
)

# %% [markdown]
"""
A slice with thirty texts has an interval of about thirty points. If the p-value is small, the kinds really differ and the mean
should never be told without them. If it is not, name the worst slice as a suspicion, and collect more texts of it.
"""

# %% [markdown] lang="zh"
"""
三十条文本的切片，区间大约有三十个百分点宽。如果 p 值很小，各类文本确实不同，报告平均值时就必须连同它们一起说。如果不小，那么最差的切片只是一个疑点，应当再收集一些这类文本。
"""

# %% [markdown]
"""
### Calibration

A decision often needs more than an answer: how sure is it? A model is *calibrated* if it is right in 80 of 100 cases in
which it says 80 %. The reliability diagram compares the two, bin by bin; the *expected calibration error* (ECE) is the mean
distance. Models that have begun to learn their texts by heart tend to be too sure of themselves, models that were hardly trained too timid. Dividing all
logits by one number, the *temperature*, repairs either without changing an answer: above 1 it takes confidence away, below 1 it adds some. It is fitted on
the validation texts.

The ECE has a floor: even perfect probabilities give an ECE above zero on a few hundred texts, because each bin's accuracy is a
small sample. The floor is simulated: let chance decide, text by text and with the model's own probability, whether it is right.
"""

# %% [markdown] lang="zh"
"""
### 校准

作决策时，光有答案往往不够：它有多确定？如果模型说“80%”的 100 次里有 80 次是对的，它就是*校准*好的。可靠性图逐段比较这两者；*期望校准误差*（ECE）是平均的偏差。开始死记训练文本的模型往往过于自信，几乎没怎么训练的又往往过于胆怯。把所有 logits 除以同一个数，即*温度*，两种偏差都能纠正，而不改变任何答案：大于 1 降低自信，小于 1 提高自信。温度在验证集上拟合。

ECE 有一个下限：即使概率完美无缺，在几百条文本上算出的 ECE 也大于零，因为每一段的准确率都来自一个小样本。这个下限可以模拟出来：对每条文本，按模型自己给出的概率，由随机数决定它是否答对。
"""


# %% tags=["nbval-ignore-output"]
def loss_at(temperature: float) -> float:
    """Mean log loss of the validation texts [nats]."""
    log_shares = special.log_softmax(logits["validation"] / temperature, axis=1)
    return -log_shares[np.arange(len(log_shares)), labels["validation"]].mean()


grid = np.geomspace(0.05, 20, 1200)  # neighbours lie half a percent apart
by_hand = min(grid, key=loss_at)
print(f"log loss {loss_at(1):.4f} nats as trained, {loss_at(by_hand):.4f} at the best temperature, {by_hand:.2f}")
print("as trained, the model is too", "sure of itself" if by_hand > 1 else "timid")

# %% [markdown]
"""
A grid finds it, because only one number is sought and the loss has a single valley. `fit_temperature` of the library searches the same
valley by halving; both must meet within the step of the grid. What the temperature does to the test texts:
"""

# %% [markdown] lang="zh"
"""
要找的只有一个数，损失又只有一个谷底，用网格就能找到。库里的 `fit_temperature` 用逐步缩小区间的办法搜索同一个谷底；两者之差不能超过网格的步长。下面看看这个温度对测试文本的作用：
"""

# %% tags=["nbval-ignore-output"]
temperature = evaluation.fit_temperature(labels["validation"], logits["validation"])
assert abs(np.log(temperature / by_hand)) < np.log(grid[1] / grid[0])
print(f"temperature from the cell {by_hand:.3f}, from the library {temperature:.3f}")
probabilities = {"as trained": evaluation.probabilities(logits["test"])}
probabilities["with temperature"] = evaluation.probabilities(logits["test"], temperature)


def floor_of(probs: np.ndarray, times: int = 60) -> float:
    """ECE that these probabilities would have on as many texts if every one of them were true."""
    answer, sure = probs.argmax(1), probs.max(1)
    wrong = np.random.default_rng(seed).random((times, len(probs))) > sure  # [times, N]
    drawn = np.where(wrong, (answer + 1) % probs.shape[1], answer)
    return float(np.mean([evaluation.expected_calibration_error(row, probs) for row in drawn]))


ece = {name: evaluation.expected_calibration_error(labels["test"], p) for name, p in probabilities.items()}
table = pd.DataFrame({"ECE": ece, "floor": {name: floor_of(p) for name, p in probabilities.items()}})
table["log loss [nats]"] = [log_loss(labels["test"], p, labels=range(len(names))) for p in probabilities.values()]
table.style.format("{:.3f}")


# %% tags=["nbval-ignore-output"]
def at_temperature(temperature: float):
    shown = evaluation.probabilities(logits["test"], temperature)
    error = evaluation.expected_calibration_error(labels["test"], shown)
    loss = log_loss(labels["test"], shown, labels=range(len(names)))
    curves = {"as trained": probabilities["as trained"], f"temperature {temperature:.2f}": shown}
    figure = plots.plot_reliability({name: evaluation.reliability(labels["test"], p) for name, p in curves.items()})
    return (
        figure,
        f"Temperature {temperature:.2f}: ECE {error:.3f}, log loss {loss:.3f} nats, the same answers as before.",
    )


slider = ipywidgets.FloatSlider(value=2.0, min=0.25, max=5, step=0.25, description="temperature")
_ = plots.explore(at_temperature, temperature=slider)

# %% [markdown]
"""
Move the slider. Below 1 the model gets surer of everything, far above 1 it says "perhaps" to everything; neither changes
a single answer. The best ECE and the best log loss need not lie at the same place: the log loss looks at every text, the ECE at
ten bins. Judge an ECE by its distance from the floor.

### Fairness between groups

The service will answer customers of several sectors. Does each get the same quality? Two rates say more than the accuracy.
The *true positive rate* is the share of favourable texts that are recognised as such; equality of it is called *equal
opportunity*. The *false positive rate* is the share of the others that are called favourable all the same. The *gap* is the
largest rate minus the smallest.
"""

# %% [markdown] lang="zh"
"""
拖动滑块看看。温度小于 1，模型对什么都更确定；远大于 1，它对什么都说“也许”；两种情况都不改变任何一个答案。ECE 最小和对数损失最小不一定在同一处：对数损失看每一条文本，ECE 只看十个分段。评判 ECE，要看它离下限有多远。

### 组间公平

这个服务要回答好几个行业的客户。他们得到的质量一样吗？有两个比率比准确率更能说明问题。*真正率*（true positive rate）是正类文本中被认出来的比例，各组相等称为*机会均等*。*假正率*（false positive rate）是其余文本中被误判为正类的比例。*差距*是最大的比率减去最小的比率。
"""

# %%
groups = {name: kinds(group_column, name) for name in ("validation", "test")}
favourable = {name: labels[name] == positive_class for name in groups}
score = {name: evaluation.probabilities(logits[name], temperature)[:, positive_class] for name in groups}


def with_both_kinds() -> list[str]:
    """Groups that have favourable texts and others in both splits: only of these are there two rates."""
    both = {name: [set(favourable[name][groups[name] == group]) == {True, False} for group in np.unique(groups["test"])]
            for name in groups}  # fmt: skip
    return [str(group) for group in np.unique(groups["test"])[np.all(list(both.values()), axis=0)]][:8]


if len(with_both_kinds()) < 2:
    print(
        f"No two groups of {group_column!r} have texts of both kinds. Two arbitrary halves stand in: a gap of theirs is chance."
    )
    for name, good in favourable.items():
        groups[name] = np.where(np.where(good, good.cumsum(), (~good).cumsum()) % 2, "one half", "other half")
group_names = with_both_kinds()
print(f"favourable: {names[positive_class]!r}; groups: {', '.join(group_names)}")


def rates(found: np.ndarray, name: str = "test") -> dict[str, pd.DataFrame]:
    """True and false positive rate of each group in a split, with Wilson's intervals."""
    tables = {}
    for rate, side in (("true positive rate", favourable[name]), ("false positive rate", ~favourable[name])):
        members = {group: side & (groups[name] == group) for group in group_names}
        rows = [(m.sum(), *evaluation.proportion_interval(int(found[m].sum()), int(m.sum()))) for m in members.values()]
        tables[rate] = pd.DataFrame(rows, index=group_names, columns=["n", "rate", "low", "high"])
    return tables


# %% tags=["nbval-ignore-output"]
def draw_rates(tables: dict[str, pd.DataFrame]):
    figure, (axes,) = plots.new_axes(width=6.8, height=1.4 + 0.45 * len(group_names))
    styles = ((-0.1, plots.BLUE, "o"), (0.1, plots.VERMILION, "s"))
    for (shift, color, marker), (rate, table) in zip(styles, tables.items(), strict=True):
        at = np.arange(len(table)) + shift
        axes.hlines(at, table["low"], table["high"], color=color, linewidth=2)
        axes.plot(table["rate"], at, marker, color=color, label=rate)
    axes.set_yticks(range(len(group_names)), group_names)
    axes.set(xlim=(0, 1), xlabel="share of the group's texts", ylim=(len(group_names) - 0.5, -1.1))
    axes.legend(frameon=False, loc="upper center", ncols=2)
    return figure


at_half = {name: score[name] >= 0.5 for name in score}
unequal = rates(at_half["test"])
ends = {rate: f"{table['rate'].min():.0%} to {table['rate'].max():.0%}" for rate, table in unequal.items()}
plots.show(
    draw_rates(unequal),
    alt=f"True and false positive rate of {len(group_names)} groups with 95 % intervals: "
    + ", ".join(f"{rate} from {span}" for rate, span in ends.items()) + ".",
)  # fmt: skip

# %% [markdown]
"""
### How much of a gap is noise

A largest minus a smallest is never negative, and never zero by luck. Three questions belong to every gap. How uncertain is it?
An interval for the difference between the two extreme groups, with the counts redrawn. How large would it be if the groups were
alike? Deal the group names out to the same texts at random, many times. And how often does that give as large a gap: the p-value.
"""

# %% [markdown] lang="zh"
"""
### 差距里有多少是噪声

最大值减最小值从不为负，也几乎不会碰巧为零。对每个差距都要问三个问题。它有多不确定？重新抽取计数，给出两个极端组之差的区间。如果各组其实一样，它会有多大？把组名随机分发给同样的文本，重复许多次。这样得到的差距有多少次不小于实际的差距？这就是 p 值。
"""


# %%
def gap(found: np.ndarray, side: np.ndarray, group: np.ndarray) -> tuple[evaluation.Interval, float, float]:
    """Gap of a rate between groups, the 95 % quantile of the gap by chance, and the p-value of "by chance"."""
    rng = np.random.default_rng(seed)
    member = (group[side][:, None] == np.array(group_names)).astype(float)  # [n, G]
    hits, count = found[side].astype(float), member.sum(0).astype(int)
    rate = hits @ member / count
    redrawn = rng.binomial(count, rate, (simulations, len(count))) / count
    ends = np.quantile(redrawn[:, rate.argmax()] - redrawn[:, rate.argmin()], [0.025, 0.975])
    dealt = np.ptp(rng.permuted(np.tile(hits, (simulations, 1)), axis=1) @ member / count, axis=1)
    p = float((dealt >= np.ptp(rate) - 1e-9).mean())
    return evaluation.Interval(float(np.ptp(rate)), *map(float, ends)), float(np.quantile(dealt, 0.95)), p


# %% tags=["nbval-ignore-output"]
sides = {"true positive rate": favourable["test"], "false positive rate": ~favourable["test"]}
gaps = {rate: gap(at_half["test"], side, groups["test"]) for rate, side in sides.items()}
rows = {rate: (f"{interval:.0%}", f"{chance:.0%}", f"{p:.2f}") for rate, (interval, chance, p) in gaps.items()}
pd.DataFrame(rows, index=["gap [95 % interval]", "alike groups reach (95 %)", "p-value"]).T

# %%
per_group = np.array([10, 20, 40, 80, 160, 320, 640, 1280])
rng = np.random.default_rng(seed)
alike = np.array([np.ptp(rng.binomial(n, 0.75, (simulations, len(group_names))) / n, axis=1) for n in per_group])
figure, (axes,) = plots.new_axes()
axes.plot(
    per_group, 100 * np.quantile(alike, 0.95, axis=1), "s--", color=plots.VERMILION, label="one case in twenty exceeds"
)
axes.plot(per_group, 100 * np.median(alike, axis=1), "o-", color=plots.BLUE, label="median")
axes.set(xscale="log", xticks=per_group, xticklabels=per_group, xlabel="texts per group", ylim=(0, None))
axes.set(ylabel="gap between alike groups [points]")
axes.minorticks_off()
guess_gap.shade(axes)
axes.legend(frameon=False)
guess_gap.settle(100 * np.median(alike[2]))
plots.show(
    figure,
    alt=f"Gap between {len(group_names)} groups that are truly alike (rate 75 %) by texts per group: median "
    f"{np.median(alike[2]):.0%} with 40 texts, {np.median(alike[-1]):.0%} with 1,280.",
)

# %% [markdown]
"""
Read the table against the figure. With some forty texts of each side in a group, four equal groups differ by a dozen points as a
rule, and by twenty-five once in twenty cases. A gap inside that range shows nothing, and rules nothing out either: a real gap of ten points
would hide in it. To see five points, a group needs more than a thousand texts of each side. Whoever promises
fairness should first promise a test set of that size.

### A threshold per group

A gap in the true positive rate can be closed by other thresholds. For each group we take, on the validation texts, the
threshold that recognises the same share of its favourable texts; the test texts tell what became of it.
"""

# %% [markdown] lang="zh"
"""
请把表和图对照着看。如果每组每一侧只有四十来条文本，四个组即使完全一样，通常也会相差十几个百分点，二十次里有一次相差二十五个以上。落在这个范围里的差距，不能说明有问题，也不能说明没问题：十个百分点的真实差距完全可以藏在里面。要看出五个百分点，每组每一侧需要一千多条文本。谁要承诺公平，应当先承诺这么大的测试集。

### 每组一个阈值

真正率的差距可以用不同的阈值来弥合。我们在验证集上为每一组取一个阈值，使各组认出的正类文本比例相同；结果如何，由测试文本来说。
"""

# %% tags=["nbval-ignore-output"]
target = at_half["validation"][favourable["validation"]].mean()
thresholds = {}
for group in group_names:
    of = (groups["validation"] == group) & favourable["validation"]
    thresholds[group] = float(np.quantile(score["validation"][of], 1 - target)) if of.any() else 0.5
by_group = {n: score[n] >= pd.Series(groups[n]).map(thresholds).fillna(0.5).to_numpy() for n in score}
rows = {}
for name in ("validation", "test"):
    for what, found in (("0.5 for all", at_half[name]), ("one per group", by_group[name])):
        spans = [np.ptp(table["rate"]) for table in rates(found, name).values()]
        rows[f"{name}, {what}"] = (*spans, (found == favourable[name]).mean())
print("thresholds:", ", ".join(f"{group} {value:.2f}" for group, value in thresholds.items()))
price = evaluation.difference(by_group["test"] == favourable["test"], at_half["test"] == favourable["test"])
print(f"accuracy on the test texts: {price:+.1%}")
columns = ["gap, true positive rate", "gap, false positive rate", "accuracy"]
pd.DataFrame.from_dict(rows, orient="index", columns=columns).style.format("{:.1%}")


# %% tags=["nbval-ignore-output"]
def with_thresholds(**chosen: float):
    found = score["test"] >= pd.Series(groups["test"]).map(chosen).fillna(0.5).to_numpy()
    tables = rates(found)
    spans = ", ".join(f"gap of the {rate} {np.ptp(table['rate']):.0%}" for rate, table in tables.items())
    return draw_rates(tables), f"{spans}; accuracy {(found == favourable['test']).mean():.1%}."


sliders = {
    group: ipywidgets.FloatSlider(value=0.5, min=0.05, max=0.95, step=0.05, description=group[:18])
    for group in group_names[:6]
}
_ = plots.explore(with_thresholds, **sliders)

# %% [markdown]
"""
On the validation texts the first gap closes, because it was made to. What remains on the test texts is what a threshold
learned from a few dozen texts is worth. Use the sliders to look for settings in which both gaps are small; where the groups' scores
are distributed differently, closing the one opens the other, and accuracy pays. That is no weakness of the method: with unequal
base rates no imperfect classifier can satisfy every notion of fairness at once (Chouldechova, Kleinberg and others). Which
one matters is decided by people, before the figures are seen. And where groups are groups of people, different thresholds
treat equal cases differently; in many places the law has something to say about that.

We close the first half with the document's sentence: the model is evaluated on a test set. That is a step, which was carried out; it
promises nothing. On record goes what the evaluation found, for this one trained model, so the interval over texts is the right one.
"""

# %% [markdown] lang="zh"
"""
在验证集上，第一种差距弥合了，因为阈值就是这样定出来的。测试集上剩下的差距，说明从几十条文本里学来的阈值值多少。用滑块找一找，有没有让两种差距都小的设置；如果各组得分的分布不同，弥合一种就会拉开另一种，还要付出准确率。这不是方法的缺陷：基础比例不同时，任何不完美的分类器都无法同时满足所有的公平概念（Chouldechova、Kleinberg 等人）。哪一种要紧，应由人在看到数字之前决定。而且，如果组是人的群体，不同的阈值就意味着同样的情形受到不同的对待；在许多地方，法律对此有规定。

用原文的那句话结束前一半：在测试集上评估模型。这是一个步骤，已经照做了；它没有许诺什么。记录下来的是评估的发现，针对的是这一个训练好的模型，所以按文本计算的区间正合适。
"""

# %% tags=["nbval-ignore-output"]
claims.record(
    "3.2-evaluation",
    reference=f"a step, carried out here for one trained model on {len(right)} test texts; most frequent class {majority:.1%}",
    measured=f"accuracy {accuracy:.1%}; hidden in it: {by_kind.index[0]} {by_kind['accuracy'].iloc[0]:.0%}, "
    f"{by_kind.index[-1]} {by_kind['accuracy'].iloc[-1]:.0%}; ECE {ece['as trained']:.2f}",
    verdict="true as a description",
)

# %% [markdown]
"""
The one figure shows that the model does something. What it does for a
given kind of text, for a given group, or with what confidence, it does not show.

## 3 The model card

A model outlives the memory of those who made it. A *model card* says, beside the weights, what they were made of, what they
can do, where they fail, and what they may be used for. Cards written by hand age and forget; this one is filled in by the
run, and a part that is missing is an error.
"""

# %% [markdown] lang="zh"
"""
这一个数字说明模型确实起作用。对某一类文本、某一组客户，它的作用有多大，又有多少把握，单凭它是看不出来的。

## 3 模型卡

模型比制造者的记忆活得更久。*模型卡*放在权重旁边，说明它用什么做成、能做什么、在哪里出错、可以用来做什么。手写的卡片会过时，会遗漏；这一张由运行结果填写，缺了哪一部分都会报错。
"""

# %% tags=["nbval-ignore-output"]
folder = Path(output_folder or tempfile.mkdtemp())
tokenizer.model_max_length = max_length  # the limit of the training travels with the model
models.save_model(folder, tokenizer, model)
facts = {
    "name": f"{model_name}, fine-tuned on {Path(dataset).name}",
    "intended_use": f"Sorting short texts into {', '.join(names)}, for courses and experiments. "
    "Not for decisions about people, and not for texts of another kind or language.",
    "corpus": corpus,
    "source": dataset,
    "settings": {"pretrained model": model_name, "training texts used": len(parts["train"]), "epochs": passes,
                 "learning_rate": learning_rate, "batch_size": batch_size, "max_length": max_length,
                 "not trained": freeze, "seed": seed},
    "metrics": by_bootstrap,
    "slices": {slice_column: by_kind, group_column: evaluation.slices(groups["test"], labels["test"], said)},
    "calibration": {"temperature": temperature, "ECE as trained": ece["as trained"], "ECE with it": ece["with temperature"]},
}  # fmt: skip

# %%
try:
    model_card.model_card(**facts, limits=[], licence="")
except Exception as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
"""
Limits and licence cannot be measured. Somebody has to state them.
"""

# %% [markdown] lang="zh"
"""
局限和许可没法测量，必须有人写出来。
"""

# %% tags=["nbval-ignore-output"]
interval, by_luck, _ = gaps["true positive rate"]
limits = [
    f"Weakest on {by_kind.index[0]}: {by_kind['accuracy'].iloc[0]:.0%} right.",
    f"True positive rates differ by {interval:.0%} between groups; alike groups reach {by_luck:.0%}.",
    "One seed; intervals speak of other texts, not of other trainings.",
    "Other languages, longer texts and deliberate deception were not tested.",
]
licence = "Texts: CC0 1.0; pretrained model: Apache-2.0; this model: free to use." if dataset == "reviews" else (
    "That of the texts and of the pretrained model; ask their owners before you pass this model on."
)  # fmt: skip
card = model_card.model_card(**facts, limits=limits, licence=licence)
card.save(folder / "README.md")
Markdown(card.text.replace("## ", "##### ").replace("# ", "#### ", 1))

# %% [markdown]
"""
The fingerprint changes when a text, a label or a split changes; two cards with the same fingerprint were judged on the same
test. The file lies beside the weights as `README.md`, where model collections look for it; from the header that
`huggingface_hub.ModelCard` puts above it they read task and results.

## 4 Deployment

### ONNX: the model without its framework

In use nobody needs gradients, and hardly anybody wants to install a training framework on a server. *ONNX* is a file format for
computation graphs; *ONNX Runtime* executes it. The export follows the model once with example inputs and writes down
every operation. Two things go wrong easily: sizes of the example get baked in, so that batch and length must be declared
*dynamic*; and the exported model may differ from the original. The second is not believed but tested.
"""

# %% [markdown] lang="zh"
"""
文本、标签或划分有任何变化，指纹就会变；指纹相同的两张卡，是在同一场测试上评判的。文件以 `README.md` 为名放在权重旁边，模型库正是在那里找它；`huggingface_hub.ModelCard` 在开头加了一段元数据，模型库从中读取任务和结果。

## 4 部署

### ONNX：不带框架的模型

推理时不需要梯度，也很少有人愿意在服务器上安装训练框架。*ONNX* 是计算图的文件格式，*ONNX Runtime* 负责执行。导出时，用示例输入把模型走一遍，记下每一个操作。有两处容易出错：示例的尺寸会被写死，所以批大小和长度必须声明为*动态*；导出的模型可能与原来的不同。后一点不能靠相信，要靠检验。
"""

# %% tags=["nbval-ignore-output"]
exported = deployment.export_onnx(model, tokenizer, folder / "onnx")
deployment.quantize_int8(exported)
runtime_of = {name: deployment.OnnxClassifier(exported, name) for name in ("fp32", "int8")}
test_texts = parts["test"]["text"].tolist()
parity = deployment.check_parity(model, tokenizer, runtime_of["fp32"], test_texts[:parity_texts])
assert parity["same_labels"] == 1 and parity["max_difference"] < 1e-3, "the exported model is another one"
print(f"largest difference of a logit between torch and ONNX, both fp32: {parity['max_difference']:.1e}")
odd = [f"text {n}, " * n for n in range(1, 6)]  # five texts of five lengths, none of them seen in the export
assert np.allclose(runtime_of["fp32"].predict(odd), [runtime_of["fp32"].predict([text])[0] for text in odd], atol=1e-4)

# %% [markdown]
"""
The difference is rounding: the same sums in another order. The last line checks that batch and length are free: five texts
together get the same logits as one by one.

### Eight bits

*Quantisation* writes weights as small whole numbers. An eight-bit number has 256 values, a weight in fp32 has any. So the weights of a column, those
that make one output number, share one *scale*: it is chosen so that the largest of them, taken without its sign, becomes 63; the
others are rounded to whole numbers of scales. Why 63 and not 127, which eight bits would allow? Older processors add two products at a time in 16 bits,
and 2 × 255 × 63 is the most that fits. Here it is for one matrix of the exported model, its first attention query.
"""

# %% [markdown] lang="zh"
"""
这点差异是舍入误差：同样的和，换了一个相加的次序。最后一行检验批大小和长度是否真的自由：五条文本一起算，与逐条算得到的 logits 相同。

### 八位整数

量化就是把权重写成小整数。八位整数只有 256 个取值，fp32 的权重则几乎可以是任何数。所以同一列的权重，也就是算出同一个输出数的那些，共用一个*缩放系数*（scale）：选得让其中绝对值最大的那个正好成为 63，其余的除以缩放系数再取整。八位本可以用到 127，为什么只用到 63？较老的处理器把乘积两个两个地放进 16 位里相加，2 × 255 × 63 刚好还放得下。下面对导出模型的一个矩阵这样做，即第一层注意力的 query。
"""

# %% tags=["nbval-ignore-output"]
stored = {
    name: {tensor.name: tensor for tensor in onnx.load(exported / file).graph.initializer}
    for name, file in deployment.FILES.items()
}
name = next(key.removesuffix(".int8") for key in stored["int8"] if key.endswith(".int8"))
weights = onnx.numpy_helper.to_array(stored["fp32"][name])  # [in, out]
print(f"{weights.shape[0]} × {weights.shape[1]} weights, from {weights.min():.2f} to {weights.max():.2f}")

# %% tags=["nbval-ignore-output"]
scales = abs(weights).max(0) / 63  # [out]
whole = np.round(weights / scales).astype(int)
error = abs(whole * scales - weights)
print(f"one column's first weights: {weights[:4, 0].round(4)} = {scales[0]:.5f} × {whole[:4, 0]}, nearly")
print(f"error {error.mean():.4f} on average, {error.max():.4f} at most; an average weight {abs(weights).mean():.4f}")
print(f"bytes per weight: {1 + scales.nbytes / whole.size:.2f} instead of 4")

# %% [markdown]
"""
`quantize_int8` has done the same to all matrices of the linear layers, and the file tells: it holds the whole numbers and the scales.
"""

# %% [markdown] lang="zh"
"""
`quantize_int8` 对线性层的所有矩阵做了同样的事，这从文件里就能查到：里面存着这些整数和缩放系数。
"""

# %% tags=["nbval-ignore-output"]
in_file, scales_in_file = (onnx.numpy_helper.to_array(stored["int8"][f"{name}.{part}"]) for part in ("int8", "scale"))
assert (whole == in_file).all() and np.allclose(scales, scales_in_file, rtol=1e-6)
print(f"{whole.size:,} whole numbers and {scales.size} scales, all equal")

# %% [markdown]
"""
### Exercise 3.2f.D

The most common form of quantisation, as a function: `answer(weights)` takes a matrix [rows, columns] and returns a pair, whole numbers of the same shape and
scales [rows, 1]. The scale of a row is its largest weight, taken without its sign, over 127; the whole numbers are the weights over the scale, rounded. A row of
zeros stays a row of zeros.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.D

把最常见的一种量化写成函数：`answer(weights)` 接受一个 [行, 列] 的矩阵，返回一对值，即形状相同的整数和形状为 [行, 1] 的缩放系数。一行的缩放系数是该行绝对值最大的权重除以 127；整数是权重除以缩放系数，再四舍五入。全零的行仍为全零。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
def answer(weights):
    largest = abs(weights).max(1, keepdims=True)
    row_scales = np.where(largest > 0, largest / 127, 1)  # whatever it is, zeros stay zeros
    return np.round(weights / row_scales).astype(int), row_scales


### END SOLUTION
exercises.check("3.2f.D", answer)

# %% [markdown] tags=["solution"]
"""
One scale for each row, so that a row of small weights is not rounded by the steps of a row of large ones; without the sign, since the largest may be negative;
rounded, not cut off, which halves the error. A row of zeros has the scale 0, and 0 / 0 is no number: any other scale will do. Weight ≈ whole × scale, and no
error is above half a scale.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每行一个缩放系数，这样权重小的一行就不必按权重大的一行的步长来舍入；取绝对值，因为最大的可能是负数；要四舍五入，不要截断，误差因此减半。全零的行缩放系数是 0，而 0 / 0 不是数：换成别的任何系数都行。权重 ≈ 整数 × 缩放系数，误差都不超过半个缩放系数。
"""

# %% [markdown]
"""
### What it costs

In use the activations are rounded too, on the fly, each token by a scale of its own. Integer products are several times as fast on most
CPUs of the last years. Now the model *is* another one, a little: some logits move, and texts on the brink change sides. How much
accuracy that costs is a paired question on the same texts, and validation texts may help to answer it, because nothing was
chosen by them.
"""

# %% [markdown] lang="zh"
"""
### 代价有多大

推理时，激活值也要取整：在运行中进行，每个词元用自己的缩放系数。近年的多数 CPU 上，整数乘法要快好几倍。这时模型*确实*有点不同了：一些 logits 会移动，处在边缘的文本会换边。这要付出多少准确率，是同样文本上的配对问题；验证文本也可以用来回答，因为这里没有用它们作任何选择。
"""

# %% tags=["nbval-ignore-output"]
both = np.concatenate([labels["validation"], labels["test"]])
answers = {
    "as trained": np.concatenate([logits["validation"], logits["test"]]).argmax(1),
    "int8": runtime_of["int8"].predict(parts["validation"]["text"].tolist() + test_texts).argmax(1),
}
int8_loss = evaluation.difference(answers["int8"] == both, answers["as trained"] == both)
print(f"{(answers['int8'] != answers['as trained']).sum()} of {len(both)} answers changed; accuracy {int8_loss:+.1%}")
paths = {"torch, fp32": folder / "model.safetensors"}
paths |= {f"ONNX, {name}": exported / file for name, file in deployment.FILES.items()}
size_mib = pd.Series({name: path.stat().st_size / 2**20 for name, path in paths.items()})
(size_mib.rename("size on disk [MiB]").to_frame().assign(relative=size_mib / size_mib.iloc[0])).style.format("{:.2f}")

# %% [markdown]
"""
Changed answers can go either way: some become right, some wrong. That is why many changes can cost little, and why the
interval is what counts. The file shrinks by less than a factor of four, because the table of word vectors is looked up, not
multiplied, and stays in fp32; with `minilm` it is half of the model.

### In company

A service answers texts that arrive together in one batch. Does an answer then depend on who else asked? That is decided by which
activations share a scale. Three ways are in use: one scale for all numbers of the batch (ONNX Runtime's `quantize_dynamic`), one for each token (this
kit's), and one for each 128 numbers of a token (`quantize_int8(folder, "block")`). Before you run the cell: with which of them does company change
nothing at all? That was the third guess. Each text is asked alone and in a batch of 32.
"""

# %% [markdown] lang="zh"
"""
改变的答案有好有坏：有的由错变对，有的由对变错。所以改变很多，代价却可能很小；要紧的是区间。文件缩小不到四倍，因为词嵌入表只用来查找，不参与乘法，仍是 fp32；在 `minilm` 里它占了一半。

### 同批的影响

服务把同时到达的文本放在一批里回答。那么，答案会不会取决于还有谁在问？这要看哪些激活值共用一个缩放系数。常用的有三种：整批的数共用一个（ONNX Runtime 的 `quantize_dynamic`）；每个词元一个（本课程的做法）；词元内每 128 个数一个（`quantize_int8(folder, "block")`）。运行之前先想一想：用哪一种，同批有谁都丝毫不影响答案？这就是第三个猜测。下面每条文本问两次，一次单独，一次在 32 条的批里。
"""

# %% tags=["nbval-ignore-output"]
import shutil

from onnxruntime.quantization import quantize_dynamic

with tempfile.TemporaryDirectory() as elsewhere:
    blocks, batch = (Path(shutil.copytree(exported, Path(elsewhere, name))) for name in ("blocks", "batch"))
    deployment.quantize_int8(blocks, "block")
    logging.disable(logging.WARNING)
    quantize_dynamic(
        batch / deployment.FILES["fp32"], batch / deployment.FILES["int8"], per_channel=True, reduce_range=True
    )
    logging.disable(logging.NOTSET)
    of_batch, of_blocks = (deployment.OnnxClassifier(copy, "int8") for copy in (batch, blocks))
    scaled = {"the batch": of_batch, "each token": runtime_of["int8"], "128 numbers": of_blocks}
    moved = {}
    for name, form in scaled.items():
        alone, in_32 = (evaluation.probabilities(form.predict(test_texts[:parity_texts], size)) for size in (1, 32))
        moved[name] = abs(alone - in_32).max(1)
by_batch, by_token, by_block = most = [change.max() for change in moved.values()]
guess_company.settle(int(np.argmin(most)))
print(f"company changes a probability by up to {by_batch:.2g}, {by_token:.2g} and {by_block:.2g}")
assert by_token == 0, "company changed an answer"

# %% tags=["nbval-ignore-output"]
seen, states = {}, []  # of each text, what goes into the encoder's last linear layer [T, H]
linear = [layer for layer in model.eval().modules() if isinstance(layer, torch.nn.Linear)]
hooks = [layer.register_forward_pre_hook(lambda layer, given: seen.update({layer: given[0]})) for layer in linear]
with torch.inference_mode():
    for text in test_texts[:32]:
        model(**tokenizer(text, return_tensors="pt", truncation=True, max_length=max_length).to(model.device))
        states.append([given[0].float().cpu().numpy() for given in seen.values() if given.ndim == 3][-1])
for hook in hooks:
    hook.remove()
one = abs(states[0])
in_blocks = np.pad(one, ((0, 0), (0, -one.shape[1] % 128))).reshape(len(one), -1, 128)  # [T, blocks, 128]
step_of_batch = [abs(given).max() / 127 for given in (states[0], np.concatenate(states))]
step_of_token, step_of_block = one.max(1) / 127, in_blocks.max(2) / 127
print(f"one step for the batch: {step_of_batch[0]:.4f} alone, {step_of_batch[1]:.4f} in company")

# %% tags=["nbval-ignore-output"]
figure, (steps, moves) = plots.new_axes(2, width=8.4)
places = np.arange(1, len(one) + 1)
steps.axhline(step_of_batch[0], color=plots.VERMILION, linestyle=":", label="the batch, alone")
steps.axhline(step_of_batch[1], color=plots.VERMILION, label=f"the batch, with {len(states) - 1} others")
steps.plot(places, step_of_token, "o", color=plots.BLUE, label="each token")
steps.plot(np.repeat(places, in_blocks.shape[1]), step_of_block.ravel(), ".", color=plots.ORANGE, label="128 numbers")
steps.set(ylim=(0, 1.5 * step_of_batch[1]), xlabel="token of the first test text", ylabel="one step of rounding")
steps.legend(frameon=False, fontsize="small", ncols=2, loc="upper center")
for row, (change, color) in enumerate(zip(moved.values(), (plots.VERMILION, plots.BLUE, plots.ORANGE), strict=True)):
    moves.plot(row + np.linspace(-0.3, 0.3, len(change)), np.sort(change), ".", color=color)
moves.set(xticks=range(3), xticklabels=list(moved), xlabel="one scale for", ylabel="change of a probability by company")
moves.set_yscale("symlog", linthresh=1e-7)
moves.set(yticks=[0, 1e-6, 1e-4, 1e-2, 1], ylim=(-2e-8, 1))
moves.minorticks_off()
plots.show(
    figure,
    alt="Left: steps of rounding in the encoder's last linear layer. Each token's own and those of its blocks are the same in any company; "
    f"the batch's is {step_of_batch[0]:.3f} alone and {step_of_batch[1]:.3f} in company. Right: what company changes in the probabilities of "
    f"{len(alone)} texts: at most {by_batch:.2g} with a scale for the batch, {by_block:.2g} with one for each 128 numbers, {by_token:.2g} with "
    "one for each token.",
)

# %% [markdown]
"""
With a scale for the batch, the largest number of all texts sets everybody's step, and a text is rounded more coarsely because of strangers. A token's own scale
knows no other text, nor does a block's. Why do answers by block move all the same, a little? The blocks' sums are multiplied by their scales and added in fp32, where
the order counts, and a batch of another size may be added up in another order. That is a difference in the last digit; now and then it pushes an activation to the
next whole number, and eight bits enlarge it: on 1,821 film reviews a probability moved by up to 0.013 (`tests/bench/deployment_speed.py`). With a scale per token
a sum is complete before it meets a scale, and whole numbers add up to the same in any order; what stays in fp32 one thread computes, in one order.
"""

# %% [markdown] lang="zh"
"""
整批共用一个缩放系数时，所有文本中最大的数决定大家的步长，一条文本会因为不相干的文本而取整得更粗。词元自己的缩放系数不理会别的文本，块的也一样。那么按块缩放时，答案为什么还会有一点变动？因为每一块的和要先乘上缩放系数，再以 fp32 相加，这时次序有影响，而批的大小一变，次序就可能不同。这只是末位上的出入，但偶尔会把激活值推到相邻的整数上，于是被八位整数放大：在 1,821 条影评上，概率最多变动 0.013（`tests/bench/deployment_speed.py`）。按词元缩放时，先把整个整数和算完，再乘缩放系数，而整数怎样相加都得到同一个结果；留在 fp32 里的部分由一个线程按固定的次序计算。
"""

# %% [markdown]
"""
### Speed

Two measures, and they are different things. *Latency*: how long does one request wait, alone. *Throughput*: how many texts per second
when they come in batches. We compare the usual way (`pipeline` of transformers, given 32 texts at a time: without `batch_size=32` it takes them one by one and is
about half as fast), torch in both precisions with batches sorted by length, and ONNX Runtime. All
predictors take turns on the same texts; the ratios are relative to the pipeline, because seconds depend on the machine and on what else it does.
"""

# %% [markdown] lang="zh"
"""
### 速度

有两种度量，它们不是一回事。*延迟*：单独一个请求要等多久。*吞吐量*：成批到来时，每秒处理多少条文本。我们比较通常的做法（transformers 的 `pipeline`，每次给它 32 条；不写 `batch_size=32`，它就逐条处理，只有一半左右的速度）、两种精度的 torch（批按长度排序）和 ONNX Runtime。各个预测器在同样的文本上轮流运行；表中的比值以 pipeline 为准，因为秒数取决于机器，也取决于机器当时还在做什么。
"""


# %% tags=["nbval-ignore-output"]
def by_torch(precision: runtime.Precision):
    def predict(texts: list[str]) -> np.ndarray:
        cut = data.tokenize(tokenizer, texts, [0] * len(texts), max_length)
        return evaluation.predict(model, cut, batch_size=32, precision=precision)

    return predict


logging.disable(logging.ERROR)  # the pipeline does not know the class of minilm's head, and says so at length
usual = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device=model.device)
logging.disable(logging.NOTSET)
predictors = {
    "transformers pipeline, fp32": lambda texts: usual(texts, batch_size=32, truncation=True),
    "torch, fp32": by_torch("fp32"),
    "torch, bf16": by_torch("bf16"),
    "ONNX Runtime, fp32": runtime_of["fp32"].predict,
    "ONNX Runtime, int8": runtime_of["int8"].predict,
}
for_speed = np.resize(test_texts, speed_texts).tolist()  # from the start again where there are fewer
speed = deployment.measure_speed(predictors, for_speed, rounds=speed_rounds)
guess_fastest.settle(int(speed["texts_per_s"].argmax()))
speed.style.format("{:.1f}", subset=["p50_ms", "p95_ms"]).format("{:.0f}", subset="texts_per_s").format(
    "{:.2f}", subset=["latency", "throughput"]
)

# %% [markdown]
"""
In the last two columns, smaller latency and larger throughput are better. Two readings hold on most machines. Torch pays a
price per call, for dozens of small operations in Python, that a batch of one feels most; ONNX Runtime runs the whole graph in one call. And bf16 helps
only a CPU that has it in hardware. A ratio from so few texts is rough; `tests/bench/deployment_speed.py` takes more time.
"""

# %% [markdown] lang="zh"
"""
最后两列里，延迟的比值越小越好，吞吐量的比值越大越好。有两点在多数机器上都成立。torch 每次调用都要为 Python 里的几十个小操作付出开销，批大小为一时最明显；ONNX Runtime 一次调用就跑完整张图。bf16 只对硬件支持它的 CPU 有用。文本这么少，比值只是粗略的；`tests/bench/deployment_speed.py` 用更长的时间来测。
"""

# %% [markdown]
"""
## 5 The service

A model is in use when a program that knows nothing of Python can ask it. `service.build_app` puts the classifier behind
HTTP: one text or several, health, metrics, a page to try it and a description of the interface. It refuses what it cannot
answer and says why, limits sizes, and gathers requests that arrive together into one batch. By default it listens on this
machine only. For a model that a run has kept, the command line does the same:

- `talentlab run 03_2f -p output_folder=my_model` runs this chapter and keeps model, ONNX files and card;
- `talentlab serve my_model` serves them, with the page at the address that it prints.

Here the service runs inside the notebook, on any free port, while the next cells play its customers.
"""

# %% [markdown] lang="zh"
"""
## 5 服务

一个对 Python 一无所知的程序也能向模型提问，模型才算投入使用。`service.build_app` 给分类器套上 HTTP：一条或多条文本、健康检查、指标、一个试用页面和一份接口说明。它拒绝回答不了的请求并说明原因，限制大小，还把同时到达的请求合成一批。默认只在本机监听。如果运行时保存了模型，用命令行也能做同样的事：

- `talentlab run 03_2f -p output_folder=my_model` 运行本章，保存模型、ONNX 文件和模型卡；
- `talentlab serve my_model` 提供服务，试用页面就在它打印的地址上。

这里，服务在笔记本内部运行，端口任选一个空闲的；接下来的单元格扮演它的客户。
"""

# %% tags=["nbval-ignore-output"]
running = ExitStack()
app = service.build_app(runtime_of["int8"], info={"model": model_name, "precision": "int8"})
address = running.enter_context(service.running(app))
print("health:", requests.get(f"{address}/health", timeout=10).json())
page = requests.get(address, timeout=10).text
print("page:", page.partition("<h1>")[2].partition("</h1>")[0], "· open the address of `talentlab serve` to use it")

# %% tags=["nbval-ignore-output"]
one = requests.post(f"{address}/predict", json={"text": test_texts[0]}, timeout=10)
print(test_texts[0][:100], "→", one.json())
served = []
for start in range(0, len(test_texts), 64):
    reply = requests.post(f"{address}/predict_batch", json={"texts": test_texts[start : start + 64]}, timeout=60)
    served += [answer["label"] for answer in reply.json()]
served = np.array([names.index(label) for label in served])
assert len(served) == len(test_texts), "an answer was lost"
print(f"{len(served)} texts in batches, {(served == labels['test']).mean():.1%} right")

# %% [markdown]
"""
### Bad requests

Half of a service is what it does with requests that make no sense. The status 422 means: understood, but not acceptable;
the reply says which part is wrong and what was expected, and never repeats the input.
"""

# %% [markdown] lang="zh"
"""
### 不合格的请求

一个服务有一半功夫花在没有意义的请求上。状态码 422 的意思是：看懂了，但不能接受；回复会指出哪一部分有错、应当是什么样，并且从不复述输入。
"""

# %% tags=["nbval-ignore-output"]
bad = {
    "an empty text": {"text": "  "},
    "a number": {"text": 7},
    "another name": {"txt": "fine"},
    "too long": {"text": "a" * 20_000},
}
for what, body in bad.items():
    reply = requests.post(f"{address}/predict", json=body, timeout=10)
    assert reply.status_code == 422
    print(f"{what:>14}: {reply.status_code} {reply.json()['detail'][0]}")
print("expected:", reply.json()["expected"])

# %% [markdown]
"""
### Requests that arrive together

Customers do not wait for one another. Forty requests from sixteen threads arrive at once; the service lets each wait some
milliseconds for others and predicts them together. The metrics, in the text form of Prometheus, show how many batches the
texts were served in.
"""

# %% [markdown] lang="zh"
"""
### 同时到达的请求

客户不会彼此等待。十六个线程同时发来四十个请求；服务让每个请求等上几毫秒，看有没有别的请求，然后一起预测。指标采用 Prometheus 的文本格式，从中可以看到这些文本分成了多少批。
"""


# %% tags=["nbval-ignore-output"]
def batches_and_texts() -> tuple[int, int]:
    lines = requests.get(f"{address}/metrics", timeout=10).text.splitlines()
    counts = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return int(float(counts["talentlab_batches_total"])), int(float(counts["talentlab_texts_total"]))


def ask(text: str) -> str:
    return requests.post(f"{address}/predict", json={"text": text}, timeout=60).json()["label"]


before = batches_and_texts()
with ThreadPoolExecutor(16) as customers:
    together = list(customers.map(ask, np.resize(test_texts, 40).tolist()))
after = batches_and_texts()
print(f"{after[1] - before[1]} texts in {after[0] - before[0]} batches")
alone = np.array(names)[np.resize(served, 40)]
print(f"the same answers as before: {np.mean(np.array(together) == alone):.0%}")

# %% [markdown]
"""
That is not to be taken for granted. With one scale for the whole batch, 1.5 to 1.7 % of 1,821 film reviews changed sides with the texts beside them, and a
probability moved by as much as 0.26 (`tests/bench/deployment_speed.py`). Here each token has a scale of its own, and answers are the same to the last
digit.

Now the other half of the sentence, the model is deployed into use. The service answered every test text, so the step is done; the
question is what it cost. The tolerated loss is a parameter (`tolerated_loss`), set before the figures were seen; the interval is over
texts, for this one model.
"""

# %% [markdown] lang="zh"
"""
这并不是理所当然的。整批共用一个缩放系数时，1,821 条影评里有 1.5% 到 1.7% 因同批文本不同而换了边，概率最多变动 0.26（`tests/bench/deployment_speed.py`）。这里每个词元有自己的缩放系数，答案分毫不差。

现在看那句话的后一半：把模型投入使用。服务回答了每一条测试文本，这一步已经完成；问题是付出了多少代价。可以容忍的损失是一个参数（`tolerated_loss`），在看到数字之前就已定下；区间按文本计算，只针对这一个模型。
"""

# %% tags=["nbval-ignore-output"]
through = np.concatenate([answers["int8"][: len(labels["validation"])], served])
cost = evaluation.difference(through == both, answers["as trained"] == both)
claims.record(
    "3.2-deployment",
    reference=f"a step, carried out here; against the model in torch a loss of at most {tolerated_loss:.1%} is tolerated",
    measured=f"int8 service: all {len(served)} test texts answered, accuracy {cost:+.1%} over {len(both)} texts, "
    f"{speed.at['ONNX Runtime, int8', 'throughput']:.1f} times the throughput of the pipeline in batches of 32",
    verdict="true as a description",
)
print("within the tolerated loss:", {True: "yes", False: "no", None: "not decided"}[
    evaluation.verdict(cost, -tolerated_loss, seeds=None)])  # fmt: skip
running.close()
try:
    requests.get(f"{address}/health", timeout=2)
except requests.ConnectionError:
    print("the service has stopped")

# %% [markdown]
"""
## 6 After the launch

In use there are no labels, at first. Accuracy cannot be watched; what arrives can. Three signs cost nothing: how long the texts
are, how many pieces the tokenizer needs per word (a foreign vocabulary falls into crumbs, and signs that it never saw become
`[UNK]`), and how sure the model is. For each sign the newcomers are compared with the test texts; a Kolmogorov-Smirnov test says
whether both could come from the same source. Four deliveries to try it on: texts of the kind that we know, the same with typos,
with emoji, and sentences from a programming manual.
"""

# %% [markdown] lang="zh"
"""
## 6 上线之后

刚投入使用时没有标签。准确率没法看，来的是什么样的文本却看得到。有三种迹象不花成本：文本有多长；分词器每个单词要用几个片段（陌生的词汇会碎成渣，从没见过的符号会变成 `[UNK]`）；模型有多确定。对每种迹象，拿新来的文本与测试文本比较；Kolmogorov-Smirnov 检验说明两者是否可能出自同一来源。用四批来试：我们熟悉的那类文本；同样的文本加上错别字；加上表情符号；以及编程手册里的句子。
"""

# %%
known = parts["validation"]["text"].tolist()[:100]
manual = docstring_corpus.load_docstring_corpus(["click"]).texts[:100]
deliveries = {
    "as before": known,
    "with typos": data.add_typos(known, 0.4, seed),
    "with emoji": [f"{text} 🤦🫠" for text in known],
    "a manual": manual,
}


def signs(texts: list[str]) -> pd.DataFrame:
    """What can be seen of each text without its label."""
    pieces = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    sure = evaluation.probabilities(runtime_of["int8"].predict(texts), temperature).max(1)
    words = [max(1, len(text.split())) for text in texts]
    unknown = [sum(piece == tokenizer.unk_token_id for piece in row) / max(1, len(row)) for row in pieces]
    return pd.DataFrame({"length [tokens]": [len(row) for row in pieces], "unknown share": unknown, "confidence": sure,
                         "pieces per word": [len(row) / n for row, n in zip(pieces, words, strict=True)]})  # fmt: skip


# %% tags=["nbval-ignore-output"]
expected = signs(test_texts[:100])
level = 0.01 / expected.shape[1]  # four looks at each delivery share one chance of a false alarm in a hundred
rows = {"test texts": expected.mean().map("{:.3g}".format)}
for name, texts in deliveries.items():
    found = signs(texts)
    alarm = [stats.ks_2samp(found[sign], expected[sign]).pvalue < level for sign in expected]
    rows[name] = [f"{mean:.3g}{' ◀ alarm' if rings else ''}" for mean, rings in zip(found.mean(), alarm, strict=True)]
pd.DataFrame(rows, index=expected.columns).T

# %% [markdown]
"""
The signs of the input raise an alarm where the texts have changed. Watch the confidence: a classifier has to distribute its
probability over the classes that it knows, and may be as sure of a manual, in which nobody is satisfied or not, as of a review. A confidence
that stays the same is no all-clear. Nor is an alarm a verdict: it says that the texts have changed, not that the answers are worse. What
follows is work for people: read fifty of the new texts, label them, measure; then adapt thresholds, or train again.

What to keep an eye on, then: every day the signs above, requests refused and latency (`/metrics`); every week a few dozen texts
labelled by hand, as a small test set of the present; at each new training the card beside the old card.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 3.2f.1

An accuracy of 80 % shall be known to ± 2 points (95 %, normal interval). How many test texts does that take? Answer with
a whole number.
"""

# %% [markdown] lang="zh"
"""
文本变了，输入的迹象就会报警。请留意置信度：分类器只能把概率分给它认识的类别；一本手册里没有人满意或不满意，它却可能和面对评论时一样确定。置信度没有变化，不等于平安无事。报警也不等于定论：它说文本变了，没有说回答变差了。接下来是人的工作：读五十条新文本，打上标签，测量；然后调整阈值，或者重新训练。

那么该盯住什么：每天看上面这些迹象、被拒绝的请求和延迟（`/metrics`）；每周人工标注几十条，作为反映当下的小测试集；每次重新训练，把新卡放在旧卡旁边。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 3.2f.1

要把 80% 的准确率测到 ± 2 个百分点（95%，正态区间），需要多少条测试文本？用一个整数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
answer = np.ceil(1.96**2 * 0.8 * 0.2 / 0.02**2)
### END SOLUTION
exercises.check("3.2f.1", answer)

# %% [markdown] tags=["solution"]
"""
The half-width is 1.96 · √(p (1 − p) / n); set it to 0.02 with p = 0.8 and solve for n: 1,536.64. Rounded up, since 1,536 texts give an interval that is a
little too wide. The 300 texts of this chapter give ± 4.5 points.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
半宽是 1.96 · √(p (1 − p) / n)；令它等于 0.02，p = 0.8，解出 n：1,536.64。要向上取整，因为 1,536 条的区间还略宽一点。本章的 300 条文本对应 ± 4.5 个百分点。
"""

# %% [markdown]
"""
### Exercise 3.2f.2

Of 300 test texts, model A alone gets 18 right, model B alone 6; on the others they agree. What is the two-sided p-value of
McNemar's exact test? Three decimals are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.2

300 条测试文本中，只有模型 A 答对的有 18 条，只有模型 B 答对的有 6 条，其余两者一致。McNemar 精确检验的双侧 p 值是多少？保留三位小数即可。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = 2 * stats.binom.cdf(6, 18 + 6, 0.5)
### END SOLUTION
exercises.check("3.2f.2", answer)

# %% [markdown] tags=["solution"]
"""
Only 24 texts tell the models apart. If neither is better, each of them goes to A or B like a fair coin: 6 or fewer for B has the probability 0.011, and as
extreme the other way the same. The other 276 texts say nothing about which model is better.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只有 24 条文本能区分两个模型。如果两者一样好，每一条归 A 还是归 B 就像掷一枚公平的硬币：B 得 6 条或更少的概率是 0.011，反方向同样极端的概率与它相等。其余 276 条文本不能说明哪个模型更好。
"""

# %% [markdown]
"""
### Exercise 3.2f.3

Twenty variants of a model are equally good and are tried on twenty independent test sets. Each gets a 95 % interval, which
errs as often upwards as downwards. With which probability does at least one interval lie wholly *above* the true accuracy?
Answer with a number between 0 and 1, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.3

一个模型的二十个变体其实一样好，各在一个独立的测试集上试一次，各得到一个 95% 区间；区间偏高和偏低的机会相等。至少有一个区间整个落在真实准确率*之上*的概率是多少？用 0 到 1 之间的数作答，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = 1 - 0.975**20
### END SOLUTION
exercises.check("3.2f.3", answer)

# %% [markdown] tags=["solution"]
"""
One interval lies wholly above the truth with probability 0.025, does not with 0.975; none of twenty independent ones does with 0.975²⁰ = 0.60. So in four
searches of ten somebody can report a variant "significantly above" what all of them are.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
一个区间整个落在真值之上的概率是 0.025，不落在之上的概率是 0.975；二十个独立的区间都不如此的概率是 0.975²⁰ = 0.60。所以十次这样的搜索里有四次，会有人报告某个变体“显著高于”它们共同的真实水平。
"""

# %% [markdown]
"""
### Exercise 3.2f.4

A model with two classes returns the logits (2, 0). Which probability does it give to the first class at temperature 2? Answer with a
number between 0 and 1, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.4

一个两类模型返回的 logits 是 (2, 0)。温度为 2 时，它给第一类的概率是多少？用 0 到 1 之间的数作答，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=1 minutes=3
### BEGIN SOLUTION
answer = evaluation.probabilities([[2.0, 0.0]], 2.0)[0, 0]
### END SOLUTION
exercises.check("3.2f.4", answer)

# %% [markdown] tags=["solution"]
"""
The logits (2, 0) become (1, 0), and softmax gives e / (e + 1) = 0.73 instead of 0.88. The first class stays the answer: dividing by a positive number keeps the
order.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
logits (2, 0) 变成 (1, 0)，softmax 给出 e / (e + 1) = 0.73，而不是 0.88。答案仍是第一类：除以一个正数不改变次序。
"""

# %% [markdown]
"""
### Exercise 3.2f.5

Compute the equal-opportunity gap of these twelve answers: the difference between the true positive rates of the groups `a`
and `b`. Answer with a number between 0 and 1, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.5

计算下面十二个回答的机会均等差距，即 `a`、`b` 两组真正率之差。用 0 到 1 之间的数作答，保留两位小数。
"""

# %% tags=["exercise"] kind="code" difficulty=1 importance=2 minutes=4
twelve = pd.DataFrame(
    {
        "group": list("aaaaaabbbbbb"),
        "label": [1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0],
        "said": [1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0],
    }
)
### BEGIN SOLUTION
hit_rates = twelve[twelve["label"] == 1].groupby("group")["said"].mean()
answer = abs(hit_rates["a"] - hit_rates["b"])
### END SOLUTION
exercises.check("3.2f.5", answer, twelve=twelve)

# %% [markdown] tags=["solution"]
"""
Only the rows with label 1 count: in `a` 3 of 4 are found, in `b` 1 of 3. The rows with label 0 make the false positive rates, which differ by another
amount; accuracy mixes both.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只看标签为 1 的行：`a` 组 4 条里找出 3 条，`b` 组 3 条里找出 1 条。标签为 0 的行决定假正率，两组的差距是另一个数；准确率则把两者混在一起。
"""

# %% [markdown]
"""
### Exercise 3.2f.6

Train a fresh model twice on `few`, the first 48 training texts, by `training.fit` with this chapter's rate and batches of 16: for 1 epoch, and for 5. Keep all
but the last two layers as they are (`models.freeze(fresh, "layers:4")`). Look at both loss curves, and fit a temperature to each on the validation texts. Answer with a
dictionary: epochs → (history, validation logits, temperature). And say to yourself which of the two promises more than it holds.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2f.6

取前 48 条训练文本 `few`，用 `training.fit` 训练一个新模型两次，学习率用本章的，每批 16 条：一次 1 轮，一次 5 轮。只训练最后两层，其余保持不变（`models.freeze(fresh, "layers:4")`）。看两条损失曲线，并在验证集上各拟合一个温度。用一个字典作答：轮数 →（history，验证集 logits，温度）。再想一想：两者中哪一个过于自信？
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=3 importance=2 minutes=10
few = data.tokenize(tokenizer, parts["train"]["text"][:48], parts["train"]["label"][:48], max_length)
### BEGIN SOLUTION
answer = {}
for epochs in (1, 5):
    _, fresh = models.load_pretrained(model_name, num_labels=len(names), class_names=names, seed=seed)
    models.freeze(fresh, "layers:4")
    curve = training.fit(fresh, few, learning_rate=learning_rate, num_epochs=epochs, batch_size=16, seed=seed)
    outputs = evaluation.predict(fresh, tokens["validation"])
    answer[epochs] = curve, outputs, evaluation.fit_temperature(labels["validation"], outputs)
### END SOLUTION
exercises.check("3.2f.6", answer, labels=labels["validation"], learning_rate=learning_rate)

# %% [markdown] tags=["solution"]
"""
The more often it sees the same 48 texts, the lower its training loss and the surer its answers, also to texts that it has not seen, where it has less reason
to be. So the temperature rises with the epochs: below 1 for a model that hardly moved, higher for the other. Above 1 it promises more than it holds. The training loss
cannot show it; only held-out texts can.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
同样的 48 条文本看得越多，训练损失越低，回答也越有把握，对没见过的文本也是这样，而那里它并没有那么多理由。所以温度随轮数升高：几乎没怎么学的模型低于 1，另一个较高。高于 1，说明它许诺的多于它做到的。训练损失看不出这一点，只有留出的文本看得出。
"""

# %% [markdown]
"""
### On record

Every figure of this chapter that later runs should be compared by goes on record.
"""

# %% [markdown] lang="zh"
"""
### 记录

本章里供以后的运行作比较的数字，都记录下来。
"""

# %% tags=["nbval-ignore-output"]
claims.report(
    accuracy=accuracy,
    f1=by_bootstrap["f1"],
    gain_over_frozen=gain,
    temperature=temperature,
    ece=ece["as trained"],
    ece_with_temperature=ece["with temperature"],
    true_positive_gap=gaps["true positive rate"][0],
    false_positive_gap=gaps["false positive rate"][0],
    parity=parity["max_difference"],
    deployment_cost=cost,
    int8_throughput=float(speed.at["ONNX Runtime, int8", "throughput"]),
    int8_size=float(size_mib["ONNX, int8"] / size_mib["torch, fp32"]),
)

# %% [markdown]
"""
## Recap

- A figure from a test set is one draw. Wilson's interval serves shares, the bootstrap other metrics on a few hundred texts; a promise
  about intervals can be checked by simulation.
- Two models are compared on the same texts, by those on which they differ. Folds and repetitions are not independent; the
  best of many looks good by luck.
- Test texts that were in the training are found as copies by their n-grams, and otherwise by a lower loss than fresh texts have, beside a model that is
  clean.
- Slices, calibration and gaps between groups show what the mean hides, and each needs its own yardstick of chance.
- A card that the run fills in cannot forget; limits and licence are for people to state.
- An exported model is tested against its original, a quantised one is measured; then served, with refusals that explain themselves,
  and watched by what arrives.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 测试集给出的数字只是一次抽样。比例用 Wilson 区间，几百条文本上的其他指标用自助法；区间是否守信，可以用模拟来检验。
- 两个模型要在同样的文本上比较，看的是两者不一致的文本。各折、各次重复并不独立；试得多了，最好的那个靠运气也会显得好。
- 训练时见过的测试文本：原样的副本可由 n-gram 查出；改动过的，要与干净的模型对照，看损失是否低于全新文本。
- 切片、校准和组间差距揭示平均值掩盖的东西，而每一样都需要自己的“随机”参照。
- 由运行结果填写的模型卡不会遗忘；局限和许可则要由人来写。
- 导出的模型要与原模型对照检验，量化的模型要测量；然后提供服务，拒绝时说明理由，并根据到来的文本持续监控。

## 自测
"""

# %%
quizzes.ask("3.2f")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Wilson 1927: *Probable inference, the law of succession, and statistical inference*, JASA 22; Brown, Cai, DasGupta 2001: *Interval
  estimation for a binomial proportion*, Statistical Science 16: coverage of the usual intervals.
- Efron, Tibshirani 1993: *An Introduction to the Bootstrap*.
- McNemar 1947: *Note on the sampling error of the difference between correlated proportions*, Psychometrika 12.
- Dietterich 1998: *Approximate statistical tests for comparing supervised classification learning algorithms*, Neural Computation 10.
- Nadeau, Bengio 2003: *Inference for the generalization error*, Machine Learning 52; Bengio, Grandvalet 2004: *No unbiased estimator
  of the variance of k-fold cross-validation*, JMLR 5.
- Dwork et al. 2015: *The reusable holdout*, Science 349: what looking often does, and a remedy.
- Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165, appendix C: sequences of 13 words. Watson, Guo, Cormode, Sablayrolles 2021: *On
  the importance of difficulty calibration in membership inference attacks*, arXiv 2111.08440: the loss beside that of a clean model.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Wilson 1927：*Probable inference, the law of succession, and statistical inference*，JASA 22；Brown, Cai, DasGupta 2001：*Interval estimation for a binomial proportion*，Statistical Science 16。常用区间的覆盖率。
- Efron, Tibshirani 1993：*An Introduction to the Bootstrap*。
- McNemar 1947：*Note on the sampling error of the difference between correlated proportions*，Psychometrika 12。
- Dietterich 1998：*Approximate statistical tests for comparing supervised classification learning algorithms*，Neural Computation 10。
- Nadeau, Bengio 2003：*Inference for the generalization error*，Machine Learning 52；Bengio, Grandvalet 2004：*No unbiased estimator of the variance of k-fold cross-validation*，JMLR 5。
- Dwork et al. 2015：*The reusable holdout*，Science 349。反复查看的后果，以及一种补救办法。
- Brown et al. 2020：*Language models are few-shot learners*，arXiv 2005.14165，附录 C。13 个单词的序列。Watson, Guo, Cormode, Sablayrolles 2021：*On the importance of difficulty calibration in membership inference attacks*，arXiv 2111.08440。与干净模型的损失相比。
"""

# %% [markdown]
"""
- Guo, Pleiss, Sun, Weinberger 2017: *On calibration of modern neural networks*, arXiv 1706.04599.
- Hardt, Price, Srebro 2016: *Equality of opportunity in supervised learning*, arXiv 1610.02413; Chouldechova 2017, arXiv 1703.00056;
  Kleinberg, Mullainathan, Raghavan 2016, arXiv 1609.05807: what cannot be had at once.
- Mitchell et al. 2019: *Model cards for model reporting*, arXiv 1810.03993.
- Jacob et al. 2018: *Quantization and training of neural networks for efficient integer-arithmetic-only inference*, arXiv 1712.05877.
- Liu, Gardner, Belinkov, Peters, Smith 2019: *Linguistic knowledge and transferability of contextual representations*, arXiv
  1903.08855: which layers transfer.
- Rabanser, Günnemann, Lipton 2019: *Failing loudly*, arXiv 1810.11953: tests for a shift of the input.
"""

# %% [markdown] lang="zh"
"""
- Guo, Pleiss, Sun, Weinberger 2017：*On calibration of modern neural networks*，arXiv 1706.04599。
- Hardt, Price, Srebro 2016：*Equality of opportunity in supervised learning*，arXiv 1610.02413；Chouldechova 2017，arXiv 1703.00056；Kleinberg, Mullainathan, Raghavan 2016，arXiv 1609.05807。哪些公平无法兼得。
- Mitchell et al. 2019：*Model cards for model reporting*，arXiv 1810.03993。
- Jacob et al. 2018：*Quantization and training of neural networks for efficient integer-arithmetic-only inference*，arXiv 1712.05877。
- Liu, Gardner, Belinkov, Peters, Smith 2019：*Linguistic knowledge and transferability of contextual representations*，arXiv 1903.08855。哪些层更能迁移。
- Rabanser, Günnemann, Lipton 2019：*Failing loudly*，arXiv 1810.11953。检验输入漂移。
"""

# %% [markdown]
"""
## Next

Put your own data through it: `talentlab run 03_2f -p dataset=my.csv -p group_column=region -p output_folder=my_model`, then
`talentlab serve my_model`. [Chapter 3.3](03_3_trade_offs.ipynb) weighs what the six steps give against what they cost.
"""

# %% [markdown] lang="zh"
"""
## 下一步

换上你自己的数据：`talentlab run 03_2f -p dataset=my.csv -p group_column=region -p output_folder=my_model`，然后 `talentlab serve my_model`。[第 3.3 章](03_3_trade_offs.ipynb)权衡这六步的收益与代价。
"""
