from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipelines.speech.reading.attributes import (
    PITCH,
    SIGNAL_TO_NOISE,
    SPEECH_DURATION,
    estimated_conditions,
    group_notes,
    group_table,
)
from pipelines.speech.reading.measurements import Measurements
from tests.pipelines.speech.sounds import configure

_DATA = configure().data


def _groups(
    measurements: Sequence[Measurements], speakers: Sequence[str], *assignments: str
) -> pd.DataFrame:
    return group_table(
        pd.DataFrame({"speaker": speakers}), measurements, configure(*assignments).data
    )


def _sounding(
    *, snr_db: float = 20.0, seconds: float = 0.4, pitch_hz: float = 120.0
) -> Measurements:
    return Measurements(snr_db, seconds, pitch_hz)


def test_bands_are_named_by_their_edges_and_an_edge_belongs_to_the_band_above() -> None:
    found = _groups([_sounding(snr_db=value) for value in (9.99, 10.0, 29.0, 30.0)], ["ann"] * 4)
    assert found[SIGNAL_TO_NOISE].tolist() == [
        "under 10 dB",
        "10 to 20 dB",
        "20 to 30 dB",
        "30 dB and more",
    ]


def test_what_could_not_be_measured_is_unknown() -> None:
    found = _groups([Measurements(math.nan, math.nan, math.nan)], ["ann"])
    assert found.iloc[0].tolist() == ["unknown", "unknown", "unknown"]


def test_pitch_is_that_of_the_speaker_and_not_of_the_recording() -> None:
    found = _groups(
        [_sounding(pitch_hz=value) for value in (100.0, 110.0, 300.0, 200.0)],
        ["ann", "ann", "ann", "bob"],
    )
    assert found[PITCH].tolist() == ["under 130 Hz"] * 3 + ["165 Hz and more"]


def test_unknown_speakers_are_not_taken_for_one_person() -> None:
    found = _groups([_sounding(pitch_hz=100.0), _sounding(pitch_hz=200.0)], ["unknown", "unknown"])
    assert found[PITCH].tolist() == ["under 130 Hz", "165 Hz and more"]


def test_noise_and_length_are_conditions_and_pitch_is_a_persons() -> None:
    assert estimated_conditions(_DATA) == (SIGNAL_TO_NOISE, SPEECH_DURATION)


def test_an_attribute_without_edges_is_not_estimated() -> None:
    data = configure("data.snr_edges_db=[]", "data.pitch_edges_hz=[]").data
    assert list(group_table(pd.DataFrame({"speaker": ["ann"]}), [_sounding()], data)) == [
        SPEECH_DURATION
    ]
    assert estimated_conditions(data) == (SPEECH_DURATION,)
    assert (
        len(
            group_notes(
                pd.DataFrame({SPEECH_DURATION: ["x"] * 20}),
                np.array([f"s{i}" for i in range(20)]),
                data,
            )
        )
        == 1
    )


def test_groups_of_few_speakers_are_named_with_their_number() -> None:
    accents = pd.DataFrame({"accent": ["Welsh", "Welsh", "Scottish", "unknown"]})
    (note,) = group_notes(accents, np.array(["ann", "bob", "cay", "dee"]), _DATA)
    assert (
        note
        == "Groups of 'accent' of fewer than 10 speakers: Scottish (1), Welsh (2). What is found"
        " there is about these persons only."
    )


def test_recordings_are_not_counted_as_speakers() -> None:
    (note,) = group_notes(pd.DataFrame({"accent": ["Welsh"] * 50}), np.array(["ann"] * 50), _DATA)
    assert "Welsh (1)" in note


def test_nothing_is_said_of_large_groups_nor_of_the_speakers_own_names() -> None:
    speakers = np.array([f"s{number}" for number in range(20)])
    assert (
        group_notes(
            pd.DataFrame({"accent": ["Welsh"] * 10 + ["Scottish"] * 10, "speaker": speakers}),
            speakers,
            _DATA,
        )
        == ()
    )


def test_many_small_groups_are_not_all_listed() -> None:
    towns = pd.DataFrame({"town": [f"town {number:02d}" for number in range(12)]})
    (note,) = group_notes(towns, np.array([f"s{number}" for number in range(12)]), _DATA)
    assert "town 07 (1) and 4 more." in note
