"""A model card says what the run knows, and refuses to be written with gaps."""

import pandas as pd
import pytest
from huggingface_hub import ModelCard

from talentlab.chapters import model_card
from talentlab.data.labelled import CleaningReport, LabelledText
from talentlab.errors import DeploymentError
from talentlab.evaluation.metrics import Interval, slices


@pytest.fixture
def parts():
    frame = pd.DataFrame(
        {"text": list("abcdef"), "label": [0, 1, 1, 0, 1, 0], "split": ["train"] * 3 + ["validation"] + ["test"] * 2}
    )
    report = CleaningReport(rows_read=9, removed={"duplicate": ["row 2", "row 5"], "empty text": ["row 7"]})
    return {
        "name": "sentiment",
        "intended_use": "Sorting reviews; no decision about people.",
        "corpus": LabelledText(frame, ("bad", "good"), report),
        "source": "reviews.csv",
        "settings": {"learning_rate": 2e-4, "train_texts": 1000, "freeze": "none"},
        "metrics": {"accuracy": Interval(0.5, 0.095, 0.905)},
        "slices": {"sector": slices(["finance", "education"], [1, 0], [1, 1])},
        "calibration": {"temperature": 1.25},
        "limits": ["Irony is often missed."],
        "licence": "CC0",
    }


def test_the_card_holds_what_the_run_knows(parts):
    card = model_card.model_card(**parts).text
    for line in (
        "# sentiment", "| train | 1 | 2 | 3 |", "| test | 1 | 1 | 2 |",
        "Rows read: 9; removed: 2 × duplicate, 1 × empty text.",
        "| learning_rate | 0.0002 |", "| train_texts | 1,000 |", "| accuracy | 50.0% | 9.5% to 90.5% |",
        "| education | 1 | 0.0% | 0.0% to 79.3% |", "| temperature | 1.250 |", "- Irony is often missed.",
    ):  # fmt: skip
        assert line in card, line
    assert f"`{parts['corpus'].fingerprint}`" in card
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == [
        "Intended use", "Data", "Training", "Results", "Results by kind of text", "Calibration", "Limits", "Licence",
    ]  # fmt: skip


def test_other_texts_give_another_fingerprint(parts):
    before = model_card.model_card(**parts).text
    parts["corpus"].frame.loc[0, "text"] = "changed"
    assert model_card.model_card(**parts).text != before


@pytest.mark.parametrize(
    ("part", "blank"),
    [
        ("name", " "), ("intended_use", ""), ("settings", {}), ("metrics", {}), ("slices", {}),
        ("slices", {"tag": pd.DataFrame()}), ("calibration", {}), ("limits", []), ("limits", ["fine", " "]),
        ("licence", None),
    ],
)  # fmt: skip
def test_a_missing_part_is_named(parts, part, blank):
    with pytest.raises(DeploymentError, match=part) as error:
        model_card.model_card(**parts | {part: blank})
    assert model_card.PARTS[part] in str(error.value)


def test_all_missing_parts_are_named_at_once(parts):
    with pytest.raises(DeploymentError, match="limits, licence"):
        model_card.model_card(**parts | {"limits": [], "licence": ""})


@pytest.mark.parametrize("value", [0.8, (0.8, 0.7, 0.9), Interval(0.8, float("nan"), 0.9)])
def test_a_metric_needs_its_interval(parts, value):
    with pytest.raises(DeploymentError, match="accuracy"):
        model_card.model_card(**parts | {"metrics": {"accuracy": value}})


def test_bars_and_line_breaks_stay_inside_their_cell(parts):
    card = model_card.model_card(**parts | {"settings": {"a|b": "two\nlines | here"}}).text
    assert "| a\\|b | two lines \\| here |" in card


def test_model_collections_read_task_and_results_from_its_header(parts, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.repocard.get_session", None)  # whoever asks the Hub fails
    strange = {"name": "yes: *no* #1 – 好", "source": "a: b.csv {{ 1 }}\n---\n"}  # what YAML and templates stumble over
    card = model_card.model_card(**parts | strange)
    path = tmp_path / "model" / "README.md"
    card.save(path)
    read = ModelCard.load(path)
    assert path.read_text(encoding="utf-8").startswith("---\n") and read.text == card.text and "{{ 1 }}" in card.text
    assert (read.data.pipeline_tag, read.data.license) == ("text-classification", "other")
    (result,) = read.data.eval_results
    assert {"name": read.data.model_name, "source": result.dataset_name} == strange
    assert (result.dataset_split, result.metric_type, result.metric_value) == ("test", "accuracy", 0.5)
