"""Predictions, metrics, intervals, slices and calibration, against values worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from builders import build_model, build_texts

from talentlab import runtime
from talentlab.data.batching import TokenizedText
from talentlab.errors import DataError
from talentlab.evaluation.metrics import (
    Interval,
    confident_mistakes,
    curves,
    evaluate,
    expected_calibration_error,
    fit_temperature,
    per_class,
    predict,
    probabilities,
    proportion_interval,
    reliability,
    score_intervals,
    scores,
    slices,
    validator,
    worst_pairs,
)

# Class 1: found 2 of 4, and 1 wrongly: true positives 2, false positives 1, false negatives 2, true negatives 3.
TWO = [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 0, 0, 0]
# Class 0: 1 of 2 found, 1 wrongly. Class 1: 2 of 2 found, 1 wrongly. Class 2: 2 of 3 found, none wrongly.
THREE = [0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 1, 2, 2, 0]


class Scripted(torch.nn.Module):
    """Its logits are the row of a table that the first token names."""

    def __init__(self, table: list[list[float]]) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(torch.tensor(table))

    def forward(self, input_ids, attention_mask):
        assert bool(attention_mask[:, 0].all())
        return type("Output", (), {"logits": self.table[input_ids[:, 0]]})


def texts_of(first_tokens: list[int], labels: list[int]) -> TokenizedText:
    """Rows of different lengths, in an order that sorting changes and sorting twice does not put back."""
    ids = [[token] + [0] * (3 * i % len(labels)) for i, token in enumerate(first_tokens)]
    return TokenizedText(ids, labels, pad_token_id=0, truncated_share=0.0)


# --- predictions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_logits_come_in_the_order_of_the_rows(batch_size):
    """Though the rows are computed in order of length."""
    table = [[float(i), -float(i)] for i in range(10)]
    first = [3, 9, 0, 7, 7, 1, 4, 2, 8, 5]
    logits = predict(Scripted(table), texts_of(first, [0] * 10), batch_size=batch_size, precision="fp32")
    assert logits.tolist() == [table[token] for token in first]


def test_batches_do_not_change_a_rows_logits():
    model, data = build_model(), build_texts(20)
    logits = predict(model, data, batch_size=6, precision="fp32")
    with torch.no_grad():
        alone = torch.cat([model(torch.tensor([ids])).logits for ids in data.input_ids]).numpy()
    assert logits == pytest.approx(alone, abs=1e-6)
    assert logits.dtype == np.float64


@pytest.mark.parametrize("training", [True, False])
def test_dropout_is_off_while_predicting_and_the_mode_comes_back(training):
    model, data = build_model(dropout=0.5).train(training), build_texts(8)
    assert np.array_equal(predict(model, data), predict(model, data))
    assert model.training is training
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("settings", "batches"), [({}, [64, 2]), ({"batch_size": 40}, [40, 26])])
def test_a_forward_has_64_rows_unless_another_number_is_given(settings, batches):
    sizes, model = [], Scripted([[0.0, 1.0]])
    model.register_forward_pre_hook(lambda _, __, inputs: sizes.append(len(inputs["input_ids"])), with_kwargs=True)
    predict(model, texts_of([0] * 66, [0] * 66), precision="fp32", **settings)
    assert sizes == batches


@pytest.mark.parametrize(("has_bf16", "usual", "other"), [(True, "bf16", "fp32"), (False, "fp32", "bf16")])
def test_the_precision_is_the_hardwares_unless_one_is_given(has_bf16, usual, other, monkeypatch):
    monkeypatch.setattr(runtime, "has_bf16", lambda device: has_bf16)
    model, data = build_model(), build_texts(8)
    expected = {precision: evaluate(model, data, precision=precision)["loss"] for precision in (usual, other)}
    assert expected[usual] != expected[other]
    assert evaluate(model, data)["loss"] == validator(data)(model)["loss"] == expected[usual]
    assert validator(data, other)(model)["loss"] == expected[other]
    assert np.array_equal(predict(model, data), predict(model, data, precision=usual))


def test_probabilities_by_hand():
    """exp(0) : exp(ln 3) = 1 : 3; at temperature 2 it is 1 : √3."""
    logits = np.array([[0.0, math.log(3)]])
    assert probabilities(logits)[0].tolist() == pytest.approx([1 / 4, 3 / 4])
    assert probabilities(logits, temperature=2)[0, 0] == pytest.approx(1 / (1 + math.sqrt(3)))


# --- metrics ---------------------------------------------------------------------------------------------------------


def test_scores_of_two_classes_by_hand():
    """Accuracy (2 + 3)/8; precision 2/(2 + 1); recall 2/(2 + 2); F1 = 2·2/(2·2 + 1 + 2) = 4/7."""
    assert scores(*TWO, num_classes=2) == pytest.approx(
        {"accuracy": 5 / 8, "precision": 2 / 3, "recall": 1 / 2, "f1": 4 / 7}
    )


def test_scores_of_three_classes_are_means_over_classes():
    """By class: precision 1/2, 2/3, 1; recall 1/2, 1, 2/3; F1 1/2, 4/5, 4/5. Means 13/18, 13/18, 7/10."""
    expected = {"accuracy": 5 / 7, "precision": 13 / 18, "recall": 13 / 18, "f1": 7 / 10}
    assert scores(*THREE, num_classes=3) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "predictions", "f1"), [([0, 0], [0, 0], 0.0), ([1, 1], [1, 1], 1.0), ([1], [0], 0.0)]
)
def test_scores_with_a_class_missing_are_numbers_without_a_warning(labels, predictions, f1, recwarn):
    """Where class 1 neither occurs nor is predicted, 0/0 counts as 0."""
    assert scores(labels, predictions, num_classes=2)["f1"] == f1
    assert len(recwarn) == 0


def test_a_class_that_the_test_set_lacks_counts_as_not_found():
    """Three classes, of which the third neither occurs nor is predicted: (1 + 1 + 0) / 3, as in `per_class`."""
    labels = [0, 1] * 20
    assert scores(labels, labels, num_classes=3)["f1"] == pytest.approx(2 / 3)
    assert scores([0, 1, 0, 1], [0, 1, 1, 1], num_classes=3)["f1"] == pytest.approx((2 / 3 + 4 / 5) / 3)
    names = ["a", "b", "c"]
    assert per_class([0, 1, 0, 1], [0, 1, 1, 1], names)["f1-score"]["macro avg"] == pytest.approx((2 / 3 + 4 / 5) / 3)
    assert score_intervals(labels, labels, num_classes=3, resamples=50)["f1"] == pytest.approx((2 / 3,) * 3)


def test_one_text_cannot_be_resampled():
    with pytest.raises(DataError, match="1 row"):
        score_intervals([1], [1], num_classes=2)


@pytest.mark.parametrize("name", ["accuracy", "weighted avg", "macro avg"])
def test_a_class_may_have_any_name(name):
    table = per_class([0, 0, 1], [0, 1, 1], [name, "other"])
    assert table.iloc[0].tolist() == [1.0, 0.5, pytest.approx(2 / 3), 2.0] and len(table) == 3


def test_the_table_per_class_by_hand():
    table = per_class(*THREE, class_names=["bad", "fair", "good"])
    assert table.index.tolist() == ["bad", "fair", "good", "macro avg"]
    assert table["precision"].tolist() == pytest.approx([1 / 2, 2 / 3, 1, 13 / 18])
    assert table["recall"].tolist() == pytest.approx([1 / 2, 1, 2 / 3, 13 / 18])
    assert table["f1-score"].tolist() == pytest.approx([1 / 2, 4 / 5, 4 / 5, 7 / 10])
    assert table["support"].tolist() == [2, 2, 3, 7]


def test_a_class_that_never_occurs_has_its_row_without_a_warning(recwarn):
    table = per_class([0, 1], [0, 1], class_names=["a", "b", "never"])
    assert table.loc["never", ["precision", "recall", "support"]].tolist() == [0, 0, 0]
    assert len(recwarn) == 0


def test_evaluate_gives_the_mean_loss_and_the_scores():
    """p(1) = 3/4 for token 1, 1/4 for token 0; labels 1, 0 are likely, label 0 after token 1 is not."""
    model = Scripted([[math.log(3), 0.0], [0.0, math.log(3)]])
    found = evaluate(model, texts_of([1, 0, 1], [1, 0, 0]), precision="fp32")
    loss = -(2 * math.log(3 / 4) + math.log(1 / 4)) / 3
    # one true positive, one false positive, no false negative: precision 1/2, recall 1, F1 2/3
    assert found == pytest.approx({"loss": loss, "accuracy": 2 / 3, "precision": 1 / 2, "recall": 1, "f1": 2 / 3})


def test_evaluate_knows_three_classes_by_the_head_even_where_one_is_missing():
    """Class 0: precision 1, recall 1/2, F1 2/3; class 1: precision 1/2, recall 1, F1 2/3; class 2: nothing found."""
    model = Scripted([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    found = evaluate(model, texts_of([0, 1, 1], [0, 0, 1]), precision="fp32")
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx((1 / 2, 1 / 2, 4 / 9))


def test_evaluate_takes_distributions_as_labels():
    """Cross-entropy against shares; the most probable class counts as the true one."""
    model = Scripted([[math.log(3), 0.0], [0.0, math.log(3)]])
    found = evaluate(model, texts_of([1, 0], [[0.2, 0.8], [0.6, 0.4]]), precision="fp32")
    loss = -(0.2 * math.log(1 / 4) + 0.8 * math.log(3 / 4) + 0.6 * math.log(3 / 4) + 0.4 * math.log(1 / 4)) / 2
    assert found == pytest.approx({"loss": loss, "accuracy": 1, "precision": 1, "recall": 1, "f1": 1})


def test_no_texts_have_no_logits():
    assert predict(build_model(num_labels=3), texts_of([], [])).shape == (0, 3)
    assert predict(Scripted([[0.0, 1.0]]), texts_of([], [])).shape == (0, 0)  # it does not tell its classes


def test_curves_by_hand():
    """Of the four pairs of a positive (.35, .8) and a negative (.1, .4), three are in order: area 3/4.

    Down the scores .8, .4, .35: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1: average precision 1/2·1 + 1/2·2/3.
    """
    score = np.array([0.1, 0.4, 0.35, 0.8])
    found = curves([0, 0, 1, 1], np.column_stack([1 - score, score]))
    assert found["roc_auc"] == pytest.approx(3 / 4)
    assert found["average_precision"] == pytest.approx(1 / 2 + 1 / 3)
    points = found["roc"][["false_positive_rate", "true_positive_rate"]].to_numpy().tolist()
    assert [0.0, 0.5] in points  # threshold .8
    assert [0.5, 0.5] in points  # threshold .4
    at_40 = found["pr"].set_index("threshold").loc[0.4]
    assert (at_40["precision"], at_40["recall"]) == (1 / 2, 1 / 2)
    assert found["roc"]["threshold"].tolist() == [math.inf, 0.8, 0.4, 0.35, 0.1]
    assert found["pr"].iloc[-1].to_dict() == {"recall": 0, "precision": 1, "threshold": 1}


def test_curves_of_one_class_against_the_rest():
    probs = np.array([[0.2, 0.2, 0.6], [0.5, 0.4, 0.1], [0.1, 0.6, 0.3]])
    assert curves([2, 0, 1], probs, positive=2)["roc_auc"] == 1
    assert curves([0, 2, 1], probs, positive=2)["roc_auc"] == 0


# --- intervals -------------------------------------------------------------------------------------------------------


def noisy(rows=400, accuracy=0.8, classes=2, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=rows)
    wrong = random.random(rows) > accuracy
    return labels, np.where(wrong, (labels + 1) % classes, labels)


def test_bootstrap_intervals_hold_the_value_and_are_seeded():
    data = noisy()
    first = score_intervals(*data, num_classes=2, resamples=200, seed=1)
    assert first == score_intervals(*data, num_classes=2, resamples=200, seed=1)
    assert first != score_intervals(*data, num_classes=2, resamples=200, seed=2)
    assert {name: interval.value for name, interval in first.items()} == scores(*data, num_classes=2)
    assert all(interval.low < interval.value < interval.high for interval in first.values())


def test_the_bootstrap_of_an_accuracy_is_as_wide_as_theory_says():
    """Two times 1.96 standard errors, √(p(1-p)/n)."""
    labels, predictions = noisy()
    p = np.mean(labels == predictions)
    error = math.sqrt(p * (1 - p) / len(labels))
    interval = score_intervals(labels, predictions, num_classes=2, resamples=400)["accuracy"]
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.2)


def test_intervals_of_two_classes_are_of_class_1():
    """Whatever is called 1 is 1 in every draw, though class 0 has errors."""
    found = score_intervals([1] * 20 + [0] * 5, [1] * 15 + [0] * 10, num_classes=2, resamples=100)
    assert found["precision"] == (1.0, 1.0, 1.0) and found["recall"].low < 0.75 < found["recall"].high < 1


def test_intervals_are_of_a_thousand_draws_with_seed_0():
    data = noisy(rows=40)
    assert score_intervals(*data, num_classes=2) == score_intervals(*data, num_classes=2, resamples=1000, seed=0)


def test_a_draw_without_the_third_class_is_still_scored_as_three_classes():
    """A perfect model scores 1 in every draw; what a draw lacks is no failure."""
    found = score_intervals([0, 0, 1, 2], [0, 0, 1, 2], num_classes=3, resamples=100)
    assert found["f1"] == Interval(1.0, 1.0, 1.0)


def test_wilson_intervals_by_hand():
    """8 of 10, z² = 3.8415: centre (.8 + .19207)/1.38415 = .71674, half width 1.96·√(.016 + .0096)/1.38415 = .22658."""
    assert proportion_interval(8, 10) == pytest.approx((0.8, 0.49016, 0.94332), abs=1e-5)
    # 0 of 10: from 0 to z²/(n + z²) = 3.8415/13.8415
    assert proportion_interval(0, 10) == pytest.approx((0.0, 0.0, 0.27753), abs=1e-5)
    assert proportion_interval(10, 10) == pytest.approx((1.0, 1 - 0.27753, 1.0), abs=1e-5)


def test_an_interval_prints_its_ends():
    assert f"{Interval(0.5, 0.25, 0.75)}" == "0.500 [0.250, 0.750]"
    assert f"{Interval(0.5, 0.25, 0.75):.0%}" == "50% [25%, 75%]"


# --- slices and mistakes ---------------------------------------------------------------------------------------------


def test_slices_by_hand_hardest_first():
    """Finance 1 of 3 right, medical 2 of 2."""
    table = slices(["medical", "finance", "finance", "medical", "finance"], [1, 1, 0, 0, 1], [1, 0, 0, 0, 0])
    assert table.index.tolist() == ["finance", "medical"]
    assert table["n"].tolist() == [3, 2]
    assert table["accuracy"].tolist() == pytest.approx([1 / 3, 1])
    assert tuple(table.loc["finance", ["accuracy", "low", "high"]]) == pytest.approx(proportion_interval(1, 3))


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_rows_without_a_value_are_a_slice_of_their_own(missing):
    table = slices(["a", missing, "a", missing], [1, 1, 1, 1], [1, 0, 1, 1])
    assert table["n"].sum() == 4
    assert table["accuracy"].tolist() == [0.5, 1.0]
    assert pd.isna(table.index[0])


def test_slices_of_one_accuracy_stay_in_the_order_of_their_values():
    values = [f"{number:02}" for number in range(40)]
    said = [number % 2 for number in range(40)]
    assert slices(values, [0] * 40, said).index.tolist() == values[1::2] + values[::2]


def test_slices_take_a_column_with_any_index():
    column = pd.Series(["a", "b"], index=[7, 3])
    assert slices(column, [1, 1], [1, 0])["accuracy"].to_dict() == {"b": 0.0, "a": 1.0}


def test_mistakes_come_the_surest_first_and_without_right_answers():
    frame = pd.DataFrame({"text": list("pqrst"), "label": [0, 1, 1, 0, 0]}, index=[10, 11, 12, 13, 14])
    sure_of_1 = np.array([0.6, 0.3, 0.9, 0.95, 0.2])  # answers 1, 0, 1, 1, 0: wrong are p (.6), q (.7) and s (.95)
    probs = np.column_stack([1 - sure_of_1, sure_of_1])
    table = confident_mistakes(frame, probs, ["bad", "good"], k=5)
    assert table["text"].tolist() == ["s", "q", "p"]
    assert table.index.tolist() == [13, 11, 10]
    assert table["confidence"].tolist() == pytest.approx([0.95, 0.7, 0.6])
    assert table["true"].tolist() == ["bad", "good", "bad"]
    assert table["predicted"].tolist() == ["good", "bad", "good"]
    assert confident_mistakes(frame, probs, ["bad", "good"], k=1)["text"].tolist() == ["s"]
    assert list(frame) == ["text", "label"]  # the reader's table is as before
    assert len(confident_mistakes(pd.concat([frame] * 3), np.vstack([probs] * 3), ["bad", "good"])) == 5


# --- calibration -----------------------------------------------------------------------------------------------------

CONFIDENCE = np.array([0.95, 0.95, 0.65, 0.65])  # of class 0 each time
CALIBRATION = [0, 1, 0, 0], np.column_stack([CONFIDENCE, 1 - CONFIDENCE])  # one of the surer two is wrong


def test_reliability_by_hand():
    table = reliability(*CALIBRATION)
    assert table.index.tolist() == [6, 9]  # bins of a tenth
    assert table["n"].tolist() == [2, 2]
    assert table["confidence"].tolist() == pytest.approx([0.65, 0.95])
    assert table["accuracy"].tolist() == [1.0, 0.5]


def test_calibration_error_by_hand():
    """Bin .6–.7: |.65 - 1| = .35; bin .9–1: |.95 - .5| = .45; two rows each: .40. In one bin: |.8 - .75| = .05."""
    assert expected_calibration_error(*CALIBRATION) == pytest.approx(0.40)
    assert expected_calibration_error(*CALIBRATION, bins=1) == pytest.approx(0.05)
    # .61 and .69: in tenths one bin, |.65 - .5| = .15; in elevenths two, (|.61 - 0| + |.69 - 1|) / 2 = .46
    split = np.array([0.61, 0.69])
    assert expected_calibration_error([1, 0], np.column_stack([split, 1 - split])) == pytest.approx(0.15)


def test_certainty_belongs_to_the_last_bin():
    assert reliability([0], np.array([[1.0, 0.0]])).index.tolist() == [9]
    assert expected_calibration_error([0], np.array([[1.0, 0.0]])) == 0


def drawn(scale, rows=20_000):
    """Labels drawn from the softmax of logits, and those logits times `scale`."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(rows, 3))
    labels = (probabilities(logits).cumsum(1) < random.random((rows, 1))).sum(1)
    return labels, logits * scale


def test_the_worst_pairs_are_the_fullest_cells_off_the_diagonal():
    labels = [0, 0, 0, 0, 1, 1, 2, 2, 2, 3]
    said = [1, 1, 0, 2, 1, 0, 2, 0, 0, 3]
    table = worst_pairs(labels, said, ["a", "b", "c", "d"])
    assert table[["true", "predicted", "n"]].to_numpy().tolist() == [
        ["c", "a", 2], ["a", "b", 2], ["b", "a", 1], ["a", "c", 1],
    ]  # fmt: skip
    assert table["share"].tolist() == pytest.approx([2 / 3, 1 / 2, 1 / 2, 1 / 4])
    assert worst_pairs(labels, said, ["a", "b", "c", "d"], k=1)["n"].tolist() == [2]
    assert worst_pairs([0, 1], [0, 1], ["a", "b"]).empty


def test_of_77_classes_the_worst_pairs_tell_what_was_planted():
    random = np.random.default_rng(0)
    labels = random.integers(77, size=2000)
    said = np.where((labels == 5) & (random.random(2000) < 0.8), 60, labels)
    table = worst_pairs(labels, said, [f"class {n}" for n in range(77)])
    assert table[["true", "predicted"]].to_numpy().tolist() == [["class 5", "class 60"]]


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_the_scale_of_the_logits(scale):
    """Above 1 for over-confident logits, below for timid ones."""
    assert fit_temperature(*drawn(scale)) == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize(("label", "end"), [(1, -3), (0, 3)])
def test_the_temperature_stays_within_e3_where_all_answers_are_right_or_wrong(label, end):
    assert math.log(fit_temperature([label] * 3, np.array([[0.0, 0.1]] * 3))) == pytest.approx(end, abs=1e-3)


def test_cooling_mends_the_calibration_and_changes_no_answer():
    labels, logits = drawn(3.0)
    temperature = fit_temperature(labels, logits)
    before, after = probabilities(logits), probabilities(logits, temperature)
    assert temperature > 1
    assert np.array_equal(before.argmax(1), after.argmax(1))
    assert expected_calibration_error(labels, after) < 0.02 < 0.2 < expected_calibration_error(labels, before)
