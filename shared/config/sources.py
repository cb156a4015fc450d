"""Where a configuration comes from: class defaults < preset YAML < `--set a.b=value`.

Or a run's `config.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.config import RunConfig
from shared.config.families import choose_family, explain_model_error, fill_in_family
from shared.config.setting_text import read_setting, read_yaml
from shared.config.suggestions import explain_mistyped
from shared.errors import ConfigError

__all__ = [
    "configuration_tree",
    "override_config",
    "preset_name",
    "read_config",
    "resolve_config",
]

_PRESET_SUFFIXES = (".yaml", ".yml")

Config = TypeVar("Config", bound=RunConfig)


def resolve_config(
    config_type: type[Config],
    presets: Path,
    preset: str,
    assignments: Sequence[str] = (),
    source: str | None = None,
) -> Config:
    """Merge class defaults, a preset and `--set` assignments into one checked configuration.

    Args:
        config_type: The pipeline's configuration class.
        presets: Folder of `<preset>.yaml` files, each holding only differences from the defaults.
        preset: Name of the preset, or the path of such a file, which ends in .yaml.
        assignments: `a.b=value` strings; the value is read as YAML, so `3`, `true`, `[1, 2]` and
            `text` mean what they look like.
        source: Shorthand for `data.source=…` (the command line's `--data`); wins over the preset,
            loses to `assignments`.

    Raises:
        ConfigError: Unknown preset, malformed assignment, unknown key, wrong type or value out of
            bounds; all bad fields at once.
    """
    tree = configuration_tree(config_type, presets, preset, assignments, source)
    tree["preset"] = preset_name(preset)
    return _validate_tree(
        config_type, tree, origin=f"preset {preset!r} with {len(assignments)} --set"
    )


def configuration_tree(
    config_type: type[RunConfig],
    presets: Path,
    preset: str,
    assignments: Sequence[str] = (),
    source: str | None = None,
) -> dict[str, Any]:
    """What differs from the class defaults, before it is checked: the content of a preset.

    Args:
        config_type: As for `resolve_config`, like all that follow.
        presets: Folder of presets.
        preset: Name or path.
        assignments: `a.b=value`.
        source: Of data.

    Raises:
        ConfigError: Unknown preset, or malformed assignment.
    """
    tree = _read_preset(presets, preset)
    if source is not None:
        _assign(tree, "data.source", source)
    _apply(config_type, tree, assignments)
    return tree


def preset_name(preset: str) -> str:
    """What a preset is called, given by its name or by the path of its file."""
    return Path(preset).stem if _is_path(preset) else preset


def _is_path(preset: str) -> bool:
    return preset.lower().endswith(_PRESET_SUFFIXES)


def override_config(config: Config, assignments: Sequence[str]) -> Config:
    """The same configuration with `--set` assignments applied and checked.

    Raises:
        ConfigError: As `resolve_config`.
    """
    tree = config.model_dump(mode="json")
    _apply(type(config), tree, assignments)
    return _validate_tree(type(config), tree, origin=f"config.json with {len(assignments)} --set")


def read_config(config_type: type[Config], path: Path) -> Config:
    """Read a run's `config.json`.

    Raises:
        ConfigError: The file is missing, not JSON, or does not fit `config_type`.
    """
    if path.exists() and not path.is_file():
        raise ConfigError(
            f"{path} is not a file. A run directory always holds its configuration there; start a"
            " new run."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text. A run directory always holds its configuration there; start"
            " a new run."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path} can't be read ({error.strerror}). A run directory always holds one: is this a"
            " run directory?"
        ) from error
    return _validate(config_type, text, origin=str(path))


def _validate_tree(config_type: type[Config], tree: Mapping[str, Any], origin: str) -> Config:
    named = fill_in_family(config_type, tree)
    try:
        text = json.dumps(named, default=str)  # str: a date is the text that stands there
    except (
        TypeError,
        ValueError,
    ) as error:  # YAML can say more than plain data: a date as a key, a list within itself
        raise ConfigError(f"The configuration ({origin}) is not plain data: {error}.") from error
    return _validate(config_type, text, origin)


def _validate(config_type: type[Config], text: str, origin: str) -> Config:
    # JSON mode, because strict Python mode would refuse the lists that YAML gives for tuples.
    try:
        return config_type.model_validate_json(text)
    except ValidationError as error:
        texts = _with_texts(text, error)
        if texts != text:
            return _validate(config_type, texts, origin)
        lines = [_line(_explain(config_type, item)) for item in error.errors()]
        raise ConfigError(
            "\n".join([f"The configuration ({origin}) is not valid:", *lines])
        ) from error


def _with_texts(text: str, error: ValidationError) -> str:
    """JSON in which whole numbers are texts where texts are expected: classes called 1, 2, 3."""
    items = [item for item in error.errors() if item["type"] == "string_type"]
    if not items:
        return text  # perhaps not even JSON
    tree = json.loads(text)
    for item in items:
        if type(item["input"]) is int:
            _replace(tree, item["loc"], str(item["input"]))
    return json.dumps(tree)


def _replace(tree: Any, place: Sequence[int | str], value: str) -> None:
    """Put a value at a place; a place that pydantic names otherwise than the tree is left."""
    *parents, leaf = place
    try:
        for parent in parents:
            tree = tree[parent]
        tree[leaf] = value
    except (KeyError, IndexError, TypeError):
        return


def _line(item: Mapping[str, Any]) -> str:
    message = item["msg"].removeprefix("Value error, ")
    # What several settings say together would be the whole section.
    received = "" if isinstance(item["input"], Mapping) else f"; received {_shown(item)}"
    return f"  {_location(item['loc'])}: {message}{received}"


def _explain(config_type: type[RunConfig], error: Any) -> Mapping[str, Any]:
    explained = explain_model_error(config_type, error)
    return explain_mistyped(config_type, explained) if explained is error else explained


def _location(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts) or "configuration"


def _shown(item: Any) -> str:
    received = repr(item.get("input"))
    return received if len(received) <= 120 else received[:117] + "..."


def _read_preset(presets: Path, preset: str) -> dict[str, Any]:
    known = sorted(path.stem for path in presets.glob("*.yaml"))
    if not _is_path(preset) and preset not in known:
        raise ConfigError(
            f"There is no preset {preset!r}. Known presets: {', '.join(known)}, or the path of a"
            " .yaml file."
        )
    path = Path(preset) if _is_path(preset) else presets / f"{preset}.yaml"
    if not path.exists():
        raise ConfigError(
            f"{path}: there is no such preset file. Known presets: {', '.join(known)}."
        )
    if not path.is_file():
        raise ConfigError(f"{path} is not a file.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read as UTF-8 text ({error}).") from error
    tree = read_yaml(text, where=f"preset {preset}")
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(
            f"Preset {preset!r} must be a mapping of settings, received {type(tree).__name__}."
        )
    return tree


def _apply(config_type: type[RunConfig], tree: dict[str, Any], assignments: Sequence[str]) -> None:
    values = _read_assignments(assignments)
    for key, value in values:
        if key == "model.family":
            choose_family(config_type, tree, value)
    for key, value in values:
        _assign(tree, key, value)


def _read_assignments(assignments: Sequence[str]) -> list[tuple[str, Any]]:
    values = []
    for assignment in assignments:
        if not _is_text(assignment):
            raise ConfigError(f"--set {assignment!a}: this is not UTF-8 text.")
        key, separator, text = assignment.partition("=")
        if not separator or not key.strip():
            raise ConfigError(
                f"--set expects key=value, for example train.epochs=3; received {assignment!r}."
            )
        if key.strip() in {"pipeline", "preset"}:
            raise ConfigError(
                f"--set {assignment}: {key.strip()!r} records what was chosen on the command line"
                " and can't be set."
            )
        values.append((key.strip(), read_setting(key.strip(), text)))
    return values


def _is_text(value: str) -> bool:
    """False for what a terminal passes on of bytes that are no UTF-8.

    Halves of characters, which can't be written again.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _assign(tree: dict[str, Any], dotted_key: str, value: Any) -> None:
    *parents, leaf = dotted_key.split(".")
    node = tree
    for parent in parents:
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            raise ConfigError(f"--set {dotted_key}: {parent!r} is a value, not a section.")
        node = child
    # A mapping given for a section joins it; anything else replaces.
    if isinstance(value, Mapping) and isinstance(node.get(leaf), dict):
        node[leaf].update(value)
    else:
        node[leaf] = value
