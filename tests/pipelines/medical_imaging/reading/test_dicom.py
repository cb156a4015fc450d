from __future__ import annotations

import sys
import zlib
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from pipelines.medical_imaging.reading.dicom import is_dicom, read_dicom
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.errors import DataError
from tests.pipelines.medical_imaging.dicom_files import IDENTIFYING, dicom, encapsulated
from tests.pipelines.medical_imaging.images import config, image
from tests.pipelines.medical_imaging.reading.test_wire import saved

RAMP = np.arange(0, 4096, 64, dtype=np.uint16).reshape(8, 8)


def shades(content: bytes, *assignments: str) -> NDArray[np.uint8]:
    return read_dicom(content, config(*assignments).data).pixels


def why(content: bytes, *assignments: str) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        shades(content, *assignments)
    return str(caught.value)


def expected(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    return np.rint(
        np.clip((values.astype(np.float64) - low) / (high - low), 0.0, 1.0) * 255.0
    ).astype(np.uint8)


def test_without_a_window_the_range_of_the_stored_bits_is_shown() -> None:
    assert np.array_equal(shades(dicom(RAMP, BitsStored=12, HighBit=11)), expected(RAMP, 0, 4095))


def test_the_range_of_signed_bits_is_shown_after_rescaling() -> None:
    values = np.linspace(-32768, 32767, 64).astype(np.int16).reshape(8, 8)
    assert np.array_equal(
        shades(dicom(values, RescaleSlope=2, RescaleIntercept=-1024)),
        expected(values, -32768, 32767),
    )


def test_the_first_window_applies_after_rescaling() -> None:
    content = dicom(
        RAMP,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        WindowCenter=[40, 500],
        WindowWidth=[400, 2000],
    )
    # PS3.3, C.11.2.1.2.1: black up to centre − 0.5 − (width − 1) / 2, white above centre − 0.5 +
    # (width − 1) / 2.
    assert np.array_equal(shades(content), expected(RAMP - 1024.0, 39.5 - 199.5, 39.5 + 199.5))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_every_window_function_is_that_of_the_standard(function: str) -> None:
    fields: dict[str, Any] = {"WindowCenter": 2000, "WindowWidth": 900, "VOILUTFunction": function}
    dataset = Dataset()
    for name, value in (
        fields.items()
        | {
            "PhotometricInterpretation": "MONOCHROME2",
            "PixelRepresentation": 0,
            "BitsStored": 16,
        }.items()
    ):
        setattr(dataset, name, value)
    theirs = expected(apply_windowing(RAMP, dataset), 0, 65535).astype(int)
    # Halves of a shade may be rounded either way.
    assert np.abs(shades(dicom(RAMP, **fields)) - theirs).max() <= 1


def test_the_window_of_the_configuration_wins() -> None:
    content = dicom(RAMP, WindowCenter=40, WindowWidth=400)
    assert np.array_equal(
        shades(content, "data.dicom_window=[2000, 1020]"), expected(RAMP, 1490, 2510)
    )


def test_monochrome1_is_inverted() -> None:
    plain, inverted = dicom(RAMP), dicom(RAMP, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(shades(inverted), 255 - shades(plain))


def test_a_look_up_table_of_values_of_interest_applies() -> None:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4, 0, 8], [0, 200, 100, 255]
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    values = np.array([[0, 1], [2, 3]], dtype=np.uint8)
    assert shades(dicom(values, VOILUTSequence=[item])).tolist() == [[0, 200], [100, 255]]


def test_colours_of_8_bits_are_kept() -> None:
    assert np.array_equal(shades(dicom(image())), image())


def test_luminance_and_chrominance_become_rgb() -> None:
    planes = np.asarray(Image.fromarray(image()).convert("YCbCr"))
    difference = shades(dicom(planes, PhotometricInterpretation="YBR_FULL")).astype(int) - image()
    assert np.abs(difference).max() <= 3


def test_a_palette_is_applied() -> None:
    tables: dict[str, Any] = {
        f"{name}PaletteColorLookupTableDescriptor": [4, 0, 8] for name in ("Red", "Green", "Blue")
    }
    entries = {
        "Red": bytes([0, 255, 0, 9]),
        "Green": bytes([0, 0, 255, 9]),
        "Blue": bytes([0, 0, 0, 9]),
    }
    tables |= {f"{name}PaletteColorLookupTableData": value for name, value in entries.items()}
    content = dicom(
        np.array([[1, 2], [3, 0]], dtype=np.uint8),
        PhotometricInterpretation="PALETTE COLOR",
        **tables,
    )
    assert shades(content).tolist() == [[[255, 0, 0], [0, 255, 0]], [[9, 9, 9], [0, 0, 0]]]


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]
)
def test_uncompressed_and_deflated_files_show_the_same(syntax: pydicom.uid.UID) -> None:
    assert np.array_equal(
        shades(dicom(RAMP, syntax=syntax, BitsStored=12, HighBit=11)), expected(RAMP, 0, 4095)
    )


def test_run_length_encoding_is_read() -> None:
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(dicom(RAMP, BitsStored=12, HighBit=11)))
    dataset.compress(RLELossless)
    stream = pydicom.filebase.DicomBytesIO()
    dataset.save_as(stream)
    assert np.array_equal(shades(stream.getvalue()), expected(RAMP, 0, 4095))


def test_jpeg_2000_is_read_without_loss() -> None:
    content = encapsulated(
        saved(Image.fromarray(RAMP), "JPEG2000", no_jp2=True), RAMP, syntax=JPEG2000Lossless
    )
    assert np.array_equal(shades(content), expected(RAMP, 0, 65535))


def test_jpeg_colours_are_those_of_the_jpeg() -> None:
    smooth = np.asarray(Image.fromarray(image()).resize((4, 3)).resize((32, 24)))
    codestream = saved(Image.fromarray(smooth), "JPEG", quality=95, subsampling=0)
    content = encapsulated(
        codestream, smooth, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422"
    )
    assert np.abs(shades(content).astype(int) - smooth).mean() < 3


def test_a_compression_that_can_not_be_read_is_named() -> None:
    content = encapsulated(b"\xff\xd8\xff\xf7", RAMP, syntax=JPEGLSLossless)
    assert (
        why(content)
        == "its pixels are compressed in JPEG-LS Lossless Image Compression, which can't be read"
        " here; save it uncompressed or as JPEG 2000"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            dicom(np.repeat(RAMP[None], 3, axis=0).reshape(24, 8), Rows=8, NumberOfFrames=3),
            "it is a DICOM file of 3 frames; save the one",
        ),
        (dicom(None), "it is a DICOM file without an image"),
        (
            dicom(RAMP, Rows=60_000, Columns=60_000),
            "it has 60000 × 60000 pixels, more than the permitted",
        ),
        (dicom(RAMP, Rows=0), "it has 8 × 0 pixels"),
        (
            dicom(RAMP, PhotometricInterpretation="HSV"),
            "its header field PhotometricInterpretation is none that can be shown",
        ),
        (dicom(RAMP, RescaleSlope=0, RescaleIntercept=5), "its header field RescaleSlope is 0"),
        (
            dicom(RAMP, WindowCenter=5, WindowWidth=-1),
            "its header field WindowWidth is not above 0; choose a window",
        ),
        (dicom(RAMP)[:-20], "its header field PixelData is shorter than Rows and Columns say"),
        (dicom(RAMP)[:140], "it is a DICOM file without an image, or cut off before it"),
    ],
)
def test_what_is_no_single_readable_image_is_refused_with_the_reason(
    content: bytes, reason: str
) -> None:
    assert why(content).startswith(reason)


def test_a_header_field_of_impossible_length_is_refused() -> None:
    content = bytearray(dicom(RAMP))
    content[138:140] = (
        b"\x03\x00"  # three bytes for a number of four: pydicom has an error of its own for it
    )
    assert why(bytes(content)).startswith("its DICOM data is truncated or damaged")


def test_a_deflated_bomb_is_refused_before_it_unfolds() -> None:
    content = dicom(RAMP, syntax=DeflatedExplicitVRLittleEndian)
    end = 144 + int.from_bytes(content[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = content[:end] + packer.compress(bytes(2**26)) + packer.flush()
    assert why(bomb, "data.image_limit_px=1000") == "it unpacks to more than the permitted 16 MiB"


def test_a_deflated_file_that_lies_about_its_header_is_refused() -> None:
    content = bytearray(dicom(RAMP, syntax=DeflatedExplicitVRLittleEndian))
    content[140] = 0
    assert why(bytes(content)).startswith("its DICOM data is truncated or damaged")


def test_a_codestream_larger_than_its_header_says_is_refused() -> None:
    codestream = saved(Image.fromarray(np.zeros((512, 512), dtype=np.uint8)), "JPEG")
    content = encapsulated(codestream, RAMP.astype(np.uint8), syntax=JPEGBaseline8Bit)
    assert why(content).startswith("its header field Rows and Columns say another size")


def test_only_harmless_header_fields_are_kept_and_the_patient_is_not_shown() -> None:
    facts = read_dicom(dicom(RAMP), config().data).facts
    assert {name: value for name, value in facts.values.items() if value} == {
        "Modality": "CR",
        "PatientSex": "F",
        "PatientAge": "067Y",
    }
    assert facts.patient == "MRN-4471193"
    assert "MRN" not in repr(facts)


def test_reasons_quote_nothing_of_the_header() -> None:
    content = dicom(RAMP)
    for cut in range(132, len(content), 7):
        try:
            shades(content[:cut])
        except UnreadableImageError as error:
            assert not any(value in str(error) for value in (*IDENTIFYING.values(), "MRN-4471193"))


def test_a_file_is_known_by_its_mark() -> None:
    assert (is_dicom(dicom(RAMP)), is_dicom(b"\x89PNG"), is_dicom(b"")) == (True, False, False)


def test_without_pydicom_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(
        DataError,
        match=r"Reading DICOM files needs pydicom\. Install it: .* -m pip install 'pydicom>=3\.0'",
    ):
        shades(dicom(RAMP))
