"""What the person at the terminal sees.

One live line per stage, plain lines when the output is not a terminal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from shared.names import printable
from shared.run.progress import Progress

__all__ = [
    "CONSOLE",
    "SECONDS_BETWEEN_LINES",
    "AsJson",
    "Quiet",
    "SafeConsole",
    "TerminalDisplay",
    "choose_output",
    "new_table",
    "print_json",
]


class SafeConsole(Console):
    r"""A console that writes control characters out, as in `\x1b`.

    Names and messages may hold some that came from a file; a terminal would obey them.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        """A text as rich lays it out, made printable before that."""
        return super().render_str(printable(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """What rich draws, with the text of each piece made printable."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(printable(text), style)


CONSOLE = SafeConsole()
"""Where commands print their results."""

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="One JSON object on standard output; all else on standard error."),
]


def choose_output(*, quiet: bool = False, as_json: bool = False) -> None:
    """How loud the command is that runs now, and whether standard output is for JSON alone."""
    CONSOLE.quiet = quiet
    CONSOLE.stderr = as_json


def print_json(value: object) -> None:
    """One object, as text that programs read."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


SECONDS_BETWEEN_LINES = 30.0
"""How often, at most, a log file is told how far a stage is."""


class TerminalDisplay:
    """Shows each stage on one line: live while it runs, then a check mark and its seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """The live line of a stage."""
        started = time.perf_counter()
        if self._console.is_terminal:
            columns = (
                TextColumn("  [cyan]…[/] {task.description:<9}"),
                BarColumn(16),
                TimeElapsedColumn(),
                TextColumn(
                    "{task.fields[note]}", table_column=Column(no_wrap=False)
                ),  # a narrow terminal shows it on two lines
            )
            with Bars(*columns, console=self._console, transient=True) as bars:
                yield _LiveLine(bars, bars.add_task(name, total=None, note=""))
        else:
            yield _PlainLine(self._console, name)
        self._console.print(
            f"  [green]✓[/] {name:<9} {time.perf_counter() - started:6.1f} s", highlight=False
        )

    def reused(self, name: str) -> None:
        """A stage whose artefacts are up to date."""
        self._console.print(f"  [green]✓[/] {name:<9}  up to date", highlight=False)


class _Line:
    """Tells at once what is worth keeping: a stage that is killed can't tell it later."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def log(self, message: str) -> None:
        """One line that stays, above the live one if there is one."""
        self._console.print(f"    [yellow]{escape(message)}[/]", soft_wrap=True, highlight=False)


class _PlainLine(_Line):
    """Lines for a log file: milestones, and now and then how far it is."""

    def __init__(self, console: Console, name: str) -> None:
        super().__init__(console)
        self._name = name
        self._last_told = time.monotonic()

    def update(self, done: int, total: int, note: str = "") -> None:
        """One line, if none was written for a while."""
        if time.monotonic() - self._last_told >= SECONDS_BETWEEN_LINES:
            self.milestone(note or f"{done:,} of {total:,}")

    def milestone(self, message: str) -> None:
        """One line."""
        self._last_told = time.monotonic()
        self._console.print(f"    {self._name}: {escape(message)}", soft_wrap=True, highlight=False)


class _LiveLine(_Line):
    def __init__(self, bars: Bars, task: TaskID) -> None:
        super().__init__(bars.console)
        self._bars = bars
        self._task = task

    def update(self, done: int, total: int, note: str = "") -> None:
        self._bars.update(self._task, completed=done, total=total, note=escape(note))

    def milestone(self, message: str) -> None:
        """The line has shown it."""


def new_table(title: str, columns: Sequence[str]) -> Table:
    """A table for the terminal; a column whose name begins with `#` holds numbers."""
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in columns:
        justify: JustifyMethod = "right" if column.startswith("#") else "left"
        # Folded, not cut: what is cut may be the name that one has to type next.
        table.add_column(column.removeprefix("#"), justify=justify, overflow="fold")
    return table
