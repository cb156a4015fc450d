"""What runs amount to, in a few lines at their end, or as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from cli.terminal import new_table
from shared.formatting import format_seconds

if TYPE_CHECKING:
    from shared.run.artefacts.metrics.metric_entries import MetricEntry
    from shared.run.artefacts.metrics.metrics_file import Metrics
    from shared.run.artefacts.report.brief import Brief, Decision
    from shared.run.artefacts.train_file import TrainRecord

__all__ = ["RunSummary", "print_summaries", "summary_fields"]

_COLOURS: Mapping[Decision, str] = {
    "use it": "green",
    "use it with care": "yellow",
    "not yet": "red",
}


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


def print_summaries(console: Console, summaries: Sequence[RunSummary]) -> None:
    """One table of primary metrics; below it how long trainings took, verdicts, reports' paths."""
    from shared.reporting.tables.abstention import describe_abstention  # SciPy comes with it

    levels = sorted({summary.metrics.confidence for summary in summaries})
    interval = " / ".join(f"{level:.0%}" for level in levels) + " interval"
    columns = ("pipeline", "metric", "#value", f"#{interval}", "#baseline", "#n", "#s")
    table = new_table("On the test split", columns)
    table.columns[2].no_wrap = True
    for summary in summaries:
        table.add_row(*_summary_cells(summary))
    console.print(table)
    seconds = format_seconds(sum(summary.cost.seconds for summary in summaries))
    took = f"Training took {seconds}".replace("\N{NO-BREAK SPACE}", " ")
    console.print(f"  {took}; what it cost stands in the report.", highlight=False)
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


def summary_fields(summary: RunSummary) -> dict[str, Any]:
    """What a run amounts to, as plain data: the object that `run --json` prints."""
    name = summary.metrics.primary_metric
    primary = summary.metrics.metrics[name].model_dump(mode="json")
    place = {"run": str(summary.report.parent), "report": str(summary.report)}
    verdict = {"decision": summary.brief.decision, "finding": summary.brief.finding}
    seconds = {"training_seconds": summary.cost.seconds, "seconds": summary.seconds}
    return place | verdict | {"metric": name} | primary | {"n": summary.metrics.n} | seconds


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


def _format_interval(metric: MetricEntry) -> str:
    if metric.ci_low is None or metric.ci_high is None:
        return "not available"
    return f"{_format_number(metric.ci_low)} to {_format_number(metric.ci_high)}"


def _format_number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
