from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.frame import ClipNormalization
from pipelines.speech.models.residual_cnn import build_model
from pipelines.speech.preprocess import num_frames
from shared.targets import Categories
from tests.pipelines.speech.sounds import configure

_TARGET = Categories(names=("no", "yes", "maybe"))


@pytest.fixture(scope="module")
def config() -> SpeechConfig:
    return configure()


@pytest.fixture(scope="module")
def model(config: SpeechConfig) -> keras.Model:
    return build_model(config, _TARGET)


@pytest.fixture(scope="module")
def images(config: SpeechConfig) -> dict[str, np.ndarray]:
    shape = (4, num_frames(config), config.front_end.num_mels)
    return {"log_mel": np.random.default_rng(0).uniform(size=shape).astype(np.float32)}


def test_scores_are_one_logit_a_class(model: keras.Model, images: dict[str, np.ndarray]) -> None:
    scores = model(images, training=False)
    assert scores.shape == (4, 3)
    assert scores.dtype == "float32"


def test_the_same_image_gets_the_same_scores_at_inference(
    model: keras.Model, images: dict[str, np.ndarray]
) -> None:
    assert np.array_equal(
        np.asarray(model(images, training=False)), np.asarray(model(images, training=False))
    )


def test_a_saved_model_says_the_same(
    model: keras.Model, images: dict[str, np.ndarray], tmp_path: Path
) -> None:
    model.save(tmp_path / "model.keras")
    reloaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(
        np.asarray(model(images, training=False)), np.asarray(reloaded(images, training=False))
    )


def test_batch_statistics_are_synchronised_between_replicas(model: keras.Model) -> None:
    normalisations = [
        layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert normalisations
    assert all(layer.synchronized for layer in normalisations)


def test_normalisation_looks_at_frames_with_sound_only() -> None:
    sound = np.random.default_rng(0).uniform(0.1, 1.0, (1, 10, 8)).astype(np.float32)
    padded = np.pad(sound, ((0, 0), (5, 5), (0, 0)))
    normalised = np.asarray(ClipNormalization()(padded))
    assert np.abs(normalised[:, 5:15].mean()) < 1e-5
    assert normalised[:, 5:15].std() == pytest.approx(1.0, abs=1e-2)
    assert np.abs(normalised[:, :5]).max() == 0.0


def test_normalising_silence_gives_zeros() -> None:
    assert (
        np.abs(np.asarray(ClipNormalization()(np.zeros((2, 10, 8), dtype=np.float32)))).max() == 0.0
    )
