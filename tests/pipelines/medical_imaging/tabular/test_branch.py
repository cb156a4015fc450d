from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from pipelines.medical_imaging import PIPELINE
from shared.loading.columns.encoding import WIDTH
from shared.targets import Categories
from tests.pipelines.medical_imaging.images import config

_TARGET = Categories(names=("a", "b"))
_COLUMNS = "data.tabular_columns=[age, sex]"


def _tensors(model: keras.Model, *, rows: int = 4) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (rows, *model.input["image"].shape[1:]), dtype=np.uint8)
    tabular = np.zeros((rows, 2, WIDTH), np.float32)
    tabular[:, :, 1] = 1.0
    return {"image": pixels, "tabular": tabular}


@pytest.mark.parametrize("preset", ["smoke", "smoke_efficientnet", "smoke_vit"])
def test_every_family_reads_columns_where_there_are_some(preset: str) -> None:
    with_columns = PIPELINE.model(config(_COLUMNS, preset=preset), _TARGET)
    assert set(with_columns.input) == {"image", "tabular"}
    without = PIPELINE.model(config(preset=preset), _TARGET)
    assert set(without.input) == {"image"}
    assert not [layer.name for layer in without.layers if "tabular" in layer.name]


def test_a_value_that_training_never_shows_says_nothing_and_learnt_ones_do() -> None:
    model = PIPELINE.model(config(_COLUMNS), _TARGET)
    tensors = _tensors(model)
    others = {**tensors, "tabular": np.roll(tensors["tabular"], 5, axis=2)}
    assert np.array_equal(model(tensors, training=False), model(others, training=False))
    weights = model.get_layer("tabular_embedding").kernel
    weights.assign(np.ones(weights.shape) * np.arange(weights.shape[0])[:, None] / 100)
    assert not np.allclose(model(tensors, training=False), model(others, training=False))


def test_values_are_dropped_in_training_alone_as_if_they_were_missing() -> None:
    model = PIPELINE.model(config(_COLUMNS, "model.tabular_dropout=0.5"), _TARGET)
    flat = keras.Model(model.input, model.get_layer("tabular_flat").output)
    tensors = _tensors(model, rows=200)
    plain = np.asarray(flat(tensors, training=False)).reshape(200, 2, WIDTH)
    assert np.array_equal(plain, tensors["tabular"])
    seen = np.asarray(flat(tensors, training=True)).reshape(200, 2, WIDTH)
    is_missing = seen[:, :, 0] == 1.0
    assert (seen[is_missing][:, 1:] == 0.0).all()
    assert np.array_equal(seen[~is_missing], tensors["tabular"][~is_missing])
    assert 0.65 < is_missing.mean() < 0.85  # one half each, and rows as a whole
    assert is_missing.all(axis=1).mean() > 0.5
