"""The `new` command: the folder of another pipeline, which passes the contract suite at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.scaffolding.copying import Pattern, add_pipeline
from cli.terminal import CONSOLE

__all__ = ["new"]

NewName = Annotated[
    str, typer.Argument(help="Of the pipeline: lower case, words joined by _.", metavar="NAME")
]
Like = Annotated[
    Pattern,
    typer.Option(help="What it begins as: toy, short signals; or tabular, a table of the user's."),
]


def new(name: NewName, like: Like = Pattern.TOY) -> None:
    """Make the folder of a new pipeline, which runs and passes the contract suite at once.

    Needs a clone of the repository. Then change one member after the other:
    pipelines/README.md.
    """
    repository = Path(__file__).resolve().parents[2]
    folder = add_pipeline(name, like, repository)
    CONSOLE.print(f"Written: [bold]{escape(str(folder))}[/], and a line in pipelines/__init__.py")
    CONSOLE.print(
        f"  .venv/bin/ruff check --fix --quiet pipelines/{name}; .venv/bin/ruff format"
        f" pipelines/{name}\n"
        f"  python -m pipelines run {name} --preset smoke\n"
        f"  .venv/bin/pytest tests/contract -k {name}\n"
        "Yours to write, from the top: config.py, data.py, the models; then `purpose`, README.md,"
        f" tests/pipelines/{name}/. pipelines/README.md says what each member must do.",
        soft_wrap=True,
        highlight=False,
    )
