"""The pipelines of this repository, and what a notebook does with them.

    import pipelines
    run = pipelines.run("sentiment", data="reviews.csv", train={"epochs": 3})
    run = pipelines.open_run("runs/sentiment/latest")

Importing it loads no TensorFlow; `docs/notebook.md` shows the rest.
"""

from __future__ import annotations

import difflib
import importlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import ConfigError, UserError

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.directory import RunDirectory
    from shared.session.opened_run import OpenedRun
    from shared.stages.runner import StageDisplay

__all__ = ["NAMES", "folder_name", "get_pipeline", "open_run", "owner", "presets_folder", "run"]

NAMES: dict[str, str] = {
    "medical_imaging": "pipelines.medical_imaging",
    "sentiment": "pipelines.sentiment",
    "speech": "pipelines.speech",
    "tabular": "pipelines.tabular",
    "time_series": "pipelines.time_series",
}
"""A new pipeline is one folder and one line here."""


def folder_name(name: str) -> str:
    """A pipeline's name as its folder has it; hyphens count as underscores.

    Raises:
        ConfigError: There is no such pipeline.
    """
    folder = name.replace("-", "_")
    if folder not in NAMES:
        close = difflib.get_close_matches(folder, NAMES, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ConfigError(f"There is no pipeline {name!r}.{hint} Pipelines: {', '.join(NAMES)}.")
    return folder


def get_pipeline(name: str) -> Pipeline:
    """Import the record of one pipeline.

    Raises:
        ConfigError: There is no such pipeline.
    """
    pipeline: Pipeline = importlib.import_module(NAMES[folder_name(name)]).PIPELINE
    return pipeline


def owner(directory: RunDirectory) -> str:
    """The name of the pipeline that a run is of.

    Raises:
        ConfigError: There is no run, or it is none of ours.
    """
    from shared.session.run_folder import require_run

    require_run(directory)
    name = directory.read_json("config.json", maker="resolve").get("pipeline")
    if name not in NAMES:
        raise ConfigError(
            f"{directory.path / 'config.json'} names the pipeline {name!r}, which is none of"
            f" {', '.join(NAMES)}."
        )
    return str(name)


def presets_folder(name: str) -> Path:
    """The folder of a pipeline's preset files."""
    return Path(__file__).parent / name.replace("-", "_") / "presets"


def run(
    name: str,
    *,
    data: str | Path | None = None,
    preset: str | None = None,
    run_dir: str | Path | None = None,
    stages: Sequence[str] | None = None,
    resume: bool = False,
    display: StageDisplay | None = None,
    **settings: Any,
) -> OpenedRun:
    """Run a pipeline as `python -m pipelines run` does, and open the run.

    Args:
        name: Of the pipeline.
        data: A path to your files, `tfds:<dataset>` or `demo`; None for the preset's.
        preset: None for `default`.
        run_dir: Where the run lives; None for a new folder below `runs/`.
        stages: Only these; None for all.
        resume: Skip what is up to date.
        display: Who shows progress; None for silence.
        settings: A section each: `train={"epochs": 3}`; or `**{"data.text_column": "body"}`.

    Raises:
        UserError: What the command would say before it ends with exit code 2.
    """
    from shared.session.assignments import as_assignments
    from shared.session.beginning import begin_run, configure_run
    from shared.session.run_folder import new_run_directory

    pipeline = get_pipeline(name)
    config = configure_run(
        pipeline,
        presets_folder(pipeline.name),
        preset=preset,
        data=None if data is None else str(data),
        assignments=as_assignments(settings),
        run_dir=None if run_dir is None else Path(run_dir),
    )
    directory = new_run_directory(pipeline.name, config.preset) if run_dir is None else run_dir
    begin_run(pipeline, config, Path(directory), stages=stages, resume=resume, display=display)
    _list_run(Path(directory))
    return open_run(directory)


def _list_run(directory: Path) -> None:
    from shared.session.runs_page import refresh_runs_page

    try:
        refresh_runs_page(directory)
    except UserError as error:  # the run itself is whole
        warnings.warn(str(error), stacklevel=3)


def open_run(path: str | Path) -> OpenedRun:
    """Open a run that was made before.

    Args:
        path: Its folder, such as `runs/speech/latest`.

    Raises:
        UserError: There is no run, or it is of no pipeline of ours.
    """
    from shared.run.directory import RunDirectory
    from shared.session.beginning import configure_run
    from shared.session.opened_run import OpenedRun

    directory = RunDirectory(Path(path))
    pipeline = get_pipeline(owner(directory))

    def configure(assignments: Sequence[str]) -> RunConfig:
        return configure_run(
            pipeline,
            presets_folder(pipeline.name),
            assignments=assignments,
            run_dir=directory.path,
        )

    return OpenedRun(directory, pipeline, configure)
