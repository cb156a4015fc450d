"""DICOM files: pixels as a viewer shows them, and header fields that do not identify anybody.

Only an allow-list of header fields is ever parsed; names, dates, institutions and the like are
skipped unread. PatientID is read, so that no patient is in two splits, and leaves this module only
as `DicomFacts.patient`, which is never written: see `patients.py`.
"""

from __future__ import annotations

import logging
import sys
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.medical_imaging.config import DICOM_TAGS, MedicalDataConfig
from pipelines.medical_imaging.reading.pixels import UnreadableImageError, stretch
from shared.errors import DataError
from shared.loading.files.user_files import DECODER_ERRORS

__all__ = ["DICOM_SUFFIXES", "DicomFacts", "DicomImage", "is_dicom", "read_dicom"]

DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")

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
_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
_PALETTE = "PALETTE COLOR"
_FAR_BELOW_AND_ABOVE = np.array([-1e30, 1e30])

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


def read_dicom(content: bytes, data: MedicalDataConfig) -> DicomImage:
    """Decode the single image of a DICOM file.

    Monochrome values are rescaled (RescaleSlope, RescaleIntercept or the modality look-up table),
    then windowed: by `data.dicom_window`, else by the file's look-up table or first window, else
    from the least to the greatest value that its bits can hold; MONOCHROME1 is inverted (DICOM
    PS3.3, C.7.6.3.1.2, C.11.1, C.11.2). Colours become RGB.

    Raises:
        UnreadableImageError: It has several frames or none, is too large, or can't be decoded here;
            quotes nothing of the header.
        DataError: pydicom is not installed.
    """
    pydicom = _import_pydicom()
    try:
        plain = _inflated(content, data.image_limit_px * _BYTES_PER_PIXEL + _LARGEST_HEADER_BYTES)
        dataset = pydicom.dcmread(
            BytesIO(plain), specific_tags=[*_PIXEL_TAGS, _PATIENT_TAG, *DICOM_TAGS]
        )
        _check_header(pydicom, dataset, data.image_limit_px)
        return DicomImage(_pixels(pydicom, dataset, data.dicom_window), _facts(dataset))
    except UnreadableImageError:
        raise
    # pydicom's own errors descend from Exception alone. The texts of all of them may quote the
    # header.
    except (
        *DECODER_ERRORS,
        pydicom.errors.BytesLengthException,
        pydicom.errors.InvalidDicomError,
    ) as error:
        raise UnreadableImageError(
            "its DICOM data is truncated, damaged or of an unusual kind"
        ) from error


def _import_pydicom() -> Any:
    try:
        import pydicom
        import pydicom.encaps
        import pydicom.errors
        import pydicom.pixels.processing
    except ImportError as error:
        raise DataError(
            f"Reading DICOM files needs pydicom. Install it: {sys.executable} -m pip install"
            " 'pydicom>=3.0'"
        ) from error
    _quieten()
    return pydicom


@cache
def _quieten() -> None:
    """Pydicom's remarks quote header values, which may identify a patient.

    What is wrong with a file is said by its problem.
    """
    warnings.filterwarnings("ignore", module=r"pydicom\..*")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)


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


def _check_header(pydicom: Any, dataset: Any, limit_px: int) -> None:
    if "PixelData" not in dataset:
        raise UnreadableImageError("it is a DICOM file without an image, or cut off before it")
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames != 1:
        raise UnreadableImageError(
            f"it is a DICOM file of {frames} frames; save the one that counts as a file of its own"
        )
    height = int(dataset.Rows)
    width = int(dataset.Columns)
    if height < 1 or width < 1:
        raise UnreadableImageError(f"it has {width} × {height} pixels")
    if height * width > limit_px:
        raise UnreadableImageError(
            f"it has {width} × {height} pixels, more than the permitted {limit_px:,}"
        )
    syntax = dataset.file_meta.TransferSyntaxUID
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
    if syntax.is_encapsulated and syntax != pydicom.uid.RLELossless:
        _check_codestream(pydicom, dataset, (width, height))


def _check_codestream(pydicom: Any, dataset: Any, size_px: tuple[int, int]) -> None:
    """A compressed image has a header of its own, and a decoder believes that one."""
    frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    with Image.open(BytesIO(frame)) as image:
        if image.size != size_px:
            raise ValueError("the compressed image has another size than the header says")


def _pixels(pydicom: Any, dataset: Any, window: tuple[float, float] | None) -> NDArray[np.uint8]:
    kind = str(dataset.PhotometricInterpretation)
    values = pydicom.pixels.pixel_array(dataset)
    bits = int(dataset.BitsStored)
    if kind in _MONOCHROME and values.ndim == 2:
        grey = _shades(pydicom, dataset, values, window)
        return grey if kind == "MONOCHROME2" else 255 - grey
    if kind == _PALETTE and values.ndim == 2:
        values = pydicom.pixels.apply_color_lut(values, dataset)
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    elif kind not in _COLOUR or values.ndim != 3:
        raise UnreadableImageError(
            "its photometric interpretation is none that can be shown (monochrome, palette, RGB or"
            " YBR)"
        )
    return stretch(values[..., :3], low=0.0, high=2.0**bits - 1.0)


def _shades(
    pydicom: Any, dataset: Any, values: NDArray[Any], window: tuple[float, float] | None
) -> NDArray[np.uint8]:
    """Modality transformation, then window, as shades of grey."""
    processing = pydicom.pixels.processing
    rescaled = processing.apply_modality_lut(values, dataset)
    if window is not None:
        dataset.WindowCenter, dataset.WindowWidth = window
        dataset.VOILUTFunction = "LINEAR_EXACT"
    elif dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return stretch(processing.apply_voi(rescaled, dataset), low=0.0, high=2.0**bits - 1.0)
    elif dataset.get("WindowCenter") is None or dataset.get("WindowWidth") is None:
        low, high = _stored_range(processing, dataset)
        return stretch(rescaled, low=low, high=high)
    with np.errstate(over="ignore"):
        low, high = processing.apply_windowing(_FAR_BELOW_AND_ABOVE, dataset)
        return stretch(processing.apply_windowing(rescaled, dataset), low=low, high=high)


def _stored_range(processing: Any, dataset: Any) -> tuple[float, float]:
    """What the least and the greatest value that the stored bits can hold mean."""
    if dataset.get("ModalityLUTSequence"):
        return 0.0, 2.0 ** int(dataset.ModalityLUTSequence[0].LUTDescriptor[2]) - 1.0
    bits = int(dataset.BitsStored)
    signed = int(dataset.PixelRepresentation) == 1
    stored = np.array(
        [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1], dtype=np.int64
    )
    low, high = processing.apply_modality_lut(stored, dataset).tolist()
    return float(low), float(high)


def _facts(dataset: Any) -> DicomFacts:
    return DicomFacts(
        patient=_text(dataset, "PatientID"), values={tag: _text(dataset, tag) for tag in DICOM_TAGS}
    )


def _text(dataset: Any, tag: str) -> str:
    value = dataset.get(tag)
    return "" if value is None else str(value).strip()[:_LONGEST_VALUE_CHARACTERS]
