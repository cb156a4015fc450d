"""What several commands ask for, and the run and the configuration that follow from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import NAMES, presets_folder
from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.directory import RunDirectory

__all__ = [
    "RUNS",
    "Assignments",
    "Data",
    "FinishedRun",
    "Name",
    "Preset",
    "Resume",
    "RunDir",
    "Stages",
    "configure",
    "new_run_directory",
    "owner",
    "point_latest_to",
    "refuse_late_settings",
    "split_names",
]

RUNS = Path("runs")

Name = Annotated[str, typer.Argument(help=f"One of: {', '.join(NAMES)}.", metavar="NAME")]
FinishedRun = Annotated[
    Path, typer.Argument(help="A finished run, for example runs/speech/latest.", metavar="RUN_DIR")
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="Name of one in pipelines/NAME/presets, or the path of a .yaml file. Default: default."
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="'demo' (synthetic), 'tfds:DATASET' (public) or a path to your files.",
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override one setting, for example train.epochs=3. Repeatable.",
    ),
]
Stages = Annotated[
    str | None, typer.Option(help="Only these, comma-separated, for example evaluate,report.")
]
RunDir = Annotated[
    Path | None,
    typer.Option(help="Where the run lives. Default: a new folder runs/NAME/TIME-PRESET."),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help=(
            "Skip every stage whose files are up to date, and go on with an interrupted training at"
            " its last checkpoint. Without it, all is done anew and the checkpoints of an earlier"
            " training are removed."
        ),
    ),
]


def split_names(text: str | None) -> list[str] | None:
    """The names of a comma-separated option; None if it was not given."""
    return [name.strip() for name in text.split(",")] if text else None


def new_run_directory(pipeline: str, preset: str) -> Path:
    """A path of its own for a run that begins now."""
    from shared.config.sources import preset_name

    return RUNS / pipeline / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{preset_name(preset)}"


def owner(directory: RunDirectory) -> str:
    """The name of the pipeline that a run is of.

    Raises:
        ConfigError: It is none of ours.
    """
    name = directory.read_json("config.json", maker="resolve").get("pipeline")
    if name not in NAMES:
        raise ConfigError(
            f"{directory.path / 'config.json'} names the pipeline {name!r}, which is none of"
            f" {', '.join(NAMES)}."
        )
    return str(name)


def configure(
    pipeline: Pipeline,
    *,
    preset: str | None = None,
    data: str | None = None,
    assignments: list[str] | None = None,
    run_dir: Path | None = None,
) -> RunConfig:
    """The configuration of a run.

    That of `run_dir`, if it has one and neither preset nor source is given; else the preset's.

    Raises:
        ConfigError: A setting is wrong; the message says which.
    """
    from shared.config.sources import override_config, read_config, resolve_config

    if preset is None and data is None and run_dir is not None:
        recorded = run_dir / "config.json"
        # A run of another pipeline is refused by the runner, in words.
        if recorded.exists() and _is_run_of(pipeline, run_dir):
            config = read_config(pipeline.config_type, recorded)
            return override_config(config, assignments or [])
    return resolve_config(
        pipeline.config_type,
        presets_folder(pipeline.name),
        preset or "default",
        assignments or [],
        data,
    )


def refuse_late_settings(assignments: Sequence[str], *, allowed: Sequence[str]) -> None:
    """Refuse settings that come too late for a model that is trained.

    Args:
        assignments: `section.key=value`.
        allowed: Sections that can still be changed.

    Raises:
        ConfigError: One is of another section.
    """
    late = [item for item in assignments if item.partition(".")[0] not in allowed]
    if late:
        raise ConfigError(
            f"--set {late[0]}: the model is trained; only settings under {' and '.join(allowed)}"
            f" can be changed, such as --set {allowed[0]}.KEY=VALUE."
        )


def _is_run_of(pipeline: Pipeline, run_dir: Path) -> bool:
    from shared.run.directory import RunDirectory

    return owner(RunDirectory(run_dir)) == pipeline.name


def point_latest_to(directory: Path) -> None:
    """`latest` beside the run points to it.

    Replaced by renaming, so that it always points somewhere.
    """
    link = directory.parent / "latest"
    if link.exists() and not link.is_symlink():
        return
    temporary = directory.parent / f".latest-{os.getpid()}"
    temporary.symlink_to(directory.name)
    temporary.replace(link)
