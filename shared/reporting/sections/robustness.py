"""What disturbs the model: corruptions by severity, and changes that should not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.band_charts import Band, severity_panel
from shared.reporting.formatting import (
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
from shared.reporting.page import Cell, Multiples, Panel, Row, Table, make_table
from shared.reporting.section import Section
from shared.reporting.tables.ood import OodView, view_ood

__all__ = ["SECTION", "RobustnessView", "view_robustness"]

_OWN_SCALES = 4.0
"""Panels share one scale unless a corruption makes the metric this many times as large: it would
flatten all others."""


@dataclass(frozen=True)
class RobustnessView:
    """What corruptions cost, what counterfactual changes move, and what is noticed.

    None where there is nothing of a kind.
    """

    summary: str
    curves: Multiples | None
    corruptions: Table | None
    coverage: Table | None
    counterfactuals: Table | None
    ood: OodView | None


@dataclass(frozen=True)
class _Perturbations:
    """Everything that the tables read."""

    entries: Sequence[Mapping[str, Any]]
    overall: Mapping[str, Any] | None
    metric: str
    unit: str
    confidence: float

    def by_name(self) -> dict[str, list[Mapping[str, Any]]]:
        """Entries of each perturbation, by severity."""
        names = dict.fromkeys(item["perturbation"] for item in self.entries)
        return {
            name: [item for item in self.entries if item["perturbation"] == name] for name in names
        }

    def averages(self) -> dict[str, Mapping[str, Any]]:
        """Mean and drop of each corruption over its severities.

        Empty if one could not be measured.
        """
        return {
            item["perturbation"]: item
            for item in (self.overall["by_perturbation"] if self.overall else ())
        }


def view_robustness(artefacts: Artefacts) -> RobustnessView | None:
    """Lay out the perturbations; None if the pipeline has none."""
    metrics = artefacts.metrics
    if not metrics["perturbations"] and not metrics["ood"]["perturbations"]:
        return None
    unit, metric = (
        metrics["metrics"][metrics["primary_metric"]]["unit"],
        humanise(metrics["primary_metric"], capital=False),
    )

    def of_kind(kind: str) -> _Perturbations:
        entries = [item for item in metrics["perturbations"] if item["kind"] == kind]
        return _Perturbations(entries, metrics["corruptions"], metric, unit, metrics["confidence"])

    corruptions, counterfactuals = of_kind("corruption"), of_kind("counterfactual")
    return RobustnessView(
        _summary(corruptions),
        _curves(corruptions) if corruptions.entries else None,
        _corruption_table(corruptions) if corruptions.entries else None,
        _coverage_table(corruptions),
        _counterfactual_table(counterfactuals) if counterfactuals.entries else None,
        view_ood(artefacts),
    )


def _summary(perturbations: _Perturbations) -> str:
    if perturbations.overall is None:
        return ""
    overall, first, unit = perturbations.overall, perturbations.entries[0], perturbations.unit
    return (
        f"{_mean_name(overall)} of"
        f" {count_of(overall['num_corruptions'], 'corruption', 'corruptions')} over all severities:"
        f" {perturbations.metric} {_short(overall['mean']['value'], unit)} instead of"
        f" {_short(overall['clean']['value'], unit)}, a loss of {_loss(overall['drop'], unit)}"
        f" ({_loss_interval(overall['drop'], unit)}). That is {_times(overall['relative'], unit)}"
        f" the unchanged value. Measured on the same {format_count(first['n'])} test examples of"
        f" {count_of(first['num_entities'], 'entity', 'entities')} each, with calibrated scores."
    )


def _times(relative: Mapping[str, Any], unit: str) -> str:
    value, low, high = (relative[name] for name in ("value", "ci_low", "ci_high"))
    if unit == "share":
        return f"{format_value(value, unit)} ({format_interval(low, high, unit)}) of"
    return f"{format_plain(value, 3)} times ({format_plain(low, 3)} to {format_plain(high, 3)})"


def _mean_name(overall: Mapping[str, Any]) -> str:
    return "Geometric mean" if overall["averaging"] == "geometric" else "Mean"


def _curves(perturbations: _Perturbations) -> Multiples | None:
    """A panel for each corruption that could be measured.

    None if none could, for example where scores are no numbers.
    """
    bands = {
        name: band
        for name, entries in perturbations.by_name().items()
        if len((band := _band(entries)).value)
    }
    if not bands:
        return None
    limits = _limits(list(bands.values()))
    averages = perturbations.averages()
    panels = tuple(
        Panel(
            humanise(name),
            f"mean loss {_loss(averages[name]['drop'], perturbations.unit)}"
            if name in averages
            else "",
            severity_panel(
                band, limits=limits, unit=perturbations.unit, prefix=f"severity-{place}-"
            ),
        )
        for place, (name, band) in enumerate(bands.items())
    )
    listed = "; ".join(
        f"{humanise(name, capital=False)} "
        + ", ".join(format_value(value, perturbations.unit) for value in band.value)
        for name, band in bands.items()
    )
    scale = "One scale for all." if limits is not None else "Each has its own scale."
    note = (
        "From 0, the unchanged examples (dashed), to the strongest severity; shaded:"
        f" {format_level(perturbations.confidence)} intervals. {scale}"
    )
    title = f"What corruptions do to {perturbations.metric}" + (
        "" if perturbations.unit == "share" else f" ({perturbations.unit})"
    )
    return Multiples(
        title, f"{title}, from unchanged to the strongest severity: {listed}.", panels, note
    )


def _band(entries: Sequence[Mapping[str, Any]]) -> Band:
    known = [item for item in entries if item["value"] is not None]
    points = [known[0]["clean"], *known] if known else []
    low, high = (
        [point[end] if point[end] is not None else point["value"] for point in points]
        for end in ("ci_low", "ci_high")
    )
    return Band(
        [0, *(item["severity"] for item in known)][: len(points)],
        [point["value"] for point in points],
        low,
        high,
    )


def _limits(bands: Sequence[Band]) -> tuple[float, float] | None:
    lows, highs = (
        [value for band in bands for value in band.low],
        [value for band in bands for value in band.high],
    )
    if not lows:
        return None
    largest = [max(band.value) for band in bands if len(band.value)]
    if max(largest) > _OWN_SCALES * max(min(largest), 1e-12):
        return None
    margin = 0.05 * (max(highs) - min(lows)) or 0.05
    return min(lows) - margin, max(highs) + margin


def _corruption_table(perturbations: _Perturbations) -> Table:
    severities = sorted({item["severity"] for item in perturbations.entries})
    averages = perturbations.averages()
    clean = perturbations.entries[0]["clean"]
    worst = max((item["drop"]["value"] or 0.0 for item in perturbations.entries), default=0.0)
    # A catastrophe would leave no shade for anything else, so a loss as large as the unchanged
    # value is as dark as it gets.
    darkest = min(worst, abs(clean["value"])) if clean["value"] else worst
    rows: list[Row] = []
    for name, entries in perturbations.by_name().items():
        found = {item["severity"]: item for item in entries}
        cells = [
            _value_cell(found[severity], perturbations.unit, darkest)
            if severity in found
            else Cell("–")
            for severity in severities
        ]
        rows.append(
            [
                Cell(humanise(name), entries[0]["describe"]),
                *cells,
                _drop_cell(averages.get(name), perturbations.unit),
            ]
        )
    if perturbations.overall is not None:
        found = {item["severity"]: item for item in perturbations.overall["by_severity"]}
        means = [_estimate(found[severity]["mean"], perturbations.unit) for severity in severities]
        rows.append(
            [
                Cell(
                    f"{_mean_name(perturbations.overall)} of all", "each corruption weighs the same"
                ),
                *means,
                _drop_cell(perturbations.overall, perturbations.unit),
            ]
        )
    title = (
        f"{perturbations.metric[:1].upper()}{perturbations.metric[1:]} by severity; unchanged"
        f" {_short(clean['value'], perturbations.unit)} ({_interval(clean, perturbations.unit)})."
        f" {format_level(perturbations.confidence)} intervals below; the darker, the larger a loss that"
        " chance does not explain"
    )
    return make_table(
        title, ["Corruption", *(f"#{severity}" for severity in severities), "#Mean loss"], rows
    )


def _value_cell(entry: Mapping[str, Any], unit: str, darkest: float) -> Cell:
    drop, note = entry["drop"], _interval(entry, unit)
    is_shown = drop["ci_low"] is not None and drop["ci_low"] > 0.0
    return Cell(
        _short(entry["value"], unit),
        note,
        "bad" if is_shown else "",
        min(1.0, drop["value"] / darkest) if is_shown and darkest else None,
    )


def _coverage_table(perturbations: _Perturbations) -> Table | None:
    """Whether intervals of forecasts still hold the truth as often; None for other targets."""
    known = [item for item in perturbations.entries if item["coverage"] is not None]
    if not known:
        return None
    severities = sorted({item["severity"] for item in known})
    rows: list[Row] = []
    for name, entries in perturbations.by_name().items():
        found = {item["severity"]: item["coverage"] for item in entries}
        rows.append(
            [humanise(name), *(_estimate(found.get(severity), "share") for severity in severities)]
        )
    title = (
        f"Values inside the interval, by severity; {format_level(perturbations.confidence)} intervals"
        " below"
    )
    return make_table(title, ["Corruption", *(f"#{severity}" for severity in severities)], rows)


def _drop_cell(average: Mapping[str, Any] | None, unit: str) -> Cell:
    if average is None:
        return Cell("–")
    return Cell(_loss(average["drop"], unit), _loss_interval(average["drop"], unit))


def _counterfactual_table(perturbations: _Perturbations) -> Table:
    has_flips, has_coverage = (
        any(item[name] is not None for item in perturbations.entries)
        for name in ("flip_rate", "coverage")
    )
    rows: list[Row] = [
        [
            Cell(humanise(item["perturbation"]), item["describe"]),
            Cell(format_count(item["n"]), count_of(item["num_entities"], "entity", "entities")),
            *([_estimate(item["flip_rate"], "share")] if has_flips else []),
            _estimate(item["score_shift"], "share" if has_flips else "σ"),
            *([_estimate(item["coverage"], "share")] if has_coverage else []),
            _drop_cell(item, perturbations.unit),
        ]
        for item in perturbations.entries
    ]
    moved = (
        ["#Decisions flipped", "#Shift of the probability"]
        if has_flips
        else ["#Shift of the forecast (σ)"]
    )
    moved += ["#Values inside the interval"] if has_coverage else []
    title = (
        f"Changes that should not matter, {format_level(perturbations.confidence)} intervals below"
    )
    return make_table(title, ["Change", "#n", *moved, f"#Loss of {perturbations.metric}"], rows)


def _estimate(entry: Mapping[str, Any] | None, unit: str) -> Cell:
    if entry is None or entry["value"] is None:
        return Cell("–")
    return Cell(_short(entry["value"], unit), _interval(entry, unit))


def _loss(drop: Mapping[str, Any], unit: str) -> str:
    value = drop["value"]
    return (
        format_difference(value, unit).removeprefix("+") if unit == "share" else _short(value, unit)
    )


def _loss_interval(drop: Mapping[str, Any], unit: str) -> str:
    if unit == "share" or drop["ci_low"] is None:
        return format_difference_interval(drop["ci_low"], drop["ci_high"], unit)
    return _interval(drop, unit)


def _interval(entry: Mapping[str, Any], unit: str) -> str:
    low, high = entry["ci_low"], entry["ci_high"]
    if unit == "share" or low is None or high is None:
        return format_interval(low, high, unit)
    return f"{_short(low, unit)} to {_short(high, unit)}"


def _short(value: float | None, unit: str) -> str:
    """A number that leaves room for others beside it, however a corruption blows it up."""
    if unit == "share" or value is None:
        return format_value(value, unit)
    for least, one, prefix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= least:
            return f"{format_plain(value / one, 3)}\N{NO-BREAK SPACE}{prefix}"
    return format_plain(value, 3)


SECTION = Section(
    id="robustness",
    title="Robustness and out-of-distribution inputs",
    lead="The same test examples, changed in named ways and scored again.",
    view=view_robustness,
    missing="This pipeline defines no perturbations, so nothing is known about its robustness.",
)
