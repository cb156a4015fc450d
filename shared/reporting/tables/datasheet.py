"""The datasheet as tables: for the report, for a page of its own and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contract import Provenance
from shared.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.artefacts import SPLITS
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.tables.series import series_remarks, series_tables
from shared.run.artefacts.data.datasheet import (
    CategoriesDatasheet,
    CountedShareRecord,
    Datasheet,
    GroupValueRecord,
    QuarantineRecord,
    ShiftPairRecord,
    ShiftRecord,
    SourceRecord,
    SplitSheetRecord,
)
from shared.run.artefacts.data.repeats import RepeatGroupRecord, RepeatMemberRecord

__all__ = ["DatasheetView", "provenance_facts", "view_datasheet"]

_MOST_CLASS_COLUMNS = 4
_FEW_MEMBERS = 2
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


def view_datasheet(
    datasheet: Datasheet, notes: Sequence[str] = (), *, most_repeats: int | None = None
) -> DatasheetView:
    """Lay out a datasheet.

    Args:
        datasheet: What to show.
        notes: Of its source, where the page has them nowhere else.
        most_repeats: Of equal and of nearly equal content, the groups that are listed, with two
            examples each. None: all that the datasheet names.
    """
    # JSON files are sorted by name; people expect the order in which splits are used.
    splits = {name: datasheet.splits[name] for name in SPLITS}
    basics = [_splits_table(splits)]
    findings = [_shift_table(datasheet.shift)]
    listed = None
    if isinstance(datasheet, CategoriesDatasheet):
        content = _content_remarks(datasheet)
        listed = _listed_table(datasheet, most_repeats)
        basics.append(_classes_table(splits, datasheet.confidence))
        findings.append(_repeats_table(datasheet))
    else:
        content = series_remarks(datasheet.series)
        findings += series_tables(datasheet.series)
    if datasheet.groups:
        findings.append(_groups_table(datasheet))
    if datasheet.quarantine.n:
        basics.append(_quarantine_table(datasheet.quarantine))
    return DatasheetView(
        leaks=tuple(datasheet.leakage.reasons),
        leaks_allowed=datasheet.leakage.allowed,
        remarks=(*notes, *content, *_shift_remarks(datasheet.shift)),
        facts=provenance_facts(datasheet.provenance),
        basics=tuple(basics),
        findings=tuple(findings),
        listed=listed,
    )


def provenance_facts(provenance: Provenance | SourceRecord) -> tuple[Fact, ...]:
    """Where data comes from, and under which licence."""
    return (
        Fact("Name", provenance.name, f"version {provenance.version}"),
        Fact("Source", provenance.source),
        Fact("Licence", provenance.licence),
        Fact("Checksum (SHA-256)", provenance.checksum, is_code=True),
    )


def _content_remarks(datasheet: CategoriesDatasheet) -> list[str]:
    """On samples, on labels that contradict each other, and on near-duplicates across splits."""
    equal = datasheet.duplicates
    near = datasheet.near_duplicates
    total = sum(split.n for split in datasheet.splits.values())
    remarks = []
    if equal.num_compared < total:
        remarks.append(
            f"Content was compared in a sample of {format_count(equal.num_compared)} of"
            f" {format_count(total)} examples."
        )
    elif near.method and near.most_compared is not None and total > near.most_compared:
        sample = format_count(near.num_compared)
        remarks.append(f"Near-duplicates were sought in a sample of {sample} examples.")
    for kind, found in (("Equal", equal), ("Nearly equal", near)):
        if found.num_conflicts:
            groups = count_of(found.num_conflicts, "group", "groups")
            remarks.append(f"{kind} content with different labels: {groups}.")
    num_crossing = sum(item.n for item in near.across)
    if num_crossing:
        crossing = count_of(num_crossing, "example is", "examples are")
        remarks.append(
            f"{crossing} almost the same as one of another split: results may be a little too good."
        )
    return remarks


def _shift_remarks(shift: ShiftRecord) -> list[str]:
    return [
        f"The labels of {pair.first} and {pair.second} differ: {shift.effect}"
        f" {format_plain(pair.effect, 2)}."
        for pair in shift.pairs
        if _is_shifted(pair)
    ]


def _is_shifted(pair: ShiftPairRecord) -> bool:
    return pair.p_value is not None and pair.p_value < _SHIFT_LEVEL


def _splits_table(splits: Mapping[str, SplitSheetRecord]) -> Table:
    rows = []
    for name, split in splits.items():
        per_entity = split.examples_per_entity
        median = format_plain(per_entity.median)
        largest = format_count(per_entity.largest)
        size = format_count(split.n)
        rows.append([name, size, format_count(split.num_entities), median, largest])
    columns = ["Split", "#Examples", "#Entities", "#Examples of an entity, median", "#Largest"]
    return make_table("Splits", columns, rows)


def _classes_table(splits: Mapping[str, SplitSheetRecord], confidence: float) -> Table:
    # Every split lists all classes in one order.
    columns = [split.classes or () for split in splits.values()]
    rows: list[Row] = [
        [shares[0].name, *map(_share_cell, shares)] for shares in zip(*columns, strict=True)
    ]
    caption = f"Classes: examples, share and {format_level(confidence)} interval"
    return make_table(caption, ["Class", *(f"#{name}" for name in splits)], rows)


def _share_cell(share: CountedShareRecord) -> Cell:
    """A number of examples, and below it their share with its interval."""
    value = format_value(share.share, "share")
    return Cell(format_count(share.n), f"{value} ({_interval(share)})")


def _interval(share: CountedShareRecord) -> str:
    return format_interval(share.ci_low, share.ci_high, "share")


def _shift_table(shift: ShiftRecord) -> Table:
    columns = ["Splits", f"#{shift.effect}", "#p", "Labels"]
    rows = [_shift_row(pair) for pair in shift.pairs]
    return make_table("Do the splits have the same labels?", columns, rows)


def _shift_row(pair: ShiftPairRecord) -> Row:
    splits = f"{pair.first}, {pair.second}"
    effect = format_plain(pair.effect, 2)
    if pair.p_value is None:
        return [splits, effect, "–", Cell("not known", tone="muted")]
    answer = Cell("differ", tone="warn") if _is_shifted(pair) else Cell("not shown to differ")
    return [splits, effect, format_plain(pair.p_value, 2), answer]


def _repeats_table(datasheet: CategoriesDatasheet) -> Table:
    equal = datasheet.duplicates
    near = datasheet.near_duplicates
    rows: list[Row] = []
    for split in SPLITS:
        counts = [format_count(found.within[split]) for found in (equal, near)]
        rows.append([f"within {split}", *counts])
    for one, other in zip(equal.across, near.across, strict=True):
        label = f"of {one.second}, also in {one.first}"
        rows.append([label, _warned(one.n), _warned(other.n)])
    conflicts = [_warned(found.num_conflicts) for found in (equal, near)]
    rows.append(["groups of them with several labels", *conflicts])
    entities = [format_count(found.num_entities_differ) for found in (equal, near)]
    rows.append(["groups of them with several entities", *entities])
    method = "near-duplicates are not sought for this kind of content"
    if near.method:
        method = f"nearly equal: {near.method}"
    caption = f"Examples that repeat others; {method}"
    return make_table(caption, ["Examples", "#Equal", "#Nearly equal"], rows)


def _warned(number: int) -> Cell:
    return Cell(format_count(number), tone="warn" if number else "")


def _listed_table(datasheet: CategoriesDatasheet, most: int | None) -> Table | None:
    kinds = {"equal": datasheet.duplicates, "nearly equal": datasheet.near_duplicates}
    most_members = None if most is None else _FEW_MEMBERS
    rows = [
        _listed_row(kind, group, most_members)
        for kind, found in kinds.items()
        for group in found.listed[:most]
    ]
    if not rows:
        return None
    number = sum(found.num_groups for found in kinds.values())
    of_all = f"The first of {format_count(number)} groups" if len(rows) < number else "All of them"
    caption = f"{of_all}: several labels and several splits before others"
    return make_table(caption, ["Content", "#n", "Labels", "Examples"], rows)


def _listed_row(kind: str, group: RepeatGroupRecord, most_members: int | None) -> Row:
    members = group.members[:most_members]
    shown = ", ".join(map(_member, members))
    if group.n > len(members):
        shown += f" and {group.n - len(members)} more"
    label = Cell("several", tone="warn") if group.conflict else Cell("one")
    return [kind, format_count(group.n), label, shown]


def _member(item: RepeatMemberRecord) -> str:
    """An example where it stands; its entity where that is not itself."""
    entity = "" if item.entity == item.id else f", entity {item.entity}"
    return f"{item.id} ({item.split}, {item.label}{entity})"


def _groups_table(datasheet: Datasheet) -> Table:
    classes = datasheet.splits[SPLITS[0]].classes or ()
    names = [item.name for item in classes]
    shown = names if len(names) <= _MOST_CLASS_COLUMNS else []
    columns = ["Attribute", "Group", "#Examples", "#Share", *(f"#{name}" for name in shown)]
    columns += ["Rare classes: less than half as frequent as elsewhere"] if names else []
    rows: list[Row] = []
    for entry in datasheet.groups:
        attribute = humanise(entry.attribute)
        rows += [[attribute, *_group_cells(value, shown)] for value in entry.values]
        num_hidden = entry.num_values - len(entry.values)
        if num_hidden > 0:
            hidden = Cell(f"{format_count(num_hidden)} smaller groups", tone="muted")
            rows.append([attribute, hidden, *[""] * (len(columns) - 2)])
    level = format_level(datasheet.confidence)
    caption = f"Who is in the data: groups and their labels, {level} intervals that count entities"
    return make_table(caption, columns, rows)


def _group_cells(value: GroupValueRecord, shown: Sequence[str]) -> list[str | Cell]:
    """A group's name, size, share, classes that have a column, and rare ones."""
    entities = count_of(value.num_entities, "entity", "entities")
    size = Cell(format_count(value.n), entities)
    share = Cell(format_value(value.share, "share"), _interval(value))
    cells: list[str | Cell] = [value.value, size, share]
    classes = value.classes
    if not classes:
        return cells
    cells += [_share_cell(item) for item in classes if item.name in shown]
    rare = ", ".join(item.name for item in classes if item.under_represented)
    return [*cells, Cell(rare or "–", tone="warn" if rare else "muted")]


def _quarantine_table(quarantine: QuarantineRecord) -> Table:
    rows = [[item.reason, format_count(item.n), item.example] for item in quarantine.reasons]
    caption = f"Inputs set aside: {format_count(quarantine.n)}"
    return make_table(caption, ["Reason", "#n", "For example"], rows)
