"""Forecasts step by step, skill against each baseline, and what intervals that follow their misses would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.reporting.charts.band_charts import Band, step_chart
from shared.reporting.charts.line_charts import LineChart, line_chart
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, make_table

__all__ = ["adaptive_chart", "adaptive_remark", "interval_table", "skill_table", "step_charts"]

_KINDS = {
    "raw": "as the network says",
    "deployed": "static, as deployed",
    "adaptive": "adaptive, beside the deployed model",
}
_SHORT_KINDS = {"raw": "network", "deployed": "deployed", "adaptive": "adaptive"}
_NUMBERS = (("coverage", "share"), ("interval_width", "σ"), ("interval_score", "σ"))


def skill_table(metrics: Mapping[str, Any]) -> Table:
    """The share of each baseline's squared error that is avoided, over all steps and at the first, middle and last."""
    num_steps = len(metrics["steps"])
    places = sorted({0, num_steps // 2, num_steps - 1})
    rows: list[Row] = [
        [
            Cell(humanise(item["baseline"]), f"n = {format_count(item['n'])}"),
            _estimate(item, "share"),
            *(_estimate(item["steps"][place], "share") for place in places),
        ]
        for item in metrics["skills"]
    ]
    columns = ["Baseline", "#All steps", *(f"#Step {format_count(place + 1)}" for place in places)]
    title = "Skill: share of a baseline's squared error that is avoided; 0: no better; "
    return make_table(
        f"{title}{format_level(metrics['confidence'])} intervals below", columns, rows
    )


def step_charts(metrics: Mapping[str, Any]) -> list[Chart]:
    """Error, loss, coverage and width by step ahead, skill against each baseline, and error and coverage by hour of the day."""
    steps = metrics["steps"]
    wanted: list[tuple[str, str, str, str, float | None]] = []
    wanted.append(("mae_standardised", "Error by step ahead", "mean absolute error (σ)", "σ", None))
    if steps[0]["crps"] is not None:
        wanted.append(
            (
                "crps",
                "Continuous ranked probability score by step ahead",
                "CRPS from the quantiles (σ)",
                "σ",
                None,
            )
        )
    if metrics.get("coverage") is not None:
        promised = float(metrics["coverage"]["nominal"])
        wanted.append(
            (
                "coverage",
                "Share of values inside the forecast interval",
                "share inside",
                "share",
                promised,
            )
        )
        wanted.append(
            (
                "interval_width",
                "Width of the forecast interval",
                "distance of the outer quantiles (σ)",
                "σ",
                None,
            )
        )
    charts = [
        step_chart(
            title,
            _band(steps, key),
            y_label=label,
            unit=unit,
            nominal=reference,
            prefix=f"step-{key}-",
        )
        for key, title, label, unit, reference in wanted
    ]
    numbered = [float(item["step"]) for item in steps]
    curves = {
        humanise(item["baseline"], capital=False): _curve(numbered, item["steps"])
        for item in metrics["skills"]
    }
    layout = LineChart(
        "Skill by step ahead, against each baseline",
        "steps ahead",
        "share of squared error avoided",
        "share",
        "skill-",
    )
    return [*charts, line_chart(layout, curves, labels=None, reference=0.0), *_hour_charts(metrics)]


def _hour_charts(metrics: Mapping[str, Any]) -> list[Chart]:
    """Error and coverage by the hour of the day that is forecast.

    Nothing for steps of a day or longer.
    """
    hours = metrics["hours"]
    if not hours:
        return []
    labels = [f"{item['hour']:02}:00" for item in hours]
    layout = LineChart(
        "Error by hour of the day",
        "hour that is forecast, by the stamps",
        "mean absolute error (σ)",
        "σ",
        "hours-",
    )
    charts = [
        line_chart(
            layout, {"error": _hour_curve(hours, "mae_standardised")}, labels=labels, reference=None
        )
    ]
    if metrics.get("coverage") is not None:
        title = "Values inside the interval by hour of the day"
        layout = LineChart(
            title, "hour that is forecast, by the stamps", "share inside", "share", "hours-inside-"
        )
        curves = {"inside": _hour_curve(hours, "coverage")}
        charts.append(
            line_chart(
                layout, curves, labels=labels, reference=float(metrics["coverage"]["nominal"])
            )
        )
    return charts


def _hour_curve(hours: Sequence[Mapping[str, Any]], key: str) -> Band:
    return _curve([float(item["hour"]) for item in hours], [item[key] for item in hours])


def interval_table(metrics: Mapping[str, Any]) -> Table:
    """Coverage, width and interval score of the intervals that the network gives, that are deployed, and that follow their misses."""
    adaptive = metrics["adaptive"]
    rows: list[Row] = [
        [text, *(_estimate(adaptive["kinds"][kind][name], unit) for name, unit in _NUMBERS)]
        for kind, text in _KINDS.items()
    ]
    difference: list[Cell] = []
    for name, unit in _NUMBERS:
        entry = adaptive["difference"][name]
        difference.append(
            Cell(
                format_difference(entry["value"], unit),
                format_difference_interval(entry["ci_low"], entry["ci_high"], unit),
            )
        )
    rows.append(["adaptive minus static", *difference])
    columns = ["Interval", "#Values inside", "#Width (σ)", "#Interval score (σ)"]
    promised, level = (
        format_value(adaptive["nominal"], "share"),
        format_level(metrics["confidence"]),
    )
    size = f"n = {format_count(adaptive['n'])}, {format_count(adaptive['num_entities'])} entities"
    return make_table(
        f"Forecast intervals on the test split ({size}); promised are {promised}; {level} intervals"
        " below",
        columns,
        rows,
    )


def adaptive_chart(metrics: Mapping[str, Any]) -> Chart:
    """Coverage along the time of the test split."""
    periods = metrics["adaptive"]["periods"]
    labels = [item["first"][:10] for item in periods]
    curves = {
        text: _curve(
            [float(place) for place in range(len(periods))], [item[kind] for item in periods]
        )
        for kind, text in _SHORT_KINDS.items()
    }
    layout = LineChart(
        "Values inside the interval along the test split",
        "forecasts that start from",
        "share inside",
        "share",
        "periods-",
    )
    return line_chart(
        layout, curves, labels=labels, reference=float(metrics["adaptive"]["nominal"])
    )


def adaptive_remark(metrics: Mapping[str, Any]) -> str:
    """What adaptive intervals are, and that they are not what is served."""
    return (
        "Adaptive intervals widen after misses and narrow after hits (Gibbs & Candès 2021),"
        " replayed here in order of time with nothing but values measured before each forecast"
        f" starts; step size {format_plain(metrics['adaptive']['step_size'])}, chosen on"
        " validation. They need a memory, which the deployed graph has not: a client keeps it,"
        " with the recursion of shared/calibration/adaptive.py. The interval score is the width"
        " plus what is missed over its level (Winkler 1972); smaller is better."
    )


def _estimate(entry: Mapping[str, Any], unit: str) -> Cell:
    return Cell(
        format_value(entry["value"], unit), format_interval(entry["ci_low"], entry["ci_high"], unit)
    )


def _band(steps: Sequence[Mapping[str, Any]], key: str) -> Band:
    return _curve([float(item["step"]) for item in steps], [item[key] for item in steps])


def _curve(places: Sequence[float], entries: Sequence[Mapping[str, Any]]) -> Band:
    """The places that have a value; without an interval the band has no width."""
    known = [
        (place, entry)
        for place, entry in zip(places, entries, strict=True)
        if entry["value"] is not None
    ]
    low, high = (
        [entry[end] if entry[end] is not None else entry["value"] for _, entry in known]
        for end in ("ci_low", "ci_high")
    )
    return Band([place for place, _ in known], [entry["value"] for _, entry in known], low, high)
