"""All attributes of one family at a glance: what was found, and what could have been."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import format_count, format_difference, format_plain, humanise
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.fairness.record import AssessmentRecord, Verdict

__all__ = ["overview_table", "verdict_tone"]

_TONES: dict[Verdict, Tone] = {
    "gap found": "bad",
    "equivalent within ε": "good",
    "inconclusive": "warn",
    "not enough data": "muted",
}


def verdict_tone(verdict: Verdict) -> Tone:
    """How a verdict of the fairness stage is meant."""
    return _TONES[verdict]


def overview_table(entries: Sequence[AssessmentRecord], caption: str, unit: str) -> Table:
    """What was found of each attribute, or pair of attributes."""
    columns = [
        "Attribute",
        "Verdict",
        "#Largest minus smallest",
        "#Adjusted p",
        "#Gap still possible",
        "#Gap that would be found",
    ]
    return make_table(caption, columns, [_overview_row(entry, unit) for entry in entries])


def _overview_row(entry: AssessmentRecord, unit: str) -> Row:
    worst = f"highest error: {entry.worst_group}" if entry.worst_group else ""
    spread = entry.spread
    difference: str | Cell = "–"
    p_value: str | Cell = "–"
    if spread is not None:
        difference = _unsigned(spread.value, unit)
        raw = f"raw {format_plain(spread.p_value, 2)}"
        p_value = Cell(format_plain(spread.p_adjusted, 2), raw)
    untested = [group.group for group in entry.groups if group.not_tested]
    if untested:
        worst += f"; not tested: {', '.join(untested)}"
    return [
        Cell(humanise(entry.attribute), worst.removeprefix("; ")),
        Cell(entry.verdict, _needs(entry), verdict_tone(entry.verdict)),
        difference,
        p_value,
        _unsigned(entry.largest_compatible_gap, unit),
        _unsigned(entry.smallest_detectable_gap, unit),
    ]


def _unsigned(gap: float | None, unit: str) -> str:
    return format_difference(gap, unit).removeprefix("+")


def _needs(entry: AssessmentRecord) -> str:
    if entry.verdict != "inconclusive" or entry.rows_needed is None:
        return ""
    return f"needs n ≈ {format_count(entry.rows_needed)}"
