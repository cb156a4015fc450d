"""What a manifest starts, read by our own command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer.main

from cli.__main__ import app

__all__ = ["parse"]


def parse(arguments: Sequence[str]) -> dict[str, Any]:
    """The parameters that `python -m pipelines <arguments>` would get; nothing is run.

    Raises:
        click.ClickException: There is no such command, option or value.
    """
    name, *rest = arguments
    group: Any = typer.main.get_command(app)
    parameters: dict[str, Any] = group.commands[name].make_context(name, list(rest)).params
    return parameters
