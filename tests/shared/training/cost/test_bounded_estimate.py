from __future__ import annotations

from shared.training.cost.bounded_estimate import BoundedEstimate, add_estimates


def test_wide_limits_leave_two_digits() -> None:
    told = BoundedEstimate(0.0127451, 0.0035401, 0.0483842, "kWh", "guessed").as_json()
    assert (told["value"], told["low"], told["high"]) == (0.013, 0.0035, 0.048)


def test_narrow_limits_leave_four_digits() -> None:
    told = BoundedEstimate(0.0127451, 0.0127, 0.0128, "kWh", "measured").as_json()
    assert (told["value"], told["low"], told["high"]) == (0.01275, 0.0127, 0.0128)


def test_counts_stay_whole_numbers() -> None:
    assert (
        BoundedEstimate(658486.0, 658486.0, 658486.0, "FLOPs", "counted").as_json()["value"]
        == 658486
    )


def test_large_numbers_with_wide_limits_have_two_digits_too() -> None:
    assert (
        BoundedEstimate(442_502_592.0, 295_001_728.0, 590_003_456.0, "FLOPs", "guessed").as_json()[
            "value"
        ]
        == 440_000_000
    )


def test_a_sum_adds_limits_and_methods() -> None:
    total = add_estimates(
        [
            BoundedEstimate(2.0, 1.0, 3.0, "kWh", "measured"),
            BoundedEstimate(1.0, 0.5, 4.0, "kWh", "guessed"),
        ]
    )
    assert total == BoundedEstimate(3.0, 1.5, 7.0, "kWh", "measured; guessed")


def test_a_sum_with_an_open_end_has_one() -> None:
    assert (
        add_estimates(
            [
                BoundedEstimate(2.0, 1.0, None, "kWh", "a"),
                BoundedEstimate(1.0, 0.5, 4.0, "kWh", "b"),
            ]
        ).high
        is None
    )
