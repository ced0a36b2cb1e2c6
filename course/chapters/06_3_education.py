# %% [markdown]
"""
# 6.3 · Education

*实际应用场景：教育培训*

The document names three uses of large models in education: tutoring, recommending courses, correcting homework. In this chapter you carry out all three, and ask
of each what a teacher would ask: what is learned by it, what the figure leaves out, and who is marked down wrongly.

**You will be able to**

- follow what pupils know, and compare an order of exercises by what is learned with it,
- see when a forecast of marks is good because it comes too late,
- recommend by counting, and say what a hit rate on a log cannot show,
- hold a grader against two human ones, on questions that it has not seen, and against answers made to fool it,
- write a rule for not deploying, and measure it.

**Time** 40 minutes to read and try, about one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** pupils, courses and short answers, all made for this course, or yours
"""

# %% [markdown] lang="zh"
"""
# 6.3 · 教育培训

*实际应用场景：教育培训*

原文说大模型在教育上有三种用途：智能辅导、推荐课程、批改作业。本章把三件事都做一遍，每一件都提出老师会问的问题：学到了什么，这个数字漏掉了什么，谁被错扣了分。

**学完本章，你能够**

- 追踪学生会什么，并用“学到了多少”来比较练习的顺序；
- 看出成绩预测什么时候是因为来得太晚才准；
- 用计数来推荐，并说出日志上的命中率不能说明什么；
- 拿自动评分与两位人工评分者比较：在它没见过的题目上比，也用专门糊弄它的答案来试；
- 写下“不部署”的规则，并去测量它。

**时间** 阅读和动手 40 分钟，运行约一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 学生、课程和简答题，全部为本课程而作，也可以换成你自己的
"""

# %% tags=["parameters"]
dataset: str = "homework"  # short answers with the marks of two graders: bundled, or a CSV file
student_table: str | None = None  # table of real pupils with three grades, by path; its recorded figures if None
ratings_file: str | None = None  # CSV file of who took what when (userId, movieId, timestamp); the made log if None
model_name: str = "minilm"  # bundled model, a folder, or a Hub id
max_length: int = 128  # longer answers lose their end [tokens]
class_size: int = 200  # pupils whose answers a tracer learns from
answers_each: int = 48  # exercises of each pupil
seeds: list[int] = [0, 1, 2, 3, 4]  # of the pupils, the tracer and its training
num_epochs: int = 10  # passes of the recurrent tracer over the pupils
learning_rate: float = 1e-2  # its peak
lessons: int = 10  # draws of pupils for the comparison of orders
aim: float = 0.5  # chance of success that the tutor aims at
people: int = 1000  # in the made log of courses
penalty: float = 100.0  # of the weights between courses; larger: nearer to 0
seed: int = 0  # of all draws that have no other

# %% [markdown]
"""
## The way

![Three rows: a pupil's answers give a chance of success for each exercise, from which the next one is chosen, judged by what is learned; the courses somebody took give a list of ten, judged by what is taken beside a control group; an answer gives a mark, judged by two graders, unseen questions and answers that game it.](images/what_teachers_ask.svg)

Each figure in the third column can be had in a minute. What stands in the fourth takes longer, and decides.
"""

# %% [markdown] lang="zh"
"""
## 这条路

![三行：学生的作答给出每道练习的成功概率，由此选下一题，用学到多少来评判；一个人上过的课给出十门课的清单，用与对照组相比的选课率来评判；一份答案得到分数，用两位评分者、没见过的题目和糊弄人的答案来评判。](images/what_teachers_ask.zh.svg)

第三列的数字一分钟就能得到；第四列要花更长时间，而起决定作用的是它。
"""

# %%
from contextlib import ExitStack
from pathlib import Path
from re import findall
from tempfile import TemporaryDirectory
from time import process_time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from scipy.special import expit
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import cohen_kappa_score, log_loss, roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab import data, evaluation, models, plots, training
from talentlab.chapters import pupils
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.evaluation import decisions

# %% [markdown]
"""
Three questions before anything runs. They come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题，章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("6.3", "before")

# %% [markdown]
"""
And two figures to guess: what a tutor adds, and what a heap of words is worth.
"""

# %% [markdown] lang="zh"
"""
再猜两个数：辅导程序能多教会多少，以及一堆词能得几分。
"""

# %%
guess_tutor = guesses.guess("6.3.tutor")
guess_salad = guesses.guess("6.3.salad")

# %% [markdown]
"""
## 6.3.1 Tutoring (6-3)

The pupils here are drawn by a rule that the course knows (data card: `course/data/pupils.md`). Each has a *level* in six skills; an exercise has a *difficulty*. The chance of a right answer is the
logistic function of level less difficulty: the simplest *item response model*. Practice raises the level, most where success and failure are equally likely. Nobody knows such a rule of real pupils.

A tutor sees answers alone: which exercise, right or wrong.
"""

# %% [markdown] lang="zh"
"""
## 6.3.1 智能辅导（6-3）

这里的学生按一条课程已知的规则生成（数据卡见 `course/data/zh/pupils.md`）。每人在六项技能上各有一个*水平*，每道练习有一个*难度*；答对的概率是“水平减难度”的逻辑函数，这是最简单的*项目反应模型*。练习会提高水平，在对错机会各半的地方提高得最多。真实学生的规则，没有人知道。

辅导程序只看得到作答：哪道题，对还是错。
"""


# %%
def counts_of(right, wrong):  # [pupils, 48] each: how often an exercise was answered so → [pupils, 48, 52]
    """What is known before an exercise: successes and failures in its skill and in all, and which exercise it is."""
    both = np.stack([right, wrong], axis=-1)
    by_skill = both.reshape(len(right), pupils.SKILLS, -1, 2).sum(2)[:, pupils.SKILL]
    in_all = np.broadcast_to(both.sum(1, keepdims=True), by_skill.shape)
    which = np.broadcast_to(np.eye(right.shape[1]), (*right.shape, right.shape[1]))
    return np.concatenate([np.log1p(by_skill), np.log1p(in_all), which], axis=-1)


def practise_all(n, pick, seed):
    """`n` pupils practise; `pick` says what each of them does next."""
    level, pace = pupils.draw_pupils(n, seed)
    draws, rows, seen = np.random.default_rng([seed, 1]), np.arange(n), {"mark": [100 * pupils.chance(level).mean(1)]}
    right, wrong = np.zeros((2, n, len(pupils.SKILL)))
    for step in range(answers_each):
        exercise = pick(step, right, wrong, level, draws)
        before = {"known": counts_of(right, wrong)[rows, exercise], "true": pupils.chance(level)[rows, exercise]}
        is_right, level = pupils.practise(level, pace, exercise, draws)
        right[rows, exercise] += is_right
        wrong[rows, exercise] += ~is_right
        new = before | {"asked": exercise, "right": is_right, "mark": 100 * pupils.chance(level).mean(1)}
        seen = {name: [*seen.get(name, []), values] for name, values in new.items()}
    return {name: np.stack(values, axis=1) for name, values in seen.items()}  # [pupils, answers, …]


# %%
def at_random(step, right, wrong, level, draws):
    return draws.integers(right.shape[1], size=len(right))


some = practise_all(class_size, at_random, seed)
signs = ["✓" if is_right else "✗" for is_right in some["right"][0, :8]]
print(f"{class_size} pupils, {answers_each} answers each, {some['right'].mean():.0%} right")
print("the first pupil: " + ", ".join(f"{e} {s}" for e, s in zip(some["asked"][0], signs, strict=False)))

# %% [markdown]
"""
*Knowledge tracing* forecasts the next answer. Three ways: the *running mean* of the pupil's answers so far; a logistic regression on *counts* (`counts_of`); and a small *recurrent* network that
reads the answers in their order and makes its own summary. The network goes through the same `fit` as every model of this course; only its loss is another one.
"""

# %% [markdown] lang="zh"
"""
*知识追踪*预测下一个作答。三种办法：这名学生到目前为止的*累计平均*；在*计数*（`counts_of`）上做逻辑回归；以及一个小型*循环*网络，按顺序读入作答，自己作总结。网络和本课程的其他模型一样交给 `fit` 训练，只是损失换了一种。
"""


# %%
class Answers:  # what `fit` wants of data: a length, rows, and a batch made of rows
    unit = "answers"

    def __init__(self, log):
        self.rows = list(zip(torch.tensor(log["asked"]), torch.tensor(log["right"]), strict=True))
        self.lengths = [len(asked) for asked, _ in self.rows]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, row):
        return self.rows[row]

    def collate(self, rows):
        asked, right = (torch.stack(part).long() for part in zip(*rows, strict=True))  # [B, T]
        nothing = torch.full((len(rows), 1), 2 * len(pupils.SKILL))
        before = torch.cat([nothing, (2 * asked + right)[:, :-1]], dim=1)  # the answer before each answer
        return {"before": before, "asked": asked, "labels": right}


# %%
class Tracer(torch.nn.Module):
    def __init__(self, width=32, exercises=48):
        super().__init__()
        self.embedding = torch.nn.Embedding(2 * exercises + 1, width)
        self.reader = torch.nn.GRU(width, width, batch_first=True)
        self.head = torch.nn.Linear(width, exercises)

    def forward(self, before, asked):  # [B, T] each
        states, _ = self.reader(self.embedding(before))  # [B, T, width]
        return SimpleNamespace(logits=self.head(states).gather(2, asked[..., None])[..., 0])


def answer_loss(output, right):
    logits = output.logits
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, right.to(logits), reduction="sum")
    return loss, torch.tensor(float(right.numel()))


def train_tracer(log, seed, epochs=num_epochs):
    torch.manual_seed(seed)
    tracer = Tracer()
    training.fit(tracer, Answers(log), task_loss=answer_loss, num_epochs=epochs, learning_rate=learning_rate,
                 batch_size=20, precision="fp32", seed=seed)  # fmt: skip
    return tracer


# %% tags=["nbval-ignore-output"]
def running_mean(right):  # before each answer, with one success and one failure to start from
    return (np.cumsum(right, axis=1) - right + 1) / (np.arange(right.shape[1]) + 2)


found = []
for number in seeds:
    past, later = (practise_all(n, at_random, 100 * number + k) for k, n in enumerate((class_size, 100)))
    flat = past["known"].reshape(-1, past["known"].shape[-1])
    counter = LogisticRegression(max_iter=300).fit(flat, past["right"].ravel())
    p = {"running mean": running_mean(later["right"]), "counts": counter.predict_proba(later["known"].reshape(-1, 52))[:, 1],
         "recurrent": expit(evaluation.predict(train_tracer(past, number), Answers(later), precision="fp32")),
         "the true chance": later["true"]}  # fmt: skip
    for name, values in p.items():
        truth = later["right"].ravel()
        found.append((name, log_loss(truth, np.ravel(values)), roc_auc_score(truth, np.ravel(values))))
traced = pd.DataFrame(found, columns=["tracer", "log loss", "AUC"])

# %% [markdown]
"""
Each seed draws new pupils for training and new ones for the test. The *true chance* is the ceiling: the rule itself does not know who will slip.
"""

# %% [markdown] lang="zh"
"""
每个种子都重新抽取训练用的学生和测试用的学生。*真实概率*是上限：谁会失手，规则本身也不知道。
"""

# %% tags=["nbval-ignore-output"]
auc = {name: evaluation.mean_interval(part["AUC"]) for name, part in traced.groupby("tracer", sort=False)}
table = pd.DataFrame.from_dict(auc, orient="index", columns=["AUC", "low", "high"]).assign(n=len(seeds))
losses = traced.groupby("tracer", sort=False)["log loss"].apply(np.array)
gain_tracing = evaluation.mean_interval(losses["running mean"] - losses["counts"])
told = "; ".join(f"{name} {values.mean():.3f}" for name, values in losses.items())
plots.show(
    plots.plot_intervals(table, "AUC of the next answer"),
    alt=f"How well the next answer is ranked, {len(seeds)} draws of pupils. Log loss in nats per answer: {told}.",
)
print(f"counts against the running mean: {gain_tracing:.3f} nats per answer fewer")

# %% [markdown]
"""
The running mean does not know which exercise comes next. The network would have to find out by itself what the counts were told: that exercises belong to skills. With so few pupils it does
not get there; exercise 6.3.3 gives it more.

### Exercise 6.3.A

A pupil has level 0.5 in a skill, the exercise has difficulty 1.5. How likely is a right answer? Two decimals.
"""

# %% [markdown] lang="zh"
"""
累计平均不知道下一题是哪一道。网络则要自己发现计数早已知道的事：哪些题属于同一项技能。学生这么少，它学不到这一步；练习 6.3.3 会给它更多学生。

### 练习 6.3.A

一名学生在某项技能上的水平是 0.5，练习的难度是 1.5。答对的概率是多少？保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=1 importance=2 minutes=3
### BEGIN SOLUTION
answer = 1 / (1 + np.exp(-(0.5 - 1.5)))
### END SOLUTION
exercises.check("6.3.A", answer)

# %% [markdown] tags=["solution"]
"""
Level less difficulty is −1, and the logistic function of −1 is 1 ÷ (1 + e) ≈ 0.27. Only the difference counts: a stronger pupil on a harder exercise has the same chance.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
水平减难度等于 −1，−1 的逻辑函数值是 1 ÷ (1 + e) ≈ 0.27。起作用的只有差：更强的学生遇到更难的题，概率相同。
"""

# %% [markdown]
"""
### What comes next?

A tutor turns the forecast into a choice: of all exercises, the one whose chance of success is nearest to `aim`. Its rivals are *random order* and what textbooks do, *easy to hard*. What counts is the
*mark*: the chance of a right answer over all 48 exercises, after practice less before. Each of the draws has new pupils, and a tutor trained on others.
"""

# %% [markdown] lang="zh"
"""
### 下一题做什么？

辅导程序把预测变成选择：在所有练习里，选成功概率最接近 `aim` 的一道。它的对手是*随机顺序*，以及课本的做法：*由易到难*。要看的是*分数*：对全部 48 道练习答对的概率，练习之后减去之前。每次抽取都换一批学生，辅导程序则在另一批学生上训练。
"""


# %% tags=["nbval-ignore-output"]
def easy_to_hard(step, right, wrong, level, draws):
    order = np.argsort(pupils.DIFFICULTY, kind="stable")
    return np.full(len(right), order[step * len(order) // answers_each])


def knows_levels(step, right, wrong, level, draws):
    return np.abs(pupils.chance(level) - aim).argmin(1)


def tutor_with(counter):
    def pick(step, right, wrong, level, draws):
        p = counter.predict_proba(counts_of(right, wrong).reshape(-1, 52))[:, 1].reshape(right.shape)
        return np.abs(p - aim + draws.normal(0, 0.01, p.shape)).argmin(1)  # ties are drawn

    return pick


paths = {"random order": [], "easy to hard": [], "tutor": [], "tutor that knows the levels": []}
for number in range(lessons):
    past = practise_all(class_size, at_random, 1000 + number)
    counter = LogisticRegression(max_iter=300).fit(past["known"].reshape(-1, 52), past["right"].ravel())
    for name, pick in zip(paths, (at_random, easy_to_hard, tutor_with(counter), knows_levels), strict=True):
        marks = practise_all(100, pick, 2000 + number)["mark"]
        paths[name].append((marks - marks[:, :1]).mean(0))  # [answers + 1]
learned = {name: np.array(rows)[:, -1] for name, rows in paths.items()}  # one number a draw

# %% tags=["nbval-ignore-output"]
over_random, over_textbook = (
    evaluation.difference(learned["tutor"], learned[n]) for n in ("random order", "easy to hard")
)
figure, (axes,) = plots.new_axes(width=7.6, height=3.6)
for (name, rows), color, style in zip(
    paths.items(), (plots.GREY, plots.VERMILION, plots.BLUE, plots.GREEN), (":", "--", "-", "-."), strict=True
):
    axes.plot(np.mean(rows, axis=0), color=color, linestyle=style, label=name)
axes.set(xlabel="exercises done", ylabel="mark gained [points of 100]")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(f"{name} {rows.mean():.1f}" for name, rows in learned.items())
plots.show(figure, alt=f"What is learned by four orders, mean of {lessons} draws of 100 pupils. At the end: {told}.")
print(f"tutor − random order: {over_random:+.1f} points; tutor − easy to hard: {over_textbook:+.1f}")
guess_tutor.settle(over_random.value)

# %% [markdown]
"""
Against chance the tutor shines, and many reports stop there. Against the textbook's order, which costs nothing, look at the second interval. The tutor that knows the levels shows that there is something to
gain: what is missing is knowledge of the pupil, which 48 answers do not give.

Everything hangs on the planted rule: that one learns most at even chances. If real pupils need to succeed more often, `-p aim=0.8` is better for them and worse here. Only a trial with pupils says.
"""

# %% [markdown] lang="zh"
"""
与随机相比，辅导程序很出色，许多报告说到这里就停了。与课本的顺序相比（它不花一分钱），请看第二个区间。知道真实水平的那条线说明确实有提高的余地：缺的是对学生的了解，而 48 次作答给不了那么多。

这一切都取决于埋下的规则：机会各半时学得最多。如果真实的学生需要更多成功，`-p aim=0.8` 对他们更好，在这里却更差。只有对学生做试验才能知道。
"""

# %% [markdown]
"""
### The leak: a forecast that comes too late

"The model predicts final grades with high accuracy" is a usual sentence. A school year has autumn, two term grades and the final one; here it is made, `student_table` takes a real one.
"""

# %% [markdown] lang="zh"
"""
### 泄漏：来得太晚的预测

“模型能准确预测期末成绩”是常见的一句话。一个学年有秋季、两次学期成绩和期末成绩；这里的是生成的，`student_table` 可以换成真实的。
"""


# %% tags=["nbval-ignore-output"]
def forecast_errors(year):
    """Error of the final grade for each pupil, five-fold cross-validation, by what the forecast may see."""
    columns = pd.get_dummies(year.drop(columns="final"))
    grades = ["grade_1", "grade_2"]
    seen = {"known in autumn": columns.drop(columns=grades), "and the first term": columns.drop(columns="grade_2"),
            "and both terms": columns, "second term alone": columns[["grade_2"]]}  # fmt: skip
    errors = {"constant": year["final"] - year["final"].mean()}
    for name, x in seen.items():
        forest = ExtraTreesRegressor(60, min_samples_leaf=3, random_state=seed)
        folds = KFold(5, shuffle=True, random_state=seed)
        errors[name] = year["final"] - cross_val_predict(forest, x.astype(float), year["final"], cv=folds)
    return {name: np.sqrt((error**2).mean()) for name, error in errors.items()}


late = forecast_errors(pupils.draw_school_year(400, seed))
figure, (axes,) = plots.new_axes(width=6.8, height=2.6)
axes.barh(list(late), list(late.values()), color=[plots.GREY, plots.BLUE, plots.BLUE, plots.VERMILION, plots.VERMILION])
axes.invert_yaxis()
axes.set(xlabel="error of the final grade, RMSE [points of 20]")
told = "; ".join(f"{name} {value:.2f}" for name, value in late.items())
plots.show(figure, alt=f"The forecast of the final grade by what it may see: {told}.")

# %% tags=["nbval-ignore-output"]
if student_table:
    real_year = forecast_errors(pupils.read_students(student_table))
    real_told = "; ".join(f"{name} {value:.2f}" for name, value in real_year.items())
else:
    real_told = claims.told("6.3-tutoring")
print(real_told.replace("；", "; ").replace("; ", "\n"))

# %% [markdown]
"""
The splendid figure belongs to the forecast in spring, when the second grade stands there already and nobody can be helped any more. In autumn, when help would count, the forecast is little better than the mean.
State the day of the forecast, and leave out every column that is younger.

### Exercise 6.3.B

`running_mean` should give, *before* each answer, (right so far + 1) ÷ (answers so far + 2), for each pupil. This version has two bugs. Mend it.

    def running_mean(right):  # [pupils, answers] of 0 and 1
        so_far = np.cumsum(right, axis=0)
        return (so_far + 1) / (np.arange(right.shape[1]) + 2)

Answer with the function.
"""

# %% [markdown] lang="zh"
"""
漂亮的数字属于春天的预测，那时第二次成绩已经摆在那里，再帮谁都晚了。在还来得及帮忙的秋天，预测只比平均数好一点。要说明预测是哪一天作的，并去掉一切比它晚的列。

### 练习 6.3.B

`running_mean` 应当对每名学生给出每次作答*之前*的 (到此为止答对数 + 1) ÷ (到此为止作答数 + 2)。下面的版本有两处错误。请改正。

    def running_mean(right):  # [pupils, answers] of 0 and 1
        so_far = np.cumsum(right, axis=0)
        return (so_far + 1) / (np.arange(right.shape[1]) + 2)

用这个函数作答。
"""


# %% tags=["exercise"] kind="debug" difficulty=2 importance=3 minutes=5
### BEGIN SOLUTION
def mended(right):
    so_far = np.cumsum(right, axis=1) - right
    return (so_far + 1) / (np.arange(right.shape[1]) + 2)


answer = mended
### END SOLUTION
exercises.check("6.3.B", answer)

# %% [markdown] tags=["solution"]
"""
Along axis 0 one pupil's answers are added to the next one's. And `cumsum` holds the answer itself, which is the answer that is to be forecast: the same leak as the grades of spring, in one character.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
沿着轴 0，加的是上一名学生的作答。而 `cumsum` 里含有当前这次作答，也就是要预测的那一个：和春天的成绩一样的泄漏，只差一个字符。
"""

# %% [markdown]
"""
### A large model is the wrong tool here

The last twelve answers as a sentence (`skill 2 exercise 5 right, …; next: …`), read by the encoder, against the counts of the same rows.
"""

# %% [markdown] lang="zh"
"""
### 大模型在这里是用错了工具

把最近十二次作答写成一句话（`skill 2 exercise 5 right, …; next: …`）给编码器读，再与同样这些行上的计数比较。
"""

# %% tags=["nbval-ignore-output"]
draws = np.random.default_rng([seed, 5])
row, step = draws.integers(class_size, size=600), draws.integers(12, answers_each, 600)


def as_sentence(r, s):
    told = [f"skill {pupils.SKILL[e]} exercise {e % 8}" for e in some["asked"][r, s - 12 : s + 1]]
    words = ["right" if is_right else "wrong" for is_right in some["right"][r, s - 12 : s]]
    return ", ".join(f"{t} {w}" for t, w in zip(told, words, strict=False)) + f"; next: {told[-1]}"


happened, begin = some["right"][row, step], process_time()
train_rows, test_rows = row < class_size // 2, row >= class_size // 2  # other pupils
tokenizer, encoder = models.load_pretrained(model_name, seed=seed)
sentences = [as_sentence(r, s) for r, s in zip(row, step, strict=True)]
read = models.embed(encoder, data.tokenize(tokenizer, sentences, [0] * len(sentences), max_length))
wrong_tool = {}
for name, x in (("sentences, encoder", read), ("counts, linear", some["known"][row, step])):
    machine = LogisticRegression(C=1.0, max_iter=2000).fit(x[train_rows], happened[train_rows])
    p = np.clip(machine.predict_proba(x[test_rows])[:, 1], 1e-6, 1 - 1e-6)
    truth, seconds, begin = happened[test_rows], process_time() - begin, process_time()
    wrong_tool[name] = -np.log(np.where(truth, p, 1 - p))
    print(f"{name}: AUC {roc_auc_score(truth, p):.2f}, log loss {wrong_tool[name].mean():.2f}, {seconds:.2f} s")
dearer_text = evaluation.difference(wrong_tool["sentences, encoder"], wrong_tool["counts, linear"])
print(f"The encoder loses {dearer_text:+.2f} nats per answer against counting.")

# %% [markdown]
"""
Who answered what is a table, not a text. Even with pupils by the thousand a language model would first have to find out that *right* after *skill 2* is one count more.
"""

# %% [markdown] lang="zh"
"""
谁答了什么，是一张表，不是一段文本。即使有成千上万名学生，语言模型也得先弄明白：*skill 2* 后面的 *right*，只是计数加一。
"""

# %% [markdown]
"""
## 6.3.2 Recommending courses (6-3)

A log says who took which course when. The made one comes about as real ones do: a visit *shows* twelve courses, well-known ones more often, and the person takes the one that suits best. So the log
holds what was shown as much as what was liked. What each person truly likes is known here, and nowhere else.

The last course of each person is hidden, as the future; the methods learn from all before.
"""

# %% [markdown] lang="zh"
"""
## 6.3.2 推荐课程（6-3）

日志记下谁在什么时候上了哪门课。这份生成的日志和真实日志的来历相仿：每次访问*展示*十二门课，有名的课出现得更多，人选其中最合适的。所以日志里既有喜欢的，也有被展示的。每个人真正喜欢什么，这里是知道的，别处都不知道。

把每个人最后上的一门课藏起来，当作未来；各种方法只从之前的记录里学。
"""

# %% tags=["nbval-ignore-output"]
log, liking = (pd.read_csv(ratings_file), None) if ratings_file else pupils.draw_courses(people, seed=seed)
log = log.sort_values(["userId", "timestamp"], kind="stable")
person, course = (pd.factorize(log[name], sort=True)[0] for name in ("userId", "movieId"))
last = ~log["userId"].duplicated(keep="last").to_numpy()
taken = np.zeros((person.max() + 1, course.max() + 1), np.float32)
taken[person[~last], course[~last]] = 1
wanted = course[last]
times = np.sort(taken.sum(0))[::-1]
tenth = max(1, len(times) // 10)
figure, (axes,) = plots.new_axes(width=6.4, height=2.8)
axes.plot(np.arange(1, len(times) + 1), times, color=plots.BLUE)
axes.fill_between(np.arange(1, tenth + 1), times[:tenth], color=plots.VERMILION, alpha=0.5, label="the first tenth")
axes.set(xlabel="course, the most taken first", ylabel="people who took it", ylim=(0, None))
axes.legend(frameon=False)
share = times[:tenth].sum() / times.sum()
plots.show(
    figure,
    alt=f"{len(taken):,} people, {len(times):,} courses. The first tenth of the courses has {share:.0%} of all takings.",
)

# %% [markdown]
"""
Three methods, all by counting. *Popular*: the same ten for everybody, less what one has had. *Neighbours*: courses taken by the same people, by cosine. *EASE*: a linear regression of each course on all others,
in closed form; five lines, and among the best on public data.
"""

# %% [markdown] lang="zh"
"""
三种方法，都靠计数。*热门*：给所有人同样的十门课，去掉本人上过的。*近邻*：被同一批人上过的课，用余弦度量。*EASE*：把每门课对其他所有课做线性回归，有闭式解；只要五行，在公开数据上属于最好的一类。
"""


# %% tags=["nbval-ignore-output"]
def ease(taken, penalty):
    """Weights [courses, courses] with an empty diagonal that best rebuild `taken` from the other courses."""
    inverse = np.linalg.inv(taken.T @ taken + penalty * np.eye(taken.shape[1], dtype=taken.dtype))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


together = taken.T @ taken
size = np.sqrt(np.maximum(np.diag(together), 1))
near = together / size / size[:, None]
np.fill_diagonal(near, 0)
draws = np.random.default_rng([seed, 6])
scored = {"random": draws.random(taken.shape), "popular": np.broadcast_to(taken.sum(0), taken.shape),
          "neighbours": taken @ near, "EASE": taken @ ease(taken, penalty)}  # fmt: skip
if liking is not None:
    scored["true liking"] = liking[:, np.unique(log["movieId"])]
place, lists = {}, {}
for name, values in scored.items():
    values = np.where(taken > 0, -np.inf, values + 1e-6 * draws.random(taken.shape))  # ties are drawn
    place[name] = (values >= values[np.arange(len(values)), wanted][:, None]).sum(1)  # 1: at the top
    lists[name] = np.argsort(-values, axis=1)[:, :10]
    assert ((place[name] <= 10) == decisions.hit_at_k(values, wanted, k=10)).all()

# %% [markdown]
"""
*hit@10*: for how many people the hidden course is among the ten. *NDCG@10* gives 1 for the first place and 1 ÷ log₂(1 + place) for a later one.
"""

# %% [markdown] lang="zh"
"""
*hit@10*：多少人被藏起来的那门课在十门之内。*NDCG@10*：排第一得 1，往后得 1 ÷ log₂(1 + 名次)。
"""

# %% tags=["nbval-ignore-output"]
hits = {name: evaluation.mean_interval(places <= 10) for name, places in place.items()}
gain_hits = evaluation.difference(place["EASE"] <= 10, place["popular"] <= 10)
rows = {}
for name, places in place.items():
    ndcg = evaluation.mean_interval(np.where(places <= 10, 1 / np.log2(1 + places), 0))
    famous = np.isin(lists[name], np.argsort(-taken.sum(0))[:tenth]).mean()
    covered = len(np.unique(lists[name])) / taken.shape[1]
    rows[name] = [f"{hits[name]:.1%}", f"{ndcg:.3f}", f"{famous:.0%}", f"{covered:.0%}"]
print(
    f"EASE − popular: {100 * gain_hits.value:+.1f} points of hit@10 [{100 * gain_hits.low:+.1f}, {100 * gain_hits.high:+.1f}]"
)
pd.DataFrame.from_dict(rows, orient="index", columns=["hit@10", "NDCG@10", "of the first tenth", "courses in any list"])

# %% [markdown]
"""
### Exercise 6.3.C

The hidden course stands in third place of somebody's list, another person's in the second, a third person's in the twentieth. What is the mean NDCG@10 of the three? Two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.3.C

被藏起来的课在第一个人的清单里排第三，第二个人的排第二，第三个人的排第二十。三人的 NDCG@10 平均是多少？保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = (1 / np.log2(1 + 3) + 1 / np.log2(1 + 2) + 0) / 3
### END SOLUTION
exercises.check("6.3.C", answer)

# %% [markdown] tags=["solution"]
"""
Third place gives 1 ÷ log₂ 4 = 0.5, second 1 ÷ log₂ 3 ≈ 0.63, and beyond the tenth there is nothing: 1.13 ÷ 3 ≈ 0.38. hit@10 would be 2/3 and would not see the order.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
第三名得 1 ÷ log₂ 4 = 0.5，第二名得 1 ÷ log₂ 3 ≈ 0.63，第十名以后得 0：1.13 ÷ 3 ≈ 0.38。hit@10 则是 2/3，看不出次序。
"""

# %% [markdown]
"""
### What the figure does not say

The last row of the table knows what everybody likes. Hold its hit rate against that of the popular list, and then look at what people would like of the ten that they are shown.
"""

# %% [markdown] lang="zh"
"""
### 这个数字没有说的

表的最后一行知道每个人喜欢什么。先把它的命中率与热门清单相比，再看人们对展示给自己的十门课究竟有多喜欢。
"""

# %% tags=["nbval-ignore-output"]
if liking is not None:
    likes = {n: np.take_along_axis(scored["true liking"], rows, axis=1).mean() for n, rows in lists.items()}
    low, high = likes["random"], likes["true liking"]
    reached = {name: 100 * (value - low) / (high - low) for name, value in likes.items()}
    figure, (axes,) = plots.new_axes(width=6.8, height=3.6)
    for (name, hit), color, marker in zip(
        hits.items(), (plots.GREY, plots.VERMILION, plots.ORANGE, plots.BLUE, plots.GREEN), "vsD^o", strict=True
    ):
        ends = [[100 * (hit.value - hit.low)], [100 * (hit.high - hit.value)]]
        axes.errorbar(reached[name], 100 * hit.value, yerr=ends, color=color, marker=marker, capsize=3, label=name)
    axes.set(
        xlabel="liking of the ten [%, random 0, best possible 100]", ylabel="hit@10 on the log [%]", ylim=(0, None)
    )
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), numpoints=1)
    told = "; ".join(f"{name} {hits[name].value:.0%}, {value:.0f}" for name, value in reached.items())
    plots.show(figure, alt=f"Hit rate on the log against what people would like (random 0, best possible 100): {told}.")

# %% [markdown]
"""
The log rewards whoever repeats what was shown. A list that nobody ever saw cannot be hit, however good. A difference in hits may be real, and is still a difference in guessing the log. What a list is worth is
seen where people are given it, beside others who are not.

### In use: a batch job with a monitor

Every night a job reads the log and writes ten courses for everybody. By day two groups see lists: half of the people theirs, the others, the *control group*, the popular ten. In the night to day 9 the courses are
renumbered, and nobody tells the job.
"""

# %% [markdown] lang="zh"
"""
日志奖励的是重复已经展示过的东西。从来没有人见过的清单，再好也不会被命中。命中率的差异可能是真的，但那只是猜日志的差异。一份清单值多少，要把它给人看，并和没有看到它的人比较才知道。

### 投入使用：批处理作业和监控

每天夜里，一个作业读入日志，为每个人写下十门课。白天有两组人看清单：一半人看到自己的，另一半是*对照组*，看到热门的十门。第 9 天前的夜里，课程重新编了号，而没有人告诉这个作业。
"""


# %% tags=["nbval-ignore-output"]
def run_batch(folder, night):
    """Write tonight's ten courses of everybody, and the popular ten; may be started again after a crash."""
    result = folder / f"lists_{night:02}.csv"
    if not result.exists():
        log = pd.read_csv(folder / "log.csv")
        seen = np.zeros((log["userId"].max() + 1, pupils.COURSES), np.float32)
        seen[log["userId"], log["movieId"]] = 1
        for name, values in (("popular", seen.sum(0) + 0 * seen), ("lists", seen @ ease(seen, penalty))):
            ten = np.argsort(-np.where(seen > 0, -np.inf, values), axis=1)[:, :10]
            pd.DataFrame(ten).to_csv(folder / f"{name}_{night:02}.csv", index=False)


# %% tags=["nbval-ignore-output"]
running = ExitStack()
folder = Path(running.enter_context(TemporaryDirectory()))
visits, tastes = pupils.draw_courses(400, seed=seed + 1)
visits.to_csv(folder / "log.csv", index=False)
draws, answered = np.random.default_rng([seed, 8]), []
in_control = draws.random(400) < 0.5
for day in range(1, 13):
    run_batch(folder, day)
    shown = {name: pd.read_csv(folder / f"{name}_{day:02}.csv").to_numpy() for name in ("lists", "popular")}
    fresh_rows = []
    for visitor in draws.choice(400, 300, replace=False):
        ten = shown["popular" if in_control[visitor] else "lists"][visitor]
        ten = ten if day < 9 else (ten + 40) % pupils.COURSES  # renumbered: the job's numbers mean other courses
        best = pupils.choose(tastes[visitor], ten, draws)
        took = draws.random() < expit(3 * (tastes[visitor, best] - 2.5))  # nobody has to take any
        answered.append((day, in_control[visitor], took))
        fresh_rows += [(visitor, best, 10**6 + day)] if took else []
    pd.DataFrame(fresh_rows).to_csv(folder / "log.csv", mode="a", header=False, index=False)
running.close()

# %% tags=["nbval-ignore-output"]
answered = pd.DataFrame(answered, columns=["day", "control", "taken"])
by_day = answered.pivot_table(index="day", columns="control", values="taken")  # share of visits that end in a course
healthy = answered[answered["day"] < 9].groupby("control")["taken"]
spread = np.sqrt(healthy.var(ddof=1).div(healthy.size()).sum())
lead = healthy.mean()[False] - healthy.mean()[True]
trial = evaluation.Interval(lead, lead - 1.96 * spread, lead + 1.96 * spread)
leads = (by_day[False] - by_day[True]).rolling(3).mean()  # over three days
a_day = answered.groupby("day").size().mean()  # visits; half of them see their own list
noise = np.sqrt(2 * answered["taken"].mean() * (1 - answered["taken"].mean()) / (3 * a_day / 2))
limit = leads[:5].mean() - 2.5 * noise
for day, (own, control) in by_day.iterrows():
    alarm = leads[day] < limit  # not before the third day
    print(f"day {day:2}: taken in {own:.0%} of visits, control {control:.0%}: {'ALARM' if alarm else 'quiet'}")
print(
    f"days 1 to 8, lists − control: {100 * trial.value:+.1f} points [{100 * trial.low:+.1f}, {100 * trial.high:+.1f}]"
)

# %% [markdown]
"""
The monitor watches the *lead* over the control group, of three days together. The share of the lists alone may stay where it is: after the renumbering everybody sees ten courses by accident, and accident is no worse than the popular ten. What is gone is
the reason to run the job.

## 6.3.3 Correcting homework (6-3)

Ten questions, some twenty short answers to each, written for this course (data card: `course/data/homework.md`). Two graders gave 0 to 5 marks by a rubric: A rewards what is meant, B what is said.
"""

# %% [markdown] lang="zh"
"""
监控盯的是相对于对照组的*领先*，三天合起来算。清单自己的比例可能看不出变化：重新编号之后，大家看到的都是碰巧的十门课，而碰巧并不比热门的十门差。没有了的，是继续跑这个作业的理由。

## 6.3.3 批改作业（6-3）

十道题，每题二十来份简短的答案，为本课程而写（数据卡见 `course/data/zh/homework.md`）。两位评分者按评分要点给 0 到 5 分：A 看想说的是什么，B 看说出来的是什么。
"""

# %% tags=["nbval-ignore-output"]
answers = pupils.read_answers(dataset)
marks = answers[["mark_a", "mark_b"]].mean(axis=1).to_numpy()
first = answers[answers["question_id"] == answers["question_id"].iloc[0]]
print(f"{len(answers):,} answers to {answers['question_id'].nunique()} questions. {first['question'].iloc[0]}")
for row in first.head(16).iloc[::5].itertuples():
    print(f"A {row.mark_a:g}, B {row.mark_b:g}: {row.answer}")


def agreement(one, other):
    """RMSE [marks], correlation and quadratic kappa of two lists of marks."""
    whole = [np.rint(np.asarray(m, float)).astype(int) for m in (one, other)]
    kappa = cohen_kappa_score(*whole, weights="quadratic", labels=range(6))
    return np.sqrt(np.mean((np.asarray(one) - np.asarray(other)) ** 2)), np.corrcoef(one, other)[0, 1], kappa


humans = agreement(answers["mark_a"], answers["mark_b"])
print("the graders differ by RMSE {:.2f}; r {:.2f}, quadratic kappa {:.2f}".format(*humans))

# %% [markdown]
"""
*Quadratic kappa* is agreement beyond chance, where being off by two costs four times as much as by one. What two people reach with each other is the *ceiling*: a machine that agrees with one of them more than the other
does has learned that one's habits.

The grader is a ridge regression on what the answer shares with the reference answer: words, and vectors of the frozen encoder. Beside it stand a constant, the length alone, and words alone.
"""

# %% [markdown] lang="zh"
"""
*二次加权 kappa* 是扣除偶然之后的一致程度，差两分的代价是差一分的四倍。两个人彼此能达到的一致就是*上限*：机器若与其中一人比另一人更一致，学到的就是那个人的习惯。

自动评分是一个岭回归，输入是答案与参考答案的共同之处：共有词，以及冻结编码器的向量。一起比较的还有常数、只看长度、只看共有词。
"""


# %% tags=["nbval-ignore-output"]
def pieces(text):  # words, or single Han characters
    return set(findall(r"[a-z0-9]+|[\u4e00-\u9fff]", text.lower()))


def shared(text, other):
    return len(pieces(text) & pieces(other)) / max(1, len(pieces(other)))


def vectors_of(texts):
    once = list(dict.fromkeys(texts))
    found = models.embed(encoder, data.tokenize(tokenizer, once, [0] * len(once), max_length))
    return found[[once.index(text) for text in texts]]


def features(rows):  # [N, 3]: length, words shared with reference and question; [N, 2 + 3 H]: likeness, vectors
    words = [
        (np.log(len(r.answer)), shared(r.answer, r.reference), shared(r.answer, r.question)) for r in rows.itertuples()
    ]
    said, reference, question = (vectors_of(rows[name].tolist()) for name in ("answer", "reference", "question"))
    like = np.column_stack([(said * reference).sum(1), (said * question).sum(1)])
    return np.array(words), np.hstack([like, said * reference, np.abs(said - reference), said])


def learn(numbers, vectors, marks):
    """First the few numbers, then, shrunk hard, the many of the vectors on what is left."""
    few = make_pipeline(StandardScaler(), Ridge(1.0)).fit(numbers, marks)
    many = make_pipeline(StandardScaler(), Ridge(3000.0)).fit(vectors, marks - few.predict(numbers))
    return lambda numbers, vectors: np.clip(few.predict(numbers) + many.predict(vectors), 0, 5)


# %% tags=["nbval-ignore-output"]
def columns_of(words, vectors):  # the readers: what each of them may see
    nothing = np.zeros((len(words), 1))
    return {"constant": (nothing, nothing), "length alone": (words[:, :1], nothing), "word overlap": (words, nothing),
            "encoder alone": (vectors[:, :2], vectors[:, 2:]),
            "words and encoder": (np.hstack([words, vectors[:, :2]]), vectors[:, 2:])}  # fmt: skip


seen_by = columns_of(*features(answers))
splits = {"unseen questions": "question_id", "known questions": "idea"}
graded = {}
for split, groups in splits.items():
    for name, (numbers, vectors) in seen_by.items():
        given = np.zeros(len(answers))
        for train, test in decisions.group_folds(answers[groups], folds=10, seed=seed):
            given[test] = learn(numbers[train], vectors[train], marks[train])(numbers[test], vectors[test])
        graded[split, name] = given

# %% [markdown]
"""
*Known questions* hides single answers: the grader has seen others to the same question, as if somebody had marked twenty by hand. *Unseen questions* hides whole questions: tomorrow's homework. Some answers
say the same in other words; those stay together.
"""

# %% [markdown] lang="zh"
"""
*已知题目*藏起的是单份答案：同一道题的其他答案见过，好比有人先手批了二十份。*没见过的题目*藏起整道题：明天的作业。有些答案是同一意思的不同说法，它们总在一起。
"""

# %% tags=["nbval-ignore-output"]
rows, sides = {}, (answers["mark_a"], answers["mark_b"])
for key, given in graded.items():
    both = [agreement(given, side) for side in sides]
    rows[key] = [np.mean(part) for part in zip(*both, strict=True)]
by_grader = pd.DataFrame.from_dict(rows, orient="index", columns=["RMSE", "r", "kappa"])
by_grader.index = pd.MultiIndex.from_tuples(by_grader.index)
by_grader.round(2)

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.4, height=3.4)
for split, color, marker in zip(splits, (plots.BLUE, plots.ORANGE), "os", strict=True):
    part = by_grader.loc[split]["RMSE"]
    axes.plot(part, range(len(part)), marker, color=color, label=split)
axes.axvline(humans[0], color=plots.GREEN, linestyle="--", label="one grader against the other")
axes.set_yticks(range(len(part)), part.index)
axes.invert_yaxis()
axes.set(xlabel="distance from one grader, RMSE [marks of 5]", xlim=(0, None))
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(
    f"{n} {v['RMSE']:.2f}, kappa {v['kappa']:.2f}" for n, v in by_grader.loc["unseen questions"].iterrows()
)
plots.show(
    figure,
    alt=f"Distance from one grader. Unseen questions: {told}; the other grader {humans[0]:.2f}, kappa {humans[2]:.2f}.",
)
wrong_by = {
    n: pd.Series(np.abs(graded["unseen questions", n] - marks)).groupby(answers["question_id"]).mean() for n in seen_by
}
gain_grading = evaluation.mean_interval(wrong_by["word overlap"] - wrong_by["words and encoder"])
print(f"unseen questions, word overlap − words and encoder: {gain_grading:+.3f} marks, mean error by question")

# %% [markdown]
"""
Look at the length alone: long answers are mostly better ones here, and a grader that learns so has learned nothing about physics. That the two splits lie so close has the same reason: likeness and length mean the same in every question. The last line asks whether the encoder adds to the words; its unit is the
question, of which there are few.

### Answers that game it

Whoever is marked by a machine finds out how. Five things to hand in for each question: the reference's words in alphabetical order; the question itself; the reference turned into its *contrary*, every word in place; a full answer to *another*
question; and the reference. The grader has not seen the question.
"""

# %% [markdown] lang="zh"
"""
看看只凭长度那一行：这里长的答案多半更好，而学会了这一点的评分者并没有学到任何物理。两种划分相差这么小，也是同一个原因：相似度和长度在每道题里意思都一样。最后一行问的是：编码器在共有词之外有没有带来什么；它的单位是题目，而题目不多。

### 糊弄它的答案

被机器打分的人，总会摸清它的脾气。对每道题交上五样东西：参考答案的字词按顺序表排成一堆；题目本身；把参考答案改成*相反*的意思，用词不变；*另一道*题的满分答案；以及参考答案。评分者没有见过这道题。
"""

# %% tags=["nbval-ignore-output"]
asked = answers.drop_duplicates("question_id").reset_index(drop=True)
full = answers.sort_values("mark_b", ascending=False, kind="stable").drop_duplicates("question_id")
other = full.set_index("question_id")["answer"].loc[np.roll(asked["question_id"], 1)]
handed_in = {"word salad": [" ".join(sorted(pieces(text))) for text in asked["reference"]],
             "the question": asked["question"], "the contrary": asked.get("contrary"),
             "a full answer to another": other.to_numpy(), "the reference": asked["reference"]}  # fmt: skip
tried = {}
for game, texts in handed_in.items():
    if texts is not None:  # a file of yours has no contraries
        tried[game] = columns_of(*features(asked.assign(answer=texts)))
games = {}
for name in ("word overlap", "words and encoder"):
    got = {game: [] for game in tried}
    for number, question in enumerate(asked["question_id"]):
        others = (answers["question_id"] != question).to_numpy()
        grade = learn(*(part[others] for part in seen_by[name]), marks[others])
        for game, columns in tried.items():
            got[game].append(float(grade(*(part[number : number + 1] for part in columns[name]))[0]))
    games |= {(game, name): evaluation.mean_interval(values) for game, values in got.items()}

# %% tags=["nbval-ignore-output"]
figure, (axes,) = plots.new_axes(width=7.4, height=3.2)
kinds = list(dict.fromkeys(game for game, _ in games))
for name, color, shift in (("word overlap", plots.VERMILION, -0.18), ("words and encoder", plots.BLUE, 0.18)):
    values = [games[game, name] for game in kinds]
    places = np.arange(len(kinds)) + shift
    axes.barh(places, [value.value for value in values], 0.34, color=color, label=name)
    axes.hlines(
        places, [value.low for value in values], [value.high for value in values], color="#1a1a1a", linewidth=1.5
    )
guess_salad.shade(axes, along="x")
axes.set_yticks(range(len(kinds)), kinds)
axes.invert_yaxis()
axes.set(xlabel="mark given, mean over the questions [of 5]", xlim=(0, 5.6))
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
told = "; ".join(f"{game} {games[game, 'words and encoder']:.1f}" for game in kinds)
plots.show(figure, alt=f"Marks for answers that deserve none, but for the last. Words and encoder: {told}.")
guess_salad.settle(games["word salad", "words and encoder"].value)
fooled = max(games[game, "words and encoder"].value for game in kinds if game != "the reference")

# %% [markdown]
"""
The error on honest answers did not show this, and cannot: nobody handed in such things there. A contrary has the same words and nearly the same vector. One may catch the salad by a second rule; the contrary has to be
*understood*.

### Who is marked down?

Some sixty answers were written twice: once in plain words, and once as somebody writes who is still learning the language. The graders marked what is said. In each pair: how much lower does the machine mark the second form than the
first, beyond the graders' own difference?
"""

# %% [markdown] lang="zh"
"""
在正常答案上的误差没有显示这一点，也不可能显示：那里没有人交这种东西。相反的说法用词相同，向量也几乎相同。一堆词还可以另加规则来抓，相反的意思却必须*读懂*。

### 谁被扣了分？

约六十份答案写了两遍：一遍是平常的说法，一遍是还在学这门语言的人的写法。评分者评的是内容。在每一对里，除去评分者自己的差别，机器给后一种写法的分数比前一种低多少？
"""

# %% tags=["nbval-ignore-output"]
if "writer" in answers:
    harm = {}
    for name in ("word overlap", "words and encoder"):
        off = answers.assign(off=graded["unseen questions", name] - marks)
        pairs = off.pivot_table(index="idea", columns="writer", values="off").dropna()
        harm[name] = evaluation.difference(pairs["second language"], pairs["first language"])
        print(f"{name}: {harm[name]:+.2f} marks for the same content in a learner's words, {len(pairs)} pairs")
    for writer, part in off.groupby("writer"):
        print(f"{writer}: mean error {evaluation.mean_interval(part['off']):+.2f} marks, {len(part)} answers")
gap = harm["words and encoder"] if "writer" in answers else None
gap_told = f"{gap:+.2f} marks for the same content" if gap else "not measured: no pairs"

# %% [markdown]
"""
In English the interval lies below nought: a learner of the language loses marks for the language, in a test of science, though the grader sees no column that says who wrote. A mean over all answers hides it; only pairs with the same content show it. In
the Chinese texts of the course the same question finds no gap: measure it where you are, for your groups.
"""

# %% [markdown] lang="zh"
"""
在这份中文答案里，区间包含零：没有测出差别。同样的办法用在课程的英文答案上，却测出还在学语言的人因为语言而丢分，而考的是科学，评分时也看不到是谁写的。全体平均看不出这一点，只有内容相同的成对答案才看得出。所以要在你那里、对你的人群去测。
"""

# %% [markdown]
"""
## 6.3.4 What may be deployed?

The rules were written before the figures. A tutor has to teach more than the textbook's order, with its whole interval, and pupils who exist. Lists have to be taken more often than the control group's, with the whole interval. A grader has to come within 0.1 of the
graders' own kappa on unseen questions, give nobody more than one mark for nothing, and lie within a quarter of a mark for the same content. Otherwise: *do not deploy*.
"""

# %% [markdown] lang="zh"
"""
## 6.3.4 什么可以部署？

规则在看到数字之前就写好了。辅导程序要比课本的顺序教得更多，整个区间都在零以上，而且是对真实存在的学生；清单被选的比例要高于对照组，也是整个区间；自动评分在没见过的题目上，kappa 与评分者之间的相差不超过 0.1，不给空话一分以上，内容相同的答案相差在四分之一分以内。否则就*不部署*。
"""

# %% tags=["nbval-ignore-output"]
kappa = by_grader.loc[("unseen questions", "words and encoder"), "kappa"]
fair = gap is not None and gap.low > -0.25 and gap.high < 0.25
verdicts = {
    "the tutor": (f"{over_textbook:+.1f} points over the textbook's order, with invented pupils", False),
    "the lists of courses": (f"{100 * trial.value:+.0f} points over the control group", trial.low > 0),
    "the grader": (f"kappa {kappa:.2f}, the graders {humans[2]:.2f}; up to {fooled:.1f} marks for nothing; {gap_told}",
               kappa > humans[2] - 0.1 and fooled <= 1 and fair),
}  # fmt: skip
for use, (reason, deploy) in verdicts.items():
    print(f"{use}: {'deploy, watched' if deploy else 'do not deploy'}: {reason}")

# %% [markdown]
"""
The lists pass with invented people; with real ones the rule is applied to the first weeks, and the control group stays. "Do not deploy" is no end either. A tutor that fails the rule here may be tried with a class and a control class. A grader that fails may put answers in order for the teacher, who marks them. Its *model card*:
"""

# %% [markdown] lang="zh"
"""
清单是在虚构的人身上通过的；换成真实的人，最初几周要按同样的规则来判，对照组也要留着。“不部署”也不是终点。在这里没通过规则的辅导程序，可以找一个班和一个对照班来试。没通过的自动评分，可以替老师把答案排个顺序，由老师来打分。它的*模型卡*：
"""

# %% tags=["nbval-ignore-output"]
card = {
    "what it gives": "0 to 5 marks for a short answer, from a reference answer",
    "trained on": f"{len(answers):,} answers to {len(asked)} questions, marked by two graders",
    "on unseen questions": f"kappa {kappa:.2f}, the graders with each other {humans[2]:.2f}",
    "what fools it": f"a heap of the reference's words: {games['word salad', 'words and encoder']:.1f} marks",
    "who is marked down": gap_told,
    "not for": "marks that count, answers longer than a few sentences, other languages, anything without an appeal",
}
pd.Series(card, name="the grader of 6.3.3").to_frame().style.set_properties(**{"text-align": "left"})

# %% [markdown]
"""
### The document's claims

"Tutor": whether pupils learn more is a question to pupils, and no data here can answer it. "Recommend courses": more hits than the popular list? "Correct homework": nearer to the graders than counting words, on unseen questions? Whether that
is enough is the rule's question. The last line is the course's own: does a *large* model do it better?
"""

# %% [markdown] lang="zh"
"""
### 原文的说法

“智能辅导”：学生是否学得更多，要问学生，这里的数据回答不了。“推荐课程”：命中是否多于热门清单？“批改作业”：在没见过的题目上，是否比数共有词更接近评分者？这够不够用，由上面的规则回答。最后一行是课程自己的问题：*大*模型会不会做得更好？
"""

# %% tags=["nbval-ignore-output"]
taught = f"invented pupils: tutor {over_random:+.1f} points over random order, {over_textbook:+.1f} over easy to hard"
claims.record(
    "6.3-tutoring", reference="whether pupils learn more, which only a trial with pupils shows",
    measured=taught + (f"; final grades of real pupils, RMSE: {real_told}" if student_table else ""),
    verdict="not testable here",
)  # fmt: skip
claims.record(
    "6.3-courses", reference="the popular list",
    measured=f"hit@10 of the hidden last item: EASE {hits['EASE']:.1%}, popular {hits['popular']:.1%}, "
    f"random {hits['random'].value:.1%}; EASE − popular {100 * gain_hits.value:+.1f} points "
    f"[{100 * gain_hits.low:+.1f}, {100 * gain_hits.high:+.1f}]",
    holds=evaluation.verdict(gain_hits, seeds=None),
)  # fmt: skip
claims.record(
    "6.3-grading", reference="word overlap, on unseen questions",
    measured=f"mean error smaller by {gain_grading:.3f} marks of 5; kappa {kappa:.2f}, two graders {humans[2]:.2f}; "
    f"RMSE from one grader {by_grader.loc[('unseen questions', 'words and encoder'), 'RMSE']:.2f}, "
    f"constant {by_grader.loc[('unseen questions', 'constant'), 'RMSE']:.2f}, two graders {humans[0]:.2f}",
    holds=evaluation.verdict(gain_grading, seeds=None),
)  # fmt: skip
claims.record(
    "6.3-large", reference="counts of the same answers",
    measured=f"the encoder on answers as sentences loses {dearer_text:+.2f} nats per answer, and takes more time",
    holds=evaluation.verdict(evaluation.Interval(-dearer_text.value, -dearer_text.high, -dearer_text.low), seeds=None),
)  # fmt: skip

# %% tags=["nbval-ignore-output"]
claims.report(
    gain_tracing=gain_tracing, tutor_over_random=over_random, tutor_over_textbook=over_textbook, hit_ease=hits["EASE"],
    hit_popular=hits["popular"], trial_lead=trial, kappa=float(kappa), kappa_graders=float(humans[2]), gain_grading=gain_grading,
)  # fmt: skip

# %% [markdown]
"""
## Exercises

Write your answer in place of `None` and run the cell. A wrong answer gets a hint; nothing here stops the notebook.

### Exercise 6.3.1

Write `next_exercise(p, done, aim)`: the number of the exercise whose chance `p` is nearest to `aim`, among those that are not in `done`. `p` is an array, `done` a set of numbers; of equally near ones take the
first. If all are done, return −1.
"""

# %% [markdown] lang="zh"
"""
## 练习

把 `None` 换成你的答案，然后运行单元格。答错会得到提示，这里的任何错误都不会中断笔记本。

### 练习 6.3.1

写出 `next_exercise(p, done, aim)`：在不属于 `done` 的练习里，概率 `p` 最接近 `aim` 的那一道的编号。`p` 是数组，`done` 是编号的集合；一样近就取第一个。如果全都做过，返回 −1。
"""


# %% tags=["exercise"] kind="code" difficulty=2 importance=2 minutes=6
### BEGIN SOLUTION
def next_exercise(p, done, aim):
    left = [number for number in range(len(p)) if number not in done]
    return min(left, key=lambda number: abs(p[number] - aim)) if left else -1


answer = next_exercise
### END SOLUTION
exercises.check("6.3.1", answer)

# %% [markdown] tags=["solution"]
"""
Nearest means the size of the difference: an exercise that is too easy by 0.1 is as near as one that is too hard by 0.1. `min` keeps the first of equal ones, and an empty list wants its own answer.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
“最接近”看的是差的大小：偏易 0.1 和偏难 0.1 一样近。`min` 在相等时保留第一个；空列表要另外处理。
"""

# %% [markdown]
"""
### Exercise 6.3.2

Write `quadratic_kappa(one, other, n)` for two lists of marks 0 … n − 1: 1 − D ÷ E. D is the mean of (one − other)² over the answers; E is the same mean if each mark of one grader met each mark of the other equally
often.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.3.2

写出 `quadratic_kappa(one, other, n)`，两个参数是分数 0 … n − 1 的列表：1 − D ÷ E。D 是 (one − other)² 在各份答案上的平均；E 是假如一位评分者的每个分数与另一位的每个分数都同样多次相遇时的同一个平均。
"""


# %% tags=["exercise"] kind="code" difficulty=3 importance=2 minutes=8
### BEGIN SOLUTION
def quadratic_kappa(one, other, n):
    one, other = np.asarray(one, float), np.asarray(other, float)
    return 1 - ((one - other) ** 2).mean() / ((one[:, None] - other[None]) ** 2).mean()


answer = quadratic_kappa
### END SOLUTION
exercises.check("6.3.2", answer)

# %% [markdown] tags=["solution"]
"""
"Each meets each" is the table of all pairs, one grader along the rows, the other along the columns. Two graders who give the same constant to everybody agree always, and have no kappa: E is 0. Agreement is only worth
something where there was something to disagree on.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
“每个与每个相遇”就是所有配对的表，一位评分者在行，另一位在列。两位评分者若给所有人同一个常数，总是一致，却没有 kappa：E 为 0。有可以分歧的地方，一致才有价值。
"""

# %% [markdown]
"""
Of how many pupils does the network of 6.3.1 learn enough? `crowd` holds the answers of some, and `trace_loss(log)` trains the network on a log and gives its log loss on others.
"""

# %% [markdown] lang="zh"
"""
6.3.1 的网络要多少名学生才够学？`crowd` 是一批学生的作答；`trace_loss(log)` 在一份日志上训练网络，给出它在其他学生上的对数损失。
"""

# %%
crowd, fresh = practise_all(300, at_random, 50), practise_all(100, at_random, 51)


def trace_loss(log):  # [nats/answer]
    p = expit(evaluation.predict(train_tracer(log, 0), Answers(fresh), precision="fp32"))
    return log_loss(fresh["right"].ravel(), p.ravel())


# %% [markdown]
"""
### Exercise 6.3.3

A log is a dictionary of arrays, one row a pupil. Train on the first n pupils of `crowd`, for n = 50 and 300. Answer with a pair: the dictionary n → `trace_loss`, and by how much the loss falls from 50 to 300, as a share of
the one at 50. Two decimals.
"""

# %% [markdown] lang="zh"
"""
### 练习 6.3.3

日志是一个由数组组成的字典，一行是一名学生。用 `crowd` 的前 n 名学生训练，n = 50 和 300。用一对值作答：“n → `trace_loss`”的字典，以及损失从 50 到 300 下降了多少，用占 50 时损失的比例表示。保留两位小数。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=2 minutes=8
### BEGIN SOLUTION
loss_by_n = {n: trace_loss({name: part[:n] for name, part in crowd.items()}) for n in (50, 300)}
answer = loss_by_n, 1 - loss_by_n[300] / loss_by_n[50]
### END SOLUTION
exercises.check("6.3.3", answer, crowd=crowd, trace_loss=trace_loss)

# %% [markdown] tags=["solution"]
"""
The network still learns from more pupils, where the counts have long had enough: it has to find the skills by itself. Where there are many more pupils, the features may be left to it; with a class, one counts.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
学生更多，网络还在继续学，而计数早就够用了：网络要自己发现有哪些技能。学生多得多的地方，可以把特征交给它；只有一个班，就数一数。
"""

# %% [markdown]
"""
### Exercise 6.3.4

A vendor's grader has r = 0.8 with a teacher's marks, on answers drawn at random from those it was trained beside. Which sentences may be written?

- a: On such answers its marks rise and fall with the teacher's.
- b: It will do as well on next week's question.
- c: A heap of the right words would get a low mark.
- d: Two teachers may agree less with each other than it does with one.
- e: Before use, answers with the same content and other words should be compared.

Answer with letters, such as "ab".
"""

# %% [markdown] lang="zh"
"""
### 练习 6.3.4

一家厂商的自动评分与某位老师的分数 r = 0.8，测试用的答案是从和训练答案同一批里随机抽出的。哪些句子可以写？

- a：在这样的答案上，它的分数随老师的分数升降。
- b：换成下周的题目，它也会一样好。
- c：把正确的词堆在一起，只会得低分。
- d：两位老师彼此的一致程度，可能还不如它与其中一位。
- e：使用之前，应当比较内容相同而说法不同的答案。

用字母作答，例如 "ab"。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=3 minutes=4
### BEGIN SOLUTION
answer = "ade"
### END SOLUTION
exercises.check("6.3.4", answer)

# %% [markdown] tags=["solution"]
"""
a says what r is. b needs a split by question, c a trial with such answers. d is possible and no praise: it may have learned one teacher's habits. e is what shows who is marked down.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
a 说的就是 r 的含义。b 需要按题目划分，c 需要拿这种答案来试。d 是可能的，却不是夸奖：它学到的可能是某位老师的习惯。e 才能看出谁被扣了分。
"""

# %% [markdown]
"""
## Recap

- Tutoring: counting what somebody got right in a skill forecasts the next answer. Compare an order of exercises with the textbook's, not with chance, and by what is learned.
- A forecast of marks has a date. The later, the better, and the less it helps.
- Courses: popularity is the baseline. A log rewards what was shown; a control group says what a list is worth.
- Grading: two people are the ceiling, length is a trap, and unseen questions are the test. Answers made to fool it belong to it.
- Who is marked down is seen in pairs with the same content.
- Right or wrong by skill is a table, and a table wants counting.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 辅导：数一数每项技能答对了多少，就能预测下一题。练习的顺序要与课本比，不要与随机比，看的是学到多少。
- 成绩预测有日期：越晚越准，也越帮不上忙。
- 课程：热门是基线。日志奖励展示过的东西；清单值多少，由对照组说了算。
- 评分：两个人是上限，长度是陷阱，没见过的题目才是考验，专门糊弄它的答案也要试。
- 谁被扣了分，要在内容相同的成对答案里看。
- 每项技能的对错是一张表，表要的是计数。

## 自测
"""

# %%
quizzes.ask("6.3")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Rasch 1960: *Probabilistic models for some intelligence and attainment tests*: the item response model.
- Pavlik, Cen, Koedinger 2009: *Performance factors analysis*, AIED: tracing by counts.
- Piech et al. 2015: *Deep knowledge tracing*, arXiv 1506.05908.
- Cortez, Silva 2008: *Using data mining to predict secondary school student performance*, UCI (CC BY 4.0).
- Steck 2019: *Embarrassingly shallow autoencoders for sparse data*, arXiv 1905.03375: EASE.
- Harper, Konstan 2015: *The MovieLens datasets*, ACM TiiS 5(4).
- Mohler, Bunescu, Mihalcea 2011: *Learning to grade short answer questions*, ACL.
- Cohen 1968: *Weighted kappa*, Psychological Bulletin 70(4).

## Next

Your own question: `talentlab run 06_3 -p dataset=FILE`, `-p ratings_file=FILE` or `-p student_table=FILE`. Another sector is [finance](06_2_finance.ipynb); what a deployed model needs beyond this stands in [3.2f](03_2f_evaluation_and_deployment.ipynb).
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Rasch 1960：*Probabilistic models for some intelligence and attainment tests*。项目反应模型。
- Pavlik、Cen、Koedinger 2009：*Performance factors analysis*，AIED。用计数做追踪。
- Piech 等 2015：*Deep knowledge tracing*，arXiv 1506.05908。
- Cortez、Silva 2008：*Using data mining to predict secondary school student performance*，UCI（CC BY 4.0）。
- Steck 2019：*Embarrassingly shallow autoencoders for sparse data*，arXiv 1905.03375。EASE。
- Harper、Konstan 2015：*The MovieLens datasets*，ACM TiiS 5(4)。
- Mohler、Bunescu、Mihalcea 2011：*Learning to grade short answer questions*，ACL。
- Cohen 1968：*Weighted kappa*，Psychological Bulletin 70(4)。

## 下一步

问你自己的问题：`talentlab run 06_3 -p dataset=FILE`、`-p ratings_file=FILE` 或 `-p student_table=FILE`。另一个行业见[金融服务](06_2_finance.ipynb)；部署模型还需要什么，见 [3.2f](03_2f_evaluation_and_deployment.ipynb)。
"""
