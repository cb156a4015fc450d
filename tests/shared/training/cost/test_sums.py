from __future__ import annotations

from shared.training.cost.sums import add_estimates
from tests.shared.training.cost.estimates import bounded


def test_a_sum_adds_limits_and_methods() -> None:
    total = add_estimates(
        [bounded(2.0, 1.0, 3.0, method="measured"), bounded(1.0, 0.5, 4.0, method="guessed")]
    )
    assert total == bounded(3.0, 1.5, 7.0, method="measured; guessed")


def test_a_sum_with_an_open_end_has_one() -> None:
    assert add_estimates([bounded(2.0, 1.0, None), bounded(1.0, 0.5, 4.0)]).high is None
