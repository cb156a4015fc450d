"""Small valid files of every kind that images come in."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from tests.pipelines.medical_imaging.dicom_files import dicom, encapsulated

__all__ = ["dicom_files", "image_files", "medmnist_files"]


@cache
def image_files() -> tuple[bytes, ...]:
    """JPEG, PNG, GIF, BMP and TIFF in the modes that they know."""
    colours = _noise(3)
    image, deep = (
        Image.fromarray(colours),
        Image.fromarray(np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)),
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    made = [_saved(image.convert(mode), "PNG") for mode in ("1", "L", "P", "RGB", "RGBA", "LA")]
    made += [_saved(image.convert(mode), "TIFF") for mode in ("1", "L", "P", "RGB", "CMYK")]
    made += [
        _saved(image, "TIFF", compression=name)
        for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    ]
    made += [_saved(image.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")]
    made += [
        _saved(image, "JPEG", exif=exif),
        _saved(image, "JPEG", progressive=True),
        _saved(image.convert("CMYK"), "JPEG"),
    ]
    made += [
        _saved(image, "GIF"),
        _saved(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
    ]
    made += [
        _saved(deep, "PNG"),
        _saved(deep, "TIFF"),
        _saved(image, "TIFF", save_all=True, append_images=[image]),
    ]
    return tuple(made)


@cache
def dicom_files() -> tuple[bytes, ...]:
    """Monochrome and colour, uncompressed and compressed."""
    grey, colours = np.arange(256, dtype=np.uint16).reshape(16, 16), _noise(3)
    window: dict[str, Any] = {
        "WindowCenter": [40, 80],
        "WindowWidth": [400, 90],
        "RescaleSlope": 1.5,
        "RescaleIntercept": -1024,
    }
    jpeg = encapsulated(
        _saved(Image.fromarray(colours), "JPEG"),
        colours,
        syntax=JPEGBaseline8Bit,
        PhotometricInterpretation="YBR_FULL_422",
    )
    jpeg_2000 = encapsulated(
        _saved(Image.fromarray(grey), "JPEG2000", no_jp2=True), grey, syntax=JPEG2000Lossless
    )
    plain = [
        dicom(grey, **window),
        dicom(grey, PhotometricInterpretation="MONOCHROME1"),
        dicom(colours),
        dicom(grey.astype(np.int16)),
    ]
    other = [
        dicom(grey, syntax=ImplicitVRLittleEndian),
        dicom(grey, syntax=DeflatedExplicitVRLittleEndian),
    ]
    return (*plain, *other, _run_length(grey), jpeg, jpeg_2000)


def _run_length(pixels: NDArray[Any]) -> bytes:
    """A DICOM file compressed by run lengths."""
    dataset = pydicom.dcmread(io.BytesIO(dicom(pixels)))
    dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@cache
def medmnist_files() -> tuple[bytes, ...]:
    """Compressed, stored, and one whose arrays are objects, which only unpickling would read."""
    arrays: dict[str, Any] = {}
    for part in ("train", "val", "test"):
        arrays |= {
            f"{part}_images": _noise(1)[None, ..., 0].repeat(2, axis=0),
            f"{part}_labels": np.array([[0], [1]], dtype=np.uint8),
        }
    packed, stored, pickled = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez_compressed(packed, **arrays)
    np.savez(stored, **arrays)
    np.savez(pickled, **(arrays | {"val_labels": np.array([[None], [print]], dtype=object)}))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("../../evil.npy", b"out of the folder")
    return packed.getvalue(), stored.getvalue(), pickled.getvalue()


def _noise(channels: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (16, 20, channels)).astype(np.uint8)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()
