from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import ConfigError
from shared.pretrained.encoder import load_encoder, pixel_scaling
from shared.pretrained.layers import freeze, layers_with_weights
from tests.encoders import NO_TENSORS, write_image_encoder

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 16, 24, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_image_encoder(tmp_path_factory.mktemp("encoders") / "tiny")


def test_an_encoder_has_the_weights_of_its_files(folder: Path, tmp_path: Path) -> None:
    other = write_image_encoder(tmp_path / "other", seed=1)
    features = [np.asarray(load_encoder(str(path))(IMAGES)) for path in (folder, folder, other)]
    np.testing.assert_array_equal(features[0], features[1])
    assert np.abs(features[0] - features[2]).max() > 1e-6


def test_a_saved_encoder_is_loaded_without_its_files(folder: Path, tmp_path: Path) -> None:
    encoder = load_encoder(str(folder))
    encoder.save(tmp_path / "encoder.keras")
    reloaded = keras.saving.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(reloaded(IMAGES), encoder(IMAGES))


def test_damaged_weights_are_an_error_in_words(folder: Path, tmp_path: Path) -> None:
    damaged = write_image_encoder(tmp_path / "damaged")
    (damaged / "model.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    with pytest.raises(ConfigError, match=r"can't load the encoder in .*damaged"):
        load_encoder(str(damaged))


def test_a_config_that_asks_for_another_kind_of_network_is_an_error_in_words(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text('{"architecture": "nonet"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(NO_TENSORS)
    with pytest.raises(ConfigError, match="KerasHub can't load the encoder"):
        load_encoder(str(tmp_path))


def test_without_safetensors_it_is_said_how_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs_safetensors(*_: object, **__: object) -> None:
        raise ImportError("No module named 'safetensors'")

    monkeypatch.setattr("keras_hub.models.Backbone.from_preset", needs_safetensors)
    with pytest.raises(ConfigError, match=r"-m pip install .* 'safetensors>=0\.8'"):
        load_encoder(str(folder))


def test_pixels_are_scaled_as_the_files_say(folder: Path, tmp_path: Path) -> None:
    assert pixel_scaling(str(folder)) == ([1 / 128] * 3, [-127 / 128] * 3)
    seen = {
        "input_size": [3, 9, 9],
        "interpolation": "bicubic",
        "mean": [0, 0, 1],
        "std": [1, 1, 2],
    }
    config = {"architecture": "resnet18", "pretrained_cfg": seen}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(NO_TENSORS)
    scale, offset = pixel_scaling(str(tmp_path))
    np.testing.assert_allclose(scale, [1 / 255, 1 / 255, 1 / 510])
    np.testing.assert_allclose(offset, [0, 0, -0.5])


def test_files_that_do_not_say_which_pixels_they_want_are_refused(tmp_path: Path) -> None:
    folder = write_image_encoder(tmp_path / "silent")
    (folder / "image_converter.json").unlink()
    with pytest.raises(ConfigError, match="do not say which pixels"):
        pixel_scaling(str(folder))


def test_frozen_layers_are_the_first_ones(folder: Path) -> None:
    encoder = load_encoder(str(folder))
    freeze(encoder, 0.5)
    learns = [layer.trainable for layer in layers_with_weights(encoder)]
    assert learns == sorted(learns)
    assert sum(learns) == len(learns) // 2
