"""The section "Data": where it comes from, its splits, and its datasheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import SPLITS, Artefacts
from shared.reporting.formatting import (
    format_count,
    format_plain,
    format_value,
)
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.section import Section
from shared.reporting.tables.datasheet import DatasheetView, view_datasheet
from shared.targets import Categories

__all__ = ["SECTION", "DataView", "view_data"]

_MAX_LISTED_PROBLEMS = 50


@dataclass(frozen=True)
class DataView:
    """Provenance, sizes, balance, groups and what was set aside."""

    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    parts: Table
    classes: Table | None
    groups: Table | None
    quarantine: Table | None
    datasheet: DatasheetView | None


def view_data(artefacts: Artefacts) -> DataView:
    """Lay out `data.json`."""
    data, provenance = artefacts.data, artefacts.data["provenance"]
    quarantine = data["quarantine"]
    parts: list[Row] = [
        [
            name,
            format_count(part["n"]),
            format_count(part["num_entities"]),
            Cell(part["fingerprint"][:16], tone="muted"),
        ]
        for name, part in ((name, data["parts"][name]) for name in SPLITS)
    ]
    return DataView(
        facts=(
            Fact("Name", provenance["name"], f"version {provenance['version']}"),
            Fact("Source", provenance["source"]),
            Fact("Licence", provenance["licence"]),
            Fact("Citation", provenance["citation"] or "none given"),
            Fact("Checksum (SHA-256)", provenance["checksum"], is_code=True),
            Fact("Groups describe", _subjects(data["groups"], provenance["conditions"])),
        ),
        notes=tuple(provenance["notes"]),
        parts=make_table(
            _parts_caption(data), ["Part", "#Examples (n)", "#Entities", "Fingerprint"], parts
        ),
        classes=(
            _classes_table(artefacts.target.names, data["parts"])
            if isinstance(artefacts.target, Categories)
            else None
        ),
        groups=_groups_table(data["groups"]),
        quarantine=_quarantine_table(quarantine) if quarantine else None,
        datasheet=view_datasheet(data["datasheet"]) if "datasheet" in data else None,
    )


def _subjects(attributes: Iterable[str], conditions: Sequence[str]) -> str:
    people = [name for name in attributes if name not in conditions]
    told = [f"people by {', '.join(people)}"] if people else []
    return (
        "; ".join([*told, *([f"conditions by {', '.join(conditions)}"] if conditions else [])])
        or "nothing"
    )


def _parts_caption(data: Mapping[str, Any]) -> str:
    if data.get("folds"):
        return (
            f"Training and validation of the first of {len(data['folds'])} folds, and what all"
            " folds test; no fold tests what it met"
        )
    return "Parts; no entity is in two of them"


def _classes_table(names: Sequence[str], parts: Mapping[str, Any]) -> Table:
    rows: list[Row] = []
    for name in names:
        cells: list[str | Cell] = [name]
        for part in (parts[name] for name in SPLITS):
            share = part["classes"][name] / max(part["n"], 1)
            cells.append(
                Cell(format_count(part["classes"][name]), format_value(share, "share"), shade=share)
            )
        rows.append(cells)
    return make_table("Examples of each class", ["Class", *(f"#{part}" for part in SPLITS)], rows)


def _groups_table(groups: Mapping[str, Mapping[str, int]]) -> Table | None:
    rows = [
        [attribute, value, format_count(n)]
        for attribute, values in groups.items()
        for value, n in values.items()
    ]
    return (
        make_table("Examples of each group, all parts together", ["Attribute", "Group", "#n"], rows)
        if rows
        else None
    )


def _quarantine_table(problems: list[dict[str, Any]]) -> Table:
    rows = [
        [str(item["file"]), format_plain(item["row"]), item["field"] or "–", str(item["reason"])]
        for item in problems[:_MAX_LISTED_PROBLEMS]
    ]
    more = (
        f"; the first {_MAX_LISTED_PROBLEMS} of {len(problems)}"
        if len(problems) > _MAX_LISTED_PROBLEMS
        else ""
    )
    return make_table(f"Inputs set aside and why{more}", ["File", "#Row", "Field", "Reason"], rows)


SECTION = Section(id="data", title="Data", view=view_data)
