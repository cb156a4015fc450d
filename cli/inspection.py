"""Looking at data without training on it.

Which pipeline fits a source, and its datasheet in the terminal and on disk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.config import RunConfig
from shared.contract import Pipeline
from shared.datasheet.datasheet import make_datasheet
from shared.errors import DataError, RunDirectoryError
from shared.loading.files.delimited import DELIMITED_SUFFIXES
from shared.loading.files.tables import read_first_row, read_table, table_suffix
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.public.description import Kind
from shared.loading.source import load_splits
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.page import Table as PageTable
from shared.reporting.sections.datasheet_view import view_datasheet
from shared.run.progress import Progress

__all__ = ["guess_pipeline", "inspect_source", "print_datasheet", "write_datasheet"]

_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".dcm", ".npz"})
_SOUNDS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".m4a", ".wma"})
_TABLES = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".gz", ".bz2", ".xz"})
_TIME_COLUMNS = frozenset({"date", "time", "timestamp", "datetime", "ds", "stamp", "hour", "day"})
_TEXT_COLUMNS = frozenset({"text", "sentence", "review", "content", "body", "tweet", "comment"})
_READERS: Mapping[Kind, str] = {
    "images": "medical_imaging",
    "recordings": "speech",
    "texts": "sentiment",
    "series": "time_series",
}
_FILES_LOOKED_AT = 2000
_SHOWN_ROWS = 30


def guess_pipeline(source: Path) -> tuple[str, str]:
    """The pipeline that a source looks made for, and why, in words.

    Raises:
        DataError: There is no such source, or it fits none.
    """
    if str(source) == "demo":
        raise DataError("Each pipeline has a demo of its own: say which with --pipeline NAME.")
    if is_public(str(source)):
        description, _ = find_dataset(str(source))
        return _READERS[description.kind], f"{description.name} holds {description.kind}"
    if not source.exists():
        raise DataError(f"{source}: there is no such file or folder.")
    files = (
        [source]
        if source.is_file()
        else list(islice((file for file in source.rglob("*") if file.is_file()), _FILES_LOOKED_AT))
    )
    suffixes = Counter(file.suffix.lower() for file in files)
    images, sounds = (sum(suffixes[suffix] for suffix in known) for known in (_IMAGES, _SOUNDS))
    if images or sounds:
        return (
            ("medical_imaging", "it holds images")
            if images >= sounds
            else ("speech", "it holds recordings")
        )
    tables = sorted(file for file in files if file.suffix.lower() in _TABLES)
    if not tables:
        raise DataError(
            f"{source}: neither images, recordings nor tables were found here. Name the pipeline"
            " with --pipeline NAME."
        )
    columns = _column_names(tables[0])
    names = {name.strip().lower() for name in columns}
    if names & _TEXT_COLUMNS:
        return "sentiment", f"{tables[0].name} has a column of texts"
    if names & _TIME_COLUMNS:
        return "time_series", f"{tables[0].name} has a column of times"
    if any(len(name.split()) > 3 for name in columns):
        return "sentiment", f"{tables[0].name} begins with a text and has no header"
    raise DataError(
        f"{tables[0]}: no column is called like a text or a time ({', '.join(columns[:8])}). Name"
        " the pipeline with --pipeline NAME."
    )


def _column_names(path: Path) -> list[str]:
    if table_suffix(path) not in DELIMITED_SUFFIXES:
        return [str(name) for name in read_table(path).columns]
    # The names looked for are ASCII, and any byte is Latin-1; the pipeline will read the file in
    # the encoding that it has.
    return read_first_row(path, encoding="latin-1")


def inspect_source(pipeline: Pipeline, config: RunConfig, progress: Progress) -> dict[str, Any]:
    """Load the source and make its datasheet. Leaks are reported, not refused.

    Raises:
        DataError: The source can't be read as configured.
    """
    config = config.model_copy(
        update={"data": config.data.model_copy(update={"allow_leakage": True})}
    )
    splits = load_splits(pipeline, config)
    datasheet = make_datasheet(
        splits, progress=lambda done, total: progress.update(done, total, "reading every example")
    )
    return datasheet | {"notes": list(splits.provenance.notes)}  # a run's report has them elsewhere


def write_datasheet(datasheet: Mapping[str, Any], folder: Path, *, title: str) -> None:
    """Write `datasheet.json` and `datasheet.html`.

    Args:
        datasheet: What to write.
        folder: Made if it does not exist.
        title: Of the pipeline, for people.

    Raises:
        RunDirectoryError: The folder can't be written.
    """
    text = (
        json.dumps(datasheet, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "datasheet.json").write_text(text, encoding="utf-8")
        (folder / "datasheet.html").write_text(
            render_datasheet(datasheet, title=title), encoding="utf-8"
        )
    except OSError as error:
        raise RunDirectoryError(
            f"Can't write {folder} ({error.strerror}). Choose a writable place with --output."
        ) from error


def print_datasheet(console: Console, datasheet: Mapping[str, Any]) -> None:
    """Show the datasheet as tables."""
    view = view_datasheet(datasheet)
    for fact in view.facts:
        console.print(
            f"  {escape(fact.label)}: {escape(fact.value)} {escape(fact.note)}".rstrip(),
            highlight=False,
            soft_wrap=True,
        )
    tables = (*view.basics, *view.findings, *(() if view.listed is None else (view.listed,)))
    for table in tables:
        console.print(_as_rich(table))
    for remark in view.remarks:
        console.print(f"[yellow]•[/] {escape(remark)}", highlight=False)
    for leak in view.leaks:
        console.print(f"[bold red]LEAK[/] {escape(leak)}", highlight=False)


def _as_rich(table: PageTable) -> Table:
    made = Table(
        title=escape(table.caption),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in table.columns:
        made.add_column(escape(column.title), justify="right" if column.numeric else "left")
    for row in table.rows[:_SHOWN_ROWS]:
        # Beside names, notes are for those who have room: the page has them.
        made.add_row(
            *(
                escape(f"{cell.text} {cell.note}".strip() if column.numeric else cell.text)
                for cell, column in zip(row, table.columns, strict=True)
            )
        )
    if len(table.rows) > _SHOWN_ROWS:
        made.add_row(f"… {len(table.rows) - _SHOWN_ROWS} more in datasheet.html")
    return made
