"""Step 6, first half: what predictions and labels are worth, and whether one model is better than another."""

from talentlab.evaluation.baseline import fit_baseline
from talentlab.evaluation.comparisons import difference, mcnemar, mean_interval, paired_bootstrap, verdict
from talentlab.evaluation.labels import kappa_interval, label_issues, out_of_fold_probabilities
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

__all__ = [
    "Interval", "confident_mistakes", "curves", "difference", "evaluate", "expected_calibration_error",
    "fit_baseline", "fit_temperature", "kappa_interval", "label_issues", "mcnemar", "mean_interval",
    "out_of_fold_probabilities", "paired_bootstrap", "per_class", "predict", "probabilities", "proportion_interval",
    "reliability", "score_intervals", "scores", "slices", "validator", "verdict",
    "worst_pairs",
]  # fmt: skip
