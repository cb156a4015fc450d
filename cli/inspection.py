"""The datasheet of a source, in the terminal and on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.terminal import new_table
from shared.config import RunConfig
from shared.contract import Pipeline
from shared.datasheet.datasheet import make_datasheet
from shared.errors import RunDirectoryError
from shared.loading.proposals import Proposal, read_with_proposals
from shared.loading.source import load_splits
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.page import Cell, Column
from shared.reporting.page import Table as PageTable
from shared.reporting.tables.datasheet import view_datasheet
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.progress import Progress

__all__ = [
    "Inspected",
    "inspect_source",
    "print_datasheet",
    "write_datasheet",
]

_SHOWN_ROWS = 30
_SHOWN_REPEATS = 3
_WIDE = 120
"""Columns of a terminal in which all notes fit."""
_LONGEST_NOTE = 8
"""Characters of a note that has room in a narrower one, such as a share."""


@dataclass(frozen=True)
class Inspected:
    """What was found out about a source.

    Attributes:
        datasheet: Of the source.
        notes: Of its provenance. A run's report has them elsewhere.
        proposals: Settings that the source needs, and why.
    """

    datasheet: Datasheet
    notes: tuple[str, ...]
    proposals: tuple[Proposal, ...] = ()


def inspect_source(pipeline: Pipeline, config: RunConfig, progress: Progress) -> Inspected:
    """Load the source and make its datasheet. Leaks are reported, not refused.

    Settings that the source itself proposes are taken on.

    Raises:
        DataError: The source can't be read, and does not show how it could be.
    """
    data = config.data.model_copy(update={"allow_leakage": True})
    lenient = config.model_copy(update={"data": data, "pipeline": pipeline.name})
    reading = read_with_proposals(
        lambda tried: load_splits(pipeline, pipeline.complete(tried)), lenient
    )
    splits = reading.result

    def show(done: int, total: int) -> None:
        progress.update(done, total, "reading every example")

    datasheet = make_datasheet(splits, progress=show)
    notes = (*splits.provenance.warnings, *splits.provenance.notes)
    return Inspected(datasheet, notes, reading.proposals)


def write_datasheet(inspected: Inspected, folder: Path, *, title: str) -> None:
    """Write `datasheet.json` and `datasheet.html`.

    Args:
        inspected: What to write.
        folder: Made if it does not exist.
        title: Of the pipeline, for people.

    Raises:
        RunDirectoryError: The folder can't be written.
    """
    content = inspected.datasheet.model_dump(mode="json") | {"notes": list(inspected.notes)}
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    page = render_datasheet(inspected.datasheet, inspected.notes, title=title)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "datasheet.json").write_text(f"{text}\n", encoding="utf-8")
        (folder / "datasheet.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise RunDirectoryError(
            f"Can't write {folder} ({error.strerror}). Choose a writable place with --output."
        ) from error


def print_datasheet(console: Console, inspected: Inspected) -> None:
    """Show the datasheet as tables."""
    view = view_datasheet(inspected.datasheet, inspected.notes, most_repeats=_SHOWN_REPEATS)
    is_narrow = console.width < _WIDE
    for fact in view.facts:
        line = f"  {escape(fact.label)}: {escape(fact.value)} {escape(fact.note)}".rstrip()
        console.print(line, highlight=False, soft_wrap=True)
    listed = () if view.listed is None else (view.listed,)
    for table in (*view.basics, *view.findings, *listed):
        # Rich breaks a title at the width of its table, which may be that of two short columns.
        console.print(f"\n[bold]{escape(table.caption)}[/]", highlight=False)
        console.print(_as_rich(table, is_narrow=is_narrow))
        if len(table.rows) > _SHOWN_ROWS:
            more = len(table.rows) - _SHOWN_ROWS
            console.print(f" … {more} more in datasheet.html", highlight=False)
    if is_narrow:
        console.print("Intervals, and all that is folded here: datasheet.html", highlight=False)
    for remark in view.remarks:
        console.print(f"[yellow]•[/] {escape(remark)}", highlight=False)
    for leak in view.leaks:
        console.print(f"[bold red]LEAK[/] {escape(leak)}", highlight=False)


def _as_rich(table: PageTable, *, is_narrow: bool) -> Table:
    columns = [f"#{column.title}" if column.numeric else column.title for column in table.columns]
    made = new_table("", [escape(column) for column in columns])
    for row in table.rows[:_SHOWN_ROWS]:
        pairs = zip(row, table.columns, strict=True)
        texts = (_as_text(cell, column, is_narrow=is_narrow) for cell, column in pairs)
        made.add_row(*texts)
    return made


def _as_text(cell: Cell, column: Column, *, is_narrow: bool) -> str:
    """A cell for the terminal; notes beside names are left to the page, which has room.

    So are intervals and stamps in a narrow terminal, which would break or cut them.
    """
    note = cell.note if column.numeric else ""
    if is_narrow:
        share, _, _ = note.partition(" (")
        note = share if len(share) <= _LONGEST_NOTE else ""
    return escape(f"{cell.text} {note}".strip())
