from __future__ import annotations

from tests.shared.training.cost.estimates import bounded


def test_wide_limits_leave_two_digits() -> None:
    told = bounded(0.0127451, 0.0035401, 0.0483842).rounded()
    assert (told.value, told.low, told.high) == (0.013, 0.0035, 0.048)


def test_narrow_limits_leave_four_digits() -> None:
    told = bounded(0.0127451, 0.0127, 0.0128).rounded()
    assert (told.value, told.low, told.high) == (0.01275, 0.0127, 0.0128)


def test_counts_keep_all_their_digits() -> None:
    assert bounded(658486.0, 658486.0, 658486.0).rounded().value == 658486


def test_large_numbers_with_wide_limits_have_two_digits_too() -> None:
    assert bounded(442_502_592.0, 295_001_728.0, 590_003_456.0).rounded().value == 440_000_000
