"""The datasheet of a source, in the terminal and on disk, and which pipeline fits the source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.terminal import new_table
from pipelines import NAMES, get_pipeline
from shared.config import RunConfig
from shared.contract import Pipeline, Recognition
from shared.datasheet.datasheet import make_datasheet
from shared.errors import DataError, RunDirectoryError
from shared.loading.files.tables import read_column_names
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.recognition import find_tables
from shared.loading.source import load_splits
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.page import Cell, Column
from shared.reporting.page import Table as PageTable
from shared.reporting.tables.datasheet import view_datasheet
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.progress import Progress

__all__ = ["Inspected", "guess_pipeline", "inspect_source", "print_datasheet", "write_datasheet"]

_SHOWN_ROWS = 30
_SHOWN_COLUMNS = 8


def guess_pipeline(source: Path) -> tuple[str, str]:
    """The pipeline that recognises a source, and why, in words.

    Raises:
        DataError: There is no such source, or no pipeline recognises it.
    """
    if str(source) == "demo":
        raise DataError("Each pipeline has a demo of its own: say which with --pipeline NAME.")
    if is_public(str(source)):
        find_dataset(str(source))  # refuses what does not exist
    elif not source.exists():
        raise DataError(f"{source}: there is no such file or folder.")
    recognised = _recognised(str(source))
    if not recognised:
        raise DataError(
            f"{source}: no pipeline recognises this{_seen_in(source)}. Name the pipeline with"
            f" --pipeline NAME: {', '.join(NAMES)}."
        )
    name = max(recognised, key=lambda name: recognised[name].num_files)
    return name, recognised[name].reason


def _recognised(source: str) -> dict[str, Recognition]:
    """The pipelines that recognise a source, in their order.

    Raises:
        DataError: None does, and one could not read a file of it.
    """
    recognised: dict[str, Recognition] = {}
    errors: list[DataError] = []
    for name in NAMES:
        try:
            found = get_pipeline(name).recognises(source)
        except DataError as error:  # a table that the images beside it may do without
            errors.append(error)
            continue
        if found is not None:
            recognised[name] = found
    if errors and not recognised:
        raise errors[0]
    return recognised


def _seen_in(source: Path) -> str:
    tables = find_tables(str(source))
    if not tables:
        return ""
    columns = read_column_names(tables[0])
    return f" ({tables[0].name} has the columns {', '.join(columns[:_SHOWN_COLUMNS])})"


@dataclass(frozen=True)
class Inspected:
    """What was found out about a source.

    Attributes:
        datasheet: Of the source.
        notes: Of its provenance. A run's report has them elsewhere.
    """

    datasheet: Datasheet
    notes: tuple[str, ...]


def inspect_source(pipeline: Pipeline, config: RunConfig, progress: Progress) -> Inspected:
    """Load the source and make its datasheet. Leaks are reported, not refused.

    Raises:
        DataError: The source can't be read as configured.
    """
    data = config.data.model_copy(update={"allow_leakage": True})
    splits = load_splits(pipeline, config.model_copy(update={"data": data}))

    def show(done: int, total: int) -> None:
        progress.update(done, total, "reading every example")

    datasheet = make_datasheet(splits, progress=show)
    notes = (*splits.provenance.warnings, *splits.provenance.notes)
    return Inspected(datasheet, notes)


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
    view = view_datasheet(inspected.datasheet, inspected.notes)
    for fact in view.facts:
        line = f"  {escape(fact.label)}: {escape(fact.value)} {escape(fact.note)}".rstrip()
        console.print(line, highlight=False, soft_wrap=True)
    listed = () if view.listed is None else (view.listed,)
    for table in (*view.basics, *view.findings, *listed):
        console.print(_as_rich(table))
    for remark in view.remarks:
        console.print(f"[yellow]•[/] {escape(remark)}", highlight=False)
    for leak in view.leaks:
        console.print(f"[bold red]LEAK[/] {escape(leak)}", highlight=False)


def _as_rich(table: PageTable) -> Table:
    columns = [f"#{column.title}" if column.numeric else column.title for column in table.columns]
    made = new_table(escape(table.caption), [escape(column) for column in columns])
    for row in table.rows[:_SHOWN_ROWS]:
        texts = (_as_text(cell, column) for cell, column in zip(row, table.columns, strict=True))
        made.add_row(*texts)
    if len(table.rows) > _SHOWN_ROWS:
        made.add_row(f"… {len(table.rows) - _SHOWN_ROWS} more in datasheet.html")
    return made


def _as_text(cell: Cell, column: Column) -> str:
    """A cell for the terminal; notes beside names are left to the page, which has room."""
    return escape(f"{cell.text} {cell.note}".strip() if column.numeric else cell.text)
