"""Stated confidence against what happened: over all rows, by class, and by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.formatting import count_of, format_count, format_level, format_value
from shared.reporting.drawing.curves import Curve, CurvePanel, PanelFigure, Role, place_curves
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.labels import shortened
from shared.reporting.drawing.scale import Scale
from shared.run.artefacts.fairness.rates import ReliabilityRecord
from shared.run.artefacts.metrics.class_entries import (
    ClassCalibration,
    ClassReliability,
    ReliabilityBin,
)

__all__ = ["class_reliability_figure", "group_reliability_figure", "reliability_figure"]

_MOST_PANELS = 12
"""Classes or groups that are drawn, the largest; the CSV has all."""

_NAN = float("nan")
_SHARES = Scale(0.0, 1.0)
_COLUMNS = ("n", "stated", "happened", "ci_low", "ci_high")
_READ = "points below the dashed line are overconfident"
_LEGEND: tuple[tuple[Role, str], ...] = (("main", "happened"), ("floor", "as stated"))


@dataclass(frozen=True)
class _Point:
    """One bin: what was stated on average, and the share that happened with its interval."""

    n: int
    stated: float
    share: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, bin_: ReliabilityBin) -> _Point:
        """A bin has rows, so that its share is known."""
        return cls(bin_.n, bin_.stated, bin_.value or 0.0, bin_.ci_low, bin_.ci_high)

    def numbers(self) -> tuple[float | None, ...]:
        """As `_COLUMNS` names them."""
        return self.n, self.stated, self.share, self.low, self.high

    def spoken(self) -> str:
        """In words."""
        happened = format_value(self.share, "share")
        return f"{happened} where {format_value(self.stated, 'share')} is stated"


def reliability_figure(bins: Sequence[ReliabilityBin], confidence: float) -> PanelFigure:
    """Stated confidence against the share that was right.

    Args:
        bins: As in `ReliabilityBin`: `stated` is the mean probability, the estimate the share of
            right predictions.
        confidence: Level of the intervals.
    """
    points = [_Point.of(item) for item in bins]
    size = format_count(sum(point.n for point in points))
    title = (
        f"Is its confidence right? Share right by stated confidence: {_READ}. n = {size} in"
        f" {count_of(len(bins), 'bin', 'bins')}, {format_level(confidence)} intervals"
    )
    spoken = "; ".join(point.spoken() for point in points)
    download = csv_download("calibration", _COLUMNS, [point.numbers() for point in points])
    x = Scale(max(0.0, min(point.stated for point in points) - 0.06), 1.0)
    panel = _panel("All rows", "", points, x)
    figure = Figure(title, f"{title}. {spoken}.", download)
    return PanelFigure(figure, (panel,), _LEGEND, is_wide=True)


def class_reliability_figure(
    classes: Sequence[ClassReliability], errors: Sequence[ClassCalibration], confidence: float
) -> PanelFigure:
    """A panel for each class; beyond twelve, for those with the most rows.

    Args:
        classes: As in `ClassReliability`.
        errors: Each with `name`, `n` and `ece`, the class's calibration error with its interval.
        confidence: Level of the intervals.
    """
    points = {item.name: [_Point.of(bin_) for bin_ in item.bins] for item in classes}
    by_name = {item.name: item for item in errors}
    notes = {
        name: f"error {format_value(by_name[name].ece.value, 'share')}, n ="
        f" {format_count(by_name[name].n)}"
        for name in points
    }
    sizes = {name: by_name[name].n for name in points}
    rows: list[tuple[str | float | None, ...]] = []
    for name, curve in points.items():
        error = by_name[name].ece
        known = (error.value, error.ci_low, error.ci_high)
        rows += [(name, *point.numbers(), *known) for point in curve]
    title = (
        "Is the probability of each class right? Share of its rows by stated probability:"
        f" {_READ}. {format_level(confidence)} intervals; error: of calibration"
    )
    columns = ("class", *_COLUMNS, "error", "error_low", "error_high")
    figure = Figure(title, f"{title}.", csv_download("calibration_by_class", columns, rows))
    return PanelFigure(figure, _panels(points, sizes, notes), _LEGEND)


def group_reliability_figure(
    attribute: str, groups: Sequence[ReliabilityRecord], confidence: float
) -> PanelFigure | None:
    """Stated confidence against the share that was right, one panel a group.

    None if no group has a curve.

    Args:
        attribute: In words.
        groups: Entries of `reliability` in `fairness.json`.
        confidence: Level of the intervals.
    """
    points = {
        group.group: [
            _Point(one.n, one.confidence, one.correct, one.ci_low, one.ci_high)
            for one in group.curve
        ]
        for group in groups
        if group.curve
    }
    if not points:
        return None
    sizes = {group.group: group.n for group in groups}
    notes = {name: f"n = {format_count(size)}" for name, size in sizes.items()}
    title = (
        f"Is its confidence right, by {attribute}? Share right by stated confidence: {_READ}."
        f" {format_level(confidence)} intervals"
    )
    rows = [(name, *point.numbers()) for name, curve in points.items() for point in curve]
    download = csv_download(f"calibration by {attribute}", ("group", *_COLUMNS), rows)
    panels = _panels(points, sizes, notes)
    return PanelFigure(Figure(title, f"{title}.", download), panels, _LEGEND)


def _panels(
    points: Mapping[str, Sequence[_Point]], sizes: Mapping[str, int], notes: Mapping[str, str]
) -> tuple[CurvePanel, ...]:
    """Of those with the most rows, in their own order."""
    kept = sorted(points, key=lambda name: -sizes[name])[:_MOST_PANELS]
    shown = [name for name in points if name in kept]
    return tuple(_panel(name, notes[name], points[name], _SHARES) for name in shown)


def _panel(name: str, note: str, points: Sequence[_Point], x: Scale) -> CurvePanel:
    stated = [point.stated for point in points]
    shares = [point.share for point in points]
    low = [_NAN if point.low is None else point.low for point in points]
    high = [_NAN if point.high is None else point.high for point in points]
    ends = (x.low, x.high)
    happened = Curve("main", stated, shares, low, high, has_dots=True)
    curves = place_curves([Curve("floor", ends, ends), happened], x, _SHARES)
    last, first = x.ends("share")
    return CurvePanel(shortened(name), note, curves, _SHARES.ends("share"), (first, last))
