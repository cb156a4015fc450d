from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pipelines.sentiment.models.ngram_words import give_to_words
from pipelines.sentiment.models.tokenizer import hash_ngrams
from pipelines.sentiment.preprocess import PAD, UNKNOWN_WORD
from pipelines.sentiment.served_segments import served_segments
from tests.pipelines.sentiment import configure

_CONFIG = configure("front_end.max_words=6", "front_end.character_ngram_orders=[3]")


@pytest.mark.parametrize(
    ("ngram", "shares"),
    [
        ("film", [0, 0, 1, 0, 0, 0]),
        ("good film", [0, 0.5, 0.5, 0, 0, 0]),
        ("a good", [0.25, 0.25, 0, 0.25, 0.25, 0]),  # twice in the text
        ("#ilm", [0, 0, 1, 0, 0, 0]),  # letters inside a word
        ("nobody wrote", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_what_an_ngram_is_worth_goes_to_its_words(ngram: str, shares: list[float]) -> None:
    ids = hash_ngrams(tf.constant([ngram, "elsewhere"]), _CONFIG.front_end.num_buckets)
    given = give_to_words(
        tf.constant([[2.0, 0.0]]), ids, tf.constant(["A good film a good"]), _CONFIG.front_end
    )
    np.testing.assert_allclose(given, [2.0 * np.array(shares)], atol=1e-6)


def test_the_baseline_has_as_many_unknown_words_and_no_ngrams() -> None:
    served = served_segments(_CONFIG)
    assert served.emptied is not None
    tensors = {
        "word_ids": tf.constant([[5, 9, PAD, PAD]]),
        "ngram_ratios": tf.ones((1, 3, 2)),
    }
    _, emptied = served.emptied({}, tensors)
    assert emptied["word_ids"].numpy().tolist() == [[UNKNOWN_WORD, UNKNOWN_WORD, PAD, PAD]]
    assert not emptied["ngram_ratios"].numpy().any()


def test_tokens_are_the_words_that_the_model_reads() -> None:
    served = served_segments(_CONFIG)
    assert served.describe is not None
    told = served.describe({"text": tf.constant(["One, two", "a b c d e f g"])}, {})
    assert told["tokens"].numpy().tolist() == [
        [b"one", b",", b"two", b"", b"", b""],
        [b"a", b"b", b"c", b"d", b"e", b"f"],
    ]
