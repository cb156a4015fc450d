"""Errors by group and their comparisons, ours and those of the libraries."""

from __future__ import annotations

import numpy as np
from fairlearn.metrics import MetricFrame
from sklearn.metrics import log_loss, zero_one_loss

from benchmarks.fairness_counterparts.counterparts import AssessedTable
from benchmarks.fairness_counterparts.differences import Differences, values_by_group

__all__ = ["compare_errors"]


def compare_errors(found: Differences, table: AssessedTable) -> None:
    """Error and log loss by group; differences and ratios to the rest and to the reference."""
    frame = MetricFrame(
        metrics=zero_one_loss,
        y_true=table.test.targets,
        y_pred=table.decided,
        sensitive_features=table.labels,
    )
    theirs = {str(group): float(value) for group, value in frame.by_group.items()}
    errors = table.assessment.errors
    shown = values_by_group(errors.rates, "error")
    found.keep_groups("error", "fairlearn MetricFrame(zero_one_loss)", shown, theirs)
    if len(shown) == len(theirs) and errors.test is not None:
        found.keep(
            "error: largest minus smallest",
            "fairlearn MetricFrame.difference()",
            errors.test.spread,
            frame.difference(),
        )
    losses = values_by_group(errors.rates, "log_loss")
    found.keep_groups("log_loss", "sklearn log_loss", losses, _log_losses(table))
    for group in shown:
        _compare_group(found, table, theirs, group)


def _log_losses(table: AssessedTable) -> dict[str, float]:
    classes = range(len(table.target.names))
    probabilities = table.target.probabilities(table.test.scores)
    return {
        group: log_loss(table.test.targets[rows], probabilities[rows], labels=classes)
        for group, rows in table.rows_by_group().items()
    }


def _compare_group(
    found: Differences, table: AssessedTable, errors: dict[str, float], group: str
) -> None:
    halves = MetricFrame(
        metrics=zero_one_loss,
        y_true=table.test.targets,
        y_pred=table.decided,
        sensitive_features=table.labels == group,
    ).by_group
    first = errors[min(errors)]
    theirs = {
        "gap to rest": halves[True] - halves[False],
        "ratio to rest": halves[True] / halves[False] if halves[False] else np.nan,
        "gap to reference": errors[group] - first,
        "ratio to reference": errors[group] / first if first else np.nan,
    }
    rates = table.assessment.errors.rates
    ours = next(rate for rate in rates if (rate.metric, rate.group) == ("error", group))
    for comparison, estimate in ours.estimates.items():
        if comparison in theirs and estimate.value is not None:
            found.keep(
                f"error: {comparison}",
                "fairlearn MetricFrame, two groups of it",
                estimate.value,
                float(theirs[comparison]),
            )
