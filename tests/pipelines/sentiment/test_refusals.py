from __future__ import annotations

import sys
import unicodedata

import pytest
import tensorflow as tf

from pipelines.sentiment.reading.texts import why_unusable
from pipelines.sentiment.refusals import build_refusals, unusable_items
from shared.names import is_blank
from tests.pipelines.sentiment import configure

_CONFIG = configure("data.max_text_characters=20")


def _words(*texts: bytes) -> list[str]:
    (refuse,) = build_refusals(_CONFIG)
    return [words.decode() for words in refuse({"text": tf.constant(list(texts))}).numpy()]


@pytest.mark.parametrize(
    "text",
    ["fine", "", " \n", "a" * 20, "ä" * 20, "a" * 21, "😀" * 20, "😀" * 21, "\ufeff", "x\n y"],
)
def test_words_are_those_of_reading(text: str) -> None:
    assert _words(text.encode()) == [why_unusable(text, _CONFIG.data) or ""]


def test_every_kind_is_refused_and_its_neighbours_are_not() -> None:
    items = [item["text"][0] for item in unusable_items(_CONFIG).values()]
    words = _words(b"good", *items, b"good")
    assert words[0] == words[-1] == ""
    assert all(words[1:-1])


def test_bytes_that_are_no_text_are_told_however_many_there_are() -> None:
    assert _words(b"caf\xe9", b"\x80" * 10_000, b"\xed\xa0\x80") == ["not UTF-8"] * 3


def test_a_character_is_blank_in_the_graph_if_it_is_in_python() -> None:
    # Characters without a meaning yet are left out: the two know different versions of Unicode.
    characters = [
        chr(code)
        for code in range(1, sys.maxunicode, 7)
        if unicodedata.category(chr(code)) not in {"Cn", "Cs"}
    ]
    words = _words(*(character.encode() for character in characters))
    assert [bool(word) for word in words] == [is_blank(character) for character in characters]
