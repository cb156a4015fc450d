"""Answers as JSON: rows for rows, columns for columns.

Numbers of type float32 read back as the same numbers. JSON has no word for missing and infinite
numbers, for which TensorFlow Serving writes `NaN` and `Infinity`, which most readers refuse: here
they are `null`. Graphs of this library have none, they answer with an `error`.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.service.models.endpoint import type_name
from shared.service.rest.json_values import invalid
from shared.service.wire.tensors import Arrays

__all__ = ["answer_json"]

_FEW = 1000
"""Numbers that people may look at; of more, finding the shortest digits costs too much."""


def answer_json(outputs: Arrays, *, is_rows: bool) -> bytes:
    """The body of an answer.

    Args:
        outputs: By name.
        is_rows: Whether it was asked in rows.

    Raises:
        RequestError: An output has a type that JSON can't say, or no row for each row.
    """
    if is_rows:
        _check_rows(outputs)
    values = {name: _as_json(name, outputs[name]) for name in sorted(outputs)}
    if not is_rows:
        told = values if len(values) > 1 else next(iter(values.values()))
        return _encode({"outputs": told})
    columns = list(values.values())
    if len(columns) == 1:
        return _encode({"predictions": columns[0]})
    names = list(values)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return _encode({"predictions": rows})


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _check_rows(outputs: Arrays) -> None:
    expected = 0
    for name in sorted(outputs):
        array = outputs[name]
        if array.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if len(array) < 1:
            raise invalid(f"Tensor name: {name} has invalid batch size: {len(array)}")
        if expected and len(array) != expected:
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting:"
                f" {expected}"
            )
        expected = len(array)


def _as_json(name: str, array: NDArray[Any]) -> Any:
    if array.dtype.kind == "O":
        said = _as_base64 if name.endswith("_bytes") else _as_text
        if array.ndim == 1:
            return [said(value) for value in array.tolist()]
        leaves = np.empty(array.shape, dtype=object)
        leaves.ravel()[:] = [said(value) for value in array.ravel().tolist()]
        return leaves.tolist()
    if array.dtype == np.float16:
        raise invalid(f"Failed to write JSON value for tensor type: {type_name(19)}")
    if array.dtype.kind != "f":
        return array.tolist()
    return _decimals(array)


def _decimals(array: NDArray[Any]) -> Any:
    if array.dtype == np.float32 and array.size <= _FEW:
        shortest = [float(str(number)) for number in array.ravel()]
        if array.ndim == 1 and all(map(math.isfinite, shortest)):
            return shortest
        array = np.asarray(shortest, np.float64).reshape(array.shape)
    finite = np.isfinite(array)
    if finite.all():
        return array.tolist()
    said = array.astype(object)
    said[~finite] = None
    return said.tolist()


def _as_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _as_base64(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode("ascii")}
