"""One setting as text: as `--set` reads it, and as a message advises it, ready to paste."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from shared.errors import ConfigError

__all__ = ["read_setting", "read_yaml", "set_option", "write_setting"]

_SHOWN_CHARACTERS = 200
_NO_TOKEN_BEGINS_SO = ("%", "@", "`")
"""YAML 1.2, sections 5.3 and 6.8: reserved or a directive, so that only text can be meant."""


class _Yaml12Loader(yaml.SafeLoader):
    """Reads `1e-3` as a number, and `no`, `yes`, `on`, `off` as text (YAML 1.2, section 10.3.2).

    PyYAML follows YAML 1.1, where it is the other way round. Classes are often called yes and no.
    """


_BOOLEAN = "tag:yaml.org,2002:bool"
_Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12Loader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Yaml12Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def read_yaml(text: str, where: str) -> Any:
    """The value that a YAML text holds.

    Raises:
        ConfigError: It is not YAML; `where` says which text.
    """
    try:
        return yaml.load(text, Loader=_Yaml12Loader)  # noqa: S506 - a SafeLoader
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # ValueError: what looks like a date or number and is none, such as 2024-13-01
        shown = text.strip()[:_SHOWN_CHARACTERS]
        raise ConfigError(f"{where}: this is not valid YAML: {shown!r} ({error}).") from error


def read_setting(key: str, text: str) -> Any:
    """The value of `--set key=text`.

    YAML, so that `3`, `true` and `[1, 2]` mean what they look like. What begins with a character
    with which no YAML value begins, such as the % of `%Y-%m-%d`, is text.

    Raises:
        ConfigError: It is not YAML; the message shows how to write it as text.
    """
    try:
        return _read(text, where=f"--set {key}")
    except ConfigError as error:
        if not text.isprintable():
            raise
        raise ConfigError(
            f"{error} If it is meant as text, write {set_option(key, text.strip())} with its quotes"
        ) from error


def set_option(key: str, value: Any) -> str:
    """`--set key=value` as it is typed into a shell (bash, zsh), so that exactly `value` is read.

    Every message that advises a setting writes it by this. Let no punctuation follow: people paste
    up to the next space.

    >>> set_option("data.time_format", "%d/%m/%Y")
    '--set data.time_format=%d/%m/%Y'
    >>> set_option("data.value_columns", ["load", "price"])
    "--set 'data.value_columns=[load, price]'"

    Args:
        key: Dotted name of the setting.
        value: Plain data.
    """
    return f"--set {shlex.quote(f'{key}={write_setting(value)}')}"


def write_setting(value: Any) -> str:
    """A value as `--set` reads it back: plain words as they are, all else with quotes."""
    return next(text for text in _spellings(value) if _reads_back(text, value))


def _spellings(value: Any) -> Iterator[str]:
    """Ways to write a value, the plainest first; the last one can say everything."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield f"[{', '.join(map(str, value))}]"
    elif isinstance(value, Mapping):
        yield f"{{{', '.join(f'{key}: {item}' for key, item in value.items())}}}"
    yield json.dumps(value, ensure_ascii=False)
    plain = list(value) if isinstance(value, tuple) else value
    quoted: dict[str, Any] = {"default_style": '"', "default_flow_style": True, "sort_keys": False}
    yield yaml.safe_dump(plain, width=2**31, **quoted).strip()


def _reads_back(text: str, value: Any) -> bool:
    expected = list(value) if isinstance(value, tuple) else value
    try:
        found = _read(text, where="a setting")
    except ConfigError:
        return False
    return json.dumps(found, default=repr) == json.dumps(expected, default=repr)


def _read(text: str, where: str) -> Any:
    stripped = text.strip()
    return stripped if stripped.startswith(_NO_TOKEN_BEGINS_SO) else read_yaml(text, where)
