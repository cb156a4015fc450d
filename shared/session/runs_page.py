"""`index.html`, which lists the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared.session.run_folder import RUNS

if TYPE_CHECKING:
    from shared.reporting.beside.run_list import RunList

__all__ = ["INDEX", "refresh_runs_page", "write_runs_page"]

INDEX = "index.html"


def write_runs_page(folder: Path) -> RunList:
    """List all runs below a folder on one page; what was listed.

    Raises:
        UserError: The page can't be written.
    """
    from shared.reporting.beside.index_page import render_index
    from shared.reporting.beside.run_list import find_runs
    from shared.run.directory import RunDirectory

    found = find_runs(folder)
    RunDirectory(folder).write_text(INDEX, render_index(found, str(folder)))
    return found


def refresh_runs_page(run_dir: Path) -> None:
    """List a run that has just ended, if it lies below `runs/`.

    Raises:
        UserError: The page can't be written.
    """
    if RUNS.is_dir() and RUNS.resolve() in run_dir.resolve().parents:
        write_runs_page(RUNS)
