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

from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.user_files import DECODER_ERRORS, read_file

__all__ = [
    "AUDIO_SUFFIXES",
    "HIGHEST_RATE_HZ",
    "LOWEST_RATE_HZ",
    "Recording",
    "decode_recording",
    "encode_wav",
    "read_content",
    "read_recording",
    "to_pcm",
]

AUDIO_SUFFIXES = (
    ".wav",
    ".flac",
    ".ogg",
    ".mp3",
    ".aif",
    ".aiff",
    ".au",
    ".caf",
    ".opus",
    ".m4a",
    ".aac",
    ".amr",
    ".wma",
)
"""Files that are taken for recordings; those that libsndfile can not read are reported, not passed
over."""

LOWEST_RATE_HZ = 1000
HIGHEST_RATE_HZ = 384_000
"""Sample rates that are read; the served graph takes the same."""

_FULL_SCALE = 32767.0
_PCM = 1
_HEADER_BYTES = 44  # of the WAV files that `encode_wav` writes
_STREAMED = 0xFFFFFFFF  # writers to a pipe do not know the length and say so
_LARGEST_BYTES_A_SECOND = 192_000 * 2 * 4  # 192 kHz, stereo, 32 bits
_MOST_CHANNELS = 64  # microphone arrays; WAV headers may say 65,535
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
    """

    wire: bytes
    seconds: float
    rate_hz: int
    channels: int

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
    return np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)


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
    limit_bytes = int(max_seconds * _LARGEST_BYTES_A_SECOND)
    return read_file(
        path, limit_bytes=limit_bytes, limit_is=f"the {max_seconds:g} s of data.max_file_seconds"
    )


def decode_recording(content: bytes, *, sample_rate_hz: int, max_seconds: float) -> Recording:
    """What `read_recording` makes of a file's bytes.

    Raises:
        DataError: As `read_recording`.
    """
    if not content:
        raise DataError("the file is empty (0 bytes)")
    samples = _pcm_samples(content, sample_rate_hz)
    rate_hz = sample_rate_hz
    channels = 1
    if samples is None:
        mono, rate_hz, channels = _decoded(content, max_seconds)
        samples = to_pcm(mono, rate_hz, sample_rate_hz)
    seconds = len(samples) / sample_rate_hz
    _check_length(seconds, max_seconds)
    if samples.min() == samples.max():
        raise DataError(
            "it is silent: "
            + (
                "all samples are equal"
                if channels == 1
                else f"its {channels} channels cancel each other"
            )
        )
    # Written anew: what one reader of WAV headers takes, another need not.
    return Recording(encode_wav(samples, sample_rate_hz), seconds, rate_hz, channels)


def _check_length(seconds: float, max_seconds: float) -> None:
    if seconds == 0:
        raise DataError("the file holds no samples")
    if seconds > max_seconds:
        raise DataError(
            f"{seconds:.1f} s are more than the {max_seconds:g} s of data.max_file_seconds"
        )


def _pcm_samples(content: bytes, sample_rate_hz: int) -> NDArray[np.int16] | None:
    """The samples, if the content already has the wire form; None if it must be decoded.

    Raises:
        DataError: A WAV whose header promises more than there is. (libsndfile would silently read
            what is there.)
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    layout: tuple[int, ...] = ()
    offset = 12
    while offset + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, offset)
        offset += 8
        if name == b"fmt " and offset + 16 <= len(content):
            layout = struct.unpack_from("<HHIIHH", content, offset)
        if name == b"data":
            if size != _STREAMED and offset + size > len(content):
                raise DataError(
                    f"truncated: the header promises {size} bytes of sound, the file holds"
                    f" {len(content) - offset}"
                )
            is_wire = (
                layout[:3] == (_PCM, 1, sample_rate_hz)
                and layout[5] == 16
                and size != _STREAMED
                and size % 2 == 0
            )
            return (
                np.frombuffer(content, dtype="<i2", count=size // 2, offset=offset)
                if is_wire
                else None
            )
        offset += size + size % 2  # chunks are padded to even length
    raise DataError("truncated: a WAV file without sound data")


def _decoded(content: bytes, max_seconds: float) -> tuple[NDArray[np.float32], int, int]:
    """Mono samples (n,) float32, their rate, and the number of channels before mixing."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate_hz = int(file.samplerate)
            channels = int(file.channels)
            promised = int(file.frames)
            _check_format(rate_hz, channels)
            _check_length(promised / rate_hz, max_seconds)
            mono = _mixed(file, promised)
    except soundfile.LibsndfileError as error:
        raise DataError(f"not a readable WAV, FLAC or OGG file ({error.error_string})") from error
    except DataError:
        raise
    except DECODER_ERRORS as error:
        raise DataError("not a readable WAV, FLAC or OGG file (its data is damaged)") from error
    if len(mono) < promised:
        raise DataError(
            f"truncated: the header promises {promised} samples, {len(mono)} could be decoded"
        )
    if not np.isfinite(mono).all():
        raise DataError("the file holds samples that are NaN or infinite")
    peak = float(np.abs(mono).max(initial=0.0))
    if peak > _LOUDEST:
        raise DataError(
            f"its samples reach {peak:.3g}, but full scale is 1: scale floating-point sound before"
            " it is stored"
        )
    return mono, rate_hz, channels


def _mixed(file: soundfile.SoundFile, promised: int) -> NDArray[np.float32]:
    """The mean of all channels, read in blocks: many channels unpack to much more than one."""
    mono = np.empty(promised, dtype=np.float32)
    length = 0
    while length < promised:
        block = file.read(
            min(_BLOCK_FRAMES, promised - length), dtype="float32", always_2d=True
        )  # (samples, channels)
        if not len(block):
            break
        # Samples too large to add up, or infinities that cancel: not finite, and refused as such.
        with np.errstate(invalid="ignore", over="ignore"):
            mono[length : length + len(block)] = block.mean(axis=1)
        length += len(block)
    return mono[:length]


def _check_format(rate_hz: int, channels: int) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise DataError(
            f"its sample rate is {rate_hz:,} Hz; {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,} Hz can"
            " be resampled"
        )
    if channels > _MOST_CHANNELS:
        raise DataError(f"it has {channels} channels; at most {_MOST_CHANNELS} are mixed down")
