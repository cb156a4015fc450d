from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.speech.perturbations.catalogue import build_perturbations
from tests.pipelines.speech.sounds import configure, tone
from tests.pipelines.speech.vowels import formants_hz, pitch_hz, vowel

_PERTURBATIONS = build_perturbations(configure())
_CLIPS = np.zeros((2, 8000), dtype=np.float32)
_CLIPS[:, 2000:6000] = tone([300.0, 2500.0], 0.5)


def _changed(name: str, severity: int, clips: NDArray[np.float32] = _CLIPS) -> NDArray[np.float32]:
    return _PERTURBATIONS[name].apply({"waveform": clips}, severity, np.random.default_rng(0))[
        "waveform"
    ]


@pytest.mark.parametrize("name", _PERTURBATIONS)
def test_shape_and_dtype_are_kept_and_silence_stays_finite(name: str) -> None:
    for severity in (_PERTURBATIONS[name].severities[0], _PERTURBATIONS[name].severities[-1]):
        for clips in (_CLIPS, np.zeros_like(_CLIPS), _CLIPS[:1]):
            changed = _changed(name, severity, clips)
            assert (changed.shape, changed.dtype) == (clips.shape, clips.dtype)
            assert np.isfinite(changed).all()


@pytest.mark.parametrize(
    "name",
    [name for name, perturbation in _PERTURBATIONS.items() if perturbation.kind == "corruption"],
)
def test_a_corruption_has_five_severities_and_no_two_are_alike(name: str) -> None:
    assert _PERTURBATIONS[name].severities == (1, 2, 3, 4, 5)
    many = np.repeat(_CLIPS, 20, axis=0)
    changed = [_changed(name, severity, many) for severity in (1, 2, 3, 4, 5)]
    assert not any(
        np.allclose(first, second, atol=1e-6) for first, second in pairwise([many, *changed])
    )


def test_a_description_states_the_strengths_with_their_unit() -> None:
    assert _PERTURBATIONS["white_noise"].describe.endswith(
        "is added 20, 15, 10, 5 and 0 dB below the speech."
    )
    assert "2, 5, 10, 20 and 30 % of packets" in _PERTURBATIONS["packet_loss"].describe


def test_what_is_said_about_pitch_and_tract_is_done_and_not_its_opposite() -> None:
    said = vowel(150.0, (530.0, 1680.0, 2500.0)).astype(np.float32)
    other = {
        name: _changed(name, 1, said)[0].astype(np.float64)
        for name, perturbation in _PERTURBATIONS.items()
        if perturbation.kind == "counterfactual"
    }
    assert pitch_hz(other["lower_pitch"]) < 130.0 < 170.0 < pitch_hz(other["higher_pitch"])
    second = {name: formants_hz(clip)[1] for name, clip in other.items() if "tract" in name}
    assert second["longer_vocal_tract"] < 1600.0 < 1760.0 < second["shorter_vocal_tract"]
