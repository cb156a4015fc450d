from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.time_series.reading.series import Series
from pipelines.time_series.reading.table.sentinels import describe_repeated_extremes

_LOADS = np.random.default_rng(0).uniform(5, 9, size=100).astype(np.float64)


def _series(values: NDArray[np.float64]) -> Series:
    none = np.empty((len(values), 0), np.float64)
    stamps = np.arange(len(values)).astype("datetime64[s]")
    return Series(name="m", stamps=stamps, values=values, past=none, known=none)


@pytest.mark.parametrize("code", [-999.0, 9999.0, -1.0])
def test_a_far_value_that_repeats_is_said(code: float) -> None:
    values = _LOADS.copy()
    values[[3, 40, 41]] = code
    (sentence,) = describe_repeated_extremes([_series(values)])
    assert f"{code:g} in 3 steps of 'm'" in sentence


@pytest.mark.parametrize("what", ["plain", "once", "closed days", "switch", "near"])
def test_honest_values_are_not(what: str) -> None:
    values = _LOADS.copy()
    if what == "once":
        values[3] = -999.0
    if what == "closed days":
        values[::7] = 0.0
    if what == "switch":
        values = np.where(np.arange(100) % 3 == 0, 100.0, 1.0).astype(np.float64)
    if what == "near":
        values[::7] = 4.0
    assert describe_repeated_extremes([_series(values)]) == ()
