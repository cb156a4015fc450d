from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from tests.pipelines.medical_imaging.dicom_files import dicom, encapsulated
from tests.pipelines.medical_imaging.reading.test_dicom import RAMP, shades, why
from tests.pipelines.medical_imaging.reading.test_wire import saved

Y, X = np.mgrid[:48, :64]
SMOOTH = np.stack([40 + 3 * X, 200 - 3 * Y, 90 + X + Y], axis=-1).astype(np.uint8)


def without_notes(codestream: bytes) -> bytes:
    """Without the JFIF segment, with which the file begins."""
    size = struct.unpack(">H", codestream[4:6])[0]
    return codestream[:2] + codestream[4 + size :]


def jpeg(kind: str) -> bytes:
    image = Image.fromarray(SMOOTH)
    match kind:
        case "JFIF":
            return saved(image, "JPEG", quality=95, subsampling=0)
        case "Adobe RGB":
            return saved(image, "JPEG", quality=95, keep_rgb=True)
        case "nothing, coarse chroma":
            return without_notes(saved(image, "JPEG", quality=95, subsampling=2))
        case _:
            return without_notes(saved(image, "JPEG", quality=95, subsampling=0))


@pytest.mark.parametrize("header", ["RGB", "YBR_FULL", "YBR_FULL_422"])
@pytest.mark.parametrize("kind", ["JFIF", "Adobe RGB", "nothing, coarse chroma"])
def test_colours_are_those_that_the_codestream_names(kind: str, header: str) -> None:
    content = encapsulated(
        jpeg(kind), SMOOTH, syntax=JPEGBaseline8Bit, PhotometricInterpretation=header
    )
    assert np.abs(shades(content).astype(int) - SMOOTH).max() <= 12


def test_colours_that_only_the_header_calls_rgb_are_refused_and_ybr_is_right() -> None:
    codestream = jpeg("nothing")
    content = encapsulated(codestream, SMOOTH, syntax=JPEGBaseline8Bit)
    assert why(content).startswith("its header field PhotometricInterpretation says RGB, but")
    content = encapsulated(
        codestream, SMOOTH, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL"
    )
    assert np.abs(shades(content).astype(int) - SMOOTH).max() <= 12


def test_a_jpeg_that_lost_scan_lines_is_refused() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    codestream = saved(Image.fromarray(noisy), "JPEG")
    cut = codestream[: len(codestream) * 2 // 3] + b"\xff\xd9"
    content = encapsulated(cut, noisy, syntax=JPEGBaseline8Bit)
    assert why(content).startswith("its JPEG data is truncated or damaged (premature end")


def test_a_jpeg_2000_that_lost_bytes_is_refused() -> None:
    noisy = np.random.default_rng(0).integers(0, 4096, (64, 64)).astype(np.uint16)
    codestream = saved(Image.fromarray(noisy), "JPEG2000", no_jp2=True)
    for share in (0.3, 0.6, 0.9):
        cut = codestream[: int(len(codestream) * share)]
        for ending in (b"", b"\xff\xd9"):
            content = encapsulated(cut + ending, noisy, syntax=JPEG2000Lossless)
            assert why(content) == "its DICOM data is truncated or damaged"


def test_channels_must_be_as_many_as_the_header_says() -> None:
    grey = saved(Image.fromarray(SMOOTH[..., 0]), "JPEG")
    content = encapsulated(grey, SMOOTH, syntax=JPEGBaseline8Bit)
    assert why(content) == "its header field SamplesPerPixel is not what the compressed image holds"


def run_length(pixels: np.ndarray) -> pydicom.Dataset:
    dataset = pydicom.dcmread(BytesIO(dicom(pixels)))
    dataset.compress(RLELossless)
    return dataset


def test_run_lengths_that_say_more_or_less_than_the_image_are_refused() -> None:
    dataset = run_length(RAMP)
    frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    for changed in (frame[:-8], frame[:64] + b"\x05abcdef" + frame[64:]):
        dataset.PixelData = encapsulate([changed])
        stream = BytesIO()
        dataset.save_as(stream)
        assert why(stream.getvalue()) == "its DICOM data is truncated or damaged"


def test_bytes_behind_the_image_and_behind_its_pixels_are_no_damage() -> None:
    content = dicom(RAMP, PixelData=RAMP.tobytes() + bytes(10))
    assert np.array_equal(shades(content), shades(dicom(RAMP)))
    behind = dicom(RAMP, DataSetTrailingPadding=bytes(64))
    for cut in (70, 30):
        assert np.array_equal(shades(behind[:-cut]), shades(dicom(RAMP)))


def test_nothing_is_said_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    content = dicom(RAMP, PixelData=RAMP.tobytes() + bytes(10))
    shades(content)
    why(content[:200])
    assert capfd.readouterr() == ("", "")
