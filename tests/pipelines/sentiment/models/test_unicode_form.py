from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from pipelines.sentiment.models.tokenizer import split_words
from pipelines.sentiment.models.unicode_form import compose
from tests.shared.test_same_text import SCRIPTS

_CHARACTERS = [chr(point) for point in range(1, 0x30000) if not 0xD800 <= point < 0xE000]


def _composed(texts: list[str]) -> list[str]:
    return [text.decode() for text in compose(tf.constant(texts)).numpy()]


def test_every_character_gets_the_form_that_unicode_says() -> None:
    assert _composed(_CHARACTERS) == [unicodedata.normalize("NFC", one) for one in _CHARACTERS]


@pytest.mark.parametrize("text", [text for text, _ in SCRIPTS.values()], ids=SCRIPTS)
def test_the_words_of_a_text_do_not_depend_on_its_form(text: str) -> None:
    forms = [text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))]
    first, second, third = split_words(tf.constant(forms)).to_list()
    assert first == second == third
    assert len(set(_composed(forms))) == 1


def test_the_scripts_have_texts_that_are_written_in_two_forms() -> None:
    two = [
        text
        for text, _ in SCRIPTS.values()
        if len({text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))}) > 1
    ]
    assert len(two) >= 7


def test_canonically_equivalent_texts_become_equal_and_stay_equivalent() -> None:
    generator = np.random.default_rng(7)
    marks = [one for one in _CHARACTERS if unicodedata.combining(one)]
    parts = [*marks, *"aeoAEKоиαι각कऩ\u1100\u1161\u11a8 "]
    texts = ["".join(generator.choice(parts, size=number % 10)) for number in range(3000)]
    composed = _composed(texts)
    for form in ("NFC", "NFD"):
        assert _composed([unicodedata.normalize(form, text) for text in texts]) == composed
    assert [unicodedata.normalize("NFD", text) for text in composed] == [
        unicodedata.normalize("NFD", text) for text in texts
    ]


def test_a_mark_at_the_start_of_a_text_stays_in_it() -> None:
    assert _composed(["e", "\u0301e", "", "e\u0301"]) == ["e", "\u0301e", "", "\u00e9"]
