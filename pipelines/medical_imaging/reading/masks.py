"""Masks that say where the label's cause lies, stored as one image per image."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.files import read_bytes
from pipelines.medical_imaging.reading.wire import to_wire
from shared.loading.files.contents import ContentFile

__all__ = ["MaskFiles", "mask_path", "read_mask"]

_THRESHOLD = 127  # brighter pixels belong to the mask
_BLACK_OR_WHITE = [255 * (value > _THRESHOLD) for value in range(256)]


def mask_path(image: Path, folder: Path, suffix: str) -> Path:
    """Where the mask of an image lies."""
    return folder / f"{image.stem}{suffix}"


def read_mask(content: bytes) -> Image.Image:
    """A mask file as an 8-bit image of 0 and 255; masks are often stored with a palette."""
    return Image.open(BytesIO(content)).convert("L").point(_BLACK_OR_WHITE)


@dataclass(frozen=True)
class MaskFiles:
    """Ground truth, read from mask files when asked for.

    Attributes:
        files: One mask per example.
        data: Decides the size of the canvas.
    """

    files: tuple[ContentFile, ...]
    data: MedicalDataConfig

    def __call__(self, index: int) -> NDArray[np.float32]:
        """(height, width) float32: the share of each canvas cell that the mask covers."""
        size = (self.data.image_width_px, self.data.image_height_px)
        scaled = read_mask(to_wire(read_bytes(self.files[index]), self.data).content).resize(
            size, Image.Resampling.BOX
        )
        return np.asarray(scaled, dtype=np.float32) / np.float32(255.0)
