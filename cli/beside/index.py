"""The `index` command: one page that lists all runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.options import RUNS
from cli.terminal import CONSOLE

__all__ = ["INDEX", "index", "refresh_index"]

INDEX = "index.html"

Folder = Annotated[Path, typer.Argument(help="Folder of runs.", metavar="[DIR]")]


def index(folder: Folder = RUNS) -> None:
    """List all runs below a folder on one page: DIR/index.html."""
    from shared.errors import UserError

    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder. Give the folder of your runs, or make one with"
            " make demo."
        )
    said = _write(folder)
    CONSOLE.print(said, soft_wrap=True, highlight=False)


def refresh_index(run_dir: Path) -> None:
    """List a run that has just ended, if it lies below runs/.

    A page that can't be written is said, and does not fail the run.
    """
    from shared.errors import UserError

    if not RUNS.is_dir() or RUNS.resolve() not in run_dir.resolve().parents:
        return
    try:
        _write(RUNS)
    except UserError as error:
        CONSOLE.print(f"[yellow]{escape(str(error))}[/]", soft_wrap=True)


def _write(folder: Path) -> str:
    from shared.reporting.beside.index_page import render_index
    from shared.reporting.beside.run_list import find_runs
    from shared.run.directory import RunDirectory

    found = find_runs(folder)
    RunDirectory(folder).write_text(INDEX, render_index(found, str(folder)))
    skipped = f"; {len(found.skipped)} folders are no run" if found.skipped else ""
    return f"Written: [bold]{escape(str(folder / INDEX))}[/], {len(found.runs)} runs{skipped}"
