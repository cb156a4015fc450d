"""Group attributes of recordings.

What is known of their speakers, and what their sound tells, in bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.speech.config import SpeechDataConfig
from pipelines.speech.reading.measurements import Measurements
from shared.contract import UNKNOWN

__all__ = [
    "PITCH",
    "SIGNAL_TO_NOISE",
    "SPEECH_DURATION",
    "estimated_conditions",
    "group_notes",
    "group_table",
]

SIGNAL_TO_NOISE = "signal-to-noise ratio (estimate)"
SPEECH_DURATION = "speech duration (estimate)"
PITCH = "pitch band (estimate)"

_SNR_NOTE = (
    f"{SIGNAL_TO_NOISE!r} is measured from the sound, not recorded. On generated speech of known"
    " ratio, half of the estimates err by at most 1.1 dB and nine in ten by less than 3 dB between"
    " 0 and 25 dB; below 0 dB they read about 4 dB too high."
)
_DURATION_NOTE = (
    f"{SPEECH_DURATION!r} is the time from the first to the last sound that stands out of the"
    " noise. On generated speech, half of the estimates err by less than 0.03 s above 5 dB of"
    " signal-to-noise ratio; below 0 dB they say little."
)
_PITCH_NOTE = (
    f"{PITCH!r} is the median fundamental frequency of all of a speaker's recordings, measured from"
    " the sound. It is not the speaker's sex or age, although it goes with both."
)
_FEW_SPEAKERS = 10
_MOST_SHOWN = 8


def group_table(
    table: pd.DataFrame, measurements: Sequence[Measurements], data: SpeechDataConfig
) -> pd.DataFrame:
    """Group attributes, one row a recording.

    Those of the speakers, the configured columns, and bands of what was measured.

    Args:
        table: As `Listing.table`, readable recordings only.
        measurements: One a row.
        data: Which columns, which attributes of speakers, and where bands end.
    """
    attributes = sorted({name for values in data.speaker_groups.values() for name in values})
    columns = {
        name: [
            data.speaker_groups.get(speaker, {}).get(name, UNKNOWN) or UNKNOWN
            for speaker in table["speaker"]
        ]
        for name in attributes
    }
    columns |= {name: table[f"group:{name}"].tolist() for name in data.group_columns}
    if data.pitch_edges_hz:
        pitches_hz = _of_speaker(
            pd.Series([item.pitch_hz for item in measurements], dtype=float), table["speaker"]
        )
        columns[PITCH] = _bands(pitches_hz, data.pitch_edges_hz, "Hz")
    if data.snr_edges_db:
        columns[SIGNAL_TO_NOISE] = _bands(
            [item.snr_db for item in measurements], data.snr_edges_db, "dB"
        )
    if data.speech_edges_seconds:
        columns[SPEECH_DURATION] = _bands(
            [item.speech_seconds for item in measurements], data.speech_edges_seconds, "s"
        )
    return pd.DataFrame(columns, index=range(len(table)), dtype=str)


def estimated_conditions(data: SpeechDataConfig) -> tuple[str, ...]:
    """Which of the attributes describe circumstances instead of people."""
    return (
        *([SIGNAL_TO_NOISE] if data.snr_edges_db else []),
        *([SPEECH_DURATION] if data.speech_edges_seconds else []),
    )


def group_notes(
    groups: pd.DataFrame, speakers: NDArray[np.str_], data: SpeechDataConfig
) -> tuple[str, ...]:
    """What the report must say about the attributes.

    Which are estimates and how good, and which groups are only a few people.

    Args:
        groups: As `group_table` returns.
        speakers: (n,) str, `UNKNOWN` where not given.
        data: Which attributes are estimated.
    """
    estimates = (
        (PITCH, _PITCH_NOTE),
        (SIGNAL_TO_NOISE, _SNR_NOTE),
        (SPEECH_DURATION, _DURATION_NOTE),
    )
    notes = tuple(note for name, note in estimates if name in groups)
    conditions = {*estimated_conditions(data), *data.conditions}
    return notes + tuple(
        note
        for name in map(str, groups.columns)
        if name not in conditions and (note := _few_speakers(name, groups[name], speakers))
    )


def _few_speakers(name: str, column: pd.Series, speakers: NDArray[np.str_]) -> str:
    """A warning where a group of people is a handful.

    Empty where all are many, or where the attribute is the speakers' names.
    """
    values = column.to_numpy(dtype=np.str_)
    known = (speakers != UNKNOWN) & (values != UNKNOWN)
    counts = pd.Series(speakers[known]).groupby(values[known]).nunique()
    few = counts[counts < _FEW_SPEAKERS].sort_values(kind="stable")
    if few.empty or (values[known] == speakers[known]).all():
        return ""
    shown = ", ".join(f"{group} ({count})" for group, count in few.head(_MOST_SHOWN).items())
    rest = f" and {len(few) - _MOST_SHOWN} more" if len(few) > _MOST_SHOWN else ""
    return (
        f"Groups of {name!r} of fewer than {_FEW_SPEAKERS} speakers: {shown}{rest}. What is found"
        " there is about these persons only."
    )


def _of_speaker(values: pd.Series, speakers: pd.Series) -> list[float]:
    """The median of each recording's speaker; the recording's own value where none is known."""
    own = speakers.reset_index(drop=True).where(
        speakers.reset_index(drop=True) != UNKNOWN, [f"\0{row}" for row in range(len(speakers))]
    )
    return values.groupby(own).transform("median").tolist()


def _bands(values: Sequence[float], edges: Sequence[float], unit: str) -> list[str]:
    names = [
        f"under {edges[0]:g} {unit}",
        *(f"{low:g} to {high:g} {unit}" for low, high in pairwise(edges)),
    ]
    names.append(f"{edges[-1]:g} {unit} and more")
    places = np.searchsorted(np.asarray(edges), np.asarray(values, dtype=np.float64), side="right")
    return [
        UNKNOWN if np.isnan(value) else names[place]
        for value, place in zip(values, places, strict=True)
    ]
