"""The `inspect` command: a look at data without training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.options import RUNS, Assignments, Preset, configure
from cli.terminal import CONSOLE, AsJson, Quiet, TerminalDisplay, choose_output, print_json
from pipelines import get_pipeline

__all__ = ["inspect"]

Source = Annotated[
    str, typer.Argument(help="A folder, a table, 'tfds:DATASET', or 'demo'.", metavar="SOURCE")
]
PipelineName = Annotated[
    str | None,
    typer.Option("--pipeline", metavar="NAME", help="Default: told from the source."),
]
Output = Annotated[
    Path | None, typer.Option(help="Where to write. Default: runs/inspect/<source>.")
]


def inspect(
    source: Source,
    name: PipelineName = None,
    preset: Preset = None,
    assignments: Assignments = None,
    output: Output = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Look at data without training.

    Write and show its datasheet (balance, groups, duplicates, shift, leaks).
    """
    from cli.inspection import guess_pipeline, inspect_source, print_datasheet, write_datasheet

    choose_output(quiet=quiet, as_json=as_json)
    if name is None:
        name, reason = guess_pipeline(Path(source))
        CONSOLE.print(
            f"Read as [bold]{name}[/], since {escape(reason)}; choose another with --pipeline"
            " NAME.",
            soft_wrap=True,
        )
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data=source, assignments=assignments)
    with TerminalDisplay(CONSOLE).stage("inspect") as progress:
        inspected = inspect_source(pipeline, config, progress)
    folder = output or RUNS / "inspect" / Path(source.replace(":", "-")).resolve().name
    write_datasheet(inspected, folder, title=pipeline.title)
    print_datasheet(CONSOLE, inspected)
    CONSOLE.print(f"Written: [bold]{escape(str(folder / 'datasheet.html'))}[/]", soft_wrap=True)
    if as_json:
        sheet = inspected.datasheet.model_dump(mode="json")
        print_json({"pipeline": pipeline.name, "notes": list(inspected.notes), "datasheet": sheet})
