"""A model card, written from what a run measured: nothing in it is typed by hand that the run knows."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from talentlab import language
from talentlab.data.labelled import SPLITS, LabelledText
from talentlab.errors import DeploymentError
from talentlab.escaping import markdown_text
from talentlab.evaluation.metrics import Interval
from talentlab.language import tr

# What a card has to say, and what belongs there.
PARTS = {
    "name": "what the model is called",
    "intended_use": "who may use it for what, and what it must not be used for",
    "settings": "the settings of the training, by name",
    "metrics": "evaluation.Interval of each metric on the test texts, by name",
    "slices": "evaluation.slices tables, by the column that they slice",
    "calibration": "numbers such as temperature and calibration error, by name",
    "limits": "sentences that say where it fails and what was not tested",
    "licence": "that of the data, of the pretrained model and of this one",
}


def model_card(
    *,
    name: str,
    intended_use: str,
    corpus: LabelledText,
    source: str,
    settings: Mapping[str, object],
    metrics: Mapping[str, Interval],
    slices: Mapping[str, pd.DataFrame],
    calibration: Mapping[str, float],
    limits: Sequence[str],
    licence: str,
) -> ModelCard:
    """The card of one trained model. A part that is missing is an error, not a gap in the card.

    Its `text` is Markdown. `save("README.md")` writes it below the header that model collections read: task, licence
    and results. Nothing here asks the Hub.

    Args:
        corpus: The texts; sizes, fingerprint and what cleaning removed are taken from it.
        source: Where the texts come from: name, file or address.
        name, intended_use, settings, …: As `PARTS` describes them.

    Raises:
        DeploymentError: If a part is empty, or a metric is a bare number, or is not finite.

    Source: Mitchell et al. 2019 (arXiv 1810.03993), whose sections these are.
    """
    given = {
        "name": name, "intended_use": intended_use, "settings": settings, "metrics": metrics, "slices": slices,
        "calibration": calibration, "limits": limits, "licence": licence,
    }  # fmt: skip
    _check(given, metrics)
    sections = [
        (tr("Intended use"), markdown_text(intended_use)),
        (tr("Data"), _data(corpus, source)),
        (
            tr("Training"),
            _table([tr("setting"), tr("value")], [(key, _plain(value)) for key, value in settings.items()]),
        ),
        (tr("Results"), _results(metrics, int((corpus.frame["split"] == "test").sum()))),
        (tr("Results by kind of text"), "\n\n".join(_slice(column, table) for column, table in slices.items())),
        (
            tr("Calibration"),
            _table([tr("measure"), tr("value")], [(key, f"{value:.3f}") for key, value in calibration.items()]),
        ),
        (tr("Limits"), "\n".join(f"- {markdown_text(limit)}" for limit in limits)),
        (tr("Licence"), markdown_text(licence)),
    ]
    body = f"# {markdown_text(name)}\n\n" + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections) + "\n"
    return ModelCard(f"---\n{_header(name, source, metrics).to_yaml()}\n---\n\n{body}")


def _header(name: str, source: str, metrics: Mapping[str, Interval]) -> ModelCardData:
    results = [
        EvalResult(
            task_type="text-classification", dataset_type=source, dataset_name=source, dataset_split="test",
            metric_type=key, metric_value=round(float(interval.value), 4),
        )
        for key, interval in metrics.items()
    ]  # fmt: skip
    return ModelCardData(
        license="other",  # the Hub's word for one that needs a sentence, and the card has it
        library_name="transformers",
        pipeline_tag="text-classification",
        model_name=name,
        eval_results=results,
    )


def _check(given: Mapping[str, object], metrics: Mapping[str, object]) -> None:
    missing = [part for part, value in given.items() if _is_blank(value)]
    if missing:
        raise DeploymentError(
            f"The card lacks {', '.join(missing)}.",
            expected="; ".join(f"{part}: {PARTS[part]}" for part in missing),
            remedy="write or measure what is missing: a reader takes silence for 'no problem'.",
        )
    for key, value in metrics.items():
        if not isinstance(value, Interval) or not np.isfinite(value).all():
            raise DeploymentError(
                f"The metric {key!r} is {value!r}.",
                expected="an evaluation.Interval of finite numbers: value, low, high",
                remedy="take it from evaluation.score_intervals or proportion_interval.",
            )


def _is_blank(value: object) -> bool:
    """Nothing, or only blanks; a mapping or list that holds something blank counts as well."""
    if value is None or isinstance(value, str):
        return not (value or "").strip()
    if isinstance(value, Mapping):
        return not value or any(isinstance(table, pd.DataFrame) and table.empty for table in value.values())
    return not value or any(_is_blank(entry) for entry in value) if isinstance(value, Sequence) else False


def _data(corpus: LabelledText, source: str) -> str:
    counts = pd.crosstab(corpus.frame["split"], corpus.frame["label"])
    counts = counts.reindex(columns=range(len(corpus.class_names)), fill_value=0)
    rows = [(split, *counts.loc[split], counts.loc[split].sum()) for split in SPLITS if split in counts.index]
    reasons = [f"{len(rows)} × {language.name(reason)}" for reason, rows in corpus.report.removed.items()]
    said = tr(
        "Source: {source}. Fingerprint of texts, labels and splits: `{fingerprint}`. "
        "Rows read: {n:,}; removed: {removed}.",
        source=markdown_text(source), fingerprint=corpus.fingerprint, n=corpus.report.rows_read,
        removed=", ".join(reasons) or tr("nothing"),
    )  # fmt: skip
    return f"{said}\n\n{_table([tr('split'), *corpus.class_names, tr('texts')], rows)}"


def _results(metrics: Mapping[str, Interval], texts: int) -> str:
    rows = [(language.name(key), f"{v.value:.1%}", _ends(v.low, v.high)) for key, v in metrics.items()]
    table = _table([tr("metric"), tr("value"), tr("interval")], rows)
    return tr("On {n:,} test texts, with 95 % intervals over texts.", n=texts) + f"\n\n{table}"


def _slice(column: str, table: pd.DataFrame) -> str:
    rows = [
        (name, int(row["n"]), f"{row['accuracy']:.1%}", _ends(row["low"], row["high"]))
        for name, row in table.iterrows()
    ]
    return _table([language.name(column), tr("texts"), language.name("accuracy"), tr("interval")], rows)


def _ends(low: float, high: float) -> str:
    return tr("{low:.1%} to {high:.1%}", low=low, high=high)


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(markdown_text(value) for value in line) + " |" for line in lines)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
