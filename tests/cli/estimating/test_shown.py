from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest
from rich.console import Console

from cli.estimating import shown
from cli.estimating.machine import Machine
from pipelines import get_pipeline, presets_folder
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.errors import ConfigError


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setattr(shown, "read_machine", lambda: Machine(16_384, 2, 1.0))
    return Console(file=io.StringIO(), width=100)


def _said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _config(tmp_path: Path, num_rows: int, name: str = "sentiment") -> RunConfig:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "good film,a\n" * num_rows)
    config_type = get_pipeline(name).config_type
    return resolve_config(config_type, presets_folder(name), "default", [], str(path))


def test_a_long_run_says_first_what_it_will_cost(tmp_path: Path, console: Console) -> None:
    shown.announce_cost(console, "sentiment", _config(tmp_path, 100_000))
    assert re.match(
        r"About 100,001 texts: \d+ min, 1\.\d GiB of memory \(evaluate\) and 332 MiB of disk",
        _said(console),
    )
    source = shlex.quote(str(tmp_path / "rows.csv"))
    assert f"inspect {source} --pipeline sentiment --estimate" in _said(console)


@pytest.mark.parametrize("source", ["demo", "few"])
def test_a_short_run_says_nothing(tmp_path: Path, console: Console, source: str) -> None:
    config = _config(tmp_path, 200)
    if source == "demo":
        config = config.model_copy(
            update={"data": config.data.model_copy(update={"source": "demo"})}
        )
    shown.announce_cost(console, "sentiment", config)
    assert _said(console) == ""


def test_what_can_not_fit_is_refused_before_work_starts(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "read_machine", lambda: Machine(500, 2, 1.0))
    with pytest.raises(ConfigError, match=r"do not fit: the stage .* Way out: a sample"):
        shown.announce_cost(console, "sentiment", _config(tmp_path, 100_000))


def test_stages_are_listed_and_a_pipeline_without_figures_is_told(
    tmp_path: Path, console: Console
) -> None:
    shown.print_estimate(console, "sentiment", _config(tmp_path, 100_000))
    assert all(stage in _said(console) for stage in ("data", "train", "fairness", "all"))
    shown.print_estimate(console, "tabular", _config(tmp_path, 10, "tabular"))
    assert "no figures of tabular" in _said(console)
