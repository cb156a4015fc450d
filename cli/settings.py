"""The commands `list` and `settings`: what can be run, and every setting, as `--set` takes it.

Settings are read from the configuration classes, so that names, bounds and defaults can't be stale.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.table import Table

from cli.options import Name
from cli.terminal import CONSOLE, AsJson, choose_output, print_json
from pipelines import NAMES, get_pipeline, presets_folder
from shared.errors import ConfigError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from shared.config import RunConfig, Section

__all__ = ["SettingRow", "find_settings", "list_pipelines", "list_settings", "setting_rows"]

_FAMILY = ".family"
_JSON_TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}

Word = Annotated[
    str | None,
    typer.Argument(metavar="WORD", help="Only settings with this in their name or description."),
]


@dataclass(frozen=True)
class SettingRow:
    """One setting, in words.

    Attributes:
        name: With its section, such as `train.epochs`.
        kind: Its type, or its choices: `int`, `none | temperature`, `list of str`.
        bounds: Which values are allowed, such as `1 to 10000`; empty if all of the type are.
        default: What holds where neither preset nor `--set` says otherwise, as YAML.
        sentence: What it is for.
    """

    name: str
    kind: str
    bounds: str
    default: str
    sentence: str


def list_pipelines(as_json: AsJson = False) -> None:
    """Show the pipelines and their presets."""
    choose_output(as_json=as_json)
    known = {
        name: sorted(path.stem for path in presets_folder(name).glob("*.yaml")) for name in NAMES
    }
    if as_json:
        print_json(known)
        return
    table = Table("pipeline", "presets")
    for name, presets in known.items():
        table.add_row(name, ", ".join(presets))
    CONSOLE.print(table)
    CONSOLE.print(
        "Next: [bold]python -m pipelines run NAME[/], or [bold]run NAME --data PATH --preset"
        " PRESET[/] for your own files."
    )


def list_settings(name: Name, word: Word = None, as_json: AsJson = False) -> None:
    """Show every setting of a pipeline: type, bounds, default and what it is for."""
    pipeline = get_pipeline(name)
    rows = setting_rows(pipeline.config_type)
    if word is not None:
        rows = find_settings(rows, word)
    if as_json:
        print_json({"settings": [asdict(row) for row in rows]})
        return
    for row in rows:
        allowed = ", ".join(part for part in (row.kind, row.bounds) if part)
        typer.echo(f"{typer.style(row.name, bold=True)}: {allowed}; default {row.default}")
        typer.echo(f"    {row.sentence}")
    typer.echo(
        f"Set one with: python -m pipelines run {pipeline.name} --set {rows[0].name}=VALUE."
        " Presets differ from these defaults."
    )


def setting_rows(config_type: type[RunConfig]) -> list[SettingRow]:
    """All settings of a configuration class, section by section, in the order of their definition.

    Where a section is one of several families, settings of one family alone say so.
    """
    return [
        _with_defaults_of_families(row, config_type)
        for name, field in config_type.model_fields.items()
        for row in _merged([_section_rows(name, section) for section in _sections(field)])
    ]


def _with_defaults_of_families(row: SettingRow, config_type: type[RunConfig]) -> SettingRow:
    from shared.config.families import families

    section, _, name = row.name.partition(".")
    if section != "train":
        return row
    defaults = "; ".join(
        f"{family}: {json.dumps(settings.training_defaults[name])}"
        for family, settings in families(config_type).items()
        if name in settings.training_defaults
    )
    return replace(row, sentence=f"{row.sentence} Default of {defaults}.") if defaults else row


def find_settings(rows: list[SettingRow], word: str) -> list[SettingRow]:
    """The rows with a word in name or sentence, whatever its case.

    Raises:
        ConfigError: There is none; the message names the closest settings.
    """
    wanted = word.casefold()
    found = [row for row in rows if wanted in f"{row.name} {row.sentence}".casefold()]
    if found:
        return found
    # Compared with the whole name and with its end, because users leave the section out.
    names = {row.name: row.name for row in rows} | {
        row.name.split(".")[1]: row.name for row in rows
    }
    close = difflib.get_close_matches(wanted, names, n=1)
    hint = f"Did you mean {names[close[0]]}?" if close else "Leave the word out to see all."
    raise ConfigError(f"No setting has {word!r} in its name or description. {hint}")


def _sections(field: FieldInfo) -> list[type[Section]]:
    """The classes of a section, one for each family; none if the field is no section."""
    from shared.config import Section

    choices = get_args(field.annotation) or (field.annotation,)
    return [one for one in choices if isinstance(one, type) and issubclass(one, Section)]


def _section_rows(section_name: str, section: type[Section]) -> list[SettingRow]:
    schemas = section.model_json_schema()["properties"]
    return [
        _describe(f"{section_name}.{name}", field, schemas[name])
        for name, field in section.model_fields.items()
    ]


def _merged(families: list[list[SettingRow]]) -> list[SettingRow]:
    """The rows of all families, each once."""
    if len(families) < 2:
        return [row for rows in families for row in rows]
    merged: dict[SettingRow, None] = {}
    for rows in families:
        for row in rows:
            merged[_of_family(row, families)] = None
    return list(merged)


def _of_family(row: SettingRow, families: list[list[SettingRow]]) -> SettingRow:
    if row.name.endswith(_FAMILY):
        names = [one.kind for rows in families for one in rows if one.name == row.name]
        return replace(row, kind=" | ".join(names), default=f'"{names[0]}"')
    owners = [_family_name(rows) for rows in families if row in rows]
    if len(owners) == len(families):
        return row
    return replace(row, sentence=f"{', '.join(owners)} only: {row.sentence}")


def _family_name(rows: list[SettingRow]) -> str:
    (family,) = (row.kind for row in rows if row.name.endswith(_FAMILY))
    return family


def _describe(name: str, field: FieldInfo, schema: Mapping[str, Any]) -> SettingRow:
    default = field.get_default(call_default_factory=True, validated_data={})
    return SettingRow(
        name=name,
        kind=_kind(schema),
        bounds=_bounds(schema),
        default=json.dumps(default, ensure_ascii=False),
        sentence=field.description or "",
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a value, from its JSON schema."""
    match schema:
        case {"const": value}:
            return str(value)
        case {"enum": values}:
            return " | ".join(str(value) for value in values)
        case {"anyOf": choices}:
            return " | ".join(_kind(choice) for choice in choices)
        case {"prefixItems": items}:
            return f"list of {len(items)} {_kind(items[0])}"
        case {"type": "array", "items": item}:
            return f"list of {_kind(item)}"
        case {"type": "object", "additionalProperties": value}:
            return f"mapping of str to {_kind(value)}"
        case {"type": str(name)}:
            return _JSON_TYPES.get(name, name)
    raise TypeError(f"no words for a setting with the schema {schema}")


def _bounds(schema: Mapping[str, Any]) -> str:
    """Which values are allowed, from their JSON schema."""
    choices = schema.get("anyOf", ())
    items = [schema["items"]] if "items" in schema else []
    own = [_range(schema), _length(schema), *(_bounds(choice) for choice in choices)]
    own += [f"each {bounds}" for bounds in map(_bounds, items) if bounds]
    return ", ".join(part for part in own if part)


def _range(schema: Mapping[str, Any]) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f"{_number(schema['minimum'])} to {_number(schema['maximum'])}"
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return ", ".join(
        f"{word} {_number(schema[key])}" for key, word in words.items() if key in schema
    )


def _number(value: float) -> str:
    return f"{value:.10g}"  # all digits of a bound such as 1000000


def _length(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        return f"matching {schema['pattern']}"
    if schema.get("maxLength") == 1:
        return "one character"
    is_required = schema.get("minLength") == 1 or (
        schema.get("minItems") == 1 and "prefixItems" not in schema
    )
    return "not empty" if is_required else ""
