# %% [markdown]
"""
# 3.1b · Principles: the decoder

*算法原理概述*

The document names GPT-3 beside BERT. Chapter 3.1 pretrained a small BERT; here you train a small GPT: the same text, the same
loop, another question. Then you let it write, teach it to follow instructions, and teach it which of two answers is preferred.

**You will be able to**

- say what next-token prediction asks, and why a decoder must not look ahead,
- judge its loss against guesses that know one token of context, or none,
- write temperature, top-k and top-p yourself, and say what the KV cache saves,
- tune a decoder on instructions with LoRA, and on preferences with DPO, and name the price.

**Time** 60 minutes to read and try, half a minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** the documentation of the installed packages (`course/data/docstrings.md`), or text of your own
"""

# %% [markdown] lang="zh"
"""
# 3.1b · 算法原理：解码器

*算法原理概述*

原文把 GPT-3 与 BERT 并列。第 3.1 章预训练了一个小 BERT；本章训练一个小 GPT：文本相同，训练循环相同，只是问的问题不同。随后让它写文字，教它听懂指令，再教它两个回答里哪一个更受欢迎。

**学完本章，你能够**

- 说清预测下一个词元问的是什么，解码器为什么不能往后看；
- 拿只看一个词元、或者完全不看上下文的猜法作参照，判断它的损失；
- 自己写出温度、top-k 和 top-p，说明 KV 缓存省下了什么；
- 用 LoRA 在指令上微调解码器，用 DPO 在偏好上微调，并说出代价。

**时间** 阅读和动手 60 分钟，运行约半分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 已安装的软件包自带的文档（`course/data/zh/docstrings.md`），或你自己的文本
"""

# %% tags=["parameters"]
from typing import Literal

corpus: list[str] = []  # text files or folders to train on; the packages' documentation if empty
validation_corpus: str | None = None  # text file to judge by; a fifth of the documents if None
packages: list[str] = ["numpy", "scikit-learn"]  # whose documentation is read
vocab_size: int = 1000  # entries of the vocabulary [tokens]
hidden_size: int = 128  # width of the model, a multiple of 64
num_hidden_layers: int = 2  # layers of the decoder
block_length: int = 32  # context in training [tokens]
max_blocks: int | None = 4000  # blocks trained on; all if None
held_out_blocks: int = 400  # blocks judged on
num_epochs: int = 1  # passes over the blocks
batch_size: int = 16  # blocks per optimizer step
learning_rate: float = 5e-3  # peak of AdamW's learning rate in pretraining
instruction_epochs: int = 8  # passes over the instructions
lora_rank: int = 8  # rank of LoRA's products
dpo_steps: int = 20  # optimizer steps on preference pairs
beta: float = 0.1  # DPO: how dear it is to leave the reference model
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of weights, splits and draws

# %% [markdown]
"""
## What you will build

![Two squares of 5 by 5 fields, one row per token of "the mean of the array". Left, the encoder: one token is hidden, every row may look at all fields, and the question is asked at the hidden place only. Right, the decoder: each row may look at itself and what stands before it, a staircase, and every row asks for the next token.](images/two_masks.svg)

An encoder sees the whole sentence and is asked for a hidden token. A *decoder* sees what came before, and every token asks for the one
that follows. The right picture is the *causal mask*.
"""

# %% [markdown] lang="zh"
"""
## 要做出来的东西

![两个 5×5 的方格，每一行对应“the mean of the array”中的一个词元。左边是编码器：遮住一个词元，每一行都可以看全部方格，只在被遮住的位置提问。右边是解码器：每一行只能看自己和前面的，形成阶梯，每一行都要问下一个词元。](images/two_masks.zh.svg)

编码器看得见整句话，要回答的是被遮住的词元。*解码器*只看得见前面的内容，每个词元都要问紧跟着的是什么。右图就是*因果掩码*。
"""

# %%
from copy import deepcopy
from math import inf

import ipywidgets
import numpy as np
import pandas as pd
import torch
from peft import LoraConfig, inject_adapter_in_model
from torch.nn.functional import cross_entropy, logsigmoid, scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from talentlab import data, evaluation, models, plots, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import corpora, docstring_corpus
from talentlab.models import masked
from talentlab.models.inference import compute_rows

# %% [markdown]
"""
Three questions before anything runs; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题；章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.1b", "before")

# %% [markdown]
"""
And two figures to guess. After a short training, among how many equally likely tokens of 1,000 will the decoder be in doubt about the next
one? And of 100 instructions that it has not seen, how many will it answer exactly after tuning?
"""

# %% [markdown] lang="zh"
"""
再猜两个数：词表有 1,000 个词元，经过短暂的训练，解码器对下一个词元的犹豫相当于在多少个同样可能的词元之间选择？微调之后，100 条没见过的指令，它能完全答对几条？
"""

# %%
guess_doubt = guesses.guess("3.1b.doubt")
guess_followed = guesses.guess("3.1b.followed")

# %% [markdown]
"""
## 1 Predicting the next token

### Every position is a question

The text is that of chapter 3.1, and so is the way to its vocabulary. All documents are put into one row of tokens, each ended by `[SEP]`, and
the row is cut into blocks. A block of 32 tokens asks 32 questions; with BERT's masks it would ask five. The inputs are all tokens but
the last, the labels all but the first.
"""

# %% [markdown] lang="zh"
"""
## 1 预测下一个词元

### 每个位置都是一个问题

文本就是第 3.1 章的文本，词表也用同样的办法得到。所有文档连成一长串词元，每篇以 `[SEP]` 结束，再切成文本块。一个 32 个词元的块提出 32 个问题；若用 BERT 的掩码，只有 5 个。输入是去掉最后一个的全部词元，标签是去掉第一个的全部词元。
"""

# %%
documents = corpora.load_text_corpus(corpus) if corpus else docstring_corpus.load_docstring_corpus(packages)
if validation_corpus:
    train_texts, validation_texts = documents, corpora.load_text_corpus([validation_corpus])
else:
    train_texts, validation_texts = corpora.split_corpus(documents, 0.2, seed)
tokenizer = masked.train_tokenizer(train_texts.texts, vocab_size)
end, size = tokenizer.sep_token_id, len(tokenizer)


def pack(texts: list[str]) -> np.ndarray:
    """One row of all documents, cut into blocks that overlap by one token [N, T + 1]."""
    rows = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    stream = np.concatenate([[*row, end] for row in rows])
    starts = np.arange(0, len(stream) - block_length, block_length)
    return stream[starts[:, None] + np.arange(block_length + 1)]


def ask(blocks: np.ndarray) -> data.TokenizedText:
    """Each token asks for the one after it: inputs and labels [N, T]."""
    return data.TokenizedText(blocks[:, :-1].tolist(), blocks[:, 1:].tolist(), tokenizer.pad_token_id, 0.0)


# %%
blocks, judged = pack(train_texts.texts)[:max_blocks], pack(validation_texts.texts)[:held_out_blocks]
train, held_out = ask(blocks), ask(judged)
print(f"{len(train):,} blocks of {block_length} questions to train on, {len(held_out):,} held out")
for name, ids in (("input", train.input_ids[0]), ("label", train.labels[0])):
    print(f"{name}: {' '.join(tokenizer.convert_ids_to_tokens(ids[:9]))} …")

# %% [markdown]
"""
### Two guesses to beat

The *guess by frequency* (unigram) knows no context. The *bigram* knows one token: how often did each token follow this one? Pairs that were never seen must
not get the probability 0, so it falls back on the frequencies, the more the more different followers a token had (Witten and Bell). Both
read exactly the blocks that the decoder will read.
"""

# %% [markdown] lang="zh"
"""
### 要超过的两种猜法

*按词频猜测*完全不看上下文。*二元模型*看一个词元：每个词元跟在它后面出现过多少次？没见过的组合不能给概率 0，所以要退回词频；一个词元后面出现过的种类越多，退回的份额就越大（Witten–Bell 平滑）。两者读的文本块与解码器将要读的完全相同。
"""

# %%
before, after = blocks[:, :-1].ravel(), blocks[:, 1:].ravel()
frequency = np.bincount(after, minlength=size) + 1.0
frequency /= frequency.sum()  # [V]
follows = np.zeros((size, size))
np.add.at(follows, (before, after), 1)
kinds = np.maximum((follows > 0).sum(1, keepdims=True), 1)
bigram = (follows + kinds * frequency) / (follows.sum(1, keepdims=True) + kinds)  # [V, V]: rows are distributions
losses = {
    "unigram": -np.log(frequency[judged[:, 1:]]).mean(1),  # nats per token, one number for each block
    "bigram": -np.log(bigram[judged[:, :-1], judged[:, 1:]]).mean(1),
}
assert np.allclose(bigram.sum(1), 1)
print(", ".join(f"{name} {loss.mean():.2f} nats/token" for name, loss in losses.items()))

# %% [markdown]
"""
### The mask

Attention is a mean over tokens, with weights that add up to 1 in each row. The causal mask sets the scores of all later tokens to −∞ before the
softmax, so their weights are 0. Three lines, and PyTorch's version:
"""

# %% [markdown] lang="zh"
"""
### 掩码

注意力是对各词元取平均，每一行的权重加起来等于 1。因果掩码在 softmax 之前把后面所有词元的得分设为 −∞，它们的权重就是 0。三行代码，再与 PyTorch 的版本对照：
"""

# %%
torch.manual_seed(seed)
query, key, value = torch.randn(3, 1, 5, 8)  # [1, T, D] each
scores = query @ key.mT / 8**0.5  # [1, T, T]
allowed = torch.ones(5, 5).tril().bool()  # row t may look at columns 0 … t
weights = scores.masked_fill(~allowed, -inf).softmax(-1)
assert torch.allclose(weights @ value, scaled_dot_product_attention(query, key, value, is_causal=True), atol=1e-6)
pd.DataFrame(weights[0].numpy()).round(2)

# %% [markdown]
"""
The first row has one choice, the last five. Because no row ever looks ahead, one pass over a block answers all its questions at once, and none of
them is given away. That is worth a check on the model itself: change a token, and nothing before it may move.

The model has the parts of today's decoders (Llama): positions by rotation, a gated layer. GPT-3 differs in those, and in
having 175,000 million parameters.
"""

# %% [markdown] lang="zh"
"""
第一行只有一个可看，最后一行有五个。没有哪一行会往后看，所以把一个块过一遍，就同时回答了它的所有问题，哪个答案也不会泄露。这一点值得在模型上亲自查一查：改动一个词元，它前面的输出应当纹丝不动。

模型采用如今解码器的部件（Llama）：用旋转表示位置，带门控的前馈层。GPT-3 的区别就在这些部件上，还在于它有 1,750 亿个参数。
"""


# %%
def build_decoder(seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=size, hidden_size=hidden_size, num_hidden_layers=num_hidden_layers,
        num_attention_heads=hidden_size // 64, intermediate_size=8 * hidden_size // 3, max_position_embeddings=256,
        tie_word_embeddings=True, initializer_range=0.02 * (768 / hidden_size) ** 0.5,  # as in `masked.build_bert`
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, eos_token_id=None, attn_implementation="eager",
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


decoder = build_decoder(seed)
ids = torch.tensor(held_out.input_ids[:1])  # [1, T]
changed = ids.clone()
changed[0, 20] = (changed[0, 20] + 1) % size
with torch.inference_mode():
    moved = (decoder(ids).logits - decoder(changed).logits).abs().amax(-1)[0]  # [T]
assert moved[:20].max() < 1e-5 < moved[20:].min()
print(
    f"{models.parameter_census(decoder).at['total', 'total']:,} parameters; token 20 changed, tokens 0 to 19 do not notice"
)

# %% [markdown]
"""
### Exercise 3.1b.A

A colleague's function makes the inputs and labels of a block. With it, the loss falls to almost nothing, and the model writes the same word over and over. What
does it learn to do? Write the function again: from a block [T + 1] to inputs [T] and labels [T].
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.A

下面是一位同事的函数，由一个文本块做出输入和标签。用了它，损失降到几乎为零，而模型只会反复写同一个词。它学会的是什么？重写这个函数：由文本块 [T + 1] 得到输入 [T] 和标签 [T]。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=4
def make_question(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return block[:-1], block[:-1]


### BEGIN SOLUTION
def answer(block):
    return block[:-1], block[1:]


### END SOLUTION
exercises.check("3.1b.A", answer)

# %% [markdown] tags=["solution"]
"""
The label of a position was the token that stands there. The causal mask does not hide a token from itself, so the model learned to copy its input, and
copying is what it does when it writes. The label is the token after it. (transformers shifts by itself where it is
given `labels`; whoever shifts before as well asks for the token after the next.)
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每个位置的标签，就是站在那里的词元本身。因果掩码并不遮住词元自己，于是模型学会了照抄输入，写作时做的也就是照抄。标签应当是它后面的那个词元。（transformers 拿到 `labels` 时会自己移一位；谁要是事先又移了一次，问的就是再下一个词元。）
"""

# %% [markdown]
"""
### Training

The loop is `training.fit`, unchanged: its labels may be one per text or, as here, one per token. One epoch has to do.
"""

# %% [markdown] lang="zh"
"""
### 训练

循环还是 `training.fit`，一行未改：它的标签可以是每条文本一个，也可以像这里，每个词元一个。只训练一轮。
"""


# %% tags=["nbval-ignore-output"]
def token_losses(model, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """−log p of each label [B, T], 0 where nothing is asked [nats]."""
    logits = model(batch["input_ids"]).logits.float()  # [B, T, V]
    return cross_entropy(logits.mT, batch["labels"], reduction="none")


def judge(model) -> np.ndarray:
    """Loss of each held-out block [nats/token]."""

    def mean(batch):
        return token_losses(model, batch).mean(1, keepdim=True)

    return compute_rows(model, held_out, mean, 1, precision=precision)[:, 0]


settings = {"batch_size": batch_size, "precision": precision, "seed": seed}
history = training.fit(decoder, train, learning_rate=learning_rate, num_epochs=num_epochs, **settings)
losses["decoder"] = judge(decoder)
gap = evaluation.difference(losses["bigram"], losses["decoder"])  # over blocks; one seed
print(f"{len(history.steps)} steps, {history.seen:,.0f} tokens, {history.speed:,.0f} tokens/s")
assert losses["decoder"].mean() < losses["unigram"].mean(), "no better than guessing by frequency: train longer"

# %% tags=["nbval-ignore-output"]
steps, doubt = history.step_table(), {name: np.exp(loss.mean()) for name, loss in losses.items()}
colours = {"unigram": plots.VERMILION, "bigram": plots.ORANGE, "decoder": plots.BLUE}
figure, (left, right) = plots.new_axes(2, width=9.2)
left.plot(steps["step"], steps["loss"].ewm(span=20).mean(), color=plots.BLUE, alpha=0.5, label="training (smoothed)")
left.plot(len(steps), losses["decoder"].mean(), "o", color=plots.BLUE, label="decoder, held out")
for name in ("unigram", "bigram"):
    left.axhline(losses[name].mean(), color=colours[name], linestyle="--", label=f"{name}, held out")
left.set(xlabel="optimizer step", ylabel="loss [nats/token]")
left.legend(frameon=False)
guess_doubt.shade(right, along="x")
right.barh(list(doubt), list(doubt.values()), color=[colours[name] for name in doubt])
right.bar_label(right.containers[0], fmt="%.0f", padding=3)
right.set(xlabel="perplexity [tokens]", xlim=(0, 1.15 * max(doubt.values())))
right.invert_yaxis()
plots.show(
    figure,
    alt=f"Left: training loss against steps, from {steps['loss'].iloc[0]:.2f} nats; held out the decoder ends at "
    f"{losses['decoder'].mean():.2f}, the bigram is at {losses['bigram'].mean():.2f}, the unigram at {losses['unigram'].mean():.2f}. "
    f"Right: their perplexities, {', '.join(f'{name} {value:.0f}' for name, value in doubt.items())}.",
)
guess_doubt.settle(doubt["decoder"])

# %% tags=["nbval-ignore-output"]
side = "below" if gap.low > 0 else "above" if gap.high < 0 else "not measurably away from"
print(f"the decoder lies {abs(gap.value):.2f} nats/token {side} the bigram [{gap.low:+.2f}, {gap.high:+.2f}]: ", end="")
print(
    "it uses more than one token of context" if gap.low > 0 else "this training is too short to use more than one token"
)
claims.report(
    references={name: losses[name].mean() for name in ("unigram", "bigram")},
    decoder=evaluation.mean_interval(losses["decoder"]),
    **{name: evaluation.mean_interval(losses[name]) for name in ("unigram", "bigram")},
    below_bigram=gap,
    tokens=history.seen,
    parameters=sum(weight.numel() for weight in decoder.parameters()),
)
claims.record(
    "3.1-decoder",
    reference="the loss of a table of pairs (bigram) that was counted on the same blocks",
    measured=f"{-gap.value:+.2f} [{-gap.high:+.2f}, {-gap.low:+.2f}] nats per token against it; perplexity {doubt['decoder']:.0f} "
    f"beside {doubt['bigram']:.0f}; one decoder, {history.seen:,.0f} training tokens",
    holds=evaluation.verdict(gap, seeds=None),  # a statement about this decoder, whatever its seed
)

# %% [markdown]
"""
*Perplexity* is e to the loss. The interval is over held-out blocks; it speaks of this model, not of another seed. A decoder learns in the
order in which the lines lie: first how common each token is, then which token follows which, and only then anything that a table
of pairs does not hold. The line *Record* is this notebook after half a million tokens of Wikipedia: there the decoder lies below the table, so it
reads more than one token.
"""

# %% [markdown] lang="zh"
"""
*困惑度*是 e 的损失次方。区间针对留出的文本块，说的是这一个模型，不是换了种子的另一个。解码器学习的先后，就是图中各条线的先后：先学会每个词元有多常见，再学会谁跟在谁后面，然后才轮到二元组的表里没有的东西。“大规模实测”一行，是同一个笔记本用维基百科的五十万个词元训练的结果：那里的解码器低于二元组的表，说明它用上了不止一个词元的上下文。
"""

# %% [markdown]
"""
Whether such a task teaches *general representations*, as the document says of self-supervised tasks, is judged in [chapter 3.1](03_1_principles.ipynb); what is
shown here is that GPT-3's task, too, needs nothing but text.

## 2 Writing

A decoder gives a distribution; somebody has to choose. Three rules change the distribution before the draw:

- *temperature* divides the scores: below 1 it sharpens, above 1 it flattens;
- *top-k* keeps the k most likely tokens;
- *top-p* (nucleus) keeps the fewest tokens whose probabilities reach p together.
"""

# %% [markdown] lang="zh"
"""
这样的任务能不能教会*通用的表示*，也就是原文对自监督任务的说法，由[第 3.1 章](03_1_principles.ipynb)来判断；这里看到的是：GPT-3 的任务同样只需要文本。

## 2 写文字

解码器给出的是一个分布，总得有人来选。抽取之前，有三条规则可以改变这个分布：

- *温度*：用它去除得分，小于 1 变尖，大于 1 变平；
- *top-k*：只留可能性最大的 k 个词元；
- *top-p*（核采样）：按可能性从大到小，留下概率之和刚好达到 p 的那几个词元。
"""


# %%
def choose(scores: torch.Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> torch.Tensor:
    """Probabilities of the next token [B, V] from its scores [B, V]."""
    scores = scores / temperature
    if top_k:
        scores = scores.masked_fill(scores < scores.topk(top_k).values[:, -1:], -inf)
    if top_p < 1:
        rising, order = scores.sort()
        rare = rising.softmax(-1).cumsum(-1) <= 1 - top_p  # the tail that can go; the last, likeliest one stays
        rare[:, -1] = False
        scores = scores.masked_fill(rare.scatter(1, order, rare), -inf)
    return scores.softmax(-1)


def write(model, ids: torch.Tensor, n: int, seed: int, **rules) -> torch.Tensor:
    """`ids` [B, T] with n tokens more, each drawn and then read with the rest [B, T + n]."""
    torch.manual_seed(seed)
    for _ in range(n):
        with torch.inference_mode():
            drawn = torch.multinomial(choose(model(ids).logits[:, -1].float(), **rules), 1)
        ids = torch.cat([ids, drawn], 1)
    return ids


# %% tags=["nbval-ignore-output"]
prompt = tokenizer("Returns the", add_special_tokens=False, return_tensors="pt")["input_ids"]
rules = {
    "temperature 0.5": {"temperature": 0.5}, "as it is": {}, "temperature 1.5": {"temperature": 1.5},
    "top-k 10": {"top_k": 10}, "top-p 0.8": {"top_p": 0.8}, "all three": {"temperature": 0.8, "top_k": 50, "top_p": 0.9},
}  # fmt: skip
unchanged = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "do_sample": True, "use_cache": False, "max_new_tokens": 16}
texts = {}
for name, rule in rules.items():
    ours = write(decoder, prompt, 16, seed, **rule)
    torch.manual_seed(seed)
    theirs = decoder.generate(prompt, attention_mask=torch.ones_like(prompt), **(unchanged | rule))
    assert torch.equal(ours, theirs), name
    texts[name] = tokenizer.decode(ours[0])
print(f"cell and transformers' generate write the same tokens under {len(rules)} of {len(rules)} rules")
pd.DataFrame({"text": texts}).style.format(escape="html")

# %% [markdown]
"""
This is no English yet; a larger training writes better, by the same fifteen lines. What the rules do is plain already: low temperature and small k
repeat what is frequent, high temperature brings in what is unlikely, and with it mistakes. Move the sliders:
"""

# %% [markdown] lang="zh"
"""
这还算不上英语；训练得更久，用同样的十五行代码会写得更好。规则的作用已经很清楚：温度低、k 小，翻来覆去都是常见的词；温度高，就会冒出不太可能的词，错误也跟着来。拖动滑块看看：
"""

# %% tags=["nbval-ignore-output"]
with torch.inference_mode():
    next_scores = decoder(prompt).logits[:, -1].float()  # [1, V]
likeliest = next_scores[0].topk(12).indices


def draw(temperature: float, top_p: float):
    shares = choose(next_scores, temperature, top_p=top_p)[0]
    figure, (axes,) = plots.new_axes(height=3.0)
    axes.bar(tokenizer.convert_ids_to_tokens(likeliest.tolist()), 100 * shares[likeliest], color=plots.BLUE)
    axes.set(ylabel="probability [%]", xlabel="next token after “returns the”")
    axes.tick_params(axis="x", rotation=40)
    left = int((shares > 0).sum())
    return figure, f"The 12 likeliest of {left} tokens that are left; the first has {shares.max():.0%}."


_ = plots.explore(
    draw,
    temperature=ipywidgets.FloatSlider(1.0, min=0.2, max=2.0, step=0.1, description="temperature"),
    top_p=ipywidgets.FloatSlider(1.0, min=0.1, max=1.0, step=0.1, description="top-p"),
)

# %% [markdown]
"""
### Exercise 3.1b.B

Write top-p on probabilities: a function of `shares` [B, V], whose rows add up to 1, and `p`. In each row it keeps the fewest, most likely tokens whose sum is at
least p, sets the others to 0 and makes the row add up to 1 again. It is tried on 2 × 4 tensors without ties.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.B

在概率上写出 top-p：函数接收 `shares` [B, V]（每行之和为 1）和 `p`。每一行只留下最可能、个数最少、概率之和不小于 p 的词元，其余设为 0，再让这一行重新加起来等于 1。检查时用没有并列的 2 × 4 张量。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=7
### BEGIN SOLUTION
def answer(shares, p):
    falling, order = shares.sort(descending=True)
    needed = falling.cumsum(-1) - falling < p  # what came before does not reach p yet
    kept = torch.zeros_like(shares).scatter(-1, order, falling * needed)
    return kept / kept.sum(-1, keepdim=True)


### END SOLUTION
exercises.check("3.1b.B", answer)

# %% [markdown] tags=["solution"]
"""
A token is needed as long as those before it do not reach p by themselves; so the sum is taken without the token itself. With the token included, the one that
crosses p would be lost, and at small p nothing would be left. `scatter` puts the sorted shares back to their places.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只要前面的词元之和还不到 p，这个词元就要留下；所以求和时不含它自己。如果含它自己，恰好跨过 p 的那一个就会丢掉，p 很小时甚至一个也不剩。`scatter` 把排好序的概率放回各自的位置。
"""

# %% [markdown]
"""
## 3 The KV cache

`write` reads everything again for each new token. Under the causal mask that is wasted: a new token cannot change anything before it, so the keys
and values of earlier tokens stay as they were. The *KV cache* keeps them, and only the newest token goes through the layers. PyTorch counts the operations.
"""

# %% [markdown] lang="zh"
"""
## 3 KV 缓存

`write` 每写一个词元，都要把前面的全部重读一遍。有了因果掩码，这是白费的：新词元改变不了它前面的任何东西，先前词元的键和值保持不变。*KV 缓存*把它们留着，只让最新的词元穿过各层。运算量由 PyTorch 来数。
"""


# %%
def write_greedily(model, ids: torch.Tensor, n: int, *, cached: bool):
    """The likeliest token, n times: scores [n, V], and the operations of each step [FLOP]."""
    kept, new, scores, work = None, ids, [], []
    for _ in range(n):
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            output = model(new if cached else ids, past_key_values=kept, use_cache=cached)
        kept = output.past_key_values
        scores.append(output.logits[0, -1])
        work.append(counter.get_total_flops())
        new = scores[-1].argmax().view(1, 1)
        ids = torch.cat([ids, new], 1)
    return torch.stack(scores), np.array(work)


# %%
new_tokens = 48
again, work_again = write_greedily(decoder, prompt, new_tokens, cached=False)
once, work_once = write_greedily(decoder, prompt, new_tokens, cached=True)
assert torch.allclose(again, once, atol=1e-3)
print(f"the same scores; {work_again.sum() / work_once.sum():.0f} times the operations without the cache")
figure, (axes,) = plots.new_axes(height=3.0)
for name, work, colour in (("all read again", work_again, plots.VERMILION), ("KV cache", work_once, plots.BLUE)):
    axes.plot(np.arange(1, new_tokens + 1), work / 1e6, color=colour, label=name)
axes.set(xlabel="new token", ylabel="operations for it [MFLOP]", ylim=(0, None))
axes.legend(frameon=False)
plots.show(
    figure,
    alt=f"Operations for each new token: read again they climb to {work_again[-1] / 1e6:.0f} MFLOP at token {new_tokens}, with the "
    f"KV cache they stay near {work_once[-1] / 1e6:.1f}.",
)

# %% [markdown]
"""
The price is memory: two vectors (key and value) per layer and token, kept as long as the conversation lasts. Exercise 3.1b.2 asks what
that is for GPT-3.

## 4 Instructions

The decoder continues texts; it does not answer. *Instruction tuning* is fine-tuning on pairs of an instruction and its answer, with the
loss on the answer alone: the labels of the instruction are −100, which `cross_entropy` leaves out.

Our pairs come from a template: *the word after : number* is answered by the word that followed it most often in the training text, and then by the
end. In so small a vocabulary some of these words are only the beginnings of longer ones. The held-out instructions name words that no pair has, so their answers can only come from pretraining. What the tuning teaches is the form:
answer, then stop.
"""

# %% [markdown] lang="zh"
"""
代价是内存：每层每个词元要存两个向量（键和值），对话持续多久就存多久。练习 3.1b.2 问 GPT-3 要占多少。

## 4 指令

解码器只会接着写，不会回答。*指令微调*就是在“指令加回答”的配对上微调，损失只算在回答上：指令部分的标签是 −100，`cross_entropy` 会跳过它们。

我们的配对出自一个模板：*the word after : number*（number 后面的词），回答是训练文本中最常跟在它后面的词，然后结束。词表这么小，其中有些“词”只是更长的词的开头。留出的指令问的是配对里从未出现的词，答案只能来自预训练。微调教的是形式：回答，然后停下。
"""

# %%
vocabulary = np.array(tokenizer.convert_ids_to_tokens(range(size)))
is_word = np.array([token.isalpha() for token in vocabulary])  # no signs, no pieces of words
commonest = follows.argmax(1)  # of each token, what followed it most often
usable = np.flatnonzero(is_word & is_word[commonest] & (follows.sum(1) >= 10))
drawn = np.random.default_rng(seed).permutation(usable)
pairs = pd.DataFrame({"instruction": [f"the word after : {word}" for word in vocabulary[drawn]]})
pairs["answer"] = vocabulary[commonest[drawn]]
lessons, exam = pairs[: 2 * len(pairs) // 3], pairs[2 * len(pairs) // 3 :]
by_rote = float((exam["answer"] == lessons["answer"].mode()[0]).mean())  # right by always giving the commonest answer
print(
    f"{len(lessons)} pairs to tune on, {len(exam)} held out; always {lessons['answer'].mode()[0]!r} is right for {by_rote:.0%}"
)
lessons.head(4)


# %%
def encode(instructions, answers) -> data.TokenizedText:
    """Inputs and labels of equal length; −100 where nothing is asked."""
    told, said = (tokenizer(list(texts), add_special_tokens=False)["input_ids"] for texts in (instructions, answers))
    width = max(len(a) + len(b) for a, b in zip(told, said, strict=True))
    inputs, labels = [], []
    for a, b in zip(told, said, strict=True):
        spare = width - len(a) - len(b)
        inputs.append([*a, *b] + spare * [tokenizer.pad_token_id])
        labels.append([-100] * (len(a) - 1) + [*b, end] + spare * [-100])
    return data.TokenizedText(inputs, labels, tokenizer.pad_token_id, 0.0)


def examine(model) -> dict[str, np.ndarray]:
    """For each held-out instruction, 1 where the word is right, and where it is right and the end follows."""
    ids = torch.tensor(tokenizer(exam["instruction"].tolist(), add_special_tokens=False)["input_ids"])
    for _ in range(2):  # the instructions are equally long: each of their words is one token
        with torch.inference_mode():
            ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], 1)
    right = ids[:, -2] == torch.tensor(tokenizer.convert_tokens_to_ids(exam["answer"].tolist()))
    return {"word right": right.double().numpy(), "exact": (right & (ids[:, -1] == end)).double().numpy()}


# %% [markdown]
"""
LoRA ([chapter 2](02_core_concepts.ipynb) has it by hand) leaves all weights frozen and trains a thin product beside each matrix of the attention. The loop is `fit`
once more.
"""

# %% [markdown] lang="zh"
"""
LoRA（[第 2 章](02_core_concepts.ipynb)手写过）冻结全部权重，只在注意力的每个矩阵旁边训练一个很薄的乘积。循环仍是 `fit`。
"""


# %% tags=["nbval-ignore-output"]
def add_lora(model, rank: int):
    """A copy with LoRA in its attention; everything else is frozen."""
    torch.manual_seed(seed)
    places = ["q_proj", "k_proj", "v_proj", "o_proj"]
    return inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=places), deepcopy(model))


tuned = add_lora(decoder, lora_rank)
taught = encode(lessons["instruction"], lessons["answer"])
of_instructions = {"learning_rate": 1e-3, "batch_size": 8, "precision": precision, "seed": seed}
instruction_history = training.fit(tuned, taught, num_epochs=instruction_epochs, **of_instructions)
tuned.eval()
followed = {f"{name} tuning": examine(model) for name, model in (("before", decoder), ("after", tuned))}
trained = sum(weight.numel() for weight in tuned.parameters() if weight.requires_grad)
print(f"{trained:,} of {sum(weight.numel() for weight in tuned.parameters()):,} parameters trained")
text_cost = evaluation.difference(judge(tuned), losses["decoder"])
print(f"held-out text: {text_cost.value:+.2f} nats/token [{text_cost.low:+.2f}, {text_cost.high:+.2f}]")

# %% tags=["nbval-ignore-output"]
shares = {
    f"{what}, {when}": evaluation.proportion_interval(int(right.sum()), len(right))
    for when, found in followed.items()
    for what, right in found.items()
}
figure, (left, right) = plots.new_axes(2, width=9.2, height=3.0)
lesson_steps = instruction_history.step_table()
left.plot(lesson_steps["step"], lesson_steps["loss"], color=plots.BLUE)
left.set(xlabel="optimizer step", ylabel="loss [nats/token of the answer]", ylim=(0, None))
guess_followed.shade(right, along="x")
for row, share in enumerate(shares.values()):
    right.hlines(row, 100 * share.low, 100 * share.high, color=plots.BLUE, linewidth=3)
    right.plot(100 * share.value, row, "o", color=plots.BLUE)
right.axvline(100 * by_rote, color=plots.GREY, linestyle="--", label="always the commonest answer")
right.set(xlabel="held-out instructions [%]", xlim=(-4, 104), ylim=(len(shares) - 0.5, -1.0))
right.set_yticks(range(len(shares)), list(shares))
right.legend(frameon=False, fontsize=9)
said = "; ".join(f"{name} {share.value:.0%} [{share.low:.0%}, {share.high:.0%}]" for name, share in shares.items())
plots.show(
    figure, alt=f"Left: loss of the answers over the steps. Right, of {len(exam)} held-out instructions: {said}."
)
exact = shares["exact, after tuning"]
guess_followed.settle(100 * exact.value)

# %% tags=["nbval-ignore-output"]
above = "above" if exact.low > by_rote else "below" if exact.high < by_rote else "not measurably away from"
print(
    f"exact match: {exact.value:.0%} [{exact.low:.0%}, {exact.high:.0%}], {above} {by_rote:.0%} for always the same answer"
)
claims.report(exact_before=shares["exact, before tuning"], exact_after=exact, by_rote=by_rote, text_cost=text_cost)

# %% [markdown]
r"""
Exact match is strict: the right word, and then the end. Before the tuning the decoder already goes on from the last word of the instruction, which
is what was asked for, and does not stop. Compare the two lines of *word right*, too: tuning adds no knowledge
about words that it has not seen, and can cost some. The second printed line of the training is another price: ordinary text is now predicted differently.
LoRA changes few numbers, but every text meets them.

## 5 Preferences

Of two right answers people may like one better. DPO (direct preference optimisation) learns from such pairs. If a reward $r$ makes people prefer
$w$ to $l$ with probability $\sigma(r_w - r_l)$, then the model that earns the most, with $\beta$ times its distance from a reference model taken off, is
$\pi(y) \propto \pi_{ref}(y)\, e^{r(y)/\beta}$. Solved for the reward: $r(y) = \beta \log \frac{\pi(y)}{\pi_{ref}(y)}$ and a constant, which the difference drops. The loss then needs no reward model:

$$L = -\log \sigma(m), \qquad m = \beta\left[\log\frac{\pi(w)}{\pi_{ref}(w)} - \log\frac{\pi(l)}{\pi_{ref}(l)}\right]$$
"""

# %% [markdown] lang="zh"
r"""
“完全一致”的标准很严：词要对，说完还要停。微调之前，解码器本来就会从指令的最后一个词接着写，这正是所问的，只是它停不下来。再比较两行“词对”（word right）：对没见过的词，微调不会添加知识，还可能损失一些。训练后打印的第二行是另一种代价：普通文本的预测也变了。LoRA 改的数不多，但每条文本都要经过它们。

## 5 偏好

两个回答都对，人们可能更喜欢其中一个。DPO（直接偏好优化）就从这样的配对中学习。如果奖励 $r$ 使人以 $\sigma(r_w - r_l)$ 的概率偏爱 $w$ 而不是 $l$，那么在扣除 $\beta$ 倍的“与参考模型的距离”之后，得分最高的模型是 $\pi(y) \propto \pi_{ref}(y)\, e^{r(y)/\beta}$。反解出奖励：$r(y) = \beta \log \frac{\pi(y)}{\pi_{ref}(y)}$ 再加一个常数，相减时常数消去。于是损失里不再需要奖励模型：

$$L = -\log \sigma(m), \qquad m = \beta\left[\log\frac{\pi(w)}{\pi_{ref}(w)} - \log\frac{\pi(l)}{\pi_{ref}(l)}\right]$$
"""

# %% [markdown]
"""
### Exercise 3.1b.C

Before you run on: DPO begins with the model equal to the reference. What is the loss of the first step? Answer with a letter.

- **a** 0: nothing has changed yet
- **b** log 2, whatever the pairs are
- **c** it depends on how likely the answers are
- **d** it depends on β
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.C

先别往下运行：DPO 开始时，模型与参考模型相同。第一步的损失是多少？用一个字母作答。

- **a** 0：什么都还没变
- **b** log 2，与配对内容无关
- **c** 取决于这些回答有多可能
- **d** 取决于 β
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = "b"
### END SOLUTION
exercises.check("3.1b.C", answer)

# %% [markdown] tags=["solution"]
"""
Both ratios are 1, so m = 0 for every pair, and −log σ(0) = log 2 ≈ 0.69. A DPO training that starts elsewhere compares with another model than
it starts from.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两个比值都是 1，所以每一对都有 m = 0，而 −log σ(0) = log 2 ≈ 0.69。DPO 训练如果不从这里开始，说明拿来比较的不是它出发时的那个模型。
"""

# %% [markdown]
"""
### By hand

Two pairs, answers of four tokens, log-probabilities made up. Summed over tokens the first pair gives (−4.0 + 4.5) − (−3.5 + 3.5) = 0.5, the second
(−7 + 6) − (−6 + 6) = −1; times β these are the margins. The derivative by each token's log-probability is −β σ(−m) / 2 for the preferred answer and
+β σ(−m) / 2 for the other; the 2 because the loss is a mean over two pairs.
"""

# %% [markdown] lang="zh"
"""
### 手算一步

两个配对，每个回答四个词元，对数概率是编出来的。对词元求和，第一对得 (−4.0 + 4.5) − (−3.5 + 3.5) = 0.5，第二对得 (−7 + 6) − (−6 + 6) = −1，乘以 β 就是间隔。对每个词元的对数概率求导：偏爱的回答是 −β σ(−m) / 2，另一个是 +β σ(−m) / 2；除以 2 是因为损失对两个配对取平均。
"""

# %%
preferred = torch.tensor([[-1.0, -2.0, -0.5, -0.5], [-3.0, -1.0, -1.0, -2.0]], requires_grad=True)  # [2, 4]
other = torch.tensor([[-0.5, -1.0, -1.0, -1.0], [-2.0, -2.0, -1.0, -1.0]], requires_grad=True)
reference_preferred, reference_other = torch.tensor([-4.5, -6.0]), torch.tensor([-3.5, -6.0])  # sums [2]


def dpo_margin(preferred, other, reference_preferred, reference_other, beta):
    """How far the model has moved towards the preferred answers [B]."""
    return beta * ((preferred - reference_preferred) - (other - reference_other))


margin = dpo_margin(preferred.sum(1), other.sum(1), reference_preferred, reference_other, beta)
loss = -logsigmoid(margin).mean()
loss.backward()
by_hand = -beta * torch.sigmoid(-margin.detach()) / 2  # [2]
assert torch.allclose(preferred.grad, by_hand[:, None].expand(2, 4)) and torch.allclose(other.grad, -preferred.grad)
assert torch.allclose(margin.detach(), beta * torch.tensor([0.5, -1.0]), atol=1e-6)
step = (preferred - 1.0 * preferred.grad).sum(1), (other - 1.0 * other.grad).sum(1)  # one step at rate 1
moved = dpo_margin(*step, reference_preferred, reference_other, beta)
print(
    f"margins {margin[0].item():.2f} and {margin[1].item():.2f}, loss {loss.item():.4f}; after one step {-logsigmoid(moved).mean().item():.4f}"
)

# %% [markdown]
"""
The gradient pushes hardest where the model prefers the wrong answer (σ(−m) near 1), and fades where the pair is settled. It says *preferred up, other down by
the same amount*, and nothing about all other texts.

### A few steps

Both answers are right; preferred is the one that ends with a full stop. The reference is the tuned model as it is now. After each step we read the margin, how
likely both answers are, and what became of ordinary text.
"""

# %% [markdown] lang="zh"
"""
模型偏爱错误的回答时（σ(−m) 接近 1），梯度推得最用力；配对已经分出高下，梯度就减弱。它说的只是*偏爱的升，另一个降，幅度相同*，对其余一切文本只字未提。

### 走几步

两个回答都对；更受欢迎的，是以句号结尾的那个。参考模型就是此刻的微调模型。每走一步，都看看间隔、两个回答各有多可能，以及普通文本受了什么影响。
"""

# %% tags=["nbval-ignore-output"]
both = [encode(lessons["instruction"][:64], lessons["answer"][:64] + stop) for stop in (" .", "")]
preference = [rows.collate([rows[n] for n in range(len(rows))]) for rows in both]  # with a full stop, without
politer = deepcopy(tuned)


def answer_log_p(model) -> list[torch.Tensor]:
    """log π of the preferred and of the other answers, two tensors [B]."""
    return [-token_losses(model, batch).sum(1) for batch in preference]


with torch.no_grad():
    reference = answer_log_p(tuned)
optimizer = torch.optim.AdamW([weight for weight in politer.parameters() if weight.requires_grad], lr=2e-3)
course = []
for number in range(dpo_steps + 1):
    now = answer_log_p(politer)
    margin = dpo_margin(*now, *reference, beta)
    course.append([margin.mean().item(), *(part.mean().item() for part in now)])
    if number < dpo_steps:
        optimizer.zero_grad()
        (-logsigmoid(margin).mean()).backward()
        optimizer.step()
course = pd.DataFrame(course, columns=["margin", "preferred", "other"])

# %% tags=["nbval-ignore-output"]
price = evaluation.difference(judge(politer), judge(tuned))
figure, (left, right) = plots.new_axes(2, width=9.2, height=3.0)
left.plot(course.index, course["margin"], color=plots.GREEN)
ticks = range(0, dpo_steps + 1, max(1, dpo_steps // 5))
left.set(xlabel="DPO step", ylabel="margin m, mean of 64 pairs", xticks=ticks)
for name, colour in (("preferred", plots.BLUE), ("other", plots.VERMILION)):
    right.plot(course.index, course[name], color=colour, label=f"{name} answer")
right.set(xlabel="DPO step", ylabel="log-likelihood [nats/answer]", xticks=ticks)
right.legend(frameon=False)
(margin_start, *start), (margin_end, *finish) = course.iloc[0], course.iloc[-1]
plots.show(
    figure,
    alt=f"Over {dpo_steps} steps the margin goes from {margin_start:.2f} to {margin_end:.2f}; log-likelihood of the preferred answer from "
    f"{start[0]:.1f} to {finish[0]:.1f}, of the other from {start[1]:.1f} to {finish[1]:.1f} nats.",
)
print(f"ordinary text: {price.value:+.3f} nats/token [{price.low:+.3f}, {price.high:+.3f}]")
assert margin_end > margin_start

# %% [markdown]
"""
The margin is a difference: it grows when the preferred answer becomes likelier, and just as well when the other becomes less likely. Read both lines: DPO
may lower the likelihood of both, as long as the other falls faster. A rising margin therefore proves no better model. β is the brake: the larger it is, the sooner the
loss is content with a small move away from the reference.

## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.
"""

# %% [markdown] lang="zh"
"""
间隔是一个差：偏爱的回答更可能了，它会变大；另一个更不可能了，它同样变大。所以两条线都要看：只要另一个降得更快，DPO 可以让两者都变得不那么可能。间隔上升，并不证明模型变好了。β 是刹车：它越大，离开参考模型一小步，损失就满足了。

## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。
"""

# %% [markdown]
"""
### Exercise 3.1b.1

A prompt has 20 tokens, and 100 new ones are written. How many token positions go through the layers in all, without the cache, and with it? The last token that is written is
not read any more. Answer with a pair of whole numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.1

提示有 20 个词元，要写 100 个新词元。不用缓存、用缓存，各有多少个词元位置穿过各层？写出的最后一个词元不再读入。用一对整数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=5
### BEGIN SOLUTION
answer = sum(20 + n for n in range(100)), 20 + 99
### END SOLUTION
exercises.check("3.1b.1", answer)

# %% [markdown] tags=["solution"]
"""
Without the cache the n-th new token costs a pass over 20 + n − 1 tokens: 20 + 21 + … + 119 = 6,950. With it each token passes once: the prompt's 20, and 99 of
the new ones. The first grows with the square of the length, the second with the length.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
不用缓存时，写第 n 个新词元要让 20 + n − 1 个词元走一遍：20 + 21 + … + 119 = 6,950。用缓存时每个词元只走一遍：提示的 20 个，加上新词元中的 99 个。前者随长度的平方增长，后者只随长度增长。
"""

# %% [markdown]
"""
### Exercise 3.1b.2

GPT-3 has 96 layers of width 12,288. How many gigabytes (10⁹ bytes) does its KV cache take for one conversation of 2,048 tokens, in numbers of two bytes? One
decimal is enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.2

GPT-3 有 96 层，宽 12,288。一段 2,048 个词元的对话，每个数两个字节，它的 KV 缓存占多少 GB（10⁹ 字节）？保留一位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = 2 * 96 * 12_288 * 2_048 * 2 / 1e9
### END SOLUTION
exercises.check("3.1b.2", answer)

# %% [markdown] tags=["solution"]
"""
Key and value, 96 layers, 12,288 numbers each, 2,048 tokens, two bytes: 9.7 GB, for one reader. That is why later models let several attention heads share
their keys and values.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
键和值各一份，96 层，每层 12,288 个数，2,048 个词元，每个数两个字节：9.7 GB，而这只够一位用户。所以后来的模型让几个注意力头共用键和值。
"""

# %% [markdown]
"""
### Exercise 3.1b.3

Write the DPO loss: a function of `preferred`, `other`, `reference_preferred`, `reference_other`, the log-probabilities of each token [B, T], and of `beta`. It
returns the mean of −log σ(m) over the B pairs. It is tried on 2 × 4 tensors.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.3

写出 DPO 的损失：函数接收每个词元的对数概率 `preferred`、`other`、`reference_preferred`、`reference_other`（均为 [B, T]）以及 `beta`，返回 −log σ(m) 对 B 个配对的平均值。检查时用 2 × 4 的张量。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=7
### BEGIN SOLUTION
def answer(preferred, other, reference_preferred, reference_other, beta):
    gained = (preferred - reference_preferred).sum(1) - (other - reference_other).sum(1)  # [B]
    return -logsigmoid(beta * gained).mean()


### END SOLUTION
exercises.check("3.1b.3", answer)

# %% [markdown] tags=["solution"]
"""
An answer's log-probability is the sum over its tokens; a mean would favour long answers less or more than the formula says. β multiplies the whole difference, inside of
σ. `logsigmoid` stays exact where σ itself would be rounded to 0.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
一个回答的对数概率，是它各个词元之和；若取平均，长回答的分量就与公式所说的不同了。β 乘的是整个差值，在 σ 之内。当 σ 本身会被舍入成 0 时，`logsigmoid` 仍然准确。
"""

# %% [markdown]
"""
### Exercise 3.1b.4

Where does the knowledge come from? Tune twice for two epochs on `taught`, with the settings `of_instructions`: `add_lora(decoder, lora_rank)`, and the same of the untrained
`build_decoder(seed)`. Look at both losses (`history.step_table()`). Answer with a dictionary: `"pretrained"` and `"random"`, each with its history, and `"lower at the end"`:
the name of the start whose mean loss over the last five steps is lower.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.1b.4

知识从哪里来？在 `taught` 上各微调两轮，设置用 `of_instructions`：一次用 `add_lora(decoder, lora_rank)`，一次换成未训练的 `build_decoder(seed)`。观察两条损失曲线（`history.step_table()`）。用一个字典作答：`"pretrained"` 和 `"random"` 各对应自己的训练历史，`"lower at the end"` 对应最后五步平均损失较低的那个起点的名字。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
starts = {"pretrained": decoder, "random": build_decoder(seed)}
answer = {
    name: training.fit(add_lora(start, lora_rank), taught, num_epochs=2, **of_instructions)
    for name, start in starts.items()
}
ends = {name: history.step_table()["loss"].tail(5).mean() for name, history in answer.items()}
answer["lower at the end"] = min(ends, key=ends.get)
### END SOLUTION
exercises.check("3.1b.4", answer, steps=2 * -(-len(taught) // of_instructions["batch_size"]))

# %% [markdown] tags=["solution"]
"""
The answers are in the weights that pretraining left, and those are frozen here. The other start has to press every answer through a thin product beside random
matrices, and knows neither which words there are nor which follows which. Instruction tuning on few pairs works because it needs to teach so little.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
答案就在预训练留下的权重里，而那些权重在这里是冻结的。另一个起点却要把每个回答挤过随机矩阵旁边的一条细长乘积，既不知道有哪些词，也不知道什么接着什么。指令微调用很少的配对就能奏效，是因为它要教的本来就很少。
"""

# %% [markdown]
"""
## Recap

- Next-token prediction makes every position a question; the causal mask lets all of them be answered in one pass.
- A decoder's loss means something beside the unigram and the bigram. Below the bigram it uses more than one token.
- Temperature, top-k and top-p change the distribution, not the model. The KV cache changes the bill, not the scores.
- Instruction tuning is fine-tuning with the loss on the answer. It is measured on instructions that were not trained on.
- DPO raises a margin against a reference. What it costs stands in the likelihoods, not in the margin.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 预测下一个词元，让每个位置都成为一个问题；有了因果掩码，一遍就能全部回答。
- 解码器的损失要与一元、二元模型对照才有意义。低于二元模型，才说明它用上了不止一个词元的上下文。
- 温度、top-k 和 top-p 改变的是分布，不是模型；KV 缓存改变的是账单，不是得分。
- 指令微调就是损失只算在回答上的微调，要用没训练过的指令来衡量。
- DPO 抬高相对参考模型的间隔。代价要看似然，间隔里看不出来。

## 自测
"""

# %%
quizzes.ask("3.1b")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Radford, Narasimhan, Salimans, Sutskever 2018: *Improving language understanding by generative pre-training*: GPT.
- Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165: GPT-3, its sizes in table 2.1.
- Touvron et al. 2023: *LLaMA*, arXiv 2302.13971: the parts of the decoder used here.
- Witten, Bell 1991: *The zero-frequency problem*, IEEE Transactions on Information Theory 37(4).
- Holtzman, Buys, Du, Forbes, Choi 2020: *The curious case of neural text degeneration*, arXiv 1904.09751: top-p.
- Ouyang et al. 2022: *Training language models to follow instructions with human feedback*, arXiv 2203.02155.
- Hu et al. 2021: *LoRA*, arXiv 2106.09685.
- Rafailov et al. 2023: *Direct preference optimization*, arXiv 2305.18290: the loss, and its derivation in section 4.

## Next

Train longer, or on text of your own: `talentlab run 03_1b -p corpus=my_texts.txt -p max_blocks=40000`. [Chapter 3.2a](03_2a_data.ipynb) begins the six steps with data.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Radford, Narasimhan, Salimans, Sutskever 2018：*Improving language understanding by generative pre-training*。GPT。
- Brown et al. 2020：*Language models are few-shot learners*，arXiv 2005.14165。GPT-3，尺寸见表 2.1。
- Touvron et al. 2023：*LLaMA*，arXiv 2302.13971。本章解码器所用的部件。
- Witten, Bell 1991：*The zero-frequency problem*，IEEE Transactions on Information Theory 37(4)。
- Holtzman, Buys, Du, Forbes, Choi 2020：*The curious case of neural text degeneration*，arXiv 1904.09751。top-p。
- Ouyang et al. 2022：*Training language models to follow instructions with human feedback*，arXiv 2203.02155。
- Hu et al. 2021：*LoRA*，arXiv 2106.09685。
- Rafailov et al. 2023：*Direct preference optimization*，arXiv 2305.18290。损失，以及第 4 节的推导。

## 下一步

训练得更久，或换成你自己的文本：`talentlab run 03_1b -p corpus=my_texts.txt -p max_blocks=40000`。[第 3.2a 章](03_2a_data.ipynb)从数据开始讲六个步骤。
"""
