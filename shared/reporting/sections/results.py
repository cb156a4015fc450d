"""The section "Results": every metric with interval, baseline and paired test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
    state_p_value,
)
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.reporting.section import Section

__all__ = ["SECTION", "VERDICT_TONES", "view_results"]

VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "inconclusive": "warn"}
"""How a verdict against the baseline is meant."""


def view_results(artefacts: Artefacts) -> Table:
    """All metrics with value, interval, baseline and meaning."""
    metrics = artefacts.metrics
    rows: list[Row] = []
    for name in artefacts.target.describe():
        entry = metrics["metrics"][name]
        unit, against = entry["unit"], entry["versus_baseline"]
        note = (
            f"{entry['describe']}. {entry['better'].capitalize()} is better. Formula:"
            f" {entry['source']}."
        )
        note += f" {entry['note'].capitalize()}." if entry.get("note") else ""
        difference = _difference_text(against, unit) + _paired_text(metrics, name)
        verdict = Cell(
            against["verdict"], difference, VERDICT_TONES.get(against["verdict"], "muted")
        )
        rows.append(
            [
                Cell(humanise(name), note),
                format_value(entry["value"], unit),
                format_interval(entry["ci_low"], entry["ci_high"], unit),
                Cell(unit, tone="muted"),
                format_count(metrics["n"]),
                Cell(
                    format_value(entry["baseline"], unit),
                    humanise(entry["baseline_name"] or "", capital=False),
                ),
                verdict,
                format_value(metrics["val"].get(name), unit),
            ]
        )
    columns = [
        "Metric",
        "#Test",
        f"#{format_level(metrics['confidence'])} interval",
        "Unit",
        "#n",
        "#Baseline",
        "Against it",
        "#Validation",
    ]
    return make_table(f"All metrics on the {metrics['split']} split", columns, rows)


def _paired_text(metrics: Mapping[str, Any], name: str) -> str:
    """The paired test of a metric against its baseline; empty if it has none."""
    tests = [
        test
        for test in metrics["paired_tests"]["tests"]
        if test["metric"] == name and test["p_adjusted"] is not None
    ]
    return "".join(
        f"; {test['method']}, adjusted {state_p_value(test['p_adjusted'])}" for test in tests
    )


def _difference_text(against: Mapping[str, Any], unit: str) -> str:
    if against["value"] is None:
        return ""
    return (
        f"{format_difference(against['value'], unit)}"
        f" ({format_difference_interval(against['ci_low'], against['ci_high'], unit)})"
    )


def _lead(artefacts: Artefacts) -> str:
    return (
        "Chosen on the validation split, measured once on the test split. Intervals:"
        f" {artefacts.metrics['interval_method']}"
    )


SECTION = Section(id="results", title="Results", lead=_lead, view=view_results)
