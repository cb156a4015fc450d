"""Named arrays in a file that needs neither TensorFlow nor pickle: JSON, with bytes as base64."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Arrays", "read_arrays", "write_arrays"]

Arrays = dict[str, dict[str, NDArray[Any]]]
"""Endpoint -> name -> numbers, or an object array of bytes."""


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write them; texts become their UTF-8."""
    document = {
        endpoint: {name: _encode(values) for name, values in named.items()}
        for endpoint, named in arrays.items()
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def read_arrays(path: Path) -> Arrays:
    """What `write_arrays` wrote; strings as bytes."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {
        endpoint: {name: _decode(values) for name, values in named.items()}
        for endpoint, named in document.items()
    }


def _encode(values: NDArray[Any]) -> dict[str, Any]:
    shape = list(values.shape)
    if values.dtype.kind not in "OUS":
        content = np.ascontiguousarray(values).tobytes()
        return {"shape": shape, "dtype": values.dtype.name, "numbers": _base64(content)}
    items = [item.encode() if isinstance(item, str) else item for item in values.ravel().tolist()]
    return {"shape": shape, "strings": [_base64(item) for item in items]}


def _decode(values: dict[str, Any]) -> NDArray[Any]:
    shape = tuple(values["shape"])
    if "strings" in values:
        items = np.empty(len(values["strings"]), dtype=object)
        items[:] = [base64.b64decode(item) for item in values["strings"]]
        return items.reshape(shape)
    numbers = np.frombuffer(base64.b64decode(values["numbers"]), dtype=values["dtype"])
    return numbers.reshape(shape)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
