"""Tables and charts of forecasts: by step and hour, against baselines, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.formatting import (
    format_count,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.cells import difference_cell, value_cell
from shared.reporting.charts.band_charts import make_band, step_chart
from shared.reporting.charts.line_charts import LineChart, line_chart
from shared.reporting.page import Cell, Chart, Row, Table, make_table
from shared.run.artefacts.metrics.forecast_entries import (
    AdaptiveIntervals,
    IntervalKind,
    IntervalNumbers,
    StepEntry,
)
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.intervals import Estimate

__all__ = ["adaptive_chart", "adaptive_remark", "interval_table", "skill_table", "step_charts"]

_KINDS: dict[IntervalKind, str] = {
    "raw": "as the network says",
    "deployed": "static, as deployed",
    "adaptive": "adaptive, beside the deployed model",
}


def skill_table(metrics: Metrics) -> Table:
    """The share of each baseline's squared error that is avoided.

    Over all steps, and at the first, middle and last.
    """
    skills = metrics.skills or ()
    num_steps = len(metrics.steps or ())
    places = sorted({0, num_steps // 2, num_steps - 1})
    columns = ["Baseline", "#All steps", *(f"#Step {format_count(place + 1)}" for place in places)]
    rows: list[Row] = []
    for item in skills:
        name = Cell(humanise(item.baseline), f"n = {format_count(item.n)}")
        steps = [value_cell(item.steps[place], "share") for place in places]
        rows.append([name, value_cell(item, "share"), *steps])
    caption = (
        "Skill: share of a baseline's squared error that is avoided; 0: no better;"
        f" {format_level(metrics.confidence)} intervals below"
    )
    return make_table(caption, columns, rows)


@dataclass(frozen=True)
class _StepCurve:
    """What is drawn of one number of the steps."""

    prefix: str
    title: str
    y_label: str
    number: Callable[[StepEntry], Estimate | None]
    unit: str = "σ"


_ERROR = _StepCurve(
    prefix="step-mae_standardised-",
    title="Error by step ahead",
    y_label="mean absolute error (σ)",
    number=lambda step: step.mae_standardised,
)
_CRPS = _StepCurve(
    prefix="step-crps-",
    title="Continuous ranked probability score by step ahead",
    y_label="CRPS from the quantiles (σ)",
    number=lambda step: step.crps,
)
_COVERAGE = _StepCurve(
    prefix="step-coverage-",
    title="Share of values inside the forecast interval",
    y_label="share inside",
    number=lambda step: step.coverage,
    unit="share",
)
_WIDTH = _StepCurve(
    prefix="step-interval_width-",
    title="Width of the forecast interval",
    y_label="distance of the outer quantiles (σ)",
    number=lambda step: step.interval_width,
)


def step_charts(metrics: Metrics) -> list[Chart]:
    """Error, CRPS, coverage, width and skill by step ahead; error and coverage by hour."""
    steps = metrics.steps or ()
    charts = [_step_chart(steps, _ERROR)]
    if steps[0].crps is not None:
        charts.append(_step_chart(steps, _CRPS))
    if metrics.coverage is not None:
        nominal = metrics.coverage.nominal
        charts.append(_step_chart(steps, _COVERAGE, nominal=nominal))
        charts.append(_step_chart(steps, _WIDTH))
    return [*charts, _skill_chart(metrics), *_hour_charts(metrics)]


def _step_chart(
    steps: Sequence[StepEntry], curve: _StepCurve, *, nominal: float | None = None
) -> Chart:
    band = make_band([float(item.step) for item in steps], [curve.number(item) for item in steps])
    return step_chart(
        curve.title,
        band,
        y_label=curve.y_label,
        unit=curve.unit,
        nominal=nominal,
        prefix=curve.prefix,
    )


def _skill_chart(metrics: Metrics) -> Chart:
    places = [float(item.step) for item in metrics.steps or ()]
    curves = {
        humanise(item.baseline, capital=False): make_band(places, item.steps)
        for item in metrics.skills or ()
    }
    layout = LineChart(
        title="Skill by step ahead, against each baseline",
        x_label="steps ahead",
        y_label="share of squared error avoided",
        unit="share",
        prefix="skill-",
    )
    return line_chart(layout, curves, labels=None, reference=0.0)


def _hour_charts(metrics: Metrics) -> list[Chart]:
    """Error and coverage by the hour of the day that is forecast.

    Nothing for steps of a day or longer.
    """
    hours = metrics.hours
    if not hours:
        return []
    labels = [f"{item.hour:02}:00" for item in hours]
    x_label = "hour that is forecast, by the stamps"
    layout = LineChart(
        "Error by hour of the day", x_label, "mean absolute error (σ)", "σ", "hours-"
    )
    places = [float(item.hour) for item in hours]
    errors = {"error": make_band(places, [item.mae_standardised for item in hours])}
    charts = [line_chart(layout, errors, labels=labels, reference=None)]
    if metrics.coverage is not None:
        nominal = metrics.coverage.nominal
        title = "Values inside the interval by hour of the day"
        layout = LineChart(title, x_label, "share inside", "share", "hours-inside-")
        inside = {"inside": make_band(places, [item.coverage for item in hours])}
        charts.append(line_chart(layout, inside, labels=labels, reference=nominal))
    return charts


def interval_table(adaptive: AdaptiveIntervals, confidence: float) -> Table:
    """Coverage, width and interval score of the intervals of the network, deployed and adaptive."""
    rows: list[Row] = []
    for kind, text in _KINDS.items():
        cells = [value_cell(*number) for number in _numbers(adaptive.kinds[kind])]
        rows.append([text, *cells])
    cells = [difference_cell(*number) for number in _numbers(adaptive.difference)]
    rows.append(["adaptive minus static", *cells])
    nominal = format_value(adaptive.nominal, "share")
    entities = format_count(adaptive.num_entities)
    caption = (
        f"Forecast intervals on the test split (n = {format_count(adaptive.n)}, {entities}"
        f" entities); nominal coverage {nominal}; {format_level(confidence)} intervals"
        " below"
    )
    columns = ["Interval", "#Observed coverage", "#Width (σ)", "#Interval score (σ)"]
    return make_table(caption, columns, rows)


def _numbers(intervals: IntervalNumbers) -> tuple[tuple[Estimate, str], ...]:
    """Each number with its unit."""
    return (
        (intervals.coverage, "share"),
        (intervals.interval_width, "σ"),
        (intervals.interval_score, "σ"),
    )


def adaptive_chart(adaptive: AdaptiveIntervals) -> Chart:
    """Coverage along the time of the test split."""
    periods = adaptive.periods
    places = [float(place) for place in range(len(periods))]
    curves = {
        "network": make_band(places, [item.raw for item in periods]),
        "deployed": make_band(places, [item.deployed for item in periods]),
        "adaptive": make_band(places, [item.adaptive for item in periods]),
    }
    layout = LineChart(
        title="Values inside the interval along the test split",
        x_label="forecasts that start from",
        y_label="share inside",
        unit="share",
        prefix="periods-",
    )
    labels = [item.first[:10] for item in periods]
    return line_chart(layout, curves, labels=labels, reference=adaptive.nominal)


def adaptive_remark(adaptive: AdaptiveIntervals) -> str:
    """What adaptive intervals are, and that they are not what is served."""
    return (
        "Adaptive intervals widen after misses and narrow after hits (Gibbs & Candès 2021),"
        " replayed here in order of time with nothing but values measured before each forecast"
        f" starts; step size {format_plain(adaptive.step_size)}, chosen on"
        " validation. They need a memory, which the deployed graph has not: a client keeps it,"
        " with the recursion of shared/calibration/adaptive.py. The interval score is the width"
        " plus what is missed over its level (Winkler 1972); smaller is better."
    )
