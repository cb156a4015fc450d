"""Tables and charts of forecasts: by step and hour, against baselines, and their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.cells import difference_cell, value_cell
from shared.reporting.charts.band_charts import Band, make_band, step_chart
from shared.reporting.charts.line_charts import LineChart, line_chart
from shared.reporting.formatting import (
    format_count,
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
    """The share of each baseline's squared error that is avoided.

    Over all steps, and at the first, middle and last.
    """
    num_steps = len(metrics["steps"])
    places = sorted({0, num_steps // 2, num_steps - 1})
    columns = ["Baseline", "#All steps", *(f"#Step {format_count(place + 1)}" for place in places)]
    rows: list[Row] = []
    for item in metrics["skills"]:
        name = Cell(humanise(item["baseline"]), f"n = {format_count(item['n'])}")
        steps = [value_cell(item["steps"][place], "share") for place in places]
        rows.append([name, value_cell(item, "share"), *steps])
    caption = (
        "Skill: share of a baseline's squared error that is avoided; 0: no better;"
        f" {format_level(metrics['confidence'])} intervals below"
    )
    return make_table(caption, columns, rows)


@dataclass(frozen=True)
class _StepCurve:
    """What is drawn of one number of the steps."""

    key: str
    title: str
    y_label: str
    unit: str = "σ"


_ERROR = _StepCurve("mae_standardised", "Error by step ahead", "mean absolute error (σ)")
_CRPS = _StepCurve(
    "crps", "Continuous ranked probability score by step ahead", "CRPS from the quantiles (σ)"
)
_COVERAGE = _StepCurve(
    "coverage", "Share of values inside the forecast interval", "share inside", "share"
)
_WIDTH = _StepCurve(
    "interval_width", "Width of the forecast interval", "distance of the outer quantiles (σ)"
)


def step_charts(metrics: Mapping[str, Any]) -> list[Chart]:
    """Error, CRPS, coverage, width and skill by step ahead; error and coverage by hour."""
    steps = metrics["steps"]
    charts = [_step_chart(steps, _ERROR)]
    if steps[0]["crps"] is not None:
        charts.append(_step_chart(steps, _CRPS))
    if metrics.get("coverage") is not None:
        nominal = float(metrics["coverage"]["nominal"])
        charts.append(_step_chart(steps, _COVERAGE, nominal=nominal))
        charts.append(_step_chart(steps, _WIDTH))
    return [*charts, _skill_chart(metrics), *_hour_charts(metrics)]


def _step_chart(
    steps: Sequence[Mapping[str, Any]], curve: _StepCurve, *, nominal: float | None = None
) -> Chart:
    band = make_band([float(item["step"]) for item in steps], [item[curve.key] for item in steps])
    return step_chart(
        curve.title,
        band,
        y_label=curve.y_label,
        unit=curve.unit,
        nominal=nominal,
        prefix=f"step-{curve.key}-",
    )


def _skill_chart(metrics: Mapping[str, Any]) -> Chart:
    places = [float(item["step"]) for item in metrics["steps"]]
    curves = {
        humanise(item["baseline"], capital=False): make_band(places, item["steps"])
        for item in metrics["skills"]
    }
    layout = LineChart(
        title="Skill by step ahead, against each baseline",
        x_label="steps ahead",
        y_label="share of squared error avoided",
        unit="share",
        prefix="skill-",
    )
    return line_chart(layout, curves, labels=None, reference=0.0)


def _hour_charts(metrics: Mapping[str, Any]) -> list[Chart]:
    """Error and coverage by the hour of the day that is forecast.

    Nothing for steps of a day or longer.
    """
    hours = metrics["hours"]
    if not hours:
        return []
    labels = [f"{item['hour']:02}:00" for item in hours]
    x_label = "hour that is forecast, by the stamps"
    layout = LineChart(
        "Error by hour of the day", x_label, "mean absolute error (σ)", "σ", "hours-"
    )
    errors = {"error": _hour_band(hours, "mae_standardised")}
    charts = [line_chart(layout, errors, labels=labels, reference=None)]
    if metrics.get("coverage") is not None:
        nominal = float(metrics["coverage"]["nominal"])
        title = "Values inside the interval by hour of the day"
        layout = LineChart(title, x_label, "share inside", "share", "hours-inside-")
        inside = {"inside": _hour_band(hours, "coverage")}
        charts.append(line_chart(layout, inside, labels=labels, reference=nominal))
    return charts


def _hour_band(hours: Sequence[Mapping[str, Any]], key: str) -> Band:
    return make_band([float(item["hour"]) for item in hours], [item[key] for item in hours])


def interval_table(metrics: Mapping[str, Any]) -> Table:
    """Coverage, width and interval score of the intervals of the network, deployed and adaptive."""
    adaptive = metrics["adaptive"]
    rows: list[Row] = []
    for kind, text in _KINDS.items():
        numbers = adaptive["kinds"][kind]
        rows.append([text, *(value_cell(numbers[name], unit) for name, unit in _NUMBERS)])
    difference = adaptive["difference"]
    cells = [difference_cell(difference[name], unit) for name, unit in _NUMBERS]
    rows.append(["adaptive minus static", *cells])
    nominal = format_value(adaptive["nominal"], "share")
    entities = format_count(adaptive["num_entities"])
    caption = (
        f"Forecast intervals on the test split (n = {format_count(adaptive['n'])}, {entities}"
        f" entities); nominal coverage {nominal}; {format_level(metrics['confidence'])} intervals"
        " below"
    )
    columns = ["Interval", "#Observed coverage", "#Width (σ)", "#Interval score (σ)"]
    return make_table(caption, columns, rows)


def adaptive_chart(metrics: Mapping[str, Any]) -> Chart:
    """Coverage along the time of the test split."""
    periods = metrics["adaptive"]["periods"]
    places = [float(place) for place in range(len(periods))]
    curves = {
        text: make_band(places, [item[kind] for item in periods])
        for kind, text in _SHORT_KINDS.items()
    }
    layout = LineChart(
        title="Values inside the interval along the test split",
        x_label="forecasts that start from",
        y_label="share inside",
        unit="share",
        prefix="periods-",
    )
    labels = [item["first"][:10] for item in periods]
    nominal = float(metrics["adaptive"]["nominal"])
    return line_chart(layout, curves, labels=labels, reference=nominal)


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
