from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.fairness.groups.attributes import Attribute, group_order, read_attributes
from shared.fairness.groups.grouped_errors import GroupedErrors, group_sizes

_SERIES = np.repeat(["north", "south", "east", "west"], 30)
_BLOCKS = np.tile(np.repeat(["week 1", "week 2", "week 3"], 10), 4)


def _read(labels: list[str] | np.ndarray) -> Attribute:
    ids = np.arange(len(_SERIES)).astype(np.str_)
    table = pd.DataFrame({"id": ids, "entity": _BLOCKS, "series": _SERIES, "group:size": labels})
    return read_attributes(table, ids, {}, ["size"], again="")[0]


def _units(attribute: Attribute) -> dict[str, int]:
    grouped = GroupedErrors.of(
        attribute, _BLOCKS, {"error": np.zeros(len(_SERIES))}, {"error": 1.0}
    )
    return {size.group: size.num_entities for size in group_sizes(grouped, 2)}


def test_groups_of_series_are_compared_series_by_series() -> None:
    attribute = _read(np.where(np.isin(_SERIES, ["north", "south"]), "small", "large"))
    assert _units(attribute) == {"small": 2, "large": 2}
    assert "the 4 series, not blocks of time" in attribute.remarks[-1]


def test_series_themselves_are_compared_over_time() -> None:
    attribute = _read(_SERIES)
    assert set(_units(attribute).values()) == {3}
    assert "Each group is one series" in attribute.remarks[-1]


@pytest.mark.parametrize(
    "labels", [np.tile(["day", "night"], 60), np.where(_BLOCKS == "week 1", "winter", "summer")]
)
def test_groups_that_cut_through_series_keep_blocks_of_time(labels: np.ndarray) -> None:
    attribute = _read(labels)
    assert attribute.units is None
    assert attribute.remarks == ()


@pytest.mark.parametrize("ordered", [
    ["under 30", "30 to 44", "45 to 59", "75 and over"],
    ["1–10 words", "11–25 words", "over 25 words"],
    ["under -5 dB", "-5 to 5 dB", "5 to 15 dB", "15 dB and more"],
    ["A", "B", "unlike"],
])  # fmt: skip
def test_bands_stand_in_the_order_of_their_numbers(ordered: list[str]) -> None:
    assert sorted(set(ordered), key=group_order) == ordered
