"""What a Keras model computes, as a fingerprint.

Architecture, settings, weights and vocabularies.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from shared.run.fingerprints import fingerprint_path

__all__ = ["model_fingerprint"]


def model_fingerprint(model: keras.Model) -> str:
    """SHA-256 (hex) of what a model computes.

    Equal for models that were built alike and have the same weights, also in two processes. Keras
    numbers the layers of a process (`identity_3`), so that the same model has another name each
    time it is built: names are replaced by the layer's place in the model.
    """
    # With those inside composite layers, which `model.layers` leaves out.
    layers = list(model._flatten_layers(recursive=True))
    places = {layer.name: f"layer {place}" for place, layer in reversed(list(enumerate(layers)))}
    config = keras.saving.serialize_keras_object(model)
    digest = hashlib.sha256(f"{keras.__version__}\0".encode())
    digest.update(json.dumps(_renamed(config, places), sort_keys=True, default=repr).encode())
    for variable in model.weights:
        values = np.ascontiguousarray(variable)
        digest.update(f"{values.dtype}{values.shape}".encode() + values.tobytes())
    for layer in layers:
        digest.update(_assets_fingerprint(layer).encode())
    return digest.hexdigest()


def _renamed(node: Any, places: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return places.get(node, node)
    if isinstance(node, dict):
        return {str(key): _renamed(value, places) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_renamed(value, places) for value in node]
    return node


def _assets_fingerprint(layer: keras.layers.Layer) -> str:
    """Of the files that a layer saves beside its weights, for example an adapted vocabulary.

    "" if it has none.
    """
    if not hasattr(layer, "save_assets"):
        return ""
    with tempfile.TemporaryDirectory() as folder:
        layer.save_assets(folder)
        return fingerprint_path(Path(folder))
