"""What was probably meant where a setting has no such name, or no such value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from shared.config.run import RunConfig
from shared.config.section import Section

__all__ = ["NO_SUCH_SETTING", "explain_mistyped"]

NO_SUCH_SETTING = "there is no such setting"

_QUOTED = re.compile(r"'([^']*)'")


def explain_mistyped(config_type: type[RunConfig], error: Mapping[str, Any]) -> Mapping[str, Any]:
    """One of pydantic's errors; if a name or a choice was mistyped, with what is close to it.

    Args:
        config_type: The pipeline's configuration class.
        error: An item of `ValidationError.errors()`.
    """
    match error["type"]:
        case "extra_forbidden":
            return {**error, "msg": _no_such_setting(config_type, error["loc"])}
        case "literal_error":
            choices = _QUOTED.findall(error["ctx"]["expected"])
            return {**error, "msg": error["msg"] + _closest(str(error["input"]), _same(choices))}
        case "bool_type":
            return {**error, "msg": f"{error['msg']}, true or false"}
        case "string_type":
            quoted = json.dumps(json.dumps(error["input"]))
            return {**error, "msg": f"{error['msg']}: if it is a name, write it as {quoted}"}
    return error


def _no_such_setting(config_type: type[RunConfig], place: tuple[int | str, ...]) -> str:
    sections = _sections(config_type)
    first = str(place[0])
    last = str(place[-1])
    elsewhere = [name for name in sections if last in sections[name].model_fields]
    if elsewhere:
        return f"{NO_SUCH_SETTING}. Did you mean {elsewhere[0]}.{last}?"
    if first in sections:
        names = sections[first].model_fields
        known = {name: f"{first}.{name}" for name in names}
        return f"{NO_SUCH_SETTING}{_closest(last, known) or _listed(f'{first} has', names)}"
    known = {**_all_settings(sections), **_same(sections)}
    return f"{NO_SUCH_SETTING}{_closest(last, known) or _listed('Sections:', sections)}"


def _all_settings(sections: Mapping[str, type[Section]]) -> dict[str, str]:
    return {
        name: f"{section}.{name}"
        for section, settings in sections.items()
        for name in settings.model_fields
    }


def _listed(introduction: str, names: Iterable[str]) -> str:
    return f". {introduction} {', '.join(names)}"


def _closest(received: str, known: Mapping[str, str]) -> str:
    """The question after the closest of the keys, with what stands for it."""
    close = get_close_matches(received, known, n=1)
    return f". Did you mean {known[close[0]]}?" if close else ""


def _same(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _sections(config_type: type[RunConfig]) -> dict[str, type[Section]]:
    """The classes of all sections; of several families, that of the first."""
    defaults = {name: field.default for name, field in config_type.model_fields.items()}
    return {name: type(value) for name, value in defaults.items() if isinstance(value, Section)}
