"""The `inspect` command: a look at data without training on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import RUNS, Assignments, Preset, configure
from cli.terminal import CONSOLE, AsJson, Quiet, TerminalDisplay, choose_output, print_json
from pipelines import get_pipeline

if TYPE_CHECKING:
    from cli.inspection import Inspected
    from shared.config import RunConfig
    from shared.contract import Pipeline

__all__ = ["inspect"]

Source = Annotated[
    str, typer.Argument(help="A folder, a table, 'tfds:DATASET', or 'demo'.", metavar="SOURCE")
]
PipelineName = Annotated[
    str | None,
    typer.Option("--pipeline", metavar="NAME", help="Default: told from the source."),
]
Output = Annotated[
    Path | None, typer.Option(help="Folder to write into. Default: runs/inspect/<source>.")
]
NewPreset = Annotated[
    Path | None,
    typer.Option(
        "--write-preset",
        metavar="FILE",
        help="Write what the source needs as a preset, for run --preset FILE.",
    ),
]

Estimated = Annotated[
    bool,
    typer.Option(
        "--estimate", help="Only say what a run would cost: time, memory and disk of each stage."
    ),
]


def inspect(
    source: Source,
    name: PipelineName = None,
    preset: Preset = None,
    assignments: Assignments = None,
    output: Output = None,
    new_preset: NewPreset = None,
    estimate: Estimated = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Look at data without training.

    Write and show its datasheet (balance, groups, duplicates, shift, leaks), and find the settings
    that it needs.
    """
    from cli.inspecting.preset_file import require_new_preset
    from cli.inspecting.proposed_settings import Asked, print_next_steps

    choose_output(quiet=quiet, as_json=as_json)
    if new_preset is not None:
        require_new_preset(new_preset)
    given = tuple(assignments or ())
    name = name or _guess(source, preset, given)
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data=source, assignments=assignments)
    if estimate:
        _show_estimate(name, config)
        return
    inspected = _look(pipeline, config, output or _folder_of(source))
    if as_json:
        print_json(_as_object(inspected, pipeline.name))
    asked = Asked(source, preset, given)
    print_next_steps(CONSOLE, pipeline, asked, inspected.proposals, new_preset)


def _look(pipeline: Pipeline, config: RunConfig, folder: Path) -> Inspected:
    """Read the source; show its proposals and its datasheet."""
    from cli.inspecting.proposed_settings import print_proposals
    from cli.inspection import inspect_source

    with TerminalDisplay(CONSOLE).stage("inspect") as progress:
        inspected = inspect_source(pipeline, config, progress)
    print_proposals(CONSOLE, inspected.proposals)
    _show_datasheet(inspected, folder, pipeline.title)
    return inspected


def _show_estimate(name: str, config: RunConfig) -> None:
    from cli.estimating.shown import print_estimate

    print_estimate(CONSOLE, name, config)


def _as_object(inspected: Inspected, pipeline: str) -> dict[str, object]:
    sheet = inspected.datasheet.model_dump(mode="json")
    return {"pipeline": pipeline, "notes": list(inspected.notes), "datasheet": sheet}


def _folder_of(source: str) -> Path:
    return RUNS / "inspect" / Path(source.replace(":", "-")).resolve().name


def _show_datasheet(inspected: Inspected, folder: Path, title: str) -> None:
    from cli.inspection import print_datasheet, write_datasheet

    write_datasheet(inspected, folder, title=title)
    print_datasheet(CONSOLE, inspected)
    CONSOLE.print(f"Written: [bold]{escape(str(folder / 'datasheet.html'))}[/]", soft_wrap=True)


def _guess(source: str, preset: str | None, assignments: tuple[str, ...]) -> str:
    """The pipeline that recognises the source; says which, and why."""
    from cli.inspecting.guessing import guess_pipeline

    name, reason = guess_pipeline(Path(source), preset, assignments)
    CONSOLE.print(
        f"Read as [bold]{name}[/], since {escape(reason)}; choose another with --pipeline NAME.",
        soft_wrap=True,
    )
    return name
