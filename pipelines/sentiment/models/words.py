"""What every family begins and ends with: word vectors, and logits of a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import keras
from keras import layers, ops

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import WordModelConfig
from pipelines.sentiment.models.layers import WordDropout
from pipelines.sentiment.preprocess import PAD, UNKNOWN_WORD, WORD_IDS
from shared.errors import ContractError
from shared.networks.padding import trim_padding
from shared.targets import Categories, Target

__all__ = ["EMBEDDING_SPREAD", "classify_words", "read_words", "text_inputs"]

EMBEDDING_SPREAD = 0.3
"""Standard deviation of the numbers of word vectors at first."""


def text_inputs(config: SentimentConfig, target: Target) -> dict[str, Any]:
    """The tensors that `preprocess` gives, by name.

    Raises:
        ContractError: The target is not categories.
    """
    if not isinstance(target, Categories):
        raise ContractError(
            f"Sentiment tells categories apart, received the target {target.kind!r}."
        )
    front_end = config.front_end
    ratios = (front_end.max_ngrams, len(target.names))
    return {
        WORD_IDS: keras.Input((front_end.max_words,), dtype="int32", name=WORD_IDS),
        "ngram_ids": keras.Input((front_end.max_ngrams,), dtype="int32", name="ngram_ids"),
        "ngram_ratios": keras.Input(ratios, name="ngram_ratios"),
    }


def read_words(word_ids: Any, config: SentimentConfig) -> tuple[Any, Any]:
    """Word ids (batch, words) -> vectors (batch, words, embedding_size), and 1 on words, else 0."""
    settings = cast("WordModelConfig", config.model)  # of a family that is built on words
    seed = config.train.seed
    is_word = ops.cast(ops.not_equal(word_ids, PAD), "float32")  # (batch, words)
    hide_words = WordDropout(
        settings.word_dropout, pad=PAD, unknown=UNKNOWN_WORD, seed=seed, name="word_dropout"
    )
    embed = layers.Embedding(
        config.front_end.vocabulary_size + 2,  # and padding, and unknown
        settings.embedding_size,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=EMBEDDING_SPREAD, seed=seed),
        name="embedding",
    )
    drop_embedding = layers.Dropout(settings.dropout / 2, seed=seed + 2, name="embedding_dropout")
    words = drop_embedding(embed(hide_words(word_ids)))
    return words * ops.expand_dims(is_word, -1), is_word


def classify_words(
    config: SentimentConfig, target: Target, network: Callable[[Any, Any], Any]
) -> keras.Model:
    """A network over words alone: word ids -> logits (batch, classes) float32.

    Args:
        config: Of the run.
        target: Categories.
        network: Word vectors (batch, words, embedding_size), and 1 on words (batch, words), else 0
            -> features of the text (batch, any).
    """
    inputs = text_inputs(config, target)
    word_ids = trim_padding(inputs[WORD_IDS], PAD, jit=config.train.jit)
    text = network(*read_words(word_ids, config))
    drop = layers.Dropout(config.model.dropout, seed=config.train.seed + 4, name="text_dropout")
    logits = layers.Dense(target.shape[0], dtype="float32", name="logits")(drop(text))
    return keras.Model(inputs, logits, name="sentiment")
