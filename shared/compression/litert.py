"""Conversion to LiteRT, and the converted model as a callable over NumPy arrays.

What conversion says of itself proves nothing: `TFLiteConverter.from_concrete_functions` over a
Keras model gave NaN without an error where a SavedModel of the same model was right, and a batch of
fixed size fails in the series' transposes. So the way is an `ExportArchive` with a free batch axis,
and `shared.compression.gate` compares numbers.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
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

from shared.compression.single_precision import has_float64, save_in_float32
from shared.contract import Rows
from shared.errors import CompressionRefusedError
from shared.loading.tensorflow_startup import stderr_turned_aside

__all__ = ["SIGNATURE", "Graph", "LiteModel", "Storage", "convert"]

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
class LiteModel:
    """A converted model.

    Attributes:
        content: The file.
    """

    content: bytes

    def __call__(self, inputs: Rows) -> NDArray[Any]:
        """Named inputs of n rows -> scores (n, *target.shape).

        Raises:
            CompressionRefusedError: The interpreter lacks an operation of the graph, or fails.
        """
        try:
            outputs = self._runner(**{name: _narrow(values) for name, values in inputs.items()})
        except (RuntimeError, ValueError) as error:
            raise CompressionRefusedError(_first_line(error)) from error
        return np.asarray(outputs[SIGNATURE])

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
                return interpreter.get_signature_runner(SIGNATURE)


def convert(graph: Graph, storage: Storage) -> LiteModel:
    """Convert a graph with LiteRT's own operations.

    Args:
        graph: What answers.
        storage: Of its weights.

    Raises:
        CompressionRefusedError: An operation has no counterpart.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _write(graph, Path(folder))
        converter = tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=[SIGNATURE])
        if storage != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if storage == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return _converted(converter)


def _converted(converter: Any) -> LiteModel:
    # Its native code prints the whole graph when an operation is missing.
    with stderr_turned_aside():
        try:
            return LiteModel(converter.convert())
        except (ConverterError, RuntimeError, ValueError, TypeError) as error:
            refused = error
    raise CompressionRefusedError(_first_line(refused)) from refused


def _write(graph: Graph, folder: Path) -> str:
    """The graph as a SavedModel below `folder`, without float64."""
    archive = keras.export.ExportArchive()
    for part in graph.parts:
        archive.track(part)

    def answer(inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {SIGNATURE: graph.score(inputs)}

    archive.add_endpoint(SIGNATURE, answer, input_signature=[dict(graph.inputs)])
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    wide = str(folder / "wide")
    archive.write_out(wide, options=options, verbose=False)
    loaded = tf.saved_model.load(wide)
    concrete = loaded.signatures[SIGNATURE]
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
