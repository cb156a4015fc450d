from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shared.contract import Padding
from shared.loading.batches import row_lengths
from shared.loading.batches.batching import Prepared, batch_indices, training_batches
from shared.loading.batches.row_lengths import with_row_lengths

WIDTH = 12
LENGTHS = np.random.default_rng(0).integers(0, WIDTH + 1, 200)
IDS = np.where(np.arange(WIDTH) < LENGTHS[:, None], 5, 0).astype(np.int32)


def prepared() -> Prepared:
    import tensorflow as tf

    return Prepared(
        num_examples=200,
        labels=np.zeros(200, np.int32),
        features={"ids": tf.constant(IDS)},
        fetch=lambda rows: {"ids": IDS[rows]},
        element_spec={"ids": tf.TensorSpec((WIDTH,), "int32")},
        place="memory",
    )


@pytest.mark.parametrize("chunk_rows", [7, 4096])
def test_a_row_is_as_long_as_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(row_lengths, "_CHUNK_ROWS", chunk_rows)
    found = with_row_lengths(prepared(), Padding("ids", 0)).row_lengths
    assert found is not None
    assert np.array_equal(found, LENGTHS)


def test_a_gap_in_a_row_is_no_end() -> None:
    gap = replace(prepared(), num_examples=1, fetch=lambda rows: {"ids": np.array([[5, 0, 5, 0]])})
    found = with_row_lengths(gap, Padding("ids", 0)).row_lengths
    assert found is not None
    assert found.tolist() == [3]


def test_nothing_padded_nothing_grouped() -> None:
    assert with_row_lengths(prepared(), None).row_lengths is None


def test_training_sees_what_the_inspector_names() -> None:
    """Rows of like length, found again by epoch and step, also after a resume."""
    grouped = with_row_lengths(prepared(), Padding("ids", 0))
    settings: dict[str, Any] = {"batch_size": 20, "seed": 3}
    [(features, _)] = training_batches(grouped, **settings, first_step=14).take(1)
    rows = batch_indices(grouped, **settings, epoch=1, step=4)
    assert np.array_equal(features["ids"].numpy(), IDS[rows])
    assert np.ptp(LENGTHS[rows]) <= 3
