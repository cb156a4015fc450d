"""Rates of few rows under a mitigation: shown with their counts, part of no largest difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.groups.suppression import too_small
from shared.run.artefacts.fairness.mitigations import SmallRateRecord
from shared.statistics.bootstrap import entity_codes
from shared.statistics.shares import clustered_share
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["ComparedRows", "RateSizes", "small_rates"]

_Metric = Literal["accuracy", "recall", "false_positive_rate"]


@dataclass(frozen=True)
class ComparedRows:
    """One split whose groups are compared.

    Attributes:
        predictions: Truth and entities; the scores are not used.
        labels: (n,) str groups that are compared, all others unknown.
        small: (n,) str groups that are too small for that, and may be shown; all others unknown.
    """

    predictions: Predictions
    labels: NDArray[np.str_]
    small: NDArray[np.str_]

    @classmethod
    def of(
        cls, predictions: Predictions, labels: NDArray[np.str_], small: NDArray[np.str_] | None
    ) -> ComparedRows:
        """Of these predictions; `small` is None where every group is compared."""
        none = np.full(len(predictions), UNKNOWN)
        return cls(predictions, labels, none if small is None else small)


@dataclass(frozen=True)
class RateSizes:
    """Which rates are shown and compared.

    Attributes:
        compared: Rows from which on a rate is compared.
        shown: Rows from which on it is shown; 0 for any.
        confidence: Level of intervals, in (0, 1).
    """

    compared: int
    shown: int
    confidence: float


@dataclass(frozen=True)
class _Rate:
    """A share of rows: which count, and which of them are hits; (n,) each."""

    metric: _Metric
    of_class: str | None
    counts: NDArray[np.bool_]
    hits: NDArray[np.bool_]


def small_rates(
    target: Categories, predicted: NDArray[np.int64], rows: ComparedRows, sizes: RateSizes
) -> tuple[SmallRateRecord, ...]:
    """What equalised odds compares, and the accuracy, of groups and cells with too few rows.

    Args:
        target: The kind of target.
        predicted: (n,) int64 classes.
        rows: The same rows.
        sizes: Which rates are small.
    """
    codes, _ = entity_codes(rows.predictions.entities)
    found = []
    for rate in _rates(target, predicted, rows.predictions.targets):
        for group, inside, is_compared in _groups(rows):
            cell = rate.counts & inside
            num_rows = int(cell.sum())
            if num_rows == 0 or (is_compared and num_rows >= sizes.compared):
                continue
            if too_small(num_rows, len(np.unique(codes[cell])), sizes.shown):
                continue
            share = clustered_share(
                rate.hits[cell].astype(np.float64), codes[cell], sizes.confidence
            )
            named = {"group": group, "metric": rate.metric, "of_class": rate.of_class}
            found.append(SmallRateRecord(**dict(share), **named))
    return tuple(found)


def _rates(
    target: Categories, predicted: NDArray[np.int64], targets: NDArray[np.int64]
) -> Iterator[_Rate]:
    everything = np.ones(len(targets), dtype=np.bool_)
    yield _Rate("accuracy", None, everything, predicted == targets)
    for c, name in enumerate(target.names):
        yield _Rate("recall", name, targets == c, predicted == c)
        yield _Rate("false_positive_rate", name, targets != c, predicted == c)


def _groups(rows: ComparedRows) -> Iterator[tuple[str, NDArray[np.bool_], bool]]:
    """Each group, its rows, and whether it is compared."""
    for labels, is_compared in ((rows.labels, True), (rows.small, False)):
        for group in np.unique(labels[labels != UNKNOWN]).tolist():
            yield group, labels == group, is_compared
