"""Is the deep network worth it: the network, its floor and what is naive, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from shared.evaluation.claims import Claim, Promise
from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.dots import Dot, DotPlot, place_dots
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.drawing.scale import tick_words
from shared.reporting.section import Section
from shared.run.artefacts.metrics.floor_entries import FloorMetric, FloorTable
from shared.statistics.intervals import Estimate

__all__ = ["SECTION", "WorthView", "view_worth"]

_MORE_THAN_NONE = 1e-12
_FINDINGS: dict[Claim, str] = {
    "shown": "Yes. The network beats its floor",
    "not shown": "Not shown. The network does not surely beat its floor",
    "contradicted": "No. Its floor is better",
}


@dataclass(frozen=True)
class WorthView:
    """What the template shows."""

    finding: Markup
    figure: Figure
    plot: DotPlot


def view_worth(artefacts: Artefacts) -> WorthView | None:
    """Lay out `metrics.floor`; None without a floor."""
    table = artefacts.metrics.floor
    if table is None:
        return None
    entry = table.metrics[0]
    dots = list(_dots(artefacts, table, entry))
    metric = humanise(entry.metric, capital=False)
    title = (
        f"{humanise(entry.metric)}{_unit(entry.unit)}, {entry.better} is better;"
        f" n = {format_count(artefacts.metrics.n)} test rows,"
        f" {format_level(artefacts.metrics.confidence)} intervals"
    )
    spoken = "; ".join(f"{dot.label} {dot.text}" for dot in dots)
    figure = Figure(title, f"{metric} of each model. {spoken}.", _download(artefacts, table))
    plot = place_dots(dots, lambda value: tick_words(value, entry.unit))
    return WorthView(_finding(table, entry), figure, plot)


def _finding(table: FloorTable, entry: FloorMetric) -> Markup:
    difference = entry.network_minus_floor
    gap = format_difference(difference.value, entry.unit)
    interval = format_difference_interval(difference.ci_low, difference.ci_high, entry.unit)
    metric = humanise(entry.metric, capital=False)
    return Markup("{}, {}: {} of {} ({}).{}").format(
        _FINDINGS[_claim(entry, difference)],
        isolated(humanise(table.floor, capital=False)),
        gap,
        metric,
        interval,
        _deployed(table),
    )


def _deployed(table: FloorTable) -> str:
    match table.deployed:
        case "network":
            return ""
        case "floor":
            return " The floor is deployed."
        case _:
            return f" A blend of both is deployed, {table.weight:.0%} of it the network."


def _claim(entry: FloorMetric, difference: Estimate) -> Claim:
    if entry.better == "higher":
        return Promise(low=_MORE_THAN_NONE).judge(difference.interval)
    return Promise(high=-_MORE_THAN_NONE).judge(difference.interval)


def _dots(artefacts: Artefacts, table: FloorTable, entry: FloorMetric) -> Iterator[Dot]:
    if table.deployed == "blend":
        yield _dot("deployed blend", entry.deployed, entry.unit)
    yield _dot("network", entry.network, entry.unit)
    yield _dot(f"floor: {humanise(table.floor, capital=False)}", entry.floor, entry.unit)
    metrics = artefacts.metrics
    for name, values in {**metrics.fitted_baselines, **metrics.baselines}.items():
        value = values.get(entry.metric)
        if name != table.floor and value is not None:
            label = f"naive: {humanise(name, capital=False)}"
            yield _dot(label, Estimate(value=value), entry.unit)


def _dot(label: str, estimate: Estimate, unit: str) -> Dot:
    interval = estimate.interval
    text = format_value(estimate.value, unit)
    if interval is not None:
        text += f" ({format_interval(interval.low, interval.high, unit)})"
    return Dot.of(label, estimate, text)


def _unit(unit: str) -> str:
    return {"share": ", %", "score": ""}.get(unit, f", {unit}")


def _download(artefacts: Artefacts, table: FloorTable) -> Download:
    rows: list[tuple[str, str, float | None, float | None, float | None, str]] = []
    for entry in table.metrics:
        for name in ("deployed", "network", "floor", "deployed_minus_floor", "network_minus_floor"):
            value: Estimate = getattr(entry, name)
            rows.append((entry.metric, name, value.value, value.ci_low, value.ci_high, entry.unit))
        metrics = artefacts.metrics
        for name, values in {**metrics.fitted_baselines, **metrics.baselines}.items():
            rows.append((entry.metric, name, values.get(entry.metric), None, None, entry.unit))
    columns = ("metric", "model", "value", "ci_low", "ci_high", "unit")
    return csv_download("worth", columns, rows)


SECTION = Section(
    id="worth",
    title="Is the deep network worth it?",
    view=view_worth,
    missing="There is no floor to compare the network with.",
    folder="reader",
)
