"""Tables beside images, made in code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.medical_imaging.data import load
from shared.contract import Splits
from tests.pipelines.medical_imaging.images import config, write_image

__all__ = ["COLUMNS", "load_beside", "write_source"]

COLUMNS = ("data.tabular_columns=[age, site]", "data.split=given", "data.split_column=part")
_PARTS = ("train", "train", "train", "val", "test")


def write_source(root: Path, num_images: int = 60, **columns: list[str]) -> Path:
    """Images of patients with age, site and part; `columns` replace or add; returns the folder."""
    numbers = np.arange(num_images)
    table = pd.DataFrame(
        {
            "image": [f"image{number:02d}" for number in numbers],
            "label": np.where(numbers % 2, "malignant", "benign"),
            "age": (20 + numbers // 2).astype(str),
            "site": np.asarray(["Back", "face", ""])[numbers % 3],
            "part": np.asarray(_PARTS)[numbers % 5],
        }
    ).assign(**columns)
    for number, name in enumerate(table["image"]):
        write_image(root / "images" / f"{name}.png", seed=number)
    table.to_csv(root / "labels.csv", index=False)
    return root


def load_beside(root: Path, *assignments: str) -> Splits:
    return load(config(*COLUMNS, "train.batch_size=8", *assignments, source=root))
