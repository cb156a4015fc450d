"""From which probability to raise an alarm: what each threshold finds, misses and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_value,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated, shortened
from shared.reporting.page import Cell, Table, Tone, make_table
from shared.reporting.reader.threshold_data import json_block, threshold_data
from shared.reporting.section import Section
from shared.run.artefacts.metrics.decision_entries import OperatingPointEntry
from shared.statistics.shares import ShareEstimate
from shared.targets import Categories

__all__ = ["SECTION", "DecideView", "view_decide"]

_MOST_ROWS = 6
_TONES: dict[str, Tone] = {"met": "good", "missed": "bad", "inconclusive": "warn"}
_KEPT = {"met": "kept", "missed": "broken", "inconclusive": "not shown"}


@dataclass(frozen=True)
class DecideView:
    """What the template shows; `table` is None without operating points.

    Attributes:
        finding: Of the served thresholds.
        figure: Words and numbers of the explorer.
        data: What it computes from, as JSON.
        table: Stands there without a script too.
    """

    finding: Markup
    figure: Figure
    data: Markup
    table: Table | None


def view_decide(artefacts: Artefacts) -> DecideView | None:
    """Lay out thresholds; None for forecasts, and without finite scores."""
    tested = artefacts.tested
    target = tested.target
    if not isinstance(target, Categories) or not tested.is_finite:
        return None
    points = [
        entry for entry in artefacts.metrics.operating_points or () if entry.threshold is not None
    ]
    served = {
        target.names.index(entry.class_name): entry.threshold
        for entry in points
        if entry.threshold is not None
    }
    data = threshold_data(
        tested,
        target,
        served,
        confidence=artefacts.metrics.confidence,
        with_groups=artefacts.fairness.privacy_group_size == 0,
    )
    return DecideView(
        finding=_finding(points),
        figure=_figure(artefacts, points, len(data["truth"])),
        data=json_block(data),
        table=_table(points) if points else None,
    )


def _finding(points: Sequence[OperatingPointEntry]) -> Markup:
    if not points:
        return Markup("No threshold is served: the most probable class is decided for.")
    counts = {word: sum(_kept(entry) == word for entry in points) for word in _KEPT.values()}
    listed = ", ".join(f"{word} for {number}" for word, number in counts.items() if number)
    worst = min(points, key=lambda entry: _value(entry.sensitivity))
    found = worst.sensitivity
    thresholds = count_of(len(points), "served threshold", "served thresholds")
    said = Markup("Of {}, what was asked is {}.").format(thresholds, listed or "not known")
    if found is None:
        return said
    return said + Markup(" The least found: {} of {} “{}” ({}).").format(
        _hits(found), format_count(found.n), isolated(worst.class_name), _ends(found)
    )


def _kept(entry: OperatingPointEntry) -> str:
    return _KEPT.get(entry.verdict or "", "not known")


def _value(share: ShareEstimate | None) -> float:
    return 1.0 if share is None or share.value is None else share.value


def _hits(share: ShareEstimate) -> int:
    return round((share.value or 0.0) * share.n)


def _ends(share: ShareEstimate) -> str:
    return format_interval(share.ci_low, share.ci_high, "share")


def _figure(artefacts: Artefacts, points: Sequence[OperatingPointEntry], shown: int) -> Figure:
    num_rows = len(artefacts.tested.predictions)
    sample = "" if shown == num_rows else f"a random {format_count(shown)} of "
    title = (
        f"Counts of {sample}{format_count(num_rows)} test rows with"
        f" {format_level(artefacts.metrics.confidence)} intervals by entity; a threshold that is"
        " chosen here has seen its own test."
    )
    return Figure(title, title, _download(points))


def _table(points: Sequence[OperatingPointEntry]) -> Table:
    shown = sorted(points, key=lambda entry: _value(entry.sensitivity))[:_MOST_ROWS]
    rest = len(points) - len(shown)
    more = f"; the {len(shown)} that find least, {rest} more in the CSV" if rest else ""
    caption = f"Served thresholds on the test split{more}"
    columns = ("Alarm for", "#From", "#Finds", "#False alarms", "Asked")
    return make_table(caption, columns, [_row(entry) for entry in shown])


def _row(entry: OperatingPointEntry) -> tuple[Cell, ...]:
    limit = "at least" if entry.goal == "sensitivity" else "at most"
    asked = f"{entry.goal} {limit} {format_level(entry.requested)}"
    kept = _kept(entry)
    return (
        Cell(shortened(entry.class_name)),
        Cell(format_value(entry.threshold, "share")),
        _counted(entry.sensitivity),
        _counted(entry.false_alarm_share),
        Cell(kept, asked, _TONES.get(entry.verdict or "", "muted")),
    )


def _counted(share: ShareEstimate | None) -> Cell:
    if share is None or share.value is None:
        return Cell("–", tone="muted")
    return Cell(f"{_hits(share)} of {format_count(share.n)}", _ends(share))


def _download(points: Sequence[OperatingPointEntry]) -> Download:
    rows = []
    for entry in points:
        asked = (entry.goal, entry.requested, entry.threshold)
        shares = [*_numbers(entry.sensitivity), *_numbers(entry.false_alarm_share)]
        rows.append((entry.class_name, *asked, *shares, entry.verdict))
    ends = ("ci_low", "ci_high", "n")
    columns = ("class", "goal", "asked", "threshold", "sensitivity", *ends, "false_alarms", *ends)
    return csv_download("thresholds", (*columns, "verdict"), rows)


def _numbers(share: ShareEstimate | None) -> tuple[float | None, float | None, float | None, int]:
    if share is None:
        return None, None, None, 0
    return share.value, share.ci_low, share.ci_high, share.n


SECTION = Section(
    id="decide", title="From which probability to act?", view=view_decide, folder="reader"
)
