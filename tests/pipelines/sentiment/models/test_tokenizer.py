from __future__ import annotations

import pytest
import tensorflow as tf

from pipelines.sentiment.models.tokenizer import character_ngrams, split_words, word_ngrams
from pipelines.sentiment.reading.words import REMOVED


def _words(*texts: str | bytes) -> list[list[str]]:
    return [
        [word.decode() for word in row] for row in split_words(tf.constant(list(texts))).to_list()
    ]


def _ngrams(text: str, order: int) -> list[str]:
    return [
        ngram.decode()
        for ngram in word_ngrams(split_words(tf.constant([text])), order).to_list()[0]
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Great FILM", ["great", "film"]),
        ("good,bad...", ["good", ",", "bad", ".", ".", "."]),
        ("I don't think it's", ["i", "do", "n't", "think", "it", "'s"]),
        ("ca n't , wo n't", ["ca", "n't", ",", "wo", "n't"]),
        ("don\u2019t", ["do", "n't"]),
        ("a 'quoted' word", ["a", "'", "quoted", "'", "word"]),
        ("ÉCLAIR naïve Größe", ["éclair", "naïve", "größe"]),
        ("ОТЛИЧНЫЙ фильм", ["отличный", "фильм"]),
        ("wow😀😀", ["wow", "😀", "😀"]),
        ("a\u00a0b\u3000c\td\ne", ["a", "b", "c", "d", "e"]),
        ("\ufeffzero\u200bwidth", ["zerowidth"]),
        ("3.5 stars", ["3", ".", "5", "stars"]),
        ("", []),
        (" \t\n", []),
    ],
)
def test_words_and_marks_are_split(text: str, words: list[str]) -> None:
    assert _words(text) == [words]


def test_bytes_that_are_not_utf8_become_one_unknown_word() -> None:
    assert _words(b"good\xff film") == [["good", "\ufffd", "film"]]


def test_a_text_s_words_do_not_depend_on_its_batch() -> None:
    assert _words("a good film", "a much, much longer text")[0] == _words("a good film")[0]


def test_the_mark_of_a_removed_word_is_a_word_of_its_own() -> None:
    assert _words(f"not {REMOVED} good, {REMOVED}.") == [
        ["not", REMOVED, "good", ",", REMOVED, "."]
    ]


def test_word_ngrams_hold_all_orders() -> None:
    assert _ngrams("not very good", 3) == [
        "not",
        "very",
        "good",
        "not very",
        "very good",
        "not very good",
    ]


def test_no_word_ngram_reaches_across_a_removed_word() -> None:
    assert _ngrams(f"not {REMOVED} good film", 2) == ["not", "good", "film", "good film"]


def test_character_ngrams_stay_within_padded_words_and_leave_removed_words_out() -> None:
    ngrams = character_ngrams(split_words(tf.constant([f"it {REMOVED} é"])), (3,)).to_list()
    assert [ngram.decode() for ngram in ngrams[0]] == [" it", "it ", " é "]


def test_an_empty_text_has_no_ngrams() -> None:
    words = split_words(tf.constant(["", "good"]))
    assert word_ngrams(words, 2).to_list()[0] == []
    assert character_ngrams(words, (2, 3)).to_list()[0] == []
