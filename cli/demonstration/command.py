"""The `demo` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.demonstration.side_by_side import Places, find_places, run_side_by_side
from cli.options import RUNS, Preset, configure
from cli.reporting.summary import print_summaries, summary_fields
from cli.run import execute, sum_up
from cli.stopping import stop_in_order
from cli.terminal import CONSOLE, AsJson, Quiet, choose_output, print_json
from pipelines import NAMES, get_pipeline

__all__ = ["demo"]

_LONGEST = "speech"
"""Begun first, so that it is not what the others are waited for with."""

Only = Annotated[str | None, typer.Option(hidden=True, help="One of them, without the summary.")]


def demo(
    preset: Preset = None, quiet: Quiet = False, as_json: AsJson = False, only: Only = None
) -> None:
    """Run all pipelines on their bundled synthetic data; what is up to date is kept.

    As many run side by side as there are processors and memory for.
    """
    from shared.run.directory import RunDirectory

    choose_output(quiet=quiet, as_json=as_json)
    if only is not None:
        _run(only, preset)
        return
    names = sorted(NAMES, key=lambda name: name != _LONGEST)
    seconds = _run_all(names, find_places(len(names)), preset)
    runs = [RunDirectory(_folder(name, preset)) for name in names]
    titles = [get_pipeline(name).title for name in names]
    found = map(sum_up, runs, titles, seconds)
    summaries = [summary for summary in found if summary is not None]
    print_summaries(CONSOLE, summaries)
    CONSOLE.print(
        "All data above is synthetic. Next: [bold]make help[/], or your own files: make sentiment"
        " DATA=reviews.csv",
        soft_wrap=True,
    )
    if as_json:
        print_json({"runs": [summary_fields(summary) for summary in summaries]})


def _run_all(names: Sequence[str], places: Places, preset: str | None) -> Sequence[float]:
    if places.at_once > 1:
        CONSOLE.print(f"{places.at_once} at once, {places.threads} thread(s) each", highlight=False)
    options = [] if preset is None else ["--preset", preset]
    command = [sys.executable, "-m", "pipelines", "demo", *options]
    commands = [[*command, "--only", name] for name in names]
    exit_code, seconds = run_side_by_side(commands, places, _show)
    if exit_code:
        raise typer.Exit(exit_code)
    return seconds


def _show(line: str) -> None:
    CONSOLE.print(line, markup=False, highlight=False, soft_wrap=True)


def _run(name: str, preset: str | None) -> None:
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data="demo")
    directory = _folder(name, preset)
    with stop_in_order(name, directory, has_other_workers=False):
        execute(pipeline, config, directory, resume=True)


def _folder(name: str, preset: str | None) -> Path:
    from shared.config.sources import preset_name

    return RUNS / name / f"demo-{preset_name(preset or 'default')}"
