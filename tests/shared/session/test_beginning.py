from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import get_pipeline, presets_folder
from shared.config import RunConfig
from shared.errors import ConfigError
from shared.session.beginning import begin_run, configure_run


def _configure(**options: object) -> RunConfig:
    return configure_run(get_pipeline("tabular"), presets_folder("tabular"), **options)  # type: ignore[arg-type] # any option


def test_a_run_directory_keeps_its_configuration(tmp_path: Path) -> None:
    made = _configure(preset="smoke", assignments=["train.epochs=7"])
    named = made.model_copy(update={"pipeline": "tabular"})
    (tmp_path / "config.json").write_text(named.to_json(), encoding="utf-8")
    assert _configure(run_dir=tmp_path).train.epochs == 7
    assert _configure(run_dir=tmp_path, preset="default").preset == "default"
    with pytest.raises(ConfigError, match="no_such"):
        _configure(run_dir=tmp_path, assignments=["train.no_such=1"])


def test_stages_run_in_the_folder_that_is_named(tmp_path: Path) -> None:
    config = _configure(preset="smoke")
    run = begin_run(get_pipeline("tabular"), config, tmp_path / "one", stages=["resolve"])
    assert run is not None
    assert run.has("config.json")
    assert not (tmp_path / "latest").exists()
