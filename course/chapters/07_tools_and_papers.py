# %% [markdown]
"""
# 7 · Tools and papers

*工具和资源推荐*

The document recommends five resources, five tools and three papers, and says of each in one line why. In this chapter you check the list, use
each tool once for what it is good at, and make the central table of each paper again, small.

**You will be able to**

- say what is behind each recommendation, for whom it is, and when,
- carry a network from one framework to another, and show that it is the same,
- find what a notebook hides, read a change to it, mend a merge, and search for the commit that did damage,
- say from how many hours a week on a rented machine is dearer than a bought one,
- read a paper by making its table again.

**Time** 50 minutes to read and try, about half a minute to run · **Hardware** two CPU cores, no GPU, no network; git ·
**Data** scikit-learn's digits, sentence pairs of a small grammar, and the record of some 60 small trainings
"""

# %% [markdown] lang="zh"
"""
# 7 · 工具和论文

*工具和资源推荐*

原文推荐了五种资源、五种工具和三篇论文，每项用一句话说明理由。本章核对这份清单，把每种工具用在它擅长的事情上，并把每篇论文的核心表格缩小了重做一遍。

**学完本章，你能够**

- 说出每条推荐背后是什么、适合谁、什么时候读；
- 把一个网络从一种框架搬到另一种，并证明两者相同；
- 查出笔记本隐藏了什么，读懂对它的改动，解决一次合并冲突，找出是哪次提交弄坏了结果；
- 算出每周用多少小时以后，租机器比买机器更贵；
- 通过重做论文的表格来读论文。

**时间** 阅读和动手 50 分钟，运行约半分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网；需要 git · **数据** scikit-learn 自带的手写数字、一个小语法生成的句对，以及约 60 次小训练的记录
"""

# %% tags=["parameters"]
hours_per_week: float = 6.0  # for reading and exercises; yours [h]
num_pairs: int = 1500  # training pairs of each small translator
num_epochs: int = 3  # passes over them
learning_rate: float = 3e-3  # peak of AdamW's learning rate
gpu_hours_per_week: float = 5.0  # for which you would use a GPU [h]
years: float = 2.0  # over which machines are compared [years]
power: float = 0.45  # of a bought card at work [kW]
electricity: float = 0.30  # price of a kWh [USD]
prices_table: str | None = None  # CSV table of prices with dates and sources; the course's if None
papers_table: str | None = None  # CSV table of trainings, from tests/bench/papers.py; the course's if None
seed: int = 0  # of weights, pairs and order

# %% [markdown]
"""
## The way

![A paper's claim becomes a small remake in a notebook; git keeps each version; two cores or a rented machine run it; a curve and a table come out and are held against the paper. Below each step stands what can go wrong unseen.](images/claim_to_table.svg)

Each tool of this chapter stands at one arrow, and each arrow has its own way to go wrong without an error message.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![论文的论断变成笔记本里的小型重做；git 保存每个版本；两个核心或租来的机器负责运行；得到曲线和表格，再与论文对照。每一步下面写着可能悄悄出错的地方。](images/claim_to_table.zh.svg)

本章的每种工具都站在一个箭头上，而每个箭头都有自己的出错方式，并且不报任何错误。
"""

# %%
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import torch
from nbformat import v4
from scipy.stats import t as student
from sklearn.datasets import load_digits
from torch import nn

from talentlab import evaluation, language, plots, runtime, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import grammar
from talentlab.models import seq2seq

course_data = runtime.repository_root() / "course" / "data"
there = {name: find_spec(name) is not None for name in ("keras", "tensorboard", "nbdime")}
there["git"] = shutil.which("git") is not None
scratch = tempfile.TemporaryDirectory()
print("here:", *(name for name, found in there.items() if found))

# %% [markdown]
"""
What is missing of them comes by `pip install -c constraints.txt -e '.[keras,board,git]'`; the chapter runs without, and shows recorded figures.

Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
其中缺什么，用 `pip install -c constraints.txt -e '.[keras,board,git]'` 安装；不装也能运行本章，显示的是记录下来的数字。

开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("7", "before")

# %% [markdown]
"""
And two figures to guess.
"""

# %% [markdown] lang="zh"
"""
再猜两个数。
"""

# %%
guess_hours = guesses.guess("7.break_even")
guess_gap = guesses.guess("7.adapter_gap")

# %% [markdown]
"""
## 7.1 Resources, checked

| the document says | what exists | as described? |
|---|---|---|
| 《深度学习》, a course at Stanford | CS230 *Deep Learning* (Andrew Ng, Kian Katanforoosh): ten weeks, lectures on video, a project of your own | yes |
| 《自然语言处理综论》, Peking University Press | the Chinese translation of Jurafsky and Martin, *Speech and Language Processing*, by Feng Zhiwei and Sun Le | **no**: the Publishing House of Electronics Industry brought it out |
| 《Transformers》, published by Hugging Face | *Natural Language Processing with Transformers* (Tunstall, von Werra, Wolf 2022) | **no**: another title, and O'Reilly published it; the authors work at Hugging Face |
| arXiv | preprints: new, free, and not refereed | yes |
| GitHub: Hugging Face, OpenAI | code and weights; of OpenAI's GPT-3 neither was published | yes, in part |

A fair reading: nobody is led astray, and whoever orders the book by its publisher will not find it. A recommendation is a claim like any other, and takes a
minute to check. The sources stand at the end.
"""

# %% [markdown] lang="zh"
"""
## 7.1 资源，逐条核对

| 原文的说法 | 实际存在的 | 与描述相符吗？ |
|---|---|---|
| 《深度学习》，斯坦福的课程 | CS230 *Deep Learning*（Andrew Ng、Kian Katanforoosh）：十周，有授课视频，要做一个自己的项目 | 相符 |
| 《自然语言处理综论》，北京大学出版社 | Jurafsky 与 Martin 的 *Speech and Language Processing* 的中译本，冯志伟、孙乐译 | **不符**：由电子工业出版社出版 |
| 《Transformers》，Hugging Face 发布 | *Natural Language Processing with Transformers*（Tunstall、von Werra、Wolf，2022） | **不符**：书名不同，由 O'Reilly 出版；作者在 Hugging Face 工作 |
| arXiv | 预印本：新、免费、未经同行评审 | 相符 |
| GitHub：Hugging Face、OpenAI | 代码和权重；OpenAI 的 GPT-3 两样都没有公开 | 部分相符 |

公平地说：没有人会因此误入歧途，但按出版社去订书的人会找不到。推荐也是一种论断，花一分钟就能核对。来源列在章末。
"""

# %% [markdown]
"""
Who needs which, and after which chapter?

| resource | for whom | after |
|---|---|---|
| the three papers | everybody who decides about models | [3.1](03_1_principles.ipynb) and this chapter |
| *NLP with Transformers*, 11 chapters | who builds with text | [5](05_project_practice.ipynb) |
| CS230, 10 weeks | who has never trained a network from nothing | [4](04_mathematics.ipynb) |
| Jurafsky and Martin, 21 chapters | a reference, read where needed; the third edition's draft is free and newer than the translation | [3.4a](03_4a_nlp.ipynb) |
| arXiv, GitHub | a habit, not a book: one paper a week, read with its code open | 7.3 |

The hours below are our estimates: 6 per paper, 4 per chapter of the practical book, 10 per week of the course, 5 per chapter of the reference.
"""

# %% [markdown] lang="zh"
"""
谁需要哪一种，学完哪一章之后再读？

| 资源 | 适合谁 | 在哪一章之后 |
|---|---|---|
| 三篇论文 | 所有要对模型做决定的人 | [3.1](03_1_principles.ipynb) 和本章 |
| *NLP with Transformers*，11 章 | 用文本做产品的人 | [5](05_project_practice.ipynb) |
| CS230，10 周 | 从来没有从零训练过网络的人 | [4](04_mathematics.ipynb) |
| Jurafsky 与 Martin，21 章 | 当工具书用，需要哪里读哪里；第三版草稿免费，比中译本新 | [3.4a](03_4a_nlp.ipynb) |
| arXiv、GitHub | 是习惯，不是一本书：每周一篇论文，对着代码读 | 7.3 |

下图的小时数是我们的估计：论文每篇 6，实践类的书每章 4，课程每周 10，工具书每章 5。
"""

# %%
units = {"three papers": (3, 6), "NLP with Transformers": (11, 4), "CS230": (10, 10), "Jurafsky and Martin": (21, 5)}
hours = pd.Series({name: number * each for name, (number, each) in units.items()})
weeks = hours / hours_per_week
figure, (axes,) = plots.new_axes(width=7.2, height=2.6)
axes.barh(range(len(weeks)), weeks, left=weeks.cumsum() - weeks, color=plots.BLUE)
axes.set_yticks(range(len(weeks)), weeks.index)
axes.invert_yaxis()
axes.set(xlabel=f"weeks at {hours_per_week:g} hours a week, one after the other")
plots.show(
    figure,
    alt=f"Four resources one after the other: {hours.sum():,} hours, {weeks.sum():.0f} weeks; "
    f"the three papers alone {weeks.iloc[0]:.0f} weeks.",
)

# %% [markdown]
"""
Nobody in a start-up reads all of it first. The papers and the practical book are a quarter of the hours; the rest is looked up when it is needed.

## 7.2 Tools, by use

### PyTorch and TensorFlow: the same network twice

*A flexible framework, easy to begin with*, and *a powerful one for large models*, says the document. Both multiply matrices and differentiate. Here is a network of two layers in torch; the loop is written out, with its loss and its learning rate.
"""

# %% [markdown] lang="zh"
"""
创业公司里没有人会先把这些全部读完。论文加上那本实践的书，占全部小时数的四分之一；其余的，用到时再查。

## 7.2 工具，用一用再说

### PyTorch 和 TensorFlow：同一个网络写两遍

原文说，前者*灵活、易于上手*，后者*强大、适合大规模模型*。两者做的都是矩阵乘法和求导。下面先用 torch 写一个两层的网络，训练循环、损失和学习率都逐行写出来。
"""

# %%
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)  # [N, 64], [N]


def build() -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def train(net: nn.Module, learning_rate: float = 0.5, steps: int = 60) -> list[float]:
    """Whole-batch gradient descent; the loss before each step."""
    optimizer, losses = torch.optim.SGD(net.parameters(), learning_rate), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


net = build()
start = [weight.detach().numpy().copy() for weight in net.parameters()]
before = net(x).detach()
curves = {"torch": train(net)}
print(f"{sum(weight.size for weight in start):,} parameters; loss {curves['torch'][0]:.2f} → {curves['torch'][-1]:.2f}")

# %% [markdown]
"""
Keras 3 is TensorFlow's own way to write networks, and runs on torch, too: 4 more distributions, no second framework. Keras keeps a layer's weights the other way round, [inputs, outputs]; hence the `.T`. With the same
weights the outputs have to be the same, and after the same steps still.
"""

# %% [markdown] lang="zh"
"""
Keras 3 是 TensorFlow 自己的网络写法，也能在 torch 上运行：只多装 4 个包，不需要第二个框架。Keras 存放权重的方向相反，是 [输入, 输出]，所以要写 `.T`。权重相同，输出就必须相同；走过同样的步数之后，也必须相同。
"""

# %% tags=["nbval-ignore-output"]
if there["keras"]:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    os.environ.setdefault("KERAS_HOME", scratch.name)  # else it writes a settings file into the home folder
    import keras

    dense = keras.layers.Dense
    twin = keras.Sequential([keras.Input((64,)), dense(32, activation="relu"), dense(10)])
    twin.set_weights([weight.T if weight.ndim == 2 else weight for weight in start])
    apart = np.abs(keras.ops.convert_to_numpy(twin(x.numpy())) - before.numpy()).max()
    twin.compile(keras.optimizers.SGD(0.5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    told = twin.fit(x.numpy(), y.numpy(), batch_size=len(x), epochs=len(curves["torch"]), shuffle=False, verbose=0)
    curves["Keras"] = told.history["loss"]
    drift = np.abs(np.array(curves["Keras"]) - curves["torch"]).max()
    assert apart < 1e-6 and drift < 1e-5
    print(f"largest difference: outputs {apart:.1g}, losses over {len(curves['torch'])} steps {drift:.1g}")

# %% [markdown]
"""
And TensorFlow itself? `tensorflow-cpu` is 1.5 GB, in an environment of its own; the same network was run there once (`tests/bench/frameworks.py`, 20 steps). Both environments hold numpy and Keras; ours holds the whole course.
"""

# %% [markdown] lang="zh"
"""
那么 TensorFlow 本身呢？`tensorflow-cpu` 占 1.5 GB，装在单独的环境里；同一个网络在那里运行过一次（`tests/bench/frameworks.py`，20 步）。两个环境都有 numpy 和 Keras，我们的环境里还有整个课程。
"""

# %%
frameworks = pd.read_csv(course_data / "frameworks.csv").set_index("backend")
named = {"outputs_before": "outputs apart before", "outputs_after": "after 20 steps", "megabytes": "MB"}
columns = ["version", "distributions", "megabytes", *list(named)[:2]]
frameworks[columns].rename(columns=named).map(lambda value: f"{value:.1g}" if isinstance(value, float) else value)

# %% [markdown]
"""
The choice is not about what can be computed. torch has the models of this course and most papers' code; TensorFlow has its own ways to phones, browsers and TPUs, which nothing here can test. Choose what the code that you start from is written in.

### TensorBoard: curves from files

A training writes its numbers into an *event file*, and a page draws them. `talentlab board` does it for all runs. Here we write such files and read them back, so that you see what they hold.
"""

# %% [markdown] lang="zh"
"""
选哪一个，与能算什么无关。本课程的模型和多数论文的代码用的是 torch；TensorFlow 另有通往手机、浏览器和 TPU 的路，这里无法检验。你起步的代码用什么写，就选什么。

### TensorBoard：从文件里画曲线

训练把数字写进*事件文件*，网页再把它们画出来。`talentlab board` 对所有运行都这样做。这里自己写几个这样的文件，再读回来，看看里面有什么。
"""

# %% tags=["nbval-ignore-output"]
read = {name: list(enumerate(losses)) for name, losses in curves.items()}
if there["tensorboard"]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    for name, losses in curves.items():
        with SummaryWriter(f"{scratch.name}/events/{name}") as writer:
            for step, loss in read[name]:
                writer.add_scalar("loss", loss, step)
        events = EventAccumulator(f"{scratch.name}/events/{name}").Reload().Scalars("loss")
        read[name] = [(event.step, event.value) for event in events]
        assert np.allclose([value for _, value in read[name]], losses, rtol=1e-6)  # stored in 32 bits
    print(f"{len(events)} events of the tag 'loss' for each of {len(read)} runs; the first: {read['torch'][0]}")
figure, (axes,) = plots.new_axes(width=6.4, height=2.8)
for (name, points), width, color in zip(read.items(), (6, 2), (plots.ORANGE, plots.BLUE), strict=False):
    axes.plot(*zip(*points, strict=True), color=color, linewidth=width, label=name)
axes.set(xlabel="step", ylabel="loss [nats/example]", ylim=(0, None))
axes.legend(frameon=False)
plots.show(figure, alt=f"Loss of {' and '.join(read)}, read from event files: one curve covers the other.")

# %% [markdown]
"""
**Visdom** is named beside TensorBoard in the document's list of things to set up. Version 0.2.4 (February 2023) does not build with today's setuptools: `No module named 'pkg_resources'`. Built with setuptools below 81, its server wants to download
its scripts at the first start, and did not come up offline. Use TensorBoard.

### Jupyter: what a notebook hides

A kernel is a dictionary of names. Cells act on it in the order in which somebody ran them, not in the order on the page.
"""

# %% [markdown] lang="zh"
"""
**Visdom** 在原文的环境清单里与 TensorBoard 并列。0.2.4 版（2023 年 2 月）用现在的 setuptools 无法构建：`No module named 'pkg_resources'`。改用 81 以下的 setuptools 能装上，但服务器第一次启动要联网下载脚本，断网时起不来。请用 TensorBoard。

### Jupyter：笔记本隐藏了什么

内核就是一个存放名字的字典。单元格按人运行的次序作用于它，而不是按页面上的次序。
"""

# %%
cells = ["rate = 0.1", "rate = rate * 2", "print(f'{rate:.1f}')"]


def run_cells(order: list[int]) -> None:
    """What a kernel does: each cell changes the same names."""
    names: dict = {}
    for number in order:
        exec(cells[number], names)


for order in ([0, 1, 2], [0, 1, 1, 2]):
    print(*(f"cell {number + 1}" for number in order), end=": ")
    run_cells(order)

# %% [markdown]
"""
### Exercise 7.A

Somebody runs cells 1, 2, 3, then 2 and 2 again, then 3, and saves. Which number stands under cell 3 in the saved notebook? Predict, then run it.
"""

# %% [markdown] lang="zh"
"""
### 练习 7.A

某人依次运行单元格 1、2、3，再把 2 运行两次，然后运行 3，保存。保存的笔记本里，单元格 3 下面的数是多少？先猜，再运行。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = 0.8
### END SOLUTION
exercises.check("7.A", answer)

# %% [markdown] tags=["solution"]
"""
Cell 2 ran three times: 0.1 · 2 · 2 · 2 = 0.8. On the page it stands once. Whoever runs the saved notebook from the top gets 0.2, and nothing says so.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
单元格 2 运行了三次：0.1 · 2 · 2 · 2 = 0.8，而页面上只有一次。谁拿到保存的笔记本从头运行，都会得到 0.2，而且没有任何提示。
"""

# %% [markdown]
"""
The traces are in the file: each code cell keeps the number at which it ran last, its `execution_count`. A notebook that was run from the top once has 1, 2, 3 … The next cell reads them: of two pages with faults, and of chapter 5 as this course keeps it.
"""

# %% [markdown] lang="zh"
"""
痕迹留在文件里：每个代码单元格都记着自己最近一次是第几个运行的，即 `execution_count`。从头运行一遍的笔记本，依次是 1、2、3……下面的单元格来读它们：两个有毛病的页面，和本课程保存的第 5 章。
"""


# %%
def order_faults(counts: list[int | None]) -> list[str]:
    """What the execution counts of a notebook's code cells tell, in the order of the page."""
    faults = [f"cell {place}: never run" for place, count in enumerate(counts, 1) if count is None]
    ran = [count for count in counts if count is not None]
    if ran != sorted(ran):
        faults.append("not run from top to bottom")
    if ran and max(ran) > len(ran):
        faults.append(f"{max(ran) - len(ran)} runs are not on the page: repeated or deleted cells")
    return faults


chapter = nbformat.read(runtime.repository_root() / "notebooks" / "05_project_practice.ipynb", as_version=4)
kept = [cell.execution_count for cell in chapter.cells if cell.cell_type == "code"]
for name, counts in {"[1, 5, 6]": [1, 5, 6], "[1, None, 3, 2]": [1, None, 3, 2], "chapter 5": kept}.items():
    print(f"{name}: {'; '.join(order_faults(counts)) or 'run once, from the top'}")

# %% [markdown]
"""
### Exercise 7.B

A colleague's check says of every notebook that it is in order. Find the two faults, and write it again; it takes the list of counts and returns True or False.

    def in_order(counts):
        ran = [count for count in counts if count]
        return sorted(ran) == list(sorted(ran))

In order is: each code cell ran, once, from the top: 1, 2, 3 …
"""

# %% [markdown] lang="zh"
"""
### 练习 7.B

同事写的检查，对任何笔记本都说次序没有问题。找出两处错误，重写这个函数：输入计数的列表，返回 True 或 False。

    def in_order(counts):
        ran = [count for count in counts if count]
        return sorted(ran) == list(sorted(ran))

次序没有问题指的是：每个代码单元格都从头依次运行过一次，即 1、2、3……
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=5
### BEGIN SOLUTION
def answer(counts):
    return counts == list(range(1, len(counts) + 1))


### END SOLUTION
exercises.check("7.B", answer)

# %% [markdown] tags=["solution"]
"""
It compared a sorted list with itself, and it left out the cells that never ran. Held against 1, 2, 3 … the list shows everything at once: gaps, repetitions, the wrong order, and None.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
它拿排好序的列表跟自己比，又漏掉了从未运行的单元格。与 1、2、3……一比，缺口、重复、次序颠倒和 None 就全看出来了。
"""

# %% [markdown]
"""
### Git: a notebook's change, a conflict, a search

All of this happens in a temporary repository. `git` is a program; a cell can call it like any other. First, one number in a small notebook changes, and the notebook is run again.
"""

# %% [markdown] lang="zh"
"""
### Git：笔记本的改动、一次冲突、一次搜索

下面的一切都发生在一个临时仓库里。`git` 是一个程序，单元格可以像调用其他程序一样调用它。先改一个小笔记本里的一个数，再重新运行。
"""

# %%
folder = Path(scratch.name) / "repository"
folder.mkdir()
person = {"NAME": "Ada", "EMAIL": "ada@example.org"}
identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
identity |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "PYTHONPATH": str(folder)}


def git(*words: str, check: bool = True) -> str:
    """Output of a git command in the temporary repository."""
    settings = {"cwd": folder, "env": os.environ | identity, "encoding": "utf-8", "capture_output": True}
    return subprocess.run(["git", *words], check=check, **settings).stdout


def notebook(rate: float, counts: tuple[int, int]):
    picture = "".join(np.random.default_rng(int(100 * rate)).choice(list("ABCDwxyz0123"), 2000))
    outputs = [v4.new_output("stream", text=f"{3 * rate:.1f}\n"), v4.new_output("display_data", {"image/png": picture})]
    code = [v4.new_code_cell(f"rate = {rate}", id="a", execution_count=counts[0])]
    code.append(v4.new_code_cell("show(3 * rate)", id="b", execution_count=counts[1], outputs=outputs))
    return v4.new_notebook(cells=code)


old, new = notebook(0.1, (1, 2)), notebook(0.2, (5, 7))

# %%
if there["git"]:
    git("init", "--quiet", "--initial-branch", "main")
    nbformat.write(old, folder / "model.ipynb")
    git("add", "."), git("commit", "--quiet", "--message", "a model")
    nbformat.write(new, folder / "model.ipynb")
    changed = git("diff")
    lines = [line for line in changed.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    print(f"git diff: {len(lines)} lines, {len(changed):,} characters; among them:")
    print("\n".join(line[:40] for line in lines[:4]))
print("our own, sources alone:")
sources = [[cell.source for cell in page.cells if cell.cell_type == "code"] for page in (old, new)]
print(
    "\n".join(
        line for line in difflib.unified_diff(*sources, lineterm="", n=0) if line[:1] in "+-" and line[1:2] != line[:1]
    )
)

# %% [markdown]
"""
A change of one character is thousands of characters of pictures and counts. The last lines compare the sources alone, in three lines of code. `nbdime` (extra `git`, 4 more distributions) does that for whole repositories, merges notebooks cell by cell, and draws both versions in a browser:
"""

# %% [markdown] lang="zh"
"""
只改了一个字符，差异里却有几千个字符的图片和计数。最后几行只比较源代码，三行就够。`nbdime`（附加组件 `git`，多装 4 个包）对整个仓库这样做，还能逐个单元格合并笔记本，并在浏览器里并排显示两个版本：
"""

# %% tags=["nbval-ignore-output"]
if there["nbdime"]:
    for name, page in (("old", old), ("new", new)):
        nbformat.write(page, f"{scratch.name}/{name}.ipynb")
    asked = ["-m", "nbdime", "diff", "--sources", "--no-color", "old.ipynb", "new.ipynb"]
    told = subprocess.run([sys.executable, *asked], cwd=scratch.name, text=True, capture_output=True).stdout
    print("\n".join(line for line in told.splitlines() if line and line[:3] not in ("---", "+++", "nbd")))

# %% [markdown]
"""
This course writes its notebooks from text sources, so that a *commit* (one recorded state of all files, with author and reason) is read in the source.

Next, two people change the same line. Git keeps both and asks; that is a *merge conflict*.
"""

# %% [markdown] lang="zh"
"""
本课程的笔记本是由文本源文件生成的，所以每次*提交*（全部文件的一个记录在案的状态，附作者和理由）都在源文件里阅读。

接着，两个人改了同一行。Git 把两份都留下来问你：这就是*合并冲突*。
"""

# %%
code = folder / "features.py"


def save(message: str, *lines: str) -> None:
    """Write `features.py` and commit it."""
    code.write_text("\n".join(["import numpy as np", "", "", "def features(x):", *lines, ""]), encoding="utf-8")
    git("add", "."), git("commit", "--quiet", "--message", message)


if there["git"]:
    save("raw pixels", "    return x")
    git("switch", "--quiet", "--create", "roots")
    save("roots, faint strokes count more", "    return np.sqrt(x)")
    git("switch", "--quiet", "main")
    save("shares of the brightest value", "    return x / 16")
    print(git("merge", "roots", check=False).splitlines()[-1])
    print("".join(code.read_text(encoding="utf-8").partition("def ")[1:]))

# %% [markdown]
"""
Between `<<<<<<<` and `=======` stands the line of the branch that you are on, below it the other one. Nobody but a person can know that both are wanted. The mended file is committed, and the history has both parents.
"""

# %% [markdown] lang="zh"
"""
`<<<<<<<` 与 `=======` 之间是你所在分支的那一行，下面是另一个分支的。两处改动都要保留，这一点只有人才知道。改好文件再提交，历史里就有两个父提交。
"""

# %%
if there["git"]:
    save("merge: roots of shares", "    return np.sqrt(x / 16)")
    print(git("log", "--graph", "--format=%s"))

# %% [markdown]
"""
### Which commit broke it?

Fourteen more commits follow, and at the end the accuracy is bad. Each was harmless by its message. `git bisect run` asks a script about the commit in the middle, and again about the middle of the half that holds the fault. The script has to say by its exit code whether a commit is good (0) or bad (1): here, whether the nearest class mean finds more than eight
digits in ten.
"""

# %% [markdown] lang="zh"
"""
### 是哪次提交弄坏的？

后面又有 14 次提交，到最后准确率变差了。从提交说明看，每一次都无害。`git bisect run` 拿中间的提交去问一个脚本，再问出错那一半的中间。脚本用退出码说明一个提交是好（0）是坏（1）：这里看的是，用最近的类均值来分类，十个数字里能不能认出八个以上。
"""

# %%
check = """import sys
import numpy as np
from features import features
with np.load(sys.argv[1]) as file:
    x, y = features(file["x"]), file["y"]
means = np.array([x[:900][y[:900] == digit].mean(0) for digit in range(10)])
found = ((x[900:, None] - means) ** 2).sum(2).argmin(1)
accuracy = (found == y[900:]).mean()
print(f"{accuracy:.3f}")
sys.exit(int(accuracy < 0.8))
"""
Path(scratch.name, "check.py").write_text(check, encoding="utf-8")
np.savez(f"{scratch.name}/digits.npz", x=digits.data, y=digits.target)
history = [("a comment", "np.sqrt(x / 16)"), ("shorter names", "np.sqrt(x / 16)"), ("typing", "np.sqrt(x / 16)")]
history += [("a power", "(x / 16) ** 0.5"), ("an example", "(x / 16) ** 0.5"), ("spaces", "(x / 16) ** 0.5")]
history += [("sorted imports", "(x / 16) ** 0.5"), ("a comment", "(x / 16) ** 0.5"), ("typing", "(x / 16) ** 0.5")]
less = "(x / 16).astype('int8') ** 0.5"
history += [
    ("a quarter of the memory", less),
    ("an example", less),
    ("a comment", less),
    ("typing", less),
    ("release", less),
]

# %%
tested = []
if there["git"]:
    for number, (message, body) in enumerate(history, 1):
        save(f"{number}: {message}", f"    # version {number}", f"    return {body}")
    git("bisect", "start", "HEAD", f"HEAD~{len(history)}")
    command = [sys.executable, "-B", f"{scratch.name}/check.py", f"{scratch.name}/digits.npz"]
    git("bisect", "run", *command)
    said = [line.partition("] ") for line in git("bisect", "log").splitlines() if line.startswith("#")]
    tested = [(line[2:].partition(":")[0], subject) for line, _, subject in said]
    print("\n".join(f"{told}: {subject}" for told, subject in tested))

# %%
accuracy = []
for _, body in history:
    shown = eval(body, {"x": digits.data, "np": np})
    means = np.array([shown[:900][digits.target[:900] == digit].mean(0) for digit in range(10)])
    nearest = ((shown[900:, None] - means) ** 2).sum(2).argmin(1)
    accuracy.append(100 * (nearest == digits.target[900:]).mean())
asked = sorted({int(subject.partition(":")[0]) for told, subject in tested[2:] if told in ("good", "bad")})
figure, (axes,) = plots.new_axes(width=6.8, height=2.6)
axes.plot(range(1, len(history) + 1), accuracy, "o-", color=plots.GREY, label="not asked")
axes.plot(asked, [accuracy[number - 1] for number in asked], "o", markersize=11, color=plots.BLUE, label="asked by git")
axes.set(xlabel="commit", ylabel="digits found [%]", ylim=(50, 100), xticks=range(1, len(history) + 1))
axes.legend(frameon=False, loc="lower left")
worst = int(np.argmin(np.diff(accuracy))) + 2
plots.show(
    figure,
    alt=f"Accuracy of {len(history)} commits; it falls from {accuracy[worst - 2]:.0f} to {accuracy[worst - 1]:.0f} % at commit "
    f"{worst}, {history[worst - 1][0]!r}. Git asked about {len(asked)} of them.",
)

# %% [markdown]
"""
Whole numbers of eight bits take a quarter of the memory, and keep of 17 shades two. The message was true. What a search needs is a script that says good or bad without a person, and seeds that give the same number each time: chapter [10](10_experiments.ipynb) has both.

### AWS: what a rented machine costs

Prices change, so each has its month and its source. Look at the three pages about one and the same machine:
"""

# %% [markdown] lang="zh"
"""
八位整数确实省了四分之三的内存，但 17 级灰度只剩下两级。提交说明没有说谎。这种搜索需要一个不靠人就能判断好坏的脚本，还需要固定的种子，让每次得到的数都一样：这两样[第 10 章](10_experiments.ipynb)都有。

### AWS：租一台机器要花多少钱

价格会变，所以每个价格都附月份和来源。请看关于同一台机器的三个网页：
"""

# %%
prices = pd.read_csv(prices_table or course_data / "prices.csv")
shown = prices.assign(usd=prices["usd"].map("{:,.4g}".format))
shown[["what", "per"]] = shown[["what", "per"]].map(language.name)
shown[["item", "what", "usd", "per", "seen"]].set_index("item")

# %% [markdown]
r"""
Three public pages, three prices, a factor of three between them, all within a quarter of a year: AWS cut its price in June 2025, and pages copy each other. Only the provider's own page on the day of the decision counts; put its numbers into a copy of the table (`-p prices_table=FILE`).

A bought card costs its price and its electricity; a rented one costs by the hour. At h hours a week over n weeks both cost the same where

$$\text{price} + h \cdot n \cdot \text{power} \cdot \text{electricity} = h \cdot n \cdot \text{rent}$$
"""

# %% [markdown] lang="zh"
r"""
三个公开网页，三个价格，都在同一个季度里，相差三倍：AWS 在 2025 年 6 月降过价，而网页互相抄来抄去。只有做决定当天供应商自己的页面才算数；请把上面的数字填进这张表的副本（`-p prices_table=FILE`）。

买来的显卡，花的是售价和电费；租来的按小时付费。每周用 h 小时，共 n 周，两者在下式成立时一样贵：

$$\text{售价} + h \cdot n \cdot \text{功率} \cdot \text{电价} = h \cdot n \cdot \text{租金}$$
"""

# %% [markdown]
"""
### Exercise 7.C

Write `break_even(price, rent, power, electricity, weeks)`: the hours a week above which the bought card is cheaper. Rent in USD per hour, power in kW, electricity in USD per kWh. If it never is, return `float("inf")`.
"""

# %% [markdown] lang="zh"
"""
### 练习 7.C

写出 `break_even(price, rent, power, electricity, weeks)`：每周超过多少小时，买卡更便宜。租金单位是 USD/小时，功率是 kW，电价是 USD/kWh。如果永远不会更便宜，返回 `float("inf")`。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def answer(price, rent, power, electricity, weeks):
    saved = rent - power * electricity
    return price / (weeks * saved) if saved > 0 else float("inf")


### END SOLUTION
exercises.check("7.C", answer)

# %% [markdown] tags=["solution"]
"""
Each hour saves the rent less the electricity. The price is earned back after price ÷ saved hours, spread over the weeks. Where electricity costs more than rent, no number of hours earns it back.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每小时省下租金减去电费。售价 ÷ 每小时省下的钱，就是回本需要的小时数，再分摊到各周。如果电费比租金还贵，用多少小时也回不了本。
"""

# %%
usd = prices.drop_duplicates("item").set_index("item")["usd"]
n = 52 * years  # weeks
per_week = np.linspace(0, 60, 121)
rented = usd["g5.xlarge"] * per_week * n
bought = usd["RTX 4090"] + power * electricity * per_week * n
crossing = float(np.interp(0, rented - bought, per_week))
guess_hours.settle(crossing)
figure, (axes,) = plots.new_axes(width=6.8, height=3.0)
guess_hours.shade(axes, along="x")
axes.plot(per_week, rented, color=plots.VERMILION, label="rented GPU")
axes.plot(per_week, bought, color=plots.BLUE, label="bought card")
axes.axvline(crossing, color=plots.GREY, linestyle="--")
axes.set(xlabel="hours of GPU a week", ylabel=f"cost over {years:g} years [USD]", xlim=(0, 60), ylim=(0, None))
axes.legend(frameon=False, loc="upper left")
plots.show(
    figure,
    alt=f"Cost of a rented GPU and of a bought card over {years:g} years; they cross at {crossing:.1f} hours a week.",
)
at = [float(np.interp(gpu_hours_per_week, per_week, line)) for line in (rented, bought)]
print(f"at {gpu_hours_per_week:g} h a week: rented {at[0]:,.0f} USD, bought {at[1]:,.0f} USD")
times = usd["g5.xlarge"] / usd["m7g.large"]
print(
    f"a training is cheaper on the rented GPU than on two rented cores if it runs more than {times:.0f} times as fast"
)

# %% [markdown]
"""
Left out: the computer around the card, somebody's time, a failed disk, and that a rented machine which nobody switched off costs all the same. That last one is the usual bill. The speed of a GPU for *your* training has to be measured; `talentlab doctor` and the results of chapter 5 have that of your cores.

**Can one practise without an account?** `moto` answers in AWS's place on this machine. Our calls ran against it once, in an environment of its own of 317 MB (`tests/bench/aws_calls.py`, moto 5.2.5):

| call | answer |
|---|---|
| S3: put a file, get it | the same bytes |
| EC2: rent, describe, stop | running, then stopping |
| SageMaker: train | *Completed* at once; 0 files written |
| price list | fails with error 500 |

So it tests that a call has the right form. It cannot test cost, queues, speed, or whether anything is trained. The way to several real machines is in `course/scale.md`.
"""

# %% [markdown] lang="zh"
"""
没有算进去的有：显卡之外的电脑，人的时间，坏掉的硬盘，还有忘了关的机器照样计费，最后这一项才是账单的常客。GPU 对*你的*训练快多少，必须实测；你自己的核心有多快，看 `talentlab doctor` 和第 5 章的结果。

**没有账号能练习吗？** `moto` 可以在本机冒充 AWS 作答。我们的调用在它上面跑过一次，用的是 317 MB 的单独环境（`tests/bench/aws_calls.py`，moto 5.2.5）：

| 调用 | 回答 |
|---|---|
| S3：存一个文件，再取出 | 字节相同 |
| EC2：租用、查询、停止 | 运行中，随后停止中 |
| SageMaker：训练 | 立刻返回 *Completed*；写出 0 个文件 |
| 价目表 | 报错 500 |

所以它能检验调用的形式对不对，检验不了费用、排队、速度，也检验不了到底有没有训练。真正用上多台机器的办法，见 `course/scale.md`。
"""

# %% [markdown]
"""
## 7.3 Three papers, made again small

A paper's table is a claim that one can repeat. Small models and other data will not give its numbers; the question is whether they give its *order*. Each training of the record is a row of `course/data/papers.csv` (`tests/bench/papers.py`).

### Attention Is All You Need (2017)

It builds a translator out of *self-attention* alone, without recurrence. Self-attention itself is older, as its section 2 says; new is that nothing else was needed. Section 6.2 takes parts away: heads, positions, size. Here is the course's own translator of chapter [3.4a](03_4a_nlp.ipynb), trained twice now: with positions and without.
"""

# %% [markdown] lang="zh"
"""
## 7.3 三篇论文，缩小重做

论文的表格是一个可以重复的论断。小模型、别的数据，得不到同样的数字；要问的是，能不能得到同样的*次序*。记录里的每次训练，是 `course/data/papers.csv` 的一行（`tests/bench/papers.py`）。

### Attention Is All You Need（2017）

这篇论文只用*自注意力*搭出一个翻译模型，不用循环结构。自注意力本身更早就有，论文第 2 节也这样写；新的是，不再需要别的东西。6.2 节逐样拿掉：注意力头、位置、大小。下面把课程自己的翻译模型（[第 3.4a 章](03_4a_nlp.ipynb)）现场训练两次：有位置，和没有位置。
"""

# %% tags=["nbval-ignore-output"]
pairs = grammar.draw_pairs(num_pairs, 200, seed)
parts = {name: pairs[pairs["split"] == split] for name, split in (("train", "train"), ("test", grammar.KINDS[0]))}
english, chinese = (seq2seq.Vocabulary(parts["train"][column]) for column in ("en", "zh"))
texts = {
    name: seq2seq.PairedText([*map(english.encode, rows["en"])], [*map(chinese.encode, rows["zh"])])
    for name, rows in parts.items()
}
live, exact = {}, {}
for name, positions in (("with positions", True), ("without positions", False)):
    model = seq2seq.Seq2Seq(len(english), len(chinese), hidden_size=64, dropout=0.0, positions=positions, seed=seed)
    settings = {"learning_rate": learning_rate, "num_epochs": num_epochs, "batch_size": 16, "precision": "fp32"}
    live[name] = training.fit(model, texts["train"], seed=seed, **settings).steps
    made = seq2seq.beam_search(model, texts["test"])[0]
    exact[name] = np.mean([one == other for one, other in zip(made, texts["test"].targets, strict=True)])
figure, (axes,) = plots.new_axes(width=6.4, height=2.8)
for (name, steps), color in zip(live.items(), (plots.BLUE, plots.VERMILION), strict=True):
    smooth = pd.Series([step["loss"] for step in steps]).ewm(halflife=10).mean()
    axes.plot(smooth, color=color, label=name)
axes.set(xlabel="step", ylabel="loss [nats/token]")
axes.legend(frameon=False)
told = "; ".join(f"{language.name(name)} {share:.0%}" for name, share in exact.items())
plots.show(figure, alt=f"Loss of two translators while they train. New sentences exactly right: {told}.")

# %% [markdown]
"""
A glance at one seed. The record has five of each variant, with 4,000 pairs, beside the paper's row (A): the number of heads, at the same cost.
"""

# %% [markdown] lang="zh"
"""
这只是一个种子，看一眼而已。记录里每种变体有五个种子，用 4,000 对句子；旁边是论文的 (A) 行：注意力头的个数，计算量不变。
"""

# %%
papers = pd.read_csv(papers_table or course_data / "papers.csv")


def of(paper: str) -> pd.DataFrame:
    """Accuracy [%] of a paper's variants, one column each, one row for each seed."""
    return 100 * papers[papers["paper"] == paper].pivot(index="seed", columns="variant", values="accuracy")


def draw_seeds(axes, places, table: pd.DataFrame) -> None:
    """Each seed a ring, their mean a dot."""
    for place, name in zip(places, table, strict=True):
        axes.plot([place] * len(table), table[name], "o", mfc="none", color=plots.GREY, markersize=5)
        axes.plot(place, table[name].mean(), "o", color=plots.BLUE, markersize=8)


bleu = {1: 24.9, 4: 25.5, 8: 25.8, 16: 25.8, 32: 25.4}  # the paper's table 3, rows base and (A)
ours = of("attention")
heads = {1: "1 head", 2: "2 heads", 16: "16 heads"}
figure, (left, right) = plots.new_axes(2, width=8.6, height=3.0)
left.plot(list(bleu), list(bleu.values()), "o-", color=plots.ORANGE)
left.set(
    xlabel="heads", ylabel="the paper: BLEU", xscale="log", ylim=(24, 26.5), xticks=list(bleu), xticklabels=list(bleu)
)
draw_seeds(right, range(3), ours[list(heads.values())])
right.set(xlabel="heads", ylabel="ours: exactly right [%]", xticks=range(3), xticklabels=list(heads))
mean = ours.mean()
told = "; ".join(f"{count}: {mean[name]:.0f} %" for count, name in heads.items())
plots.show(figure, alt=f"Left the paper: best with 8 and 16 heads, 0.9 BLEU less with 1. Right ours, by heads: {told}.")

# %% tags=["nbval-ignore-output"]
against = ["no positions", "norm after", "1 head", "16 heads"]


def gap(table: pd.DataFrame, one: str, other: str) -> evaluation.Interval:
    """Mean difference of two variants over seeds, with Student's 95 % interval [points]."""
    each = (table[one] - table[other]).dropna()
    half = student.ppf(0.975, len(each) - 1) * each.std() / len(each) ** 0.5 if len(each) > 1 else np.inf
    return evaluation.Interval(each.mean(), each.mean() - half, each.mean() + half)


gaps = {name: gap(ours, name, "2 heads") for name in against}
pd.DataFrame(
    {
        "exactly right": {name: f"{mean[name]:.0f} %" for name in ["2 heads", *against]},
        "less 2 heads [points]": {"2 heads": "–"} | {name: f"{found:+.1f}" for name, found in gaps.items()},
        "seeds": ours.notna().sum().to_dict(),
    }
).loc[["2 heads", *against]]


# %% [markdown]
"""
Read the intervals, not the means. In the course's record two of them leave nought: places matter most, and *norm after* is ahead; five seeds cannot tell one head or sixteen from two. In the paper one head lost 0.9 BLEU, from one training of each. *Norm after* is the paper's own order, with the layer norm behind each addition; most later models put it before, as this course does, since deep stacks then train without a long warm-up. Two layers are not deep.

### BERT (2018)

Its pretraining hides 15 % of the tokens and asks for them. Of the hidden ones 80 % become `[MASK]`, 10 % another token, 10 % stay. Why so complicated? Its appendix C.2 tried other shares and judged them by a task. The record does the same with the small BERT of chapter [3.1](03_1_principles.ipynb), whose task is to tell from which package a passage comes.
"""

# %% [markdown] lang="zh"
"""
要看区间，不要只看均值。课程的记录里有两个区间不含零：位置的影响最大，*norm after*（归一化在后）领先；1 个头、16 个头与 2 个头，五个种子分不出高下。论文里 1 个头低 0.9 BLEU，每种只训练了一次。*norm after* 是论文自己的次序，层归一化放在每次相加之后；后来的模型多数像本课程这样放在前面，层数很多时不需要长时间预热也能训练。两层算不上多。

### BERT（2018）

它的预训练遮住 15% 的词元，再问那里是什么。被选中的词元，80% 换成 `[MASK]`，10% 换成别的词元，10% 不变。为什么这么复杂？论文附录 C.2 试过别的比例，用任务来评判。记录里用[第 3.1 章](03_1_principles.ipynb)的小 BERT 做同样的事，任务是判断一段文字出自哪个软件包。
"""

# %% [markdown]
"""
### Exercise 7.D

Before you look: by how much do the shares matter in the paper? It fine-tuned each variant on MNLI, three classes, 393,000 examples.

- **a** by about 10 points: a model that saw only `[MASK]` in pretraining fails on text without it
- **b** by about 3 points, with 80 / 10 / 10 ahead
- **c** by less than 1 point between any two of them
- **d** the training fails without `[MASK]`

Answer with a letter.
"""

# %% [markdown] lang="zh"
"""
### 练习 7.D

先别往下看：在论文里，这些比例有多大影响？每种变体都在 MNLI 上微调，三个类别，393,000 个样本。

- **a** 约 10 个百分点：预训练时只见过 `[MASK]` 的模型，遇到没有它的文本就不行了
- **b** 约 3 个百分点，80 / 10 / 10 领先
- **c** 任意两种之间不到 1 个百分点
- **d** 没有 `[MASK]` 就训练不起来

用一个字母作答。
"""

# %% tags=["exercise"] kind="predict" difficulty=2 importance=2 minutes=3
### BEGIN SOLUTION
answer = "c"
### END SOLUTION
exercises.check("7.D", answer)

# %% [markdown] tags=["solution"]
"""
83.6 to 84.3 %. The paper itself calls fine-tuning surprisingly robust to the masking. At that size the shares that everybody copies are among the least important choices; size and amount of text matter by points. Whether that holds for a small model, the figure shows.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
83.6% 到 84.3%。论文自己也说，微调对掩码方式出人意料地不敏感。在那个规模上，人人照抄的这组比例是最不重要的选择之一；模型大小和文本多少，影响才以百分点计。对小模型是不是这样，看下面的图。
"""

# %%
mnli = {"80 / 10 / 10": 84.2, "100 / 0 / 0": 84.3, "0 / 0 / 100": 83.6}  # the paper's table 8
near = of("bert")
shown = [*mnli, "no pretraining"]
figure, (left, right) = plots.new_axes(2, width=9.0, height=3.0)
left.plot(range(3), list(mnli.values()), "o", color=plots.ORANGE, markersize=8)
left.set(ylabel="the paper: MNLI [%]", ylim=(80, 88), xlim=(-0.5, 2.5), xticks=range(3), xticklabels=list(mnli))
draw_seeds(right, range(4), near.reindex(columns=shown))
right.set(ylabel="ours: which package? [%]", xticks=range(4), xticklabels=[*mnli, "none"])
for axes in (left, right):
    axes.set_xlabel("shares: [MASK] / same / other token")
told = "; ".join(f"{language.name(name)}: {near[name].mean():.0f} %" for name in shown if name in near)
plots.show(figure, alt=f"Left the paper: less than a point between the shares. Right ours, {len(near)} seeds: {told}.")

# %% [markdown]
"""
Not the paper's order. In the seeds that the record has, the shares matter by more than ten points: a model that was asked only where it saw `[MASK]`, or only where a wrong word stood, is no better on whole text than one without pretraining. It names the same package for practically every passage: 62 % is the share of the larger one, 38 % that of the smaller. 21 steps of fine-tuning on 200 labels did not move it from there. The likely reason is the length of the pretraining: after three short epochs the loss of hidden tokens is still near the guess by frequency, and little but the tenth that stays teaches what a token looks like in its own place. The paper trained a million steps, and fine-tuned on two thousand times as many labels; there the shares no longer show. Three seeds: a thing seen, not a claim decided.

BERT's other objective, the next sentence, and its table of sizes were not made again here: they want more text and hours. What pretraining is worth stands in chapter 3.1's record, with eight seeds.
"""

# %% [markdown] lang="zh"
"""
这不是论文里的次序。在记录里已有的种子上，比例的影响超过十个百分点：只在看到 `[MASK]` 的地方、或者只在换了错词的地方被提问的模型，用在完整的文本上，并不比没有预训练的好。它对几乎每段文字都回答同一个包：62% 是较大那个包的占比，38% 是较小那个的。在 200 个标签上微调 21 步，没有让它离开那里。原因很可能是预训练太短：三个短轮之后，被遮词元的损失还接近按词频猜测，几乎只有保持不变的那十分之一，能教会模型一个词元在自己的位置上是什么样子。论文训练了一百万步，又用两千倍的标签微调；到那时，比例的影响就看不出来了。只有三个种子：这是看到的现象，不是已有定论的论断。

BERT 的另一个目标（判断下一句）和它关于模型大小的表，这里没有重做：那需要更多文本和更多小时。预训练值多少，见第 3.1 章的记录，有八个种子。
"""

# %% [markdown]
"""
### Parameter-Efficient Transfer Learning (2019)

A *bottleneck adapter* is a small trained layer behind each sub-layer of a frozen model: from width H down to m, and up again. Layer norms, pooler and head train, too. The paper's figure shows accuracy against trained parameters. Here is the course's model on SST-2: 480 labelled sentences, two epochs, five seeds, the course's usual learning rates (2e-3 for adapters, 2e-4 for the whole model), not tuned. Chapter [3.2c](03_2c_fine_tuning.ipynb) trains such adapters live.
"""

# %% [markdown] lang="zh"
"""
### Parameter-Efficient Transfer Learning（2019）

*瓶颈适配器*是冻结的模型里每个子层后面的一个可训练的小层：从宽度 H 降到 m，再升回去。层归一化、池化层和分类头也一起训练。论文用一张图显示准确率与可训练参数个数的关系。下面是课程的模型在 SST-2 上的结果：480 个带标签的句子，两轮，五个种子；学习率用课程的常用值（适配器 2e-3，整个模型 2e-4），没有调过。[第 3.2c 章](03_2c_fine_tuning.ipynb)会现场训练这种适配器。
"""

# %% tags=["nbval-ignore-output"]
adapted = of("adapters")
trained = papers[papers["paper"] == "adapters"].groupby("variant")["trained"].first().sort_values()
whole = trained["full"]
glue = {3.6: 80.0, 2.1: 79.6, 100: 80.4}  # the paper's table 1: % trained → GLUE; full fine-tuning is 100 %
figure, (left, right) = plots.new_axes(2, width=9.0, height=3.2)
left.plot(list(glue), list(glue.values()), "o", color=plots.ORANGE)
left.set(ylabel="the paper: GLUE", ylim=(70, 90), xlim=(0.5, 200))
draw_seeds(right, 100 * trained / whole, adapted[trained.index])
for name, place in trained.items():
    right.annotate(language.name(name), (100 * place / whole, adapted[name].max() + 0.4), ha="center", fontsize=9)
right.set(ylabel="ours: SST-2 [%]", xlim=(0.5, 200), ylim=(None, adapted.max().max() + 2.5))
for axes in (left, right):
    axes.set(xlabel="trained parameters [% of all]", xscale="log", xticks=[1, 10, 100], xticklabels=["1", "10", "100"])
told = "; ".join(f"{language.name(name)}: {adapted[name].mean():.1f} %" for name in trained.index)
plots.show(figure, alt=f"Accuracy against trained parameters. Right ours, by the width of the bottleneck: {told}.")

# %% tags=["nbval-ignore-output"]
behind = gap(adapted, "full", "8")
guess_gap.settle(behind.value)
print(
    f"full less width 8: {behind:+.1f} points over {len(adapted)} seeds; trained: {trained['8'] / whole:.1%} of the parameters"
)
print(f"full less head and pooler alone: {gap(adapted, 'full', '0'):+.1f} points")
print(f"width 8 less width 256: {gap(adapted, '8', '256'):+.1f} points")

# %% [markdown]
"""
The interval is over seeds, each with labelled sentences of its own; the 800 test sentences are the same for all. Read them in this order: is the head alone enough? How far behind the whole model is width 8? Does width matter? In the paper it hardly did between 8 and 256, on tasks with thousands of labels.

What it saves is storage and memory of the optimizer, hardly time: the gradient still runs through the frozen layers. One model and twenty adapters are a product for twenty customers.
"""

# %% [markdown] lang="zh"
"""
区间是对种子计算的，每个种子用各自的带标签句子；800 个测试句子则都相同。请按这个次序读：只训练分类头够不够？宽度 8 比整个模型差多少？宽度有没有影响？在论文里，任务有成千上万个标签，宽度从 8 到 256 几乎没有影响。

它省的是存储和优化器的内存，省不了多少时间：梯度仍然要穿过冻结的层。一个模型加二十个适配器，就能服务二十家客户。
"""

# %% tags=["nbval-ignore-output"]
claims.record(
    "7.1-resources", reference="each found by the name and publisher that the document gives",
    measured="all five exist; three are as described; the NLP book has another publisher, the Transformers book another title and publisher",
    verdict="true as a description",
)  # fmt: skip
same = f"outputs {apart:.1g} apart, losses {drift:.1g}" if there["keras"] else "see the recorded table"
claims.record(
    "7.2-frameworks", reference="flexible; suited to large models: no machine here is large enough to compare",
    measured=f"one network in torch and in Keras: {same}; TensorFlow after 20 steps: {frameworks['outputs_after']['tensorflow']:.1g}",
    verdict="not testable here",
)  # fmt: skip
claims.record(
    "7.2-work", reference="what each tool is named for, done once",
    measured=f"order of cells read from the counts; a conflict mended; the bad one of {len(history)} commits found with {len(asked)} "
    f"questions; a bought card pays from {crossing:.1f} h a week over {years:g} years",
    verdict="true as a description",
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.record(
    "7.3-principles", reference="the papers' own tables",
    measured="; ".join(f"{language.name(name)}: {found:+.1f} points" for name, found in gaps.items()) + f"; {len(ours)} seeds; masking shares: {len(near)} seeds",
    verdict="true as a description",
)  # fmt: skip
share = evaluation.Interval(*(-np.array([behind.value, behind.high, behind.low]) / 100))
claims.record(
    "7.3-adapters", reference="at most two points below full fine-tuning",
    measured=f"width 8 less full: {100 * share.value:+.1f} points [{100 * share.low:+.1f}, {100 * share.high:+.1f}], width 256 less full: {gap(adapted, '256', 'full'):+.1f}, on SST-2 with 480 labels, "
    f"{len(adapted)} seeds; {trained['8'] / whole:.1%} of the parameters trained",
    holds=evaluation.verdict(share, -0.02, seeds=len(adapted)),
)  # fmt: skip
claims.report(
    keras_drift=drift if there["keras"] else 0.0, bisect_questions=len(asked), break_even_hours=crossing,
    positions_points=-gaps["no positions"].value, adapter_behind_points=behind.value,
)  # fmt: skip

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 7.1

The last good version is 1,000 commits back, and one of the 1,000 since then broke it. How many commits does `git bisect` ask about, at most?
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 7.1

最后一个好的版本在 1,000 次提交以前，之后的 1,000 次里有一次弄坏了。`git bisect` 最多问几个提交？
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 10
### END SOLUTION
exercises.check("7.1", answer)

# %% [markdown] tags=["solution"]
"""
Each answer halves what is left: 2^10 = 1,024 is the first power of two that is not below 1,000. If each question is a training of an hour, that is a day; write the script so that it asks for something smaller.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每次回答剩下一半：2^10 = 1,024 是第一个不小于 1,000 的 2 的幂。如果每问一次要训练一小时，那就是一整个工作日；把脚本写成只问一件更小的事。
"""

# %% [markdown]
"""
### Exercise 7.2

Train `build()` by `train` with the learning rates 0.05, 0.5, 5 and 50, 60 steps each. Answer with a dictionary rate → last loss, and look at the curve of the largest.
"""

# %% [markdown] lang="zh"
"""
### 练习 7.2

用 `train` 训练 `build()`，学习率取 0.05、0.5、5、50，各 60 步。用“学习率 → 最后的损失”的字典作答，并看一看最大那个的曲线。
"""

# %% tags=["exercise"] kind="train" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
answer = {rate: train(build(), learning_rate=rate)[-1] for rate in (0.05, 0.5, 5, 50)}
### END SOLUTION
exercises.check("7.2", answer, train=lambda rate: train(build(), learning_rate=rate)[-1])

# %% [markdown] tags=["solution"]
"""
At 0.05 it is on its way after 60 steps, at 0.5 it is well down. At 5 the loss jumps up and down, at 50 the first steps throw the weights so far that all units of the hidden layer may be shut for good, and the loss stands still near log 10 or above. Each framework does this alike; a framework does not choose a learning rate.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
0.05 时，60 步之后还在半路；0.5 时已经降下去了。5 时损失上下跳动；50 时，头几步就把权重甩得太远，隐藏层的单元可能全部永远关闭，损失停在 log 10 附近或更高。两种框架都是这样；框架不会替你选学习率。
"""

# %% [markdown]
"""
### Exercise 7.3

Write `adapter_parameters(layers, hidden, width)`: how many parameters bottleneck adapters add to a model, two in each layer, each from `hidden` down to `width` and up again, with biases. Layer norms, pooler and head are not counted.
"""

# %% [markdown] lang="zh"
"""
### 练习 7.3

写出 `adapter_parameters(layers, hidden, width)`：瓶颈适配器给模型增加多少个参数。每层两个适配器，每个从 `hidden` 降到 `width` 再升回去，都带偏置。层归一化、池化层和分类头不计。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def answer(layers, hidden, width):
    return 2 * layers * (2 * hidden * width + width + hidden)


### END SOLUTION
exercises.check("7.3", answer)

# %% [markdown] tags=["solution"]
"""
Down: hidden × width and width biases; up: width × hidden and hidden biases. For the bundled model (6 layers of 384) and width 8 that is 78,432, about a third of a per cent. What else trains beside it, pooler and head, is 148,610, nearly twice as much: below a certain width the figure's points cannot move to the left.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
降：hidden × width 个权重和 width 个偏置；升：width × hidden 个权重和 hidden 个偏置。课程自带的模型（6 层，宽 384）取宽度 8，就是 78,432 个，占千分之三点五。一同训练的池化层和分类头有 148,610 个，几乎是它的两倍：宽度小到一定程度，图里的点就不会再往左移了。
"""

# %% [markdown]
"""
## Recap

- A recommendation is a claim. Two of five were misdescribed, and a minute shows it.
- The same weights give the same numbers in another framework, to the seventh digit. If they do not, a layer differs.
- A notebook shows the page, not the order. The counts tell; running from the top settles it.
- Git finds the commit that did damage, if a script can say good or bad.
- Renting is cheaper up to a number of hours that you can compute; the provider's page on the day is the only price.
- Of a paper, make the table again, small. Expect its order, not its numbers; and an interval before you say that it is there.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 推荐也是论断。五条里有两条描述有误，一分钟就能查出来。
- 权重相同，换一种框架得到的数也相同，直到第七位。如果不同，就有哪一层不一样。
- 笔记本显示的是页面，不是次序。看计数就知道；从头运行一遍才算数。
- 只要有脚本能判断好坏，Git 就能找出弄坏结果的那次提交。
- 租机器在一定的小时数以内更便宜，这个数算得出来；价格只认供应商当天的页面。
- 读论文，就把它的表缩小了重做一遍。期待同样的次序，不是同样的数字；说它成立之前，先给出区间。

## 自测
"""

# %%
quizzes.ask("7")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Vaswani et al. 2017: *Attention Is All You Need*, arXiv 1706.03762: table 3, section 2 on earlier self-attention.
- Devlin et al. 2019: *BERT*, arXiv 1810.04805: appendix C.2, table 8.
- Houlsby et al. 2019: *Parameter-Efficient Transfer Learning for NLP*, arXiv 1902.00751: table 1.
- Xiong et al. 2020: *On Layer Normalization in the Transformer Architecture*, arXiv 2002.04745: the norm before each part.
- The books: the title page of 《自然语言处理综论》 (冯志伟、孙乐译, 电子工业出版社), its English home at `cs.colorado.edu/~martin/slp.html`; *Natural Language Processing with Transformers*, O'Reilly 2022, its authors' talk at `datatalks.club`.
- Visdom: `fossasia/visdom`, issues 963 (build) and 865 (without a network). Prices: each row of `course/data/prices.csv`.

## Next

Make the record yours: `python tests/bench/papers.py adapters --seeds 5 6 7 --data FOLDER`. Then [3.2c](03_2c_fine_tuning.ipynb) for adapters that you train, or [10](10_experiments.ipynb) for runs that can be searched.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Vaswani 等 2017：*Attention Is All You Need*，arXiv 1706.03762。表 3；第 2 节讲更早的自注意力。
- Devlin 等 2019：*BERT*，arXiv 1810.04805。附录 C.2，表 8。
- Houlsby 等 2019：*Parameter-Efficient Transfer Learning for NLP*，arXiv 1902.00751。表 1。
- Xiong 等 2020：*On Layer Normalization in the Transformer Architecture*，arXiv 2002.04745。归一化放在每个部分之前。
- 书籍：《自然语言处理综论》（冯志伟、孙乐译，电子工业出版社）的扉页，英文版主页 `cs.colorado.edu/~martin/slp.html`；*Natural Language Processing with Transformers*，O'Reilly 2022，作者的访谈见 `datatalks.club`。
- Visdom：`fossasia/visdom` 的第 963 号（构建）和第 865 号（断网）议题。价格：见 `course/data/prices.csv` 每行。

## 下一步

做一份自己的记录：`python tests/bench/papers.py adapters --seeds 5 6 7 --data FOLDER`。然后到[第 3.2c 章](03_2c_fine_tuning.ipynb)亲手训练适配器，或者到[第 10 章](10_experiments.ipynb)学习怎样让运行可以检索。
"""
