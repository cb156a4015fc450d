"""The network's own layers."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["BranchDropout", "MaskedPooling", "NgramScore", "WordDropout"]


@keras.saving.register_keras_serializable(package="plumbline")
class WordDropout(keras.layers.Layer):
    """Makes words unknown while training, so that unknown and removed words are nothing new.

    Iyyer et al. (2015), section 3.1.

    Args:
        rate: Share of words.
        pad: Word id that is left alone.
        unknown: Word id that replaces others.
        seed: Of the layer's own random stream.
    """

    def __init__(
        self, rate: float, *, pad: int, unknown: int, seed: int = 0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.rate = rate
        self.pad = pad
        self.unknown = unknown
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, word_ids: Any, training: bool = False) -> Any:
        """(batch, words) int32 -> the same."""
        if not training or self.rate == 0.0:
            return word_ids
        kept = keras.random.uniform(ops.shape(word_ids), seed=self.seed_generator) >= self.rate
        return ops.where(
            ops.logical_or(kept, ops.equal(word_ids, self.pad)), word_ids, self.unknown
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "rate": self.rate,
            "pad": self.pad,
            "unknown": self.unknown,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="plumbline")
class NgramScore(keras.layers.Layer):
    """The linear branch: sum over n-grams of log-count ratio times a learnt weight, plus a bias.

    NBSVM (Wang & Manning 2012).

    Weights begin at one, which is naive Bayes up to a factor; so where training says nothing about
    an n-gram, its counts do.

    Args:
        num_buckets: Buckets that n-grams are hashed into.
        num_classes: Classes.
        dropout: Share of n-grams that vanish while training.
        scale: Factor of the sum. Naive Bayes takes n-grams for independent and is far too sure of
            itself; 0.2 makes its first logits about as large as those of a trained network.
    """

    def __init__(
        self,
        num_buckets: int,
        num_classes: int,
        *,
        dropout: float,
        scale: float = 0.2,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_buckets = num_buckets
        self.num_classes = num_classes
        self.dropout = dropout
        self.scale = scale
        self.ngram_dropout = keras.layers.Dropout(dropout, noise_shape=(None, None, 1))
        self.weights_of_buckets = self.add_weight(
            shape=(num_buckets, num_classes), initializer="ones", name="weights"
        )
        self.bias = self.add_weight(shape=(num_classes,), initializer="zeros", name="bias")

    def call(self, ngram_ids: Any, ngram_ratios: Any, training: bool = False) -> Any:
        """Ids (batch, ngrams) and ratios (batch, ngrams, classes) -> logits (batch, classes)."""
        kept = self.ngram_dropout(ngram_ratios, training=training)
        products = kept * ops.take(
            self.weights_of_buckets, ngram_ids, axis=0
        )  # (batch, ngrams, classes)
        return self.scale * ops.sum(products, axis=1) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        names = ("num_buckets", "num_classes", "dropout", "scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="plumbline")
class MaskedPooling(keras.layers.Layer):
    """Features of words -> of the text: maxima and scaled sums.

    From (batch, words, features), zero behind the end, to (batch, 2 · features).

    Features are not negative, so zeros don't change a maximum. Sums are divided by the root of the
    number of words: opinions add up, but not without limit.
    """

    def call(self, features: Any, mask: Any) -> Any:
        """`mask` (batch, words, 1) is 1 on words."""
        num_words = ops.sum(mask, axis=1)  # (batch, 1)
        return ops.concatenate(
            [
                ops.max(features * mask, axis=1),
                ops.sum(features * mask, axis=1) / ops.sqrt(num_words + 1.0),
            ],
            axis=-1,
        )


@keras.saving.register_keras_serializable(package="plumbline")
class BranchDropout(keras.layers.Layer):
    """Adds two branches' logits.

    While training, each is left out of some rows, so that it learns to decide alone.

    Without it the branch that learns faster explains the training split away before the other has
    learnt to generalise (ModDrop: Neverova et al. 2016, section 3.3).

    Args:
        rate: Share of rows in which the first branch is left out, and share in which the second is;
            at most 0.5.
        seed: Of the layer's own random stream.
    """

    def __init__(self, rate: float, *, seed: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, first: Any, second: Any, training: bool = False) -> Any:
        """Logits (batch, classes) twice -> their sum."""
        if not training or self.rate == 0.0:
            return first + second
        drawn = keras.random.uniform((ops.shape(first)[0], 1), seed=self.seed_generator)
        return ops.where(drawn < self.rate, 0.0, first) + ops.where(
            drawn >= 1.0 - self.rate, 0.0, second
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
