# %% [markdown]
"""
# Start

This course turns one document, *AI 大模型创业：如何利用人才优势？* ("Large-model start-ups: how to leverage talent"), into
notebooks that you run. Every technique that the document names works here on a real model; every claim that can be
measured is measured, and shown as false where it is false.

**You will be able to**

- see whether your machine is ready,
- find your way through the chapters,
- run, change and repair a notebook.

**Time** 10 minutes · **Hardware** two CPU cores, no GPU, no network
"""

# %% [markdown] lang="zh"
"""
# 开始

这门课以一篇文章为蓝本：《AI 大模型创业：如何利用人才优势？》。文章提到的每一种技术，在这里都用真实的模型跑通；文章中凡是可以测量的说法，
都实际测量，不成立的就如实写明不成立。

**学完这一章，你能够**

- 判断自己的机器是否准备就绪，
- 看懂全课的地图，知道从哪里读起，
- 运行、修改并修复一个笔记本。

**时间** 10 分钟 · **硬件** 两个 CPU 核，不需要 GPU，不需要联网
"""

# %%
from talentlab import doctor
from talentlab.course import quizzes, start_page

# %% [markdown]
"""
## Is the machine ready?

Click into the cell below and press Shift + Enter: it runs, and the next cell is selected. Each line says what was found;
a line with ✗ names the remedy.
"""

# %% [markdown] lang="zh"
"""
## 机器准备好了吗？

点击下面的单元格，按 Shift + Enter：它会运行，并自动选中下一个单元格。每一行是一项检查结果；带 ✗ 的行会告诉你怎么办。
"""

# %% tags=["nbval-ignore-output"]
for finding in doctor.examine():
    print(finding)

# %% [markdown]
"""
## What you should bring

- Python at the level of lists, functions and loops, and some NumPy.
- What a derivative is, a mean and a standard deviation. Chapter 4 repeats the rest of the mathematics.
- No experience with neural networks, and no GPU.

Five questions show where you stand. Four right answers are plenty; with two or fewer, begin with an introduction to Python and NumPy.
"""

# %% [markdown] lang="zh"
"""
## 需要哪些基础

- 会用 Python 的列表、函数和循环，用过一点 NumPy。
- 知道什么是导数、平均值和标准差，其余的数学第 4 章会再讲。
- 不要求接触过神经网络，也不需要 GPU。

下面五道题可以看出你现在的水平。答对四道就绰绰有余；若只答对两道或更少，建议先读一本 Python 和 NumPy 入门。
"""

# %%
quizzes.ask("0")

# %% [markdown]
"""
## The map of the course

The chapters follow the document's sections. Read in order, or begin with chapter 5, the main job, and go back where you want to
know why. The last column counts the exercises that you solved; they are remembered in this folder, and nowhere else. Run the cell
again to see it up to date.
"""

# %% [markdown] lang="zh"
"""
## 全课地图

各章与文章的小节一一对应。可以按顺序读，也可以先做第 5 章的完整项目，遇到想弄清楚的地方再回头。最后一列是你做对的练习数，只记录在本文件夹里，不会传到别处。重新运行这个单元格，就能看到最新的进度。

各章自带的例子是英文的：数据是 `reviews`，模型是不懂中文的 `minilm`。想用中文数据，就把参数单元格里的两行改成 `dataset = "reviews_zh"` 和 `model_name = "e5-zh"`，命令行写成 `talentlab run zh/05 -p dataset=reviews_zh -p model_name=e5-zh`。第 5 章备有一组现成的中文参数，`make run LANGUAGE=zh` 用的就是它。`e5-zh` 有 12 层，训练时间是 `minilm` 的几倍。
"""

# %% tags=["nbval-ignore-output"]
start_page.show_map()

# %% [markdown]
"""
## Routes

In a room or alone: the hours are added up from the chapters' minutes, and those of the exercises. Which exercises to leave out when it gets late stands in
[the list of exercises](../course/exercises.md); words are explained in the [glossary](../course/glossary.md), and how the texts were made
in the [data cards](../course/data/README.md).
"""

# %% [markdown] lang="zh"
"""
## 学习路线

上课或自学都可以，小时数由各章和练习的分钟数相加得出。时间不够时可以略过哪些练习，见[练习一览](../../course/exercises.md)；术语见[术语表](../../course/glossary.md)，文本是怎么写成的，见[数据卡](../../course/data/zh/README.md)。
"""

# %%
start_page.show_routes()

# %% [markdown]
"""
## Working in JupyterLab

- **Run** a cell with Shift + Enter. **Run → Run All Cells** runs the chapter, in about a minute.
- **Change** a value and run the cell again; the cells after it keep their old results until you run them too. When in doubt:
  **Kernel → Restart Kernel and Run All Cells**.
- The cell with the **parameters** stands at the top of each chapter. Larger sizes: `talentlab run 05 --preset laptop`.
- **Sliders** work once their cell has run. Before that you see the picture of their first state.
- **Exercises** check themselves. The folder `solutions` has every chapter with the answers.
- The folder `zh` has the chapters in Chinese, with the same code.
- **Waiting**: `[*]` stands beside a cell that runs or waits; the imports take some ten seconds, a training has a bar. After Run All the page
  is at its end: the ring at the top right fills as cells are done, and the table of contents (left edge) marks the running section.
- **Guesses**: many chapters ask for a range before a figure is measured. Guess; it is the quickest way to learn what surprises you.
- These are your own copies, in the folder `work`. Something broke? `talentlab reset 05` gives you a fresh copy of
  chapter 5 and keeps yours beside it.

## Next

[Chapter 5: project practice](05_project_practice.ipynb)
"""

# %% [markdown] lang="zh"
"""
## 在 JupyterLab 里怎么操作

- **运行**一个单元格：Shift + Enter。**Run → Run All Cells** 会把整章跑一遍，大约一分钟。
- **修改**一个值之后，重新运行该单元格；它后面的单元格在你重新运行之前仍保留旧结果。拿不准时，选 **Kernel → Restart Kernel and Run All
  Cells**。
- 每章开头都有一个**参数**单元格。想跑更大的规模：`talentlab run 05 --preset laptop`。
- **滑块**要在所在单元格运行之后才能拖动；在此之前看到的是初始状态的图片。
- **练习**会自动检查。文件夹 `solutions` 里有每章的参考答案。
- **等待**：单元格旁的 `[*]` 表示正在运行或在排队；导入要十来秒，训练有进度条。全部运行后，页面会停在末尾：右上角的圆环随着单元格完成而填满，左边缘的目录会标出正在运行的小节。
- **猜测**：不少章节会在测量之前请你先猜一个范围。请认真猜，这样最容易发现哪里出乎意料。
- 这里是中文版，英文版在上一级文件夹，两者代码完全相同。
- 你打开的是自己的副本，放在 `work` 文件夹里。改坏了也没关系：`talentlab reset 05` 会给第 5 章换上一份新的，你原来的那份仍留在旁边。

## 下一步

[第 5 章：项目实践](05_project_practice.ipynb)
"""
