"""Named changes of decoded clips: worse recordings, by severity; other voices saying the same.

Sounds that are no speech.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from pipelines.speech.perturbations.noises import (
    SNR_DB,
    add_babble,
    add_pink_noise,
    add_white_noise,
)
from pipelines.speech.perturbations.ood import (
    chords,
    reversed_speech,
    silence,
    tones,
    white_noise,
)
from pipelines.speech.perturbations.recorders import (
    ATTENUATIONS_DB,
    DISTORTION_RATIOS_DB,
    PACES,
    clip_peaks,
    play_faster,
    turn_down,
)
from pipelines.speech.perturbations.rooms import REVERBERATION_SECONDS, reverberate
from pipelines.speech.perturbations.telephony import (
    CUTOFFS_HZ,
    LOST_SHARES,
    TELEPHONES,
    call,
    limit_band,
    lose_packets,
)
from pipelines.speech.perturbations.voices import scale_vocal_tract, shift_pitch
from shared.contract import Perturbation, Rows

__all__ = ["build_perturbations"]

# about as far as one speaker's pitch wanders within a sentence; men and women are 10 to 12 apart
_SEMITONES = 4.0
_TRACT_SHARE = (
    0.10  # the formants of women and men differ by 15-17 % (Peterson & Barney 1952, table II)
)

_Strength = TypeVar("_Strength")
_Random = Callable[[NDArray[np.float64], _Strength, np.random.Generator], NDArray[np.float64]]
_Fixed = Callable[[NDArray[np.float64], _Strength], NDArray[np.float64]]
_Replacement = Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]]


def build_perturbations(config: SpeechConfig) -> Mapping[str, Perturbation]:
    """Corruptions, counterfactuals and OOD inputs of `waveform` (batch, samples) float32."""
    return {
        **_corruptions(config.data.sample_rate_hz),
        **_voices(config.data.sample_rate_hz),
        **_ood(config.data.sample_rate_hz),
    }


def _corruptions(rate_hz: int) -> dict[str, Perturbation]:
    return {**_noises(), **_rooms(rate_hz), **_lines(rate_hz), **_players()}


def _noises() -> dict[str, Perturbation]:
    below = f"is added {_listed(SNR_DB)} dB below the speech."
    return {
        "white_noise": _corruption(
            f"Noise that is equally loud at all frequencies {below}", SNR_DB, add_white_noise
        ),
        "pink_noise": _corruption(
            f"Noise that falls by 3 dB an octave, as of fans and traffic, {below}",
            SNR_DB,
            add_pink_noise,
        ),
        "babble": _corruption(
            f"The talk of five other people of the data, played backwards, {below}",
            SNR_DB,
            add_babble,
        ),
    }


def _rooms(rate_hz: int) -> dict[str, Perturbation]:
    return {
        "reverberation": _corruption(
            f"A room whose sound takes {_listed(REVERBERATION_SECONDS)} s to fall by 60 dB, the"
            " microphone half a metre away.",
            REVERBERATION_SECONDS,
            partial(reverberate, sample_rate_hz=rate_hz),
        ),
        "clipping": _corruption(
            f"The microphone overloads: the signal is {_listed(DISTORTION_RATIOS_DB)} dB above what"
            " is cut off.",
            DISTORTION_RATIOS_DB,
            _without_draws(clip_peaks),
        ),
    }


def _lines(rate_hz: int) -> dict[str, Perturbation]:
    telephones = _listed([item.name for item in TELEPHONES], "; ")
    shares = _listed([100.0 * share for share in LOST_SHARES])
    phone = _without_draws(partial(call, sample_rate_hz=rate_hz))
    muffle = _without_draws(partial(limit_band, sample_rate_hz=rate_hz))
    return {
        "telephone": _corruption(
            f"A telephone call (300 to 3400 Hz) by {telephones}.",
            TELEPHONES,
            phone,
        ),
        "packet_loss": _corruption(
            f"{shares} % of packets of 20 ms are lost, in bursts of two on average.",
            LOST_SHARES,
            partial(lose_packets, sample_rate_hz=rate_hz),
        ),
        "muffled": _corruption(
            f"Frequencies above {_listed(CUTOFFS_HZ)} Hz are lost.",
            CUTOFFS_HZ,
            muffle,
        ),
    }


def _players() -> dict[str, Perturbation]:
    return {
        "speed": _corruption(
            f"The recording is played {_listed(PACES)} times as fast.",
            PACES,
            _without_draws(play_faster),
        ),
        "quiet": _corruption(
            f"The recording is {_listed(ATTENUATIONS_DB)} dB quieter, in 16 bits.",
            ATTENUATIONS_DB,
            _without_draws(turn_down),
        ),
    }


def _voices(rate_hz: int) -> dict[str, Perturbation]:
    pitch = partial(shift_pitch, sample_rate_hz=rate_hz)
    tract = partial(scale_vocal_tract, sample_rate_hz=rate_hz)
    pitch_is = f"Pitch is {_SEMITONES:g} semitones"
    tract_is = f"The vocal tract is {100.0 * _TRACT_SHARE:g} %"
    shorter = 1.0 - _TRACT_SHARE
    longer = 1.0 + _TRACT_SHARE
    lower = -_SEMITONES
    return {
        "higher_pitch": _counterfactual(f"{pitch_is} higher; formants stay.", pitch, _SEMITONES),
        "lower_pitch": _counterfactual(f"{pitch_is} lower; formants stay.", pitch, lower),
        "shorter_vocal_tract": _counterfactual(
            f"{tract_is} shorter, formants lie higher; pitch stays.",
            tract,
            shorter,
        ),
        "longer_vocal_tract": _counterfactual(
            f"{tract_is} longer, formants lie lower; pitch stays.",
            tract,
            longer,
        ),
    }


def _ood(rate_hz: int) -> dict[str, Perturbation]:
    return {
        "music": _replacement(
            "Chords, struck every half second.", partial(chords, sample_rate_hz=rate_hz)
        ),
        "tone": _replacement("A steady beep.", partial(tones, sample_rate_hz=rate_hz)),
        "noise_only": _replacement("White noise and nothing else.", white_noise),
        "silence": _replacement("An open line on which nobody speaks.", silence),
        "reversed_speech": _replacement("The recording played backwards.", reversed_speech),
    }


def _corruption(
    describe: str, strengths: Sequence[_Strength], change: _Random[_Strength]
) -> Perturbation:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        return _row(change(_samples(rows), strengths[severity - 1], generator))

    return Perturbation("corruption", describe, tuple(range(1, len(strengths) + 1)), apply)


def _without_draws(change: _Fixed[_Strength]) -> _Random[_Strength]:
    return lambda waveforms, strength, _generator: change(waveforms, strength)


def _counterfactual(describe: str, change: _Fixed[float], amount: float) -> Perturbation:
    return Perturbation(
        "counterfactual",
        describe,
        (1,),
        lambda rows, _severity, _generator: _row(change(_samples(rows), amount)),
    )


def _replacement(describe: str, change: _Replacement) -> Perturbation:
    return Perturbation(
        "ood",
        describe,
        (1,),
        lambda rows, _severity, generator: _row(change(_samples(rows), generator)),
    )


def _samples(rows: Rows) -> NDArray[np.float64]:
    return np.asarray(rows["waveform"], dtype=np.float64)


def _row(waveforms: NDArray[np.float64]) -> Rows:
    return {"waveform": waveforms.astype(np.float32)}


def _listed(values: Sequence[float | str], separator: str = ", ") -> str:
    *first, last = (value if isinstance(value, str) else f"{value:g}" for value in values)
    return f"{separator.join(first)} and {last}"
