"""What the served graph attributes a class to: the words, or pieces of words, that the model reads.

It is differentiated at their vectors, and at the ratios of n-grams, which go back to their words.
The baseline is as many unknown words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import NgramCnnConfig
from pipelines.sentiment.models.ngram_words import give_to_words
from pipelines.sentiment.models.tokenizer import split_words
from pipelines.sentiment.preprocess import PAD, PIECE_IDS, UNKNOWN_WORD, WORD_IDS
from shared.config.transfer import encoder_source
from shared.contract import Described, ServedSegments
from shared.pretrained.vocabulary import read_vocabulary

__all__ = ["served_segments"]

_Tensors = Mapping[str, Any]

_TOKENS = "tokens"
_RATIOS = "ngram_ratios"
_NGRAMS = "ngram_ids"
# Of our own networks, and of KerasHub's encoders of texts.
_VECTORS = ("embedding", "token_embedding", "token_and_position_embedding", "embeddings")


def served_segments(config: SentimentConfig) -> ServedSegments:
    """One segment for each place that the model reads; places behind the end have 0."""
    source = encoder_source(config.model)
    return _words(config) if source is None else _pieces(config, source)


def _words(config: SentimentConfig) -> ServedSegments:
    max_words = config.front_end.max_words

    def share(cells: _Tensors, rows: _Tensors, tensors: _Tensors) -> Any:
        words = _of_vectors(cells)
        if _RATIOS not in cells:
            return words
        ngrams = tf.reduce_sum(cells[_RATIOS], axis=-1)
        given = give_to_words(ngrams, tensors[_NGRAMS][0], rows["text"], config.front_end)
        return words + given

    reads_ngrams = isinstance(config.model, NgramCnnConfig)
    return ServedSegments(
        count=max_words,
        share=share,
        layers=_VECTORS,
        tensors=(_RATIOS,) if reads_ngrams else (),
        held=(WORD_IDS, _NGRAMS, _RATIOS),
        emptied=_unknown_words,
        describe=lambda rows, tensors: {_TOKENS: _read_words(rows, max_words)},
        described=_described("word"),
    )


def _read_words(rows: _Tensors, max_words: int) -> Any:
    words = split_words(rows["text"])[:, :max_words]
    return words.to_tensor("", shape=(None, max_words))


def _unknown_words(rows: _Tensors, tensors: _Tensors) -> tuple[_Tensors, _Tensors]:
    ids = tensors[WORD_IDS]
    unknown = {WORD_IDS: tf.where(ids == PAD, PAD, UNKNOWN_WORD)}
    return rows, {**tensors, **unknown, _RATIOS: tf.zeros_like(tensors[_RATIOS])}


def _pieces(config: SentimentConfig, source: str) -> ServedSegments:
    pieces = list(read_vocabulary(source).pieces)
    frame = [pieces.index(name) for name in ("[PAD]", "[CLS]", "[SEP]")]

    def is_frame(ids: Any) -> Any:
        return tf.reduce_any(ids[..., None] == tf.constant(frame, ids.dtype), axis=-1)

    def tokens(rows: _Tensors, tensors: _Tensors) -> _Tensors:
        del rows
        ids = tensors[PIECE_IDS]
        is_padding = ids == pieces.index("[PAD]")
        return {_TOKENS: tf.where(is_padding, "", tf.gather(tf.constant(pieces), ids))}

    def emptied(rows: _Tensors, tensors: _Tensors) -> tuple[_Tensors, _Tensors]:
        ids = tensors[PIECE_IDS]
        unknown = tf.where(is_frame(ids), ids, pieces.index("[UNK]"))
        return rows, {**tensors, PIECE_IDS: unknown}

    return ServedSegments(
        count=config.front_end.max_pieces,
        share=lambda cells, rows, tensors: _of_vectors(cells),
        layers=_VECTORS,
        held=(PIECE_IDS,),
        emptied=emptied,
        describe=tokens,
        described=_described("piece"),
    )


def _of_vectors(cells: _Tensors) -> Any:
    """(n, places, vector) -> (n, places)."""
    found = [tf.reduce_sum(cells[name], axis=-1) for name in _VECTORS if name in cells]
    return tf.add_n(found)


def _described(kind: str) -> dict[str, Described]:
    meaning = f"each {kind} that the model reads, as attributions have them; empty behind the end"
    return {_TOKENS: Described(meaning, is_text=True)}
