# %% [markdown]
"""
# 1 · Background

*背景介绍*

The document opens with an argument in four steps. Large pretrained models improve results markedly. Through transfer
learning they adapt quickly to new tasks. Building on them is hard all the same: complex technology, scarce data, fast
change. Therefore people decide. This chapter measures the first two steps, puts numbers to the third, and asks what
is left for the fourth.

**You will be able to**

- solve one task in four ways, with and without a pretrained model, and draw the learning curves,
- compare two methods on the same texts, and say when the data do not decide,
- estimate the arithmetic, time, money and memory of a training from two numbers, and check it against published trainings,
- fit a scaling law, and say how far it reaches,
- say which part of the document's argument has been measured so far.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 1 · 背景介绍

原文开篇的论证分四步：大规模预训练模型显著提升效果；借助迁移学习，它能快速适应新任务；可是要在它上面创业并不容易，技术复杂、数据难得、算法更新快；所以，人才决定成败。本章测量前两步，给第三步配上数字，再看第四步还剩下什么要回答。

**学完本章，你能够**

- 用四种办法解决同一个任务，有的用预训练模型，有的不用，并画出学习曲线；
- 在同样的文本上比较两种方法，并说出什么时候凭这些数据还不能得出结论；
- 由两个数字估算一次训练的计算量、时间、费用和内存，并用已发表的训练来检验；
- 拟合一条规模定律，并说出它管到哪里；
- 说清原文的论证到目前为止有哪些部分得到了测量。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; found by its name if None
model_name: str = "minilm"  # bundled model, a folder, or a Hub id such as bert-base-uncased
sizes: list[int] = [32, 160, 800]  # numbers of labelled training texts to try [texts]
few_labels: int = 200  # what this chapter calls few [texts]
seeds: list[int] = [0]  # each draws its own training texts and random weights
seed_spread: float = 0.04  # standard deviation of a difference over seeds, as three seeds showed it [share right]
learning_rate: float = 2e-4  # peak of AdamW's learning rate in fine-tuning
random_learning_rate: float = 1e-3  # the same for random weights, which need larger steps and stand them
random_layers: int | None = 2  # its layers; None: as many as the pretrained model has
num_epochs: int = 3  # passes over the training texts, at least
min_steps: int = 32  # at least, for two classes; small sets are passed over more often [optimizer steps]
batch_size: int = 32  # texts per optimizer step, at most [sequences]
max_length: int = 128  # longer texts lose their end [tokens]
dropout: float = 0.0  # share of hidden values set to zero in training; trainings this short need none
freeze: str = "word_embeddings"  # in fine-tuning: none, word_embeddings, embeddings or layers:K
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it

# %% [markdown]
"""
The cell above holds everything that can be changed from outside: `talentlab run 01 -p sizes=50,500` runs this notebook with two
other sizes.

## What is compared

![Four ways from a text to an answer, and where each has learned: word counts learn a weight for each word from the labels; random weights learn everything from them; the frozen encoder brings its vectors and layers along, and learns weights behind them; fine-tuning brings them along too, and changes the layers.](images/four_ways.svg)

What is drawn in blue was there before your first label. The question of this chapter is what it is worth.
"""

# %% [markdown] lang="zh"
"""
凡是可以从外部修改的设置，都在上面这个单元格里：`talentlab run 01 -p sizes=50,500` 换两个规模来运行本笔记本。

## 比较什么

![从文本到答案的四种办法，以及各在哪里学习：词袋从标签中为每个词学一个权重；随机权重的全部参数都从标签中学；冻结编码器自带词向量和各层，只在后面学一组权重；微调同样自带，并改动各层。](images/four_ways.zh.svg)

蓝色的部分，在你给出第一条标注样本之前就已经有了。本章要问的是，它值多少。
"""

# %%
import copy
import math
import time
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pandas as pd
import torch
from scipy import stats
from scipy.optimize import curve_fit
from sklearn.linear_model import LogisticRegression

from talentlab import data, evaluation, models, plots, runtime, training
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
quizzes.ask("1", "before")

# %% [markdown]
"""
## 1.1 One task, four ways

The task is that of chapter 5: is the writer of a short review satisfied? What varies is how many labelled texts there are to
learn from, and what the method knows before it sees the first of them.

| way | what it knows beforehand | what is learned from the labels |
|---|---|---|
| word counts | nothing | a weight per word and pair of words, and per piece of a word where that helps |
| random weights | nothing; only the architecture is BERT's | everything |
| frozen encoder | a pretrained model, used as it is | a weight per number that it gives out |
| fine-tuned | the same pretrained model | a head, and changes to the layers |
"""

# %% [markdown] lang="zh"
"""
## 1.1 一个任务，四种办法

任务与第 5 章相同：一条短评的作者是否满意？变化的是两件事：有多少条带标签的文本可供学习，以及方法在看到第一条标注样本之前已经知道些什么。

| 办法 | 事先知道什么 | 从标签中学什么 |
|---|---|---|
| 词袋 | 什么也不知道 | 每个词和词对各一个权重；有帮助时，每个字符片段也有一个 |
| 随机权重 | 什么也不知道，只有结构是 BERT 的 | 全部参数 |
| 冻结编码器 | 一个预训练模型，原样使用 | 编码器输出的每个数值各一个权重 |
| 微调 | 同一个预训练模型 | 分类头，以及对各层的改动 |
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seeds[0])
train_rows, test_rows = corpus.split("train"), corpus.split("test")
ladder = sorted({min(size, len(train_rows)) for size in sizes})
chance = test_rows["label"].value_counts(normalize=True).max()
print(f"{len(train_rows):,} training texts, {len(test_rows):,} test texts")
print(f"always answering the most frequent class: {chance:.1%} right")

# %% [markdown]
"""
### A fair ladder

The training sets are *nested*: 160 texts contain the 32. So a step up the ladder adds texts and changes nothing else. They are
also *stratified*: at each size the classes have the shares of the whole. Every method gets the same texts.

Validation texts are not used. Somebody who has 32 labels has none to spare, and a best epoch chosen by 300 further
labels would make 32 labels look better than they are. The weights after the last step count.
"""

# %% [markdown] lang="zh"
"""
### 公平的阶梯

各个训练集是*嵌套*的：160 条里包含那 32 条。这样，每上一级只是多了文本，别的都没有变。它们又是*分层*抽取的：在每一级，各类别的比例都与总体一致。每种方法拿到的文本完全相同。

验证集不用。只有 32 条标注样本的人，没有多余的可以分出来；若再用 300 条来挑选最好的一轮，就会把 32 条的成绩抬高。这里一律采用最后一步之后的权重。
"""


# %%
orders = {seed: data.draw(train_rows, None, seed) for seed in seeds}  # every beginning of them is stratified
names = dict(enumerate(corpus.class_names))
pd.DataFrame({n: orders[seeds[0]].head(n)["label"].map(names).value_counts() for n in ladder})

# %% [markdown]
"""
### Word counts

A linear support vector machine on word counts (TF-IDF), over the vocabulary of the training texts. `fit_baseline` chooses its
settings by cross-validation on the training texts: how strongly the weights are held back, and whether pieces of words join the
words. It is the baseline of all chapters; a weak one would flatter whatever is held against it. It takes a second or two, so it also
gets all the labels there are. `right` collects the answers of every method: one row per seed, one column per test text, true where
the answer was right.
"""

# %% [markdown] lang="zh"
"""
### 词袋

词袋（TF-IDF）加线性支持向量机，词表取自训练文本。`fit_baseline` 用训练文本上的交叉验证来选定它的设置：对权重约束多强，以及除了词以外要不要加上字符片段。它是各章共用的基线；基线若是太弱，与它相比的方法就会显得虚高。它只要一两秒，所以另外再给它全部标签试一次。`right` 收集每种方法的答案：每个随机种子一行，每条测试文本一列，答对为真。
"""

# %%
test_labels = test_rows["label"].to_numpy()
right = {}  # (method, labels) -> [seeds, test texts]


def count_words(rows: pd.DataFrame) -> np.ndarray:
    classifier = evaluation.fit_baseline(rows["text"], rows["label"])
    return classifier.predict(test_rows["text"]) == test_labels


for n in ladder:
    right["word counts", n] = np.stack([count_words(orders[seed].head(n)) for seed in seeds])
right_with_all = count_words(train_rows)

# %% [markdown]
"""
### A frozen encoder

The pretrained model turns each text into one vector: the mean of the states of its tokens. *Frozen* means that it is left as it is:
the vectors are computed once, without labels. Then logistic regression learns from them, in milliseconds. It is the cheapest use of a
pretrained model, and the usual first attempt.

The texts of a batch are filled up to the length of the longest, and this padding has states too. A *mask* says which positions are
tokens, 1 or 0 for each. Only those belong in the mean.
"""

# %% [markdown] lang="zh"
"""
### 冻结编码器

预训练模型把每条文本变成一个向量：各词元状态的平均值。冻结，就是让模型保持原样：这些向量只算一次，不需要标签。随后逻辑回归在向量上学习，只需几毫秒。这是预训练模型最省事的用法，通常也是第一个尝试。

同一批文本要补齐到最长的一条，补上的填充位置也会算出状态。掩码给每个位置一个 1 或 0，标明它是不是词元。平均值里只应有词元。
"""

# %% [markdown]
"""
### Exercise 1.A

A colleague's function below runs, and the vector of a text changes with the texts that share its batch. Write it again so that it
does not: the same two arguments, one vector per text. It will be tried on two texts of at most four tokens.
"""

# %% [markdown] lang="zh"
"""
### 练习 1.A

下面是一位同事写的函数，运行不报错，可是同一条文本的向量会随同批的其他文本而变。请重写，使它不再变化；两个参数不变，每条文本得到一个向量。检查时用两条最多四个词元的文本。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=5
def mean_of_states(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:  # [B, T, H], [B, T] -> [B, H]
    return (states * mask.unsqueeze(-1)).mean(1)


### BEGIN SOLUTION
def answer(states, mask):
    return (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)


### END SOLUTION
exercises.check("1.A", answer)

# %% [markdown] tags=["solution"]
"""
The mask does its work in the product: padding adds nothing to the sum. But `mean` then divides by all positions, padding included. A
text of two tokens beside one of twenty gets a tenth of its vector. The divisor is the number of its own tokens, the sum of its mask.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
掩码在乘积里已经起了作用：填充对求和没有贡献。但 `mean` 随后除以的是全部位置，填充也算在内。一条只有两个词元的文本，若与二十个词元的文本同批，向量就只剩十分之一。除数应当是它自己的词元数，也就是掩码之和。
"""

# %% [markdown]
"""
The chapter's own version, as a layer around the encoder:
"""

# %% [markdown] lang="zh"
"""
本章自己的写法，做成套在编码器外面的一层：
"""


# %%
class MeanOfTokens(torch.nn.Module):
    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        states = self.encoder(input_ids, attention_mask=attention_mask).last_hidden_state  # [B, T, H]
        mask = attention_mask.unsqueeze(-1)  # [B, T, 1], 0 where there is padding
        return SimpleNamespace(logits=(states * mask).sum(1) / mask.sum(1))  # [B, H], where `predict` looks for it


def tokenized(rows: pd.DataFrame) -> data.TokenizedText:
    return data.tokenize(tokenizer, rows["text"], rows["label"], max_length)


# %% tags=["nbval-ignore-output"]
tokenizer, pretrained = models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seeds[0])
encoder = MeanOfTokens(pretrained.base_model).to(runtime.default_device())
used = train_rows.loc[sorted(set().union(*(order.head(ladder[-1]).index for order in orders.values())))]
clock = time.monotonic()
vectors = pd.DataFrame(evaluation.predict(encoder, tokenized(used), precision=precision), index=used.index)
test_vectors = evaluation.predict(encoder, tokenized(test_rows), precision=precision)
print(f"{len(used) + len(test_rows):,} texts → vectors of {vectors.shape[1]} numbers, {time.monotonic() - clock:.0f} s")
for n in ladder:
    parts = [orders[seed].head(n) for seed in seeds]
    answers = [
        LogisticRegression(max_iter=2000).fit(vectors.loc[p.index], p["label"]).predict(test_vectors) for p in parts
    ]
    right["frozen encoder", n] = np.stack(answers) == test_labels

# %% [markdown]
"""
### Training the network: how long?

Both remaining ways train a network with `training.fit`. Three epochs in batches of 32 are 75 optimizer steps for 800 texts, but
three for 32 texts: too few for any network to move. Then the curve would show the lack of steps, not the lack of labels.
So small sets get smaller batches and are passed over more often, until there are at least `min_steps` steps, with many
classes several times as many.
"""

# %% [markdown] lang="zh"
"""
### 训练网络：训练多久？

剩下的两种办法都要用 `training.fit` 训练网络。同样以 32 条为一批训练三轮，800 条文本有 75 个优化步，32 条文本却只有三步：任何网络都来不及学到东西。那样画出的曲线，反映的是步数不足，而不是标签不足。所以小的训练集用更小的批，多过几轮，直到至少有 `min_steps` 步；类别很多时，步数是它的几倍。
"""


# %%
def schedule(texts: int) -> dict[str, int]:
    batch = min(batch_size, max(8, texts // 10))
    steps = min_steps * math.log2(max(2, len(names)))  # more classes, more to learn
    return {"batch_size": batch, "num_epochs": max(num_epochs, math.ceil(steps / math.ceil(texts / batch)))}


def train_and_answer(model: torch.nn.Module, rows: pd.DataFrame, rate: float, seed: int) -> np.ndarray:
    models.set_dropout(model, dropout)
    settings = {"learning_rate": rate, "precision": precision, "seed": seed, **schedule(len(rows))}
    histories.append(training.fit(model, tokenized(rows), **settings))
    return evaluation.predict(model, test, precision=precision).argmax(1) == test_labels


test, histories = tokenized(test_rows), []
for n in ladder:
    print(f"{n:>5} labels:", ", ".join(f"{name} {value}" for name, value in schedule(n).items()))

# %% [markdown]
"""
### Random weights

The same kind of network with the same tokenizer, its weights drawn at random. By default it has two layers instead of six: that
saves half a minute, and on so few texts the smaller network is no worse (`-p random_layers=None` checks that).
Every weight trains, the word vectors too, because random ones mean nothing; and the learning rate is higher, because
there is nothing yet that a large step could spoil.
"""

# %% [markdown] lang="zh"
"""
### 随机权重

同一类网络，同一个分词器，只是权重随机抽取。默认只有两层而不是六层，可以省下半分钟；文本这么少，小一些的网络并不更差（可以用 `-p random_layers=None` 验证）。所有权重都参与训练，包括词向量，因为随机的词向量没有任何含义；学习率也更高，因为还没有什么东西会被大步更新毁掉。
"""


# %%
def random_network(seed: int) -> torch.nn.Module:
    config = copy.deepcopy(pretrained.config)
    config.num_hidden_layers = random_layers or config.num_hidden_layers
    torch.manual_seed(seed)
    network = type(pretrained)(config)
    network.set_attn_implementation(pretrained.config._attn_implementation)
    return network


census = models.parameter_census(random_network(seeds[0]))
print(f"{census.at['total', 'total']:,} random parameters in {sum('layer' in part for part in census.index)} layers")

# %% tags=["nbval-ignore-output"]
for n in ladder:
    answers = [train_and_answer(random_network(s), orders[s].head(n), random_learning_rate, s) for s in seeds]
    right["random weights", n] = np.stack(answers)
    print(f"{n:>5} labels: {right['random weights', n].mean():.1%} right; loss {histories[-1].steps[-1]['loss']:.2f}")

# %% [markdown]
"""
### Fine-tuning

Now the same loop from pretrained weights. Before it runs, two guesses for the largest training set: how many of the test texts will
the fine-tuned model get right, and which of the four ways comes last?
"""

# %% [markdown] lang="zh"
"""
### 微调

现在用同一个训练循环，从预训练权重出发。运行之前，请就最大的训练集猜两件事：微调的模型能答对多少测试文本？四种办法中哪一种垫底？
"""

# %%
guess_tuned = guesses.guess("1.fine_tuned")
guess_last = guesses.guess("1.last")


# %% tags=["nbval-ignore-output"]
def pretrained_network(seed: int) -> torch.nn.Module:
    _, network = models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seed)
    return models.freeze(network, freeze)


fine_tuning_s = {}
for n in ladder:
    answers = [train_and_answer(pretrained_network(s), orders[s].head(n), learning_rate, s) for s in seeds]
    right["fine-tuned", n] = np.stack(answers)
    fine_tuning_s[n] = histories[-1].training_s
    print(f"{n:>5} labels: {right['fine-tuned', n].mean():.1%} right; loss {histories[-1].steps[-1]['loss']:.2f}")
own = histories[-1]  # the longest fine-tuning; its cost is looked at in 1.2

# %% [markdown]
"""
First compare the loss with that of random weights, size by size, then the *accuracy*, the share of the test texts answered right. A loss near zero on a few texts means that they
have been learned by heart, whatever the start. What the pretrained network has learned beyond that shows only on texts that it has
not seen.

### The learning curves
"""

# %% [markdown] lang="zh"
"""
先逐级与随机权重的损失相比，再比*准确率*，即测试文本中答对的比例。在很少的文本上损失接近零，只说明把它们背了下来，起点是什么都一样。预训练的网络除此之外还学到了什么，只有在没见过的文本上才看得出来。

### 学习曲线
"""

# %% tags=["nbval-ignore-output"]
texts = len(test_labels)
curves = {way: evaluation.proportion_interval(round(r.mean() * texts), texts) for way, r in right.items()}
all_labels = evaluation.proportion_interval(int(right_with_all.sum()), texts)
metrics = {f"{method} {n}": value for (method, n), value in curves.items()} | {"word counts all": all_labels}
claims.report(**{name.replace(" ", "_").replace("-", "_"): value for name, value in metrics.items()})
table = pd.Series(curves).unstack(0).map("{:.1%}".format)
table.rename_axis("labels")

# %% tags=["nbval-ignore-output"]
STYLES = {"word counts": (plots.GREY, "s"), "random weights": (plots.ORANGE, "v"),
          "frozen encoder": (plots.BLUE, "o"), "fine-tuned": (plots.VERMILION, "^")}  # fmt: skip
figure, (axes,) = plots.new_axes(width=7.2, height=4.4)
for shift, (method, (color, marker)) in zip((0.94, 0.98, 1.02, 1.06), STYLES.items(), strict=True):
    y = 100 * np.array([curves[method, n] for n in ladder])  # value, low, high
    error = [y[:, 0] - y[:, 1], y[:, 2] - y[:, 0]]
    axes.errorbar(np.array(ladder) * shift, y[:, 0], error, color=color, marker=marker, capsize=3, label=method)
axes.axhline(100 * chance, color=plots.GREY, linestyle=":", label="most frequent class")
guess_tuned.shade(axes)
axes.set_xscale("log")
axes.set_xticks(ladder, [f"{n:,}" for n in ladder])
axes.minorticks_off()
axes.set(
    xlabel="labelled training texts (points of one size side by side)", ylabel="right answers on the test texts [%]"
)
figure.legend(frameon=False, loc="outside upper center", ncols=3)
ranked = sorted(STYLES, key=lambda method: -curves[method, ladder[-1]].value)
ends = ", ".join(f"{method} {curves[method, ladder[-1]].value:.1%}" for method in ranked)
plots.show(
    figure,
    alt=f"Right answers against labels, log axis, with 95 % intervals over test texts. At {ladder[-1]:,} labels: {ends}.",
)

# %% tags=["nbval-ignore-output"]
guess_tuned.settle(100 * curves["fine-tuned", ladder[-1]].value)
guess_last.settle(list(STYLES).index(ranked[-1]))
no_better = [method for method in STYLES if curves[method, ladder[0]].low <= chance]
print(f"with {ladder[-1]:,} labels, best first: {ends}")
print(f"with {ladder[0]} labels, not clearly better than one answer for all: {', '.join(no_better) or 'none'}")

# %% [markdown]
"""
Read the figure from left to right. On the course's own reviews the ways start together, near guessing, and part with the labels:
fine-tuning comes first, word counts second. The network from random weights has seen the same texts, as often, in the same
loop; what it lacks is what was learned before.

The frozen encoder may surprise: it was pretrained too. But its vectors were trained to say what a sentence is *about*, and
these reviews were written so that the topic says nothing about the verdict. Used in the quickest way, the pretrained
model does not beat counting words on them. On film reviews it does (`course/results.md`). A pretrained model is no gain in
itself; it depends on the task, and on how it is used.
"""

# %% [markdown] lang="zh"
"""
把图从左往右看。在课程自带的短评上，四种办法起点相同，都与瞎猜相差不远；标签越多，差别越大：微调居首，词袋其次。随机权重的网络看过同样的文本，遍数相同，训练循环也相同；它缺的，是此前学到的东西。

冻结编码器的结果也许出人意料：它也是预训练过的。不过，它的向量是按“句子讲的是*什么*”训练出来的，而这批短评特意写成主题与态度无关。用最省事的办法，预训练模型在这批短评上并不比词袋更好；换成电影评论，它就占优了（见 `course/results.zh.md`）。预训练模型本身并不等于收益，要看任务，也要看怎么用。
"""

# %% [markdown]
"""
### Where does one overtake the other?

Two intervals that overlap look undecided. But all methods answered the same texts, so the right comparison goes text by
text: how often is only the one right, how often only the other? Each text gives +1, 0 or −1. The mean of these differences varies
less from one test set to the next than the two accuracies do, because texts that are easy for both, or hard for both, give 0. Its
standard error says how much less.
"""

# %% [markdown] lang="zh"
"""
### 谁在哪里超过谁

两个区间重叠，看上去就分不出高下。但所有方法回答的是同一批文本，所以应当逐条比较：有多少条只有这一种答对，又有多少条只有那一种答对？每条文本给出 +1、0 或 −1。换一批测试文本时，这些差值的均值比两个准确率各自的波动要小，因为对两者都容易、或都困难的文本给出的是 0。小多少，由它的标准误来说。
"""

# %% [markdown]
"""
### Exercise 1.B

Write a function of two arrays of booleans of the same length: on which test texts one method was right, and on which another. It
returns a pair: by which share the first is ahead, and the standard error of that, from the differences text by text (their standard
deviation, divided by the root of their number).
"""

# %% [markdown] lang="zh"
"""
### 练习 1.B

写一个函数，参数是两个等长的布尔数组：一种方法在哪些测试文本上答对，另一种在哪些上答对。返回一对数：前者领先的比例，以及它的标准误；标准误由逐条的差值算出，即差值的标准差除以条数的平方根。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def answer(one, other):
    ahead = one.astype(float) - other
    return ahead.mean(), ahead.std(ddof=1) / len(ahead) ** 0.5


### END SOLUTION
exercises.check("1.B", answer)

# %% [markdown] tags=["solution"]
"""
The mean of the differences is the difference of the accuracies. Its standard error is not the sum of theirs: where both methods are
right or both are wrong, the difference is 0 and does not vary. Two methods that agree on most texts can be told apart by few texts.
Whether the standard deviation divides by n or by n − 1 hardly matters with 300 texts; both are taken.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
差值的平均就是两个准确率之差，但它的标准误不是两个标准误之和：两种方法都对或都错的文本，差值为 0，不产生波动。两种方法若在大多数文本上一致，用不多的文本就能分出高下。
标准差除以 n 还是 n − 1，在 300 条文本时几乎没有区别；两种都算对。
"""

# %% [markdown]
"""
`evaluation.difference` does the same, and adds a second kind of chance: the seeds, which the intervals of the figure leave out.
"""

# %% [markdown] lang="zh"
"""
`evaluation.difference` 做的是同一件事，另外还计入第二种随机波动，即随机种子；图中的区间没有把它算进去。
"""


# %% tags=["nbval-ignore-output"]
others = [method for method in STYLES if method != "fine-tuned"]
gains = {
    method: {
        n: evaluation.difference(right["fine-tuned", n], right[method, n], seed_spread=seed_spread) for n in ladder
    }
    for method in others
}
pd.DataFrame(gains).map("{:+.1%}".format).rename_axis("labels")

# %% [markdown]
"""
Each entry says by how much fine-tuning is ahead, with its 95 % interval. Where the interval contains 0, this run does not
decide. Two kinds of chance are in it: other test texts, and another draw of training texts and random weights. The
first is computed from the texts. The second cannot be seen in one run. `seed_spread` stands for it: with seeds 0, 1 and 2 and 800 labels the lead
over word counts scattered by about four points, and seed 0 was the lucky one. `-p seeds=0,1,2` averages over
them, and the interval shrinks.

### Two claims of the document

The document says "markedly" and "quickly" without a number. Before looking, we fix one: *markedly* is five points over
word counts at the top of the ladder, and *quickly* means ahead of word counts with at most `few_labels` labels. In both
cases the interval has to lie above 0.
"""

# %% [markdown] lang="zh"
"""
每一格是微调领先的幅度，附 95% 置信区间。区间包含 0 的地方，凭这次运行还不能得出结论。区间计入了两种随机波动：换一批测试文本，以及换一次训练文本的抽样和随机权重。前一种可以由这批文本算出，后一种在单次运行中看不到，由 `seed_spread` 代表：用种子 0、1、2 各跑一次，800 条标注样本时对词袋的领先幅度大约有 4 个百分点的波动，而种子 0 恰好是走运的那一个。`-p seeds=0,1,2` 对三次取平均，区间随之变窄。

### 原文的两个说法

原文只说“显著”和“快速”，没有给出数字。我们在看结果之前先定下标准：*显著*，指在阶梯顶端比词袋高出 5 个百分点；*快速*，指标注样本不超过 `few_labels` 条时就已领先于词袋。两者都要求区间在 0 以上。
"""

# %% tags=["nbval-ignore-output"]
top = gains["word counts"][ladder[-1]]
claims.record(
    "1-performance",
    reference="at least 5 points more than word counts",
    measured=f"{top:+.1%} with {ladder[-1]:,} labels of {dataset}",
    holds=True if top.value >= 0.05 and top.low > 0 else False if top.high < 0.05 else None,
)
few = max((n for n in ladder if n <= few_labels), default=ladder[0])
early = gains["word counts"][few]
claims.record(
    "1-transfer",
    reference=f"ahead of word counts with at most {few_labels} labels",
    measured=f"{early:+.1%} with {few} labels of {dataset}, after {fine_tuning_s[few]:.0f} s of training",
    holds=evaluation.verdict(early, seeds=len(seeds), seed_spread=seed_spread),
)
given = (dataset, label_column, model_name, sizes, seeds, learning_rate, num_epochs)
if given == ("reviews", None, "minilm", [32, 160, 800], [0], 2e-4, 3):  # other settings may learn less: a result
    assert top.value > -0.02 and curves["fine-tuned", ladder[-1]].value > 0.66, "far below what this recipe reaches"

# %% [markdown]
"""
"Not decided" is a result as well: a lead in one run may be a lucky draw. The run of a lesson is small, so the tables also
show the record: this same notebook on SST-2, film reviews, with five seeds and 1,821 test sentences. There both leads are larger than
both kinds of chance, and the record decides.
"""

# %% [markdown] lang="zh"
"""
“还不能得出结论”也是一种结果：一次运行中的领先，可能只是走运。课上的运行规模小，所以表中还附有大规模实测：同一个笔记本在 SST-2（电影评论）上运行，五个种子，1,821 个测试句子。在那里，两项领先都超出了这两种随机波动，最后的结论以它为准。
"""

# %% [markdown]
r"""
## 1.2 What size costs

The other half of the document's first sentence is the word *large*. What does it cost to make such a model? Two numbers are
enough for an estimate: the parameters $N$ and the training tokens $D$. In the forward pass each parameter takes part in
one multiplication and one addition per token; the backward pass does twice that:

$$\text{FLOPs} \approx 6 \, N \, D$$

(Kaplan et al. 2020, section 2.1). It leaves out what attention adds, which is little while texts are short compared with the
width of the model. Time follows from the hardware's peak and the share of it that is reached, the *utilisation*. The memory of a
training with AdamW is 16 bytes per parameter: weight, gradient and the optimizer's two averages, 4 bytes each in fp32. A
training that multiplies in bf16 and keeps a master copy in fp32 comes to the same 16; trainings in bf16 alone, or with an optimizer whose averages have 8 bits,
need less. Activations come on top.
"""

# %% [markdown] lang="zh"
r"""
## 1.2 规模的代价

原文第一句话的另一半是“大”。造出这样一个模型要花多少？有两个数就能估算：参数量 $N$ 和训练词元数 $D$。前向计算中，每个参数对每个词元做一次乘法和一次加法；反向计算是它的两倍：

$$\text{FLOPs} \approx 6 \, N \, D$$

（Kaplan 等人，2020，2.1 节）。这里没有算注意力额外的计算，只要文本长度比模型宽度小得多，这部分就很小。时间取决于硬件的峰值，以及实际达到峰值的比例，即利用率。用 AdamW 训练，每个参数占 16 字节：权重、梯度、优化器的两个滑动平均，在 fp32 下各 4 字节。保留 fp32 主副本的混合精度训练，加起来同样是 16 字节；全程只用 bf16，或者优化器的滑动平均只用 8 位，则更省。激活值另计。
"""


# %%
def training_flops(parameters: float, tokens: float) -> float:
    return 6 * parameters * tokens


def device_hours(flops: float, peak_flops_per_s: float, utilisation: float) -> float:
    return flops / (peak_flops_per_s * utilisation) / 3600


def adamw_memory_gb(parameters: float) -> float:
    return 16 * parameters / 1e9


# %% [markdown]
"""
### Does the formula agree with published trainings?

The appendix of the GPT-3 paper (table D.1) lists parameters, tokens and arithmetic of several models; Hoffmann et al. (table 3)
give the size and data that suit a budget. The assertion holds the formula to them.
"""

# %% [markdown] lang="zh"
"""
### 公式与已发表的训练相符吗

GPT-3 论文的附录（表 D.1）列出了若干模型的参数量、词元数和计算量；Hoffmann 等人（表 3）给出了与某一预算相配的模型大小和数据量。下面的断言要求公式与它们相符。
"""

# %%
published = pd.DataFrame(
    [  # parameters, tokens, FLOPs as printed, share by which 6ND may be off
        ("GPT-3", 174.6e9, 300e9, 3.14e23, 0.01, "Brown et al., table D.1"),
        ("BERT-base", 109e6, 250e9, 1.64e20, 0.01, "Brown et al., table D.1"),
        ("BERT-large", 355e6, 250e9, 5.33e20, 0.01, "Brown et al., table D.1"),
        ("Gopher's budget", 67e9, 1.5e12, 5.76e23, 0.05, "Hoffmann et al., table 3"),
    ],
    columns=["model", "parameters", "tokens", "FLOPs", "tolerance", "source"],
).set_index("model")
published["6ND"] = training_flops(published["parameters"], published["tokens"])
published["ratio"] = published["6ND"] / published["FLOPs"]
assert ((published["ratio"] - 1).abs() <= published["tolerance"]).all(), "the formula misses a published figure"
numbers = published[["parameters", "tokens", "FLOPs", "6ND"]].map("{:.3g}".format)
numbers.assign(ratio=published["ratio"].map("{:.3f}".format), source=published["source"])

# %% [markdown]
"""
The ratios near 1 show that these papers count in the same way. They do not show that the tokens are right. For BERT we can ask
its own authors: a million steps of 128,000 tokens each, which they call about 40 passes over 3.3 billion words; four
days on 16 TPU chips for the base model, 64 for the large one (Devlin et al. 2019, appendix A.2). The paper does
not say which chips; we take the TPU v2, with a peak of 45 TFLOPS.
"""

# %% [markdown] lang="zh"
"""
比值都接近 1，说明这些论文的算法一致，却不说明词元数是对的。BERT 的情况可以去问它自己的作者：一百万步，每步 128,000 个词元，按他们的说法，大约是把 33 亿词看了 40 遍；base 模型用 16 块 TPU 芯片训练四天，large 模型用 64 块（Devlin 等人，2019，附录 A.2）。论文没有说是哪一代芯片；这里按 TPU v2 计算，峰值为 45 TFLOPS。
"""

# %%
bert_tokens = 1e6 * 128_000
print(f"tokens by BERT's own paper: {bert_tokens / 1e9:.0f} billion, {bert_tokens / 3.3e9:.0f} for each word of its corpus; "
      "in the table above: 250 billion")  # fmt: skip
for model, size, chips in [("BERT-base", 110e6, 16), ("BERT-large", 340e6, 64)]:
    flops, possible = training_flops(size, bert_tokens), chips * 45e12 * 4 * 24 * 3600
    shares = flops / possible, published.at[model, "FLOPs"] / possible
    print(f"{model}: {flops:.1e} FLOPs, {shares[0]:.0%} of the chips' peak; with the table's tokens {shares[1]:.0%}")
    assert 0.05 < shares[0] < 1, "more arithmetic than the machine could do, or hardly any"

# %% [markdown]
"""
Two respectable sources, a factor of two between them, and each agrees with the formula. A utilisation of a quarter to a third is
what one would expect; over 50 % would be more than PaLM reached in 2022 (46 %, Chowdhery et al., table 3). Even the smaller number is
an upper bound: appendix A.2 also says that nine tenths of the steps had sequences of 128 tokens. Had those batches kept 256 sequences,
the total would be 43 billion tokens, only 13 for each word. So an estimate by
$6ND$ is as good as its $N$ and $D$, and the machine's peak is a check on both. "Training X cost Y" is worth a question: counted how?

### This machine on the same scale

How fast is the machine under this notebook? A large matrix product comes as close to its peak as anything does. Fine-tuning
reaches less. Its word vectors are looked up, not multiplied, so they count for memory and not for arithmetic.

One more guess: by how many powers of ten is GPT-3's training more arithmetic than the longest fine-tuning of this chapter?
"""

# %% [markdown] lang="zh"
"""
两个来源都可靠，相差一倍，又都与公式相符。四分之一到三分之一的利用率合乎常情；超过 50%，就比 2022 年的 PaLM 还高了（46%，Chowdhery 等人，表 3）。较小的那个数也只是上限：附录 A.2 还说，九成的步数用的是长 128 个词元的序列；如果那些批仍是 256 条，总共就只有 430 亿个词元，每个词只摊到 13 个。可见，用 $6ND$ 估算，准不准取决于 $N$ 和 $D$，而机器的峰值可以用来检验这两个数。听到“训练某模型花了多少”，值得问一句：是怎么算的？

### 用同样的办法衡量这台机器

运行这个笔记本的机器有多快？一次大的矩阵乘法最接近它的峰值。微调达不到这么高。词向量是查表得到的，不做乘法，所以它只计入内存，不计入计算量。

再猜一个数：GPT-3 那次训练的计算量，比本章最长的一次微调大多少个 10 的幂？
"""

# %%
guess_ratio = guesses.guess("1.ratio")

# %% tags=["nbval-ignore-output"]
device = runtime.default_device()
width = 2048 if device.type == "cpu" else 8192
kind = torch.bfloat16 if runtime.choose_precision(precision, device) == "bf16" else torch.float32
matrix, seconds = torch.ones(width, width, dtype=kind, device=device), []
for _ in range(6):
    clock = time.monotonic()
    (matrix @ matrix)[0, 0].item()  # waits for the result
    seconds.append(time.monotonic() - clock)
machine_peak = 2 * width**3 / min(seconds)
census = models.parameter_census(pretrained)
multiplied = census.at["total", "total"] - census.at["embeddings", "total"]
own_flops = training_flops(multiplied, own.seen)
print(f"this machine: {machine_peak / 1e12:.2f} TFLOPS in {str(kind).removeprefix('torch.')}")
print(f"fine-tuning: {own.seen:,.0f} tokens, {own_flops:.1e} FLOPs, {own.training_s:.0f} s, {own.speed:,.0f} tokens/s")
print(
    f"utilisation {own_flops / own.training_s / machine_peak:.0%}; "
    f"weights, gradients and AdamW at most {adamw_memory_gb(census.at['total', 'total']):.2f} GB, activations on top"
)
ratio = published.at["GPT-3", "FLOPs"] / own_flops
print(f"GPT-3's training: {ratio:.0e} times as much arithmetic")
guess_ratio.settle(math.log10(ratio))
assert 0 < own_flops / own.training_s < machine_peak, "faster than this machine can multiply"

# %% [markdown]
"""
That ratio is the economy of transfer learning in one number. Somebody paid for the pretraining once; each user pays for an
adaptation that is many orders of magnitude smaller.

### The cost explorer

Drag parameters and tokens; choose the hardware; set the utilisation (21 % for GPT-3, 46 % for PaLM, by Chowdhery et al.) and a
price. The lines join all trainings that take the same time on the chosen device.

Peaks are those of the makers' data sheets for dense 16-bit matrix products: V100 (SXM2) 125, A100 312, H100 (SXM) 989 TFLOPS. The
price is an assumption, not a quotation. In public price lists of early 2026 an hour of an H100 cost about 2 to 5 USD,
depending on provider and contract, an A100 about half of that; prices change, so put in yours.
"""

# %% [markdown] lang="zh"
"""
这个比值用一个数说出了迁移学习的经济账：预训练的钱有人付过一次，此后每个使用者只需付一次适配的钱，而适配要小许多个数量级。

### 成本计算器

拖动参数量和词元数，选择硬件，设定利用率（据 Chowdhery 等人，GPT-3 为 21%，PaLM 为 46%）和价格。图中每条线连起的，是在所选设备上耗时相同的训练。

峰值取自厂商数据手册，指稠密的 16 位矩阵乘法：V100（SXM2）125、A100 312、H100（SXM）989 TFLOPS。价格是假设，不是报价。2026 年初的公开价目表上，H100 每小时约 2 到 5 美元，随供应商和合同而异，A100 约为一半；价格会变，请填入你自己的。
"""

# %% tags=["nbval-ignore-output"]
PEAKS = {"V100": 125e12, "A100": 312e12, "H100": 989e12, "this machine": machine_peak}  # [FLOP/s]


def cost(parameters: float, tokens: float, hardware: str, utilisation: float, usd_per_hour: float):
    hours = device_hours(training_flops(parameters, tokens), PEAKS[hardware], utilisation)
    figure, (axes,) = plots.new_axes(width=7.2, height=4.2)
    x = np.array([1e3, 1e14])
    for line_hours in (1, 1e3, 1e6):
        flops = line_hours * 3600 * PEAKS[hardware] * utilisation
        axes.loglog(x, flops / 6 / x, color=plots.GREY, linewidth=1, linestyle=":")
        place = min(flops / 6 / 3e9, 1e12)  # tokens
        text = f"{line_hours:,.0f} h = {line_hours * usd_per_hour:,.0f} USD"
        axes.text(
            place, flops / 6 / place, text, ha="center", va="center", size=9, clip_on=True, backgroundcolor="white"
        )
    axes.plot(published["tokens"], published["parameters"], "o", color=plots.BLUE)
    for name, row in published.iterrows():
        axes.annotate(name, (row["tokens"], row["parameters"]), (6, -10), textcoords="offset points", fontsize=9)
    axes.plot(own.seen, multiplied, "s", color=plots.GREEN, label="the fine-tuning above")
    axes.plot(tokens, parameters, "*", color=plots.VERMILION, markersize=14, label="the sliders")
    axes.set(xlim=(1e3, 1e14), ylim=(1e6, 1e13), xlabel="training tokens", ylabel="parameters")
    axes.legend(edgecolor="none", framealpha=1, loc="upper left")
    shown = f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"
    return figure, (
        f"{training_flops(parameters, tokens):.2e} FLOPs: {shown} device hours ({hardware}, {utilisation:.0%} of its peak), "
        f"{hours * usd_per_hour:,.0f} USD; {adamw_memory_gb(parameters):,.1f} GB for weights, gradients and AdamW in fp32, activations on top."
    )


# %% tags=["nbval-ignore-output"]
controls = {
    "parameters": ipywidgets.FloatLogSlider(
        value=174.6e9, min=6, max=13, readout_format=".2e", description="parameters"
    ),
    "tokens": ipywidgets.FloatLogSlider(value=300e9, min=4, max=14, readout_format=".2e", description="tokens"),
    "hardware": ipywidgets.Dropdown(options=list(PEAKS), value="V100", description="hardware"),
    "utilisation": ipywidgets.FloatSlider(value=0.2, min=0.05, max=0.8, step=0.05, description="utilisation"),
    "usd_per_hour": ipywidgets.FloatSlider(value=2.0, min=0, max=10, step=0.1, description="USD per hour"),
}
_ = plots.explore(cost, **controls)

# %% [markdown]
"""
The first state is GPT-3 on the hardware of its time. Three things to try: the same training on an H100; BERT-base on this
machine; and GPT-3's memory, divided by the 80 GB of one card. A training that does not fit on a device has to be
spread over many, and spreading it is the complexity that the document speaks of.

From BERT to GPT-3 the points rise straight up: more parameters, hardly more tokens. The model that Hoffmann et al. advise for
Gopher's budget lies lower and further to the right. They found that the models of 2020 were too large for their data;
about 20 tokens per parameter spend a given budget best. Large is not a virtue in itself.
"""

# %% [markdown] lang="zh"
"""
初始状态是 GPT-3 在当年硬件上的训练。可以试三件事：同样的训练放到 H100 上；在这台机器上训练 BERT-base；以及用 GPT-3 训练所需的内存除以一块卡的 80 GB 显存。一块卡装不下的训练，必须分摊到许多块上，而如何分摊，正是原文所说的技术复杂度。

从 BERT 到 GPT-3，点几乎垂直上升：参数多了，词元却没怎么多。Hoffmann 等人为 Gopher 那笔预算建议的模型，则落在更低、更靠右的地方。他们发现，2020 年的模型相对于数据来说太大了；每个参数配大约 20 个词元，才能把一笔预算用得最好。大，本身不是优点。
"""

# %% [markdown]
r"""
### A scaling law, fitted

Hoffmann et al. did not derive their advice, they fitted it: they trained models of many sizes and drew a curve through the losses. It is a *power law* with a floor, here
for the parameters $N$:

$$L(N) = E + \frac{A}{N^{\alpha}}$$

$E$ is what no size removes, $\alpha$ says how fast the rest shrinks. A law for the training tokens $D$ has the same form.

The same can be done small. Seven letter models (Bengio et al. 2003), of 1,500 to 60,000 parameters, each see sixteen letters of the documentation of
installed packages and say which letter follows. Their losses on held-out text were recorded by `python tests/bench/scaling.py`, in minutes, each with two seeds; the
largest was trained on less text as well.
"""

# %% [markdown] lang="zh"
r"""
### 拟合一条规模定律

Hoffmann 等人的建议不是推导出来的，而是拟合出来的：训练许多不同大小的模型，再在它们的损失上画一条曲线。曲线是带下限的*幂律*，对参数量 $N$ 写作：

$$L(N) = E + \frac{A}{N^{\alpha}}$$

$E$ 是多大的模型都消除不了的部分，$\alpha$ 说的是其余部分缩小得多快。训练词元数 $D$ 的定律形式相同。

小规模也可以照做。七个字母模型（Bengio 等人，2003），参数从 1,500 到 60,000，各看已安装软件包文档中的十六个字母，说出下一个字母是什么。它们在留出文本上的损失由 `python tests/bench/scaling.py` 用几分钟记录下来，每个大小两个种子；最大的那个还用更少的文本训练过。
"""

# %%
trained = pd.read_csv(runtime.repository_root() / "course" / "data" / "scaling.csv")
by_size = trained[trained["letters"] == trained["letters"].max()]
by_text = trained[trained["width"] == trained["width"].max()]
ladders = {"parameters": by_size, "letters": by_text}
by_size.groupby("parameters")["loss"].agg(["mean", "min", "max"]).round(3).T.rename_axis("loss [nats/letter]")

# %% [markdown]
r"""
Two forms are fitted, one without a floor ($E = 0$, a straight line on logarithmic axes) and one with it. And each is put to the only test that counts: it is fitted to the
smaller models alone, and has to say the loss of the largest.
"""

# %% [markdown] lang="zh"
r"""
拟合两种形式：一种没有下限（$E = 0$，在对数坐标上是直线），一种有下限。两种都要过真正要紧的一关：只用较小的模型来拟合，然后说出最大的那个的损失。
"""


# %%
def power_law(n, loss, floor: bool):
    """The fitted curve, its exponent and its floor, the last two with 95 % intervals from the scatter of the points."""

    def law(n, scale, exponent, least=0.0):
        return least + scale * (n / smallest) ** -exponent

    smallest, start = n.min(), [loss.max() / 2, 0.3, loss.min() / 2][: 2 + floor]
    found, spread = curve_fit(law, n, loss, start, bounds=(0, [np.inf, 3, loss.min()][: 2 + floor]))
    half = stats.t.ppf(0.975, len(n) - len(found)) * np.sqrt(np.diag(spread))
    ends = [evaluation.Interval(*map(float, (v, v - h, v + h))) for v, h in zip(found, half, strict=True)]
    return lambda n: law(np.asarray(n, float), *found), ends[1], ends[2] if floor else None


fits, lines = {}, {}
for along, rows in ladders.items():
    largest = rows[along] == rows[along].max()
    for name, floor in (("no floor", False), ("floor", True)):
        curve, exponent, least = power_law(rows[along].to_numpy(float), rows["loss"].to_numpy(), floor)
        foretell = power_law(rows.loc[~largest, along].to_numpy(float), rows.loc[~largest, "loss"].to_numpy(), floor)[0]
        said, true = foretell(rows[along].max()), rows.loc[largest, "loss"].mean()
        fits[along, name] = curve
        lines[along, name] = {"exponent": f"{exponent:.2f}", "floor [nats]": f"{least:.2f}" if least else "–",
                              "largest, foretold": f"{said:.3f}", "largest, measured": f"{true:.3f}"}  # fmt: skip
pd.DataFrame(lines).T

# %%
figure, panels = plots.new_axes(2, width=8.8)
for axes, (along, rows) in zip(panels, ladders.items(), strict=True):
    wide = np.geomspace(rows[along].min(), 100 * rows[along].max(), 200)
    axes.loglog(rows[along], rows["loss"], "o", color=plots.BLUE, label="measured, two seeds")
    for name, color, line in (("no floor", plots.VERMILION, "--"), ("floor", plots.GREEN, "-")):
        axes.loglog(wide, fits[along, name](wide), line, color=color, label=f"fitted, {name}")
    axes.axvspan(rows[along].max(), wide[-1], color=plots.GREY, alpha=0.12, linewidth=0)
    axes.set(xlabel={"parameters": "parameters", "letters": "training letters"}[along], ylabel="loss [nats/letter]")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
panels[0].legend(frameon=False, loc="lower left")
apart = {
    along: abs(np.subtract(*(fits[along, name](100 * rows[along].max()) for name in ("no floor", "floor"))))
    for along, rows in ladders.items()
}
plots.show(
    figure,
    alt="Loss against parameters, and against training letters, on logarithmic axes, each with two fitted laws. Where there are points both lie "
    f"on them; in the grey part, a hundred times further, they are {apart['parameters']:.2f} and {apart['letters']:.2f} nats apart.",
)

# %% [markdown]
r"""
What such a law can say: how much the next step of size or text is worth, as long as it is a step and not a leap; and which of the two is the better buy. That is how
the 20 tokens per parameter came about. What it cannot say is just as plain from the figure.

- The interval of an exponent holds the scatter of the points, not the doubt about the form. Two forms that the points hardly tell apart part company where there are none.
- Floor and exponent are fitted together: a higher floor goes with a steeper curve.
- The numbers belong to this text, this kind of model and this training. For language models of up to 1.5 billion parameters Kaplan et al. (2020) found an exponent of 0.076.
- A loss is no task. At which loss a model can do something new, no curve through losses tells.
"""

# %% [markdown] lang="zh"
r"""
这样一条定律能告诉我们：下一步加大模型或增加文本值多少，只要迈的是一步而不是一大跳；以及两者之中哪个更划算。每个参数配 20 个词元的说法就是这样来的。它不能告诉我们什么，从图上同样看得清楚。

- 指数的区间只包含点的散布，不包含对形式的怀疑。有点的地方，两种形式几乎分不开；没有点的地方，它们就分道扬镳。
- 下限和指数是一起拟合的：下限取得高，曲线就更陡。
- 这些数只属于这批文本、这类模型和这种训练。对最多 15 亿参数的语言模型，Kaplan 等人（2020）得到的指数是 0.076。
- 损失不等于任务。损失降到多少，模型就能做一件新事，没有哪条损失曲线说得出来。
"""

# %% [markdown]
r"""
### Exercise 1.C

Take Kaplan's exponent, 0.076, and no floor. By which factor does the number of parameters have to grow for a loss that is 10 % lower? Answer with a number, to one decimal.
"""

# %% [markdown] lang="zh"
r"""
### 练习 1.C

取 Kaplan 等人的指数 0.076，没有下限。要让损失降低 10%，参数量要增加到多少倍？用一个数作答，保留一位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = 0.9 ** (-1 / 0.076)
### END SOLUTION
exercises.check("1.C", answer)

# %% [markdown] tags=["solution"]
r"""
$L$ goes with $N^{-0.076}$, so 0.9 is the factor to the power −0.076, and the factor is $0.9^{-1/0.076} = 4.0$. Each further tenth costs four times the parameters again. A factor of ten
in size lowers the loss by $1 - 10^{-0.076}$, 16 %.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
$L$ 与 $N^{-0.076}$ 成正比，所以 0.9 等于倍数的 −0.076 次方，倍数就是 $0.9^{-1/0.076} = 4.0$。每再降十分之一，参数又要增加到四倍。规模增加到十倍，损失只降低 $1 - 10^{-0.076}$，即 16%。
"""

# %% [markdown]
"""
## 1.3 The challenges, and the people

The document names three challenges and draws a conclusion. What has been measured so far, and where is the rest?
"""

# %% [markdown] lang="zh"
"""
## 1.3 挑战与人才

原文列出三项挑战，再得出一个结论。哪些已经测量，其余的在哪里？
"""

# %% tags=["nbval-ignore-output"]
growth = published.at["GPT-3", "parameters"] / 340e6  # BERT-large, by its authors' count
months = (pd.Period("2020-05", "M") - pd.Period("2018-10", "M")).n  # of the two papers on arXiv
same_model = gains["frozen encoder"][ladder[-1]]
print(f"scarce data: word counts with all {len(train_rows):,} labels reach {all_labels.value:.1%}")
for n in ladder:
    print(f"             fine-tuning with {n:>5,} labels reaches {curves['fine-tuned', n].value:.1%}")
print(f"fast change: {growth:,.0f} times the parameters in {months} months, from BERT-large to GPT-3")
print(f"choices:     the same pretrained model, fine-tuned instead of frozen: {same_model:+.1%}")

# %% [markdown]
"""
| the document says | measured here | taken up in |
|---|---|---|
| the technology is complex | the memory and arithmetic of large trainings; not the work of mastering them | 3.2f, 8.4 |
| data are hard to get | what a label is worth: the learning curves; not what it costs to get one | 3.2a, 8.1 |
| algorithms change fast | the growth from BERT to GPT-3; not whether a team can follow | 3.2d, 8.2 |
| many industries have use for it | nothing | 6 |
| people decide | nothing directly | 9 |

The last row deserves care. One number above bears on it: the same pretrained model, the same labels and the same machine, and two
results, according to what somebody did with them. On the course's reviews they lie far apart. Nothing in the data says which way to take; somebody has to
know, or has to measure. That is an argument for competence. It is no proof that people matter more than capital, data or
timing, and no experiment in a notebook can be. We record it as what it is.
"""

# %% [markdown] lang="zh"
"""
| 原文的说法 | 本章测量了什么 | 在哪里展开 |
|---|---|---|
| 技术复杂度高 | 大规模训练的内存和计算量；没有测掌握它要花的功夫 | 3.2f、8.4 |
| 数据获取难 | 一条标注样本值多少：学习曲线；没有测取得一条要花多少 | 3.2a、8.1 |
| 算法迭代快 | 从 BERT 到 GPT-3 的增长；没有测一个团队能否跟上 | 3.2d、8.2 |
| 许多行业都有应用前景 | 无 | 6 |
| 人才决定成败 | 没有直接测量 | 9 |

最后一行要格外谨慎。上面有一个数字与它有关：同一个预训练模型，同样的标签，同一台机器，只因用法不同，就有两种结果；在课程自带的短评上，相差很远。数据里没有写明该选哪一种；要么有人懂，要么有人去测。这是在为能力说话。但它并不能证明人比资金、数据或时机更重要，笔记本里的任何实验也证明不了。我们如实记录。
"""

# %% tags=["nbval-ignore-output"]
claims.record(
    "1-challenges",
    reference="hard to found a company on; a notebook measures no founding",
    measured=f"fine-tuning gains {(curves['fine-tuned', ladder[-1]].value - curves['fine-tuned', ladder[0]].value) * 100:.0f} "
    f"points from {ladder[0]} to {ladder[-1]:,} labels; {growth:,.0f} times the parameters in {months} months; difficulty was not measured",
    verdict="not testable here",
)
claims.record(
    "1-people",
    reference="people decide between success and failure; that takes companies to compare",
    measured=f"one choice, fine-tuned or frozen, moves accuracy by {same_model:+.1%}; nothing about companies",
    verdict="not testable here",
)

# %% tags=["nbval-ignore-output"]
elsewhere = {
    "1-people-work": "the same as 1-people, with the roles named; chapter 9.1 asks what each of them changes",
    "1-progress": "history, told by papers: BERT's reports 80.5 on GLUE, 7.7 points above the best before it",
    "1-prospects": "the future of four industries; chapter 6 will try the technology on a task of each",
}
for claim, reason in elsewhere.items():
    claims.record(claim, reference="no experiment of this chapter", measured=reason, verdict="not testable here")

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 1.1

From how many labels on is fine-tuning ahead, so that the interval of the difference lies above 0 there and at every larger
size? Answer with two numbers: ahead of word counts, ahead of random weights. Read them off `gains["word counts"]` and
`gains["random weights"]`, by eye or by code. Where it does not happen in your run, answer 0.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 1.1

从多少条标注样本起，微调领先，也就是说，在这一级以及更大的每一级，差值的区间都在 0 以上？用两个数作答：领先于词袋的，领先于随机权重的。从 `gains["word counts"]` 和 `gains["random weights"]` 中读出，用眼看或写代码都行。在你的这次运行中没有出现的，就答 0。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
answer = tuple(
    min((n for n in ladder if all(gains[other][m].low > 0 for m in ladder if m >= n)), default=0)
    for other in ("word counts", "random weights")
)
### END SOLUTION
exercises.check("1.1", answer, gains=gains)

# %% [markdown] tags=["solution"]
"""
A lead counts where the lower end of its interval is above 0, and only if it stays so at every larger size: one size alone may be a
lucky draw. So start at the largest size and go down. At the default size the lead over word counts is not decided anywhere, and the
lead over random weights at the top of the ladder only.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
区间的下端在 0 以上才算领先，而且在更大的每一级都要如此：单独一级可能只是抽样走运。所以从最大的一级往下看。按默认规模，对词袋的领先在哪一级都还不能得出结论；对随机权重的领先只在最高的一级成立。
"""

# %% [markdown]
"""
### Exercise 1.2

A colleague compares word counts with fine-tuning at 128 labels. Which of these steps make the comparison unfair or its
figure too good? Answer with a set of letters such as `{"A", "E"}`.

- **A** fine-tuning gets more passes over the 128 texts than over 1,000
- **B** each method draws 128 training texts of its own
- **C** the best epoch of fine-tuning is the one with the highest accuracy on the test texts
- **D** the vocabulary and the weights of TF-IDF are computed from training and test texts together
- **E** the labels of the test texts are balanced
"""

# %% [markdown] lang="zh"
"""
### 练习 1.2

一位同事用 128 条标注样本比较词袋和微调。下面哪些做法会使比较不公平，或使成绩虚高？用字母集合作答，例如 `{"A", "E"}`。

- **A** 微调在 128 条文本上训练的轮数，比在 1,000 条上更多
- **B** 每种方法各抽各的 128 条训练文本
- **C** 微调的最佳轮次，取测试文本上准确率最高的那一轮
- **D** TF-IDF 的词表和词的权重，由训练文本和测试文本合在一起算出
- **E** 测试文本的两类标签数量相等
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = {"B", "C", "D"}
### END SOLUTION
exercises.check("1.2", answer)

# %% [markdown] tags=["solution"]
"""
**B** lets chance choose between the methods: the difference of two draws is added to that of the methods. **C** and **D** let the
test texts take part, once in the choice of the epoch, once in the features. **A** is what the chapter does itself, so that few texts
do not also mean few steps. **E** is a property of the test set, and the same for both.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
**B** 让运气替方法做了选择：两次抽样的差别混进了两种方法的差别。**C** 和 **D** 让测试文本参与了进来，一次在选轮次时，一次在算特征时。**A** 是本章自己的做法，免得文本少的时候步数也少。**E** 是测试集的性质，对两种方法都一样。
"""

# %% [markdown]
"""
### Exercise 1.3

BERT-base, 110 million parameters, is to be pretrained anew on 42.6 billion tokens with a single A100 (peak 312 TFLOPS) at a utilisation of
40 %. How many hours does it take? Whole hours are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 1.3

BERT-base 有 1.1 亿个参数。现在要用一块 A100（峰值 312 TFLOPS），以 40% 的利用率，在 426 亿个词元上重新预训练。需要多少小时？答到整数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = device_hours(training_flops(110e6, 42.6e9), 312e12, 0.4)
### END SOLUTION
exercises.check("1.3", answer)

# %% [markdown] tags=["solution"]
"""
Arithmetic by arithmetic per hour: 6 · 110e6 · 42.6e9 = 2.8e19 FLOPs, and the card does 0.4 · 312e12 of them a second, 4.5e17 an
hour. That is some 63 hours, less than three days on one card, where it took 16 chips four days in 2018.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
总运算量除以每小时的运算量：6 · 110e6 · 42.6e9 = 2.8e19 FLOPs；这块卡每秒完成 0.4 · 312e12，每小时 4.5e17。约 63 小时，一块卡不到三天；2018 年用了 16 块芯片、四天。
"""

# %% [markdown]
"""
### Exercise 1.4

How many gigabytes (1e9 bytes) do weights, gradients and AdamW's averages of BERT-large take, 340 million parameters in fp32, if
half of the parameters is frozen? A frozen parameter keeps its weight, but needs no gradient and no
averages. One decimal is enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 1.4

BERT-large 有 3.4 亿个参数，用 fp32 存放。如果把其中**一半**冻结，权重、梯度和 AdamW 的滑动平均共占多少 GB（1e9 字节）？冻结的参数保留权重，但不需要梯度和滑动平均。保留一位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = (170e6 * 16 + 170e6 * 4) / 1e9
### END SOLUTION
exercises.check("1.4", answer)

# %% [markdown] tags=["solution"]
"""
Each trained parameter takes 16 bytes (weight, gradient, two averages), each frozen one only the 4 of its weight: 170 million times 20
bytes. The memory falls from 5.4 to 3.4 GB, not to half: freezing saves what training needs, not what computing needs.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
训练的参数每个占 16 字节（权重、梯度、两个滑动平均），冻结的只占权重的 4 字节：1.7 亿乘以 20 字节。内存从 5.4 GB 降到 3.4 GB，并没有减半：冻结省下的是训练所需，不是计算所需。
"""

# %% [markdown]
"""
### Exercise 1.5

A team can pay for 1,000 hours of an H100 (peak 989 TFLOPS) at a utilisation of 40 %. It wants to spend them well, on 20 tokens per
parameter. How many parameters should its model have? Three significant digits are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 1.5

一个团队付得起 1,000 小时的 H100（峰值 989 TFLOPS），利用率 40%。要把它用得最好，即每个参数配 20 个词元，模型应当有多少参数？三位有效数字即可。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
budget = 1000 * 3600 * 989e12 * 0.4  # FLOPs = 6 · N · 20 N
answer = math.sqrt(budget / (6 * 20))
### END SOLUTION
exercises.check("1.5", answer)

# %% [markdown] tags=["solution"]
"""
The budget is 1,000 · 3,600 · 989e12 · 0.4 = 1.4e21 FLOPs. With D = 20 N it is 6 · N · 20 N = 120 N², so N is the root of a
hundred-and-twentieth of it: 3.4 billion parameters on 69 billion tokens. Four times the budget buys twice the model.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
预算是 1,000 · 3,600 · 989e12 · 0.4 = 1.4e21 FLOPs。D = 20 N 时，运算量为 6 · N · 20 N = 120 N²，所以 N 是预算的一百二十分之一的平方根：34 亿个参数，690 亿个词元。预算增加到四倍，模型只增大到两倍。
"""

# %% [markdown]
"""
### Exercise 1.6

Three epochs in batches of 32 are enough for 800 texts. Are they for 32? Fine-tune twice from the pretrained weights
(`pretrained_network(seeds[0])`) on `few_rows`: with those settings, and with `schedule(32)`; the same rate and seed. Look at both
losses (`history.step_table()`). Answer with three things: the first history, the second history, and the number of the first step at
which the loss of the second lies below 0.35, half of what a guess between two classes costs; 0 if it never does.
"""

# %% [markdown] lang="zh"
"""
### 练习 1.6

以 32 条为一批训练三轮，对 800 条文本足够了。对 32 条呢？用 `few_rows` 从预训练权重（`pretrained_network(seeds[0])`）出发微调两次：一次用上面的设置，一次用 `schedule(32)`；学习率和种子相同。观察两条损失曲线（`history.step_table()`）。用三样东西作答：第一个 history、第二个 history，以及第二次训练的损失首次低于 0.35 的那一步的序号；0.35 是在两个类别之间瞎猜的损失的一半。从未低于就答 0。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=10
few_rows = orders[seeds[0]].head(32)
### BEGIN SOLUTION
both = []
for settings in ({"batch_size": 32, "num_epochs": 3}, schedule(32)):
    settings |= {"learning_rate": learning_rate, "precision": precision, "seed": seeds[0]}
    both.append(training.fit(pretrained_network(seeds[0]), tokenized(few_rows), **settings))
below = [step["step"] for step in both[1].steps if step["loss"] < 0.35]
answer = *both, min(below, default=0)
### END SOLUTION
exercises.check("1.6", answer, settings=schedule(32))

# %% [markdown] tags=["solution"]
"""
Three steps leave the loss about where it was: the curve at 32 labels would show a network that had no time. With more and smaller
steps it falls, and the texts are learned by heart. The accuracy at 32 labels stays low all the same; now it is the labels that are
missing, and that was the question.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只走三步，损失几乎停在原处：32 条标注样本处的那一点，画的其实是一个没来得及学的网络。步数多一些、批小一些，损失就降下来了，文本被背了下来。32 条时的准确率仍然低；这时缺的就是标注样本了，而这正是要问的问题。
"""

# %% [markdown]
"""
## Recap

- On these reviews 32 labels are too few for every way. With 800, fine-tuning a pretrained model comes first, by a lead over word
  counts that one small run cannot prove; on film reviews the record does.
- The same model used frozen can be worse than counting words: it depends on the task and on the use.
- Random weights, trained in the same way, learn a small set by heart and little else.
- Methods are compared on the same texts, text by text; an interval that contains 0 decides nothing, and one that
  leaves the seeds out is too narrow.
- A training costs about $6ND$ FLOPs and, with AdamW in fp32, 16 bytes per parameter and its activations. An estimate is as good as its $N$ and $D$.
- A scaling law says what the next step of size or text is worth; far from its points it says mainly which form was fitted.
- Two of the document's statements have been put to a measurement; its conclusion about people has not, and cannot be in one notebook.
"""

# %% [markdown] lang="zh"
"""
## 小结

- 在这批短评上，32 条标注样本对哪种办法都太少；有 800 条时，微调预训练模型居首。它对词袋的领先，凭一次小规模的运行还证明不了，电影评论上的大规模实测可以。
- 同一个模型冻结着用，可能还不如词袋：要看任务，也要看用法。
- 随机权重用同样的方式训练，训练集小时，只是把它背了下来，此外学到的很少。
- 比较方法要用同一批文本，逐条比较；包含 0 的区间说明不了谁好谁坏；没有算上随机种子的区间则过窄。
- 一次训练约需 $6ND$ FLOPs，用 AdamW 和 fp32 时每个参数 16 字节，激活值另计。估算准不准，取决于 $N$ 和 $D$。
- 规模定律说的是下一步加大规模或增加文本值多少；离开数据点很远，它说的主要是当初选了哪种形式。
- 原文的说法有两个得到了测量；关于人才的结论没有，而且在一个笔记本里也无法测量。
"""

# %% [markdown]
"""
A real-size run changes the sizes, not the method: more seeds show how much luck is in 32 texts, more test texts narrow the intervals.
`talentlab run 01 --preset laptop` takes the first step.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
换成真实规模，变的是大小，不是方法：多几个随机种子，能看出 32 条文本里有多少运气；测试文本多一些，区间会变窄。`talentlab run 01 --preset laptop` 可以先迈出第一步。

## 自测
"""

# %%
quizzes.ask("1")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Kaplan et al. 2020: *Scaling laws for neural language models*, arXiv 2001.08361: $6ND$, section 2.1; the exponent, equation 1.1.
- Bengio, Ducharme, Vincent, Jauvin 2003: *A neural probabilistic language model*, JMLR 3.
- Hoffmann et al. 2022: *Training compute-optimal large language models*, arXiv 2203.15556: table 3, tokens per parameter.
- Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165: table D.1.
- Devlin, Chang, Lee, Toutanova 2019: *BERT*, arXiv 1810.04805: appendix A.2.
- Chowdhery et al. 2022: *PaLM*, arXiv 2204.02311: utilisation, table 3.
- Rajbhandari, Rasley, Ruwase, He 2020: *ZeRO*, arXiv 1910.02054: the 16 bytes, section 3.1.
- Reimers, Gurevych 2019: *Sentence-BERT*, arXiv 1908.10084: the mean of the tokens as the vector of a text.
- Data sheets: NVIDIA V100, A100 and H100 Tensor Core GPU; Google Cloud, *TPU v2*. Peaks are for dense products.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Kaplan et al. 2020：*Scaling laws for neural language models*，arXiv 2001.08361。$6ND$，2.1 节；指数，公式 1.1。
- Bengio, Ducharme, Vincent, Jauvin 2003：*A neural probabilistic language model*，JMLR 3。
- Hoffmann et al. 2022：*Training compute-optimal large language models*，arXiv 2203.15556。表 3，每个参数的词元数。
- Brown et al. 2020：*Language models are few-shot learners*，arXiv 2005.14165。表 D.1。
- Devlin, Chang, Lee, Toutanova 2019：*BERT*，arXiv 1810.04805。附录 A.2。
- Chowdhery et al. 2022：*PaLM*，arXiv 2204.02311。利用率，表 3。
- Rajbhandari, Rasley, Ruwase, He 2020：*ZeRO*，arXiv 1910.02054。16 字节，3.1 节。
- Reimers, Gurevych 2019：*Sentence-BERT*，arXiv 1908.10084。以各词元的平均作为文本的向量。
- 数据手册：NVIDIA V100、A100、H100 Tensor Core GPU；Google Cloud，*TPU v2*。峰值指稠密矩阵乘法。
"""

# %% [markdown]
"""
## Next

[Chapter 2: core concepts](02_core_concepts.ipynb) takes the five words that this chapter used without explaining them: large model,
transfer learning, fine-tuning, hyperparameters, ensembles. To see your own task on the ladder:
`talentlab run 01 -p dataset=mine.csv -p sizes=50,200,1000 -p seeds=0,1,2`.
"""

# %% [markdown] lang="zh"
"""
## 下一步

[第 2 章：核心概念与联系](02_core_concepts.ipynb)解释本章用到而没有讲解的五个词：大模型、迁移学习、微调、超参数、模型集成。想把自己的任务放上阶梯：`talentlab run 01 -p dataset=mine.csv -p sizes=50,200,1000 -p seeds=0,1,2`。
"""
