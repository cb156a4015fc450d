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
    """What corruptions cost and what counterfactual changes flip; charts only where there is something to draw."""

    table: Table
    charts: tuple[Chart, ...]


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
    if corruptions:
        title = f"What corruptions cost: loss in {humanise(metrics['headline'], capital=False)}"
        charts.append(_probe_chart(title, corruptions, "drop", unit, "no loss", "drop-"))
    if counterfactuals:
        has_flips = all(item["flip_rate"] is not None for item in counterfactuals)
        title = (
            "Changes that should not matter: share of decisions that flip"
            if has_flips
            else "Changes that should not matter: mean shift of the forecast (σ)"
        )
        chosen, chosen_unit = ("flip_rate", "share") if has_flips else ("score_shift", "σ")
        charts.append(_probe_chart(title, counterfactuals, chosen, chosen_unit, "no change", "flip-"))
    return RobustnessView(_probe_table(probes, unit, metrics["confidence"]), tuple(charts))


def _probe_chart(title: str, probes: Sequence[Mapping[str, Any]], key: str, unit: str, reference: str, prefix: str) -> Chart:
    estimates = [Estimate(_probe_label(item), item[key]["value"], item[key]["ci_low"], item[key]["ci_high"], item["n"]) for item in probes]
    return estimates_chart(title, estimates, unit=unit, reference=0.0, reference_label=reference, prefix=prefix)


def _probe_label(probe: Mapping[str, Any]) -> str:
    name = humanise(probe["probe"], capital=False)
    return f"{name}, severity {probe['severity']}" if probe["kind"] == "corruption" else name


def _probe_table(probes: Sequence[Mapping[str, Any]], unit: str, confidence: float) -> Table:
    has_flips = any(item["flip_rate"] is not None for item in probes)
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
            *([_flips(item)] if has_flips else []),
            format_value(item["score_shift"]["value"], "share" if has_flips else "σ"),
        ]
        for item in probes
    ]
    flips, shift = (["#Decisions flipped"], "#Probability shift") if has_flips else ([], "#Forecast shift (σ)")
    columns = ["Change", "#n", "#Changed", "#Unchanged", "#Loss", *flips, shift]
    name = humanise(probes[0]["metric"], capital=False)
    return make_table(f"Robustness: {name} ({unit}), {format_level(confidence)} intervals below", columns, rows)


def _flips(probe: Mapping[str, Any]) -> str | Cell:
    rate = probe["flip_rate"]
    if rate is None or rate["value"] is None:
        return "–"
    return Cell(format_value(rate["value"], "share"), format_interval(rate["ci_low"], rate["ci_high"], "share"))
