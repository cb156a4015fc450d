from __future__ import annotations

import keras
import numpy as np
import pytest

from shared.networks.padding import TrimPadding, trim_padding

IDS = np.array([[5, 6, 0, 0, 0], [7, 0, 8, 0, 0], [0, 0, 0, 0, 0]])


def test_training_leaves_out_what_no_row_reads() -> None:
    assert TrimPadding(0)(IDS, training=True).numpy().tolist() == [[5, 6, 0], [7, 0, 8], [0, 0, 0]]


def test_a_batch_of_nothing_keeps_one_place() -> None:
    assert TrimPadding(0)(IDS[2:], training=True).shape == (1, 1)


def test_what_is_served_keeps_its_width() -> None:
    """A sum over fewer places is rounded otherwise, so a row would depend on its batch."""
    assert np.array_equal(TrimPadding(0)(IDS, training=False), IDS)


@pytest.mark.parametrize("training", [True, False])
def test_a_network_reads_both_widths(training: bool) -> None:
    ids = keras.Input((5,), dtype="int32")
    vectors = keras.layers.Embedding(9, 4)(TrimPadding(0)(ids))
    model = keras.Model(ids, vectors)
    assert model(IDS, training=training).shape == (3, 3 if training else 5, 4)


def test_what_xla_compiles_keeps_its_width() -> None:
    ids = keras.Input((5,), dtype="int32")
    assert trim_padding(ids, 0, jit=True) is ids
    assert trim_padding(ids, 0, jit=False).shape == (None, None)
