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
- 运行、修改并修复一个 notebook。

**时间** 10 分钟 · **硬件** 两个 CPU 核，不需要 GPU，不需要联网
"""

# %%
from IPython.display import Markdown

from talentlab import doctor, runtime
from talentlab.course import claims, exercises

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
## The map of the course

The chapters follow the document's sections. Those with a link can be opened; the others are being written. Read in order,
or begin with chapter 5, the main job, and go back where you want to know why.
"""

# %% [markdown] lang="zh"
"""
## 全课地图

各章与文章的小节一一对应。带链接的章节可以打开，其余的正在编写。可以按顺序读，也可以先做第 5 章的完整项目，遇到想弄清楚的地方再回头。
"""

# %%
rows = ["| chapter | 中文 | document | minutes |", "|---|---|---|---|"]
folder = runtime.repository_root() / "course" / "chapters"
for slug, chapter in claims.outline()["chapters"].items():
    title = f"[{chapter['title']}]({slug}.ipynb)" if (folder / f"{slug}.py").exists() else chapter["title"]
    rows.append(f"| {title} | {chapter['zh']} | {', '.join(chapter['sections'])} | {chapter['minutes']} |")
Markdown("\n".join(rows))

# %% [markdown]
"""
## Your progress

Exercises that you solved are remembered in this folder, and nowhere else.
"""

# %% [markdown] lang="zh"
"""
## 你的进度

做对的练习只记录在本文件夹里，不会传到别处。
"""

# %% tags=["nbval-ignore-output"]
print("solved so far:", ", ".join(exercises.passed()) or "none yet")

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
- 这里是中文版，英文版在上一级文件夹，两者代码完全相同。
- 你打开的是自己的副本，放在 `work` 文件夹里。改坏了也没关系：`talentlab reset 05` 会给第 5 章换上一份新的，你原来的那份仍留在旁边。

## 下一步

[第 5 章：项目实践](05_project_practice.ipynb)
"""
