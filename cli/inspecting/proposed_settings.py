"""The settings that a source needs: shown, as the next command, and as a preset."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from cli.inspecting.preset_file import write_preset
from pipelines import presets_folder
from shared.config.setting_text import set_option
from shared.config.sources import configuration_tree
from shared.contract import Pipeline
from shared.loading.proposals import Proposal

__all__ = ["Asked", "print_next_steps", "print_proposals", "write_found_preset"]


@dataclass(frozen=True)
class Asked:
    """What the user gave to `inspect`."""

    source: str
    preset: str | None = None
    assignments: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """As it is typed again, for `run`."""
        chosen = [] if self.preset is None else [f"--preset {shlex.quote(self.preset)}"]
        given = [f"--set {shlex.quote(item)}" for item in self.assignments]
        return [f"--data {shlex.quote(self.source)}", *chosen, *given]


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
    pipeline: Pipeline,
    asked: Asked,
    proposals: Sequence[Proposal],
    new_preset: Path | None,
) -> None:
    """Print the command that trains on what was inspected; write its preset, if one is wanted.

    Args:
        console: Where to.
        pipeline: That reads the source.
        asked: As the user gave it.
        proposals: What the source needs beside.
        new_preset: A path that is not there yet; None writes none.

    Raises:
        ConfigError: The preset can't be written.
    """
    if new_preset is None:
        options = [*asked.options, *(proposal.options for proposal in proposals)]
    else:
        write_found_preset(new_preset, pipeline, asked, proposals)
        options = [f"--preset {shlex.quote(str(new_preset))}"]
    command = " ".join(["python -m pipelines run", pipeline.name, *options])
    console.print(f"Next: {escape(command)}", soft_wrap=True, highlight=False)


def write_found_preset(
    path: Path, pipeline: Pipeline, asked: Asked, proposals: Sequence[Proposal]
) -> None:
    """Write a preset that reads the source as it was inspected.

    Args:
        path: Not there yet.
        pipeline: Which has the settings.
        asked: As the user gave it; what its preset sets is in the new one, too.
        proposals: What was found.

    Raises:
        ConfigError: It can't be written.
    """
    found = [item for proposal in proposals for item in proposal.assignments]
    tree = configuration_tree(
        pipeline.config_type,
        presets_folder(pipeline.name),
        asked.preset or "default",
        [*asked.assignments, *found],
        asked.source,
    )
    title = (
        f"{pipeline.title} on {asked.source}, written by inspect.\n"
        f"  python -m pipelines run {pipeline.name} --preset {shlex.quote(str(path))}"
    )
    write_preset(path, tree, pipeline.config_type, proposals, title=title)
