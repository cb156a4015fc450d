"""The page of a look at a new batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.formatting import (
    count_of,
    format_count,
    format_level,
    format_plain,
    format_value,
    state_p_value,
)
from shared.names import printable
from shared.reporting.beside.marked_table import MarkedRow, MarkedTable
from shared.reporting.beside.monitored_performance import Performance, view_performance
from shared.reporting.drawing.cells import bar, sparkline
from shared.reporting.drawing.scale import Scale
from shared.reporting.page import Cell, Fact, Table, Tone, make_table
from shared.reporting.templates import page_templates, read_style
from shared.run.artefacts.monitoring.record import (
    DriftTest,
    MonitorRecord,
    SequenceRecord,
)

__all__ = ["render_monitor"]

_MOST_STRONGEST = 12
_MOST_REASONS = 4
_MOST_OF_SEQUENCE = 10


@dataclass(frozen=True)
class _Course:
    lead: str
    title: str
    describe: str
    drawing: Markup
    table: Table


@dataclass(frozen=True)
class _Finding:
    """What is said first."""

    title: str
    verdict: str
    tone: Tone
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class _Drift:
    """The tests of columns."""

    lead: str
    strongest: MarkedTable
    others: MarkedTable | None


@dataclass(frozen=True)
class _Page:
    """What the template lays out."""

    record: MonitorRecord
    finding: _Finding
    facts: tuple[Fact, ...]
    performance: Performance
    course: _Course | None
    drift: _Drift
    method: tuple[str, ...]


def render_monitor(record: MonitorRecord) -> str:
    """The page as HTML; all names are escaped, and control characters written out.

    Args:
        record: What was found.
    """
    page = page_templates().get_template("beside/monitor.html")
    # What can't be shown is written out last: it may stand in any name.
    return printable(page.render(page=_lay_out(record), style=read_style()))


def _lay_out(record: MonitorRecord) -> _Page:
    return _Page(
        record=record,
        finding=_finding(record),
        facts=_facts(record),
        performance=view_performance(record),
        course=None if record.sequence is None else _course(record.sequence),
        drift=_drift(record),
        method=_method(record),
    )


def _finding(record: MonitorRecord) -> _Finding:
    verdict = "Alarm" if record.alarm else "No alarm"
    tone: Tone = "bad" if record.alarm else "good"
    return _Finding(_title(record), verdict, tone, _sentences(record))


def _drift(record: MonitorRecord) -> _Drift:
    shown = record.tests[:_MOST_STRONGEST]
    further = record.tests[_MOST_STRONGEST:]
    return _Drift(
        lead=_drift_lead(record),
        strongest=_drift_table("Columns, the smallest p-value first", shown),
        others=_drift_table("Further columns", further) if further else None,
    )


def _title(record: MonitorRecord) -> str:
    """The finding."""
    drifted = [test for test in record.tests if test.drifted]
    if not drifted and (record.classifier is None or not record.classifier.drifted):
        said = "nothing is shown to differ"
        return f"{count_of(record.batch.n, 'new row', 'new rows')}: {said} from the test split"
    if not drifted:
        return "A classifier tells the new rows from the test split; no single column does"
    columns = f"{len(drifted)} of {len(record.tests)} columns differ"
    return f"{columns} from the test split, most surely: {drifted[0].column}"


def _sentences(record: MonitorRecord) -> tuple[str, ...]:
    if record.alarm:
        named = "; ".join(record.reasons[:_MOST_REASONS])
        further = len(record.reasons) - _MOST_REASONS
        return (f"Because of {named}{f'; and {further} more' if further > 0 else ''}.",)
    if record.sequence is None:
        return ("This look alone: drift that a batch of this size can't show may still be there.",)
    count = count_of(record.sequence.num_batches, "batch", "batches")
    return (f"Over {count} no column has reached its threshold.",)


def _facts(record: MonitorRecord) -> tuple[Fact, ...]:
    batch = record.batch
    reference = record.reference
    entities = [count_of(side.num_entities, "entity", "entities") for side in (batch, reference)]
    left_out = "left out of everything below"
    known = entities[0] if batch.entities_known else ""
    tested = f"{format_count(batch.num_tested)} against {format_count(reference.num_tested)}"
    model = Fact("Model", record.weights_sha256[:12], is_code=True)
    return (
        Fact("New rows", format_count(batch.n), known),
        Fact("Could not be scored", format_count(batch.num_errors), left_out),
        Fact("Test rows", format_count(reference.n), entities[1]),
        Fact("Tested", tested, "one row of each entity"),
        _classifier_fact(record),
        model,
    )


def _classifier_fact(record: MonitorRecord) -> Fact:
    found = record.classifier
    if found is None:
        return Fact("Classifier two-sample test", "–", "needs 20 rows on each side")
    note = f"{state_p_value(found.p_value)}; AUC by {found.seen}, 0.5: can't tell them apart"
    return Fact("Classifier two-sample test", f"{found.auc:.3f}", note)


def _course(sequence: SequenceRecord) -> _Course:
    count = count_of(sequence.num_batches, "batch", "batches")
    lead = (
        f"{count} so far. Each column bets against “nothing drifts”, and alarms once it has won so"
        " much that chance would reach it, in any column and however often one looks, with a"
        f" probability of at most {format_level(sequence.level)}."
    )
    if sequence.counted_before:
        lead += " This batch had been counted before, and was not counted again."
    newest = sequence.log10_nearness[-1] if sequence.log10_nearness else 0.0
    describe = (
        f"Decimal logarithm of wealth over threshold of the column nearest to it, {count}; the"
        f" newest is {format_plain(newest, 3)}, an alarm begins at 0."
    )
    return _Course(
        lead=lead,
        title="How near the nearest column is to its threshold, by batch (line: alarm)",
        describe=describe,
        drawing=sparkline(sequence.log10_nearness or (0.0,), reference=0.0),
        table=_sequence_table(sequence),
    )


def _sequence_table(sequence: SequenceRecord) -> Table:
    rows = [
        (
            Cell(test.column, test.family),
            format_plain(test.log10_wealth, 3),
            format_plain(test.log10_threshold, 3),
            Cell("alarm", tone="bad") if test.drifted else "",
        )
        for test in sequence.tests[:_MOST_OF_SEQUENCE]
    ]
    columns = ("column", "#wealth (log10)", "#alarm from", "state")
    return make_table("The columns nearest to their threshold", columns, rows)


def _drift_lead(record: MonitorRecord) -> str:
    level = format_level(record.level / 2.0)
    return (
        "Effects from 0 (alike) to 1 (nothing in common): the Kolmogorov-Smirnov distance of"
        " numbers, Cramér's V of categories. p-values are adjusted together (Holm); a column is"
        f" said to differ at {level}."
    )


def _drift_table(caption: str, tests: Sequence[DriftTest]) -> MarkedTable:
    titles = ("column", "effect", "size", "test split", "new", "p, adjusted")
    return MarkedTable(caption, titles, tuple(map(_drift_row, tests)), ("0", "1"))


def _drift_row(test: DriftTest) -> MarkedRow:
    cells = (
        Cell(format_plain(test.effect, 2)),
        _level_cell(test.reference, test),
        _level_cell(test.new, test),
        _p_cell(test),
    )
    drawing = bar(test.effect, Scale(0.0, 1.0), tone="bad" if test.drifted else "muted")
    return MarkedRow(test.column, f"{test.family} · {test.test}", drawing, cells)


def _level_cell(value: float | None, test: DriftTest) -> Cell:
    if test.category:
        return Cell(format_value(value, "share"), test.category)
    return Cell(format_plain(value, 3), "mean")


def _p_cell(test: DriftTest) -> Cell:
    if test.p_adjusted is None:
        return Cell("–", "too few rows", tone="muted")
    said = state_p_value(test.p_adjusted).removeprefix("p ").removeprefix("= ")
    return Cell(said, "differs" if test.drifted else "", tone="bad" if test.drifted else "")


def _method(record: MonitorRecord) -> tuple[str, ...]:
    found = (
        "Rows of one entity resemble each other: of each entity one row is tested, drawn by the"
        " run's seed. Performance uses all rows, with intervals by entity.",
        "Numbers: Kolmogorov-Smirnov. Categories: chi-square, rare ones joined. All together: Holm"
        f" at {format_level(record.level / 2.0)}.",
        "Classifier two-sample test (Lopez-Paz & Oquab 2017): logistic regression on one half, AUC"
        " on the other, both ways, p-value by permutation, at"
        f" {format_level(record.level / 2.0)}.",
    )
    if record.sequence is None:
        last = (
            f"One look errs with a chance of at most {format_level(record.level)}. For a daily look"
            " give --state: then the chance is bounded over all days."
        )
        return (*found, last)
    last = (
        "Over batches: each is compared with the test split and all batches before it; its p-value"
        " becomes an e-value (Vovk & Wang 2021), the e-values' product a test martingale that may"
        " begin with any batch, and Ville's inequality bounds the chance that it ever reaches its"
        " threshold. The alarm is of this sequence; the p-values of a single batch are shown only."
    )
    return (*found, last)
