"""The datasheet as tables: for the report, for a page of its own and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import SPLITS
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.tables.series import series_remarks, series_tables

__all__ = ["DatasheetView", "view_datasheet"]

_MOST_CLASS_COLUMNS = 4
_SHIFT_LEVEL = 0.01


@dataclass(frozen=True)
class DatasheetView:
    """What is said about data.

    Attributes:
        leaks: One sentence for each leak; empty if there is none.
        leaks_allowed: Whether the configuration accepts them.
        remarks: What a reader should not miss, in sentences.
        facts: Where the data comes from.
        basics: Sizes, classes, inputs set aside.
        findings: Shift, repeated content, groups by label, series.
        listed: Examples that repeat others; None if there are none.
    """

    leaks: tuple[str, ...]
    leaks_allowed: bool
    remarks: tuple[str, ...]
    facts: tuple[Fact, ...]
    basics: tuple[Table, ...]
    findings: tuple[Table, ...]
    listed: Table | None


def view_datasheet(datasheet: Mapping[str, Any]) -> DatasheetView:
    """Lay out the "datasheet" of `data.json`, or what `inspect` found, which has the notes on the source as well."""
    datasheet = {**datasheet, "parts": _in_order(datasheet["parts"])}
    provenance, leakage = datasheet["provenance"], datasheet["leakage"]
    has_classes = datasheet["kind"] == "categories"
    basics = [_parts_table(datasheet)]
    findings = [_shift_table(datasheet["shift"])]
    if has_classes:
        basics.append(_classes_table(datasheet))
        findings.append(_repeats_table(datasheet))
    else:
        findings += series_tables(datasheet["series"])
    if datasheet["groups"]:
        findings.append(_groups_table(datasheet, has_classes=has_classes))
    if datasheet["quarantine"]["n"]:
        basics.append(_quarantine_table(datasheet["quarantine"]))
    return DatasheetView(
        leaks=tuple(leakage["reasons"]),
        leaks_allowed=bool(leakage["allowed"]),
        remarks=(*datasheet.get("notes", ()), *_remarks(datasheet, has_classes=has_classes)),
        facts=(
            Fact("Name", provenance["name"], f"version {provenance['version']}"),
            Fact("Source", provenance["source"]),
            Fact("Licence", provenance["licence"]),
            Fact("Checksum (SHA-256)", provenance["checksum"], is_code=True),
        ),
        basics=tuple(basics),
        findings=tuple(findings),
        listed=_listed_table(datasheet) if has_classes else None,
    )


def _remarks(datasheet: Mapping[str, Any], *, has_classes: bool) -> list[str]:
    remarks = []
    if has_classes:
        equal, near = datasheet["duplicates"], datasheet["near_duplicates"]
        total = sum(part["n"] for part in datasheet["parts"].values())
        if equal["num_compared"] < total:
            remarks.append(
                f"Content was compared in a sample of {format_count(equal['num_compared'])} of"
                f" {format_count(total)} examples."
            )
        elif near["method"] and total > near["most_compared"]:
            remarks.append(
                f"Near-duplicates were sought in a sample of {format_count(near['num_compared'])}"
                " examples."
            )
        for kind, found in (("Equal", equal), ("Nearly equal", near)):
            if found["num_conflicts"]:
                remarks.append(
                    f"{kind} content with different labels:"
                    f" {count_of(found['num_conflicts'], 'group', 'groups')}."
                )
        crossing = count_of(sum(item["n"] for item in near["across"]), "example is", "examples are")
        if any(item["n"] for item in near["across"]):
            remarks.append(
                f"{crossing} almost the same as one of another part: results may be a little too"
                " good."
            )
    else:
        remarks += series_remarks(datasheet["series"])
    effect = datasheet["shift"]["effect"]
    remarks += [
        f"The labels of {pair['first']} and {pair['second']} differ: {effect}"
        f" {format_plain(pair['effect'], 2)}."
        for pair in datasheet["shift"]["pairs"]
        if pair["p_value"] is not None and pair["p_value"] < _SHIFT_LEVEL
    ]
    return remarks


def _in_order(parts: Mapping[str, Any]) -> dict[str, Any]:
    """JSON files are sorted by name; people expect the order in which parts are used."""
    return {part: parts[part] for part in SPLITS}


def _parts_table(datasheet: Mapping[str, Any]) -> Table:
    rows = [
        [
            name,
            format_count(part["n"]),
            format_count(part["num_entities"]),
            format_plain(float(part["examples_per_entity"]["median"])),
            format_count(part["examples_per_entity"]["largest"]),
        ]
        for name, part in datasheet["parts"].items()
    ]
    return make_table(
        "Parts",
        ["Part", "#Examples", "#Entities", "#Examples of an entity, median", "#Largest"],
        rows,
    )


def _classes_table(datasheet: Mapping[str, Any]) -> Table:
    parts = datasheet["parts"]
    names = [item["name"] for item in next(iter(parts.values()))["classes"]]
    rows: list[Row] = []
    for position, name in enumerate(names):
        rows.append(
            [
                name,
                *(
                    _share_cell(part["classes"][position], part["classes"][position]["n"])
                    for part in parts.values()
                ),
            ]
        )
    level = format_level(datasheet["confidence"])
    return make_table(
        f"Classes: examples, share and {level} interval",
        ["Class", *(f"#{name}" for name in parts)],
        rows,
    )


def _share_cell(share: Mapping[str, Any], number: int) -> Cell:
    interval = format_interval(share["ci_low"], share["ci_high"], "share")
    return Cell(format_count(number), f"{format_value(share['share'], 'share')} ({interval})")


def _shift_table(shift: Mapping[str, Any]) -> Table:
    rows: list[Row] = []
    for pair in shift["pairs"]:
        known = pair["p_value"] is not None
        answer = Cell("not known", tone="muted")
        if known:
            answer = (
                Cell("differ", tone="warn")
                if pair["p_value"] < _SHIFT_LEVEL
                else Cell("not shown to differ")
            )
        p_value = format_plain(float(pair["p_value"]), 2) if known else "–"
        rows.append(
            [
                f"{pair['first']}, {pair['second']}",
                format_plain(float(pair["effect"]), 2),
                p_value,
                answer,
            ]
        )
    return make_table(
        "Do the parts have the same labels?", ["Parts", f"#{shift['effect']}", "#p", "Labels"], rows
    )


def _repeats_table(datasheet: Mapping[str, Any]) -> Table:
    equal, near = datasheet["duplicates"], datasheet["near_duplicates"]
    rows: list[Row] = [
        [f"within {part}", *(format_count(found["within"][part]) for found in (equal, near))]
        for part in datasheet["parts"]
    ]
    for one, other in zip(equal["across"], near["across"], strict=True):
        rows.append(
            [f"of {one['second']}, also in {one['first']}", _warned(one["n"]), _warned(other["n"])]
        )
    rows.append(
        [
            "groups of them with several labels",
            _warned(equal["num_conflicts"]),
            _warned(near["num_conflicts"]),
        ]
    )
    rows.append(
        [
            "groups of them with several entities",
            *(format_count(found["num_entities_differ"]) for found in (equal, near)),
        ]
    )
    method = (
        f"; nearly equal: {near['method']}"
        if near["method"]
        else "; near-duplicates are not sought for this kind of content"
    )
    return make_table(
        f"Examples that repeat others{method}", ["Examples", "#Equal", "#Nearly equal"], rows
    )


def _warned(number: int) -> Cell:
    return Cell(format_count(number), tone="warn" if number else "")


def _listed_table(datasheet: Mapping[str, Any]) -> Table | None:
    rows: list[Row] = []
    for kind, key in (("equal", "duplicates"), ("nearly equal", "near_duplicates")):
        for group in datasheet[key]["listed"]:
            shown = [
                f"{item['id']} ({item['part']}, {item['label']}, entity {item['entity']})"
                for item in group["members"]
            ]
            more = f" and {group['n'] - len(shown)} more" if group["n"] > len(shown) else ""
            label = Cell("several", tone="warn") if group["conflict"] else Cell("one")
            rows.append([kind, format_count(group["n"]), label, ", ".join(shown) + more])
    if not rows:
        return None
    return make_table(
        "The first of them: several labels and several parts before others",
        ["Content", "#n", "Labels", "Examples"],
        rows,
    )


def _groups_table(datasheet: Mapping[str, Any], *, has_classes: bool) -> Table:
    names = (
        [item["name"] for item in next(iter(datasheet["parts"].values()))["classes"]]
        if has_classes
        else []
    )
    shown = names if len(names) <= _MOST_CLASS_COLUMNS else []
    rows: list[Row] = []
    for entry in datasheet["groups"]:
        for value in entry["values"]:
            size = Cell(
                format_count(value["n"]), count_of(value["num_entities"], "entity", "entities")
            )
            share = Cell(
                format_value(value["share"], "share"),
                format_interval(value["ci_low"], value["ci_high"], "share"),
            )
            cells = [
                _share_cell(item, item["n"])
                for item in value["classes"] or ()
                if item["name"] in shown
            ]
            few = ", ".join(
                item["name"] for item in value["classes"] or () if item["under_represented"]
            )
            last = [Cell(few or "–", tone="warn" if few else "muted")] if has_classes else []
            rows.append([humanise(entry["attribute"]), value["value"], size, share, *cells, *last])
        if entry["num_values"] > len(entry["values"]):
            hidden = f"{format_count(entry['num_values'] - len(entry['values']))} smaller groups"
            rows.append(
                [
                    humanise(entry["attribute"]),
                    Cell(hidden, tone="muted"),
                    *[""] * (2 + len(shown) + has_classes),
                ]
            )
    rare = ["Rare classes: less than half as frequent as elsewhere"] if has_classes else []
    level = format_level(datasheet["confidence"])
    columns = ["Attribute", "Group", "#Examples", "#Share", *(f"#{name}" for name in shown), *rare]
    return make_table(
        f"Who is in the data: groups and their labels, {level} intervals that count entities",
        columns,
        rows,
    )


def _quarantine_table(quarantine: Mapping[str, Any]) -> Table:
    rows = [
        [item["reason"], format_count(item["n"]), item["example"]] for item in quarantine["reasons"]
    ]
    return make_table(
        f"Inputs set aside: {format_count(quarantine['n'])}", ["Reason", "#n", "For example"], rows
    )
