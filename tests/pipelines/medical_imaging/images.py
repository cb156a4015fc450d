"""Small image files and sources, made in code."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipelines.medical_imaging.config import MedicalConfig
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.targets import Categories

__all__ = ["class_names", "config", "encode", "image", "write_image", "write_table_source"]

PRESETS = Path(__file__).parents[3] / "pipelines" / "medical_imaging" / "presets"


def config(*assignments: str, preset: str = "smoke", source: Path | None = None) -> MedicalConfig:
    return resolve_config(
        MedicalConfig, PRESETS, preset, assignments, None if source is None else str(source)
    )


def class_names(splits: Splits) -> tuple[str, ...]:
    assert isinstance(splits.target, Categories)
    return splits.target.names


def image(seed: int = 0, height: int = 24, width: int = 32) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def encode(pixels: np.ndarray[Any, np.dtype[np.uint8]], kind: str = "PNG") -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, format=kind)
    return stream.getvalue()


def write_image(path: Path, seed: int = 0, kind: str = "PNG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(image(seed), kind))


def write_table_source(root: Path, *, num_patients: int = 12, masks: bool = False) -> Path:
    """Two images per patient, two classes, with sex and age; returns the folder."""
    lines = ["image,label,patient,sex,age"]
    for index in range(2 * num_patients):
        name = f"image{index:02d}"
        write_image(root / "images" / f"{name}.png", seed=index)
        lines.append(
            f"{name},{'benign' if index % 4 < 2 else 'malignant'},p{index // 2},{'female' if index % 3 else ''},{20 + index}.0"
        )
        if masks:
            mask = np.zeros((24, 32), dtype=np.uint8)
            mask[6:18, 8:24] = 255
            path = root / "masks" / f"{name}_segmentation.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(encode(mask))
    (root / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root
