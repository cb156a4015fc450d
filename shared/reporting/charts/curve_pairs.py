"""Two curves against each other: training and validation loss, informed and random removal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from shared.formatting import format_plain, format_value, humanise
from shared.reporting.charts.svg import (
    ACCENT,
    FULL_WIDTH,
    HALF_WIDTH,
    LINE,
    MUTED,
    SECOND,
    chart_style,
    inline_svg,
    new_figure,
)
from shared.reporting.page import Chart, make_table

__all__ = ["deletion_chart", "learning_chart"]


def learning_chart(history: Mapping[str, Sequence[float]], *, best_epoch: int) -> Chart:
    """Training and validation loss by epoch.

    Args:
        history: Columns of `history.csv`, with at least `epoch`, `loss`, `val_loss`; with group DRO
            also the worst group's, which are then shown.
        best_epoch: The epoch whose weights were kept, from 1.
    """
    epochs = [int(epoch) for epoch in history["epoch"]]
    name = "worst_group_loss" if "val_worst_group_loss" in history else "loss"
    validation = history[f"val_{name}"]
    with chart_style():
        figure, axes = new_figure(HALF_WIDTH, 3.0)
        _draw_named(axes, epochs, history[name], colour=ACCENT, name="training")
        _draw_named(axes, epochs, validation, colour=SECOND, name="validation")
        axes.axvline(best_epoch, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.set_xlabel("epoch")
        axes.set_ylabel(humanise(name).lower())
        ticks = MaxNLocator(integer=True, nbins=8).tick_values(epochs[0], epochs[-1])
        axes.set_xticks([tick for tick in ticks if epochs[0] <= tick <= epochs[-1]])
        room_for_names = max(0.24 * len(epochs), 0.5)
        axes.set_xlim(epochs[0] - 0.05 * len(epochs), epochs[-1] + room_for_names)
        svg = inline_svg(figure, "learning-")
    said = (
        f"Loss by epoch over {len(epochs)} epochs. Validation {humanise(name).lower()} begins at"
        f" {format_plain(float(validation[0]))} and is lowest,"
        f" {format_plain(float(min(validation)))}, at epoch {best_epoch}, whose weights were kept."
    )
    columns = [column for column in history if column != "epoch"]
    rows = [
        [str(epoch), *(format_plain(float(history[column][row])) for column in columns)]
        for row, epoch in enumerate(epochs)
    ]
    titles = ["#Epoch", *(f"#{humanise(column)}" for column in columns)]
    table = make_table("Loss and training metrics by epoch", titles, rows)
    return Chart("Learning curve", said, svg, table)


def deletion_chart(
    removed: Sequence[float], *, informed: Sequence[float], random: Sequence[float], n: int
) -> Chart:
    """How fast the answer falls when segments are removed, by the explanation and at random.

    Args:
        removed: Shares of the segments that are removed.
        informed: Answer left, the most important segments removed first; mean over examples. A
            probability, or how near a forecast stays to the whole row's.
        random: Answer left in random order; mean over examples.
        n: Number of examples.
    """
    with chart_style():
        figure, axes = new_figure(FULL_WIDTH, 2.6)
        axes.plot(removed, random, color=MUTED)
        axes.plot(removed, informed, color=ACCENT)
        widest = int(np.argmax(np.subtract(random, informed)))
        _name_above(axes, removed[widest], random[widest])
        _name_below(axes, removed[widest], informed[widest])
        axes.fill_between(removed, informed, random, color=ACCENT, alpha=0.1, linewidth=0)
        axes.axhline(0.0, color=LINE, linewidth=0.8)
        axes.set_xlabel("share of segments removed")
        axes.set_ylabel("answer left")
        axes.margins(x=0.02, y=0.1)
        axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        svg = inline_svg(figure, "deletion-")
    rows = [
        [format_value(share, "share"), format_plain(left), format_plain(left_by_chance)]
        for share, left, left_by_chance in zip(removed, informed, random, strict=True)
    ]
    said = (
        f"Mean answer left over {n} examples while segments are removed, most important first,"
        " against random order. The faster the first curve falls below the second, the better the"
        " explanation knows what the model uses."
    )
    columns = ["#Removed", "#By the explanation", "#Random order"]
    table = make_table("Answer left while removing segments", columns, rows)
    return Chart("Does the explanation know what the model uses?", said, svg, table)


def _draw_named(
    axes: Axes, x: Sequence[float], y: Sequence[float], *, colour: str, name: str
) -> None:
    """A line with its name at its end: no legend to look up."""
    axes.plot(x, y, color=colour, marker="o" if len(x) < 3 else "", markersize=4)
    axes.annotate(
        name,
        (x[-1], y[-1]),
        xytext=(5, 0),
        textcoords="offset points",
        color=colour,
        va="center",
        annotation_clip=False,
    )


def _name_above(axes: Axes, x: float, y: float) -> None:
    axes.annotate(
        "random order",
        (x, y),
        xytext=(4, 5),
        textcoords="offset points",
        color=MUTED,
        ha="left",
        va="bottom",
    )


def _name_below(axes: Axes, x: float, y: float) -> None:
    axes.annotate(
        "by the explanation",
        (x, y),
        xytext=(-4, -5),
        textcoords="offset points",
        color=ACCENT,
        ha="right",
        va="top",
    )
