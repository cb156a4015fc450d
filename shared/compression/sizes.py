"""Bytes on disk, of weights, and of weights that are zipped."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.compression.record import SizeRecord
from shared.run.directory import RunDirectory
from shared.run.files import MODEL, SAVED_MODEL
from shared.serving.saved_model import newest_version

__all__ = ["FULL", "measure_full", "measure_size"]

FULL = "the full model"
_FULL_SAVED = "the full model's SavedModel"


def measure_size(
    name: str,
    path: Path,
    weights: Sequence[NDArray[Any]] | bytes,
    *,
    beside: str | None = None,
) -> SizeRecord:
    """The size of one form of a model.

    Args:
        name: Which form, for people.
        path: Its file, or the folder of its files.
        weights: As they are stored; of a LiteRT file all its constants.
        beside: Name of the full model's form that it is to be compared with; None for such a form.
    """
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    stored = weights if isinstance(weights, bytes) else b"".join(map(_bytes, weights))
    return SizeRecord(
        name=name,
        file_bytes=sum(file.stat().st_size for file in files),
        weights_bytes=len(stored),
        zipped_weights_bytes=len(zlib.compress(stored, 9)),
        beside=beside,
    )


def measure_full(
    run: RunDirectory, weights: Sequence[NDArray[Any]], *, with_saved: bool
) -> list[SizeRecord]:
    """What smaller forms are compared with: the Keras file, and perhaps the SavedModel.

    Args:
        run: A finished run.
        weights: Of its model.
        with_saved: Whether a SavedModel is to be compared; it is there once the run is exported.
    """
    sizes = [measure_size(FULL, run / MODEL, weights)]
    if with_saved and run.has(SAVED_MODEL):
        sizes.append(measure_size(_FULL_SAVED, newest_version(run), weights))
    return sizes


def _bytes(values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values).tobytes()
