"""Does the model look elsewhere for some group? A permutation test for each attribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.explain.survey.surveyed_rows import SurveyedRows
from shared.run.artefacts.explanations.survey import GroupLook
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.statistics.permutations.arrangements import PermutationTest, arrange
from shared.statistics.permutations.permutation import RowTable, spreads_test, too_few_arrangements
from shared.statistics.significance import holm

__all__ = ["compare_groups"]

_MOST_PLACES = 12
"""That are compared: with more, each would have to differ by more to stand out of the largest."""
_FEWEST_ROWS = 8
"""Of a group: with fewer, one row moves a mean by more than an eighth."""
_PERMUTATIONS = 999


@dataclass(frozen=True)
class _Compared:
    """Rows of the groups that are large enough.

    Attributes:
        groups: Their names.
        labels: (rows,) int64 group of each row.
        shares: (rows, places) float64 of the strongest places, 0 where a row has it not.
        entities: (rows,) int64.
        explained: (rows,) int64: what is explained of each.
    """

    groups: tuple[str, ...]
    labels: NDArray[np.int64]
    shares: NDArray[np.float64]
    entities: NDArray[np.int64]
    explained: NDArray[np.int64]

    @property
    def means(self) -> NDArray[np.float64]:
        """(groups, places)."""
        return np.stack([self.shares[self.labels == k].mean(axis=0) for k in range(self.size)])

    @property
    def size(self) -> int:
        """Groups."""
        return len(self.groups)


def compare_groups(found: SurveyedRows, resampling: Resampling) -> tuple[GroupLook, ...]:
    """One test for each attribute, adjusted for their number.

    The statistic is the largest studentised difference of any place between any two groups, as in
    the fairness stage. Entities are exchanged among rows of which the same is explained, so that a
    group with more of one class does not look different for that.

    Args:
        found: Brief explanations.
        resampling: Of entities; its confidence gives the level of a test that must be possible.
    """
    attributes = list(dict.fromkeys(name for row in found.rows for name in row.groups))
    looks = [_look(found, attribute, resampling) for attribute in attributes]
    tested = [look.p_value for look in looks if look.p_value is not None]
    adjusted = iter(holm(np.array(tested, dtype=np.float64)).tolist() if tested else [])
    return tuple(
        look if look.p_value is None else look.model_copy(update={"p_adjusted": next(adjusted)})
        for look in looks
    )


def _look(found: SurveyedRows, attribute: str, resampling: Resampling) -> GroupLook:
    chosen = found.strongest(_MOST_PLACES)
    compared = _compared(found, attribute, chosen)
    counts = {name: int((compared.labels == k).sum()) for k, name in enumerate(compared.groups)}
    nothing = GroupLook(
        attribute=attribute,
        counts=counts,
        place="",
        shares={},
        spread=None,
        p_value=None,
        p_adjusted=None,
        note=f"fewer than two groups have {_FEWEST_ROWS} surveyed rows",
    )
    if compared.size < 2:
        return nothing
    furthest = int(np.ptp(compared.means, axis=0).argmax())
    test = _test(compared, resampling.seed)
    note = too_few_arrangements(test, 1.0 - resampling.confidence)
    found_there = {
        "place": found.names[int(chosen[furthest])],
        "shares": _shares(compared, furthest, resampling),
        "spread": float(np.ptp(compared.means[:, furthest])),
        "p_value": None if note else test.p_value,
        "note": note,
    }
    return nothing.model_copy(update=found_there)


def _test(compared: _Compared, seed: tuple[int, ...]) -> PermutationTest:
    """Of all places at once."""
    table = RowTable(
        compared.shares,
        np.ones(compared.shares.shape, dtype=np.bool_),
        np.ones((compared.shares.shape[1], compared.size), dtype=np.bool_),
    )
    arrangement = arrange(compared.labels, compared.entities, compared.explained)
    return spreads_test(table, arrangement, permutations=_PERMUTATIONS, seed=seed)


def _compared(found: SurveyedRows, attribute: str, chosen: NDArray[np.int64]) -> _Compared:
    names = np.array([row.groups.get(attribute, UNKNOWN) for row in found.rows], dtype=np.str_)
    values, sizes = np.unique(names, return_counts=True)
    large = [
        str(name)
        for name, size in zip(values, sizes, strict=True)
        if size >= _FEWEST_ROWS and name != UNKNOWN
    ]
    is_compared = np.isin(names, large)
    codes, _ = entity_codes(found.entities[is_compared])
    explained = np.unique(found.explained[is_compared], return_inverse=True)[1]
    labels = np.searchsorted(np.array(large, dtype=np.str_), names[is_compared])
    return _Compared(
        tuple(large),
        labels.astype(np.int64),
        np.nan_to_num(found.shares[is_compared][:, chosen]),
        codes,
        explained.astype(np.int64),
    )


def _shares(compared: _Compared, place: int, resampling: Resampling) -> dict[str, Estimate]:
    """Mean share of each group at one place."""
    column = compared.shares[:, place]
    by_group = np.stack(
        [np.where(compared.labels == k, column, np.nan) for k in range(compared.size)], axis=1
    )
    num_entities = int(compared.entities.max()) + 1
    measures = [
        Measure(name, len(np.unique(compared.entities[compared.labels == k])), low=0.0, high=1.0)
        for k, name in enumerate(compared.groups)
    ]
    statistic = mean_statistic(measures, by_group, compared.entities, num_entities)
    return estimates([statistic], num_entities, resampling)
