"""Data of users with something to get wrong, and how a mistake must end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from PIL import Image

__all__ = [
    "DATA_ONLY",
    "SPEECH_NAMES",
    "Call",
    "images",
    "recordings",
    "refused",
    "reviews",
    "series",
    "sets",
]


Call = Callable[..., tuple[int, str]]


def refused(result: tuple[int, str], *words: str) -> None:
    code, printed = result
    assert code == 2, printed
    assert "Traceback" not in printed
    assert printed.count("Error:") == 1, printed
    for word in words:
        assert word in printed, f"{word!r} is missing in: {printed}"


def reviews(path: Path, **columns: Any) -> Path:
    """Sixty short reviews by thirty authors; `columns` replaces or adds."""
    numbers = np.arange(60)
    table = pd.DataFrame(
        {
            "text": [
                f"{'good' if number % 2 else 'bad'} film number {number}" for number in numbers
            ],
            "label": np.where(numbers % 2, "positive", "negative"),
            "author": [f"author-{number // 2}" for number in numbers],
        }
    )
    table.assign(**columns).to_csv(path, index=False)
    return path


def images(folder: Path) -> Path:
    """Forty noise images in two class folders."""
    generator = np.random.default_rng(0)
    for name in ("benign", "malignant"):
        (folder / name).mkdir(parents=True)
        for index in range(20):
            pixels = generator.integers(0, 255, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{name}-{index}.jpg")
    return folder


def recordings(folder: Path) -> Path:
    """Forty noise recordings of two words by ten speakers."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(40):
        name = f"{index % 2}_speaker{index // 4}_{index}.wav"
        soundfile.write(folder / name, generator.normal(size=4000) * 0.1, 8000)
    return folder


def series(path: Path, **values: Any) -> Path:
    """Ninety days of two hourly series."""
    stamps = pd.date_range("2024-01-01", periods=90 * 24, freq="h")
    hours = np.arange(len(stamps))
    table = pd.DataFrame(
        {
            "date": stamps,
            "north": np.sin(hours / 24 * 2 * np.pi),
            "south": np.cos(hours / 24 * 2 * np.pi),
        }
    )
    table.assign(**values).to_csv(path, index=False)
    return path


DATA_ONLY = ("--preset", "smoke", "--stages", "data", "--run-dir", "run")
SPEECH_NAMES = (r"data.filename_pattern=(?P<label>\d)_(?P<speaker>\w+?)_\d+",)


def sets(*assignments: str) -> list[str]:
    return [part for assignment in assignments for part in ("--set", assignment)]
