# %% [markdown]
"""
# 8.4 · Light models

*研究展望：轻量化模型*

The document expects models to grow and to get better with it (8.2-2), finds them harder to deploy and maintain (8.3-4), and proposes light
structures as a remedy (8.4-4), without a word on the price. Here you make one fine-tuned model lighter in six ways,
on its real matrices, and keep account of bytes, work and accuracy.

**You will be able to**

- say where a model's bytes are and where its work is, and which method saves which,
- prune weights, heads, neurons, layers and words, and tell faster from merely emptier,
- write weights in 8 and 4 bits, and predict the memory of a fine-tuning to the byte,
- compare a light model with a full one that was trained as long,
- export the smallest model within a margin, and prove that it answers the same.

**Time** 40 minutes to read and try, about a minute and a half to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 8.4 · 轻量化模型

*研究展望：轻量化模型*

原文预计模型会越来越大、效果随之更好（8.2-2），因此也更难部署和维护（8.3-4），并提出用轻量的模型结构来应对（8.4-4）。至于怎样才算轻、要付出什么代价，它没有说。本章把一个微调好的模型用六种办法变轻，每一种都在它真实的矩阵上做，并把字节、计算量和准确率三本账记清楚。

**学完本章，你能够**

- 说出一个模型的字节在哪里、计算量在哪里，哪种办法省的是哪一样；
- 剪掉权重、注意力头、神经元、层和词，分清什么真的变快了，什么只是变空了；
- 用 8 位和 4 位书写权重，并把一次微调需要的内存预测到字节；
- 把轻模型与训练得同样久的完整模型相比；
- 导出误差范围之内最小的模型，并证明它的回答不变。

**时间** 阅读和动手 40 分钟，运行约一分半钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; found by its name if None
model_name: str = "minilm"  # bundled model, a folder, or a Hub id: a BERT with WordPiece
train_texts: int | None = 600  # training texts, drawn anew for each seed; all if None
test_texts: int | None = 200  # texts to validate and to test, each, the same for all seeds; all if None
learning_rate: float = 3e-4  # peak of AdamW's learning rate
num_epochs: int = 2  # passes over the training texts
recovery_rate: float = 1e-4  # peak of the rate in the training after a cut
recovery_texts: int | None = 300  # training texts of these passes; all that were drawn if None
recovery_epochs: int = 1  # passes after a cut; the full model gets as many for the comparison
qlora_epochs: int = 0  # passes of the model in 4 bits; 0: its memory is counted alone
batch_size: int = 16  # texts per optimizer step [sequences]
max_length: int = 48  # longer texts lose their end [tokens]
kept_heads: int = 6  # heads that stay in each layer
kept_neurons: int = 768  # inner neurons that stay in each layer
kept_layers: int = 3  # lowest layers that stay in the student
kept_words: int = 12000  # most frequent pieces that stay in the word table beside those of the training texts
margin: float = 0.01  # accuracy that a light model may lose [share]
deploy: bool = True  # export, serve and time the light models
seed: int = 0  # of the head, the order and the draw of the texts
output_file: str | None = None  # CSV of each model's size and right answers; nowhere if None

# %% [markdown]
"""
## The way

![A model drawn as a table of words below a stack of layers. Four cuts: fewer words save bytes and no work; fewer layers and narrower layers save both; fewer bits save bytes, and work only where the processor computes with them.](images/ways_to_lighten.svg)

Bytes decide whether a model fits; multiplications decide how long it computes. A cut saves the one, the other, or both.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![一个模型：下面是词表，上面是一叠层。四种切法：词少了，省字节，不省计算；层少了、层窄了，两样都省；位数少了，省字节，只有处理器真用这种位数计算时才省计算。](images/ways_to_lighten.zh.svg)

字节决定模型放不放得下，乘法决定它算多久。每一刀省的是前者、后者，或者两者都省。
"""

# %%
import copy
import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd
import requests
import torch
from scipy import stats
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from talentlab import data, deployment, evaluation, models, plots, runtime, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.deployment import service
from talentlab.models import adapters

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("8.4", "before")

# %% [markdown]
"""
And two results to guess: how many weights can be set to zero, and how much of the model is left in the end.
"""

# %% [markdown] lang="zh"
"""
再猜两个结果：有多少权重可以置零，最后模型还剩下多大。
"""

# %%
guess_zeros = guesses.guess("8.4.zeros")
guess_left = guesses.guess("8.4.left")

# %% [markdown]
"""
## 1 Larger and better (8.2-2)

Within one family of models, trained alike on the same data, one can ask whether size helps. The course has such a family: tiny models that predict the next letter,
in seven sizes, two trainings each, with their loss on held-out text ([chapter 1](01_background.ipynb) fits the law to them).
"""

# %% [markdown] lang="zh"
"""
## 1 越大越好（8.2-2）

在同一族模型里，用同样的数据、同样的方法训练，才能问规模有没有用。课程里就有这样一族：预测下一个字母的微型模型，七种大小，每种训练两次，并记下留出文本上的损失（[第 1 章](01_background.ipynb)用它们拟合了规律）。
"""

# %%
family = pd.read_csv(runtime.repository_root() / "course" / "data" / "scaling.csv")
family = family[family["letters"] == family["letters"].max()]
means = family.groupby("parameters")["loss"].mean()
doublings = np.log2(family["parameters"] / family["parameters"].min())
line = stats.linregress(doublings, family["loss"])
half = stats.t.ppf(0.975, len(family) - 2) * line.stderr
per_doubling = evaluation.Interval(line.slope, line.slope - half, line.slope + half)
steps = np.diff(means) / np.diff(np.log2(means.index))  # nats per doubling, from each size to the next
figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
axes.plot(family["parameters"], family["loss"], "o", color=plots.BLUE, label="one training")
axes.plot(means.index, means, color=plots.BLUE, linewidth=1)
axes.set(xscale="log", xlabel="parameters", ylabel="loss on held-out text [nats per letter]")
axes.set_xticks(means.index, [f"{count:,}" for count in means.index])
axes.minorticks_off()
axes.legend(frameon=False)
plots.show(
    figure,
    alt=f"Loss against size, {len(means)} sizes: {per_doubling:+.3f} nats for each doubling on average; {steps[0]:+.3f} "
    f"from the smallest size on, {steps[-1]:+.3f} up to the largest.",
)

# %%
claims.record(
    "8.2-larger",
    measured=f"{len(family)} trainings, {len(means)} sizes, the same data: {per_doubling:+.3f} nats per letter for each doubling of the parameters",
    reference="a model with more parameters, trained alike, has the smaller loss",
    holds=True if per_doubling.high < 0 else False if per_doubling.low > 0 else None,
)

# %% [markdown]
"""
The slope holds for this family, where nothing but the size changes. Published models have grown as the sentence says: BERT-large had 0.34 billion parameters in 2018, GPT-3 had 175 billion in 2020. But between
published models data, training and form change as well; a newer one of a tenth the size is often the better, so size is one cause among several.

### Harder to deploy (8.3-4)

What does a large model cost the one who runs it? Four encoders of BERT's form with random weights will do, since time and bytes do not depend on what the weights say. Each number has 32 bits (fp32), four bytes. The largest is BERT-base.
"""

# %% [markdown] lang="zh"
"""
这个斜率适用于这一族模型，因为除了规模什么都没变。已发表的模型确实如原文所说越来越大：2018 年的 BERT-large 有 3.4 亿个参数，2020 年的 GPT-3 有 1750 亿个。但已发表的模型之间，数据、训练方法和结构也在变；较新的模型只有十分之一大，往往反而更好。所以规模只是原因之一。

### 更难部署（8.3-4）

运行一个大模型的人要付出什么？用四个 BERT 结构、权重随机的编码器就能量出来，因为时间和字节与权重的取值无关。每个数 32 位（fp32），即四个字节。最大的一个就是 BERT-base。
"""

# %% tags=["nbval-ignore-output"]
ids, rows = torch.randint(999, 9999, (8, 24)), []  # eight texts of 24 tokens
for layers, width in ((2, 128), (4, 256), (6, 384), (12, 768)):
    shape = {"num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": width // 32}
    with torch.device("meta"):  # its form without memory: the weights are then left as they come
        encoder = BertModel(BertConfig(intermediate_size=4 * width, **shape))
    encoder = encoder.to_empty(device="cpu").eval()
    for tensor in [*encoder.parameters(), *encoder.buffers()]:
        tensor.data.fill_(0.01) if tensor.is_floating_point() else tensor.data.zero_()
    spent = []
    with torch.inference_mode():
        for _ in range(4):
            start = perf_counter()
            encoder(ids)
            spent.append(1e3 * (perf_counter() - start) / len(ids))
    count = sum(parameter.numel() for parameter in encoder.parameters())
    rows += [(f"{layers} × {width}", count, 4 * count / 2**20, *spent[1:])]
cost = pd.DataFrame(rows, columns=["layers × width", "parameters", "MiB in fp32", "ms", "again", "and again"])
timed = cost.melt(["parameters"], ["ms", "again", "and again"])
grows = stats.linregress(np.log2(timed["parameters"]), np.log2(timed["value"]))
half = stats.t.ppf(0.975, len(timed) - 2) * grows.stderr
per_doubling_of_size = evaluation.Interval(*2.0 ** np.array([grows.slope, grows.slope - half, grows.slope + half]))
cost[["layers × width", "parameters", "MiB in fp32", "ms"]].round(1)

# %% tags=["nbval-ignore-output"]
claims.record(
    "8.3-complexity",
    measured=f"from {cost['parameters'].min() / 1e6:.0f} to {cost['parameters'].max() / 1e6:.0f} million parameters: bytes × "
    f"{cost['parameters'].max() / cost['parameters'].min():.0f}, time per text × {cost['ms'].iloc[-1] / cost['ms'].iloc[0]:.0f}; per doubling of the "
    f"parameters, time × {per_doubling_of_size:.2f}; maintenance was not measured",
    reference="a text costs more bytes and more time in a larger model; whether people find it harder to maintain needs people",
    holds=True if per_doubling_of_size.low > 1 else False if per_doubling_of_size.high < 1 else None,
)

# %% [markdown]
"""
A laptop runs all four. The step that changes the craft comes later: GPT-3's 175 billion numbers of 16 bits are 350 GB, more than any one card holds, and the model has to be
spread over several machines.

## 2 One model, and its account

The model of this chapter is fine-tuned as in [chapter 5](05_project_practice.ipynb), on fewer texts. From here on, everything is done to it.
"""

# %% [markdown] lang="zh"
"""
这四个模型，一台笔记本电脑都能运行。真正改变做法的门槛在后面：GPT-3 的 1750 亿个数，每个 16 位，共 350 GB，任何一张卡都放不下，只能分到几台机器上。

## 2 一个模型，和它的账本

本章的模型像[第 5 章](05_project_practice.ipynb)那样微调，只是文本少一些。下面的每一步都在它身上做。
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column)
parts = {name: data.draw(corpus.split(name), test_texts, 0) for name in ("validation", "test")}
parts["train"] = data.draw(corpus.split("train"), train_texts, seed)
labels = {name: part["label"].to_numpy() for name, part in parts.items()}
tokenizer, model = models.load_pretrained(
    model_name, num_labels=len(corpus.class_names), class_names=corpus.class_names, seed=seed
)
models.set_dropout(models.freeze(model, "word_embeddings"), 0.1)


def tokenize(name, tokenizer=tokenizer):
    return data.tokenize(tokenizer, parts[name]["text"].tolist(), labels[name].tolist(), max_length)


def train_on(model, lesson, epochs=recovery_epochs, rate=recovery_rate):
    training.fit(model, lesson, learning_rate=rate, num_epochs=epochs, batch_size=batch_size, seed=seed)
    return model


tokens = {name: tokenize(name) for name in parts}
again = slice(recovery_texts)  # the first of the drawn texts; each class has its share in them
tokens["again"] = replace(
    tokens["train"], input_ids=tokens["train"].input_ids[again], labels=tokens["train"].labels[again]
)

# %% tags=["nbval-ignore-output"]
right, sizes = {}, {}  # by model: which test texts it gets right; its MiB and its million multiplications per token


def matrices(model):
    return [module for module in model.base_model.encoder.modules() if isinstance(module, nn.Linear)]


def weigh(model, bits=32, table_bits=32):
    """MiB, and million multiplications per token in the layers' matrices."""
    of_layers = sum(module.weight.numel() for module in matrices(model))
    of_table = model.base_model.embeddings.word_embeddings.weight.numel()
    rest = sum(parameter.numel() for parameter in model.parameters()) - of_layers - of_table
    return (of_layers * bits + of_table * table_bits + rest * 32) / 8 / 2**20, of_layers / 1e6


def judge(name, model, bits=32, table_bits=32, exam=None):
    said = evaluation.predict(model, exam or tokens["test"]).argmax(1)
    right[name], sizes[name] = said == labels["test"], weigh(model, bits, table_bits)
    return right[name].mean()


train_on(model, tokens["train"], num_epochs, learning_rate)
print(f"{judge('as trained', model):.1%} of {len(labels['test'])} test texts right")

# %% [markdown]
"""
Where are its bytes, and where is its work? A token passes every matrix of every layer once, one multiplication for each weight. In the word table it only looks up one row.
"""

# %% [markdown] lang="zh"
"""
它的字节在哪里，计算量又在哪里？一个词元要经过每一层的每个矩阵一次，每个权重做一次乘法；而在词表里，它只是查出一行。
"""

# %%
table = model.base_model.embeddings.word_embeddings.weight
kinds = {"word table": (table.numel(), 0)}
for kind, names in {"attention": ("query", "key", "value", "attention.output.dense"),
                    "inner neurons": ("intermediate.dense", "output.dense")}.items():  # fmt: skip
    found = {
        n: m for n, m in model.base_model.encoder.named_modules() if isinstance(m, nn.Linear) and n.endswith(names)
    }
    count = sum(m.weight.numel() for n, m in found.items() if ("attention" in n) == (kind == "attention"))
    kinds[kind] = (count, count)
account = pd.DataFrame(kinds, index=["numbers", "multiplications per token"]).T
shares = account / [sum(p.numel() for p in model.parameters()), account["multiplications per token"].sum()]
figure, (axes,) = plots.new_axes(width=7.2, height=2.4)
for place, (column, color) in enumerate(zip(shares, (plots.BLUE, plots.ORANGE), strict=True)):
    axes.barh(np.arange(3) + 0.38 * place, 100 * shares[column], height=0.36, color=color, label=column)
axes.set_yticks(np.arange(3) + 0.19, shares.index)
axes.set(xlabel="share of the whole [%]", xlim=(0, 100))
axes.invert_yaxis()
axes.legend(frameon=False, loc="upper right")
told = "; ".join(f"{name} {row.iloc[0]:.0%} and {row.iloc[1]:.0%}" for name, row in shares.iterrows())
plots.show(figure, alt=f"Share of the model's numbers and of its multiplications: {told}.")

# %% [markdown]
"""
Half of the bytes do no work. So there are two accounts, and a cut that helps the one may do nothing for the other.

### A fair opponent

After a cut a model is trained a little more, to recover. More training alone may help too. So the full model gets the same epochs of extra training, and everything below is compared with that one: `trained on`.
"""

# %% [markdown] lang="zh"
"""
一半的字节不做任何计算。所以账有两本，对一本有用的切法，对另一本可能毫无作用。

### 公平的对手

切过之后，模型要再训练一会儿来恢复。可是单单多训练本身也可能有用。所以完整的模型也追加训练同样的轮数，后面的一切都与它相比：`trained on`。
"""

# %% tags=["nbval-ignore-output"]
full = train_on(copy.deepcopy(model), tokens["again"])
print(f"{judge('trained on', full):.1%} after {recovery_epochs} more epoch(s), {right['as trained'].mean():.1%} before")

# %% [markdown]
"""
## 3 Pruning

*Pruning* takes out what matters least. The simplest guess at what matters is magnitude: weights near zero go first (Han et al. 2015).
"""

# %% [markdown] lang="zh"
"""
## 3 剪枝

*剪枝*去掉最不重要的部分。什么最不重要？最简单的猜测是看绝对值：接近零的权重先去掉（Han 等，2015）。
"""


# %% tags=["nbval-ignore-output"]
def zero_smallest(model, share):
    pruned = copy.deepcopy(model)
    weights = [module.weight.data for module in matrices(pruned)]
    size = torch.cat([weight.abs().flatten() for weight in weights])
    limit = size.kthvalue(int(share * len(size))).values
    for weight in weights:
        weight[weight.abs() <= limit] = 0
    return pruned


# %% tags=["nbval-ignore-output"]
zeroed = [0.2, 0.4, 0.6, 0.8]
points = [100 * judge(f"{share:.0%} zeros", zero_smallest(full, share)) for share in zeroed]
loss = 100 * right["trained on"].mean() - np.array(points)
figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
axes.plot([0, *(100 * share for share in zeroed)], [100 * right["trained on"].mean(), *points], "o-", color=plots.BLUE)
axes.axhline(
    100 * max(np.bincount(labels["test"])) / len(labels["test"]),
    color=plots.GREY,
    linestyle="--",
    label="one answer for all",
)
guess_zeros.shade(axes, along="x")
axes.set(xlabel="weights set to zero [%]", ylabel="accuracy, no training after [%]")
axes.legend(frameon=False, loc="center left")
bearable = max((100 * share for share, lost in zip(zeroed, loss, strict=True) if lost <= 2), default=0)
guess_zeros.settle(bearable)
told = ", ".join(f"{share:.0%}: {value:.1f} %" for share, value in zip(zeroed, points, strict=True))
plots.show(figure, alt=f"Accuracy against the share of weights set to zero, smallest first: {told}.")

# %% [markdown]
"""
A part of the weights hardly matters. But is anything saved? A matrix with zeros in it is as large as before, and the product multiplies by each zero. Only another form of storage leaves them out: CSR keeps each value that is not zero, with its column. Here
is one product, a real inner matrix by the states of 512 tokens.
"""

# %% [markdown] lang="zh"
"""
一部分权重几乎无关紧要。但省下了什么吗？带零的矩阵和原来一样大，做乘法时每个零也照乘不误。只有换一种存储格式才能略去零：CSR 只保存非零的值和它所在的列。下面是一次乘法：一个真实的内层矩阵乘以 512 个词元的状态。
"""

# %% tags=["nbval-ignore-output"]
import warnings

inner, states = matrices(full)[4].weight.detach(), torch.randn(384, 512)


def milliseconds(product, times=12):
    spent = []
    for _ in range(times):
        start = perf_counter()
        product()
        spent.append(1e3 * (perf_counter() - start))
    return float(np.median(spent))


rows = {"as it is": (milliseconds(lambda: inner @ states), inner.numel() * 4 / 2**20)}
for share in (0.5, 0.9, 0.98):
    holed = torch.where(inner.abs() > inner.abs().flatten().kthvalue(int(share * inner.numel())).values, inner, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its CSR a beta
        sparse = torch.sparse_csr_tensor(
            *(lambda s: (s.crow_indices().int(), s.col_indices().int(), s.values()))(holed.to_sparse_csr()), holed.shape
        )
    kept = sparse.values().numel()
    rows[f"{share:.0%} zeros, dense"] = milliseconds(lambda m=holed: m @ states), inner.numel() * 4 / 2**20
    rows[f"{share:.0%} zeros, CSR"] = milliseconds(lambda m=sparse: m @ states), (kept * 8 + len(inner) * 4) / 2**20
pd.DataFrame(rows, index=["ms", "MiB"]).T.round(2)

# %% [markdown]
"""
Zeros alone save no time, and CSR starts to pay far beyond the share that the accuracy bears: looking up where a value belongs costs more than multiplying it. Scattered zeros are worth something on hardware made for
them, and in a compressed file.
"""

# %% [markdown] lang="zh"
"""
单有零并不省时间；CSR 要到零的比例远远超出准确率能承受的程度才划算：查一个值该放在哪里，比乘一次更费时。零散的零，只在专门的硬件上或者在压缩文件里才有价值。
"""

# %% [markdown]
"""
### Exercise 8.4.A

CSR keeps for each value that is not zero 4 bytes for the value and 4 for its column. From which share of zeros on is it smaller than the full matrix in fp32? Leave the few bytes for the rows out. Answer with a share.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.A

CSR 为每个非零值保存 4 字节的值和 4 字节的列号。零的比例从多少起，它比 fp32 的完整矩阵小？各行所需的少量字节不计。用一个比例作答。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 1 - 4 / (4 + 4)
### END SOLUTION
exercises.check("8.4.A", answer)

# %% [markdown] tags=["solution"]
"""
Of N weights, a share s of zeros leaves (1 − s) N values of 8 bytes, against N of 4: equal at s = 0.5. Just below half of the zeros the "sparse" file is the larger one.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
N 个权重里零占 s，剩下 (1 − s) N 个值，各 8 字节；完整矩阵是 N 个，各 4 字节：s = 0.5 时相等。零不到一半时，“稀疏”的文件反而更大。
"""

# %% [markdown]
"""
### Heads and neurons taken out

*Structured* pruning takes out whole rows and columns, so that the matrices become smaller and every computer is faster. An inner neuron is a row of `intermediate` and a column of `output`; a head is `head_size` rows of query, key and value, and as many columns
of the matrix behind them. What a neuron or a head can add is bounded by the product of the norms going in and out: the smallest go.
"""

# %% [markdown] lang="zh"
"""
### 拿掉注意力头和神经元

*结构化*剪枝拿掉整行整列，矩阵真的变小，任何计算机都会变快。一个内层神经元，就是 `intermediate` 的一行加上 `output` 的一列；一个注意力头，就是 query、key、value 各 `head_size` 行，加上它们后面那个矩阵的同样多列。一个神经元或一个头能贡献多少，以进出两边范数的乘积为界：最小的先去掉。
"""


# %%
def take(linear, keep, dim):
    """Keep some rows (dim 0) or columns (dim 1) of a linear layer, in place."""
    linear.weight = nn.Parameter(linear.weight.detach().index_select(dim, keep))
    if dim == 0:
        linear.bias = nn.Parameter(linear.bias.detach()[keep])
    linear.out_features, linear.in_features = linear.weight.shape


def narrow(model, heads, neurons):
    narrower = copy.deepcopy(model)
    for layer in narrower.base_model.encoder.layer:
        up, down = layer.intermediate.dense, layer.output.dense
        keep = (up.weight.norm(dim=1) * down.weight.norm(dim=0)).topk(neurons).indices.sort().values
        take(up, keep, 0), take(down, keep, 1)
        inside, behind = layer.attention.self, layer.attention.output.dense
        size = inside.attention_head_size
        worth = (inside.value.weight.norm(dim=1) * behind.weight.norm(dim=0)).view(-1, size).norm(dim=1)  # [heads]
        keep = (size * worth.topk(heads).indices.sort().values[:, None] + torch.arange(size)).flatten()
        for linear in (inside.query, inside.key, inside.value):
            take(linear, keep, 0)
        take(behind, keep, 1)
        inside.num_attention_heads, inside.all_head_size = heads, len(keep)
    return narrower


# %% tags=["nbval-ignore-output"]
same = narrow(full, full.config.num_attention_heads, full.config.intermediate_size)
some = tokens["test"].input_ids[:4]
few = replace(tokens["test"], input_ids=some, labels=tokens["test"].labels[:4])
as_it_is = evaluation.predict(full, few, precision="fp32")
assert np.allclose(evaluation.predict(same, few, precision="fp32"), as_it_is, atol=1e-5), "nothing was cut"
narrower = narrow(full, kept_heads, kept_neurons)
before = judge("narrow, untrained", narrower)
train_on(narrower, tokens["again"])
after = judge("narrow", narrower)
print(
    f"{kept_heads} heads and {kept_neurons:,} neurons a layer: {sizes['narrow'][1] / sizes['as trained'][1]:.0%} of the multiplications"
)
print(
    f"accuracy {before:.1%} without training, {after:.1%} after {recovery_epochs} epoch(s); the full model {right['trained on'].mean():.1%}"
)

# %% [markdown]
"""
A neuron is kept or lost with all of its weights, the good ones too; so half of the heads and neurons usually costs more than half of the single weights. In return the time is really saved.

### Thin products

A third cut replaces a matrix of m × n by a product of m × r and r × n, which saves where r is small. The singular values say what is lost. Compare two matrices at the rank that halves their numbers.
"""

# %% [markdown] lang="zh"
"""
神经元要么整个留下，要么连同其中的好权重一起丢掉；所以去掉一半的头和神经元，通常比去掉一半的单个权重损失更多。换来的是时间真的省了。

### 窄矩阵的乘积

第三种切法，是把 m × n 的矩阵换成 m × r 与 r × n 的乘积，r 小就省。损失多少由奇异值说了算。下面看两个矩阵，取数量减半时的秩。
"""

# %%
for name, linear in (("query", matrices(full)[0]), ("inner neurons", matrices(full)[4])):
    weight = linear.weight.detach()
    rank = weight.numel() // (2 * sum(weight.shape))
    values = torch.linalg.svdvals(weight) ** 2
    lost = (values[rank:].sum() / values.sum()).sqrt()
    print(
        f"{name}: {' × '.join(map(str, weight.shape))} at rank {rank}, half of the numbers: relative error {lost:.2f}"
    )

# %% [markdown]
"""
An error of this size is large, as the next section shows: with an eighth of the bytes, rounding does better. These matrices are not of low rank. What fine-tuning *changes* in them is, and that is what LoRA uses ([3.2c](03_2c_fine_tuning.ipynb)).

## 4 Fewer bits

*Quantisation* writes each weight as one of few levels, times a *scale* that many weights share ([3.2f](03_2f_evaluation_and_deployment.ipynb) does it with 8 bits in ONNX). Two choices matter: which levels, and how many weights share a scale. NF4 places its sixteen levels where a normal distribution has equally many weights (Dettmers et al. 2023).
"""

# %% [markdown] lang="zh"
"""
这样的误差很大，下一节就会看到：只用八分之一的字节，取整的误差反而更小。这些矩阵并不是低秩的。低秩的是微调给它们带来的*变化*，LoRA 利用的正是这一点（[第 3.2c 章](03_2c_fine_tuning.ipynb)）。

## 4 更少的位

*量化*把每个权重写成少数几个级别之一，再乘以许多权重共用的*缩放系数*（[第 3.2f 章](03_2f_evaluation_and_deployment.ipynb)在 ONNX 里用 8 位做过）。有两个选择很要紧：取哪些级别，多少个权重共用一个系数。NF4 的十六个级别，取在正态分布下每级权重一样多的地方（Dettmers 等，2023）。
"""


# %%
def nf4_levels(end=0.9677083):
    above = stats.norm.ppf(np.linspace(end, 0.5, 9)[:-1])  # eight above zero, seven below, and zero itself
    below = -stats.norm.ppf(np.linspace(end, 0.5, 8)[:-1])
    return torch.tensor(np.sort([*below, 0, *above]) / above.max(), dtype=torch.float32)


def quantise(weight, levels, block):
    """Numbers of the levels and scales of a weight; `block` weights share a scale, all of them if None."""
    rows = weight.reshape(-1, block or weight.numel())
    scale = rows.abs().amax(1, keepdim=True).clamp_min(1e-12).half().float()  # kept in 16 bits
    return torch.bucketize(rows / scale, (levels[1:] + levels[:-1]) / 2), scale


def round_trip(model, levels, block):
    """The model with every matrix quantised and back, and the mean relative error."""
    rounded, errors = copy.deepcopy(model), []
    for module in matrices(rounded):
        numbers, scale = quantise(module.weight.data, levels, module.in_features if block == "row" else block)
        back = (levels[numbers] * scale).view_as(module.weight)
        errors.append(float((back - module.weight.data).norm() / module.weight.data.norm()))
        module.weight.data = back
    return rounded, np.mean(errors)


# %% tags=["nbval-ignore-output"]
int8, int4, nf4 = torch.arange(-127, 128) / 127, torch.arange(-7, 8) / 7, nf4_levels()
assert torch.allclose(nf4[[1, 9, 14]], torch.tensor([-0.6962, 0.1609, 0.7230]), atol=1e-4), "not the paper's levels"
ways = {"int8, a row": (int8, "row"), "int4, whole matrix": (int4, None), "int4, a row": (int4, "row"),
        "int4, 64": (int4, 64), "NF4, 64": (nf4, 64)}  # fmt: skip
rows = {}
for name, (levels, block) in ways.items():
    rounded, error = round_trip(full, levels, block)
    width = {None: 1e9, "row": 384}.get(block, block)
    bits = (8 if len(levels) > 16 else 4) + 16 / width
    judge(name, rounded, bits=bits)
    same = (right[name] == right["trained on"]).mean()
    rows[name] = bits, error, 100 * right[name].mean(), 100 * same
pd.DataFrame(rows, index=["bits per weight", "relative error", "accuracy [%]", "as before [%]"]).T.round(2)

# %% [markdown]
"""
Eight bits with a scale a row cost nothing that one can measure. With four bits the choice of the scale decides: in a whole matrix one large weight sets the step for all. Small blocks keep the step small, for a quarter of a bit; NF4 spends its levels where the weights are.
"""

# %% [markdown] lang="zh"
"""
8 位、每行一个系数，损失小得量不出来。到了 4 位，系数怎么共用就成了关键：整个矩阵共用时，一个大权重就决定了所有权重的步长。小块能让步长保持很小，代价是每个权重多四分之一位；NF4 则把级别用在权重密集的地方。
"""

# %% [markdown]
"""
### Exercise 8.4.B

A colleague's quantiser is worse than the table says. Mend `quantise_rows(weight)`: it takes a matrix [rows, columns] and returns whole numbers from −7 to 7 and scales [rows, 1], one for each row, so that numbers × scales is as near to the weights as it can be. A row of zeros stays one.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.B

一位同事的量化函数比表里差。请修好 `quantise_rows(weight)`：它接受一个 [行, 列] 的矩阵，返回 −7 到 7 的整数，以及形状为 [行, 1]、每行一个的缩放系数，使“整数 × 系数”尽可能接近权重。全零的行仍为全零。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=2 minutes=6
def planted(weight):  # with the mistakes
    scale = weight.amax(0, keepdim=True) / 8
    return (weight / scale).int(), scale


### BEGIN SOLUTION
def quantise_rows(weight):
    scale = weight.abs().amax(1, keepdim=True) / 7
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return (weight / scale).round().int(), scale


answer = quantise_rows
### END SOLUTION
exercises.check("8.4.B", answer)

# %% [markdown] tags=["solution"]
"""
Four mistakes: `amax(0)` takes the largest of each column; without `abs` a large negative weight is cut off or turns the sign; 8 is no number of four bits with a sign, so the largest weight would not fit; and `int()` cuts off instead of rounding, which doubles the error. A row of zeros has the scale 0, and 0 / 0 is no number.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
四处错误：`amax(0)` 取的是每一列的最大值；没有 `abs`，绝对值大的负权重会被截断，或者符号颠倒；8 不是带符号的四位数，最大的权重放不下；`int()` 是截断而不是四舍五入，误差加倍。全零的行缩放系数为 0，而 0 / 0 不是数。
"""

# %% [markdown]
"""
### QLoRA's arithmetic, built

*QLoRA* trains LoRA's thin products beside a base in 4 bits. The claim is one of memory, so let us count. Training with AdamW needs for each trained number its gradient and two moments, 12 bytes beside its own 4; a frozen number needs only its own. Attention and inner neurons go to 4 bits; the rest stays.
"""

# %% [markdown] lang="zh"
"""
### 把 QLoRA 的算术造出来

*QLoRA* 的基座是 4 位的，旁边训练 LoRA 的窄乘积。它的卖点是内存，那就来数一数。用 AdamW 训练，每个要训练的数除了自己的 4 字节，还要梯度和两个矩，共 12 字节；冻结的数只要它自己。注意力和内层神经元的矩阵写成 4 位，其余不变。
"""


# %%
class Packed(nn.Module):
    """A frozen linear layer in 4 bits, two weights to a byte, with a trained product of rank r beside it."""

    def __init__(self, linear, r=8, block=64):
        super().__init__()
        numbers, scale = quantise(linear.weight.detach(), nf4, block)
        low, high = numbers.view(-1)[0::2], numbers.view(-1)[1::2]
        for name, tensor in {
            "bytes_of_two": (low | high << 4).byte(),
            "scale": scale.half(),
            "bias": linear.bias.detach(),
        }.items():
            self.register_buffer(name, tensor)
        self.shape, self.block = linear.weight.shape, block
        self.down = nn.Parameter(torch.randn(r, self.shape[1]) / self.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(self.shape[0], r))

    def weight(self):
        both = torch.stack([self.bytes_of_two & 15, self.bytes_of_two >> 4], 1)
        return (nf4[both.view(-1, self.block).int()] * self.scale.float()).view(self.shape)

    def forward(self, states):
        return nn.functional.linear(states, self.weight(), self.bias) + 2 * (states @ self.down.T) @ self.up.T


# %% tags=["nbval-ignore-output"]
def fresh():
    return models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seed)[1]


def pack(model):
    models.freeze(model, f"layers:{model.config.num_hidden_layers}")  # pooler and head train, as beside LoRA
    found = [
        (name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear) and ".layer." in name
    ]
    for name, module in found:
        model.set_submodule(name, Packed(module))
    return model


def bytes_in_training(model):
    """Weights, gradients and AdamW's moments after one step; what a text passes through comes on top."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer, batch = torch.optim.AdamW(trained), tokens["train"].collate([tokens["train"][i] for i in range(8)])
    answers = model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    nn.functional.cross_entropy(answers, batch["labels"]).backward()
    optimizer.step()
    held = [*model.parameters(), *model.buffers(), *(parameter.grad for parameter in trained)]
    held += [tensor for state in optimizer.state.values() for tensor in state.values() if tensor.dim()]
    return sum(tensor.nbytes for tensor in held if tensor.dtype != torch.long), sum(p.numel() for p in trained)


# %% tags=["nbval-ignore-output"]
total = sum(parameter.numel() for parameter in fresh().parameters())
in_bits = sum(module.weight.numel() for module in matrices(fresh()))
qlora = pack(fresh())
makers = {"full": fresh, "LoRA": lambda: adapters.add_lora(fresh(), targets=("query", "key", "value", "dense")),
          "QLoRA": lambda: copy.deepcopy(qlora)}  # fmt: skip
rows = {}
for name, make in makers.items():
    counted, trained = bytes_in_training(make())
    frozen = {"full": 0, "LoRA": 4 * total, "QLoRA": 4 * (total - in_bits) + in_bits * (1 / 2 + 2 / 64)}[name]
    new = trained - sum(
        p.numel() for n, p in fresh().named_parameters() if ".layer." not in n and "embeddings" not in n
    )
    predicted = 16 * trained if name == "full" else frozen + 4 * new + 12 * trained
    assert counted == predicted, (name, counted, predicted)
    rows[name] = trained / 1e6, counted / 2**20, predicted / 2**20
pd.DataFrame(rows, index=["million trained numbers", "counted [MiB]", "predicted [MiB]"]).T.round(2)

# %% [markdown]
"""
The arithmetic is right to the byte. For this small model the frozen word table, in fp32, is what is left; in a large model nearly all numbers are in the matrices. So let the formula speak about models that this machine cannot hold, with 0.5 % of the numbers trained.
"""

# %% [markdown] lang="zh"
"""
这笔账算得一个字节都不差。在这个小模型里，剩下的主要是 fp32 的词表，它是冻结的；而在大模型里，几乎所有的数都在矩阵里。所以可以让公式来谈这台机器放不下的模型，设训练的数占 0.5%。
"""

# %%
for billions in (7, 65):
    trained = 0.005 * billions
    full_gb, lora_gb = 16 * billions, 2 * billions + 16 * trained
    qlora_gb = (1 / 2 + 2 / 64) * billions + 16 * trained
    print(
        f"{billions} billion: {full_gb:,.0f} GB in full, {lora_gb:.0f} GB with LoRA on a base of 16 bits, {qlora_gb:.1f} GB with QLoRA"
    )

# %% [markdown]
"""
That is the paper's point: 65 billion on one card of 48 GB, if the activations of a batch fit into what is left. Does it learn? From the pretrained weights, now rounded, with a larger rate; this takes longer than a lesson has.
"""

# %% [markdown] lang="zh"
"""
这正是论文的要点：650 亿参数放进一张 48 GB 的卡，只要剩下的空间容得下一批文本的激活值。它学得会吗？从取整后的预训练权重开始，学习率大一些；这比一节课的时间长。
"""

# %% tags=["nbval-ignore-output"]
sizes["QLoRA"] = sum(t.nbytes for t in [*qlora.parameters(), *qlora.buffers()]) / 2**20, sizes["as trained"][1]
if qlora_epochs:
    train_on(qlora, tokens["train"], qlora_epochs, 1e-3)  # so few numbers bear a larger rate
    right["QLoRA"] = evaluation.predict(qlora, tokens["test"]).argmax(1) == labels["test"]
    print(
        f"QLoRA, {qlora_epochs} epoch(s): {right['QLoRA'].mean():.1%}; all in fp32, {num_epochs}: {right['as trained'].mean():.1%}"
    )
else:
    print(f"not trained here (`-p qlora_epochs=2` does it). In use it has {sizes['QLoRA'][0]:.0f} MiB")

# %% [markdown]
"""
## 5 Fewer words

Half of the bytes are word vectors, one row for each of the tokenizer's pieces, and the texts of a task use few of them. *Vocabulary* pruning keeps the rows in use. The tokenizer has to be cut with it: WordPiece takes the longest piece that it knows, so
a text whose pieces are all kept is cut up as before. A word with a lost piece falls into shorter ones; if the single letters are kept as well, it never becomes `[UNK]`.

Which words are in use? Those of the training texts, whose labels are not needed for this, and for the texts to come also the most frequent ones. This tokenizer's pieces stand in the order of their frequency, from "the" on.
"""

# %% [markdown] lang="zh"
"""
## 5 更少的词

一半的字节是词向量，分词器的每个词片一行，而一个任务的文本只用到其中很少几行。*词表*剪枝只保留用到的行。分词器也要跟着剪：WordPiece 总是取它认识的最长词片，所以只要一条文本的词片全都留着，切分就和原来一样。词片被剪掉的单词会拆成更短的词片；如果单个字母也都留着，它就不会变成 `[UNK]`。

哪些词算用到？训练文本里的（这里不需要标签），再为将来的文本加上最常用的。这个分词器的词片按频率排列，从 “the” 开始。
"""


# %% tags=["nbval-ignore-output"]
def cut_words(model, kept):
    """Tokenizer and model with the pieces of these numbers alone, in their order."""
    new = {old: place for place, old in enumerate(kept)}
    described = json.loads(tokenizer.backend_tokenizer.to_str())
    pieces = described["model"]["vocab"]
    described["model"]["vocab"] = {piece: new[old] for piece, old in pieces.items() if old in new}
    for token in described["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in described["post_processor"]["special_tokens"].values():
        token["ids"] = [new[old] for old in token["ids"]]
    names = tokenizer.special_tokens_map
    smaller = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(described)), **names)
    lighter = copy.deepcopy(model)
    rows = model.base_model.embeddings.word_embeddings.weight.detach()[kept].clone()
    padding = new[tokenizer.pad_token_id]
    lighter.base_model.embeddings.word_embeddings = nn.Embedding.from_pretrained(rows, padding_idx=padding)
    lighter.config.vocab_size, lighter.config.pad_token_id = len(kept), padding
    return smaller, lighter


# %% tags=["nbval-ignore-output"]
pieces = tokenizer.get_vocab()
corpus_ids = data.tokenize(
    tokenizer, texts := corpus.split("train")["text"].tolist(), [0] * len(texts), max_length
).input_ids
used = {number for row in corpus_ids for number in row} | set(tokenizer.all_special_ids)
letters = {number for piece, number in pieces.items() if len(piece.removeprefix("##")) == 1}
frequent = set(range(pieces["the"], pieces["the"] + kept_words)) & set(pieces.values())
cuts = {"used": cut_words(full, sorted(used)), "used and letters": cut_words(full, sorted(used | letters)),
        "and the frequent": cut_words(full, sorted(used | letters | frequent))}  # fmt: skip
print(f"{len(pieces):,} pieces; " + ", ".join(f"{name} {len(one[0]):,}" for name, one in cuts.items()))

# %% tags=["nbval-ignore-output"]
exams = {"training": parts["train"]["text"].tolist()[:40], "test": parts["test"]["text"].tolist(),
         "another trade": data.load_labelled_text("finance").split("test")["text"].tolist()[:60]}  # fmt: skip
rows = {}
for where, texts in exams.items():
    precision = "fp32" if where == "training" else "auto"
    inputs = data.tokenize(tokenizer, texts, [0] * len(texts), max_length)
    expected = evaluation.predict(full, inputs, precision=precision)
    for name, (smaller, lighter) in cuts.items():
        found = data.tokenize(smaller, texts, [0] * len(texts), max_length)
        logits = evaluation.predict(lighter, found, precision=precision)
        assert where != "training" or np.array_equal(logits, expected), "another answer on texts that it knows whole"
        whole = np.mean(
            [
                len(one) == len(other) and smaller.unk_token_id not in one
                for one, other in zip(found.input_ids, inputs.input_ids, strict=True)
            ]
        )
        rows[where, name] = 100 * whole, 100 * (logits.argmax(1) == expected.argmax(1)).mean(), len(smaller)
        if where == "test":
            right[f"words: {name}"], sizes[f"words: {name}"] = logits.argmax(1) == labels["test"], weigh(lighter)
pd.DataFrame(rows, index=["texts cut up as before [%]", "same answers [%]", "pieces"]).T.round(1)

# %% [markdown]
"""
On texts that it knows whole the cut model gives the same numbers to the last bit. But nearly every new text has a word that few training texts could show, and there the cut costs answers, more so in another trade. So the cut wants a large corpus without labels, not the labelled one. For comparison: the whole table in 8 bits has a quarter of its bytes and loses no word.

## 6 Fewer layers

The lowest layers can be kept and the upper ones left out. First without training, then as a *student*: it learns either the labels again, or, by *distillation*, the probabilities of the full model ([3.2e](03_2e_ensembling.ipynb)): by cross-entropy with soft targets. A *temperature*, by which the logits are divided, can make these softer still.
"""

# %% [markdown] lang="zh"
"""
对于词片全都留下的文本，剪过的模型给出的数值一位不差。可是几乎每条新文本都有一个少量训练文本里没出现过的词，这时剪词表就会改变回答，换一个行业更是如此。所以剪词表要用大的无标签语料，而不是那点标注样本。作个比较：整张词表写成 8 位，字节只剩四分之一，一个词也不丢。

## 6 更少的层

可以保留最低的几层，去掉上面的。先不训练，看看怎样；再把它当作*学生*：要么重新学标签，要么通过*蒸馏*学完整模型的概率（[第 3.2e 章](03_2e_ensembling.ipynb)），也就是以软标签为目标的交叉熵。把未归一化得分（logits）除以一个*温度*，目标还可以更软。
"""


# %% tags=["nbval-ignore-output"]
def lowest(model, count):
    shallow = copy.deepcopy(model)
    shallow.base_model.encoder.layer = shallow.base_model.encoder.layer[:count]
    shallow.config.num_hidden_layers = count
    return shallow


# %% tags=["nbval-ignore-output"]
depth = full.config.num_hidden_layers
dropped = [100 * judge(f"{count} layers, untrained", lowest(full, count)) for count in range(1, depth)]
soft = evaluation.probabilities(evaluation.predict(full, tokens["again"]))
lessons = {"labels": tokens["again"], "distilled": replace(tokens["again"], labels=soft.tolist())}
students = {name: train_on(lowest(full, kept_layers), lesson) for name, lesson in lessons.items()}
learnt = {name: 100 * judge(f"{kept_layers} layers, {name}", student) for name, student in students.items()}
figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
axes.plot(
    range(1, depth + 1), [*dropped, 100 * right["trained on"].mean()], "o-", color=plots.BLUE, label="no training after"
)
for value, color, marker, label in zip(
    learnt.values(), (plots.ORANGE, plots.GREEN), "s^", ("student of the labels", "student, distilled"), strict=True
):
    axes.plot(kept_layers, value, marker, color=color, markersize=8, label=label)
axes.set(xlabel="lowest layers kept", ylabel="accuracy on the test texts [%]", xticks=range(1, depth + 1))
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(f"{count} {value:.1f} %" for count, value in enumerate(dropped, 1))
plots.show(
    figure,
    alt=f"Accuracy by layers kept, untrained: {told}. Students of {kept_layers} layers: labels {learnt['labels']:.1f} %, distilled {learnt['distilled']:.1f} %.",
)

# %% [markdown]
"""
Unlike zeros, a layer left out saves its time on every machine. One student of each kind cannot say which lesson is the better; the record below has five.
"""

# %% [markdown] lang="zh"
"""
与零不同，去掉一层，在任何机器上都省下这一层的时间。每种学生只有一个，说不清哪种教法更好；下面的大规模实测有五个。
"""

# %% [markdown]
"""
### Exercise 8.4.C

Write `student_loss(student, teacher, temperature)`: the cross-entropy of the student's probabilities with the teacher's as target, both softened by a *temperature* (logits divided by it), the mean over the texts, times the square of the temperature. Both are logits [N, C] as torch tensors; the gradient must reach the student and not the teacher.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.C

写出 `student_loss(student, teacher, temperature)`：以教师的概率为目标，计算学生概率的交叉熵；两者都用*温度*软化（logits 除以它），对文本取平均，再乘以温度的平方。两个参数都是 logits [N, C]，torch 张量；梯度要传到学生，不能传到教师。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def student_loss(student, teacher, temperature):
    soft = (teacher.detach() / temperature).softmax(-1)
    return -(soft * (student / temperature).log_softmax(-1)).sum(-1).mean() * temperature**2


answer = student_loss
### END SOLUTION
exercises.check("8.4.C", answer)

# %% [markdown] tags=["solution"]
"""
A higher temperature shows more of what the teacher holds for possible beside its answer. Dividing the logits makes the gradient smaller twice over, once for the student's logits and once since soft targets lie close together; the square undoes that (Hinton et al. 2015). Without `detach` the teacher would learn to agree with its student.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
温度较高时，教师在答案之外还认为有哪些可能，会显露得更多。logits 除以温度，使梯度两度变小：一次因为学生的 logits，一次因为软化后的目标彼此靠近；乘以平方正好抵消（Hinton 等，2015）。没有 `detach`，教师会学着迁就学生。
"""

# %% [markdown]
"""
## 7 What is worth it (8.4-4)

The cuts can be combined: all words or fewer, all layers or fewer, 8 or 4 bits in the matrices, and the word table in 8 bits throughout. The validation texts choose the smallest one that loses no more than the margin against the full model; the test texts only judge it.
"""

# %% [markdown] lang="zh"
"""
## 7 什么值得做（8.4-4）

几刀可以合在一起：词全留或少留，层全留或少留，矩阵用 8 位或 4 位，词表一律用 8 位。由验证文本选出最小的、损失不超过误差范围（与完整模型相比）的那个，测试文本只负责评判。
"""

# %% tags=["nbval-ignore-output"]
kept = sorted(used | letters | frequent)
smaller = cuts["and the frequent"][0]
small_tokens = {name: tokenize(name, smaller) for name in ("validation", "test")}
structures = {"all layers": full, f"{kept_layers} layers": students["distilled"]}
plans = [
    (words, structure, bits)
    for words in ("all words", "fewer words")
    for structure in structures
    for bits in ("int8", "NF4")
]
on_validation, candidates = {}, {}
reference = (evaluation.predict(full, tokens["validation"]).argmax(1) == labels["validation"]).mean()
for words, structure, bits in plans:
    one = structures[structure] if words == "all words" else cut_words(structures[structure], kept)[1]
    light = round_trip(one, *ways["int8, a row" if bits == "int8" else "NF4, 64"])[0]
    table = light.base_model.embeddings.word_embeddings.weight.data
    numbers, scale = quantise(table, int8, table.shape[1])
    table.copy_((int8[numbers] * scale).view_as(table))  # the table in 8 bits, a scale for each word
    exam, name = tokens if words == "all words" else small_tokens, f"{words}, {structure}, {bits}"
    judge(name, light, bits=8.04 if bits == "int8" else 4.25, table_bits=8.04, exam=exam["test"])
    said = evaluation.predict(light, exam["validation"]).argmax(1)
    on_validation[name], candidates[name] = (said == labels["validation"]).mean(), one
within = [name for name, value in on_validation.items() if value >= reference - margin]
chosen = min(within, key=lambda name: sizes[name][0]) if within else None
share_left = 100 * sizes[chosen or "trained on"][0] / sizes["trained on"][0]

# %% tags=["nbval-ignore-output"]
guess_left.settle(share_left)
lost = evaluation.difference(right[chosen or "trained on"], right["trained on"])
print(
    f"chosen: {chosen}; {share_left:.0f} % of the bytes, {100 * lost.value:+.1f} points on the test texts [{100 * lost.low:+.1f}, {100 * lost.high:+.1f}]"
)

# %% tags=["nbval-ignore-output"]
sheet = pd.DataFrame(sizes, index=["MiB", "million multiplications"]).T.loc[list(right)]
sheet["accuracy [%]"] = [100 * right[name].mean() for name in sheet.index]
gaps = {name: evaluation.difference(right[name], right["trained on"]) for name in sheet.index}
sheet["loss [points]"] = [
    f"{100 * gap.value:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]" for gap in gaps.values()
]
by_name = dict.fromkeys(sheet.index) | {"chosen": chosen or "trained on"}
answers = pd.DataFrame(
    {"seed": seed, "model": name, "mib": sizes[same or name][0], "multiplications": sizes[same or name][1],
     "texts": len(labels["test"]), "right": np.packbits(right[same or name]).tobytes().hex()}
    for name, same in by_name.items()
)  # fmt: skip
if output_file:
    answers.round(3).to_csv(output_file, index=False)
sheet.round(1)

# %% [markdown]
"""
### Seconds, and the model as a service

Bytes and multiplications were counted; seconds are measured, here and now. Then the chosen structure is exported to ONNX with its own tokenizer, in 32 and in 8 bits ([3.2f](03_2f_evaluation_and_deployment.ipynb) explains both), and put behind HTTP. Its answers have to be the same. (In the ONNX files the word table stays in fp32, so there the number of words counts.)
"""

# %% [markdown] lang="zh"
"""
### 秒数，以及作为服务的模型

字节和乘法是数出来的，秒数要现测。然后把选中的结构连同它自己的分词器导出为 ONNX，分 32 位和 8 位两种（[第 3.2f 章](03_2f_evaluation_and_deployment.ipynb)有解释），再放到 HTTP 后面。它的回答必须不变。（ONNX 文件里的词表仍是 fp32，所以在那里词的多少很要紧。）
"""

# %% tags=["nbval-ignore-output"]
timed = {"as trained": (model, tokens), "fewer words": (cuts["and the frequent"][1], small_tokens), "narrow": (narrower, tokens),
         f"{kept_layers} layers": (students["distilled"], tokens), "QLoRA's 4 bits": (qlora, tokens)}  # fmt: skip
rows = {}
with torch.inference_mode():
    for name, (one, given) in timed.items():
        batch = given["test"].collate([given["test"][row] for row in range(16)])
        batch.pop("labels"), one.eval()
        rows[name] = milliseconds(lambda one=one, batch=batch: one(**batch), times=4) / 16
seconds = pd.DataFrame({"ms per text": rows})
seconds["relative"] = seconds["ms per text"] / seconds.at["as trained", "ms per text"]
seconds.round(2)

# %% tags=["nbval-ignore-output"]
words = "all words" if chosen is None or chosen.startswith("all words") else "fewer words"
final, its_tokenizer = candidates.get(chosen, full), tokenizer if words == "all words" else smaller
if deploy:
    texts, running = parts["test"]["text"].tolist(), ExitStack()
    exported = deployment.export_onnx(final, its_tokenizer, Path(running.enter_context(TemporaryDirectory())))
    deployment.quantize_int8(exported)
    runtime_of = {name: deployment.OnnxClassifier(exported, name) for name in ("fp32", "int8")}
    parity = deployment.check_parity(final, its_tokenizer, runtime_of["fp32"], texts[:64])
    assert parity["same_labels"] == 1 and parity["max_difference"] < 1e-3, "the exported model is another one"
    address = running.enter_context(service.running(service.build_app(runtime_of["int8"], info={"model": model_name})))
    replies = [
        requests.post(f"{address}/predict_batch", json={"texts": texts[at : at + 32]}, timeout=60)
        for at in range(0, len(texts), 32)
    ]
    served = np.array([corpus.class_names.index(answer["label"]) for reply in replies for answer in reply.json()])
    expected = runtime_of["fp32"].predict(texts).argmax(1)
    files = {name: (exported / file).stat().st_size / 2**20 for name, file in deployment.FILES.items()}
    running.close()
    print(
        f"ONNX, fp32, {files['fp32']:.0f} MiB: all {min(64, len(texts))} labels equal, largest difference of a logit {parity['max_difference']:.0e}"
    )
    print(
        f"served in int8, {files['int8']:.0f} MiB: {len(served)} answers, {(served == expected).mean():.1%} as in fp32; the full model in fp32 has {sizes['as trained'][0]:.0f} MiB"
    )

# %% [markdown]
"""
### The record

One run of a few hundred texts cannot decide a point. `tests/bench/light_models.py` runs this chapter with five seeds on SST-2; the intervals count both kinds of luck, texts and seeds, and your run is drawn beside it. Where that table is missing, your run stands in for it, and decides nothing.
"""

# %% [markdown] lang="zh"
"""
### 大规模实测

一次运行、几百条文本，判定不了一个百分点。`tests/bench/light_models.py` 在 SST-2 上用五个种子运行本章；区间把文本和种子两种运气都算在内，本次运行画在旁边。没有那张表时，就用本次运行代替，它什么也判定不了。
"""

# %%
path = runtime.repository_root() / "course" / "data" / "light_models.csv"
recorded = pd.read_csv(path) if path.is_file() else answers
source = "SST-2" if path.is_file() else "this run alone, which decides nothing"


def answers_of(name):  # [seeds, texts]
    rows = recorded[recorded["model"] == name].sort_values("seed")
    return np.array(
        [np.unpackbits(np.frombuffer(bytes.fromhex(row.right), np.uint8))[: row.texts] for row in rows.itertuples()]
    )


seeds = recorded["seed"].nunique()
against = {
    name: evaluation.difference(answers_of(name), answers_of("trained on")) for name in recorded["model"].unique()
}
book = recorded.groupby("model", sort=False)[["mib", "multiplications"]].mean()
book["accuracy [%]"] = [100 * answers_of(name).mean() for name in book.index]
book["loss [points]"] = [
    f"{100 * gap.value:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]" for gap in against.values()
]
n, whole = answers_of("trained on").shape[1], 100 * answers_of("trained on").mean()
print(f"{source}: {seeds} seed(s), {n} test texts; the full model {whole:.1f} % right")
book.round(1)

# %% tags=["nbval-ignore-output"]
shown = {"trained on": "full", "int8, a row": "int8", "NF4, 64": "NF4", "narrow": "narrow", f"{kept_layers} layers, labels": "fewer layers",
         f"{kept_layers} layers, distilled": "fewer layers, distilled", "words: and the frequent": "fewer words"}  # fmt: skip
shown |= {name: name for name in on_validation} | {"chosen": "the chosen one"}


def of_this_run(name):
    here = right[(chosen or "trained on") if name == "chosen" else name]
    return 100 * (here.mean() - right["trained on"].mean())


# %% tags=["nbval-ignore-output"]
of_blue = "the record" if path.is_file() else "95 % interval"
rows = [name for name in shown if name in against]
figure, (axes,) = plots.new_axes(width=7.4, height=4.4)
for place, name in enumerate(rows):
    gap = against[name]
    axes.hlines(-place, 100 * gap.low, 100 * gap.high, color=plots.BLUE, linewidth=3)
    axes.plot(100 * gap.value, -place, "o", color=plots.BLUE, label=None if place else of_blue)
    axes.plot(of_this_run(name), -place, "o", mfc="none", color=plots.VERMILION, label=None if place else "this run")
axes.set_yticks(-np.arange(len(rows)), [f"{shown[name]} · {book.at[name, 'mib']:.0f} MiB" for name in rows])
axes.axvline(-100 * margin, color=plots.GREY, linestyle="--", label="the margin")
axes.set(xlabel="accuracy less that of the full model, trained as long [points]")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
best = against["chosen"]
plots.show(
    figure,
    alt=f"Difference to the full model, record and this run; the chosen model of each seed {100 * best.value:+.1f} points "
    f"[{100 * best.low:+.1f}, {100 * best.high:+.1f}] with {book.at['chosen', 'mib'] / book.at['trained on', 'mib']:.0%} of the bytes.",
)

# %% [markdown]
"""
The claim needs a border, which was set before the record was made: at most a quarter of the bytes, and less than two points of accuracy.
"""

# %% [markdown] lang="zh"
"""
判断原文的说法要有界限，在实测之前就定好了：字节最多四分之一，准确率的损失少于 2 个百分点。
"""

# %%
quick = f"all words, {kept_layers} layers, int8"
counted = book[["mib", "multiplications"]]
left = counted.loc["chosen"] / counted.loc["trained on"]
claims.record(
    "8.4-light",
    measured=f"{source}, {seeds} seed(s): the chosen model, {left['mib']:.0%} of the bytes and {left['multiplications']:.0%} of the multiplications, "
    f"{100 * against['chosen'].value:+.1f} points [{100 * against['chosen'].low:+.1f}, {100 * against['chosen'].high:+.1f}]; with half of the layers as well "
    f"{100 * against[quick].value:+.1f} points [{100 * against[quick].low:+.1f}, {100 * against[quick].high:+.1f}]",
    reference="a model with at most a quarter of the bytes loses less than two points against the full one, trained as long",
    holds=evaluation.verdict(against["chosen"], -0.02, seeds=seeds) if left["mib"] <= 0.25 else False,
)

# %% [markdown]
"""
A fair reading of 8.4-4: bytes are saved nearly for free by bits, and by words where a large corpus says which. Time is saved by structure alone, and that has a price, which more training or a better lesson may lower. What it is worth depends on where the model runs: on a phone the bytes decide, on a server with many requests the time.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 8.4.1

A model of 7 billion numbers stands in 4 bits, with a scale of 16 bits for every 64 of them. LoRA trains 40 million numbers beside it, in fp32 with AdamW. How many gigabytes (10⁹ bytes) are weights, gradients and moments together? One decimal.
"""

# %% [markdown] lang="zh"
"""
公平地读 8.4-4：减位几乎可以白省字节；减词也行，前提是有大的语料告诉你该留哪些词。时间只有改结构才能省，而这是有代价的；训练更久或教得更好，代价也许会小一些。值不值，要看模型在哪里运行：在手机上由字节决定，在请求很多的服务器上由时间决定。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 8.4.1

一个模型有 70 亿个数，写成 4 位，每 64 个有一个 16 位的缩放系数。旁边用 LoRA 训练 4000 万个数，fp32，优化器为 AdamW。权重、梯度和矩合计多少吉字节（10⁹ 字节）？保留一位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = (7e9 * (4 + 16 / 64) / 8 + 40e6 * 16) / 1e9
### END SOLUTION
exercises.check("8.4.1", answer)

# %% [markdown] tags=["solution"]
"""
The base has 4.25 bits a weight: 3.72 GB. A trained number has 4 bytes of its own, 4 for the gradient and 8 for two moments: 0.64 GB. Together 4.4 GB, before any activation; full fine-tuning in fp32 would be 112 GB.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
基座每个权重 4.25 位：3.72 GB。每个训练的数自己占 4 字节，梯度 4 字节，两个矩 8 字节：0.64 GB。合计 4.4 GB，还没算激活值；用 fp32 全量微调则要 112 GB。
"""

# %% [markdown]
"""
### Exercise 8.4.2

Write `largest_rank(rows, columns)`: the largest whole rank r for which the product of rows × r and r × columns has fewer numbers than the matrix.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.2

写出 `largest_rank(rows, columns)`：使“行 × r”与“r × 列”的乘积所含的数少于原矩阵的最大整数秩 r。
"""


# %% tags=["exercise"] kind="code" difficulty=1 importance=1 minutes=4
### BEGIN SOLUTION
def largest_rank(rows, columns):
    return (rows * columns - 1) // (rows + columns)


answer = largest_rank
### END SOLUTION
exercises.check("8.4.2", answer)

# %% [markdown] tags=["solution"]
"""
The product has r (rows + columns) numbers. For a square matrix that saves only below half of its rank, and for 384 × 1,536 below 307 of 384: a matrix has to be of clearly low rank before this pays.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
乘积含 r (行 + 列) 个数。方阵要秩低于一半才省；384 × 1,536 的矩阵，要在 384 里低于 307：矩阵的秩必须明显偏低，这样做才划算。
"""

# %% [markdown]
"""
### Exercise 8.4.3

Which two layers make the better start of a student? Copy `full` twice: keep the two lowest layers in one, the first and the last in the other. Train each on `first`, the first 96 training texts, with `training.fit`: rate `recovery_rate`, 2 epochs, batches of 16. Answer with `{"lowest": history, "ends": history}`, and compare the first losses of both.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.3

哪两层更适合作学生的起点？把 `full` 复制两份：一份保留最低的两层，另一份保留第一层和最后一层。各在 `first`（前 96 条训练文本）上用 `training.fit` 训练：学习率 `recovery_rate`，2 轮，每批 16 条。用 `{"lowest": history, "ends": history}` 作答，并比较两者最初的损失。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=2 minutes=8
first = replace(tokens["train"], input_ids=tokens["train"].input_ids[:96], labels=tokens["train"].labels[:96])
### BEGIN SOLUTION
answer = {}
for name, kept_ones in {"lowest": [0, 1], "ends": [0, -1]}.items():
    pupil = copy.deepcopy(full)
    pupil.base_model.encoder.layer = nn.ModuleList(pupil.base_model.encoder.layer[place] for place in kept_ones)
    pupil.config.num_hidden_layers = 2
    answer[name] = training.fit(pupil, first, learning_rate=recovery_rate, num_epochs=2, batch_size=16, seed=seed)
    print(name, answer[name].step_table()["loss"].head(4).round(2).tolist())
### END SOLUTION
exercises.check("8.4.3", answer, learning_rate=recovery_rate)

# %% [markdown] tags=["solution"]
"""
The last layer was trained on what five layers before it make; fed with the first layer's states it sees something else, and the head sees something else again. A neighbour is the easier successor. How far each student recovers, twelve steps cannot say.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
最后一层是在前面五层的输出上训练出来的；换成第一层的状态喂给它，看到的就是别的东西，分类头看到的又是另一样。相邻的层接班更容易。至于两个学生各能恢复到什么程度，十二步还说不了。
"""

# %% [markdown]
"""
### Exercise 8.4.4

Which sentences are right?

- a: A dense matrix with half of its weights at zero is multiplied in half the time.
- b: A layer with half of its inner neurons needs half of the multiplications there, on any machine.
- c: A word table of a tenth makes every answer clearly faster.
- d: A pruned model that was trained on has to be compared with a full one that was trained on as long.
- e: 4 bits always make a model faster than 16 bits.

Answer with letters, such as "ac".
"""

# %% [markdown] lang="zh"
"""
### 练习 8.4.4

哪些句子是对的？

- a：稠密矩阵的一半权重为零，乘法只要一半时间。
- b：一层里留一半内层神经元，这部分的乘法就减半，在任何机器上都如此。
- c：词表缩到十分之一，每次回答都会明显变快。
- d：剪枝后又训练过的模型，要和同样多训练过的完整模型相比。
- e：4 位的模型总比 16 位的快。

用字母作答，例如 "ac"。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = "bd"
### END SOLUTION
exercises.check("8.4.4", answer)

# %% [markdown] tags=["solution"]
"""
a and c confuse bytes or zeros with work. e holds only where the processor computes in 4 bits, or where fetching the weights is what takes the time; here each weight is turned back first.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
a 和 c 把字节或零当成了计算量。e 只有在处理器真用 4 位计算，或者时间主要花在读取权重上时才成立；这里每个权重都要先还原。
"""

# %% [markdown]
"""
### On record

Figures by which later runs can be compared.
"""

# %% [markdown] lang="zh"
"""
### 记录

供以后的运行作比较的数字。
"""

# %% tags=["nbval-ignore-output"]
claims.report(accuracy=right["trained on"].mean(), share_of_bytes=share_left / 100, chosen_loss=lost, words_kept=len(kept) / len(pieces),
              narrow_loss=gaps["narrow"], student_loss=gaps[f"{kept_layers} layers, distilled"])  # fmt: skip

# %% [markdown]
"""
## Recap

- Size helps within a family trained alike; between models it is one cause among several. Bytes and seconds grow with it.
- Bytes and work lie in different places: half of this model's bytes are words that nobody multiplies.
- Scattered zeros make a model emptier, not faster; whole heads, neurons and layers make it faster, and cost more.
- Eight bits a row are free; four need small blocks. QLoRA's memory can be predicted to the byte.
- A cut vocabulary changes nothing on texts that it knows whole.
- The opponent of a light model is the full one, trained as long; the choice is made on validation texts.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 在同样训练的一族模型里，规模有用；在不同的模型之间，它只是原因之一。字节和秒数随规模增长。
- 字节和计算量不在同一个地方：这个模型一半的字节是词，没有人拿它做乘法。
- 零散的零让模型变空，不变快；整个的头、神经元和层让它变快，代价也更大。
- 8 位、每行一个系数，几乎不要代价；4 位需要小块。QLoRA 的内存可以预测到字节。
- 对于词片全都留下的文本，剪词表什么也不改变。
- 轻模型的对手，是训练得同样久的完整模型；选择要在验证文本上做。

## 自测
"""

# %%
quizzes.ask("8.4")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Han, Pool, Tran, Dally 2015: *Learning both weights and connections for efficient neural networks*, arXiv 1506.02626.
- Michel, Levy, Neubig 2019: *Are sixteen heads really better than one?*, arXiv 1905.10650.
- Hinton, Vinyals, Dean 2015: *Distilling the knowledge in a neural network*, arXiv 1503.02531; Sanh et al. 2019: *DistilBERT*, arXiv 1910.01108.
- Sajjad, Dalvi, Durrani, Nakov 2020: *On the effect of dropping layers of pre-trained transformer models*, arXiv 2004.03844.
- Abdaoui, Pradel, Sigel 2020: *Load what you need: smaller versions of multilingual BERT*, arXiv 2010.05609: a cut vocabulary.
- Dettmers, Pagnoni, Holtzman, Zettlemoyer 2023: *QLoRA*, arXiv 2305.14314: NF4, and 65 billion parameters on one card.
- Devlin et al. 2018: *BERT*, arXiv 1810.04805; Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165: the sizes named in section 1.

## Next

Your own model: `talentlab run 08_4 -p dataset=my.csv -p train_texts=none -p kept_layers=4`. How people divide this work stands in [chapter 9.1](09_1_roles.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Han, Pool, Tran, Dally 2015：*Learning both weights and connections for efficient neural networks*，arXiv 1506.02626。
- Michel, Levy, Neubig 2019：*Are sixteen heads really better than one?*，arXiv 1905.10650。
- Hinton, Vinyals, Dean 2015：*Distilling the knowledge in a neural network*，arXiv 1503.02531；Sanh 等 2019：*DistilBERT*，arXiv 1910.01108。
- Sajjad, Dalvi, Durrani, Nakov 2020：*On the effect of dropping layers of pre-trained transformer models*，arXiv 2004.03844。
- Abdaoui, Pradel, Sigel 2020：*Load what you need: smaller versions of multilingual BERT*，arXiv 2010.05609。剪词表。
- Dettmers, Pagnoni, Holtzman, Zettlemoyer 2023：*QLoRA*，arXiv 2305.14314。NF4，以及一张卡上的 650 亿参数。
- Devlin 等 2018：*BERT*，arXiv 1810.04805；Brown 等 2020：*Language models are few-shot learners*，arXiv 2005.14165。第 1 节提到的规模。

## 下一步

换上你自己的模型：`talentlab run 08_4 -p dataset=my.csv -p train_texts=none -p kept_layers=4`。这些工作由谁来做，见[第 9.1 章](09_1_roles.ipynb)。
"""
