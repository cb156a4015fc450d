from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pipelines
from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.models.pretrained import build_model
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from shared.targets import Categories
from tests.encoders import PIECES, write_image_encoder, write_text_encoder

TARGET = Categories(names=("negative", "positive"))


def configure(folder: Path, *assignments: str) -> SentimentConfig:
    config = resolve_config(
        SentimentConfig,
        pipelines.presets_folder("sentiment"),
        "smoke_pretrained",
        [f"model.encoder={folder}", *assignments],
    )
    assert isinstance(config, SentimentConfig)
    return config


def test_what_pads_a_text_does_not_change_what_is_read(tmp_path: Path) -> None:
    folder = write_text_encoder(tmp_path / "tiny")
    text = [PIECES.index(piece) for piece in ("[CLS]", "good", "[SEP]")]
    scores = []
    for length in (8, 40):
        model = build_model(configure(folder, f"front_end.max_pieces={length}"), TARGET)
        last = model.get_layer("logits")
        last.set_weights([np.ones(weight.shape) for weight in last.weights])
        row = np.zeros((1, length), np.int32)
        row[0, :3] = text
        scores.append(np.asarray(model({"piece_ids": row}, training=False)))
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-4, atol=1e-5)


def test_an_encoder_of_images_is_refused(tmp_path: Path) -> None:
    folder = write_image_encoder(tmp_path / "images")
    with pytest.raises(ConfigError, match="is no encoder of texts"):
        build_model(configure(folder), TARGET)
