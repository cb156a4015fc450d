"""Explanations of chosen rows as one self-contained page, and a chart of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Provenance
from shared.reporting.charts.mark_charts import Mark, mark_chart
from shared.reporting.charts.standalone import standalone_svg
from shared.reporting.page import Chart
from shared.reporting.sections.explanations import describe_explanations, lay_out_explanations
from shared.reporting.tables.explanations import segments_table
from shared.reporting.templates import page_templates, read_style
from shared.run.artefacts.explanations.record import ExplainedExample, Explanations
from shared.targets import Target

__all__ = ["render_explanations", "row_charts"]

_MOST_MARKS = 15
_LONGEST_NAME = 40

Arrays = Mapping[str, NDArray[Any]]


def render_explanations(
    record: Explanations,
    arrays: Sequence[Arrays],
    target: Target,
    *,
    title: str,
    provenance: Provenance,
) -> str:
    """The page as HTML; everything that comes from the data is escaped.

    Args:
        record: Of the rows.
        arrays: What is drawn of each example of `record`, in its order.
        target: What was predicted.
        title: Of the pipeline, for people.
        provenance: Of the data that the model was trained on.
    """
    charts = [_chart(one, values) for one, values in zip(record.examples, arrays, strict=True)]
    return (
        page_templates()
        .get_template("explanations_page.html")
        .render(
            view=lay_out_explanations(record, arrays, target),
            charts=charts,
            lead=describe_explanations(record),
            title=title,
            page=provenance,
            style=read_style(),
        )
    )


def row_charts(record: Explanations, arrays: Sequence[Arrays]) -> dict[str, str]:
    """File name -> SVG of its own, for each example: strongest segments with their intervals."""
    pairs = zip(record.examples, arrays, strict=True)
    return {
        f"{position}.svg": standalone_svg(_chart(one, values).svg)
        for position, (one, values) in enumerate(pairs)
    }


def _chart(example: ExplainedExample, arrays: Arrays) -> Chart:
    """The strongest segments, largest first, each with its interval."""
    values = arrays["values"]
    order = np.argsort(-np.abs(values), kind="stable")[:_MOST_MARKS].tolist()
    marks = [_mark(arrays, segment) for segment in order]
    position = re.sub(r"\W", "-", example.file)
    return mark_chart(
        _chart_title(example),
        marks,
        table=segments_table(arrays, example),
        unit=example.value_unit,
        prefix=f"{position}-",
        reference=0.0,
        reference_label="none",
    )


def _chart_title(example: ExplainedExample) -> str:
    if example.is_attribution:
        return f"{example.id}: strongest contributions to {example.explained}"
    return f"{example.id}: most attention, no attribution"


def _mark(arrays: Arrays, segment: int) -> Mark:
    value = float(arrays["values"][segment])
    reach = float(arrays["half_widths"][segment])
    is_known = np.isfinite(reach)
    name = _shortened(str(arrays["names"][segment]))
    low, high = (value - reach, value + reach) if is_known else (None, None)
    return Mark(name, value, low, high, n=1)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
