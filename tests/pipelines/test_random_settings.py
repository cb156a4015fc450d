"""Whatever is given for a setting, of any pipeline: taken, or refused in words."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import NAMES, get_pipeline, presets_folder
from shared.config.setting_text import write_setting
from shared.config.sources import resolve_config
from shared.errors import ConfigError

_texts = st.one_of(st.text(max_size=12), st.text("%YmdHs()[]{}\\*+?^$|.-0/'\"", max_size=8))
_values = st.one_of(_texts, st.none(), st.integers(), st.floats(), st.lists(_texts, max_size=2))


def _settings(name: str) -> list[str]:
    preset = resolve_config(get_pipeline(name).config_type, presets_folder(name), "smoke")
    tree = preset.model_dump(mode="json")
    sections = {key: value for key, value in tree.items() if isinstance(value, dict)}
    return [f"{key}.{field}" for key, section in sections.items() for field in section]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_setting_is_taken_or_refused_in_words(name: str, data: Any) -> None:
    key = data.draw(st.sampled_from(_settings(name)))
    text = data.draw(st.one_of(_texts, _values.map(_written)))

    with contextlib.suppress(ConfigError):
        resolve_config(
            get_pipeline(name).config_type, presets_folder(name), "smoke", [f"{key}={text}"]
        )


def _written(value: Any) -> str:
    return str(value) if isinstance(value, float) else write_setting(value)
