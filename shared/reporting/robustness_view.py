"""What disturbs the model: corruptions by severity, and changes that should not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts import Estimate, estimates_chart
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, make_table

__all__ = ["RobustnessView", "view_robustness"]


@dataclass(frozen=True)
class RobustnessView:
    """What corruptions cost by severity, what counterfactual changes move, and every change with all its numbers.

    Attributes:
        overview: One row for each corruption, one column for each severity; None without corruptions.
        charts: Of counterfactual changes; none without them.
        table: One row for each change and severity.
    """

    overview: Table | None
    charts: tuple[Chart, ...]
    table: Table


def view_robustness(artefacts: Artefacts) -> RobustnessView | None:
    """Lay out the probes; None if the pipeline has none."""
    metrics = artefacts.metrics
    probes = metrics["probes"]
    if not probes:
        return None
    unit = metrics["metrics"][metrics["headline"]]["unit"]
    corruptions = [item for item in probes if item["kind"] == "corruption"]
    counterfactuals = [item for item in probes if item["kind"] == "counterfactual"]
    charts = []
    if counterfactuals:
        has_flips = all(item["flip_rate"] is not None for item in counterfactuals)
        title = (
            "Changes that should not matter: share of decisions that flip"
            if has_flips
            else "Changes that should not matter: mean shift of the forecast (σ)"
        )
        chosen, chosen_unit = ("flip_rate", "share") if has_flips else ("score_shift", "σ")
        charts.append(_probe_chart(title, counterfactuals, chosen, chosen_unit, "no change", "flip-"))
    overview = _severity_table(corruptions, unit, metrics["confidence"]) if corruptions else None
    return RobustnessView(overview, tuple(charts), _probe_table(probes, unit, metrics["confidence"]))


def _severity_table(corruptions: Sequence[Mapping[str, Any]], unit: str, confidence: float) -> Table:
    """Losses side by side: a table, because a catastrophe beside a scratch leaves no scale to draw both on."""
    severities = sorted({item["severity"] for item in corruptions})
    found = {(item["probe"], item["severity"]): item for item in corruptions}
    rows: list[Row] = [
        [humanise(name), *(_loss_cell(found[name, severity], unit) if (name, severity) in found else "–" for severity in severities)]
        for name in dict.fromkeys(item["probe"] for item in corruptions)
    ]
    metric = humanise(corruptions[0]["metric"], capital=False)
    clean = format_value(corruptions[0]["clean"]["value"], unit)
    title = (
        f"What corruptions cost: loss in {metric} ({unit}) by severity, {format_level(confidence)} intervals below; unchanged it is "
        f"{clean}, and a loss of that size is fully shaded"
    )
    return make_table(title, ["Corruption", *(f"#Severity {severity}" for severity in severities)], rows)


def _loss_cell(probe: Mapping[str, Any], unit: str) -> Cell:
    drop, clean = probe["drop"], probe["clean"]["value"]
    if drop["value"] is None:
        return Cell("–")
    is_shown = drop["ci_low"] is not None and drop["ci_low"] > 0.0
    shade = min(1.0, drop["value"] / clean) if is_shown and clean else None
    interval = format_difference_interval(drop["ci_low"], drop["ci_high"], unit)
    return Cell(format_difference(drop["value"], unit), interval, "bad" if is_shown else "muted", shade)


def _probe_chart(title: str, probes: Sequence[Mapping[str, Any]], key: str, unit: str, reference: str, prefix: str) -> Chart:
    estimates = [Estimate(_probe_label(item), item[key]["value"], item[key]["ci_low"], item[key]["ci_high"], item["n"]) for item in probes]
    return estimates_chart(title, estimates, unit=unit, reference=0.0, reference_label=reference, prefix=prefix)


def _probe_label(probe: Mapping[str, Any]) -> str:
    name = humanise(probe["probe"], capital=False)
    return f"{name}, severity {probe['severity']}" if probe["kind"] == "corruption" else name


def _probe_table(probes: Sequence[Mapping[str, Any]], unit: str, confidence: float) -> Table:
    has_flips, has_coverage = (any(item[name] is not None for item in probes) for name in ("flip_rate", "coverage"))
    rows: list[Row] = [
        [
            Cell(_probe_label(item), f"{item['kind']}: {item['describe']}"),
            format_count(item["n"]),
            Cell(format_value(item["value"], unit), format_interval(item["ci_low"], item["ci_high"], unit)),
            format_value(item["clean"]["value"], unit),
            Cell(
                format_difference(item["drop"]["value"], unit),
                format_difference_interval(item["drop"]["ci_low"], item["drop"]["ci_high"], unit),
            ),
            *([_share(item["flip_rate"])] if has_flips else []),
            *([_share(item["coverage"])] if has_coverage else []),
            format_value(item["score_shift"]["value"], "share" if has_flips else "σ"),
        ]
        for item in probes
    ]
    flips, shift = (["#Decisions flipped"], "#Probability shift") if has_flips else ([], "#Forecast shift (σ)")
    columns = ["Change", "#n", "#Changed", "#Unchanged", "#Loss", *flips, *(["#Values inside the interval"] if has_coverage else []), shift]
    name = humanise(probes[0]["metric"], capital=False)
    return make_table(f"Robustness: {name} ({unit}), {format_level(confidence)} intervals below", columns, rows)


def _share(rate: Mapping[str, Any] | None) -> str | Cell:
    if rate is None or rate["value"] is None:
        return "–"
    return Cell(format_value(rate["value"], "share"), format_interval(rate["ci_low"], rate["ci_high"], "share"))
