# %% [markdown]
"""
# 3.4b · Applications: vision

*算法应用领域*

The document lists four tasks on images: classification, object detection, segmentation, generation. You do all four with one small network
and the training loop that you know, each beside a method that needs no network. Then a network that was trained on ImageNet shows what
pretraining brings where labels are few.

**You will be able to**

- say what one U-Net answers in each of the four tasks, and which loss teaches it,
- compute intersection over union and average precision, and read them,
- start one task from the weights of another, and measure what that saved,
- generate images by flow matching, and test whether they are copies,
- decide with few labelled images between pixels, a network from nothing, and frozen pretrained features.

**Time** 50 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** scikit-learn's handwritten digits and generated scenes, or images of your own
"""

# %% [markdown] lang="zh"
"""
# 3.4b · 应用领域：计算机视觉

*算法应用领域*

原文列出图像上的四种任务：图像分类、目标检测、图像分割、图像生成。本章用同一个小网络、同一个训练循环把四种都做一遍，每一种旁边都放一个不用网络的办法作对照。最后请出一个在 ImageNet 上训练过的网络，看看标注很少时预训练带来什么。

**学完本章，你能够**

- 说清同一个 U-Net 在四种任务里各回答什么，各用什么损失来教；
- 算出交并比和平均精度，并读懂它们；
- 用一种任务的权重开始另一种任务，并量出省下了多少；
- 用流匹配生成图像，并检验它们是不是照抄；
- 在标注图像很少时，在像素、从零训练的网络和冻结的预训练特征之间作出选择。

**时间** 阅读和动手 50 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** scikit-learn 自带的手写数字和程序生成的场景，或你自己的图像
"""

# %% tags=["parameters"]
from typing import Literal

image_dataset: str = "digits"  # images with a class each: scikit-learn's digits, a folder, a CSV or an npz file
scene_dataset: str | None = None  # npz file with boxes; generated scenes if None
mask_dataset: str | None = None  # npz file with masks; the generated scenes if None
transfer_dataset: str | None = None  # images of which few are labelled; generated single shapes if None
scenes: int = 1000  # scenes generated [images]
sizes: list[int] = [30, 100, 300, 1400]  # labelled images of the learning curve
network_steps: int = 200  # of each training on these [optimizer steps]
detection_epochs: int = 8  # passes over the scenes
mask_images: int = 150  # images with masks that are trained on
mask_epochs: int = 10  # passes over them
generation_epochs: int = 16  # passes over the digits
transfer_labels: int = 100  # labelled images of the last section
transfer_side: int = 96  # height and width that the pretrained network reads [pixels]
seeds: list[int] = [0]  # of the labelled images and of the networks' weights, in the first and last section
precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the hardware has it
seed: int = 0  # of everything else

# %% [markdown]
"""
## What you will build

![An image enters a network that goes down over three levels to fewer and wider places, and up again; dashed bridges lead from each level down to the same level up. From the top come three answers: a class per pixel (segmentation), centre and sides of each object (detection), a velocity per pixel (generation). From the lowest level comes one class (classification).](images/one_net_four_answers.svg)

A *U-Net* goes down to places that each see a large part of the image, and up again with bridges that bring back where things are. Only the last
layer and the loss differ between the tasks.
"""

# %% [markdown] lang="zh"
"""
## 要做出来的东西

![图像进入一个网络，向下经过三层，位置越来越少、视野越来越大，然后再向上；虚线的桥接把向下的每一层连到向上的同一层。最上面给出三种回答：每个像素一个类别（图像分割）、每个物体的中心和四边（目标检测）、每个像素一个速度（图像生成）。最低一层给出一个类别（图像分类）。](images/one_net_four_answers.zh.svg)

*U-Net* 先向下，走到每个位置都能看见一大片图像的地方，再向上，由桥接把“在哪里”带回来。四种任务之间，只有最后一层和损失不同。
"""

# %%
import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab import evaluation, plots, training
from talentlab.chapters import pictures
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import shapes
from talentlab.data.images import Boxes, ImageRows, LabelledImages, load_images, to_pixel_values
from talentlab.errors import ModelError
from talentlab.models import backbones, vision

# %% [markdown]
"""
Three questions before anything runs; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题；章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.4b", "before")

# %% [markdown]
"""
And two figures to guess. Of unseen digits, how many will a network get right that has seen about 100 labelled ones? And of
single shapes of five kinds, how many will frozen ImageNet features get right, with about 100 labels?
"""

# %% [markdown] lang="zh"
"""
再猜两个数：只看过约 100 个带标注的数字，网络能认对多少没见过的数字？五种图形，只有约 100 条标注样本，用冻结的 ImageNet 特征能认对多少？
"""

# %%
guess_digits = guesses.guess("3.4b.digits")
guess_frozen = guesses.guess("3.4b.frozen")

# %% [markdown]
"""
## 1 Image classification

An image is a block of numbers, height × width × colours. The digits are 8 × 8 pixels of one colour. `load_images` reads them, a folder per class, a table
of paths or an npz file; files of other sizes are resized with a note, and broken ones are named.
"""

# %% [markdown] lang="zh"
"""
## 1 图像分类

图像是一块数：高 × 宽 × 颜色。这里的数字是 8 × 8 个像素、一种颜色。`load_images` 能读它们，也能读每类一个文件夹的图像、写着路径的表格和 npz 文件；尺寸不一的会缩放并留下说明，损坏的文件会指名报错。
"""

# %%
pool = load_images(image_dataset, seed=seed)
labelled, held_out = pool.split("train"), pool.rows(np.flatnonzero(pool.splits != "train"))
first = [int(np.flatnonzero(held_out.labels == label)[0]) for label in range(len(pool.class_names))][:10]
titles = [pool.class_names[held_out.labels[n]] for n in first]
figure, _ = pictures.gallery([held_out.images[n] for n in first], titles, columns=10, side=0.9)
plots.show(figure, alt=f"One held-out image of each class: {', '.join(titles)}.")
print(f"{len(labelled):,} images to train on, {len(held_out):,} held out, {pool.images.shape[1:]} numbers each")

# %% [markdown]
"""
Two methods without a network: *logistic regression* on the pixels, and the *nearest image*, which gives the class of the labelled image whose pixels are
closest. All three get the same labelled images, drawn from a seed, and the network the same number of steps at each size.
"""

# %% [markdown] lang="zh"
"""
两种不用网络的办法：对像素做*逻辑回归*；*最近的图像*，即像素最接近的那张标注图像是什么类就答什么类。三种办法用同一个种子抽出的相同标注图像，网络在每个规模上训练相同的步数。
"""


# %% tags=["nbval-ignore-output"]
def ask_network(model, shown: np.ndarray | torch.Tensor) -> np.ndarray:
    """The network's answers to images, as bytes or as pixel values."""
    values = shown if isinstance(shown, torch.Tensor) else to_pixel_values(shown)
    return evaluation.predict(model, ImageRows(values, torch.zeros(len(values))), precision=precision)


def train_classifier(few: LabelledImages, seed: int, steps: int, learning_rate=5e-3, widths=(16, 32)):
    """A network for whole images, and the history of its training."""
    torch.manual_seed(seed)
    model = vision.UNet(few.images.shape[3], len(few.class_names), "image", widths=widths)
    rows = ImageRows(to_pixel_values(few.images), torch.tensor(few.labels))
    settings = {"num_epochs": max(1, round(steps / math.ceil(len(rows) / 32))), "batch_size": 32, "seed": seed}
    return model, training.fit(model, rows, learning_rate=learning_rate, precision=precision, **settings)


def flat(shown: np.ndarray) -> np.ndarray:
    return shown.reshape(len(shown), -1) / 255


curve = []
for number, size in [(number, size) for number in seeds for size in sizes]:
    few = labelled.rows(np.random.default_rng(number).permutation(len(labelled))[:size])
    reader, _ = train_classifier(few, number, network_steps)  # the last one reads generated digits in section 4
    right = {"labels": len(few), "network": ask_network(reader, held_out.images).argmax(1) == held_out.labels}
    simple = {"logistic regression": LogisticRegression(max_iter=2000), "nearest image": KNeighborsClassifier(1)}
    for name, method in simple.items():
        right[name] = method.fit(flat(few.images), few.labels).predict(flat(held_out.images)) == held_out.labels
    curve.append({name: np.mean(value) for name, value in right.items()})

# %% tags=["nbval-ignore-output"]
means = pd.DataFrame(curve).groupby("labels").mean() * 100
means.index = means.index.astype(int)
figure, (axes,) = plots.new_axes(width=6.8)
for name, colour, marker in zip(means, (plots.BLUE, plots.VERMILION, plots.GREEN), "os^", strict=True):
    axes.plot(means.index, means[name], color=colour, marker=marker, label=name)
guess_digits.shade(axes)
axes.set(xlabel="labelled images", ylabel="held-out images right [%]", xscale="log")
axes.set_xticks(means.index, [f"{size:,}" for size in means.index.tolist()], minor=False)
axes.legend(frameon=False, loc="lower right")
near_100 = min(means.index, key=lambda size: abs(size - 100))
plots.show(
    figure,
    alt="Held-out images right, by labelled images: "
    + "; ".join(
        f"{n:,}: " + ", ".join(f"{name} {value:.1f} %" for name, value in row.items())
        for n, row in zip(means.index, means.to_dict("records"), strict=True)
    )
    + ".",
)
guess_digits.settle(means.at[near_100, "network"])
best = means.idxmax(axis=1)
print("best at each size: " + ", ".join(f"{n:,} labels: {name}" for n, name in best.items()))

# %% [markdown]
"""
Read the figure from the left: with few images the nearest image needs no training, and is hard to beat. Digits of this size are all centred and upright, so pixels can
be compared one by one. Where an object may stand anywhere, that ends, as section 5 shows. A network is worth its price when the simple method fails,
so the simple method is tried first.

The same people wrote training and held-out digits. What a new person's hand would do to the three figures, they do not say.
"""

# %% [markdown] lang="zh"
"""
从左往右看这张图：图像很少时，“最近的图像”不用训练，却很难超过。这些数字都居中、端正，所以可以逐个像素比较；物体一旦能出现在任何位置，这一招就失灵了，第 5 节会看到。简单的办法不行，网络才值它的价钱，所以要先试简单的办法。

训练集和留出的数字出自同一批人的手。换一个人的笔迹会怎样，这三个数没有说。
"""

# %% [markdown]
"""
## 2 Object detection

Now several objects stand in one image: which, and where? An answer is a *box*: left, top, right, bottom. The scenes are generated; colours tell nothing of
the kind, and later shapes may hide a part of earlier ones.
"""

# %% [markdown] lang="zh"
"""
## 2 目标检测

现在一张图里有好几个物体：各是什么，各在哪里？回答是一个*框*：左、上、右、下。场景由程序生成；颜色与种类无关，后画的图形会挡住先画的一部分。
"""

# %%
world = load_images(scene_dataset, seed=seed) if scene_dataset else shapes.draw_scenes(scenes, seed=seed)
assert world.boxes is not None, "this file has no box_xyxy"
seen, judged = world.split("train"), world.split("validation")
figure, grid = pictures.gallery(list(seen.images[:5]), columns=5, side=1.8)
for axes, boxes in zip(grid, seen.boxes, strict=False):
    pictures.add_boxes(axes, boxes, world.class_names, "#333333")
plots.show(figure, alt=f"Five scenes with their true boxes; kinds are {', '.join(world.class_names)}.")
print(
    f"{len(seen)} scenes to train on, {len(judged)} held out, {sum(len(b.labels) for b in judged.boxes)} objects in these"
)

# %% [markdown]
"""
### When is a box right?

*Intersection over union* (IoU): the area that both boxes share, by the area that they cover together. 1 is the same box, 0 is no common point. A box counts as found at
0.5 and more.
"""

# %% [markdown] lang="zh"
"""
### 框怎样才算对？

*交并比*（IoU）：两个框共有的面积，除以两者合起来盖住的面积。1 表示同一个框，0 表示毫无交集。达到 0.5 就算找到。
"""


# %%
def iou(one, other) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(area) - shared)


pair = np.array([[0, 0, 10, 10], [5, 0, 15, 10.0]])
assert math.isclose(iou(*pair), vision.box_iou(pair[:1], pair[1:]).item())
print(f"half of each box is shared, and yet IoU is only {iou(*pair):.2f}")

# %% [markdown]
"""
### Exercise 3.4b.A

A colleague's IoU finds an overlap between boxes that lie apart. Try it on `(0, 0, 2, 2)` and `(5, 5, 8, 8)`, and mend it. Boxes are left, top, right, bottom; the function
returns the share as a number.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4b.A

一位同事写的 IoU，在两个毫不相干的框之间也算出了重叠。用 `(0, 0, 2, 2)` 和 `(5, 5, 8, 8)` 试一试，把它改好。框的顺序是左、上、右、下，函数返回一个数。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=4
def overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    together = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (together - width * height)


### BEGIN SOLUTION
def answer(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    together = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (together - width * height)


### END SOLUTION
exercises.check("3.4b.A", answer)

# %% [markdown] tags=["solution"]
"""
Boxes apart have a negative width and a negative height in common, and the product of two negative numbers is positive. Each has to be cut off at 0 before they are
multiplied. Apart in one direction only, the colleague's overlap is negative, which is as wrong.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两个框分开时，公共部分的宽和高都是负数，而两个负数之积是正数。相乘之前，宽和高都要先截到 0。如果只在一个方向上分开，同事算出的重叠是负数，同样是错的。
"""

# %% [markdown]
"""
### From boxes to targets, and back

The network answers at every second pixel. There it says how near the centre of an object of each kind is (the *heat*), and how far the four sides are. Training
asks for the sides only beside a centre. Decoding goes back: where the heat has a peak, there is an object. The figure shows the heat of each kind beside its scene.
"""

# %% [markdown] lang="zh"
"""
### 从框到目标，再从目标回到框

网络每隔一个像素作一次回答：离每一种物体的中心有多近（*热度*），离四条边有多远。训练时只在中心旁边问四边。解码则反过来：热度的峰顶，就是一个物体。图里在场景旁边画出每一种的热度。
"""

# %% tags=["nbval-ignore-output"]
kinds, stride = len(world.class_names), 2
targets = vision.centre_targets(seen.boxes, seen.images.shape[1:3], kinds, stride)
torch.manual_seed(seed)
detector = vision.UNet(seen.images.shape[3], kinds + 4, widths=(8, 32, 64), stride=stride)
detector.head.bias.data[:kinds] = -2.2  # nearly all places are empty: begin with a share of 0.1
history = training.fit(detector, ImageRows(to_pixel_values(seen.images), targets), task_loss=vision.centre_loss,
                       learning_rate=1e-2, num_epochs=detection_epochs, batch_size=16, precision=precision,
                       seed=seed)  # fmt: skip
answers = ask_network(detector, judged.images)
found = vision.decode_centres(answers, stride)
print(f"{sum(p.numel() for p in detector.parameters()):,} parameters, {history.speed:,.0f} {history.unit}/s")

# %% tags=["nbval-ignore-output"]
many = max(range(12), key=lambda n: len(judged.boxes[n].labels))  # a held-out scene with many objects
heat = 1 / (1 + np.exp(-answers[many, :, :, :kinds]))
figure, grid = plots.new_axes(kinds + 1, width=2.3 * (kinds + 1), height=2.5)
height, width = judged.images.shape[1:3]
grid[0].imshow(judged.images[many], extent=(0, width, height, 0))
pictures.add_boxes(grid[0], judged.boxes[many], world.class_names, "#333333")
for axes, layer, name in zip(grid[1:], heat.transpose(2, 0, 1), world.class_names, strict=True):
    axes.imshow(layer, vmin=0, vmax=1, cmap="Blues", extent=(0, width, height, 0))
    axes.set_title(name, fontsize=10)
for axes in grid:
    axes.set_axis_off()
peaks = ", ".join(f"{name} {layer:.2f}" for name, layer in zip(world.class_names, heat.max((0, 1)), strict=True))
plots.show(figure, alt=f"A held-out scene and the network's heat for each kind, highest values: {peaks}.")

# %% [markdown]
"""
### By hand, for comparison

Without a network: fit a plane to the ground's colours, keep what differs from it, cut that into connected parts. A part fills its box wholly if it is a square, π / 4 of it if it
is a disc, half of it if it is a triangle.
"""

# %% [markdown] lang="zh"
"""
### 手工办法作对照

不用网络：给背景的颜色拟合一个平面，留下与它不同的像素，分成一块块连通的部分。一块若填满自己的框，是方；填 π / 4，是圆；填一半，是三角。
"""

# %% tags=["nbval-ignore-output"]
FILLED = np.array([math.pi / 4, 1.0, 0.5])  # share of its box that a disc, a square, a triangle fills


def find_by_hand(image: np.ndarray) -> Boxes:
    height, width, _ = image.shape
    y, x = np.mgrid[:height, :width]
    ground = np.stack([np.ones(y.size), y.ravel(), x.ravel()], 1)
    pixels, keep = image.reshape(y.size, -1).astype(float), np.ones(y.size, bool)
    for _ in range(3):  # the plane again, without what differs most from the last one
        away = np.abs(pixels - ground @ np.linalg.lstsq(ground[keep], pixels[keep], rcond=None)[0]).mean(1)
        keep = away < max(30, np.median(away))
    parts, _ = ndimage.label(ndimage.binary_opening(away.reshape(height, width) > 30))
    corners, labels = [], []
    for number, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
        corners.append((columns.start, rows.start, columns.stop, rows.stop))
        labels.append(np.abs(FILLED[:kinds] - (parts[rows, columns] == number).mean()).argmin())
    return Boxes.true(corners, labels)


by_hand = [find_by_hand(image) for image in judged.images]
precision_of = {
    "by hand": vision.average_precision(by_hand, judged.boxes, kinds),
    "network": vision.average_precision(found, judged.boxes, kinds),
}
print(", ".join(f"{name}: mAP at IoU 0.5 {100 * np.nanmean(areas):.1f} %" for name, areas in precision_of.items()))

# %% [markdown]
"""
*Average precision* sorts all boxes of a kind by score, walks down the list, and takes the area under precision against recall; its mean over the kinds is *mAP*. Finding a
box twice costs precision, missing it costs recall. Below are the scenes with the most mistakes.
"""

# %% [markdown] lang="zh"
"""
*平均精度*把某一种物体的所有框按得分排序，从上往下走，取精确率对召回率曲线下的面积；对各种物体取平均就是 *mAP*。同一个物体框两次，损失精确率；漏掉，损失召回率。下面是出错最多的场景。
"""

# %% tags=["nbval-ignore-output"]
kept = vision.decode_centres(answers, stride, threshold=0.3)


def count_mistakes(number: int) -> int:
    hits = vision.match_boxes(kept[number], judged.boxes[number])
    return int((hits < 0).sum()) + len(judged.boxes[number].labels) - int((hits >= 0).sum())


mistakes = np.array([count_mistakes(number) for number in range(len(judged))])
worst = np.argsort(-mistakes, kind="stable")[:3]
figure, grid = pictures.gallery([judged.images[n] for n in worst], columns=3, side=2.6)
for axes, number in zip(grid, worst, strict=False):
    pictures.add_boxes(axes, judged.boxes[number], world.class_names, "#ffffff", dashed=True)
    pictures.add_boxes(axes, kept[number], world.class_names, "#333333")
plots.show(
    figure,
    alt=f"The three held-out scenes with the most mistakes ({', '.join(map(str, mistakes[worst]))}), found boxes with names and scores, true ones "
    f"dashed. {int((mistakes == 0).sum())} of {len(judged)} scenes have none.",
)

# %% [markdown]
"""
Look at what goes wrong: shapes that lie on each other, two centres close together, kinds that differ by a few pixels. A mean hides which of these would matter to you.

## 3 Image segmentation

Each pixel gets a class: 0 is the ground, then the kinds. The loss is the cross-entropy of chapter 4, over pixels instead of texts; the loop needs no word more. Masks are dear to make by hand, so
only some images have them here. Two starts are compared at equal steps: random weights, and those of the *detector*, without its last layer.
"""

# %% [markdown] lang="zh"
"""
看看错在哪里：图形互相压着、两个中心挨得太近、种类只差几个像素。平均数看不出哪一种对你要紧。

## 3 图像分割

每个像素得到一个类别：0 是背景，其余是各种图形。损失就是第 4 章的交叉熵，只是从逐条文本换成逐个像素；训练循环一个字也不用改。手工画掩膜很贵，所以这里只有一部分图像带掩膜。在相同步数下比较两种开头：随机权重，以及*检测器*的权重（去掉最后一层）。
"""

# %% tags=["nbval-ignore-output"]
masked = load_images(mask_dataset, seed=seed) if mask_dataset else world
assert masked.masks is not None, "this file has no mask: pass one as mask_dataset"
learnt, tested = masked.split("train"), masked.split("validation")
drawn = learnt.rows(range(min(mask_images, len(learnt))))
areas, colours = int(masked.masks.max()) + 1, seen.images.shape[3]


def in_colour(shown: np.ndarray) -> torch.Tensor:
    return to_pixel_values(shown).expand(-1, colours, -1, -1)  # grey: as many equal colours as the detector reads


predicted = {}
for start in ("random", "detector"):
    torch.manual_seed(seed)
    segmenter = vision.UNet(colours, areas, widths=(8, 32, 64))
    if start == "detector":
        body = {name: weight for name, weight in detector.state_dict().items() if not name.startswith("head")}
        segmenter.load_state_dict(body, strict=False)
    rows = ImageRows(in_colour(drawn.images), torch.tensor(drawn.masks))
    training.fit(segmenter, rows, learning_rate=1e-2, num_epochs=mask_epochs, batch_size=16, precision=precision,
                 seed=seed)  # fmt: skip
    predicted[start] = ask_network(segmenter, in_colour(tested.images)).argmax(-1)  # [N, H, W]
predicted["all ground"] = np.zeros_like(tested.masks)
overlaps = {name: vision.mask_iou(mask, tested.masks, areas) for name, mask in predicted.items()}
pixel_share = {name: (mask == tested.masks).mean() for name, mask in predicted.items()}
pd.DataFrame(
    {"mean IoU": {name: np.nanmean(value) for name, value in overlaps.items()}, "pixels right": pixel_share}
).round(3)

# %% tags=["nbval-ignore-output"]
shown = [n for n in range(len(tested)) if len(np.unique(tested.masks[n])) > 2][:4] or list(range(4))
columns = [
    part
    for n in shown
    for part in (tested.images[n], tested.masks[n], predicted["random"][n], predicted["detector"][n])
]
titles = ["image", "truth", "from random", "from detector"] * len(shown)
figure, _ = pictures.gallery(columns, titles, columns=8, side=1.15)
mean_iou = {name: float(np.nanmean(value)) for name, value in overlaps.items()}
plots.show(
    figure,
    alt=f"Four held-out images, each with its true mask and the masks of the two networks. Mean IoU over {areas} classes: from random weights "
    f"{mean_iou['random']:.2f}, from the detector's {mean_iou['detector']:.2f}, all ground {mean_iou['all ground']:.2f}.",
)

# %% [markdown]
"""
The detector never saw a mask. But where an object is, and of which kind, it had learned, and most of its layers pass that on: *transfer* in its plainest form. It is worth
as much as the two tasks have in common.

### Exercise 3.4b.B

Answer before you look at the table again. A model that calls every pixel ground gets most pixels right. Which figure would show at once that it finds nothing?

- **a** the share of pixels that are right
- **b** the mean of the classes' IoU
- **c** the cross-entropy per pixel
- **d** the IoU of the ground
"""

# %% [markdown] lang="zh"
"""
检测器从没见过掩膜。但物体在哪里、是哪一种，它已经学会了，而大部分层都传了过来：这是*迁移*最直白的样子。两个任务共同的部分有多少，它就值多少。

### 练习 3.4b.B

先别再看表格，直接回答。一个模型把所有像素都判为背景，大部分像素也是对的。哪个数会立刻暴露它什么都没找到？

- **a** 判对的像素占比
- **b** 各类别 IoU 的平均
- **c** 每个像素的交叉熵
- **d** 背景的 IoU
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = "b"
### END SOLUTION
exercises.check("3.4b.B", answer)

# %% [markdown] tags=["solution"]
"""
In the mean over classes each kind counts as much as the ground, and its IoU is 0 when none of its pixels is found. The share of right pixels and the ground's own IoU are high because
the ground is large; a cross-entropy is low for the same reason.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
对类别取平均时，每一类与背景同样算数；一个像素都没找到的类别，IoU 是 0。判对的像素占比和背景自己的 IoU 都高，因为背景面积大；交叉熵低，也是同样的原因。
"""

# %% [markdown]
r"""
## 4 Image generation

*Flow matching* turns noise into images along straight ways. At time 0 there is noise, at time 1 an image, in between $x(t) = (1 - t)\,\text{noise} + t\,\text{image}$. The velocity on this way is
image − noise, at all times. The network sees $x(t)$, $t$ and the digit's class, and is asked for the velocity; its loss is the squared error.

It cannot know which image the noise was on its way to, so it answers with the mean of all that are possible there. That mean points to where images lie.
"""

# %% [markdown] lang="zh"
r"""
## 4 图像生成

*流匹配*让噪声沿直线变成图像。时刻 0 是噪声，时刻 1 是图像，途中 $x(t) = (1 - t)\,\text{噪声} + t\,\text{图像}$。这条路上的速度始终是 图像 − 噪声。网络看到 $x(t)$、$t$ 和数字的类别，要答出速度；损失是平方误差。

这团噪声本来要走向哪张图像，网络无从知道，只能答出所有可能的平均。这个平均指向图像所在的地方。
"""

# %%
values, classes = to_pixel_values(labelled.images), torch.tensor(labelled.labels)
way = vision.FlowRows(values, classes, seed)
batch = way.collate([way[0], way[1]])
share = way.time[:2, None, None, None]
assert torch.equal(batch["pixel_values"], (1 - share) * way.noise[:2] + share * values[:2])
assert torch.equal(batch["labels"].permute(0, 3, 1, 2), values[:2] - way.noise[:2])
steps_shown = [((1 - t) * way.noise[0] + t * values[0]).permute(1, 2, 0).numpy() for t in (0, 0.25, 0.5, 0.75, 1)]
as_bytes = [np.clip((step + 1) * 127.5, 0, 255).astype(np.uint8) for step in steps_shown]
figure, _ = pictures.gallery(as_bytes, ["t = 0", "t = 0.25", "t = 0.5", "t = 0.75", "t = 1"], columns=5, side=1.1)
plots.show(figure, alt="The straight way from noise to a training image at five times.")

# %% [markdown]
"""
Generating goes the same way without knowing the end: begin with noise, ask for the velocity, take a step, ask again (Euler's method).
"""

# %% [markdown] lang="zh"
"""
生成时走同样的路，只是不知道终点：从噪声出发，问一次速度，走一步，再问（欧拉法）。
"""


# %% tags=["nbval-ignore-output"]
def generate(model, wanted: torch.Tensor, steps: int = 5, seed: int = 0) -> torch.Tensor:
    """Images [N, C, H, W] of the classes that are wanted [N]."""
    state = torch.randn(len(wanted), *values.shape[1:], generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        for step in range(steps):
            time = torch.full((len(wanted),), step / steps)
            state = state + model(state, time, wanted).logits.permute(0, 3, 1, 2) / steps
    return state.clamp(-1, 1)


torch.manual_seed(seed)
channels = values.shape[1]
flow = vision.UNet(channels, channels, widths=(16, 32), num_classes=len(pool.class_names))
history = training.fit(flow, way, task_loss=vision.velocity_loss, learning_rate=1e-2, num_epochs=generation_epochs,
                       batch_size=32, precision=precision, seed=seed)  # fmt: skip
wanted = torch.arange(500) % len(pool.class_names)
made = generate(flow.eval(), wanted)
print(
    f"loss {history.steps[0]['loss']:.2f} at first, {np.mean([s['loss'] for s in history.steps[-20:]]):.2f} at the end"
)

# %% [markdown]
"""
### Is it any good?

Three questions, and a simple method beside each: for every class, a *Gaussian* of the pixels, from whose mean and covariance images are drawn.

1. Does the classifier of section 1 recognise what was wanted?
2. How far are the images from real ones as a crowd? The *Fréchet distance* compares mean and covariance of the classifier's features.
3. Are they copies? For each, the distance to the nearest training image; held-out digits say how near a new one normally is.
"""

# %% [markdown] lang="zh"
"""
### 生成得好不好？

三个问题，每个都配上一个简单的办法：对每个类别的像素拟合一个*高斯分布*，按均值和协方差抽出图像。

1. 第 1 节的分类器认得出想要的数字吗？
2. 整批图像离真实的有多远？*弗雷歇距离*比较分类器特征的均值和协方差。
3. 是照抄吗？看每张到最近的训练图像有多远；留出的数字告诉我们，一张新图像通常有多近。
"""

# %% tags=["nbval-ignore-output"]
draw = np.random.default_rng(seed)
crowds = [values[classes == label].flatten(1).numpy() for label in range(len(pool.class_names))]
blurs = [(crowd.mean(0), np.cov(crowd, rowvar=False)) for crowd in crowds]
gaussian = torch.tensor(np.stack([draw.multivariate_normal(*blurs[label]) for label in wanted])).float()
sources = {
    "held-out digits": (to_pixel_values(held_out.images), held_out.labels),
    "flow": (made, wanted.numpy()),
    "Gaussian": (gaussian.reshape(-1, *values.shape[1:]).clamp(-1, 1), wanted.numpy()),
    "copies": (values[:500], labelled.labels[:500]),
}
seer = deepcopy(reader)
seer.head = torch.nn.Identity()  # the features before the last layer
real = ask_network(seer, values)
quality = {}
for name, (batch, labels) in sources.items():
    quality[name] = {
        "recognised [%]": 100 * (ask_network(reader, batch).argmax(1) == labels).mean(),
        "Fréchet distance": vision.frechet_distance(ask_network(seer, batch), real),
        "to the nearest training image": torch.cdist(batch.flatten(1), values.flatten(1)).min(1).values.mean().item(),
    }
pd.DataFrame(quality).T.round(2)


# %% tags=["nbval-ignore-output"]
def to_bytes(batch: torch.Tensor) -> list[np.ndarray]:
    return list(((batch + 1) * 127.5).permute(0, 2, 3, 1).round().numpy().astype(np.uint8))


nearest = torch.cdist(made[:10].flatten(1), values.flatten(1)).argmin(1)
rows = [made[:10], values[nearest], sources["Gaussian"][0][:10]]
figure, grid = pictures.gallery([image for row in rows for image in to_bytes(row)], columns=10, side=0.9)
for axes, name in zip(grid[::10], ("flow", "nearest real", "Gaussian"), strict=True):
    axes.text(-0.1, 0.5, name, transform=axes.transAxes, ha="right", va="center", fontsize=9)
plots.show(
    figure,
    alt=f"Ten digits made by the flow, the training image nearest to each, and ten drawn from the Gaussians. Recognised: flow "
    f"{quality['flow']['recognised [%]']:.0f} %, Gaussian {quality['Gaussian']['recognised [%]']:.0f} %.",
)
closer = min(("flow", "Gaussian"), key=lambda name: quality[name]["Fréchet distance"])
print(f"nearer to real digits by the Fréchet distance: {closer}; by it alone, copies would win over both")

# %% [markdown]
"""
By recognition and by the Fréchet distance, copies pass for real digits: neither sees that nothing new was made. Their distance of 0 to the nearest training image does. Whatever lies
about as far from the training images as held-out digits do is no copy.

The Gaussian is a strong opponent here, because the Fréchet distance asks for means and covariances, and it has the right ones by construction. On 64 pixels that goes far. On photographs it
would be a blur.

## 5 Pretraining where labels are few

*SqueezeNet* has 1.2 million parameters and learned 1,000 classes from the 1.3 million labelled photographs of ImageNet. Its layers are frozen here; the mean of their last *features*, 512
numbers an image, goes into a logistic regression. The package with the weights is an extra of the course. Where it is missing, this section says so.
"""

# %% [markdown] lang="zh"
"""
论识别率、论弗雷歇距离，照抄的图像都与真实数字相当：这两个数都看不出它什么新东西也没做。到最近训练图像的距离为 0，才看得出来。离训练图像的距离与留出的数字差不多，就不是照抄。

高斯分布在这里是个强劲的对手，因为弗雷歇距离问的就是均值和协方差，而它天生就有正确的均值和协方差。64 个像素，这样就走得很远；换成照片，只会得到一团模糊。

## 5 标注很少时的预训练

*SqueezeNet* 有 120 万个参数，从 ImageNet 的 130 万张带标注的照片里学会了 1,000 个类别。在这里它各层冻结，最后的*特征*取平均，每张图像得到 512 个数，交给逻辑回归。权重所在的软件包是本课程的可选附加项；没有安装的话，本节会说明。
"""

# %% tags=["nbval-ignore-output"]
try:
    squeezenet = backbones.load_squeezenet()
except ModelError as missing:
    squeezenet = None
    print(missing)
few_shapes = {"size": 32, "kinds": 5, "most": 1, "seed": seed + 5}
objects = load_images(transfer_dataset, seed=seed) if transfer_dataset else shapes.draw_scenes(700, **few_shapes)
learn, test = objects.split("train"), objects.split("test")
features = [
    backbones.squeezenet_features(squeezenet, part.images, transfer_side) for part in (learn, test) if squeezenet
]
print(f"{len(learn)} images to label {min(transfer_labels, len(learn))} of, {len(test)} to test on")

# %% [markdown]
"""
The two beside it read the same images, shrunk to at most 32 pixels a side: a logistic regression on these pixels, and a network from random weights.
"""

# %% [markdown] lang="zh"
"""
旁边的两个办法读同样的图像，边长缩到至多 32 个像素：一个对这些像素做逻辑回归，一个是从随机权重开始的网络。
"""

# %% tags=["nbval-ignore-output"]
small = tuple(min(32, side) for side in objects.images.shape[1:3])  # what the other two read [pixels]


def shrink(part: LabelledImages) -> LabelledImages:
    area = torch.nn.functional.adaptive_avg_pool2d(torch.tensor(part.images).permute(0, 3, 1, 2).float(), small)
    return replace(part, images=area.permute(0, 2, 3, 1).round().byte().numpy())


def linear():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


hits = {name: [] for name in ("from nothing", "pixels", "frozen features")}
learn_small, test_small = shrink(learn), shrink(test)
for number in seeds:
    rows = np.random.default_rng(number).permutation(len(learn))[:transfer_labels]
    few = learn_small.rows(rows)
    scratch, _ = train_classifier(few, number, network_steps // 2, widths=(16, 32, 64))
    hits["from nothing"].append(ask_network(scratch, test_small.images).argmax(1) == test.labels)
    hits["pixels"].append(linear().fit(flat(few.images), few.labels).predict(flat(test_small.images)) == test.labels)
    if features:
        hits["frozen features"].append(linear().fit(features[0][rows], few.labels).predict(features[1]) == test.labels)
    else:
        hits["frozen features"].append(np.full(len(test), np.nan))

# %% tags=["nbval-ignore-output"]
most = np.bincount(test.labels).max() / len(test)
shares = {name: 100 * np.mean(right) for name, right in hits.items() if not np.isnan(right).any()}
figure, (axes,) = plots.new_axes(width=6.8, height=2.4)
guess_frozen.shade(axes, along="x")
axes.barh(list(shares), list(shares.values()), color=[plots.VERMILION, plots.ORANGE, plots.BLUE][: len(shares)])
axes.axvline(100 * most, color=plots.GREY, linestyle="--", zorder=0, label="most frequent class")
behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # so that the line does not cross a number
axes.bar_label(axes.containers[0], fmt="%.1f", padding=4, bbox=behind)
axes.set(xlabel=f"test images right [%], {min(transfer_labels, len(learn))} labels", xlim=(0, 100))
axes.legend(frameon=False, loc="upper right")
axes.invert_yaxis()
plots.show(
    figure, alt="Test images right: " + ", ".join(f"{name} {share:.1f} %" for name, share in shares.items()) + "."
)
if "frozen features" in shares:
    guess_frozen.settle(shares["frozen features"])

# %% [markdown]
"""
A shape may stand anywhere, so no pixel means anything by itself, and few images and steps do not teach a network that from nothing. The pretrained network brings edges and corners along, wherever they are.
Photographs look little like these shapes; what transfers are the parts of pictures.

Generated images prove little about yours. The record below is from photographs of magnetic tiles with five kinds of defects and 100 labels. With four times the labels pixels come level: all tiles are photographed alike, so a pixel
does mean something. And where the network reads them at 96 pixels a side instead of 224, the features fall behind. With fewer than five `seeds` there is no verdict below, however wide the gap: the luck of the draw is not measured.
"""

# %% [markdown] lang="zh"
"""
图形可以出现在任何位置，单个像素本身没有意义，而图像和步数都少，从零开始的网络学不会这一点。预训练的网络把边和角带了过来，不管它们在哪里。照片与这些图形并不像；迁移过来的，是构成图画的零件。

程序生成的图像证明不了你的图像会怎样。下面的大规模实测来自磁瓦照片，上面有五种缺陷，标注 100 条。标注多到四倍，像素就追平了：磁瓦都是同样拍的，单个像素有意义。如果网络读入的边长是 96 个像素而不是 224 个，特征就落后了。`seeds` 少于五个时，差距再大，下面也不下结论：抽样的运气还没有量过。
"""

# %% tags=["nbval-ignore-output"]
if "frozen features" in shares:
    gain = evaluation.difference(hits["frozen features"], hits["pixels"])
    beside = f"frozen ImageNet features {shares['frozen features']:.1f} %, pixels {shares['pixels']:.1f} %, "
    measured = f"{beside}from nothing {shares['from nothing']:.1f} %; gain over pixels {100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}] points"
    decided = evaluation.verdict(gain, seeds=len(seeds))
    claims.report(accuracy_frozen=shares["frozen features"], accuracy_pixels=shares["pixels"])
else:
    measured, decided = "the package with the pretrained network is not installed", None
claims.record(
    "3.4-image-classification",
    measured=measured,
    reference="the technique is pretraining and transfer: it has to beat a logistic regression on pixels",
    holds=decided,
)

# %% tags=["nbval-ignore-output"]
claims.record(
    "3.4-detection",
    measured=f"mAP at IoU 0.5: network {100 * np.nanmean(precision_of['network']):.0f} %, by hand {100 * np.nanmean(precision_of['by hand']):.0f} %",
    reference="a field that is named; carried out here without pretraining",
    verdict="true as a description",
)
claims.record(
    "3.4-segmentation",
    measured=f"mean IoU {mean_iou['detector']:.2f} from a detector's weights, {mean_iou['random']:.2f} from random ones",
    reference="a field that is named; carried out here",
    verdict="true as a description",
)
claims.record(
    "3.4-generation",
    measured=f"recognised {quality['flow']['recognised [%]']:.0f} %, Fréchet distance {quality['flow']['Fréchet distance']:.2f}; a Gaussian per class "
    f"{quality['Gaussian']['recognised [%]']:.0f} % and {quality['Gaussian']['Fréchet distance']:.2f}",
    reference="a field that is named; carried out here without pretraining",
    verdict="true as a description",
)

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
### Exercise 3.4b.1

A convolution with kernels of 3 × 3 pixels reads 16 channels and makes 32, each with a bias. How many parameters has it? Answer with a whole number.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4b.1

一个 3 × 3 的卷积读入 16 个通道，输出 32 个通道，每个输出通道有一个偏置。它有多少个参数？用一个整数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 3 * 3 * 16 * 32 + 32
### END SOLUTION
exercises.check("3.4b.1", answer)

# %% [markdown] tags=["solution"]
"""
Each of the 32 output channels has a kernel of 3 × 3 numbers for each of the 16 input channels, and one bias. The size of the image does not matter: the same kernel is used at every place, which is why
the network finds a shape wherever it stands.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
32 个输出通道，每个对 16 个输入通道各有一个 3 × 3 的卷积核，再加一个偏置。图像多大没有关系：每个位置用的是同一个卷积核，所以图形在哪里，网络都能找到。
"""

# %% [markdown]
"""
### Exercise 3.4b.2

Write the mean IoU of masks: a function of `predicted` and `true`, whole numbers [H, W], and of the number of classes `num_classes`. A class that occurs in neither mask is left out of the mean. It is tried on 2 × 4
masks.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4b.2

写出掩膜的平均 IoU：函数接收整数数组 `predicted` 和 `true`（均为 [H, W]）以及类别数 `num_classes`。两张掩膜里都没出现的类别不计入平均。检查时用 2 × 4 的掩膜。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=7
### BEGIN SOLUTION
def answer(predicted, true, num_classes):
    found = []
    for label in range(num_classes):
        union = ((predicted == label) | (true == label)).sum()
        if union:
            found.append(((predicted == label) & (true == label)).sum() / union)
    return float(np.mean(found))


### END SOLUTION
exercises.check("3.4b.2", answer)

# %% [markdown] tags=["solution"]
"""
For each class: pixels that both masks give it, by pixels that either gives it. The mean is over classes, not over pixels, so small classes count as much as large ones. A class without a pixel would be
0 / 0.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
对每个类别：两张掩膜都判给它的像素数，除以任意一张判给它的像素数。平均是对类别取的，不是对像素，所以小的类别与大的同样算数。一个像素都没有的类别会成为 0 / 0。
"""

# %% [markdown]
"""
### Exercise 3.4b.3

Write Euler's method: a function of `velocity`, itself a function of state and time, of the state at time 0, and of the number of steps. It returns the state at time 1. It is tried on velocities whose
ways are known.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4b.3

写出欧拉法：函数接收 `velocity`（它本身是状态和时刻的函数）、时刻 0 的状态以及步数，返回时刻 1 的状态。检查时用解析解已知的速度。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def answer(velocity, state, steps):
    for step in range(steps):
        state = state + velocity(state, step / steps) / steps
    return state


### END SOLUTION
exercises.check("3.4b.3", answer)

# %% [markdown] tags=["solution"]
"""
Each step is 1 / steps long and takes the velocity at its beginning. On a straight way one step is enough, and more change nothing; the ways of a trained flow bend a little, which is why it
takes a few.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
每步长 1 / steps，用这一步开头的速度。路是直的，一步就够，多走几步也不会变；训练出来的流会有一点弯，所以要走几步。
"""

# %% [markdown]
"""
### Exercise 3.4b.4

Train the classifier twice on the first 100 labelled digits, `labelled.rows(range(100))`, for 60 steps from seed 0: `train_classifier(few, 0, 60)` and the same with `learning_rate=5e-4`. Keep both histories.
Answer with a dictionary: `"5e-3"` and `"5e-4"`, each with its history, and `"lower at the end"`: the key whose mean loss over the last five steps is lower.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4b.4

在前 100 个带标注的数字 `labelled.rows(range(100))` 上把分类器训练两次，各 60 步，种子 0：`train_classifier(few, 0, 60)`，以及加上 `learning_rate=5e-4` 的一次。留下两份训练历史。用一个字典作答：`"5e-3"` 和 `"5e-4"` 各对应自己的历史，`"lower at the end"` 对应最后五步平均损失较低的那个键。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
hundred = labelled.rows(range(100))
answer = {"5e-3": train_classifier(hundred, 0, 60)[1], "5e-4": train_classifier(hundred, 0, 60, learning_rate=5e-4)[1]}
ends = {name: np.mean([step["loss"] for step in history.steps[-5:]]) for name, history in answer.items()}
answer["lower at the end"] = min(ends, key=ends.get)
### END SOLUTION
exercises.check("3.4b.4", answer)

# %% [markdown] tags=["solution"]
"""
Both begin with the same loss, about log 10, since the weights are the same. In 60 steps the small rate has not gone far. Lower is not better in itself: on 100 images a loss near 0 says that they are learned by heart, and only held-out images
say what that is worth.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两次的初始权重相同，所以起点的损失也相同，约为 log 10。60 步里，小的学习率走不远。损失更低本身并不等于更好：100 张图像上损失接近 0，说明它们被背了下来；这值多少，只有留出的图像能说。
"""

# %% [markdown]
"""
## Recap

- The four tasks are one network with four last layers and losses: cross-entropy per image or pixel, centres and sides, squared error of a velocity.
- IoU says whether a box or a mask is in its place; mAP and mean IoU count rare kinds as much as common ones.
- Weights of one task shorten another as far as the two have something in common.
- A generator is judged by recognition, distance as a crowd, and a test against copying; one figure is never enough.
- The simple method comes first. Pretrained features pay where labels are few and pixels alone mean little.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 四种任务是同一个网络，配上四种最后一层和损失：每张图像或每个像素的交叉熵、中心和四边、速度的平方误差。
- IoU 说明框或掩膜的位置对不对；mAP 和平均 IoU 让少见的类别与常见的一样重要。
- 一种任务的权重能缩短另一种，缩短多少，看两者有多少共同之处。
- 评判生成要看三样：认不认得出、整批离真实多远、是不是照抄；单看一个数永远不够。
- 先试简单的办法。标注很少、单看像素又没有意义时，预训练的特征才划算。

## 自测
"""

# %%
quizzes.ask("3.4b")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Ronneberger, Fischer, Brox 2015: *U-Net*, arXiv 1505.04597.
- Zhou, Wang, Krähenbühl 2019: *Objects as points*, arXiv 1904.07850: centres; Law, Deng 2018: *CornerNet*, arXiv 1808.01244: the loss of the heat.
- Everingham et al. 2010: *The PASCAL visual object classes challenge*, IJCV 88: average precision.
- Lipman et al. 2023: *Flow matching for generative modeling*, arXiv 2210.02747; Liu, Gong, Liu 2023, arXiv 2209.03003: straight ways.
- Heusel et al. 2017: *GANs trained by a two time-scale update rule*, arXiv 1706.08500: the Fréchet distance of features.
- Iandola et al. 2016: *SqueezeNet*, arXiv 1602.07360; weights from the package ndf 0.1.4 (MIT).
- Alpaydin, Kaynak 1998: *Optical recognition of handwritten digits*, UCI repository: the digits.
- Huang, Qiu, Yuan 2020: *Surface defect saliency of magnetic tile*, The Visual Computer 36: the data of the record.

## Next

Your own images: `talentlab run 03_4b -p transfer_dataset=my_folder -p transfer_labels=50`, a folder per class. [Chapter 4](04_mathematics.ipynb) takes the loss apart by hand.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Ronneberger, Fischer, Brox 2015：*U-Net*，arXiv 1505.04597。
- Zhou, Wang, Krähenbühl 2019：*Objects as points*，arXiv 1904.07850。中心点；Law, Deng 2018：*CornerNet*，arXiv 1808.01244。热度的损失。
- Everingham et al. 2010：*The PASCAL visual object classes challenge*，IJCV 88。平均精度。
- Lipman et al. 2023：*Flow matching for generative modeling*，arXiv 2210.02747；Liu, Gong, Liu 2023，arXiv 2209.03003。直线路径。
- Heusel et al. 2017：*GANs trained by a two time-scale update rule*，arXiv 1706.08500。特征的弗雷歇距离。
- Iandola et al. 2016：*SqueezeNet*，arXiv 1602.07360；权重来自软件包 ndf 0.1.4（MIT）。
- Alpaydin, Kaynak 1998：*Optical recognition of handwritten digits*，UCI 数据库。手写数字。
- Huang, Qiu, Yuan 2020：*Surface defect saliency of magnetic tile*，The Visual Computer 36。大规模实测所用的数据。

## 下一步

换成你自己的图像：`talentlab run 03_4b -p transfer_dataset=my_folder -p transfer_labels=50`，每类一个文件夹。[第 4 章](04_mathematics.ipynb)用手算把损失拆开来看。
"""
