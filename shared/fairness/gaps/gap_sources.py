"""Where a difference between groups of people enters: the data, the model, or the threshold.

Four views of the same groups, in the order in which a decision comes about:

1. representation: how much of each part is of the group;
2. labels: how often each class is true, over all parts. Unequal labels are in the data before
anything is learnt; 3. model: whether scores order the examples of each group equally well (area
under the ROC curve within the group), and whether
   confidence is right in each. Neither depends on how common a class is (the first), nor on a
   threshold;
4. threshold: how often each class is decided, and how much more often than it is true.

Each of the last three has a permutation test by entity of its largest difference, adjusted over all
attributes of people and steps. Suresh & Guttag (2021), "A framework for understanding sources of
harm", names more places; these are the ones that a run's files show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.gaps.comparison import GroupRate
from shared.fairness.gaps.parity import Difference, ParityFinding, differences, rates_test
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.attributes import PREFIX, group_labels, group_order
from shared.fairness.groups.disaggregate import GroupedErrors
from shared.fairness.groups.suppression import too_small
from shared.statistics.arrangements import PermutationTest
from shared.statistics.bootstrap import entity_codes
from shared.statistics.intervals import Estimate
from shared.statistics.permutation import PermutationPlan
from shared.statistics.shares import clustered_share
from shared.targets import Categories

__all__ = [
    "LABEL_RATE",
    "GapSources",
    "Share",
    "Step",
    "StepName",
    "find_gap_sources",
    "label_rates",
    "shares_of_parts",
]

LABEL_RATE = "label_rate"

StepName = Literal["labels", "ranking", "confidence", "decisions"]

_STEPS_OF_CRITERIA: tuple[tuple[StepName, str, tuple[str, ...]], ...] = (
    ("confidence", "calibration", ("calibration_gap",)),
    ("decisions", "demographic parity", ("selection_rate", "selection_excess")),
)
"""Steps that a criterion has tested already, and the rates that show them."""


@dataclass(frozen=True)
class Share:
    """A group's share of one part.

    Attributes:
        part: train, val or test.
        group: The group.
        num_rows: Its rows.
        num_entities: Its entities.
        share: Of the part's rows, with its interval.
    """

    part: str
    group: str
    num_rows: int
    num_entities: int
    share: Estimate


@dataclass(frozen=True)
class Step:
    """One step at which a difference may enter.

    Attributes:
        name: Which.
        rates: What is compared.
        largest: The largest difference between two groups; None if nothing can be compared.
        test: Of that difference; None if it can't be made.
        reason: Why there is no test; empty if there is one.
    """

    name: StepName
    rates: list[GroupRate]
    largest: Difference | None
    test: PermutationTest | None
    reason: str


@dataclass(frozen=True)
class GapSources:
    """All of one attribute's views."""

    representation: list[Share]
    steps: list[Step]


def find_gap_sources(
    representation: list[Share],
    labels: Step,
    ranking: tuple[list[GroupRate], PermutationTest | None, str],
    rates: Sequence[GroupRate],
    parity: Sequence[ParityFinding],
) -> GapSources:
    """Put the views together.

    Args:
        representation: As `shares_of_parts` gives it.
        labels: As `label_rates` gives it.
        ranking: Areas by group, their test, and why there is none.
        rates: Rates of the test split.
        parity: Criteria, of which calibration and demographic parity are steps.
    """
    areas, test, reason = ranking
    steps = [labels, Step("ranking", areas, _largest(areas), test, reason)]
    for name, criterion, metrics in _STEPS_OF_CRITERIA:
        found = next((item for item in parity if item.criterion.name == criterion), None)
        if found is not None:
            shown = [rate for rate in rates if rate.metric in metrics]
            steps.append(Step(name, shown, found.largest, found.test, found.reason))
    return GapSources(representation, steps)


def shares_of_parts(
    tables: Mapping[str, pd.DataFrame], attribute: str, confidence: float
) -> list[Share]:
    """Each group's share of each part that has the attribute; the unknown count as a group.

    Args:
        tables: Part -> `splits/<part>.parquet`.
        attribute: Its name.
        confidence: Level of the intervals, in (0, 1).
    """
    found = []
    for part, table in tables.items():
        if PREFIX + attribute not in table or table.empty:
            continue
        labels = group_labels(table, attribute, table["id"].to_numpy(dtype=np.str_))
        codes, _ = entity_codes(table["entity"].to_numpy(dtype=np.str_))
        for group in sorted(
            np.unique(labels).tolist(), key=lambda name: (name == UNKNOWN, group_order(name))
        ):
            hits = (labels == group).astype(np.float64)
            members = int(hits.sum())
            share = clustered_share(hits, codes, confidence)
            found.append(
                Share(
                    part,
                    group,
                    members,
                    len(np.unique(codes[labels == group])),
                    share,
                )
            )
    return found


def label_rates(
    target: Categories,
    tables: Mapping[str, pd.DataFrame],
    attribute: str,
    groups: Sequence[str],
    *,
    min_group_size: int,
    confidence: float,
    plan: PermutationPlan,
) -> Step:
    """How often each class is true within each group, over all parts that have the attribute, and whether that depends on the group.

    Args:
        target: Names the classes.
        tables: Part -> `splits/<part>.parquet`.
        attribute: Its name.
        groups: Those that may be shown.
        min_group_size: Rows below which a group has no rate.
        confidence: Level of the intervals, in (0, 1).
        plan: Of the test.
    """
    labels, targets, codes = _rows_of(tables, attribute)
    place = {group: i for i, group in enumerate(groups)}
    cells = np.array([place.get(label, len(groups)) for label in labels.tolist()], dtype=np.int64)
    rates = [
        _label_rate(
            target.names[c],
            group,
            (targets == c)[cells == i].astype(np.float64),
            codes[cells == i],
            min_group_size,
            confidence,
        )
        for c in range(len(target.names))
        for i, group in enumerate(groups)
    ]
    rows = [
        RowRate(
            LABEL_RATE,
            name,
            (targets == c).astype(np.float64),
            np.ones(len(targets), dtype=np.bool_),
        )
        for c, name in enumerate(target.names)
    ]
    grouped = GroupedErrors(
        (*groups, UNKNOWN), cells, codes, int(codes.max(initial=-1)) + 1, {}, {}
    )
    test, reason = rates_test(rows, grouped, rates, None, plan)
    return Step("labels", rates, _largest(rates), test, reason)


def _label_rate(
    name: str,
    group: str,
    hits: NDArray[np.float64],
    codes: NDArray[np.int64],
    min_group_size: int,
    confidence: float,
) -> GroupRate:
    num_entities = len(np.unique(codes))
    reason = too_small(len(hits), num_entities, min_group_size)
    value = None if reason else clustered_share(hits, codes, confidence)
    return GroupRate(
        LABEL_RATE,
        name,
        group,
        len(hits),
        num_entities,
        reason,
        {} if value is None else {"value": value},
    )


def _rows_of(
    tables: Mapping[str, pd.DataFrame], attribute: str
) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]:
    having = [table for table in tables.values() if PREFIX + attribute in table]
    labels = [
        group_labels(table, attribute, table["id"].to_numpy(dtype=np.str_)) for table in having
    ]
    targets = [table["target"].to_numpy(dtype=np.int64) for table in having]
    entities = [table["entity"].to_numpy(dtype=np.str_) for table in having]
    return (
        np.concatenate(labels),
        np.concatenate(targets),
        entity_codes(np.concatenate(entities))[0],
    )


def _largest(rates: Sequence[GroupRate]) -> Difference | None:
    return next(iter(differences(rates)), None)
