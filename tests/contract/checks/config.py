"""Check `config`: the configuration, its presets, and the families of networks that it knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from pydantic import ValidationError

from shared.config import RunConfig
from shared.config.families import families
from shared.config.sources import read_config, resolve_config
from shared.errors import ConfigError
from tests.contract.case import Case

__all__ = ["check_config"]

_BOUNDS = {"minimum": -1, "exclusiveMinimum": 0, "maximum": 1, "exclusiveMaximum": 0}
"""JSON-schema keyword -> step from the bound to a value that it forbids."""

_UNIONS = ("anyOf", "oneOf")
"""JSON-schema keywords of alternatives: `None` or a value; families of networks."""


def check_config(case: Case) -> None:
    """JSON round trip; presets hold differences only.

    Unknown keys and values out of bounds are rejected, naming the field.
    """
    _check_round_trip(case)
    _check_presets(case)
    _check_frozen(case.config)
    for section in ("", "data.", "front_end.", "model.", "train."):
        _assert_rejected(case, _Setting(f"{section}no_such_setting"), 1, because="unknown")
    _check_families(case)
    for setting in _settings(case.pipeline.config_type.model_json_schema()):
        _check_bounds(case, setting)


def _check_round_trip(case: Case) -> None:
    case.folder.mkdir(parents=True, exist_ok=True)
    path = case.folder / "config.json"
    path.write_text(case.config.to_json(), encoding="utf-8")
    assert read_config(case.pipeline.config_type, path) == case.config, (
        "config.json does not give back the configuration it was written from"
    )


def _check_presets(case: Case) -> None:
    config_type, presets = case.pipeline.config_type, case.presets
    names = {file.stem for file in presets.glob("*.yaml")}
    wanted = {"smoke", "default", case.preset}
    assert wanted <= names, f"presets {sorted(wanted)} must exist, found {sorted(names)}"
    defaults = config_type().model_dump(mode="json")
    for name in sorted(names):
        resolve_config(config_type, presets, name)
        text = (presets / f"{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("#"), (
            f"preset {name} must open with a comment: command, measured time, expected result with"
            " seed"
        )
        for key, value in _leaves(yaml.safe_load(text) or {}):
            assert _at(defaults, key) != value, (
                f"preset {name} sets {key}={value}, which is the default; a preset holds"
                " differences only"
            )


def _check_frozen(config: RunConfig) -> None:
    try:
        type(config).__setattr__(config, "preset", "changed")
    except ValidationError:
        return
    raise AssertionError("a configuration must be frozen")


def _leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        elif value != {}:
            yield f"{prefix}{key}", value


def _at(tree: dict[str, Any], dotted_key: str) -> Any:
    node: Any = tree
    for part in dotted_key.split("."):
        # A mapping that is itself one value (labels, column names) has no such key by default.
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


@dataclass(frozen=True)
class _Setting:
    """A field of a configuration.

    Attributes:
        key: Dotted.
        schema: Its JSON schema.
        needs: What `--set` must choose for there to be such a field.
    """

    key: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def _settings(schema: dict[str, Any]) -> Iterator[_Setting]:
    """Every field of a configuration's JSON schema, those of every family of networks included."""
    definitions = schema.get("$defs", {})

    def walk(node: Mapping[str, Any], prefix: str, needs: tuple[str, ...]) -> Iterator[_Setting]:
        for name, member in node.get("properties", {}).items():
            for choice in _choices(_Setting(f"{prefix}{name}", member, needs), definitions):
                if "properties" in choice.schema:
                    yield from walk(choice.schema, f"{choice.key}.", choice.needs)
                else:
                    yield choice

    yield from walk(schema, "", ())


def _choices(setting: _Setting, definitions: Mapping[str, Any]) -> Iterator[_Setting]:
    """The alternatives of a field, `$ref`s followed; of a union told apart by a field, with its value."""
    node = setting.schema
    if "$ref" in node:
        found = definitions[node["$ref"].rsplit("/", 1)[1]]
        yield from _choices(replace(setting, schema=found), definitions)
        return
    options = [option for keyword in _UNIONS for option in node.get(keyword, ())]
    if not options:
        yield setting
    for option in options:
        for choice in _choices(replace(setting, schema=option), definitions):
            yield replace(choice, needs=(*choice.needs, *_told_apart_by(setting, choice)))


def _told_apart_by(union: _Setting, choice: _Setting) -> tuple[str, ...]:
    if "discriminator" not in union.schema:
        return ()
    name = union.schema["discriminator"]["propertyName"]
    return (f"{union.key}.{name}={choice.schema['properties'][name]['const']}",)


def _check_families(case: Case) -> None:
    """`model.family` names one of those that there are; no family takes the settings of another."""
    known = families(case.pipeline.config_type)
    assert known, "the section model needs a field family: the name of the network"
    message = _assert_rejected(case, _Setting("model.family"), "no_such_family", because="unknown")
    assert all(name in message for name in known), f"the message must name {list(known)}: {message}"
    own = type(case.config.model)
    for name, other in known.items():
        for key in other.model_fields.keys() - own.model_fields.keys():
            message = _assert_rejected(
                case, _Setting(f"model.{key}"), 1, because=f"a setting of the family {name}"
            )
            assert name in message, f"the message must name the family {name}: {message}"


def _check_bounds(case: Case, setting: _Setting) -> None:
    schema = setting.schema
    if schema.get("type") not in ("integer", "number"):
        return
    if "enum" in schema or "const" in schema:
        listed = schema.get("enum", [schema.get("const")])
        _assert_rejected(case, setting, max(listed) + 1, because=f"none of {listed}")
        return
    bounds = {keyword: schema[keyword] for keyword in _BOUNDS if keyword in schema}
    assert bounds, f"the number {setting.key} has no bounds"
    for keyword, bound in bounds.items():
        beyond = bound + _BOUNDS[keyword]
        _assert_rejected(case, setting, beyond, because=f"out of bounds ({keyword} {bound})")
    _assert_rejected(case, setting, "'many'", because="of the wrong type")


def _assert_rejected(case: Case, setting: _Setting, value: Any, because: str) -> str:
    """The message with which the value is refused."""
    given = f"{setting.key}={value}"
    try:
        resolve_config(
            case.pipeline.config_type, case.presets, case.preset, [*setting.needs, given]
        )
    except ConfigError as error:
        assert setting.key in str(error), (
            f"{given} is {because}, but the message does not name it: {error}"
        )
        return str(error)
    raise AssertionError(f"{given} is {because} and was accepted")
