"""Text -> word ids and weighted n-grams: what both branches of the model read.

Fitted on the training split only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.families import NgramCnnConfig
from pipelines.sentiment.models.floor import fit_floor
from pipelines.sentiment.models.tokenizer import (
    CHARACTER_MARK,
    character_ngrams,
    hash_ngrams,
    split_words,
    word_ngrams,
)
from pipelines.sentiment.models.word_pieces import WordPieces
from shared.config.transfer import encoder_source
from shared.contract import Examples, Padding
from shared.pretrained.vocabulary import read_vocabulary

__all__ = [
    "PAD",
    "PIECE_IDS",
    "UNKNOWN_WORD",
    "WORD_IDS",
    "NgramFeatures",
    "WordIds",
    "build_decode",
    "build_preprocess",
    "padding_of",
    "piece_padding",
]

WORD_IDS = "word_ids"
"""Name of the tensor that networks of words read."""

PIECE_IDS = "piece_ids"
"""Name of the tensor that a pretrained encoder reads."""

PAD = 0
"""Word id behind the end of a text."""
UNKNOWN_WORD = 1
"""Word id of every word without a vector of its own, removed words included."""

_CHUNK_TEXTS = 1024


def build_decode(config: SentimentConfig) -> keras.Model:
    """The identity: a client sends what a row holds, `text` (batch,) string."""
    del config
    text = keras.Input((), dtype="string", name="text")
    return keras.Model({"text": text}, {"text": keras.layers.Identity()(text)}, name="decode")


def build_preprocess(config: SentimentConfig, train: Examples) -> keras.Model:
    """Fit vocabulary and log-count ratios on `train`.

    Returns:
        A model from `text` (batch,) string to `word_ids` (batch, max_words) int32, `ngram_ids`
        (batch, max_ngrams) int32 and `ngram_ratios` (batch, max_ngrams, classes) float32, or for a
        pretrained encoder to `piece_ids` (batch, max_pieces) int32; and what `fit_floor` gives.
    """
    text = keras.Input((), dtype="string", name="text")
    source = encoder_source(config.model)
    read = _word_features(config, train, text) if source is None else _pieces(config, source, text)
    outputs = {**read, **fit_floor(config, train, text)}
    return keras.Model({"text": text}, outputs, name="preprocess")


def padding_of(config: SentimentConfig) -> Padding | None:
    """What the network reads word by word, or piece by piece."""
    source = encoder_source(config.model)
    if source is not None:
        return Padding(PIECE_IDS, piece_padding(source))
    if isinstance(config.model, NgramCnnConfig):
        return None  # n-grams and convolutions: reading shorter texts saves it no time
    return Padding(WORD_IDS, PAD)


def piece_padding(source: str) -> int:
    """Id of the piece that an encoder does not read.

    Args:
        source: `model.encoder`.
    """
    return read_vocabulary(source).pieces.index("[PAD]")


def _pieces(config: SentimentConfig, source: str, text: Any) -> dict[str, Any]:
    """What a pretrained encoder reads; nothing of it is fitted."""
    known = read_vocabulary(source)
    split = WordPieces(
        known.pieces,
        config.front_end.max_pieces,
        lower=known.lower,
        strip_accents=known.strip_accents,
        space_ideographs=known.space_ideographs,
        name="word_pieces",
    )
    return {PIECE_IDS: split(text)}


def _word_features(config: SentimentConfig, train: Examples, text: Any) -> dict[str, Any]:
    settings = config.front_end
    words = WordIds(_fit_vocabulary(config, train), settings.max_words)
    ngrams = NgramFeatures(
        num_classes=int(train.targets.max()) + 1,
        num_buckets=settings.num_buckets,
        max_words=settings.max_words,
        word_order=settings.word_ngram_order,
        character_orders=settings.character_ngram_orders,
        max_ngrams=settings.max_ngrams,
    )
    features = {WORD_IDS: words(text), **ngrams(text)}
    ngrams.log_ratios.assign(_fit_log_ratios(ngrams, train, settings.smoothing))
    return features


@keras.saving.register_keras_serializable(package="plumbline")
class WordIds(keras.layers.Layer):
    """Texts (batch,) string -> word ids (batch, max_words) int32.

    `PAD`, `UNKNOWN_WORD`, then the vocabulary in its order.

    Args:
        vocabulary: Words that have an id of their own.
        max_words: Words read from the start of a text.
    """

    def __init__(self, vocabulary: Sequence[str], max_words: int, **options: Any) -> None:
        super().__init__(**options)
        self.vocabulary = list(vocabulary)
        self.max_words = max_words
        self.lookup = keras.layers.StringLookup(
            vocabulary=self.vocabulary, mask_token="", num_oov_indices=1
        )

    def build(self, input_shape: Any) -> None:
        """Nothing to build but the lookup, which has its words already."""
        self.lookup.build(input_shape)
        super().build(input_shape)

    def call(self, texts: Any) -> Any:
        """Look each word up."""
        words = split_words(texts)[:, : self.max_words]
        return tf.cast(self.lookup(words.to_tensor("", shape=(None, self.max_words))), tf.int32)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "vocabulary": self.vocabulary, "max_words": self.max_words}


@keras.saving.register_keras_serializable(package="plumbline")
class NgramFeatures(keras.layers.Layer):
    """Texts (batch,) string -> the n-grams that tell the classes apart best.

    They are given by bucket, with their log-count ratios.

    An n-gram's ratio for a class is how much more often it occurs in texts of that class than in
    others (Wang & Manning 2012, "Baselines and bigrams", equation 3), on presence rather than
    counts. Buckets that never occurred in training have ratio 0. Word and character n-grams are
    each scaled to unit length, so that long texts do not shout.

    Args:
        num_classes: Classes.
        num_buckets: Size of the hash space; bucket 0 is padding.
        max_words: Words read from the start of a text.
        word_order: Longest run of words.
        character_orders: Lengths of character runs; empty for none.
        max_ngrams: How many are kept.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        num_buckets: int,
        max_words: int,
        word_order: int,
        character_orders: Sequence[int],
        max_ngrams: int,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_classes = num_classes
        self.num_buckets = num_buckets
        self.max_words = max_words
        self.word_order = word_order
        self.character_orders = tuple(character_orders)
        self.max_ngrams = max_ngrams
        self.log_ratios = self.add_weight(
            shape=(num_buckets, num_classes),
            initializer="zeros",
            trainable=False,
            name="log_ratios",
            dtype="float32",
        )

    def call(self, texts: Any) -> dict[str, Any]:
        """Hash, weigh, and keep the strongest."""
        kinds = [self._weigh(buckets) for buckets in self.distinct_buckets(texts)]
        # top_k needs at least as many candidates as it keeps.
        ids = tf.pad(tf.concat([ids for ids, _ in kinds], axis=1), [[0, 0], [0, self.max_ngrams]])
        ratios = tf.pad(
            tf.concat([ratios for _, ratios in kinds], axis=1),
            [[0, 0], [0, self.max_ngrams], [0, 0]],
        )
        _, strongest = tf.math.top_k(
            tf.reduce_max(tf.abs(ratios), axis=-1), self.max_ngrams
        )  # (batch, max_ngrams)
        return {
            "ngram_ids": tf.gather(ids, strongest, batch_dims=1),
            "ngram_ratios": tf.gather(ratios, strongest, batch_dims=1),
        }

    def distinct_buckets(self, texts: Any) -> list[Any]:
        """For words and, if configured, characters.

        Buckets (batch, any) int32, none twice in a row; 0 is no n-gram.
        """
        words = split_words(texts)[:, : self.max_words]
        kinds = [word_ngrams(words, self.word_order)]
        if self.character_orders:
            characters = character_ngrams(words, self.character_orders)
            kinds.append(tf.strings.join([CHARACTER_MARK, characters]))
        return [self._distinct(hash_ngrams(kind, self.num_buckets)) for kind in kinds]

    def _distinct(self, buckets: Any) -> Any:
        ordered = tf.sort(buckets.to_tensor(0), axis=1, direction="DESCENDING")
        repeats = tf.pad(ordered[:, 1:] == ordered[:, :-1], [[0, 0], [1, 0]])
        return tf.where(repeats, tf.zeros_like(ordered), ordered)

    def _weigh(self, buckets: Any) -> tuple[Any, Any]:
        ratios = tf.gather(tf.convert_to_tensor(self.log_ratios), buckets)  # (batch, any, classes)
        known = tf.reduce_any(ratios != 0.0, axis=-1)
        num_known = tf.reduce_sum(tf.cast(known, tf.float32), axis=1)
        return (
            tf.where(known, buckets, 0),
            ratios / tf.sqrt(tf.maximum(num_known, 1.0))[:, None, None],
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        names = (
            "num_classes",
            "num_buckets",
            "max_words",
            "word_order",
            "character_orders",
            "max_ngrams",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _text_chunks(train: Examples) -> Iterator[tuple[NDArray[np.int64], Any]]:
    for start in range(0, len(train), _CHUNK_TEXTS):
        indices = np.arange(start, min(start + _CHUNK_TEXTS, len(train)))
        yield indices, tf.constant(train.rows(indices)["text"].tolist())


def _fit_vocabulary(config: SentimentConfig, train: Examples) -> list[str]:
    counts: Counter[bytes] = Counter()
    for _, texts in _text_chunks(train):
        counts.update(
            split_words(texts)[:, : config.front_end.max_words].flat_values.numpy().tolist()
        )
    frequent = [
        (-count, word) for word, count in counts.items() if count >= config.front_end.min_word_count
    ]
    return [word.decode() for _, word in sorted(frequent)[: config.front_end.vocabulary_size]]


def _fit_log_ratios(
    ngrams: NgramFeatures, train: Examples, smoothing: float
) -> NDArray[np.float32]:
    counts = np.zeros((ngrams.num_buckets, ngrams.num_classes))
    for indices, texts in _text_chunks(train):
        for buckets in ngrams.distinct_buckets(texts):
            classes = np.broadcast_to(train.targets[indices][:, None], buckets.shape)
            np.add.at(counts, (buckets.numpy(), classes), 1.0)
    counts[PAD] = 0.0
    seen = counts.sum(axis=1) > 0
    inside = counts[seen] + smoothing
    outside = counts[seen].sum(axis=1, keepdims=True) - counts[seen] + smoothing
    ratios = np.zeros(counts.shape)
    ratios[seen] = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    return ratios.astype(np.float32)
