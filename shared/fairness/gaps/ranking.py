"""Whether the scores order examples equally well within each group, before any threshold.

The area under the ROC curve of a class against the rest, among the rows of one group: it does not
depend on how common the class is there, nor on where the threshold lies, so that a gap in it is the
model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.fairness.gaps.comparison import (
    Comparable,
    compare_groups,
    shown_cells,
    tested_cells,
)
from shared.fairness.gaps.group_metric import Denominators, GroupMetric, GroupRate, Members
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling
from shared.statistics.permutations.arrangements import (
    Arrangement,
    PermutationTest,
    arrange,
    compare_arrangements,
)
from shared.statistics.permutations.permutation import (
    PermutationPlan,
    spread_of,
    studentised_range,
    too_few_arrangements,
)
from shared.statistics.ranking_areas import area_under_curve
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["METRIC", "ranking_rates", "ranking_test"]

METRIC = "auc"

_MOST_ROWS = 200_000
"""Rows of which arrangements are compared; of more, as many drawn at random. Between two groups of
half of them each, with areas of 0.8 and as many positives as negatives, a gap of 0.01 is five
standard errors (Hanley & McNeil 1982, eq. 1)."""

_MOST_STEPS = 3_000_000_000
"""Row visits that a test may cost (about half a minute); beyond it there are fewer permutations."""

_FEWEST_PERMUTATIONS = 199


def ranking_rates(
    target: Categories,
    test: Predictions,
    groups: SizedGroups,
    resampling: Resampling,
) -> list[GroupRate]:
    """The area of each class and shown group, beside that of the reference.

    `num_rows` are those of the scarcer side.

    Args:
        target: Names the classes.
        test: Finite scores beside the truth.
        groups: The attribute; its rows are those of `test`. To be tested, both the class and the
            others need its smallest number of rows in a group.
        resampling: Of entities.
    """
    probabilities = target.probabilities(test.scores)
    metrics = [
        _metric(target.names[c], probabilities[:, c], test.targets == c, groups.grouped)
        for c in target.scored_classes()
    ]
    comparable = [
        Comparable(shown_cells(metric, groups), with_others=tested_cells(metric, groups))
        for metric in metrics
    ]
    return compare_groups(metrics, comparable, groups, resampling)


def ranking_test(
    target: Categories,
    test: Predictions,
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    plan: PermutationPlan,
) -> tuple[PermutationTest | None, str]:
    """Test whether any class's area differs between the groups that have one.

    The effect is that of all rows, and the p-value where they are very many that of some of them,
    drawn without regard to groups, which leaves the test exact.

    Returns:
        The test and an empty sentence, or None and the reason why it can't be made.
    """
    tested = [rate for rate in rates if rate.is_tested]
    compared = sorted({rate.group for rate in tested})
    kept, labels = grouped.among(compared)

    def ordered(rows: NDArray[np.int64]) -> _OrderedRows:
        of_test = kept[rows]
        orders = _orders(target, test.take(of_test), tested, compared)
        given = test.targets[of_test]
        return _OrderedRows(orders, arrange(labels[rows], grouped.codes[of_test], given))

    whole = ordered(np.arange(len(kept)))
    if not whole.orders:
        return None, "No two groups have enough examples of one class and of the others."
    areas, _ = whole.areas(whole.arrangement.labels[None])
    drawn = whole if len(kept) <= _MOST_ROWS else ordered(_drawn_rows(len(kept), plan.seed))
    outcome = _compare(drawn, spread_of(areas), plan)
    reason = too_few_arrangements(outcome, plan.alpha)
    return (None, reason) if reason else (outcome, "")


def _compare(rows: _OrderedRows, spread: float, plan: PermutationPlan) -> PermutationTest:
    num_rows = len(rows.arrangement.cell_of_row)
    visits = num_rows * len(rows.orders) * len(rows.orders[0].judged)
    number = min(plan.permutations, max(_FEWEST_PERMUTATIONS, _MOST_STEPS // visits))

    def statistic(labels: NDArray[np.int64]) -> NDArray[np.float64]:
        areas, variances = rows.areas(labels)
        return np.asarray(studentised_range(areas, variances).max(axis=1))

    return compare_arrangements(
        statistic,
        spread,
        rows.arrangement,
        permutations=number,
        seed=plan.seed,
        level=plan.alpha,
        row_cells=num_rows // len(rows.arrangement.labels) + 1,
    )


def _drawn_rows(num_rows: int, seed: tuple[int, ...]) -> NDArray[np.int64]:
    """(`_MOST_ROWS`,) int64 in rising order, each at most once."""
    generator = np.random.default_rng([*seed, 1])
    return np.sort(generator.choice(num_rows, _MOST_ROWS, replace=False, shuffle=False))


@dataclass(frozen=True)
class _Order:
    """Rows by rising probability of one class.

    Attributes:
        rows: (n,) int64: row at each place.
        positive: (positives,) int64: places of the class's rows.
        below: (positives,) int64: places before the first row of equal probability.
        through: (positives,) int64: places up to the last one.
        judged: Per group, whether it has an area.
    """

    rows: NDArray[np.int64]
    positive: NDArray[np.int64]
    below: NDArray[np.int64]
    through: NDArray[np.int64]
    judged: Sequence[bool]

    @classmethod
    def of(
        cls, scores: NDArray[np.float64], positive: NDArray[np.bool_], judged: Sequence[bool]
    ) -> _Order:
        rows = np.argsort(scores, kind="stable")
        ordered = scores[rows]
        places = np.flatnonzero(positive[rows])
        below = np.searchsorted(ordered, ordered[places], side="left")
        through = np.searchsorted(ordered, ordered[places], side="right")
        return cls(rows, places, below, through, judged)

    def areas(self, members: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Members (arrangements, n) bool -> the area A among them and its variance.

        Both are NaN where a side is missing. A is the share of pairs of a positive and a negative
        row in which the positive has the higher score, where ties count half. The variance is
        Hanley & McNeil's (1982, eq. 1) for independent rows: here it only has to follow the sizes
        of the sides.
        """
        ordered = members[:, self.rows]
        held = ordered[:, self.positive].astype(np.float64)  # (arrangements, positives), 0 or 1
        ordered[:, self.positive] = False
        negatives = np.zeros((len(members), len(self.rows) + 1))
        np.cumsum(ordered, axis=1, out=negatives[:, 1:])  # negatives below each place
        outscored = 0.5 * (negatives[:, self.below] + negatives[:, self.through])
        num_positive = held.sum(axis=1)
        num_negative = negatives[:, -1]
        has_both = (num_positive > 0) & (num_negative > 0)
        pairs = np.where(has_both, num_positive * num_negative, np.nan)
        area = (held * outscored).sum(axis=1) / pairs
        return area, _area_variance(area, num_positive, num_negative) / pairs


def _area_variance(
    area: NDArray[np.float64], num_positive: NDArray[np.float64], num_negative: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Hanley & McNeil (1982, eq. 1): the numerator of the variance of an area A.

    A (1 - A) + (n₊ - 1) (Q₁ - A²) + (n₋ - 1) (Q₂ - A²), which is divided by n₊ n₋. For scores of
    exponential shape Q₁ = A / (2 - A): two positives outscore one negative; Q₂ = 2 A² / (1 + A):
    one positive outscores two negatives.
    """
    square = area**2
    two_positives = area / (2.0 - area) - square  # Q₁ - A²
    two_negatives = 2.0 * square / (1.0 + area) - square  # Q₂ - A²
    among = (num_positive - 1.0) * two_positives + (num_negative - 1.0) * two_negatives
    return np.maximum(area * (1.0 - area) + among, 0.0)


def _orders(
    target: Categories, test: Predictions, rates: Sequence[GroupRate], groups: Sequence[str]
) -> list[_Order]:
    """One for each class of which at least two groups have an area."""
    has_value = {(rate.of_class, rate.group) for rate in rates}
    probabilities = target.probabilities(test.scores)
    orders = []
    for c in target.scored_classes():
        judged = [(target.names[c], group) in has_value for group in groups]
        if sum(judged) >= 2:
            orders.append(_Order.of(probabilities[:, c], test.targets == c, judged))
    return orders


@dataclass(frozen=True)
class _OrderedRows:
    """Rows in the order of each class's probability, and what of them can be exchanged."""

    orders: list[_Order]
    arrangement: Arrangement

    def areas(self, labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Labels (arrangements, cells) -> areas and variances (arrangements, groups, classes).

        NaN where a group is not judged.
        """
        of_rows = labels[:, self.arrangement.cell_of_row]
        areas = np.full((len(labels), len(self.orders[0].judged), len(self.orders)), np.nan)
        variances = areas.copy()
        for place, order in enumerate(self.orders):
            for group in np.flatnonzero(order.judged).tolist():
                area, variance = order.areas(of_rows == group)
                areas[:, group, place] = area
                variances[:, group, place] = variance
        return areas, variances


def _metric(
    name: str, scores: NDArray[np.float64], positive: NDArray[np.bool_], grouped: GroupedErrors
) -> GroupMetric:
    members = Members.of(grouped)
    areas = []
    for cell in range(members.num_groups):
        rows = np.flatnonzero(grouped.cells == cell)
        codes = grouped.codes[rows]
        areas.append(area_under_curve(scores[rows], positive[rows], codes, grouped.num_entities))

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([area(weights) for area in areas])

    sides = [
        Denominators.count(members.only(grouped.is_known & side)) for side in (positive, ~positive)
    ]
    return GroupMetric(METRIC, name, evaluate, Denominators.scarcest(sides))
