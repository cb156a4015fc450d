"""TF-IDF of words and character n-grams with logistic regression: the floor of texts.

It reads the same words as the network, in n-grams of its own, so that no setting of the network
makes it weaker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.tokenizer import character_ngrams, split_words, word_ngrams
from shared.contract import Examples
from shared.floors.linear import fit_linear
from shared.floors.scores import floor_model
from shared.targets import Target

__all__ = ["LinearNgrams", "build_baselines", "fit_floor"]

_WORD_ORDER = 2
_CHARACTER_ORDERS = (2, 3, 4, 5)
_CHUNK_TEXTS = 1024
_MOST_ENTRIES = 40_000_000
"""N-grams of all texts that the floor is fitted on, half a gigabyte: 100,000 texts of 50 words. Of
more texts, a sample is fitted on that has so many."""
_NUM_FEATURES = 4
_UNITS = 2.0**32


def build_baselines(config: SentimentConfig, target: Target) -> dict[str, keras.Model]:
    """`linear`: logistic regression on TF-IDF."""
    del config
    known = keras.Input((_NUM_FEATURES,), name="floor_known")
    return {"linear": floor_model(target, "linear", {"floor_known": known}, known)}


def fit_floor(config: SentimentConfig, train: Examples, text: Any) -> dict[str, Any]:
    """Fit on the training split and apply it to `text`.

    Returns:
        `floor_logits` (batch, classes) float32, and `floor_known` (batch, 4) float32, as
        `LinearNgrams` gives them.
    """
    layer = LinearNgrams(
        num_classes=int(train.targets.max()) + 1,
        num_buckets=config.front_end.num_buckets,
        max_words=config.front_end.max_words,
        name="floor",
    )
    outputs: dict[str, Any] = layer(text)
    order = np.random.default_rng([config.train.seed, len(train)]).permutation(len(train))
    presence = _presence(layer, train, order)
    fitted_on = order[: presence.shape[0]]
    num_texts = presence.sum(axis=0)
    # Smooth idf (scikit-learn: TfidfTransformer); a bucket that training lacks stays at 0.
    rarity = np.log((1.0 + len(fitted_on)) / (1.0 + num_texts)) + 1.0
    rarity = np.where(num_texts > 0, rarity, 0.0)
    known = np.flatnonzero(rarity)
    fitted = fit_linear(
        _tf_idf(presence, rarity)[:, known],
        train.targets[fitted_on],
        train.entities[fitted_on],
        seed=config.train.seed,
    )
    products = np.zeros(layer.products.shape)
    products[known] = fitted.weights * rarity[known, None]
    layer.rarity.assign(rarity)
    layer.products.assign(products)
    layer.bias.assign(fitted.bias)
    return outputs


@keras.saving.register_keras_serializable(package="plumbline")
class LinearNgrams(keras.layers.Layer):
    """Texts (batch,) string -> logits of a linear model on TF-IDF of hashed n-grams.

    Presence counts, not frequency. Words and characters have a half of the hash space each, and
    each kind is scaled to unit length.

    Args:
        num_classes: Classes.
        num_buckets: Size of the hash space of each kind; a kind's bucket 0 is padding.
        max_words: Words read from the start of a text.
    """

    def __init__(
        self, *, num_classes: int, num_buckets: int, max_words: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self.num_classes = num_classes
        self.num_buckets = num_buckets
        self.max_words = max_words
        size = 2 * num_buckets
        fixed: dict[str, Any] = {"initializer": "zeros", "trainable": False, "dtype": "float32"}
        self.rarity = self.add_weight(shape=(size,), name="rarity", **fixed)
        self.products = self.add_weight(shape=(size, num_classes), name="products", **fixed)
        self.bias = self.add_weight(shape=(num_classes,), name="bias", **fixed)

    def call(self, texts: Any) -> dict[str, Any]:
        """`floor_logits` (batch, classes), and `floor_known` (batch, 4).

        The latter is what a linear model can tell of how familiar a text is: the share of its
        n-grams that training had, and the logarithm of their number, of words and of characters.
        """
        logits = tf.convert_to_tensor(self.bias)[None]
        known = []
        for buckets in self.buckets(texts):
            rarity = tf.gather(tf.convert_to_tensor(self.rarity), buckets)  # (batch, any)
            products = tf.gather(tf.convert_to_tensor(self.products), buckets)
            length = tf.sqrt(tf.maximum(_ordered_by_none(tf.square(rarity)), 1e-12))
            logits += _ordered_by_none(products) / length[:, None]
            known += _familiarity(buckets % self.num_buckets > 0, rarity > 0)
        return {"floor_logits": logits, "floor_known": tf.stack(known, axis=1)}

    def buckets(self, texts: Any) -> list[Any]:
        """Of words, then of characters: distinct buckets (batch, any) int32; 0 for none."""
        words = split_words(texts)[:, : self.max_words]
        kinds = (word_ngrams(words, _WORD_ORDER), character_ngrams(words, _CHARACTER_ORDERS))
        return [
            self._distinct(tf.strings.to_hash_bucket_fast(kind, self.num_buckets - 1) + 1)
            + place * self.num_buckets
            for place, kind in enumerate(kinds)
        ]

    def _distinct(self, buckets: Any) -> Any:
        ordered = tf.sort(buckets.to_tensor(0), axis=1, direction="DESCENDING")
        repeats = tf.pad(ordered[:, 1:] == ordered[:, :-1], [[0, 0], [1, 0]])
        return tf.cast(tf.where(repeats, tf.zeros_like(ordered), ordered), tf.int32)

    def compute_output_spec(self, texts: Any) -> dict[str, Any]:
        """Spares Keras running string operations on placeholders."""
        size = texts.shape[0]
        return {
            "floor_logits": keras.KerasTensor((size, self.num_classes), dtype="float32"),
            "floor_known": keras.KerasTensor((size, _NUM_FEATURES), dtype="float32"),
        }

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        names = ("num_classes", "num_buckets", "max_words")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _ordered_by_none(terms: Any) -> Any:
    """Sums over axis 1, in whole numbers of 2⁻³²: the same bits in any order of additions.

    How wide a batch is depends on its longest text, and with it the order in which floats are
    added.
    """
    whole = tf.cast(tf.round(terms * _UNITS), tf.int64)
    total = tf.cast(tf.reduce_sum(whole, axis=1), tf.float64)
    return tf.cast(total / _UNITS, tf.float32)


def _familiarity(is_there: Any, is_known: Any) -> list[Any]:
    number = tf.reduce_sum(tf.cast(is_there, tf.float32), axis=1)
    known = tf.reduce_sum(tf.cast(is_known, tf.float32), axis=1)
    return [known / tf.maximum(number, 1.0), tf.math.log1p(number)]


def _presence(layer: LinearNgrams, train: Examples, order: NDArray[np.int64]) -> csr_array:
    """(texts, buckets) of ones, text by text in `order`, as many as there is room for."""
    parts: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.int64]] = []
    num_entries = 0
    for texts in _chunks(train, order):
        buckets = np.concatenate([kind.numpy() for kind in layer.buckets(texts)], axis=1)
        is_there = buckets % layer.num_buckets > 0
        parts.append(buckets[is_there])
        counts.append(is_there.sum(axis=1))
        num_entries += len(parts[-1])
        if num_entries >= _MOST_ENTRIES:
            break
    columns = np.concatenate(parts)
    ends = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    shape = (len(ends) - 1, 2 * layer.num_buckets)
    return csr_array((np.ones(len(columns), np.float32), columns, ends), shape=shape)


def _chunks(train: Examples, order: NDArray[np.int64]) -> Iterator[Any]:
    for start in range(0, len(order), _CHUNK_TEXTS):
        rows = train.rows(order[start : start + _CHUNK_TEXTS])
        yield tf.constant(rows["text"].tolist())


def _tf_idf(presence: csr_array, rarity: NDArray[np.float64]) -> csr_array:
    """Each n-gram's rarity, scaled to unit length within words and within characters."""
    values = rarity[presence.indices]
    half = len(rarity) // 2
    texts = np.repeat(np.arange(presence.shape[0]), np.diff(presence.indptr))
    kinds = 2 * texts + (presence.indices >= half)
    squares = np.bincount(kinds, weights=values**2, minlength=2 * presence.shape[0])
    scaled = values / np.sqrt(np.maximum(squares, 1e-12))[kinds]
    return csr_array(
        (scaled.astype(np.float32), presence.indices, presence.indptr), shape=presence.shape
    )
