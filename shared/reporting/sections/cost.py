"""What a training cost, each number with its unit, its limits and how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_plain,
    format_scaled,
    format_seconds,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.section import Section

__all__ = ["SECTION", "CostView", "view_cost"]

_NOT_RECORDED = "not recorded"
_EXACT = {
    "seconds": ("Wall time", "of the training stage, preprocessing included"),
    "fit_seconds": ("Fitting", "epochs with their validation, and the compilation before them"),
    "device_seconds": ("Device time", "fitting × devices that fitted together"),
    "examples_per_second": (
        "Throughput",
        "training steps only, without the first one, which compiles",
    ),
    "wait_share": (
        "Waiting for data",
        "share of the time of training steps in which the next batch was not there yet",
    ),
}
_ESTIMATED = {
    "energy_kwh": "Energy",
    "co2e_grams": "Emissions",
    "peak_host_memory_mib": "Peak memory, host",
    "peak_device_memory_mib": "Peak memory, device",
    "flops_per_example": "Operations, one example forward",
    "training_flops": "Operations, the whole training",
}
_OTHER = {
    "epochs",
    "best_epoch",
    "num_examples",
    "num_parameters",
    "strategy",
    "num_replicas",
    "devices",
}


@dataclass(frozen=True)
class CostView:
    """What was trained where, and the table of costs."""

    facts: tuple[Fact, ...]
    table: Table


def view_cost(artefacts: Artefacts) -> CostView:
    """Lay out `train.json`."""
    train = artefacts.train
    rows = [_exact_row(train, key) for key in _EXACT]
    rows += [_estimated_row(train, key) for key in _ESTIMATED]
    known = {*_EXACT, *_ESTIMATED, *_OTHER}
    rows += [
        [key, format_plain(value), "", ""]
        for key, value in train.items()
        if key not in known and _is_plain(value)
    ]
    columns = ["What", "#Value", "#Limits", "How it was found"]
    return CostView(_facts(train), make_table("What the training cost", columns, rows))


def _facts(train: Mapping[str, Any]) -> tuple[Fact, ...]:
    kept = f"the weights of epoch {train['best_epoch']} were kept"
    return (
        Fact("Epochs", format_count(train["epochs"]), kept),
        Fact("Parameters", format_count(train["num_parameters"])),
        Fact("Devices", ", ".join(map(str, train["devices"])), _together(train)),
        *_mitigation(train.get("mitigation")),
    )


def _together(train: Mapping[str, Any]) -> str:
    if "num_replicas" not in train:
        return ""
    replicas = count_of(train["num_replicas"], "replica", "replicas")
    return f"strategy {train.get('strategy', 'auto')}, {replicas}"


def _mitigation(record: Mapping[str, Any] | None) -> tuple[Fact, ...]:
    """What was done about gaps between groups while training; nothing if nothing was."""
    if record is None:
        return ()
    done = "; ".join(
        f"{group['group']}: {format_count(group['n'])} rows count for"
        f" {format_count(round(group['counts_for']))}"
        for group in record["groups"]
    )
    left = record["num_left_as_they_are"]
    if left:
        done += f"; {count_of(left, 'row', 'rows')} of unknown or small groups left as they are"
    method = f"{humanise(record['method'])} by {humanise(record['attribute'])}"
    return (Fact("Closing gaps", method, done),)


def _exact_row(train: Mapping[str, Any], key: str) -> Row:
    title, method = _EXACT[key]
    value = train.get(key)
    if value is None:
        return [title, "–", "", Cell(_NOT_RECORDED, tone="muted")]
    match key:
        case "wait_share":
            text = format_value(value, "share")
        case "examples_per_second":
            text = f"{format_plain(float(value))} examples/s"
        case _:
            text = format_seconds(float(value))
    return [title, text, "measured", method]


def _estimated_row(train: Mapping[str, Any], key: str) -> Row:
    title = _ESTIMATED[key]
    estimate = train.get(key)
    if estimate is None:
        reason = "no GPU took part" if key in train else _NOT_RECORDED
        return [title, "–", "", Cell(reason, tone="muted")]
    value = format_scaled(estimate["value"], estimate["unit"])
    return [title, value, _limits(estimate), estimate["method"]]


def _limits(estimate: Mapping[str, Any]) -> str:
    if estimate["low"] == estimate["high"]:
        return "as counted"
    low = format_scaled(estimate["low"], estimate["unit"])
    if estimate["high"] is None:
        return f"at least {low}"
    return f"{low} to {format_scaled(estimate['high'], estimate['unit'])}"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


SECTION = Section(
    id="cost",
    title="Cost",
    lead=(
        "Of the training that made this model, without the search for its settings. What is"
        " estimated has limits."
    ),
    view=view_cost,
)
