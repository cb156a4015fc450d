"""The report's charts. Each is drawn from a few arrays and brings the table behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from shared.reporting.charts.svg import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    SECOND,
    drawing,
    inline_svg,
    new_figure,
)
from shared.reporting.formatting import (
    format_count,
    format_interval,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Chart, Table, make_table

__all__ = [
    "Band",
    "Estimate",
    "curve_chart",
    "deletion_curve",
    "estimates_chart",
    "learning_curve",
    "reliability_chart",
    "step_chart",
]

_WIDTH, _HALF_WIDTH = 6.6, 4.4


@dataclass(frozen=True)
class Estimate:
    """A labelled value with its interval and number of examples.

    `value` None if there is too little evidence.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Band:
    """A curve with an interval around it."""

    x: Sequence[float]
    value: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def learning_curve(history: Mapping[str, Sequence[float]], *, best_epoch: int) -> Chart:
    """Training and validation loss by epoch.

    Args:
        history: Columns of `history.csv`, with at least `epoch`, `loss`, `val_loss`; with group DRO
            also the worst group's, which are then shown.
        best_epoch: The epoch whose weights were kept, from 1.
    """
    epochs = [int(epoch) for epoch in history["epoch"]]
    name = "worst_group_loss" if "val_worst_group_loss" in history else "loss"
    with drawing():
        figure, axes = new_figure(_HALF_WIDTH, 3.0)
        _labelled_line(axes, epochs, history[name], ACCENT, "training")
        _labelled_line(axes, epochs, history[f"val_{name}"], SECOND, "validation")
        axes.axvline(best_epoch, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.set_xlabel("epoch")
        axes.set_ylabel(humanise(name).lower())
        ticks = MaxNLocator(integer=True, nbins=8).tick_values(epochs[0], epochs[-1])
        axes.set_xticks([tick for tick in ticks if epochs[0] <= tick <= epochs[-1]])
        axes.set_xlim(epochs[0] - 0.05 * len(epochs), epochs[-1] + max(0.24 * len(epochs), 0.5))
        svg = inline_svg(figure, "learning-")
    columns = [name for name in history if name != "epoch"]
    rows = [
        [str(epoch), *(format_plain(float(history[name][row])) for name in columns)]
        for row, epoch in enumerate(epochs)
    ]
    first, last = history[f"val_{name}"][0], min(history[f"val_{name}"])
    describe = (
        f"Loss by epoch over {len(epochs)} epochs. Validation {humanise(name).lower()} begins at"
        f" {format_plain(float(first))} and is lowest, {format_plain(float(last))}, at epoch"
        f" {best_epoch}, whose weights were kept."
    )
    table = make_table(
        "Loss and training metrics by epoch",
        ["#Epoch", *(f"#{humanise(name)}" for name in columns)],
        rows,
    )
    return Chart("Learning curve", describe, svg, table)


def estimates_chart(
    title: str,
    estimates: Sequence[Estimate],
    *,
    unit: str,
    reference: float | None,
    reference_label: str,
    prefix: str,
) -> Chart:
    """Values with intervals, one line each, against a reference.

    Args:
        title: What is shown.
        estimates: From top to bottom.
        unit: Unit of all values.
        reference: Where a dashed line is drawn, or None.
        reference_label: What the dashed line is.
        prefix: Unique on the page.
    """
    with drawing():
        figure, axes = new_figure(_WIDTH, 0.55 + 0.27 * len(estimates))
        places = np.arange(len(estimates))[::-1]
        for place, estimate in zip(places, estimates, strict=True):
            _draw_estimate(axes, float(place), estimate)
        if reference is not None:
            axes.axvline(reference, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)), zorder=0)
        axes.set_yticks(places, [estimate.label for estimate in estimates], color=INK)
        axes.set_ylim(-0.7, len(estimates) - 0.3)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.spines["left"].set_visible(False)
        _format_axis(axes.xaxis, unit)
        svg = inline_svg(figure, prefix)
    known = [estimate for estimate in estimates if estimate.value is not None]
    listed = "; ".join(
        f"{item.label} {format_value(item.value, unit)}"
        f" ({format_interval(item.low, item.high, unit)})"
        for item in known
    )
    reference_text = (
        ""
        if reference is None
        else f" The dashed line is {reference_label}, {format_value(reference, unit)}."
    )
    return Chart(
        title, f"{title}: {listed}.{reference_text}", svg, _estimates_table(title, estimates, unit)
    )


def step_chart(
    title: str, band: Band, *, y_label: str, unit: str, reference: float | None, prefix: str
) -> Chart:
    """A curve over the steps ahead, with its interval as a band and, if there is one, a dashed line at what was promised."""
    with drawing():
        figure, axes = new_figure(_HALF_WIDTH, 3.0)
        axes.fill_between(band.x, band.low, band.high, color=ACCENT, alpha=0.16, linewidth=0)
        axes.plot(
            band.x, band.value, color=ACCENT, marker="o" if len(band.x) < 3 else "", markersize=4
        )
        if reference is not None:
            axes.axhline(reference, color=SECOND, linewidth=1.0, linestyle=(0, (4, 3)))
            axes.annotate(
                f"dashed: promised {format_value(reference, unit)}",
                (0.02, 0.05),
                xycoords="axes fraction",
                color=SECOND,
            )
        axes.set_xlabel("steps ahead")
        axes.set_ylabel(y_label)
        axes.set_ylim(bottom=0.0, top=1.02 if unit == "share" else None)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.margins(x=0.02)
        _format_axis(axes.yaxis, unit)
        svg = inline_svg(figure, prefix)
    rows = [
        [format_plain(int(x)), format_value(value, unit), format_interval(low, high, unit)]
        for x, value, low, high in zip(band.x, band.value, band.low, band.high, strict=True)
    ]
    first, last = (
        f"{format_value(band.value[place], unit)} at step {int(band.x[place])}" for place in (0, -1)
    )
    ends = f"From {first} to {last}."
    promised = "" if reference is None else f" Promised are {format_value(reference, unit)}."
    return Chart(
        title,
        f"{title}. {ends}{promised}",
        svg,
        make_table(title, ["#Step ahead", f"#{y_label.capitalize()}", "#Interval"], rows),
    )


def curve_chart(title: str, band: Band, *, x_label: str, y_label: str) -> Chart:
    """A curve of shares over shares, with its interval as a band."""
    with drawing():
        figure, axes = new_figure(_HALF_WIDTH, 3.0)
        axes.fill_between(band.x, band.low, band.high, color=ACCENT, alpha=0.16, linewidth=0)
        axes.plot(band.x, band.value, color=ACCENT)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(bottom=0.0)
        for axis in (axes.xaxis, axes.yaxis):
            _format_axis(axis, "share")
        svg = inline_svg(figure, "curve-")
    rows = [
        [
            format_value(x, "share"),
            format_value(value, "share"),
            format_interval(low, high, "share"),
        ]
        for x, value, low, high in zip(band.x, band.value, band.low, band.high, strict=True)
    ]
    first, last = (
        f"{format_value(band.value[place], 'share')} at {format_value(band.x[place], 'share')}"
        for place in (0, -1)
    )
    table = make_table(
        title, [f"#{x_label.capitalize()}", f"#{y_label.capitalize()}", "#Interval"], rows
    )
    return Chart(title, f"{title}: {y_label} over {x_label}, from {first} to {last}.", svg, table)


def reliability_chart(bins: Sequence[Mapping[str, Any]]) -> Chart:
    """Stated confidence against the share that was right.

    Args:
        bins: As in `ReliabilityBin`: `stated` is the mean probability, the estimate the share of
            right predictions.
    """
    with drawing():
        figure, axes = new_figure(_HALF_WIDTH, 3.0)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
        largest = max(int(item["n"]) for item in bins)
        for item in bins:
            ends = [item["ci_low"], item["ci_high"]]
            if None not in ends:
                axes.plot([item["stated"]] * 2, ends, color=ACCENT, linewidth=1.2, alpha=0.5)
        sizes = [14 + 46 * int(item["n"]) / largest for item in bins]
        axes.scatter(
            [item["stated"] for item in bins],
            [item["value"] for item in bins],
            s=sizes,
            color=ACCENT,
            zorder=3,
        )
        axes.set_xlim(max(0.0, min(float(item["stated"]) for item in bins) - 0.06), 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(visible=True, axis="both")
        axes.set_xlabel("stated confidence")
        axes.set_ylabel("share predicted rightly")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        svg = inline_svg(figure, "reliability-")
    rows = [
        [
            format_value(float(item["stated"]), "share"),
            format_value(float(item["value"]), "share"),
            format_interval(item["ci_low"], item["ci_high"], "share"),
            format_count(int(item["n"])),
        ]
        for item in bins
    ]
    table = make_table(
        "Calibration by bin of stated confidence",
        ["#Stated confidence", "#Predicted rightly", "#Interval", "#n"],
        rows,
    )
    describe = (
        f"Share of right predictions against stated confidence, in {len(bins)} bins. Points on the"
        " dashed diagonal are right; points below it are overconfident."
    )
    return Chart("Is its confidence right?", describe, svg, table)


def deletion_curve(
    removed: Sequence[float], informed: Sequence[float], random: Sequence[float], num_examples: int
) -> Chart:
    """How fast the score falls when segments are removed, by the explanation and at random.

    Means over examples.
    """
    with drawing():
        figure, axes = new_figure(_WIDTH, 2.6)
        axes.plot(removed, random, color=MUTED)
        axes.plot(removed, informed, color=ACCENT)
        widest = int(np.argmax(np.subtract(random, informed)))
        for curve, label, colour, above in (
            (random, "random order", MUTED, True),
            (informed, "by the explanation", ACCENT, False),
        ):
            axes.annotate(
                label,
                (removed[widest], curve[widest]),
                xytext=(4, 5) if above else (-4, -5),
                textcoords="offset points",
                color=colour,
                ha="left" if above else "right",
                va="bottom" if above else "top",
            )
        axes.fill_between(removed, informed, random, color=ACCENT, alpha=0.1, linewidth=0)
        axes.axhline(0.0, color=LINE, linewidth=0.8)
        axes.set_xlabel("share of segments removed")
        axes.set_ylabel("score left")
        axes.margins(x=0.02, y=0.1)
        axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        svg = inline_svg(figure, "deletion-")
    rows = [
        [format_value(x, "share"), format_plain(first), format_plain(second)]
        for x, first, second in zip(removed, informed, random, strict=True)
    ]
    describe = (
        f"Mean score left over {num_examples} examples while segments are removed, most important"
        " first, against random order. The faster the first curve falls below the second, the"
        " better the explanation knows what the model uses."
    )
    table = make_table(
        "Score left while removing segments",
        ["#Removed", "#By the explanation", "#Random order"],
        rows,
    )
    return Chart("Does the explanation know what the model uses?", describe, svg, table)


def _labelled_line(
    axes: Axes, x: Sequence[float], y: Sequence[float], colour: str, label: str
) -> None:
    """A line with its name at its end: no legend to look up."""
    axes.plot(x, y, color=colour, marker="o" if len(x) < 3 else "", markersize=4)
    if label and len(x):
        axes.annotate(
            label,
            (x[-1], y[-1]),
            xytext=(5, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def _draw_estimate(axes: Axes, place: float, estimate: Estimate) -> None:
    if estimate.value is None:
        axes.annotate(
            f"not enough data (n = {estimate.n})",
            (0.02, place),
            xycoords=("axes fraction", "data"),
            color=MUTED,
            va="center",
            fontsize=8,
        )
        return
    if estimate.low is not None and estimate.high is not None:
        axes.plot(
            [estimate.low, estimate.high], [place, place], color=ACCENT, linewidth=2.2, alpha=0.45
        )
    axes.plot([estimate.value], [place], marker="o", color=ACCENT, markersize=5.5)


def _format_axis(axis: Any, unit: str) -> None:
    if unit == "share":
        axis.set_major_formatter(
            PercentFormatter(1.0)
        )  # as many decimals as the ticks need: 12.5 % is not 13 %


def _estimates_table(title: str, estimates: Sequence[Estimate], unit: str) -> Table:
    rows = [
        [
            item.label,
            format_count(item.n),
            format_value(item.value, unit),
            format_interval(item.low, item.high, unit),
        ]
        for item in estimates
    ]
    return make_table(title, ["Label", "#n", f"#Value ({unit})", "#Interval"], rows)
