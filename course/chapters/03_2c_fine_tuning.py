# %% [markdown]
"""
# 3.2c · Step 3: fine-tuning

*模型微调*

The document's third step is one sentence: optimise the model on the task. Behind it stand a dozen decisions. In this chapter you
turn each of them on its own, watch what it does to the training, and learn which of them can ruin a result.

**You will be able to**

- find a learning rate, and read from a loss curve that it is too small or too large,
- say what warm-up, layer-wise rates and freezing change, and how far each layer moves,
- hold back over-fitting with dropout, weight decay, label smoothing and early stopping, and see over-confidence,
- measure how much of a result with few labels is luck, and reduce it,
- stop a training in the middle and go on without losing anything.

**Time** 50 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, by sector, or yours
"""

# %% [markdown] lang="zh"
"""
# 3.2c · 第三步：微调

*模型微调*

原文的第三步只有一句话：在任务上优化模型。这句话背后有十来个决定。本章把它们逐个单独拿出来调，看它怎样改变训练，弄清哪几个足以毁掉结果。

**学完本章，你能够**

- 找到合适的学习率，并从损失曲线看出它太小还是太大；
- 说清预热、逐层学习率和冻结各改变了什么，每一层移动了多远；
- 用 dropout、权重衰减、标签平滑和早停抑制过拟合，并看出过度自信；
- 测出标签很少时结果里有多少是运气，并把它减小；
- 让训练在中途停下，再接着跑，什么也不丢。

**时间** 阅读和动手 50 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** `reviews`（按行业分类），或你自己的数据
"""

# %% tags=["parameters"]
from typing import Literal

dataset: str = "reviews"  # bundled corpus, a file, a folder of splits, or a Hub data set
text_column: str | None = None  # column of the texts; found by its name if None
label_column: str | None = None  # column of the labels; if None: `sector` in the reviews, else found by its name
model_name: str = "minilm"  # bundled model, a folder, or a Hub id of a BERT-shaped model
num_hidden_layers: int | None = 3  # layers of the encoder that are kept, from below; all if None
train_texts: int | None = 72  # texts to train on in sections 1 to 3; all if None
few_texts: int = 32  # labelled texts in sections 4 to 7, equally many of each class
validation_texts: int | None = 64  # texts that epochs are judged on; all if None
test_texts: int | None = 120  # texts that models are judged on; all if None
max_length: int = 24  # longer texts lose their end [tokens]
batch_size: int = 16  # texts per optimizer step [sequences]
learning_rate: float = 5e-4  # peak of the rate wherever the rate is not the question
other_rates: list[float] = [2e-5, 1e-2]  # one that is too small and one that is too large
layer_decay: float = 0.7  # factor of the rate from each layer to the one below it
freeze: str = "word_embeddings"  # none, word_embeddings, embeddings, layers:K or all_but_head
num_epochs: int = 3  # passes over the texts in sections 1 and 3
long_epochs: int = 8  # passes over the few texts in sections 4 to 6
seeds: list[int] = [0, 1]  # of heads, orders and dropout in sections 2 and 3
few_seeds: int = 5  # the same in section 6, each with its own draw of texts; two at least
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of the choice of texts, and of what is trained once

# %% [markdown]
"""
Everything in the cell above can be changed from outside: `talentlab params 03_2c` lists the names with their meaning.

## The decision that comes first

![A ball in a valley: with steps that are too small it has hardly moved; with the right ones it reaches the floor; with steps that are too large each lands higher than the last.](images/three_rates.svg)

Training walks downhill on the loss. The *learning rate* is the length of its steps. Everything else in this chapter refines the walk; this
one number decides whether there is one.
"""

# %% [markdown] lang="zh"
"""
上面单元格里的一切都可以从外部修改：`talentlab params 03_2c` 列出所有参数名和含义。

## 最先要定的一件事

![山谷里的一个球：步子太小，几乎没动；步子合适，走到谷底；步子太大，每一步都落得比上一步更高。](images/three_rates.zh.svg)

训练就是在损失的山谷里往下走。*学习率*是每一步的长度。本章其余的内容都在改进走法，而走不走得成，先由这一个数决定。
"""

# %%
import copy
import itertools
import json
import tempfile
from functools import partial
from pathlib import Path

import ipywidgets
import numpy as np
import pandas as pd
import torch
from safetensors import safe_open
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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
quizzes.ask("3.2c", "before")

# %% [markdown]
"""
And three results of this chapter to guess. Set your answers now; the chapter comes back to each when it has measured.
"""

# %% [markdown] lang="zh"
"""
再猜本章的三个结果。现在就定下来，每一个测量之后都会回头对照。
"""

# %%
guess_moved = guesses.guess("3.2c.moves_most")
guess_few = guesses.guess("3.2c.few_labels")
guess_spread = guesses.guess("3.2c.seeds_apart")

# %% [markdown]
"""
## 1 The learning rate

### A task that fits into a minute

This chapter trains more than thirty models, so each must be tiny. The encoder keeps only its lowest layers (`num_hidden_layers`),
and there are few, short texts. Sentiment would need more of both; the task here is easier: which sector is a
review about? What is measured is how trainings differ, not how good a model can become; chapter 5 and the presets do that.
"""

# %% [markdown] lang="zh"
"""
## 1 学习率

### 一分钟内放得下的任务

本章要训练三十多个模型，所以每个都必须很小：编码器只保留最下面几层（`num_hidden_layers`），文本又少又短。情感分析需要更多的层和文本，这里换一个容易些的任务：一条评论说的是哪个行业？本章测的是各种训练之间的差别，而不是模型能做到多好；后者请看第 5 章和各个预设。
"""

# %%
label_column = label_column or ("sector" if dataset == "reviews" else None)
corpus = data.load_labelled_text(dataset, text_column=text_column, label_column=label_column, seed=seed)
names, rows = corpus.class_names, {}
for name, size in (("train", train_texts), ("validation", validation_texts), ("test", test_texts)):
    rows[name] = data.draw(corpus.split(name), size, seed)
by_class = data.draw(corpus.split("train"), None, seed).groupby("label")
rows["few"] = by_class.head(max(1, few_texts // len(names)))
print("classes:", ", ".join(names))
pd.DataFrame({name: part["label"].value_counts().sort_index() for name, part in rows.items()}).rename(
    dict(enumerate(names))
)

# %%
tokenizer, start = models.load_pretrained(model_name, num_labels=len(names), class_names=names, seed=seed)
start.base_model.encoder.layer = start.base_model.encoder.layer[:num_hidden_layers]
depth = start.config.num_hidden_layers = len(start.base_model.encoder.layer)
train, validation, test, few = (
    data.tokenize(tokenizer, part["text"], part["label"], max_length) for part in rows.values()
)
census = models.parameter_census(models.freeze(start, freeze))
print(
    f"{depth} layers, {census.at['total', 'total']:,} parameters, {census.at['total', 'trainable']:,} of them trained"
)

# %% [markdown]
"""
Two helpers, so that the cells below show only what changes. `fresh` makes a copy of the pretrained model with a new random head;
`tune` trains such a copy. A seed decides the head, the order of the texts and what dropout hides.
"""

# %% [markdown] lang="zh"
"""
下面先写两个辅助函数，后面的单元格就只剩下真正变化的部分。`fresh` 复制预训练模型，配上新的随机分类头；`tune` 训练这样一份副本。随机种子决定分类头的初值、文本的先后次序，以及 dropout 隐去哪些数值。
"""


# %%
def fresh(seed: int):
    """The pretrained model with a random head of its own."""
    model = copy.deepcopy(start)
    torch.manual_seed(seed)
    for name, weights in model.named_parameters():
        if models.part_of(name) == "head" and weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.02)  # as BERT's own are drawn
    return model


def tune(part, num_epochs: int, *, seed=seed, frozen=freeze, dropout=0.1, validate=None, model=None, **settings):
    """Fine-tune `model`, a fresh one if None: returns it with its history."""
    model = models.set_dropout(models.freeze(model or fresh(seed), frozen), dropout)
    settings = {"learning_rate": learning_rate, "batch_size": batch_size, "precision": precision, **settings}
    settings = {"metric": "accuracy", **settings}
    return model, training.fit(model, part, validate, num_epochs=num_epochs, seed=seed, **settings)


# %% [markdown]
"""
### A range test

One training can try many rates: start far too small, multiply the rate by the same factor after each batch, and
stop when the loss explodes. The loop is the plainest there is; only the rate is unusual.
"""

# %% [markdown] lang="zh"
"""
### 学习率范围测试

一次训练就能试很多学习率：从小得离谱的值开始，每一步乘上同一个倍数，到损失爆炸为止。这个循环再朴素不过，不寻常的只有学习率。
"""


# %%
def range_test(model, low: float, high: float, steps: int) -> pd.Series:
    """The loss of each step [nats/example], while the rate grows from `low` to `high`."""
    optimizer, device, losses = training.build_adamw(model.train(), 0.0), runtime.default_device(), {}
    bf16 = runtime.choose_precision(precision, device) == "bf16"
    batches = itertools.cycle(data.LengthGroupedBatches(train.lengths, batch_size, seed))
    for rate, indices in zip(np.geomspace(low, high, steps), batches, strict=False):
        batch = {name: tensor.to(device) for name, tensor in train.collate([train[i] for i in indices]).items()}
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses[rate] = loss.item()
    return pd.Series(losses)


# %% tags=["nbval-ignore-output"]
found = range_test(models.freeze(fresh(seed).to(runtime.default_device()), freeze), 1e-5, 3e-2, steps=30)
smooth = found.ewm(span=5).mean()
lowest = smooth.idxmin()
figure, (axes,) = plots.new_axes()
axes.plot(found.index, found, ".", color=plots.GREY, label="each step")
axes.plot(smooth.index, smooth, color=plots.BLUE, label="smoothed")
axes.axvline(lowest, color=plots.ORANGE, linestyle="--", label=f"lowest: {lowest:.1e}")
axes.axvline(learning_rate, color=plots.GREEN, linestyle=":", label=f"this chapter's: {learning_rate:.1e}")
top = 2.5 * found.iloc[0]
axes.set(xscale="log", xlabel="learning rate of the step", ylabel="loss [nats/example]", ylim=(0, top))
axes.legend(frameon=False, loc="upper left")
plots.show(
    figure,
    alt=f"Loss while the rate grows: lowest, smoothed, at {lowest:.1e}; highest step {found.max():.1f} nats, "
    f"steps above the frame: {(found > top).sum()}.",
)

# %% [markdown]
"""
Three regions: on the left nothing happens, in the middle the loss falls, on the right it climbs above its start. A usable peak
lies where the loss falls, a few times below the lowest point: by then the rate is already on its way to being too large, and
a real training stays there for longer than one step. The test costs seconds and gives an order of magnitude, no more.

### Too small, right, too large

Three whole trainings that differ in the peak rate alone. The loss is the cross-entropy, in nats; whoever gives each of C classes the same share has
log C.
"""

# %% [markdown] lang="zh"
"""
图上有三段：左边什么也没发生，中间损失下降，右边损失升到比起点还高。可用的峰值在损失下降的那一段，比最低点再小几倍：到最低点时，学习率已经快要过大了，而真正的训练会在那里停留不止一步。这个测试只要几秒，给出的是数量级，仅此而已。

### 太小、合适、太大

三次完整的训练，只有学习率的峰值不同。损失是交叉熵，单位为奈特；给 C 个类别同样的概率，损失就是 log C。
"""

# %% tags=["nbval-ignore-output"]
rates = sorted([*other_rates, learning_rate])
by_rate = {rate: tune(train, num_epochs, learning_rate=rate) for rate in rates}
colors = (plots.BLUE, plots.GREEN, plots.VERMILION, plots.ORANGE, plots.GREY)
styles = list(zip(colors, "os^Dv", strict=True))
figure, (axes,) = plots.new_axes()
for (rate, (_, history)), (color, mark) in zip(by_rate.items(), styles, strict=False):
    steps = history.step_table()
    axes.plot(steps["step"], steps["loss"], color=color, marker=mark, markersize=4, label=f"{rate:g}")
axes.axhline(np.log(len(names)), color=plots.GREY, linestyle="--", label=f"guessing: log {len(names)}")
axes.set(xlabel="optimizer step", ylabel="loss [nats/example]", ylim=(0, 3 * np.log(len(names))))
axes.xaxis.get_major_locator().set_params(integer=True)
axes.legend(frameon=False, ncols=2, title="peak learning rate")
last = {rate: history.step_table()["loss"].tail(4).mean() for rate, (_, history) in by_rate.items()}
plots.show(
    figure,
    alt="Mean loss of the last four steps: " + ", ".join(f"{loss:.2f} at {r:g}" for r, loss in last.items()) + ".",
)
fell = by_rate[learning_rate][1].steps[0]["loss"] - last[learning_rate]
print(f"at {learning_rate:g} the loss {'fell' if fell > 0 else 'rose'} by {abs(fell):.2f} nats")

# %% [markdown]
"""
Learn the three shapes by heart. **Too small**: a flat line at the level of guessing, which looks like a bug in the data. **Right**:
a fall, noisy but steady. **Too large**: the loss jumps above guessing, and when the rate comes down again it
returns to guessing and stays there, because what pretraining had put into the weights is gone. No later step brings it back.

A rate belongs to a model, a batch size and a number of steps. BERT's authors searched from 2e-5 to 5e-5 for 110 million
parameters. A small model, or a short training like this one, takes ten times as much.

## 2 Warm-up

`fit` does not begin with the peak. The rate climbs in a straight line through the first share of the steps (`warmup_ratio`) and
then falls in a straight line to almost zero. Written out, and compared with what `fit` recorded:
"""

# %% [markdown] lang="zh"
"""
请记牢这三种形状。**太小**：一条停在瞎猜水平的平线，看上去像是数据出了错。**合适**：有波动，但稳步下降。**太大**：损失跳到瞎猜之上，等学习率降下来，它又回到瞎猜的水平，从此不动，因为预训练写进权重里的东西已经没了，后面的任何一步都找不回来。

一个学习率只对一种模型、一种批大小和一定的步数有效。BERT 的作者为 1.1 亿个参数的模型搜索的范围是 2e-5 到 5e-5；小模型，或者像这里这样短的训练，要取它的十倍。

## 2 预热

`fit` 不会一上来就用峰值。在最初一部分步数里（`warmup_ratio`），学习率沿直线上升，然后沿直线降到接近零。把它写出来，再与 `fit` 的记录比较：
"""


# %%
def schedule(step: int, total: int, peak: float, warmup_ratio: float) -> float:
    """The rate of step 1, 2, … `total`."""
    warmup = max(1, round(warmup_ratio * total))
    return peak * min(step / warmup, (total - step + 1) / max(1, total - warmup))


recorded = by_rate[learning_rate][1].step_table()
written = [schedule(step, len(recorded), learning_rate, 0.1) for step in range(1, len(recorded) + 1)]
assert np.allclose(recorded["learning_rate"], written)
print(f"{len(written)} steps, all equal")


# %%
def draw_schedule(total: int, warmup_ratio: float, peak: float, decay: float):
    steps = np.arange(1, total + 1)
    rate = np.array([schedule(step, total, peak, warmup_ratio) for step in steps])
    figure, (axes,) = plots.new_axes()
    for name, below, color, line in (
        ("head", 0, plots.BLUE, "-"), ("top layer", 1, plots.GREEN, "--"), ("lowest layer", depth, plots.ORANGE, "-."),
        ("embeddings", depth + 1, plots.VERMILION, ":"),
    ):  # fmt: skip
        axes.plot(steps, rate * decay**below, color=color, linestyle=line, label=f"{name}: × {decay**below:.3g}")
    axes.set(xlabel="optimizer step", ylabel="learning rate", ylim=(0, 1.3 * peak))
    axes.ticklabel_format(style="sci", scilimits=(0, 0), axis="y")
    axes.legend(frameon=False, ncols=2)
    return figure, (
        f"Warm-up takes {max(1, round(warmup_ratio * total))} of {total} steps; the first has "
        f"{rate[0]:.1e}, the last {rate[-1]:.1e}. The lowest layer gets {decay**depth:.0%} of the head's rate."
    )


# %%
_ = plots.explore(
    draw_schedule,
    total=ipywidgets.IntSlider(value=100, min=10, max=1000, step=10, description="steps"),
    warmup_ratio=ipywidgets.FloatSlider(value=0.1, min=0, max=1, step=0.05, description="warm-up"),
    peak=ipywidgets.FloatLogSlider(value=2e-4, min=-6, max=-2, readout_format=".1e", description="peak"),
    decay=ipywidgets.FloatSlider(value=0.7, min=0.5, max=1, step=0.05, description="layer decay"),
)

# %% [markdown]
"""
The last slider belongs to section 3. Why a warm-up at all? The *optimizer* here is AdamW: it divides each gradient by its own recent size. That
makes the first step a special one.
"""

# %% [markdown] lang="zh"
"""
最后一个滑块属于第 3 节。为什么要预热？这里的*优化器*是 AdamW：每个梯度都要除以它自己近期的大小。因此第一步很特别。
"""

# %% [markdown]
"""
### Exercise 3.2c.A

Two weights, both 0.5. In the first batch the gradient of one is 0.001, that of the other 7. AdamW has the rate 1e-3, no warm-up and
no weight decay. How far does each weight move in the first step? Predict first, then run it: `torch.optim.AdamW` with these two weights. Answer with a
pair of positive numbers; 1 % off is close enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.A

两个权重都是 0.5。在第一批里，一个的梯度是 0.001，另一个是 7。AdamW 的学习率为 1e-3，没有预热，也没有权重衰减。第一步里，两个权重各移动多远？先预测，再运行：把这两个权重交给 `torch.optim.AdamW`。用一对正数作答，误差在 1% 以内即可。
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
weights = torch.nn.Parameter(torch.tensor([0.5, 0.5]))
optimizer = torch.optim.AdamW([weights], lr=1e-3, weight_decay=0.0)
weights.grad = torch.tensor([0.001, 7.0])
optimizer.step()
answer = (0.5 - weights.detach()).tolist()
### END SOLUTION
exercises.check("3.2c.A", answer)

# %% [markdown] tags=["solution"]
"""
Both move by the rate. At the first step the recent size of a gradient is the gradient's own size, so the ratio is +1 or −1, however large it was. Plain SGD would
have moved the weights by rate × gradient, seven thousand times as far in one case as in the other. A division that protects later steps makes the first one
blunt: the smallest, most doubtful gradient counts as much as the clearest.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两个都移动一个学习率。第一步时，“近来的梯度大小”就是这个梯度自己的大小，所以不论梯度多大，比值都是 +1 或 −1。朴素的 SGD 会移动学习率 × 梯度，两者相差七千倍。这个除法保护了后面的步子，却使第一步变得不分轻重：最小、最不可靠的梯度与最明确的一样算数。
"""

# %% [markdown]
"""
So in the first step all weights move by the full rate, in a direction that one batch has chosen and a random head has distorted. The same
training with and without warm-up, at four times this chapter's rate, its first steps averaged over the seeds:
"""

# %% [markdown] lang="zh"
"""
所以第一步里，所有权重都按完整的学习率移动，而方向只由一个批决定，还被随机的分类头扭曲过。下面用本章学习率的四倍，把同一个训练在有预热和没有预热时各跑一遍，对随机种子取平均，看最初几步：
"""

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes()
first_steps = {}
for share, color, mark in ((0.0, plots.VERMILION, "^"), (0.5, plots.BLUE, "o")):
    settings = {"learning_rate": 4 * learning_rate, "warmup_ratio": share}
    losses = [tune(train, 2, seed=s, **settings)[1].step_table()["loss"] for s in seeds]
    first_steps[share] = np.mean(losses, axis=0)[:12]
    label = f"warm-up over {share:.0%} of the steps" if share else "no warm-up"
    axes.plot(range(1, 1 + len(first_steps[share])), first_steps[share], color=color, marker=mark, label=label)
axes.axhline(np.log(len(names)), color=plots.GREY, linestyle="--", label="guessing")
axes.set(xlabel="optimizer step", ylabel="loss [nats/example]")
axes.legend(frameon=False)
highest = {share: loss.max() for share, loss in first_steps.items()}
plots.show(
    figure, alt=f"Highest loss of the first steps: {highest[0.0]:.2f} without warm-up, {highest[0.5]:.2f} with it."
)

# %% [markdown]
"""
Step 1 is the same for both: its loss is measured before anything has moved. From step 2 on, look at which line rises above
guessing. Warm-up makes a training forgiving towards a rate that is somewhat too large. It costs steps at a small
rate, so a tenth is usual, and half, as here, is for showing.
"""

# %% [markdown] lang="zh"
"""
第 1 步两者相同：那时的损失是在任何权重移动之前测的。从第 2 步起，请看哪条线升到瞎猜之上。学习率偏大时，有预热的训练比较宽容。它的代价是有些步数用了很小的学习率，所以通常取十分之一；这里取一半，是为了看得清楚。
"""

# %% [markdown]
"""
## 3 Which layers learn, and how fast

The lower layers hold what is true of language in general, the upper ones what pretraining asked for, the head nothing yet. So
it is plausible that they should not all move alike. There are three tools:

- **layer-wise decay** (`layer_decay`): each layer's rate is a fixed factor of the one above it;
- **freezing** (`models.freeze`): some parts do not move at all: the embeddings or only
  their word vectors, the lower layers, or all but the head;
- **a schedule of freezing**: first the head alone, then everything. It is two calls of `fit`, with `freeze` in between.
"""

# %% [markdown] lang="zh"
"""
## 3 哪些层学习，学得多快

下面的层保存着语言的一般规律，上面的层保存着预训练任务所需要的东西，分类头则还一片空白。因此，让它们以不同的速度移动是有道理的。工具有三种：

- **逐层衰减**（`layer_decay`）：每一层的学习率是上一层的固定倍数；
- **冻结**（`models.freeze`）：某些部分完全不动，可以是全部嵌入或其中的词向量、下面几层，或者除分类头以外的一切；
- **分阶段解冻**：先只训练分类头，再训练全部。做法是调用两次 `fit`，中间调用 `freeze`。
"""


# %%
def head_then_all(part, num_epochs: int, seed: int):
    model, _ = tune(part, 1, seed=seed, frozen="all_but_head", learning_rate=10 * learning_rate)
    return tune(part, max(1, num_epochs - 1), seed=seed, model=model)


ways = {
    "one rate": tune,
    "layer decay": partial(tune, layer_decay=layer_decay),
    "top layer": partial(tune, frozen=f"layers:{depth - 1}" if depth > 1 else "embeddings"),
    "head, then all": head_then_all,
    "word vectors too": partial(tune, frozen="none"),
}


def right(model) -> np.ndarray:
    """1 for each test text that the model gets right, else 0: [N]."""
    said = evaluation.predict(model, test, precision=precision).argmax(1)
    return (said == np.array(test.labels)).astype(float)


# %% tags=["nbval-ignore-output"]
before, moved, correct = dict(start.named_parameters()), {}, {}
for name, way in ways.items():
    correct[name] = []
    for s in seeds:
        model, history = way(train, num_epochs, seed=s)
        correct[name].append(right(model))
    sums = {}  # of the last seed: squares of the change and of the weights, by part
    for key, weights in model.named_parameters():
        old = before[key].detach().cpu()
        squares = np.array([(weights.detach().cpu() - old).square().sum(), old.square().sum()])
        sums[models.part_of(key)] = sums.get(models.part_of(key), 0) + squares
    moved[name] = {part: (change / size) ** 0.5 for part, (change, size) in sums.items() if part != "head"}
moved = pd.DataFrame(moved)
moved.style.format("{:.2%}")

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.6)
for (name, column), (color, mark) in zip(moved.items(), styles, strict=False):
    axes.plot(range(len(moved)), 100 * column, marker=mark, color=color, label=name)
axes.lines[-1].set(linestyle="--")
axes.set_xticks(range(len(moved)), moved.index)
axes.set(xlabel="part, from below", ylabel="change [% of the weights' length]", ylim=(0, 130 * moved.max().max()))
axes.legend(frameon=False, ncols=3, loc="upper center")
lowest_layer = moved.loc["layer 0"] / moved.at["layer 0", "one rate"]
plots.show(
    figure,
    alt="How far each part has moved. Layer 0, relative to training at one rate: "
    + ", ".join(f"{name} {share:.0%}" for name, share in lowest_layer.items()) + ".",
)  # fmt: skip
furthest = moved["one rate"].idxmax()
guess_moved.settle({"embeddings": 0, "pooler": 2}.get(furthest, 1))
layers = moved.filter(like="layer ", axis=0)
print(f"one rate: at most {layers['one rate'].max():.1%} in a layer, {moved['one rate'].max():.1%} in the {furthest}")

# %% [markdown]
"""
This picture shows the mechanism. Frozen parts stand at zero. With layer-wise decay the change shrinks from above to
below. The pooler, right below the head and with its full rate, is where the new task is written first; what pretraining has put into the layers
below is bent, not replaced.
"""

# %% [markdown] lang="zh"
"""
这张图说明了机制。冻结的部分停在零。逐层衰减时，变化从上到下逐渐变小。池化层紧挨着分类头，用的是完整的学习率，新任务最先写在这里；下面各层里预训练留下的东西只是略微弯折，没有被换掉。
"""

# %% [markdown]
"""
### Exercise 3.2c.B

A colleague has written layer-wise rates by hand. In their trainings the embeddings move most, and the models end up guessing. Mend the
function. It takes the head's rate `peak`, the factor `decay` and the number of layers `depth`, and returns one rate for each part, from below: embeddings, the
layers, head; `depth + 2` numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.B

一位同事手写了逐层学习率。在他的训练里，嵌入动得最多，模型最后只会瞎猜。请改好这个函数。参数是分类头的学习率 `peak`、系数 `decay` 和层数 `depth`；从下往上给每个部分返回一个学习率：嵌入、各层、分类头，共 `depth + 2` 个数。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=2 minutes=5
def layer_rates(peak: float, decay: float, depth: int) -> list[float]:
    return [peak * decay**part for part in range(depth + 2)]


### BEGIN SOLUTION
def answer(peak, decay, depth):
    return [peak * decay ** (depth + 1 - part) for part in range(depth + 2)]


### END SOLUTION
exercises.check("3.2c.B", answer)

# %% [markdown] tags=["solution"]
"""
The exponent counts the steps down from the head, and the list begins at the other end. So the embeddings got the full rate and the head the smallest: what pretraining
knows was overwritten, and the one part that knew nothing hardly learned. Such a mistake raises no error. A table of how far each part has moved, as above, shows it at once.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
指数数的是从分类头往下的步数，而列表从另一端开始。于是嵌入得到了全部学习率，分类头得到最小的：预训练学会的东西被覆盖了，唯一什么都不会的部分却几乎没学。这种错误不报错；像上面那样列出每个部分移动了多远，一眼就能看出来。
"""

# %% [markdown]
"""
### Does it pay?

How the ways differ from training at one rate, on the same test texts, with the chance of the seeds in the interval:
"""

# %% [markdown] lang="zh"
"""
### 划算吗？

各种做法与统一学习率之间、在同一批测试文本上的差别，区间里也算进了随机种子带来的波动：
"""

# %% tags=["nbval-ignore-output"]
correct = {name: np.stack(by_seed) for name, by_seed in correct.items()}  # [S, N] each
gaps = {name: evaluation.difference(by_seed, correct["one rate"]) for name, by_seed in correct.items()}
pd.DataFrame(
    {
        "test accuracy": {name: f"{by_seed.mean():.1%}" for name, by_seed in correct.items()},
        "lowest and highest seed": {
            name: f"{by_seed.mean(1).min():.1%}, {by_seed.mean(1).max():.1%}" for name, by_seed in correct.items()
        },
        "against one rate": {name: f"{gap:+.1%}" for name, gap in gaps.items() if name != "one rate"},
    }
).fillna("–").loc[list(ways)]

# %% [markdown]
"""
Read the intervals first. With so few texts and seeds they are wide, and most of these ways cannot be told apart: that is the
normal state of affairs, and the reason why advice on layer-wise rates differs from blog to blog. Where one does lie clear of
zero, ask whether it trained more or better: a way that freezes much would have needed more steps or a larger rate.
"""

# %% [markdown] lang="zh"
"""
请先看区间。文本和种子这么少，区间很宽，多数做法分不出高下。这是常态，也是各家博客对逐层学习率说法不一的原因。如果有哪一种明显离开了零，要问一句：它是训练得更多，还是训练得更好？冻结很多参数的做法，本来需要更多的步数或更大的学习率。
"""

# %% [markdown]
"""
## 4 Regularisation

From here on there are only a few labelled texts, the same number of each class, and many passes over them. A model with millions of
parameters learns them by heart, and the loss goes on driving its logits apart. Three remedies, each alone, each set stronger than usual so that it shows:

- **dropout** hides a random share of the hidden values in each step;
- **weight decay** pulls every matrix towards zero in each step;
- **label smoothing** asks for less than certainty: a share of the target is spread over all classes, the right one included. With 0.2 and four
  classes that is 0.85 for the right class and 0.05 for each other.
"""

# %% [markdown] lang="zh"
"""
## 4 正则化

从这里起，有标签的文本只有几十条，各类一样多，要反复训练很多遍。一个有几百万参数的模型会把它们背下来，损失还会不停地把各个 logit 拉开。下面三种办法各自单独使用，力度都比平时大，好看出效果：

- **dropout**：每一步随机隐去一部分隐藏值；
- **权重衰减**：每一步把所有矩阵往零拉一点；
- **标签平滑**：不再要求百分之百的把握，目标里拿出一部分，平分给所有类别，正确的那个也有份。取 0.2、四个类别时，正确类别要求 0.85，其余各要求 0.05。
"""

# %% [markdown]
"""
### Exercise 3.2c.C

Write the loss with label smoothing: a function of `logits` [N, C] and `labels` [N], torch tensors, and `smoothing`, a number; it returns the mean
cross-entropy over the texts, in nats. It has to let gradients through.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.C

写出带标签平滑的损失函数：`logits` [N, C] 和 `labels` [N] 是 torch 张量，`smoothing` 是一个数；返回对文本取平均的交叉熵，单位为奈特。梯度要能传过去。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
def answer(logits, labels, smoothing):
    log_p = logits.log_softmax(-1)
    right_class = log_p.gather(1, labels[:, None])[:, 0]
    return -((1 - smoothing) * right_class + smoothing * log_p.mean(-1)).mean()


### END SOLUTION
exercises.check("3.2c.C", answer)

# %% [markdown] tags=["solution"]
"""
The target is a mixture: with 1 − smoothing the right class, with smoothing all classes alike. The cross-entropy is linear in the target, so it is the same mixture of two
losses: the usual one, and the mean of −log p over all classes. The second grows without limit when any class is given nearly no probability, which is what holds the
model back from certainty. `torch.nn.functional.cross_entropy(…, label_smoothing=…)` computes the same.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
目标是一种混合：以 1 − smoothing 取正确的类别，以 smoothing 平均取所有类别。交叉熵对目标是线性的，所以它是两个损失的同样混合：通常的那个，以及 −log p 对所有类别的平均。只要有一个类别的概率几乎为零，第二项就会无限增大，正是它不让模型走向绝对的把握。`torch.nn.functional.cross_entropy(…, label_smoothing=…)` 算的是同一个数。
"""

# %% [markdown]
"""
Now the remedies, one training each:
"""

# %% [markdown] lang="zh"
"""
现在来试这几种办法，每种训练一次：
"""

# %% tags=["nbval-ignore-output"]
remedies = {
    "none": {},
    "dropout 0.3": {"dropout": 0.3},
    "weight decay 10": {"weight_decay": 10.0},
    "label smoothing 0.2": {"label_smoothing": 0.2},
}
plain = {"dropout": 0.0, "weight_decay": 0.0}


def both_losses(model) -> dict[str, float]:
    fitted, new = (evaluation.evaluate(model, part, precision=precision) for part in (few, validation))
    return {"training loss": fitted["loss"], "validation loss": new["loss"], "fit": -fitted["loss"]}


overfitted, by_epoch = {}, {}
for name, change in remedies.items():
    overfitted[name], history = tune(few, long_epochs, validate=both_losses, metric="fit", **{**plain, **change})
    by_epoch[name] = history.epoch_table()

# %% [markdown]
"""
Both losses are measured after each epoch in the same way, without dropout and without smoothing, so that they may be compared. `metric="fit"`
keeps the epoch that fits the training texts best: here we want to see over-fitting, not avoid it.
"""

# %% [markdown] lang="zh"
"""
每轮之后，两种损失都用同样的方式测量，不带 dropout，也不带平滑，因此可以互相比较。`metric="fit"` 保留的是最贴合训练文本的那一轮：这里要的是看见过拟合，不是避免它。
"""

# %% tags=["nbval-ignore-output"]
figure, panels = plots.new_axes(2, width=8.4, height=3.8)
for axes, column in zip(panels, ("training loss", "validation loss"), strict=True):
    for (name, table), (color, mark) in zip(by_epoch.items(), styles, strict=False):
        axes.plot(table.index, table[column], color=color, marker=mark, markersize=5, label=name)
        if column == "validation loss":
            lowest = table[column].idxmin()
            axes.plot(lowest, table[column][lowest], "o", color=color, markersize=13, fillstyle="none")
    axes.set(xlabel="epoch", ylabel=f"{column} [nats/example]", ylim=(0, 1.6 * np.log(len(names))))
panels[0].legend(frameon=False, loc="upper right")
gap = {name: table["validation loss"].iloc[-1] - table["training loss"].iloc[-1] for name, table in by_epoch.items()}
plots.show(
    figure,
    alt="Gap between validation and training loss after the last epoch [nats]: "
    + ", ".join(f"{name} {value:.2f}" for name, value in gap.items()) + ". Ring: the lowest validation loss.",
)  # fmt: skip

# %% [markdown]
"""
On the left the loss falls towards zero, on the right it does not. The gap between the two is the part of what was learned
that holds for the training texts alone. A remedy that narrows the gap by raising the training loss is not yet a gain; look
at the validation curve.

A second harm is easy to overlook: a model that was trained this long tends to be **over-confident**. Its mean confidence lies
above its accuracy. The next table asks the test texts.
"""

# %% [markdown] lang="zh"
"""
左图的训练损失一路逼近零，右图的验证损失却没有。两者之差，就是学到的东西里只对训练文本成立的那一部分。有些办法缩小差距，靠的只是抬高训练损失，这还算不上收益；要看的是验证曲线。

还有一种害处容易被忽略：训练得这么久，模型往往变得**过度自信**：平均把握高于实际的准确率。下表用测试文本来检验。
"""

# %% tags=["nbval-ignore-output"]
calibration, reliability = {}, {}
for name, model in overfitted.items():
    shares = evaluation.probabilities(evaluation.predict(model, test, precision=precision))
    calibration[name] = {
        "confidence": shares.max(1).mean(),
        "accuracy": (shares.argmax(1) == test.labels).mean(),
        "calibration error": evaluation.expected_calibration_error(test.labels, shares),
    }
    reliability[name] = evaluation.reliability(test.labels, shares, bins=5)
calibration = pd.DataFrame(calibration).T
calibration.style.format("{:.1%}")

# %% tags=["nbval-ignore-output"]
chosen = {name: reliability[name] for name in ("none", "dropout 0.3", "label smoothing 0.2")}
error = calibration["calibration error"]
plots.show(
    plots.plot_reliability(chosen),
    alt="Accuracy by confidence in five bins. Mean distance to the diagonal: "
    + ", ".join(f"{name} {error[name]:.1%}" for name in chosen) + ".",
)  # fmt: skip

# %% [markdown]
"""
Below the diagonal a model promises more than it holds; above it, it is too modest. Label smoothing lowers confidence whether or not that is
deserved, and can overshoot to the other side. A temperature that is fitted on validation texts (chapter 3.2f) is the more
exact tool, and it changes no answer.

Weight decay did little, and arithmetic says why: AdamW multiplies each matrix by 1 − rate × decay in every step. In a short
fine-tuning the sum of the rates is small.
"""

# %% [markdown] lang="zh"
"""
在对角线下方，模型许诺的多于它做到的；在上方，它过于谦虚。标签平滑不管该不该，一律压低把握，也可能矫枉过正。更准确的工具是在验证文本上拟合的温度（见第 3.2f 章），而且它不改变任何答案。

权重衰减几乎没有作用，算一下就明白：AdamW 每一步把矩阵乘以 1 − 学习率 × 衰减系数，而在一次短短的微调中，学习率的总和很小。
"""

# %% [markdown]
"""
## 5 Early stopping

If the validation loss turns while the training loss falls, the best model lies in the middle of the training. `fit` does two things about it.
It **keeps the best epoch**: its weights are in the model at the end, whatever happened later. With `patience=2` it also **stops** once two
epochs in a row have brought nothing better. The figure replays the trainings of section 4; move the patience.
"""

# %% [markdown] lang="zh"
"""
## 5 早停

如果训练损失还在下降，验证损失却已回头，最好的模型就在训练的中途。`fit` 为此做两件事。它**保留最好的一轮**：不管后来发生什么，结束时模型里是那一轮的权重。设了 `patience=2`，连续两轮没有更好时，它还会**停止训练**。下图重放第 4 节的几次训练；请拖动耐心值（patience）。
"""


# %%
def stop(scores: list[float], patience: int) -> tuple[int, int]:
    """The epoch after which training ends, and the epoch that is kept; a larger score is better."""
    best = 0
    for epoch, score in enumerate(scores, start=1):
        if not best or score > scores[best - 1]:
            best = epoch
        elif epoch - best >= patience:
            break
    return epoch, best


assert stop([0.6, 0.7, 0.7, 0.69], 2) == (4, 2)


# %% tags=["nbval-ignore-output"]
def replay(remedy: str, patience: int):
    table = by_epoch[remedy]
    end, best = stop((-table["validation loss"]).tolist(), patience)
    figure, (axes,) = plots.new_axes()
    for column, color, mark in (("training loss", plots.BLUE, "o"), ("validation loss", plots.VERMILION, "^")):
        axes.plot(table.index[:end], table[column][:end], color=color, marker=mark, label=column)
        axes.plot(table.index[end - 1 :], table[column][end - 1 :], color=color, linestyle=":")
    axes.axvline(best, color=plots.GREEN, label=f"kept: epoch {best}")
    axes.axvspan(end, table.index[-1], color=plots.GREY, alpha=0.15, label="not run")
    axes.set(xlabel="epoch", ylabel="loss [nats/example]", ylim=(0, None))
    axes.legend(frameon=False)
    kept = table["validation loss"][best]
    return figure, f"Ends after epoch {end} of {len(table)}, keeps epoch {best} with a validation loss of {kept:.2f}."


remedy = ipywidgets.Dropdown(options=list(by_epoch), description="remedy")
_ = plots.explore(replay, remedy=remedy, patience=ipywidgets.IntSlider(value=2, min=1, max=6, description="patience"))

# %% [markdown]
"""
The replay must agree with the real thing. `fit` takes larger for better, so a loss is handed to it with a minus.
"""

# %% [markdown] lang="zh"
"""
重放必须与真实的训练一致。`fit` 认为数值越大越好，所以交给它的损失要带负号。
"""


# %% tags=["nbval-ignore-output"]
def minus_loss(model) -> dict[str, float]:
    return {"minus_loss": -evaluation.evaluate(model, validation, precision=precision)["loss"]}


_, stopped = tune(few, long_epochs, validate=minus_loss, metric="minus_loss", patience=2, **plain)
end, best = stop((-by_epoch["none"]["validation loss"]).tolist(), 2)
print(f"fit ended after epoch {len(stopped.epochs)} and kept {stopped.best_epoch}; the replay says {end} and {best}")
print(f"steps saved: {1 - len(stopped.epochs) / long_epochs:.0%}")
assert np.allclose(
    stopped.epoch_table()["minus_loss"], -by_epoch["none"]["validation loss"][: len(stopped.epochs)], atol=1e-3
)

# %% [markdown]
"""
Epoch by epoch both trainings are the same, because `patience` does not enter the schedule of the rate: that is planned for all epochs. So a training that is
stopped early has spent its time at high rates and never reached the quiet end. If stopping early is the rule, plan fewer epochs.
A validation set of a few dozen texts makes the turning point itself a matter of luck.
"""

# %% [markdown] lang="zh"
"""
两次训练每一轮都相同，因为 `patience` 不影响学习率的安排：那是按全部轮数规划好的。所以早停的训练把时间都花在了高学习率上，没有走到平静的尾声。如果经常早停，就该少规划几轮。另外，验证集只有几十条文本时，拐点本身也带着运气。
"""

# %% [markdown]
"""
## 6 Few labels, many seeds

Fine-tune twice on the same few labels with another seed, and the result can differ by ten points. Mosbach and colleagues found that
the failed runs of large models never left the start, their gradients vanishing; they recommend small rates with warm-up and many more
epochs. Zhang and colleagues name three causes, with a remedy for each: an optimizer without Adam's correction of the first
steps, so use the correction (`fit` does); top layers that suit the pretraining too well, so give the pooler and a few of them fresh random
weights; and too few steps, so train longer than the usual three epochs.

We try the remedy that both papers share. Another draw of 32 texts is luck as well, often more than the seed. So each seed draws
texts of its own, equally many of each class; both recipes get the same texts and seeds:

- **short**: 3 epochs, twice this chapter's rate, no warm-up;
- **long**: `long_epochs` epochs, this chapter's rate, warm-up over a tenth of the steps.
"""

# %% [markdown] lang="zh"
"""
## 6 标签少，种子多

用同样的几十条标注样本微调两次，只换一个种子，结果可以差十个百分点。Mosbach 等人发现，大模型训练失败时根本没有离开起点，因为梯度消失了；他们建议用小学习率加预热，轮数多得多。Zhang 等人指出三个原因，各有对策：优化器漏掉了 Adam 对最初几步的偏差修正，那就补上（`fit` 有这一项）；顶上几层过于迁就预训练任务，那就把池化层和顶上几层重新随机初始化；步数太少，那就不要停在惯用的三轮，多训练一些。

这里试两篇论文共有的那一条。32 条文本换一批，也是运气，影响往往比种子还大。所以每个种子各抽各的文本，各类一样多；两种配方用同样的文本、同样的种子：

- **短**：3 轮，学习率是本章的两倍，没有预热；
- **长**：`long_epochs` 轮，本章的学习率，用十分之一的步数预热。
"""


# %% tags=["nbval-ignore-output"]
def draw_few(seed: int) -> data.TokenizedText:
    """As many labelled texts as before, equally many of each class, drawn anew."""
    some = by_class.sample(len(few) // len(names), random_state=seed)
    return data.tokenize(tokenizer, some["text"], some["label"], max_length)


draws = [draw_few(s) for s in range(few_seeds)]
recipes = {
    "short": {"num_epochs": 3, "learning_rate": 2 * learning_rate, "warmup_ratio": 0.0},
    "long": {"num_epochs": long_epochs, "warmup_ratio": 0.1},
}
of_recipe = {}
for name, recipe in recipes.items():
    of_recipe[name] = np.stack([right(tune(part, seed=s, **recipe)[0]) for s, part in enumerate(draws)])  # [S, N]
accuracy = pd.DataFrame({name: by_text.mean(1) for name, by_text in of_recipe.items()})
spread = accuracy.std(ddof=1)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(height=2.8)
guess_few.shade(axes, along="x")
if guess_few.value:
    axes.legend(frameon=False, loc="upper left")
for place, (name, color, mark) in enumerate((("short", plots.VERMILION, "^"), ("long", plots.BLUE, "o"))):
    axes.plot(100 * accuracy[name], np.full(few_seeds, place), mark, color=color, alpha=0.7)
    axes.plot(100 * accuracy[name].mean(), place, "|", color=color, markersize=28)
axes.set_yticks([0, 1], list(recipes))
axes.set(xlabel="test accuracy [%], one mark per seed; line: their mean", ylim=(-0.5, 1.5))
plots.show(
    figure,
    alt=f"{few_seeds} seeds each: short {accuracy['short'].mean():.1%} with a standard deviation of {spread['short']:.1%}, "
    f"long {accuracy['long'].mean():.1%} with {spread['long']:.1%}.",
)
guess_few.settle(100 * accuracy["long"].mean())
guess_spread.settle(100 * (accuracy["long"].max() - accuracy["long"].min()))

# %% tags=["nbval-ignore-output"]
remedy_gain = evaluation.difference(of_recipe["long"], of_recipe["short"])
print(f"long against short, mean over seeds: {remedy_gain:+.1%}")
print(f"share of texts whose answer is right with some seeds only: {np.mean(of_recipe['long'].std(0) > 0):.0%} (long)")
pd.DataFrame(
    {"mean": accuracy.mean(), "standard deviation": spread, "worst": accuracy.min(), "best": accuracy.max()}
).style.format("{:.1%}")

# %% [markdown]
"""
Compare the spreads with the differences that papers and blogs report: whoever tries several seeds and shows the best one has shown
the spread. A standard deviation from so few seeds is itself rough; a run with more (`-p few_seeds=20`) settles it. If you
need one model and not a study, train several, and let them vote (chapter 3.2e).

### Is it worth it at all?

The document claims that fine-tuning improves the model on the task. Before it, the head is random and the model guesses; to beat that is no
feat. The stricter opponent does not fine-tune: the same model, frozen, and a logistic regression on what its head sees, from the same
few labels, draw by draw. Its regularisation is chosen on the validation texts, an advantage that the fine-tuned model does not get. Against
it we judge, over all seeds, each with its own texts: an interval over one fixed draw would speak of these 32 texts only.
"""

# %% [markdown] lang="zh"
"""
请把这样的波动与论文、博客里报告的差别比一比：谁试了几个种子只展示最好的，展示的就是波动。用这么几个种子算出的标准差本身也很粗；多跑一些（`-p few_seeds=20`）才有定论。如果你要的是一个模型而不是一项研究，就训练几个，让它们投票（见第 3.2e 章）。

### 微调到底值不值？

原文说，微调能提升模型在任务上的效果。微调之前，分类头是随机的，模型在瞎猜；胜过瞎猜不算本事。更严格的对手是不做微调：同一个模型，冻结不动，每次抽样都只用同样的几十条标注样本，在分类头看到的向量上做逻辑回归。它的正则化强度在验证文本上选定，这个便利微调模型并没有。下面用全部种子与它比较，每个种子有自己的文本：如果只用固定的一批，区间说的就只是那 32 条。
"""

# %% tags=["nbval-ignore-output"]
eye = copy.deepcopy(start)
eye.classifier = torch.nn.Identity()  # its "logits" are now what the head would see: [N, H]
seen_check, seen_test = (evaluation.predict(eye, part, precision=precision) for part in (validation, test))
frozen = []
for part in draws:
    seen = evaluation.predict(eye, part, precision=precision)
    strengths = [make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000)) for c in (0.001, 0.01, 0.1, 1)]
    fitted = [one.fit(seen, part.labels) for one in strengths]
    probe = max(fitted, key=lambda one: one.score(seen_check, validation.labels))
    frozen.append((probe.predict(seen_test) == np.array(test.labels)).astype(float))
frozen = np.stack(frozen)  # [S, N]
untouched = np.stack([right(fresh(s)) for s in range(few_seeds)])
tuned = of_recipe["long"]
gain = evaluation.difference(tuned, frozen)
from_nothing = evaluation.difference(tuned, untouched)
claims.record(
    "3.2-fine-tuning",
    reference=f"the same model frozen, with logistic regression on the same {len(few)} labels: {frozen.mean():.1%}",
    measured=f"{gain:+.1%} over {few_seeds} seeds, each with its own draw of texts; against the model before any training {from_nothing:+.1%}",
    holds=evaluation.verdict(gain, seeds=few_seeds),
)

# %% tags=["nbval-ignore-output"]
measured = {f"gap_{name}": gap for name, gap in gaps.items() if name != "one rate"}
measured |= {f"accuracy_{name}": evaluation.mean_interval(by_seed) for name, by_seed in correct.items()}
measured |= {f"few_{name}": evaluation.mean_interval(by_text) for name, by_text in of_recipe.items()}
measured |= {f"few_{name}_std": value for name, value in spread.items()}
measured |= {f"calibration_error_{name}": value for name, value in error.items()}
claims.report(
    **{name.replace(",", "").replace(" ", "_"): value for name, value in measured.items()},
    few_long_gain=remedy_gain,
    frozen=evaluation.mean_interval(frozen),
    gain_over_frozen=gain,
    gain_over_untouched=from_nothing,
)

# %% [markdown]
"""
## 7 Stopped in the middle

A laptop goes to sleep, a queue takes its machine back, a disk fills up. With `checkpoint=`, `fit` writes the weights, the optimizer's two
moments and the history into one file, every few steps and after each epoch. Called again with the same arguments, it finds the file and goes on.

The test must be hard: a training that is really broken off in the middle of an epoch, resumed, and compared with one that was left alone. Not to
three digits but exactly, loss by loss and weight by weight. For that, arithmetic is fp32 and dropout is on.
"""

# %% [markdown] lang="zh"
"""
## 7 中途停下

笔记本电脑休眠了，排队系统收回了机器，磁盘满了。给出 `checkpoint=`，`fit` 就会每隔几步、以及每轮之后，把权重、优化器的两个动量和历史写进一个文件。用同样的参数再调用一次，它找到文件，接着训练。

检验必须严格：让一次训练真的在一轮的中间断掉，再恢复，与一次没有受打扰的训练比较。不是比到三位小数，而是完全相等，每一步的损失、每一个权重都要一样。为此用 fp32 运算，dropout 照开。
"""


# %%
def failing(data: data.TokenizedText, batches: int) -> data.TokenizedText:
    """The same texts, but after so many batches the power is gone."""
    broken, count = copy.copy(data), itertools.count(1)

    def collate(rows):
        if next(count) > batches:
            raise OSError("the power is gone")
        return data.collate(rows)

    broken.collate = collate
    return broken


small = {"num_epochs": 2, "precision": "fp32", "batch_size": max(1, len(few) // 5)}

# %% tags=["nbval-ignore-output"]
whole_model, whole = tune(few, **small)
folder = tempfile.TemporaryDirectory()
saved = {"checkpoint": Path(folder.name, "training.safetensors"), "checkpoint_steps": 4}
try:
    tune(failing(few, batches=10), **small, **saved)
except OSError as error:
    print("broken off in epoch 2:", error)
with safe_open(saved["checkpoint"], framework="pt") as file:
    kept = json.loads(file.metadata()["state"])["history"]["steps"]
print(
    f"in the checkpoint: {len(kept)} of {len(whole.steps)} steps, {saved['checkpoint'].stat().st_size / 2**20:.0f} MiB"
)

# %% tags=["nbval-ignore-output"]
resumed_model, resumed = tune(few, **small, **saved)
assert resumed.steps == whole.steps  # exactly: no tolerance
pairs = zip(whole_model.parameters(), resumed_model.parameters(), strict=True)
same = [torch.equal(one, other) for one, other in pairs]
assert all(same)
print(f"{len(resumed.steps)} losses and {len(same)} tensors of weights: all equal, bit by bit")
print("the checkpoint is", "still there" if saved["checkpoint"].exists() else "removed")

# %% [markdown]
"""
The same in one picture: the marks of the broken training lie on the line of the undisturbed one.
"""

# %% [markdown] lang="zh"
"""
画在一张图里：断过的那次训练，每个标记都落在未受打扰的那条线上。
"""

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes()
columns = {"undisturbed": whole.step_table(), "before the cut": pd.DataFrame(kept)}
columns["after it"] = resumed.step_table()[len(kept) :]
for (name, table), (color, mark, size) in zip(
    columns.items(), ((plots.GREY, "-", 9), (plots.VERMILION, "^", 8), (plots.BLUE, "o", 6)), strict=True
):
    axes.plot(table["step"], table["loss"], mark, color=color, markersize=size, linewidth=4, alpha=0.8, label=name)
axes.axvline(len(kept) + 0.5, color=plots.ORANGE, linestyle="--", label="the checkpoint")
axes.set(xlabel="optimizer step", ylabel="loss [nats/example]")
axes.legend(frameon=False)
plots.show(
    figure,
    alt=f"The losses of both trainings lie on each other at all {len(whole.steps)} steps; the checkpoint is of step {len(kept)}.",
)
folder.cleanup()

# %% [markdown]
"""
What makes this exact: the order of the texts and dropout's draws depend on seed and step number alone, so nothing
random has to be saved; and the file is written beside its place and then moved, so a cut during writing leaves the old one. Steps after the
last checkpoint are computed again, and come out the same. On other settings, data or model, `fit` refuses the file.
"""

# %% [markdown] lang="zh"
"""
做到完全相等靠的是两点。其一，文本的次序和 dropout 的抽取只取决于种子和步数，所以没有什么随机状态需要保存。其二，文件先写在旁边，再移到位，写到一半断电，留下的还是旧文件。最后一个检查点之后的步会重算一遍，结果相同。如果设置、数据或模型变了，`fit` 会拒绝这个文件。
"""

# %% [markdown]
"""
## Exercises
"""

# %% [markdown] lang="zh"
"""
## 练习
"""

# %% [markdown]
"""
### Exercise 3.2c.1

A training has 200 steps, a peak of 2e-4 and a `warmup_ratio` of 0.1. What is the learning rate at step 110? 1 % off is close
enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.1

一次训练有 200 步，峰值 2e-4，`warmup_ratio` 为 0.1。第 110 步的学习率是多少？误差在 1% 以内即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = schedule(110, 200, 2e-4, 0.1)
### END SOLUTION
exercises.check("3.2c.1", answer)

# %% [markdown] tags=["solution"]
"""
The warm-up takes a tenth, 20 steps; 180 follow, and at step 110 there are 91 of them left with this one, counted as `fit` counts (the last step still has 1/180 of the peak). 91/180 of
2e-4 is 1.01e-4; by the line's middle, 90/180, it is 1.00e-4. Whoever lets the line fall from step 0 gets nine tenths of that.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
预热占十分之一，20 步；后面还有 180 步，按 `fit` 的算法，到第 110 步连这一步还剩 91 步（最后一步仍有峰值的 1/180）。2e-4 的 91/180 是 1.01e-4；按直线的中点算，90/180，是 1.00e-4。如果让直线从第 0 步就下降，得到的是它的十分之九。
"""

# %% [markdown]
"""
### Exercise 3.2c.2

A BERT has 6 layers; `layer_decay` is 0.8. By which factor is the rate of the **embeddings** smaller than that of the head? Give the
factor that the rate is multiplied by, to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.2

一个 BERT 有 6 层，`layer_decay` 为 0.8。**嵌入**的学习率是分类头的多少倍？请写出相乘的那个系数，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 0.8**7
### END SOLUTION
exercises.check("3.2c.2", answer)

# %% [markdown] tags=["solution"]
"""
From the head down: six layers, then the embeddings, which makes seven steps and 0.8⁷. The embeddings learn at about a fifth of the head's rate; with a decay of 0.7 it would be a twelfth.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
从分类头往下：六层，然后是嵌入，一共七步，0.8⁷。嵌入的学习率约为分类头的五分之一；系数为 0.7 时就是十二分之一。
"""

# %% [markdown]
"""
### Exercise 3.2c.3

1,000 steps at a mean rate of 1e-4, `weight_decay` 0.01. By which share does decay alone shrink a weight in all? Answer with
a share, such as 0.01 for one per cent; 1 % off is close enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.3

1,000 步，平均学习率 1e-4，`weight_decay` 为 0.01。单靠衰减，一个权重总共缩小百分之几？请写成小数，例如 1% 写 0.01；误差在 1% 以内即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = 1 - (1 - 1e-4 * 0.01) ** 1000
### END SOLUTION
exercises.check("3.2c.3", answer)

# %% [markdown] tags=["solution"]
"""
Each step multiplies by 1 − 1e-4 × 0.01 = 1 − 1e-6; a thousand of them leave 0.999. A thousandth: over a whole fine-tuning the usual decay hardly does anything. In pretraining, with hundreds of
thousands of steps, the same factor is a strong one.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每步乘以 1 − 1e-4 × 0.01 = 1 − 1e-6；一千步之后剩 0.999。千分之一：在一整次微调里，通常的衰减几乎不起作用。预训练有几十万步，同样的系数就很强了。
"""

# %% [markdown]
"""
### Exercise 3.2c.4

Two classes, `label_smoothing` 0.1. At which **difference of the two logits** is the loss lowest? (Smoothing shares the 0.1 among all
classes, the right one included.) Two decimals are enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.4

两个类别，`label_smoothing` 为 0.1。**两个 logit 之差**为多少时损失最低？（平滑把 0.1 平分给所有类别，包括正确的那个。）保留两位小数即可。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = np.log(0.95 / 0.05)
### END SOLUTION
exercises.check("3.2c.4", answer)

# %% [markdown] tags=["solution"]
"""
The smoothed label asks for 0.95 and 0.05. A cross-entropy is lowest where the prediction equals the target, and softmax gives two probabilities whose ratio is the exponential of the difference
of the logits: log 19. Without smoothing there is no lowest point; the difference would grow for as long as one trains.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
平滑后的标签要求 0.95 和 0.05。预测等于目标时交叉熵最低，而 softmax 给出的两个概率之比，是 logit 之差的指数：log 19。没有平滑就没有最低点，只要继续训练，差值就会一直增大。
"""

# %% [markdown]
"""
### Exercise 3.2c.5

Validation accuracy after each epoch: 0.70, 0.74, 0.73, 0.76, 0.75, 0.76, 0.74, 0.79. With `patience=2`: after which epoch does training
end, and which epoch is kept? Answer with a pair.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.5

各轮之后的验证准确率：0.70、0.74、0.73、0.76、0.75、0.76、0.74、0.79。`patience=2` 时，训练在第几轮之后结束？保留的是第几轮？请用一对数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = stop([0.70, 0.74, 0.73, 0.76, 0.75, 0.76, 0.74, 0.79], 2)
### END SOLUTION
exercises.check("3.2c.5", answer)

# %% [markdown] tags=["solution"]
"""
Epoch 4 is better than all before it. Epoch 5 is not, and epoch 6 only equals it, which is not better: two in a row, so training ends after epoch 6 and keeps epoch 4. Epoch 8 would have been
better still. Patience is a wager that such late gains are rare.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
第 4 轮好于之前的所有轮。第 5 轮不如它，第 6 轮只是与它持平，持平不算更好：连续两轮，所以第 6 轮后结束，保留第 4 轮。第 8 轮本来会更好。耐心是一种赌注，赌的是这样迟来的进步不多见。
"""

# %% [markdown]
"""
### Exercise 3.2c.6

Somebody sees the explosion at the largest of the three rates, lowers the rate and trains on. Does that bring the model back? Give a copy of the ruined model, `copy.deepcopy(ruined)`, to `tune` as
`model` and train it on `train` for `num_epochs` more epochs at this chapter's rate. Then read its loss curve beside the one of the fresh model in section 1.
Answer with a pair: the history, and the mean loss of its last four steps to two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.2c.6

有人看到三个学习率中最大的那个把损失炸上了天，就调低学习率接着训练。这样模型能回来吗？把毁掉的模型复制一份，`copy.deepcopy(ruined)`，作为 `model` 交给 `tune`，在 `train` 上用本章的学习率再训练 `num_epochs` 轮。然后把它的损失曲线与第 1 节里全新模型的那条对照着看。用一对值作答：history，以及最后四步损失的平均值，保留两位小数。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=8
ruined, ruin = by_rate[rates[-1]]
### BEGIN SOLUTION
_, history = tune(train, num_epochs, model=copy.deepcopy(ruined))
answer = history, history.step_table()["loss"].tail(4).mean()
### END SOLUTION
undisturbed = by_rate[learning_rate][1].step_table()["loss"].tolist()
exercises.check(
    "3.2c.6", answer, ruined=ruin.step_table()["loss"], undisturbed=undisturbed, learning_rate=learning_rate
)

# %% [markdown] tags=["solution"]
"""
It does not come back. The curve stays about log C, the level of guessing, where the fresh model had fallen far below it after as many steps. The large steps have overwritten what pretraining had
put into the weights; what is left is a random network, and to train one takes far more texts than these. So after an explosion the remedy is not a lower rate from there on, but a lower rate from the
pretrained weights on.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
回不来了。曲线停在 log C 附近，即瞎猜的水平；而新模型走了同样多的步，早已远低于它。过大的步子已经覆盖了预训练写进权重的东西，剩下的是一个随机网络，训练它所需的文本远不止这些。所以训练发散之后，补救的办法不是从那里起降低学习率，而是从预训练权重重新开始，用较低的学习率。
"""

# %% [markdown]
"""
## Recap

- The learning rate decides first. Too small looks like guessing, too large ends in guessing; a range test finds the order of magnitude in seconds.
- Warm-up protects the first steps, in which Adam moves every weight by the full rate.
- Layer-wise rates and freezing decide how far each layer moves. Whether that pays has to be measured, with intervals.
- With few labels a model learns by heart and becomes over-confident. Judge remedies on validation texts and by calibration.
- With few labels a single seed says little. Train longer and more gently, over several seeds.
- A checkpoint that is worth its name resumes to exactly the same losses.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 最先起决定作用的是学习率。太小，看上去像瞎猜；太大，最后变成瞎猜。范围测试几秒钟就能找到数量级。
- 预热保护最初几步：那时 Adam 让每个权重都按完整的学习率移动。
- 逐层学习率和冻结决定每一层移动多远。划不划算，要测，而且要带区间。
- 标签很少时，模型会死记硬背，并变得过度自信。各种办法的好坏，要看验证文本和校准。
- 标签很少时，单个种子说明不了什么。训练得久一些、温和一些，并用几个种子。
- 名副其实的检查点，恢复后得到的损失完全相同。

## 自测
"""

# %%
quizzes.ask("3.2c")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Devlin, Chang, Lee, Toutanova 2019: *BERT*, arXiv 1810.04805: rates, epochs and warm-up for fine-tuning.
- Smith 2017: *Cyclical learning rates for training neural networks*, arXiv 1506.01186: the range test.
- Goyal et al. 2017: *Accurate, large minibatch SGD*, arXiv 1706.02677: gradual warm-up.
- Howard, Ruder 2018: *Universal language model fine-tuning*, arXiv 1801.06146: layer-wise rates, gradual unfreezing.
- Loshchilov, Hutter 2019: *Decoupled weight decay regularization*, arXiv 1711.05101.
- Szegedy et al. 2016: *Rethinking the Inception architecture*, arXiv 1512.00567: label smoothing.
- Guo, Pleiss, Sun, Weinberger 2017: *On calibration of modern neural networks*, arXiv 1706.04599.
- Prechelt 1998: *Early stopping – but when?*, in *Neural Networks: Tricks of the Trade*.
- Mosbach, Andriushchenko, Klakow 2021: *On the stability of fine-tuning BERT*, arXiv 2006.04884.
- Zhang, Wu, Katiyar, Weinberger, Artzi 2021: *Revisiting few-sample BERT fine-tuning*, arXiv 2006.05987.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Devlin, Chang, Lee, Toutanova 2019：*BERT*，arXiv 1810.04805。微调的学习率、轮数和预热。
- Smith 2017：*Cyclical learning rates for training neural networks*，arXiv 1506.01186。学习率范围测试。
- Goyal et al. 2017：*Accurate, large minibatch SGD*，arXiv 1706.02677。渐进预热。
- Howard, Ruder 2018：*Universal language model fine-tuning*，arXiv 1801.06146。逐层学习率、逐步解冻。
- Loshchilov, Hutter 2019：*Decoupled weight decay regularization*，arXiv 1711.05101。
- Szegedy et al. 2016：*Rethinking the Inception architecture*，arXiv 1512.00567。标签平滑。
- Guo, Pleiss, Sun, Weinberger 2017：*On calibration of modern neural networks*，arXiv 1706.04599。
- Prechelt 1998：*Early stopping – but when?*，收入 *Neural Networks: Tricks of the Trade*。
- Mosbach, Andriushchenko, Klakow 2021：*On the stability of fine-tuning BERT*，arXiv 2006.04884。
- Zhang, Wu, Katiyar, Weinberger, Artzi 2021：*Revisiting few-sample BERT fine-tuning*，arXiv 2006.05987。
"""

# %% [markdown]
"""
## Next

All layers and more texts: `talentlab run 03_2c --preset laptop`; sentiment: `-p label_column=label`. The settings that you turned by hand here are searched by
machine in the next step: [Step 4: tuning](03_2d_tuning.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 下一步

用全部的层和更多文本：`talentlab run 03_2c --preset laptop`；改做情感分析：`-p label_column=label`。这里用手调的设置，下一步交给机器搜索：[超参数调优](03_2d_tuning.ipynb)。
"""
