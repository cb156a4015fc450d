"""A preset as a file that a person reads: each setting under a comment of what it is for."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.settings import setting_rows
from shared.config import RunConfig
from shared.config.setting_text import read_yaml
from shared.errors import ConfigError, ContractError
from shared.loading.proposals import Proposal

__all__ = ["require_new_preset", "write_preset"]

_WIDTH = 80


def require_new_preset(path: Path) -> None:
    """Refuse a path that `--preset` would not take, or at which there is something.

    Raises:
        ConfigError: Says which.
    """
    if path.suffix.lower() not in {".yaml", ".yml"}:
        raise ConfigError(
            f"--write-preset {path}: a preset ends in .yaml, such as {path.stem}.yaml."
        )
    if path.exists():
        raise ConfigError(f"--write-preset {path}: it is there already. Choose another name.")


def write_preset(
    path: Path,
    tree: Mapping[str, Any],
    config_type: type[RunConfig],
    proposals: Sequence[Proposal],
    *,
    title: str,
) -> None:
    """Write a preset that can be read back.

    Args:
        path: A file that is not there yet.
        tree: Settings that differ from the defaults, by section.
        config_type: Describes them.
        proposals: Those that were found in the source, with the reason.
        title: First lines, without marks of comments.

    Raises:
        ConfigError: The file can't be written.
        ContractError: What was written is not what was meant.
    """
    found = {name for proposal in proposals for name in proposal.settings}
    sentences = {row.name: row.sentence for row in setting_rows(config_type)}
    lines = _comment(title)
    for section, settings in tree.items():
        if not isinstance(settings, Mapping) or not settings:
            lines += _setting(section, settings)
            continue
        lines += ["", f"{section}:"]
        for name, value in settings.items():
            dotted = f"{section}.{name}"
            origin = " Told from the source: check it." if dotted in found else ""
            lines += _indented(_comment(f"{sentences.get(dotted, '')}{origin}".strip()))
            lines += _indented(_setting(name, value))
    text = "\n".join(lines) + "\n"
    if (read_yaml(text, where=str(path)) or {}) != yaml.safe_load(yaml.safe_dump(_plain(tree))):
        raise ContractError(f"{path}: the preset would not be read as it is meant.")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"--write-preset {path}: it can't be written ({error.strerror})."
        ) from error


def _setting(name: str, value: Any) -> list[str]:
    dumped = yaml.safe_dump(
        {name: _plain(value)},
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDTH,
    )
    return dumped.splitlines()


def _plain(value: Any) -> Any:
    """Lists for tuples, as YAML knows them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _comment(text: str) -> list[str]:
    paragraphs = (
        textwrap.wrap(line, _WIDTH - 4, break_long_words=False) for line in text.splitlines()
    )
    return [f"# {line}" for lines in paragraphs for line in lines]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
