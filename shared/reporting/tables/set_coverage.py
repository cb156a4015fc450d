"""Conformal sets by group: the promise that the deployed ones keep, and what sets of each group's own would give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.reporting.formatting import format_count, format_interval, format_plain, format_value
from shared.reporting.page import Cell, Row, Table, Tone, make_table

__all__ = ["set_coverage_tables"]


def set_coverage_tables(entry: Mapping[str, Any]) -> tuple[Table, ...]:
    """The table of one attribute of `fairness.json`; none where there are no sets."""
    found = entry["set_coverage"]
    if not found or not found["groups"]:
        return ()
    rows: list[Row] = []
    for group in found["groups"]:
        deployed, own = group["deployed"], group["own"]
        counts = Cell(
            format_count(deployed["coverage"]["n"]), f"validation {format_count(group['num_val'])}"
        )
        cells = [
            counts,
            _coverage(deployed["coverage"], found["promised"]),
            _size(deployed["mean_size"]),
        ]
        cells += [Cell("–", group["reason"], "muted"), Cell("–")] if own is None else []
        cells += (
            []
            if own is None
            else [_coverage(own["coverage"], found["promised"]), _size(own["mean_size"])]
        )
        rows.append([group["group"], *cells])
    promised = format_value(found["promised"], "share")
    caption = (
        f"Conformal sets that promise to hold the truth in {promised}: as deployed, and if each"
        " group had thresholds of its own"
    )
    columns = [
        "Group",
        "#n",
        "#Held, deployed",
        "#Classes in a set",
        "#Held, own thresholds",
        "#Classes in a set",
    ]
    return (make_table(caption, columns, rows),)


def _coverage(share: Mapping[str, Any], promised: float) -> Cell:
    """Marked only where the interval lies below the promise."""
    is_below = share["ci_high"] is not None and share["ci_high"] < promised
    interval = format_interval(share["ci_low"], share["ci_high"], "share")
    tone: Tone = "bad" if is_below else ""
    return Cell(
        format_value(share["value"], "share"),
        f"{interval}; below the promise" if is_below else interval,
        tone,
    )


def _size(entry: Mapping[str, Any]) -> Cell:
    low, high = entry["ci_low"], entry["ci_high"]
    return Cell(
        format_plain(entry["value"], 3),
        "" if low is None else f"{format_plain(low, 3)} to {format_plain(high, 3)}",
    )
