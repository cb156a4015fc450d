"""Which rows of a split have no ratio, by metric and series, and how that is said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.metric_entries import Undefined
from shared.targets import Horizon, Target
from shared.targets.predictions import Predictions
from shared.targets.ratios import NEGLIGIBLE, undefined_values

__all__ = ["describe_undefined", "series_names", "undefined_by_metric"]

_REASONS = {
    "mase": "their seasonal naive error on the training split is 0, or was never observed",
    "rmsse": "their seasonal naive error on the training split is 0, or was never observed",
    "smape": "forecast and truth are both 0",
}
_NAMES = {"mase": "MASE", "rmsse": "RMSSE", "smape": "sMAPE"}
_MOST_NAMED = 5
_FEWEST_SERIES = 3
"""Of two, one makes more than half of any mean."""


def undefined_by_metric(target: Target, predictions: Predictions) -> dict[str, Undefined]:
    """Ratio -> what it leaves out; nothing of metrics that are defined everywhere.

    Args:
        target: The kind of target.
        predictions: Of a split; each row has an observed value.
    """
    if not isinstance(target, Horizon) or len(predictions) == 0:
        return {}
    found = {}
    for name, undefined in undefined_values(target.decide(predictions.scores), predictions).items():
        rows = undefined.any(axis=(1, 2))
        if rows.any():
            found[name] = Undefined(
                num_undefined=int(rows.sum()),
                num_values=int(undefined.sum()),
                series=tuple(np.unique(series_names(predictions)[rows]).tolist()),
                reason=_REASONS[name],
            )
    return found


def series_names(predictions: Predictions) -> NDArray[np.str_]:
    """The series of each row, (n,): what stands before the "@" of its id."""
    names = [
        str(identifier).rpartition("@")[0] or str(identifier) for identifier in predictions.ids
    ]
    return np.array(names, dtype=np.str_)


def describe_undefined(target: Target, predictions: Predictions) -> Iterator[str]:
    """One sentence for each ratio that leaves something out, or that one series makes."""
    for name, found in undefined_by_metric(target, predictions).items():
        yield (
            f"{_NAMES[name]} leaves out {found.num_values} values in {found.num_undefined} of"
            f" {len(predictions)} rows: {found.reason} (series {_listed(found.series)}). What is"
            f" below {NEGLIGIBLE:g} standard deviations of the series counts as 0."
        )
    if isinstance(target, Horizon) and len(predictions):
        yield from _describe_dominant(target, predictions)


def _describe_dominant(target: Horizon, predictions: Predictions) -> Iterator[str]:
    """A mean of ratios is no summary where one series of small denominator makes most of it."""
    names, codes = np.unique(series_names(predictions), return_inverse=True)
    errors = target.row_errors(predictions)
    for metric in ("mase", "rmsse"):
        sums = np.bincount(codes, weights=np.nan_to_num(errors[metric]))
        counts = np.bincount(codes, weights=np.isfinite(errors[metric]))
        largest = int(sums.argmax())
        if (counts > 0).sum() >= _FEWEST_SERIES and sums[largest] > sums.sum() / 2:
            yield (
                f"{sums[largest] / sums.sum():.0%} of the mean {_NAMES[metric]} comes from series"
                f" {str(names[largest])!r}, {int(counts[largest])} of {int(counts.sum())} rows,"
                " because its seasonal naive error is small: read standardised errors instead."
            )


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
