"""Messages name the field that can't be used and what helps, and never quote it."""

from __future__ import annotations

import shlex
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from pipelines.medical_imaging.reading.dicom import lacks_mark
from pipelines.medical_imaging.reading.wire import to_wire
from tests.pipelines.medical_imaging.dicom_files import dicom
from tests.pipelines.medical_imaging.images import config
from tests.pipelines.medical_imaging.reading.test_dicom import RAMP, shades, why

ADVICE = "choose a window for all files, such as --set 'data.dicom_window=[32767.5, 65535.0]'"


def table(descriptor: list[int], entries: list[int]) -> dict[str, Any]:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = descriptor, entries
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    return {"VOILUTSequence": [item]}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"WindowCenter": 9, "WindowWidth": 0}, f"WindowWidth is not above 0; {ADVICE}"),
        ({"WindowCenter": 9}, f"WindowWidth is missing; {ADVICE}"),
        ({"WindowWidth": 9}, f"WindowCenter is missing; {ADVICE}"),
        (
            {"WindowCenter": 9, "WindowWidth": 8, "VOILUTFunction": "LOG"},
            f"VOILUTFunction is none of LINEAR, LINEAR_EXACT and SIGMOID; {ADVICE}",
        ),
        ({"RescaleSlope": 0, "RescaleIntercept": 0}, "RescaleSlope is 0, so that its range"),
        ({"BitsStored": 17}, "BitsStored is not a whole number from 1 to 16"),
        ({"BitsStored": None}, "BitsStored is missing"),
        ({"BitsStored": 12, "HighBit": 7}, "HighBit is not a whole number from 11 to 15"),
        ({"PixelRepresentation": 7}, "PixelRepresentation is not a whole number from 0 to 1"),
        ({"SamplesPerPixel": None}, "SamplesPerPixel is missing"),
        ({"SamplesPerPixel": 3}, "PhotometricInterpretation is none that"),
        ({"Columns": None}, "Columns is missing"),
        ({"PhotometricInterpretation": None}, "PhotometricInterpretation is none that"),
        ({"PixelData": bytes(100)}, "PixelData is shorter than Rows and Columns say"),
        ({"PixelData": bytes(256)}, "PixelData holds several frames"),
        (table([3, 0, 8], [1, 2]), "VOILUTSequence holds a table that is not as its LUTDescriptor"),
        (table([2, 0], [1, 2]), "VOILUTSequence holds no usable look-up table"),
        (
            {"PhotometricInterpretation": "PALETTE COLOR"},
            "RedPaletteColorLookupTableDescriptor and its tables are no usable palette",
        ),
    ],
)
def test_the_field_is_named(fields: dict[str, Any], reason: str) -> None:
    assert why(dicom(RAMP, **fields)).startswith(f"its header field {reason}")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("WindowCenter", f"its header field WindowCenter is not a number; {ADVICE}"),
        ("RescaleSlope", "its header field RescaleSlope is not a number"),
    ],
)
def test_a_decimal_comma_is_named_but_not_quoted(tag: str, expected: str) -> None:
    fields: dict[str, Any] = {"WindowCenter": "2000", "WindowWidth": "1000"} | {tag: "7.77"}
    content = dicom(RAMP, **fields).replace(b"7.77", b"7,77")
    assert why(content) == expected


def test_the_advised_window_helps() -> None:
    content = dicom(RAMP, WindowCenter=9, WindowWidth=0)
    _, assignment = shlex.split(why(content).partition("such as ")[2])
    assert np.array_equal(shades(content, assignment), shades(dicom(RAMP)))


def test_a_file_without_its_mark_is_named_as_such() -> None:
    content = dicom(RAMP)[132:]
    assert lacks_mark(content)
    assert why_wire(content).startswith("it is a DICOM file without its first 132 bytes")
    mended = BytesIO()
    pydicom.dcmread(BytesIO(content), force=True).save_as(mended, enforce_file_format=True)
    assert np.array_equal(shades(mended.getvalue()), shades(dicom(RAMP)))


def test_pixels_of_floating_point_numbers_are_named() -> None:
    content = dicom(None, Rows=2, Columns=2, FloatPixelData=np.zeros(4, np.float32).tobytes())
    assert why(content) == "its pixels are floating-point numbers, which can't be read here"


def why_wire(content: bytes) -> str:
    with pytest.raises(ValueError) as caught:
        to_wire(content, config().data)
    return str(caught.value)
