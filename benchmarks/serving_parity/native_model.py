"""A SavedModel, loaded and asked through TensorFlow's C interface.

    python -m benchmarks.serving_parity.native_model TENSORFLOW VERSION ROWS ANSWERS

TENSORFLOW is the folder of an installed or unzipped `tensorflow`, VERSION that of a SavedModel.
Prints TensorFlow's version.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving_parity.array_file import read_arrays, write_arrays
from benchmarks.serving_parity.meta_graph import TensorPlace, read_endpoints
from benchmarks.serving_parity.native_library import NativeLibrary, Output

__all__ = ["NativeModel", "main"]

_STRING = 7
_STRING_BYTES = 24
"""Size of `TF_TString`."""
_DTYPES = {1: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 9: np.int64, 10: np.bool_}
"""Numbers of types.proto."""


class NativeModel:
    """A loaded SavedModel. Nothing is freed: a process loads one and ends.

    Args:
        library: TensorFlow.
        version: Folder of the SavedModel.
    """

    def __init__(self, library: NativeLibrary, version: Path) -> None:
        self._library = library
        self._graph = library.NewGraph()
        described = library.NewBuffer()
        status = library.new_status()
        tags = (ctypes.c_char_p * 1)(b"serve")
        where = (str(version).encode(), tags, 1, self._graph, described, status)
        self._session = library.LoadSessionFromSavedModel(library.NewSessionOptions(), None, *where)
        library.require(status)
        buffer = described.contents
        self.endpoints = read_endpoints(ctypes.string_at(buffer.data, buffer.length))

    def __call__(self, endpoint: str, wire: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Each output of an endpoint by name; strings as bytes."""
        asked = self.endpoints[endpoint]
        tensors = [self._tensor(wire[name], place) for name, place in asked.inputs.items()]
        inputs = self._outputs(list(asked.inputs.values()))
        outputs = self._outputs(list(asked.outputs.values()))
        given = (ctypes.c_void_p * len(tensors))(*tensors)
        received = (ctypes.c_void_p * len(outputs))()
        status = self._library.new_status()
        sent = (inputs, given, len(tensors), outputs, received, len(outputs))
        self._library.SessionRun(self._session, None, *sent, None, 0, None, status)
        self._library.require(status)
        return {
            name: self._array(tensor) for name, tensor in zip(asked.outputs, received, strict=True)
        }

    def _outputs(self, places: Sequence[TensorPlace]) -> Any:
        found = [
            Output(
                self._library.GraphOperationByName(self._graph, place.operation.encode()),
                place.index,
            )
            for place in places
        ]
        return (Output * len(found))(*found)

    def _tensor(self, values: NDArray[Any], place: TensorPlace) -> Any:
        sizes = (ctypes.c_int64 * values.ndim)(*values.shape)
        if place.dtype == _STRING:
            num_bytes = _STRING_BYTES * values.size
            tensor = self._library.AllocateTensor(_STRING, sizes, values.ndim, num_bytes)
            start = self._library.TensorData(tensor)
            for index, item in enumerate(values.ravel().tolist()):
                self._library.StringInit(start + index * _STRING_BYTES)
                self._library.StringCopy(start + index * _STRING_BYTES, item, len(item))
            return tensor
        numbers: NDArray[Any] = np.ascontiguousarray(values, dtype=_DTYPES[place.dtype])
        tensor = self._library.AllocateTensor(place.dtype, sizes, values.ndim, numbers.nbytes)
        ctypes.memmove(self._library.TensorData(tensor), numbers.ctypes.data, numbers.nbytes)
        return tensor

    def _array(self, tensor: Any) -> NDArray[Any]:
        library = self._library
        shape = tuple(library.Dim(tensor, axis) for axis in range(library.NumDims(tensor)))
        dtype = library.TensorType(tensor)
        start = library.TensorData(tensor)
        if dtype != _STRING:
            content = ctypes.string_at(start, library.TensorByteSize(tensor))
            return np.frombuffer(content, dtype=_DTYPES[dtype]).reshape(shape)
        strings = np.empty(int(np.prod(shape)), dtype=object)
        strings[:] = [self._string(start + index * _STRING_BYTES) for index in range(strings.size)]
        return strings.reshape(shape)

    def _string(self, place: int) -> bytes:
        library = self._library
        return ctypes.string_at(library.StringGetDataPointer(place), library.StringGetSize(place))


def main() -> None:
    """Ask all endpoints for all rows of a file."""
    folder, version, rows, answers = map(Path, sys.argv[1:])
    library = NativeLibrary(folder)
    model = NativeModel(library, version)
    asked = read_arrays(rows)
    write_arrays(answers, {name: model(name, asked["rows"]) for name in model.endpoints})
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow for Python was imported: this proves nothing.")
    print(library.version)


if __name__ == "__main__":
    main()
