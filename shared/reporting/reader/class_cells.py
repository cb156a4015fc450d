"""Each class within each group, as "k of n": few rows are shown, never left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from shared.formatting import (
    format_count,
    format_interval,
    format_level,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.dots import Dot, DotPlot, place_dots
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.drawing.scale import Scale, tick_words
from shared.run.artefacts.fairness.rates import RateRecord
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.run.artefacts.metrics.class_entries import ClassEntry

__all__ = ["CellsView", "view_class_cells"]

_MOST_CELLS = 8
_FULL = Scale(-0.03, 1.03)


@dataclass(frozen=True)
class CellsView:
    """What the template shows."""

    finding: Markup
    figure: Figure
    plot: DotPlot


@dataclass(frozen=True)
class _Cell:
    """One class within one group.

    Attributes:
        attribute: Of the group.
        rate: Its recall, which has an estimate.
        whole: The same class over all groups.
        is_finding: Whether an adjusted test of a parity criterion found this to be the lowest.
    """

    attribute: AttributeRecord
    rate: RateRecord
    whole: ClassEntry
    is_finding: bool

    @property
    def value(self) -> float:
        """Share of the cell's rows that are found."""
        estimate = self.rate.estimate
        return 0.0 if estimate is None or estimate.value is None else estimate.value

    @property
    def found(self) -> int:
        """How many rows that are."""
        return round(self.value * self.rate.n)

    @property
    def rank(self) -> tuple[bool, float, float, float]:
        """Smallest for findings, then for what surely is furthest below its class.

        Then by the upper end, as the brief has it: one row of one is not held against a model.
        """
        estimate = self.rate.estimate
        high = 1.0 if estimate is None or estimate.ci_high is None else estimate.ci_high
        surely_below = max((self.whole.recall.value or 0.0) - high, 0.0)
        return not self.is_finding, -surely_below, high, self.value


def view_class_cells(artefacts: Artefacts) -> CellsView | None:
    """Lay out the recalls of `fairness.json`; None for forecasts, and without any."""
    classes = {entry.name: entry for entry in artefacts.metrics.classes or ()}
    cells = [
        cell
        for attribute in artefacts.fairness.attributes
        for cell in _cells(attribute, classes, artefacts.fairness.families.people.alpha)
    ]
    if not cells:
        return None
    ranked = sorted(cells, key=lambda cell: cell.rank)
    shown = ranked[:_MOST_CELLS]
    dots = [_dot(cell) for cell in shown]
    title = (
        f"Share (%) of each class that is found within a group: the {len(shown)} of"
        f" {format_count(len(cells))} cells that end lowest beside the class (short line), with"
        f" {format_level(artefacts.fairness.confidence)} intervals. Red: found by an adjusted test."
    )
    spoken = "; ".join(f"{dot.label} {dot.text}" for dot in dots)
    figure = Figure(title, f"Lowest recalls of a class within a group. {spoken}.", _download(cells))
    plot = place_dots(dots, lambda value: tick_words(value, "share"), scale=_FULL)
    return CellsView(_finding(shown[0]), figure, plot)


def _cells(attribute: AttributeRecord, classes: dict[str, ClassEntry], alpha: float) -> list[_Cell]:
    lowest = {
        (criterion.largest.of_class, criterion.largest.lowest)
        for criterion in attribute.parity
        if criterion.largest is not None
        and criterion.largest.metric == "recall"
        and criterion.test is not None
        and criterion.test.p_adjusted is not None
        and criterion.test.p_adjusted <= alpha
    }
    return [
        _Cell(attribute, rate, classes[rate.of_class], (rate.of_class, rate.group) in lowest)
        for rate in attribute.rates
        if rate.metric == "recall" and rate.of_class in classes and rate.estimate is not None
    ]


def _dot(cell: _Cell) -> Dot:
    label = f"{cell.rate.of_class}, {cell.rate.group}"
    counted = f"{cell.found} of {format_count(cell.rate.n)}"
    text = f"{counted}, found" if cell.is_finding else counted
    return replace(
        Dot.of(label, cell.rate.estimate, text),
        tone="bad" if cell.is_finding else "",
        mark=cell.whole.recall.value,
        is_hollow=bool(cell.rate.not_tested),
    )


def _finding(worst: _Cell) -> Markup:
    whole = worst.whole
    group = Markup("{} {}").format(
        humanise(worst.attribute.attribute, capital=False), isolated(worst.rate.group)
    )
    found = round((whole.recall.value or 0.0) * whole.n)
    said = Markup("Lowest: of “{}” with {}, {} of {} are found ({}); of all “{}”, {} of {}.")
    return said.format(
        isolated(whole.name),
        group,
        worst.found,
        format_count(worst.rate.n),
        _interval(worst),
        isolated(whole.name),
        found,
        format_count(whole.n),
    )


def _interval(cell: _Cell) -> str:
    estimate = cell.rate.estimate
    interval = None if estimate is None else estimate.interval
    if interval is None:
        return "no interval"
    return format_interval(interval.low, interval.high, "share")


def _download(cells: Sequence[_Cell]) -> Download:
    rows = []
    for cell in cells:
        estimate = cell.rate.estimate
        ends = (None, None) if estimate is None else (estimate.ci_low, estimate.ci_high)
        names = (cell.attribute.attribute, cell.rate.group, cell.whole.name)
        rows.append((*names, cell.found, cell.rate.n, *ends))
    columns = ("attribute", "group", "class", "found", "n", "ci_low", "ci_high")
    return csv_download("classes_in_groups", columns, rows)
