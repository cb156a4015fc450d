"""An estimate in the terminal."""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.markup import escape

from cli.estimating.estimate import estimate_cost, refuse_what_cannot_fit
from cli.estimating.machine import read_machine
from cli.terminal import new_table
from shared.config import RunConfig

__all__ = ["announce_cost", "print_estimate"]

_WORTH_SAYING_SECONDS = 120.0
"""A shorter run is over before anyone has read what it will cost."""


def announce_cost(console: Console, name: str, config: RunConfig) -> None:
    """One line before a long run.

    Raises:
        ConfigError: It can't fit into memory.
    """
    if config.data.source == "demo":
        return
    machine = read_machine()
    found = estimate_cost(name, config, machine)
    if found is None:
        return
    refuse_what_cannot_fit(found, machine)
    if found.seconds < _WORTH_SAYING_SECONDS:
        return
    memory = f"{_size(found.largest.mib)} of memory ({found.largest.name})"
    sizes = f"{_time(found.seconds)}, {memory} and {_size(found.disk_mib)} of disk"
    source = escape(shlex.quote(config.data.source))
    console.print(
        f"About {found.num_units:,} {found.unit}: {sizes}, as measured elsewhere; plan with twice"
        f" as much. By stage: python -m pipelines inspect {source} --pipeline {name} --estimate",
        highlight=False,
        soft_wrap=True,
    )


def print_estimate(console: Console, name: str, config: RunConfig) -> None:
    """A line for each stage.

    Raises:
        ConfigError: It can't fit into memory.
    """
    machine = read_machine()
    found = estimate_cost(name, config, machine)
    if found is None:
        console.print(
            f"What this costs is not known: no figures of {escape(name)}, or a size that shows only"
            " when all is read.",
            soft_wrap=True,
        )
        return
    caption = f"About {found.num_units:,} {found.unit} on {machine.num_cores} cores"
    console.print(caption, style="bold", highlight=False)  # a title would be as narrow as the table
    table = new_table("", ["stage", "#time", "#memory"])
    for stage in found.stages:
        table.add_row(stage.name, _time(stage.seconds), _size(stage.mib))
    table.add_row("all", _time(found.seconds), _size(found.largest.mib))
    console.print(table)
    console.print(
        f"Prepared examples: {_size(found.disk_mib)} of disk. As measured on another machine: plan"
        " with twice as much. Time of training is that of all epochs.",
        soft_wrap=True,
    )
    refuse_what_cannot_fit(found, machine)


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _size(mib: float) -> str:
    return f"{mib:.0f} MiB" if mib < 1000 else f"{mib / 1024:.1f} GiB"
