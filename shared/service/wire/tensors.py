"""Tensors as NumPy arrays and as `TensorProto`.

Strings are object arrays of bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.service.status import Code, RequestError
from shared.service.wire.messages import message

__all__ = ["DTYPES", "STRING", "Arrays", "fill_tensors", "read_tensors"]

Arrays = Mapping[str, NDArray[Any]]
"""Tensors by name."""

STRING = 7
"""`DT_STRING`."""

DTYPES: Mapping[int, np.dtype[Any]] = MappingProxyType(
    {
        1: np.dtype(np.float32),
        2: np.dtype(np.float64),
        3: np.dtype(np.int32),
        4: np.dtype(np.uint8),
        5: np.dtype(np.int16),
        6: np.dtype(np.int8),
        STRING: np.dtype(object),
        9: np.dtype(np.int64),
        10: np.dtype(np.bool_),
        17: np.dtype(np.uint16),
        19: np.dtype(np.float16),
        22: np.dtype(np.uint32),
        23: np.dtype(np.uint64),
    }
)
"""Number of a `DataType` -> its dtype, for those that are served."""

_NUMBERS = {dtype: number for number, dtype in DTYPES.items()}
_LISTS = {
    1: "float_val",
    2: "double_val",
    STRING: "string_val",
    9: "int64_val",
    10: "bool_val",
    19: "half_val",
    22: "uint32_val",
    23: "uint64_val",
}
_MOST_ELEMENTS = 1 << 26
"""Of one tensor: a shape of few bytes may claim any size."""


def fill_tensors(target: Any, arrays: Arrays) -> None:
    """Put arrays into a map of `TensorProto`."""
    for name, array in arrays.items():
        tensor = target[name]
        tensor.dtype = _NUMBERS[array.dtype]
        for size in array.shape:
            tensor.tensor_shape.dim.add(size=size)
        if array.dtype.kind == "O":
            tensor.string_val.extend(array.ravel().tolist())
        else:
            tensor.tensor_content = np.ascontiguousarray(array).tobytes()


def read_tensors(source: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a map of `TensorProto`.

    Raises:
        RequestError: A tensor is not what it says.
    """
    return {name: _read(name, tensor) for name, tensor in source.items()}


def _read(name: str, tensor: Any) -> NDArray[Any]:
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    num_elements = math.prod(shape)
    if min(shape, default=0) < 0 or num_elements > _MOST_ELEMENTS:
        raise _invalid(name, f"shape {list(shape)} is not one of at most {_MOST_ELEMENTS} values")
    dtype = DTYPES.get(tensor.dtype)
    if dtype is None:
        known = message("TensorProto").DESCRIPTOR.fields_by_name["dtype"].enum_type
        number = known.values_by_number.get(tensor.dtype)
        raise RequestError(
            Code.UNIMPLEMENTED,
            f"Tensor {name}: type {tensor.dtype if number is None else number.name} is not served",
        )
    if tensor.tensor_content:
        return _from_content(name, tensor, dtype, shape)
    return _from_list(name, tensor, dtype, shape)


def _from_content(
    name: str, tensor: Any, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    num_bytes = math.prod(shape) * dtype.itemsize
    if dtype.kind == "O" or len(tensor.tensor_content) != num_bytes:
        raise _invalid(
            name, f"tensor_content has {len(tensor.tensor_content)} bytes, shape {list(shape)}"
        )
    return np.frombuffer(tensor.tensor_content, dtype).reshape(shape)


def _from_list(
    name: str, tensor: Any, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """Of fewer values than the shape has, the last one is repeated (tensor.proto)."""
    values = list(getattr(tensor, _LISTS.get(tensor.dtype, "int_val")))
    num_elements = math.prod(shape)
    if len(values) > num_elements or (dtype.kind == "O" and len(values) != num_elements):
        raise _invalid(name, f"{len(values)} values for the shape {list(shape)}")
    if not values:
        return np.zeros(shape, dtype)
    if dtype == np.float16:
        short: NDArray[Any] = np.asarray(values, np.uint16).view(np.float16)
    else:
        short = np.empty(len(values), dtype)
        try:
            short[:] = values
        except OverflowError as error:
            raise _invalid(name, str(error)) from error
    missing = np.repeat(short[-1:], num_elements - len(values))
    return np.concatenate([short, missing]).reshape(shape)


def _invalid(name: str, reason: str) -> RequestError:
    return RequestError(Code.INVALID_ARGUMENT, f"Tensor {name}: {reason}")
