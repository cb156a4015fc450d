from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.serving.guarded_decode import decode_guarded, is_identity


class _CountedNumber(keras.layers.Layer):
    """Texts -> numbers; fails for what is none, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(name="number")
        self.num_decoded = tf.Variable(0)

    def call(self, texts: Any) -> Any:
        self.num_decoded.assign_add(tf.size(texts))
        return tf.strings.to_number(texts)

    def compute_output_spec(self, texts: Any) -> keras.KerasTensor:
        return keras.KerasTensor(texts.shape, dtype="float32")


@pytest.fixture(scope="module")
def numbers() -> keras.Model:
    text = keras.Input((), dtype="string", name="text")
    return keras.Model({"text": text}, {"number": _CountedNumber()(text)})


@pytest.fixture(scope="module")
def same() -> keras.Model:
    number = keras.Input((2,), name="number")
    text = keras.Input((), dtype="string", name="text")
    identity = keras.layers.Identity
    rows = {"number": identity()(number), "text": identity(dtype="string")(text)}
    return keras.Model({"number": number, "text": text}, rows)


def _decode(decode: keras.Model, texts: list[str], usable: list[bool]) -> tuple[list[float], Any]:
    wire = {"text": tf.constant(texts, tf.string)}
    rows, is_decoded = decode_guarded(decode, wire, tf.constant(usable, tf.bool))
    return rows["number"].numpy().tolist(), is_decoded.numpy().tolist()


def test_items_that_fail_are_empty_rows_and_the_others_keep_their_places(
    numbers: keras.Model,
) -> None:
    texts = ["x", "1", "2", "", "3", "y"]
    assert _decode(numbers, texts, [True] * 6) == (
        [0.0, 1.0, 2.0, 0.0, 3.0, 0.0],
        [False, True, True, False, True, False],
    )


def test_what_is_not_usable_is_never_looked_into(numbers: keras.Model) -> None:
    layer: Any = numbers.get_layer("number")
    before = int(layer.num_decoded.numpy())
    answers = _decode(numbers, ["1", "2", "3"], [False, True, False])
    assert answers == ([0.0, 2.0, 0.0], [False, True, False])
    assert int(layer.num_decoded.numpy()) - before == 1


@pytest.mark.parametrize("texts", [[], ["x"], ["x", "y"]])
def test_a_batch_may_be_empty_or_hold_nothing_good(numbers: keras.Model, texts: list[str]) -> None:
    assert _decode(numbers, texts, [True] * len(texts)) == (
        [0.0] * len(texts),
        [False] * len(texts),
    )


def test_of_an_identity_only_the_values_are_emptied(
    same: keras.Model, numbers: keras.Model
) -> None:
    assert is_identity(same)
    assert not is_identity(numbers)
    wire = {"number": tf.constant([[np.nan, 1.0], [2.0, np.nan]]), "text": tf.constant(["a", "b"])}
    rows, is_decoded = decode_guarded(same, wire, tf.constant([False, True]))
    assert is_decoded.numpy().tolist() == [False, True]
    assert rows["text"].numpy().tolist() == [b"", b"b"]
    np.testing.assert_array_equal(rows["number"], [[0.0, 0.0], [2.0, np.nan]])
