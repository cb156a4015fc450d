"""The section "Make it again": the command, all settings, software and machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from shared.config.setting_text import set_option
from shared.formatting import (
    format_plain,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Cell, Table, make_table
from shared.reporting.section import Section

__all__ = ["SECTION", "ReproduceView", "view_reproduce"]


@dataclass(frozen=True)
class ReproduceView:
    """The command that repeats the run, all settings, and what it ran on."""

    command: str
    settings: Table
    num_changed: int
    environment: Table


def view_reproduce(artefacts: Artefacts) -> ReproduceView:
    """Lay out `config.json` beside the defaults of its type, and `environment.json`."""
    config = artefacts.settings
    defaults = dict(_flatten(type(config)().model_dump(mode="json")))
    descriptions = dict(_descriptions(config))
    recorded = json.loads(config.to_json())
    settings = [(name, value) for name, value in _flatten(recorded) if name != "pipeline"]
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
    return ReproduceView(
        command=_command(config.pipeline, config.preset, changed),
        settings=make_table("Every setting of this run", ["Setting", "Value", "Default"], rows),
        num_changed=len(changed),
        environment=_environment_table(artefacts),
    )


def _environment_table(artefacts: Artefacts) -> Table:
    """Lay out `environment.json`, nested names joined by dots."""
    # Of the file's form nobody needs to know; names are sorted, as those of packages are.
    items = artefacts.environment.model_dump(mode="json", exclude={"schema_version"})
    rows = [[name, _text(value)] for name, value in _flatten(dict(sorted(items.items())))]
    return make_table("Software and machine", ["Item", "Value"], rows)


def _command(pipeline: str, preset: str, changed: Mapping[str, Any]) -> str:
    """Settings that a preset made are repeated.

    Harmless, and right even after the preset has changed.
    """
    options = [f"--preset {shlex.quote(preset)}"]
    for name, value in changed.items():
        if name == "data.source":
            options.append(f"--data {shlex.quote(str(value))}")
        else:
            options.append(set_option(name, value))
    return " \\\n    ".join([f"python -m pipelines run {shlex.quote(pipeline)}", *options])


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


SECTION = Section(
    id="reproduce",
    title="Make it again",
    lead=(
        "The same command on the same data, software, kind of machine, devices and number of"
        " threads gives the same numbers where train.deterministic is on; that is tested on one"
        " CPU. Elsewhere sums are rounded in another order, and trainings part."
    ),
    view=view_reproduce,
)
