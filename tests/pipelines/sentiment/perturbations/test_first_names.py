from __future__ import annotations

from collections import Counter

import numpy as np

from pipelines.sentiment.behaviours.lexicon import ADJECTIVES, THINGS
from pipelines.sentiment.perturbations.first_names import read_first_names, swap_first_names

_BY_NAME = {one.name: one for one in read_first_names()}


def _swapped(text: str, seed: int = 0) -> str:
    return swap_first_names(text, np.random.default_rng(seed))


def test_names_are_balanced_unique_and_of_many_languages() -> None:
    counts = Counter((one.language, one.gender) for one in read_first_names())
    assert len({language for language, _ in counts}) >= 10
    assert set(counts.values()) == {5}
    assert len(_BY_NAME) == len(read_first_names())


def test_every_name_says_where_it_comes_from() -> None:
    assert {one.source for one in read_first_names()} == {"chosen by us"}


def test_no_name_is_a_word_of_the_templates() -> None:
    words = {*THINGS, *ADJECTIVES[1], *ADJECTIVES[-1]}
    assert not {name.lower() for name in _BY_NAME} & words


def test_a_name_becomes_one_of_the_same_gender_from_another_language() -> None:
    for seed in range(30):
        other = _BY_NAME[_swapped("Zeynep", seed)]
        assert other.gender == "female"
        assert other.language != "Turkish"


def test_a_name_becomes_the_same_name_throughout_a_text_and_keeps_its_case() -> None:
    found = _swapped("Thomas and THOMAS and thomas").split()
    assert found[0] in _BY_NAME
    assert found[0] != "Thomas"
    assert found[2::2] == [found[0].upper(), found[0].lower()]


def test_a_text_without_a_known_name_stays_as_it_is() -> None:
    text = "A  film about\tnobody…"
    assert _swapped(text) == text
