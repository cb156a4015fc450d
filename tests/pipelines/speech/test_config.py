from __future__ import annotations

import pytest

from shared.errors import ConfigError
from tests.pipelines.speech.sounds import PRESETS, configure


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid(preset: str) -> None:
    assert configure(preset=preset).preset == preset


def test_a_split_by_time_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.split=temporal is for series"):
        configure("data.split=temporal")


def test_a_pattern_that_is_no_expression_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"data.filename_pattern.*not a regular expression"):
        configure("data.filename_pattern='(?P<label>'")


def test_a_pattern_without_label_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"needs the named group \(\?P<label>"):
        configure("data.filename_pattern='(?P<speaker>[a-z]+)'")


def test_one_part_pattern_alone_is_refused() -> None:
    with pytest.raises(ConfigError, match="belong together"):
        configure("data.test_pattern=_0")


def test_repeated_classes_are_refused() -> None:
    with pytest.raises(ConfigError, match="'yes' appears twice"):
        configure("data.classes=['yes', 'no', 'yes']")


def test_frames_must_overlap() -> None:
    with pytest.raises(ConfigError, match=r"hop_seconds must not exceed front_end\.frame_seconds"):
        configure("front_end.hop_seconds=0.04", "front_end.frame_seconds=0.02")


def test_edges_of_bands_must_rise() -> None:
    with pytest.raises(ConfigError, match=r"edges of bands must rise, received \[15\.0, 5\.0\]"):
        configure("data.snr_edges_db=[15, 5]")
