"""Sound files: what is wrong with them, and their wire form (16-bit mono WAV)."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pipelines.speech.reading.containers.checking import Container, check_container
from pipelines.speech.reading.containers.remarks import catch_remarks
from pipelines.speech.reading.levels import STEP, LevelMeter, refuse_inaudible
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.user_files import DECODER_ERRORS, read_file

__all__ = [
    "FULL_SCALE",
    "HIGHEST_RATE_HZ",
    "LARGEST_BYTES_A_SECOND",
    "LOWEST_RATE_HZ",
    "MOST_CHANNELS",
    "Recording",
    "decode_recording",
    "encode_wav",
    "read_content",
    "read_recording",
    "to_pcm",
]

LOWEST_RATE_HZ = 1000
HIGHEST_RATE_HZ = 384_000
"""Sample rates that are read; the served graph takes the same."""

FULL_SCALE = 32767.0
"""The largest sample of the wire form; the least is one further from 0."""

_PCM = 1
_HEADER_BYTES = 44  # of the WAV files that `encode_wav` writes
_WIRE_SCALE = 32768.0
LARGEST_BYTES_A_SECOND = 192_000 * 2 * 4  # 192 kHz, stereo, 32 bits
MOST_CHANNELS = 64  # microphone arrays; WAV headers may say 65,535
# lossy decoders and mastering overshoot full scale a little; integers stored as floats by a factor
# of 32,768
_LOUDEST = 2.0
_BLOCK_FRAMES = 2**16


@dataclass(frozen=True)
class Recording:
    """A readable sound file.

    Attributes:
        wire: 16-bit mono PCM WAV at the model's rate.
        seconds: Length.
        rate_hz: Rate of the file, from which it was resampled.
        channels: Of the file, mixed down to their mean.
        peak: Largest sample of that mean, of full scale 1. Beyond 1 (floats, lossy decoders) all
            samples were divided by it: clipping would have distorted them.
        stuck_share: Share of the file's samples that lie in runs at full scale: it was recorded
            too loud.
    """

    wire: bytes
    seconds: float
    rate_hz: int
    channels: int
    peak: float = 0.0
    stuck_share: float = 0.0

    @property
    def samples(self) -> NDArray[np.int16]:
        """What the wire carries, (n,) int16."""
        return np.frombuffer(self.wire, dtype="<i2", offset=_HEADER_BYTES)


def encode_wav(samples: NDArray[np.int16], sample_rate_hz: int) -> bytes:
    """Mono PCM samples (n,) int16 as the bytes of a WAV file."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate_hz)
        writer.writeframes(samples.astype("<i2").tobytes())
    return stream.getvalue()


def to_pcm(samples: NDArray[np.float32], rate_hz: int, sample_rate_hz: int) -> NDArray[np.int16]:
    """Resample mono samples (n,) float32 in [-1, 1] and round them to 16 bits.

    soxr, high quality.
    """
    if rate_hz != sample_rate_hz:
        samples = soxr.resample(samples, rate_hz, sample_rate_hz)
    return np.clip(np.round(samples * FULL_SCALE), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)


def read_recording(path: ContentFile, *, sample_rate_hz: int, max_seconds: float) -> Recording:
    """Read a WAV, FLAC or OGG file of any rate and number of channels.

    Args:
        path: The file, on disk or inside a prepared dataset.
        sample_rate_hz: Rate of the result.
        max_seconds: Longer files are refused before they are unpacked.

    Raises:
        DataError: Says in one sentence what is wrong with the file, without naming it.
    """
    return decode_recording(
        read_content(path, max_seconds=max_seconds),
        sample_rate_hz=sample_rate_hz,
        max_seconds=max_seconds,
    )


def read_content(path: ContentFile, *, max_seconds: float) -> bytes:
    """The bytes of a sound file that is not larger than any of `max_seconds` can be.

    Raises:
        DataError: As `read_recording`.
    """
    limit_bytes = int(max_seconds * LARGEST_BYTES_A_SECOND)
    return read_file(
        path, limit_bytes=limit_bytes, limit_is=f"the {max_seconds:g} s of data.max_file_seconds"
    )


def decode_recording(content: bytes, *, sample_rate_hz: int, max_seconds: float) -> Recording:
    """What `read_recording` makes of a file's bytes.

    Raises:
        DataError: As `read_recording`.
    """
    container = check_container(content)
    sound = _wire_sound(container, sample_rate_hz) or _decoded(container, max_seconds)
    _check_length(len(sound.mono) / sound.rate_hz, max_seconds)
    refuse_inaudible(sound.levels)
    mono = sound.mono
    if sound.rate_hz != sample_rate_hz:
        mono = soxr.resample(mono, sound.rate_hz, sample_rate_hz)
        _refuse_nothing_left(mono, sample_rate_hz)
    peak = float(np.abs(mono).max(initial=0.0))
    samples = to_pcm(mono / max(peak, 1.0), sample_rate_hz, sample_rate_hz)
    # Written anew: what one reader of WAV headers takes, another need not.
    return Recording(
        wire=encode_wav(samples, sample_rate_hz),
        seconds=len(samples) / sample_rate_hz,
        rate_hz=sound.rate_hz,
        channels=sound.levels.num_channels,
        peak=peak,
        stuck_share=sound.levels.stuck_share,
    )


@dataclass(frozen=True)
class _Sound:
    """The mean of all channels (n,) float32 at the file's rate, and the levels before mixing."""

    mono: NDArray[np.float32]
    rate_hz: int
    levels: LevelMeter


def _check_length(seconds: float, max_seconds: float) -> None:
    if seconds == 0:
        raise DataError("the file holds no samples")
    if seconds > max_seconds:
        raise DataError(
            f"{seconds:.1f} s are more than the {max_seconds:g} s of data.max_file_seconds"
        )


def _refuse_nothing_left(mono: NDArray[np.float32], sample_rate_hz: int) -> None:
    if np.ptp(mono) < STEP if len(mono) else True:
        raise DataError(
            f"nothing of it is left at {sample_rate_hz:,} Hz (data.sample_rate_hz): all its sound"
            f" lies above {sample_rate_hz // 2:,} Hz, or it is too short"
        )


def _wire_sound(container: Container, sample_rate_hz: int) -> _Sound | None:
    """The samples, if the content already has the wire form; None if it must be decoded."""
    if container.riff is None or container.riff.is_big_endian:
        return None
    layout = struct.unpack_from("<HHIIHH", container.riff.layout)
    if layout[:3] != (_PCM, 1, sample_rate_hz) or layout[5] != 16:
        return None
    sound = container.riff.sound
    samples = np.frombuffer(sound, dtype="<i2", count=len(sound) // 2)
    mono = (samples / _WIRE_SCALE).astype(np.float32)
    levels = LevelMeter()
    if len(mono):
        levels.add(mono[:, None], mono)
    return _Sound(mono, sample_rate_hz, levels)


def _decoded(container: Container, max_seconds: float) -> _Sound:
    try:
        if container.mpeg_samples is None:
            sound = _decode(container, max_seconds)
        else:
            with catch_remarks() as remarks:
                sound = _decode(container, max_seconds)
            if remarks:
                raise DataError(f"damaged: its decoder remarks {remarks[0]!r}")
    except soundfile.LibsndfileError as error:
        raise DataError(f"not a readable WAV, FLAC or OGG file ({error.error_string})") from error
    except DataError:
        raise
    except DECODER_ERRORS as error:
        raise DataError("not a readable WAV, FLAC or OGG file (its data is damaged)") from error
    if not np.isfinite(sound.mono).all():
        raise DataError("the file holds samples that are NaN or infinite")
    peak = float(np.abs(sound.mono).max(initial=0.0))
    if peak > _LOUDEST:
        raise DataError(
            f"its samples reach {peak:.3g}, but full scale is 1: scale floating-point sound before"
            " it is stored"
        )
    return sound


def _decode(container: Container, max_seconds: float) -> _Sound:
    with soundfile.SoundFile(io.BytesIO(container.content)) as file:
        rate_hz = int(file.samplerate)
        _check_format(file, rate_hz)
        promised = int(file.frames)
        _check_length(promised / rate_hz, max_seconds)
        mono, levels = _mixed(file, int(max_seconds * rate_hz) + 1)
    least = max(promised, container.mpeg_samples or 0)
    if len(mono) < least:
        raise DataError(
            f"truncated or damaged: it promises {least} samples, {len(mono)} could be decoded"
        )
    return _Sound(mono, rate_hz, levels)


def _mixed(file: soundfile.SoundFile, most: int) -> tuple[NDArray[np.float32], LevelMeter]:
    """The mean of all channels, read in blocks to the end: how long it is shows only there."""
    levels = LevelMeter()
    mixed = [np.zeros(0, dtype=np.float32)]
    while levels.num_samples < most:
        block = file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)  # (samples, channels)
        if not len(block):
            break
        # Samples too large to add up, or infinities that cancel: not finite, and refused as such.
        with np.errstate(invalid="ignore", over="ignore"):
            mixed.append(block.mean(axis=1))
        levels.add(block, mixed[-1])
    return np.concatenate(mixed), levels


def _check_format(file: soundfile.SoundFile, rate_hz: int) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise DataError(
            f"its sample rate is {rate_hz:,} Hz; {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,} Hz can"
            " be resampled"
        )
    if file.channels > MOST_CHANNELS:
        raise DataError(f"it has {file.channels} channels; at most {MOST_CHANNELS} are mixed down")
