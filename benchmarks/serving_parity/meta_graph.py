"""The signatures in a `MetaGraphDef`, read from its bytes: no stubs, which would import TensorFlow.

Field numbers as in tensorflow/core/protobuf/meta_graph.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Endpoint", "TensorPlace", "read_endpoints"]

_SIGNATURE_DEF, _INPUTS, _OUTPUTS = 5, 1, 2
_KEY, _VALUE = 1, 2
_TENSOR_NAME, _TENSOR_DTYPE = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_Field = tuple[int, int | bytes]


@dataclass(frozen=True)
class TensorPlace:
    """Where a tensor is in the graph.

    Attributes:
        operation: Name of what makes it.
        index: Which of its outputs.
        dtype: Number of its type in types.proto.
    """

    operation: str
    index: int
    dtype: int


@dataclass(frozen=True)
class Endpoint:
    """A signature: inputs and outputs by name."""

    inputs: dict[str, TensorPlace]
    outputs: dict[str, TensorPlace]


def read_endpoints(content: bytes) -> dict[str, Endpoint]:
    """Signature -> what it takes and gives, without those that take nothing."""
    found = {}
    for number, entry in _fields(content):
        if number == _SIGNATURE_DEF and isinstance(entry, bytes):
            name, definition = _entry(entry)
            inputs = _places(definition, _INPUTS)
            if inputs:  # what initialises the graph takes nothing
                found[name] = Endpoint(inputs, _places(definition, _OUTPUTS))
    return found


def _places(definition: bytes, wanted: int) -> dict[str, TensorPlace]:
    entries = [_entry(one) for number, one in _fields(definition) if number == wanted and one]
    return {name: _place(info) for name, info in entries}


def _place(info: bytes) -> TensorPlace:
    told = dict(_fields(info))
    name, dtype = told[_TENSOR_NAME], told[_TENSOR_DTYPE]
    if not isinstance(name, bytes) or not isinstance(dtype, int):
        raise ValueError(f"No TensorInfo: {told}")
    operation, _, index = name.decode().rpartition(":")
    return TensorPlace(operation, int(index), dtype)


def _entry(content: int | bytes) -> tuple[str, bytes]:
    """Key and value of an entry of a map."""
    if not isinstance(content, bytes):
        raise ValueError(f"No entry of a map: {content}")
    told = dict(_fields(content))
    key, value = told[_KEY], told.get(_VALUE, b"")
    if not isinstance(key, bytes) or not isinstance(value, bytes):
        raise ValueError(f"No entry of a map: {told}")
    return key.decode(), value


def _fields(content: bytes) -> Iterator[_Field]:
    """Number and content of each field of a message."""
    place = 0
    while place < len(content):
        tag, place = _varint(content, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _varint(content, place)
            yield tag >> 3, value
            continue
        length, place = _length(content, place, kind)
        yield tag >> 3, content[place : place + length]
        place += length


def _length(content: bytes, place: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(content, place)
    if kind not in (_FIXED64, _FIXED32):
        raise ValueError(f"No wire type of protobuf: {kind}")
    return (8 if kind == _FIXED64 else 4), place


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
