"""What a forecast looks like: observed against median and interval, and the error by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from shared.formatting import format_count, format_interval, format_level, format_plain
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.curves import Curve, CurvePanel, place_curves
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated, shortened
from shared.reporting.drawing.scale import Scale, scale_over
from shared.reporting.reader.forecast_choice import ShownForecast, choose_forecasts, mean_errors
from shared.reporting.reader.forecast_steps import step_figure, step_panels
from shared.reporting.section import Section
from shared.targets import Horizon
from shared.targets.predictions import Predictions

__all__ = ["SECTION", "ForecastsView", "view_forecasts"]

_LEGEND = (
    ("past", "observed before"),
    ("observed", "observed"),
    ("main", "forecast: median and interval"),
)


@dataclass(frozen=True)
class ForecastsView:
    """What the template shows; `steps` is None where no error by step was measured."""

    finding: Markup
    figure: Figure
    panels: tuple[CurvePanel, ...]
    legend: tuple[tuple[str, str], ...]
    steps: Figure | None
    step_panels: tuple[CurvePanel, ...]


@dataclass(frozen=True)
class _Window:
    """One shown forecast in numbers, original units.

    Attributes:
        name: What it is an example of, and of which series.
        error: Mean absolute error, training standard deviations.
        past: (season,) what was observed before.
        observed: (steps,) NaN where it was not.
        middle: (steps,) the median, or the mean without one.
        low: (steps,) lowest quantile; empty without an interval.
        high: (steps,) highest quantile; empty likewise.
    """

    name: str
    id: str
    error: float
    past: NDArray[np.float64]
    observed: NDArray[np.float64]
    middle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def view_forecasts(artefacts: Artefacts) -> ForecastsView | None:
    """Lay out single forecasts; None where classes are predicted, and without finite scores."""
    tested = artefacts.tested
    target = tested.target
    if not isinstance(target, Horizon) or not tested.is_finite:
        return None
    predictions = tested.predictions
    errors = mean_errors(target, predictions)
    shown = choose_forecasts(target, predictions)
    if not shown:
        return None
    windows = [_window(target, predictions, errors, one) for one in shown]
    interval = target.nominal_coverage
    band = f"; band: {format_level(interval)} interval" if interval else ""
    number = format_count(int(np.isfinite(errors).sum()))
    title = (
        f"{len(windows)} of {number} test windows, {target.unit}{band}."
        " Beside each the mean error in standard deviations of its series (σ)."
    )
    spoken = "; ".join(f"{window.name}, error {window.error:.2g} σ" for window in windows)
    return ForecastsView(
        finding=_finding(artefacts, errors, windows),
        figure=Figure(title, f"Observed values against forecasts. {spoken}.", _download(windows)),
        panels=tuple(_panel(target, window) for window in windows),
        legend=_LEGEND,
        steps=step_figure(artefacts),
        step_panels=step_panels(artefacts, target),
    )


def _window(
    target: Horizon,
    predictions: Predictions,
    errors: NDArray[np.float64],
    shown: ShownForecast,
) -> _Window:
    row = shown.row
    channel = shown.channel
    id_ = str(predictions.ids[row])
    of_channel = f", {target.channels[channel]}" if len(target.channels) > 1 else ""
    past = predictions.forecast_context.recent[row, :, channel]
    observed = predictions.targets[row, :, channel]
    low, high = _interval(target, predictions, shown)
    return _Window(
        name=f"{shown.why}: {shortened(id_)}{of_channel}",
        id=id_,
        error=float(errors[row, channel]),
        past=np.asarray(past, np.float64),
        observed=np.asarray(observed, np.float64),
        middle=_middle(target, predictions, shown),
        low=low,
        high=high,
    )


def _interval(
    target: Horizon, predictions: Predictions, shown: ShownForecast
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The outer quantiles, (steps,) each; empty without two of them."""
    if target.nominal_coverage is None:
        return np.array([]), np.array([])
    scores = predictions.scores[shown.row : shown.row + 1]
    quantiles = target.quantile_forecasts(scores)[0, :, shown.channel].astype(np.float64)
    return quantiles[:, 0], quantiles[:, -1]


def _middle(target: Horizon, predictions: Predictions, shown: ShownForecast) -> NDArray[np.float64]:
    scores = predictions.scores[shown.row : shown.row + 1]
    if 0.5 not in target.quantiles:
        return np.asarray(target.decide(scores)[0, :, shown.channel], np.float64)
    place = target.quantiles.index(0.5)
    return np.asarray(target.quantile_forecasts(scores)[0, :, shown.channel, place], np.float64)


def _panel(target: Horizon, window: _Window) -> CurvePanel:
    ahead = np.arange(1, target.steps + 1)
    before = np.arange(1 - len(window.past), 1)
    x = Scale(float(before[0]) if len(before) else 0.0, float(target.steps))
    drawn = (window.past, window.observed, window.middle, window.low, window.high)
    y = scale_over((float(value) for values in drawn for value in values), margin=0.0)
    forecast = Curve("main", ahead, window.middle, window.low, window.high)
    curves = [Curve("past", before, window.past), forecast]
    observed = Curve("observed", ahead, window.observed, has_dots=target.steps <= 12)
    hours = target.step_seconds / 3600.0
    first = f"−{len(window.past) * hours:g} h"
    last = f"+{target.steps * hours:g} h"
    return CurvePanel(
        name=window.name,
        note=f"error {format_plain(window.error, 2)} σ",
        curves=place_curves([*curves, observed], x, y),
        y_labels=y.ends(target.unit),
        x_labels=(first, last),
        divide=x.place(0.5),
    )


def _finding(
    artefacts: Artefacts, errors: NDArray[np.float64], windows: Sequence[_Window]
) -> Markup:
    middle = float(np.nanmedian(errors))
    worst = max(windows, key=lambda window: window.error)
    coverage = artefacts.metrics.coverage
    held = Markup("")
    if coverage is not None and coverage.interval is not None:
        interval = coverage.interval
        held = Markup(" The {} interval holds {} of the values.").format(
            format_level(coverage.nominal), format_interval(interval.low, interval.high, "share")
        )
    return Markup("Half of the windows miss by less than {} σ, the worst, {}, by {} σ.{}").format(
        format_plain(middle, 2), isolated(worst.id), format_plain(worst.error, 2), held
    )


def _download(windows: Sequence[_Window]) -> Download:
    rows: list[tuple[str, int, float | None, float | None, float | None, float | None]] = []
    for window in windows:
        start = 1 - len(window.past)
        for offset, value in enumerate(window.past):
            rows.append((window.name, start + offset, _known(value), None, None, None))
        for step, value in enumerate(window.observed):
            ends = [
                _known(values[step]) if len(values) else None
                for values in (window.low, window.high)
            ]
            middle = float(window.middle[step])
            rows.append((window.name, step + 1, _known(value), middle, ends[0], ends[1]))
    return csv_download("forecasts", ("window", "step", "observed", "median", "low", "high"), rows)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


SECTION = Section(
    id="forecasts", title="What do its forecasts look like?", view=view_forecasts, folder="reader"
)
