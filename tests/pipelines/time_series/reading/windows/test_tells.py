"""Copies are found however they were changed; honest covariates are not called copies."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.leaks.windows import _HONEST, _LEAKS, _SERIES, _is_called


@pytest.mark.parametrize("kind", list(_LEAKS))
@pytest.mark.parametrize("series", ["hourly load", "daily sales"])
def test_a_changed_copy_is_found(series: str, kind: str) -> None:
    draw = np.random.default_rng(0)
    assert _is_called(_LEAKS[kind], *_SERIES[series](draw), draw)


@pytest.mark.parametrize("kind", list(_HONEST))
@pytest.mark.parametrize("series", list(_SERIES))
def test_an_honest_covariate_is_not(series: str, kind: str) -> None:
    draw = np.random.default_rng(0)
    assert not _is_called(_HONEST[kind], *_SERIES[series](draw), draw)


def test_of_two_series_that_only_rise_neither_tells_the_other() -> None:
    draw = np.random.default_rng(0)
    reading, time = _SERIES["meter reading"](draw)
    assert not _is_called(lambda y, x, g: time**2, reading, time, draw)
