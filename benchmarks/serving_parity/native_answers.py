"""Answers by way of TensorFlow's C interface, from a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving_parity.array_file import Arrays, read_arrays, write_arrays
from benchmarks.serving_parity.native_library import installed_library
from shared.contract import Rows

__all__ = ["ask_natively", "further_libraries", "native_libraries"]

_TIMEOUT_SECONDS = 600


def further_libraries() -> list[Path]:
    """`tensorflow/` of each wheel that was unzipped into a folder of PLUMBLINE_TENSORFLOWS."""
    named = os.environ.get("PLUMBLINE_TENSORFLOWS", "")
    found = sorted(Path(named).glob("*/tensorflow/libtensorflow_cc.so.2")) if named else []
    return [one.parent for one in found]


def native_libraries() -> list[Path]:
    """That which is installed, and the further ones."""
    return [installed_library(), *further_libraries()]


def ask_natively(library: Path, version: Path, wire: Rows) -> tuple[str, Arrays]:
    """TensorFlow's version, and the answers of all endpoints.

    Args:
        library: `tensorflow/` of an installation or an unzipped wheel.
        version: Folder of a SavedModel.
        wire: Rows as a client sends them.

    Raises:
        RuntimeError: The process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        rows, answers = (Path(folder) / name for name in ("rows.json", "answers.json"))
        write_arrays(rows, {"rows": {name: _plain(values) for name, values in wire.items()}})
        module = "benchmarks.serving_parity.native_model"
        done = subprocess.run(  # noqa: S603  # this repository's own module
            [sys.executable, "-m", module, *map(str, (library, version, rows, answers))],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"The C interface failed: {done.stderr[-2000:]}")
        named = read_arrays(answers)
    texts = {
        endpoint: {name: _text(values) for name, values in outputs.items()}
        for endpoint, outputs in named.items()
    }
    return done.stdout.strip(), texts


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(object) if values.dtype.kind in "US" else values


def _text(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "O":
        return values
    texts = np.empty(values.size, dtype=object)
    texts[:] = [item.decode() for item in values.ravel().tolist()]
    return texts.reshape(values.shape)
