# %% [markdown]
"""
# 3.2e · Step 5: ensembling

*模型集成*

The document's fifth step combines several models, by stacking or voting, and promises performance and robustness. You
build each kind of ensemble here, measure both promises separately, and pay the bill: members, training, memory.

**You will be able to**

- say from accuracy and correlation of errors what a vote can gain,
- combine members by hard, soft and weighted votes, by bagging and by stacking without a leak,
- get an ensemble from one training (snapshots), and one model from several (averaged weights, distillation),
- measure robustness under typos, dropped words and a foreign sector, apart from accuracy,
- hold the gain against the cost, with intervals that include the seeds.

**Time** 45 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 3.2e · 第五步：模型集成

原文的第五步用堆叠或投票把多个模型组合起来，承诺性能和鲁棒性都会提高。本章把各种集成逐一搭出来，把这两项承诺分开测量，再算一笔账：成员数、训练量和内存。

**学完本章，你能够**

- 根据准确率和错误的相关性，判断投票最多能带来什么；
- 用硬投票、软投票、加权投票、bagging 和不泄漏的堆叠来组合成员；
- 从一次训练得到一个集成（快照集成），从几个模型得到一个模型（权重平均、蒸馏）；
- 测量错别字、丢词和陌生行业下的鲁棒性，并与准确率区分开来；
- 用计入随机种子的置信区间，把收益和代价放在一起比较。

**时间** 阅读和动手 45 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; found by its name if None
domain_column: str | None = "sector"  # column of which one value is held out, to test on foreign texts; none if None
held_out: str = "manufacturing"  # that value
model_name: str = "minilm"  # bundled model, a folder, or a Hub id of a BERT-shaped model
num_hidden_layers: int | None = 3  # layers of the encoder that are kept, from below; all if None
train_texts: int = 320  # labelled texts that members learn from
unlabelled_texts: int = 80  # further training texts whose labels are thrown away, for distillation
exam_texts: int = 120  # at most so many texts in each test
seeds: list[int] = [0, 1, 2]  # of the fine-tuned members; two at least
seed_votes: int = 1  # votes that share the seeds out among them; five or more show their own spread
bootstrap_members: int = 16  # word-count models in the bagging
folds: int = 3  # of the out-of-fold predictions
cycles: int = 2  # of the snapshot ensemble
learning_rate: float = 6e-4  # peak of AdamW's learning rate
num_epochs: int = 2  # passes over the training texts, of each member
batch_size: int = 16  # texts per optimizer step [sequences]
max_length: int = 48  # longer texts lose their end [tokens]
typo_share: float = 0.3  # share of words that get one typo
drop_share: float = 0.3  # share of words that are taken away
freeze: str = "layers:1"  # none, word_embeddings, embeddings, layers:K or all_but_head
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of the head's weights, the choice of texts, folds and typos

# %% [markdown]
"""
Everything in the cell above can be changed from outside: `talentlab params 03_2e` lists the names with their meaning.

## When a vote helps

![Three members are each right on four of five texts. Where each errs on another text, the majority is right on all five; where all err on the same text, on four.](images/vote_of_three.svg)

On both sides each member is right on four texts of five. Only on the left does asking three of them help. How much an *ensemble* gains
depends on how good its members are, and on whether they err on different texts.
"""

# %% [markdown] lang="zh"
"""
上面单元格里的设置都可以从外部修改：`talentlab params 03_2e` 列出它们的名称和含义。

## 什么时候投票有用

![三个成员在五条文本中各答对四条。各错各的，多数票五条全对；都错在同一条上，多数票只对四条。](images/vote_of_three.zh.svg)

左右两边，每个成员都是五条对四条，但只有左边问三个成员才有用。一个*集成*能有多少收益，既看成员有多好，也看它们是否错在不同的文本上。
"""

# %%
import copy
from dataclasses import replace
from itertools import combinations

import ipywidgets
import numpy as np
import pandas as pd
import torch
from scipy.stats import norm
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.utils import resample

from talentlab import data, ensembling, evaluation, models, plots, training
from talentlab.course import claims, exercises, guesses, quizzes

# %% [markdown]
"""
Three questions before anything runs. Answer as well as you can; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，凭现在的了解作答即可。章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.2e", "before")

# %% [markdown]
"""
And three figures of this chapter to guess. Set your answers now; the chapter comes back to each when it has measured.
"""

# %% [markdown] lang="zh"
"""
再猜本章的三个结果。现在就定下来，每一个测量之后都会回头对照。
"""

# %%
guess_differ = guesses.guess("3.2e.two_seeds")
guess_gain = guesses.guess("3.2e.vote_gain")
guess_trust = guesses.guess("3.2e.leak")

# %% [markdown]
"""
## 1 The texts, and what a vote can gain

### Four exams

Members are compared on four sets of texts that none of them was trained on: the plain test texts; the same texts with
typos; the same texts with words dropped; and texts of a sector that was kept out of training altogether. The first
measures performance. The typos and the dropped words measure what the document calls robustness: the same texts, only worse. The
other sector has other texts, which may be harder or easier than those at home; it shows whether a gain carries over.

The remaining training texts are divided once more: some keep their labels, the others lose them and wait for the end of
the chapter.
"""

# %% [markdown] lang="zh"
"""
## 1 文本，以及投票能带来什么

### 四场考试

比较各个成员，用四组它们都没有训练过的文本：普通测试文本；同样的文本，加入错别字；同样的文本，丢掉一些词；还有一个在训练中完全没有出现过的行业的文本。第一组衡量性能。错别字和丢词衡量原文所说的鲁棒性：文本还是原来的文本，只是变差了。陌生行业用的是另外的文本，可能比本行业的难，也可能更容易；它说明的是收益换个地方还在不在。

剩下的训练文本再分成两部分：一部分保留标签，另一部分去掉标签，留到本章末尾使用。
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seed)
rows = data.draw(corpus.frame, None, seed)
away = rows[domain_column] == held_out if domain_column in rows else pd.Series(False, index=rows.index)
train_rows, validation, test = (data.draw(rows[(rows["split"] == name) & ~away], None, seed) for name in data.SPLITS)
labelled = train_rows.iloc[:train_texts].reset_index(drop=True)
unlabelled = train_rows["text"].iloc[train_texts : train_texts + unlabelled_texts].tolist()
exams = {"validation": validation.head(exam_texts), "test": test.head(exam_texts)}
for name, disturb, share in (
    ("typos", data.add_typos, typo_share), ("dropped words", data.drop_words, drop_share)
):  # fmt: skip
    exams[name] = exams["test"].assign(text=disturb(exams["test"]["text"].tolist(), share, seed))
if away.any():
    exams[f"{domain_column} {held_out}"] = data.draw(rows[away], exam_texts, seed)
truth = {name: exam["label"].to_numpy() for name, exam in exams.items()}
print(f"{len(labelled)} labelled and {len(unlabelled)} unlabelled training texts")
print("exams:", ", ".join(f"{name} {len(exam)}" for name, exam in exams.items()))

# %%
if not away.any():
    print(f"no column {domain_column!r} with the value {held_out!r}: the exam on a foreign domain is left out")
for name in list(exams)[1:]:
    print(f"{name:>20}: {exams[name]['text'].iloc[0][:110]}")

# %% [markdown]
"""
### Members of one kind

All fine-tuned members start from the same weights, the untrained head included; the seed decides only which texts
share a batch, and what dropout hides. To stay within a minute, the encoder keeps only its lowest layers (`num_hidden_layers`), the first of
them as it came (`freeze`), and there are few texts. The accuracies are therefore below those of chapter 5; what the chapter
compares is one against several.
"""

# %% [markdown] lang="zh"
"""
### 同一类的成员

所有微调成员都从同样的权重出发，包括尚未训练的分类头；种子只决定哪些文本分在同一批，以及 dropout 隐去哪些数值。为了在一分钟内跑完，编码器只保留最下面几层（`num_hidden_layers`），其中第一层保持原样（`freeze`），文本也很少。因此这里的准确率低于第 5 章；本章比较的是一个模型与多个模型。
"""

# %%
names = corpus.class_names
tokenizer, start = models.load_pretrained(model_name, num_labels=len(names), class_names=names, seed=seed)
start.base_model.encoder.layer = start.base_model.encoder.layer[:num_hidden_layers]
start.config.num_hidden_layers = len(start.base_model.encoder.layer)
models.set_dropout(models.freeze(start, freeze), 0.1)
settings = {"learning_rate": learning_rate, "num_epochs": num_epochs, "batch_size": batch_size, "precision": precision}
train = data.tokenize(tokenizer, labelled["text"], labelled["label"], max_length)


def tune(part, seed, **changes):
    """A copy of `start`, trained on `part`."""
    model = copy.deepcopy(start)
    training.fit(model, part, seed=seed, **settings | changes)
    return model


def ask(model, texts) -> np.ndarray:
    """Probabilities [N, C]."""
    part = data.tokenize(tokenizer, texts, [0] * len(texts), max_length)
    return evaluation.probabilities(evaluation.predict(model, part, precision=precision))


def examine(model, names=tuple(exams)) -> dict[str, np.ndarray]:
    """Its probabilities in these exams."""
    return {name: ask(model, exams[name]["text"].tolist()) for name in names}


# %% tags=["nbval-ignore-output"]
tuned = {s: tune(train, s) for s in seeds}
said = {f"tuned {s}": examine(model) for s, model in tuned.items()}

# %% [markdown]
"""
### Members of other kinds

Word counts and counts of short character sequences, each with a logistic regression. They know nothing of pretraining;
they cost next to nothing, and err in other ways: a typo destroys a word but only a few of its character sequences. The last line
below is the yardstick of the other chapters, `fit_baseline`: it counts both if that helps, and gives no probabilities, so it has no vote. With all
layers and a thousand texts they stay behind a fine-tuned model (chapter 5); against members as small as these they need not.
"""

# %% [markdown] lang="zh"
"""
### 其他类型的成员

词袋和短字符串统计，各配一个逻辑回归。它们对预训练一无所知，几乎不花代价，而且错法不同：一个错别字会毁掉整个词，却只影响它的少数几个字符片段。下表最后一行是其他各章的参照物 `fit_baseline`：两种统计都有帮助时就都用；它不给出概率，所以不参加投票。用全部层和一千条文本时，它们落后于微调模型（第 5 章）；而面对这里这么小的成员，就不一定了。
"""

# %%
word = r"[a-z0-9]{2,}|[^\x00-\x7f]"  # words, and single characters for scripts without blanks such as Chinese
kinds = {
    "words": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=word),
    "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
}


def recipe(kind):
    """A model of counts that knows nothing yet."""
    return make_pipeline(clone(kinds[kind]), LogisticRegression(C=10, max_iter=1000))


def count(kind, rows):
    """A model of counts, trained on these rows of the labelled texts."""
    return recipe(kind).fit(labelled["text"].iloc[rows], labelled["label"].iloc[rows])


everything = np.arange(len(labelled))
for kind in kinds:
    model = count(kind, everything)
    said[kind] = {name: model.predict_proba(exam["text"]) for name, exam in exams.items()}

# %% tags=["nbval-ignore-output"]
tuned_counts = evaluation.fit_baseline(labelled["text"], labelled["label"]).predict(exams["test"]["text"])
classes = {member: by["test"].argmax(1) for member, by in said.items()} | {"the course's baseline": tuned_counts}
accuracy = {member: f"{evaluation.mean_interval(c == truth['test']):.1%}" for member, c in classes.items()}
pd.Series(accuracy, name="test accuracy").to_frame()

# %% [markdown]
"""
### Exercise 3.2e.A

Before the members are compared: three of them answer ten texts, and each is right on six. On how many of the ten is their majority right, at
most and at least? Answer with a pair of whole numbers, the larger one first.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.A

先别急着比较各个成员。三个成员回答十条文本，每个都答对六条。它们的多数票最多答对几条，最少答对几条？用一对整数作答，大的写在前面。
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = (9, 4)
### END SOLUTION
exercises.check("3.2e.A", answer)

# %% [markdown] tags=["solution"]
"""
There are 18 right answers to hand out. A majority needs two, so they suffice for nine texts at most, with the mistakes spread as evenly as
possible. The least comes when right answers are wasted: six texts get a single one each, which is outvoted, and the other twelve go three by three to
four texts. The same members, then, make a majority of 90 % or of 40 %: it may even be worse than one of them.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
一共有 18 个正确的回答可以分配。多数需要两个，所以最多够九条文本，前提是错误尽量分散。最少的情形出现在正确的回答被浪费时：六条文本各得一个，被否决；其余十二个每三个一组，分给四条文本。可见同样的成员，多数票可能是 90%，也可能是 40%，甚至比单个成员还差。
"""

# %% [markdown]
"""
### How differently they err

Members that make the same mistakes cannot correct each other. For each pair: the share of texts on which they disagree,
the share that both get wrong (no vote of the two can mend it), and the correlation of their errors.
"""

# %% [markdown] lang="zh"
"""
### 它们的错误有多不同

犯同样错误的成员无法互相纠正。下面对每一对成员列出三项：两者回答不同的文本所占比例；两者都答错的比例（这两个怎么投票也挽救不了）；错误的相关系数。
"""

# %% tags=["nbval-ignore-output"]
pairs = ensembling.diversity(truth["test"], {member: by["test"].argmax(1) for member, by in said.items()})
same_kind = pairs.index.str.count("tuned") == 2
diversity = {"two seeds": pairs[same_kind].mean(), "two kinds": pairs[~same_kind].mean()}
guess_differ.settle(100 * diversity["two seeds"]["disagreement"])
pd.DataFrame(diversity).T.style.format("{:.2f}")

# %% [markdown]
"""
Two seeds of one recipe share most of their mistakes: the texts are hard for the same reason. Members of different kinds
share fewer, but some of them are weaker, and a vote gives the weak the same voice. Both matter at once.

The simulation shows how both work together. Each text has a difficulty that all members feel in common, and each member has
luck of its own. Drag *shared*: at 0, errors are independent, and a vote of many weak members becomes as good as you like
(Condorcet's theorem, 1785). The more is shared, the earlier the curve goes flat.
"""

# %% [markdown] lang="zh"
"""
同一配方的两个种子，错误大部分相同：这些文本难在同一个地方。不同类型的成员共同的错误少一些，但其中有的较弱，而投票给弱者同样的发言权。真正起作用的是这两点合在一起。

下面的模拟显示两者如何共同起作用。每条文本有一个所有成员都会感受到的难度，每个成员又有自己的运气。拖动 *shared*：为 0 时错误互相独立，许多弱成员的投票要多好有多好（孔多塞陪审团定理，1785 年）。共享的部分越大，曲线越早变平。
"""


# %%
def crowd(accuracy: float, shared: float):
    generator, sizes = np.random.default_rng(0), np.arange(1, 22, 2)
    common, own = generator.normal(size=(20_000, 1)), generator.normal(size=(20_000, 21))
    right = np.sqrt(shared) * common + np.sqrt(1 - shared) * own < norm.ppf(accuracy)  # [texts, members]
    votes = [(right[:, :size].mean(1) > 0.5).mean() for size in sizes]
    correlation = np.corrcoef(right[:, 0], right[:, 1])[0, 1]
    figure, (axes,) = plots.new_axes(width=5.6, height=3.2)
    axes.plot(sizes, votes, "o-", color=plots.BLUE, label="majority vote")
    axes.axhline(accuracy, color=plots.GREY, linestyle="--", label="one member")
    axes.set(xlabel="members", ylabel="accuracy (share right)", xticks=sizes[::2], ylim=(0.48, 1.02))
    axes.legend(frameon=False, loc="lower right")
    gain = votes[-1] - accuracy
    return figure, f"Errors correlate by {correlation:.2f}; a vote of 21 gains {100 * gain:+.0f} points on one member."


sliders = {
    "accuracy": ipywidgets.FloatSlider(value=0.7, min=0.5, max=0.95, step=0.05, description="accuracy"),
    "shared": ipywidgets.FloatSlider(value=0.6, min=0, max=0.95, step=0.05, description="shared"),
}
_ = plots.explore(crowd, **sliders)

# %% [markdown]
"""
Look up the correlation of *two seeds* in the table above, set *shared* so that the sentence under the figure names about the
same, and read off what even many members could gain. Note also where the gain comes: mostly with the first few members.

## 2 Voting

A **hard vote** counts answers. A **soft vote** takes the mean of the probabilities, so that a sure member outweighs a
doubtful one. A **weighted vote** gives each member a weight, fitted on the validation texts so that their labels become most
probable.

One thing is certain beforehand. The log loss is the mean cross-entropy over the texts, in nats. The logarithm is concave, so the log loss of the
mean is at most the mean of the members' log losses, on any data. For accuracy there is no such law.
"""

# %% [markdown] lang="zh"
"""
在上面的表里查出*两个种子*的相关系数，调节 *shared*，让图下那句话给出差不多的数值，再读出成员再多能有多少收益。还要注意收益来自哪里：主要来自最初几个成员。

## 2 投票

**硬投票**数答案。**软投票**取概率的平均值，于是有把握的成员分量重于犹豫的成员。**加权投票**给每个成员一个权重，在验证集上拟合，使那里的标签概率最大。

有一点事先就能确定。对数损失是交叉熵对文本的平均，单位为奈特。对数是凹函数，所以不论什么数据，平均概率的对数损失都不会超过各成员对数损失的平均值。准确率没有这样的规律。
"""


# %%
everybody = np.stack([by["test"] for by in said.values()])  # probabilities [members, texts, classes]
soft = everybody.mean(0)
votes = np.eye(len(names))[everybody.argmax(2)].sum(0)  # [texts, classes]: how many members answer each class
leading = votes == votes.max(1, keepdims=True)
hard = np.where(leading, soft, -1.0).argmax(1)  # a tie goes to the class of higher mean probability

# %% [markdown]
"""
That is all there is to two kinds of vote. `ensembling` has the same, with checks of what it is given, and weights for the soft
vote; from here on the chapter uses those.
"""

# %% [markdown] lang="zh"
"""
两种投票就是这么几行。`ensembling` 里有同样的函数，另外会检查输入，软投票还可以加权；从这里起，本章用的是库里的版本。
"""

# %% tags=["nbval-ignore-output"]
assert np.allclose(soft, ensembling.soft_vote(everybody)) and (hard == ensembling.hard_vote(everybody)).all()
print(f"{len(everybody)} members, {len(hard)} texts: cell and library agree on all of them")
print(f"the two votes answer {(hard != soft.argmax(1)).sum()} texts differently")


# %% [markdown]
"""
### Exercise 3.2e.B

A colleague's weighted vote below gives the right classes. Yet its log loss, the mean of −log of the probability that it gives to the true class, is
worse than that of every member, which cannot be. Write the function again: same arguments, `probs` as an array [members, texts, classes] and one weight for
each member, of any sum; it returns probabilities [texts, classes].
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.B

下面是一位同事写的加权投票，给出的类别都对，可是它的对数损失（给真实类别的概率取 −log 再平均）比每一个成员都差，而这是不可能的。请重写这个函数，参数不变：`probs` 是形状为 [成员, 文本, 类别] 的数组，每个成员一个权重，权重之和任意；返回形状为 [文本, 类别] 的概率。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
def vote(probs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (probs * weights[:, None, None]).mean(0)


### BEGIN SOLUTION
def answer(probs, weights):
    return np.tensordot(weights / weights.sum(), probs, axes=1)


### END SOLUTION
exercises.check("3.2e.B", answer)

# %% [markdown] tags=["solution"]
"""
`mean` divides by the number of members, where a weighted mean divides by the sum of the weights. Each row is then too small by one factor: the largest
stays the largest, so the classes are right, but the row does not add up to 1, and the logarithm sees it. Whoever tests by accuracy alone does not notice.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
`mean` 除以成员数，而加权平均要除以权重之和。于是每一行都小了同一个倍数：最大的仍是最大的，所以类别都对；但一行加起来不等于 1，取对数就看出来了。只看准确率的人发现不了。
"""

# %% [markdown]
"""
### The ensembles

Two helpers form the ensembles: one per seed where the members are of different kinds, one of all seeds where they are of one kind.
"""

# %% [markdown] lang="zh"
"""
### 各种集成

下面两个辅助函数负责组成集成：成员类型不同时，每个种子一个；成员同类时，所有种子合成一个。
"""


# %%
def over_seeds(combine) -> dict[str, list]:
    """Each exam's answers of S ensembles: every fine-tuned member with the two counting ones."""
    return {
        exam: [combine(np.stack([said[name][exam] for name in (f"tuned {s}", *kinds)])) for s in seeds]
        for exam in exams
    }


def once(combine, members, votes: int = 1) -> dict[str, list]:
    """Each exam's answers of one ensemble of these members, or of several that share them out."""
    groups = [members[number::votes] for number in range(votes)]
    return {exam: [combine(np.stack([by[exam] for by in group])) for group in groups] for exam in members[0]}


# %%
of_seeds = [said[f"tuned {s}"] for s in seeds]
weights = [
    ensembling.fit_weights(truth["validation"], [said[m]["validation"] for m in (f"tuned {s}", *kinds)]) for s in seeds
]
answers = {"one fine-tuned": over_seeds(lambda probs: probs[0])}
answers["seeds, hard vote"] = once(ensembling.hard_vote, of_seeds, seed_votes)
answers["seeds, soft vote"] = once(ensembling.soft_vote, of_seeds, seed_votes)
answers["kinds, hard vote"] = over_seeds(ensembling.hard_vote)
answers["kinds, soft vote"] = over_seeds(ensembling.soft_vote)
answers["kinds, weighted"] = {
    exam: [
        ensembling.soft_vote([said[m][exam] for m in (f"tuned {s}", *kinds)], w)
        for s, w in zip(seeds, weights, strict=True)
    ]
    for exam in exams
}
mean_loss = np.mean([log_loss(truth["test"], by["test"], labels=range(len(names))) for by in of_seeds])
voted = [log_loss(truth["test"], probs, labels=range(len(names))) for probs in answers["seeds, soft vote"]["test"]]
assert np.mean(voted) <= mean_loss

# %% [markdown]
"""
### A comparison that includes the seeds

An ensemble of kinds exists once per seed, so the differences can be taken seed by seed. The vote over all seeds exists only
once. It is held against the mean of the single models, and its own luck is taken to be at most that of a single model:
the spread of the seeds is added to the interval. This errs on the side of caution.
"""

# %% [markdown] lang="zh"
"""
### 把种子算进去的比较

“类型”集成对每个种子各有一个，差值可以逐个种子来算。“种子”投票只有一个：拿它与单个模型的平均值比较，并假定它自身的运气成分至多与单个模型相当，把种子之间的离散程度加进区间。这样做偏于谨慎。
"""


# %%
def right(method: str, exam: str) -> np.ndarray:
    """1 where an answer is right: [R, N] of R ensembles."""
    classes = [answer if answer.ndim == 1 else answer.argmax(1) for answer in answers[method][exam]]
    return np.array([said == truth[exam] for said in classes], float)


def compare(several: np.ndarray, single: np.ndarray) -> evaluation.Interval:
    """Gain of R ensembles [R, N] over S single models [S, N]."""
    if len(several) > 1:  # each ensemble beside its own members
        own = [single[number :: len(several)].mean(0) for number in range(len(several))]
        return evaluation.difference(several, own)
    spread = single.mean(1).std(ddof=1) * np.sqrt(1 + 1 / len(single))
    return evaluation.difference(several[0], single.mean(0), seed_spread=spread)


def table(methods, exam: str = "test") -> pd.DataFrame:
    lines = {}
    for m in methods:
        given = [a for a in answers[m][exam] if a.ndim == 2]  # a hard vote has no probabilities
        loss = np.mean([log_loss(truth[exam], a, labels=range(len(names))) for a in given]) if given else np.nan
        gain = compare(right(m, exam), right("one fine-tuned", exam))
        lines[m] = [
            f"{right(m, exam).mean():.1%}",
            f"{gain:+.1%}" if m != "one fine-tuned" else "–",
            f"{loss:.3f}" if given else "–",
        ]
    return pd.DataFrame(lines, index=["accuracy", "gain over one fine-tuned", "log loss [nats]"]).T


# %% tags=["nbval-ignore-output"]
guess_gain.settle(100 * compare(right("seeds, soft vote", "test"), right("one fine-tuned", "test")).value)
table(answers)

# %% [markdown]
"""
Read the gains with their intervals, and compare the two columns: the log loss can fall clearly while the accuracy hardly
moves. An ensemble's probabilities are better before its answers are.

### Play with the weights

Three members: one fine-tuned, words, characters. The figure shows accuracy and log loss on validation and test texts for
the weights of the sliders. The dashed lines are the weights that `fit_weights` found on the validation texts.
"""

# %% [markdown] lang="zh"
"""
读收益时要连区间一起读，再比较两列：对数损失可能明显下降，准确率却几乎不动。集成首先改善的是概率，然后才是答案。

### 动手调权重

三个成员：一个微调模型、词袋、字符。图中是滑块所定权重在验证集和测试集上的准确率和对数损失。虚线是 `fit_weights` 在验证集上找到的权重所对应的结果。
"""


# %% tags=["nbval-ignore-output"]
def scores(chosen, exam: str) -> tuple[float, float]:
    """Accuracy and log loss of three members' soft vote."""
    mixed = ensembling.soft_vote([said[name][exam] for name in (f"tuned {seeds[0]}", *kinds)], chosen)
    return (mixed.argmax(1) == truth[exam]).mean(), log_loss(truth[exam], mixed, labels=range(len(names)))


def blend(**parts: float):
    figure, panels = plots.new_axes(2, width=8.4, height=3.0)
    chosen = list(parts.values()) if sum(parts.values()) > 0 else [1, 1, 1]  # all zero: a plain mean
    sentence = []
    for place, (exam, color) in enumerate({"validation": plots.ORANGE, "test": plots.BLUE}.items()):
        for axes, value, fitted in zip(panels, scores(chosen, exam), scores(weights[0], exam), strict=True):
            axes.bar(place, value, color=color, width=0.6)
            axes.hlines(fitted, place - 0.4, place + 0.4, color="black", linestyle="--")
        sentence.append("{} accuracy {:.1%}, log loss {:.3f} nats".format(exam, *scores(chosen, exam)))
    for axes, name in zip(panels, ("accuracy (share right)", "log loss [nats]"), strict=True):
        axes.set(ylabel=name, xticks=[0, 1], xticklabels=["validation", "test"])
    return figure, "; ".join(sentence) + "; dashed: the fitted weights."


parts = {
    name: ipywidgets.FloatSlider(value=1.0, min=0, max=1, step=0.05, description=name) for name in ("tuned", *kinds)
}
_ = plots.explore(blend, **parts)
print("fitted weights:", ", ".join(f"{name} {w:.2f}" for name, w in zip(parts, weights[0], strict=True)))
alone = {name: scores(np.eye(3)[place], "test")[0] for place, name in enumerate(parts)}
print(f"the best of the three on the test texts: {max(alone, key=alone.get)}")

# %% [markdown]
"""
The best weights for the validation texts need not be the best for the test texts. Compare the printed weights with the table of the
members: does the member that is best on the test texts get the largest? A hundred or two validation texts can mislead even three weights; with as many
weights as texts one could fit anything. Whoever chooses the weights by the blue bars chooses by the test texts.

## 3 Bagging

*Bootstrap aggregating* gives each member texts of its own: as many as there are, drawn with replacement, so that each member
misses about 37 % of them and sees others twice or more often. The vote of the members is steadier than one of them. With word
counts a member takes milliseconds, so there can be many. The figure draws the mean over random groups of each size, beside
the fine-tuned members that differ in their seed alone.
"""

# %% [markdown] lang="zh"
"""
对验证集最好的权重，对测试集不一定最好。请拿打印出来的权重与各成员的表对照：测试集上最好的成员，得到的权重是不是最大？单凭一两百条验证文本，连三个权重都可能定偏；如果权重和文本一样多，什么都能拟合出来。看着蓝色柱子选权重，就是在用测试集做选择。

## 3 Bagging

*Bagging*（自助聚合）让每个成员拥有自己的一份文本：从原有文本中有放回地抽取同样多条，于是每个成员大约漏掉其中的 37%，另一些则看到两次以上。成员们投票的结果比单个成员更稳定。用词袋时，训练一个成员只需几毫秒，所以可以有很多个。图中画的是每种规模下随机分组的平均值，旁边是只差随机种子的微调成员。
"""

# %%
bagged = []
for number in range(bootstrap_members):
    drawn = resample(everything, stratify=labelled["label"], random_state=number)  # every class stays
    model = count("words", drawn)
    bagged.append({name: model.predict_proba(exam["text"]) for name, exam in exams.items()})
missing = np.mean([1 - len(set(resample(everything, random_state=number))) / len(everything) for number in range(50)])
print(f"a bootstrap sample misses {missing:.0%} of the texts, on average")


def growth(members, most: int = 30) -> pd.DataFrame:
    """Accuracy and log loss of soft votes by the number of members, means over random groups."""
    generator, lines = np.random.default_rng(seed), {}
    for size in range(1, len(members) + 1):
        groups = [generator.choice(len(members), size, replace=False) for _ in range(most)]
        votes = [ensembling.soft_vote([members[i]["test"] for i in group]) for group in groups]
        losses = [log_loss(truth["test"], vote, labels=range(len(names))) for vote in votes]
        lines[size] = np.mean([(vote.argmax(1) == truth["test"]).mean() for vote in votes]), np.mean(losses)
    return pd.DataFrame(lines, index=["accuracy", "log loss"]).T


# %% tags=["nbval-ignore-output"]
curves = {"word counts, bootstrap samples": growth(bagged), "fine-tuned, seeds": growth(of_seeds)}
figure, (left, right_axes) = plots.new_axes(2, width=9.2)
for (name, curve), color, marker in zip(curves.items(), (plots.ORANGE, plots.BLUE), "so", strict=True):
    left.plot(curve.index, curve["accuracy"], color=color, marker=marker, markersize=4, label=name)
    right_axes.plot(curve.index, curve["log loss"], color=color, marker=marker, markersize=4, label=name)
ticks = range(1, max(map(len, curves.values())) + 1, max(1, len(bagged) // 6))
reached = np.concatenate([curve["accuracy"] for curve in curves.values()])
around = reached.min() - 0.05, reached.max() + 0.05  # a zoom on single texts would look like a trend
left.set(xlabel="members", ylabel="test accuracy (share right)", xticks=ticks, ylim=around)
right_axes.set(xlabel="members", ylabel="test log loss [nats]", xticks=ticks)
right_axes.legend(frameon=False)
change = {name: curve.iloc[-1] - curve.iloc[0] for name, curve in curves.items()}
plots.show(
    figure,
    alt="Soft votes by the number of members. "
    + " ".join(
        f"{name}: from one member to {len(curves[name])}, accuracy {100 * d['accuracy']:+.1f} points, log loss {d['log loss']:+.3f} nats."
        for name, d in change.items()
    ),
)

# %% [markdown]
"""
The log loss falls with the first members that are added and then flattens: most of the gain is had with few. A curve drawn from
one set of test texts says nothing about whether its last point is above its first: that needs intervals. The bagged counts belong in the
comparison like every other ensemble:
"""

# %% [markdown] lang="zh"
"""
从加入第二个成员起，对数损失就开始下降，随后变平；大部分收益来自少数几个成员。同一组测试文本上画出的曲线，并不能说明末点是否真的高于起点：这要看区间。词袋的 bagging 也是一种集成，同样应当放进来比较：
"""

# %% tags=["nbval-ignore-output"]
answers["words, alone"] = once(lambda probs: probs[0], [said["words"]])
answers["words, bagged"] = once(ensembling.soft_vote, bagged)
table(["one fine-tuned", "seeds, soft vote", "words, alone", "words, bagged"])

# %% [markdown]
"""
## 4 Stacking

A vote treats a member alike for all answers. *Stacking* trains a second model on the members' outputs: here a logistic
regression on their log-probabilities, which can also learn that a member is too sure of itself. It must learn from answers to
texts that the members have **not** seen. So the training texts are cut into folds, and each fold is answered by models that were
trained on the others. These are *out-of-fold predictions*.
"""

# %% [markdown] lang="zh"
"""
## 4 堆叠

投票对一个成员的所有回答一视同仁。*堆叠*则在各成员的输出之上再训练一个模型：这里是对数概率上的逻辑回归，它还能学会某个成员过于自信。训练它所用的回答，必须是成员对**没有见过**的文本给出的。做法是把训练文本切成若干折，每一折由在其余各折上训练的模型来回答，这叫*折外预测*（out of fold）。
"""


# %%
def take(rows) -> data.TokenizedText:
    """Some of the labelled texts."""
    return replace(train, input_ids=[train.input_ids[i] for i in rows], labels=[train.labels[i] for i in rows])


# %% tags=["nbval-ignore-output"]
unseen = {member: np.zeros((len(labelled), len(names))) for member in ("tuned", *kinds)}
of_folds = []
cuts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labelled, labelled["label"])
for number, (known, left_out) in enumerate(cuts):
    texts = labelled["text"].iloc[left_out].tolist()
    model = tune(take(known), seed=number)
    unseen["tuned"][left_out] = ask(model, texts)
    for kind in kinds:
        unseen[kind][left_out] = count(kind, known).predict_proba(texts)
    of_folds.append({"test": ask(model, exams["test"]["text"].tolist())})

# %% [markdown]
"""
The loop divides the texts once for all members: in each row of the stack's training table, every member was blind to the same
texts. `out_of_fold_probabilities` of the library does it for one scikit-learn model at a time. It must give the same for the word
counts, which cost next to nothing to train again.
"""

# %% [markdown] lang="zh"
"""
循环里所有成员共用一种划分：在堆叠模型训练表的每一行，各成员没见过的是同一批文本。库里的 `out_of_fold_probabilities` 每次处理一个 scikit-learn 模型。词袋成员重新训练几乎不花时间，就用它来对照：结果必须相同。
"""

# %% tags=["nbval-ignore-output"]
words = evaluation.out_of_fold_probabilities(
    labelled["text"], labelled["label"], estimator=recipe("words"), folds=folds, seed=seed
)
assert np.allclose(words, unseen["words"])
print(f"cell and library agree on {len(words)} texts; largest difference {abs(words - unseen['words']).max():.1g}")

# %% tags=["nbval-ignore-output"]
stacked = ensembling.fit_stack(labelled["label"], np.stack(list(unseen.values())))
answers["kinds, stacked"] = over_seeds(lambda probs: ensembling.stack(stacked, probs))
answers["folds, soft vote"] = once(ensembling.soft_vote, of_folds)
table(["one fine-tuned", "kinds, soft vote", "kinds, stacked", "folds, soft vote"])

# %% [markdown]
"""
The last line comes for free: the models of the folds exist anyway, each has seen other texts, and their vote is an ensemble too
(a cross-validated committee).

### What a leak does

Now the mistake, made on purpose: the stack is trained on what the members say about **their own training texts**. It costs no
extra training, which is why it is so often seen.
"""

# %% [markdown] lang="zh"
"""
最后一行是白得的：各折的模型反正已经训练好了，每个见过的文本不同，它们的投票也是一个集成（交叉验证委员会）。

### 泄漏会怎样

现在故意犯一次错：用成员对**自己的训练文本**的回答来训练堆叠模型。这样不用额外训练，所以这种错误十分常见。
"""

# %% tags=["nbval-ignore-output"]
seen = {"tuned": ask(tuned[seeds[0]], labelled["text"].tolist())}
seen |= {kind: count(kind, everything).predict_proba(labelled["text"]) for kind in kinds}
leaky = ensembling.fit_stack(labelled["label"], np.stack(list(seen.values())))
answers["kinds, stacked with a leak"] = over_seeds(lambda probs: ensembling.stack(leaky, probs))
lines = {}
for name, outputs, model in (("out of fold", unseen, stacked), ("leak", seen, leaky)):
    trust = np.abs(model.coef_).reshape(-1, len(kinds) + 1, len(names)).sum((0, 2))
    lines[name] = {
        f"{m}: training accuracy shown": f"{(p.argmax(1) == labelled['label']).mean():.0%}" for m, p in outputs.items()
    }
    lines[name] |= {f"{m}: share of the trust": f"{t:.0%}" for m, t in zip(outputs, trust / trust.sum(), strict=True)}
guess_trust.settle(int((trust / trust.sum()).argmax()))
pd.DataFrame(lines)

# %% tags=["nbval-ignore-output"]
table(["kinds, stacked", "kinds, stacked with a leak"])

# %% [markdown]
"""
Look at the accuracies that the leaky stack was shown: every member seems far better on texts that it knows, the counting models
most of all. So the stack trusts those that memorise best, and pushes their probabilities towards 0 and 1. The log loss on test texts pays for
it, even where the accuracy happens not to.
"""

# %% [markdown] lang="zh"
"""
看看泄漏的堆叠模型见到了怎样的准确率：在熟悉的文本上，每个成员都显得好得多，统计词频和字符的两个尤其如此。于是它最信任最会死记的成员，还把它们的概率推向 0 和 1。测试集上的对数损失为此付出代价，哪怕准确率碰巧没有下降。
"""

# %% [markdown]
"""
### The verdict

Which form is judged? The validation texts choose among three that were named before any test text was looked at.
"""

# %% [markdown] lang="zh"
"""
### 结论

拿哪一种形式来评判？在看任何测试文本之前就定好了三种，由验证文本从中选一种。
"""

# %% tags=["nbval-ignore-output"]
chosen = ("seeds, soft vote", "kinds, soft vote", "kinds, stacked")  # fixed before any test text was looked at
form = max(chosen, key=lambda m: right(m, "validation").mean())  # voting or stacking: the validation texts decide
mixed = right(form, "test")
rivals = [[*(f"tuned {s}" for s in seeds[number :: len(mixed)]), *kinds] for number in range(len(mixed))]  # own members
best = [max(r, key=lambda m: (said[m]["validation"].argmax(1) == truth["validation"]).mean()) for r in rivals]
best_right = np.array([said[m]["test"].argmax(1) == truth["test"] for m in best], float)  # [R, N]
gains = {"one fine-tuned": compare(mixed, right("one fine-tuned", "test"))}
rival = best[0] if len(best) == 1 else "the member of each"
gains[f"{rival}, best on validation"] = evaluation.difference(mixed, best_right)
only_form, only_best, p = evaluation.mcnemar(mixed[0], best_right[0])
print(f"{only_form} test texts that only “{form}” gets right, {only_best} only {best[0]} (McNemar p = {p:.2f})")
repeats = len(mixed) if len(mixed) > 1 else len(seeds)  # of one vote, its members' spread stands for its own
verdicts = {evaluation.verdict(gain, seeds=repeats) for gain in gains.values()}
claims.record(
    "3.2-ensembling",
    reference=f"one fine-tuned model, and the best single model by validation; {len(truth['test'])} test texts of {dataset}",
    measured=f"“{form}”, chosen on validation texts, {len(seeds)} seeds{f' in {len(mixed)} votes' if 1 < len(mixed) < len(seeds) else ''}: "
    + "; ".join(f"{gain:+.1%} against {m}" for m, gain in gains.items()),
    holds=verdicts.pop() if len(verdicts) == 1 else None,
)

# %% [markdown]
"""
The document says stacking, voting *and the like*: one form that helps is enough. But whoever tries three forms on the test texts and
reports the best has three chances to be lucky. So the validation texts choose the form, and the test texts are asked once, about that one.
Two references are in it: one fine-tuned model, and the single model, of whatever kind, that is best on the **validation** texts, which
is what one would use if there were no ensembles. “Not decided” says
that gains of this size cannot be seen with so few test texts, or that fewer than five seeds were trained; the presets have more of everything.
"""

# %% [markdown] lang="zh"
"""
原文说的是用堆叠、投票*等*办法：有一种管用就够了。但如果在测试文本上试三种，再报告最好的一种，就有了三次碰运气的机会。所以由验证文本选定一种，测试文本只为它看一次。这里有两个参照：一个微调模型；还有在**验证集**上最好的单个模型，不论是哪一类，也就是没有集成时会选用的那个模型。“还不能得出结论”是说，测试文本这么少，看不出这样大小的收益，或者种子不满五个；预设里各项规模都更大。
"""

# %% [markdown]
"""
## 5 One training, one model

### Snapshots

An ensemble from one training: the learning rate falls to zero, the state is copied, the rate starts anew, and the model leaves for
another place. The whole costs as many epochs as one longer training; with the defaults, as one member.

### Averaged weights

The members that differ by their seed start from the same weights and do not move far. So one may average the **weights** instead of
the answers: a *soup*. It is a single model, with the cost of one in use. The greedy soup takes in a member only if the validation
accuracy does not fall.
"""

# %% [markdown] lang="zh"
"""
## 5 一次训练，一个模型

### 快照集成

从一次训练得到一个集成：学习率降到零，复制一份状态，学习率重新升起，模型离开原处去往别处。总共的轮数与一次较长的训练相同；按默认设置，就是一个成员的训练量。

### 权重平均

只差随机种子的成员从同样的权重出发，走得也不远。所以可以平均**权重**，而不是平均回答，这叫*模型汤*（model soup）。得到的是单个模型，推理开销也只有一个模型的。贪心汤只在验证准确率不下降时才收入一个成员。
"""

# %% tags=["nbval-ignore-output"]
validation_data = data.tokenize(tokenizer, exams["validation"]["text"], truth["validation"], max_length)
judge = evaluation.validator(validation_data, precision)


def mean_of(models: list):
    """One model whose every weight is the mean of theirs."""
    soup, states = copy.deepcopy(models[0]), [model.state_dict() for model in models]
    mean = {name: torch.stack([state[name].double() for state in states]).mean(0) for name in states[0]}
    soup.load_state_dict(mean)
    return soup


alone = {s: (said[f"tuned {s}"]["validation"].argmax(1) == truth["validation"]).mean() for s in seeds}
first, *others = sorted(seeds, key=lambda s: -alone[s])
taken, reached = [first], alone[first]  # the best member first
for s in others:
    score = judge(mean_of([tuned[i] for i in [*taken, s]]))["accuracy"]
    if score >= reached:
        taken, reached = [*taken, s], score
print("validation accuracy of each seed:", {s: f"{value:.1%}" for s, value in alone.items()})
print(f"seeds in the greedy soup: {', '.join(map(str, taken))}; its validation accuracy {reached:.1%}")

# %% [markdown]
"""
The library's `greedy_soup` must take in the same members and end with the same weights. Beside it stand the soup of all members and
the snapshots.
"""

# %% [markdown] lang="zh"
"""
库里的 `greedy_soup` 必须收入同样的成员，得到同样的权重。一起列出的还有全部成员的汤和快照集成。
"""

# %% tags=["nbval-ignore-output"]
greedy, members = ensembling.greedy_soup(list(tuned.values()), lambda model: judge(model)["accuracy"])
by_hand = mean_of([tuned[s] for s in taken]).state_dict()
apart = max(float((by_hand[name] - tensor).abs().max()) for name, tensor in greedy.state_dict().items())
assert [seeds[i] for i in members] == taken and apart < 1e-6
print(f"cell and library: the same members; largest difference of a weight {apart:.1g}")
judged = [exam for exam in exams if exam != "validation"]
copies = ensembling.snapshots(copy.deepcopy(start), train, cycles=cycles, seed=seed, **settings | {"num_epochs": 1})
answers["snapshots, soft vote"] = once(ensembling.soft_vote, [examine(model, judged) for model in copies])
soup = ensembling.average_weights(list(tuned.values()))
answers["soup of all seeds"] = {exam: [probs] for exam, probs in examine(soup, judged).items()}
answers["greedy soup"] = {"test": [ask(greedy, exams["test"]["text"].tolist())]}
table(["one fine-tuned", "seeds, soft vote", "soup of all seeds", "greedy soup", "snapshots, soft vote"])

# %% [markdown]
"""
Does the soup reach what the vote of the same members reaches? Where it does, the members lie in one basin of the loss: every point
between them is good. The next cell walks from one member to the next and looks at the validation loss on the way.
"""

# %% [markdown] lang="zh"
"""
汤能否达到同一批成员投票的水平？如果能，说明这些成员位于损失的同一个盆地：它们之间的每一点都不错。下一个单元格从一个成员走到另一个成员，沿途查看验证损失。
"""

# %% tags=["nbval-ignore-output"]
one, other = tuned[seeds[0]], tuned[seeds[1]]
steps = np.linspace(0, 1, 4)
between = [judge(ensembling.average_weights([one] * (3 - k) + [other] * k))["loss"] for k in (1, 2)]
ends = [log_loss(truth["validation"], said[f"tuned {s}"]["validation"], labels=range(len(names))) for s in seeds[:2]]
losses = [ends[0], *between, ends[1]]
span = max(losses) - min(losses) + 0.02
vote = log_loss(
    truth["validation"],
    ensembling.soft_vote([said[f"tuned {s}"]["validation"] for s in seeds[:2]]),
    labels=range(len(names)),
)
figure, (axes,) = plots.new_axes(width=5.6, height=3.0)
axes.plot(steps, losses, "o-", color=plots.BLUE, label="weights in between")
axes.axhline(vote, color=plots.GREY, linestyle="--", label="soft vote of the two ends")
axes.set(xlabel="share of the second member", ylabel="validation loss [nats]")
axes.set_ylim(min(*losses, vote) - 1.5 * span, max(losses) + span)
axes.legend(frameon=False, loc="lower center")
plots.show(
    figure,
    alt=f"Validation loss on the straight line between two members: {losses[0]:.2f} and {losses[-1]:.2f} at the ends, "
    f"{losses[1]:.2f} a third of the way; their soft vote has {vote:.2f} nats.",
)

# %% [markdown]
"""
A curve without a hump is what a soup needs. Two members that were trained from different random weights would show a high hump, and
their average would know nothing.

## 6 Robustness

An ensemble that is three points better everywhere is better, not more robust. Robust means that it **loses less** when the
texts get worse. Two different questions, then, for each disturbance: how accurate is it there, and how much of its accuracy did it
keep?
"""

# %% [markdown] lang="zh"
"""
没有隆起的曲线，正是模型汤所需要的。如果两个成员从不同的随机权重开始训练，中间会有很高的隆起，它们的平均什么都不会。

## 6 鲁棒性

一个集成如果处处都好三个百分点，那是更好，不是更鲁棒。鲁棒是指文本变差时，准确率**掉得更少**。所以对每一种干扰要分开问两个问题：它在那里有多准？它保住了多少准确率？
"""

# %% tags=["nbval-ignore-output"]
shown = ["one fine-tuned", *chosen, "kinds, weighted", "snapshots, soft vote", "soup of all seeds"]
tests = judged
answers |= {kind: once(lambda probs: probs[0], [said[kind]]) for kind in kinds}
pd.DataFrame({exam: {m: f"{evaluation.mean_interval(right(m, exam)):.1%}" for m in [*kinds, *shown]} for exam in tests})

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=8.4, height=4.4)
places = np.arange(len(shown[1:]))
for number, (exam, color, marker) in enumerate(
    zip(tests, (plots.BLUE, plots.ORANGE, plots.GREEN, plots.VERMILION), "osD^", strict=False)
):
    found = [compare(right(m, exam), right("one fine-tuned", exam)) for m in shown[1:]]
    value, low, high = 100 * np.array(found).T
    axes.errorbar(
        value, places + 0.17 * (number - 1.5), xerr=[value - low, high - value], fmt=marker, color=color, label=exam
    )
axes.axvline(0, color=plots.GREY, linewidth=1)
axes.set_yticks(places, shown[1:])
axes.invert_yaxis()
axes.set(xlabel="gain in accuracy over one fine-tuned model [points], 95 % interval")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
best = max(shown[1:], key=lambda m: np.mean([right(m, exam).mean() for exam in tests]))
plots.show(
    figure,
    alt=f"Gain of each ensemble over one fine-tuned model on {len(tests)} exams, with intervals that include the seeds; "
    f"“{best}” has the highest mean over the exams.",
)


# %% [markdown]
"""
Now what was kept. For typos and dropped words the texts are the same as in the plain test, so each text can be compared
with itself: right before and after, or not. The table below has the difference in what is kept: above zero the ensemble loses
less than the single model. The foreign sector has other texts, and where the single model does better on them than at home, they are
simply easier; there the gain can only be set beside the gain on the home sectors.
"""

# %% [markdown] lang="zh"
"""
再看保住了多少。错别字和丢词用的就是普通测试的那批文本，每条文本可以与自己比较：干扰前后是否都答对。下面的数字是两者“保住的部分”之差：大于零表示集成比单个模型掉得少。陌生行业用的是另一批文本，如果单个模型在那里反而更好，说明那批文本本来就容易些；只能把那里的收益与本行业的收益并排来看。
"""


# %%
def kept(method: str, disturbances=("typos", "dropped words")) -> np.ndarray:
    """Right under disturbance minus right on the plain text, [R, N], mean over the disturbances."""
    return np.mean([right(method, exam) for exam in disturbances], axis=0) - right(method, "test")


# %% tags=["nbval-ignore-output"]
retained = {m: compare(kept(m), kept("one fine-tuned")) for m in shown[1:]}
losses = {m: f"{kept(m).mean():+.1%}" for m in shown}
claims.record(
    "3.2-robustness",
    reference="accuracy that one fine-tuned model loses under typos and dropped words "
    f"({kept('one fine-tuned').mean():+.1%}; {len(seeds)} seeds)",
    measured=f"“{form}”, chosen on validation texts, keeps {retained[form]:+.1%} of accuracy more; all forms: "
    + "; ".join(f"{m} {retained[m]:+.1%}" for m in chosen),
    holds=evaluation.verdict(retained[form], seeds=repeats),
)
print(f"one fine-tuned model loses {-100 * kept('one fine-tuned').mean():.1f} points under typos and dropped words")
for words, sure in (("more", lambda i: i.low > 0), ("less", lambda i: i.high < 0)):
    surely = [m for m, interval in retained.items() if sure(interval)]
    print(f"keeps {words} than it, with the whole interval: {', '.join(surely) or 'none'}")
pd.DataFrame(
    {"change under disturbance": losses, "kept more than one model": {m: f"{i:+.1%}" for m, i in retained.items()}}
).loc[shown].fillna("–")

# %% [markdown]
"""
Read the printed lines first. Where the single model loses hardly anything, an ensemble cannot keep more: small members such as these lean on few words,
and a disturbance often misses them. Where an interval lies above zero, that ensemble is more robust in the strict sense, and one can ask why: character
sequences, for example, survive typos. Members of one kind share their weakness, and no vote removes what all have in common.
"""

# %% [markdown] lang="zh"
"""
先看打印出来的几行。单个模型的准确率如果几乎没有下降，集成也就无从“保住更多”：像这里这样小的成员只依赖少数几个词，干扰往往碰不到它们。如果某个区间整个在零以上，那么这个集成在严格意义上更鲁棒，而且可以追问原因，比如字符片段经得起错别字。同一类成员有共同的弱点，而共同的弱点，投票去不掉。
"""

# %% [markdown]
"""
## 7 What it costs

Gains are in points, costs in trainings, in models asked per text, and in memory. Units: one training is that of a fine-tuned
member on all labelled texts; models of counts cost less than a hundredth of it and stand in the bill with zero.

### One model again: distillation

The cost in use can be brought back to that of one model. A *student* starts from the same weights, and learns the teacher's
probabilities instead of the labels. It can also learn from texts without labels, because the teacher labels them: those that
lost theirs at the beginning. `fit` takes distributions as labels: the loss is still a cross-entropy, and its gradient now pulls
towards each class as far as the teacher believes in it.
"""

# %% [markdown] lang="zh"
"""
## 7 代价

收益按百分点算，代价按训练次数、每条文本要问的模型数和内存算。单位：一次训练指一个微调成员在全部有标签文本上的训练；词袋一类的模型，代价不到它的百分之一，账单里记作零。

### 变回一个模型：蒸馏

推理开销可以降回一个模型的水平。*学生*从同样的权重出发，学的不是标签，而是教师的概率。它还可以从没有标签的文本中学习，因为教师会给它们打标签：用的就是开头去掉了标签的那些文本。`fit` 接受以分布作为标签：损失仍是交叉熵，只是梯度把学生拉向每一个类别，教师对它有多信，就拉多少。
"""

# %% tags=["nbval-ignore-output"]
pool = [*labelled["text"], *unlabelled]
teachers = [ask(model, pool) for model in tuned.values()] + [
    count(kind, everything).predict_proba(pool) for kind in kinds
]
soft = ensembling.soft_vote(teachers)
assert np.allclose(soft.sum(1), 1)
lesson = replace(data.tokenize(tokenizer, pool, [0] * len(pool), max_length), labels=soft.tolist())
student = tune(lesson, seed=seeds[0])
answers["student"] = {"test": [ask(student, exams["test"]["text"].tolist())]}
answers["teacher"] = once(ensembling.soft_vote, list(said.values()))
only_one, only_other, p = evaluation.mcnemar(right("student", "test")[0], right("one fine-tuned", "test")[0])
print(
    f"seed {seeds[0]}: {only_one} test texts that only the student gets right, {only_other} only the single model (p = {p:.2f})"
)
table(["one fine-tuned", "teacher", "student"])

# %% [markdown]
"""
### Exercise 3.2e.C

What does a student minimise? Write the loss as a function of `logits` [N, C], the student's scores, and `soft` [N, C], the teacher's probabilities, both
torch tensors: the cross-entropy of the student's probabilities with the teacher's as target, the mean over the texts, in nats. It has to let gradients through.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.C

学生最小化的是什么？写出这个损失函数，参数是两个 torch 张量：`logits` [N, C] 是学生的得分，`soft` [N, C] 是教师的概率。以教师的概率为目标，计算学生概率的交叉熵，对文本取平均，单位为奈特。梯度要能传过去。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=7
### BEGIN SOLUTION
def answer(logits, soft):
    return -(soft * logits.log_softmax(-1)).sum(-1).mean()


### END SOLUTION
exercises.check("3.2e.C", answer)

# %% [markdown] tags=["solution"]
"""
Of each text: minus the logarithm of the student's probability of each class, weighted by what the teacher gives to that class. With a teacher that is
sure (1 and 0) only the true class is left, and it is the usual loss. `torch.nn.functional.cross_entropy(logits, soft)` computes the same, which is why
`fit` needs nothing new.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
对每条文本：取学生给各类别的概率的对数，加负号，以教师给该类别的概率为权重。教师若绝对有把握（1 和 0），就只剩真实类别那一项，即通常的损失。`torch.nn.functional.cross_entropy(logits, soft)` 算的是同一个数，所以 `fit` 不需要任何新东西。
"""

# %% [markdown]
"""
### How to read the student

McNemar's test looks at one student and one single model, text by text; it knows nothing of other seeds. The gain in the table
includes them. Note also what is not equal: the student saw more texts, hence more steps. That is the point of
distillation, and the reason why "soft labels are better" cannot be read from this cell alone.

### The bill
"""

# %% [markdown] lang="zh"
"""
### 怎样看学生的成绩

McNemar 检验逐条比较一个学生和一个单模型，对其他种子一无所知；表中的收益则包含了种子。还要注意不对等的地方：学生看到的文本更多，步数也就更多。这正是蒸馏的用意，也因此不能仅凭这一格就说“软标签更好”。

### 账单
"""

# %% tags=["nbval-ignore-output"]
S, mib = len(seeds), 4 * sum(p.numel() for p in start.parameters()) / 2**20
bill = {  # trainings, models asked per text
    "seeds, soft vote": (S, S),
    "kinds, soft vote": (1, 1),
    "kinds, stacked": (1 + folds - 1, 1),
    "folds, soft vote": (folds - 1, folds),
    "snapshots, soft vote": (cycles / num_epochs, cycles),
    "soup of all seeds": (S, 1),
    "student": (S + len(pool) / len(labelled), 1),
    "words, bagged": (0, 0),  # counts: less than a hundredth
}
found = {m: compare(right(m, "test"), right("one fine-tuned", "test")) for m in bill}
costs = pd.DataFrame(bill, index=["trainings", "models asked"]).T.assign(
    memory_mib=lambda t: t["models asked"] * mib, gain=pd.Series({m: f"{gain:+.1%}" for m, gain in found.items()})
)
costs.style.format({"trainings": "{:.1f}", "models asked": "{:.0f}", "memory_mib": "{:.0f}"})

# %% tags=["nbval-ignore-output"]
figure, (gain_axes, *cost_axes) = plots.new_axes(3, width=9.4, height=3.6)
places = np.arange(len(found))
value, low, high = 100 * np.array(list(found.values())).T
gain_axes.errorbar(value, places, xerr=[value - low, high - value], fmt="o", color=plots.BLUE, capsize=2)
gain_axes.axvline(0, color=plots.GREY, linewidth=1)
if guess_gain.value:
    gain_axes.hlines(-0.3, *guess_gain.value, color=plots.ORANGE, linewidth=6, label="your guess of the first line")
    gain_axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), fontsize=9)
gain_axes.set(xlabel="gain [points], 95 % interval")
for axes, name in zip(cost_axes, ("models asked", "trainings"), strict=True):
    axes.barh(places, costs[name], color=plots.GREY, height=0.5)
    axes.set(xlabel={"models asked": "models asked per text", "trainings": "trainings of one model"}[name])
for axes in (gain_axes, *cost_axes):
    axes.set_yticks(places, list(found) if axes is gain_axes else [""] * len(found))
    axes.set_ylim(len(found) - 0.4, -0.6)
dearest = max(found, key=lambda m: costs.at[m, "models asked"])
plots.show(
    figure,
    alt="Gain over one fine-tuned model (left), what an answer costs (middle), and what training costs (right). "
    f"The dearest in use is “{dearest}”: {found[dearest]:+.1%}; soup and student are asked as one model.",
)

# %% tags=["nbval-ignore-output"]
claims.report(
    single_accuracy=evaluation.mean_interval(right("one fine-tuned", "test")),
    **{f"gain_{m.replace(', ', '_').replace(' ', '_')}": gain for m, gain in found.items()},
    **{f"kept_{m.replace(', ', '_').replace(' ', '_')}": retained[m] for m in chosen},
    error_correlation_seeds=float(diversity["two seeds"]["error_correlation"]),
)

# %% [markdown]
"""
Compare lines of like gain: the middle panel is paid with every answer, the right one once. Whoever asks several models per text multiplies memory and
waiting time for as long as the service runs; whoever trains several and keeps one pays when training.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 3.2e.1

Three members are right with probability 0.75 each, and their errors are independent. With which probability is their
majority right? Answer with a number between 0 and 1, to two decimals.
"""

# %% [markdown] lang="zh"
"""
比较收益相近的几行：中间一栏的代价每回答一次就付一次，右边一栏只付一次。每条文本要问几个模型，只要服务还在运行，内存和等待时间就一直翻几倍；训练几个、只留一个，代价在训练时付清。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 3.2e.1

三个成员各以 0.75 的概率答对，错误互相独立。它们的多数票答对的概率是多少？用 0 到 1 之间的数作答，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
answer = 0.75**3 + 3 * 0.75**2 * 0.25
### END SOLUTION
exercises.check("3.2e.1", answer)

# %% [markdown] tags=["solution"]
"""
Three right: 0.75³ = 0.42. Exactly two right: three ways, each 0.75² · 0.25 = 0.14. Together 0.84: nine points above one member, bought by independence
that members of one kind do not have.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
三个都对：0.75³ = 0.42。恰好两个对：有三种情形，每种 0.75² · 0.25 = 0.14。合计 0.84：比单个成员高九个百分点，靠的是独立性，而同一类成员之间并没有这种独立性。
"""

# %% [markdown]
"""
### Exercise 3.2e.2

Three members give one text the probabilities 0.55, 0.60 and 0.10 of class 1 (of two classes). Which class does the hard vote answer,
and which the soft vote? Answer with a pair such as `(0, 0)`.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.2

对一条文本，三个成员给类别 1（共两类）的概率分别是 0.55、0.60 和 0.10。硬投票答哪一类？软投票答哪一类？用一对数作答，例如 `(0, 0)`。
"""

# %% tags=["exercise"] kind="code" difficulty=1 importance=1 minutes=3
### BEGIN SOLUTION
probs = np.array([[[0.45, 0.55]], [[0.40, 0.60]], [[0.90, 0.10]]])
answer = (int(ensembling.hard_vote(probs)[0]), int(ensembling.soft_vote(probs).argmax(1)[0]))
### END SOLUTION
exercises.check("3.2e.2", answer)

# %% [markdown] tags=["solution"]
"""
Two of three members answer class 1, if only just; the third is sure of class 0. Counted, 1 wins; the mean of 0.55, 0.60 and 0.10 is 0.42, so the soft vote
answers 0. The two differ where a sure minority meets a doubtful majority.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
三个成员里有两个答类别 1，尽管只是刚过半；第三个确信是类别 0。数票的话 1 胜；而 0.55、0.60、0.10 的平均是 0.42，所以软投票答 0。有把握的少数遇上犹豫的多数，两种投票就会不同。
"""

# %% [markdown]
"""
### Exercise 3.2e.3

A stack has three fine-tuned members, and their out-of-fold predictions are made with five folds. At the end each member is
trained once more on all texts. How much training is that in all, in units of one training on all texts? Answer with a number.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.3

一个堆叠有三个微调成员，折外预测用五折产生。最后每个成员再用全部文本训练一次。以“用全部文本训练一次”为单位，总共的训练量是多少？用一个数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = 3 * (5 * 4 / 5 + 1)
### END SOLUTION
exercises.check("3.2e.3", answer)

# %% [markdown] tags=["solution"]
"""
Each member: five trainings on four fifths of the texts, which is 4, and one on all of them. Three members make 15, where a vote of the same members needs 3.
That is the price of a stack without a leak.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每个成员：在五分之四的文本上训练五次，相当于 4 次；再在全部文本上训练一次。三个成员共 15，而同样成员的投票只需 3。这就是没有泄漏的堆叠的代价。
"""

# %% [markdown]
"""
### Exercise 3.2e.4

Two members only: `first` and `second` hold their validation probabilities. Which share of `first`, out of 0, 0.05, 0.10 … 1,
gives the soft vote the smallest log loss on the validation texts? Answer with that share.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.4

只有两个成员：`first` 和 `second` 是它们在验证集上的概率。在 0、0.05、0.10 … 1 当中，`first` 占多大份额时，软投票在验证集上的对数损失最小？用这个份额作答。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="code" difficulty=2 importance=2 minutes=6
first, second = said["words"]["validation"], said["characters"]["validation"]
### BEGIN SOLUTION
shares = np.linspace(0, 1, 21)
answer = min(
    shares, key=lambda w: log_loss(truth["validation"], w * first + (1 - w) * second, labels=range(len(names)))
)
### END SOLUTION
exercises.check("3.2e.4", answer, first=first, second=second, labels=truth["validation"])

# %% [markdown] tags=["solution"]
"""
The loss is convex in the share, so trying 21 shares finds the lowest of them for certain. With two members this replaces `fit_weights`; with ten it would
be 21⁹ mixtures. The share is chosen on validation texts, and its loss there is a little too good to be reported.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
损失对这个份额是凸的，所以试 21 个份额必定能找到其中最小的。只有两个成员时，这可以代替 `fit_weights`；若有十个成员，就是 21⁹ 种混合。份额是在验证文本上选的，它在那里的损失因此略微偏好，不宜用来报告。
"""

# %% [markdown]
"""
### Exercise 3.2e.5

Which of these let the stack, or its figure, profit from something that it must not know? Answer with a set of letters such as `{"a", "d"}`.

- **a** the text of a review stands twice in the training rows, once in each of two folds
- **b** the stack is trained on out-of-fold probabilities, and judged on the test texts
- **c** the model of each fold stops training when the accuracy on the left-out fold is highest
- **d** the weights of a vote are fitted on the validation texts
- **e** of five ensembles, the one with the best test accuracy is reported, with that accuracy
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.5

下面哪些做法会让堆叠模型或它的成绩沾到不该知道的东西？用字母的集合作答，例如 `{"a", "d"}`。

- **a** 同一条评论在训练行里出现两次，分别落在两折中
- **b** 堆叠模型用折外概率训练，在测试集上评判
- **c** 每一折的模型，在留出那一折的准确率最高时停止训练
- **d** 投票的权重在验证集上拟合
- **e** 五个集成中，只报告测试准确率最高的那一个，连同这个准确率
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = {"a", "c", "e"}
### END SOLUTION
exercises.check("3.2e.5", answer)

# %% [markdown] tags=["solution"]
"""
**a**: one copy is trained on, the other is predicted, so the prediction is not blind. **c**: the left-out fold chooses when to stop, so it is no longer left out.
**e**: the best of five on the test texts is partly luck, and the test texts chose it. **b** and **d** are how it should be done.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
**a**：一份拿去训练，另一份被预测，预测就不是盲的。**c**：由留出的那一折决定何时停止，它就不再是留出的了。**e**：五个里取测试成绩最好的，有一部分是运气，而且是测试文本选中了它。**b** 和 **d** 正是应有的做法。
"""

# %% [markdown]
"""
### Exercise 3.2e.6

Train two copies of `start` on `few`, the first 96 texts of the pool, by `training.fit` with this chapter's rate, one epoch, batches of 16: one learns the
teacher's probabilities, the other the teacher's answers, its most probable classes. Then look at both curves (`history.step_table()`). However long one trains, the first
loss cannot fall below a certain value: which, in nats to two decimals? Answer with a pair: a dictionary with the histories `"soft"` and `"hard"`, and that value.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2e.6

取池子里的前 96 条文本 `few`，用 `training.fit` 训练 `start` 的两个副本，学习率用本章的，一轮，每批 16 条：一个学教师的概率，另一个学教师的答案，也就是概率最大的类别。然后看两条曲线（`history.step_table()`）。不管训练多久，第一个损失都不可能低于某个值：是多少？单位为奈特，保留两位小数。用一对值作答：一个装着 `"soft"` 和 `"hard"` 两个 history 的字典，以及这个值。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=3 importance=2 minutes=10
few = replace(lesson, input_ids=lesson.input_ids[:96], labels=lesson.labels[:96])
### BEGIN SOLUTION
given = np.array(few.labels)
histories = {}
for name, labels in {"soft": few.labels, "hard": given.argmax(1).tolist()}.items():
    part, once_more = replace(few, labels=labels), {"num_epochs": 1, "batch_size": 16}
    histories[name] = training.fit(copy.deepcopy(start), part, seed=seed, **settings | once_more)
answer = histories, -(given * np.log(given)).sum(1).mean()
### END SOLUTION
exercises.check("3.2e.6", answer, soft=few.labels, learning_rate=learning_rate)

# %% [markdown] tags=["solution"]
"""
A cross-entropy is least when the student says exactly what the teacher says, and then it equals the *entropy* of the teacher's own probabilities,
−Σ p log p, on average over the texts. Only a teacher that is always sure has the floor 0, which is the second curve's. So the height of a distillation loss says
little by itself: subtract the floor, or look at validation texts.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
学生所说与教师完全相同时，交叉熵最小，此时它等于教师自己概率的*熵*，即 −Σ p log p，对文本取平均。只有总是绝对有把握的教师，下限才是 0，第二条曲线就是如此。所以蒸馏损失的高低本身说明不了多少：要么减去下限，要么看验证文本。
"""

# %% [markdown]
"""
## Recap

- A vote gains where members are good **and** err differently. The log loss of a mean is never above the members' mean; accuracy has
  no such law.
- A stack learns from out-of-fold answers. On texts that a member knows it learns to trust whoever memorises best.
- Snapshots spare trainings; soups and students spare models in use.
- Performance and robustness are two claims: better everywhere is not the same as losing less.
- A gain comes with an interval, in which the seeds count as well. The cost comes without one: it is certain.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 成员既好、**又**错得不同，投票才有收益。平均概率的对数损失不会超过成员损失的平均；准确率没有这样的规律。
- 堆叠从折外回答中学习。如果用成员熟悉的文本，它学到的是信任最会死记的成员。
- 快照集成省的是训练；模型汤和学生省的是推理开销。
- 性能和鲁棒性是两项论断：处处更好，不等于掉得更少。
- 收益要带区间，区间里也要算上种子。代价不用：它是确定的。

## 自测
"""

# %%
quizzes.ask("3.2e")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Breiman 1996: *Bagging predictors*, Machine Learning 24(2).
- Wolpert 1992: *Stacked generalization*, Neural Networks 5(2).
- Kuncheva, Whitaker 2003: *Measures of diversity in classifier ensembles*, Machine Learning 51(2).
- Lakshminarayanan, Pritzel, Blundell 2017: *Simple and scalable predictive uncertainty estimation using deep ensembles*,
  arXiv 1612.01474: members that differ by their seed.
- Huang, Li, Pleiss, Liu, Hopcroft, Weinberger 2017: *Snapshot ensembles: train 1, get M for free*, arXiv 1704.00109.
- Wortsman et al. 2022: *Model soups*, arXiv 2203.05482: averaged weights, uniform and greedy.
- Hinton, Vinyals, Dean 2015: *Distilling the knowledge in a neural network*, arXiv 1503.02531.
- Krogh, Vedelsby 1995: *Neural network ensembles, cross validation, and active learning*, NIPS 7: folds as members.
- Condorcet 1785: *Essai sur l'application de l'analyse à la probabilité des décisions rendues à la pluralité des voix*.

## Next

Your own texts: `talentlab run 03_2e -p dataset=mine.csv -p domain_column=region -p held_out=north`; all layers, more texts and
seeds: `--preset laptop`. [Chapter 3.2f](03_2f_evaluation_and_deployment.ipynb) takes one model to its users.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Breiman 1996：*Bagging predictors*，Machine Learning 24(2)。
- Wolpert 1992：*Stacked generalization*，Neural Networks 5(2)。
- Kuncheva, Whitaker 2003：*Measures of diversity in classifier ensembles*，Machine Learning 51(2)。
- Lakshminarayanan, Pritzel, Blundell 2017：*Simple and scalable predictive uncertainty estimation using deep ensembles*，arXiv 1612.01474。成员只差随机种子。
- Huang, Li, Pleiss, Liu, Hopcroft, Weinberger 2017：*Snapshot ensembles: train 1, get M for free*，arXiv 1704.00109。
- Wortsman et al. 2022：*Model soups*，arXiv 2203.05482。权重平均，均匀汤与贪心汤。
- Hinton, Vinyals, Dean 2015：*Distilling the knowledge in a neural network*，arXiv 1503.02531。
- Krogh, Vedelsby 1995：*Neural network ensembles, cross validation, and active learning*，NIPS 7。以各折模型为成员。
- Condorcet 1785：*Essai sur l'application de l'analyse à la probabilité des décisions rendues à la pluralité des voix*。

## 下一步

用你自己的文本：`talentlab run 03_2e -p dataset=mine.csv -p domain_column=region -p held_out=north`；用全部层、更多文本和种子：`--preset laptop`。[第 3.2f 章](03_2f_evaluation_and_deployment.ipynb)把一个模型交到用户手里。
"""
