"""Settings as Python has them, and as the command line has them: `section.key=value`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.errors import ConfigError

__all__ = ["as_assignments", "refuse_late_settings"]


def as_assignments(settings: Mapping[str, Any]) -> list[str]:
    """What `--set` would be given.

    Args:
        settings: Section -> key -> value; or `section.key` -> value.

    Example:
        >>> as_assignments({"train": {"epochs": 3}, "data.encoding": "cp1252"})
        ['train.epochs=3', 'data.encoding=cp1252']
    """
    from shared.config.setting_text import write_setting

    return [f"{key}={write_setting(value)}" for key, value in _flat(settings)]


def refuse_late_settings(assignments: Sequence[str], *, allowed: Sequence[str]) -> None:
    """Refuse settings that come too late for a model that is trained.

    Args:
        assignments: `section.key=value`.
        allowed: Sections that can still be changed.

    Raises:
        ConfigError: One is of another section.
    """
    late = [item for item in assignments if item.partition(".")[0] not in allowed]
    if late:
        raise ConfigError(
            f"--set {late[0]}: the model is trained; only settings under {' and '.join(allowed)}"
            f" can be changed, such as --set {allowed[0]}.KEY=VALUE."
        )


def _flat(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if "." not in name and isinstance(value, Mapping):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value
