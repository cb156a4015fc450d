"""Whether the scores order examples equally well within each group, before any threshold turns them into decisions.

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
    Able,
    Denominators,
    Evaluate,
    GroupMetric,
    GroupRate,
    Members,
    compare,
)
from shared.fairness.groups.disaggregate import GroupedErrors, GroupSize, known_groups
from shared.fairness.groups.suppression import too_small
from shared.statistics.areas import area_under_curve
from shared.statistics.arrangements import (
    Arrangement,
    PermutationTest,
    arrange,
    compare_arrangements,
)
from shared.statistics.bootstrap import Resampling
from shared.statistics.permutation import (
    PermutationPlan,
    spread_of,
    studentised_range,
    too_few_arrangements,
)
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["METRIC", "ranking_rates", "ranking_test"]

METRIC = "auc"

_MOST_STEPS = 3_000_000_000
"""Row visits that a test may cost (about half a minute); beyond it there are fewer permutations."""

_FEWEST_PERMUTATIONS = 199


def ranking_rates(
    target: Categories,
    test: Predictions,
    grouped: GroupedErrors,
    sizes: list[GroupSize],
    min_group_size: int,
    resampling: Resampling,
    reference: str | None,
) -> list[GroupRate]:
    """The area of each class and shown group, beside that of the reference.

    `num_rows` are those of the scarcer side.

    Args:
        target: Names the classes.
        test: Finite scores beside the truth.
        grouped: The attribute; its rows are those of `test`.
        sizes: Of its groups.
        min_group_size: Rows that both the class and the rest must have in a group.
        resampling: Of entities.
        reference: The group that all others are compared with; None if there is none.
    """
    groups, probabilities = known_groups(grouped), target.probabilities(test.scores)
    shown = [cell for cell in range(len(groups)) if not sizes[cell].suppressed]
    metrics = [
        _metric(target.names[c], probabilities[:, c], test.targets == c, grouped, len(groups))
        for c in target.scored_classes()
    ]
    place = groups.index(reference) if reference in groups else None
    able = [
        Able(tuple(cell for cell in shown if not _reason(metric, cell, min_group_size)), ())
        for metric in metrics
    ]
    found = compare(metrics, able, place, grouped.num_entities, resampling)
    return [
        GroupRate(
            METRIC,
            metric.of_class,
            groups[cell],
            int(metric.denominators.rows[cell]),
            int(metric.denominators.entities[cell]),
            _reason(metric, cell, min_group_size),
            found[i].get(cell, {}),
        )
        for i, metric in enumerate(metrics)
        for cell in shown
    ]


def ranking_test(
    target: Categories,
    test: Predictions,
    grouped: GroupedErrors,
    rates: Sequence[GroupRate],
    plan: PermutationPlan,
) -> tuple[PermutationTest | None, str]:
    """Test whether any class's area differs between the groups that have one.

    Else a sentence why that can't be tested.
    """
    compared = sorted({rate.group for rate in rates if rate.value is not None})
    has_value = {(rate.of_class, rate.group) for rate in rates if rate.value is not None}
    classes = [
        c
        for c in target.scored_classes()
        if sum((target.names[c], group) in has_value for group in compared) >= 2
    ]
    if not classes:
        return None, "No two groups have enough examples of one class and of the others."
    kept, labels = grouped.among(compared)
    arrangement = arrange(labels, grouped.codes[kept], test.targets[kept])
    probabilities = target.probabilities(test.scores[kept])
    orders = [
        _Order.of(
            probabilities[:, c],
            test.targets[kept] == c,
            [(target.names[c], group) in has_value for group in compared],
        )
        for c in classes
    ]
    affordable = _MOST_STEPS // (len(kept) * len(classes) * len(compared))
    number = min(plan.permutations, max(_FEWEST_PERMUTATIONS, affordable))
    row_cells = max(1, len(kept) // len(arrangement.labels) + 1)

    def statistic(cells: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(studentised_range(*_areas(orders, cells, arrangement)).max(axis=1))

    spread = spread_of(_areas(orders, arrangement.labels[None], arrangement)[0])
    outcome = compare_arrangements(
        statistic, spread, arrangement, permutations=number, seed=plan.seed, row_cells=row_cells
    )
    reason = too_few_arrangements(outcome, plan.alpha)
    return (None, reason) if reason else (outcome, "")


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
        ordered, places = scores[rows], np.flatnonzero(positive[rows])
        below, through = (
            np.searchsorted(ordered, ordered[places], side=side) for side in ("left", "right")
        )
        return cls(rows, places, below, through, judged)

    def areas(self, members: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Members (arrangements, n) bool -> the area among them and its variance, NaN where a side is missing.

        The variance is Hanley & McNeil's (1982, eq. 1) for independent rows: here it only has to
        follow the sizes of the sides.
        """
        ordered = members[:, self.rows]
        held = ordered[:, self.positive].astype(np.float64)
        ordered[:, self.positive] = False
        negatives = np.zeros((len(members), len(self.rows) + 1))
        np.cumsum(ordered, axis=1, out=negatives[:, 1:])
        outscored = 0.5 * (negatives[:, self.below] + negatives[:, self.through])
        positive, negative = held.sum(axis=1), negatives[:, -1]
        pairs = np.where((positive > 0) & (negative > 0), positive * negative, np.nan)
        area = (held * outscored).sum(axis=1) / pairs
        first, second = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
        among = (positive - 1.0) * (first - area**2) + (negative - 1.0) * (second - area**2)
        return area, np.maximum(area * (1.0 - area) + among, 0.0) / pairs


def _areas(
    orders: Sequence[_Order], labels: NDArray[np.int64], arrangement: Arrangement
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Labels (arrangements, cells) -> areas and variances (arrangements, groups, classes), NaN where a group is not judged."""
    of_rows = labels[:, arrangement.cell_of_row]
    areas = np.full((len(labels), len(orders[0].judged), len(orders)), np.nan)
    variances = areas.copy()
    for place, order in enumerate(orders):
        for group in np.flatnonzero(order.judged).tolist():
            areas[:, group, place], variances[:, group, place] = order.areas(of_rows == group)
    return areas, variances


def _metric(
    name: str,
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    grouped: GroupedErrors,
    num_groups: int,
) -> GroupMetric:
    areas: list[Evaluate] = []
    for cell in range(num_groups):
        rows = np.flatnonzero(grouped.cells == cell)
        areas.append(
            area_under_curve(
                scores[rows], positive[rows], grouped.codes[rows], grouped.num_entities
            )
        )
    known = grouped.cells < num_groups
    sides = [
        Denominators.count(
            Members(grouped.cells, grouped.codes, num_groups, grouped.num_entities).only(
                known & side
            )
        )
        for side in (positive, ~positive)
    ]
    scarcer = Denominators(
        *(
            np.minimum(getattr(sides[0], part), getattr(sides[1], part))
            for part in Denominators.__dataclass_fields__
        )
    )
    return GroupMetric(
        METRIC, name, lambda weights: np.stack([area(weights) for area in areas]), scarcer
    )


def _reason(metric: GroupMetric, cell: int, min_group_size: int) -> str:
    return too_small(
        int(metric.denominators.rows[cell]), int(metric.denominators.entities[cell]), min_group_size
    )
