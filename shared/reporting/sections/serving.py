"""The section "Serving": endpoints, their parity with the trained model, and a request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.formatting import (
    format_count,
    format_plain,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.section import Section
from shared.run.artefacts.parity_file import DecisionParity, NumberParity, ParityRecord
from shared.run.artefacts.signature_file import (
    EndpointRecord,
    NotMetRecord,
    SignatureRecord,
    TensorRecord,
)

__all__ = ["SECTION", "ServingView", "view_serving"]

_MAX_SHOWN_CHARACTERS = 80
_MAX_SHOWN_ITEMS = 4


@dataclass(frozen=True)
class ServingView:
    """Parity with the trained model, inputs and outputs of each endpoint, and a request."""

    endpoints: tuple[Table, ...]
    parity: Table
    facts: tuple[Fact, ...]
    request_line: str
    request_body: str


def view_serving(artefacts: Artefacts) -> ServingView:
    """Lay out `signature.json` and `parity.json`."""
    signature = artefacts.signature
    example = signature.example
    request_line = ""
    request_body = ""
    if example is not None:
        request_line = f"{example.method} {example.path}"
        request_body = json.dumps(_shortened(example.body), indent=2, ensure_ascii=False)
    endpoints = signature.signatures.items()
    return ServingView(
        endpoints=tuple(_endpoint_table(name, endpoint) for name, endpoint in endpoints),
        parity=_parity_table(artefacts.parity),
        facts=_facts(signature, artefacts.parity),
        request_line=request_line,
        request_body=request_body,
    )


def _facts(signature: SignatureRecord, parity: ParityRecord) -> tuple[Fact, ...]:
    compared_on = f"{format_count(parity.num_examples)} examples"
    batches = f"in batches of {_listed(parity.batch_sizes)}"
    operations = format_count(len(parity.operations))
    version = f"version {signature.version}"
    weights = signature.weights_sha256
    return (
        *_not_met_facts(signature.not_met),
        Fact("Model name", signature.model, version),
        Fact("Weights (SHA-256)", weights, is_code=True),
        Fact("Compared on", compared_on, batches),
        Fact("Same answer twice", format_plain(parity.deterministic)),
        Fact("Operations in the graph", operations, "all servable by a stock server"),
        _attributions(signature),
    )


def _attributions(signature: SignatureRecord) -> Fact:
    """Whether the graph says why it decides, or why it does not."""
    record = signature.attributions
    if record is None:
        return Fact("Attributions", "none", signature.why_no_attributions)
    method = record.method.replace("_", " ")
    return Fact("Attributions", f"signature explain, {method}", f"from {record.baseline}")


def _not_met_facts(not_met: NotMetRecord | None) -> tuple[Fact, ...]:
    """Whom the served model of a cross-validation has not met; nothing for other runs."""
    if not_met is None:
        return ()
    named = _listed(not_met.entities)
    num_unnamed = not_met.num_entities - len(not_met.entities)
    if num_unnamed > 0:
        named += f" and {format_count(num_unnamed)} more"
    served = f"the model of fold {not_met.fold} of {not_met.num_folds} is served"
    return (
        Fact("Not met in training", named, served),
        Fact("To train on more of the data", not_met.how_to_train_on_more, is_code=True),
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


def _endpoint_table(name: str, endpoint: EndpointRecord) -> Table:
    rows = [_tensor_row(item, "input") for item in endpoint.inputs]
    rows += [_tensor_row(item, "output") for item in endpoint.outputs]
    return make_table(f"Endpoint {name}", ["Name", "Type", "Shape", "Unit"], rows)


def _tensor_row(item: TensorRecord, side: str) -> Row:
    shape = "unknown"
    if item.shape is not None:
        shape = " × ".join("any" if size is None else str(size) for size in item.shape)
    name = Cell(item.name, f"{side}, {item.meaning}")
    return [name, item.dtype, shape, item.unit or "–"]


def _parity_table(parity: ParityRecord) -> Table:
    columns = ["Output", "#Largest difference", "#Tolerated", "Verdict"]
    rows = [_parity_row(name, item) for name, item in parity.outputs.items()]
    return make_table("Deployed graph against the trained Keras model", columns, rows)


def _parity_row(name: str, item: NumberParity | DecisionParity) -> Row:
    verdict = Cell("equal", tone="good") if item.passed else Cell("different", tone="bad")
    if isinstance(item, DecisionParity):
        return [name, f"{item.num_different} of {item.num_clear} differ", "none", verdict]
    measured = f"{item.max_abs_difference:.2g}"
    return [name, measured, f"{item.tolerance:.2g}", verdict]


def _listed(values: Sequence[Any]) -> str:
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
