"""The error of forecasts, and what their interval holds, by step ahead."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import format_level, format_plain
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.curves import Curve, CurvePanel, place_curves
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.scale import Scale, scale_over
from shared.run.artefacts.metrics.forecast_entries import StepEntry
from shared.statistics.intervals import Estimate
from shared.targets import Horizon

__all__ = ["step_figure", "step_panels"]

_NAN = float("nan")


def step_figure(artefacts: Artefacts) -> Figure | None:
    """The words beside the panels; None where no error was measured."""
    steps = artefacts.metrics.steps
    if not steps or steps[0].mae_standardised is None:
        return None
    level = format_level(artefacts.metrics.confidence)
    first = _said(steps[0].mae_standardised)
    last = _said(steps[-1].mae_standardised)
    title = (
        f"Mean absolute error by step ahead, σ, {level} intervals: {first} at the first step,"
        f" {last} at the last"
    )
    rows = [
        (entry.step, *_numbers(entry.mae_standardised), *_numbers(entry.coverage))
        for entry in steps
    ]
    columns = ("step", "mae_standardised", "ci_low", "ci_high", "covered", "ci_low", "ci_high")
    return Figure(title, f"{title}.", csv_download("error_by_step", columns, rows))


def step_panels(artefacts: Artefacts, target: Horizon) -> tuple[CurvePanel, ...]:
    """A panel for the error, and one for the interval where there is one."""
    steps = artefacts.metrics.steps or ()
    errors = [entry.mae_standardised for entry in steps]
    covered = [entry.coverage for entry in steps]
    panels = []
    if len(steps) > 1 and errors[0] is not None:
        y = scale_over([0.0, *(number for one in errors for number in _ends(one))], margin=0.0)
        panels.append(_panel("Error", "σ, smaller is better", steps, errors, y))
    nominal = target.nominal_coverage
    if len(steps) > 1 and covered[0] is not None and nominal is not None:
        note = f"share of values that the {format_level(nominal)} interval holds; dashed: promised"
        panels.append(_panel("In the interval", note, steps, covered, Scale(0.0, 1.0), nominal))
    return tuple(panels)


def _panel(
    name: str,
    note: str,
    steps: Sequence[StepEntry],
    values: Sequence[Estimate | None],
    y: Scale,
    promised: float | None = None,
) -> CurvePanel:
    x = Scale(float(steps[0].step), float(steps[-1].step))
    numbers = [_numbers(one) for one in values]
    middle, low, high = ([_or_nan(one[part]) for one in numbers] for part in range(3))
    curve = Curve("main", [entry.step for entry in steps], middle, low, high)
    line = None if promised is None else round(100.0 - y.place(promised), 2)
    unit = "" if promised is None else "share"
    return CurvePanel(
        name=name,
        note=note,
        curves=place_curves([curve], x, y),
        y_labels=y.ends(unit),
        x_labels=(f"step {steps[0].step}", f"step {steps[-1].step}"),
        line=line,
    )


def _said(estimate: Estimate | None) -> str:
    return "–" if estimate is None else format_plain(estimate.value, 2)


def _ends(estimate: Estimate | None) -> list[float]:
    numbers = _numbers(estimate)
    return [number for number in numbers if number is not None]


def _numbers(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return None, None, None
    return estimate.value, estimate.ci_low, estimate.ci_high


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value
