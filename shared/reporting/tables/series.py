"""Series in the datasheet: their source, what is masked, the windows used, what splits cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shared.reporting.artefacts import SPLITS
from shared.reporting.formatting import count_of, format_count, format_plain, format_value
from shared.reporting.page import Cell, Row, Table, Tone, make_table

__all__ = ["series_remarks", "series_tables"]

_MOST_SENTENCES = 4
_WINDOW_COLUMNS = {
    "num_possible": "#Windows possible",
    "num_used": "#Used",
    "num_few_history": "#Too little history",
    "num_few_targets": "#Too few targets",
    "num_unknown_ahead": "#Unknown ahead",
}
_GAP_COLUMNS = {
    "num_gaps": "#Gaps",
    "longest_gap_steps": "#Longest, steps",
    "num_inserted": "#Stamps absent",
    "num_duplicates": "#Rows merged",
    "num_out_of_order": "#Rows sorted",
}
_VALUE_COLUMNS = {
    "smallest": "#Smallest",
    "mean": "#Mean",
    "largest": "#Largest",
    "sd": "#Standard deviation",
}


def series_tables(series: Mapping[str, Any]) -> list[Table]:
    """Tables about "series" of a datasheet."""
    source = series["source"]
    tables = [_coverage_table(series), _masked_table(series)]
    return tables if source is None else [*tables, _source_table(source, series["num_series"])]


def series_remarks(series: Mapping[str, Any]) -> list[str]:
    """What a reader should not miss about series.

    Traces of daylight saving, merged and sorted rows.
    """
    source = series["source"]
    if source is None:
        return []
    counts = Counter(sentence for item in source["series"] for sentence in item["clock_changes"])
    # Clocks change for all: an hour that few series lack is a gap like any other.
    found = sorted(
        sentence for sentence, count in counts.items() if 2 * count >= len(source["series"])
    )
    remarks = found[:_MOST_SENTENCES]
    if len(found) > _MOST_SENTENCES:
        remarks.append(f"{len(found) - _MOST_SENTENCES} more hours look skipped or repeated.")
    if found:
        remarks.append("Stamps that follow local clocks are put on one clock with data.timezone.")
    largest = source["largest"]
    if largest["num_duplicates"]:
        rows = count_of(largest["num_duplicates"], "row", "rows")
        remarks.append(
            f"Rows with the same stamp were merged as data.duplicates says: up to {rows} of a"
            " series."
        )
    if largest["num_out_of_order"]:
        remarks.append(
            "Rows that were out of order were sorted: up to"
            f" {count_of(largest['num_out_of_order'], 'row', 'rows')} of a series."
        )
    return remarks


def _masked_table(series: Mapping[str, Any]) -> Table:
    source = series["source"]
    windows = {item["split"]: item for item in source["windows"]} if source is not None else {}
    columns = ["Split", "#Targets of all windows", "#Masked"]
    columns += _WINDOW_COLUMNS.values() if windows else []
    rows: list[Row] = []
    for split in SPLITS:
        masked = series["masked"][split]
        row: list[str | Cell] = [split, format_count(masked["n"]), _masked_cell(masked)]
        if split in windows:
            row += [format_count(windows[split][name]) for name in _WINDOW_COLUMNS]
        rows.append(row)
    caption = "Targets that were not observed are masked: they have no weight and count nowhere."
    if source is not None:
        caption += f" {source['rule']}"
    return make_table(caption, columns, rows)


def _masked_cell(masked: Mapping[str, Any]) -> Cell:
    tone: Tone = "warn" if masked["num_masked"] else ""
    return Cell(format_count(masked["num_masked"]), tone=tone)


def _source_table(source: Mapping[str, Any], num_series: int) -> Table:
    listed = source["series"]
    columns = ["Series", "#Steps", "#Not observed", *_GAP_COLUMNS.values()]
    listed_of = _first_of(len(listed), num_series)
    caption = f"Series as their source has them{listed_of}; steps that have no value"
    return make_table(caption, columns, [_source_row(item) for item in listed])


def _source_row(item: Mapping[str, Any]) -> Row:
    tone: Tone = "warn" if item["num_gaps"] > 0 else ""
    missing = Cell(format_value(item["not_observed"], "share"), tone=tone)
    counts = [format_count(item[name]) for name in _GAP_COLUMNS]
    return [item["name"], _steps_cell(item), missing, *counts]


def _coverage_table(series: Mapping[str, Any]) -> Table:
    rows = [
        [entry["name"], split, *_coverage_cells(entry["splits"][split])]
        for entry in series["series"]
        for split in SPLITS
    ]
    step = format_plain(series["step_seconds"])
    listed = _first_of(len(series["series"]), series["num_series"])
    caption = (
        f"Series{listed}: what the targets cover; a step is {step} s, values in {series['unit']}"
    )
    columns = ["Series", "Split", "#Steps", "#Of them in a window", *_VALUE_COLUMNS.values()]
    return make_table(caption, columns, rows)


def _coverage_cells(found: Mapping[str, Any] | None) -> list[str | Cell]:
    """What a split has of a series, if it has any."""
    if found is None:
        return [Cell("none", tone="muted"), *["–"] * (len(_VALUE_COLUMNS) + 1)]
    covered = format_count(found["num_covered"])
    values = (found[name] for name in _VALUE_COLUMNS)
    numbers = ["–" if value is None else format_plain(float(value)) for value in values]
    return [_steps_cell(found), covered, *numbers]


def _steps_cell(found: Mapping[str, Any]) -> Cell:
    days = f"{found['first'][:10]} to {found['last'][:10]}"
    return Cell(format_count(found["num_steps"]), days)


def _first_of(num_listed: int, num_series: int) -> str:
    return f", the first {num_listed} of {num_series}" if num_series > num_listed else ""
