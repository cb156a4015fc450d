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
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from shared.formatting import format_scaled, format_seconds
from shared.names import printable
from shared.reporting.tables.abstention import describe_abstention
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.report.brief import Brief, Decision
from shared.run.artefacts.train_file import BoundedEstimate, TrainRecord
from shared.run.progress import Progress

__all__ = [
    "CONSOLE",
    "SECONDS_BETWEEN_LINES",
    "RunSummary",
    "SafeConsole",
    "TerminalDisplay",
    "new_table",
    "print_summaries",
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

_COLOURS: Mapping[Decision, str] = {
    "use it": "green",
    "use it with care": "yellow",
    "not yet": "red",
}

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


@dataclass(frozen=True)
class RunSummary:
    """One line of the summary: a run's primary metric, and the cost of its training.

    Attributes:
        title: Of the pipeline.
        metrics: `metrics.json`.
        cost: `train.json`.
        seconds: How long all stages took.
        report: Path of the report.
        brief: What the run amounts to.
    """

    title: str
    metrics: Metrics
    cost: TrainRecord
    seconds: float
    report: Path
    brief: Brief


def new_table(title: str, columns: Sequence[str]) -> Table:
    """A table for the terminal; a column whose name begins with `#` holds numbers."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in columns:
        justify: JustifyMethod = "right" if column.startswith("#") else "left"
        table.add_column(column.removeprefix("#"), justify=justify)
    return table


def print_summaries(console: Console, summaries: Sequence[RunSummary]) -> None:
    """One table of primary metrics; below it what trainings cost, verdicts, and reports' paths."""
    levels = sorted({summary.metrics.confidence for summary in summaries})
    interval = " / ".join(f"{level:.0%}" for level in levels) + " interval"
    columns = ("pipeline", "metric", "#value", f"#{interval}", "#baseline", "#n", "#s")
    table = new_table("On the test split", columns)
    table.columns[2].no_wrap = True
    for summary in summaries:
        table.add_row(*_summary_cells(summary))
    console.print(table)
    cost = _describe_cost([summary.cost for summary in summaries])
    console.print(f"  {cost}", soft_wrap=True, highlight=False)
    for summary in summaries:
        colour = _COLOURS[summary.brief.decision]
        decision = f"[bold {colour}]{summary.brief.decision.capitalize()}[/]"
        found = f"{summary.title + ':':<20} {decision}: {escape(summary.brief.finding)}."
        console.print(f"  {found}", soft_wrap=True, highlight=False)
    for summary in summaries:
        abstention = summary.metrics.abstention
        if abstention is not None:
            said = describe_abstention(abstention)
            colour = "yellow" if abstention.threshold is None else "default"
            console.print(f"  [{colour}]{summary.title + ':':<20} {said}[/]", soft_wrap=True)
    for summary in summaries:
        line = f"  {summary.title + ':':<20} {escape(str(summary.report))}"
        console.print(line, soft_wrap=True, highlight=False)


def _summary_cells(summary: RunSummary) -> list[str]:
    name = summary.metrics.primary_metric
    metric = summary.metrics.metrics[name]
    arrow = "↑" if metric.better == "higher" else "↓"
    baseline_name = (metric.baseline_name or "").replace("_", " ")
    baseline = f"{_format_number(metric.baseline)} {baseline_name}"
    value = _format_number(metric.value)
    size = f"{summary.metrics.n:,}"
    label = f"{name.replace('_', ' ')} {arrow}"
    seconds = f"{summary.seconds:.0f}"
    return [summary.title, label, value, _format_interval(metric), baseline, size, seconds]


def _describe_cost(costs: Sequence[TrainRecord]) -> str:
    """What the trainings cost together, in one sentence."""
    seconds = format_seconds(sum(cost.seconds for cost in costs))
    energy = _describe_total([cost.energy_kwh for cost in costs])
    emissions = _describe_total([cost.co2e_grams for cost in costs])
    said = (
        f"Training took {seconds}, {energy}, {emissions}; how that was found stands in the report."
    )
    return said.replace("\N{NO-BREAK SPACE}", " ")


def _describe_total(estimates: Sequence[BoundedEstimate]) -> str:
    """The sum of estimates of one kind, with its limits."""
    unit = estimates[0].unit
    value = format_scaled(sum(one.value for one in estimates), unit)
    low = format_scaled(sum(one.low for one in estimates), unit)
    highs = [one.high for one in estimates if one.high is not None]
    if len(highs) < len(estimates):
        return f"{value} (at least {low})"
    return f"{value} ({low} to {format_scaled(sum(highs), unit)})"


def _format_interval(metric: MetricEntry) -> str:
    if metric.ci_low is None or metric.ci_high is None:
        return "not available"
    return f"{_format_number(metric.ci_low)} to {_format_number(metric.ci_high)}"


def _format_number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
