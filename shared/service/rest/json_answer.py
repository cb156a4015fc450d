"""Answers as JSON: rows for rows, columns for columns.

Numbers of type float32 read back as the same numbers. JSON has no word for missing and infinite
numbers, for which TensorFlow Serving writes `NaN` and `Infinity`, which most readers refuse: here
they are `null`. Graphs of this library have none, they answer with an `error`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.service.batching.share import Share
from shared.service.models.endpoint import type_name
from shared.service.rest.json_values import invalid
from shared.service.wire.tensors import Arrays

__all__ = ["answer_json"]

_FEW = 1000
"""Values that people may look at; of more, finding the shortest digits costs too much."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def answer_json(outputs: Arrays, *, is_rows: bool) -> bytes:
    """The body of an answer.

    Args:
        outputs: By name.
        is_rows: Whether it was asked in rows.

    Raises:
        RequestError: An output has a type that JSON can't say, or no row for each row.
    """
    if is_rows:
        return _encode({"predictions": _rows(outputs)})
    say = _say_shortly if _num_values(outputs) <= _FEW else _say
    values = {name: say(name, outputs[name]) for name in sorted(outputs)}
    return _encode({"outputs": values if len(values) > 1 else next(iter(values.values()))})


def _rows(outputs: Arrays) -> list[Any]:
    """Of a request alone, its rows; of one in a batch, its share of the rows of all."""
    if not isinstance(outputs, Share) or outputs.start == outputs.end:
        _check_rows(outputs)
        return (_rows_shortly if _num_values(outputs) <= _FEW else _rows_at_length)(outputs)
    batch = outputs.batch
    share = (outputs.end - outputs.start) / batch.num_rows
    is_few = _num_values(batch.arrays) * share <= _FEW
    return outputs.said(_rows_shortly if is_few else _rows_at_length)


def _num_values(outputs: Arrays) -> int:
    return sum(array.size for array in outputs.values())


def _rows_shortly(outputs: Arrays) -> list[Any]:
    return _as_rows({name: _say_shortly(name, outputs[name]) for name in sorted(outputs)})


def _rows_at_length(outputs: Arrays) -> list[Any]:
    return _as_rows({name: _say(name, outputs[name]) for name in sorted(outputs)})


def _as_rows(columns: Mapping[str, list[Any]]) -> list[Any]:
    if len(columns) == 1:
        return next(iter(columns.values()))
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _encode(document: dict[str, Any]) -> bytes:
    return _ENCODER.encode(document).encode()


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


def _say_shortly(name: str, array: NDArray[Any]) -> Any:
    """With the shortest digits that read back as the same float32."""
    if array.dtype != np.float32:
        return _say(name, array)
    shortest = [float(str(number)) for number in array.ravel()]
    return _decimals(np.asarray(shortest, np.float64).reshape(array.shape))


def _say(name: str, array: NDArray[Any]) -> Any:
    if array.dtype.kind == "O":
        said = _as_base64 if name.endswith("_bytes") else _as_text
        if array.ndim == 1:
            return [said(value) for value in array.tolist()]
        leaves = np.empty(array.shape, dtype=object)
        leaves.ravel()[:] = [said(value) for value in array.ravel().tolist()]
        return leaves.tolist()
    if array.dtype == np.float16:
        raise invalid(f"Failed to write JSON value for tensor type: {type_name(19)}")
    return _decimals(array) if array.dtype.kind == "f" else array.tolist()


def _decimals(array: NDArray[Any]) -> Any:
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
