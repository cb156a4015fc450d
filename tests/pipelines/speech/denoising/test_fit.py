from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.speech import PIPELINE
from pipelines.speech.denoising.fit import fit_denoiser
from pipelines.speech.models.log_mel import SOUND_FRAMES
from pipelines.speech.perturbations.noises import add_white_noise
from pipelines.speech.preprocess import build_decode, build_preprocess, log_mel_layer
from pipelines.speech.reading.recordings import encode_wav
from pipelines.speech.served_segments import served_segments
from shared.contract import Examples
from shared.model.trained_model import TrainedModel
from tests.pipelines.speech.sounds import configure, tone

_CONFIG = configure("data.denoise=mask", "data.denoise_steps=120", "data.clip_seconds=0.25")
_FEW = configure("data.denoise=mask", "data.denoise_steps=2", "data.clip_seconds=0.25")
_HERTZ = (300.0, 500.0, 800.0, 1200.0, 1800.0, 2600.0)


def _clips(hertz: tuple[float, ...]) -> NDArray[np.float32]:
    """Tones of 0.1 s in the middle of silence."""
    clips = np.zeros((len(hertz), 2000), np.float32)
    for place, one in enumerate(hertz):
        clips[place, 600:1400] = tone([one, 1.5 * one], 0.1)
    return clips


def _examples() -> Examples:
    clips = _clips(_HERTZ)
    ids = np.array([f"{hertz:g}" for hertz in _HERTZ])

    def rows(indices: NDArray[np.int64]) -> dict[str, Any]:
        wire = np.empty(len(indices), dtype=object)
        for place, index in enumerate(indices):
            wire[place] = encode_wav(np.round(clips[index] * 32767.0).astype(np.int16), 8000)
        return {"wav": wire}

    return Examples(ids, ids, np.arange(len(ids)) % 2, pd.DataFrame(index=range(len(ids))), rows)


@cache
def _denoiser() -> keras.Model:
    return fit_denoiser(_CONFIG, _examples(), build_decode(_CONFIG))


def _distance(heard: NDArray[Any], clean: NDArray[Any]) -> float:
    return float(((heard - clean) ** 2).sum() / (clean**2).sum())


def test_noise_on_the_same_sounds_at_another_time_becomes_less() -> None:
    clean = np.roll(_clips(_HERTZ), 300, axis=1).astype(np.float64)
    noisy = add_white_noise(clean, 5.0, np.random.default_rng(3))
    cleaned = np.asarray(_denoiser()(noisy.astype(np.float32), training=False))
    assert _distance(cleaned, clean) < 0.7 * _distance(noisy, clean)


@pytest.mark.slow
def test_fitting_again_gives_the_same_and_nothing_is_left_to_train() -> None:
    first, second = (fit_denoiser(_FEW, _examples(), build_decode(_FEW)) for _ in range(2))
    assert not first.trainable_variables
    for ours, theirs in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    moved = fit_denoiser(
        _FEW.model_copy(update={"train": _FEW.train.model_copy(update={"seed": 5})}),
        _examples(),
        build_decode(_FEW),
    )
    assert any(
        np.abs(a - b).max() > 1e-3 for a, b in zip(first.weights, moved.weights, strict=True)
    )


def test_the_image_is_of_the_cleaned_clip_and_tiles_lie_on_its_sound() -> None:
    preprocess = build_preprocess(_FEW, _examples())
    rows = {"waveform": tf.constant(_clips(_HERTZ))}
    model = TrainedModel(build_decode(_FEW), preprocess, preprocess)
    (endpoint, served), *others = PIPELINE.served_tensors(_FEW).items()
    assert (endpoint, served.output, others) == ("denoise", "samples", [])
    cleaned = model.inside(served.layer)(rows)
    tensors = preprocess(rows)
    np.testing.assert_allclose(tensors["log_mel"], log_mel_layer(_FEW)(cleaned), atol=1e-4)
    first, last = log_mel_layer(_FEW).sound_frames(cleaned)
    assert np.array_equal(tensors[SOUND_FRAMES], np.concatenate([first, last], axis=1))
    moved = {**tensors, SOUND_FRAMES: tensors[SOUND_FRAMES] + 1}
    describe = served_segments(_FEW).describe
    assert describe is not None
    begins, later = (describe(rows, told)["stretch_seconds"] for told in (tensors, moved))
    np.testing.assert_allclose(later - begins, 0.02, atol=1e-5)  # one hop of the smoke preset


def test_without_the_setting_nothing_is_served() -> None:
    assert not PIPELINE.served_tensors(configure())
