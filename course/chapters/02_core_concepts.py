# %% [markdown]
"""
# 2 · Core concepts and how they are linked

*核心概念与联系*

The document names five concepts: the large model, transfer learning, fine-tuning, hyper-parameter tuning and model
ensembles. In this chapter each of them runs on a real model, each sentence about them is measured, and the links between
them are drawn from the measurements.

**You will be able to**

- count the parameters of any transformer, from minilm to GPT-3, without a single weight of it,
- read tokens and attention weights,
- fine-tune in five ways, and say what each costs and gains,
- compare two models on the same texts, with an interval,
- draw the map of the five concepts with numbers on its arrows.

**Time** 50 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 2 · 核心概念与联系

原文列出五个概念：大模型、迁移学习、微调、超参数调优和模型集成。本章让每个概念都在真实模型上跑起来，逐句测量原文的说法，最后用测得的数字画出它们之间的联系。

**学完本章，你能够**

- 不需要任何权重，就算出从 minilm 到 GPT-3 的任意 Transformer 的参数量；
- 读懂词元和注意力权重；
- 用五种方式微调，说明每种方式的代价和收益；
- 在同样的文本上比较两个模型，并给出置信区间；
- 画出五个概念的关系图，箭头上标着数字。

**时间** 阅读和动手 50 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; if None, found by its name, for `reviews` the sector
model_name: str = "minilm"  # bundled model, a folder, or a Hub id such as bert-base-uncased
train_texts: int | None = 208  # training texts; all if None
num_epochs: int = 2  # passes over them
batch_size: int = 16  # texts per optimizer step [sequences]
learning_rates: list[float] = [2e-4, 1e-3, 1e-2, 3e-3, 3e-3]  # peaks for full, last layers, head, LoRA, bottleneck
last_layers: int = 2  # layers that train in "last layers"
lora_r: int = 8  # rank of LoRA's product
lora_alpha: float = 16  # its scale, before it is divided by the rank
bottleneck_size: int = 32  # width of the adapters' bottleneck
tuning_rates: list[float] = [1e-5, 1e-4, 1e-2]  # further learning rates for "last layers"
max_length: int = 128  # longer texts lose their end [tokens]
dropout: float = 0.1  # share of hidden values set to zero in training
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of the choice of texts, the heads, the adapters, the order and dropout
seed_spread: float = 0.04  # standard deviation of a difference over seeds, as chapter 1 found it [share right]
more_votes: int = 0  # votes beside the first, each with training texts and seeds of its own

# %% [markdown]
"""
The cell above holds everything that can be changed from outside: `talentlab run 02 -p num_epochs=4` trains twice as long.

## Five words, one model

![The five concepts in a row: a large model, whose numbers were set by much text; transfer learning, its use for a task that it never saw; fine-tuning, in which a few labels change all of it or a small part; tuning, settings chosen on validation texts; an ensemble, several models that give one answer.](images/five_concepts.svg)

Each comes in turn, on one small model and the same few texts. At the end the arrows between them get their numbers.
"""

# %% [markdown] lang="zh"
"""
凡是可以从外部修改的设置，都在上面这个单元格里：`talentlab run 02 -p num_epochs=4` 会训练两倍长的时间。

## 五个词，一个模型

![五个概念依次排列：大模型，其中的数由大量文本定出；迁移学习，用到它从未见过的任务上；微调，用少量标签改动全部或一小部分参数；超参数调优，各项设置在验证集上选定；模型集成，几个模型合成一个答案。](images/five_concepts.zh.svg)

下面逐个来看，用的是同一个小模型和同样的少量文本。到最后，给它们之间的箭头标上数字。
"""

# %%
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoModel, BertConfig, GPT2Config

from talentlab import data, evaluation, models, plots, training
from talentlab.chapters import concept_map
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.models import adapters

# %% [markdown]
"""
Three questions before anything runs. Answer as well as you can; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，凭现在的了解作答即可。章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("2", "before")

# %% [markdown]
"""
## 2.1 The core concepts

### Large model

The document: a deep-learning model with several hundred million to several billion parameters, such as GPT-3 and BERT.
A *parameter* is one number that training changes. The census below counts those of the bundled model by part.
"""

# %% [markdown] lang="zh"
"""
## 2.1 核心概念概述

### 大模型

原文的定义：具有数亿乃至数十亿参数的深度学习模型，如 GPT-3、BERT 等。*参数*（parameter）就是训练时会被改变的一个数。下面按部件清点课程自带模型的参数。
"""

# %%
tokenizer, model = models.load_pretrained(model_name, seed=seed)
depth = model.config.num_hidden_layers
census = models.parameter_census(model)
census.assign(share=census["share"].map("{:.1%}".format), total=census["total"].map("{:,}".format)).drop(
    columns="trainable"
)

# %% [markdown]
"""
Half of this small model is one table: a vector for each of the 30,522 tokens of its vocabulary. The layers do the work, and
each of them has the same size.

The same count works for models that no laptop can hold. On the device `meta`, a tensor has a shape and no memory: we
build four published architectures from their sizes alone, GPT-3 from table 2.1 of its paper.
"""

# %% [markdown] lang="zh"
"""
这个小模型有一半是一张表：词表里的 30,522 个词元各占一个向量。真正干活的是各层，而每层大小相同。

用同样的办法，也能清点笔记本电脑根本装不下的模型。在 `meta` 设备上，张量只有形状，不占内存：我们只凭尺寸搭出四个公开发表的结构，其中 GPT-3 的尺寸取自其论文表 2.1。
"""

# %%
large = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
published = {
    "BERT-base": (BertConfig(), 110e6),
    "GPT-2 small": (GPT2Config(), 124e6),
    "BERT-large": (BertConfig(**large), 340e6),
    "GPT-3": (GPT2Config(n_layer=96, n_embd=12288, n_head=96, n_positions=2048), 175e9),
}


def count_parameters(config) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in AutoModel.from_config(config).parameters())


sizes = pd.DataFrame({name: (count_parameters(config), stated) for name, (config, stated) in published.items()}).T
sizes.columns = ["counted", "published"]
sizes["difference"] = (sizes["counted"] / sizes["published"] - 1).map("{:+.1%}".format)
sizes["fp32 weights [GiB]"] = (sizes["counted"] * 4 / 2**30).round(2)
sizes.assign(**{column: sizes[column].map("{:,.0f}".format) for column in ("counted", "published")})

# %% [markdown]
"""
The counts agree with the published figures, which are rounded; BERT-large's 340 million is rounded generously. GPT-2's paper
prints 117 million for its smallest model; its authors corrected that to 124 million when they released it.

Now the document's range. 数亿 is 200 million or more, 数十亿 stays below ten billion. The band shows it.
"""

# %% [markdown] lang="zh"
"""
数出来的结果与公布的数字相符，后者都取了整，其中 BERT-large 的 3.4 亿取得比较宽。GPT-2 的论文把最小的模型写成 1.17 亿，作者发布模型时更正为 1.24 亿。

再看原文给的范围。“数亿”至少是 2 亿，“数十亿”则不到 100 亿。图中的色带就是这个范围。
"""

# %%
low, high = 2e8, 1e10
counts = pd.concat([pd.Series({model_name: float(census.at["total", "total"])}), sizes["counted"].astype(float)])
inside = counts[1:].between(low, high)
figure, (axes,) = plots.new_axes(height=2.6)
axes.axvspan(low, high, color=plots.ORANGE, alpha=0.25, label="the document's range")
axes.plot(counts, range(len(counts)), "o", color=plots.BLUE)
axes.set_yticks(range(len(counts)), counts.index)
axes.set(xscale="log", xlabel="parameters", xlim=(1e7, 1e12), ylim=(len(counts) - 0.5, -0.5))
axes.legend(frameon=False, loc="upper right")
plots.show(
    figure,
    alt=f"Parameters of {len(counts)} models on a logarithmic axis. Of the published ones only "
    f"{', '.join(inside[inside].index)} lies inside the document's range; GPT-3 lies "
    f"{counts['GPT-3'] / high:.0f} times above its upper end.",
)

# %% tags=["nbval-ignore-output"]
claims.record(
    "2.1-size",
    reference="several hundred million to several billion parameters, such as GPT-3 and BERT",
    measured=", ".join(f"{name} {counts[name] / 1e6:,.0f} M" for name in ("BERT-base", "BERT-large", "GPT-3")),
    holds=bool(inside[["BERT-base", "BERT-large", "GPT-3"]].all()),
)

# %% [markdown]
"""
The original BERT, the one that the document later fine-tunes, is half of the smallest size named, and GPT-3 is far
beyond the largest. "Large" has no fixed border; what the word should tell a founder is the bill. GPT-3's weights alone
fill more than 600 GiB in fp32.

### What happens inside: tokens and attention

A model of this kind cuts a text into tokens, gives each a vector, and then, in every layer, replaces each vector by a
mix of all of them. The shares of that mix are the *attention weights*. Each layer has several attention heads, and each of them
mixes in its own way. Chapter 4 has the formula.
"""

# %% [markdown] lang="zh"
"""
原文后面拿来微调的正是最初的 BERT，它的参数量只有所述下限的一半；GPT-3 则远远超出上限。“大”没有固定的界线；对创业者来说，这个字真正该提醒的是账单。光是 GPT-3 的权重，用 fp32 存放就超过 600 GiB。

### 模型内部：词元与注意力

这类模型先把文本切成词元，给每个词元一个向量，然后在每一层里，把每个向量换成所有向量的一个混合。混合的比例就是注意力权重（attention weights）。每层有若干个注意力头（attention head），各有各的混合方式。公式见第 4 章。
"""

# %%
sentence = "The assistant lost my form, and then it lost my patience."
model.set_attn_implementation("eager")  # the fused kernels never write the weights down


def attention_of(text: str):
    """Tokens, and weights [layer, head, token that looks, token looked at]."""
    encoding = tokenizer(text, truncation=True, max_length=40, return_tensors="pt")
    with torch.inference_mode():
        layers = model.eval().base_model(**encoding, output_attentions=True).attentions
    return tokenizer.convert_ids_to_tokens(encoding["input_ids"][0]), torch.stack(layers)[:, 0].numpy()


tokens, weights = attention_of(sentence)
print(" | ".join(tokens))
print("layers, heads, looking tokens, tokens looked at:", weights.shape)


# %% tags=["nbval-ignore-output"]
def attention_map(text: str, layer: int, head: int):
    tokens, weights = attention_of(text)
    weights = weights[layer - 1, head - 1]
    figure, (axes,) = plots.new_axes(width=5.8, height=4.8)
    picture = axes.imshow(weights, cmap="Blues", vmin=0)
    axes.set_xticks(range(len(tokens)), tokens, rotation=60, ha="right")
    axes.set_yticks(range(len(tokens)), tokens)
    axes.set(xlabel="token looked at", ylabel="token that looks")
    figure.colorbar(picture, label="attention weight")
    row, column = divmod(int(weights.argmax()), len(tokens))
    return (
        figure,
        f"Layer {layer}, head {head}: the largest weight, {weights.max():.2f}, is that of {tokens[row]!r} on {tokens[column]!r}.",
    )


text = ipywidgets.Text(value=sentence, description="text", continuous_update=False)
layer = ipywidgets.IntSlider(value=1, min=1, max=depth, description="layer")
head = ipywidgets.IntSlider(value=1, min=1, max=model.config.num_attention_heads, description="head")
_ = plots.explore(attention_map, text=text, layer=layer, head=head)

# %% [markdown]
"""
Each row adds up to one. Look for heads that look at the neighbour, at the same word elsewhere, or at nothing in
particular: those often rest on `[CLS]` or `[SEP]` (Clark et al. 2019). A weight says what was mixed in, not why the model
decided as it did.

### Transfer learning

Pretraining is paid once; what it taught is used for tasks that it never saw. The document: such a model adapts to
a new task with little data. Our new task: whose desk does a review belong to? The reviews speak of four sectors. We
take a few hundred of them for training, and keep the question of chapter 5, satisfied or not, as a second task on the
same texts.
"""

# %% [markdown] lang="zh"
"""
每一行的和都是 1。试着找出这样几种头：看相邻词元的，看别处同一个词的，以及什么也不特别看的；最后一种往往落在 `[CLS]` 或 `[SEP]` 上（Clark 等人，2019）。权重说明混入了什么，并不说明模型为什么这样判断。

### 迁移学习

预训练的费用只付一次，学到的东西却可以用在它从未见过的任务上。原文说，这样的模型只需少量数据就能适应新任务。我们的新任务是：一条评论该交给哪个部门？这些评论涉及四个行业。训练只取其中几百条；第 5 章的问题（满意还是不满意）作为同样文本上的第二个任务。
"""

# %%
tasks = {"label": label_column} if label_column or dataset != "reviews" else {"sector": "sector", "sentiment": "label"}
corpora = {
    task: data.load_labelled_text(dataset, text_column=text_column, label_column=column, seed=seed)
    for task, column in tasks.items()
}


def tokenize_split(corpus, split: str, seed: int = seed):
    rows = corpus.split(split)
    if split == "train":
        rows = data.draw(rows, train_texts, seed)
    return data.tokenize(tokenizer, rows["text"], rows["label"], max_length)


main, *_ = corpora
corpus = corpora[main]
train, validation, test = (tokenize_split(corpus, split) for split in data.SPLITS)
labels = np.array(test.labels)
print(f"task {main!r}: {', '.join(corpus.class_names)}; {len(train)} texts to learn from, {len(test)} to be tested on")

# %% [markdown]
"""
First without training the model at all. We take the mean of its last vectors for each text, and let a logistic regression
learn from them. If pretraining left something useful in these vectors, it will do better than on the vectors of a
network with the same shape and random weights.

Four sectors are equally frequent, so guessing gets a quarter right. What will the frozen vectors get?
"""

# %% [markdown] lang="zh"
"""
先完全不训练模型。对每条文本取最后一层向量的平均，交给逻辑回归去学。如果预训练在这些向量里留下了有用的东西，结果就会好于用一个形状相同、权重随机的网络。

四个行业出现得一样多，瞎猜能对四分之一。用冻结的向量能答对多少？
"""

# %%
guess_frozen = guesses.guess("2.frozen")

# %%
torch.manual_seed(seed)
networks = {"pretrained": model, "random": type(model)(model.config)}


class MeanVector(torch.nn.Module):
    """The mean of a text's last hidden states [B, H], in the form that `evaluation.predict` takes."""

    def __init__(self, network) -> None:
        super().__init__()
        self.encoder = network.base_model

    def forward(self, input_ids, attention_mask):
        hidden = self.encoder(input_ids, attention_mask=attention_mask).last_hidden_state  # [B, T, H]
        mask = attention_mask.unsqueeze(-1)  # [B, T, 1]
        return SimpleNamespace(logits=(hidden * mask).sum(1) / mask.sum(1))


# %% tags=["nbval-ignore-output"]
probes, right = {}, {}
for name, network in networks.items():
    inputs = evaluation.predict(MeanVector(network), train), evaluation.predict(MeanVector(network), test)
    for task, task_corpus in corpora.items():
        known, asked = (tokenize_split(task_corpus, split).labels for split in ("train", "test"))
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000)).fit(inputs[0], known)
        right[name, task] = probe.predict(inputs[1]) == asked
        row = evaluation.proportion_interval(int(right[name, task].sum()), len(asked))
        probes[f"{task}, {name}"] = (len(asked), *row)
order = [f"{task}, {name}" for task in corpora for name in networks]
probes = pd.DataFrame(probes, index=["n", "accuracy", "low", "high"])[order].T.astype({"n": int})
plots.show(
    plots.plot_intervals(probes, "accuracy of a logistic regression on frozen vectors"),
    alt="Accuracy from frozen vectors: "
    + ", ".join(f"{name} {row.accuracy:.0%}" for name, row in probes.iterrows())
    + ".",
)
guess_frozen.settle(100 * right["pretrained", main].mean())

# %% [markdown]
"""
Look at the two tasks separately. What a review is *about* can be read off the pretrained vectors at once. Whether its writer is
satisfied hardly can, with so few texts: this model was trained to bring texts on the same matter together, and these
reviews express their opinion indirectly. Film reviews say it plainly, and there a frozen model goes a long way. How much
transfers depends on the task and on the texts.

Now the whole network, from both starts, with the same texts and the same steps. `train_model` is the one training of this
chapter: load, prepare, fit, predict. It looks at no validation text, so those stay unused until we tune.
"""

# %% [markdown] lang="zh"
"""
两个任务要分开看。一条文本讲的是*什么*，从预训练的向量里马上就能读出来；写的人满不满意，只凭这么少的文本却几乎读不出来：这个模型训练时学的是把谈同一件事的文本拉到一起，而这些评论的态度往往说得很委婉。电影评论说得直白，冻结的模型在那里就能走得很远。能迁移多少，取决于任务，也取决于文本。

接下来训练整个网络：文本相同，步数相同，只是起点不同。`train_model` 是本章唯一的训练函数：加载、准备、训练、预测。它不看验证集，验证集要留到调参时再用。
"""


# %%
def train_model(prepare, learning_rate: float, pretrained: bool = True, seed: int = seed, part=train):
    """A model made ready by `prepare` and trained, what happened, and its probabilities on the test texts [N, C]."""
    _, model = models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seed)
    if not pretrained:
        torch.manual_seed(seed)
        model = type(model)(model.config)
    models.set_dropout(prepare(model), dropout)
    settings = {"num_epochs": num_epochs, "batch_size": batch_size, "precision": precision, "seed": seed}
    history = training.fit(model, part, learning_rate=learning_rate, **settings)
    return model, history, evaluation.probabilities(evaluation.predict(model, test, precision=precision))


def train_all(model):
    return models.freeze(model, "none")


# %% tags=["nbval-ignore-output"]
trained = {"full": train_model(train_all, learning_rates[0])}
_, _, from_random = train_model(train_all, learning_rates[0], pretrained=False)
right |= {"full": trained["full"][2].argmax(1) == labels, "from random": from_random.argmax(1) == labels}
chance = {"seed_spread": seed_spread}  # one seed is trained here; what another would give is added to each interval
links = {
    "representation": evaluation.difference(right["pretrained", main], right["random", main], **chance),
    "transfer": evaluation.difference(right["full"], right["from random"], **chance),
}
print(
    f"fine-tuned from pretrained weights {right['full'].mean():.1%}, from random ones {right['from random'].mean():.1%}"
)
if main == "sector" and model_name == "minilm" and len(train) >= 208 and num_epochs >= 2:
    assert links["transfer"].low > 0 and right["full"].mean() > 0.55, "far below what transfer reaches on these texts"

# %% tags=["nbval-ignore-output"]
claims.record(
    "2.1-representation",
    reference="self-supervised pretraining teaches them; a model that learned by nothing else is needed",
    measured=f"frozen vectors of {model_name}, pretrained against random: {links['representation']:+.1%}; minilm was distilled "
    "and tuned on 1.17 billion pairs, some by human hand; chapter 3.1 pretrains on text alone",
    verdict="not testable here",
)
claims.record(
    "2.1-transfer",
    reference="adapts to a new task with little data",
    measured=f"{len(train)} texts, pretrained against random start: {links['transfer']:+.1%}",
    holds=evaluation.verdict(links["transfer"], seeds=1, **chance),
)

# %% [markdown]
"""
From random weights the network stays near guessing after these few steps. With far more texts and steps it would learn the
task as well; chapter 1 draws that curve. The intervals contain other test texts, and by `seed_spread` another seed of training.

Transfer is shown by this, self-supervision is not. `minilm` did not learn from unlabelled text alone: it was distilled, that is, trained
to imitate the attention of a larger pretrained model (Wang et al. 2020), and then tuned on 1.17 billion pairs of sentences that belong
together. Most pairs were found, such as a question and its answer on a forum; some were labelled by people, such as the sentence pairs
of NLI. How much each of them contributed cannot be told from the finished model. Chapter 3.1 pretrains a model with masked
words alone, and judges the sentence there.
"""

# %% [markdown] lang="zh"
"""
权重随机的网络只走了这么几步，与瞎猜相差不远。文本和步数多得多时，它也能学会这个任务；那条曲线画在第 1 章。区间既计入了换一组测试文本带来的波动，也通过 `seed_spread` 计入了换一个训练种子带来的波动。

这证明了迁移，却没有证明“自监督”。`minilm` 并不是只靠无标签文本学成的：它先经过蒸馏，即模仿一个更大的预训练模型的注意力（Wang 等人，2020），之后又在 11.7 亿对相关的句子上调过。这些句对多数是现成的，例如论坛上的提问和回答；也有一部分是人工标注的，例如自然语言推理（NLI）的句对。各占多少功劳，从成品模型里看不出来。第 3.1 章只用遮盖词语的办法预训练一个模型，在那里评判这句话。
"""

# %% [markdown]
"""
### Fine-tuning

The document: fine-tuning improves a pretrained model on one task by supervised learning, and *usually updates only a small
part of the parameters, to make the model more efficient*. Five ways to choose the part:

| way | what trains | source |
|---|---|---|
| full | everything | Devlin et al. 2019, BERT |
| last layers | the top layers, pooler and head | – |
| head | pooler and head | – |
| LoRA | beside the query and value matrices, a product of two thin ones; pooler and head | Hu et al. 2021 |
| bottleneck | small layers after both sub-layers, the layer norms; pooler and head | Houlsby et al. 2019 |

The pooler makes one vector of a text's many; the *head*, new and small, makes a score for each class of it. A LoRA of rank *r*
replaces the change of a matrix *W* of size *H × H* by *B·A*, with *2·r·H* numbers in place of *H²*. The bottleneck squeezes a
vector through a few numbers and adds the result to it. Both start so close to zero that the pretrained model is unchanged at
first.
"""

# %% [markdown] lang="zh"
"""
### 微调

原文说，微调是用有监督学习优化模型在特定任务上的性能，并且*通常只更新模型的一小部分参数，以提高模型效率*。更新哪一部分，有五种选法：

| 方式 | 训练哪些参数 | 出处 |
|---|---|---|
| 全量（full） | 全部 | Devlin 等人 2019，BERT |
| 末几层（last layers） | 最上面几层、池化层和分类头 | – |
| 分类头（head） | 池化层和分类头 | – |
| LoRA | 在 query 和 value 矩阵旁各加两个细长矩阵的乘积；池化层和分类头 | Hu 等人 2021 |
| 瓶颈适配器（bottleneck） | 两个子层之后各加一个小层，以及层归一化；池化层和分类头 | Houlsby 等人 2019 |

池化层把一条文本的许多向量变成一个；分类头是新加的小层，把它变成每个类别的得分。秩为 *r* 的 LoRA 用 *B·A* 代替 *H × H* 矩阵 *W* 的改变量，只需 *2·r·H* 个数，而不是 *H²* 个。瓶颈适配器把一个向量压到很少几个数再展开，结果加回原向量。两者的初值都接近零，所以一开始模型与预训练时没有区别。
"""

# %% [markdown]
"""
### Exercise 2.A

LoRA's layer is one line. Write it as a function of five arguments, in this order: the input `x` [N, H], the frozen `weight` [K, H],
the thin matrices *A*, called `down` [r, H], and *B*, called `up` [K, r], and the number `alpha`. As in `torch.nn.Linear`, a matrix has a
row for each output. Return [N, K]: what the frozen layer gives, without a bias, plus *alpha / r* times what *B·A* gives. It will be
tried on tensors of 2 × 4.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.A

LoRA 的层只有一行。请写成有五个参数的函数，顺序如下：输入 `x` [N, H]，冻结的权重 `weight` [K, H]，细长矩阵 *A*，叫作 `down` [r, H]，细长矩阵 *B*，叫作 `up` [K, r]，以及数 `alpha`。与 `torch.nn.Linear` 一样，矩阵的每一行对应一个输出。返回 [N, K]：冻结层给出的结果（不带偏置），加上 *alpha / r* 乘以 *B·A* 给出的结果。检查时用 2 × 4 的张量。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def answer(x, weight, down, up, alpha):
    return x @ weight.T + alpha / len(down) * (x @ down.T @ up.T)


### END SOLUTION
exercises.check("2.A", answer)

# %% [markdown] tags=["solution"]
"""
*B·A* is never built: x goes through *A* to *r* numbers, and through *B* up to *K*. That is `2·r·H` products a token in place of `H²`.
Dividing by *r* keeps the change of about one size when the rank is changed, so that the learning rate need not be. *B* starts at zero,
hence the layer at first gives what the frozen one gives.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
*B·A* 从来不用真的乘出来：x 先经过 *A* 变成 *r* 个数，再经过 *B* 回到 *K* 个。每个词元要做 `2·r·H` 次乘法，而不是 `H²` 次。除以 *r*，是为了换秩时改变量的大小大致不变，学习率也就不用跟着调。*B* 从零开始，所以这一层起初给出的正是冻结层的结果。
"""

# %% [markdown]
"""
The bottleneck is a few lines, so here it is. A second cell holds it against `adapters.Bottleneck`, which `add_bottleneck`
puts behind both sub-layers of every layer: the same seed must give the same weights and the same numbers.
"""

# %% [markdown] lang="zh"
"""
瓶颈适配器只有几行，就写在下面。再用一个单元格把它与库里的 `adapters.Bottleneck` 对照（`add_bottleneck` 会把后者放到每一层的两个子层之后）：种子相同，权重和输出就必须相同。
"""


# %%
class Squeeze(torch.nn.Module):
    """A frozen layer, [.., K] → [.., H], and behind it h + up(gelu(down(h)))."""

    def __init__(self, frozen: torch.nn.Linear, size: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.down, self.up = torch.nn.Linear(frozen.out_features, size), torch.nn.Linear(size, frozen.out_features)
        for layer in (self.down, self.up):
            torch.nn.init.trunc_normal_(layer.weight, std=0.01, a=-0.02, b=0.02)  # h passes almost unchanged
            torch.nn.init.zeros_(layer.bias)

    def forward(self, x):
        h = self.frozen(x)
        return h + self.up(torch.nn.functional.gelu(self.down(h)))


# %%
frozen, vectors = model.base_model.encoder.layer[0].output.dense, []
inputs = torch.randn(8, frozen.in_features, generator=torch.Generator().manual_seed(seed))
for kind in (Squeeze, adapters.Bottleneck):
    torch.manual_seed(seed)
    adapter = kind(frozen, bottleneck_size)
    with torch.inference_mode():
        vectors.append(adapter(inputs))
assert torch.equal(*vectors)
moved = (vectors[0] - frozen(inputs)).norm() / frozen(inputs).norm()
added = sum(parameter.numel() for layer in (adapter.down, adapter.up) for parameter in layer.parameters())
print(f"cell and library give equal numbers; {added:,} new parameters behind {frozen.weight.numel():,} frozen ones")
print(f"before any training the adapter changes a vector by {moved:.1%} of its length")

# %% [markdown]
"""
All five are trained next. A training step has four parts: the forward pass; the gradient, passed down from the loss to the lowest
layer that trains; each trained matrix's own gradient; and the step of the optimizer, here AdamW, which keeps two means for each
parameter that it moves.
"""

# %% [markdown] lang="zh"
"""
接下来训练全部五种。一个训练步有四部分：前向计算；把梯度从损失逐层往下传，一直传到要训练的最低一层；求每个受训矩阵自己的梯度；优化器更新，这里用 AdamW，它为每个要更新的参数保存两个滑动平均。
"""

# %% [markdown]
"""
### Exercise 2.B

Before it runs: what does LoRA save, against full fine-tuning? Answer with a set of letters such as `{"A", "E"}`.

- **A** the memory of the weights
- **B** most of the memory of the gradients
- **C** most of the memory of the optimizer's means
- **D** the forward pass
- **E** passing the gradient down to the lowest layer
- **F** most of the disk, where one model serves many tasks
"""

# %% [markdown] lang="zh"
"""
### 练习 2.B

运行之前先想一想：与全量微调相比，LoRA 省下了什么？用字母集合作答，例如 `{"A", "E"}`。

- **A** 权重占的内存
- **B** 梯度占的大部分内存
- **C** 优化器的滑动平均占的大部分内存
- **D** 前向计算
- **E** 把梯度一直传到最低一层
- **F** 一个模型服务多个任务时，大部分磁盘空间
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = {"B", "C", "F"}
### END SOLUTION
exercises.check("2.B", answer)

# %% [markdown] tags=["solution"]
"""
Gradients and means are kept for what trains, one part in a hundred, and only that has to be stored for each task. The frozen weights
are needed to compute, so they stay in memory and the forward pass stays whole. And since every layer down to the lowest holds a LoRA,
the gradient has to come down to it.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
梯度和滑动平均只为要训练的参数保存，那是百分之一；每个任务要存的也只有这一部分。冻结的权重仍要参与计算，所以留在内存里，前向计算一点没少。又因为直到最低一层都有 LoRA，梯度必须一路传到那里。
"""

# %% [markdown]
"""
A guess as well: with one parameter in a hundred trained, what will LoRA reach on the test texts? Full fine-tuning stands above.
"""

# %% [markdown] lang="zh"
"""
再猜一个数：只训练百分之一的参数，LoRA 在测试文本上能答对多少？全量微调的结果在上面。
"""

# %%
guess_lora = guesses.guess("2.lora")

# %% tags=["nbval-ignore-output"]
prepare = {
    "full": train_all,
    "last layers": lambda model: models.freeze(model, f"layers:{depth - last_layers}"),
    "head": lambda model: models.freeze(model, f"layers:{depth}"),
    "LoRA": lambda model: adapters.add_lora(model, lora_r, lora_alpha, seed=seed),
    "bottleneck": lambda model: adapters.add_bottleneck(model, bottleneck_size, seed=seed),
}
rates = dict(zip(prepare, learning_rates, strict=True))
for name, rate in rates.items():
    if name not in trained:
        trained[name] = train_model(prepare[name], rate)
    right[name] = trained[name][2].argmax(1) == labels
print("steps of training:", ", ".join(f"{name} {len(history.steps)}" for name, (_, history, _) in trained.items()))

# %% [markdown]
"""
Now count what the choice saves. Training keeps three more numbers for each *trainable* parameter: its gradient and AdamW's two
means. In fp32 that is 12 bytes. We let an optimizer make one step of length zero, and look at what it holds.
"""

# %% [markdown] lang="zh"
"""
现在数一数这样选择省下了什么。训练时，每个*可训练*的参数还要另存三个数：它的梯度，以及 AdamW 的两个滑动平均。用 fp32 存放共 12 字节。我们让优化器走长度为零的一步，看它存了多少。
"""


# %%
def state_bytes(model) -> int:
    """Bytes of the gradients and of AdamW's means, counted after a step that changes nothing."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=0.0)
    for parameter in trainable:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    means = [mean for state in optimizer.state.values() for mean in (state["exp_avg"], state["exp_avg_sq"])]
    counted = sum(tensor.nbytes for tensor in [*means, *(parameter.grad for parameter in trainable)])
    optimizer.zero_grad()
    return counted


counted = {name: state_bytes(model) for name, (model, _, _) in trained.items()}
totals = {name: models.parameter_census(model).loc["total"] for name, (model, _, _) in trained.items()}
assert all(counted[name] == 12 * totals[name]["trainable"] for name in trained)
print("bytes per trainable parameter:", {int(counted[name] / totals[name]["trainable"]) for name in trained})

# %% [markdown]
"""
And the time of a step: the same batch for all five in turn, three rounds, the quickest of each. The rate is zero again, so that nothing
changes.
"""

# %% [markdown] lang="zh"
"""
再量一步的时间：五种方式依次处理同一批文本，共做三遍，各取最快的一次。学习率仍为零，所以什么也不改变。
"""

# %%
drawn = data.draw(corpus.split("train"), batch_size, seed)
batch = tokenizer(drawn["text"].tolist(), padding=True, truncation=True, max_length=max_length, return_tensors="pt")
batch["labels"] = torch.tensor(drawn["label"].tolist())


def step_ms(model, optimizer) -> float:
    clock = time.perf_counter()
    model.train()(**batch.to(model.device)).loss.backward()
    optimizer.step()
    optimizer.param_groups[0]["params"][-1].flatten()[0].item()  # waits for the result
    optimizer.zero_grad()
    return 1000 * (time.perf_counter() - clock)


timed = {name: (model, torch.optim.AdamW(model.parameters(), lr=0.0)) for name, (model, _, _) in trained.items()}
rounds = [{name: step_ms(*pair) for name, pair in timed.items()} for _ in range(4)][1:]  # the first one warms up
quickest = pd.DataFrame(rounds).min()

# %% tags=["nbval-ignore-output"]
rows = {}
for name in trained:
    accuracy = evaluation.proportion_interval(int(right[name].sum()), len(labels))
    share = totals[name]["trainable"] / totals["full"]["total"]
    rows[name] = (totals[name]["trainable"], share, counted[name] / 2**20, quickest[name], *accuracy)
columns = [
    "trainable",
    "share of the model",
    "gradients + AdamW [MiB]",
    "time of a step [ms]",
    "accuracy",
    "low",
    "high",
]
methods = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
shown = dict(zip(columns, ["{:,.0f}", "{:.2%}", "{:.1f}", "{:.0f}", "{:.1%}", "{:.1%}", "{:.1%}"], strict=True))
methods.style.format(shown)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.2)
share, y = methods["share of the model"], 100 * methods[["accuracy", "low", "high"]]
axes.errorbar(
    share,
    y["accuracy"],
    abs(y[["low", "high"]].T - y["accuracy"]),
    fmt="o",
    color=plots.BLUE,
    capsize=3,
    label="95 % interval",
)
for name, row in y.iterrows():
    axes.annotate(name, (share[name], row["high"]), (0, 5), textcoords="offset points", ha="center")
axes.axhline(100 / len(corpus.class_names), color=plots.GREY, linestyle="--", label="guessing")
guess_lora.shade(axes)
axes.set(xscale="log", xlabel="share of the parameters that trains", ylabel="right answers on the test texts [%]")
axes.set(xlim=(3e-3, 2), ylim=(0, 100))
axes.legend(frameon=False, loc="lower right")
plots.show(
    figure,
    alt="Test accuracy with 95 % intervals against the share of the parameters that trains: "
    + ", ".join(f"{name} {row.accuracy:.0%} with {share[name]:.1%}" for name, row in methods.iterrows()) + ".",
)  # fmt: skip
guess_lora.settle(y.at["LoRA", "accuracy"])

# %% [markdown]
"""
Memory and time, beside those of full fine-tuning:
"""

# %% [markdown] lang="zh"
"""
再看内存和时间，以全量微调为 100%：
"""

# %% tags=["nbval-ignore-output"]
costs = methods[["gradients + AdamW [MiB]", "time of a step [ms]"]]
relative = 100 * costs / costs.loc["full"]
figure, (axes,) = plots.new_axes(height=3.0)
for column, offset, color in zip(relative, (-0.2, 0.2), (plots.BLUE, plots.ORANGE), strict=True):
    bars = axes.bar(np.arange(len(relative)) + offset, relative[column], 0.4, color=color, label=column.split(" [")[0])
    axes.bar_label(bars, fmt="%.0f", padding=2)
axes.set_xticks(range(len(relative)), relative.index)
axes.set(ylabel="of full fine-tuning [%]")
axes.legend(frameon=False)
memory, seconds = relative.loc["LoRA"] / 100
plots.show(
    figure,
    alt=f"Memory for gradients and AdamW, and time of a training step, relative to full fine-tuning; LoRA needs {memory:.1%} of that "
    f"memory and {seconds:.0%} of the time.",
)

# %% tags=["nbval-ignore-output"]
links["small part"] = evaluation.difference(right["LoRA"], right["full"], **chance)
listing = torch.optim.AdamW(models.load_pretrained(model_name)[1].parameters(), lr=1e-5)  # as the document writes it
updated = sum(p.numel() for p in listing.param_groups[0]["params"] if p.requires_grad) / totals["full"]["total"]
claims.record(
    "2.1-small-part",
    reference="updating a small part takes less memory and time than updating all, and is not worse; “usually” is not judged",
    measured=f"LoRA against full: trains {methods.at['LoRA', 'share of the model']:.1%}, memory for gradients and AdamW "
    f"{memory:.1%}, time {seconds:.0%}, accuracy {links['small part']:+.1%}; the document's own listing in 5.2 updates "
    f"{updated:.0%}",
    holds=None if links["small part"].high < 0 else bool(memory < 1 and seconds < 1),
)
against = {name: evaluation.difference(right[name], right["full"], **chance) for name in rates if name != "full"}
print("accuracy against full:", ", ".join(f"{name} {gain:+.1%}" for name, gain in against.items()))

# %% [markdown]
"""
The sentence of the document needs two comments.

*Usually.* What is usual differs by year and by size. BERT's authors update all parameters, and so does the document's own listing: it
hands `model.parameters()` to the optimizer. Small parts became usual later, with models whose full training state fits no GPU. One
listing does not refute the word, so the verdict is about the other half of the sentence.

*Efficiency.* Memory for gradients and optimizer shrinks with the share that trains. Time shrinks far less. Of three equal
parts, the forward pass, the gradients passed down, and the gradients of the matrices, LoRA and the bottlenecks save only
the last, and the optimizer's step over what is frozen: since they sit in the lowest layer too, the gradient has to come all the way down. Only the head gets away with little more
than the forward pass. And part of the memory is not
saved: the intermediate values, which grow with batch and length.
"""

# %% [markdown] lang="zh"
"""
对原文这句话，有两点要说明。

*“通常”*。什么算通常，要看年份，也要看模型大小。BERT 的作者更新全部参数，原文自己的代码也是：它把 `model.parameters()` 整个交给了优化器。只训练一小部分，是后来模型大到任何一块 GPU 的显存都放不下完整训练状态时，才变得常见。单凭一段代码推翻不了“通常”二字，所以结论只针对后半句。

*“效率”*。梯度和优化器占的内存，随可训练的份额一起缩小；时间省得少得多。一步的计算大致是相等的三份：前向计算、把梯度逐层往下传、求各矩阵自己的梯度。最低一层里也有 LoRA 和瓶颈适配器，梯度必须一直传到底，所以只省下最后一份，外加优化器对冻结参数的更新；只训练分类头时，才几乎只需要前向计算。还有一部分内存省不下来：前向计算的中间结果，它随批大小和文本长度增长。
"""

# %% [markdown]
"""
Look at the last line above, text by text against full. On the sectors none of the small parts is decidedly worse, as the frozen
vectors foretold: this task needs little change. The learning rates were chosen on validation texts, from two or three per method; the
small parts want some ten times the rate of the full model. A task that the model knows less about asks for more change. Try
`-p label_column=label` and `-p train_texts=none`: with sentiment the head alone falls behind.

What a small part always saves is the disk. We write the trained parts of two models to files, and put them back onto
fresh pretrained weights. LoRA's files have the form of the library peft, which reads them too. And LoRA can be added to
the matrices once and for all: then it costs nothing extra in use.
"""

# %% [markdown] lang="zh"
"""
看上面最后一行，即与全量微调逐条比较的结果。在行业任务上，只训练一小部分的几种方式，没有一种确定地更差；冻结向量的结果已经预示了这一点：这个任务不需要大的改动。学习率是在验证集上选的，每种方式试了两三个；只训练一小部分时，合适的学习率约为全量的十倍。模型越不熟悉的任务，需要改动得越多。试试 `-p label_column=label` 和 `-p train_texts=none`：换成情感任务，只训练分类头就会落后。

训练一小部分总能省下的是磁盘。下面把两个模型训练过的部分存成文件，再放回全新的预训练权重上。LoRA 的文件采用 peft 库的格式，用 peft 也能读取。LoRA 还可以一次性加进矩阵里，此后没有额外的推理开销。
"""

# %%
folder = Path(tempfile.mkdtemp())
sample = data.tokenize(tokenizer, corpus.split("test")["text"].head(32), labels[:32], max_length)
for name in ("LoRA", "bottleneck"):
    adapters.save_adapter(folder / name, trained[name][0])
    _, fresh = models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seed + 1)
    adapters.load_adapter(folder / name, fresh)
    before, after = (evaluation.predict(m, sample, precision="fp32") for m in (trained[name][0], fresh))
    assert np.allclose(before, after, atol=1e-3)
    size = (folder / name / adapters.WEIGHTS).stat().st_size
    print(f"{name}: {size / 1e6:.1f} MB on disk, the whole model {4 * totals['full']['total'] / 1e6:.0f} MB")
_, fresh = models.load_pretrained(model_name, num_labels=len(corpus.class_names), seed=seed + 1)
merged = adapters.merge_lora(adapters.load_adapter(folder / "LoRA", fresh))
before, after = (evaluation.predict(m, sample, precision="fp32") for m in (trained["LoRA"][0], merged))
assert np.allclose(before, after, atol=1e-3)
print(
    f"LoRA merged into its matrices: {sum(p.numel() for p in merged.parameters()):,} parameters, as in the plain model"
)

# %% [markdown]
"""
### Hyper-parameter tuning

The parameters come from training; what is set *before* it are hyper-parameters. The document: tuning the learning
rate, batch size and regularisation makes training more stable and its result better. The smallest possible search: a few
learning rates for "last layers", compared on the validation texts. One of them, 1e-5, is the rate of the document's
listing.
"""

# %% [markdown] lang="zh"
"""
### 超参数调优

参数由训练决定；训练*之前*就要定下的，叫超参数（hyperparameter）。原文说，调好学习率、批大小和正则化，训练更稳定，效果更好。下面做一个最小的搜索：给“末几层”试几个学习率，在验证集上比较。其中的 1e-5 就是原文代码里的学习率。
"""

# %% tags=["nbval-ignore-output"]
tuned = {rates["last layers"]: trained["last layers"]}  # rate -> model, history, probabilities on the test texts
tuned |= {rate: train_model(prepare["last layers"], rate) for rate in tuning_rates if rate not in tuned}
rows = {}
for rate, (candidate, _, _) in sorted(tuned.items()):
    correct = evaluation.predict(candidate, validation, precision=precision).argmax(1) == validation.labels
    rows[rate] = evaluation.proportion_interval(int(correct.sum()), len(correct))
grid = pd.DataFrame.from_dict(rows, orient="index", columns=["accuracy", "low", "high"])
figure, (axes,) = plots.new_axes()
error = [grid["accuracy"] - grid["low"], grid["high"] - grid["accuracy"]]
axes.errorbar(grid.index, grid["accuracy"], error, fmt="o-", color=plots.BLUE, capsize=3)
axes.axhline(1 / len(corpus.class_names), color=plots.GREY, linestyle="--", label="guessing")
axes.set(xscale="log", xlabel="peak learning rate", ylabel="validation accuracy", ylim=(0, 1))
axes.legend(frameon=False)
best, worst = grid["accuracy"].idxmax(), grid["accuracy"].idxmin()
plots.show(
    figure,
    alt=f"Validation accuracy for {len(grid)} learning rates: highest for {best:g} ({grid.at[best, 'accuracy']:.0%}), lowest for "
    f"{worst:g} ({grid.at[worst, 'accuracy']:.0%}).",
)

# %% tags=["nbval-ignore-output"]
right |= {("rate", rate): probs.argmax(1) == labels for rate, (_, _, probs) in tuned.items()}
drawn = np.mean([right["rate", rate] for rate in tuned], axis=0)  # [N]: a rate of the grid, drawn blindly
links["tuning"] = evaluation.difference(right["rate", best], drawn, **chance)
claims.record(
    "2.1-tuning",
    reference=f"a rate drawn blindly from the same {len(tuned)}: {drawn.mean():.1%}",
    measured=f"learning rate only: {best:g}, chosen on validation texts: {links['tuning']:+.1%} on test texts; the lowest, "
    f"{min(tuned):g}, has {right['rate', min(tuned)].mean():.1%}",
    holds=evaluation.verdict(links["tuning"], seeds=1, **chance),
)

# %% [markdown]
"""
On the sectors, the lowest rate has brought the model only a little way from its start after so few steps: 1e-5 suits a full
BERT-base and ten epochs, and whoever copies it gets this. With the highest, training breaks: that is what stability means here. The
two between them are not told apart by these validation texts.

Against what is a tuned setting better? Against the worst one of a grid it always is, and against one that somebody has tuned before it
may hardly be. The course takes one yardstick wherever it judges tuning: a setting drawn blindly from the same grid, which is what
somebody gets who does not tune. Chapter 3.2d searches several hyper-parameters at once, and asks how much of a winner's lead
is luck.

### Model ensemble

An ensemble combines the outputs of several models. Nothing needs to be trained: three of the models above are there.
We take those in which a small part of the inside trains, and average their probabilities: a *soft vote*. It is compared
with the member that is best on the validation texts.
"""

# %% [markdown] lang="zh"
"""
在行业任务上，学习率最低时，走这么几步，模型离起点还不远：1e-5 适合训练十轮的完整 BERT-base，照抄过来就是这个结果。最高时，训练就垮了，“稳定”在这里就是这个意思。中间的两个，凭这些验证文本分不出高下。

调好的设置比什么好？与网格里最差的比，总是更好；与别人早已调好的比，可能几乎没有差别。凡是评判调参，本课程都用同一个参照：从同一个网格里随机抽一个，不调参的人得到的就是这样的结果。第 3.2d 章会同时搜索几个超参数，并追问胜出者的优势有多少是运气。

### 模型集成

集成就是把几个模型的输出组合起来。不需要再训练：上面已经有了三个模型。我们取内部只训练一小部分的那三个，把它们的概率取平均，这叫软投票（soft voting）。拿它与验证集上最好的成员比较。
"""

# %% [markdown]
"""
### Exercise 2.C

A colleague's vote below runs without an error, and sometimes gives a class that none of the members has named. Write it again as a soft
vote: the same argument, a class for each text. It will be tried on members with four classes.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.C

下面是一位同事写的投票，运行不报错，可有时给出的类别，没有一个成员说过。请改写成软投票：参数不变，每条文本得到一个类别。检查时各成员有四个类别。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=2 minutes=5
def take_a_vote(members: list[np.ndarray]) -> np.ndarray:  # of each member the probabilities [N, C] -> classes [N]
    classes = [shares.argmax(axis=1) for shares in members]
    return np.mean(classes, axis=0).round().astype(int)


### BEGIN SOLUTION
def answer(members):
    return np.mean(members, axis=0).argmax(axis=1)


### END SOLUTION
exercises.check("2.C", answer)

# %% [markdown] tags=["solution"]
"""
Classes are names that happen to be numbers: the mean of “education” (0) and “healthcare” (2) is no sector, and certainly not “finance”
(1). A soft vote averages probabilities first and chooses afterwards, so that a member that is sure weighs more than one that wavers.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
类别只是恰好写成数字的名字：“教育”（0）和“医疗”（2）的平均不是哪个行业，当然更不是“金融”（1）。软投票先平均概率，再选类别，所以有把握的成员比摇摆不定的成员分量更重。
"""

# %% tags=["nbval-ignore-output"]
members = ["last layers", "LoRA", "bottleneck"]
right["vote"] = np.mean([trained[name][2] for name in members], axis=0).argmax(1) == labels
on_validation = {
    name: evaluation.evaluate(trained[name][0], validation, precision=precision)["accuracy"] for name in members
}
best_member = max(on_validation, key=on_validation.get)
votes, alone = [right["vote"]], [right[best_member]]
for other in range(seed + 1, seed + 1 + more_votes):  # none in a lesson: `seed_spread` stands for them
    part, said = tokenize_split(corpus, "train", other), {}
    for name in members:
        again, _, said[name] = train_model(prepare[name], rates[name], seed=other, part=part)
        on_validation[name] = evaluation.evaluate(again, validation, precision=precision)["accuracy"]
    votes.append(np.mean(list(said.values()), axis=0).argmax(1) == labels)
    alone.append(said[max(on_validation, key=on_validation.get)].argmax(1) == labels)
links["ensemble"] = evaluation.difference(votes, alone, seed_spread=seed_spread if len(votes) < 5 else None)
table = {
    name: (len(labels), *evaluation.proportion_interval(int(right[name].sum()), len(labels)))
    for name in [*members, "vote"]
}
plots.show(
    plots.plot_intervals(pd.DataFrame(table, index=["n", "accuracy", "low", "high"]).T.astype({"n": int}), "test accuracy"),
    alt="Test accuracy: " + ", ".join(f"{name} {row[1]:.1%}" for name, row in table.items())
    + f". The vote against {best_member}, best on the validation texts: {links['ensemble']:+.1%}.",
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.record(
    "2.1-ensemble",
    reference="combining the outputs of several models generalises better",
    measured=f"soft vote of three against {'its best' if more_votes else best_member}: {links['ensemble']:+.1%} on "
    f"{len(labels):,} texts{f', {len(votes)} votes' if more_votes else ''}",
    holds=evaluation.verdict(links["ensemble"], seeds=1, **chance),
)
answers = np.array([trained[name][2].argmax(1) for name in members])  # [member, text]
disagree = (answers != answers[0]).any(axis=0).mean()
print(f"the members disagree on {disagree:.0%} of the texts: only there can a vote change anything")

# %% [markdown]
"""
A vote costs three times the computation in use. Against the mean of its members it wins often; against the one that you would
have chosen anyway, a few hundred texts seldom decide. Members that make different mistakes help more than members that are
good; chapter 3.2e builds such members. A point for LoRA and the bottleneck: they share one frozen body, and their small parts fit in
a few megabytes. “Last layers” changes layers of that body, and is stored with them.

## 2.2 How the concepts are linked

The document: the five concepts form one framework. A pretrained large model is transferred to a task by fine-tuning; tuning
and ensembles improve what comes out. We write each link as a row, with the number that this chapter measured for it, in
points of accuracy, and draw the rows.
"""

# %% [markdown] lang="zh"
"""
投票的推理开销是单个模型的三倍。与成员的平均水平相比，它往往胜出；与你本来就会选的那一个相比，凭几百条文本往往还不能得出结论。成员各犯各的错，比成员个个都强更有用；第 3.2e 章会构造这样的成员。LoRA 和瓶颈适配器有一个好处：它们共用一个冻结的主体，各自的小部分加起来只有几兆字节。“末几层”改动了主体里的几层，只能连同这几层一起存放。

## 2.2 核心概念的联系

原文说，五个概念构成一个框架：预训练大模型通过迁移学习在特定任务上微调，再由超参数调优和模型集成提高效果。下面把每条联系写成一行，填上本章为它测得的数字（单位是准确率的百分点），再把这些行画成图。
"""

# %% tags=["nbval-ignore-output"]
edges = pd.DataFrame(
    [
        (
            "large model",
            "transfer learning",
            "representation",
            "pretrained against random vectors",
            "Transfer learning",
        ),
        ("transfer learning", "fine-tuning", "transfer", "pretrained against random start", "Transfer learning"),
        ("large model", "fine-tuning", "small part", "LoRA against full", "Fine-tuning"),
        ("tuning", "fine-tuning", "tuning", "chosen rate against one drawn blindly", "Hyper-parameter tuning"),
        ("fine-tuning", "ensemble", "ensemble", "vote against its best member", "Model ensemble"),
    ],
    columns=["from", "to", "link", "what is compared", "shown under"],
)
edges["points"] = [
    f"{100 * links[link].value:+.0f} [{100 * links[link].low:+.0f}, {100 * links[link].high:+.0f}]"
    for link in edges["link"]
]
edges.drop(columns="link")

# %% tags=["nbval-ignore-output"]
places = {
    "large model": (0, 1),
    "transfer learning": (0, 0),
    "fine-tuning": (1, 0.5),
    "tuning": (2, 1),
    "ensemble": (2, 0),
}
colors = {True: plots.BLUE, False: plots.VERMILION, None: plots.GREY}
decided = {link: evaluation.verdict(gain, seeds=1, **chance) for link, gain in links.items()}
arrows = [(row[1], row.to, f"{row.link}\n{row.points}", colors[decided[row.link]]) for row in edges.itertuples()]
sure = [link for link in links if decided[link] is not None]
plots.show(
    concept_map.plot_map(places, arrows),
    alt="Map of the five concepts; each arrow carries its gain in points of accuracy with a 95 % interval. Decided by this chapter's "
    f"texts: {', '.join(sure)}; not decided: {', '.join(set(links) - set(sure)) or 'none'}.",
)

# %% tags=["nbval-ignore-output"]
chain = [decided[link] for link in ("transfer", "tuning", "ensemble")]
claims.record(
    "2.2-chain",
    reference="transfer by fine-tuning, then tuning and ensembles, each improve the result",
    measured=", ".join(f"{link} {links[link]:+.1%}" for link in ("transfer", "tuning", "ensemble")),
    holds=True if all(chain) else False if False in chain else None,
)
claims.record(
    "2.2-people",
    reference="no experiment of this chapter",
    measured="nothing: the same person chose at every link; chapter 9.1 asks what each role changes",
    verdict="not testable here",
)
keys = {name: f"accuracy_{name.lower().replace(' ', '_')}" for name in [*rates, "vote", "from random"]}
intervals = {key: evaluation.proportion_interval(int(right[name].sum()), len(labels)) for name, key in keys.items()}
times = {
    f"training_s_{name.lower().replace(' ', '_')}": history.training_s for name, (_, history, _) in trained.items()
}
claims.report(**intervals, **times, **{f"gap_{name.replace(' ', '_')}": value for name, value in links.items()})

# %% [markdown]
"""
Blue arrows are decided by this chapter's texts, grey ones are not: their interval contains zero. That is a result too. Where the
arrow from the large model to fine-tuning is grey, it is so for the best reason: the small part costs no accuracy that these texts
could show, and saves nearly all of the memory.

One link has no arrow here. The document says that people matter in each step: data, training, iteration, application. No
number in this chapter speaks for or against it; chapter 9.1 asks what a person in each of these roles changes.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 2.1

By hand: how many parameters has one layer of BERT-base? Its hidden size *H* is 768. The layer has four matrices *H × H*
(query, key, value, output), two of *H × 4H* and *4H × H*, a bias for each, and two layer norms with *2H* numbers each.
Give the exact number.
"""

# %% [markdown] lang="zh"
"""
蓝色箭头是凭本章的文本已经能下结论的，灰色的还不能得出结论：区间包含零。这也是一个结果。从大模型到微调的箭头如果是灰色，理由再好不过：只训练一小部分，省下了几乎全部内存，而准确率有没有损失，这些文本看不出来。

有一条联系图上没有箭头。原文说，人才在数据获取、模型训练、算法迭代和应用开发各环节都起关键作用。本章没有任何数字能支持或反驳它；第 9.1 章会问，每个岗位上的人究竟改变了什么。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 2.1

笔算：BERT-base 的一层有多少参数？隐藏维度 *H* 为 768。一层有四个 *H × H* 的矩阵（query、key、value、output），一个 *H × 4H* 和一个 *4H × H* 的矩阵，每个矩阵各带一个偏置，还有两个层归一化，每个有 *2H* 个数。请给出精确的数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=5
### BEGIN SOLUTION
H = 768
answer = 4 * (H * H + H) + (H * 4 * H + 4 * H) + (4 * H * H + H) + 2 * 2 * H
### END SOLUTION
exercises.check("2.1", answer)

# %% [markdown] tags=["solution"]
"""
Four matrices of attention make 4 (H² + H), the two of the feed-forward part 8 H² + 5 H, the layer norms 4 H: together 12 H² + 13 H.
With H = 768 the squares are all but 0.14 % of it, which is why a layer is often counted as 12 H².
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
注意力的四个矩阵有 4 (H² + H) 个，前馈部分有 8 H² + 5 H 个，两个层归一化有 4 H 个：合计 12 H² + 13 H。H = 768 时，平方项之外只占 0.14%，所以常把一层直接算作 12 H²。
"""

# %% [markdown]
"""
### Exercise 2.2

LoRA with rank 8 is added to the query and value matrices of all 12 layers of BERT-base. How many parameters do its thin
matrices have together? The head is not counted. Give the exact number.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.2

给 BERT-base 全部 12 层的 query 和 value 矩阵加上秩为 8 的 LoRA。这些细长矩阵一共有多少参数？分类头不计。请给出精确的数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = 12 * 2 * (8 * 768 + 768 * 8)
### END SOLUTION
exercises.check("2.2", answer)

# %% [markdown] tags=["solution"]
"""
Each matrix gets two thin ones of 8 · 768 numbers; two matrices in each of 12 layers make 24 pairs. Together it is about a quarter of one
per cent of BERT-base's 110 million.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每个矩阵配两个细长矩阵，各 8 · 768 个数；12 层、每层两个矩阵，共 24 对。合起来约为 BERT-base 的 1.1 亿参数的 0.25%。
"""

# %% [markdown]
"""
### Exercise 2.3

Half of minilm is its table of word vectors. Which share does the table take in GPT-3? Its vocabulary has 50,257 tokens,
its width is 12,288. Answer with a number between 0 and 1; two significant digits
are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.3

minilm 有一半是词向量表。在 GPT-3 里，这张表占多大份额？它的词表有 50,257 个词元，宽度为 12,288。用 0 到 1 之间的数作答，两位有效数字即可。
"""

# %% tags=["exercise"] kind="code" difficulty=1 importance=1 minutes=3
### BEGIN SOLUTION
answer = 50257 * 12288 / sizes.at["GPT-3", "counted"]
### END SOLUTION
exercises.check("2.3", answer)

# %% [markdown] tags=["solution"]
"""
The table grows with the width, a layer with its square: at 12,288 a layer alone has 1.8 billion parameters, three times the table. So
the table is half of minilm and a third of one per cent of GPT-3, and freezing it saves much in the first and hardly anything in the second.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
词向量表随宽度线性增长，一层则随宽度的平方增长：宽度为 12,288 时，单单一层就有 18 亿个参数，是表的三倍。所以这张表占 minilm 的一半，却只占 GPT-3 的 0.35% 左右；冻结它，在前者省下很多，在后者几乎不省。
"""

# %% [markdown]
"""
### Exercise 2.4

You have 1 GiB for the weights, gradients and AdamW's means of a BERT-base classifier in fp32; other memory is taken care
of. The model has 109,483,778 parameters, 592,130 of them in pooler and head, 7,087,872 in each layer. Pooler
and head always train. How many of the last layers can train with them? Answer with a whole number: a layer trains as
a whole or not at all.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.4

用 fp32 训练一个 BERT-base 分类器，权重、梯度和 AdamW 的滑动平均总共只有 1 GiB 可用，其他内存另有安排。模型共 109,483,778 个参数，其中池化层和分类头 592,130 个，每层 7,087,872 个。池化层和分类头总是要训练。除此之外，最多还能训练最后几层？用一个整数作答：一层要么整层训练，要么不训练。
"""

# %% tags=["exercise"] kind="concept" difficulty=3 importance=2 minutes=6
### BEGIN SOLUTION
answer = (2**30 - 4 * 109_483_778 - 12 * 592_130) // (12 * 7_087_872)
### END SOLUTION
exercises.check("2.4", answer)

# %% [markdown] tags=["solution"]
"""
All weights take 4 bytes each, trained or not: 438 of 1,074 million bytes. Pooler and head take 12 bytes each on top, 7 million.
The rest, 629 million, is divided by 12 · 7,087,872 for each layer. The quotient is rounded down: what is left over trains no layer.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
所有权重不论训不训练都各占 4 字节：10.74 亿字节里占 4.38 亿。池化层和分类头另外各占 12 字节，共 700 万。余下的 6.29 亿除以每层的 12 · 7,087,872。商向下取整：剩下的零头训练不了一层。
"""

# %% [markdown]
"""
### Exercise 2.5

`weights` holds the attention weights of the sentence above, as [layer, head, token that looks, token looked at]. Find the
head whose tokens give the most weight to `[SEP]`, the last token, on average. Answer with the pair (layer, head), both
counted from 1 as on the sliders. Then look at it with them.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.5

`weights` 是上面那句话的注意力权重，形状为 [层, 头, 看的词元, 被看的词元]。找出平均而言最关注最后一个词元 `[SEP]` 的那个头。用 (层, 头) 这一对数作答，两者都像滑块那样从 1 数起。然后用滑块看看它。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
on_last = weights[:, :, :, -1].mean(axis=2)  # [layer, head]
layer_index, head_index = np.unravel_index(on_last.argmax(), on_last.shape)
answer = (int(layer_index) + 1, int(head_index) + 1)
### END SOLUTION
exercises.check("2.5", answer, weights=weights)

# %% [markdown] tags=["solution"]
"""
The last axis is the token looked at, and `[SEP]` is the last on it; the mean goes over the tokens that look. Such heads rest: where there
is nothing to mix in, the weights still have to add up to one, and they go where they do no harm (Clark et al. 2019).
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
最后一个轴是被看的词元，`[SEP]` 在其中排最后；平均是对“看的词元”取的。这样的头是在休息：没有什么可混入时，权重仍然必须加起来等于一，就落到了不碍事的地方（Clark 等，2019）。
"""

# %% [markdown]
"""
### Exercise 2.6

Is a method bad, or its learning rate? Train the head alone once more (`train_model(prepare["head"], …)`), at the rate of full
fine-tuning, `learning_rates[0]`. Hold its loss against that of `trained["head"]`, both from `history.step_table()`. Answer with a pair:
the new history, and by how much its mean loss over the last five steps lies above that of `trained["head"]`, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 2.6

是方法不好，还是学习率不好？再训练一次分类头（`train_model(prepare["head"], …)`），这次用全量微调的学习率 `learning_rates[0]`。把它的损失与 `trained["head"]` 的对照，两者都用 `history.step_table()` 查看。用一对值作答：新的 history，以及它最后五步的平均损失比 `trained["head"]` 的高多少，保留两位小数。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
_, slow, _ = train_model(prepare["head"], learning_rates[0])
last = [h.step_table()["loss"].tail(5).mean() for h in (slow, trained["head"][1])]
answer = slow, last[0] - last[1]
### END SOLUTION
exercises.check("2.6", answer, usual=trained["head"][1], rate=learning_rates[0])

# %% [markdown] tags=["solution"]
"""
At the rate of full fine-tuning the head's loss hardly leaves log 4 = 1.39, the loss of a guess among four sectors. Few parameters each
have to move further to bring about the same change. Whoever compares methods at one rate compares rates: each gets its own, chosen on
validation texts.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
用全量微调的学习率，分类头的损失几乎离不开 log 4 = 1.39，即在四个行业里瞎猜的损失。参数少，要造成同样的改变，每个就得走得更远。用同一个学习率比较几种方法，比的其实是学习率：每种方法要用自己的学习率，在验证文本上选定。
"""

# %% [markdown]
"""
## Recap

- The document's range for large models holds BERT-large, but neither the BERT that it fine-tunes nor GPT-3.
- Pretrained vectors know what a text is about before any training; how much more they know depends on task and texts.
- Fine-tuning updates what you choose. BERT's recipe updates everything; a hundredth can be enough, and saves
  memory and disk, and part of the time.
- On these texts a bad learning rate cost more accuracy than any choice among the five ways.
- A vote of three is rarely decided against its best member by 300 texts: an interval that contains zero is an answer.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 原文给大模型的范围，装得下 BERT-large，却装不下它自己拿来微调的 BERT，也装不下 GPT-3。
- 预训练的向量不经任何训练就知道文本讲的是什么；此外还知道多少，取决于任务和文本。
- 微调更新哪些参数由你选。BERT 的配方更新全部；更新百分之一也可能够用，省内存、省磁盘，时间也能省下一部分。
- 在这批文本上，学习率没选好，准确率掉得比选错微调方式还多。
- 三个模型投票，与其中最好的一个相比，凭 300 条文本往往还不能得出结论：包含零的区间也是一个答案。

## 自测
"""

# %%
quizzes.ask("2")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Vaswani et al. 2017: *Attention is all you need*, arXiv 1706.03762.
- Devlin, Chang, Lee, Toutanova 2019: *BERT*, arXiv 1810.04805: sizes in section 3; all parameters are fine-tuned.
- Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165, table 2.1: GPT-3's sizes.
- Houlsby et al. 2019: *Parameter-efficient transfer learning for NLP*, arXiv 1902.00751: the bottleneck adapter.
- Hu et al. 2021: *LoRA*, arXiv 2106.09685.
- Wang et al. 2020: *MiniLM*, arXiv 2002.10957: the distillation; the pairs are listed on the card of all-MiniLM-L6-v2.
- Clark, Khandelwal, Levy, Manning 2019: *What does BERT look at?*, arXiv 1906.04341.
- Loshchilov, Hutter 2019: *Decoupled weight decay regularization*, arXiv 1711.05101: AdamW and its two means.

## Next

[Chapter 3.1](03_1_principles.ipynb) pretrains a model from nothing, and transfers it; [3.1b](03_1b_decoder.ipynb) trains a small
relative of GPT-3. A larger run of this chapter:
`talentlab run 02 --preset laptop`, or with data of your own: `talentlab run 02 -p dataset=mine.csv -p train_texts=none`.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Vaswani et al. 2017：*Attention is all you need*，arXiv 1706.03762。
- Devlin, Chang, Lee, Toutanova 2019：*BERT*，arXiv 1810.04805。尺寸见第 3 节；微调更新全部参数。
- Brown et al. 2020：*Language models are few-shot learners*，arXiv 2005.14165，表 2.1。GPT-3 的尺寸。
- Houlsby et al. 2019：*Parameter-efficient transfer learning for NLP*，arXiv 1902.00751。瓶颈适配器。
- Hu et al. 2021：*LoRA*，arXiv 2106.09685。
- Wang et al. 2020：*MiniLM*，arXiv 2002.10957。蒸馏的方法；句对的来源列在 all-MiniLM-L6-v2 的模型卡上。
- Clark, Khandelwal, Levy, Manning 2019：*What does BERT look at?*，arXiv 1906.04341。
- Loshchilov, Hutter 2019：*Decoupled weight decay regularization*，arXiv 1711.05101。AdamW 及其两个滑动平均。

## 下一步

[第 3.1 章](03_1_principles.ipynb)从零开始预训练一个模型，再把它迁移到任务上。[第 3.1b 章](03_1b_decoder.ipynb)训练一个小型的 GPT。本章的更大规模：`talentlab run 02 --preset laptop`；用自己的数据：`talentlab run 02 -p dataset=mine.csv -p train_texts=none`。
"""
