"""Whether the deep network is worth it: what is deployed beside its floor."""

from __future__ import annotations

from shared.evaluation.claims import Claim, Promise
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import TONES, interval_of
from shared.reporting.formatting import (
    format_difference,
    format_difference_interval,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Table, Verdict, make_table
from shared.run.artefacts.metrics.floor_entries import FloorMetric, FloorTable
from shared.statistics.intervals import Estimate

__all__ = ["judge_worth", "worth_table"]

_QUESTION = "Is the deep network worth it?"
_ANSWERS: dict[Claim, str] = {
    "shown": "Yes",
    "not shown": "Not shown",
    "contradicted": "No, its floor is better",
}
_MORE_THAN_NONE = 1e-12


def judge_worth(artefacts: Artefacts) -> Verdict:
    """The card: the network against its floor on the primary metric, and what is deployed."""
    table = artefacts.metrics.floor
    if table is None:
        nothing = "there is no floor to compare with"
        return Verdict(_QUESTION, "Not known", "muted", nothing, "summary")
    entry = table.metrics[0]
    claim = _claim(entry, entry.network_minus_floor)
    difference = format_difference(entry.network_minus_floor.value, entry.unit)
    metric = humanise(entry.metric, capital=False)
    floor = humanise(table.floor, capital=False)
    detail = f"{difference} {metric} of the network against {floor}; deployed: {_deployed(table)}"
    return Verdict(_QUESTION, _ANSWERS[claim], TONES[claim], detail, "results")


def worth_table(table: FloorTable) -> Table:
    """Deployed, network and floor beside each other, and their differences to the floor."""
    rows = []
    for entry in table.metrics:
        for name in ("deployed", "network", "floor"):
            value: Estimate = getattr(entry, name)
            difference = None if name == "floor" else getattr(entry, f"{name}_minus_floor")
            title = _deployed(table) if name == "deployed" else humanise(_title(table, name))
            rows.append(
                (
                    humanise(entry.metric),
                    title if name != "deployed" else f"Deployed: {title}",
                    Cell(format_value(value.value, entry.unit), interval_of(value, entry.unit)),
                    _difference(entry, difference),
                )
            )
    caption = f"Is the deep network worth it? Deployed is the {table.deployed}: {table.reason}."
    return make_table(caption, ("Metric", "Model", "Value", "Minus the floor"), rows)


def _title(table: FloorTable, name: str) -> str:
    return "network alone" if name == "network" else f"floor: {table.floor}"


def _deployed(table: FloorTable) -> str:
    if table.deployed == "blend":
        return f"blend, {table.weight:.0%} network"
    return f"the {table.deployed}"


def _claim(entry: FloorMetric, difference: Estimate) -> Claim:
    """Whether one is better than the floor."""
    if _is_none(difference):
        return "not shown"
    if entry.better == "higher":
        return Promise(low=_MORE_THAN_NONE).judge(difference.interval)
    return Promise(high=-_MORE_THAN_NONE).judge(difference.interval)


def _difference(entry: FloorMetric, difference: Estimate | None) -> Cell:
    if difference is None:
        return Cell("")
    if _is_none(difference):
        return Cell("the same")
    interval = format_difference_interval(difference.ci_low, difference.ci_high, entry.unit)
    text = format_difference(difference.value, entry.unit)
    return Cell(text, interval, TONES[_claim(entry, difference)])


def _is_none(difference: Estimate) -> bool:
    """Whether both are the same model, or say the same."""
    return difference.value == difference.ci_low == difference.ci_high == 0.0
