"""From n-grams back to the words that made them."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from pipelines.sentiment.config import SentimentFrontEndConfig
from pipelines.sentiment.models.tokenizer import CHARACTER_MARK, hash_ngrams, split_words
from pipelines.sentiment.reading.words import REMOVED

__all__ = ["give_to_words"]


class _Occurrences(NamedTuple):
    """N-grams of one text.

    Attributes:
        ngrams: (n,) string.
        owned: (n, words) float32: each word's share in each; sums to 1.
    """

    ngrams: Any
    owned: Any


def give_to_words(values: Any, ngram_ids: Any, text: Any, settings: SentimentFrontEndConfig) -> Any:
    """Share values of n-grams out among the words of one text, (n, words) float32.

    What a bucket is worth divides equally among the n-grams of the text that fall into it, and what
    an n-gram is worth among its words. Nothing is lost but what belongs to no n-gram of the text.

    Args:
        values: (n, ngrams).
        ngram_ids: (ngrams,) int32: the bucket of each; 0 is none.
        text: (1,) string.
        settings: How n-grams are made.
    """
    words = split_words(text)[:, : settings.max_words]
    kinds = [
        _of_words(words, order, settings.max_words)
        for order in range(1, settings.word_ngram_order + 1)
    ]
    kinds += [
        _of_characters(words, order, settings.max_words)
        for order in settings.character_ngram_orders
    ]
    ngrams = tf.concat([kind.ngrams for kind in kinds], axis=0)
    owned = tf.concat([kind.owned for kind in kinds], axis=0)
    buckets = hash_ngrams(ngrams, settings.num_buckets)
    is_read = tf.logical_not(tf.strings.regex_full_match(ngrams, f"(?s).*{REMOVED}.*"))
    falls = (ngram_ids[:, None] == buckets[None]) & is_read[None] & (ngram_ids[:, None] > 0)
    matches = tf.cast(falls, values.dtype)  # (ngrams, occurrences)
    each = values / tf.maximum(tf.reduce_sum(matches, axis=1), 1.0)
    return tf.matmul(tf.matmul(each, matches), tf.cast(owned, values.dtype))


def _of_words(words: Any, order: int, max_words: int) -> _Occurrences:
    ngrams = tf.strings.ngrams(words, order, separator=" ").flat_values
    since = tf.range(max_words)[None] - tf.range(tf.size(ngrams))[:, None]
    inside = (since >= 0) & (since < order)
    return _Occurrences(ngrams, tf.cast(inside, tf.float32) / order)


def _of_characters(words: Any, order: int, max_words: int) -> _Occurrences:
    padded = tf.strings.join([" ", words.flat_values, " "])
    characters = tf.strings.unicode_split(padded, "UTF-8")
    ngrams = tf.strings.ngrams(characters, order, separator="")  # (words, ngrams)
    marked = tf.strings.join([CHARACTER_MARK, ngrams.flat_values])
    return _Occurrences(marked, tf.one_hot(ngrams.value_rowids(), max_words))
