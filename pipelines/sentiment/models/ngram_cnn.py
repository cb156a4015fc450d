"""A linear branch over n-grams beside convolutions over words.

The two are "wide and deep" (Cheng et al. 2016).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import NgramCnnConfig
from pipelines.sentiment.models.layers import BranchDropout, MaskedPooling, NgramScore, WordDropout
from pipelines.sentiment.preprocess import PAD, UNKNOWN_WORD
from shared.errors import ContractError
from shared.targets import Categories, Target

__all__ = ["build_model"]

_CONTEXT_WIDTH_WORDS = 5
_EMBEDDING_SPREAD = 0.3


def build_model(config: SentimentConfig, target: Target) -> keras.Model:
    """Word ids and weighted n-grams -> logits (batch, classes) float32.

    The wide branch knows which n-grams go with which class; the deep one (Kim 2014, with a second
    layer that sees what the first found nearby) learns what words do to each other.
    """
    if not isinstance(target, Categories):
        raise ContractError(
            f"Sentiment tells categories apart, received the target {target.kind!r}."
        )
    front_end = config.front_end
    num_classes = len(target.names)
    word_ids = keras.Input((front_end.max_words,), dtype="int32", name="word_ids")
    ngram_ids = keras.Input((front_end.max_ngrams,), dtype="int32", name="ngram_ids")
    ngram_ratios = keras.Input((front_end.max_ngrams, num_classes), name="ngram_ratios")
    score_ngrams = NgramScore(
        front_end.num_buckets, num_classes, dropout=config.model.ngram_dropout, name="wide"
    )
    wide = score_ngrams(ngram_ids, ngram_ratios)
    # Made before the layers whose output it reads: initial weights follow from the order of making.
    score_text = layers.Dense(num_classes, name="deep")
    deep = score_text(_encode(word_ids, config))
    add_branches = BranchDropout(
        config.model.branch_dropout, seed=config.train.seed + 1, name="logits", dtype="float32"
    )
    inputs = {"word_ids": word_ids, "ngram_ids": ngram_ids, "ngram_ratios": ngram_ratios}
    return keras.Model(inputs, add_branches(wide, deep), name="sentiment")


def _encode(word_ids: Any, config: SentimentConfig) -> Any:
    """Word ids (batch, words) -> features of the text (batch, any)."""
    settings = config.model
    seed = config.train.seed
    is_word = ops.cast(ops.not_equal(word_ids, PAD), "float32")
    mask = ops.expand_dims(is_word, -1)  # (batch, words, 1)
    hide_words = WordDropout(
        settings.word_dropout, pad=PAD, unknown=UNKNOWN_WORD, seed=seed, name="word_dropout"
    )
    embed = layers.Embedding(
        config.front_end.vocabulary_size + 2,  # and padding, and unknown
        settings.embedding_size,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=_EMBEDDING_SPREAD, seed=seed),
        name="embedding",
    )
    drop_embedding = layers.Dropout(settings.dropout / 2, seed=seed + 2, name="embedding_dropout")
    words = drop_embedding(embed(hide_words(word_ids))) * mask
    found = _find_phrases(words, settings) * mask  # (batch, words, filters of all widths)
    if settings.num_context_filters:
        nearby = layers.Dropout(settings.dropout, seed=seed + 3, name="phrase_dropout")(found)
        context = _convolve(nearby, settings.num_context_filters, _CONTEXT_WIDTH_WORDS, "context")
        found = layers.Concatenate(name="phrases_in_context")([found, context * mask])
    text = MaskedPooling(name="pooling")(found, mask)
    return layers.Dropout(settings.dropout, seed=seed + 4, name="text_dropout")(text)


def _find_phrases(words: Any, settings: NgramCnnConfig) -> Any:
    phrases = [
        _convolve(words, settings.num_filters, width, f"phrases_{width}")
        for width in settings.kernel_words
    ]
    return layers.Concatenate(name="phrases")(phrases)


def _convolve(words: Any, num_filters: int, width: int, name: str) -> Any:
    convolve = layers.Conv1D(num_filters, width, padding="same", activation="relu", name=name)
    return convolve(words)
