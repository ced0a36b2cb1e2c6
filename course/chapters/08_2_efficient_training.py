# %% [markdown]
"""
# 8.2 · Efficient training

*高效模型训练*

The document says that training takes much time, and that better algorithms will shorten it. In this chapter you count what a training costs, make it
cheaper in a dozen ways, and hold each of them against the plainest way to save: to train less.

**You will be able to**

- count the FLOPs of a training from its batches, and name the five factors in them,
- leave out padding, frozen layers and products that nobody needs, without changing a result,
- measure what accumulation, checkpointing, LoRA and bf16 do to memory,
- draw accuracy against cost, and say which way dominates which, with an interval,
- say when a faster training is not worth the work.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** `reviews`, by sector, and a table of recorded trainings
"""

# %% [markdown] lang="zh"
"""
# 8.2 · 高效训练

*高效模型训练*

原文说，训练耗时很长，而更好的算法会把它缩短。本章先数清一次训练要花多少，再用十来种办法把它变便宜，并把每一种都拿去和最朴素的省法相比：少训练一点。

**学完本章，你能够**

- 根据各个批数出一次训练的 FLOP，并说出其中相乘的五个数；
- 去掉填充、冻结层和没人需要的乘积，而结果不变；
- 测出梯度累积、检查点、LoRA 和 bf16 对内存的影响；
- 画出准确率与成本的关系，说出哪种做法胜过哪种，并给出区间；
- 说出什么时候不值得为更快的训练费工夫。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** `reviews`（按行业分类），以及一张训练记录表
"""

# %% tags=["parameters"]
train_texts: int = 256  # labels that each training gets
max_length: int = 32  # longer texts lose their end [tokens]
listing_length: int = 128  # what every text is padded to where one does not look [tokens]
live_ways: list[str] = [
    "two epochs",
    "features, all layers",
    "cached, top layer of six",
]  # trained here, into the record's picture
reference: str = "four epochs"  # the plain training that all others are held against
margin: float = 0.02  # accuracy that one would give away for a shorter training [share]
batch_size: int = 16  # of the step whose memory is counted [sequences]
record_file: str | None = None  # CSV as tests/bench/efficient_training.py writes it; the course's own if None
seed: int = 100  # of what is trained here; the record has 0 to 4

# %% [markdown]
"""
## Five factors

![A training multiplies five numbers: texts, passes over them, positions per text, the weights of the layers, and products per weight, of which there are one to three. Under each stands what makes it smaller: keep only the texts that teach; stop early or begin with short texts; group texts of equal length; freeze layers and compute them once; freeze or use LoRA, so that the product for the weights is not needed.](images/five_factors.svg)

Nearly all the work of a training is multiplying. Whoever wants it shorter makes one of these factors smaller, or multiplies faster. What the picture does not
show is what the model learns meanwhile: that is what has to be measured.
"""

# %% [markdown] lang="zh"
"""
## 五个因数

![一次训练由五个数相乘：文本数、遍数、每条文本的位置数、各层的权重数，以及每个权重要做的乘积，有一到三个。每个数下面是把它变小的办法：只留下有用的文本；早停或先学短文本；把长度相近的文本放在一批；冻结下面的层，只算一次；冻结或用 LoRA，省去权重的那个乘积。](images/five_factors.zh.svg)

训练的工作几乎全是乘法。想缩短训练，要么把其中一个因数变小，要么乘得更快。图里没有的是：模型在此期间学到了多少。这一点必须去测量。
"""

# %%
import time
from functools import partial

import ipywidgets
import numpy as np
import pandas as pd
import torch
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from talentlab import data, evaluation, models, plots, runtime
from talentlab.chapters import efficient_runs as ways
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.models import adapters
from talentlab.training import efficiency

course_data = runtime.repository_root() / "course" / "data"

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("8.2", "before")

# %% [markdown]
"""
And two figures to guess: how much of the work is padding where each text is padded to 128 tokens, as listings do it; and how far the cost of a training can be
cut without losing more than two points.
"""

# %% [markdown] lang="zh"
"""
再猜两个数：如果像常见的代码那样把每条文本都填充到 128 个词元，有多少工作花在填充上；以及在损失不超过两个百分点的前提下，一次训练的成本能降到几分之一。
"""

# %%
guess_padding = guesses.guess("8.2.padding")
guess_factor = guesses.guess("8.2.factor")

# %% [markdown]
"""
## 8.2.1 What takes the time? (8.3)

Seconds depend on the machine and on who else uses it. A *FLOP*, one multiplication or addition, does not: the same training has the same number of them everywhere. So
this chapter counts FLOPs, and looks at seconds at the end.

The rule of thumb: each weight of a layer meets each token in 2 FLOPs on the way forward (multiply, add) and in 4 on the way back, because the way back needs
two products: one for the gradient of the weight, one for the gradient of the layer below. That makes the well-known 6. `FlopCounterMode` of PyTorch counts what is
really multiplied.
"""

# %% [markdown] lang="zh"
"""
## 8.2.1 时间花在哪里？（8.3）

秒数取决于机器，也取决于还有谁在用它。*FLOP*（一次乘法或加法）则不然：同一次训练在哪里都是同样多。所以本章数 FLOP，最后才看秒数。

经验法则是：每个权重遇到每个词元，前向要 2 个 FLOP（一乘一加），反向要 4 个，因为反向需要两个乘积：一个求权重的梯度，一个求下一层的梯度。加起来就是大家熟知的 6。PyTorch 的 `FlopCounterMode` 数的是实际做了的乘法和加法。
"""

# %%
task = ways.load_task(train_texts, max_length)
texts, tokens = task.draw(seed), 24
model = task.fresh(seed, layers=None)  # all six layers; the word vectors are looked up, not multiplied
in_layers = sum(w.numel() for name, w in model.named_parameters() if "layer." in name and w.ndim > 1)
print(f"{in_layers:,} weights in matrices of the layers; one text of {tokens} tokens, in millions of FLOPs")
for name, trains, factor in (("forward", False, 2), ("forward and backward", True, 6)):
    counted = efficiency.count_flops(model, texts, trains=trains)(1, tokens)
    by_rule = factor * in_layers * tokens
    print(f"{name:<21} rule {by_rule / 1e6:6,.0f}   counted {counted / 1e6:6,.0f}   {counted / by_rule - 1:+.1%}")

# %% [markdown]
"""
The rule is right but for a rest. In the rest are the products that have no weights, between the tokens in attention; they grow with the square of the length, which is why long
texts cost more than their share.
"""

# %% [markdown] lang="zh"
"""
这条法则是准的，只差一点零头。零头里是没有权重的乘积，即*注意力*里词元与词元之间的乘积；它们随长度的平方增长，所以长文本的开销超过它的比例。
"""

# %% [markdown]
"""
### Exercise 8.2.A

All six layers cost 6 forwards of a layer, and twice as much backward: 18. Now the lowest four are frozen. They still run forward, but nothing is needed from them on the way back.
Which share of the cost remains? Predict it, then count: `models.freeze(task.fresh(seed, None), "layers:4")`. Answer with a share; 2 points off is close enough.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.A

六层全部训练，前向要算 6 个单层，反向是它的两倍，一共 18。现在冻结最下面的四层。它们前向照样要算，反向则什么也不需要。成本还剩多少？先预测，再数：`models.freeze(task.fresh(seed, None), "layers:4")`。用比例作答，误差在 2 个百分点以内即可。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=5
### BEGIN SOLUTION
frozen_below = models.freeze(task.fresh(seed, None), "layers:4")
whole_step = efficiency.count_flops(task.fresh(seed, None), texts)(1, 24)
answer = efficiency.count_flops(frozen_below, texts)(1, 24) / whole_step
### END SOLUTION
exercises.check("8.2.A", answer)

# %% [markdown] tags=["solution"]
"""
Six layers forward and two of them backward: 6 + 2 · 2 = 10 of 18, 0.56. The counter says a little less: the lowest trained layer needs no gradient for what lies below it.
Freezing two thirds of the layers saves less than half. What is left is mostly the way forward, and that is the same in each pass.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
六层前向，其中两层反向：6 + 2 · 2 = 10，占 18 的 0.56。数出来的还略少一点：最下面一个参与训练的层，不必再为它下面求梯度。冻结三分之二的层，省下的不到一半。剩下的主要是前向，而每一遍的前向都一样。
"""

# %% [markdown]
"""
The same count for other choices of what is trained:
"""

# %% [markdown] lang="zh"
"""
换几种训练范围，同样数一遍：
"""

# %%
choices = {
    "all six layers": model,
    "LoRA in all six": adapters.add_lora(task.fresh(seed, None), seed=seed),
    "the top two": models.freeze(task.fresh(seed, None), "layers:4"),
    "the head alone": models.freeze(task.fresh(seed, None), "all_but_head"),
}
flops = pd.DataFrame(
    {
        name: [efficiency.count_flops(one, texts, trains=trains)(1, tokens) for trains in (False, True)]
        for name, one in choices.items()
    },
    index=["forward", "whole"],
).T
figure, (axes,) = plots.new_axes(width=7.2, height=2.5)
axes.barh(flops.index, flops["forward"] / 1e6, color=plots.GREY, label="forward")
back = (flops["whole"] - flops["forward"]) / 1e6
axes.barh(flops.index, back, left=flops["forward"] / 1e6, color=plots.BLUE, label="backward")
axes.set(xlabel="millions of FLOPs for a text of 24 tokens")
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower right")
of_all = flops["whole"] / flops.at["all six layers", "whole"]
plots.show(figure, alt="Cost of a step relative to training everything: " + ", ".join(f"{n} {s:.0%}" for n, s in of_all.items()) + ".")  # fmt: skip

# %% [markdown]
"""
LoRA trains two weights in a hundred and saves a third: it leaves out one of three products. The gradient has to pass through every layer all the same, to reach the lowest of its small
matrices. *Few trained weights* and *a short training* are different things.
"""

# %% [markdown] lang="zh"
"""
LoRA 只训练百分之二左右的权重，省下的是三分之一：三个乘积里少了一个。梯度仍然要穿过每一层，才能到达最下面的小矩阵。*训练的权重少*和*训练得快*是两回事。
"""

# %% [markdown]
"""
## 8.2.2 Positions that nobody reads

A batch is a rectangle: its rows are filled up with *padding* to one length, and the padding is multiplied like any token. Three habits, counted over the 1,000 training texts
of the reviews.
"""

# %% [markdown] lang="zh"
"""
## 8.2.2 没有人读的位置

一批数据是一个矩形：各行用*填充*补成同一长度，填充和词元一样要参与乘法。下面在评论的 1,000 条训练文本上，数一数三种习惯的差别。
"""

# %%
reviews = data.load_labelled_text("reviews").split("train")
tokenizer, _ = models.load_pretrained("minilm")
lengths = np.array(data.tokenize(tokenizer, reviews["text"], reviews["label"], listing_length).lengths)
by_lot = data.LengthGroupedBatches([1] * len(lengths), 16, seed)  # all pass for equally long
grouped = data.LengthGroupedBatches(lengths.tolist(), 16, seed)
positions = {f"each text padded to {listing_length}": len(lengths) * listing_length}
for name, batches in (("by lot, to the longest of the batch", by_lot), ("batches of similar length", grouped)):
    positions[name] = sum(len(rows) * lengths[rows].max() for rows in batches)
habits = pd.DataFrame({"positions": positions})
habits["padding"] = 1 - lengths.sum() / habits["positions"]
guess_padding.settle(100 * habits["padding"].iloc[0])
habits.assign(padding=habits["padding"].map("{:.0%}".format))

# %%
figure, (axes,) = plots.new_axes(width=7.2, height=2.1)
axes.barh(habits.index, lengths.sum() / 1e3, color=plots.BLUE, label="tokens of the texts")
axes.barh(habits.index, habits["positions"] / 1e3 - lengths.sum() / 1e3, left=lengths.sum() / 1e3, color=plots.ORANGE, label="padding")  # fmt: skip
axes.set(xlabel="thousands of positions in one pass")
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower right")
saved = habits["positions"].iloc[0] / habits["positions"].iloc[-1]
plots.show(figure, alt=f"One pass over {len(lengths):,} texts of {lengths.mean():.0f} tokens in the mean: grouping needs {saved:.1f} times fewer positions than padding to {listing_length}.")  # fmt: skip

# %% [markdown]
"""
This saving is free of doubt: the mask hides padding from the tokens, so no answer depends on it. What changes is which texts meet in a batch. `training.fit` groups
inside windows and shuffles the batches; whether that harms is among the things that 8.2.6 measures.
"""

# %% [markdown] lang="zh"
"""
这样省下来的没有疑问：掩码让词元看不到填充，所以任何答案都不受影响。变的只是哪些文本碰到一批里。`training.fit` 只在窗口内部分组，再打乱各批的次序；这有没有坏处，8.2.6 会测。
"""

# %% [markdown]
"""
## 8.2.3 Layers that are computed once

A frozen layer below frozen layers gives the same states for the same text in each pass. So one pass is enough: keep the states, and train what lies above on them. Is the model still
the same one?
"""

# %% [markdown] lang="zh"
"""
## 8.2.3 只算一次的层

如果一层和它下面的层都冻结了，那么同一条文本每一遍经过它，得到的状态都一样。所以算一遍就够：把状态存下来，在它们上面训练其余的层。这样得到的还是同一个模型吗？
"""

# %%
below = 4
states = efficiency.cache_states(model, texts, below, precision="fp32")
batch = texts.collate([texts[0]])
with torch.no_grad():
    own = model.eval().base_model(batch["input_ids"], batch["attention_mask"], output_hidden_states=True).hidden_states
assert torch.allclose(states[0]["states"], own[below][0], atol=1e-5)  # the states after layer 4, taken from within

whole = evaluation.predict(model, texts, precision="fp32")
with efficiency.only_above(model, below) as upper:
    from_states = evaluation.predict(upper, states, precision="fp32")
assert np.allclose(from_states, whole, atol=1e-4)
megabytes = sum(state.nbytes for state in states.states) / 2**20
print(
    f"{len(texts)} texts: equal logits to 0.0001; {megabytes:.0f} MiB of states, {states.flops / 1e9:.0f} billion FLOPs once"
)

# %% [markdown]
"""
It is. One thing differs from freezing alone: in training, dropout would disturb the frozen layers anew in each pass, and a cache is undisturbed. The price is storage: 384
numbers for each token. How the saving grows with the number of passes, the *epochs*:
"""

# %% [markdown] lang="zh"
"""
是同一个。与单纯冻结相比只有一处不同：训练时，dropout 每一遍都会重新扰动冻结层，缓存里的状态则没有扰动。代价是存储：每个词元 384 个数。省下的成本随遍数（*轮数*）怎样变化：
"""


# %%
def draw_cached(below: int, passes: int):
    epochs = np.arange(1, passes + 1)
    costs = {  # in forwards of one layer over all texts
        "all six trained": 18 * epochs,
        "frozen, computed in each pass": epochs * (below + 3 * (6 - below)),
        "frozen, cached": below + epochs * 3 * (6 - below),
    }
    figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
    for (name, cost), color, line in zip(costs.items(), (plots.GREY, plots.ORANGE, plots.BLUE), ("-", "--", "-."), strict=True):  # fmt: skip
        axes.plot(epochs, cost, line, color=color, marker="o", markersize=4, label=name)
    axes.set(xlabel="passes over the texts", ylabel="cost [forwards of a layer]", ylim=(0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    share = costs["frozen, cached"][-1] / costs["all six trained"][-1]
    return figure, f"{below} of 6 layers cached, {passes} passes: {share:.0%} of the cost of training everything."


_ = plots.explore(
    draw_cached,
    below=ipywidgets.IntSlider(value=4, min=0, max=6, description="frozen layers"),
    passes=ipywidgets.IntSlider(value=4, min=2, max=20, description="passes"),
)

# %% [markdown]
"""
### Exercise 8.2.B

This function should return the cost of a training with cached lower layers, in forwards of one layer over all texts; a layer that is trained costs 3 in each pass. It has a bug that makes the
cache look useless. Mend it.

    def cost(layers, frozen, epochs):
        return epochs * (frozen + 3 * (layers - frozen))

Answer with the function.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.B

下面的函数应当返回缓存了下面几层时的训练成本，单位是“一层对全部文本前向一次”；参与训练的层每一遍算 3。里面有一处错误，让缓存看上去毫无用处。请改正。

    def cost(layers, frozen, epochs):
        return epochs * (frozen + 3 * (layers - frozen))

用这个函数作答。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
def cost(layers, frozen, epochs):
    return frozen + epochs * 3 * (layers - frozen)


answer = cost
### END SOLUTION
exercises.check("8.2.B", answer)

# %% [markdown] tags=["solution"]
"""
The frozen layers stood inside the bracket that is multiplied by the passes: that is freezing without a cache. With everything frozen only one pass is left, whatever the number of epochs: then a head,
even a logistic regression, can be trained for as long as one likes.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
冻结的层写在了要乘以遍数的括号里：那是只冻结、不缓存。如果全部冻结，无论多少轮，都只剩一遍前向；之后训练一个分类头，甚至一个逻辑回归，想训练多久都可以。
"""

# %% [markdown]
"""
## 8.2.4 Fewer texts, shorter texts, an earlier end

Three proposals save passes or texts, and each of them changes what is learned.

- **Curriculum**: short texts first, as in a school. The first passes are cheap.
- **Data pruning**: after one epoch, score each text by how far the model is from its label, the *EL2N* score; keep half, and begin anew.
- **Early stopping**: hold back some labels, and stop when they are no longer answered better.

What do scores after one epoch say?
"""

# %% [markdown] lang="zh"
"""
## 8.2.4 文本更少、更短、结束得更早

有三种办法能省下遍数或文本，但每一种都会改变学到的东西。

- **课程学习**（curriculum）：像学校那样，先学短文本。最初几遍很便宜。
- **数据剪枝**：训练一轮之后，按模型离标签有多远给每条文本打分，即 *EL2N* 分数；留下一半，从头训练。
- **早停**：留出一些标签不训练，等它们的正确率不再提高就停下。

一轮之后的分数说明什么？
"""

# %% tags=["nbval-ignore-output"]
scorer = task.fresh(seed)
ways.train(scorer, texts, seed, num_epochs=1)
p = evaluation.probabilities(evaluation.predict(scorer, texts))  # [N, C]
el2n = np.linalg.norm(p - np.eye(p.shape[1])[texts.labels], axis=1)  # length of (what it says − what is right)
order = np.argsort(el2n)
classes = data.load_labelled_text("reviews", label_column="sector").class_names
rows = [*order[:3], *order[-3:]]
pd.DataFrame(
    {
        "EL2N": el2n[rows].round(2),
        "sector": [classes[texts.labels[row]] for row in rows],
        "text": [tokenizer.decode(texts.input_ids[row], skip_special_tokens=True)[:90] for row in rows],
    }
)

# %% [markdown]
"""
Read the last three rows, the hardest ones. Some are hard because they hardly name their sector, others could have two. Whether a model learns more from these or from the first three is
not to be settled by looking: with many labels the hard ones are said to be worth more, with few the easy ones. Section 8.2.6 has a random half, which every chosen one must beat; the table has chosen halves too.

The score itself is short to write: softmax turns the *logits* into probabilities, the label is taken off, and what remains has a length.
"""

# %% [markdown] lang="zh"
"""
请读最后三行，也就是最难的三条。有的难在几乎没有提到行业，有的归到两个行业都说得通。模型从它们那里学得多，还是从最前面三条学得多，光看是看不出来的：据说标签多时难的更有用，标签少时容易的更有用。8.2.6 里有随机的一半，任何选出来的一半都得胜过它；表里也有选出来的一半。

这个分数写起来很短：softmax 把 *logits* 变成概率，减去标签，剩下的向量取长度。
"""

# %% [markdown]
"""
### Exercise 8.2.C

Write `el2n(logits, labels)`: `logits` [N, C] and `labels` [N] are numpy arrays; it returns N scores, the Euclidean length of softmax(logits) minus the one-hot label. Logits may be as
large as 1,000.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.C

写出 `el2n(logits, labels)`：`logits` [N, C] 和 `labels` [N] 是 numpy 数组；返回 N 个分数，即 softmax(logits) 减去独热标签之后的欧氏长度。logits 可能大到 1,000。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=7
### BEGIN SOLUTION
def el2n_scores(logits, labels):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return np.linalg.norm(shares - np.eye(logits.shape[1])[labels], axis=1)


answer = el2n_scores
### END SOLUTION
exercises.check("8.2.C", answer)

# %% [markdown] tags=["solution"]
"""
0 says that the model is sure and right, √2 that it is sure and wrong. Taking off the largest logit changes no share and keeps the exponential finite. The score needs one forward over all texts,
and the epoch before it: both belong into the bill of the pruning.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
0 表示模型有把握而且答对，√2 表示有把握却答错。减去最大的 logit 不改变概率，又能让指数不溢出。打分需要对全部文本做一次前向，之前还要训练一轮：这两笔都要算进剪枝的账里。
"""

# %% [markdown]
"""
## 8.2.5 Memory

Time is one bill, memory the other. On the way forward each layer keeps what its way back will need. PyTorch lets one look: each tensor that is kept passes through a hook, and
`KeptForBackward` adds up their bytes, each piece of memory once. Two remedies change no gradient:

- **accumulation**: four small batches one after the other, and one step at the end;
- **checkpointing**: each layer keeps its input alone, and computes the rest again on the way back.
"""

# %% [markdown] lang="zh"
"""
## 8.2.5 内存

时间是一笔账，内存是另一笔。前向时，每一层都要留下反向所需的东西。PyTorch 允许我们看一看：每个被留下的张量都要经过一个钩子，`KeptForBackward` 把它们的字节数加起来，同一块内存只算一次。有两种办法不改变任何梯度：

- **梯度累积**：把一大批分成四小批依次计算，最后才走一步；
- **梯度检查点**：每一层只留下输入，其余的在反向时重新计算。
"""


# %%
def checkpointed(model):
    """Each layer keeps its input alone."""
    for layer in model.base_model.encoder.layer:
        layer.forward = partial(
            lambda forward, *states, **named: checkpoint(partial(forward, **named), *states, use_reentrant=True),
            layer.forward,
        )
    return model


def one_step(model, parts: int = 1, bf16: bool = False) -> dict[str, float]:
    """Peak of what is kept [MiB], and FLOPs, of the forwards and backwards of one optimizer step."""
    torch.manual_seed(0)
    batch = texts.collate([texts[row] for row in np.argsort(texts.lengths)[-batch_size:]])  # the longest texts
    with efficiency.KeptForBackward(model.train()) as kept, FlopCounterMode(display=False) as counter:
        for rows in torch.arange(batch_size).chunk(parts):
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                loss = model(**{name: tensor[rows] for name, tensor in batch.items()}).loss
            (loss * len(rows) / batch_size).backward()
    return {"kept [MiB]": kept.peak / 2**20, "FLOPs [10⁹]": counter.get_total_flops() / 1e9}


# %%
fresh = partial(task.fresh, seed, None)
step = {
    f"batch of {batch_size}": one_step(fresh()),
    "accumulated, 4 parts": one_step(fresh(), parts=4),
    "checkpointed": one_step(checkpointed(fresh())),
    "both": one_step(checkpointed(fresh()), parts=4),
    "bf16": one_step(fresh(), bf16=True),
    "LoRA": one_step(adapters.add_lora(fresh(), seed=seed)),
    "top two layers": one_step(models.freeze(fresh(), "layers:4")),
}
step = pd.DataFrame(step).T
trained = {"LoRA": choices["LoRA in all six"], "top two layers": choices["the top two"]}
step["trained weights [MiB]"] = [
    4 * sum(w.numel() for w in trained.get(name, model).parameters() if w.requires_grad) / 2**20 for name in step.index
]
step.map("{:.1f}".format)

# %%
figure, panels = plots.new_axes(2, width=7.6, height=2.9)
labels = ("kept in a step [MiB]", "FLOPs of a step [10⁹]")
for axes, column, label, color in zip(panels, step.columns[:2], labels, (plots.BLUE, plots.ORANGE), strict=True):
    axes.barh(step.index, step[column], color=color)
    axes.set(xlabel=label)
    axes.invert_yaxis()
panels[1].set_yticklabels([])
first = step.iloc[0]
lean = step.loc["checkpointed"] / first - 1
plots.show(figure, alt=f"Checkpointing keeps {-lean['kept [MiB]']:.0%} less and multiplies {lean['FLOPs [10⁹]']:.0%} more; accumulation keeps {1 - step.at['accumulated, 4 parts', 'kept [MiB]'] / first['kept [MiB]']:.0%} less for nothing.")  # fmt: skip

# %% [markdown]
"""
The two bars of a method belong together. Accumulation is free in FLOPs; it pays in speed on a GPU, where small batches leave units idle. Checkpointing pays a second way forward. In bf16 half of what the layers keep falls away, but 16-bit copies of the weights come on top. To what
is kept come four numbers for each trained weight: the weight, its gradient and AdamW's two means. That is where LoRA saves, and where the last column counts: times four for a training.
On this model it is the weights that need the memory, on a model with long texts and large batches it is what is kept.
"""

# %% [markdown] lang="zh"
"""
同一种做法的两根条要一起看。累积不增加 FLOP；它的代价在 GPU 上才显出来，小批会让计算单元闲着。检查点要多付一次前向。用 bf16 时，各层保留的少了一半，但多出了权重的 16 位副本。除了保留的张量，每个参与训练的权重还要四个数：权重本身、梯度和 AdamW 的两个均值。LoRA 省的就是这里，最后一列也要这样读：训练时乘以四。在这个模型上，占内存的主要是权重；换成长文本和大批，占内存的就是保留的张量。
"""

# %% [markdown]
"""
## 8.2.6 The picture: accuracy against cost (8.4)

Now the trainings. Each way gets the same 256 labels of a seed (which of four sectors is a review about?) and is judged on the same 600 texts; five seeds. The plain way trains three
layers of the encoder for four epochs, with a batch size of 16 and a learning rate of 5e-4. The record was made in advance, with the same code. The ways that the parameters name run here, with a seed that the record lacks.
"""

# %% [markdown] lang="zh"
"""
## 8.2.6 一张图：准确率与成本（8.4）

现在开始训练。每种做法在同一个种子下拿到同样的 256 个标签（一条评论说的是四个行业里的哪一个），在同样的 600 条文本上评判；一共五个种子。朴素的做法是把编码器的三层训练四轮，批大小为 16，学习率为 5e-4。记录是用同一套代码事先做好的。参数里列出的几种在这里现场运行，用的是记录里没有的种子。
"""

# %%
record = pd.read_csv(record_file or course_data / "efficient_training.csv")
seeds = record["seed"].nunique()
record = record[record.groupby("way")["seed"].transform("nunique") == seeds]  # a way that lacks a seed is left out
right = {
    way: np.stack(
        [np.unpackbits(np.frombuffer(bytes.fromhex(bits), np.uint8))[: len(task.test)] for bits in of["right"]]
    )
    for way, of in record.groupby("way", sort=False)
}  # by way [S, N]: 1 where a test text is answered rightly
table = record.groupby("way")[["flops", "accuracy"]].mean()
table["cost"] = table["flops"] / table.at[reference, "flops"]
gaps = {way: evaluation.difference(of, right[reference]) for way, of in right.items()}
table = table.sort_values("cost")
front = table[table["accuracy"] > table["accuracy"].cummax().shift(fill_value=0)]
print(f"{len(record)} trainings, {seeds} seeds; nothing is both cheaper and better than one of these:")
pd.DataFrame({"share of the cost": front["cost"].map("{:.0%}".format), "right": front["accuracy"].map("{:.1%}".format)})

# %% tags=["nbval-ignore-output"]
live = {way: ways.run(task, ways.WAYS[way], seed) for way in live_ways}
pd.DataFrame(
    {
        "share of the cost": {way: f"{found.flops / table.at[reference, 'flops']:.0%}" for way, found in live.items()},
        "right": {way: f"{found.right.mean():.1%}" for way, found in live.items()},
        "CPU [s]": {way: f"{found.seconds:.1f}" for way, found in live.items()},
    }
)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.6, height=4.2)
axes.plot(100 * table["cost"], 100 * table["accuracy"], "o", color=plots.GREY, label="recorded, mean of the seeds")
plain = table.loc[[name for name in table.index if name in ("one epoch", "two epochs", "four epochs")]]
axes.plot(100 * plain["cost"], 100 * plain["accuracy"], "-o", color=plots.BLUE, label="plain: one, two, four epochs")
axes.step(100 * front["cost"], 100 * front["accuracy"], color=plots.GREEN, where="post", label="Pareto front")
axes.plot(
    [100 * found.flops / table.at[reference, "flops"] for found in live.values()],
    [100 * found.right.mean() for found in live.values()],
    "X", color=plots.VERMILION, markersize=9, label="trained here",
)  # fmt: skip
for way, of in front.iterrows():
    axes.annotate(way, (100 * of["cost"], 100 * of["accuracy"]), xytext=(-4, 6), textcoords="offset points", fontsize=9, ha="right")  # fmt: skip
axes.set(xscale="log", xlabel="FLOPs of the training [% of the plain one]", ylabel="right of the test texts [%]")
axes.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], ["1", "2", "5", "10", "20", "50", "100", "200"])
axes.minorticks_off()
axes.set_xlim(45 * table["cost"].min(), 125 * table["cost"].max())
axes.legend(frameon=False, loc="lower left", fontsize=9)
plots.show(figure, alt=f"Accuracy against cost of {len(table)} ways; {len(front)} of them on the front.")

# %% [markdown]
"""
The blue line is the measure of everything: it costs no idea, only fewer passes. A way that lies on it has saved what anybody can save. Above it and to the left something was gained. A way that
is nowhere beaten in both respects belongs to the *Pareto front*, and one that is better in one and no worse in the other *dominates*. How sure is that, point by point?
"""

# %% [markdown] lang="zh"
"""
一切都以蓝线为准：它不需要任何办法，只是少训练几遍。落在蓝线上的做法，省下的是谁都能省的。在它左上方的，才真正赚到了什么。在两方面都没有被别的做法超过的，属于*帕累托前沿*；一方面更好、另一方面不差的，叫作*占优*。逐点来看，有多大把握？
"""

# %%
named = {way: f"{way}  ({table.at[way, 'cost']:.0%})" for way in table.index if way != reference}
figure, (axes,) = plots.new_axes(width=7.2, height=4.6)
for place, way in enumerate(named):
    gap = gaps[way]
    color = plots.GREEN if gap.low > -margin else plots.VERMILION if gap.high < -margin else plots.GREY
    axes.hlines(place, 100 * gap.low, 100 * gap.high, color=color, linewidth=2)
    axes.plot(100 * gap.value, place, "o", color=color)
axes.axvline(0, color=plots.GREY, linestyle="--", linewidth=1)
axes.axvline(-100 * margin, color=plots.ORANGE, linestyle=":", linewidth=1.5, label=f"{100 * margin:.0f} points lost")
axes.set_yticks(range(len(named)), list(named.values()), fontsize=9)
axes.set(xlabel="points of accuracy against the plain training (in brackets: share of its cost)")
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower left")
safe = [way for way in named if gaps[way].low > -margin]
worse = [way for way in named if gaps[way].high < -margin]
plots.show(figure, alt=f"Differences with 95 % intervals, the cheapest way on top. {len(safe)} lose surely less than {100 * margin:.0f} points, {len(worse)} surely more.")  # fmt: skip

# %%
cheaper = [way for way in safe if table.at[way, "cost"] < 1]
winner = min(cheaper, key=lambda way: table.at[way, "cost"]) if cheaper else reference
factor = 1 / table.at[winner, "cost"]
guess_factor.settle(factor)
print(f"surely less than {100 * margin:.0f} points lost, and cheaper; the first divides the cost by {factor:.1f}")
pd.DataFrame(
    {
        "share of the cost": {way: f"{table.at[way, 'cost']:.0%}" for way in cheaper},
        "difference": {way: f"{gaps[way]:+.1%}" for way in cheaper},
        "dominates": {way: "surely" if gaps[way].low > 0 else "perhaps" for way in cheaper},
    }
)

# %% [markdown]
"""
Many ways were held against one, and at 95 % one of 20 such intervals errs by luck; where an end lies close to a border, believe it less. The verdict is about this task, these sizes
and 256 labels.

### Does the idea pay, or only the saving?

A fairer question for each way is: what does plain training reach for the same money? Beside each stands the plain training that is nearest in cost.
"""

# %% [markdown] lang="zh"
"""
许多做法与同一种相比，而 95% 的区间每 20 个里会有一个只因运气而出错；端点紧挨着界线的，要少信几分。这个结论只针对这个任务、这些规模和 256 个标签。

### 是办法好，还是只因为省了？

对每种做法，更公平的问法是：花同样的钱，朴素的训练能做到多好？下表在每种做法旁边放上成本最接近的朴素训练。
"""

# %%
rivals = {}
for way in (name for name in table.index if name not in plain.index):
    rival = min(plain.index, key=lambda name, way=way: abs(np.log(table.at[name, "cost"] / table.at[way, "cost"])))
    gap = evaluation.difference(right[way], right[rival])
    told = {True: "better", False: "worse", None: "not told apart"}[evaluation.verdict(gap, seeds=seeds)]
    rivals[way] = {
        "cost": f"{table.at[way, 'cost']:.0%}", "plain rival": rival, "its cost": f"{table.at[rival, 'cost']:.0%}",
        "difference": f"{gap:+.1%}", "verdict": told,
    }  # fmt: skip
pd.DataFrame(rivals).T

# %% [markdown]
"""
Look at what the ways on the front have in common: they read all six layers, once, and train little on top. Two things are mixed in that. The upper layers hold what sorts texts by topic, and the
plain way does without them; and few trained weights have less to learn by heart. A task farther from what the model was pretrained for may need its lower layers to move; then a cache loses, and
only a measurement tells.
"""

# %% [markdown] lang="zh"
"""
看看前沿上的做法有什么共同点：它们把六层都读一遍，只读一遍，在上面只训练很少的东西。这里混着两个原因：上面几层正好保存着按主题区分文本的信息，朴素的做法没有用到它们；训练的权重少，死记硬背的余地也小。如果任务离预训练的内容更远，下面的层可能也要跟着动；那时缓存就会输，只有测了才知道。
"""

# %% [markdown]
"""
## 8.2.7 And the seconds?

FLOPs leave out what depends on the machine: how fast it multiplies, and what a step costs besides its products. The record has CPU seconds, too. Seconds of a busy machine scatter, so each
way is divided by the plain training of the same seed.
"""

# %% [markdown] lang="zh"
"""
## 8.2.7 那么秒数呢？

FLOP 没有算进取决于机器的东西：乘得有多快，以及一步里除了乘法还要花多少。记录里也有 CPU 秒数。机器忙的时候秒数很分散，所以每种做法都除以同一个种子的朴素训练。
"""

# %%
by_seed = record.pivot(index="way", columns="seed", values="cpu_s")
ratios = by_seed.div(by_seed.loc[reference])
both = pd.DataFrame({"FLOPs": table["cost"], "seconds, median": ratios.median(axis=1)})
both = both.assign(lowest=ratios.min(axis=1), highest=ratios.max(axis=1)).loc[table.index]
both.map("{:.0%}".format)

# %% tags=["nbval-ignore-output"]
here = {"fp32": [], "bf16": []}
for _ in range(3):  # in turn, so that what else runs on the machine hits both
    for precision, times in here.items():
        started = time.process_time()
        one_step(fresh(), bf16=precision == "bf16")
        times.append(time.process_time() - started)
fp32_s, bf16_s = (np.median(times) for times in here.values())
print(f"one step: fp32 {fp32_s:.2f} s, bf16 {bf16_s:.2f} s of CPU: {fp32_s / bf16_s:.1f} times as fast")
print(f"units for bf16 in this processor: {runtime.has_bf16('cpu')}")

# %% [markdown]
"""
Where seconds lie above FLOPs, something else than products takes the time: loading, dropout, the optimizer, many small steps. *bf16* has the same FLOPs as fp32; it is a gift where the processor has
units for it, and a loss where it has none.

**Several processes** share out a batch and so divide the seconds, not the FLOPs, and only where cores are free. In each step they exchange the gradients of all trained weights: the last column of the
table in 8.2.5. That is why LoRA and frozen layers pay most between machines. `talentlab run 08_2 --processes 2` starts two; `course/scale.md` has more.
"""

# %% [markdown] lang="zh"
"""
秒数的占比高于 FLOP 的地方，是乘法以外的东西在花时间：读数据、dropout、优化器，以及很多小步。*bf16* 的 FLOP 与 fp32 相同；处理器有 bf16 单元时是白得的，没有时反而更慢。

**多个进程**把一批数据分开算，除的是秒数，不是 FLOP，而且要有空闲的核心。每一步它们都要交换所有参与训练的权重的梯度，也就是 8.2.5 那张表的最后一列。所以在多台机器之间，LoRA 和冻结最划算。`talentlab run 08_2 --processes 2` 启动两个进程；更多内容见 `course/scale.md`。
"""

# %% [markdown]
"""
## 8.2.8 When it is not worth it

A shorter training saves machine hours; to introduce it takes a person's hours, and a new thing that can be wrong. The number of trainings decides.
"""

# %% [markdown] lang="zh"
"""
## 8.2.8 什么时候不值得

更短的训练省下机器的时间；引入它却要花人的时间，还多了一样可能出错的东西。决定划不划算的是训练的次数。
"""


# %%
def draw_break_even(hours: float, price: float, saved: float, work: float, wage: float):
    trainings = np.geomspace(1, 1e5, 60)
    figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
    axes.plot(trainings, trainings * hours * price, color=plots.GREY, label="as it is")
    axes.plot(
        trainings, work * wage + trainings * hours * price * (1 - saved), "--", color=plots.BLUE, label="made shorter"
    )
    axes.set(xscale="log", yscale="log", xlabel="trainings", ylabel="cost of machine and person [currency]")
    axes.legend(frameon=False)
    even = work * wage / max(hours * price * saved, 1e-9)
    return (
        figure,
        f"{work:g} hours of work are repaid after {even:,.0f} trainings of {hours:g} hours, each {saved:.0%} shorter.",
    )


_ = plots.explore(
    draw_break_even,
    hours=ipywidgets.FloatLogSlider(value=2, base=10, min=-3, max=3, readout_format=".3g", description="hours each"),
    price=ipywidgets.FloatSlider(value=2, min=0.05, max=40, step=0.05, description="price per hour"),
    saved=ipywidgets.FloatSlider(value=0.5, min=0.05, max=0.95, step=0.05, description="share saved"),
    work=ipywidgets.FloatSlider(value=6, min=0.5, max=80, step=0.5, description="hours of work"),
    wage=ipywidgets.FloatSlider(value=60, min=10, max=200, step=5, description="wage per hour"),
)

# %%
speed = (record["flops"] / record["cpu_s"])[record["way"] == reference].median()  # FLOPs per CPU second
plain_s = table.at[reference, "flops"] / speed
repaid = 6 * 60 / (plain_s / 3600 * 0.05 * (1 - table.at[winner, "cost"]))
print(f"this chapter's plain training: {plain_s:.0f} s of one core, at 0.05 per hour {plain_s / 3600 * 0.05:.5f}")
print(f"six hours of work at 60 are repaid after {repaid:,.0f} such trainings")
gpt3 = 3.14e23  # FLOPs of GPT-3's pretraining, Brown et al. 2020, table D.1
chip = 312e12  # FLOPs per second of one A100 in bf16, at its best by its data sheet
days = gpt3 / (1000 * chip) / 86400
print(f"GPT-3's pretraining: {gpt3:.3g} FLOPs, {days:.0f} days of 1,000 A100 at their very best")

# %% [markdown]
"""
Both sentences of the document are about large models, and are read so: the time is that of their pretraining, from the paper's own count; fine-tunings of this course take seconds. Whether better
algorithms shorten a training is measured here, at its own small size: less than half the cost, and surely no more than two points lost.
"""

# %% [markdown] lang="zh"
"""
原文的两句话说的都是大模型，本章也按这个意思来读：耗时指的是预训练，用论文自己给出的计算量；本课程的微调只要几秒。更好的算法能不能缩短训练，则在这里的小规模上测量：成本不到一半，而且损失有把握不超过两个百分点。
"""

# %%
claims.record(
    "8.3-time",
    measured=f"GPT-3's pretraining, counted by its authors: {days:.0f} days of 1,000 A100 at their best, and on one core of this record's machine {gpt3 / speed / 3600 / 8766:,.0f} years; a fine-tuning of this chapter: {plain_s:.0f} s",
    reference="the training of a large model takes more than a day on 1,000 such chips",
    holds=days > 1,
)  # fmt: skip
halved = (
    gaps[winner]
    if factor > 2
    else max((gaps[way] for way in named if table.at[way, "cost"] < 0.5), key=lambda gap: gap.low)
)
claims.record(
    "8.4-training",
    measured=f"{winner}, at {1 / factor:.0%} of the FLOPs: {halved:+.1%} of accuracy against the plain training, {seeds} seeds",
    reference=f"less than half of the FLOPs, and less than {100 * margin:.0f} points lost",
    holds=evaluation.verdict(halved, at_least=-margin, seeds=seeds),
)
claims.report(cost_divided_by=float(factor), gain=gaps[winner], padding_share=float(habits["padding"].iloc[0]))

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 8.2.1

Write `front(costs, accuracies)`: two lists of N numbers; it returns the set of the places (from 0) of all ways that no other way dominates. One way dominates another if it is no dearer and no less accurate, and
better in at least one of the two.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 8.2.1

写出 `front(costs, accuracies)`：参数是两个各有 N 个数的列表；返回没有被任何其他做法占优的那些做法的位置（从 0 数起）组成的集合。一种做法占优于另一种，是指它不更贵、准确率也不更低，并且至少有一方面更好。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def pareto_front(costs, accuracies):
    pairs = list(zip(costs, accuracies, strict=True))

    def dominates(one, other):
        return one[0] <= other[0] and one[1] >= other[1] and one != other

    return {place for place, pair in enumerate(pairs) if not any(dominates(other, pair) for other in pairs)}


answer = pareto_front
### END SOLUTION
exercises.check("8.2.1", answer)

# %% [markdown] tags=["solution"]
"""
Two ways that are equal in both respects do not dominate each other, so both stay: that is what `one != other` is for. The front is a statement about means. Where intervals overlap, a point may be on it by
luck.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两方面都相等的两种做法互不占优，所以都留下：`one != other` 就是为此而写。前沿说的是均值。区间重叠时，一个点可能只是碰巧在前沿上。
"""

# %% [markdown]
"""
### Exercise 8.2.2

A larger batch at the same learning rate. Take `few = ways.subset(texts, range(64))` and train `task.fresh(seed)` twice with `training.fit(model, few, num_epochs=2, learning_rate=5e-4, seed=seed)`, with `batch_size=16`
and with `batch_size=64` (`from talentlab import training`). Answer with a dictionary: 16 and 64 each with its history, and `"lower at the end"` with the batch size whose last step has the lower loss.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.2

学习率不变，只加大批。取 `few = ways.subset(texts, range(64))`，用 `training.fit(model, few, num_epochs=2, learning_rate=5e-4, seed=seed)` 把 `task.fresh(seed)` 训练两次，一次 `batch_size=16`，一次 `batch_size=64`（`from talentlab import training`）。用一个字典作答：16 和 64 各对应自己的训练历史，`"lower at the end"` 对应最后一步损失较低的那个批大小。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=1 importance=2 minutes=6
### BEGIN SOLUTION
from talentlab import training

few = ways.subset(texts, range(64))
answer = {
    size: training.fit(task.fresh(seed), few, num_epochs=2, learning_rate=5e-4, seed=seed, batch_size=size)
    for size in (16, 64)
}
answer["lower at the end"] = min((16, 64), key=lambda size: answer[size].steps[-1]["loss"])
### END SOLUTION
exercises.check("8.2.2", answer)

# %% [markdown] tags=["solution"]
"""
The same texts, the same FLOPs, but 2 steps in place of 8: the weights have hardly moved. A larger batch wants a larger rate, because its gradient is less noisy and there are fewer steps to take.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
文本相同，FLOP 相同，却只走了 2 步而不是 8 步：权重几乎没有动。批加大，学习率也要加大，因为梯度的噪声小了，步数也少了。
"""

# %% [markdown]
"""
### Exercise 8.2.3

A team reports: "With data pruning our training takes 40 % less time at the same accuracy." They pruned by scores of a fully trained model, and compared one training with one. Which sentences are right?

- a: The training for the scores belongs to the cost.
- b: A random half of the texts should stand beside it.
- c: "The same accuracy" needs an interval over several seeds.
- d: 40 % fewer seconds are 40 % fewer FLOPs.
- e: Plain training for 40 % fewer steps should stand beside it.

Answer with letters, such as "ab".
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.3

一个团队报告说：“用了数据剪枝，我们的训练时间减少 40%，准确率不变。”他们按一个完整训练过的模型的分数来剪枝，并且只拿一次训练与一次训练相比。下面哪些句子是对的？

- a：为打分而做的训练要算进成本。
- b：旁边应当放上随机的一半文本。
- c：“准确率不变”需要多个种子上的区间。
- d：秒数少 40%，FLOP 就少 40%。
- e：旁边应当放上步数少 40% 的朴素训练。

用字母作答，例如 "ab"。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "abce"
### END SOLUTION
exercises.check("8.2.3", answer)

# %% [markdown] tags=["solution"]
"""
d is the only wrong one: seconds also hold loading, steps of the optimizer and whoever else used the machine. b and e are the two questions that most reports on saving leave out: is it the choice of texts that
helps, or would any half, or a shorter training, have done the same?
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只有 d 不对：秒数里还有读数据、优化器的步骤，以及同时使用机器的其他人。b 和 e 是多数节省报告漏掉的两个问题：起作用的是文本的选择，还是随便哪一半、或者短一些的训练都一样？
"""

# %% [markdown]
"""
### Exercise 8.2.4

A training takes 3 hours at 1.50 per hour. A method saves 40 % of it and takes 9 hours of work at 50 per hour to introduce. After how many trainings is it repaid? Answer with a whole number.
"""

# %% [markdown] lang="zh"
"""
### 练习 8.2.4

一次训练要 3 小时，每小时 1.50。某种方法能省下 40%，引入它要花 9 小时的人工，每小时 50。多少次训练之后能收回成本？用整数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 9 * 50 / (0.4 * 3 * 1.50)
### END SOLUTION
exercises.check("8.2.4", answer)

# %% [markdown] tags=["solution"]
"""
450 ÷ (0.4 · 4.50) = 250. A team that trains twice a day has it back in half a year; one that trains once a month, in twenty years.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
450 ÷ (0.4 · 4.50) = 250。一天训练两次的团队半年就能收回；一个月训练一次的，要二十年。
"""

# %% [markdown]
"""
## Recap

- A training multiplies five numbers. Count FLOPs to compare methods, time pairs to compare machines.
- Padding and frozen layers can be left out without changing an answer. LoRA saves a third of the work, and most of the optimizer's memory.
- Every idea is held against its plain rival: fewer epochs, a random half, the same cost.
- Checkpointing buys memory with FLOPs; accumulation is free of them.
- A way dominates only with an interval. And the number of trainings says whether a saving is worth its work.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 一次训练由五个数相乘。比较方法要数 FLOP，比较机器要成对计时。
- 去掉填充、缓存冻结层，都不改变答案。LoRA 省下三分之一的计算，以及优化器的大部分内存。
- 每个办法都要和朴素的对手相比：少几轮、随机的一半、同样的成本。
- 检查点用 FLOP 换内存；累积不花 FLOP。
- 说一种做法占优，要有区间。值不值得为节省费工夫，要看训练多少次。

## 自测
"""

# %%
quizzes.ask("8.2")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Kaplan et al. 2020: *Scaling laws for neural language models*, arXiv 2001.08361: 6 FLOPs per weight and token.
- Brown et al. 2020: *Language models are few-shot learners*, arXiv 2005.14165, table D.1.
- Chen et al. 2016: *Training deep nets with sublinear memory cost*, arXiv 1604.06174: checkpointing.
- Hu et al. 2021: *LoRA*, arXiv 2106.09685.
- Paul, Ganguli, Dziugaite 2021: *Deep learning on a data diet*, arXiv 2107.07075: EL2N.
- Sorscher et al. 2022: *Beyond neural scaling laws*, arXiv 2206.14486: hard texts with many labels, easy ones with few.
- Bengio et al. 2009: *Curriculum learning*, ICML.
- Goyal et al. 2017: *Accurate, large minibatch SGD*, arXiv 1706.02677: batch and rate.

## Next

A model that is cheap to *use* is another matter than one that is cheap to train: pruning, distillation, int8. Which settings to train with at all is searched in [3.2d](03_2d_tuning.ipynb); what makes a training collapse
stands in [3.2c](03_2c_fine_tuning.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Kaplan 等 2020：*Scaling laws for neural language models*，arXiv 2001.08361。每个权重和词元 6 个 FLOP。
- Brown 等 2020：*Language models are few-shot learners*，arXiv 2005.14165，表 D.1。
- Chen 等 2016：*Training deep nets with sublinear memory cost*，arXiv 1604.06174。检查点。
- Hu 等 2021：*LoRA*，arXiv 2106.09685。
- Paul, Ganguli, Dziugaite 2021：*Deep learning on a data diet*，arXiv 2107.07075。EL2N。
- Sorscher 等 2022：*Beyond neural scaling laws*，arXiv 2206.14486。标签多时取难的，少时取容易的。
- Bengio 等 2009：*Curriculum learning*，ICML。课程学习。
- Goyal 等 2017：*Accurate, large minibatch SGD*，arXiv 1706.02677。批大小与学习率。

## 下一步

模型*用*起来便宜，与训练起来便宜是两回事：剪枝、蒸馏、int8。究竟用哪些设置训练，见 [3.2d](03_2d_tuning.ipynb)；训练为什么会崩，见 [3.2c](03_2c_fine_tuning.ipynb)。
"""
