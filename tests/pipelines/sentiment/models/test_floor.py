from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pipelines.sentiment.models.floor import LinearNgrams, _presence, _tf_idf, fit_floor
from tests.pipelines.sentiment import configure, make_examples

_WORDS = ["good", "great", "bad", "awful"]


def _fitted(texts: list[str], targets: list[int]) -> tuple[Any, LinearNgrams]:
    text = keras.Input((), dtype="string", name="text")
    model = keras.Model([text], fit_floor(configure(), make_examples(texts, targets), text))
    return model, model.get_layer("floor")


def _reviews() -> tuple[list[str], list[int]]:
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 2, 120).tolist()
    words = [_WORDS[2 * (1 - target) + int(generator.integers(2))] for target in targets]
    return [f"film {number} was {word}" for number, word in enumerate(words)], targets


def test_words_that_decide_are_learnt() -> None:
    model, _ = _fitted(*_reviews())
    logits = model(tf.constant(["the plot was great", "the plot was awful"]))["floor_logits"]
    assert np.argmax(logits, axis=1).tolist() == [1, 0]


def test_the_graph_weighs_as_the_fit_did() -> None:
    texts, targets = _reviews()
    model, layer = _fitted(texts, targets)
    presence = _presence(layer, make_examples(texts, targets), np.arange(len(texts)))
    rarity = np.asarray(layer.rarity)
    weights = np.asarray(layer.products) / np.where(rarity > 0, rarity, 1.0)[:, None]
    expected = _tf_idf(presence, rarity) @ weights + np.asarray(layer.bias)
    assert np.allclose(model(tf.constant(texts))["floor_logits"], expected, atol=1e-4)


def test_n_grams_that_training_lacks_say_nothing() -> None:
    model, layer = _fitted(*_reviews())
    outputs = model(tf.constant(["", "film 3 was good", "жук ёлка"]))
    assert np.allclose(outputs["floor_logits"][0], layer.bias)
    share = np.asarray(outputs["floor_known"])[:, 0]
    assert share[1] == 1.0
    assert share[2] < 0.5


def test_random_labels_end_at_the_shares_of_the_classes() -> None:
    generator = np.random.default_rng(1)
    texts = [" ".join(generator.choice(list("abcdefghij"), 6)) for _ in range(300)]
    model, _ = _fitted(texts, (generator.random(300) < 0.3).astype(int).tolist())
    shares = keras.ops.softmax(model(tf.constant(texts))["floor_logits"])
    assert np.abs(np.asarray(shares)[:, 1] - 0.3).max() < 0.15


def test_logits_are_the_same_bits_beside_a_longer_text() -> None:
    model, _ = _fitted(*_reviews())
    texts, _ = _reviews()
    longer = [*texts[:7], "a film that was " + "great and awful " * 11]
    shorter = [*texts[:7], "a film"]
    logits = [
        np.asarray(model(tf.constant(each))["floor_logits"])[:7] for each in (longer, shorter)
    ]
    assert logits[0].tobytes() == logits[1].tobytes()
