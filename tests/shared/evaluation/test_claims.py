from __future__ import annotations

import pytest

from shared.evaluation.claims import Claim, Part, Promise, decided_by, worst_claim
from shared.statistics.intervals import Interval

_NOMINAL = Promise(low=0.9, epsilon=0.05)


@pytest.mark.parametrize(
    ("interval", "claim"),
    [
        (Interval(0.86, 0.93), "shown"),
        (Interval(0.86, 0.89), "shown"),  # below what is nominal, by less than matters
        (Interval(0.84, 0.99), "not shown"),  # merely includes it
        (Interval(0.5, 0.90005), "not shown"),
        (Interval(0.7, 0.89), "contradicted"),
        (None, "not shown"),
    ],
)
def test_an_interval_shows_only_what_all_of_it_says(
    interval: Interval | None, claim: Claim
) -> None:
    assert _NOMINAL.judge(interval) == claim


def test_more_rows_never_turn_shown_into_an_interval_that_merely_includes() -> None:
    """The rule that a claim holds unless it is rejected would call the wide one fine."""
    wide, narrow = Interval(0.6, 1.0), Interval(0.86, 0.92)
    assert (_NOMINAL.judge(wide), _NOMINAL.judge(narrow)) == ("not shown", "shown")


def test_a_promise_without_epsilon_is_met_exactly_or_not() -> None:
    at_most = Promise(high=0.05)
    found = [at_most.judge(Interval(0.01, high)) for high in (0.05, 0.0501)]
    assert found == ["shown", "not shown"]
    assert at_most.judge(Interval(0.051, 0.2)) == "contradicted"


def test_of_many_parts_none_is_contradicted_by_chance() -> None:
    """That one class of fifty lies just below is what fifty intervals of 95 % are to do."""
    just_below = Interval(0.7, 0.89)
    assert _NOMINAL.judge(just_below, num_parts=1) == "contradicted"
    assert _NOMINAL.judge(just_below, num_parts=50) == "not shown"
    assert _NOMINAL.judge(Interval(0.3, 0.5), num_parts=50) == "contradicted"


def test_worst_part_decides_and_of_equals_the_one_that_misses_by_most() -> None:
    parts = [
        Part("fine", 0.95, None, "shown"),
        Part("low", 0.8, None, "not shown"),
        Part("lower", 0.7, None, "not shown"),
    ]
    assert worst_claim(part.claim for part in parts) == "not shown"
    assert decided_by(parts, _NOMINAL).name == "lower"
    assert worst_claim([]) == "not shown"


def test_of_contradicted_parts_the_one_that_surely_misses_by_most_is_named() -> None:
    few = Part("few", 0.3, Interval(0.1, 0.85), "contradicted")
    many = Part("many", 0.5, Interval(0.45, 0.55), "contradicted")
    assert decided_by([few, many], _NOMINAL).name == "many"
