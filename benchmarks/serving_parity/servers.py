"""Ask a running server, by REST and by gRPC with TensorFlow Serving's own stubs."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from shared.contract import Rows
from shared.serving.rest_request import predict_request

__all__ = ["Ask", "by_grpc", "by_rest"]

Ask = Callable[[str, Rows], dict[str, NDArray[Any]]]
"""(endpoint, rows) -> each output by name; strings as str."""

_TIMEOUT_SECONDS = 300.0


def by_rest(address: str, model: str) -> Ask:
    """A client of `http://…`. Rows with missing numbers can't be said in JSON."""

    def ask(endpoint: str, wire: Rows) -> dict[str, NDArray[Any]]:
        body = {"signature_name": endpoint, **predict_request(wire)}
        request = urllib.request.Request(  # noqa: S310  # the address is the user's own
            f"{address.rstrip('/')}/v1/models/{model}:predict",
            data=json.dumps(body, allow_nan=False).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            predictions = json.load(response)["predictions"]
        return {name: _column([one[name] for one in predictions]) for name in predictions[0]}

    return ask


def by_grpc(address: str, model: str) -> Ask:
    """A client of `host:port`."""
    stub = PredictionServiceStub(grpc.insecure_channel(address))

    def ask(endpoint: str, wire: Rows) -> dict[str, NDArray[Any]]:
        request = PredictRequest()
        request.model_spec.name = model
        request.model_spec.signature_name = endpoint
        for name, values in wire.items():
            sent = values.tolist() if values.dtype.kind in "OUS" else values
            request.inputs[name].CopyFrom(tf.make_tensor_proto(sent))
        response = stub.Predict(request, timeout=_TIMEOUT_SECONDS)
        arrays = {name: tf.make_ndarray(one) for name, one in response.outputs.items()}
        return {name: _as_text(values) for name, values in arrays.items()}

    return ask


def _column(values: list[Any]) -> NDArray[Any]:
    column = np.asarray(values)
    return column.astype(object) if column.dtype.kind == "U" else column


def _as_text(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind not in "OS":
        return values
    texts = np.empty(values.size, dtype=object)
    texts[:] = [item.decode() for item in values.ravel().tolist()]
    return texts.reshape(values.shape)
