from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.grammar_reviews import generate_reviews
from pipelines.sentiment.models.tokenizer import split_words
from pipelines.sentiment.reading.words import REMOVED
from pipelines.sentiment.segments import build_segments
from shared.contract import Segments
from tests.pipelines.sentiment import configure


def _segments(text: Any) -> Segments:
    return build_segments(configure(), {"text": np.array([text], dtype=object)})


@pytest.mark.parametrize(
    "text",
    [
        b"A good film.",
        "A good film.",
        b"  two  spaces\tand tab\n",
        b"caf\xc3\xa9 \xff broken",
        "one",
        b"",
        b"   ",
        "a\u00a0b \u3000c 😀",
    ],
)
def test_keeping_every_word_gives_the_text_byte_by_byte(text: str | bytes) -> None:
    segments = _segments(text)
    kept = segments.mask(np.ones((2, len(segments.names)), dtype=np.bool_))["text"]
    assert kept.tolist() == [text, text]


def test_a_removed_word_leaves_its_mark_in_its_place() -> None:
    segments = _segments(b"not  a good film")
    keep = np.array([[True, False, True, True], [False, False, False, False]])
    first, second = (value.decode() for value in segments.mask(keep)["text"])
    assert first == f"not  {REMOVED} good film"
    assert second == f"{REMOVED}  {REMOVED} {REMOVED} {REMOVED}"


def test_removal_moves_no_other_word_into_or_out_of_the_models_sight() -> None:
    text = b"I don't, won't and can't \xff, (say) it... \xf0\x9f\x98\x80!"
    segments = _segments(text)
    masked = segments.mask(~np.eye(len(segments.names), dtype=np.bool_))["text"]
    lengths = split_words([text, *masked]).row_lengths().numpy()
    assert set(lengths.tolist()) == {lengths[0]}


def test_a_strip_shows_one_word_after_the_other() -> None:
    segments = _segments(b"not a good film")
    assert segments.names == ("not", "a", "good", "film")
    assert segments.canvas.tolist() == ["not", "a", "good", "film"]
    assert segments.spans[:, 0].tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert [axis.name for axis in segments.axes] == ["word"]
    assert segments.extent.tolist() == [[1.0, 4.0]]


def test_ground_truth_of_the_demo_has_one_value_per_segment() -> None:
    reviews = generate_reviews(60, seed=0)
    for text, ground_truth in zip(reviews.table["text"], reviews.ground_truth, strict=True):
        assert len(_segments(text).names) == len(ground_truth)


def test_words_of_many_texts_are_one_without_capitals_and_marks() -> None:
    segments = _segments("Good, good … \u2026!")
    assert segments.places[:2] == ("good", "good")
    assert segments.places[2:] == tuple(segments.names[2:])
    assert int(segments.naive_orders["longest word"].argmax()) == 0


def test_sentences_end_at_marks_and_phrases_there_or_after_six_words() -> None:
    text = 'Good film, "really." But one two three four five six seven! End'
    segments = _segments(text)
    sentences, phrases = segments.groups
    assert sentences.tolist() == [0] * 3 + [1] * 8 + [2]
    assert phrases.tolist() == [0, 0, 1, *[2] * 6, 3, 3, 4]
