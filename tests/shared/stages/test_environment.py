from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import shared.stages.environment
from shared.config import RunConfig
from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.environment import resolve_stage
from tests.contract.toy import PIPELINE


class _Later(datetime):
    """A clock that stands at another day."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls(2199, 1, 31, tzinfo=tz)


def test_a_run_remembers_the_day_it_began_until_its_configuration_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDirectory(tmp_path)

    def begun(preset: str) -> str:
        config = RunConfig(pipeline="toy", preset=preset)
        resolve_stage(StageContext(PIPELINE, config, run, SilentProgress(), _no_splits))
        return EnvironmentRecord.read(run).begun

    first = begun("smoke")
    monkeypatch.setattr(shared.stages.environment, "datetime", _Later)
    assert begun("smoke") == first
    assert begun("default") == "2199-01-31"
    (tmp_path / "environment.json").write_text('{"schema_version": 1}')
    assert begun("default") == "2199-01-31"


def _no_splits() -> Any:
    raise AssertionError("resolving must not load data")
