"""One run's artefacts as the Markdown tables that pages show.

Nothing here knows a domain: a table that a run has no rows for is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from benchmarks.results.markdown import markdown_table, row_cells
from benchmarks.results.protocols import Protocol
from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_seconds,
    format_value,
    humanise,
    state_p_value,
)
from shared.run.artefacts.fairness.record import AttributeRecord, FairnessRecord
from shared.run.artefacts.metrics.floor_entries import FloorTable
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.metrics.robustness_entries import PerturbationEntry
from shared.run.artefacts.train_file import TrainRecord
from shared.statistics.intervals import Estimate

__all__ = ["TABLES", "overview"]

_NONE = "–"
_SEVERITIES = (1, 3, 5)
"""Of the five; the report has all."""
_MOST_FILLERS = 12


def overview(protocols: Iterable[Protocol], present: str = "") -> str:
    """One row a protocol: command, seed, time, test rows, what is deployed, its first metrics.

    Args:
        protocols: All; of those without a finished run here, the present row stays.
        present: The table as it stands.
    """
    rows = [row_cells(line) for line in present.strip().splitlines()[2:]]
    kept = {row[0]: row for row in rows}
    head = (
        "data and protocol",
        "command",
        "seed",
        "training",
        "test n",
        "deployed",
        "result",
        "floor alone",
    )
    made = (
        _overview_row(one) if one.run.has("report.html") else kept.get(one.title)
        for one in protocols
    )
    return markdown_table(head, filter(None, made))


def _overview_row(protocol: Protocol) -> tuple[str, ...]:
    run = protocol.run
    metrics = Metrics.read(run)
    names = dict.fromkeys((metrics.primary_metric, *protocol.metrics))
    shown = {name: metrics.metrics[name] for name in names}
    values = [f"{humanise(name)} {_with_interval(one, one.unit)}" for name, one in shown.items()]
    seed = run.read_json("config.json")["train"]["seed"]
    seconds = TrainRecord.read(run).seconds
    return (
        protocol.title,
        f"`{protocol.command}`",
        str(seed),
        format_seconds(seconds),
        format_count(metrics.n),
        _deployed(metrics.floor),
        "; ".join(values),
        _floor_alone(metrics.floor, list(names)),
    )


def _deployed(floor: FloorTable | None) -> str:
    if floor is None:
        return "network"
    match floor.deployed:
        case "network":
            return "network"
        case "floor":
            return f"floor ({humanise(floor.floor)})"
        case "blend":
            return f"blend: {floor.weight:.1f} network, rest {humanise(floor.floor)}"
        case _:
            assert_never(floor.deployed)


def _floor_alone(floor: FloorTable | None, names: Sequence[str]) -> str:
    found = {} if floor is None else {one.metric: one for one in floor.metrics}
    values = [
        f"{humanise(name)} {_with_interval(found[name].floor, found[name].unit)}"
        for name in names
        if name in found
    ]
    return "; ".join(values) or _NONE


def _floor_table(protocol: Protocol) -> str:
    table = Metrics.read(protocol.run).floor
    if table is None:
        return "The model has no floor."
    head = (
        "metric",
        f"deployed: {_deployed(table)}",
        "network alone",
        f"floor alone ({humanise(table.floor)})",
        "network minus floor",
    )
    rows = [
        (
            humanise(one.metric),
            _with_interval(one.deployed, one.unit),
            _with_interval(one.network, one.unit),
            _with_interval(one.floor, one.unit),
            _difference(one.network_minus_floor, one.unit),
        )
        for one in table.metrics
    ]
    return markdown_table(head, rows)


def _metrics_table(protocol: Protocol) -> str:
    metrics = Metrics.read(protocol.run)
    rows = [
        (
            humanise(name),
            _with_interval(entry, entry.unit),
            _baseline(entry.baseline, entry.baseline_name, entry.unit),
        )
        for name, entry in metrics.metrics.items()
    ]
    head = (f"test split, n = {format_count(metrics.n)}", "value", "best baseline")
    return markdown_table(head, rows)


def _baseline(value: float | None, name: str | None, unit: str) -> str:
    return _NONE if name is None else f"{format_value(value, unit)} ({humanise(name)})"


def _groups_table(protocol: Protocol) -> str:
    record = FairnessRecord.read(protocol.run)
    unit = Metrics.read(protocol.run).metrics.get(record.metric)
    shown = "share" if unit is None else unit.unit
    rows = [_group_row(one, record.metric, shown) for one in record.attributes]
    head = ("attribute", "of", "verdict", "highest error", "n", "gap to all others")
    return markdown_table(head, rows)


def _group_row(attribute: AttributeRecord, metric: str, unit: str) -> tuple[str, ...]:
    p_value = "" if attribute.spread is None else f", {state_p_value(attribute.spread.p_adjusted)}"
    start = (attribute.attribute, attribute.about, f"{attribute.verdict}{p_value}")
    worst = [group for group in attribute.groups if group.group == attribute.worst_group]
    if not worst or attribute.worst is None:
        return (*start, _NONE, _NONE, _NONE)
    gap = worst[0].gaps.get(metric)
    return (
        *start,
        f"{worst[0].group}: {_with_interval(attribute.worst, unit)}",
        format_count(worst[0].n),
        _NONE if gap is None else _difference(gap, unit),
    )


def _perturbations_table(protocol: Protocol) -> str:
    metrics = Metrics.read(protocol.run)
    unit = metrics.metrics[metrics.primary_metric].unit
    by_name = groupby(metrics.perturbations, key=lambda entry: entry.perturbation)
    rows = [_perturbation_row(name, list(entries), unit) for name, entries in by_name]
    lost = f"{humanise(metrics.primary_metric)} lost at severity"
    head = (
        "perturbation",
        *(f"{lost} {severity}" for severity in _SEVERITIES),
        "predictions that flip",
    )
    return markdown_table(head, rows)


def _perturbation_row(
    name: str, entries: Sequence[PerturbationEntry], unit: str
) -> tuple[str, ...]:
    by_severity = {entry.severity: entry.drop for entry in entries}
    strongest = entries[-1].flip_rate
    return (
        humanise(name),
        *(
            _difference(by_severity[severity], unit) if severity in by_severity else _NONE
            for severity in _SEVERITIES
        ),
        _NONE if strongest is None else _with_interval(strongest, "share"),
    )


def _ood_table(protocol: Protocol) -> str:
    table = Metrics.read(protocol.run).ood
    if table.rule is None:
        return "The model has no OOD score that can be deployed."
    score = table.rule.score
    rows = [
        (
            humanise(entry.perturbation),
            format_count(entry.n),
            _with_interval(entry.detectors[score].auroc, "score"),
            _NONE if entry.flagged is None else _with_interval(entry.flagged, "share"),
        )
        for entry in table.perturbations
        if entry.kind == "ood"
    ]
    if table.flagged is not None:
        usual = _with_interval(table.flagged, "share")
        rows.append(("the test split itself", format_count(table.flagged.n), _NONE, usual))
    return markdown_table(("input", "n", "AUROC", "flagged as OOD"), rows)


def _behaviours_table(protocol: Protocol) -> str:
    table = Metrics.read(protocol.run).behaviours
    rows = [
        (
            humanise(entry.capability),
            entry.kind,
            f"{format_count(entry.n)} ({format_count(entry.num_cases)})",
            _with_interval(entry, "share"),
        )
        for entry in (() if table is None else table.capabilities)
    ]
    return markdown_table(("capability", "kind", "rows (cases)", "fail"), rows)


def _fillers_table(protocol: Protocol) -> str:
    table = Metrics.read(protocol.run).behaviours
    fillers = () if table is None else table.fillers
    strongest = sorted(fillers, key=lambda entry: -abs(entry.shift.value or 0.0))[:_MOST_FILLERS]
    rows = [
        (
            f"{'control: ' if entry.control else ''}{entry.group}",
            format_count(entry.n),
            _difference(entry.shift, "share"),
            _with_interval(entry.flip_rate, "share"),
            entry.verdict,
        )
        for entry in strongest
    ]
    head = ("mentioned", "rows", "shift of the probability", "predictions that flip", "verdict")
    return markdown_table(head, rows)


def _intervals_table(protocol: Protocol) -> str:
    adaptive = Metrics.read(protocol.run).adaptive
    if adaptive is None:
        return "The model has no intervals."
    rows = [
        (
            name,
            _with_interval(kind.coverage, "share"),
            _with_interval(kind.interval_width, "σ"),
            _with_interval(kind.interval_score, "σ"),
        )
        for name, kind in adaptive.kinds.items()
    ]
    return markdown_table(("intervals", "coverage", "width (σ)", "interval score (σ)"), rows)


def _with_interval(estimate: Estimate, unit: str) -> str:
    value = format_value(estimate.value, unit)
    if estimate.ci_low is None:
        return value
    return f"{value} ({format_interval(estimate.ci_low, estimate.ci_high, unit)})"


def _difference(estimate: Estimate, unit: str) -> str:
    value = format_difference(estimate.value, unit)
    if estimate.ci_low is None:
        return value
    interval = format_difference_interval(estimate.ci_low, estimate.ci_high, unit)
    return f"{value} ({interval.removesuffix(' points')})"


TABLES = {
    "metrics": _metrics_table,
    "floor": _floor_table,
    "groups": _groups_table,
    "perturbations": _perturbations_table,
    "ood": _ood_table,
    "behaviours": _behaviours_table,
    "fillers": _fillers_table,
    "intervals": _intervals_table,
}
"""Name -> table of one protocol. A page writes `<!-- results: PROTOCOL/NAME … -->`."""
