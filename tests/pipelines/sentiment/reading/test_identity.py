from __future__ import annotations

import numpy as np
import pytest

from data.grammar_reviews import generate_reviews
from pipelines.sentiment.reading.identity import (
    AXES,
    NO_IDENTITY,
    SEVERAL_IDENTITIES,
    find_identity,
    swap_identity,
)


def _swapped(text: str, seed: int = 0) -> str:
    return swap_identity(text, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("A film about nothing.", NO_IDENTITY),
        ("My MOTHER liked it.", "women"),
        ("A Muslim's view", "muslim"),
        ("he and his wife", SEVERAL_IDENTITIES),
        ("the theme of the manual", NO_IDENTITY),
    ],
)
def test_the_group_that_a_text_mentions_is_found(text: str, group: str) -> None:
    assert find_identity(text) == group


def test_counterparts_keep_case() -> None:
    assert _swapped("Women, GIRLS and a lady") == "Men, BOYS and a gentleman"


def test_a_group_becomes_one_and_the_same_other_group_within_a_text() -> None:
    swapped = _swapped("a muslim among muslims")
    assert "muslim" not in swapped
    first, last = swapped.split()[1], swapped.split()[-1]
    assert find_identity(first) == find_identity(last) != NO_IDENTITY


def test_every_other_group_of_an_axis_is_drawn_sooner_or_later() -> None:
    assert {find_identity(_swapped("a muslim", seed)) for seed in range(60)} == {
        "christian",
        "jewish",
        "hindu",
        "buddhist",
    }


def test_a_text_without_identity_words_stays_as_it_is() -> None:
    assert _swapped("A  film about\tnothing…") == "A  film about\tnothing…"


def test_groups_of_an_axis_have_counterparts_for_every_word() -> None:
    assert all(len({len(words) for words in axis.values()}) == 1 for axis in AXES)


def test_no_word_belongs_to_two_groups() -> None:
    owners: dict[str, set[str]] = {}
    for axis in AXES:
        for group, words in axis.items():
            for word in words:
                owners.setdefault(word, set()).add(group)
    assert {word: groups for word, groups in owners.items() if len(groups) > 1} == {}


def test_the_identity_groups_of_the_demo_are_found() -> None:
    table = generate_reviews(300, seed=0).table
    assert [find_identity(text) for text in table["text"]] == table["identity"].tolist()
