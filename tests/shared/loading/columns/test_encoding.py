from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from shared.loading.columns.encoding import WIDTH, EncodeTabular, fit_tabular
from tests.pipelines.medical_imaging.tabular.sources import load_beside, write_source


def _layer(tmp_path: Path) -> EncodeTabular:
    site = [("Back", "face", "", "neck")[n % 4] if n > 1 else "rare" for n in range(60)]
    train = load_beside(write_source(tmp_path, site=site)).train
    return EncodeTabular(fit_tabular(("age", "site"), None, train), name="encode")


def _encode(layer: EncodeTabular, *rows: list[str]) -> np.ndarray:
    return np.asarray(layer(tf.constant(rows)))


def test_numbers_are_standardised_by_training_and_a_missing_one_is_the_mean(
    tmp_path: Path,
) -> None:
    layer = _layer(tmp_path)
    ages = [20 + n // 2 for n in range(60) if n % 5 < 3]
    encoded = _encode(layer, ["30.0", ""], ["", ""], [" NaN", ""])
    assert encoded.shape == (3, 2, WIDTH)
    expected = (30 - np.mean(ages)) / np.std(ages)
    assert np.allclose(encoded[0, 0, :3], np.array([0.0, 1.0, expected]))
    assert encoded[1:, 0].tolist() == [[1.0] + [0.0] * (WIDTH - 1)] * 2


def test_a_category_has_its_place_and_what_training_lacks_is_another(tmp_path: Path) -> None:
    layer = _layer(tmp_path)
    rows = [["", text] for text in ("back", " BACK ", "face", "toe", "rare", "Unknown", "")]
    places = _encode(layer, *rows)[:, 1].argmax(axis=1).tolist()
    assert places[0] == places[1] >= 3
    assert places[2] >= 3
    assert places[2] != places[0]
    assert places[3:] == [1, 1, 0, 0]  # too rare in training is as if unseen
    assert (_encode(layer, *rows)[:, 1].sum(axis=1) == 1).all()


def test_what_is_no_number_is_never_answered_as_one(tmp_path: Path) -> None:
    assert np.isnan(_encode(_layer(tmp_path), ["old", "back"])[0, 0, 2])


def test_the_layer_is_kept_with_the_model(tmp_path: Path) -> None:
    layer = _layer(tmp_path)
    again = EncodeTabular.from_config(layer.get_config())
    rows = [["31", "face"], ["", "toe"]]
    assert np.array_equal(_encode(again, *rows), _encode(layer, *rows))
    text = keras.Input((2,), dtype="string")
    assert layer.compute_output_spec(text).shape == (None, 2, WIDTH)
