"""The settings that a source needs: shown, as the next command, and as a preset."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from cli.inspecting.preset_file import write_preset
from pipelines import presets_folder
from shared.config.setting_text import set_option
from shared.config.sources import configuration_tree
from shared.contract import Pipeline
from shared.loading.proposals import Proposal

__all__ = ["print_next_steps", "print_proposals", "write_found_preset"]


def print_proposals(console: Console, proposals: Sequence[Proposal]) -> None:
    """List the settings that the source needs."""
    if not proposals:
        return
    console.print("Settings that this source needs, told from its files. [bold]Check them:[/]")
    for proposal in proposals:
        for name, value in proposal.settings.items():
            console.print(f"  {escape(set_option(name, value))}", soft_wrap=True, highlight=False)


def print_next_steps(
    console: Console,
    name: str,
    source: str,
    proposals: Sequence[Proposal],
    preset: Path | None,
    given: Sequence[str],
) -> None:
    """Print the command that trains on what was inspected.

    Args:
        console: Where to.
        name: Of the pipeline.
        source: As it was given.
        proposals: What it needs.
        preset: That was written; None: none was.
        given: Options that the user gave.
    """
    found = [proposal.options for proposal in proposals]
    options = (
        ["--data", shlex.quote(source), *given, *found]
        if preset is None
        else ["--preset", shlex.quote(str(preset))]
    )
    command = " ".join(["python -m pipelines run", name, *options])
    console.print(f"Next: {escape(command)}", soft_wrap=True, highlight=False)


def write_found_preset(
    path: Path,
    pipeline: Pipeline,
    proposals: Sequence[Proposal],
    preset: str | None,
    assignments: Sequence[str],
    source: str,
) -> None:
    """Write a preset that reads the source as it was inspected.

    Args:
        path: Not there yet.
        pipeline: Which has the settings.
        proposals: What was found.
        preset: That was given, whose settings it holds, too.
        assignments: That were given.
        source: Of data.
    """
    found = [item for proposal in proposals for item in proposal.assignments]
    tree = configuration_tree(
        pipeline.config_type,
        presets_folder(pipeline.name),
        preset or "default",
        [*assignments, *found],
        source,
    )
    title = (
        f"{pipeline.title} on {source}, written by inspect.\n"
        f"  python -m pipelines run {pipeline.name} --preset {shlex.quote(str(path))}"
    )
    write_preset(path, tree, pipeline.config_type, proposals, title=title)
