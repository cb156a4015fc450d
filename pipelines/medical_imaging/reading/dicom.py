"""DICOM files: pixels as a viewer shows them, and header fields that do not identify anybody.

Only an allow-list of header fields is ever parsed; names, dates, institutions and the like are
skipped unread. PatientID is read, so that no patient is in two splits, and leaves this module only
as `DicomFacts.patient`, which is never written: see `patients.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.config import DICOM_TAGS, MedicalDataConfig
from pipelines.medical_imaging.reading.containers.damage import damaged
from pipelines.medical_imaging.reading.containers.dicom_fields import (
    text,
    unusable,
    whole_number,
)
from pipelines.medical_imaging.reading.containers.dicom_pixels import (
    codestream_bits,
    decode_pixels,
    is_jpeg,
)
from pipelines.medical_imaging.reading.containers.dicom_remarks import remarks_of_pydicom
from pipelines.medical_imaging.reading.containers.dicom_shades import StoredBits, shades
from pipelines.medical_imaging.reading.containers.dicom_tables import read_palette
from pipelines.medical_imaging.reading.pixels import UnreadableImageError, stretch
from shared.errors import DataError
from shared.extras import install_command
from shared.loading.files.user_files import DECODER_ERRORS

__all__ = ["DICOM_SUFFIXES", "DicomFacts", "DicomImage", "is_dicom", "lacks_mark", "read_dicom"]

DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")

_GROUP_2 = b"\x02\x00\x00\x00UL\x04\x00"  # (0002,0000), with which a header begins
_MARKER = slice(128, 132)  # PS3.10, section 7.1: a preamble of 128 bytes, then "DICM"
_META_LENGTH, _META_START = (
    slice(140, 144),
    144,
)  # value of (0002,0000), and where it counts from (PS3.10, table 7.1-1)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_EXPLICIT_LITTLE_ENDIAN = b"1.2.840.10008.1.2.1".ljust(len(_DEFLATED), b"\0")
_LONGEST_VALUE_CHARACTERS = 64  # PS3.5, table 6.2-1: the longest value of representation LO
_BYTES_PER_PIXEL = 6  # three samples of 16 bits
_LARGEST_HEADER_BYTES = 2**24  # beside its pixels a file has look-up tables and texts, no more
_PALETTE = "PALETTE COLOR"
_CHANNELS = dict.fromkeys(("MONOCHROME1", "MONOCHROME2", _PALETTE), 1) | dict.fromkeys(
    ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"), 3
)

_PIXEL_TAGS = (
    *(
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "NumberOfFrames",
        "PhotometricInterpretation",
        "PlanarConfiguration",
    ),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"),
    *("FloatPixelData", "DoubleFloatPixelData", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *(
        f"{colour}PaletteColorLookupTable{kind}"
        for colour in ("Red", "Green", "Blue")
        for kind in ("Descriptor", "Data")
    ),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
)
_PATIENT_TAG = "PatientID"


@dataclass(frozen=True)
class DicomFacts:
    """What is kept of a header.

    Attributes:
        patient: PatientID, "" if not given; in memory only.
        values: Tag -> text, "" where not given; of the allow-list alone.
    """

    patient: str = field(repr=False)
    values: Mapping[str, str]


@dataclass(frozen=True)
class DicomImage:
    """One file's image.

    Attributes:
        pixels: (height, width) or (height, width, 3), uint8.
        facts: What is kept of its header.
    """

    pixels: NDArray[np.uint8]
    facts: DicomFacts


def is_dicom(content: bytes) -> bool:
    """Whether a file (or its first 132 bytes) bears the mark of a DICOM file."""
    return content[_MARKER] == b"DICM"


def lacks_mark(content: bytes) -> bool:
    """Whether a file begins with a DICOM header, but without preamble and mark."""
    return content.startswith(_GROUP_2)


def read_dicom(content: bytes, data: MedicalDataConfig) -> DicomImage:
    """Decode the single image of a DICOM file.

    Monochrome values are rescaled (RescaleSlope, RescaleIntercept or the modality look-up table),
    then windowed: by `data.dicom_window`, else by the file's look-up table or first window, else
    from the least to the greatest value that its bits can hold; MONOCHROME1 is inverted, and
    padding is black (DICOM PS3.3, C.7.5.1.1.2, C.7.6.3.1.2, C.11.1, C.11.2). Colours become RGB.

    Raises:
        UnreadableImageError: It has several frames or none, is too large, or can't be decoded here;
            quotes nothing of the header.
        DataError: pydicom is not installed.
    """
    pydicom = _import_pydicom()
    try:
        plain = _inflated(content, data.image_limit_px * _BYTES_PER_PIXEL + _LARGEST_HEADER_BYTES)
        with remarks_of_pydicom() as remarks:
            dataset = pydicom.dcmread(
                BytesIO(plain), specific_tags=[*_PIXEL_TAGS, _PATIENT_TAG, *DICOM_TAGS]
            )
            _check_header(dataset, data.image_limit_px)
            image = DicomImage(_decoded(pydicom, dataset, data.dicom_window), _facts(dataset))
    except UnreadableImageError:
        raise
    # pydicom's own errors descend from Exception alone. The texts of all of them may quote the
    # header.
    except (
        *DECODER_ERRORS,
        pydicom.errors.BytesLengthException,
        pydicom.errors.InvalidDicomError,
    ) as error:
        raise damaged("DICOM") from error
    if remarks:
        raise damaged("DICOM")
    return image


def _import_pydicom() -> Any:
    try:
        import pydicom
        import pydicom.encaps
        import pydicom.errors
        import pydicom.pixels.processing
    except ImportError as error:
        raise DataError(
            f"Reading DICOM files needs pydicom. Install it: {install_command('dicom')}"
        ) from error
    return pydicom


def _inflated(content: bytes, limit_bytes: int) -> bytes:
    """The same file without deflation: it may be a bomb, and pydicom would unpack it whole."""
    if _DEFLATED not in content:
        return content
    end = _META_START + int.from_bytes(content[_META_LENGTH], "little")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacked = unpacker.decompress(content[end:], limit_bytes)
    if unpacker.unconsumed_tail:
        raise UnreadableImageError(
            f"it unpacks to more than the permitted {limit_bytes / 2**20:,.0f} MiB"
        )
    plain = content[:end].replace(_DEFLATED, _EXPLICIT_LITTLE_ENDIAN) + unpacked
    if _DEFLATED in plain or not unpacker.eof:
        raise ValueError("a deflated file that is cut off, or whose header lies about its length")
    return plain


def _check_header(dataset: Any, limit_px: int) -> None:
    if "PixelData" not in dataset:
        floats = "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset
        raise UnreadableImageError(
            "its pixels are floating-point numbers, which can't be read here"
            if floats
            else "it is a DICOM file without an image, or cut off before it"
        )
    frames = whole_number(dataset, "NumberOfFrames", least=1, most=2**31, default=1)
    if frames != 1:
        raise UnreadableImageError(
            f"it is a DICOM file of {frames} frames; save the one that counts as a file of its own"
        )
    height = whole_number(dataset, "Rows", least=0, most=2**16)
    width = whole_number(dataset, "Columns", least=0, most=2**16)
    if height < 1 or width < 1:
        raise UnreadableImageError(f"it has {width} × {height} pixels")
    if height * width > limit_px:
        raise UnreadableImageError(
            f"it has {width} × {height} pixels, more than the permitted {limit_px:,}"
        )


def _decoded(pydicom: Any, dataset: Any, window: tuple[float, float] | None) -> NDArray[np.uint8]:
    kind = text(dataset, "PhotometricInterpretation")
    channels = whole_number(dataset, "SamplesPerPixel", least=1, most=4)
    if kind not in _CHANNELS or channels != _CHANNELS[kind]:
        raise unusable(
            "PhotometricInterpretation",
            "is none that can be shown (monochrome or palette of one channel, RGB or YBR of three)",
        )
    bits = _stored_bits(dataset)
    pixels = decode_pixels(pydicom, dataset)
    if pixels.ndim != (2 if channels == 1 else 3):
        raise damaged("DICOM")
    if channels == 3:
        return stretch(pixels, low=0.0, high=2.0**bits.stored - 1.0)
    values = pixels if is_jpeg(dataset) else bits.values(pixels)
    if kind == _PALETTE:
        palette = read_palette(pydicom, dataset)
        return stretch(palette(values), low=0.0, high=palette.white)
    grey = shades(dataset, values, bits, window)
    if kind == "MONOCHROME1":
        grey = 255 - grey
    padding = bits.is_padding(pixels, dataset)
    return grey if padding is None else np.where(padding, np.uint8(0), grey)


def _stored_bits(dataset: Any) -> StoredBits:
    allocated = whole_number(dataset, "BitsAllocated", least=1, most=64)
    stored = whole_number(dataset, "BitsStored", least=1, most=allocated)
    high = whole_number(
        dataset, "HighBit", least=stored - 1, most=allocated - 1, default=stored - 1
    )
    sign = whole_number(dataset, "PixelRepresentation", least=0, most=1)
    precision = codestream_bits(dataset)
    return StoredBits(allocated, min(stored, precision or stored), high, sign == 1)


def _facts(dataset: Any) -> DicomFacts:
    return DicomFacts(
        patient=_text(dataset, "PatientID"), values={tag: _text(dataset, tag) for tag in DICOM_TAGS}
    )


def _text(dataset: Any, tag: str) -> str:
    value = dataset.get(tag)
    return "" if value is None else str(value).strip()[:_LONGEST_VALUE_CHARACTERS]
