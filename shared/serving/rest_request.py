"""Wire rows as the JSON that TensorFlow Serving's REST interface takes."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows

__all__ = ["as_json_value", "find_binary", "predict_request"]


def find_binary(wire: Rows) -> frozenset[str]:
    """Inputs that hold the bytes of files rather than text.

    Those named `…_bytes`, and those with any value that is not UTF-8.
    """
    strings = {
        name: values.ravel().tolist() for name, values in wire.items() if values.dtype.kind in "OUS"
    }
    return frozenset(
        name
        for name, values in strings.items()
        if name.endswith("_bytes") or not all(map(_is_text, values))
    )


def predict_request(wire: Rows) -> dict[str, Any]:
    """The body of `POST /v1/models/<name>:predict` for a wire batch, in row form.

    One input is sent as a plain list of values, several as a list of objects.

    >>> predict_request({"text": np.asarray(["fine"], dtype=object)})
    {'instances': ['fine']}
    """
    binary = find_binary(wire)
    columns = {
        name: [as_json_value(value, binary=name in binary) for value in wire[name]]
        for name in sorted(wire)
    }
    if len(columns) == 1:
        return {"instances": next(iter(columns.values()))}
    return {
        "instances": [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    }


def as_json_value(value: Any, *, binary: bool = False) -> Any:
    """One tensor as nested JSON lists.

    Float32 in the fewest digits, strings as text or as `{"b64": …}`.

    Args:
        value: An array, a number, str or bytes. Infinite and missing numbers stay what they are;
            JSON has no word for them.
        binary: Whether strings are bytes of a file, which are sent as base64.
    """
    if isinstance(value, str | bytes):
        content = value.encode() if isinstance(value, str) else value
        return (
            {"b64": base64.b64encode(content).decode("ascii")}
            if binary
            else content.decode("utf-8")
        )
    array: NDArray[Any] = np.asarray(value)
    if array.ndim:
        return [as_json_value(item, binary=binary) for item in array]
    if array.dtype.kind == "f":
        return float(
            str(array[()])
        )  # str() gives the shortest digits that read back as the same float32
    return array.item()


def _is_text(value: Any) -> bool:
    if not isinstance(value, bytes):
        return True
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
