"""The `index` command: one page that lists all runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.options import RUNS
from cli.terminal import CONSOLE
from shared.errors import UserError
from shared.session.runs_page import INDEX, refresh_runs_page, write_runs_page

__all__ = ["index", "refresh_index"]

Folder = Annotated[Path, typer.Argument(help="Folder of runs.", metavar="[DIR]")]


def index(folder: Folder = RUNS) -> None:
    """List all runs below a folder on one page: DIR/index.html."""
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder. Give the folder of your runs, or make one with"
            " make demo."
        )
    found = write_runs_page(folder)
    skipped = f"; {len(found.skipped)} folders are no run" if found.skipped else ""
    said = f"Written: [bold]{escape(str(folder / INDEX))}[/], {len(found.runs)} runs{skipped}"
    CONSOLE.print(said, soft_wrap=True, highlight=False)


def refresh_index(run_dir: Path) -> None:
    """List a run that has just ended, if it lies below runs/.

    A page that can't be written is said, and does not fail the run.
    """
    try:
        refresh_runs_page(run_dir)
    except UserError as error:
        CONSOLE.print(f"[yellow]{escape(str(error))}[/]", soft_wrap=True)
