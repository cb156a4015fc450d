"""The datasheet of a source, in the terminal and on disk, and which pipeline fits the source."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.options import configure
from cli.preset_file import write_preset
from cli.terminal import new_table
from pipelines import NAMES, get_pipeline, presets_folder
from shared.config import RunConfig
from shared.config.setting_text import set_option
from shared.config.sources import configuration_tree
from shared.contract import Pipeline, Recognition
from shared.datasheet.datasheet import make_datasheet
from shared.errors import ConfigError, DataError, RunDirectoryError
from shared.loading.files.tables import read_column_names
from shared.loading.other_formats import way_out, ways_out_of
from shared.loading.proposals import Proposal, read_with_proposals
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.recognition import find_tables
from shared.loading.source import load_splits
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.page import Cell, Column
from shared.reporting.page import Table as PageTable
from shared.reporting.tables.datasheet import view_datasheet
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.progress import Progress

__all__ = [
    "Inspected",
    "guess_pipeline",
    "inspect_source",
    "print_datasheet",
    "print_next_steps",
    "print_proposals",
    "write_datasheet",
    "write_found_preset",
]

_SHOWN_ROWS = 30
_SHOWN_COLUMNS = 8


def guess_pipeline(
    source: Path, preset: str | None = None, assignments: Sequence[str] = ()
) -> tuple[str, str]:
    """The pipeline that recognises a source, and why, in words.

    Args:
        source: As in `data.source`.
        preset: Only a pipeline that has it comes into question.
        assignments: Of settings; likewise.

    Raises:
        DataError: There is no such source, or no pipeline recognises it.
        ConfigError: No pipeline has these settings.
    """
    if str(source) == "demo":
        raise DataError("Each pipeline has a demo of its own: say which with --pipeline NAME.")
    if is_public(str(source)):
        find_dataset(str(source))  # refuses what does not exist
    elif not source.exists():
        raise DataError(f"{source}: there is no such file or folder.")
    possible = _configurable(str(source), preset, assignments)
    if len(possible) == 1 and len(NAMES) > 1:
        return possible[0], f"no other pipeline has {_shown_choice(preset, assignments)}"
    recognised = _recognised(str(source), possible)
    if not recognised:
        raise DataError(
            f"{source}: no pipeline recognises this{_seen_in(source)}. Name the pipeline with"
            f" --pipeline NAME: {', '.join(NAMES)}.{_way_out(source)}"
        )
    name = max(recognised, key=lambda name: recognised[name].num_files)
    return name, recognised[name].reason


def _configurable(source: str, preset: str | None, assignments: Sequence[str]) -> list[str]:
    """The pipelines that have a preset and all settings."""
    if preset is None and not assignments:
        return list(NAMES)
    possible: list[str] = []
    errors: list[ConfigError] = []
    for name in NAMES:
        try:
            configure(get_pipeline(name), preset=preset, data=source, assignments=list(assignments))
        except ConfigError as error:
            errors.append(error)
        else:
            possible.append(name)
    if not possible:
        if len(set(map(str, errors))) == 1:
            raise errors[0]
        raise ConfigError(
            f"No pipeline has {_shown_choice(preset, assignments)}. Name the pipeline with"
            f" --pipeline NAME: {', '.join(NAMES)}."
        )
    return possible


def _shown_choice(preset: str | None, assignments: Sequence[str]) -> str:
    names = [item.partition("=")[0].strip() for item in assignments]
    settings = f"the setting{'s' * (len(names) > 1)} {', '.join(names)}" if names else ""
    return " with ".join(filter(None, [preset and f"the preset {preset}", settings]))


def _way_out(source: Path) -> str:
    return ways_out_of(source) if source.is_dir() else way_out(source)


def _recognised(source: str, names: Sequence[str]) -> dict[str, Recognition]:
    """The pipelines among `names` that recognise a source, in their order.

    Raises:
        DataError: None does, and one could not read a file of it.
    """
    recognised: dict[str, Recognition] = {}
    errors: list[DataError] = []
    for name in names:
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


def print_proposals(console: Console, proposals: Sequence[Proposal]) -> None:
    """List the settings that the source needs."""
    if not proposals:
        return
    console.print("Settings that this source needs, told from its files. [bold]Check them:[/]")
    for proposal in proposals:
        for name, value in proposal.settings.items():
            console.print(f"  {escape(set_option(name, value))}", soft_wrap=True, highlight=False)


def print_next_steps(
    console: Console,
    name: str,
    source: str,
    inspected: Inspected,
    preset: Path | None,
    given: Sequence[str],
) -> None:
    """Print the command that trains on what was inspected.

    Args:
        console: Where to.
        name: Of the pipeline.
        source: As it was given.
        inspected: What it needs.
        preset: That was written; None: none was.
        given: Options that the user gave.
    """
    found = [proposal.options for proposal in inspected.proposals]
    options = (
        ["--data", shlex.quote(source), *given, *found]
        if preset is None
        else ["--preset", shlex.quote(str(preset))]
    )
    command = " ".join(["python -m pipelines run", name, *options])
    console.print(f"Next: {escape(command)}", soft_wrap=True, highlight=False)


def write_found_preset(
    path: Path,
    pipeline: Pipeline,
    inspected: Inspected,
    preset: str | None,
    assignments: Sequence[str],
    source: str,
) -> None:
    """Write a preset that reads the source as it was inspected.

    Args:
        path: Not there yet.
        pipeline: Which has the settings.
        inspected: What was found.
        preset: That was given, whose settings it holds, too.
        assignments: That were given.
        source: Of data.
    """
    found = [item for proposal in inspected.proposals for item in proposal.assignments]
    tree = configuration_tree(
        pipeline.config_type,
        presets_folder(pipeline.name),
        preset or "default",
        [*assignments, *found],
        source,
    )
    title = (
        f"{pipeline.title} on {source}, written by inspect.\n"
        f"  python -m pipelines run {pipeline.name} --preset {shlex.quote(str(path))}"
    )
    write_preset(path, tree, pipeline.config_type, inspected.proposals, title=title)


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
