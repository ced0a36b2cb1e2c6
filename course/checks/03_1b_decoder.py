"""Checks of the exercises of chapter 3.1b: None for a right answer, else a hint or three graded ones."""

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    block = np.array([5, 9, 7, 11, 2])
    found = call(answer, block)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise AnswerError(
            "it returns something else", expected="inputs and labels", remedy="return both, in this order"
        )
    inputs, labels = (np.asarray(part).ravel() for part in found)
    if inputs.shape != (4,) or labels.shape != (4,):
        return (
            f"of a block of 5 tokens it makes {inputs.size} inputs and {labels.size} labels; 4 of each are asked for."
        )
    if np.array_equal(labels, block[:-1]) and np.array_equal(inputs, block[1:]):
        return "the two are swapped: this model would predict the token before."
    if not np.array_equal(inputs, block[:-1]):
        return "the inputs are not the first four tokens."
    if np.array_equal(labels, inputs):
        return "each label is the token that stands at its own place: a model that copies its input loses nothing."
    if not np.array_equal(labels, block[1:]):
        return "the label of a place is the token right after it."
    return None


def exercise_B(answer):
    generator = torch.Generator().manual_seed(int(np.random.default_rng().integers(2**31)))
    first = torch.tensor([0.4, 0.3, 0.2, 0.1])
    rows = [first[torch.randperm(4, generator=generator)], torch.tensor([0.05, 0.55, 0.3, 0.1])]
    shares = torch.stack(rows)

    def right(p, crossing=True):
        falling, order = shares.sort(descending=True)
        needed = falling.cumsum(-1) - falling < p if crossing else falling.cumsum(-1) <= p
        kept = torch.zeros_like(shares).scatter(-1, order, falling * needed)
        return kept, kept / kept.sum(-1, keepdim=True)

    found = call(answer, shares, 0.6, shape=(2, 4))
    kept, expected = (part.numpy() for part in right(0.6))
    if close(found, kept, within=1e-4):
        return "the right tokens are kept; now each row has to add up to 1 again."
    if close(found, shares.numpy(), within=1e-4):
        return "nothing has changed: which tokens can go at p = 0.6?"
    if close(found, right(0.6, crossing=False)[1].numpy(), within=1e-4):
        return "the token that crosses p is lost: what is kept adds up to less than p."
    if not close(found, expected, within=1e-4):
        return (
            "for p = 0.6 other tokens should be left. In which order are they taken, and when is it enough?",
            "sort each row falling; a token is needed while the sum before it is below p; put them back.",
            "`falling.cumsum(-1) - falling < p` says which are needed; `scatter` with `order` puts them back.",
        )
    if not close(call(answer, shares, 0.1, shape=(2, 4)), right(0.1)[1].numpy(), within=1e-4):
        return "at a small p the likeliest token has to stay."
    if not close(call(answer, shares, 1.0, shape=(2, 4)), shares.numpy(), within=1e-4):
        return "at p = 1 nothing may go."
    return None


def exercise_C(answer):
    return compare_letters(
        answer,
        "b",
        "What are the ratios π / π_ref where both models are the same?",
        {
            "a": "−log σ(0) is not 0",
            "b": "all margins are 0 at the start",
            "c": "the likelihoods stand in numerator and denominator alike",
            "d": "β multiplies a difference that is 0",
        },
    )


def exercise_1(answer):
    slips = {
        (119, 6950): "the two are swapped: without the cache comes first.",
        (7070, 120): "that reads the last new token too; nobody asks what comes after it.",
        (6950, 120): "with the cache, the last new token is not read any more.",
        (7070, 119): "without the cache, the first new token is written after reading 20, the last after 119.",
        (6950, 100): "the prompt has to pass once, too.",
        (6950, 99): "the prompt has to pass once, too.",
        (12000, 119): "the text is not 120 tokens long from the beginning.",
    }
    hints = (
        "how many tokens are read for the first new one, and how many for the last?",
        "without the cache the passes are 20, 21, … long; with it every token passes once.",
        "without: 20 + 21 + … + 119; with: the prompt and all new tokens but the last.",
    )
    return compare(numbers(answer, 2, names=("without", "with"), whole=True), (6950, 119), slips, hints)


def exercise_2(answer):
    right = 2 * 96 * 12_288 * 2_048 * 2 / 1e9
    slips = {
        right / 2: "one factor of two is missing: a key and a value, and two bytes for each number.",
        right / 4: "two factors are missing: a key and a value, and two bytes for each number.",
        right * 2: "that takes four bytes for each number.",
        right * 1e9: "those are bytes; gigabytes are asked for.",
        right * 1e3: "those are megabytes; gigabytes are asked for.",
        right / 2048: "that is one token; the conversation has 2,048.",
        right / 96: "that is one layer; all of them keep keys and values.",
        right * 1e9 / 2**30: "that divides by 2³⁰; a gigabyte is asked for as 10⁹ bytes.",
    }
    hints = (
        "what does one layer keep of one token?",
        "a key and a value of the model's width, in each layer, for each token; two bytes a number.",
        "2 · layers · width · tokens · 2 bytes, divided by 10⁹.",
    )
    return compare(number(answer), right, slips, hints, rounding=0.1)


def exercise_3(answer):
    generator = torch.Generator().manual_seed(int(np.random.default_rng().integers(2**31)))
    given = [-3 * torch.rand(2, 4, generator=generator) for _ in range(4)]
    beta = 0.5
    value = number(call(answer, *given, beta))
    w, l, rw, rl = (part.sum(1) for part in given)  # noqa: E741 (as in the formula)
    sigma = torch.nn.functional.logsigmoid

    def of(margin, outer=1.0):
        return -(outer * sigma(margin)).mean().item()

    slips = {
        of(beta * ((l - rl) - (w - rw))): "the sign: as it is, the other answer is preferred.",
        of(beta * (w - l)): "the reference is missing: it is compared with nothing.",
        of((w - rw) - (l - rl)): "β is missing.",
        of((w - rw) - (l - rl), beta): "β belongs inside of σ.",
        of(beta * ((w - rw) - (l - rl)) / 4): "an answer's log-probability is the sum over its tokens, not their mean.",
        2 * of(beta * ((w - rw) - (l - rl))): "it is the sum over the pairs; the mean is asked for.",
        -of(beta * ((w - rw) - (l - rl))): "the sign: a logarithm of a probability is negative, a loss is not.",
        torch.sigmoid(beta * ((w - rw) - (l - rl))).mean().item(): "the loss takes −log of σ.",
        of((beta * ((w - rw) - (l - rl))).mean()): "σ comes before the mean over the pairs.",
    }
    hints = (
        "for 2 pairs of 4 tokens it does not give the loss. Which numbers does the margin m compare?",
        "sum each answer over its tokens, take off its reference; m is β times preferred minus other.",
        "−logsigmoid(β · ((w − w_ref) − (l − l_ref))), and the mean over the pairs.",
    )
    return compare(value, of(beta * ((w - rw) - (l - rl))), slips, hints, within=1e-4)


def exercise_4(answer, steps):
    names = ("pretrained", "random", "lower at the end")
    if not isinstance(answer, dict) or set(answer) != set(names):
        raise AnswerError("this is something else", expected=f"a dictionary with the keys {', '.join(names)}",
                          remedy="give each start its history")  # fmt: skip
    if not all(isinstance(answer[name], History) for name in names[:2]):
        raise AnswerError("one of the two is no history", expected="what `training.fit` returns", remedy="keep it")
    pretrained, random = (answer[name].step_table()["loss"] for name in names[:2])
    if {len(pretrained), len(random)} != {steps}:
        return f"each training has {steps} steps: two epochs on `taught` with `of_instructions`."
    if np.allclose(pretrained, random):
        return "both histories are the same: do they come from two different models?"
    if pretrained.iloc[0] > random.iloc[0]:
        return "the one called pretrained begins with the higher loss: are the two swapped?"
    ends = {"pretrained": pretrained.tail(5).mean(), "random": random.tail(5).mean()}
    if answer["lower at the end"] != min(ends, key=ends.get):
        shown = ", ".join(f"{name} {loss:.2f}" for name, loss in ends.items())
        return f"the last five steps have mean losses of {shown}; which is lower?"
    return None
