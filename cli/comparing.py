"""Two runs side by side at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

__all__ = ["print_comparison"]

_VERDICTS = {
    "first": "[green]A is better[/]",
    "second": "[green]B is better[/]",
    "inconclusive": "inconclusive",
    "not known": "not known",
}


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """One line a metric: both values, the difference with its interval, the adjusted p-value of the paired test, who is better."""
    level = f"{comparison['confidence']:.0%}"
    title = (
        f"A against B on the same {comparison['n']:,} test rows ({comparison['num_entities']:,}"
        " entities)"
    )
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for name in ("metric", "A", "B", "A − B", f"{level} interval", "p, Holm", "verdict"):
        table.add_column(name, justify="left" if name in {"metric", "verdict"} else "right")
    p_values = {test["metric"]: test["p_adjusted"] for test in comparison["paired_tests"]["tests"]}
    for name, entry in comparison["metrics"].items():
        difference = entry["difference"]
        table.add_row(
            f"{name.replace('_', ' ')} {'↑' if entry['better'] == 'higher' else '↓'}"
            f" ({entry['unit']})",
            _number(entry["first"]["value"]),
            _number(entry["second"]["value"]),
            _number(difference["value"], signed=True),
            _interval(difference),
            _number(p_values.get(name)),
            _VERDICTS[entry["verdict"]],
        )
    console.print(table)
    if comparison["classes"]:
        console.print(_class_table(comparison))
    size = comparison["paired_tests"]["family"]["size"]
    console.print(
        f"Intervals are of single metrics; p-values of {size} paired tests are adjusted together"
        " (Holm).",
        highlight=False,
    )


def _class_table(comparison: Mapping[str, Any]) -> Table:
    """Each class against the rest: both areas, their difference and its interval."""
    table = Table(
        title="Each class against the rest",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in (
        "class",
        "n",
        "area",
        "A",
        "B",
        "A − B",
        f"{comparison['confidence']:.0%} interval",
    ):
        table.add_column(name, justify="left" if name in {"class", "area"} else "right")
    for row in comparison["classes"]:
        for area, title in (("auc", "AUC (DeLong)"), ("average_precision", "average precision")):
            entry = row[area]
            table.add_row(
                row["name"],
                f"{row['n']:,}",
                title,
                _number(entry["first"]["value"]),
                _number(entry["second"]["value"]),
                _number(entry["difference"]["value"], signed=True),
                _interval(entry["difference"]),
            )
    return table


def _interval(difference: Mapping[str, Any]) -> str:
    return (
        "not available"
        if difference["ci_low"] is None
        else f"{difference['ci_low']:+.4f} to {difference['ci_high']:+.4f}"
    )


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.4f}" if signed else f"{value:.4f}"
