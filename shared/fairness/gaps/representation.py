"""What the splits hold: each group's share of them, and how often each class is true in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import rates_test
from shared.fairness.gaps.row_rates import RowRate
from shared.fairness.groups.attributes import group_labels, group_order
from shared.fairness.groups.grouped_errors import GroupedErrors
from shared.fairness.groups.suppression import too_small
from shared.run.files import GROUP_PREFIX
from shared.shared_names import shared_names
from shared.statistics.bootstrap import entity_codes
from shared.statistics.intervals import Estimate
from shared.statistics.permutations.arrangements import PermutationTest
from shared.statistics.shares import ShareEstimate, clustered_share
from shared.targets import Categories

__all__ = ["LABEL_RATE", "SplitShare", "label_rates", "label_test", "split_shares"]

LABEL_RATE = "label_rate"


@dataclass(frozen=True)
class SplitShare:
    """A group's share of one split.

    Attributes:
        split: train, val or test.
        group: The group.
        num_rows: Its rows.
        num_entities: Its entities.
        share: Of the split's rows, with its interval.
    """

    split: str
    group: str
    num_rows: int
    num_entities: int
    share: Estimate


@dataclass(frozen=True)
class _LabelledRows:
    """The rows of all splits that have an attribute.

    Attributes:
        labels: (n,) str groups.
        targets: (n,) int64 classes.
        codes: (n,) int64 entities.
    """

    labels: NDArray[np.str_]
    targets: NDArray[np.int64]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], attribute: str) -> _LabelledRows:
        having = [table for table in tables.values() if GROUP_PREFIX + attribute in table]
        entities = np.concatenate([_texts(table, "entity") for table in having])
        codes, _ = entity_codes(entities)
        return cls(
            labels=np.concatenate([_labels(table, attribute) for table in having]),
            targets=np.concatenate([table["target"].to_numpy(dtype=np.int64) for table in having]),
            codes=codes,
        )


def split_shares(
    tables: Mapping[str, pd.DataFrame], attribute: str, confidence: float
) -> list[SplitShare]:
    """Each group's share of each split that has the attribute; the unknown count as a group.

    Args:
        tables: Split -> `splits/<split>.parquet`.
        attribute: Its name.
        confidence: Level of the intervals, in (0, 1).
    """
    shares = []
    for split, table in tables.items():
        if GROUP_PREFIX + attribute not in table or table.empty:
            continue
        labels = _labels(table, attribute)
        codes, _ = entity_codes(_texts(table, "entity"))
        groups = sorted(np.unique(labels).tolist(), key=_unknown_last)
        shares += [
            _split_share(split, group, labels == group, codes, confidence) for group in groups
        ]
    return shares


def label_rates(
    target: Categories,
    tables: Mapping[str, pd.DataFrame],
    attribute: str,
    groups: Sequence[str],
    settings: AssessmentSettings,
) -> list[GroupRate]:
    """How often each class is true within each group, over all splits that have the attribute.

    Args:
        target: Names the classes.
        tables: Split -> `splits/<split>.parquet`.
        attribute: Its name.
        groups: Those that may be shown.
        settings: Smallest groups, and level of the intervals.
    """
    rows = _LabelledRows.of(tables, attribute)
    rates = []
    for c, name in enumerate(target.names):
        is_true = (rows.targets == c).astype(np.float64)
        for group in groups:
            inside = rows.labels == group
            rates.append(_label_rate(name, group, is_true[inside], rows.codes[inside], settings))
    return rates


def label_test(
    target: Categories,
    tables: Mapping[str, pd.DataFrame],
    attribute: str,
    rates: Sequence[GroupRate],
    settings: AssessmentSettings,
) -> tuple[PermutationTest | None, str]:
    """Test whether the class depends on the group, as `rates_test` does.

    Args:
        target: Names the classes.
        tables: Split -> `splits/<split>.parquet`.
        attribute: Its name.
        rates: As `label_rates` gives them.
        settings: Of the test.
    """
    rows = _LabelledRows.of(tables, attribute)
    groups = list(dict.fromkeys(rate.group for rate in rates))
    place = {group: i for i, group in enumerate(groups)}
    cells = [place.get(label, len(groups)) for label in rows.labels.tolist()]
    grouped = GroupedErrors(
        groups=(*groups, UNKNOWN),
        cells=np.array(cells, dtype=np.int64),
        codes=rows.codes,
        num_entities=int(rows.codes.max(initial=-1)) + 1,
        errors={},
        bounds={},
    )
    everything = np.ones(len(rows.targets), dtype=np.bool_)
    row_rates = [
        RowRate(LABEL_RATE, name, (rows.targets == c).astype(np.float64), everything)
        for c, name in enumerate(target.names)
    ]
    return rates_test(row_rates, grouped, rates, None, settings.plan)


def _split_share(
    split: str,
    group: str,
    is_member: NDArray[np.bool_],
    codes: NDArray[np.int64],
    confidence: float,
) -> SplitShare:
    share = clustered_share(is_member.astype(np.float64), codes, confidence)
    return SplitShare(
        split=split,
        group=group,
        num_rows=int(is_member.sum()),
        num_entities=len(np.unique(codes[is_member])),
        share=_estimate(share),
    )


def _label_rate(
    name: str,
    group: str,
    hits: NDArray[np.float64],
    codes: NDArray[np.int64],
    settings: AssessmentSettings,
) -> GroupRate:
    num_entities = len(np.unique(codes))
    reason = too_small(len(hits), num_entities, settings.privacy_size)
    not_tested = too_small(len(hits), num_entities, settings.min_group_size)
    rate = GroupRate(LABEL_RATE, name, group, len(hits), num_entities, reason)
    rate = replace(rate, not_tested=not_tested)
    if reason:
        return rate
    share = clustered_share(hits, codes, settings.resampling.confidence)
    return replace(rate, estimates={"value": _estimate(share)})


def _estimate(share: ShareEstimate) -> Estimate:
    """Without its denominators: those that are told are of the group."""
    return Estimate(value=share.value, ci_low=share.ci_low, ci_high=share.ci_high, note=share.note)


def _labels(table: pd.DataFrame, attribute: str) -> NDArray[np.str_]:
    return group_labels(table, attribute, _texts(table, "id"))


def _texts(table: pd.DataFrame, column: str) -> NDArray[np.str_]:
    return shared_names(table[column])


def _unknown_last(group: str) -> tuple[bool, tuple[float, bool, str]]:
    return group == UNKNOWN, group_order(group)
