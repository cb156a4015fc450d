from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.config import DataConfig, RunConfig
from shared.config.sources import resolve_config
from shared.errors import ConfigError


@pytest.mark.parametrize("setting", [{"manual_dir": "files"}, {"require_official": True}])
def test_settings_of_public_datasets_are_refused_with_other_sources(
    setting: dict[str, object],
) -> None:
    with pytest.raises(
        ValueError,
        match=(
            r"data\.(manual_dir|require_official) is for public datasets: data\.source must begin"
            r" with tfds:"
        ),
    ):
        DataConfig.model_validate({"source": "recordings/", **setting})


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "unicode_escape", "klingon", "a\0b"])
def test_an_encoding_of_no_file_is_a_message(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.yaml").touch()
    with pytest.raises(ConfigError, match=r"data\.encoding: must be an encoding of files"):
        resolve_config(
            RunConfig, tmp_path, "a", [f'data.encoding="{encoding}"'.replace("\0", "\\0")]
        )


@pytest.mark.parametrize("separator", ["a", '"', "\n", "§"])
def test_a_separator_that_does_not_separate_is_a_message(tmp_path: Path, separator: str) -> None:
    (tmp_path / "a.yaml").touch()
    with pytest.raises(
        ConfigError,
        match=r"data\.separator: must be a character that stands between fields",
    ):
        resolve_config(RunConfig, tmp_path, "a", [f"data.separator={json.dumps(separator)}"])


@pytest.mark.parametrize("value", ["\x1b[31mred", "a\u202eb", "\ufffe"])
def test_a_setting_that_cannot_be_shown_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="holds a control character") as caught:
        DataConfig(ordered_classes=("a", value))
    assert r"'\x1b" in str(caught.value) or r"\u" in str(caught.value)
