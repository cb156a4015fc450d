"""What perturbations cost: tables of corruptions, and of counterfactual changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.formatting import (
    count_of,
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.cells import value_cell
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.metrics.robustness_entries import (
    CorruptionSummary,
    PerturbationEntry,
    PerturbationMean,
)
from shared.statistics.intervals import Estimate

__all__ = [
    "Perturbations",
    "corruption_table",
    "counterfactual_table",
    "coverage_table",
    "describe_corruptions",
]

_PREFIXES = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
"""Smallest value, divisor and prefix of numbers that are cut short."""


@dataclass(frozen=True)
class Perturbations:
    """Perturbations of one kind, as all their tables read them.

    Attributes:
        entries: One a perturbation and severity; at least one.
        overall: `corruptions` of `metrics.json`; None if one could not be measured.
        metric: The primary metric, in words.
        unit: Of the metric.
        confidence: Level of the intervals.
    """

    entries: Sequence[PerturbationEntry]
    overall: CorruptionSummary | None
    metric: str
    unit: str
    confidence: float

    def by_name(self) -> dict[str, list[PerturbationEntry]]:
        """Entries of each perturbation, by severity."""
        found: dict[str, list[PerturbationEntry]] = {}
        for entry in self.entries:
            found.setdefault(entry.perturbation, []).append(entry)
        return found

    def severities(self) -> list[int]:
        """All that there are, rising."""
        return sorted({entry.severity for entry in self.entries})

    def averages(self) -> dict[str, PerturbationMean]:
        """Mean and drop of each corruption over its severities; empty without `overall`."""
        means = self.overall.by_perturbation if self.overall else ()
        return {mean.perturbation: mean for mean in means}


def describe_corruptions(perturbations: Perturbations) -> str:
    """All corruptions together, in sentences; empty if one could not be measured."""
    overall = perturbations.overall
    if overall is None:
        return ""
    unit = perturbations.unit
    first = perturbations.entries[0]
    number = count_of(overall.num_corruptions, "corruption", "corruptions")
    mean = _short(overall.mean.value, unit)
    clean = _short(overall.clean.value, unit)
    loss = f"{_loss(overall.drop, unit)} ({_loss_interval(overall.drop, unit)})"
    entities = count_of(first.num_entities, "entity", "entities")
    return (
        f"{_mean_name(overall)} of {number} over all severities: {perturbations.metric} {mean}"
        f" instead of {clean}, a loss of {loss}. That is {_times(overall.relative, unit)} the"
        f" unchanged value. Measured on the same {format_count(first.n)} test examples of"
        f" {entities} each, with calibrated scores."
    )


def corruption_table(perturbations: Perturbations) -> Table:
    """The metric of each corruption by severity, and its mean loss."""
    unit = perturbations.unit
    severities = perturbations.severities()
    averages = perturbations.averages()
    clean = perturbations.entries[0].clean
    darkest = _darkest_loss(perturbations.entries, clean)
    rows: list[Row] = []
    for name, entries in perturbations.by_name().items():
        found = {entry.severity: entry for entry in entries}
        cells = [_severity_cell(found.get(severity), unit, darkest) for severity in severities]
        label = Cell(humanise(name), entries[0].describe)
        mean_loss = _drop_cell(averages[name].drop, unit) if name in averages else Cell("–")
        rows.append([label, *cells, mean_loss])
    if perturbations.overall is not None:
        rows.append(_mean_row(perturbations.overall, severities, unit))
    metric = f"{perturbations.metric[:1].upper()}{perturbations.metric[1:]}"
    unchanged = f"{_short(clean.value, unit)} ({_interval(clean, unit)})"
    level = format_level(perturbations.confidence)
    caption = (
        f"{metric} by severity; unchanged {unchanged}. {level} intervals below. Darker cells:"
        " larger loss beyond sampling noise"
    )
    columns = ["Corruption", *(f"#{severity}" for severity in severities), "#Mean loss"]
    return make_table(caption, columns, rows)


def coverage_table(perturbations: Perturbations) -> Table | None:
    """Observed coverage of forecast intervals by severity; None for other targets."""
    if all(entry.coverage is None for entry in perturbations.entries):
        return None
    severities = perturbations.severities()
    rows: list[Row] = []
    for name, entries in perturbations.by_name().items():
        found = {entry.severity: entry.coverage for entry in entries}
        cells = [_estimate_cell(found.get(severity), "share") for severity in severities]
        rows.append([humanise(name), *cells])
    level = format_level(perturbations.confidence)
    caption = f"Values inside the interval, by severity; {level} intervals below"
    return make_table(caption, ["Corruption", *(f"#{severity}" for severity in severities)], rows)


def counterfactual_table(perturbations: Perturbations) -> Table:
    """How much changes that should not matter move predictions, and what they cost."""
    entries = perturbations.entries
    has_flips = any(entry.flip_rate is not None for entry in entries)
    has_coverage = any(entry.coverage is not None for entry in entries)
    columns = ["Change", "#n"]
    columns += ["#Predictions flipped"] if has_flips else []
    columns += ["#Shift of the probability" if has_flips else "#Shift of the forecast (σ)"]
    columns += ["#Values inside the interval"] if has_coverage else []
    columns += [f"#Loss of {perturbations.metric}"]
    rows: list[Row] = []
    for entry in entries:
        entities = count_of(entry.num_entities, "entity", "entities")
        row: list[str | Cell] = [Cell(humanise(entry.perturbation), entry.describe)]
        row += [Cell(format_count(entry.n), entities)]
        row += [_estimate_cell(entry.flip_rate, "share")] if has_flips else []
        row += [_estimate_cell(entry.score_shift, "share" if has_flips else "σ")]
        row += [_estimate_cell(entry.coverage, "share")] if has_coverage else []
        row += [_drop_cell(entry.drop, perturbations.unit)]
        rows.append(row)
    level = format_level(perturbations.confidence)
    return make_table(f"Changes that should not matter, {level} intervals below", columns, rows)


def _times(relative: Estimate, unit: str) -> str:
    """How many times the unchanged value the mean is, with its interval."""
    if unit == "share":
        cell = value_cell(relative, unit)
        return f"{cell.text} ({cell.note}) of"
    low = format_plain(relative.ci_low, 3)
    high = format_plain(relative.ci_high, 3)
    return f"{format_plain(relative.value, 3)} times ({low} to {high})"


def _mean_name(overall: CorruptionSummary) -> str:
    return "Geometric mean" if overall.averaging == "geometric" else "Mean"


def _darkest_loss(entries: Sequence[PerturbationEntry], clean: Estimate) -> float:
    """The loss of the darkest shade.

    A catastrophe would leave no shade for anything else, so a loss as large as the unchanged value
    is as dark as it gets.
    """
    worst = max((entry.drop.value or 0.0 for entry in entries), default=0.0)
    return min(worst, abs(clean.value)) if clean.value else worst


def _severity_cell(entry: PerturbationEntry | None, unit: str, darkest: float) -> Cell:
    """Shaded where the loss is beyond sampling noise."""
    if entry is None:
        return Cell("–")
    drop = entry.drop
    is_shown = (drop.ci_low or 0.0) > 0.0
    tone: Tone = "bad" if is_shown else ""
    shade = min(1.0, (drop.value or 0.0) / darkest) if is_shown and darkest else None
    return Cell(_short(entry.value, unit), _interval(entry, unit), tone, shade)


def _mean_row(overall: CorruptionSummary, severities: Sequence[int], unit: str) -> Row:
    found = {entry.severity: entry.mean for entry in overall.by_severity}
    means = [_estimate_cell(found[severity], unit) for severity in severities]
    label = Cell(f"{_mean_name(overall)} of all", "each corruption weighs the same")
    return [label, *means, _drop_cell(overall.drop, unit)]


def _drop_cell(drop: Estimate, unit: str) -> Cell:
    return Cell(_loss(drop, unit), _loss_interval(drop, unit))


def _estimate_cell(estimate: Estimate | None, unit: str) -> Cell:
    if estimate is None or estimate.value is None:
        return Cell("–")
    return Cell(_short(estimate.value, unit), _interval(estimate, unit))


def _loss(drop: Estimate, unit: str) -> str:
    if unit == "share":
        return format_difference(drop.value, unit).removeprefix("+")
    return _short(drop.value, unit)


def _loss_interval(drop: Estimate, unit: str) -> str:
    if unit == "share" or drop.ci_low is None:
        return format_difference_interval(drop.ci_low, drop.ci_high, unit)
    return _interval(drop, unit)


def _interval(estimate: Estimate, unit: str) -> str:
    low = estimate.ci_low
    high = estimate.ci_high
    if unit == "share" or low is None or high is None:
        return format_interval(low, high, unit)
    return f"{_short(low, unit)} to {_short(high, unit)}"


def _short(value: float | None, unit: str) -> str:
    """A number that leaves room for others beside it, however a corruption blows it up."""
    if unit == "share" or value is None:
        return format_value(value, unit)
    for least, divisor, prefix in _PREFIXES:
        if abs(value) >= least:
            return f"{format_plain(value / divisor, 3)}\N{NO-BREAK SPACE}{prefix}"
    return format_plain(value, 3)
