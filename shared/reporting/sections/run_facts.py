"""What a run was made of and with.

Data, serving, environment, configuration, and how to make it again.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from shared.reporting.artefacts import Artefacts
from shared.reporting.formatting import format_count, format_plain, format_value
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.targets import Categories

__all__ = [
    "PARTS",
    "ConfigView",
    "DataView",
    "ServingView",
    "view_config",
    "view_data",
    "view_environment",
    "view_serving",
]

PARTS = ("train", "val", "test")
"""The order in which parts are listed."""

_MAX_LISTED_PROBLEMS = 50
_MAX_SHOWN_CHARACTERS, _MAX_SHOWN_ITEMS = 80, 4


@dataclass(frozen=True)
class DataView:
    """Provenance, sizes, balance, groups and what was set aside."""

    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    parts: Table
    classes: Table | None
    groups: Table | None
    quarantine: Table | None
    num_set_aside: int


@dataclass(frozen=True)
class ServingView:
    """Inputs and outputs of each endpoint, parity with the trained model, and a request that works."""

    endpoints: tuple[Table, ...]
    parity: Table
    facts: tuple[Fact, ...]
    passed: bool
    request_line: str
    request_body: str


@dataclass(frozen=True)
class ConfigView:
    """All settings, and the command that repeats the run."""

    settings: Table
    num_changed: int
    command: str


def view_data(artefacts: Artefacts) -> DataView:
    """Lay out `data.json`."""
    data, provenance = artefacts.data, artefacts.data["provenance"]
    quarantine = data["quarantine"]
    parts: list[Row] = [
        [
            name,
            format_count(part["n"]),
            format_count(part["num_entities"]),
            Cell(part["fingerprint"][:16], tone="muted"),
        ]
        for name, part in ((name, data["splits"][name]) for name in PARTS)
    ]
    return DataView(
        facts=(
            Fact("Name", provenance["name"], f"version {provenance['version']}"),
            Fact("Source", provenance["source"]),
            Fact("Licence", provenance["licence"]),
            Fact("Citation", provenance["citation"] or "none given"),
            Fact("Checksum (SHA-256)", provenance["checksum"], is_code=True),
            Fact("Groups describe", _subjects(data["groups"], provenance["conditions"])),
        ),
        notes=tuple(provenance["notes"]),
        parts=make_table(
            _parts_caption(data), ["Part", "#Examples (n)", "#Entities", "Fingerprint"], parts
        ),
        classes=(
            _classes_table(artefacts.target.names, data["splits"])
            if isinstance(artefacts.target, Categories)
            else None
        ),
        groups=_groups_table(data["groups"]),
        quarantine=_quarantine_table(quarantine) if quarantine else None,
        num_set_aside=len(quarantine),
    )


def _subjects(attributes: Iterable[str], conditions: Sequence[str]) -> str:
    people = [name for name in attributes if name not in conditions]
    told = [f"people by {', '.join(people)}"] if people else []
    return (
        "; ".join([*told, *([f"conditions by {', '.join(conditions)}"] if conditions else [])])
        or "nothing"
    )


def _parts_caption(data: Mapping[str, Any]) -> str:
    if data.get("folds"):
        return (
            f"Training and validation of the first of {len(data['folds'])} folds, and what all"
            " folds test; no fold tests what it met"
        )
    return "Parts; no entity is in two of them"


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
        passed=bool(parity["passed"]),
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


def view_environment(artefacts: Artefacts) -> Table:
    """Lay out `environment.json`, nested names joined by dots."""
    rows = [[name, _text(value)] for name, value in _flatten(artefacts.environment)]
    return make_table("Software and machine", ["Item", "Value"], rows)


def view_config(artefacts: Artefacts, config: BaseModel, pipeline: str) -> ConfigView:
    """Lay out `config.json` beside the defaults of its type.

    Args:
        artefacts: The run.
        config: The run's configuration, for descriptions and defaults.
        pipeline: Name of the pipeline.
    """
    defaults = dict(_flatten(type(config)().model_dump(mode="json")))
    descriptions = dict(_descriptions(config))
    settings = [(name, value) for name, value in _flatten(artefacts.config) if name != "pipeline"]
    changed = {
        name: value for name, value in settings if defaults.get(name) != value and name != "preset"
    }
    rows = [
        [
            Cell(name, descriptions.get(name, "")),
            Cell(_text(value), tone="" if name in changed else "muted"),
            Cell(_text(defaults.get(name)), tone="muted"),
        ]
        for name, value in settings
    ]
    return ConfigView(
        make_table("Every setting of this run", ["Setting", "Value", "Default"], rows),
        len(changed),
        _command(pipeline, str(artefacts.config["preset"]), changed),
    )


def _command(pipeline: str, preset: str, changed: Mapping[str, Any]) -> str:
    """Settings that a preset made are repeated.

    Harmless, and right even after the preset has changed.
    """
    parts = ["python", "-m", "pipelines", "run", pipeline, "--preset", preset]
    for name, value in changed.items():
        parts += (
            ["--data", str(value)]
            if name == "data.source"
            else ["--set", f"{name}={_as_yaml(value)}"]
        )
    lines: list[str] = []
    for part in parts:
        if part.startswith("--"):
            lines.append(part)
        elif lines and lines[-1].startswith("--"):
            lines[-1] += f" {shlex.quote(part)}"
        else:
            lines = [" ".join([*lines, shlex.quote(part)])]
    return " \\\n    ".join(lines)


def _as_yaml(value: Any) -> str:
    # JSON is YAML; plain words need no quotes.
    return (
        value
        if isinstance(value, str) and value.replace("_", "").isalnum() and not value.isdigit()
        else json.dumps(value)
    )


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _descriptions(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _descriptions(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.description or ""


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return _listed(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    # A setting is shown as it would be written, not rounded.
    return format_plain(value) if value is None or isinstance(value, bool) else str(value)


def _listed(values: Any) -> str:
    return ", ".join(map(str, values)) or "none"


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


def _classes_table(names: Sequence[str], parts: Mapping[str, Any]) -> Table:
    rows: list[Row] = []
    for name in names:
        cells: list[str | Cell] = [name]
        for part in (parts[name] for name in PARTS):
            share = part["classes"][name] / max(part["n"], 1)
            cells.append(
                Cell(format_count(part["classes"][name]), format_value(share, "share"), shade=share)
            )
        rows.append(cells)
    return make_table("Examples of each class", ["Class", *(f"#{part}" for part in PARTS)], rows)


def _groups_table(groups: Mapping[str, Mapping[str, int]]) -> Table | None:
    rows = [
        [attribute, value, format_count(n)]
        for attribute, values in groups.items()
        for value, n in values.items()
    ]
    return (
        make_table("Examples of each group, all parts together", ["Attribute", "Group", "#n"], rows)
        if rows
        else None
    )


def _quarantine_table(problems: list[dict[str, Any]]) -> Table:
    rows = [
        [str(item["file"]), format_plain(item["row"]), item["field"] or "–", str(item["reason"])]
        for item in problems[:_MAX_LISTED_PROBLEMS]
    ]
    more = (
        f"; the first {_MAX_LISTED_PROBLEMS} of {len(problems)}"
        if len(problems) > _MAX_LISTED_PROBLEMS
        else ""
    )
    return make_table(f"Inputs set aside and why{more}", ["File", "#Row", "Field", "Reason"], rows)


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
