from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.errors import ContractError
from shared.loading.batches.batching import prepare, validation_batches
from shared.loading.batches.preparation import Preparation
from shared.loading.batches.prepared_cache import PreparedCache
from shared.run.progress import SilentProgress
from shared.targets import Categories

WORDS = np.array([f"word {index}" * (index % 3 + 1) for index in range(600)])


def texts(rows: Callable[[NDArray[np.int64]], Rows] | None = None) -> Examples:
    names = np.arange(len(WORDS)).astype(np.str_)
    targets = np.arange(len(WORDS)) % 2
    return Examples(
        names,
        names,
        targets,
        pd.DataFrame(index=range(len(WORDS))),
        rows or (lambda indices: {"text": WORDS[indices]}),
    )


def identity(name: str) -> keras.Model:
    text = keras.Input((), dtype="string", name="text")
    return keras.Model({"text": text}, {"text": keras.layers.Identity()(text)}, name=name)


@pytest.mark.parametrize(("limit_mib", "place"), [(1, "memory"), (0, "source")])
def test_texts_are_batched_as_they_are_and_said_not_to_be_on_disk(
    tmp_path: Path, limit_mib: int, place: str
) -> None:
    lines: list[str] = []

    class Listener(SilentProgress):
        def log(self, message: str) -> None:
            lines.append(message)

    part = prepare(
        texts(),
        Categories(names=("a", "b")),
        identity("decode"),
        identity("preprocess"),
        cache_limit_mib=limit_mib,
        progress=Listener(),
        cache=PreparedCache(tmp_path, 2**20, "texts"),
    )
    assert part.place == place
    found = [
        text.decode()
        for features, _ in validation_batches(part, batch_size=64)
        for text in features["text"].numpy()
    ]
    assert found == WORDS.tolist()
    assert (
        lines[0]
        == "not kept on disk: the prepared examples hold texts, whose size differs from row to row"
    )


def test_texts_count_with_the_bytes_they_have() -> None:
    mean = np.mean([len(word) for word in WORDS[:256]])
    assert Preparation(
        texts(), identity("decode"), identity("preprocess")
    ).row_bytes == pytest.approx(mean)


def test_a_tensor_of_open_shape_is_refused() -> None:
    values = keras.Input((None,), name="values")
    open_shape = keras.Model({"values": values}, {"values": keras.layers.Identity()(values)})
    with pytest.raises(ContractError, match=r"one shape for all rows; 'values' is .*Pad or cut it"):
        Preparation(texts(), open_shape, open_shape)


def test_an_error_of_the_source_comes_through_the_reader_ahead() -> None:
    def rows(indices: NDArray[np.int64]) -> dict[str, Any]:
        if indices[0] > 0:
            raise ContractError(f"row {indices[0]} is gone")
        return {"text": WORDS[indices]}

    preparation = Preparation(texts(rows), identity("decode"), identity("preprocess"))
    with pytest.raises(ContractError, match="row 256 is gone"):
        list(preparation.chunks(SilentProgress()))


class Surroundings(keras.layers.Layer):
    """Tells each row where in its batch it stands, and how large that is: int32 (batch, 2)."""

    def call(self, inputs: Any) -> Any:
        size = tf.shape(inputs)[0]
        return tf.stack([tf.range(size), tf.repeat(size, size)], axis=1)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor((inputs.shape[0], 2), dtype="int32")


NUM_NUMBERS = 603
"""No whole chunk and no whole block at the end."""


def numbers(preprocessed: Callable[[Any], dict[str, Any]]) -> Preparation:
    """Rows of 48 numbers, whose preprocessing is `preprocessed` of a Keras input."""
    values = np.random.default_rng(0).normal(size=(NUM_NUMBERS, 48)).astype(np.float32)
    names = np.arange(NUM_NUMBERS).astype(np.str_)
    groups = pd.DataFrame(index=range(NUM_NUMBERS))
    part = Examples(names, names, names == "0", groups, lambda indices: {"values": values[indices]})
    inputs = keras.Input((48,), name="values")
    decode = keras.Model({"values": inputs}, {"values": keras.layers.Identity()(inputs)})
    return Preparation(part, decode, keras.Model({"values": inputs}, preprocessed(inputs)))


REQUESTS = (
    np.array([602]),
    np.arange(595, 602),
    np.arange(8, 168, 8),  # all claim the same place
    np.array([5, 5, 13, 4, 5]),
    np.random.default_rng(0).permutation(NUM_NUMBERS)[:64],
)


def test_each_example_stands_at_one_place_of_a_block_of_one_size() -> None:
    # Holds by itself on any processor what the next test can see on some only.
    preparation = numbers(lambda inputs: {"surroundings": Surroundings()(inputs)})
    whole = preparation.in_memory(SilentProgress())["surroundings"]
    np.testing.assert_array_equal(whole, [(index % 8, 8) for index in range(NUM_NUMBERS)])
    for indices in REQUESTS:
        np.testing.assert_array_equal(preparation.fetch(indices)["surroundings"], whole[indices])


def test_an_example_is_the_same_bits_whichever_others_are_asked_for_with_it() -> None:
    # Matrix product, exponential and logarithm: what kernels compute otherwise at the end of a tile.
    def preprocessed(inputs: Any) -> dict[str, Any]:
        product = keras.layers.Dense(23, use_bias=False)(inputs)
        return {"product": product, "exp": ops.exp(product), "log": ops.log(ops.abs(product) + 0.1)}

    preparation = numbers(preprocessed)
    whole = preparation.in_memory(SilentProgress())
    for indices in REQUESTS:
        for name, values in preparation.fetch(indices).items():
            np.testing.assert_array_equal(values, whole[name][indices], err_msg=name)
