"""The curves as one chart, `docs/few_labels.svg`, and a small table in `docs/results.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.few_labels.curves import Curves, Point
from benchmarks.few_labels.panels import FractionCurve, FractionPanel, fraction_panels
from benchmarks.results.markdown import markdown_table
from benchmarks.results.pages import with_tables
from shared.formatting import format_count, format_interval, format_value
from shared.reporting.charts.standalone import standalone_svg

__all__ = ["curves_table", "write_page"]

_PAGE = Path("docs/results.md")
_CHART = Path("docs/few_labels.svg")
_TABLE = "few_labels"
_COLUMNS = ("data", "command", "labels", "rows", "draws", "network", "floor", "pretrained")
_MODELS = ("network", "floor", "pretrained")


def write_page() -> None:
    """From all curves in `runs/few_labels/`.

    Raises:
        FileNotFoundError: There are none.
    """
    files = sorted(Path(Curves.folder).glob("*.json"))
    if not files:
        raise FileNotFoundError(f"{Curves.folder} holds no curves: train some first.")
    found = [Curves.model_validate_json(file.read_text(encoding="utf-8")) for file in files]
    drawn = fraction_panels([_panel(one) for one in found], prefix="few-labels-")
    _CHART.write_text(standalone_svg(drawn), encoding="utf-8")
    text = _PAGE.read_text(encoding="utf-8")
    table = curves_table(found)
    written = with_tables(text, lambda name, _: table if name == _TABLE else None)
    _PAGE.write_text(written, encoding="utf-8")


def curves_table(found: Sequence[Curves]) -> str:
    """A row for each fraction of each data set."""
    rows = []
    for curves in found:
        fractions = sorted({point.fraction for point in curves.points})
        for place, fraction in enumerate(fractions):
            points = {one.model: one for one in curves.points if one.fraction == fraction}
            rows.append(_row(curves, points, is_first=place == 0))
    return markdown_table(_COLUMNS, rows)


def _row(curves: Curves, points: dict[str, Point], *, is_first: bool) -> list[str]:
    some = next(iter(points.values()))
    named = f"{curves.name}, test n = {format_count(curves.test_rows)}" if is_first else ""
    return [
        named,
        f"`{curves.command}`" if is_first else "",
        format_value(some.fraction, "share"),
        format_count(round(some.rows)),
        str(some.draws),
        *(_cell(points.get(model)) for model in _MODELS),
    ]


def _cell(point: Point | None) -> str:
    if point is None:
        return "–"
    interval = format_interval(point.low, point.high, "share")
    return f"{format_value(point.value, 'share')} ({interval})"


def _panel(curves: Curves) -> FractionPanel:
    models = [model for model in _MODELS if any(one.model == model for one in curves.points)]
    return FractionPanel(curves.name, tuple(_curve(curves, model) for model in models))


def _curve(curves: Curves, model: str) -> FractionCurve:
    points = sorted((one for one in curves.points if one.model == model), key=lambda one: one.rows)
    return FractionCurve(
        model,
        rows=[one.rows for one in points],
        value=[one.value for one in points],
        low=[one.low for one in points],
        high=[one.high for one in points],
    )
