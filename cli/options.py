"""What several commands ask for, with the words of their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines import NAMES

__all__ = ["Assignments", "Data", "FinishedRun", "Name", "Preset", "Resume", "RunDir", "Stages"]

Name = Annotated[str, typer.Argument(help=f"One of: {', '.join(NAMES)}.", metavar="NAME")]
FinishedRun = Annotated[
    Path, typer.Argument(help="A finished run, for example runs/speech/latest.", metavar="RUN_DIR")
]
Preset = Annotated[
    str | None,
    typer.Option(help="Preset file in pipelines/NAME/presets, without .yaml. Default: default."),
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
