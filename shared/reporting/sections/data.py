"""The section "Data": where it comes from, its splits, and its datasheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.contract import Problem
from shared.formatting import (
    format_count,
    format_plain,
    format_value,
)
from shared.reporting.artefacts import SPLITS, Artefacts
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.section import Section
from shared.reporting.tables.datasheet import DatasheetView, provenance_facts, view_datasheet
from shared.run.artefacts.data.record import DataRecord, SplitRecord
from shared.targets import Categories

__all__ = ["SECTION", "DataView", "view_data"]

_MAX_LISTED_PROBLEMS = 50


@dataclass(frozen=True)
class DataView:
    """Provenance, sizes, balance, groups and what was set aside."""

    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    splits: Table
    classes: Table | None
    groups: Table | None
    quarantine: Table | None
    datasheet: DatasheetView


def view_data(artefacts: Artefacts) -> DataView:
    """Lay out `data.json`."""
    data = artefacts.data
    splits = data.splits
    target = artefacts.target
    classes = _classes_table(target.names, splits) if isinstance(target, Categories) else None
    problems = data.quarantine
    return DataView(
        facts=_facts(data),
        notes=(*data.provenance.warnings, *data.provenance.notes),
        splits=_splits_table(data),
        classes=classes,
        groups=_groups_table(data.groups),
        quarantine=_quarantine_table(problems) if problems else None,
        datasheet=view_datasheet(data.datasheet),
    )


def _facts(data: DataRecord) -> tuple[Fact, ...]:
    provenance = data.provenance
    name, source, licence, checksum = provenance_facts(provenance)
    citation = Fact("Citation", provenance.citation or "none given")
    subjects = Fact("Groups describe", _subjects(data.groups, provenance.conditions))
    shown = (name, source, licence, citation, checksum, subjects)
    if data.encoder is None:
        return shown
    return (*shown, Fact("Pretrained encoder", data.encoder.summary))


def _subjects(attributes: Iterable[str], conditions: Sequence[str]) -> str:
    people = [name for name in attributes if name not in conditions]
    told = [f"people by {', '.join(people)}"] if people else []
    told += [f"conditions by {', '.join(conditions)}"] if conditions else []
    return "; ".join(told) or "nothing"


def _splits_table(data: DataRecord) -> Table:
    splits = data.splits
    folds = data.folds
    caption = "Splits; no entity is in two of them"
    if any(item.n for item in data.datasheet.entity_overlap):
        caption = "Splits; entities are in several of them"
    if folds:
        caption = (
            f"Training and validation of the first of {len(folds)} folds, and what all folds test;"
            " no fold tests what it met"
        )
    rows: list[Row] = []
    for name in SPLITS:
        split = splits[name]
        fingerprint = Cell(split.fingerprint[:16], tone="muted")
        size = format_count(split.n)
        rows.append([name, size, format_count(split.num_entities), fingerprint])
    return make_table(caption, ["Split", "#Examples (n)", "#Entities", "Fingerprint"], rows)


def _classes_table(names: Sequence[str], splits: Mapping[str, SplitRecord]) -> Table:
    rows: list[Row] = [
        [name, *(_class_cell(splits[split], name) for split in SPLITS)] for name in names
    ]
    columns = ["Class", *(f"#{split}" for split in SPLITS)]
    return make_table("Examples of each class", columns, rows)


def _class_cell(split: SplitRecord, name: str) -> Cell:
    number = (split.classes or {}).get(name, 0)
    share = number / max(split.n, 1)
    return Cell(format_count(number), format_value(share, "share"), shade=share)


def _groups_table(groups: Mapping[str, Mapping[str, int]]) -> Table | None:
    rows = [
        [attribute, value, format_count(n)]
        for attribute, values in groups.items()
        for value, n in values.items()
    ]
    if not rows:
        return None
    caption = "Examples of each group, all splits together"
    return make_table(caption, ["Attribute", "Group", "#n"], rows)


def _quarantine_table(problems: Sequence[Problem]) -> Table:
    rows = [
        [item.file, format_plain(item.row), item.field or "–", item.reason]
        for item in problems[:_MAX_LISTED_PROBLEMS]
    ]
    caption = "Inputs set aside and why"
    if len(problems) > _MAX_LISTED_PROBLEMS:
        caption += f"; the first {_MAX_LISTED_PROBLEMS} of {len(problems)}"
    return make_table(caption, ["File", "#Row", "Field", "Reason"], rows)


SECTION = Section(id="data", title="Data", view=view_data)
