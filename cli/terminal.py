"""What the person at the terminal sees.

One live line per stage, plain lines when the output is not a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Column, Table

from shared.reporting.formatting import format_scaled, format_seconds
from shared.run.progress import Progress

__all__ = ["SECONDS_BETWEEN_LINES", "Headline", "TerminalDisplay", "print_headlines"]

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
        self._bars, self._task = bars, task

    def update(self, done: int, total: int, note: str = "") -> None:
        self._bars.update(self._task, completed=done, total=total, note=escape(note))

    def milestone(self, message: str) -> None:
        """The line has shown it."""


@dataclass(frozen=True)
class Headline:
    """One line of the summary: a run's most important number, and what its training cost (`train.json`)."""

    title: str
    metrics: dict[str, Any]
    cost: Mapping[str, Any]
    seconds: float
    report: Path


def print_headlines(console: Console, headlines: Sequence[Headline]) -> None:
    """One table (pipeline, headline metric with interval, baseline, seconds), and below it the cost and where the reports are."""
    levels = {line.metrics["confidence"] for line in headlines}
    table = Table(
        title="On the test split",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in (
        "pipeline",
        "metric",
        "value",
        " / ".join(f"{level:.0%}" for level in sorted(levels)) + " interval",
        "baseline",
        "n",
    ):
        table.add_column(
            name,
            justify="left" if name in {"pipeline", "metric"} else "right",
            no_wrap=name == "value",
        )
    table.add_column("s", justify="right")
    for line in headlines:
        name = line.metrics["primary_metric"]
        metric = line.metrics["metrics"][name]
        table.add_row(
            line.title,
            f"{name.replace('_', ' ')} {'↑' if metric['better'] == 'higher' else '↓'}",
            _number(metric["value"]),
            _interval(metric),
            f"{_number(metric['baseline'])} {str(metric['baseline_name'] or '').replace('_', ' ')}",
            f"{line.metrics['n']:,}",
            f"{line.seconds:.0f}",
        )
    console.print(table)
    console.print(f"  {_cost([line.cost for line in headlines])}", soft_wrap=True, highlight=False)
    for line in headlines:
        console.print(
            f"  {line.title + ':':<20} {escape(str(line.report))}", soft_wrap=True, highlight=False
        )


def _cost(costs: Sequence[Mapping[str, Any]]) -> str:
    """What the trainings cost together, in one sentence."""
    words = [f"Training took {format_seconds(sum(float(cost['seconds']) for cost in costs))}"]
    for name in ("energy_kwh", "co2e_grams"):
        estimates = [cost[name] for cost in costs if name in cost]
        if len(estimates) == len(costs):  # runs of an older version don't know
            total = {
                end: sum(estimate[end] for estimate in estimates)
                for end in ("value", "low", "high")
            }
            value, low, high = (
                format_scaled(total[end], estimates[0]["unit"]) for end in ("value", "low", "high")
            )
            words.append(f"{value} ({low} to {high})")
    return (", ".join(words) + "; how that was found stands in the report.").replace(
        "\N{NO-BREAK SPACE}", " "
    )


def _interval(metric: dict[str, Any]) -> str:
    if metric["ci_low"] is None or metric["ci_high"] is None:
        return "not available"
    return f"{_number(metric['ci_low'])} to {_number(metric['ci_high'])}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
