"""The page of a smaller model: what it saves, what it costs, and whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shared.formatting import (
    count_of,
    format_count,
    format_level,
    format_plain,
    format_value,
    humanise,
    state_p_value,
)
from shared.names import printable
from shared.reporting.beside.marked_table import Gap, MarkedTable, gap_table
from shared.reporting.page import Cell, Table, Tone, make_table
from shared.reporting.templates import page_templates, read_style
from shared.run.artefacts.compression.record import (
    SCOPES_SAID,
    ComparedGroup,
    ComparedMetric,
    ComparisonRecord,
    CompressionRecord,
    CompressionTimes,
    GateRecord,
    Method,
    PrunedShare,
    PruningRecord,
    SizeRecord,
)
from shared.run.artefacts.report.verdict import Status
from shared.statistics.intervals import Estimate
from shared.verdicts.thresholds import MARKS

__all__ = ["METHODS", "render_compression"]

METHODS: Mapping[Method, str] = MappingProxyType(
    {
        "float16": "Weights in half precision",
        "int8": "Weights of eight bits",
        "prune": "Magnitude pruning",
        "distil": "Distillation",
    }
)
"""Method -> in words."""

_TONES: Mapping[Status, Tone] = MappingProxyType(
    {"shown": "good", "care": "warn", "unknown": "warn", "contradicted": "bad"}
)


@dataclass(frozen=True)
class _Side:
    """The comparison with one other model."""

    question: str
    mark: str
    answer: str
    detail: str
    tone: Tone
    lead: str
    metrics: tuple[MarkedTable, ...]
    groups_lead: str
    groups: MarkedTable | None


@dataclass(frozen=True)
class _Page:
    """What the template lays out."""

    record: CompressionRecord
    title: str
    method: str
    savings: tuple[Table, ...]
    notes: tuple[str, ...]
    sides: tuple[_Side, ...]
    pruning: Table | None


def render_compression(record: CompressionRecord, times: CompressionTimes) -> str:
    """The page as HTML; all names are escaped, and control characters written out.

    Args:
        record: What was made and found.
        times: Measured in the same run.
    """
    pruning = None if record.pruning is None else _pruning_table(record.pruning)
    savings = (_size_table(record.sizes), _time_table(times))
    verdict = record.comparisons[0].verdict
    page = _Page(
        record=record,
        title=f"{verdict.question} {verdict.answer}",
        method=METHODS[record.method],
        savings=savings,
        notes=(*_gates(record), *record.notes),
        sides=tuple(map(_side, record.comparisons)),
        pruning=pruning,
    )
    template = page_templates().get_template("beside/compression.html")
    return printable(template.render(page=page, style=read_style()))


def _size_table(sizes: Sequence[SizeRecord]) -> Table:
    known = sizes[0].weights_bytes > 0  # a floor's numbers are settings of its layers, not weights
    rows = [
        (
            size.name,
            _bytes_cell(size.file_bytes, full.file_bytes, True),
            _bytes_cell(size.weights_bytes, full.weights_bytes, known),
            _bytes_cell(size.zipped_weights_bytes, full.zipped_weights_bytes, known),
        )
        for size, full in ((one, _counterpart(one, sizes)) for one in sizes)
    ]
    columns = ("form", "#file, bytes", "#weights, bytes", "#weights, zipped")
    return make_table("Size", columns, rows)


def _counterpart(size: SizeRecord, sizes: Sequence[SizeRecord]) -> SizeRecord:
    """The form of the full model that a form is compared with; itself, if it is one."""
    return next((one for one in sizes if one.name == size.beside), size)


def _bytes_cell(size: int, full: int, known: bool) -> Cell:
    if not known or size == full:
        return Cell(format_count(size))
    return Cell(format_count(size), f"{format_value(size / full, 'share')} of full")


def _time_table(times: CompressionTimes) -> Table:
    rows = [
        (one.name, format_plain(one.p50_ms, 3), format_plain(one.p95_ms, 3)) for one in times.models
    ]
    caption = (
        f"Latency of one row, ms: {times.scope}, {count_of(times.n, 'row', 'rows')} in turn on"
        f" {count_of(times.processors, 'processor', 'processors')} of this machine"
    )
    return make_table(caption, ("model", "#p50", "#p95"), rows)


def _gates(record: CompressionRecord) -> tuple[str, ...]:
    notes = []
    if record.converted is not None:
        found = record.converted
        notes.append(f"The file begins at {SCOPES_SAID[found.scope]}. {_gate_said(found.gate)}")
        notes += [f"Not at {SCOPES_SAID[one.scope]}: {one.reason}." for one in found.passed_over]
    if record.saved_model is not None:
        said = _gate_said(record.saved_model)
        notes.append(f"A SavedModel with the same signatures has its weights in float16. {said}")
    return tuple(notes)


def _gate_said(gate: GateRecord) -> str:
    return (
        f"Gate: on {count_of(gate.n, 'validation row', 'validation rows')} its answers are"
        f" {format_plain(gate.mean_difference, 2)} from those of {gate.against} on average, at most"
        f" {format_plain(gate.largest_difference, 2)}; tolerated on average:"
        f" {format_plain(gate.tolerance, 2)}."
    )


def _side(found: ComparisonRecord) -> _Side:
    verdict = found.verdict
    tests = count_of(found.paired_tests.family.size, "paired test", "paired tests")
    lead = (
        f"On the same {count_of(found.n, 'test row', 'test rows')} of"
        f" {count_of(found.num_entities, 'entity', 'entities')}, both calibrated on validation by"
        f" the same code. Intervals ({format_level(found.confidence)}) are of single metrics;"
        f" p-values of {tests} are adjusted together (Holm)."
    )
    return _Side(
        question=verdict.question,
        mark=MARKS[verdict.status],
        answer=verdict.answer,
        detail=verdict.detail,
        tone=_TONES[verdict.status],
        lead=lead,
        metrics=_metric_forests(found),
        groups_lead=_groups_lead(found),
        groups=_group_forest(found) if found.groups else None,
    )


def _metric_forests(found: ComparisonRecord) -> tuple[MarkedTable, ...]:
    """A forest for each unit: numbers of one unit share a scale."""
    p_values = {test.metric: test.p_adjusted for test in found.paired_tests.tests}
    by_unit: dict[str, list[Gap]] = {}
    for metric in found.metrics:
        by_unit.setdefault(metric.unit, []).append(_metric_gap(metric, p_values.get(metric.name)))
    titles = ("metric", "small minus other", "difference", "small", "other", "p, Holm")
    return tuple(
        gap_table(f"Paired differences in {unit or 'numbers without a unit'}", titles, gaps)
        for unit, gaps in by_unit.items()
    )


def _metric_gap(metric: ComparedMetric, p_value: float | None) -> Gap:
    said = "–" if p_value is None else state_p_value(p_value)
    values = [format_value(side.value, metric.unit) for side in (metric.small, metric.other)]
    return Gap(
        name=humanise(metric.name),
        note=f"{metric.better} is better",
        estimate=metric.difference,
        unit=metric.unit,
        tone=_tone(metric.difference, worse_above=metric.better == "lower"),
        cells=tuple(map(Cell, (*values, said))),
    )


def _tone(difference: Estimate, *, worse_above: bool) -> Tone:
    interval = difference.interval
    if interval is None or interval.low <= 0.0 <= interval.high:
        return ""
    return "bad" if (interval.low > 0.0) == worse_above else "good"


def _groups_lead(found: ComparisonRecord) -> str:
    return (
        f"{humanise(found.group_error[0])} of the smaller model minus the other's in each group: to"
        f" the right it pays. All {count_of(len(found.groups), 'interval holds', 'intervals hold')}"
        f" together at {format_level(found.confidence)} (Bonferroni:"
        f" {format_level(found.group_confidence)} each)."
    )


def _group_forest(found: ComparisonRecord) -> MarkedTable:
    unit = found.group_error[1]
    gaps = [_group_gap(group, unit) for group in found.groups]
    return gap_table("Loss by group", ("group", "loss", "difference", "n"), gaps)


def _group_gap(group: ComparedGroup, unit: str) -> Gap:
    return Gap(
        name=f"{humanise(group.attribute)}: {group.group}",
        note=group.loss.note,
        estimate=group.loss,
        unit=unit,
        tone=_tone(group.loss, worse_above=True),
        cells=(Cell(format_count(group.n)),),
    )


def _pruning_table(pruning: PruningRecord) -> Table:
    rows = [_pruning_row(one, pruning.share) for one in pruning.tried]
    caption = (
        f"Share of {format_count(pruning.num_weights)} weights that was cut, each fine-tuned for"
        f" {count_of(pruning.epochs, 'epoch', 'epochs')}; the largest within one standard error of"
        " the full model's validation loss is kept"
    )
    columns = ("cut", "#validation loss", "#minus full model's", "")
    return make_table(caption, columns, rows)


def _pruning_row(tried: PrunedShare, chosen: float) -> tuple[str | Cell, ...]:
    difference = tried.difference
    ends = [format_plain(end, 2) for end in (difference.ci_low, difference.ci_high)]
    between = f"± one standard error: {' to '.join(ends)}"
    state = "kept" if tried.kept else "costs too much"
    return (
        format_level(tried.share),
        format_plain(tried.loss),
        Cell(format_plain(difference.value, 2), between),
        "chosen" if tried.share == chosen else state,
    )
