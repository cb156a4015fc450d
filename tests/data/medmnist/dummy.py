"""Writes `data/medmnist/dummy_data`: noise in the form of three sets.

`python -m tests.data.medmnist.dummy`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_dummy", "write_npz"]

_COUNTS = {"train": 16, "val": 6, "test": 6}


def write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """As `np.savez_compressed`, but the same bytes at any time of day."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"), stream.getvalue(), zipfile.ZIP_DEFLATED
            )


def write_dummy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for name, size, channels, labels, several in (
        ("bloodmnist", 28, 3, 8, False),
        ("breastmnist_64", 64, 1, 2, False),
        ("chestmnist", 28, 1, 14, True),
    ):
        arrays: dict[str, NDArray[Any]] = {}
        for part, count in _COUNTS.items():
            shape = (count, size, size, 3) if channels == 3 else (count, size, size)
            arrays[f"{part}_images"] = (generator.integers(0, 4, shape) * 80).astype(np.uint8)
            numbers = (
                generator.integers(0, 2, (count, labels))
                if several
                else np.arange(count)[:, None] % labels
            )
            arrays[f"{part}_labels"] = numbers.astype(np.uint8)
        write_npz(folder / f"{name}.npz", arrays)
    (folder / "README.md").write_text(
        "Generated noise (tests/data/medmnist/dummy.py): no medical image.\n"
    )


if __name__ == "__main__":
    write_dummy(Path("data/medmnist/dummy_data"))
