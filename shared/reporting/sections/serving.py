"""The section "Serving": endpoints, their parity with the trained model, and a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.formatting import (
    format_count,
    format_plain,
)
from shared.reporting.page import Cell, Fact, Table, make_table
from shared.reporting.section import Section

__all__ = ["SECTION", "ServingView", "view_serving"]

_MAX_SHOWN_CHARACTERS = 80
_MAX_SHOWN_ITEMS = 4


@dataclass(frozen=True)
class ServingView:
    """Inputs and outputs of each endpoint, parity with the trained model, and a request that works."""

    endpoints: tuple[Table, ...]
    parity: Table
    facts: tuple[Fact, ...]
    request_line: str
    request_body: str


def view_serving(artefacts: Artefacts) -> ServingView:
    """Lay out `signature.json` and `parity.json`."""
    signature, parity = artefacts.signature, artefacts.parity
    example = signature.get("example")
    return ServingView(
        endpoints=tuple(
            _endpoint_table(name, endpoint) for name, endpoint in signature["signatures"].items()
        ),
        parity=_parity_table(parity),
        facts=(
            *_not_met_fact(signature.get("not_met")),
            Fact("Model name", str(signature["model"]), f"version {signature['version']}"),
            Fact("Weights (SHA-256)", str(signature["weights_sha256"]), is_code=True),
            Fact(
                "Compared on",
                f"{format_count(parity['num_examples'])} examples",
                f"in batches of {_listed(parity['batch_sizes'])}",
            ),
            Fact("Same answer twice", format_plain(parity["deterministic"])),
            Fact(
                "Operations in the graph",
                format_count(len(parity["operations"])),
                "all servable by a stock server",
            ),
        ),
        request_line="" if example is None else f"{example['method']} {example['path']}",
        request_body=(
            ""
            if example is None
            else json.dumps(_shortened(example["body"]), indent=2, ensure_ascii=False)
        ),
    )


def _not_met_fact(not_met: Mapping[str, Any] | None) -> tuple[Fact, ...]:
    if not_met is None:
        return ()
    named = _listed(not_met["entities"])
    more = (
        f" and {format_count(not_met['num_entities'] - len(not_met['entities']))} more"
        if not_met["num_entities"] > len(not_met["entities"])
        else ""
    )
    return (
        Fact(
            "Not met in training",
            f"{named}{more}",
            f"the model of fold {not_met['fold']} of {not_met['num_folds']} is served",
        ),
        Fact("To train on more of the data", not_met["how_to_train_on_more"], is_code=True),
    )


def _shortened(value: Any) -> Any:
    """Long texts and lists inside a request, cut so that its form stays readable."""
    if isinstance(value, str) and len(value) > _MAX_SHOWN_CHARACTERS:
        return f"{value[:_MAX_SHOWN_CHARACTERS]}… ({format_count(len(value))} characters)"
    if isinstance(value, list):
        shown = [_shortened(item) for item in value[:_MAX_SHOWN_ITEMS]]
        return (
            shown
            if len(value) <= _MAX_SHOWN_ITEMS
            else [*shown, f"… ({format_count(len(value))} items)"]
        )
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    return value


def _endpoint_table(name: str, endpoint: Mapping[str, Any]) -> Table:
    rows = [
        [
            Cell(item["name"], f"{side}, {item['meaning']}"),
            item["dtype"],
            (
                "unknown"
                if item["shape"] is None
                else " × ".join("any" if size is None else str(size) for size in item["shape"])
            ),
            item["unit"] or "–",
        ]
        for side, items in (("input", endpoint["inputs"]), ("output", endpoint["outputs"]))
        for item in items
    ]
    return make_table(f"Endpoint {name}", ["Name", "Type", "Shape", "Unit"], rows)


def _parity_table(parity: Mapping[str, Any]) -> Table:
    rows = []
    for name, item in parity["outputs"].items():
        if "max_abs_difference" in item:
            measured, allowed = f"{item['max_abs_difference']:.2g}", f"{item['tolerance']:.2g}"
        else:
            measured, allowed = f"{item['num_different']} of {item['num_clear']} differ", "none"
        verdict = Cell("equal", tone="good") if item["passed"] else Cell("different", tone="bad")
        rows.append([name, measured, allowed, verdict])
    return make_table(
        "Deployed graph against the trained Keras model",
        ["Output", "#Largest difference", "#Tolerated", "Verdict"],
        rows,
    )


def _listed(values: Any) -> str:
    return ", ".join(map(str, values)) or "none"


SECTION = Section(
    id="serving",
    title="Serving",
    lead=(
        "What is deployed takes raw inputs; it was compared with the trained model before it was"
        " published."
    ),
    view=view_serving,
)
