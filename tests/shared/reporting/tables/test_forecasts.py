from __future__ import annotations

from pathlib import Path

import pytest

from shared.reporting.charts.band_charts import Band
from shared.reporting.charts.line_charts import LineChart, line_chart
from shared.reporting.tables.forecasts import (
    adaptive_chart,
    adaptive_remark,
    interval_table,
    skill_table,
    step_charts,
)
from shared.run.artefacts.metrics.forecast_entries import AdaptiveIntervals
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.targets import Horizon
from tests.shared.changed import changed
from tests.shared.reporting.runs import Invented, make_run

_LOAD = Horizon(steps=6, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    folder: Path = tmp_path_factory.mktemp("forecast") / "run"
    context = make_run(
        folder,
        Invented(_LOAD, "signal", conditions=("season",), groups={"season": ("winter", "summer")}),
    )
    return Metrics.read(context.run)


@pytest.fixture(scope="module")
def adaptive(metrics: Metrics) -> AdaptiveIntervals:
    assert metrics.adaptive is not None
    return metrics.adaptive


def test_each_kind_of_interval_has_a_row_and_the_difference_has_a_sign(
    adaptive: AdaptiveIntervals,
) -> None:
    table = interval_table(adaptive, 0.95)
    assert [row[0].text for row in table.rows] == [
        "as the network says",
        "static, as deployed",
        "adaptive, beside the deployed model",
        "adaptive minus static",
    ]
    assert table.rows[3][2].text[0] in "+−"
    assert "n = 160, 80 entities" in table.caption
    assert "nominal coverage 80.0\u00a0%" in table.caption


def test_every_step_is_in_the_table_behind_its_chart(metrics: Metrics) -> None:
    charts = step_charts(metrics)
    assert [chart.title for chart in charts] == [
        "Error by step ahead",
        "Continuous ranked probability score by step ahead",
        "Share of values inside the forecast interval",
        "Width of the forecast interval",
        "Skill by step ahead, against each baseline",
        "Error by hour of the day",
        "Values inside the interval by hour of the day",
    ]
    assert [len(chart.table.rows) for chart in charts if chart.table is not None] == [
        6,
        6,
        6,
        6,
        6,
        24,
        24,
    ]


def test_days_have_no_charts_by_hour(metrics: Metrics) -> None:
    assert len(step_charts(changed(metrics, hours=[]))) == 5


def test_skill_is_shown_against_each_baseline_with_its_size(metrics: Metrics) -> None:
    table = skill_table(metrics)
    names = ["Last value", "Seasonal naive", "Training mean", "Linear"]
    assert [row[0].text for row in table.rows] == names
    assert all(row[0].note == "n = 160" for row in table.rows)
    assert [column.title for column in table.columns] == [
        "Baseline",
        "All steps",
        "Step 1",
        "Step 4",
        "Step 6",
    ]


def test_coverage_along_time_shows_when_each_period_starts(adaptive: AdaptiveIntervals) -> None:
    chart = adaptive_chart(adaptive)
    assert chart.table is not None
    assert chart.table.rows[0][0].text == "2024-01-01"
    assert len(chart.table.rows) == 12


def test_the_page_says_that_adaptive_intervals_are_not_what_is_served(
    adaptive: AdaptiveIntervals,
) -> None:
    assert "They need a memory, which the deployed graph has not" in adaptive_remark(adaptive)


def test_curves_that_lack_places_leave_gaps_in_the_table() -> None:
    curves = {
        "one": Band([1.0, 2.0], [0.5, 0.6], [0.4, 0.5], [0.6, 0.7]),
        "other": Band([2.0], [0.6], [0.6], [0.6]),
    }
    chart = line_chart(
        LineChart("Curves", "step", "share", "share", "curves-"),
        curves,
        labels=None,
        reference=None,
    )
    assert chart.table is not None
    assert chart.table.rows[0][3].text == "–"
    assert "other" in chart.svg
