"""Exported runs, made once for all tests of serving."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.serving.export import export_stage
from tests.shared.serving.tiny.forecasts import forecast_context
from tests.shared.serving.tiny.signals import signal_bytes, signal_context

__all__ = ["NUM_GOOD"]


NUM_GOOD = 5


@pytest.fixture
def signals(tmp_path: Path) -> Path:
    """A folder with one empty file, one file of a wrong length, and good ones."""
    folder = tmp_path / "signals"
    folder.mkdir()
    for index, content in enumerate(signal_bytes(NUM_GOOD)):
        (folder / f"{index}.raw").write_bytes(content)
    (folder / "1-empty.raw").write_bytes(b"")
    (folder / "3-truncated.raw").write_bytes(b"\x00" * 8)
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    """Of signals."""
    context = signal_context(tmp_path_factory.mktemp("signals"))
    export_stage(context)
    return context


@pytest.fixture(scope="session")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    """Of windows."""
    context = forecast_context(tmp_path_factory.mktemp("loads"))
    export_stage(context)
    return context


@pytest.fixture
def exported_copy(exported: StageContext, tmp_path: Path) -> StageContext:
    """To be changed."""
    run = RunDirectory(tmp_path / "copy")
    shutil.copytree(exported.run.path, run.path)
    return replace(exported, run=run)


@pytest.fixture
def exported_alone(exported: StageContext) -> StageContext:
    """Without the data that it was trained on, as whoever scores with it has it."""
    return replace(exported, splits=_no_splits)


@pytest.fixture
def forecast_alone(forecast: StageContext) -> StageContext:
    """Likewise."""
    return replace(forecast, splits=_no_splits)


def _no_splits() -> Any:
    raise AssertionError("scoring must not load the data that the run was trained on")
