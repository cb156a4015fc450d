"""What telephones do to clips: codecs, narrow bands, and packets that never arrive."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

__all__ = [
    "CUTOFFS_HZ",
    "LOST_SHARES",
    "TELEPHONES",
    "Telephone",
    "call",
    "limit_band",
    "lose_packets",
]


@dataclass(frozen=True)
class Telephone:
    """A codec of libsndfile that works in whole numbers: the same clip gives the same bytes.

    Attributes:
        name: For people.
        container: File format of libsndfile.
        subtype: Its encoding.
        hops: How often the clip is encoded and decoded on its way.
    """

    name: str
    container: str
    subtype: str
    hops: int = 1


TELEPHONES = (
    Telephone("G.711 μ-law, 64 kbit/s", "WAV", "ULAW"),
    Telephone("G.721 ADPCM, 32 kbit/s", "AU", "G721_32"),
    Telephone("G.723 ADPCM, 24 kbit/s", "AU", "G723_24"),
    Telephone("GSM 06.10 full rate, 13 kbit/s", "WAV", "GSM610"),
    Telephone("GSM 06.10 from mobile to mobile (twice)", "WAV", "GSM610", hops=2),
)
"""Landline, then the cordless and overseas lines of the nineties, then mobile: ITU-T G.711, G.721
and G.723 (both now in G.726), and ETSI GSM 06.10."""

LOST_SHARES = (0.02, 0.05, 0.10, 0.20, 0.30)
"""From what voice over IP is built to hide to a call on which people hang up."""

CUTOFFS_HZ = (3400.0, 2800.0, 2200.0, 1700.0, 1200.0)
"""From the upper edge of the telephone band (ITU-T G.712) to a microphone under a coat."""

_LINE_RATE_HZ = 8000
_LINE_BAND_HZ = (300.0, 3400.0)  # ITU-T G.712
_PACKET_SECONDS = 0.020  # the default of RTP's audio profile (RFC 3551, section 4.2)
_MEAN_BURST_PACKETS = 2.0


def call(
    waveforms: NDArray[np.float64], telephone: Telephone, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Send (clips, samples) through the band of a telephone line and a real codec, at 8 kHz.

    The result is back at their rate.
    """
    band = butter(4, _LINE_BAND_HZ, btype="bandpass", fs=_LINE_RATE_HZ, output="sos")
    received = np.empty_like(waveforms)
    for place, clip in enumerate(waveforms):
        line = sosfiltfilt(band, _at_rate(clip, sample_rate_hz, _LINE_RATE_HZ))
        for _ in range(telephone.hops):
            line = _coded(line, telephone)
        received[place] = _fitted(_at_rate(line, _LINE_RATE_HZ, sample_rate_hz), len(clip))
    return received


def limit_band(
    waveforms: NDArray[np.float64], cutoff_hz: float, *, sample_rate_hz: int
) -> NDArray[np.float64]:
    """Take away what lies above `cutoff_hz` (below half the sample rate) from (clips, samples).

    Phases are kept.
    """
    highest_hz = min(cutoff_hz, 0.499 * sample_rate_hz)
    return np.asarray(
        sosfiltfilt(butter(8, highest_hz, fs=sample_rate_hz, output="sos"), waveforms, axis=1)
    )


def lose_packets(
    waveforms: NDArray[np.float64],
    lost_share: float,
    generator: np.random.Generator,
    *,
    sample_rate_hz: int,
) -> NDArray[np.float64]:
    """Silence packets of 20 ms of (clips, samples), as a receiver without concealment does.

    Losses come in bursts of two on average, as a two-state chain draws them (Gilbert 1960).

    Args:
        waveforms: (clips, samples).
        lost_share: Of all packets, in the long run.
        generator: Draws which ones.
        sample_rate_hz: Of the clips.
    """
    packet_samples = round(_PACKET_SECONDS * sample_rate_hz)
    num_packets = -(-waveforms.shape[1] // packet_samples)
    drawn = generator.uniform(size=(len(waveforms), num_packets))
    recovers = 1.0 / _MEAN_BURST_PACKETS
    fails = (
        recovers * lost_share / (1.0 - lost_share)
    )  # so that the share of time spent in the lost state is `lost_share`
    lost = np.empty(drawn.shape, dtype=np.bool_)
    lost[:, 0] = drawn[:, 0] < lost_share
    for packet in range(1, num_packets):
        lost[:, packet] = drawn[:, packet] < np.where(lost[:, packet - 1], 1.0 - recovers, fails)
    arrived = np.repeat(~lost, packet_samples, axis=1)[:, : waveforms.shape[1]]
    return np.asarray(waveforms * arrived)


def _coded(line: NDArray[np.float64], telephone: Telephone) -> NDArray[np.float64]:
    stream = io.BytesIO()
    # What overflows 16 bits would wrap around in a codec.
    soundfile.write(
        stream,
        np.clip(line, -0.999, 0.999),
        _LINE_RATE_HZ,
        format=telephone.container,
        subtype=telephone.subtype,
    )
    stream.seek(0)
    decoded, _ = soundfile.read(stream, dtype="float64")
    return _fitted(decoded, len(line))


def _at_rate(clip: NDArray[np.float64], rate_hz: int, wanted_hz: int) -> NDArray[np.float64]:
    return clip if rate_hz == wanted_hz else np.asarray(soxr.resample(clip, rate_hz, wanted_hz))


def _fitted(clip: NDArray[np.float64], num_samples: int) -> NDArray[np.float64]:
    # Codecs fill their last block up with silence.
    return np.pad(clip, (0, max(0, num_samples - len(clip))))[:num_samples]
