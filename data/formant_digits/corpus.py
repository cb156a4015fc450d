"""The corpus: clips, their words, speakers and groups, and where in each clip the word is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.formant_digits.phones import WORDS
from data.formant_digits.synthesis import HOP_SAMPLES, envelope, glottal_pulses, shape_sources
from data.formant_digits.utterances import Utterance, build_tracks, draw_snr_db, draw_utterance
from data.formant_digits.voices import Voice, draw_voices

__all__ = ["CLIP_SECONDS", "DIGITS", "GENERATOR_VERSION", "SAMPLE_RATE_HZ", "FormantDigits"]

DIGITS: tuple[str, ...] = tuple(WORDS)
"""Class names, in the order of the labels."""

GENERATOR_VERSION = "1.1.0"
"""Changes whenever the same arguments give other clips."""

SAMPLE_RATE_HZ = 8000

CLIP_SECONDS = 1.0
"""Length of every clip."""

_NUM_FRAMES = int(CLIP_SECONDS * SAMPLE_RATE_HZ) // HOP_SAMPLES  # 8000 / 64 = 125
_CLIPS_A_SPEAKER = 10
_MIN_SPEAKERS = 6
_STREAM = 2
_SNR_BANDS = (
    (14.0, "clear (14 dB and more)"),
    (4.0, "moderate (4 to 14 dB)"),
    (-np.inf, "noisy (below 4 dB)"),
)
_DURATION_BANDS = (
    (0.6, "long (0.6 s and more)"),
    (0.45, "middle (0.45 to 0.6 s)"),
    (-np.inf, "short (below 0.45 s)"),
)
_GROUND_TRUTH_RANGE_DB = 15.0
_FAINTEST_DB = -50.0


@dataclass(frozen=True)
class FormantDigits:
    """A corpus of generated clips of one second, 8 kHz.

    Every clip is made when it is asked for, always the same.

    Args:
        num_clips: How many.
        group_bias: Strength in [0, 1] of what is planted against accent C.
        seed: Of everything.
    """

    num_clips: int
    group_bias: float
    seed: int

    @property
    def checksum(self) -> str:
        """SHA-256 (hex) of generator version and arguments, which decide every sample."""
        text = json.dumps([GENERATOR_VERSION, self.num_clips, self.group_bias, self.seed])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def num_speakers(self) -> int:
        """Speakers: about 10 clips each."""
        return max(_MIN_SPEAKERS, self.num_clips // _CLIPS_A_SPEAKER)

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """(num_clips,) str, unique."""
        return np.array(
            [
                f"{DIGITS[label]}_s{speaker:04d}_{clip:06d}"
                for clip, (label, speaker) in enumerate(self._cast)
            ]
        )

    @cached_property
    def speakers(self) -> NDArray[np.str_]:
        """(num_clips,) str."""
        return np.array([f"s{speaker:04d}" for _, speaker in self._cast])

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(num_clips,) int64 indices into `DIGITS`.

        Every speaker says all words about equally often.
        """
        return np.array([label for label, _ in self._cast], dtype=np.int64)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """One row a clip: what is known of its speaker and of the clip itself."""
        voices = [self._voices[speaker] for _, speaker in self._cast]
        clips = range(self.num_clips)
        return pd.DataFrame(
            {
                "accent": [voice.accent for voice in voices],
                "pitch band (synthetic)": [voice.pitch_band for voice in voices],
                "signal-to-noise ratio": [_band(self.snr_db(clip), _SNR_BANDS) for clip in clips],
                "speech duration": [
                    _band(self.speech_seconds(clip), _DURATION_BANDS) for clip in clips
                ],
            }
        )

    def waveforms(self, indices: NDArray[np.int64]) -> NDArray[np.int16]:
        """Synthesise clips: indices (m,) -> (m, 8000) int16."""
        utterances = [self._utterance(int(clip)) for clip in indices]
        noises = [
            self._generator(int(clip), 1).normal(size=(2, _NUM_FRAMES * HOP_SAMPLES))
            for clip in indices
        ]
        turbulence, background = np.stack(noises, axis=1)  # (clips, samples) each
        pitch_hz = np.repeat(np.stack([item.pitch_hz for item in utterances]), HOP_SAMPLES, axis=1)
        tracks = build_tracks(utterances)
        speech = shape_sources(
            glottal_pulses(pitch_hz, SAMPLE_RATE_HZ), turbulence, tracks, SAMPLE_RATE_HZ
        )
        spoken = np.repeat(tracks.voicing + tracks.noise > 0, HOP_SAMPLES, axis=1)
        energy = (speech**2 * spoken).sum(axis=1, keepdims=True)
        speech /= np.sqrt(energy / spoken.sum(axis=1, keepdims=True))
        colours = np.array([item.noise_colour for item in utterances])
        gains = 10.0 ** (-np.array([self.snr_db(int(clip)) for clip in indices]) / 20.0)
        clips = speech + gains[:, None] * _coloured(background, colours)
        clips /= np.sqrt((clips**2).mean(axis=1, keepdims=True))
        levels = 10.0 ** (np.array([item.level_db for item in utterances]) / 20.0)
        samples = np.round(clips * levels[:, None] * 32767.0)
        return np.clip(samples, -32768, 32767).astype(np.int16)

    def ground_truth(
        self, index: int, *, frequencies_hz: NDArray[np.float64], times_seconds: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Where in a clip its word is.

        The formants and noise bands of its sounds, not fillers, silence or background.

        Args:
            index: Of the clip.
            frequencies_hz: (rows,) centres of the cells.
            times_seconds: (columns,) centres of the cells from the start of the clip; outside of it
                there is no evidence.

        Returns:
            (rows, columns) float32, 1 where the word's power (pre-emphasised) is within 15 dB of
            its loudest cell at that moment and the moment is within 50 dB of the word's loudest,
            else 0.
        """
        tracks = build_tracks([self._utterance(index)], word_only=True)
        power = envelope(tracks, frequencies_hz, SAMPLE_RATE_HZ)[0]  # (frames, rows)
        loudest = power.max(axis=1, keepdims=True)
        audible = loudest >= power.max() * 10.0 ** (_FAINTEST_DB / 10.0)
        mask = audible & (power >= loudest * 10.0 ** (-_GROUND_TRUTH_RANGE_DB / 10.0))
        frames = np.floor(times_seconds * SAMPLE_RATE_HZ / HOP_SAMPLES).astype(np.int64)
        inside = (frames >= 0) & (frames < _NUM_FRAMES)
        return np.asarray(mask[np.clip(frames, 0, _NUM_FRAMES - 1)].T & inside, dtype=np.float32)

    def snr_db(self, index: int) -> float:
        """Level of a clip's speech while it lasts against its background noise."""
        return draw_snr_db(self._voices[self._cast[index][1]], self._generator(index, 2))

    def speech_seconds(self, index: int) -> float:
        """Length of a clip's speech, fillers included."""
        stops = self._utterance(index).stops
        return float(stops[-2] - stops[0]) * HOP_SAMPLES / SAMPLE_RATE_HZ

    def pitch_hz(self, index: int) -> NDArray[np.float64]:
        """Fundamental frequency of a clip, (frames,) of 8 ms; also where nothing is voiced."""
        return self._utterance(index).pitch_hz

    @cached_property
    def _cast(self) -> tuple[tuple[int, int], ...]:
        # Clip -> (label, speaker). Speakers take turns and begin their round of words at different
        # places.
        return tuple(
            (
                ((clip // self.num_speakers) + clip % self.num_speakers) % len(DIGITS),
                clip % self.num_speakers,
            )
            for clip in range(self.num_clips)
        )

    @cached_property
    def _voices(self) -> tuple[Voice, ...]:
        return draw_voices(self.num_speakers, self.group_bias, self.seed)

    def _utterance(self, clip: int) -> Utterance:
        label, speaker = self._cast[clip]
        return draw_utterance(
            DIGITS[label],
            self._voices[speaker],
            _NUM_FRAMES,
            HOP_SAMPLES / SAMPLE_RATE_HZ,
            self._generator(clip, 0),
        )

    def _generator(self, clip: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, _STREAM, clip, purpose])


def _band(value: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next(name for least, name in bands if value >= least)


def _coloured(white: NDArray[np.float64], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    # (clips, samples): spectra falling as 1/f**(colour/2) in amplitude, scaled to unit mean square.
    spectra = np.fft.rfft(white, axis=1)
    bins = np.maximum(np.arange(spectra.shape[1]), 8)  # below 8 Hz it stays level
    shaped = np.fft.irfft(
        spectra * bins[None, :] ** (-colours[:, None] / 2.0), n=white.shape[1], axis=1
    )
    return np.asarray(shaped / np.sqrt((shaped**2).mean(axis=1, keepdims=True)))
