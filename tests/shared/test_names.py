from __future__ import annotations

import doctest
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.names
from shared.names import (
    is_printable,
    label_spelling_key,
    name_key,
    path_key,
    printable,
    spelling_key,
)

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \t\n\v\u00a0\u3000\u200b\u200c\u200d\u0301\u202e\ufeff\x1b\x00ea\u0915"),
    )
)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(shared.names).failed == 0


@pytest.mark.parametrize(
    "other",
    [
        "Zo\u00e9 Li ",
        "\u00a0Zo\u00e9 Li\t",
        "Zo\u00e9  Li",
        "Zo\u00e9\u2003Li",
        "Zo\u00e9\u200b Li\ufeff",
        "Zoe\u0301 Li",
        "Zo\u00e9 L\u200di",
        "Zo\u00e9\nLi\v",
        "\u200eZo\u00e9 Li\u3164",
    ],
)
def test_what_nobody_sees_makes_no_other_name(other: str) -> None:
    assert name_key(other) == "Zo\u00e9 Li"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("\u0915\u093e\u092e", "\u0915\u092e"),  # vowel sign
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u062e"),  # joiner within a Persian word
        ("\U0001f469\u200d\u2695", "\U0001f469\u2695"),  # joiner within an emoji
        ("a b", "ab"),
        ("Anna", "anna"),
        ("1", "1.0"),
        ("007", "7"),
    ],
)
def test_what_people_see_makes_another_name(first: str, second: str) -> None:
    assert name_key(first) != name_key(second)


@given(TEXTS)
def test_a_key_is_its_own_key_and_spelt_like_its_name(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key
    assert unicodedata.is_normalized("NFC", key)
    assert spelling_key(key) == spelling_key(name)
    assert label_spelling_key(key) == label_spelling_key(name)
    assert path_key(path_key(name)) is not None


@given(TEXTS)
def test_what_is_printable_can_stand_in_xml_and_utf_8(name: str) -> None:
    shown = printable(name)
    assert is_printable(shown)
    assert (shown == name) == is_printable(name)
    element = ElementTree.Element("text")
    element.text = shown
    ElementTree.fromstring(ElementTree.tostring(element))  # noqa: S314 - our own


@pytest.mark.parametrize(
    "spelling", ["1", "1.0", "1.", "01", "+1", "1e0", "true", "TRUE", "\uff11"]
)
def test_numbers_and_truths_are_one_label_however_spelt(spelling: str) -> None:
    assert label_spelling_key(spelling) == "1"


@pytest.mark.parametrize(
    ("first", "second"), [("1.5", "15"), ("-1", "1"), ("1e400", "1e401"), ("", "0"), ("a", "b")]
)
def test_other_labels_are_not(first: str, second: str) -> None:
    assert label_spelling_key(first) != label_spelling_key(second)


def test_patients_have_numbers_with_leading_zeros_and_more_digits_behind_a_point() -> None:
    assert len({spelling_key(name) for name in ("7", "007", "7.1", "7.10")}) == 4
    assert spelling_key("7.0") == spelling_key("7")
