"""Where a difference between groups of people enters, as sentences and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Row, Table, Tone, make_table

__all__ = ["gap_sources_sentences", "gap_sources_tables"]

_STEPS = {
    "labels": "Labels in the data",
    "ranking": "Ranking by the model",
    "confidence": "Confidence",
    "decisions": "Decisions",
}
_PARTS = ("train", "val", "test")


def gap_sources_sentences(entry: Mapping[str, Any]) -> list[tuple[str, str, Tone]]:
    """For each step its name, what is known in one sentence, and its tone.

    None where there is no gap sources.
    """
    steps = [] if entry["gap_sources"] is None else entry["gap_sources"]["steps"]
    return [
        (_STEPS[step["step"]], step["sentence"], "warn" if step["differs"] else "")
        for step in steps
    ]


def gap_sources_tables(entry: Mapping[str, Any]) -> list[Table]:
    """Shares of the parts, and the rates of each step by group; none where there is no gap sources."""
    gap_sources = entry["gap_sources"]
    if gap_sources is None:
        return []
    tables = [_representation(entry["attribute"], gap_sources["representation"])]
    return tables + [
        _rates(entry["attribute"], step) for step in gap_sources["steps"] if step["rates"]
    ]


def _representation(attribute: str, shares: Sequence[Mapping[str, Any]]) -> Table:
    groups = list(dict.fromkeys(share["group"] for share in shares))
    found = {(share["group"], share["part"]): share for share in shares}
    rows: list[Row] = [
        [group, *(_share_cell(found.get((group, part))) for part in _PARTS)] for group in groups
    ]
    title = (
        f"Representation: share of each group of {humanise(attribute, capital=False)} in the parts"
    )
    return make_table(title, ["Group", *(f"#{part}" for part in _PARTS)], rows)


def _share_cell(share: Mapping[str, Any] | None) -> Cell:
    if share is None:
        return Cell("none", tone="muted")
    interval = format_interval(share["ci_low"], share["ci_high"], "share")
    return Cell(
        format_value(share["value"], "share"), f"n = {format_count(share['n'])}, {interval}"
    )


def _rates(attribute: str, step: Mapping[str, Any]) -> Table:
    """Groups down, classes (or what else is compared) across."""
    columns = list(dict.fromkeys((rate["metric"], rate["class"]) for rate in step["rates"]))
    groups = list(dict.fromkeys(rate["group"] for rate in step["rates"]))
    found = {(rate["group"], rate["metric"], rate["class"]): rate for rate in step["rates"]}
    rows: list[Row] = [
        [group, *(_rate_cell(found.get((group, *column))) for column in columns)]
        for group in groups
    ]
    titles = [
        f"#{humanise(metric)}" + (f" of {of_class}" if of_class else "")
        for metric, of_class in columns
    ]
    return make_table(
        f"{_STEPS[step['step']]} by {humanise(attribute, capital=False)}", ["Group", *titles], rows
    )


def _rate_cell(rate: Mapping[str, Any] | None) -> Cell:
    if rate is None or rate["estimate"] is None:
        return Cell("–", "" if rate is None else rate["reason"], "muted")
    found = rate["estimate"]
    if rate["metric"] == "auc":
        interval = (
            ""
            if found["ci_low"] is None
            else f"{format_plain(found['ci_low'], 3)} to {format_plain(found['ci_high'], 3)}"
        )
        return Cell(format_plain(found["value"], 3), interval)
    is_signed = rate["metric"] in ("calibration_gap", "selection_excess")
    if is_signed:
        return Cell(
            format_difference(found["value"], "share"),
            format_difference_interval(found["ci_low"], found["ci_high"], "share"),
        )
    return Cell(
        format_value(found["value"], "share"),
        format_interval(found["ci_low"], found["ci_high"], "share"),
    )
