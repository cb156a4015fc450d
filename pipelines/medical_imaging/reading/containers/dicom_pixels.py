"""Pixels of DICOM files as stored, uncompressed or compressed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.medical_imaging.reading.containers.dicom_fields import unusable, whole_number
from pipelines.medical_imaging.reading.containers.jpeg import check_jpeg, stated_colours
from pipelines.medical_imaging.reading.pixels import UnreadableImageError

__all__ = ["codestream_bits", "decode_pixels", "is_jpeg"]


def is_jpeg(dataset: Any) -> bool:
    """Whether a codec of the JPEG family says itself how many bits a value has."""
    syntax = dataset.file_meta.TransferSyntaxUID
    return bool(syntax.is_encapsulated and syntax.name != "RLE Lossless")


def codestream_bits(dataset: Any) -> int | None:
    """Bits of a value in a compressed image, None where only the header says."""
    from pydicom.pixels.utils import get_j2k_parameters

    if not is_jpeg(dataset):
        return None
    precision = get_j2k_parameters(_frame(dataset)).get("precision")
    return None if precision is None else int(precision)


def decode_pixels(pydicom: Any, dataset: Any) -> NDArray[Any]:
    """(height, width) with all allocated bits, or (height, width, 3) RGB.

    Raises:
        UnreadableImageError: The compression can't be read here, pixels are missing or damaged, or
            header and compressed image contradict each other.
        Exception: What a decoder raises.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    _check_syntax(pydicom, syntax)
    channels = whole_number(dataset, "SamplesPerPixel", least=1, most=4)
    if is_jpeg(dataset):
        frame = _frame(dataset)
        _check_size(frame, dataset)
        if syntax in (pydicom.uid.JPEGBaseline8Bit, pydicom.uid.JPEGExtended12Bit):
            return _jpeg_pixels(frame, dataset, channels)
    elif not syntax.is_encapsulated:
        _check_length(dataset, channels)
    pixels: NDArray[Any] = pydicom.pixels.pixel_array(
        dataset, allow_excess_frames=False, correct_unused_bits=channels > 1
    )
    return pixels


def _check_syntax(pydicom: Any, syntax: Any) -> None:
    try:
        readable = pydicom.pixels.get_decoder(syntax).is_available
    except NotImplementedError:
        readable = False
    if not readable:
        name = syntax.name if syntax in pydicom.uid.UID_dictionary else "an unknown way"
        raise UnreadableImageError(
            f"its pixels are compressed in {name}, which can't be read here; save it uncompressed"
            " or as JPEG 2000"
        )


def _check_length(dataset: Any, channels: int) -> None:
    """Bytes of a whole frame at least, and not of several: pydicom would guess."""
    allocated = whole_number(dataset, "BitsAllocated", least=1, most=64)
    is_halved = dataset.get("PhotometricInterpretation") == "YBR_FULL_422"
    samples = int(dataset.Rows) * int(dataset.Columns) * (2 if is_halved else channels)
    needed = (samples * allocated + 7) // 8
    received = len(dataset.PixelData)
    if received < needed:
        raise unusable("PixelData", "is shorter than Rows and Columns say: pixels are missing")
    if received >= 2 * needed:
        raise unusable("PixelData", "holds several frames, but NumberOfFrames says one")


def _frame(dataset: Any) -> bytes:
    import pydicom.encaps

    frame: bytes = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    return frame


def _check_size(frame: bytes, dataset: Any) -> None:
    """A compressed image has a header of its own, and a decoder believes that one."""
    with Image.open(BytesIO(frame), formats=("JPEG", "JPEG2000")) as image:
        if image.size != (int(dataset.Columns), int(dataset.Rows)):
            raise unusable("Rows", "and Columns say another size than the compressed image")


def _jpeg_pixels(frame: bytes, dataset: Any, channels: int) -> NDArray[np.uint8]:
    """What the codestream says of its colours wins over the header.

    Where both leave it open whether it holds RGB, nobody can know.
    """
    check_jpeg(frame, most_px=int(dataset.Rows) * int(dataset.Columns))
    with Image.open(BytesIO(frame), formats=("JPEG",)) as image:
        if len(image.getbands()) != channels or channels not in (1, 3):
            raise unusable("SamplesPerPixel", "is not what the compressed image holds")
        if (
            channels == 3
            and dataset.PhotometricInterpretation == "RGB"
            and stated_colours(frame) is None
        ):
            raise unusable(
                "PhotometricInterpretation",
                "says RGB, but its JPEG data, like most, may hold YCbCr and don't say which",
                "name the right one in the header, or save it uncompressed",
            )
        return np.asarray(image)
