"""Conversion to LiteRT, and the converted model as a callable over NumPy arrays.

What conversion says of itself proves nothing: `TFLiteConverter.from_concrete_functions` over a
Keras model gave NaN without an error where a SavedModel of the same model was right, and a batch of
fixed size fails in the series' transposes. So the way is an `ExportArchive` with a free batch axis,
and `shared.compression.gate` compares numbers.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.python.convert import ConverterError

from shared.compression.lite.single_precision import has_float64, save_in_float32
from shared.contract import Rows
from shared.errors import CompressionRefusedError, UserError
from shared.loading.disk_errors import disk_errors_as_os_errors
from shared.loading.tensorflow_startup import stderr_turned_aside

__all__ = ["SIGNATURE", "Endpoint", "Graph", "LiteModel", "Storage", "convert", "convert_endpoint"]

SIGNATURE = "scores"
"""Of a converted model: named inputs of n rows -> `scores` (n, *target.shape)."""

Storage = Literal["float32", "float16", "int8"]
"""How weights are stored. Of int8, each tensor has a scale, and what is computed stays float32."""

_MOST_SAID = 300


@dataclass(frozen=True)
class Graph:
    """What is converted.

    Attributes:
        inputs: Name -> shape with a free batch axis, and dtype.
        parts: Models whose variables it reads.
        score: Named tensors -> scores.
    """

    inputs: Mapping[str, tf.TensorSpec]
    parts: Sequence[keras.Model]
    score: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Endpoint:
    """What is converted, with any named outputs.

    Attributes:
        name: Of the converted signature.
        inputs: As of `Graph`.
        parts: As of `Graph`.
        answer: Named tensors -> named tensors.
    """

    name: str
    inputs: Mapping[str, tf.TensorSpec]
    parts: Sequence[keras.Model]
    answer: Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class LiteModel:
    """A converted model.

    Attributes:
        content: The file.
        signature: Its only one.
    """

    content: bytes
    signature: str = SIGNATURE

    def __call__(self, inputs: Rows) -> NDArray[Any]:
        """Named inputs of n rows -> scores (n, *target.shape); errors as of `ask`."""
        return np.asarray(self.ask(inputs)[SIGNATURE])

    def ask(self, inputs: Rows) -> dict[str, NDArray[Any]]:
        """Named inputs of n rows -> all outputs.

        Raises:
            CompressionRefusedError: The interpreter lacks an operation of the graph, or fails.
        """
        try:
            outputs = self._runner(**{name: _narrow(values) for name, values in inputs.items()})
        except (RuntimeError, ValueError) as error:
            raise CompressionRefusedError(_first_line(error)) from error
        return dict(outputs)

    @property
    def weights(self) -> bytes:
        """All constants in the file: weights as they are stored, tables, shapes."""
        model = schema.Model.GetRootAsModel(self.content, 0)
        buffers = [model.Buffers(i) for i in range(model.BuffersLength())]
        return b"".join(each.DataAsNumpy().tobytes() for each in buffers if each.DataLength())

    @cached_property
    def _runner(self) -> Any:
        with warnings.catch_warnings():
            # That TensorFlow will leave it to a package of its own, which resolves with no other.
            warnings.simplefilter("ignore", UserWarning)
            with stderr_turned_aside():
                interpreter = tf.lite.Interpreter(model_content=self.content)
                interpreter.allocate_tensors()  # which speaks of its delegate
                return interpreter.get_signature_runner(self.signature)


def convert(graph: Graph, storage: Storage) -> LiteModel:
    """Convert a graph with LiteRT's own operations.

    Args:
        graph: What answers.
        storage: Of its weights.

    Raises:
        CompressionRefusedError: An operation has no counterpart.
        UserError: There is no room for temporary files.
    """

    def answer(inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {SIGNATURE: graph.score(inputs)}

    return convert_endpoint(Endpoint(SIGNATURE, graph.inputs, graph.parts, answer), storage)


def convert_endpoint(endpoint: Endpoint, storage: Storage) -> LiteModel:
    """The same of any outputs; with several, none may be float64."""
    with _temporary_folder() as folder:
        path = _write(endpoint, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=[endpoint.name])
        if storage != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if storage == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return LiteModel(_converted(converter), endpoint.name)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Where the converter reads what is written for it."""
    try:
        with disk_errors_as_os_errors(), tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    except OSError as error:
        raise UserError(
            f"The conversion needs room in {tempfile.gettempdir()} ({error.strerror}). Free the"
            " disk, or have TMPDIR name a folder on another."
        ) from error


def _converted(converter: Any) -> bytes:
    # Its native code prints the whole graph when an operation is missing.
    with stderr_turned_aside():
        try:
            return bytes(converter.convert())
        except (ConverterError, RuntimeError, ValueError, TypeError) as error:
            refused = error
    raise CompressionRefusedError(_first_line(refused)) from refused


def _write(endpoint: Endpoint, folder: Path) -> str:
    """The endpoint as a SavedModel below `folder`, without float64."""
    archive = keras.export.ExportArchive()
    for part in endpoint.parts:
        archive.track(part)
    specs = dict(endpoint.inputs)
    archive.add_endpoint(endpoint.name, endpoint.answer, input_signature=[specs])
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    wide = str(folder / "wide")
    archive.write_out(wide, options=options, verbose=False)
    loaded = tf.saved_model.load(wide)
    concrete = loaded.signatures[endpoint.name]
    if not has_float64(concrete):
        return wide
    narrow = str(folder / "narrow")
    save_in_float32(concrete, narrow)
    return narrow


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _first_line(error: Exception) -> str:
    """The line that names what is missing; else the first."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("TF Select ops:", "Custom ops:"))]
    said = "; ".join(named) if named else next(iter(lines), type(error).__name__)
    return said[:_MOST_SAID]
