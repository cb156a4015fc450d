from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipelines.sentiment.behaviours.lexicon import ADJECTIVES
from pipelines.sentiment.perturbations.ood import (
    numbers,
    other_language,
    program_code,
    random_letters,
)

each = pytest.mark.parametrize(
    "write", [numbers, other_language, program_code, random_letters], ids=lambda one: one.__name__
)


@each
@pytest.mark.parametrize("num_words", [0, 1, 7, 60])
def test_texts_are_as_long_as_asked_for_or_a_little_longer(
    write: Callable[[int, np.random.Generator], str], num_words: int
) -> None:
    found = len(write(num_words, np.random.default_rng(0)).split())
    assert max(1, num_words) <= found <= num_words + 12


@each
def test_no_opinion_word_of_ours_is_in_them(
    write: Callable[[int, np.random.Generator], str],
) -> None:
    words = set(write(2000, np.random.default_rng(1)).lower().split())
    assert not words & {*ADJECTIVES[1], *ADJECTIVES[-1]}


def test_languages_are_not_mixed_within_a_text() -> None:
    first = {other_language(1, np.random.default_rng(seed)).split()[0] for seed in range(60)}
    assert len(first) > 10
    german = next(
        text
        for seed in range(60)
        if "Rathaus" in (text := other_language(30, np.random.default_rng(seed)))
    )
    assert not {"le", "el", "on", "saat", "leży"} & set(german.split())


def test_numbers_are_digits_only() -> None:
    assert numbers(50, np.random.default_rng(0)).replace(" ", "").isdigit()
