"""Definitions of the metrics of classification.

Formulas: of the confusion matrix in `confusion.py`, of rows in `Categories.row_errors`, of bins in
`reliability.py`; areas are scikit-learn's.
"""

from __future__ import annotations

import math

from shared.targets.metric_info import MetricInfo

__all__ = ["CATEGORY_METRICS", "ordinal_metric_infos"]

CATEGORY_METRICS = {
    "accuracy": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe="share of examples whose decided class is the true one",
        source="share of rows",
    ),
    "balanced_accuracy": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe="mean of the classes' recalls",
        source="Brodersen et al. 2010",
    ),
    "macro_f1": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe="mean of the classes' F1 scores",
        source="Opitz & Burst 2019",
    ),
    "micro_f1": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe=(
            "F1 score of all predictions together; the accuracy, where each example has one class"
        ),
        source="Lewis 1991",
    ),
    "auc_macro": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe="area under the ROC curve of each class against the rest, mean over classes",
        source="Hanley & McNeil 1982",
    ),
    "pr_auc_macro": MetricInfo(
        unit="share",
        better="higher",
        low=0.0,
        high=1.0,
        describe="average precision of each class against the rest, mean over classes",
        source="Boyd, Eng & Page 2013",
    ),
    "mcc": MetricInfo(
        unit="score",
        better="higher",
        low=-1.0,
        high=1.0,
        describe="Matthews correlation of prediction and truth: 1 perfect, 0 as good as chance",
        source="Gorodkin 2004, eq. 8",
    ),
    "kappa": MetricInfo(
        unit="score",
        better="higher",
        low=-1.0,
        high=1.0,
        describe="agreement of prediction and truth beyond chance: 1 perfect, 0 chance",
        source="Cohen 1960, eq. 1",
    ),
    "log_loss": MetricInfo(
        unit="nats",
        better="lower",
        low=0.0,
        high=math.inf,
        describe="mean negative log probability of the true class",
        source="Good 1952",
    ),
    "brier": MetricInfo(
        unit="score",
        better="lower",
        low=0.0,
        high=2.0,
        describe="mean squared distance of the probabilities from the truth, summed over classes",
        source="Brier 1950",
    ),
    "ece": MetricInfo(
        unit="share",
        better="lower",
        low=0.0,
        high=1.0,
        describe=(
            "mean distance between stated confidence and share correct, over 15 bins of equal mass"
        ),
        source="Guo et al. 2017, eq. 3",
    ),
}
"""Of any classes."""


def ordinal_metric_infos(num_classes: int) -> dict[str, MetricInfo]:
    """Of classes that have an order, in addition."""
    furthest = float(num_classes - 1)
    forgiving = "agreement beyond chance that forgives near misses (quadratic weights)"
    return {
        "quadratic_kappa": MetricInfo(
            unit="score",
            better="higher",
            low=-1.0,
            high=1.0,
            describe=f"{forgiving}: 1 perfect, 0 chance",
            source="Cohen 1968",
        ),
        "class_distance": MetricInfo(
            unit="classes",
            better="lower",
            low=0.0,
            high=furthest,
            describe="mean number of classes between prediction and truth",
            source="mean of absolute values",
        ),
        "ranked_probability_score": MetricInfo(
            unit="classes",
            better="lower",
            low=0.0,
            high=furthest,
            describe="how far the probabilities lie from the truth along the order of the classes",
            source="Epstein 1969; Murphy 1971",
        ),
    }
