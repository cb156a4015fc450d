from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from pipelines.speech.config import SpeechConfig
from pipelines.speech.models.families import FAMILIES
from pipelines.speech.models.pooling import pooled
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from shared.networks.mixing import collecting_mixtures
from shared.targets import Categories

TARGET = Categories(names=("a", "b", "c"))
_PRESETS = Path(__file__).parents[4] / "pipelines" / "speech" / "presets"


def configure(family: str, *assignments: str) -> SpeechConfig:
    preset = "smoke" if family == "residual_cnn" else f"smoke_{family}"
    config = resolve_config(SpeechConfig, _PRESETS, preset, list(assignments))
    assert isinstance(config, SpeechConfig)
    return config


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "streaming"])
def test_every_family_pools_as_it_is_told(family: str) -> None:
    widths = []
    for pooling in ("mean", "attentive_statistics"):
        model = FAMILIES[family].build(configure(family, f"model.pooling={pooling}"), TARGET)
        widths.append(model.get_layer("scores").input.shape[-1])
    assert widths[1] == 2 * widths[0]


@pytest.mark.parametrize("pooling", ["mean", "attention", "attentive_statistics"])
def test_steps_without_sound_do_not_count(pooling: str) -> None:
    steps = keras.Input((6, 4))
    mask = keras.Input((6,))
    keras.utils.set_random_seed(0)
    model = keras.Model([steps, mask], pooled(steps, mask, pooling, units=4))  # type: ignore[arg-type]
    sound = np.random.default_rng(0).normal(size=(1, 6, 4)).astype(np.float32)
    louder = sound.copy()
    louder[:, 4:] += 50.0
    sounding = np.array([[1, 1, 1, 1, 0, 0]], np.float32)
    np.testing.assert_array_equal(model([sound, sounding]), model([louder, sounding]))


def test_clips_are_mixed_only_where_it_is_switched_on() -> None:
    config = configure("residual_cnn", "model.mixup_alpha=0.4")
    model = FAMILIES["residual_cnn"].build(config, TARGET)
    clips = np.random.default_rng(0).uniform(0, 1, (4, *model.inputs[0].shape[1:]))
    with collecting_mixtures() as mixtures:
        model({"log_mel": clips.astype(np.float32)}, training=True)
    assert len(mixtures) == 1
    off = FAMILIES["residual_cnn"].build(configure("residual_cnn"), TARGET)
    assert "mixing" not in [layer.name for layer in off.layers]


def test_a_share_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"mixup_alpha.* must be 0 \(off\) or at least 0.05"):
        configure("crnn", "model.mixup_alpha=0.01")
