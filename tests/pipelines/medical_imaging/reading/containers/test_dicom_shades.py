"""Each transformation of PS3.3 C.11, for each way of storing the same values."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from tests.pipelines.medical_imaging.dicom_files import dicom, encapsulated
from tests.pipelines.medical_imaging.reading.test_dicom import RAMP, expected, shades
from tests.pipelines.medical_imaging.reading.test_wire import saved

TWELVE: dict[str, Any] = {"BitsStored": 12, "HighBit": 11}
UPRIGHT = expected(RAMP, 0, 4095)
STORED_INVERTED: dict[str, Any] = TWELVE | {"RescaleSlope": -1, "RescaleIntercept": 4095}


def packed(syntax: UID, pixels: NDArray[Any], **fields: Any) -> bytes:
    """A DICOM file in any transfer syntax that loses nothing."""
    if syntax == JPEG2000Lossless:
        codestream = saved(Image.fromarray(pixels), "JPEG2000", no_jp2=True)
        return encapsulated(codestream, pixels, syntax=syntax, **fields)
    if syntax == ExplicitVRBigEndian:
        content = dicom(pixels.byteswap(), syntax=ExplicitVRLittleEndian, **fields)
        dataset = pydicom.dcmread(BytesIO(content))
        dataset.file_meta.TransferSyntaxUID = syntax
        stream = BytesIO()
        pydicom.dcmwrite(stream, dataset, implicit_vr=False, little_endian=False)
        return stream.getvalue()
    if syntax != RLELossless:
        return dicom(pixels, syntax=syntax, **fields)
    dataset = pydicom.dcmread(BytesIO(dicom(pixels, **fields)))
    dataset.compress(RLELossless)
    stream = BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


SYNTAXES = pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
    ],
)


@SYNTAXES
def test_a_negative_slope_shows_the_least_meaning_black(syntax: UID) -> None:
    content = packed(syntax, (4095 - RAMP).astype(np.uint16), **STORED_INVERTED)
    assert np.array_equal(shades(content), UPRIGHT)


@SYNTAXES
def test_a_window_as_wide_as_the_range_changes_nothing(syntax: UID) -> None:
    window = {"WindowCenter": 2048, "WindowWidth": 4096}
    content = packed(syntax, (4095 - RAMP).astype(np.uint16), **STORED_INVERTED, **window)
    assert np.array_equal(shades(content), UPRIGHT)


@SYNTAXES
def test_monochrome1_and_a_negative_slope_are_both_obeyed(syntax: UID) -> None:
    content = packed(
        syntax,
        (4095 - RAMP).astype(np.uint16),
        **STORED_INVERTED,
        PhotometricInterpretation="MONOCHROME1",
    )
    assert np.array_equal(shades(content), 255 - UPRIGHT)


def test_a_slope_or_an_intercept_alone_counts() -> None:
    fields = TWELVE | {"WindowCenter": 2048, "WindowWidth": 4096}
    shifted = RAMP[::-1] * 1
    assert np.array_equal(
        shades(dicom(shifted // 2, **fields, RescaleSlope=2)), expected(shifted, 0, 4095)
    )
    assert np.array_equal(
        shades(dicom(RAMP, **fields, RescaleIntercept=100)), expected(RAMP + 100.0, 0, 4095)
    )


def sequence(entries: NDArray[Any], bits: int, first: int = 0, *, as_bytes: bool) -> list[Dataset]:
    item = Dataset()
    item.LUTDescriptor = [len(entries) % 65536, first, bits]
    item.LUTData = entries.astype("<u2").tobytes() if as_bytes else entries.tolist()
    item["LUTDescriptor"].VR = "US"
    item["LUTData"].VR = "OW" if as_bytes else "US"
    return [item]


@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize(("held", "declared"), [(16, 16), (12, 16), (10, 16), (8, 16), (8, 8)])
@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
def test_a_table_is_read_by_the_bits_that_it_holds(
    kind: str, held: int, declared: int, as_bytes: bool
) -> None:
    entries = np.rint(np.linspace(0, 2**held - 1, 4096)).astype(np.int64)
    tables: dict[str, Any] = {kind: sequence(entries, declared, as_bytes=as_bytes)}
    shown = shades(dicom(RAMP, **TWELVE, **tables)).astype(int)
    assert np.abs(shown - UPRIGHT).max() <= 1


def test_a_table_of_8_bits_has_entries_beyond_the_255th() -> None:
    entries = np.arange(4096) // 16
    content = dicom(RAMP, **TWELVE, VOILUTSequence=sequence(entries, 8, as_bytes=False))
    assert shades(content).tolist() == (RAMP // 16).tolist()


def test_a_table_applies_to_rescaled_values() -> None:
    entries = np.arange(256)[::-1]
    content = dicom(
        RAMP, **TWELVE, RescaleSlope=0.0625, VOILUTSequence=sequence(entries, 8, as_bytes=False)
    )
    assert shades(content).tolist() == (255 - RAMP // 16).tolist()


@pytest.mark.parametrize(("held", "declared"), [(16, 16), (12, 16), (8, 16)])
def test_a_palette_is_read_by_the_bits_that_it_holds(held: int, declared: int) -> None:
    entries = np.rint(np.linspace(0, 2**held - 1, 64)).astype("<u2")
    tables: dict[str, Any] = {}
    for colour in ("Red", "Green", "Blue"):
        tables[f"{colour}PaletteColorLookupTableDescriptor"] = [64, 0, declared]
        tables[f"{colour}PaletteColorLookupTableData"] = entries.tobytes()
    indices = np.arange(64, dtype=np.uint8).reshape(8, 8)
    shown = shades(dicom(indices, PhotometricInterpretation="PALETTE COLOR", **tables))
    assert np.abs(shown[..., 0].astype(int) - expected(indices, 0, 63)).max() <= 1


def test_a_palette_of_bytes_that_is_declared_16_bits_is_not_black() -> None:
    tables: dict[str, Any] = {}
    for colour in ("Red", "Green", "Blue"):
        tables[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tables[f"{colour}PaletteColorLookupTableData"] = bytes(range(256))
    indices = np.arange(0, 256, 4, dtype=np.uint8).reshape(8, 8)
    shown = shades(dicom(indices, PhotometricInterpretation="PALETTE COLOR", **tables))
    assert np.array_equal(shown[..., 1], indices)


def test_a_dark_palette_stays_dark() -> None:
    tables: dict[str, Any] = {}
    for colour in ("Red", "Green", "Blue"):
        tables[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tables[f"{colour}PaletteColorLookupTableData"] = (
            np.arange(256, dtype="<u2") * 100
        ).tobytes()
    indices = np.full((8, 8), 255, dtype=np.uint8)
    content = dicom(indices, PhotometricInterpretation="PALETTE COLOR", **tables)
    assert shades(content)[0, 0, 0] == round(25_500 / 65_535 * 255)


@SYNTAXES
@pytest.mark.parametrize("kind", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black(syntax: UID, kind: str) -> None:
    padded = (RAMP + 63).astype(np.uint16)
    padded[0] = 0
    content = packed(syntax, padded, **TWELVE, PhotometricInterpretation=kind, PixelPaddingValue=0)
    shown = shades(content)
    assert (shown[0].max(), shown[-1].max() > 0) == (0, True)
    assert np.array_equal(
        shown[1:],
        shades(packed(syntax, padded, **TWELVE, PhotometricInterpretation=kind))[1:],
    )


def test_a_range_of_padding_is_black_and_signs_are_those_of_the_pixels() -> None:
    values = np.array([[-2000, -1999], [-1024, 3071]], dtype=np.int16)
    content = dicom(
        values,
        PhotometricInterpretation="MONOCHROME1",
        PixelPaddingValue=-2000,
        PixelPaddingRangeLimit=-1990,
        WindowCenter=0,
        WindowWidth=10_000,
    )
    assert shades(content)[0].tolist() == [0, 0]
    assert shades(content)[1].min() > 0
    dataset = pydicom.dcmread(BytesIO(content))
    dataset["PixelPaddingValue"].VR = "US"
    dataset.PixelPaddingValue = 65_536 - 2000
    del dataset.PixelPaddingRangeLimit
    stream = BytesIO()
    dataset.save_as(stream)
    assert shades(stream.getvalue())[0].tolist()[0] == 0


def test_what_lies_beside_the_stored_bits_is_not_shown() -> None:
    overlaid = RAMP | 0x8000  # a retired overlay in the unused bits
    assert np.array_equal(shades(dicom(overlaid, **TWELVE)), UPRIGHT)


def test_values_in_the_upper_bits_are_read_there() -> None:
    content = dicom((RAMP << 4).astype(np.uint16), BitsStored=12, HighBit=15)
    assert np.array_equal(shades(content), UPRIGHT)


def test_signed_values_of_12_bits_are_extended() -> None:
    values = np.array([[-2048, -1], [0, 2047]])
    stored = (values & 0xFFF).astype(np.uint16)
    content = dicom(stored, **TWELVE, PixelRepresentation=1)
    assert shades(content).tolist() == expected(values, -2048, 2047).tolist()


def test_the_bits_of_a_codestream_are_believed_where_the_header_says_more() -> None:
    eight = (RAMP // 16).astype(np.uint8)
    codestream = saved(Image.fromarray(eight), "JPEG2000", no_jp2=True)
    content = encapsulated(codestream, RAMP, syntax=JPEG2000Lossless)
    assert np.array_equal(shades(content), eight)


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT"])
def test_a_window_narrower_than_1_is_used_as_it_stands(function: str | None) -> None:
    fields = {} if function is None else {"VOILUTFunction": function}
    content = dicom(
        RAMP,
        **TWELVE,
        RescaleSlope="0.00024420024",
        RescaleIntercept=0,
        WindowCenter="0.45",
        WindowWidth="0.9",
        **fields,
    )
    shown = shades(content).astype(int)
    assert np.abs(shown - expected(RAMP * 0.00024420024, 0.0, 0.9)).max() <= 1
    assert np.array_equal(shown, shades(content, "data.dicom_window=[0.45,0.9]"))


def test_a_window_of_width_1_is_a_threshold() -> None:
    shown = shades(dicom(RAMP, **TWELVE, WindowCenter=2000.5, WindowWidth=1))
    assert np.array_equal(shown, np.where(RAMP > 2000, 255, 0))


@pytest.mark.parametrize("wins", ["VOILUTSequence", "RescaleSlope"])
def test_the_window_of_the_configuration_wins_over_tables_too(wins: str) -> None:
    fields: dict[str, Any] = {"VOILUTSequence": sequence(np.arange(4096), 12, as_bytes=False)}
    if wins == "RescaleSlope":
        fields = {"RescaleSlope": -1, "RescaleIntercept": 4095}
    values = 4095 - RAMP if wins == "RescaleSlope" else RAMP
    content = dicom(values.astype(np.uint16), **TWELVE, **fields)
    assert np.array_equal(
        shades(content, "data.dicom_window=[2000, 1020]"), expected(RAMP, 1490, 2510)
    )
