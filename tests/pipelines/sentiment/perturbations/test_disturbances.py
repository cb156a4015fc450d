from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from pipelines.sentiment.perturbations import disturbances
from pipelines.sentiment.perturbations.disturbances import (
    add_pictograms,
    confuse_letters,
    drop_punctuation,
    join_words,
    lengthen_vowels,
    mistype_words,
    shout,
)

_LONG = (
    "She thought that the wonderful film was, frankly, rather (or even very) disappointing; wasn't"
    " it? " * 40
)
_EACH: tuple[Callable[[str, float, np.random.Generator], str], ...] = (
    mistype_words, shout, drop_punctuation, join_words, confuse_letters, lengthen_vowels, add_pictograms,
)  # fmt: skip
each = pytest.mark.parametrize("disturb", _EACH, ids=lambda one: one.__name__)


def _generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@each
def test_a_share_of_nothing_changes_nothing(
    disturb: Callable[[str, float, np.random.Generator], str],
) -> None:
    assert disturb(_LONG, 0.0, _generator()) == _LONG


@each
@pytest.mark.parametrize("text", ["", " ", "?", "été – naïve", "\x00"])
def test_odd_texts_are_survived(
    disturb: Callable[[str, float, np.random.Generator], str], text: str
) -> None:
    assert isinstance(disturb(text, 1.0, _generator()), str)


@pytest.mark.parametrize("share", [0.1, 0.35])
def test_the_stated_share_of_long_words_is_mistyped(share: float) -> None:
    pairs = zip(_LONG.split(), mistype_words(_LONG, share, _generator()).split(), strict=True)
    changed = [one != other for one, other in pairs if len(re.sub(r"\W", "", one)) >= 4]
    assert np.mean(changed) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("share", [0.05, 0.6])
def test_the_stated_share_of_words_is_shouted_and_nothing_else_changes(share: float) -> None:
    shouted = shout(_LONG, share, _generator())
    assert np.mean([word.isupper() for word in shouted.split()]) == pytest.approx(share, abs=0.05)
    assert shouted.lower() == _LONG.lower()


def test_the_stated_share_of_marks_goes_and_apostrophes_within_words_stay() -> None:
    assert (
        drop_punctuation("'Well', it's good!!! (really) :-)", 1.0, _generator())
        == "Well it's good really "
    )
    marks = sum(drop_punctuation(_LONG, 0.5, _generator()).count(mark) for mark in ",;?()") / sum(
        _LONG.count(mark) for mark in ",;?()"
    )
    assert marks == pytest.approx(0.5, abs=0.1)


def test_the_stated_share_of_gaps_is_closed() -> None:
    text = "one word after another " * 100
    gaps = len(text.split()) - 1
    assert len(join_words(text, 0.25, _generator()).split()) - 1 == pytest.approx(
        0.75 * gaps, abs=0.06 * gaps
    )
    assert join_words("one word, then another", 1.0, _generator()) == "oneword, thenanother"


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_the_stated_share_of_all_characters_is_confused(share: float) -> None:
    text = "the lemon on the table in the corner " * 100
    confused = confuse_letters(text, share, _generator())
    same_length = re.sub("rn", "m", confused), re.sub("rn", "m", text)
    assert confused != text
    distance = sum(
        one != other for one, other in zip(*(one.split() for one in same_length), strict=True)
    )
    assert distance / len(text) == pytest.approx(share, rel=0.35)


def test_what_looks_alike_is_confused_and_nothing_else() -> None:
    assert confuse_letters("corn", 1.0, _generator()) == "e0m"
    assert confuse_letters("xyz 347", 1.0, _generator()) == "xyz 347"


def test_the_last_vowel_is_drawn_out() -> None:
    found = {lengthen_vowels("so Good!", 1.0, _generator(seed)) for seed in range(40)}
    assert found == {f"s{'o' * one} Go{'o' * other}d!" for one in (3, 4, 5) for other in (3, 4, 5)}
    assert lengthen_vowels("rhythm 12", 1.0, _generator()) == "rhythm 12"


def test_images_stand_behind_words_that_stay() -> None:
    found = add_pictograms("a good film", 1.0, _generator())
    assert [word for word in found.split() if word.isascii()] == ["a", "good", "film"]
    assert len(found.split()) == 6


def test_every_disturbance_has_five_growing_strengths() -> None:
    for name in disturbances.__all__:
        if name.endswith("SHARES"):
            shares = getattr(disturbances, name)
            assert len(shares) == 5
            assert list(shares) == sorted(set(shares))
            assert shares[0] > 0.0
            assert shares[-1] <= 1.0
