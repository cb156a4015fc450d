"""Series in the datasheet: what their source has, what is masked, which windows are used, what the parts cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shared.reporting.artefacts import SPLITS
from shared.reporting.formatting import count_of, format_count, format_plain, format_value
from shared.reporting.page import Cell, Row, Table, make_table

__all__ = ["series_remarks", "series_tables"]

_MOST_SENTENCES = 4


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
    windows = {item["part"]: item for item in source["windows"]} if source is not None else {}
    rows: list[Row] = []
    for part in SPLITS:
        masked, counts = series["masked"][part], windows.get(part)
        share = masked["num_masked"] / masked["n"] if masked["n"] else 0.0
        left_out = ["num_few_history", "num_few_targets", "num_unknown_ahead"]
        rows.append(
            [
                part,
                format_count(masked["n"]),
                Cell(
                    format_count(masked["num_masked"]),
                    format_value(share, "share"),
                    tone="warn" if masked["num_masked"] else "",
                ),
                *(
                    [format_count(counts[name]) for name in ("num_possible", "num_used", *left_out)]
                    if counts
                    else []
                ),
            ]
        )
    rule = f" {source['rule']}" if source is not None else ""
    more = (
        ["#Windows possible", "#Used", "#Too little history", "#Too few targets", "#Unknown ahead"]
        if windows
        else []
    )
    caption = f"Target values not observed have no weight in training and count in no metric.{rule}"
    return make_table(caption, ["Part", "#Target values", "#Not observed", *more], rows)


def _source_table(source: Mapping[str, Any], num_series: int) -> Table:
    rows: list[Row] = []
    for item in source["series"]:
        has_gaps = item["num_gaps"] > 0
        rows.append(
            [
                item["name"],
                Cell(
                    format_count(item["num_steps"]), f"{item['first'][:10]} to {item['last'][:10]}"
                ),
                Cell(format_value(item["observed"], "share"), tone="warn" if has_gaps else ""),
                *(
                    format_count(item[key])
                    for key in (
                        "num_gaps",
                        "longest_gap_steps",
                        "num_inserted",
                        "num_duplicates",
                        "num_out_of_order",
                    )
                ),
            ]
        )
    more = (
        f", the first {len(source['series'])} of {num_series}"
        if num_series > len(source["series"])
        else ""
    )
    return make_table(
        f"Series as their source has them{more}",
        [
            "Series",
            "#Steps",
            "#Observed",
            "#Gaps",
            "#Longest, steps",
            "#Stamps absent",
            "#Rows merged",
            "#Rows sorted",
        ],
        rows,
    )


def _coverage_table(series: Mapping[str, Any]) -> Table:
    rows: list[Row] = []
    for entry in series["series"]:
        for part in SPLITS:
            found = entry["parts"][part]
            if found is None:
                rows.append([entry["name"], part, Cell("none", tone="muted"), *["–"] * 5])
                continue
            missing = Cell(
                format_value(found["missing"], "share"), tone="warn" if found["missing"] else ""
            )
            numbers = [_number(found[key]) for key in ("smallest", "mean", "largest")]
            rows.append(
                [
                    entry["name"],
                    part,
                    Cell(
                        format_count(found["num_steps"]),
                        f"{found['first'][:10]} to {found['last'][:10]}",
                    ),
                    missing,
                    *numbers,
                ]
            )
            rows[-1] = [*rows[-1], _number(found["sd"])]
    step = format_plain(series["step_seconds"])
    more = (
        f", the first {len(series['series'])} of {series['num_series']}"
        if series["num_series"] > len(series["series"])
        else ""
    )
    return make_table(
        f"Series{more}: what the targets cover; a step is {step} s, values in {series['unit']}",
        [
            "Series",
            "Part",
            "#Steps",
            "#Missing",
            "#Smallest",
            "#Mean",
            "#Largest",
            "#Standard deviation",
        ],
        rows,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else format_plain(float(value))
