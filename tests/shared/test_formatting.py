from __future__ import annotations

import doctest
import math

import pytest

from shared import formatting
from shared.formatting import (
    format_difference,
    format_interval,
    format_plain,
    format_value,
)


def test_examples_in_the_docstrings_hold() -> None:
    results = doctest.testmod(formatting)
    assert results.attempted > 8
    assert results.failed == 0


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    assert (
        format_value(value, "share")
        == format_value(value, "nats")
        == format_difference(value, "kW")
        == "–"
    )


def test_an_interval_without_ends_is_a_dash() -> None:
    assert format_interval(None, None, "share") == "–"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-0.5, "−0.5000"),
        (1e-7, "1e−07"),
        (2_000_000_000.0, "2e+09"),
        (True, "yes"),
        ("text", "text"),
        (1234567, "1,234,567"),
    ],
)
def test_any_value_is_readable(value: float | str | bool, expected: str) -> None:
    assert format_plain(value) == expected


def test_differences_carry_their_sign() -> None:
    assert format_difference(0.0, "share") == "+0.0 points"
    assert format_difference(-1.5, "kW") == "−1.50"
