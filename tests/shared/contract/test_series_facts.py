from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.contract.series_facts import describe_gaps

_STAMPS = np.datetime64("2024-01-01T00:00:00", "s") + np.arange(10) * np.timedelta64(3600, "s")


def _values(missing: list[int]) -> NDArray[np.float32]:
    values = np.arange(10, dtype=np.float32)
    values[missing] = np.nan
    return values


def test_runs_without_a_value_are_gaps() -> None:
    facts = describe_gaps("a", _STAMPS, _values([2, 3, 4, 7]))
    assert (facts.num_steps, facts.num_observed, facts.num_gaps, facts.longest_gap_steps) == (
        10,
        6,
        2,
        3,
    )


def test_a_series_reaches_from_its_first_to_its_last_value() -> None:
    facts = describe_gaps("a", _STAMPS, _values([0, 1, 9]))
    assert (facts.first, facts.last) == ("2024-01-01T02:00:00", "2024-01-01T08:00:00")
    assert (facts.num_steps, facts.num_gaps) == (7, 0)
