# %% [markdown]
"""
# 3.4c · Applications: speech

*算法应用领域*

The document names speech to text and spoken commands. You build both: a network that tells ten commands apart, and one that writes down strings
of digits. Beside each stands a simple method, and the exam that a product has to pass: voices that nobody trained on.

**You will be able to**

- turn a recording into frames of a spectrogram, and read it,
- say why a test on known voices flatters, and set up the honest one,
- write CTC's rule and its sum over alignments, and check them,
- run all of it on a recording of your own.

**Time** 40 minutes to read and try, under one minute to run · **Hardware** two CPU cores, no GPU, no network ·
**Data** words spoken by a generator, or recordings of your own
"""

# %% [markdown] lang="zh"
"""
# 3.4c · 应用：语音

*算法应用领域*

原文列出语音转文本和语音命令识别。本章两样都做：一个网络分辨十条口令，另一个把一串数字写成文字。每个网络旁边都有一个简单的方法，还有产品真正要过的考试：训练时从没听过的嗓音。

**学完本章，你能够**

- 把录音变成频谱图的一帧帧，并读懂它；
- 说清为什么用熟悉的嗓音测试会高估，并设置诚实的测试；
- 写出 CTC 的合并规则和对齐求和，并加以核对；
- 在自己的录音上运行这一切。

**时间** 阅读和动手 40 分钟，运行不到一分钟 · **硬件** 两个 CPU 核心，不需要 GPU，不需要联网 · **数据** 由生成器“说”出的词，或你自己的录音
"""

# %% tags=["parameters"]
commands: str | None = None  # recordings of words: a folder per class, a .csv or an .npz; generated if None
digits: str | None = None  # recordings of the digits 0 to 9, from which strings are made; generated if None
recording: str | None = None  # a WAV or FLAC file of digits that you spoke; a generated one if None
speakers: int = 12  # generated voices
takes: int = 6  # generated takes of each word by each voice
new_speakers: int = 4  # voices that nobody trains on
silence: float = 0.3  # longest pause before and after a command [s]
decibels: list[float] = [0.0, 15.0]  # speech is louder than noise by, drawn between these two [dB]
num_epochs: int = 12  # passes over the commands
strings: int = 480  # strings of digits to train on
ctc_epochs: int = 24  # passes over the strings
learning_rate: float = 8e-3  # peak of AdamW's learning rate
seeds: list[int] = [0]  # one training each, with other voices kept for the exam

# %% [markdown]
"""
## What you will build

![A wave of sound becomes a spectrogram, cut into frames. A network gives each frame a digit or a blank, as in 4 4 4 _ _ 0 0 0 _ 7 7 7. Repeats become one, blanks go, and 407 is left.](images/frames_to_text.svg)

A *frame* is a short stretch of sound. For a command, the network's answers to all frames become one. For a text, each frame gets a sign of its
own, and *CTC* (connectionist temporal classification) says which text they spell.
"""

# %% [markdown] lang="zh"
"""
## 要做出来的东西

![声波变成频谱图，切成一帧一帧。网络给每一帧一个数字或空白，例如 4 4 4 _ _ 0 0 0 _ 7 7 7。连续的重复合成一个，去掉空白，剩下 407。](images/frames_to_text.zh.svg)

*帧*是一小段声音。识别口令时，网络对所有帧的回答合成一个；转写文字时，每一帧各得一个符号，由 *CTC*（联结时序分类）规定它们拼出什么文字。
"""

# %%
import importlib.util
from itertools import pairwise

import ipywidgets
import numpy as np
import pandas as pd
import torch
from IPython.display import Audio, display
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab import evaluation, plots, training
from talentlab.course import claims, exercises, guesses, quizzes
from talentlab.data import audio, spoken_words
from talentlab.models import speech

# %% [markdown]
"""
Three questions before anything runs; they come again at the end, with the reasons.
"""

# %% [markdown] lang="zh"
"""
开始之前先回答三个问题；章末会再问一次，并给出理由。
"""

# %%
quizzes.ask("3.4c", "before")

# %% [markdown]
"""
And two figures to guess: how many commands of a new voice the network gets right, and how many errors it makes per hundred digits when that voice
speaks strings of them.
"""

# %% [markdown] lang="zh"
"""
再猜两个数：新嗓音说的口令，网络能听对多少？新嗓音说一串数字时，每一百个数字会错几个？
"""

# %%
guess_new_voice = guesses.guess("3.4c.new_voice")
guess_errors = guesses.guess("3.4c.errors")

# %% [markdown]
"""
## 1 From sound to frames

Our speakers are made by *source and filter*: vocal cords give a tone and its harmonics, breath gives hiss, and the mouth lets some
frequencies through better than others. Each speaker has a pitch, a length of the vocal tract, a pace, an accent and a microphone of their own. Some words
are close: *no* and *go* differ in 80 ms, *on* and *off* in their end.
"""

# %% [markdown] lang="zh"
"""
## 1 从声音到帧

这里的说话人是按*声源加滤波器*造出来的：声带给出基音和谐波，气流给出嘶声，口腔让某些频率更容易通过。每个说话人有自己的音高、声道长度、语速、口音和麦克风。有些词很接近：*no* 和 *go* 只差 80 毫秒，*on* 和 *off* 只差结尾。
"""


# %%
def load(source: str | None, words: dict[str, str], seed: int) -> audio.Clips:
    """Recordings of one's own, or generated words, clean and cut out exactly."""
    if source:
        return audio.load_clips(source)
    return spoken_words.draw_clips(
        words, speakers=speakers, takes=takes, decibels=(np.inf, np.inf), silence=0, seed=seed
    )


def disturb(
    samples: np.ndarray, random: np.random.Generator, pause: float, noise: list[float] = decibels
) -> np.ndarray:
    """A pause before and after, and noise over all of it."""
    padded = np.pad(samples, random.integers(round(pause * rate) + 1, size=2))
    return spoken_words.add_noise(padded, random.uniform(*noise), random)


words = load(commands, spoken_words.COMMANDS, seed=1)
rate, names = words.sample_rate, words.class_names
assert words.speakers is not None, "who speaks has to be known: see `audio.load_clips`"
print(
    f"{len(words):,} clips of {len(names)} words by {len(set(words.speakers))} voices, {words.seconds.sum():.0f} s in all"
)

# %% [markdown]
"""
The *log-mel spectrogram* takes 25 ms every 10 ms, its Fourier transform, and the power in 40 bands that are narrow below and wide above, as the ear's
are; then the logarithm. Ten lines, and the library's version:
"""

# %% [markdown] lang="zh"
"""
*对数梅尔频谱图*每 10 毫秒取 25 毫秒的声音，作傅里叶变换，求 40 个频带的功率（低频窄、高频宽，像人耳一样），再取对数。十行代码，并与库中的版本对照：
"""


# %%
def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Loudness of 40 bands in each frame [T, 40]."""
    size, hop = round(0.025 * rate), round(0.010 * rate)
    frames = np.stack([samples[start : start + size] for start in range(0, len(samples) - size + 1, hop)])
    power = np.abs(np.fft.rfft(frames * np.hanning(size), 256)) ** 2  # [T, 129]
    level = power @ speech.mel_filters(rate, 256, 40)
    level = np.log(level + 1e-6 * level.max() + 1e-12)
    return (level - level.mean()) / level.std()


by_class = [np.flatnonzero(words.labels == label) for label in range(len(names))]
pair = [words.samples[by_class[label][0]].astype(float) for label in (1, min(9, len(names) - 1))]
assert all(np.allclose(spectrogram(samples), speech.log_mel(samples, rate), atol=1e-3) for samples in pair)
noisy = disturb(pair[0], np.random.default_rng(0), silence)
shown = {names[1]: pair[0], names[min(9, len(names) - 1)]: pair[1], f"{names[1]}, with pauses and noise": noisy}
figure, panels = plots.new_axes(3, width=9.2, height=3.0)
for axes, (name, samples) in zip(panels, shown.items(), strict=True):
    rows = spectrogram(samples)
    axes.imshow(rows.T, origin="lower", aspect="auto", cmap="cividis", extent=(0, len(samples) / rate, 0, 40))
    axes.set(title=name, xlabel="time [s]", ylabel="band (low to high)")
plots.show(
    figure,
    alt=f"Spectrograms of {' and '.join(list(shown)[:2])} by one voice, and of {names[1]} in noise: bright bands are the formants of the vowel.",
)

# %% tags=["nbval-ignore-output"]
for samples in (pair[0], noisy):
    display(Audio(samples, rate=rate))

# %% [markdown]
"""
Bright stripes are what the mouth lets through (*formants*); they tell vowels apart, and move with the speaker. Press play above: the second is the
same take, as the network will hear it.

## 2 Spoken commands

### Two exams

A quarter of the takes of the known voices is kept for one exam; all takes of the new voices are the other. One training, two exams.
"""

# %% [markdown] lang="zh"
"""
明亮的条纹是口腔放行的频率（*共振峰*），它们区分元音，也随说话人移动。按上面的播放键：第二段是同一次发音，网络听到的就是这样。

## 2 语音命令

### 两场考试

熟悉的嗓音留出四分之一的发音作第一场考试；新嗓音的全部发音是第二场。训练一次，考两场。
"""


# %%
def split(clips: audio.Clips, seed: int) -> dict[str, np.ndarray]:
    """Rows to train on, rows of the same voices kept for the exam, rows of voices that training does not hear."""
    everyone = sorted(set(clips.speakers))
    away = {everyone[(seed * new_speakers + n) % len(everyone)] for n in range(new_speakers)}
    new = np.isin(clips.speakers, list(away))
    kept = (
        np.random.default_rng(seed).permutation(len(clips)) % 4 == 0 if clips.splits is None else clips.splits == "test"
    )
    return {"train": np.flatnonzero(~new & ~kept), "known": np.flatnonzero(~new & kept), "new": np.flatnonzero(new)}


def hear(clips: audio.Clips, rows: np.ndarray, pause: float, seed: int) -> speech.Spoken:
    random = np.random.default_rng(seed)
    features = [speech.log_mel(disturb(clips.samples[row], random, pause), rate) for row in rows]
    return speech.Spoken(features, clips.labels[rows].tolist())


# %% [markdown]
"""
### A simple method and a network

The *simple method* cuts each spectrogram into eight equal parts, averages each, and gives the 320 numbers to logistic regression. The *network* slides two
convolutions over time and frequency, and takes mean and maximum over all frames: where in the clip a word begins does not matter to it. It is trained by
the same `training.fit` as every text of this course.
"""

# %% [markdown] lang="zh"
"""
### 简单方法与网络

*简单方法*把每张频谱图切成八等份，各自求平均，得到的 320 个数交给逻辑回归。*网络*用两层卷积沿时间和频率滑动，再对所有帧取平均和最大值：词从哪里开始，对它没有影响。训练用的还是本课程处理文本的那个 `training.fit`。
"""


# %%
def averages(features: np.ndarray) -> np.ndarray:
    """Means of eight parts [8 × 40]."""
    ends = np.linspace(0, len(features), 9).astype(int)
    return np.concatenate([features[a : max(b, a + 1)].mean(0) for a, b in pairwise(ends)])


def fit_simple(data: speech.Spoken):
    """What answers for a list of spectrograms by their averages."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    model.fit([averages(rows) for rows in data.features], data.labels)
    return lambda features: model.predict([averages(rows) for rows in features])


def fit_network(data: speech.Spoken, seed: int, epochs: int = num_epochs):
    model = speech.SpeechNet(len(names), seed=seed)
    settings = {
        "learning_rate": learning_rate / 2,
        "batch_size": 32,
        "num_epochs": epochs,
        "precision": "fp32",
        "seed": seed,
    }
    return model, training.fit(model, data, **settings)


# %% tags=["nbval-ignore-output"]
results, trained = [], {}
for seed in seeds:
    rows = split(words, seed)
    for where, pause in (("anywhere", silence), ("cut out", 0.0)):
        data = {name: hear(words, part, pause, 10 * seed + n) for n, (name, part) in enumerate(rows.items())}
        network, history = fit_network(data["train"], seed)
        simple = fit_simple(data["train"])
        for exam in ("known", "new"):
            answers = {
                "simple": simple(data[exam].features),
                "network": evaluation.predict(network, data[exam]).argmax(1),
            }
            for method, found in answers.items():
                right = np.asarray(found) == np.array(data[exam].labels)
                results.append([seed, where, method, exam, int(right.sum()), len(right)])
        trained[where] = (network, simple, data)
results = pd.DataFrame(results, columns=["seed", "word", "method", "exam", "right", "clips"])
print(
    f"the last of {2 * len(seeds)} trainings: {history.seen:,.0f} {history.unit} in {len(history.steps)} steps, loss {history.steps[-1]['loss']:.2f} nats/clip"
)


# %% [markdown]
"""
Bars are shares of clips answered right; the thin lines are 95 % intervals, over clips where one network was trained, over the trainings where there were several.
"""

# %% [markdown] lang="zh"
"""
柱子是答对的片段所占的比例；细线是 95% 置信区间：只训练一个网络时针对片段，训练多个时针对各次训练。
"""


# %% tags=["nbval-ignore-output"]
def interval(part: pd.DataFrame) -> evaluation.Interval:
    """Share of right answers: over clips with one seed, over seeds with several."""
    if len(part) == 1:
        return evaluation.proportion_interval(int(part["right"].sum()), int(part["clips"].sum()))
    return evaluation.mean_interval(part["right"] / part["clips"])


shares = {key: interval(part) for key, part in results.groupby(["word", "exam", "method"], sort=False)}
figure, panels = plots.new_axes(2, width=9.2, height=3.2)
for axes, where in zip(panels, ("anywhere", "cut out"), strict=True):
    for shift, (method, colour) in enumerate((("simple", plots.ORANGE), ("network", plots.BLUE))):
        for place, exam in enumerate(("known", "new")):
            share = shares[where, exam, method]
            x = place + 0.36 * shift - 0.18
            axes.bar(x, 100 * share.value, 0.34, color=colour, label=method if place == 0 else None)
            axes.vlines(x, 100 * share.low, 100 * share.high, color="black", linewidth=1)
            axes.text(x, 4, f"{100 * share.value:.0f}", ha="center", color="white" if shift else "black")
    axes.set(title=f"word {where}", ylabel="commands right [%]", ylim=(0, 104))
    axes.set_xticks([0, 1], ["known voices", "new voices"])
guess_new_voice.shade(panels[0])
figure.legend(*panels[1].get_legend_handles_labels(), frameon=False, loc="outside lower right", ncols=2)
said = "; ".join(
    f"{method}, word {where}, {exam} voices {share.value:.0%}" for (where, exam, method), share in shares.items()
)
plots.show(figure, alt=f"Share of commands right, {said}.")
guess_new_voice.settle(100 * shares["anywhere", "new", "network"].value)

# %% tags=["nbval-ignore-output"]
exact = results.assign(share=results["right"] / results["clips"]).pivot(
    index=["seed", "word"], columns=["method", "exam"], values="share"
)
flattery = (exact["network", "known"] - exact["network", "new"]).xs("anywhere", level="word")
lead = {
    where: exact.xs(where, level="word")["network", "new"] - exact.xs(where, level="word")["simple", "new"]
    for where in trained
}
print(f"the exam on known voices flatters the network by {100 * flattery.mean():.0f} points")
for where, gap in lead.items():
    points = round(100 * gap.mean())
    better = "the network is ahead" if points > 0 else "the simple method is ahead" if points < 0 else "both are level"
    print(f"word {where}, new voices: {better} ({points:+d} points for the network)")

# %% [markdown]
"""
Known voices are the easier exam: a quarter of the takes says little about the next customer. The left panel is the ordinary case, a word somewhere in a clip. On the right the
word fills its clip exactly; then eight averages already know where its beginning and end are, and much of the network's lead is gone, or all of it.

### How much noise is too much
"""

# %% [markdown] lang="zh"
"""
熟悉的嗓音是较容易的考试：同一批人的另一次发音，说明不了下一位顾客会怎样。左图是通常的情形，词落在片段中的某处。右图里词恰好占满片段，八段平均值已经知道词头和词尾在哪里，网络的领先所剩无几，甚至完全消失。

### 多大的噪声算太大
"""

# %% tags=["nbval-ignore-output"]
levels, some = [-5, 0, 5, 10, 20], rows["new"][::2]
network, simple, _ = trained["anywhere"]
by_noise = {"simple": [], "network": []}
for level in levels:
    random = np.random.default_rng(100 + level)
    features = [speech.log_mel(disturb(words.samples[row], random, silence, [level, level]), rate) for row in some]
    heard = speech.Spoken(features, words.labels[some].tolist())
    by_noise["simple"].append(100 * np.mean(simple(features) == words.labels[some]))
    by_noise["network"].append(100 * np.mean(evaluation.predict(network, heard).argmax(1) == words.labels[some]))
figure, (axes,) = plots.new_axes(height=3.0)
for (method, values), colour in zip(by_noise.items(), (plots.ORANGE, plots.BLUE), strict=True):
    axes.plot(levels, values, "o-", color=colour, label=method)
axes.axhline(100 / len(names), color=plots.GREY, linestyle="--", label="chance")
axes.set(xlabel="speech louder than noise by [dB]", ylabel="commands right [%]", ylim=(0, 104))
axes.legend(frameon=False)
said = "; ".join(
    f"{method} from {values[0]:.0f} % at {levels[0]} dB to {values[-1]:.0f} % at {levels[-1]} dB"
    for method, values in by_noise.items()
)
plots.show(figure, alt=f"Commands of new voices right against noise: {said}.")

# %% [markdown]
"""
At 0 dB speech and noise are equally loud; a quiet office gives 20 dB. Clean words are easy for both methods, and a demonstration in a quiet room shows little.

### Exercise 3.4c.A

A team collects recordings for voice commands of a car: 40 employees speak, and customers will use it. Which of these give an honest estimate for customers, as far as voices are concerned?
Answer with letters.

- **a** a tenth of all recordings, drawn at random, is the test
- **b** all recordings of four employees, drawn at random, are the test
- **c** the last recording of each employee is the test
- **d** five folds, each with eight employees of its own as the test; the mean of the five
"""

# %% [markdown] lang="zh"
"""
0 dB 表示语音和噪声一样响；安静的办公室约为 20 dB。干净的词对两种方法都很容易，在安静房间里的演示说明不了什么。

### 练习 3.4c.A

一个团队为车载语音命令收集录音：40 名员工录音，将来由顾客使用。就嗓音而言，下面哪些做法能诚实地估计顾客使用时的表现？用字母作答。

- **a** 从全部录音中随机抽十分之一作测试
- **b** 随机抽四名员工，他们的全部录音作测试
- **c** 每名员工的最后一条录音作测试
- **d** 分五折，每折以另外八名员工作测试，取五次的平均
"""

# %% tags=["exercise"] kind="predict" difficulty=1 importance=3 minutes=3
### BEGIN SOLUTION
answer = "bd"
### END SOLUTION
exercises.check("3.4c.A", answer)

# %% [markdown] tags=["solution"]
"""
In a and c every voice of the test was heard in training. In b and d it was not; d uses each voice once, so its mean depends less on which four were drawn. That employees in an
office differ from customers in a car is another matter: no split of the same recordings cures it.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
a 和 c 里，测试中的每个嗓音训练时都听过；b 和 d 里没有。d 让每个嗓音都当一次测试，所以平均值不那么取决于抽到的是哪四个。至于办公室里的员工与车里的顾客不同，那是另一回事：同一批录音怎么划分都治不好。
"""

# %% [markdown]
"""
## 3 Speech to text

### CTC's rule

A string of digits takes as many frames as the speaker likes, and nobody has marked where each digit is. *CTC* lets the network write a sign into every frame, a digit or a
*blank*, and reads them by a rule: repeats become one, then blanks go. Two equal digits in a row need a blank between them.

Many paths spell the same text. The probability of the text is the sum over all of them; −log of it is the loss. The sum is made frame by frame, over places in the text with
blanks between: stay, go one on, or jump over a blank between two different signs.
"""

# %% [markdown] lang="zh"
"""
## 3 语音转文本

### CTC 的规则

一串数字占多少帧由说话人决定，也没有人标出每个数字在哪里。*CTC* 让网络在每一帧写一个符号，数字或*空白*，再按规则来读：连续的重复合成一个，然后去掉空白。两个相同的数字相连时，中间要有空白。

许多路径拼出同一段文字。文字的概率是所有这些路径之和，它的 −log 就是损失。求和逐帧进行，位置是夹着空白的文字：停在原处，前进一格，或者在两个不同的符号之间跳过空白。
"""


# %%
def collapse(path: list[int]) -> list[int]:
    """Repeats are one, then blanks (0) go."""
    once = [sign for before, sign in zip([None, *path], path, strict=False) if sign != before]
    return [sign for sign in once if sign != 0]


def text_probability(p: np.ndarray, text: list[int]) -> float:
    """Sum over all paths [T] that collapse to `text`; p [T, signs] is the probability of each sign in each frame."""
    places = [0, *(sign for part in text for sign in (part, 0))]  # blank, 4, blank, 0, blank, …
    ways = np.zeros(len(places))
    ways[:2] = p[0, places[:2]]  # a path begins with a blank or the first sign
    for frame in p[1:]:
        moved = ways + np.append(0, ways[:-1])
        for place in range(3, len(places), 2):
            if places[place] != places[place - 2]:
                moved[place] += ways[place - 2]
        ways = moved * frame[places]
    return ways[-1] + ways[-2]


# %%
generator = torch.Generator().manual_seed(0)
for text in ([1, 2], [1, 1], [2, 1, 1, 2]):
    scores = torch.randn(7, 1, 3, generator=generator).log_softmax(-1)  # [T, 1, signs]
    loss = torch.nn.functional.ctc_loss(
        scores, torch.tensor([text]), torch.tensor([7]), torch.tensor([len(text)]), reduction="sum"
    )
    p = scores[:, 0].exp().double().numpy()
    every_path = np.stack(np.meshgrid(*[range(3)] * 7, indexing="ij"), -1).reshape(-1, 7).tolist()
    spelling = [path for path in every_path if collapse(path) == text]
    by_hand = sum(np.prod(p[range(7), path]) for path in spelling)
    assert np.isclose(text_probability(p, text), by_hand) and np.isclose(-np.log(by_hand), loss.item(), atol=1e-4)
    assert all(speech.collapse(path) == [sign - 1 for sign in text] for path in spelling)
    print(
        f"{text}: {len(spelling):3} of {len(every_path):,} paths, probability {by_hand:.4f}: cell, brute force and PyTorch agree"
    )

# %% [markdown]
"""
### Exercise 3.4c.B

A colleague's function reads a path (0 is the blank). Phone numbers with two equal digits in a row come out too short. Write it again.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4c.B

下面是一位同事用来读路径的函数（0 是空白）。有两个相同数字相连的电话号码，读出来总是短了。请重写。
"""


# %% tags=["exercise"] kind="debug" difficulty=1 importance=3 minutes=4
def read_path(path: list[int]) -> list[int]:
    signs = [sign for sign in path if sign != 0]
    return [sign for before, sign in zip([None, *signs], signs, strict=False) if sign != before]


### BEGIN SOLUTION
def answer(path):
    once = [sign for before, sign in zip([None, *path], path, strict=False) if sign != before]
    return [sign for sign in once if sign != 0]


### END SOLUTION
exercises.check("3.4c.B", answer)

# %% [markdown] tags=["solution"]
"""
The blank between two equal digits is what keeps them apart. Taken out first, they touch, and become one. Repeats are merged first, blanks go after.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
两个相同数字之间的空白，正是用来把它们分开的。先去掉空白，它们就挨在一起，合成了一个。应当先合并重复的，再去掉空白。
"""

# %% [markdown]
"""
### Strings to train on

A string is some takes of one voice with short pauses, and noise over all of it: 1 to 4 digits in training, 3 to 5 in the exam. The simple method beside the network cuts at the pauses and asks the classifier of
averages about each piece.
"""

# %% [markdown] lang="zh"
"""
### 训练用的数字串

一个数字串由同一嗓音的几次发音组成，中间有短暂停顿，整段加噪声：训练时 1 到 4 个数字，考试时 3 到 5 个。与网络对照的简单方法在停顿处切开，再用平均值分类器判断每一段。
"""

# %%
spoken_digits = load(digits, spoken_words.DIGITS, seed=2)
figures = spoken_digits.class_names


def say(rows: np.ndarray, n: int, lengths: tuple[int, int], seed: int) -> tuple[list[np.ndarray], speech.Spoken]:
    """n strings, each by one voice: samples, and spectrograms with what is said."""
    random, who = np.random.default_rng(seed), spoken_digits.speakers[rows]
    by_voice, samples, said = [rows[who == voice] for voice in np.unique(who)], [], []
    for _ in range(n):
        takes = random.choice(by_voice[random.integers(len(by_voice))], random.integers(lengths[0], lengths[1] + 1))
        parts = [np.pad(spoken_digits.samples[take], random.integers(rate // 10, size=2)) for take in takes]
        samples.append(spoken_words.add_noise(np.concatenate(parts), random.uniform(*decibels), random))
        said.append(spoken_digits.labels[takes].tolist())
    return samples, speech.Spoken([speech.log_mel(one, rate) for one in samples], said)


def cut_at_pauses(samples: np.ndarray) -> list[np.ndarray]:
    """Loud stretches, more than 60 ms of quiet apart."""
    step = rate // 100
    level = np.log(samples[: len(samples) // step * step].reshape(-1, step).std(1) + 1e-9)
    loud = np.flatnonzero(level > (np.quantile(level, 0.1) + np.quantile(level, 0.95)) / 2)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 6) + 1)
    return [samples[step * part[0] : step * (part[-1] + 1)] for part in parts if len(part) >= 8]


# %%
def transcribe(writer, single, samples: list[np.ndarray], spoken: speech.Spoken) -> dict[str, list]:
    """What the simple method and the network, read in two ways, write for each string."""
    scores, pieces = speech.frame_scores(writer, spoken), [cut_at_pauses(one) for one in samples]
    features = [[speech.log_mel(part, rate) for part in one] for one in pieces]
    return {
        "cut at pauses": [single(parts).tolist() if parts else [] for parts in features],
        "greedy": [speech.greedy(one) for one in scores],
        "beam": [speech.beam_search(one)[0][0] for one in scores],
    }


# %% tags=["nbval-ignore-output"]
transcripts, histories = [], []
for seed in seeds:
    rows = split(spoken_digits, seed)
    _, lessons = say(rows["train"], strings, (1, 4), 100 + seed)
    writer = speech.SpeechNet(len(figures), per_frame=True, seed=seed)
    settings = {
        "num_epochs": ctc_epochs,
        "batch_size": 16,
        "learning_rate": learning_rate,
        "precision": "fp32",
        "seed": seed,
    }
    histories.append(training.fit(writer, lessons, task_loss=speech.ctc_task_loss, **settings))
    single = fit_simple(hear(spoken_digits, rows["train"], 0.0, 200 + seed))
    for exam in ("known", "new"):
        samples, exam_strings = say(rows[exam], 80, (3, 5), 300 + seed)
        found = transcribe(writer, single, samples, exam_strings)
        transcripts += [[seed, exam, name, exam_strings.labels, texts] for name, texts in found.items()]
history = histories[-1]
print(f"{history.seen:,.0f} {history.unit} in {len(history.steps)} steps at {history.speed:,.0f} {history.unit}/s")
print(f"loss {history.steps[0]['loss']:.2f} → {history.steps[-1]['loss']:.2f} nats/digit")

# %% [markdown]
"""
The *character error rate* (CER) counts the fewest insertions, deletions and substitutions between what was said and what was written, per character said. *Greedy* reading takes the best
sign of each frame; *beam search* adds up the paths of the likeliest texts.
"""

# %% [markdown] lang="zh"
"""
*字符错误率*（CER）是把写出的变成说出的所需的最少插入、删除和替换次数，除以说出的字符数。*贪心*读法取每一帧最好的符号；*束搜索*把最可能的几段文字的路径加起来。
"""


# %% tags=["nbval-ignore-output"]
def error_interval(rows: list[list]) -> evaluation.Interval:
    """Edits per digit said: over strings with one seed, over seeds with several."""
    if len(rows) > 1:
        return evaluation.mean_interval([speech.error_rate(row[3], row[4]) for row in rows])
    said, found = rows[0][3:]
    edits = evaluation.mean_interval([speech.edit_distance(a, b) for a, b in zip(said, found, strict=True)])
    return evaluation.Interval(*(value / np.mean([len(text) for text in said]) for value in edits))


methods = {"cut at pauses": plots.ORANGE, "greedy": plots.BLUE, "beam": plots.GREEN}
errors = {
    (exam, name): error_interval([row for row in transcripts if row[1:3] == [exam, name]])
    for exam in ("known", "new")
    for name in methods
}
figure, (axes,) = plots.new_axes(height=3.2)
guess_errors.shade(axes, along="x")
for place, ((exam, name), rate_found) in enumerate(errors.items()):
    axes.barh(place, 100 * rate_found.value, color=methods[name])
    axes.hlines(place, 100 * max(0, rate_found.low), 100 * rate_found.high, color="black", linewidth=1)
axes.set_yticks(range(len(errors)), [f"{exam} voices, {name}" for exam, name in errors])
axes.set(xlabel="character error rate [%]", xlim=(0, None))
axes.invert_yaxis()
said = "; ".join(f"{exam} voices, {name} {100 * found.value:.0f} %" for (exam, name), found in errors.items())
plots.show(figure, alt=f"Character error rate: {said}.")
guess_errors.settle(100 * errors["new", "greedy"].value)

# %% [markdown]
"""
Move the slider through strings of a new voice. Below the spectrogram stands how sure the network is of each sign; the caption has the path, and what CTC's rule makes of it. Blanks are
written `_`.
"""

# %% [markdown] lang="zh"
"""
拖动滑块，逐个查看新嗓音的数字串。频谱图下面是网络对每个符号的把握；说明文字里是路径，以及按 CTC 规则读出的结果。空白写作 `_`。
"""

# %% tags=["nbval-ignore-output"]
signs, scores = ["_", *figures], speech.frame_scores(writer, exam_strings)


def look(string: int):
    path = scores[string].argmax(1)
    figure, axes = plots.plt.subplots(2, 1, figsize=(7.6, 4.4), sharex=True, layout="constrained")
    length = len(path) * 0.04
    axes[0].imshow(
        exam_strings.features[string].T, origin="lower", aspect="auto", cmap="cividis", extent=(0, length, 0, 40)
    )
    axes[0].set(ylabel="band (low to high)")
    axes[1].imshow(
        np.exp(scores[string]).T,
        aspect="auto",
        cmap="Blues",
        vmin=0,
        vmax=1,
        extent=(0, length, len(signs) - 0.5, -0.5),
    )
    axes[1].set_yticks(range(len(signs)), signs, fontsize=8)
    axes[1].set(xlabel="time [s]", ylabel="sign")
    said, found = (
        "".join(figures[place] for place in text)
        for text in (exam_strings.labels[string], speech.greedy(scores[string]))
    )
    return figure, f"Path {''.join(signs[place] for place in path)}, collapsed: {found}; said: {said}."


_ = plots.explore(look, string=ipywidgets.IntSlider(0, min=0, max=19, description="string"))

# %% [markdown]
"""
## 4 A recogniser that was trained before

`pocketsphinx` holds a model of American English, trained on many hours of many voices (hidden Markov models, 2000s). We give it a grammar: digits only. It hears
the same strings of new voices.
"""

# %% [markdown] lang="zh"
"""
## 4 事先训练好的识别器

`pocketsphinx` 自带一个美式英语模型（2000 年代的隐马尔可夫模型），用许多人许多小时的录音训练。我们给它一个语法：只许是数字。它听的是同样的、新嗓音的数字串。
"""

# %%
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WORDS = {str(digit): word for digit, word in enumerate(ENGLISH)}
installed = importlib.util.find_spec("pocketsphinx") is not None


def build_recogniser(vocabulary: list[str]):
    """pocketsphinx, which may write these words alone, in any order."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(samprate=16000, lm=None, loglevel="FATAL")
    decoder.add_jsgf_string("words", f"#JSGF V1.0; grammar words; public <text> = ({' | '.join(vocabulary)})+;")
    decoder.activate_search("words")
    return decoder


def recognise(decoder, samples: np.ndarray) -> list[str]:
    """Words heard in samples at our rate; it wants 16 kHz, and a little quiet around."""
    quiet = 1e-4 * np.random.default_rng(0).standard_normal(rate // 5)
    loud = audio.resample(np.concatenate([quiet, 0.5 * samples / np.abs(samples).max(), quiet]), rate, 16000)
    decoder.start_utt()
    decoder.process_raw((32767 * loud).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr.split() if decoder.hyp() else []


# %% tags=["nbval-ignore-output"]
pretrained = None
if installed:
    recogniser = build_recogniser([WORDS.get(name, name) for name in figures])
    said = [[WORDS.get(figures[place], figures[place]) for place in text] for text in exam_strings.labels]
    pretrained = speech.error_rate(said, [recognise(recogniser, one) for one in samples])
    print(
        f"character error rate for new voices: pocketsphinx {pretrained:.0%}, our network {errors['new', 'greedy'].value:.0%}"
    )
else:
    print(f"pocketsphinx is not installed (extra `speech`); on record: {claims.told('3.4-speech-to-text')}")

# %% [markdown]
"""
On generated voices the comparison is unfair to the recogniser: it learned from people, our network from this very generator. The record below, on recordings of people, has both. What a model
was trained on decides whom it understands.

### A recording of your own

With `-p recording=my.wav` the next cell hears you: speak some digits in English, a short pause between them. Any rate, mono or stereo.
"""

# %% [markdown] lang="zh"
"""
在生成的嗓音上，这样比较对识别器不公平：它向人学习，我们的网络则向这个生成器学习。下面的大规模实测用的是人的录音，两者都有。模型用什么训练，决定了它听得懂谁。

### 你自己的录音

用 `-p recording=my.wav`，下一个单元格就会听你说：用英语念几个数字，中间稍作停顿。采样率不限，单声道、立体声都可以。
"""

# %% tags=["nbval-ignore-output"]
own, notes = audio.read_audio(recording, sample_rate=rate) if recording else (samples[0], ["a generated voice"])
of_own = speech.frame_scores(writer, speech.Spoken([speech.log_mel(own, rate)], [[0]]))[0]
parts = cut_at_pauses(own)
read = {
    "network, greedy": speech.greedy(of_own),
    "network, beam": speech.beam_search(of_own)[0][0],
    "cut at pauses": single([speech.log_mel(part, rate) for part in parts]).tolist() if parts else [],
}
heard_by = {name: " ".join(figures[place] for place in text) for name, text in read.items()}
if installed:
    heard_by["pocketsphinx"] = " ".join(recognise(recogniser, own))
print(f"{len(own) / rate:.1f} s; {'; '.join(notes) or 'nothing converted'}")
pd.DataFrame({"heard": heard_by})

# %% [markdown]
"""
## 5 The document's two uses

It lists speech to text and spoken commands as uses of the technique. Both were carried out; how well, for voices that nobody trained on, stands beside.
"""

# %% [markdown] lang="zh"
"""
## 5 原文的两项应用

原文把语音转文本和语音命令识别列为这项技术的应用。两项都做了；对训练时没听过的嗓音效果如何，写在旁边。
"""

# %% tags=["nbval-ignore-output"]
kind = "recordings" if commands else "generated words"
command = {key: shares["anywhere", *key] for key in (("known", "network"), ("new", "network"), ("new", "simple"))}
cut = {method: shares["cut out", "new", method].value for method in ("network", "simple")}
claims.record(
    "3.4-commands",
    measured=f"{kind}: network, known voices {command['known', 'network'].value:.1%}, new voices "
    f"{command['new', 'network'].value:.1%} [{command['new', 'network'].low:.1%}, {command['new', 'network'].high:.1%}]; spectrum "
    f"averages, new voices {command['new', 'simple'].value:.1%}; words cut out exactly, new voices {cut['network']:.1%} and {cut['simple']:.1%}",
    reference=f"chance {1 / len(names):.0%}",
    verdict="true as a description",
)
beside = "" if pretrained is None else f"; pocketsphinx, new voices {pretrained:.1%}"
claims.record(
    "3.4-speech-to-text",
    measured=f"character error rate, network: known voices {errors['known', 'greedy'].value:.1%}, new voices {errors['new', 'greedy'].value:.1%} "
    f"[{errors['new', 'greedy'].low:.1%}, {errors['new', 'greedy'].high:.1%}]; cut at pauses, new voices {errors['new', 'cut at pauses'].value:.1%}{beside}",
    reference="strings of 3 to 5 digits",
    verdict="true as a description",
)

# %% tags=["nbval-ignore-output"]
claims.report(
    known_voices=command["known", "network"],
    new_voices=command["new", "network"],
    simple_new_voices=command["new", "simple"],
    cer_known=errors["known", "greedy"],
    cer_new=errors["new", "greedy"],
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
### Exercise 3.4c.1

A clip has 1.2 s at 8 kHz. Windows of 25 ms begin every 10 ms, and only whole windows count. How many frames has its spectrogram, and how many has the network's output, after two layers
that each halve the number (and round up)? Answer with a pair of whole numbers.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4c.1

一个片段长 1.2 秒，采样率 8 kHz。窗长 25 毫秒，每 10 毫秒开始一个窗，只算完整的窗。频谱图有多少帧？网络有两层各把帧数减半（向上取整），输出又有多少帧？用两个整数作答。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = (118, 30)
### END SOLUTION
exercises.check("3.4c.1", answer)

# %% [markdown] tags=["solution"]
"""
The last window has to begin at 1,175 ms at the latest: 0, 10, …, 1,170 are 118 beginnings. Halved and rounded up: 59, then 30. So a sign is written every 40 ms, and a text of more than 30 signs cannot
come out of this clip.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
最后一个窗最迟要在 1,175 毫秒开始：0、10、…、1,170，共 118 个起点。减半并向上取整：59，再减半：30。所以每 40 毫秒写出一个符号，超过 30 个符号的文字不可能从这个片段里出来。
"""

# %% [markdown]
"""
### Exercise 3.4c.2

Said was 407712; written was 47122. What is the character error rate, as a share, to two decimals?
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4c.2

说的是 407712，写出的是 47122。字符错误率是多少？用比例表示，保留两位小数。
"""

# %% tags=["exercise"] kind="concept" difficulty=2 importance=2 minutes=4
### BEGIN SOLUTION
answer = 3 / 6
### END SOLUTION
exercises.check("3.4c.2", answer)

# %% [markdown] tags=["solution"]
"""
The 0 is missing, one 7 is missing, and a 2 is too much at the end: 4·77·12 → 4·7·12·2, three edits. Two of them change nothing in the length together, but each is counted. Per digit said: 3 / 6 = 0.50.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
0 漏了，7 漏了一个，末尾又多出一个 2：4·77·12 → 4·7·12·2，三次编辑。其中有两次合起来不改变长度，但每次都要算。按说出的数字计：3 / 6 = 0.50。
"""

# %% [markdown]
"""
### Exercise 3.4c.3

Write the fewest edits between two sequences: a function of `said` and `written` that returns the number of insertions, deletions and substitutions. Both may be empty.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4c.3

写出两个序列之间最少的编辑次数：函数接收 `said` 和 `written`，返回插入、删除和替换的总次数。两者都可以为空。
"""


# %% tags=["exercise"] kind="code" difficulty=3 importance=2 minutes=8
### BEGIN SOLUTION
def answer(said, written):
    row = list(range(len(written) + 1))
    for i, wanted in enumerate(said, 1):
        above, row = row, [i]
        for j, found in enumerate(written, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (wanted != found)))
    return row[-1]


### END SOLUTION
exercises.check("3.4c.3", answer)

# %% [markdown] tags=["solution"]
"""
Row i holds the edits between the first i signs said and every beginning of what was written. The last step was a deletion (from above), an insertion (from the left) or a comparison of two signs (from above left);
the cheapest counts.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
第 i 行存放的是：说出的前 i 个符号与写出的每个开头部分之间的编辑次数。最后一步要么是删除（来自上方），要么是插入（来自左方），要么是比较两个符号（来自左上方）；取最便宜的。
"""

# %% [markdown]
"""
### Exercise 3.4c.4

What do few voices cost? Train a new network with `fit_network(data, seed=1, epochs=8)` on the clips of two known voices only, `two_voices`, and another on as many clips of all known voices, `all_voices`. Give a dictionary with the share of
right answers on `exam` (new voices) under "two" and "all", and under "better" the name of the higher one.
"""

# %% [markdown] lang="zh"
"""
### 练习 3.4c.4

嗓音太少，代价是什么？用 `fit_network(data, seed=1, epochs=8)` 训练一个新网络，只用两个熟悉嗓音的片段 `two_voices`；再训练一个，用全部熟悉嗓音的同样多的片段 `all_voices`。用字典作答：键 "two" 和 "all" 下是在 `exam`（新嗓音）上答对的比例，键 "better" 下是较高者的名字。
"""

# %% tags=["exercise", "nbval-ignore-output"] kind="train" difficulty=2 importance=3 minutes=6
command_rows = split(words, seeds[-1])
few = command_rows["train"][
    np.isin(words.speakers[command_rows["train"]], words.speakers[command_rows["train"]][[0, -1]])
]
spread = np.random.default_rng(0).choice(command_rows["train"], len(few), replace=False)
two_voices, all_voices, exam_new = (hear(words, part, silence, 7) for part in (few, spread, command_rows["new"][::2]))
### BEGIN SOLUTION
answer = {}
for name, lesson in (("two", two_voices), ("all", all_voices)):
    learner, _ = fit_network(lesson, seed=1, epochs=8)
    answer[name] = float(np.mean(evaluation.predict(learner, exam_new).argmax(1) == np.array(exam_new.labels)))
answer["better"] = max(("two", "all"), key=answer.get)
### END SOLUTION
exercises.check("3.4c.4", answer, clips=len(exam_new))

# %% [markdown] tags=["solution"]
"""
The number of clips is the same; what differs is how many ways of saying a word are among them. Where the network can learn at all from so few clips, many voices help more than many takes: that is why companies pay for
speakers, not for hours. With this few clips both may be near chance, and then the order is luck: repeat it with more epochs.
"""

# %% [markdown] tags=["solution"] lang="zh"
"""
片段数相同，不同的是其中同一个词有多少种说法。只要网络能从这么少的片段里学到东西，嗓音多就比同一嗓音的录音多更有用：所以公司花钱请的是更多的说话人，而不是更多的小时。片段这么少时，两者都可能接近随机，那时谁高谁低只是运气：多训练几轮再看。
"""

# %% [markdown]
"""
## Recap

- A spectrogram makes a picture of sound: frames of 25 ms, bands that are narrow below and wide above.
- Whoever tests on known voices measures the wrong thing. Split by speaker, and give the noise.
- A word somewhere in a clip wants a network; a word cut out exactly is half solved by averages.
- CTC needs no marks of time: repeats become one, blanks go, and the loss sums over all alignments.
- What a recogniser was trained on decides whom it understands: many people, few people, or a generator.

## Check yourself
"""

# %% [markdown] lang="zh"
"""
## 小结

- 频谱图把声音变成图：25 毫秒一帧，频带低处窄、高处宽。
- 用熟悉的嗓音测试，量的不是该量的东西。要按说话人划分，并说明噪声大小。
- 词落在片段中某处，需要网络；词已经切得正好，平均值就解决了一半。
- CTC 不需要时间标注：重复合一，去掉空白，损失对所有对齐求和。
- 识别器用什么训练，决定了它听得懂谁：许多人、几个人，还是一个生成器。

## 自测
"""

# %%
quizzes.ask("3.4c")

# %% tags=["nbval-ignore-output"]
guesses.summary()

# %% [markdown]
"""
## Sources

- Fant 1960: *Acoustic theory of speech production*; Klatt 1980: *Software for a cascade/parallel formant synthesizer*, JASA 67(3): source and filter.
- Peterson, Barney 1952: *Control methods used in a study of the vowels*, JASA 24(2): formants of vowels.
- Davis, Mermelstein 1980: *Comparison of parametric representations for monosyllabic word recognition*, IEEE TASSP 28(4): mel bands.
- Graves, Fernández, Gomez, Schmidhuber 2006: *Connectionist temporal classification*, ICML: the rule, the sum and the loss.
- Hannun, Maas, Jurafsky, Ng 2014, arXiv 1408.2873: beam search.
- Jackson et al.: *Free Spoken Digit Dataset* (CC BY-SA 4.0): the recordings of the record.

## Next

`talentlab run 03_4c -p commands=recordings/ -p digits=recordings.csv` takes recordings of yours; so does a microphone and a free afternoon. [Chapter 4](04_mathematics.ipynb) has the mathematics of the loss.
"""

# %% [markdown] lang="zh"
"""
## 资料来源

- Fant 1960：*Acoustic theory of speech production*；Klatt 1980：*Software for a cascade/parallel formant synthesizer*，JASA 67(3)。声源与滤波器。
- Peterson, Barney 1952：*Control methods used in a study of the vowels*，JASA 24(2)。元音的共振峰。
- Davis, Mermelstein 1980：*Comparison of parametric representations for monosyllabic word recognition*，IEEE TASSP 28(4)。梅尔频带。
- Graves, Fernández, Gomez, Schmidhuber 2006：*Connectionist temporal classification*，ICML。规则、求和与损失。
- Hannun, Maas, Jurafsky, Ng 2014，arXiv 1408.2873。束搜索。
- Jackson 等：*Free Spoken Digit Dataset*（CC BY-SA 4.0）。大规模实测所用的录音。

## 下一步

`talentlab run 03_4c -p commands=recordings/ -p digits=recordings.csv` 换成你自己的录音；一支麦克风、一个空闲的下午就够了。[第 4 章](04_mathematics.ipynb)讲损失背后的数学。
"""
