"""JSON values as tensors, with TensorFlow Serving's rules and words.

They are those of tensorflow_serving/util/json_tensor.cc: an integer may stand for a decimal, but no
decimal for an integer and no boolean for a number; lists are dense; bytes are `{"b64": …}`.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.service.models.endpoint import TensorSpec, type_name
from shared.service.status import Code, RequestError

__all__ = ["as_array", "echo", "invalid", "is_base64", "shape_of"]

_ECHO_BYTES = 256
_MOST_AXES = 32
"""NumPy has 64; TensorFlow 254; nobody has as many."""
_B64 = "b64"
_KINDS = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}
"""Kind of a tensor -> kinds of what NumPy makes of the numbers that may be sent for it."""


def invalid(text: str) -> RequestError:
    """A request that is not as it should be."""
    return RequestError(Code.INVALID_ARGUMENT, text)


def echo(value: Any) -> str:
    """What was sent, cut short, for a message; no more of it is written out than is shown."""
    said = ""
    try:
        for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            said += piece[:_ECHO_BYTES]
            if len(said) >= _ECHO_BYTES:
                break
    except RecursionError:
        return "…"
    return said[:_ECHO_BYTES]


def is_base64(value: Any) -> bool:
    """Whether a value says bytes: an object with the single key `b64`, and a string."""
    return isinstance(value, dict) and value.keys() == {_B64} and isinstance(value[_B64], str)


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape that the first item of each list leads to."""
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def as_array(value: Any, spec: TensorSpec) -> NDArray[Any]:
    """One tensor.

    Args:
        value: As JSON was read.
        spec: Its type; its shape is not looked at.

    Raises:
        RequestError: A value has another type, lists are ragged, base64 is broken.
    """
    dtype = spec.dtype
    if dtype is None or dtype == np.float16:
        text = f"Conversion of JSON Value: {echo(value)} to type: {type_name(spec.number)}"
        raise RequestError(Code.UNIMPLEMENTED, text)
    shape = shape_of(value)
    if len(shape) > _MOST_AXES:
        raise invalid(f"Encountered list at unexpected level: {_MOST_AXES} expected < {_MOST_AXES}")
    if dtype.kind == "O":
        strings = np.empty(shape, dtype=object)
        strings.ravel()[:] = _leaves(value, shape, spec, 0)
        return strings
    array = _numbers(value, dtype, shape)
    if array is None:  # slowly, for the right words
        _leaves(value, shape, spec, 0)
        raise _type_error(value, spec)
    return array


def _numbers(value: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any] | None:
    """All numbers at once; None where something is not as it should be."""
    try:
        found = np.asarray(value)
    except (ValueError, OverflowError):
        return None
    if found.size == 0:
        return np.zeros(shape, dtype) if found.shape == shape else None
    if found.dtype.kind not in _KINDS[dtype.kind] or found.shape != shape:
        return None
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if int(found.min()) < limits.min or int(found.max()) > limits.max:
            return None
    # NumPy takes a boolean among numbers for a number.
    if dtype.kind != "b" and _has_boolean(value):
        return None
    with np.errstate(over="ignore"):  # to infinity, which models refuse in their own words
        return found.astype(dtype)


def _has_boolean(value: Any) -> bool:
    if isinstance(value, list):
        if value and not isinstance(value[0], list):
            return bool in set(map(type, value))
        return any(map(_has_boolean, value))
    return isinstance(value, bool)


def _leaves(value: Any, shape: tuple[int, ...], spec: TensorSpec, level: int) -> list[Any]:
    """The values of a dense nest of lists, in order, each of them checked."""
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(
                f"JSON Value: {echo(value)} found at incorrect level: {level + 1} in the JSON DOM."
                f" Expected at level: {len(shape)}"
            )
        return [_leaf(value, spec)]
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size:"
            f" {shape[level]}"
        )
    if spec.dtype == object and level + 1 == len(shape) and set(map(type, value)) == {str}:
        return [item.encode() for item in value]  # most requests: texts
    return [leaf for item in value for leaf in _leaves(item, shape, spec, level + 1)]


def _leaf(value: Any, spec: TensorSpec) -> Any:
    dtype = spec.dtype
    if dtype is not None and dtype.kind == "O":
        return _bytes(value, spec)
    fits = isinstance(value, bool) if dtype == np.bool_ else _is_number(value, spec)
    if not fits:
        raise _type_error(value, spec)
    return value


def _is_number(value: Any, spec: TensorSpec) -> bool:
    if isinstance(value, bool) or spec.dtype is None:
        return False
    if spec.dtype.kind == "f":
        return isinstance(value, int | float)
    limits = np.iinfo(spec.dtype)
    return isinstance(value, int) and int(limits.min) <= value <= int(limits.max)


def _bytes(value: Any, spec: TensorSpec) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict):
        raise _type_error(value, spec)
    if not is_base64(value):
        raise invalid(f"JSON Value: {echo(value)} not formatted correctly for base64 data")
    try:
        return base64.b64decode(value[_B64], validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Unable to base64 decode") from error


def _type_error(value: Any, spec: TensorSpec) -> RequestError:
    kinds = {dict: "Object", list: "Array", str: "String", bool: "Bool", type(None): "Null"}
    kind = kinds.get(type(value), "Number")
    return invalid(
        f"JSON Value: {echo(value)} Type: {kind} is not of expected type: {type_name(spec.number)}"
    )
