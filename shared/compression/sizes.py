"""Bytes on disk, of weights, and of weights that are zipped."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.compression.record import SizeRecord

__all__ = ["measure_size"]


def measure_size(name: str, path: Path, weights: Sequence[NDArray[Any]] | bytes) -> SizeRecord:
    """The size of one form of a model.

    Args:
        name: Which form, for people.
        path: Its file, or the folder of its files.
        weights: As they are stored; of a LiteRT file all its constants.
    """
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    stored = weights if isinstance(weights, bytes) else b"".join(map(_bytes, weights))
    return SizeRecord(
        name=name,
        file_bytes=sum(file.stat().st_size for file in files),
        weights_bytes=len(stored),
        zipped_weights_bytes=len(zlib.compress(stored, 9)),
    )


def _bytes(values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values).tobytes()
