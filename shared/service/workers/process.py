"""The worker: a process that loads SavedModels and runs batches, and does nothing else.

It meets no client and listens on no port: calls come through a socket that it was born with, one
frame each, and it ends with the server, by whatever way that ends, since then the socket closes.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.errors import PlumblineError
from shared.service.status import Code, RequestError
from shared.service.wire.messages import message
from shared.service.wire.tensors import Arrays, fill_tensors, read_tensors

__all__ = ["FRAME", "main"]

FRAME = struct.Struct(">Q")
"""Length of what follows, in bytes."""

_MOST_WARM_UP_RECORDS = 1000
"""More are refused by TensorFlow Serving."""


@dataclass
class _Worker:
    """Loaded models, and who asks for them.

    Loading has a thread of its own, so that a new version holds up no batch of the old one.
    """

    stream: socket.socket
    models: dict[str, Any] = field(default_factory=dict)
    sending: threading.Lock = field(default_factory=threading.Lock)

    def serve(self) -> None:
        """Answer calls until the server is gone."""
        while (call := self._receive()) is not None:
            match call.action:
                case "load":
                    threading.Thread(target=self._answer, args=(call,), daemon=True).start()
                case _:
                    self._answer(call)

    def _answer(self, call: Any) -> None:
        answer = message("WorkerAnswer")(id=call.id)
        try:
            self._act(call, answer)
        except RequestError as error:
            answer.code = error.code
            answer.text = error.message
        except Exception as error:
            # A load runs in a thread, whose end nobody notices: its caller would wait for ever. Any
            # other call ends the process, and is answered for that.
            if call.action != "load":
                raise
            answer.code = Code.INTERNAL
            answer.text = f"{call.path} can't be loaded: {type(error).__name__}: {error}"[:1000]
        content = answer.SerializeToString()
        with self.sending:
            self.stream.sendall(FRAME.pack(len(content)) + content)

    def _act(self, call: Any, answer: Any) -> None:
        match call.action:
            case "load":
                loaded = _load_model(Path(call.path))
                self.models[call.path] = loaded
                answer.signatures.MergeFromString(_signatures_of(Path(call.path)))
            case "unload":
                self.models.pop(call.path, None)
            case _:
                loaded = self.models.get(call.path)
                if loaded is None:
                    raise RequestError(Code.NOT_FOUND, f"{call.path} is not loaded")
                outputs = _run_model(loaded, call.signature_name, read_tensors(call.inputs))
                fill_tensors(answer.outputs, outputs)

    def _receive(self) -> Any:
        header = self._read(FRAME.size)
        if header is None:
            return None
        (length,) = FRAME.unpack(header)
        content = self._read(length)
        return None if content is None else message("WorkerCall").FromString(content)

    def _read(self, length: int) -> bytes | None:
        content = bytearray(length)
        view = memoryview(content)
        while view:
            num_read = self.stream.recv_into(view)
            if num_read == 0:
                return None
            view = view[num_read:]
        return bytes(content)


def _load_model(path: Path) -> Any:
    """A SavedModel that has answered its warm-up requests.

    Raises:
        RequestError: It is none, or a request failed.
    """
    from shared.serving.saved_model import load_saved_model

    try:
        loaded = load_saved_model(path).loaded
    except PlumblineError as error:
        raise RequestError(Code.NOT_FOUND, str(error)) from error
    _warm_up(loaded, path)
    return loaded


def _signatures_of(path: Path) -> bytes:
    """The `SignatureDefMap` of a SavedModel, as it stands in its file."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    signatures = message("SignatureDefMap")()
    for name, signature in saved.meta_graphs[0].signature_def.items():
        signatures.signature_def[name].MergeFromString(signature.SerializeToString())
    content: bytes = signatures.SerializeToString()
    return content


def _run_model(loaded: Any, signature: str, inputs: Arrays) -> dict[str, Any]:
    """Outputs of a batch.

    Raises:
        RequestError: The graph refuses it.
    """
    import tensorflow as tf

    function = loaded.signatures[signature]
    _, specs = function.structured_input_signature
    try:
        tensors = {
            name: tf.constant(_feedable(array), dtype=specs[name].dtype)
            for name, array in inputs.items()
        }
        return {name: _fetched(tensor) for name, tensor in function(**tensors).items()}
    except tf.errors.OpError as error:
        text = (error.message or type(error).__name__)[:1000]
        raise RequestError(_code_of(error.error_code), text) from error
    except (TypeError, ValueError) as error:
        raise RequestError(Code.INVALID_ARGUMENT, str(error)[:1000]) from error


def _warm_up(loaded: Any, path: Path) -> None:
    records = path / "assets.extra" / "tf_serving_warmup_requests"
    if not records.is_file():
        return
    import tensorflow as tf

    from shared.serving.publishing.prediction_log import prediction_log_type

    for number, record in enumerate(tf.data.TFRecordDataset(str(records)).as_numpy_iterator()):
        if number >= _MOST_WARM_UP_RECORDS:
            text = f"{records} has more than {_MOST_WARM_UP_RECORDS} records"
            raise RequestError(Code.INVALID_ARGUMENT, text)
        request = prediction_log_type().FromString(record).predict_log.request
        content = message("PredictRequest").FromString(request.SerializeToString())
        inputs = read_tensors(content.inputs)
        _run_model(loaded, content.model_spec.signature_name or "serving_default", inputs)


def _feedable(array: Any) -> Any:
    # TensorFlow reads object arrays of bytes only element by element.
    return array.tolist() if array.dtype.kind == "O" else array


def _fetched(tensor: Any) -> Any:
    import numpy as np

    array = np.asarray(tensor.numpy())
    return array.astype(object) if array.dtype.kind in "SU" else array


def _code_of(number: int) -> Code:
    """What is no fault of the request's by its code, is one of the graph's."""
    return Code(number) if number in set(Code) else Code.UNKNOWN


def main(arguments: Mapping[int, str]) -> None:
    """Serve on the socket whose descriptor is the first argument."""
    from shared.loading.tensorflow_startup import start_tensorflow

    stream = socket.socket(fileno=int(arguments[1]))
    start_tensorflow()
    worker = _Worker(stream)
    with suppress(ConnectionError):  # the server is gone
        stream.sendall(FRAME.pack(0))  # ready: an answer to nobody
        worker.serve()


if __name__ == "__main__":
    main(dict(enumerate(sys.argv)))
