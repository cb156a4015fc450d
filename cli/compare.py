"""The `compare` command: two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.beside.comparison_page import check_output, write_page
from cli.options import configure, owner
from cli.terminal import CONSOLE, AsJson, Quiet, choose_output, new_table, print_json
from pipelines import get_pipeline

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.statistics.bootstrap import Resampling

__all__ = ["compare", "print_comparison"]

_VERDICTS = {
    "first": "speaks for A",
    "second": "speaks for B",
    "equal": "equal",
    "inconclusive": "inconclusive",
    "not known": "not known",
}
_OVERALL = {
    "first": "[green]A is better[/]: {primary} says so, and no metric speaks for B.",
    "second": "[green]B is better[/]: {primary} says so, and no metric speaks for A.",
    "equal": "Both runs give the same predictions.",
    "inconclusive": "Neither run is shown to be better: {primary} is inconclusive.",
    "not known": "Neither run is shown to be better: {primary} has no interval.",
    "mixed": (
        "[yellow]Neither run is better[/]: for A speaks {for_first}, for B speaks {for_second}."
    ),
}

_AREAS = {"auc": "AUC (DeLong)", "average_precision": "average precision"}

FirstRun = Annotated[Path, typer.Argument(help="A finished run.", metavar="RUN_A")]
SecondRun = Annotated[
    Path, typer.Argument(help="Another run with the same test rows.", metavar="RUN_B")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Also write a page (.html) or the numbers (.json)."),
]


def compare(
    first: FirstRun,
    second: SecondRun,
    output: Output = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare two runs on the same test rows; runs on different ones are refused.

    Every metric with its difference, interval and paired test. The page adds the rows that only one
    gets right, groups, and settings.
    """
    from shared.evaluation.comparison import compare_runs
    from shared.run.directory import RunDirectory

    choose_output(quiet=quiet, as_json=as_json)
    check_output(output)
    first_run = RunDirectory(first)
    second_run = RunDirectory(second)
    config = configure(get_pipeline(owner(first_run)), run_dir=first)
    owner(second_run)  # refuses what is no run of ours
    comparison = compare_runs(first_run, second_run, _resampling(config))
    print_comparison(CONSOLE, comparison)
    if as_json:
        print_json(comparison)
    if output is None:
        return
    if output.suffix.lower() == ".json":
        RunDirectory(output.parent).write_json(output.name, comparison)
    else:
        write_page(output, (first_run, second_run), comparison, config)
    _tell(output)


def _resampling(config: RunConfig) -> Resampling:
    from shared.statistics.bootstrap import Resampling
    from shared.statistics.streams import Stream

    seed = (config.train.seed, Stream.COMPARISON)
    return Resampling(config.evaluate.resamples, config.evaluate.confidence, seed)


def _tell(written: Path) -> None:
    CONSOLE.print(f"Written: [bold]{escape(str(written))}[/]", soft_wrap=True)


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """One line a metric, then each class against the rest."""
    console.print(_metric_table(comparison))
    if comparison["classes"]:
        console.print(_class_table(comparison))
    console.print(_describe_overall(comparison["overall"]), highlight=False, soft_wrap=True)
    size = comparison["paired_tests"]["family"]["size"]
    console.print(
        f"Intervals are of single metrics; p-values of {size} paired tests are adjusted together"
        " (Holm).",
        highlight=False,
    )


def _describe_overall(overall: Mapping[str, Any]) -> str:
    """The verdict over all metrics, with the metrics that it rests on."""
    return _OVERALL[overall["verdict"]].format(
        primary=_label(overall["primary_metric"]),
        for_first=", ".join(map(_label, overall["for_first"])),
        for_second=", ".join(map(_label, overall["for_second"])),
    )


def _label(metric: str) -> str:
    return metric.replace("_", " ")


def _metric_table(comparison: Mapping[str, Any]) -> Table:
    """Both values, the difference with its interval, the paired test, and which run is better."""
    title = (
        f"A against B on the same {comparison['n']:,} test rows ({comparison['num_entities']:,}"
        " entities)"
    )
    columns = ("metric", *_difference_columns(comparison), "#p, Holm", "verdict")
    table = new_table(title, columns)
    p_values = {test["metric"]: test["p_adjusted"] for test in comparison["paired_tests"]["tests"]}
    for name, entry in comparison["metrics"].items():
        arrow = "↑" if entry["better"] == "higher" else "↓"
        label = f"{_label(name)} {arrow} ({entry['unit']})"
        p_value = _format_number(p_values.get(name))
        table.add_row(label, *_difference_cells(entry), p_value, _VERDICTS[entry["verdict"]])
    return table


def _class_table(comparison: Mapping[str, Any]) -> Table:
    """Both areas of each class, their difference and its interval."""
    columns = ("class", "#n", "area", *_difference_columns(comparison))
    table = new_table("Each class against the rest", columns)
    for row in comparison["classes"]:
        for area, title in _AREAS.items():
            table.add_row(
                escape(row["name"]), f"{row['n']:,}", title, *_difference_cells(row[area])
            )
    return table


def _difference_columns(comparison: Mapping[str, Any]) -> tuple[str, ...]:
    return ("#A", "#B", "#A − B", f"#{comparison['confidence']:.0%} interval")


def _difference_cells(entry: Mapping[str, Any]) -> list[str]:
    return [
        _format_number(entry["first"]["value"]),
        _format_number(entry["second"]["value"]),
        _format_number(entry["difference"]["value"], signed=True),
        _format_interval(entry["difference"]),
    ]


def _format_interval(difference: Mapping[str, Any]) -> str:
    if difference["ci_low"] is None:
        return "not available"
    return f"{difference['ci_low']:+.4f} to {difference['ci_high']:+.4f}"


def _format_number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.4f}" if signed else f"{value:.4f}"
