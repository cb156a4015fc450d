"""Warm-up requests: TensorFlow Serving answers them before it shows a version to anybody.

They hold the synthetic example of `signature.json` or, if there is none, zeros and empty texts,
which the graph answers with an `error`: never a row of the run's data, which must not travel.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pydantic import JsonValue

from shared.contract import Rows
from shared.errors import UserError
from shared.loading.disk_errors import disk_errors_as_os_errors
from shared.run.artefacts.signature_file import InputRecord, SignatureRecord
from shared.serving.publishing.prediction_log import prediction_log_type
from shared.serving.saved_model import load_saved_model

__all__ = ["WARM_UP", "prepare_warm_up", "read_warm_up", "warm_up_row"]

WARM_UP = "tf_serving_warmup_requests"
"""In `assets.extra/`; the name is TensorFlow Serving's."""

_ENDPOINT = "serving_default"


def prepare_warm_up(version: Path, signature: SignatureRecord, batch_sizes: Sequence[int]) -> None:
    """Write one request of each batch size into a SavedModel, and try them.

    Args:
        version: The version folder, with `assets.extra/`.
        signature: Of the model.
        batch_sizes: Rows of each request.

    Raises:
        UserError: The SavedModel has other weights than the signature says, or refuses a request:
            a server would then refuse to load it.
        OSError: The disk is full.
    """
    path = version / "assets.extra" / WARM_UP
    row = warm_up_row(signature)
    with disk_errors_as_os_errors(), tf.io.TFRecordWriter(str(path)) as writer:
        for size in batch_sizes:
            batch = {name: np.repeat(values, size, axis=0) for name, values in row.items()}
            writer.write(_as_log(signature.model, batch))
    saved = load_saved_model(version)
    if saved.fingerprint() != signature.weights_sha256:
        raise UserError(f"{version} has other weights than signature.json says. Export again.")
    for wire in read_warm_up(path):
        try:
            saved(wire)
        except tf.errors.OpError as error:
            raise UserError(f"{version} refuses its warm-up request: {error.message}") from error


def warm_up_row(signature: SignatureRecord) -> Rows:
    """One wire row: arrays with a leading axis of 1, strings as bytes."""
    inputs = signature.signatures[_ENDPOINT].inputs
    if signature.example is None:
        return {one.name: _blank(one) for one in inputs}
    instances: Any = signature.example.body["instances"]
    row = instances[0] if len(inputs) > 1 else {inputs[0].name: instances[0]}
    return {one.name: _values(one, row[one.name]) for one in inputs}


def read_warm_up(path: Path) -> list[Rows]:
    """The requests of a file, as wire batches."""
    logs = [
        prediction_log_type().FromString(content.numpy())
        for content in tf.data.TFRecordDataset(str(path))
    ]
    return [
        {name: tf.make_ndarray(tensor) for name, tensor in log.predict_log.request.inputs.items()}
        for log in logs
    ]


def _as_log(model: str, wire: Mapping[str, NDArray[Any]]) -> bytes:
    log = prediction_log_type()()
    request = log.predict_log.request
    request.model_spec.name = model
    request.model_spec.signature_name = _ENDPOINT
    for name, values in sorted(wire.items()):
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    content: bytes = log.SerializeToString(deterministic=True)
    return content


def _blank(described: InputRecord) -> NDArray[Any]:
    shape = (1, *(size or 1 for size in (described.shape or (None,))[1:]))
    if described.dtype == "string":
        return np.full(shape, b"", dtype=object)
    return np.zeros(shape, dtype=described.dtype)


def _values(described: InputRecord, value: JsonValue) -> NDArray[Any]:
    if described.dtype != "string":
        return np.asarray([value], dtype=described.dtype)
    return np.asarray([_bytes(value)], dtype=object)


def _bytes(value: Any) -> Any:
    """Strings of JSON as bytes, in the lists that they stand in."""
    if isinstance(value, list):
        return [_bytes(item) for item in value]
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return value.encode()
