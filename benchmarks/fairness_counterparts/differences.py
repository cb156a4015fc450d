"""The largest difference between a number of ours and its counterpart, over many tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from shared.fairness.gaps.group_metric import Comparison, GroupRate

__all__ = ["Differences", "values_by_group"]


@dataclass
class Differences:
    """Keeps the largest.

    Attributes:
        largest: (our number, its counterpart) -> largest absolute difference.
    """

    largest: dict[tuple[str, str], float] = field(default_factory=dict)

    def keep(self, metric: str, counterpart: str, ours: float, theirs: float) -> None:
        """One number beside the other; both NaN is the same."""
        if np.isnan(ours) and np.isnan(theirs):
            return
        key = (metric, counterpart)
        self.largest[key] = max(self.largest.get(key, 0.0), abs(ours - theirs))

    def keep_groups(
        self, metric: str, counterpart: str, ours: Mapping[str, float], theirs: Mapping[str, float]
    ) -> None:
        """Group by group, where we give a value."""
        for group, value in ours.items():
            self.keep(metric, counterpart, value, theirs[group])


def values_by_group(
    rates: list[GroupRate],
    metric: str,
    of_class: str | None = None,
    comparison: Comparison = "value",
) -> dict[str, float]:
    """Group -> value of a metric, without groups that are suppressed."""
    return dict(_shown(rates, metric, of_class, comparison))


def _shown(
    rates: list[GroupRate], metric: str, of_class: str | None, comparison: Comparison
) -> Iterator[tuple[str, float]]:
    for rate in rates:
        if (rate.metric, rate.of_class) == (metric, of_class) and comparison in rate.estimates:
            value = rate.estimates[comparison].value
            if value is not None:
                yield rate.group, value
