"""The network: a linear branch over n-grams beside convolutions over words ("wide and deep", Cheng et al. 2016)."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.sentiment.config import SentimentConfig, SentimentModelConfig
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
    settings, seed, num_classes = config.model, config.train.seed, len(target.names)
    word_ids = keras.Input((settings.max_words,), dtype="int32", name="word_ids")
    ngram_ids = keras.Input((settings.max_ngrams,), dtype="int32", name="ngram_ids")
    ngram_ratios = keras.Input((settings.max_ngrams, num_classes), name="ngram_ratios")
    wide = NgramScore(
        settings.num_buckets, num_classes, dropout=settings.ngram_dropout, name="wide"
    )(ngram_ids, ngram_ratios)
    deep = layers.Dense(num_classes, name="deep")(_encode(word_ids, settings, seed))
    logits = BranchDropout(settings.branch_dropout, seed=seed + 1, name="logits", dtype="float32")(
        wide, deep
    )
    return keras.Model(
        {"word_ids": word_ids, "ngram_ids": ngram_ids, "ngram_ratios": ngram_ratios},
        logits,
        name="sentiment",
    )


def _encode(word_ids: Any, settings: SentimentModelConfig, seed: int) -> Any:
    """Word ids (batch, words) -> features of the text (batch, any)."""
    mask = ops.expand_dims(
        ops.cast(ops.not_equal(word_ids, PAD), "float32"), -1
    )  # (batch, words, 1)
    shown = WordDropout(
        settings.word_dropout, pad=PAD, unknown=UNKNOWN_WORD, seed=seed, name="word_dropout"
    )(word_ids)
    embedding = layers.Embedding(
        settings.vocabulary_size + 2,  # and padding, and unknown
        settings.embedding_size,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=_EMBEDDING_SPREAD, seed=seed),
        name="embedding",
    )
    words = (
        layers.Dropout(settings.dropout / 2, seed=seed + 2, name="embedding_dropout")(
            embedding(shown)
        )
        * mask
    )
    phrases = [
        layers.Conv1D(
            settings.num_filters, width, padding="same", activation="relu", name=f"phrases_{width}"
        )(words)
        for width in settings.kernel_words
    ]
    found = (
        layers.Concatenate(name="phrases")(phrases) * mask
    )  # (batch, words, filters of all widths)
    if settings.num_context_filters:
        nearby = layers.Dropout(settings.dropout, seed=seed + 3, name="phrase_dropout")(found)
        context = layers.Conv1D(
            settings.num_context_filters,
            _CONTEXT_WIDTH_WORDS,
            padding="same",
            activation="relu",
            name="context",
        )(nearby)
        found = layers.Concatenate(name="phrases_in_context")([found, context * mask])
    text = MaskedPooling(name="pooling")(found, mask)
    return layers.Dropout(settings.dropout, seed=seed + 4, name="text_dropout")(text)
