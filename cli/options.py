"""What several commands ask for, and the run and the configuration that follow from it.

A command has a parameter for each of its options, however many: Typer reads them from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import NAMES, owner, presets_folder
from shared.session.assignments import refuse_late_settings
from shared.session.run_folder import RUNS, new_run_directory

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline

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
    "refuse_late_settings",
    "split_names",
]

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
    from shared.session.beginning import configure_run

    return configure_run(
        pipeline,
        presets_folder(pipeline.name),
        preset=preset,
        data=data,
        assignments=assignments or (),
        run_dir=run_dir,
    )
