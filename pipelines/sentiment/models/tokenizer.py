"""From a string to words and n-grams, with stock TensorFlow operations only.

Any TF Serving can therefore run it.

No function here looks at more than one text at a time: a text's words never depend on its batch.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from pipelines.sentiment.models.unicode_form import compose
from pipelines.sentiment.reading.words import REMOVED

__all__ = ["CHARACTER_MARK", "character_ngrams", "hash_ngrams", "split_words", "word_ngrams"]

CHARACTER_MARK = "#"
"""Before an n-gram of characters, so that the word "the" and the letters "the" do not share a
bucket."""

# An apostrophe that begins one of these endings is part of it; any other is punctuation (Penn
# Treebank convention).
_WORD_OR_MARK = r"n't|'(?:s|re|ve|d|ll|m)\b|[\pL\pM\pN]+|\S"


# One graph for all callers: layers are called anew whenever a model is built, loaded or exported,
# and to trace this again each time costs more than all the rest of them.
@tf.function(input_signature=(tf.TensorSpec((None,), tf.string),), autograph=False)
def split_words(texts: Any) -> Any:
    """Split texts (batch,) string into lower-case words and punctuation marks.

    Ragged (batch, words) string.

    Bytes that are not UTF-8 become U+FFFD; letters are read in one Unicode form (NFC); format
    characters vanish; "don't" becomes "do n't", as in the Penn Treebank. Words are runs of letters,
    marks and digits of any script; scripts written without spaces give one long word.
    """
    clean = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
    clean = compose(clean)
    clean = tf.strings.lower(clean, encoding="utf-8")
    clean = tf.strings.regex_replace(clean, "[\u2018\u2019]", "'")
    clean = tf.strings.regex_replace(clean, r"\p{Cf}", "")
    clean = tf.strings.regex_replace(clean, r"[\pZ\p{Cc}]", " ")
    clean = tf.strings.regex_replace(clean, r"n't\b", " n't ")
    return tf.strings.split(tf.strings.regex_replace(clean, _WORD_OR_MARK, r" \0 "))


def word_ngrams(words: Any, max_order: int) -> Any:
    """All runs of 1 to `max_order` words, joined by spaces: ragged (batch, ngrams) string.

    None reaches across a removed word.
    """
    return _without_removed(tf.strings.ngrams(words, tuple(range(1, max_order + 1)), separator=" "))


def character_ngrams(words: Any, orders: tuple[int, ...]) -> Any:
    """All runs of characters of the given lengths within words padded by one space on either side.

    Ragged (batch, ngrams) string.

    Endings, stems and misspelt words share some of them ("char_wb" of scikit-learn).
    """
    padded = tf.strings.join([" ", words, " "])
    characters = tf.strings.unicode_split(padded, "UTF-8")  # (batch, words, characters)
    ngrams = tf.strings.ngrams(characters, orders, separator="")  # (batch, words, ngrams)
    return _without_removed(ngrams.merge_dims(1, 2))


def hash_ngrams(ngrams: Any, num_buckets: int) -> Any:
    """Strings -> buckets from 1 to `num_buckets` - 1, int32; 0 stands for no n-gram."""
    return tf.cast(tf.strings.to_hash_bucket_fast(ngrams, num_buckets - 1) + 1, tf.int32)


def _without_removed(ngrams: Any) -> Any:
    return tf.ragged.boolean_mask(
        ngrams, tf.logical_not(tf.strings.regex_full_match(ngrams, f"(?s).*{REMOVED}.*"))
    )
