"""What was published below a base, as lines that fit a terminal of 80 columns."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from cli.terminal import CONSOLE
from shared.errors import ConfigError
from shared.formatting import format_range, format_value, humanise

if TYPE_CHECKING:
    from shared.run.artefacts.published_file import PublishedRecord, PublishedVersion

__all__ = ["chosen_models", "print_versions"]

_COMMIT_LETTERS = 12
"""Enough to find a commit by."""


def print_versions(base: Path, model: str | None) -> None:
    """Print every version, newest last; of one model or of all.

    Raises:
        ConfigError: BASE has no such model.
    """
    from shared.serving.publishing.base import Base

    for name in chosen_models(base, model):
        folder = Base.at(base).model(name)
        record = folder.read()
        CONSOLE.print(f"[bold]{escape(name)}[/]", highlight=False)
        for version in record.versions:
            gone = not folder.has_version(version.version)
            for line in _lines(record, version, gone=gone):
                CONSOLE.print(escape(line), soft_wrap=True, highlight=False)


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


def _lines(record: PublishedRecord, version: PublishedVersion, *, gone: bool) -> tuple[str, ...]:
    """Who holds which label comes first; below it, where the version is from."""
    held = record.labels().items()
    labels: list[str] = [label for label, number in held if number == version.version]
    if gone:
        labels.append("folder is gone")
    state = ", ".join(labels)
    published = version.published_at.removesuffix("Z").replace("T", " ")
    verdict = version.decision or "no verdict"
    first = f"{version.version:>5}  {state:<16}{verdict:<18}{published} UTC"
    source = f"run {version.run}, commit {version.commit[:_COMMIT_LETTERS]}"
    return first, f"{'':7}{source}", f"{'':7}on test: {_result(version)}"


def _result(version: PublishedVersion) -> str:
    result = version.result
    if version.metric is None or result is None:
        return "–"
    value = format_value(result.value, result.unit)
    interval = format_range(result.ci_low, result.ci_high, result.unit)
    return f"{humanise(version.metric)} {value} ({interval})"
