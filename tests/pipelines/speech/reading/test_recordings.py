from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.speech.reading.recordings import Recording, encode_wav, read_recording, to_pcm
from shared.errors import DataError
from tests.pipelines.speech.sounds import tone, write_tone


def _read(path: Path) -> Recording:
    return read_recording(path, sample_rate_hz=8000, max_seconds=2.0)


def test_a_file_in_wire_form_keeps_its_samples(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", seconds=0.25)
    recording = _read(path)
    assert recording.wire == path.read_bytes()
    assert recording.seconds == 0.25


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_other_rates_and_channels_become_mono_at_the_models_rate(tmp_path: Path, name: str) -> None:
    recording = _read(write_tone(tmp_path / name, seconds=0.5, rate_hz=16_000, channels=2))
    (tmp_path / "wire.wav").write_bytes(recording.wire)
    samples, rate_hz = soundfile.read(tmp_path / "wire.wav", dtype="float32")
    assert (rate_hz, samples.ndim) == (8000, 1)
    assert len(samples) == 4000
    expected = tone([440.0], 0.5)
    assert np.corrcoef(samples[400:-400], expected[400:-400])[0, 1] > 0.99


def test_float_wav_is_converted(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone([440.0], 0.2), 8000, subtype="FLOAT")
    assert _read(tmp_path / "a.wav").seconds == pytest.approx(0.2)


def test_an_empty_file_is_named_as_empty(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(DataError, match=r"the file is empty \(0 bytes\)"):
        _read(tmp_path / "a.wav")


def test_a_missing_file_is_named_as_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no such file"):
        _read(tmp_path / "a.wav")


def test_a_truncated_wav_is_refused_although_libsndfile_would_read_it(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", seconds=0.5)
    path.write_bytes(path.read_bytes()[:1044])
    assert len(soundfile.read(path)[0]) > 0
    with pytest.raises(
        DataError, match=r"truncated.*: it promises 8000 bytes of sound, the file holds 1000"
    ):
        _read(path)


def test_a_wav_cut_within_its_header_is_refused(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(DataError, match="a WAV file without sound data"):
        _read(path)


def test_a_truncated_flac_is_refused(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", seconds=1.5)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"truncated|not a readable"):
        _read(path)


def test_text_with_the_name_of_a_wav_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("not sound")
    with pytest.raises(DataError, match="not a readable WAV, FLAC or OGG file"):
        _read(tmp_path / "a.wav")


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encode_wav(np.zeros(0, dtype=np.int16), 8000))
    with pytest.raises(DataError, match="the file holds no samples"):
        _read(tmp_path / "a.wav")


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_a_long_recording_is_refused(tmp_path: Path, rate_hz: int) -> None:
    path = write_tone(tmp_path / "a.wav", seconds=2.5, rate_hz=rate_hz)
    with pytest.raises(DataError, match=r"2\.5 s are more than the 2 s of data\.max_file_seconds"):
        _read(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.wav").open("wb") as stream:
        stream.truncate(64 * 2**20)  # sparse: takes no space
    with pytest.raises(DataError, match=r"64 MiB are too much for the 2 s"):
        _read(tmp_path / "a.wav")


def test_samples_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    samples = tone([440.0], 0.2)
    samples[100] = np.nan
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    with pytest.raises(DataError, match="NaN or infinite"):
        _read(tmp_path / "a.wav")


def test_other_chunks_before_the_sound_are_skipped(tmp_path: Path) -> None:
    content = encode_wav(np.arange(100, dtype=np.int16), 8000)
    note = b"LIST" + struct.pack("<I", 5) + b"hello\0"  # padded to even length
    path = tmp_path / "a.wav"
    path.write_bytes(content[:36] + note + content[36:])
    assert _read(path).seconds == 100 / 8000


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_every_sample_format_of_wav_gives_the_same_sound(tmp_path: Path, subtype: str) -> None:
    samples = tone([440.0], 0.5)
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype=subtype)
    recording = _read(tmp_path / "a.wav")
    heard = soundfile.read(io.BytesIO(recording.wire), dtype="float32")[0]
    assert np.abs(heard - samples).max() < 0.01


def test_channels_are_mixed_down_to_their_mean(tmp_path: Path) -> None:
    parts = np.stack([tone([frequency], 0.2) for frequency in (300.0, 500.0, 700.0, 900.0)], axis=1)
    soundfile.write(tmp_path / "a.wav", parts, 8000, subtype="FLOAT")
    recording = _read(tmp_path / "a.wav")
    heard = soundfile.read(io.BytesIO(recording.wire), dtype="float32")[0]
    assert recording.channels == 4
    assert np.abs(heard - parts.mean(axis=1)).max() < 1e-4


@pytest.mark.parametrize(("frequency_hz", "is_kept"), [(1000.0, True), (5000.0, False)])
def test_resampling_leaves_no_image_above_minus_60_db(
    tmp_path: Path, frequency_hz: float, is_kept: bool
) -> None:
    path = write_tone(tmp_path / "a.wav", frequency_hz=frequency_hz, seconds=1.0, rate_hz=44_100)
    heard = soundfile.read(io.BytesIO(_read(path).wire), dtype="float64")[0]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) / (
        0.1 * len(heard) / 4.0
    )  # 1 = the tone itself
    frequencies_hz = np.fft.rfftfreq(len(heard), 1 / 8000)
    elsewhere = np.abs(frequencies_hz - frequency_hz) > 20.0  # 5 kHz would fold to 3 kHz
    assert 20 * np.log10(spectrum[elsewhere].max()) < -60.0
    assert (spectrum.max() > 0.99) == is_kept


def test_a_silent_recording_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    with pytest.raises(DataError, match="it is silent: all samples are equal"):
        _read(tmp_path / "a.wav")


def test_channels_that_cancel_each_other_are_refused(tmp_path: Path) -> None:
    samples = tone([440.0], 0.2)
    soundfile.write(
        tmp_path / "a.wav", np.stack([samples, -samples], axis=1), 8000, subtype="FLOAT"
    )
    with pytest.raises(
        DataError, match=r"its 2 channels cancel each other: their mean keeps 0\.00%"
    ):
        _read(tmp_path / "a.wav")


def test_floats_on_the_scale_of_integers_are_refused_not_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 32768.0 * tone([440.0], 0.2), 8000, subtype="FLOAT")
    with pytest.raises(DataError, match=r"its samples reach 3\.28e\+03, but full scale is 1"):
        _read(tmp_path / "a.wav")


@pytest.mark.parametrize("rate_hz", [500, 400_000])
def test_a_rate_that_can_not_be_resampled_is_refused(tmp_path: Path, rate_hz: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone([100.0], 0.2, rate_hz), rate_hz, subtype="FLOAT")
    with pytest.raises(
        DataError, match=rf"its sample rate is {rate_hz:,} Hz; 1,000 to 384,000 Hz can be resampled"
    ):
        _read(tmp_path / "a.wav")


def test_a_header_of_very_many_channels_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.ones((10, 100)), 8000)
    with pytest.raises(DataError, match="it has 100 channels; at most 64 are mixed down"):
        _read(tmp_path / "a.wav")


def test_loud_samples_are_clipped_not_wrapped() -> None:
    assert to_pcm(np.array([2.0, -2.0], dtype=np.float32), 8000, 8000).tolist() == [32767, -32768]


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200), position=st.integers(0, 60), value=st.integers(0, 255))
def test_damaged_bytes_give_a_recording_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, position: int, value: int
) -> None:
    good = bytearray(encode_wav(np.arange(50, dtype=np.int16), 8000))
    good[position] = value
    for damaged in (bytes(good), b"RIFF" + content, content):
        path = tmp_path_factory.getbasetemp() / "damaged.wav"
        path.write_bytes(damaged)
        try:
            recording = _read(path)
        except DataError as error:
            assert str(error)
        else:
            assert recording.seconds > 0


def test_floats_beyond_full_scale_are_scaled_not_clipped(tmp_path: Path) -> None:
    samples = 19.0 * tone([440.0], 0.2)
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    recording = _read(tmp_path / "a.wav")
    heard = soundfile.read(io.BytesIO(recording.wire), dtype="float32")[0]
    assert recording.peak == pytest.approx(1.9, abs=0.01)
    assert np.abs(heard - samples / np.abs(samples).max()).max() < 1e-4


def test_near_silence_is_judged_before_resampling(tmp_path: Path) -> None:
    samples = 1e-4 * tone([440.0], 0.2, 44_100)
    soundfile.write(tmp_path / "a.wav", samples, 44_100, subtype="FLOAT")
    with pytest.raises(DataError, match=r"nearly silent: .* at most 2e-05 of full scale"):
        _read(tmp_path / "a.wav")


def test_sound_that_no_rate_of_the_model_can_hold_is_refused(tmp_path: Path) -> None:
    fade = np.hanning(44_100)
    samples = tone([15_000.0], 1.0, 44_100) * fade
    soundfile.write(tmp_path / "a.wav", samples, 44_100, subtype="FLOAT")
    with pytest.raises(DataError, match=r"all its sound lies above 4,000 Hz"):
        _read(tmp_path / "a.wav")
