"""What is said and how: the timetable of one clip, and the tracks that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from data.formant_digits.phones import FILLERS, PHONES, WORDS, Phone
from data.formant_digits.synthesis import Tracks
from data.formant_digits.voices import Voice

__all__ = ["Utterance", "build_tracks", "draw_snr_db", "draw_utterance"]

_REST = Phone((500, 1450, 2450))
_FILLER_LOUDNESS = 0.8
# Standard deviation, in log Hz, of each formant target from one utterance to the next.
_CARELESSNESS = 0.08
_FORMANT_GLIDE_FRAMES = 6  # 48 ms
_AMPLITUDE_GLIDE_FRAMES = 2  # 16 ms, so that the burst of a stop survives
_FOURTH_FORMANT_HZ = 3500.0  # of a long tract; it hardly moves with the phone


@dataclass(frozen=True)
class Utterance:
    """The timetable of one clip.

    Attributes:
        phones: Sounds in order, silence included.
        stops: (phones,) int64: the frame at which each ends; the last is the length of the clip.
        formants_hz: (phones, 3) float64 in the speaker's voice.
        loudness: (phones,) float64 factor on amplitudes.
        in_word: (phones,) bool: belongs to the word, not to a filler or silence.
        pitch_hz: (frames,) float64.
        tilt_db: Of the voice.
        noise_colour: Slope of the background noise's spectrum: 0 white, 1 pink.
        level_db: RMS of the clip against full scale.
    """

    phones: tuple[Phone, ...]
    stops: NDArray[np.int64]
    formants_hz: NDArray[np.float64]
    loudness: NDArray[np.float64]
    in_word: NDArray[np.bool_]
    pitch_hz: NDArray[np.float64]
    tilt_db: float
    noise_colour: float
    level_db: float


def draw_snr_db(voice: Voice, generator: np.random.Generator) -> float:
    """Level of the speech against the background noise of one clip."""
    return float(generator.uniform(-6.0, 24.0)) - voice.snr_penalty_db


def draw_utterance(
    word: str, voice: Voice, num_frames: int, frame_seconds: float, generator: np.random.Generator
) -> Utterance:
    """Draw fillers, lengths, place in the clip, pitch movement, noise and level of one clip.

    Args:
        word: Key of `WORDS`.
        voice: The speaker.
        num_frames: Length of the clip.
        frame_seconds: Length of a frame.
        generator: Of this clip alone.
    """
    before, after = (FILLERS[int(generator.integers(len(FILLERS)))] for _ in range(2))
    spoken = WORDS[word]
    names = (*before, *spoken, *after)
    in_word = np.repeat([False, True, False], [len(before), len(spoken), len(after)])
    usual_seconds = np.array([PHONES[name].seconds for name in names])
    seconds = usual_seconds * voice.pace * np.exp(generator.normal(0.0, 0.15, len(names)))
    frames = _fitted(np.round(seconds / frame_seconds).astype(np.int64), num_frames - 4)
    lead = int(generator.integers(2, num_frames - int(frames.sum()) - 1))
    phones = (_REST, *(PHONES[name] for name in names), _REST)
    formants_hz = _draw_formants_hz(voice, phones, generator)
    stops = np.cumsum([lead, *frames])
    loudness = np.where(in_word, 1.0, _FILLER_LOUDNESS)
    pitch_hz = _pitch_hz(voice, stops[0], stops[-1], num_frames, generator)
    noise_colour = float(generator.uniform(0.0, 1.0))
    level_db = float(generator.uniform(-36.0, -20.0))
    return Utterance(
        phones=phones,
        stops=np.append(stops, num_frames),
        formants_hz=formants_hz,
        loudness=np.concatenate([[0.0], loudness, [0.0]]),
        in_word=np.concatenate([[False], in_word, [False]]),
        pitch_hz=pitch_hz,
        tilt_db=voice.tilt_db,
        noise_colour=noise_colour,
        level_db=level_db,
    )


def build_tracks(utterances: Sequence[Utterance], *, word_only: bool = False) -> Tracks:
    """Turn timetables into gliding tracks.

    Args:
        utterances: Of equal length.
        word_only: Silence everything but the word.
    """
    rows = [_targets(item, word_only)[_phone_of_frame(item)] for item in utterances]
    values = np.stack(rows)  # (clips, frames, 3 formants + voicing + noise + its centre and width)
    formants_hz = uniform_filter1d(values[:, :, :3], _FORMANT_GLIDE_FRAMES, axis=1, mode="nearest")
    amplitudes = uniform_filter1d(
        values[:, :, 3:5], _AMPLITUDE_GLIDE_FRAMES, axis=1, mode="nearest"
    )
    fourth_hz = np.full((*formants_hz.shape[:2], 1), _FOURTH_FORMANT_HZ)
    tilt_db = np.array([item.tilt_db for item in utterances])
    return Tracks(
        formants_hz=np.concatenate([formants_hz, fourth_hz], axis=2),
        voicing=amplitudes[:, :, 0],
        tilt_db=tilt_db,
        noise=amplitudes[:, :, 1],
        noise_hz=values[:, :, 5],
        noise_width_hz=values[:, :, 6],
    )


def _phone_of_frame(item: Utterance) -> NDArray[np.int64]:
    """(frames,) int64: the place of the phone that each frame belongs to."""
    frames = np.arange(item.stops[-1])
    return np.searchsorted(item.stops, frames, side="right").astype(np.int64)


def _targets(item: Utterance, word_only: bool) -> NDArray[np.float64]:
    loudness = np.where(item.in_word, item.loudness, 0.0) if word_only else item.loudness
    sources = np.array([[phone.voicing, phone.noise] for phone in item.phones]) * loudness[:, None]
    bands = np.array([[phone.noise_hz, phone.noise_width_hz] for phone in item.phones])
    return np.concatenate([item.formants_hz, sources, bands], axis=1)  # (phones, 7)


def _draw_formants_hz(
    voice: Voice, phones: Sequence[Phone], generator: np.random.Generator
) -> NDArray[np.float64]:
    """(phones, 3): what this voice aims at, missed a little."""
    intended_hz = np.stack([voice.formants_hz(phone) for phone in phones])
    return intended_hz * np.exp(generator.normal(0.0, _CARELESSNESS, (len(phones), 3)))


def _fitted(frames: NDArray[np.int64], longest: int) -> NDArray[np.int64]:
    # Every phone is heard. A slow speaker with two fillers may need more than the clip: everything
    # is then said faster.
    frames = np.maximum(1, frames)
    while frames.sum() > longest:
        frames = np.maximum(1, frames * longest // int(frames.sum() + len(frames)))
    return frames


def _pitch_hz(
    voice: Voice, start: int, stop: int, num_frames: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    # Falls over the utterance, by an amount that says nothing about the word, and trembles a
    # little.
    course = np.clip((np.arange(num_frames) - start) / max(1, stop - start), 0.0, 1.0)
    fall = generator.uniform(0.0, 0.3)
    tremble = uniform_filter1d(generator.normal(0.0, 0.03, num_frames), 5)
    return np.asarray(voice.pitch_hz * np.exp(fall * (0.5 - course) + tremble))
