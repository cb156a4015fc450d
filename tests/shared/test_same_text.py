from __future__ import annotations

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.same_text
from shared.names import name_key
from shared.same_text import plain_text

SCRIPTS = {
    "Latin": ("Café très animé", "Cafe tres anime"),
    "Greek": ("Πολύ ωραία ταινία", "Πολυ ωραια ταινια"),
    "Cyrillic": ("Хороший фильм й", "Хорошии фильм и"),
    "Vietnamese": ("Phim rất hay và cảm động", "Phim rat hay va cam đong"),
    "Devanagari": ("अच्छी \u095eिल्म \u0929", "अच्छा फिल्म"),
    "Hangul": ("정말 좋은 영화", "정말 좋은 연화"),
    "Arabic": ("فِيلْمٌ رَائِعٌ آ", "فيلم رائع ا"),
    "Hebrew": ("סֶרֶט טוֹב", "סרט טוב"),
    "Thai": ("หนังดีมาก น้ำ", "หนงดมาก นา"),
    "Kana": ("とても がっかり", "とても かっかり"),
}
"""A text, and another one that differs in marks or letters alone."""

each_script = pytest.mark.parametrize(("text", "other"), SCRIPTS.values(), ids=SCRIPTS)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(shared.same_text).failed == 0


@each_script
def test_a_text_is_the_same_in_another_unicode_form(text: str, other: str) -> None:
    del other
    assert plain_text(unicodedata.normalize("NFD", text)) == plain_text(text)


@each_script
def test_marks_make_another_text(text: str, other: str) -> None:
    assert plain_text(other) != plain_text(text)


@each_script
def test_case_punctuation_and_white_space_make_no_other_text(text: str, other: str) -> None:
    del other
    shouted = text.upper().replace(" ", ",\u00a0 ")
    assert plain_text(f"  {shouted}!") == plain_text(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It is here \U0001f60d", "It is here \U0001f621"),
        ("It is here :)", "It is here :("),
        ("It is here:)", "It is here:("),
        ("It is here =)", "It is here =("),
        ("It is here -_-", "It is here ^_^"),
        ("It is here <3", "It is here </3"),
        ("5.0 stars", "50 stars"),
        ("1/2 star", "12 star"),
        ("-5 points", "5 points"),
        ("10% better", "10 better"),
        ("written in C++", "written in C"),
        ("written in C#", "written in C"),
        ("bad", "b a d"),
        ("5 0", "50"),
        ("not good", "notgood"),
        ("x\u00b2", "x2"),
    ],
)
def test_what_a_reader_sees_makes_another_text(first: str, second: str) -> None:
    assert plain_text(first) != plain_text(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A good film, seen twice!", "a good film - seen twice"),
        ("(See below): good", "see below good"),
        ("don\u2019t", "DONT"),
        ("«Bien», dit-elle...", "bien dit elle"),
        ("good \U0001f60d!", "Good \U0001f60d"),
        ("I \u2764\ufe0f it", "I \u2764 it"),
        ("zero\u200bwidth", "zerowidth"),
        ("क्या बात!", "क्या बात।"),
        ("???", "???"),
    ],
)
def test_how_it_is_typed_makes_none(first: str, second: str) -> None:
    assert plain_text(first) == plain_text(second)


@given(st.text())
def test_any_text_has_a_plain_form_that_is_the_same_text(text: str) -> None:
    plain = plain_text(text)
    assert plain == plain.strip()
    assert unicodedata.normalize("NFC", plain) == plain
    assert bool(plain) == bool(name_key(text))
