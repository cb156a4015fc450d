"""A linear branch over n-grams beside convolutions over words.

The two are "wide and deep" (Cheng et al. 2016).
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import layers, ops

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import NgramCnnConfig
from pipelines.sentiment.models.layers import BranchDropout, MaskedPooling, NgramScore
from pipelines.sentiment.models.words import read_words, text_inputs
from pipelines.sentiment.preprocess import WORD_IDS
from shared.targets import Target

__all__ = ["build_model"]

_CONTEXT_WIDTH_WORDS = 5


def build_model(config: SentimentConfig, target: Target) -> keras.Model:
    """Word ids and weighted n-grams -> logits (batch, classes) float32.

    The wide branch knows which n-grams go with which class; the deep one (Kim 2014, with a second
    layer that sees what the first found nearby) learns what words do to each other.
    """
    settings = cast("NgramCnnConfig", config.model)  # of this file's family
    inputs = text_inputs(config, target)
    num_classes = target.shape[0]
    num_buckets = config.front_end.num_buckets
    score_ngrams = NgramScore(num_buckets, num_classes, dropout=settings.ngram_dropout, name="wide")
    wide = score_ngrams(inputs["ngram_ids"], inputs["ngram_ratios"])
    # Made before the layers whose output it reads: initial weights follow from the order of making.
    score_text = layers.Dense(num_classes, name="deep")
    deep = score_text(_encode(inputs[WORD_IDS], config, settings))
    add_branches = BranchDropout(
        settings.branch_dropout, seed=config.train.seed + 1, name="logits", dtype="float32"
    )
    return keras.Model(inputs, add_branches(wide, deep), name="sentiment")


def _encode(word_ids: Any, config: SentimentConfig, settings: NgramCnnConfig) -> Any:
    """Word ids (batch, words) -> features of the text (batch, any)."""
    seed = config.train.seed
    words, is_word = read_words(word_ids, config)
    mask = ops.expand_dims(is_word, -1)  # (batch, words, 1)
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
