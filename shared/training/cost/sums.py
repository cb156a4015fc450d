"""Sums of numbers that are known only within limits."""

from __future__ import annotations

from collections.abc import Sequence

from shared.run.artefacts.train_file import BoundedEstimate

__all__ = ["add_estimates"]


def add_estimates(estimates: Sequence[BoundedEstimate]) -> BoundedEstimate:
    """The sum of at least one estimate in one unit.

    Limits are added too, as if all erred the same way: nothing says that they don't.
    """
    highs = [one.high for one in estimates if one.high is not None]
    return BoundedEstimate(
        value=sum(one.value for one in estimates),
        low=sum(one.low for one in estimates),
        high=sum(highs) if len(highs) == len(estimates) else None,
        unit=estimates[0].unit,
        method="; ".join(one.method for one in estimates),
    )
