"""Tiny encoders with random weights, in the layout of KerasHub: what a user has on disk, but small."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path

import keras

__all__ = ["NO_TENSORS", "PIECES", "write_encoder", "write_image_encoder", "write_text_encoder"]

NO_TENSORS = (2).to_bytes(8, "little") + b"{}"
"""A whole file of safetensors that holds nothing."""

_LETTERS = string.ascii_lowercase + string.digits
PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *string.punctuation,
    *_LETTERS,
    *(f"##{letter}" for letter in _LETTERS),
    *("good", "bad", "not", "the", "##ing", "##ly"),
)
"""The vocabulary of the encoder of texts."""


def write_encoder(pipeline: str, folder: Path) -> Path:
    """An encoder of what a pipeline reads, below `folder`; the one that is there already stays."""
    path = folder / "encoder"
    if not path.exists():
        _WRITERS[pipeline](path)
    return path


def write_image_encoder(folder: Path, *, seed: int = 0) -> Path:
    """An EfficientNet of two blocks that wants (pixel - 127) / 128; returns its folder."""
    import keras_hub

    keras.utils.set_random_seed(seed)
    backbone = keras_hub.models.EfficientNetBackbone(
        stackwise_width_coefficients=[1.0] * 2,
        stackwise_depth_coefficients=[1.0] * 2,
        stackwise_kernel_sizes=[3, 3],
        stackwise_num_repeats=[1, 1],
        stackwise_input_filters=[8, 8],
        stackwise_output_filters=[8, 16],
        stackwise_expansion_ratios=[1, 2],
        stackwise_strides=[1, 2],
        stackwise_squeeze_and_excite_ratios=[0.25, 0.25],
        stackwise_block_types=["v1", "v1"],
        stackwise_force_input_filters=[0, 0],
        stackwise_nores_option=[False, False],
    )
    backbone.save_to_preset(str(folder))
    converter = {
        "module": "keras_hub.src.models.efficientnet.efficientnet_image_converter",
        "class_name": "EfficientNetImageConverter",
        "config": {"name": "converter", "scale": 1 / 128, "offset": -127 / 128},
        "registered_name": "keras_hub>EfficientNetImageConverter",
    }
    (folder / "image_converter.json").write_text(json.dumps(converter), encoding="utf-8")
    return folder


def write_text_encoder(folder: Path, *, seed: int = 0) -> Path:
    """A BERT of one block that knows letters and a few words; returns its folder."""
    import keras_hub

    keras.utils.set_random_seed(seed)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(PIECES),
        num_layers=1,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
        max_sequence_length=64,
    )
    backbone.save_to_preset(str(folder))
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return folder


_WRITERS: dict[str, Callable[[Path], Path]] = {
    "medical_imaging": write_image_encoder,
    "sentiment": write_text_encoder,
}
