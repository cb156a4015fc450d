"""Blocks of `metrics.json` about metrics: each metric, each fold, and tests against baselines."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.statistics.intervals import Estimate

__all__ = [
    "BaselineDifference",
    "FoldEntry",
    "MetricEntry",
    "PairedTestEntry",
    "PairedTests",
    "TestFamily",
    "Undefined",
]


class BaselineDifference(Estimate):
    """The model minus the best baseline, paired.

    Attributes:
        verdict: "better" or "worse" where the interval leaves out 0, in the metric's direction.
    """

    verdict: Literal["better", "worse", "inconclusive", "not known"]


class Undefined(Block):
    """Values that have no ratio, because what they would be divided by is 0 up to rounding.

    Attributes:
        num_undefined: Rows with such a value; the metric leaves the value out.
        num_values: Such values.
        series: Their series, all of them.
        reason: What is 0.
    """

    num_undefined: int = 0
    num_values: int = 0
    series: tuple[str, ...] = ()
    reason: str = ""


class MetricEntry(Estimate, Undefined):
    """A metric on the test split.

    Attributes:
        n: Rows, those with undefined values included.
        unit: As in `MetricInfo`, likewise the three below.
        better: The direction that is better.
        describe: What it says.
        source: Where its formula stands.
        baseline: Value of the baseline that does best on this metric; None without baselines.
        baseline_name: That baseline.
        versus_baseline: The difference to it.
    """

    n: int
    unit: str
    better: Literal["higher", "lower"]
    describe: str
    source: str
    baseline: float | None
    baseline_name: str | None
    versus_baseline: BaselineDifference


class FoldEntry(Estimate):
    """The primary metric on one fold of a cross-validation.

    Attributes:
        fold: Counted from 1.
        entities: The first three of its entities.
        num_entities: All of them.
        n: Rows.
    """

    fold: int
    entities: tuple[str, ...]
    num_entities: int
    n: int


class PairedTestEntry(Block):
    """One test of the model against a comparator.

    Attributes:
        metric: What is compared.
        comparator: A baseline or another run.
        method: Name of the test.
        difference: Model minus comparator; None if undefined, likewise the three below.
        statistic: As the method defines it.
        p_value: Two-sided.
        p_adjusted: Within the family.
        reason: Why the test can't be made; empty if it can.
    """

    metric: str
    comparator: str
    method: str
    difference: float | None
    statistic: float | None
    p_value: float | None
    p_adjusted: float | None
    reason: str


class TestFamily(Block):
    """Tests that are adjusted together.

    Attributes:
        method: Of the adjustment.
        size: Number of tests.
    """

    method: Literal["Holm"]
    size: int


class PairedTests(Block):
    """All paired tests.

    Attributes:
        family: How they are adjusted.
        tests: One per metric that has one.
    """

    family: TestFamily
    tests: tuple[PairedTestEntry, ...]
