"""What the person at the terminal sees: one live line per stage, plain lines when the output is not a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from shared.progress import Progress

__all__ = ["Headline", "TerminalDisplay", "print_headlines"]


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
                BarColumn(24),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}"),
            )
            with Bars(*columns, console=self._console, transient=True) as bars:
                line: _PlainLine = _LiveLine(bars, bars.add_task(name, total=None, note=""))
                yield line
        else:
            line = _PlainLine()
            yield line
        for message in line.messages:
            self._console.print(f"    [yellow]{escape(message)}[/]", soft_wrap=True)
        self._console.print(f"  [green]✓[/] {name:<9} {time.perf_counter() - started:6.1f} s", highlight=False)

    def reused(self, name: str) -> None:
        """A stage whose artefacts are up to date."""
        self._console.print(f"  [green]✓[/] {name:<9}  up to date", highlight=False)


class _PlainLine:
    """Keeps what is worth keeping; a log file needs no live line."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def update(self, done: int, total: int, note: str = "") -> None:
        """Nothing moves in a log file."""

    def log(self, message: str) -> None:
        """Kept until the stage is done."""
        self.messages.append(message)


class _LiveLine(_PlainLine):
    def __init__(self, bars: Bars, task: TaskID) -> None:
        super().__init__()
        self._bars, self._task = bars, task

    def update(self, done: int, total: int, note: str = "") -> None:
        self._bars.update(self._task, completed=done, total=total, note=escape(note))


@dataclass(frozen=True)
class Headline:
    """One line of the summary: a run's most important number."""

    title: str
    metrics: dict[str, Any]
    seconds: float
    report: Path


def print_headlines(console: Console, headlines: Sequence[Headline]) -> None:
    """One table: pipeline, headline metric with interval, baseline, seconds, report."""
    table = Table(title="Headline metrics on the test part", title_justify="left", caption_justify="left")
    for name in ("pipeline", "metric", "value", "95 % interval", "baseline", "n"):
        table.add_column(name, justify="left" if name in {"pipeline", "metric"} else "right")
    table.add_column("seconds", justify="right")
    table.add_column("report", overflow="fold")
    for line in headlines:
        name = line.metrics["headline"]
        metric = line.metrics["metrics"][name]
        level = "" if line.metrics["confidence"] == 0.95 else f" ({line.metrics['confidence']:.0%})"
        table.add_row(
            line.title,
            f"{name.replace('_', ' ')} ({'↑' if metric['better'] == 'higher' else '↓'} {metric['unit']})",
            f"{metric['value']:.3f}",
            _interval(metric) + level,
            f"{metric['baseline']:.3f} {metric['baseline_name'].replace('_', ' ')}",
            f"{line.metrics['n']:,}",
            f"{line.seconds:.0f}",
            str(line.report),
        )
    console.print(table)


def _interval(metric: dict[str, Any]) -> str:
    if metric["ci_low"] is None or metric["ci_high"] is None:
        return "not available"
    return f"{metric['ci_low']:.3f} to {metric['ci_high']:.3f}"
