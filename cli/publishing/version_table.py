"""The table of what was published below a base."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from cli.terminal import CONSOLE, new_table
from shared.errors import ConfigError
from shared.formatting import format_range, format_value, humanise

if TYPE_CHECKING:
    from shared.run.artefacts.published_file import PublishedRecord, PublishedVersion

__all__ = ["chosen_models", "print_versions"]

_COLUMNS = ("model", "#version", "label", "run", "commit", "published, UTC", "verdict", "on test")


def print_versions(base: Path, model: str | None) -> None:
    """Print every version, newest last; of one model or of all.

    Raises:
        ConfigError: BASE has no such model.
    """
    from shared.serving.publishing.base import Base

    table = new_table(escape(f"Published below {base}"), _COLUMNS)
    for name in chosen_models(base, model):
        folder = Base.at(base).model(name)
        record = folder.read()
        for version in record.versions:
            gone = not folder.has_version(version.version)
            table.add_row(*map(escape, _cells(record, version, gone=gone)))
    CONSOLE.print(table)


def chosen_models(base: Path, model: str | None) -> list[str]:
    """The names of the models below a base, or the one that was asked for.

    Raises:
        ConfigError: There is none, or not that one.
    """
    from shared.serving.publishing.base import Base

    names = [one.path.name for one in Base.at(base).models()]
    if not names:
        raise ConfigError(
            f"Nothing was published below {base} yet. Begin with: python -m pipelines publish"
            f" runs/speech/latest {shlex.quote(str(base))}"
        )
    if model is not None and model not in names:
        raise ConfigError(f"{base} has no model {model!r}. It has: {', '.join(names)}.")
    return names if model is None else [model]


def _cells(record: PublishedRecord, version: PublishedVersion, *, gone: bool) -> tuple[str, ...]:
    labels = [label for label, number in record.labels().items() if number == version.version]
    state = [*labels, *(["folder is gone"] if gone else [])]
    return (
        record.model,
        str(version.version),
        ", ".join(state),
        version.run,
        version.commit,
        version.published_at.removesuffix("Z").replace("T", " "),
        version.decision or "–",
        _result(version),
    )


def _result(version: PublishedVersion) -> str:
    result = version.result
    if version.metric is None or result is None:
        return "–"
    value = format_value(result.value, result.unit)
    interval = format_range(result.ci_low, result.ci_high, result.unit)
    return f"{humanise(version.metric)} {value} ({interval})"
