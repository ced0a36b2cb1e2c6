# %% [markdown]
"""
# Comparing runs

Many runs of a notebook on one page: which parameters they had, what came of it, and how much of the difference is chance.
"""

# %% [markdown] lang="zh"
"""
# 比较多次运行

把同一个笔记本的许多次运行放在一页上看：各用了什么参数，结果如何，差异里有多少只是偶然。
"""

# %% [markdown] tags=["notebook-only"]
"""
As it comes, this notebook shows 24 recorded runs of a small experiment (word counts and a network with one hidden layer, on
the course's reviews). For your own runs, write `runs_folder = "../runs"` below and run all cells. Runs are made by
`talentlab run` and, many at once, by `talentlab sweep 05 -g learning_rate=1e-4,2e-4 -g seed=0:3`.

`where` filters by any column of the table, for example `"learning_rate < 0.01 and status == 'completed'"`. Runs of several
notebooks are better looked at one notebook at a time: `"chapter == 'word_counts'"`. Everything here takes larger values
of the metric as better.
"""

# %% [markdown] lang="zh" tags=["notebook-only"]
"""
初次打开时，这里显示的是一个小实验的 24 次运行记录（在课程的评论数据上，用词频和只有一个隐藏层的网络做分类）。要看自己的运行，把下面改成
`runs_folder = "../runs"`，再运行全部单元格。单次运行用 `talentlab run`，批量运行用
`talentlab sweep 05 -g learning_rate=1e-4,2e-4 -g seed=0:3`。

`where` 可以按表中任意一列筛选，例如 `"learning_rate < 0.01 and status == 'completed'"`。运行来自多个笔记本时，最好一次只看一个：`"chapter == 'word_counts'"`。本页一律认为指标越大越好。
"""

# %% tags=["parameters"]
runs_folder: str | None = None  # where the runs are; the recorded example if None
where: str | None = None  # a condition on the table's columns; all runs if None
metric: str = "f1"  # what the runs are compared by; larger is better
rows: int = 10  # lines of the table
first: str | None = None  # a run of the one configuration to compare; chosen by its mean if None
second: str | None = None  # a run of the other one

# %%
import ipywidgets
import pandas as pd
from IPython.display import display

from talentlab import plots, runtime
from talentlab.experiments import figures, tables

folder = runs_folder or runtime.repository_root() / "course" / "data" / "example_runs"
chosen = tables.select(folder, where=where, metric=metric)
chosen.sort(key=lambda record: tables.metrics(record)[metric], reverse=True)
table = tables.table(folder, where=where, sort=metric)
names = tables.varying(chosen)
states = ", ".join(f"{count} {status}" for status, count in table["status"].value_counts().items())
print(f"{len(table)} runs ({states}), {len(chosen)} with {metric}; they differ in {', '.join(names) or 'nothing'}.")

# %% [markdown]
"""
## The best of them

Sorted by the metric. The first line of such a table is always too good: of many runs that are equally good in truth, one
looks best by chance, and it is the one at the top.
"""

# %% [markdown] lang="zh"
"""
## 排在最前面的运行

按指标排序。这种表的第一行总是偏好：许多次运行即使实际上不相上下，也总有一次碰巧看起来最好，而排在最上面的正是它。
"""

# %%
columns = [name for name in (*names, "seed", metric, "status", "seconds") if name in table]
table[columns].head(rows)

# %% [markdown]
"""
## Parameters beside the metric

Each line is a run. It crosses the axis of every parameter at its value, and ends at its metric. Where lines of one colour
bunch on an axis, that parameter matters; where they cross it everywhere, it does not, or too few runs say so.
"""

# %% [markdown] lang="zh"
"""
## 参数与指标

每条线是一次运行：它在每根轴上穿过该参数的取值，最后落在自己的指标上。同一颜色的线在某根轴上聚拢，说明这个参数有影响；如果到处都有，说明它没有影响，
或者运行次数太少，还看不出来。
"""


# %%
def best_runs(best: int, at_least: float):
    shown = [record["id"] for record in chosen[:best] if tables.metrics(record)[metric] >= at_least]
    figure = figures.plot_parallel(table, names or ["chapter"], metric, shown)
    return figure, f"In colour: {len(shown)} of {len(chosen)} runs, the best {best} from {metric} = {at_least:.3f} on."


low, high = table[metric].min(), table[metric].max()
best = ipywidgets.IntSlider(value=min(12, len(chosen)), min=1, max=len(chosen), description="best runs")
at_least = ipywidgets.FloatSlider(
    value=low, min=low, max=high, step=(high - low) / 50 or 1, readout_format=".3f",
    description=f"{metric} ≥",
)  # fmt: skip
_ = plots.explore(best_runs, best=best, at_least=at_least)

# %% [markdown]
"""
## The best so far

How long a search went on finding something better. A line that has been flat for long says that more of the same will not
help much; two sweeps can be compared at the same number of runs.
"""

# %% [markdown] lang="zh"
"""
## 迄今最好的结果

一次搜索用了多少次运行还能找到更好的结果。线长时间是平的，说明继续这样搜索意义不大。比较两次扫描，要看相同的运行次数。
"""

# %%
plots.show(
    figures.plot_best_so_far(table, metric),
    alt=f"{metric} of {len(chosen)} runs in order of time, with the best so far of each sweep; {high:.3f} at the end.",
)

# %% [markdown]
"""
## Learning curves

The validation after each epoch, for up to seven configurations: first those that ran with several seeds, then by their mean.
Seeds of one configuration have one colour: the distance between them is what chance does.
"""

# %% [markdown] lang="zh"
"""
## 学习曲线

每一轮之后的验证结果，最多画七个配置：先是用过多个随机种子的，再按均值排序。同一配置的不同随机种子用同一种颜色：它们之间的距离就是偶然造成的差异。
"""

# %%
by_seed = pd.Series(tables.configurations(chosen), name="configuration")
means = table.loc[by_seed.index, metric].groupby(by_seed).agg(["count", "mean", "min", "max"])
means = means.assign(repeated=means["count"] > 1).sort_values(["repeated", "mean"], ascending=False)
if metric in tables.epoch_table(chosen):
    best_of_them = list(means.index[:7])
    drawn = [record for label in best_of_them for record in chosen if by_seed[record["id"]] == label]
    plots.show(
        figures.plot_learning_curves(drawn, metric),
        alt=f"Validation {metric} per epoch: {len(drawn)} runs of {len(best_of_them)} configurations.",
    )
else:
    print(f"No training history holds {metric}: these notebooks did not train, or did not validate by it.")

# %% [markdown]
"""
## Is the difference more than chance?

Each configuration with its seeds: those that ran more than once come first.
"""

# %% [markdown] lang="zh"
"""
## 差异是否超出偶然？

各配置及其随机种子的结果；运行过不止一次的配置排在前面。
"""

# %%
means.drop(columns="repeated").head(rows)

# %% [markdown]
"""
Below, two of them: the parameters that differ, then each metric with the difference and its 95 % interval over the seeds.
An interval that holds 0 means that these runs cannot tell the two apart. One that does not hold 0 is weaker evidence than it
looks where the pair was picked after seeing all results, as here by default: run both again with new seeds before
you decide.
"""

# %% [markdown] lang="zh"
"""
下面取其中两个配置：先列出不同的参数，再列出每个指标、两者之差以及差在各随机种子上的 95% 置信区间。区间含 0，说明凭这些运行分不出高下。
即使不含 0，只要这一对是看过全部结果之后才挑出来的（默认正是如此），证据就没有看上去那么强：做决定之前，请换新的随机种子把两者再跑一遍。
"""

# %%
ids = [by_seed[by_seed == label].index[0] for label in means.index[:2]]
pair = [first or ids[0], second or ids[-1]]
one, other = (tables.group(tables.find(run, folder), folder) for run in pair)
if pair[0] == pair[1]:
    print("There is one configuration only: nothing to compare.")
else:
    display(*tables.compare(one, other))
    print(f"{len(one)} and {len(other)} seeds; an interval needs at least two of each.")

# %% [markdown] tags=["notebook-only"]
"""
## Next

- `talentlab runs --filter "f1 > 0.7" --sort f1` prints the table, `talentlab compare ID1 ID2` the comparison.
- `talentlab report` writes this page as one HTML file for people without Jupyter.
- `talentlab board` shows the curves in TensorBoard.
"""

# %% [markdown] lang="zh" tags=["notebook-only"]
"""
## 下一步

- `talentlab runs --filter "f1 > 0.7" --sort f1` 打印这张表，`talentlab compare ID1 ID2` 打印比较结果。
- `talentlab report` 把这一页写成一个 HTML 文件，给没有 Jupyter 的人看。
- `talentlab board` 在 TensorBoard 里显示曲线。
"""
