# %% [markdown]
"""
# 6.4 · Manufacturing

*实际应用场景：智能制造*

The document names three uses in factories: finding defects, controlling quality, keeping machines running, all "by vision models". You carry out all three and decide each by
its money: what an overlooked defect costs against a false stop. Then each meets what a factory has in store: another plant, a sensor that creeps, a machine that nobody has seen.

**You will be able to**

- find defects with few examples of them, or none, and show where they are,
- choose a threshold by costs on validation data, and say what it is worth in a new plant,
- tell a control chart's work from a model's, and watch the model by the chart,
- make features from physics, and a split that does not leak,
- name the machines for which a model fails, and when not to deploy.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** surfaces, moulded pieces and machines, all made for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 6.4 · 智能制造

*实际应用场景：智能制造*

原文说工厂里有三种用途：缺陷检测、质量控制、设备维护，而且都“利用 CV 模型”。本章把三件事都做一遍，每一件都按钱来判断：漏掉一个缺陷和误停一次各要多少。然后让它们面对工厂里迟早会来的事：换一个厂、传感器慢慢漂移、来一台没见过的机器。

**学完本章，你能够**

- 在缺陷样本很少甚至没有的情况下找出缺陷，并指出它在哪里；
- 在验证数据上按成本选择阈值，并说出换一个厂之后它还值多少；
- 分清控制图和模型各管什么，并用控制图看住模型；
- 由物理知识构造特征，并做出没有泄漏的划分；
- 说出模型对哪些机器不灵，以及什么时候不该部署。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 表面图像、注塑件和机器，全部为本课程而作，也可以换成你自己的
"""

# %% tags=["parameters"]
dataset: str | None = None  # labelled images by path; generated surfaces of two plants if None
normal_class: str = "good"  # the class without a defect
bad_share: float = 0.15  # pieces with a defect where the detector will work [share]
defects: int = 20  # labelled pieces with a defect, drawn anew for each seed
good_pieces: int = 100  # pieces without one to learn from
image_side: int = 96  # height and width that the pretrained network reads [pixels]
network_steps: int = 40  # optimizer steps of the network from nothing
seeds: list[int] = [0, 1, 2, 3, 4]  # of the draws of examples, of pieces and of machines; a verdict wants five
miss_cost: float = 10.0  # of a defect that is not seen [false stops]
moulded: int = 5000  # pieces of each table of quality; a half trains, a fifth validates, the rest tests
bad_cost: float = 10.0  # of a bad piece that is worked on, more than of one that is pulled [money]
pulled_cost: float = 2.0  # of a good piece that is pulled [money]
steel_plates: str | None = None  # table of 1,941 faults of steel plates, by path; its recorded figures if None
machines: int = 60  # of each made factory
shifts: int = 120  # of each machine
horizon: int = 4  # in how many shifts a fault is to be foretold [shifts]
fault_cost: float = 20.0  # of a fault that nobody foretold [false stops]
ai4i: str | None = None  # table of 10,000 rows of machines (AI4I 2020), by path; its recorded figures if None
model_name: str = "minilm"  # bundled language model, a folder, or a Hub id
seed: int = 0  # of all draws that have no other

# %% [markdown]
"""
## The way

![Three rows. A picture gives strange patches, a threshold stops the piece. A table of settings gives a risk, the piece is pulled. Sensors give a chance of a fault, the machine is stopped. At the end of each row stands what breaks it: another plant, a creeping sensor, a machine never seen.](images/factory_decisions.svg)

Two costs stand behind each decision, and one thing that will change after the model is finished.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![三行。图像给出异常的图块，阈值让工件停下。工艺参数表给出风险，工件被取下。传感器给出故障概率，机器停机。每行末尾是会让它失灵的事：另一个厂、漂移的传感器、没见过的机器。](images/factory_decisions.zh.svg)

每个决定背后有两种成本，还有一件在模型完成之后一定会变的事。
"""

# %%
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import joblib
import numpy as np
import pandas as pd
import torch
from scipy.signal import lfilter
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from talentlab import data, evaluation, models, plots, training
from talentlab.chapters import factory, surfaces
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data.images import ImageRows, load_images, to_pixel_values
from talentlab.errors import ModelError
from talentlab.evaluation import decisions
from talentlab.models import backbones, vision

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("6.4", "before")

# %% [markdown]
"""
And two figures to guess: what a detector does in a plant that it does not know, and how many bad pieces a control chart pulls.
"""

# %% [markdown] lang="zh"
"""
再猜两个数：检测器到了一个陌生的厂会怎样，以及控制图能取下多少坏件。
"""

# %%
guess_plant = guesses.guess("6.4.plant")
guess_chart = guesses.guess("6.4.chart")

# %% [markdown]
"""
## 6.4.1 Finding defects (6-4)

Brushed metal under a camera. Some pieces have a scratch, some a few pores. Plant B makes the same pieces with the same defects; they lie across there, and the lamp stands on one side.
"""

# %% [markdown] lang="zh"
"""
## 6.4.1 缺陷检测（6-4）

摄像头下的拉丝金属。有的工件有一道划痕，有的有几个气孔。B 厂做同样的工件，缺陷也一样；只是那里工件横着放，灯在一侧。
"""

# %%
pieces = load_images(dataset, seed=seed) if dataset else surfaces.draw_surfaces(800, bad_share=bad_share, seed=seed)
parts = {name: pieces.split(name) for name in data.SPLITS}
if not dataset:
    parts["plant B"] = surfaces.draw_surfaces(360, plant="B", bad_share=bad_share, seed=seed)
good_label = pieces.class_names.index(normal_class)
bad = {name: part.labels != good_label for name, part in parts.items()}
print("; ".join(f"{name}: {len(part)} pieces, {bad[name].sum()} with a defect" for name, part in parts.items()))
figure, grid = plots.new_axes(6, width=9.0, height=1.9)
names = [name for name in ("test", "plant B") if name in parts]
shown = [(name, state) for name in names for state in (False, True, True)]
for axes, (name, state), nth in zip(grid, shown, [0, 0, 2] * len(names), strict=False):
    axes.imshow(parts[name].images[np.flatnonzero(bad[name] == state)[nth]], cmap="gray", vmin=0, vmax=255)
    axes.set_title(f"{'plant A' if name == 'test' else name}, {'bad' if state else 'good'}", fontsize=9)
for axes in grid:
    axes.set_axis_off()
plots.show(figure, alt="A good piece and two with defects, of each plant.")

# %% [markdown]
"""
A factory that is any good has few defects to show. Three ways to live with that:

- a small *network from nothing*, trained on 20 bad and 100 good pieces;
- *transfer*: SqueezeNet, which learned from photographs (chapter 3.4b), stays *frozen*; a linear machine learns from its numbers on the same pieces;
- *one-class detection*: only good pieces are learned. What is unlike them is stopped.

Each piece is cut into *patches*. Two readers describe a patch: SqueezeNet's fourth stage with 256 numbers, and six numbers *by hand* (mean, spread, darkest, brightest, steps down and along),
as inspection did before networks.
"""

# %% [markdown] lang="zh"
"""
办得好的工厂拿不出多少缺陷。有三种办法应付：

- *从零开始*的小网络，用 20 个坏件和 100 个好件训练；
- *迁移*：在照片上学过的 SqueezeNet（第 3.4b 章）保持*冻结*，一个线性模型在同样这些工件上利用它给出的数；
- *单类检测*：只学好件，凡是不像好件的就拦下。

每个工件切成*图块*。描述图块的有两种读法：SqueezeNet 第四级给出的 256 个数；以及*手工*的六个数（均值、离散程度、最暗、最亮、纵向和横向的变化），网络出现之前的检测就是这样做的。
"""

# %% tags=["nbval-ignore-output"]
read = {"by hand": surfaces.patch_statistics}
try:
    squeezenet = backbones.load_squeezenet()
    read["frozen"] = lambda images: surfaces.patch_features(squeezenet, images, image_side)
except ModelError as missing:
    print(missing)
patches = {name: {place: reader(part.images) for place, part in parts.items()} for name, reader in read.items()}
print({name: of["test"].shape for name, of in patches.items()})  # [N, h, w, numbers]


# %%
def learn_normal(good):
    """Mean and precision (inverse covariance) of all patches of good pieces [N, h, w, C]."""
    spread = LedoitWolf().fit(good.reshape(-1, good.shape[-1])[::3].astype(float))  # every third patch is enough
    return spread.location_, spread.precision_


def strangeness(normal, asked):
    """Mahalanobis distance of each patch from the good ones: [N, h, w, C] → [N, h, w]."""
    away = asked - normal[0]
    return np.sqrt(np.einsum("nhwc,nhwc->nhw", away @ normal[1], away))


eye = "frozen" if "frozen" in patches else "by hand"
known_good = np.flatnonzero(~bad["train"])[:good_pieces]
heat = strangeness(learn_normal(patches[eye]["train"][known_good]), patches[eye]["test"])

# %% [markdown]
"""
The distance counts in spreads, and knows which numbers go together: a bright patch beside a brushed trace is usual, a bright patch with a steep step across is not. The most strange patch speaks for its piece.
"""

# %% [markdown] lang="zh"
"""
这个距离以离散程度为单位，并且知道哪些数总是一起变化：拉丝旁边偏亮的图块很平常，偏亮又横向陡变的图块就不平常。一个工件由它最异常的图块来代表。
"""

# %% tags=["nbval-ignore-output"]
height, width = pieces.images.shape[1:3]
masks = [] if pieces.masks is None else parts["test"].masks[bad["test"]] > 0
hottest = np.array([np.unravel_index(h.argmax(), h.shape) for h in heat[bad["test"]]])
centre = ((hottest + 0.5) / heat.shape[1:] * (height, width)).astype(int)  # [bad pieces, row and column]
reach = height // 12  # how far from the defect a pointer may be [pixels]
near = [
    np.lib.stride_tricks.sliding_window_view(np.pad(mask, reach), (2 * reach + 1,) * 2).any((2, 3)) for mask in masks
]
figure, grid = plots.new_axes(8, width=9.6, height=1.5)
for n, (left, right) in enumerate(zip(grid[::2], grid[1::2], strict=True)):
    left.imshow(parts["test"].images[bad["test"]][n], cmap="gray", vmin=0, vmax=255)
    if len(masks):
        left.contour(masks[n], levels=[0.5], colors=plots.ORANGE, linewidths=0.8)
    right.imshow(heat[bad["test"]][n], cmap="magma", vmin=heat.min(), vmax=np.quantile(heat, 0.999))
for axes in grid:
    axes.set_axis_off()
plots.show(
    figure, alt="Four bad pieces with their defect outlined, each beside its heat map: bright patches are strange."
)
if len(near):
    pointed = [area[row, column] for area, (row, column) in zip(near, centre, strict=True)]
    there = evaluation.proportion_interval(int(np.sum(pointed)), len(pointed))
    print(
        f"The hottest patch lies on the defect in {there:.0%} of the bad pieces; a random one in {np.mean(near):.0%}."
    )

# %% [markdown]
"""
No mask was learned from, only good pieces. The map is what somebody at the line needs: not "bad", but "look here".

### Few defects: who finds them?

Five draws of the examples; the test pieces stay the same.
"""

# %% [markdown] lang="zh"
"""
这里没有学过任何掩码，只学了好件。产线上的人需要的正是这张图：不是一句“坏件”，而是“看这里”。

### 缺陷很少时，谁找得到？

例子抽取五次，测试件始终相同。
"""


# %%
def train_network(images, labels, number):
    torch.manual_seed(number)
    network = vision.UNet(images.shape[3], 2, "image", widths=(8, 16, 32))
    rows = ImageRows(to_pixel_values(images), torch.tensor(labels.astype(int)))
    epochs = max(1, round(network_steps * 32 / len(rows)))
    training.fit(network, rows, num_epochs=epochs, learning_rate=3e-3, batch_size=32, seed=number)
    return network


def ask_network(network, images):
    logits = evaluation.predict(network, ImageRows(to_pixel_values(images), torch.zeros(len(images))))
    return logits[:, 1] - logits[:, 0]


def pooled(of):  # patches [N, h, w, C] → mean and largest of each number [N, 2C]
    return np.concatenate([of.mean((1, 2)), of.max((1, 2))], 1)


def linear():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=2000))


# %% tags=["nbval-ignore-output"]
asked = [place for place in parts if place != "train"]
alone = {"frozen": "frozen, good pieces alone", "by hand": "by hand, good pieces alone"}
said = {}  # method → for each draw: place → scores
for number in seeds:
    random = np.random.default_rng(number)
    known = {state: random.permutation(np.flatnonzero(bad["train"] == state)) for state in (False, True)}
    few = np.concatenate([known[False][:good_pieces], known[True][:defects]])
    network = train_network(parts["train"].images[few], bad["train"][few], number)
    answers = {"network from nothing": {place: ask_network(network, parts[place].images) for place in asked}}
    if "frozen" in patches:
        of = {place: pooled(rows) for place, rows in patches["frozen"].items()}
        line = linear().fit(of["train"][few], bad["train"][few])
        answers["frozen, few defects"] = {place: line.decision_function(of[place]) for place in asked}
    for name, of in patches.items():
        normal = learn_normal(of["train"][known[False][:good_pieces]])
        answers[alone[name]] = {place: strangeness(normal, of[place]).max((1, 2)) for place in asked}
    for name, scores in answers.items():
        said[name] = [*said.get(name, []), scores]

# %% [markdown]
"""
### The threshold, by costs

A defect that passes costs 10 times as much as a good piece that is stopped and looked at. The threshold is the cheapest one on *validation* pieces; the test pieces only pay. If the pictures hold more defects than the plant,
each counts less.
"""

# %% [markdown] lang="zh"
"""
### 由成本决定阈值

放过一个缺陷的代价，是拦下一个好件看一眼的 10 倍。阈值取*验证*件上最便宜的那个，测试件只负责付账。图片里的缺陷如果比工厂里多，每个就少算一些。
"""


# %% tags=["nbval-ignore-output"]
def money(labels):
    share = labels.mean()
    return {"miss": miss_cost * bad_share / share, "false_alarm": (1 - bad_share) / (1 - share)}


def cheapest(scores, labels):
    steps = np.append(np.unique(scores), np.inf)  # at the last one nothing is stopped
    return decisions.cost_curve(labels, scores, thresholds=steps, **money(labels))["cost"].idxmin()


limit = {name: [cheapest(draw["validation"], bad["validation"]) for draw in draws] for name, draws in said.items()}
labels, rows, paid, auc = bad["test"], {}, {}, {}
for name, draws in said.items():
    stopped = np.array([draw["test"] >= at for draw, at in zip(draws, limit[name], strict=True)])  # [S, N]
    paid[name] = np.array([decisions.case_costs(labels, row, **money(labels)) for row in stopped])
    auc[name] = evaluation.mean_interval([roc_auc_score(labels, draw["test"]) for draw in draws])
    rows[name] = [f"{auc[name]:.2f}", f"{stopped[:, labels].mean():.0%}", f"{stopped[:, ~labels].mean():.0%}",
                  f"{evaluation.mean_interval(paid[name]):.2f}"]  # fmt: skip
simple = {"stop all": 1 - bad_share, "stop none": miss_cost * bad_share}
print("; ".join(f"{name}: {value:.2f} per piece" for name, value in simple.items()))
pd.DataFrame.from_dict(
    rows, orient="index", columns=["AUC over draws", "defects found", "good stopped", "cost per piece"]
)

# %% [markdown]
"""
An *AUC* of 0.5 is chance. The interval of the costs holds both kinds of luck: which pieces were tested, and which examples were drawn.

Does the pretrained network earn its place? On this plain texture six numbers by hand do at least as well, for next to no computing. What it is on photographs of real tiles, the record at the end says. And the network from nothing is not stupid, it is hungry: 20 defects and a few seconds are too little.
"""

# %% [markdown] lang="zh"
"""
*AUC* 为 0.5 就是随机。成本的区间里有两种运气：测了哪些件，抽到了哪些例子。

预训练网络值不值得？在这种简单的纹理上，手工的六个数至少一样好，几乎不用计算。在真实磁瓦的照片上怎样，由章末的大规模实测来说。从零开始的网络也不是笨，是没喂饱：20 个缺陷、几秒钟，太少了。
"""

# %% [markdown]
"""
### Exercise 6.4.A

2 % of the pieces have a defect. A detector finds 90 % of them, and stops 5 % of the good ones. Of the pieces that it stops, what share has a defect? Three decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.4.A

2% 的工件有缺陷。某检测器能找出其中的 90%，也会拦下 5% 的好件。被拦下的工件里，有缺陷的占多少？保留三位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=3 minutes=4
### BEGIN SOLUTION
answer = 0.02 * 0.90 / (0.02 * 0.90 + 0.98 * 0.05)
### END SOLUTION
exercises.check("6.4.A", answer)

# %% [markdown] tags=["solution"]
"""
Of 1,000 pieces 18 bad ones and 49 good ones are stopped: 18 ÷ 67 ≈ 0.269. Three of four stops are false although the detector is right on 95 % of all pieces. Whoever is called out for
nothing three times in four stops looking, unless a look is cheap and the map says where.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
1,000 件里拦下 18 件坏的、49 件好的：18 ÷ 67 ≈ 0.269。尽管检测器在全部工件上判对 95%，拦下的四件里仍有三件是误拦。四次里三次白跑的人会不再去看，除非看一眼很便宜，而且图上标明了位置。
"""

# %% [markdown]
"""
### A new plant

The detector is carried to plant B with its threshold. Nobody there has a labelled defect yet. Pieces without one are easy to get: 40 good pieces to learn what is normal, 40 more for a threshold that stops as many good ones as in plant A.
"""

# %% [markdown] lang="zh"
"""
### 换一个厂

把检测器连同阈值一起搬到 B 厂。那里还没有任何标注过的缺陷，好件却很容易得到：用 40 个好件学习什么是正常，再用 40 个定阈值，让拦下的好件和 A 厂一样多。
"""

# %% tags=["nbval-ignore-output"]
abroad, again, stops = {}, {}, {}
if "plant B" in parts:
    ours = np.random.default_rng(seed).permutation(np.flatnonzero(~bad["plant B"]))[
        :80
    ]  # 40 to learn, 40 for the limit
    rest = np.setdiff1d(np.arange(len(parts["plant B"])), ours)
    labels_b = bad["plant B"][rest]
    for name, draws in said.items():
        old = np.array([draw["plant B"][rest] >= at for draw, at in zip(draws, limit[name], strict=True)])
        stops[name] = 100 * old[:, ~labels_b].mean()
        abroad[name] = np.array([decisions.case_costs(labels_b, row, **money(labels_b)) for row in old])
    for name in patches:
        scores = strangeness(learn_normal(patches[name]["plant B"][ours[:40]]), patches[name]["plant B"]).max((1, 2))
        false = [
            (d["validation"][~bad["validation"]] >= at).mean()
            for d, at in zip(said[alone[name]], limit[alone[name]], strict=True)
        ]
        fresh = [scores[rest] >= np.quantile(scores[ours[40:]], 1 - share) for share in false]
        again[alone[name]] = np.array([decisions.case_costs(labels_b, row, **money(labels_b)) for row in fresh])

# %% tags=["nbval-ignore-output"]
for name, share in stops.items():
    ability = np.mean([roc_auc_score(labels_b, draw["plant B"][rest]) for draw in said[name]])
    print(f"{name}: stops {share:.0f} % of the good pieces of plant B, AUC there {ability:.2f}")
figure, (axes,) = plots.new_axes(width=8.2, height=3.4)
series = (("plant A", paid, plots.BLUE, "o"), ("plant B, as it came", abroad, plots.VERMILION, "s"),
          ("plant B, after 80 good pieces", again, plots.GREEN, "D"))  # fmt: skip
cost = {label: {name: evaluation.mean_interval(rows) for name, rows in of.items()} for label, of, _, _ in series if of}
for place, (label, _, color, marker) in enumerate(series):
    for nth, (name, value) in enumerate(cost.get(label, {}).items()):
        row = list(said).index(name) + 0.22 * (place - 1)
        axes.hlines(row, value.low, value.high, color=color, linewidth=2)
        axes.plot(value.value, row, marker, color=color, label=label if nth == 0 else None)
axes.axvline(min(simple.values()), color=plots.GREY, linestyle="--", label="without a detector")
axes.set_yticks(range(len(said)), list(said))
axes.set(xlabel="cost per piece [false stops]", xlim=(0, None))
axes.invert_yaxis()
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
told = "; ".join(f"{label}: {', '.join(f'{n} {v.value:.2f}' for n, v in of.items())}" for label, of in cost.items())
plots.show(figure, alt=f"Cost per piece with 95 % intervals. {told}.")
if stops:
    guess_plant.settle(stops[alone[eye]])

# %% [markdown]
"""
Left of the dashed line a detector earns its keep. Carried abroad, none does: nothing there looks as it did, and nearly everything is stopped. That failure is at least loud. A new threshold alone would not help where the AUC has fallen, too.

Eighty good pieces bring the one-class detectors back, without a single defect. The one that learned defects would have to wait for new ones. So the question to a supplier is not "how accurate?" but "what do I need when I change the lamp?"
"""

# %% [markdown] lang="zh"
"""
虚线左边，检测器才算没白买。搬到 B 厂之后一个也不算：那里没有什么看着和从前一样，于是几乎全拦了下来。这样的失灵至少很显眼。AUC 也跟着掉下去的，只换阈值无济于事。

八十个好件就让单类检测恢复过来，一个缺陷也不用；学过缺陷的那个，则要等新的缺陷出现。所以该问供应商的不是“准确率多少”，而是“换一盏灯，我要准备什么”。
"""

# %% [markdown]
"""
## 6.4.2 Controlling quality (6-4)

Moulded pieces with five settings each (data card: `course/data/factory.md`). The rule behind them is known here: low pressure is a little harmful; *hot and moist* makes bubbles, *cold and dry* leaves corners unfilled; hot alone or moist alone does nothing.
"""

# %% [markdown] lang="zh"
"""
## 6.4.2 质量控制（6-4）

注塑件，每件记录五个工艺参数（数据卡见 `course/data/zh/factory.md`）。背后的规律在这里是已知的：压力偏低略有害处；*又热又湿*会起泡，*又冷又干*会缺料；只是热或只是湿，都没有影响。
"""

# %% tags=["nbval-ignore-output"]
columns = list(factory.SETTINGS)
table = factory.draw_pieces(moulded, seed)
x, y = (factory.SETTINGS[name] for name in ("melt_temperature", "moisture"))
figure, (axes,) = plots.new_axes(width=6.4, height=3.6)
for state, color, label in ((0, plots.GREY, "good"), (1, plots.VERMILION, "bad")):
    rows = table[table["bad"] == state][:1500]
    axes.scatter(rows["melt_temperature"], rows["moisture"], s=6, color=color, alpha=0.5, label=label)
for k in (-3, 3):
    axes.axvline(x[0] + k * x[1], color=plots.BLUE, linestyle="--", label="limits of the chart" if k < 0 else None)
    axes.axhline(y[0] + k * y[1], color=plots.BLUE, linestyle="--")
axes.set(xlabel="melt temperature [°C]", ylabel="moisture [%]")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    figure,
    alt="Temperature against moisture. Bad pieces lie in two opposite corners, nearly all of them inside the limits of both columns.",
)

# %% [markdown]
"""
A *Shewhart chart* is what people use now: a piece is pulled where any column lies beyond its mean ± 3 spreads. It gets a second chance here: limits chosen by cost on validation pieces. Against it stand a logistic regression and boosted trees, which pull from the theoretical threshold on,
2 ÷ (2 + 10). *First-pass yield* is the share of good pieces among those that go on.
"""

# %% [markdown] lang="zh"
"""
*休哈特控制图*是现在通用的办法：任何一列超出均值 ± 3 倍标准差，就取下这一件。这里再给它一次机会：用验证件按成本选界限。与它比较的是逻辑回归和提升树，它们从理论阈值 2 ÷ (2 + 10) 起取下工件。*一次合格率*是继续往下走的工件里好件的比例。
"""


# %% tags=["nbval-ignore-output"]
def trees(**settings):
    given = {"max_iter": 80, "learning_rate": 0.06, "max_leaf_nodes": 8, "random_state": 0} | settings
    return HistGradientBoostingClassifier(**given)


prices = {"miss": bad_cost, "false_alarm": pulled_cost}
from_here = decisions.theoretical_threshold(**prices)
pulled, is_bad = {}, []  # method → [S, N]
for number in seeds:
    table = factory.draw_pieces(moulded, number)
    train, valid, later = table[: moulded // 2], table[moulded // 2 : 7 * moulded // 10], table[7 * moulded // 10 :]
    mean, spread = train[columns].mean(), train[columns].std()
    far = {
        name: ((rows[columns] - mean) / spread).abs().max(axis=1) for name, rows in (("valid", valid), ("later", later))
    }
    limits = decisions.cost_curve(valid["bad"], far["valid"], thresholds=np.arange(1.5, 6, 0.1), **prices)["cost"]
    choices = {"chart, 3 spreads": far["later"] > 3, "chart, cheapest limits": far["later"] >= limits.idxmin()}
    for name, method in (
        ("logistic regression", make_pipeline(StandardScaler(), LogisticRegression())),
        ("boosted trees", trees()),
    ):
        risk = method.fit(train[columns], train["bad"]).predict_proba(later[columns])[:, 1]
        choices[name] = risk >= from_here
    choices |= {"the true risk": later["risk"] >= from_here, "pull none": later["risk"] > 1}
    is_bad.append(later["bad"].to_numpy() == 1)
    for name, choice in choices.items():
        pulled[name] = [*pulled.get(name, []), np.asarray(choice)]

# %% tags=["nbval-ignore-output"]
was_bad, rows, spent, found_share = np.array(is_bad), {}, {}, {}
for name, choice in pulled.items():
    out = np.array(choice)  # [S, N]
    spent[name] = np.array([decisions.case_costs(b, o, **prices) for b, o in zip(was_bad, out, strict=True)])
    found_share[name] = 100 * out[was_bad].mean()
    rows[name] = [f"{out.mean():.1%}", f"{found_share[name]:.0f} %", f"{1 - was_bad[~out].mean():.1%}",
                  f"{evaluation.mean_interval(1000 * spent[name]):,.0f}"]  # fmt: skip
guess_chart.settle(found_share["chart, 3 spreads"])
chart = min(("chart, 3 spreads", "chart, cheapest limits", "pull none"), key=lambda name: spent[name].mean())
saved = evaluation.difference(1000 * spent[chart], 1000 * spent["boosted trees"])
print(f"Boosted trees save {saved:.0f} per 1,000 pieces against the cheapest rule without a model, {chart}.")
pd.DataFrame.from_dict(
    rows, orient="index", columns=["pulled", "bad ones found", "first-pass yield", "cost per 1,000 pieces"]
)

# %% [markdown]
"""
The chart is blind to a product of two columns: each value for itself is usual. So is the logistic regression, which only adds. Trees ask for one column *after* the other, and so find it. The true rule shows what is left to gain; the rest is luck.

### Exercise 6.4.B

An *EWMA chart* watches slow changes. Write `ewma(values, weight, start)`: from `start` on, each value moves the mean by `weight` of their distance. Return the mean after each value, as an array.
"""

# %% [markdown] lang="zh"
"""
控制图看不见两列的乘积：每个值单独看都正常。逻辑回归也看不见，它只会相加。树是*先*问一列*再*问另一列，所以找得到。真实的规律那一行给出上限，剩下的是运气。

### 练习 6.4.B

*EWMA 图*（指数加权滑动平均）盯的是缓慢的变化。写出 `ewma(values, weight, start)`：从 `start` 开始，每来一个值，均值就朝它移动两者距离的 `weight` 倍。以数组返回每个值之后的均值。
"""


# %% tags=["exercise"] kind="code" difficulty=1 importance=3 minutes=5
### BEGIN SOLUTION
def ewma(values, weight, start):
    path, now = [], start
    for value in values:
        now = now + weight * (value - now)
        path.append(now)
    return np.array(path)


answer = ewma
### END SOLUTION
exercises.check("6.4.B", answer)

# %% [markdown] tags=["solution"]
"""
With weight 1 it is the values themselves, with weight 0 it never moves. In between, old values fade: after n more of them a value counts (1 − weight)ⁿ times as much. The mean of many values is steadier than one, which is why its
limits may be narrow.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
权重为 1 时就是这些值本身，权重为 0 时从不移动。介于两者之间，旧的值逐渐淡去：再来 n 个之后，一个值只算 (1 − weight)ⁿ 倍。许多值的均值比单个值稳，所以它的控制限可以窄。
"""

# %% [markdown]
"""
### In use: a batch job with a monitor

After each shift a job reads the shift's file, writes what the saved model says, and ends. Another program watches. Meanwhile the moisture sensor *creeps*: it shows a little too much, more with each shift. The pieces are as they were.
"""

# %% [markdown] lang="zh"
"""
### 投入使用：批处理作业和监控

每班结束后，一个作业读入这一班的文件，写下保存的模型怎么判，然后结束。另一个程序负责盯着。与此同时，湿度传感器在*漂移*：读数一班比一班偏高，工件本身没有变。
"""

# %% tags=["nbval-ignore-output"]
running = ExitStack()
folder = Path(running.enter_context(TemporaryDirectory()))
joblib.dump(
    trees().fit(train[columns], train["bad"]), folder / "machine.joblib"
)  # load such files only if they are yours
made = factory.draw_pieces(24 * 250, seed + 50, creep=3)
for number in range(24):
    made[250 * number : 250 * (number + 1)].drop(columns="risk").to_csv(
        folder / f"shift_{number + 1:02}.csv", index=False
    )


def run_batch(folder):
    """Score each shift that has no result yet; may be started again after a crash."""
    machine = joblib.load(folder / "machine.joblib")
    for path in sorted(folder.glob("shift_*.csv")):
        result = path.with_name(path.name.replace("shift", "scored"))
        if not result.exists():
            rows = pd.read_csv(path)
            rows.assign(pulled=machine.predict_proba(rows[columns])[:, 1] >= from_here).to_csv(result, index=False)


run_batch(folder)

# %% tags=["nbval-ignore-output"]
scored = [pd.read_csv(path) for path in sorted(folder.glob("scored_*.csv"))]
weight, n = 0.3, 250
half_width = 3 * np.sqrt(weight / (2 - weight) / n)  # three spreads of such a mean of means [spreads of a piece]
level, alarms = dict.fromkeys(columns, 0.0), {}
watched = []
for number, rows in enumerate(scored, start=1):
    for name in columns:
        level[name] += weight * ((rows[name].mean() - mean[name]) / spread[name] - level[name])
        if abs(level[name]) > half_width:
            alarms.setdefault(name, number)
    watched.append(level["moisture"])
cost_of = {name: [1000 * decisions.case_costs(rows["bad"], out(rows), **prices).mean() for rows in scored]
           for name, out in (("boosted trees", lambda rows: rows["pulled"]), ("pull none", lambda rows: rows["bad"] > 1))}  # fmt: skip
print("first alarm in shift: " + (", ".join(f"{name} {number}" for name, number in alarms.items()) or "none"))
calm = np.random.default_rng(seed).standard_normal((400, len(columns), 24)) / np.sqrt(
    n
)  # means of 24 shifts without creep
loud = np.abs(lfilter([weight], [1, weight - 1], calm)).max((1, 2)) > half_width
print(f"Without any creep, 24 shifts give a false alarm in {loud.mean():.0%} of cases.")
running.close()

# %% tags=["nbval-ignore-output"]
figure, (left, right) = plots.new_axes(2, width=9.2, height=3.3)
number = np.arange(1, 25)
left.plot(number, watched, "o-", color=plots.BLUE, markersize=4, label="EWMA of the shifts' means")
for sign in (-1, 1):
    left.axhline(sign * half_width, color=plots.VERMILION, linestyle="--", label="limits" if sign > 0 else None)
left.set(xlabel="shift", ylabel="moisture, away from usual [spreads]")
smooth = {name: pd.Series(values).rolling(6, min_periods=1).mean() for name, values in cost_of.items()}
for (name, values), color in zip(smooth.items(), (plots.BLUE, plots.GREY), strict=True):
    right.plot(number, values, color=color, label=name)
right.set(xlabel="shift", ylabel="cost per 1,000 pieces", ylim=(0, None))
for axes in (left, right):
    if "moisture" in alarms:
        axes.axvline(alarms["moisture"], color=plots.GREEN, linestyle=":", label="alarm")
    axes.legend(frameon=False, loc="best")
first, last = (np.mean(cost_of["boosted trees"][part]) for part in (slice(0, 6), slice(18, 24)))
seen = alarms.get("moisture", "none")
plots.show(figure, alt=f"The sensor creeps, the chart gives an alarm in shift {seen}; the model's cost per 1,000 pieces, drawn as the mean of six shifts, goes from {first:.0f} in the first six to {last:.0f} in the last six.")  # fmt: skip

# %% [markdown]
"""
The two belong together. The chart cannot tell a bad piece; the model cannot tell that its input is wrong, and goes on with confidence until it is dearer than no model. The chart sees the creep within a few shifts, and needs no labels for it. It is not free, either: five columns give false alarms, as counted above.
"""

# %% [markdown] lang="zh"
"""
两者缺一不可。控制图分不出哪一件是坏的；模型不知道自己的输入错了，照样信心十足，直到比不用模型还贵。控制图几班之内就看到了漂移，而且不需要标注。它也不是没有代价：盯着五列就会有误报，次数见上。
"""

# %% [markdown]
"""
### A large model is the wrong tool here

Each piece as a sentence (`melt temperature: 231.4, moisture: 0.083, …`), read by the encoder of chapter 5, against trees on the same rows.
"""

# %% [markdown] lang="zh"
"""
### 大模型在这里是用错了工具

把每个工件写成一句话（`melt temperature: 231.4, moisture: 0.083, …`）给第 5 章的编码器读，再与同样这些行上的树比较。
"""


# %% tags=["nbval-ignore-output"]
def as_sentences(rows):
    return [
        ", ".join(f"{name.replace('_', ' ')}: {value:.4g}" for name, value in row.items())
        for row in rows.to_dict("records")
    ]


few, judged = train[:600], later[:800]
begin = process_time()
tokenizer, reader = models.load_pretrained(model_name, seed=seed)
vectors = []
for rows in (few, judged):
    sentences = data.tokenize(tokenizer, as_sentences(rows[columns]), rows["bad"].tolist(), 64)
    vectors.append(models.embed(reader, sentences))
line = LogisticRegression(C=10, max_iter=2000).fit(vectors[0], few["bad"])
risks = {"sentences, encoder": line.predict_proba(vectors[1])[:, 1]}
seconds, begin = [process_time() - begin], process_time()
risks["columns, trees"] = trees(max_iter=40).fit(few[columns], few["bad"]).predict_proba(judged[columns])[:, 1]
seconds.append(process_time() - begin)

# %% tags=["nbval-ignore-output"]
costs = {name: 1000 * decisions.case_costs(judged["bad"], risk >= from_here, **prices) for name, risk in risks.items()}
for (name, risk), took in zip(risks.items(), seconds, strict=True):
    ability = roc_auc_score(judged["bad"], risk)
    print(f"{name}: AUC {ability:.2f}, cost {costs[name].mean():.0f} per 1,000 pieces, {took:.2f} s")
dearer = evaluation.difference(costs["sentences, encoder"], costs["columns, trees"])
times = seconds[0] / max(seconds[1], 1e-3)
print(f"The encoder costs {dearer:+.0f} more per 1,000 pieces, and {times:,.0f} times the computing time.")

# %% [markdown]
"""
The word pieces of `231.4` say little of how warm that is, and a product of two such readings is further away still. A language model belongs where somebody wrote something: into the fitter's log book.

### Real faults

The table of steel plates has 27 numbers that a camera's software took of each fault; the question is which of seven it is. By path: `-p steel_plates=FILE`.
"""

# %% [markdown] lang="zh"
"""
`231.4` 切成的词元说不清那有多热，两个这样的读数的乘积就更远了。语言模型该用在有人写了字的地方：比如维修日志。

### 真实的缺陷

钢板那张表里，每个缺陷有摄像头软件量出的 27 个数，问题是它属于七种里的哪一种。按路径给出：`-p steel_plates=FILE`。
"""

# %% tags=["nbval-ignore-output"]
plates = claims.told("6.4-quality")
plates_gain = None
if steel_plates:
    given, kind = factory.read_steel_plates(steel_plates)
    methods = {"limits on eight columns": DecisionTreeClassifier(max_leaf_nodes=8, random_state=0),
               "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
               "boosted trees": trees(max_iter=60)}  # fmt: skip
    named = {name: [cross_val_predict(method, given, kind, cv=StratifiedKFold(5, shuffle=True, random_state=s)) for s in seeds]
             for name, method in methods.items()}  # fmt: skip
    right = {name: np.array([answer == kind for answer in answers]) for name, answers in named.items()}
    plates_gain = evaluation.difference(right["boosted trees"], right["limits on eight columns"])
    plates = "; ".join(f"{name} {evaluation.mean_interval(hits):.1%}, macro-F1 {np.mean([f1_score(kind, a, average='macro') for a in named[name]]):.2f}"
                       for name, hits in right.items())  # fmt: skip
print(plates.replace("；", "; ").replace("; ", "\n"))

# %% [markdown]
"""
## 6.4.3 Keeping machines running (6-4)

Sixty machines, 120 shifts, five sensors. Tools break for three reasons, none of which is a sensor: too much power, too little cooling, too much strain on a worn tool. The question in each shift: will it break within the next four?
"""

# %% [markdown] lang="zh"
"""
## 6.4.3 设备维护（6-4）

六十台机器，120 个班，五个传感器。刀具损坏有三个原因，没有一个是现成的传感器读数：功率过大、冷却不足、磨损的刀具受力过大。每个班要问的是：接下来四个班之内会不会坏？
"""


# %% tags=["nbval-ignore-output"]
def draw_factory(number, horizon):
    """Machines, shift by shift, with what physics says and whether a fault is near; the last shifts see no future."""
    table = factory.add_physics(factory.draw_machines(machines, shifts, number))
    table["near"] = factory.within(table, horizon)
    return table[table["shift"] < shifts - horizon].reset_index(drop=True)


logs = [draw_factory(number, horizon) for number in seeds]
one = logs[0][logs[0]["machine"] == logs[0].groupby("machine")["fault"].sum().idxmax()]
figure, grid = plots.new_axes(3, width=9.6, height=2.7)
for axes, (name, unit) in zip(grid, (("torque", "Nm"), ("speed", "rpm"), ("power", "W")), strict=True):
    axes.plot(one["shift"], one[name], color=plots.BLUE, linewidth=1)
    for shift in one.loc[one["fault"] == 1, "shift"]:
        axes.axvline(shift, color=plots.VERMILION, linewidth=1, linestyle=":")
    axes.set(xlabel="shift", ylabel=f"{name} [{unit}]")
plots.show(
    figure,
    alt=f"One machine. Dotted: its {one['fault'].sum()} faults. Torque and speed move against each other; power is their product.",
)

# %% [markdown]
"""
*Power* = torque × speed × 2π ÷ 60. Two more columns come from the same knowledge: the *difference* of process and air temperature, and *strain*, wear × torque. They add nothing that the sensors do not hold. But trees cut along single columns and need many rows to approach a product; a product that is
given costs none.

### Which split?

Rows of neighbouring shifts look alike and share their labels. *Random rows* put one into training and its neighbour into the test. The honest questions are: a machine that we have not seen, and shifts that are still to come.

Judged here by *average precision*: the mean share of true alarms, walking down the list from the surest.
"""

# %% [markdown] lang="zh"
"""
*功率* = 扭矩 × 转速 × 2π ÷ 60。另外两列也来自同样的知识：过程温度与空气温度之*差*，以及*受力*，即磨损 × 扭矩。它们没有带来传感器之外的东西；但树是沿着单独的列切分的，要靠许多行才能逼近一个乘积，而直接给出的乘积一行也不用花。

### 怎样划分？

相邻的班彼此相像，连标签都是共用的。*随机划分*会把一个放进训练集，把它的邻居放进测试集。老实的问题是：没见过的机器，以及还没到来的班。

这里用*平均精度*来评判：从最有把握的往下数，真警报比例的平均值。
"""


# %% tags=["nbval-ignore-output"]
def foretell(log, names, pairs):
    """Chance of a fault for each row of the test parts, NaN elsewhere."""
    chance = np.full(len(log), np.nan)
    for learn, test in pairs:
        method = trees(max_iter=60, learning_rate=0.08).fit(log[names].iloc[learn], log["near"].iloc[learn])
        chance[test] = method.predict_proba(log[names].iloc[test])[:, 1]
    return chance


inputs = {"sensors": factory.SENSORS, "with physics": [*factory.SENSORS, "power", "difference", "strain"]}
found_ap, chance = {}, {name: [] for name in inputs}
for log in logs:
    in_time = np.argsort(log["shift"].to_numpy(), kind="stable")
    later_on = decisions.walk_forward(len(log), folds=3, gap=horizon * machines)
    splits = {"random rows": list(KFold(3, shuffle=True, random_state=0).split(log)),
              "new machines": decisions.group_folds(log["machine"], folds=3),
              "later shifts": [(in_time[learn], in_time[test]) for learn, test in later_on]}  # fmt: skip
    for name, used in inputs.items():
        for split, pairs in splits.items():
            p = foretell(log, used, pairs)
            known = ~np.isnan(p)
            found_ap.setdefault((name, split), []).append(average_precision_score(log["near"][known], p[known]))
            if split == "new machines":
                chance[name].append(p)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.6, height=3.0)
for place, (name, color, marker) in enumerate((("sensors", plots.GREY, "s"), ("with physics", plots.BLUE, "o"))):
    for row, split in enumerate(splits):
        value = evaluation.mean_interval(found_ap[name, split])
        axes.hlines(row + 0.2 * (place - 0.5), value.low, value.high, color=color, linewidth=2)
        axes.plot(value.value, row + 0.2 * (place - 0.5), marker, color=color, label=name if row == 0 else None)
axes.axvline(np.mean([log["near"].mean() for log in logs]), color=plots.VERMILION, linestyle="--", label="chance")
axes.set_yticks(range(len(splits)), list(splits))
axes.set(xlabel=f"average precision over {len(seeds)} factories", xlim=(0, None))
axes.invert_yaxis()
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
leak = evaluation.difference(found_ap["with physics", "random rows"], found_ap["with physics", "new machines"])
physics = evaluation.difference(found_ap["with physics", "new machines"], found_ap["sensors", "new machines"])
plots.show(
    figure,
    alt=f"Average precision by split. Random rows flatter by {leak:+.2f}; physics adds {physics:+.2f} on new machines.",
)

# %% [markdown]
"""
Random rows promise what no new machine gets.

### Exercise 6.4.C

This function should say for each row whether its machine breaks in one of the *next* `horizon` shifts. The table is sorted by machine and shift. It has two bugs. Mend it.

    def near(table, horizon):
        ahead = [table["fault"].shift(-step, fill_value=0) for step in range(horizon)]
        return sum(ahead).clip(upper=1)

Answer with the function.
"""

# %% [markdown] lang="zh"
"""
随机划分许诺的成绩，没有一台新机器拿得到。

### 练习 6.4.C

下面的函数应当说出：每一行的机器是否会在*接下来的* `horizon` 个班里损坏。表按机器和班排好了序。里面有两处错误。请改正。

    def near(table, horizon):
        ahead = [table["fault"].shift(-step, fill_value=0) for step in range(horizon)]
        return sum(ahead).clip(upper=1)

用这个函数作答。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def near(table, horizon):
    fault = table.groupby("machine")["fault"]
    ahead = [fault.shift(-step, fill_value=0) for step in range(1, horizon + 1)]
    return sum(ahead).clip(upper=1)


answer = near
### END SOLUTION
exercises.check("6.4.C", answer)

# %% [markdown] tags=["solution"]
"""
`range(horizon)` starts with the present shift: the label then holds what has already happened, and sensors that jump at a break look prophetic. And without `groupby` the last shifts of one machine look into the first ones of the next.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
`range(horizon)` 从当班开始：标签里就有了已经发生的事，故障时跳变的传感器看上去便能未卜先知。另外，没有 `groupby`，一台机器的最后几班会看到下一台机器的头几班。
"""

# %% [markdown]
"""
### What is it worth?

A missed fault costs 20 times a false stop, so one stops from a chance of 1 ÷ 21 on. Per machine and shift, on machines that were not learned from:
"""

# %% [markdown] lang="zh"
"""
### 值多少钱？

漏报一次故障的代价是误停一次的 20 倍，所以概率从 1 ÷ 21 起就停机。以下按每台机器每班计，都是没有学过的机器：
"""

# %% tags=["nbval-ignore-output"]
stop_prices = {"miss": fault_cost, "false_alarm": 1.0}
at = decisions.theoretical_threshold(**stop_prices)
policies = {name: [p >= at for p in chances] for name, chances in chance.items()}
policies |= {"stop always": [p >= 0 for p in chance["sensors"]], "stop never": [p > 1 for p in chance["sensors"]]}
each = {name: [decisions.case_costs(log["near"], row, **stop_prices).mean() for log, row in zip(logs, acts, strict=True)]
        for name, acts in policies.items()}  # fmt: skip
for name, values in each.items():
    print(f"{name}: {evaluation.mean_interval(values):.2f} per machine and shift")
without = min(("stop always", "stop never"), key=lambda name: np.mean(each[name]))
worth = evaluation.difference(each[without], each["with physics"])
by_physics = evaluation.difference(each["sensors"], each["with physics"])
print(f"Saved against {without}: {worth:.2f}; by physics alone: {by_physics:.2f}.")
print(f"Shifts in which a machine is stopped: {np.mean(np.concatenate(policies['with physics'])):.0%}.")

# %% [markdown]
"""
A model that calls for a stop so often has a problem that no table shows: after a week nobody obeys it. At 20 to 1 that is what the costs ask for. Whoever finds it absurd should ask whether the 20 is true.

### The horizon

How far ahead should one ask? A fault counts as *found* if there was an alarm in the horizon before it; an alarm with no fault in its horizon is a false stop. The threshold comes from half of the machines, the cost from the other half.
"""

# %% [markdown] lang="zh"
"""
停得这么勤，会带来一个表里看不到的问题：一周之后就没人听它的了。在 20 比 1 之下，成本要求的就是这样。觉得荒唐的人，应当去问那个 20 是不是真的。

### 提前多久

应该问多远？故障之前的期限内有过警报，就算*找到*；警报之后的期限内没有故障，就是误停。阈值取自一半机器，成本算在另一半上。
"""


# %% tags=["nbval-ignore-output"]
def count_events(fault, alarm, ahead):  # [machines, shifts] → [machines]: faults missed, false stops
    padded = np.pad(alarm, ((0, 0), (ahead, 0)))
    warned = np.any([padded[:, step : step + fault.shape[1]] for step in range(ahead)], axis=0)
    follows = np.pad(fault, ((0, 0), (0, ahead)))
    true = np.any([follows[:, step : step + fault.shape[1]] for step in range(1, ahead + 1)], axis=0)
    return (fault & ~warned).sum(1), (alarm & ~true).sum(1)


outcome = {ahead: [] for ahead in (1, 2, 4, 8)}
for ahead, results in outcome.items():
    for number in seeds:
        log = draw_factory(number, ahead)
        p = foretell(log, inputs["with physics"], decisions.group_folds(log["machine"], folds=2))
        fault, p = log["fault"].to_numpy().reshape(machines, -1) == 1, p.reshape(machines, -1)
        tuned, judged_on = np.arange(machines) < machines // 2, np.arange(machines) >= machines // 2
        events = {t: count_events(fault, p >= t, ahead) for t in np.quantile(p, np.linspace(0.5, 0.99, 20))}
        t = min(events, key=lambda t: (fault_cost * events[t][0] + events[t][1])[tuned].sum())
        missed, false = (part[judged_on].sum() for part in events[t])
        all_faults, all_shifts = fault[judged_on].sum(), fault[judged_on].size / 100
        results.append(
            [
                1 - missed / all_faults,
                false / all_shifts,
                (fault_cost * missed + false) / all_shifts,
                fault_cost * all_faults / all_shifts,
            ]
        )

# %% tags=["nbval-ignore-output"]
figure, (left, right) = plots.new_axes(2, width=9.2, height=3.3)
mean_of = {ahead: np.mean(results, 0) for ahead, results in outcome.items()}
found = [100 * values[0] for values in mean_of.values()]
false = [values[1] for values in mean_of.values()]
left.plot(list(mean_of), found, "o-", color=plots.BLUE, label="faults found [%]")
left.plot(list(mean_of), false, "s-", color=plots.VERMILION, label="false stops per 100 shifts")
for ahead, results in outcome.items():
    value = evaluation.mean_interval([row[2] for row in results])
    right.vlines(ahead, value.low, value.high, color=plots.BLUE, linewidth=2)
    right.plot(ahead, value.value, "o", color=plots.BLUE, label="with the model" if ahead == 1 else None)
right.axhline(
    np.mean([values[3] for values in mean_of.values()]), color=plots.GREY, linestyle="--", label="without the model"
)
for axes in (left, right):
    axes.set(xlabel="horizon [shifts]", xscale="log", xticks=list(mean_of), xticklabels=list(mean_of), ylim=(0, None))
    axes.minorticks_off()
    axes.legend(frameon=False, loc="best")
right.set(ylabel="cost per 100 shifts")
told = "; ".join(f"{ahead}: {values[2]:.0f}" for ahead, values in mean_of.items())
plots.show(
    figure, alt=f"Faults found and false stops, and cost per 100 shifts, against the horizon. Cost by horizon: {told}."
)

# %% [markdown]
"""
Longer horizons look kinder: more alarms count as true. What matters is outside of the figure: how long a spare part takes. A horizon that is shorter than that is of no use, whatever its cost; one that is much longer changes tools that would have run on.

### Where does it fail?

Half of the machines are of type L, few are of type H. Are their faults found alike?
"""

# %% [markdown] lang="zh"
"""
期限越长看起来越宽厚：更多警报算作真的。真正要紧的不在图里：备件要多久才到。比这更短的期限，成本再低也没有用；长出许多，又会换掉本来还能用的刀具。

### 在哪里失灵？

一半机器是 L 型，H 型很少。它们的故障同样容易找到吗？
"""

# %% tags=["nbval-ignore-output"]
every = pd.concat([log.assign(stop=stop) for log, stop in zip(logs, policies["with physics"], strict=True)])
by_type = {}
for kind, rows in every[every["near"] == 1].groupby("type"):
    by_type[kind] = evaluation.proportion_interval(int(rows["stop"].sum()), len(rows))
    quiet = every[(every["near"] == 0) & (every["type"] == kind)]["stop"]
    print(
        f"type {kind}: {len(rows):,} shifts before a fault, stopped in {by_type[kind]:.0%}; without one, in {quiet.mean():.0%}"
    )
worst = min(by_type, key=lambda kind: by_type[kind].value)
apart = evaluation.mean_interval([
    100 * log[(log["near"] == 1) & (log["type"] != worst)].index.isin(np.flatnonzero(stop)).mean()
    - 100 * log[(log["near"] == 1) & (log["type"] == worst)].index.isin(np.flatnonzero(stop)).mean()
    for log, stop in zip(logs, policies["with physics"], strict=True)
])  # fmt: skip
print(f"type {worst} behind the others, over the factories: {apart:.0f} points")

# %% [markdown]
"""
The model does not see the type. Somebody stands at each of these machines: a share that is lower for one type is a risk that its operators carry and others do not. Rows of one factory hang together, so the difference is counted over whole factories. A wide interval is no all-clear: it says that nobody knows yet.

### Rules of another hand

AI4I 2020 is made data, too, by somebody else's rules and larger. By path: `-p ai4i=FILE`. Faults are in the same row there, so there is no horizon, and rows have no machine to split by.
"""

# %% [markdown] lang="zh"
"""
模型看不到机型。每台机器旁边都站着人：某个机型的比例偏低，就是让那里的操作工承担别人没有的风险。同一个厂的各行彼此相关，所以差别按整个厂来计算。区间宽，不等于没有问题，而是说明谁也还不知道。

### 别人的规律

AI4I 2020 也是造出来的数据，规律出自别人，规模更大。按路径给出：`-p ai4i=FILE`。那里的故障就在同一行，所以没有期限，也没有机器可供划分。
"""

# %% tags=["nbval-ignore-output"]
public = claims.told("6.4-maintenance")
public_gain = None
if ai4i:
    log = factory.add_physics(factory.read_ai4i(ai4i))
    score, paid_there = {}, {"stop never": fault_cost * log["fault"].mean(), "stop always": 1 - log["fault"].mean()}
    lines = {"logistic regression": (factory.SENSORS, make_pipeline(StandardScaler(), LogisticRegression())),
             "sensors": (inputs["sensors"], trees()), "with physics": (inputs["with physics"], trees())}  # fmt: skip
    for name, (used, method) in lines.items():
        folds = [StratifiedKFold(5, shuffle=True, random_state=number) for number in seeds]
        p = np.array(
            [cross_val_predict(method, log[used], log["fault"], cv=f, method="predict_proba")[:, 1] for f in folds]
        )
        score[name] = np.mean([average_precision_score(log["fault"], row) for row in p])
        paid_there[name] = np.array([decisions.case_costs(log["fault"], row >= at, **stop_prices) for row in p])
    never = decisions.case_costs(log["fault"], np.zeros(len(log)), **stop_prices)
    public_gain = evaluation.difference(np.tile(never, (len(seeds), 1)), paid_there["with physics"])
    scores, costs = (
        ", ".join(f"{name} {np.mean(v):.3f}" for name, v in found.items()) for found in (score, paid_there)
    )
    public = f"cheaper than stopping never by {public_gain:.3f}; AP {scores}; cost per row {costs}"
print(public.replace("；", "; ").replace("; ", "\n"))

# %% [markdown]
"""
## 6.4.4 What may be deployed?

The rules were written before the figures. Defects: cheaper than the better of *stop all* and *stop none*, with its whole interval, in *each* plant. Quality: cheaper than the best chart, with its whole interval, and the monitor's alarm comes before the model is dearer than pulling none. Maintenance: cheaper than
*always* and *never* on new machines, and for no type less than half of the warning shifts are found, with the whole interval. Otherwise: *do not deploy*.
"""

# %% [markdown] lang="zh"
"""
## 6.4.4 什么可以部署？

规则在看到数字之前就写好了。缺陷：在*每个*厂都要比*全拦*和*全放*中较好的那个便宜，整个区间都算。质量：要比最好的控制图便宜，整个区间都算，而且监控要在模型变得比一件不取还贵之前报警。维护：在新机器上比*总停*和*从不停*都便宜，而且没有一个机型找到的预警班不到一半，整个区间都算。否则就*不部署*。
"""

# %% tags=["nbval-ignore-output"]
method = "frozen, few defects" if "frozen, few defects" in paid else alone["by hand"]
verdicts = {}
for label, of in cost.items():
    name = method if method in of else min(of, key=lambda name: of[name].value)
    verdicts[f"defects, {label}"] = (
        f"{name}: {of[name]:.2f} against {min(simple.values()):.2f}",
        of[name].high < min(simple.values()),
    )
running_cost = pd.Series(cost_of["boosted trees"]).rolling(6).mean()
too_dear = np.flatnonzero(running_cost > np.mean(cost_of["pull none"]))
in_time_at = int(too_dear[0]) + 1 if len(too_dear) else 25
verdicts["quality"] = (f"saves {saved:.0f} per 1,000 pieces; alarm in shift {alarms.get('moisture', 'none')}, too dear from {in_time_at if in_time_at < 25 else 'none'} on",
                       saved.low > 0 and alarms.get("moisture", 99) < in_time_at)  # fmt: skip
verdicts["maintenance"] = (
    f"saves {worth:.2f} per machine and shift; type {worst} {by_type[worst]:.0%} found",
    worth.low > 0 and by_type[worst].low > 0.5,
)
for use, (reason, deploy) in verdicts.items():
    print(f"{use}: {'deploy, watched' if deploy else 'do not deploy'}: {reason}")

# %% [markdown]
"""
The first line and the second are the same detector. A rule that asks for an average over plants would have passed it. The *model card* of the maintenance model:
"""

# %% [markdown] lang="zh"
"""
前两行是同一个检测器。如果规则问的是各厂的平均，它就过关了。下面是维护模型的*模型卡*：
"""

# %% tags=["nbval-ignore-output"]
card = {
    "what it decides": f"a machine is stopped from a chance of {at:.3f} of a fault within {horizon} shifts",
    "trained on": f"{machines} invented machines over {shifts} shifts; no real one",
    "cost per machine and shift": f"{evaluation.mean_interval(each['with physics']):.2f}; {without}: {np.mean(each[without]):.2f}",
    "on new machines": f"average precision {evaluation.mean_interval(found_ap['with physics', 'new machines']):.2f}",
    "least found": f"type {worst}: {by_type[worst]:.0%} of the shifts before a fault",
    "watched by": "an EWMA chart on each sensor, the share of stops, and the faults that came without one",
    "not for": "other machines or tools, safety functions, any stop that nobody may override",
}
pd.Series(card, name="the model of 6.4.3").to_frame().style.set_properties(**{"text-align": "left"})

# %% [markdown]
"""
### The document's claims

"Vision models find defects": is the transferred network cheaper than six numbers by hand? "Control quality": are boosted trees cheaper than the best chart, and on real plates right more often than limits on columns? "Keep machines running": cheaper than never or always stopping? The last two read no pictures; that *vision* does them is not
testable with these tables. The last line is the course's own question.
"""

# %% [markdown] lang="zh"
"""
### 原文的说法

“缺陷检测”：迁移的网络是否比手工的六个数便宜？“质量控制”：提升树是否比最好的控制图便宜，在真实钢板上是否比按列设界限更准？“设备维护”：是否比从不停机或总是停机便宜？后两件读的不是图像；要说*视觉*模型能做这两件事，这些表无法检验。最后一行是课程自己的问题。
"""

# %% tags=["nbval-ignore-output"]
gain = evaluation.difference(paid[alone["by hand"]], paid[method])
of_each = ", ".join(f"{name} {value.value:.2f} at AUC {auc[name].value:.2f}" for name, value in cost["plant A"].items())
claims.record(
    "6.4-defects", reference="six numbers a patch by hand, good pieces alone",
    measured=f"saves {gain:+.2f} false stops per piece ({of_each}; {defects} defects, {len(seeds)} draws)",
    holds=evaluation.verdict(gain, seeds=len(seeds)) if method != alone["by hand"] else None,
)  # fmt: skip
plates_told = f"moulded pieces: cheaper by {saved:.0f} per 1,000 than {chart}"
if plates_gain:
    more = evaluation.Interval(*(100 * end for end in plates_gain))
    plates_told = f"steel plates named right more often by {more:+.1f} points than by limits on columns; {plates}"
claims.record(
    "6.4-quality", reference="the best chart; on steel plates limits on eight columns",
    measured=plates_told, holds=evaluation.verdict(plates_gain or saved, seeds=len(seeds)),
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.record(
    "6.4-maintenance", reference="the cheaper of stopping always and never",
    measured=public if public_gain else f"cheaper by {worth:.2f} per machine and shift on new machines; physics {by_physics:.2f} of it",
    holds=evaluation.verdict(public_gain or worth, seeds=len(seeds)),
)  # fmt: skip
claims.record(
    "6.4-large", reference="boosted trees on the same rows",
    measured=f"the encoder on rows as sentences costs {dearer:+.0f} more per 1,000 pieces, and more time",
    holds=evaluation.verdict(evaluation.Interval(-dearer.value, -dearer.high, -dearer.low), seeds=None),
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.report(
    cost_per_piece=evaluation.mean_interval(paid[method]), auc=auc[method], saved_per_1000=saved,
    leak_of_random_rows=leak, ap_new_machines=evaluation.mean_interval(found_ap["with physics", "new machines"]), saved_per_shift=worth,
)  # fmt: skip

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 6.4.1

Write `stop_from(scores, is_bad, miss, false_stop)`: the score from which on pieces should be stopped (`score >= threshold`) so that the total cost is lowest. Try each of the scores, and `np.inf` for stopping none. Of equally cheap ones return the
smallest.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 6.4.1

写出 `stop_from(scores, is_bad, miss, false_stop)`：从哪个得分起应当拦下工件（`score >= threshold`），使总成本最低。把每个得分都试一遍，再加上 `np.inf`，表示一件不拦。成本相同时返回最小的那个。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=7
### BEGIN SOLUTION
def stop_from(scores, is_bad, miss, false_stop):
    scores, is_bad = np.asarray(scores, float), np.asarray(is_bad, bool)
    steps = np.append(np.unique(scores), np.inf)
    costs = [miss * (is_bad & (scores < t)).sum() + false_stop * (~is_bad & (scores >= t)).sum() for t in steps]
    return steps[np.argmin(costs)]


answer = stop_from
### END SOLUTION
exercises.check("6.4.1", answer)

# %% [markdown] tags=["solution"]
"""
Only at the scores themselves does anything change, so nothing else has to be tried; `np.inf` must not be forgotten: where the detector is bad and stops are dear, the cheapest detector is none. It is for validation pieces: on the
test pieces it would choose by what it is judged on.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
只有在这些得分处才会有变化，别的都不必试；`np.inf` 不能忘：检测器差、拦下又贵的时候，最便宜的检测器就是没有。它用在验证件上；用在测试件上，就是拿评判的东西来挑选。
"""

# %% [markdown]
"""
### Exercise 6.4.2

Give the logistic regression what it lacks. Train `make_pipeline(StandardScaler(), LogisticRegression())` on `train`, once with `columns`, once with a further column, the product of temperature and moisture, each less its mean in `train` and divided by its spread there. Answer with the two mean
costs on `later` (without, with), pulling from `from_here` on, at `prices`.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.4.2

把逻辑回归缺的东西给它。在 `train` 上训练 `make_pipeline(StandardScaler(), LogisticRegression())` 两次：一次只用 `columns`，一次再加一列，即温度与湿度的乘积，两者都先减去 `train` 里的均值，再除以那里的标准差。用在 `later` 上的两个平均成本作答（不加，加），从 `from_here` 起取下，价格为 `prices`。
"""


# %% tags=["exercise"] kind="train" difficulty=2 importance=3 minutes=8
### BEGIN SOLUTION
def with_product(rows):
    usual = train[columns]
    spreads = (rows[columns] - usual.mean()) / usual.std()
    return rows[columns].assign(product=spreads["melt_temperature"] * spreads["moisture"])


both = []
for prepare in (lambda rows: rows[columns], with_product):
    machine = make_pipeline(StandardScaler(), LogisticRegression()).fit(prepare(train), train["bad"])
    pull = machine.predict_proba(prepare(later))[:, 1] >= from_here
    both.append(decisions.case_costs(later["bad"], pull, **prices).mean())
answer = both
### END SOLUTION
exercises.check("6.4.2", answer, train=train, later=later, prices=prices)

# %% [markdown] tags=["solution"]
"""
With the right column the line comes close to the true rule, and below the trees, which had to find the product from rows. Whoever knows the process can write that column; whoever does not lets trees find it, draws what they found, and asks the people at the machine
whether it makes sense.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
有了合适的列，直线就接近真实的规则，成本低于树模型；树要从数据行里自己找出那个乘积。懂工艺的人可以写出那一列；不懂的人让树去找，把找到的画出来，再问机器旁的人说不说得通。
"""

# %% [markdown]
"""
### Exercise 6.4.3

A supplier shows an average precision of 0.95 for faults within four shifts, from random rows of one factory. Which sentences may be written?

- a: Rows of the same machine stood in training and test.
- b: It will have 0.95 on our machines.
- c: Ask for the figure with whole machines held out, and with later shifts.
- d: Random rows are fine if there are many.
- e: Average precision depends on how frequent faults are, so it is no figure for another factory.

Answer with letters, such as "ab".
"""

# %% [markdown] lang="zh"
"""
### 练习 6.4.3

供应商拿出的平均精度是 0.95：预报四个班之内的故障，取自同一个厂的随机行。哪些句子可以写？

- a：同一台机器的行同时出现在训练集和测试集里。
- b：在我们的机器上也会有 0.95。
- c：要问整台机器留出时的数字，以及在更晚的班上的数字。
- d：行数很多，随机划分就没有问题。
- e：平均精度取决于故障有多频繁，所以不能当作另一个厂的数字。

用字母作答，例如 "ab"。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "ace"
### END SOLUTION
exercises.check("6.4.3", answer)

# %% [markdown] tags=["solution"]
"""
With random rows of few machines a is certain, c is the way out. More rows (d) make it worse: every test row then has an even closer neighbour. e holds without any leak: at chance, average precision *is* the share of faults.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
机器少、行又随机抽，a 就是必然的，c 是出路。行数更多（d）只会更糟：每个测试行会有离得更近的邻居。e 即使没有泄漏也成立：瞎猜时，平均精度*就是*故障所占的比例。
"""

# %% [markdown]
"""
### Exercise 6.4.4

Write `count_found(fault, alarm, horizon)` for one machine: both are lists of 0 and 1, one for each shift. A fault is found if there was an alarm in at least one of the `horizon` shifts *before* it; an alarm in its own shift comes too late. Return the number of faults found.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.4.4

为一台机器写出 `count_found(fault, alarm, horizon)`：两者都是由 0 和 1 组成的列表，每班一个。故障*之前*的 `horizon` 个班里至少有一次警报，就算找到；故障当班的警报太晚了。返回找到的故障数。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def count_found(fault, alarm, horizon):
    return sum(bool(broke) and any(alarm[max(0, now - horizon) : now]) for now, broke in enumerate(fault))


answer = count_found
### END SOLUTION
exercises.check("6.4.4", answer)

# %% [markdown] tags=["solution"]
"""
`max(0, …)` keeps the first shifts from counting backwards from the end, and the slice ends before `now`. Counting faults instead of rows is what a plant does: ten alarms before one fault prevent one fault.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
`max(0, …)` 使开头几班不会从末尾倒着数，切片在 `now` 之前结束。工厂数的是故障，不是行：一次故障之前的十次警报，也只避免了一次故障。
"""

# %% [markdown]
"""
### Exercise 6.4.5

A line makes 20,000 pieces a week. The model pulls 10 % of them, and half of those are bad. A bad piece that is pulled in time saves 10; a good one that is pulled costs 2. What does the model save in a week, against pulling none?
"""

# %% [markdown] lang="zh"
"""
### 练习 6.4.5

一条产线每周做 20,000 件。模型取下其中的 10%，取下的有一半是坏件。及时取下一个坏件省 10，误取一个好件花 2。与一件不取相比，模型一周省多少？
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
pulled_pieces = 20_000 * 0.10
answer = pulled_pieces * 0.5 * 10 - pulled_pieces * 0.5 * 2
### END SOLUTION
exercises.check("6.4.5", answer)

# %% [markdown] tags=["solution"]
"""
1,000 bad ones save 10,000, 1,000 good ones cost 2,000: 8,000 a week. How many bad pieces were missed does not matter for this difference: they cost the same with and without the model.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
1,000 件坏的省下 10,000，1,000 件好的花掉 2,000：一周 8,000。漏掉多少坏件与这个差值无关：有没有模型，它们的代价都一样。
"""

# %% [markdown]
"""
## Recap

- Few defects: learn what is good. One-class detection needs no defect, tells where it looks, and is taught anew in a new plant with a few good pieces.
- A pretrained network is worth as much as the surface is difficult; compare it with six numbers by hand.
- The costs choose the threshold, on validation data, and the threshold does not travel.
- The chart is blind to products, the model is blind to its sensors. Each watches what the other cannot see.
- Physics in a column saves rows. Splits by machine and by time say what random rows hide.
- Numbers in a table want trees, not a language model.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 缺陷很少，就学什么是好。单类检测不需要缺陷样本，能指出看哪里，到了新厂用少量好件就能重新教会。
- 表面有多难，预训练网络才值多少；要拿它和手工的六个数比。
- 阈值由成本在验证数据上选定，而且不能搬到别处用。
- 控制图看不见乘积，模型看不见自己的传感器出错。两者互相照看。
- 写进一列的物理知识省下许多行数据。按机器、按时间划分，才看得出随机划分掩盖的东西。
- 表里的数字要的是树，不是语言模型。

## 自测
"""

# %%
quizzes.ask("6.4")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Shewhart 1931: *Economic control of quality of manufactured product*; Roberts 1959: *Control chart tests based on geometric moving averages*, Technometrics 1(3): the EWMA chart.
- Defard et al. 2020: *PaDiM*, arXiv 2011.08785; Roth et al. 2021: *Towards total recall in industrial anomaly detection*, arXiv 2106.08265: distances of frozen patches.
- Ledoit, Wolf 2004: *A well-conditioned estimator for large-dimensional covariance matrices*.
- Huang et al. 2018: *Surface defect saliency of magnetic tile*, The Visual Computer.
- Buscema, Terzi, Tastle 2010: *Steel Plates Faults*, UCI (CC BY 4.0).
- Matzka 2020: *Explainable artificial intelligence for predictive maintenance applications*: AI4I 2020, UCI (CC BY 4.0).

## Next

Your own pictures: `talentlab run 06_4 -p dataset=FOLDER -p normal_class=good -p bad_share=0.02`, a folder per class. What a deployed model needs beyond this stands in [3.2f](03_2f_evaluation_and_deployment.ipynb), how runs become decisions in
[chapter 10](10_experiments.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Shewhart 1931：*Economic control of quality of manufactured product*；Roberts 1959：*Control chart tests based on geometric moving averages*，Technometrics 1(3)。EWMA 图。
- Defard 等 2020：*PaDiM*，arXiv 2011.08785；Roth 等 2021：*Towards total recall in industrial anomaly detection*，arXiv 2106.08265。冻结图块的距离。
- Ledoit、Wolf 2004：*A well-conditioned estimator for large-dimensional covariance matrices*。
- Huang 等 2018：*Surface defect saliency of magnetic tile*，The Visual Computer。
- Buscema、Terzi、Tastle 2010：*Steel Plates Faults*，UCI（CC BY 4.0）。
- Matzka 2020：*Explainable artificial intelligence for predictive maintenance applications*，即 AI4I 2020，UCI（CC BY 4.0）。

## 下一步

用你自己的图片：`talentlab run 06_4 -p dataset=FOLDER -p normal_class=good -p bad_share=0.02`，每类一个文件夹。部署模型还需要什么，见 [3.2f](03_2f_evaluation_and_deployment.ipynb)；多次运行怎样变成决定，见[第 10 章](10_experiments.ipynb)。
"""
