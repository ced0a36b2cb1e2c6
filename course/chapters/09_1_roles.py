# %% [markdown]
"""
# 9.1 · Roles

*附录 Q1：大模型创业需要哪些核心人才？*

The document asks which people a large-model company needs, and names four roles. This chapter takes a small company, gives every step of
the work to somebody, and computes what follows: when it delivers, who is missed most, what the next hire is worth.

**You will be able to**

- say which measured decisions moved accuracy, and which role takes them,
- write people and work as tables, and get a plan with a proof of how good it is,
- find a plan's critical path and its bottleneck,
- give a date with its P50, its P90 and the chance of keeping it,
- value a hire by planning with and without, alone and together with another one,
- answer for your own tables whether talent is what decides.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** an invented start-up of eight people and 24 tasks, or yours
"""

# %% [markdown] lang="zh"
"""
# 9.1 · 核心人才

*附录 Q1：大模型创业需要哪些核心人才？*

原文问：大模型创业公司需要哪些人？它给出四种角色。本章取一家小公司，把每一步工作都交给具体的人，然后算出结果：什么时候交付，少了谁最要紧，再招一个人值多少。

**学完本章，你能够**

- 说出哪些有测量的决定影响了准确率，这些决定由哪个角色来做；
- 把人员和工作写成表格，得到一份计划，并知道它离最好还差多少；
- 找出计划的关键路径和瓶颈；
- 给出交付日期时，同时给出 P50、P90 和守住日期的机会；
- 用“有他”和“没有他”两份计划，估出一次招聘值多少，单独一人或两人同来；
- 用自己的表格回答：起决定作用的是不是人才。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 一家虚构的初创公司，8 个人，24 项任务；也可以用你自己的
"""

# %% tags=["parameters"]
tables: str | None = None  # folder of a start-up's tables, as `talentlab plan init` writes them; the worked one if None
seconds: float = 20.0  # the most that the search for one plan may take; most take one [s]
instances: int = 2  # drawn start-ups that are planned by hand and by the solver here
instance_tasks: int = 12  # tasks of each of them
instance_people: int = 4  # people of each of them
runs: int = 10_000  # simulated projects
seed: int = 0  # of the simulations

# %% [markdown]
"""
## The way

![Three tables, people with skills, levels and leave, work with effort, needs and order, and candidates with cost and time to hire, lead to a plan: who does what when. The plan answers three questions: when, and how sure (P50, P90); who is missed (bus factor); what a hire is worth (with and without).](images/people_to_date.svg)

The tables are assumptions that anybody can argue with. From there on, everything is computed. All people here are invented and have aliases.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![三张表：人员（技能、等级、休假），工作（工作量、需求、先后），候选人（成本、到岗时间）。由它们得到计划：谁在什么时候做什么。计划回答三个问题：何时交付，多大把握（P50、P90）；少了谁就停（巴士系数）；再招一人值多少（有他和没有他）。](images/people_to_date.zh.svg)

表格里写的是假设，谁都可以提出异议。从表格往后，一切都是算出来的。这里的人都是虚构的，名字是化名。
"""

# %%
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import ipywidgets
import numpy as np
import pandas as pd

from talentlab import errors, evaluation, plots, runtime
from talentlab.chapters import evidence
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.talent import draw, figures, plan, risk, staffing, value, verify, views
from talentlab.talent.tables import load_startup

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("9.1", "before")

# %% [markdown]
"""
And two figures of this chapter to guess. The start-up has eight people and 24 tasks; the work lasts about half a year.
"""

# %% [markdown] lang="zh"
"""
再猜本章的两个数。这家公司有 8 个人、24 项任务，工作大约持续半年。
"""

# %%
guess_gain = guesses.guess("9.1.gain")
guess_kept = guesses.guess("9.1.kept")

# %% [markdown]
"""
## 1 What the course itself measured

Chapters 1 to 3 tried many decisions that a team has to take. Each row is one of them: what it moved accuracy by, read from the
course's record, or from the lesson where there is no record; and the role that takes it by the document's list.
"""

# %% [markdown] lang="zh"
"""
## 1 本课程自己测到了什么

第 1 到 3 章试过许多团队必须做的决定。下面每一行是其中一个：它让准确率变动了多少（取自课程的大规模实测；没有的，取自课堂上的运行），以及按原文的分工，由哪个角色来做。
"""

# %% tags=["nbval-ignore-output"]
decisions = {  # claim of the course → decision, step, role that takes it
    "3.3-data-quality": ("right labels, not 40 % wrong ones", 1, "data scientist"),
    "3.2-data": ("texts cleaned and relabelled", 1, "data scientist"),
    "3.2-model": ("a pretrained model, not an empty one", 2, "algorithm engineer"),
    "1-performance": ("a pretrained model, not word counts", 2, "algorithm engineer"),
    "3.2-fine-tuning": ("fine-tuned, not frozen", 3, "algorithm engineer"),
    "3.1-fine-tuning": ("AdamW with dropout, not plain SGD", 3, "algorithm engineer"),
    "3.2-tuning": ("settings searched, not drawn blindly", 4, "algorithm engineer"),
    "3.2-ensembling": ("a vote, not one model", 5, "not in the list"),
    "3.2-deployment": ("int8, not fp32", 6, "algorithm engineer"),
}
measured = evidence.effects(decisions)
assert (measured["low"] <= measured["points"]).all() and (measured["points"] <= measured["high"]).all()
measured

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.6, height=4.2)
colors = {"data scientist": plots.BLUE, "algorithm engineer": plots.VERMILION, "not in the list": plots.GREY}
for row, (decision, effect) in enumerate(measured.iterrows()):
    axes.hlines(row, effect["low"], effect["high"], color=colors[effect["role"]], linewidth=2.5)
    axes.plot(effect["points"], row, "o", color=colors[effect["role"]])
for role, color in colors.items():
    axes.plot([], [], "o-", color=color, label=role)
axes.axvline(0, color=plots.GREY, linestyle="--")
axes.set_yticks(range(len(measured)), [f"{name} ({step})" for name, step in measured["step"].items()])
axes.set(xlabel="accuracy gained [points], with 95 % interval; behind the name: step")
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower right")
plots.show(figure, alt=f"Effects of {len(measured)} decisions on accuracy, by the role that takes them.")
largest = measured.groupby("role")["points"].idxmax()
print("; ".join(f"largest for {role}: {name}, {measured.at[name, 'points']:+.1f}" for role, name in largest.items()))

# %% [markdown]
"""
Three things to notice.

- The rows come from different data, so they are not a ranking; the order of magnitude is what one can read.
- Data and choice of model move most, a vote and int8 move little. Both large ones fall to the first two roles.
- No decision of a software developer or a product manager is in the table. They are not measured in points of accuracy: whether the service
stays up, and whether anybody wants it, stand in no test set.

And one thing that it does not say: it is the effect of a *decision*. Who knows this table takes the same decisions as an expert. What
people differ in, here, is how fast they are and what they can do at all.
"""

# %% [markdown] lang="zh"
"""
有三点值得注意。

- 各行来自不同的数据，因此不是排名，能读出来的是大致的量级。
- 数据和模型的选择影响最大，投票和 int8 影响很小。影响大的两类，正好落在前两种角色上。
- 软件开发者和产品经理的决定一个也不在表里。它们不以准确率的百分点来衡量：服务会不会中断，有没有人想要，任何测试集里都没有。

还有一点它没有说：这是*决定*的效果。知道这张表的人，会做出和专家一样的决定。在本章里，人与人的差别在于速度，以及能不能做。
"""

# %% tags=["nbval-ignore-output"]
costs = evidence.step_costs()
print(
    f"The six steps' chapters: {costs['compute'].sum() / 60:.1f} CPU minutes for their trainings and figures, "
    f"{costs['reading'].sum()} minutes to read and try, {60 * costs['reading'].sum() / costs['compute'].sum():.0f} times as long."
)
costs

# %% [markdown]
"""
At this size the time is the people's, not the machine's. With a larger model it may not be: the table of work below has a column for days of
computing, and `startup.with_machine_seconds({"T1": 60 * 95.0})` fills it from measured seconds, such as those in the records of `talentlab run`.

## 2 People and work as tables

`talentlab plan init FOLDER` writes the tables, `talentlab plan FOLDER` plans them. Skills have levels: 1 beginner, 2 with help,
3 alone, 4 teaches others.
"""

# %% [markdown] lang="zh"
"""
在这个规模上，时间花在人身上，不在机器上。模型更大时未必如此：下面的工作表里有一列是机器计算的天数，`startup.with_machine_seconds({"T1": 60 * 95.0})` 可以用实测的秒数来填，例如 `talentlab run` 的记录里的秒数。

## 2 把人员和工作写成表格

`talentlab plan init 文件夹` 写出这些表，`talentlab plan 文件夹` 按表做计划。技能分等级：1 初学，2 需要帮助，3 独立完成，4 能教别人。
"""

# %%
folder = Path(tables) if tables else runtime.repository_root() / "course" / "data" / "startup"
startup = load_startup(folder)
team = value.with_candidates(startup, [])
work = sum(task.effort_days for task in team.tasks)
print(f"{len(team.people)} people, {len(team.tasks)} tasks, {work:.0f} person-days of somebody at level 3")
rows = {
    p.person: {"role": p.role, "per month": p.cost_per_month, **p.skills} for p in (*team.people, *startup.candidates)
}
pd.DataFrame.from_dict(rows, orient="index").fillna(0)

# %% [markdown]
"""
`effort_days` are those of one person at level 3. Speeds of the four levels are a setting, here 0.4, 0.7, 1.0 and 1.3; the speeds of a team add
up, and each further person costs a tenth of one, because people who work together have to talk.

### Exercise 9.1.A

A task takes 30 person-days. Somebody at level 3 and somebody at level 1 do it together. How many whole working days does it
take? Predict first.
"""

# %% [markdown] lang="zh"
"""
`effort_days` 是一个 3 级的人所需的天数。四个等级的速度是设定值，这里是 0.4、0.7、1.0、1.3；一个小组的速度相加，每多一人要减去 0.1 个人，因为一起工作就要沟通。

### 练习 9.1.A

一项任务需要 30 人日。一个 3 级的人和一个 1 级的人一起做，需要多少个整工作日？先预测。
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = 24
### END SOLUTION
exercises.check("9.1.A", answer)

# %% [markdown] tags=["solution"]
"""
Speeds 1.0 + 0.4, minus 0.1 for the second person: 1.3. 30 / 1.3 = 23.1, and a day that is begun counts: 24. Two people, and a fifth of the time is saved.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
速度 1.0 + 0.4，第二个人要减 0.1：1.3。30 / 1.3 = 23.1，开始了的一天也算一天：24。两个人，只省下五分之一的时间。
"""

# %% [markdown]
"""
### Exercise 9.1.B

Write that as a function `days(effort, levels, speeds, overhead)`: the levels of a team's people, such as `[3, 1]`; the speeds of levels 1 to 4; what each further person
costs. It returns whole working days.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.B

把它写成函数 `days(effort, levels, speeds, overhead)`：`levels` 是小组成员的等级，例如 `[3, 1]`；`speeds` 是 1 到 4 级的速度；`overhead` 是每多一人要付出的代价。返回整工作日数。
"""


# %% tags=["exercise"] kind="code" difficulty=1 importance=3 minutes=6
### BEGIN SOLUTION
def days(effort, levels, speeds, overhead):
    speed = sum(speeds[level - 1] for level in levels) - overhead * (len(levels) - 1)
    return int(np.ceil(effort / speed - 1e-9))


answer = days
### END SOLUTION
exercises.check("9.1.B", answer)

# %% [markdown] tags=["solution"]
"""
The first level is number 0 of the speeds, the first person costs nothing extra, and days are rounded up. The small subtraction keeps 7.000000000000001 at 7.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
1 级对应速度列表的第 0 个，第一个人没有额外代价，天数向上取整。那一点小小的减法，使 7.000000000000001 仍是 7。
"""

# %% [markdown]
"""
## 3 The plan

Who takes which task, and when? A team keeps a task from start to end and does nothing else meanwhile; a task waits while one of its team is on
leave. The solver (CP-SAT of OR-tools) searches for the earliest delivery, then for the cheapest way there, and proves a bound: no plan
of this model is earlier.
"""

# %% [markdown] lang="zh"
"""
## 3 计划

谁接哪项任务，什么时候做？一个小组从头到尾负责一项任务，期间不做别的；组里有人休假，任务就等着。求解器（OR-tools 的 CP-SAT）先找最早的交付，再找其中最省钱的办法，并给出一个有证明的下界：在这个模型里，没有更早的计划。
"""

# %% tags=["nbval-ignore-output"]
base = plan.solve(team, seconds=seconds, workers=1)
assert not verify.violations(base)  # looked at day by day by code that shares none with the solver
print(views.assumptions(base))
spent = views.money(base)
print(
    f"\nDelivery on {base.delivery}. Until then {spent['total']:,.0f} {team.settings.currency} are spent, {spent['payroll']:,.0f} of it on pay."
)

# %% tags=["nbval-ignore-output"]
plots.show(
    figures.plot_gantt(base),
    alt=f"Gantt chart of {len(base.startup.tasks)} tasks over {base.end} working days; outlined: the tasks that decide the date.",
)

# %% [markdown]
"""
The outlined bars are the *critical path*: each of them starts when another one ends, so any delay in them delays all. What each of them waited for:
"""

# %% [markdown] lang="zh"
"""
有黑框的条就是*关键路径*：其中每一项都要等前一项结束才能开始，所以它们一推迟，全部推迟。每一项等的是什么：
"""

# %% tags=["nbval-ignore-output"]
chain = views.critical_path(base)
for_people = [why for _, why in chain if " was in " in why]
print(
    f"{len(chain)} of {len(team.tasks)} tasks decide the date; {len(for_people)} of them waited for a person, the others for a task"
)
pd.DataFrame(chain, columns=["task", "could not begin sooner: it"]).set_index("task")

# %% [markdown]
"""
Hardly one of them waits for a person: the search has given the people to the chain that decides, and the waiting to the others. Where is the team tight? A skill is a *bottleneck* in a week in which all of its people are busy: whoever needs one of them waits.
"""

# %% [markdown] lang="zh"
"""
其中几乎没有一项在等人：搜索把人手给了决定日期的那条链，让其他任务去等。团队在哪里吃紧？某一周里，一项技能的人全都在忙，这项技能就是这一周的*瓶颈*：谁需要这样的人，谁就得等。
"""

# %% tags=["nbval-ignore-output"]
plots.show(
    figures.plot_tightness(base), alt="Share of each skill's people who are busy, week by week; dark: a bottleneck."
)
weeks = views.bottlenecks(base)["skill"].value_counts()
print("weeks in which it is the tightest skill: " + ", ".join(f"{skill} {count}" for skill, count in weeks.items()))
plots.show(
    figures.plot_load(base), alt="Working days that each person is there until delivery, and at work in the plan."
)

# %% [markdown]
"""
Nobody is at work all the time, and still nobody can deliver sooner: a person with time on their hands rarely has the skill that is wanted that week. The mean load says
little about a team; the tightest skill of each week says more.

## 4 Four roles, six steps (9 Q1)

The document gives its roles these parts: data scientists get, label, clean and prepare data; algorithm engineers choose, optimise, tune and
deploy models; software developers build, test and maintain; product managers plan the product and bring it to market. Outlined below:
the steps that this list gives a role. The numbers: days that the plan gives it.
"""

# %% [markdown] lang="zh"
"""
没有人从头忙到尾，却也没有人能让交付更早：手头有空的人，往往恰好没有那一周需要的技能。平均工作量说明不了多少，每周最紧的那项技能更能说明问题。

## 4 四种角色，六个步骤（9 Q1）

原文这样分工：数据科学家获取、标注、清洗和预处理数据；算法工程师选择、优化、调优和部署模型；软件开发者负责开发、测试和维护；产品经理规划产品、推向市场。下图的黑框是原文分给各角色的步骤，数字是计划分给它的天数。
"""

# %% tags=["nbval-ignore-output"]
named = {
    "data scientist": (1,),
    "algorithm engineer": (2, 3, 4, 6),
    "software developer": (6,),
    "product manager": (6,),
}
matrix = views.responsibility(base)
matrix = matrix.loc[sorted(matrix.index, key=lambda role: [*named, role].index(role))]
plots.show(
    figures.plot_responsibility(matrix, named),
    alt="Working days of each role in each step of the plan; outlined: the steps that the document's list gives the role.",
)
inside = sum(matrix.loc[role, step] for role in named if role in matrix.index for step in named[role] if step in matrix)
print(
    f"{inside / matrix.to_numpy().sum():.0%} of the days lie inside the outlines; nobody is named for step 5, or for evaluation"
)

# %% [markdown]
"""
A plan does not look at titles, it looks at skills. So people cross the lines, and that is what makes it short. Whether the four roles are *needed* can be tried, and so
what each is worth: take all people of a role out, and plan again with the others. `days` is how much earlier the project ends because of the role, `money` what is
saved until delivery because of it; nothing stands there where the others cannot do the work at all.
"""

# %% [markdown] lang="zh"
"""
计划不看头衔，只看技能。所以人会跨出自己的框，计划也正因此变短。四种角色是不是都*需要*，各值多少，可以试一试：把一种角色的人全部去掉，用其余的人重新排。`days` 是有了这个角色，项目早结束多少天；`money` 是到交付为止因此省下的钱；其余的人根本完成不了时，就空着。
"""

# %% tags=["nbval-ignore-output"]
worth = value.roles(base, seconds=seconds, workers=1)
for role, outcome in worth["without"].items():
    print(f"without {role}: {outcome}")
worth.drop(columns="without").round().convert_dtypes()

# %%
impossible = worth.index[worth["days"].isna()]
claims.record(
    "9.1-roles",
    reference="a list of roles: given to the six steps of a worked start-up, then taken out one by one",
    measured=f"no plan without: {', '.join(impossible) or 'none of them'}; the others' work can be taken over, later. "
    f"The start-up was written for this course, so this shows how to ask, not what is true of companies",
    verdict="true as a description",
)

# %% [markdown]
"""
## 5 By hand and by solver

How do people plan? Whatever can start, starts; the longest chain first; with the person who is done soonest. That rule is in the library, too.
Both plans are for the same people, so the difference is what planning itself is worth. First some small start-ups, drawn at random:
"""

# %% [markdown] lang="zh"
"""
## 5 手工排和求解器排

人们平时怎样排计划？能开始的就开始，链条最长的优先，交给最先能做完的人。这条规则库里也有。两份计划用的是同样的人，差别就是“计划”本身值多少。先看几家随机抽出的小公司：
"""

# %% tags=["nbval-ignore-output"]
by_hand = plan.plan_by_hand(team)
print(f"this start-up: by rule day {by_hand.end}, solved day {base.end}")
for number in range(instances):
    drawn = draw.draw_startup(instance_tasks, instance_people, seed=number)
    rule, best = plan.plan_by_hand(drawn), plan.solve(drawn, seconds=seconds, workers=1)
    assert not verify.violations(best) and best.end <= rule.end
    print(
        f"{instance_tasks} tasks, {instance_people} people, no. {number}: by rule day {rule.end}, solved day {best.end} ({best.status})"
    )

# %% [markdown]
"""
Too few to conclude from. The record has 120 of them, each with 24 tasks and eight people (`tests/bench/planning.py gain`).
"""

# %% [markdown] lang="zh"
"""
这么少，得不出结论。事先跑好的记录里有 120 家，每家 24 项任务、8 个人（`tests/bench/planning.py gain`）。
"""

# %%
recorded = pd.read_csv(runtime.repository_root() / "course" / "data" / "plan_gains.csv")
gains = recorded["hand"] - recorded["plan"]
gain, own = evaluation.mean_interval(gains), by_hand.end - base.end
figure, (axes,) = plots.new_axes(width=6.8)
axes.hist(gains, bins=range(0, int(gains.max()) + 3, 2), color="#9ecae1", edgecolor="white", linewidth=0.5)
axes.axvline(
    gain.value, color=plots.VERMILION, linestyle="--", label=f"mean {gain.value:.1f} [{gain.low:.1f}, {gain.high:.1f}]"
)
axes.axvline(own, color=plots.GREEN, linestyle=":", linewidth=2.5, label=f"this start-up: {own}")
guess_gain.shade(axes, along="x")
axes.set(xlabel="working days that the solver's plan is earlier", ylabel="drawn start-ups")
axes.yaxis.get_major_locator().set_params(integer=True)
axes.legend(frameon=False)
plots.show(figure, alt=f"Days gained over the rule in {len(gains)} drawn start-ups: {gain.value:.1f} on average.")
guess_gain.settle(own)
claims.record(
    "9.1-planning",
    reference="a rule that people use by hand: what can start, starts, the longest chain first, with who is done soonest",
    measured=f"{own} working days on the worked start-up, {by_hand.end} by rule and {base.end} solved",
)

# %% [markdown]
"""
The gain costs no salary. But it is a gain in the model: a plan with no slack in it is the first to break when something comes otherwise, and something does.

## 6 How sure is the date?

Every task has a low and a high effort, one time in ten each. People fall ill and some resign. We carry out the plan many times, each time with other luck.
"""

# %% [markdown] lang="zh"
"""
这份收益不用多发一分工资。但它是模型里的收益：没有余地的计划，稍有变化最先被打乱，而变化总会来。

## 6 这个日期有多可靠

每项任务都有一个偏低和一个偏高的工作量，各有十分之一的机会。人会生病，有人会辞职。我们把计划执行许多遍，每遍的运气都不同。
"""

# %% tags=["nbval-ignore-output"]
forecast = risk.simulate(base, runs=runs, seed=seed)
assert (
    risk.simulate(base, runs=1, factors=1.0, sick_days=0, resignations=0).ends[0] == base.end
)  # no luck: the plan itself
plots.show(figures.plot_forecast(forecast), alt=forecast.summary())
guess_kept.settle(100 * forecast.chance().value)
rates = {rate: risk.simulate(base, runs=runs, seed=seed, resignations=rate) for rate in (0.0, 0.06, 0.12, 0.25)}
rows = {
    f"{rate:.0%}": [f"{f.quantile(q):.0f}" for q in (0.5, 0.9)] + [f"{f.chance():.1%}"] for rate, f in rates.items()
}
pd.DataFrame.from_dict(rows, orient="index", columns=["P50 [day]", "P90 [day]", "planned day kept"]).rename_axis(
    "resign per year"
)

# %% tags=["nbval-ignore-output"]
for name, one in {"by rule": by_hand, "by the solver": base}.items():
    lived = forecast if one is base else risk.simulate(one, runs=runs, seed=seed)
    print(f"{name}: planned day {one.end}, P50 {lived.quantile(0.5).value:.0f}, P90 {lived.quantile(0.9).value:.0f}")

# %% [markdown]
"""
The planned day is rarely kept, even if nobody resigns. That is no fault of the solver. Many tasks end at the same time as others, and whoever needs all of them waits for
the latest; overruns are longer than savings; each illness adds. And compare the last two lines: what the solver's plan was ahead of the rule's on paper
need not be there any more when both are carried out, because the tight plan hands every delay on. Nobody plans anew in the simulation, as a real team would, so read *P90* as what
happens if it does not. A date without P50 and P90 is not worth having.

## 7 Who is missed?

The *bus factor* of a skill: how many people could do what is needed of it. At 1, one absence stops it.
"""

# %% [markdown] lang="zh"
"""
计划的那一天很少守得住，即使没有人辞职。这不怪求解器。许多任务同时收尾，后面的任务要等其中最晚的一项；超出的幅度比节省的大；每次生病都往后推。再比较最后两行：求解器的计划在纸面上领先规则的天数，真正执行起来可能就不见了，因为排得紧的计划会把每一次延误都传下去。模拟里没有人重新排计划，真实的团队会，所以 *P90* 要读作“如果不重排会怎样”。没有 P50 和 P90 的日期，不值得拥有。

## 7 少了谁就停

一项技能的*巴士系数*：能完成所需工作的有几个人。等于 1 时，一个人缺席就停工。
"""

# %%
risk.bus_factors(team)

# %%
print("The cheapest training that gives every skill two people:")
risk.cross_training(team).round().set_index("skill")

# %% [markdown]
"""
### Exercise 9.1.C

A colleague's function says that eight people could do work that needs data at level 3. The table says otherwise. Mend the function: people are dictionaries such as `{"data": 4, "product": 1}`, in
which a skill that somebody lacks may be missing.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.C

同事的函数说，需要 3 级“data”的工作，有八个人能做。上面的表不是这么说的。请改正这个函数：每个人是一个字典，例如 `{"data": 4, "product": 1}`，没有的技能可以不写。
"""


# %%
def bus_factor(people, skill, level):
    return sum(skill in person for person in people)


print(bus_factor([person.skills for person in team.people], "data", 3), "people, says the colleague")

# %% tags=["exercise"] kind="debug" difficulty=1 importance=2 minutes=4
### BEGIN SOLUTION
answer = lambda people, skill, level: sum(person.get(skill, 0) >= level for person in people)  # noqa: E731
### END SOLUTION
exercises.check("9.1.C", answer)

# %% [markdown] tags=["solution"]
"""
It asked whether the skill has an entry, and a level of 0 is one. What counts is a level that is high enough: `>= level`, and `get` with 0 where nothing stands.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
它问的是这项技能有没有写，而 0 级也算写了。要看的是等级够不够：`>= level`，没有写的地方用 `get` 取 0。
"""

# %% [markdown]
"""
## 8 The next hire

What is somebody worth? Plan with and without. A candidate costs pay, a fee, days until the first one at work, and days of a mentor; the plan decides
whether to hire. We solve for every set of the candidates, so that pairs are there as well. Where both plans are proved, the days saved are exact; else
the two bounds leave an interval.
"""

# %% [markdown] lang="zh"
"""
## 8 下一个招谁

一个人值多少？有他排一遍，没有他再排一遍。候选人要付工资和招聘费，到岗要等，入职头几天要有人带；招不招由计划决定。我们对候选人的每一种组合都求解，这样两人同来的情形也在其中。两份计划都有证明时，节省的天数是精确的；否则由两个下界给出一个区间。
"""

# %% tags=["nbval-ignore-output"]
sets = value.hiring_sets(startup, base, seconds=seconds, workers=1)
names = [candidate.person for candidate in startup.candidates]
alone = value.compare_plans(base, {name: sets[frozenset([name])] for name in names})
if names:
    plots.show(figures.plot_values(alone), alt="Working days that each candidate saves, alone.")
print("money: saved until delivery; negative where it costs more than the earlier delivery saves")
alone.drop(columns="gap").round().convert_dtypes()

# %% tags=["nbval-ignore-output"]
pairs = {f"{a} + {b}": (a, b) for a, b in combinations(names, 2)}
together = value.beyond_sum(
    value.compare_plans(base, {pair: sets[frozenset(two)] for pair, two in pairs.items()}), alone, pairs
)
everybody = value.days_saved(base, sets[frozenset(names)])
print(f"all {len(names)} together: {everybody.value:.0f} days; the sum of each alone: {alone['days'].sum():.0f}")
together.convert_dtypes()

# %% [markdown]
"""
`more` is the *interaction*: together minus the sum. Below 0, two people relieve the same bottleneck; above 0, the second one opens the next bottleneck
that the first one ran into. So a hire has no value of its own. It has one beside the others, and a ranking of candidates one by one can pick
the wrong pair.
"""

# %% [markdown] lang="zh"
"""
`more` 是*交互作用*：两人同来减去各自之和。小于 0，说明两人缓解的是同一个瓶颈；大于 0，说明后一个人解开了前一个人撞上的下一个瓶颈。所以一次招聘没有孤立的价值，它的价值取决于还有谁在；逐个给候选人排名，可能挑错一对。
"""

# %% [markdown]
"""
### Exercise 9.1.D

Write `saved(without, other)`: each is a pair (day of delivery, proved bound). It returns the lowest and the highest number of days that the other plan can be
earlier, once both are solved to the end. Nobody has to hire, so neither of them is below 0.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.D

写 `saved(without, other)`：每个参数是一对数（交付日，有证明的下界）。返回把两份计划都求解到底之后，另一份计划最少和最多早多少天。没有人必须招聘，所以两个数都不小于 0。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=3 minutes=6
### BEGIN SOLUTION
def saved(without, other):
    return max(0, without[1] - other[0]), max(0, without[0] - other[1])


answer = saved
### END SOLUTION
exercises.check("9.1.D", answer)

# %% [markdown] tags=["solution"]
"""
Least is saved if the plan without turns out as early as its bound, and the other no better than it is; most, the other way round. Differences of two plans that are not
proved can be wrong by the sum of both gaps, and even have the wrong sign.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
如果没有这个人的计划实际上能早到它的下界，而另一份计划不能再好，节省就最少；反过来就最多。没有证明到底的计划，差值的误差可以达到两边差距之和，连正负号都可能是错的。
"""

# %% [markdown]
"""
### What a training day is worth

A training is a hire from within: no fee and no search, but its days are missing from the start. Planned with and without, like a hire; first the cheapest second pair of hands
of section 7, then a level more for the busiest.
"""

# %% [markdown] lang="zh"
"""
### 一个培训日值多少

培训等于从内部招人：没有招聘费，不用寻找，但培训的日子从一开始就不能干活。和招聘一样，有它排一遍，没有它排一遍。先是第 7 节里最便宜的“第二双手”，再让最忙的几个人各升一级。
"""

# %% tags=["nbval-ignore-output"]
lessons = [(row.person, row.skill, row.to_level) for row in risk.cross_training(team).itertuples()]
people = {p.person: p.skills for p in team.people}
for person in views.load(base)["share"].nlargest(3).index:
    room = {skill: level for skill, level in people[person].items() if level < 4}
    lessons.append((person, max(room, key=room.get), max(room.values()) + 1))
trained = value.trainings(base, [*dict.fromkeys(lessons)], seconds=seconds, workers=1)
learnt = value.compare_plans(base, trained, optional=False)
levels = {f"{p}: {skill} {to}": to - people[p].get(skill, 0) for p, skill, to in lessons}
learnt["training days"] = team.settings.training_days_per_level * pd.Series(levels)
for unit in ("days", "money"):
    learnt[f"{unit} per training day"] = (learnt[unit] / learnt["training days"]).round(2)
learnt.drop(columns=["gap", "hired"]).round(2).convert_dtypes()

# %% [markdown]
"""
A day of training rarely saves a day before the delivery. What is learnt stays afterwards, which no row counts; and where a training makes the date later, it may still buy safety, as in section 7.

Everything that can be bought, hires and trainings, one ranking for what a budget pays until delivery:
"""

# %% [markdown] lang="zh"
"""
一个培训日，在交付之前很少能省下一整天。学会的东西在交付之后还在，这一点哪一行也没有算；培训使日期变晚的，买到的可能是第 7 节说的那种保险。

能买的都放在一起，招聘和培训，按预算（到交付为止的全部花费）排一次名：
"""

# %% tags=["nbval-ignore-output"]
budget = 1.1 * spent["total"]  # change it
ways = {" + ".join(sorted(chosen)): found for chosen, found in sets.items() if chosen == set(found.hired) != set()}
print(f"for {budget:,.0f} {team.settings.currency} until delivery, {spent['total']:,.0f} of it without any change")
value.under_budget(base, ways | trained, budget).drop(columns="hired").round().convert_dtypes()

# %% [markdown]
"""
## 9 Is talent decisive?

The document says so in its title, its introduction (0-1, 1-6) and at each link of the chain (2.2-2); chapters 1 and 2 recorded these sentences as
not testable: no notebook watches companies succeed or fail. What can be asked is smaller: *of all that could be changed about
this project, what moves its date most?* Each row below changes one thing and plans again.
"""

# %% [markdown] lang="zh"
"""
## 9 人才是决定性的吗

原文在标题里、在引言里（0-1、1-6）、在链条的每一环上（2.2-2）都这么说；第 1、2 章把这些话记为无法检验：没有哪个笔记本能旁观公司的成败。能问的问题要小一些：*这个项目里可以改变的东西当中，哪一样对日期影响最大？*下面每一行只改一样，重新排一遍。
"""

# %% tags=["nbval-ignore-output"]
higher = [p.model_copy(update={"skills": {s: min(4, n + (n > 0)) for s, n in p.skills.items()}}) for p in team.people]
rested = [p.model_copy(update={"leave": ()}) for p in team.people]
quick = [task.model_copy(update={"machine_days": 0}) for task in team.tasks]
variants = {
    "people: everybody one level higher": team.with_people(higher),
    "people: nobody on leave": team.with_people(rested),
    "machines: no computing time": replace(team, tasks=tuple(quick)),
    "money: any amount, no hire": replace(team, settings=team.settings.model_copy(update={"cash": 1e9})),
}
changed = {name: plan.solve(variant, seconds=seconds, workers=1) for name, variant in variants.items()}
if names:
    best_one = alone["days"].idxmax()
    changed["people: the best single hire"] = sets[frozenset([best_one])]
    changed["people: all candidates"] = sets[frozenset(names)]
assert not any(verify.violations(variant) for variant in changed.values())

# %% tags=["nbval-ignore-output"]
levers = value.compare_plans(base, changed, optional=False)[["days", "low", "high", "money"]]
planning = "planning: solved, not by rule"
levers.loc[planning] = own, own, by_hand.end - base.bound, views.money(by_hand)["total"] - spent["total"]
levers = levers.sort_values("days", ascending=False)
ranked = levers.assign(place=[1 + sum(levers["low"] > high) for high in levers["high"]])
plots.show(figures.plot_values(ranked), alt="Working days that each change saves.")
levers.round().convert_dtypes()

# %% [markdown]
"""
Do these days last when efforts come otherwise? Both plans are carried out on the same luck, 2,000 times: `days` is the mean saving with its interval, `better` the share of
projects in which the change pays at all.
"""

# %% [markdown] lang="zh"
"""
工作量变了，这些天数还在吗？让两份计划在同样的运气下各执行 2,000 遍：`days` 是平均节省的天数及其区间，`better` 是这项改变确有好处的项目所占的比例。
"""

# %% tags=["nbval-ignore-output"]
shaken = value.sensitivity(base, changed, seed=seed)
shaken.loc[planning] = value.sensitivity(by_hand, {planning: base}, seed=seed).loc[planning]
of_people = levers["days"].filter(like="people").max()
others = levers["days"].drop(levers.filter(like="people", axis=0).index)
print(
    f"For these tables: the largest change in people moves the date by {of_people:.0f} days, the largest of the others, "
    f"{others.idxmax()}, by {others.max():.0f}; {'changes in people' if of_people > others.max() else 'the others'} first."
)
print(
    f"The best single hire saves {alone['days'].max():.0f} days; planning by the solver, with the same people, {own}."
)
claims.report(delivery_day=base.end, p90_day=forecast.quantile(0.9), days_by_people=of_people, days_by_the_rest=others.max(),
              gain_over_rule=gain)  # fmt: skip
shaken.round(2)

# %% [markdown]
"""
Fair to the document: where the rows of people lead, skill is what moves the date. Fair to the rest: a level more for everybody is not for sale, a single hire stands beside what planning alone brings, and all of it hangs on tables
that we wrote. The speeds of the levels *are* the answer, put in by hand. Exercise 9.1.3 fits them to finished work, by gradient descent on a loss, at three learning rates.

What cannot be measured here: whether the product is wanted, whether people stay ([9.2](09_2_retention.ipynb)), whether companies succeed ([9.3](09_3_cases.ipynb)).

**What the numbers must not be used for**: judging, ranking or dismissing anybody. Levels are rough, and a person is more than a row.

## 10 Try it

Tick who may be hired, set the money that may be spent until delivery, and send somebody away. Sets of candidates are looked up; an absence is planned anew. That search stops
after half a second, and the gap says how much earlier a better plan could be.
"""

# %% [markdown] lang="zh"
"""
对原文公平地说：“人”打头的几行领先时，左右日期的就是技能。对其余的也要公平：让每个人都升一级，是买不到的；多招一个人，要和单靠排好计划得到的天数放在一起看；而且这一切都取决于我们自己写的表。各等级的速度就是答案，是手工填进去的；练习 9.1.3 用已完成的工作来拟合它们：对一个损失做梯度下降，试三个学习率。

这里测不出来的：产品有没有人要，人会不会留下（[9.2](09_2_retention.ipynb)），公司能不能成功（[9.3](09_3_cases.ipynb)）。

**这些数字不能用来做什么**：评判、排名或解雇任何人。等级很粗，一个人远不止一行数据。

## 10 动手试试

勾选可以招谁，设定交付之前最多花多少钱，再让某个人离开。候选人的各种组合是查表得到的；某人缺席则要重新排。这次搜索半秒就停，“间隙”说明更好的计划最多还能早多少。
"""


# %%
seen = {("nobody", chosen): found for chosen, found in sets.items()}


def possible(away, chosen):
    """Plans that hire nobody beyond `chosen`; for what nobody asked before, a search of half a second adds one."""
    if (away, chosen) not in seen:
        known = possible(away, frozenset())[0] if chosen else None  # with somebody more, nothing ends later
        rest = team.with_people(p for p in team.people if p.person != away)
        rest = replace(rest, candidates=value.with_candidates(startup, sorted(chosen)).candidates)
        seen[away, chosen] = plan.solve(rest, seconds=0.5, known=known)
    return [found for (who, some), found in seen.items() if who == away and some <= chosen]


# %%
def draw_staffing(away, budget, **wanted):
    chosen, note = frozenset(name for name, on in wanted.items() if on), ""
    try:
        options = possible(away, chosen)
    except errors.TalentError as error:
        return figures.plot_gantt(
            base
        ), f"Without {away} there is no plan: {str(error).splitlines()[0]} Shown: the plan with {away}."
    paid = [p for p in options if views.money(p)["total"] <= 1000 * budget]
    if not paid:
        paid, note = options, "No plan costs so little; the cheapest: "
    best = min(paid, key=lambda p: (p.end, views.money(p)["total"]) if not note else views.money(p)["total"])
    hires = ", ".join(best.hired) or "nobody"
    cost = f"{views.money(best)['total']:,.0f} {team.settings.currency}"
    return figures.plot_gantt(
        best
    ), f"{note}day {best.end} ({best.delivery}), {cost}, hired: {hires}; gap {best.gap:.0%}"


# %% tags=["nbval-ignore-output"]
dearest = max(views.money(p)["total"] for p in sets.values()) / 1000
budget = ipywidgets.IntSlider(
    value=int(dearest) + 1,
    min=int(0.9 * dearest),
    max=int(1.1 * dearest) + 1,
    description="money [k]",
    continuous_update=False,
)
away = ipywidgets.Dropdown(options=["nobody", *(person.person for person in team.people)], description="away")
ticks = {
    name: ipywidgets.Checkbox(value=name in sets[frozenset(names)].hired, description=f"may hire {name}")
    for name in names
}
_ = plots.explore(draw_staffing, away=away, budget=budget, **ticks)

# %% [markdown]
"""
## 11 Against the clock

The other way round: you plan, the computer keeps score. A sheet has a row per task, in the order in which they are begun, and who does it. `staffing.staff` checks it and names the row that cannot be; the
scoreboard has the solver on it. In a room, groups do this in 20 minutes: `talentlab plan FOLDER --score groups.csv`.
"""

# %% [markdown] lang="zh"
"""
## 11 与时间赛跑

反过来：你来排，计算机记分。表里每项任务一行，按开始的先后排列，写上谁来做。`staffing.staff` 会检查，并指出哪一行行不通；求解器也在积分榜上。在课堂里，各组用 20 分钟来做：`talentlab plan 文件夹 --score groups.csv`。
"""

# %%
sheet = staffing.sheet(by_hand)
sheet.head(8)

# %% tags=["nbval-ignore-output"]
largest_task = max(team.tasks, key=lambda task: task.effort_days).task
crew = sheet.loc[sheet["task"] == largest_task, "people"].item().split("; ")
fewer = sheet.assign(
    people=sheet["people"].where(sheet["task"] != largest_task, crew[0])
)  # edit this line: your own idea
groups = {"the rule": staffing.staff(team, sheet), f"{crew[0]} alone on {largest_task}": staffing.staff(team, fewer)}
staffing.scoreboard(groups, base, runs=runs, seed=seed)

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 9.1.1

A report says: "Day 142, optimal. P50 day 199, P90 day 259, the planned day is kept in 0.2 %. Days saved: Jun 5 [5, 5], Ines 2 [0, 4], Lou 3 [1, 6]. Five of the tasks that decide the date
are Chen's." Which sentences follow? Answer with a set of letters.

- a: These people cannot deliver before day 142, however they organise their work.
- b: If everything takes exactly what the table says, no plan of this model delivers before day 142.
- c: Promise the customers day 142.
- d: Jun saves more days than Ines.
- e: Lou saves more days than Ines.
- f: In about one of ten simulated projects, delivery comes after day 259.
- g: Chen works more slowly than the others.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 9.1.1

一份报告写道：“第 142 天，最优。P50 为第 199 天，P90 为第 259 天，守住计划日的占 0.2%。节省的天数：Jun 5 [5, 5]，Ines 2 [0, 4]，Lou 3 [1, 6]。决定日期的任务里有五项是 Chen 的。”由此可以得出哪些话？用字母的集合作答。

- a：无论怎样组织工作，这些人都不可能在第 142 天之前交付。
- b：如果一切恰好如表中所写，在这个模型里没有早于第 142 天的计划。
- c：向客户承诺第 142 天。
- d：Jun 节省的天数比 Ines 多。
- e：Lou 节省的天数比 Ines 多。
- f：大约十分之一的模拟项目，交付在第 259 天之后。
- g：Chen 比别人做得慢。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
answer = {"b", "d", "f"}
### END SOLUTION
exercises.check("9.1.1", answer)

# %% [markdown] tags=["solution"]
"""
b is what a proof says, and a is what it does not: another model, in which tasks may be split, can be earlier. d: 5 lies above [0, 4]; e: [1, 6] and [0, 4] overlap. f is P90. g: on the critical path stands who is
needed, often the fastest.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
b 正是证明所说的，a 则超出了它：换一个允许任务拆开的模型，可能更早。d：5 在 [0, 4] 之上；e：[1, 6] 与 [0, 4] 重叠。f 就是 P90 的意思。g：关键路径上的是不可缺少的人，往往正是最快的人。
"""

# %% [markdown]
"""
### Exercise 9.1.2

If people were without limit, only the order of tasks would decide the date. Write `longest(days, after)`: `days` has the working days of each task, `after` the list of tasks that each comes after (a task that comes after none may be missing). It returns the length of the longest
chain. The tasks are in no particular order.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.2

如果人手不限，日期就只由任务的先后决定。写 `longest(days, after)`：`days` 是每项任务的工作日数，`after` 是每项任务要排在哪些任务之后（不需要等的任务可以不出现）。返回最长链条的长度。任务没有特定的顺序。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
def longest(days, after):
    def end(task):
        return days[task] + max((end(before) for before in after.get(task, [])), default=0)

    return max(end(task) for task in days)


answer = longest
### END SOLUTION
exercises.check("9.1.2", answer)

# %% [markdown] tags=["solution"]
"""
A task ends its own days after the latest of those before it. Asking each task for its end, and that one for the ends before, needs no order. With the fastest teams, this is the first bound that the planner computes.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
一项任务的结束，等于它之前各项里最晚的结束再加上自己的天数。问每项任务何时结束，它再去问前面的任务，就不需要什么顺序。配上最快的小组，这就是规划器最先算出的那个下界。
"""

# %% [markdown]
"""
### Exercise 9.1.3

The speeds of the levels are an assumption. Eighty finished tasks can replace it: `finished` has the level of the one who did each, its effort in the table, and the days that it took. Train the logarithms of the four speeds by
gradient descent, from the table's speeds on, on the mean of (log days − log effort + log speed of the level)². Take 100 steps at each of the learning rates 0.1, 1.0 and 8.0; keep the loss before each step. Look at the
three curves. Answer with a pair: a dictionary rate → (losses, the four speeds), and the rate that ends with the lowest loss.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.3

各等级的速度是假设。八十项已完成的任务可以取代它：`finished` 里有每项任务是几级的人做的、表里的工作量、实际用的天数。从表中的速度出发，用梯度下降训练四个速度的对数，损失是（log 天数 − log 工作量 + 该等级速度的对数）² 的平均。学习率取 0.1、1.0、8.0，各走 100 步，记下每一步之前的损失。观察三条曲线。用一对值作答：一个“学习率 →（损失列表，四个速度）”的字典，以及最后损失最低的学习率。
"""

# %%
random = np.random.default_rng(9)
finished = pd.DataFrame({"level": random.integers(1, 5, 80), "effort": random.uniform(4, 30, 80).round(1)})
real = np.array([0.55, 0.8, 1.0, 1.1])[finished["level"] - 1]  # nobody in the company knows these
finished["days"] = (finished["effort"] / real * np.exp(0.2 * random.standard_normal(80))).round(1)
finished.head(3)

# %% tags=["exercise"] kind="train" difficulty=2 importance=2 minutes=10
### BEGIN SOLUTION
which = np.eye(4)[finished["level"] - 1]  # [80, 4]
target = np.log(finished["effort"] / finished["days"]).to_numpy()
trained = {}
for rate in (0.1, 1.0, 8.0):
    logs, losses = np.log(team.settings.level_speeds), []
    for _ in range(100):
        error = which @ logs - target
        losses.append((error**2).mean())
        logs = logs - rate * 2 * which.T @ error / len(error)
    trained[rate] = losses, np.exp(np.clip(logs, -20, 20))
answer = trained, min(trained, key=lambda rate: trained[rate][0][-1])
### END SOLUTION
exercises.check("9.1.3", answer, finished=finished)

# %% [markdown] tags=["solution"]
"""
At 0.1 the curve still falls after 100 steps, at 1.0 it is flat within a dozen, at 8.0 it explodes: the step is longer than the valley is wide. The fit is the geometric mean of effort / days within each level, and it lies closer together than
the assumption: in this data, beginners are less slow and experts less fast. With such speeds, skill is worth fewer days. A level with few finished tasks has a wide interval, too.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
0.1 时，走完 100 步曲线还在降；1.0 时，十来步就平了；8.0 时发散：步子比山谷还宽。拟合的结果，是每个等级内“工作量 / 天数”的几何平均，彼此比假设的更接近：在这份数据里，新手没有那么慢，专家也没有那么快。速度如此，技能就值不了那么多天。完成的任务少的等级，区间也宽。
"""

# %% [markdown]
"""
### Exercise 9.1.4

Ines alone saves 4 days [4, 4], Jun alone 5 [4, 6]. Together they save 8 [8, 9]. Between which two numbers of days does their interaction lie: together minus the sum? Answer with a pair, the lower one first.
"""

# %% [markdown] lang="zh"
"""
### 练习 9.1.4

Ines 单独节省 4 天 [4, 4]，Jun 单独节省 5 天 [4, 6]，两人同来节省 8 天 [8, 9]。两人的交互作用（同来减去各自之和）在哪两个天数之间？用一对数作答，小的在前。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = (8 - (4 + 6), 9 - (4 + 4))
### END SOLUTION
exercises.check("9.1.4", answer)

# %% [markdown] tags=["solution"]
"""
Lowest: the least together against the most alone, 8 − 10 = −2. Highest: 9 − 8 = +1. The sign is open: nobody can say from these plans whether the two help or hinder each other.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
最少：两人同来的最小值减去各自的最大值，8 − 10 = −2。最多：9 − 8 = +1。正负未定：从这些计划看不出两人是互相帮助还是互相妨碍。
"""

# %% [markdown]
"""
## Recap

- Measured decisions on data and model move accuracy by tens of points; a vote and int8 by less than one. Two of the four roles leave no trace in that number.
- Tables of people and work are assumptions that one can argue with; a plan with a bound says how much better any plan of that model could be.
- The critical path says what decides the date, the tightest skill of each week where people are missing.
- A planned day is rarely kept. It belongs beside P50, P90 and the chance of keeping it; a lead on paper may be gone once both plans are carried out.
- A hire, a role or a training day is worth the days between two plans, with an interval; the value depends on who else is there.
- Whether talent decides is a question to your tables: skill, machines, money and the plan itself are rows of one figure.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 测到的决定里，数据和模型让准确率变动几十个百分点，投票和 int8 不到一个。四种角色里有两种，在这个数字上不留痕迹。
- 人员表和工作表是可以争论的假设；带下界的计划告诉你，在这个模型里最多还能好多少。
- 关键路径说明日期由什么决定，每周最紧的技能说明缺的是哪种人。
- 计划的日子很少守得住，它旁边要写上 P50、P90 和守住的机会；纸面上的领先，两份计划都执行起来，也许就不见了。
- 一次招聘、一种角色、一个培训日的价值，都是两份计划之间相差的天数，带区间；它取决于还有谁在。
- 人才是不是决定性的，要问你自己的表：技能、机器、钱和计划本身，是同一张图里的几行。

## 自测
"""

# %%
quizzes.ask("9.1")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Brooks 1975: *The Mythical Man-Month*: why more people make a late project later.
- Brucker, Drexl, Möhring, Neumann, Pesch 1999: *Resource-constrained project scheduling*, European Journal of Operational Research 112.
- Perron, Didier, Gay 2023: *The CP-SAT-LP solver*, CP 2023; the solver is OR-tools, Apache-2.0.
- Kelley, Walker 1959: *Critical-path planning and scheduling*, Eastern Joint Computer Conference.
- Flyvbjerg 2006: *From Nobel Prize to project management: getting risks right*, arXiv 1302.3642: why plans are optimistic.

## Next

`talentlab plan init mystartup`, three lines of your own in it, `talentlab plan mystartup`. Then [9.2](09_2_retention.ipynb): what keeps people, and what a resignation costs in days.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Brooks 1975：*The Mythical Man-Month*（《人月神话》）。为什么给已经延期的项目加人，只会更晚。
- Brucker, Drexl, Möhring, Neumann, Pesch 1999：*Resource-constrained project scheduling*，European Journal of Operational Research 第 112 卷。
- Perron, Didier, Gay 2023：*The CP-SAT-LP solver*，CP 2023；这里用的是 OR-tools，Apache-2.0。
- Kelley, Walker 1959：*Critical-path planning and scheduling*，Eastern Joint Computer Conference。
- Flyvbjerg 2006：*From Nobel Prize to project management: getting risks right*，arXiv 1302.3642。计划为什么总是乐观。

## 下一步

运行 `talentlab plan init mystartup`，填进你自己的三行，再运行 `talentlab plan mystartup`。然后看 [9.2](09_2_retention.ipynb)：什么能留住人，一次辞职要花多少天。
"""
