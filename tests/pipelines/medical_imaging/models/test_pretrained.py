from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import pipelines
from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.models.pretrained import build_model
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from shared.pretrained.encoder import load_encoder
from shared.pretrained.layers import encoder_of
from shared.targets import Categories
from tests.encoders import write_image_encoder

TARGET = Categories(names=("a", "b"))
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_image_encoder(tmp_path_factory.mktemp("encoders") / "tiny")


def configure(folder: Path, *assignments: str) -> MedicalConfig:
    config = resolve_config(
        MedicalConfig,
        pipelines.presets_folder("medical_imaging"),
        "smoke_pretrained",
        [f"model.encoder={folder}", *assignments],
    )
    assert isinstance(config, MedicalConfig)
    return config


def test_the_encoder_sees_pixels_as_it_was_pretrained_to(folder: Path) -> None:
    model = build_model(configure(folder), TARGET)
    wanted = (IMAGES.astype(np.float32) - 127) / 128
    expected = np.asarray(load_encoder(str(folder))(wanted)).mean(axis=(1, 2))
    pooled = keras.Model(model.input, model.get_layer("pool").output)
    np.testing.assert_allclose(
        pooled({"image": IMAGES}, training=False), expected, rtol=1e-4, atol=1e-6
    )


def test_frozen_layers_do_not_learn(folder: Path) -> None:
    names = [v.path for v in encoder_of(build_model(configure(folder), TARGET)).trainable_variables]
    frozen = build_model(configure(folder, "model.frozen_share=1"), TARGET)
    assert len(names) > 10
    assert [v.path for v in frozen.trainable_variables] == ["logits/kernel", "logits/bias"]


def test_an_encoder_of_something_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = keras.Input((7,), name="words")
    other = keras.Model(words, keras.layers.Dense(3)(words))
    monkeypatch.setattr("pipelines.medical_imaging.models.pretrained.load_encoder", lambda _: other)
    with pytest.raises(ConfigError, match="is no encoder of images"):
        build_model(configure(folder), TARGET)
