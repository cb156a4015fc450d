from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from shared.model.model_fingerprint import model_fingerprint


def tokenizer(words: list[str], **changes: Any) -> keras.Model:
    text = keras.Input((), dtype="string", name="text")
    lookup = keras.layers.StringLookup(num_oov_indices=changes.get("num_oov_indices", 1))
    lookup.adapt(words)
    return keras.Model({"text": text}, {"ids": lookup(text)})


def scaler(mean: float, weight: float = 1.0) -> keras.Model:
    values = keras.Input((3,), name="values")
    dense = keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(weight))
    return keras.Model(
        {"values": values},
        {"x": dense(keras.layers.Normalization(mean=mean, variance=1.0)(values))},
    )


def test_a_model_built_again_has_the_same_fingerprint() -> None:
    assert model_fingerprint(scaler(1.0)) == model_fingerprint(
        scaler(1.0)
    )  # though Keras numbers the layers on
    assert model_fingerprint(tokenizer(["a", "b"])) == model_fingerprint(tokenizer(["a", "b"]))


@pytest.mark.parametrize(
    "other", [lambda: scaler(2.0), lambda: scaler(1.0, weight=2.0)], ids=["setting", "weight"]
)
def test_another_setting_or_weight_gives_another_fingerprint(other: Any) -> None:
    assert model_fingerprint(scaler(1.0)) != model_fingerprint(other())


def test_another_vocabulary_gives_another_fingerprint() -> None:
    assert model_fingerprint(tokenizer(["a", "b"])) != model_fingerprint(tokenizer(["a", "c"]))


def test_a_weight_set_afterwards_gives_another_fingerprint() -> None:
    model = scaler(1.0)
    before = model_fingerprint(model)
    model.layers[-1].set_weights([np.zeros((3, 2)), np.ones(2)])
    assert model_fingerprint(model) != before
