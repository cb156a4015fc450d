"""Conformal sets by group: as deployed, and if each group had thresholds of its own."""

from __future__ import annotations

from shared.evaluation.claims import Promise
from shared.formatting import format_count, format_plain, format_value
from shared.reporting.cells import TONES, interval_of
from shared.reporting.page import Cell, Row, Table, make_table
from shared.run.artefacts.fairness.mitigations import GroupSetsRecord, SetsRecord
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate

__all__ = ["set_coverage_tables"]


def set_coverage_tables(entry: AttributeRecord) -> tuple[Table, ...]:
    """The table of one attribute of `fairness.json`; none where there are no sets."""
    found = entry.set_coverage
    if found is None or not found.groups:
        return ()
    nominal = found.nominal
    columns = [
        "Group",
        "#n",
        "#Observed, deployed",
        "#Classes in a set",
        "#Observed, own thresholds",
        "#Classes in a set",
    ]
    caption = (
        f"Conformal sets of {format_value(nominal, 'share')} nominal coverage: as deployed, and if"
        " each group had thresholds of its own"
    )
    rows = [_group_row(group, nominal) for group in found.groups]
    return (make_table(caption, columns, rows),)


def _group_row(group: GroupSetsRecord, nominal: float) -> Row:
    deployed = group.deployed
    own = group.own
    num_test = format_count(deployed.coverage.n)
    size = Cell(num_test, f"validation {format_count(group.num_val)}")
    row: list[str | Cell] = [group.group, size, *_set_cells(deployed, nominal)]
    if own is None:
        return [*row, Cell("–", group.reason, "muted"), Cell("–")]
    return [*row, *_set_cells(own, nominal)]


def _set_cells(sets: SetsRecord, nominal: float) -> tuple[Cell, Cell]:
    return _coverage_cell(sets.coverage, nominal), _size_cell(sets.mean_size)


def _coverage_cell(share: ShareEstimate, nominal: float) -> Cell:
    """Marked only where the interval lies below the nominal coverage."""
    observed = format_value(share.value, "share")
    interval = interval_of(share, "share")
    if Promise(low=nominal).judge(share.interval) == "contradicted":
        return Cell(observed, f"{interval}; below nominal", TONES["contradicted"])
    return Cell(observed, interval)


def _size_cell(size: Estimate) -> Cell:
    value = format_plain(size.value, 3)
    if size.ci_low is None:
        return Cell(value)
    return Cell(value, f"{format_plain(size.ci_low, 3)} to {format_plain(size.ci_high, 3)}")
