"""Foreign inputs: how many of each kind the deployed model flags."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import format_interval, format_level, format_value, humanise
from shared.reporting.artefacts import Artefacts
from shared.reporting.drawing.dots import Dot, DotPlot, Guide, place_dots
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.scale import Scale, tick_words
from shared.run.artefacts.metrics.robustness_entries import OodEntry

__all__ = ["ood_figure", "ood_plot"]


def ood_figure(artefacts: Artefacts, entries: Sequence[OodEntry]) -> Figure:
    """How many rows of each kind are flagged, in words and as CSV."""
    level = format_level(artefacts.metrics.confidence)
    title = (
        f"Foreign inputs: share (%) that is flagged as unfamiliar, {level} intervals. Dashed: of"
        " unchanged rows"
    )
    spoken = "; ".join(f"{dot.label} {dot.text}" for dot in _ood_dots(entries))
    rows = [
        (item.perturbation, flagged.n, flagged.value, flagged.ci_low, flagged.ci_high)
        for item in entries
        if (flagged := item.flagged) is not None
    ]
    columns = ("input", "n", "flagged", "ci_low", "ci_high")
    return Figure(title, f"{title}. {spoken}.", csv_download("ood_inputs", columns, rows))


def ood_plot(artefacts: Artefacts, entries: Sequence[OodEntry]) -> DotPlot:
    """The same, drawn."""
    unchanged = artefacts.metrics.ood.flagged
    return place_dots(
        _ood_dots(entries),
        lambda value: tick_words(value, "share"),
        guide=Guide(line=None if unchanged is None else unchanged.value),
        scale=Scale(-0.03, 1.03),
    )


def _ood_dots(entries: Sequence[OodEntry]) -> list[Dot]:
    dots = []
    for item in entries:
        flagged = item.flagged
        if flagged is not None:
            ends = format_interval(flagged.ci_low, flagged.ci_high, "share")
            text = f"{format_value(flagged.value, 'share')} ({ends})"
            dots.append(Dot.of(humanise(item.perturbation.removeprefix("ood_")), flagged, text))
    return dots
