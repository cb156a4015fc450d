"""When it breaks: what each disturbance costs by its severity, and whether the model notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shared.evaluation.claims import Promise
from shared.formatting import (
    format_count,
    format_difference,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.curves import Curve, CurvePanel, place_curves
from shared.reporting.drawing.dots import DotPlot
from shared.reporting.drawing.figure import Download, Figure, csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.drawing.scale import Scale, scale_over
from shared.reporting.reader.ood_inputs import ood_figure, ood_plot
from shared.reporting.section import Section
from shared.run.artefacts.metrics.robustness_entries import (
    FlaggedShare,
    PerturbationEntry,
)

__all__ = ["SECTION", "BreaksView", "view_breaks"]

_MOST_PANELS = 8
_NOTICED = Promise(low=0.5)
"""Share of disturbed rows that must be flagged before a disturbance counts as noticed."""

_SHARES = Scale(0.0, 1.0)
_NAN = float("nan")


@dataclass(frozen=True)
class BreaksView:
    """What the template shows; `ood` is None where no foreign input was tried."""

    finding: Markup
    figure: Figure
    panels: tuple[CurvePanel, ...]
    legend: tuple[tuple[str, str], ...]
    ood: Figure | None
    ood_plot: DotPlot | None


@dataclass(frozen=True)
class _Disturbance:
    """One corruption at all its severities.

    Attributes:
        name: Of the corruption.
        entries: By severity.
        flagged: By severity; None where the deployed model has no score that tells.
    """

    name: str
    entries: tuple[PerturbationEntry, ...]
    flagged: tuple[FlaggedShare | None, ...]

    @property
    def worst(self) -> PerturbationEntry:
        """The severity with the largest sure loss."""
        return max(self.entries, key=lambda entry: entry.drop.ci_low or entry.drop.value or 0.0)

    @property
    def flagged_at_worst(self) -> FlaggedShare | None:
        """How many rows of that severity are flagged."""
        return self.flagged[self.entries.index(self.worst)]

    @property
    def costs(self) -> bool:
        """Whether it surely makes the model worse."""
        return (self.worst.drop.ci_low or 0.0) > 0.0


def view_breaks(artefacts: Artefacts) -> BreaksView | None:
    """Lay out corruptions and foreign inputs; None if no corruption was measured."""
    found = sorted(_disturbances(artefacts), key=lambda one: -(one.worst.drop.value or 0.0))
    if not found:
        return None
    unit = artefacts.metrics.metrics[artefacts.metrics.primary_metric].unit
    entries = [item for item in artefacts.metrics.ood.perturbations if item.kind == "ood"]
    measured = [item for item in entries if item.flagged is not None]
    panels = tuple(_panel(one, unit) for one in found[:_MOST_PANELS])
    return BreaksView(
        finding=_finding(found, unit),
        figure=_figure(artefacts, found, unit),
        panels=panels,
        legend=_legend(artefacts, found),
        ood=ood_figure(artefacts, measured) if measured else None,
        ood_plot=ood_plot(artefacts, measured) if measured else None,
    )


def _disturbances(artefacts: Artefacts) -> list[_Disturbance]:
    flagged = {
        (item.perturbation, item.severity): item.flagged
        for item in artefacts.metrics.ood.perturbations
    }
    found: dict[str, list[PerturbationEntry]] = {}
    for entry in artefacts.metrics.perturbations:
        if entry.kind == "corruption" and entry.value is not None:
            found.setdefault(entry.perturbation, []).append(entry)
    return [
        _Disturbance(
            name,
            tuple(entries),
            tuple(flagged.get((name, entry.severity)) for entry in entries),
        )
        for name, entries in found.items()
    ]


def _finding(found: Sequence[_Disturbance], unit: str) -> Markup:
    costly = [one for one in found if one.costs]
    if not costly:
        return Markup("None of {} disturbances surely costs anything.").format(len(found))
    worst = max(costly, key=lambda one: one.worst.drop.ci_low or 0.0)
    entry = worst.worst
    said = Markup("Worst: {} at severity {}, {} {} instead of {}{}.").format(
        isolated(humanise(worst.name, capital=False)),
        entry.severity,
        humanise(entry.metric, capital=False),
        format_value(entry.value, unit),
        format_value(entry.clean.value, unit),
        _noticed(worst.flagged_at_worst),
    )
    unnoticed = [one for one in costly if _passes(one)]
    return said + Markup(" {} of {} disturbances surely cost something; {}.").format(
        len(costly), len(found), _count_unnoticed(len(unnoticed))
    )


def _passes(one: _Disturbance) -> bool:
    """Whether surely fewer than half of its worst rows are flagged."""
    flagged = one.flagged_at_worst
    return flagged is None or _NOTICED.judge(flagged.interval) == "contradicted"


def _count_unnoticed(number: int) -> str:
    if not number:
        return "none surely passes unnoticed"
    verb = "passes" if number == 1 else "pass"
    return f"{number} {verb} unnoticed, with surely fewer than half of the rows flagged"


def _noticed(flagged: FlaggedShare | None) -> str:
    if flagged is None:
        return ""
    return f", flagged as unfamiliar in {format_value(flagged.value, 'share')}"


def _figure(artefacts: Artefacts, found: Sequence[_Disturbance], unit: str) -> Figure:
    metrics = artefacts.metrics
    first = found[0].entries[0]
    rest = len(found) - _MOST_PANELS
    more = f" The {_MOST_PANELS} costliest; {rest} more in the CSV." if rest > 0 else ""
    name = humanise(metrics.primary_metric)
    title = (
        f"{name}{'' if unit == 'share' else f' ({unit})'} by severity, n = {format_count(first.n)}"
        f" rows each, {format_level(metrics.confidence)} intervals.{more}"
    )
    spoken = "; ".join(_spoken(one, unit) for one in found[:_MOST_PANELS])
    return Figure(title, f"{name} by severity of each disturbance. {spoken}.", _download(found))


def _spoken(one: _Disturbance, unit: str) -> str:
    return f"{humanise(one.name, capital=False)}: {_note(one, unit)}"


def _note(one: _Disturbance, unit: str) -> str:
    loss = format_difference(one.worst.drop.value, unit).removeprefix("+")
    cost = f"costs {loss}" if one.costs else "no sure cost"
    flagged = one.flagged_at_worst
    return cost if flagged is None else f"{cost}, {format_value(flagged.value, 'share')} flagged"


def _legend(artefacts: Artefacts, found: Sequence[_Disturbance]) -> tuple[tuple[str, str], ...]:
    metric = humanise(artefacts.metrics.primary_metric, capital=False)
    legend = [("main", metric), ("floor", "unchanged")]
    if any(share is not None for one in found for share in one.flagged):
        legend.insert(1, ("second", "flagged as unfamiliar, 0 to 100 %"))
    return tuple(legend)


def _panel(one: _Disturbance, unit: str) -> CurvePanel:
    entries = one.entries
    severities = [float(entry.severity) for entry in entries]
    clean = entries[0].clean.value or 0.0
    values = [_or_nan(entry.value) for entry in entries]
    y = _SHARES if unit == "share" else scale_over([0.0, 1.15 * clean, *values], margin=0.0)
    lows = [_or_nan(entry.ci_low) for entry in entries]
    highs = [_or_nan(entry.ci_high) for entry in entries]
    x = _severity_scale(severities)
    metric = Curve("main", severities, values, lows, highs, has_dots=True)
    shares = [_or_nan(None if share is None else share.value) for share in one.flagged]
    flagged = Curve("second", severities, shares)
    curves = [*place_curves([flagged], x, _SHARES), *place_curves([metric], x, y)]
    last = str(entries[-1].severity) if len(entries) > 1 else ""
    return CurvePanel(
        name=humanise(one.name),
        note=_note(one, unit),
        curves=tuple(curves),
        y_labels=y.ends(unit),
        x_labels=(f"severity {entries[0].severity}", last),
        line=round(100.0 - y.place(clean), 2),
    )


def _severity_scale(severities: Sequence[float]) -> Scale:
    return Scale(severities[0] - 0.15, severities[-1] + 0.15)


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value


def _download(found: Sequence[_Disturbance]) -> Download:
    rows = []
    for one in found:
        for entry, share in zip(one.entries, one.flagged, strict=True):
            drop = entry.drop
            numbers = (entry.value, entry.ci_low, entry.ci_high, drop.value)
            flagged = None if share is None else share.value
            rows.append((one.name, entry.severity, entry.n, *numbers, flagged))
    columns = ("disturbance", "severity", "n", "value", "ci_low", "ci_high", "drop", "flagged")
    return csv_download("disturbances", columns, rows)


SECTION = Section(
    id="breaks",
    title="When does it break, and does it notice?",
    view=view_breaks,
    missing="This pipeline defines no perturbations, so nothing is known about its robustness.",
    folder="reader",
)
