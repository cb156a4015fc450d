"""Series in the datasheet: their source, what is masked, the windows used, what splits cover."""

from __future__ import annotations

from collections import Counter

from shared.contract.series_facts import WindowCounts
from shared.formatting import count_of, format_count, format_plain, format_value
from shared.reporting.artefacts import SPLITS
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.data.series import (
    CoverRecord,
    MaskedRecord,
    SeriesRecord,
    SeriesSourceRecord,
    SourceSeriesRecord,
)

__all__ = ["series_remarks", "series_tables"]

_MOST_SENTENCES = 4
_WINDOW_COLUMNS = (
    "#Windows possible",
    "#Used",
    "#Too little history",
    "#Too few targets",
    "#Unknown ahead",
)
_GAP_COLUMNS = ("#Gaps", "#Longest, steps", "#Stamps absent", "#Rows merged", "#Rows sorted")
_VALUE_COLUMNS = ("#Smallest", "#Mean", "#Largest", "#Standard deviation")


def series_tables(series: SeriesRecord) -> list[Table]:
    """Tables about "series" of a datasheet."""
    source = series.source
    tables = [_coverage_table(series), _masked_table(series)]
    return tables if source is None else [*tables, _source_table(source, series.num_series)]


def series_remarks(series: SeriesRecord) -> list[str]:
    """What a reader should not miss about series.

    Traces of daylight saving, merged and sorted rows.
    """
    source = series.source
    if source is None:
        return []
    counts = Counter(sentence for item in source.series for sentence in item.clock_changes)
    # Clocks change for all: an hour that few series lack is a gap like any other.
    found = sorted(
        sentence for sentence, count in counts.items() if 2 * count >= len(source.series)
    )
    remarks = found[:_MOST_SENTENCES]
    if len(found) > _MOST_SENTENCES:
        remarks.append(f"{len(found) - _MOST_SENTENCES} more hours look skipped or repeated.")
    if found:
        remarks.append("Stamps that follow local clocks are put on one clock with data.timezone.")
    largest = source.largest
    if largest.num_duplicates:
        rows = count_of(largest.num_duplicates, "row", "rows")
        remarks.append(
            f"Rows with the same stamp were merged as data.duplicates says: up to {rows} of a"
            " series."
        )
    if largest.num_out_of_order:
        remarks.append(
            "Rows that were out of order were sorted: up to"
            f" {count_of(largest.num_out_of_order, 'row', 'rows')} of a series."
        )
    return remarks


def _masked_table(series: SeriesRecord) -> Table:
    source = series.source
    windows = {item.split: item for item in source.windows} if source is not None else {}
    columns = ["Split", "#Targets of all windows", "#Masked"]
    columns += _WINDOW_COLUMNS if windows else []
    rows: list[Row] = []
    for split in SPLITS:
        masked = series.masked[split]
        row: list[str | Cell] = [split, format_count(masked.n), _masked_cell(masked)]
        if split in windows:
            row += _window_cells(windows[split])
        rows.append(row)
    caption = "Targets that were not observed are masked: they have no weight and count nowhere."
    if source is not None:
        caption += f" {source.rule}"
    return make_table(caption, columns, rows)


def _window_cells(windows: WindowCounts) -> list[str]:
    counts = (
        windows.num_possible,
        windows.num_used,
        windows.num_few_history,
        windows.num_few_targets,
        windows.num_unknown_ahead,
    )
    return [format_count(count) for count in counts]


def _masked_cell(masked: MaskedRecord) -> Cell:
    tone: Tone = "warn" if masked.num_masked else ""
    return Cell(format_count(masked.num_masked), tone=tone)


def _source_table(source: SeriesSourceRecord, num_series: int) -> Table:
    listed = source.series
    columns = ["Series", "#Steps", "#Not observed", *_GAP_COLUMNS]
    listed_of = _first_of(len(listed), num_series)
    caption = f"Series as their source has them{listed_of}; steps that have no value"
    return make_table(caption, columns, [_source_row(item) for item in listed])


def _source_row(item: SourceSeriesRecord) -> Row:
    tone: Tone = "warn" if item.num_gaps > 0 else ""
    missing = Cell(format_value(item.not_observed, "share"), tone=tone)
    counts = (
        item.num_gaps,
        item.longest_gap_steps,
        item.num_inserted,
        item.num_duplicates,
        item.num_out_of_order,
    )
    return [item.name, _steps_cell(item), missing, *map(format_count, counts)]


def _coverage_table(series: SeriesRecord) -> Table:
    rows = [
        [entry.name, split, *_coverage_cells(entry.splits[split])]
        for entry in series.series
        for split in SPLITS
    ]
    step = format_plain(series.step_seconds)
    listed = _first_of(len(series.series), series.num_series)
    caption = f"Series{listed}: what the targets cover; a step is {step} s, values in {series.unit}"
    columns = ["Series", "Split", "#Steps", "#Of them in a window", *_VALUE_COLUMNS]
    return make_table(caption, columns, rows)


def _coverage_cells(found: CoverRecord | None) -> list[str | Cell]:
    """What a split has of a series, if it has any."""
    if found is None:
        return [Cell("none", tone="muted"), *["–"] * (len(_VALUE_COLUMNS) + 1)]
    covered = format_count(found.num_covered)
    values = (found.smallest, found.mean, found.largest, found.sd)
    return [_steps_cell(found), covered, *map(format_plain, values)]


def _steps_cell(found: CoverRecord | SourceSeriesRecord) -> Cell:
    days = f"{found.first[:10]} to {found.last[:10]}"
    return Cell(format_count(found.num_steps), days)


def _first_of(num_listed: int, num_series: int) -> str:
    return f", the first {num_listed} of {num_series}" if num_series > num_listed else ""
