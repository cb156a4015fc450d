"""Image files read once to see that each can be used, and again when their pixels are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalDataConfig
from pipelines.medical_imaging.reading.dicom import DicomFacts
from pipelines.medical_imaging.reading.files import digest, read_bytes
from pipelines.medical_imaging.reading.masks import read_mask
from pipelines.medical_imaging.reading.measurements.sharpness import laplacian_variance
from pipelines.medical_imaging.reading.measurements.skin_tone import (
    skin_tone_name,
    typology_angle_degrees,
)
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES, UnreadableImageError
from pipelines.medical_imaging.reading.wire import decode_wire, to_wire
from shared.config.setting_text import set_option
from shared.contract import Rows
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.known_contents import KnownContents, open_known

__all__ = [
    "Image",
    "flatness_notes",
    "open_known_images",
    "read_image",
    "require_distinct",
    "rows_from_files",
    "sharpness_of",
]

_NOTHING_KNOWN = KnownContents(None)

_FLAT_LEVELS = 16  # a sixteenth of the 256 shades: what 12 bits use of 16


@dataclass(frozen=True)
class Image:
    """What reading an image (and its mask) once revealed.

    Attributes:
        file: The file, on disk or inside a prepared dataset.
        mask: The file of its mask, if there are masks.
        digest: Equal where files are equal.
        facts: What is kept of a DICOM header.
        is_flat: Whether it uses less than a sixteenth of the range from black to white.
        skin_tone: Estimate, "" if none was asked for.
        sharpness: Estimate, None if none was asked for.
    """

    file: ContentFile
    mask: ContentFile | None
    digest: str
    facts: DicomFacts | None
    is_flat: bool
    skin_tone: str = ""
    sharpness: float | None = None

    @property
    def has_patient(self) -> bool:
        """Whether a DICOM header says whose it is."""
        return self.facts is not None and self.facts.patient != ""


def read_image(
    file: ContentFile,
    data: MedicalDataConfig,
    *,
    mask: ContentFile | None = None,
    known: KnownContents = _NOTHING_KNOWN,
) -> Image:
    """Read and decode a file, and its mask if there is one.

    Args:
        file: The image.
        data: Limits, and whether skin tone and sharpness are estimated.
        mask: Its mask.
        known: Images that were decoded before; those with a header are never remembered, because
            it may name people.

    Raises:
        UnreadableImageError: Image or mask can't be used.
    """
    content = read_bytes(file)
    key = digest(content) if mask is None else digest(content, b"mask", _read_mask_bytes(mask))
    facts = known.get(key)
    if facts is not None:
        return Image(
            file,
            mask,
            facts["digest"],
            None,
            facts["is_flat"],
            facts["skin_tone"],
            facts["sharpness"],
        )
    image = _decode_image(content, file, mask, data)
    if image.facts is None:
        facts = {
            "digest": image.digest,
            "is_flat": image.is_flat,
            "skin_tone": image.skin_tone,
            "sharpness": image.sharpness,
        }
        known.remember(key, facts)
    return image


def _decode_image(
    content: bytes, file: ContentFile, mask: ContentFile | None, data: MedicalDataConfig
) -> Image:
    wire = to_wire(content, data)
    pixels = decode_wire(wire.content)
    is_flat = int(pixels.max()) - int(pixels.min()) < _FLAT_LEVELS
    sharpness = (
        laplacian_variance(pixels, data.image_height_px, data.image_width_px)
        if data.estimate_sharpness
        else None
    )
    if mask is None:
        return Image(file, None, digest(content), wire.facts, is_flat, sharpness=sharpness)
    mask_content = _read_mask_content(mask, data)
    tone = ""
    if data.estimate_skin_tone:
        shape = read_mask(mask_content).resize((pixels.shape[1], pixels.shape[0]))
        # Every third pixel tells a median as well as all do.
        tone = skin_tone_name(
            typology_angle_degrees(pixels[::3, ::3], np.asarray(shape)[::3, ::3] > 0)
        )
    return Image(file, mask, digest(content, mask_content), wire.facts, is_flat, tone, sharpness)


def open_known_images(data: MedicalDataConfig) -> KnownContents:
    """Images that runs with these settings have decoded before."""
    return open_known(data, kind="images", code=("pipelines/medical_imaging", "shared/loading"))


def rows_from_files(
    files: Sequence[ContentFile], data: MedicalDataConfig
) -> Callable[[NDArray[np.int64]], Rows]:
    """A function from indices into `files` to a wire batch `image_bytes` (m,) object.

    It raises DataError if a file has gone.
    """

    def rows(indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        contents = np.empty(len(indices), dtype=object)
        for position, index in enumerate(indices):
            try:
                contents[position] = to_wire(read_bytes(files[index]), data).content
            except UnreadableImageError as error:
                raise DataError(
                    f"{files[index]}: {error}. It was there when the data was read first."
                ) from error
        return {IMAGE_BYTES: contents}

    return rows


def require_distinct(images: Mapping[int, Image], names: pd.Series, table_path: Path) -> None:
    """Refuse two spellings of one file ("a" and "a.jpg"): one image would be in two splits.

    Args:
        images: Row of the table -> its image.
        names: Of the images, by row.
        table_path: For the message.

    Raises:
        DataError: Two rows name one file.
    """
    row_of: dict[ContentFile, int] = {}
    for row, image in images.items():
        first = row_of.setdefault(image.file, row)
        if first != row:
            raise DataError(
                f"{table_path}, row {row + 1}: {names.iloc[row]!r} names the same file as row"
                f" {first + 1} ({names.iloc[first]!r}): {image.file}. Each image may have one row."
            )


def sharpness_of(images: Sequence[Image]) -> NDArray[np.float64] | None:
    """(n,): the estimates; None if none were asked for."""
    estimates = [image.sharpness for image in images if image.sharpness is not None]
    return np.asarray(estimates) if estimates else None


def flatness_notes(images: Sequence[Image]) -> tuple[str, ...]:
    """A sentence for the report if images are nearly of one shade."""
    count = sum(image.is_flat for image in images)
    if not count:
        return ()
    return (
        (
            f"{count} of {len(images)} images use less than a sixteenth of the range from black"
            " to white. If files of 16 bits hold fewer, name the white value with"
            " data.white_level; for DICOM files without a window, choose one with"
            " data.dicom_window."
        ),
    )


def _read_mask_content(file: ContentFile, data: MedicalDataConfig) -> bytes:
    try:
        content = to_wire(_read_mask_bytes(file), data).content
        decode_wire(content)
    except UnreadableImageError as error:
        raise _of_mask(file, error) from error
    return content


def _read_mask_bytes(file: ContentFile) -> bytes:
    try:
        return read_bytes(file)
    except UnreadableImageError as error:
        raise _of_mask(file, error) from error


def _of_mask(file: ContentFile, error: UnreadableImageError) -> UnreadableImageError:
    return UnreadableImageError(
        f"mask {file}: {error}; to go without masks, {set_option('data.mask_folder', None)}"
    )
