"""The section "Where it errs": by fold, class and confidence, or by step ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.formatting import (
    count_of,
    format_count,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.charts.curve_pairs import learning_chart
from shared.reporting.charts.reliability_charts import class_reliability_figure, reliability_figure
from shared.reporting.drawing.curves import PanelFigure
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.reporting.tables.forecasts import skill_table, step_charts
from shared.run.artefacts.metrics.class_entries import CategoryCalibration, ClassEntry
from shared.run.artefacts.metrics.metric_entries import FoldEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.metrics.spread_entries import MemberSpread
from shared.statistics.intervals import Estimate

__all__ = ["SECTION", "ErrorsView", "view_errors"]


@dataclass(frozen=True)
class ErrorsView:
    """Tables one below the other, then figures, then charts side by side."""

    tables: tuple[Table, ...]
    figures: tuple[PanelFigure, ...]
    charts: tuple[Chart, ...]


def view_errors(artefacts: Artefacts) -> ErrorsView:
    """Where the model errs, and how its loss fell."""
    metrics = artefacts.metrics
    tables = _fold_tables(metrics)
    figures = []
    charts = [_learning(artefacts)]
    if metrics.confusion and metrics.classes:
        tables.append(_confusion_table(metrics.classes, metrics.confusion))
        tables.append(_classes_table(metrics.classes, metrics.confidence))
    if metrics.reliability:
        figures.append(reliability_figure(metrics.reliability, metrics.confidence))
    if metrics.class_reliability and isinstance(metrics.calibration, CategoryCalibration):
        errors = metrics.calibration.classes
        by_class = metrics.class_reliability
        figures.append(class_reliability_figure(by_class, errors, metrics.confidence))
    if metrics.members:
        tables.append(_members_table(metrics.members, metrics.confidence))
    if metrics.steps:
        tables += [skill_table(metrics)] if metrics.skills else []
        charts = [*step_charts(metrics), *charts]
    return ErrorsView(tuple(tables), tuple(figures), tuple(charts))


def _learning(artefacts: Artefacts) -> Chart:
    history = {str(name): column.tolist() for name, column in artefacts.history.items()}
    return learning_chart(history, best_epoch=artefacts.train.best_epoch)


def _members_table(members: MemberSpread, confidence: float) -> Table:
    """How well disagreement of members ranks errors above what is right."""
    columns = ["Ranked by", "#n", "#Errors", f"#AUROC, {format_level(confidence)} interval"]
    areas = {"Spread of the members": members.auroc}
    if members.usual is not None:
        areas["What needs no members: confidence, or the interval's width"] = members.usual
    counts = [format_count(members.n), format_count(members.num_errors)]
    rows: list[Row] = [[name, *counts, value_cell(area, "score")] for name, area in areas.items()]
    caption = "Do members that disagree tell errors? 0.5 is chance; of forecasts, the larger half"
    return make_table(caption, columns, rows)


def _fold_tables(metrics: Metrics) -> list[Table]:
    """The primary metric of each fold of a cross-validation; nothing without one."""
    folds = metrics.folds
    if not folds:
        return []
    name = metrics.primary_metric
    unit = metrics.metrics[name].unit
    level = format_level(metrics.confidence)
    columns = ["Left out", "#n", f"#{humanise(name)}", f"#{level} interval"]
    is_single = all(fold.num_entities == 1 for fold in folds)
    left_out = "Each left-out entity" if is_single else "Each fold of left-out entities"
    caption = f"{left_out}, predicted by a model that never met it"
    return [make_table(caption, columns, [_fold_row(fold, unit) for fold in folds])]


def _fold_row(fold: FoldEntry, unit: str) -> Row:
    left_out = ", ".join(fold.entities)
    num_unnamed = fold.num_entities - len(fold.entities)
    if num_unnamed > 0:
        left_out += f" and {format_count(num_unnamed)} more"
    return [
        Cell(left_out, f"fold {fold.fold}"),
        format_count(fold.n),
        format_value(fold.value, unit),
        Cell(interval_of(fold, unit), fold.note),
    ]


def _confusion_table(classes: Sequence[ClassEntry], confusion: Sequence[Sequence[int]]) -> Table:
    """Counts shaded by the share of the true class."""
    names = [item.name for item in classes]
    rows = []
    for true, (name, counts) in enumerate(zip(names, confusion, strict=True)):
        total = sum(counts)
        cells = [
            _confusion_cell(count, total, is_right=predicted == true)
            for predicted, count in enumerate(counts)
        ]
        rows.append([Cell(name, f"n = {format_count(total)}"), *cells])
    columns = ["true ↓ predicted →", *(f"#{name}" for name in names)]
    caption = (
        "Confusion: true class by row, predicted class by column, with the share of the true class"
    )
    return make_table(caption, columns, rows)


def _confusion_cell(count: int, total: int, *, is_right: bool) -> Cell:
    if count == 0:
        return Cell("0", tone="muted")
    share = count / total
    tone: Tone = "good" if is_right else "bad"
    return Cell(format_count(count), format_level(round(share, 2)), tone, shade=share)


def _classes_table(classes: Sequence[ClassEntry], confidence: float) -> Table:
    columns = ["Class", "#n", "#Recall", "#Precision", "#F1", "#AUC", "#Average precision"]
    caption = (
        f"Classes, {format_level(confidence)} intervals below; those of AUC by DeLong. Without"
        " skill an AUC is 50 %, and an average precision the class's share of the rows"
    )
    return make_table(caption, columns, [_class_row(item) for item in classes])


def _class_row(item: ClassEntry) -> Row:
    entities = count_of(item.num_entities, "entity", "entities")
    return [
        item.name,
        Cell(format_count(item.n), entities),
        *(value_cell(rate, "share") for rate in (item.recall, item.precision, item.f1)),
        _ranking_cell(item.auc),
        _ranking_cell(item.average_precision),
    ]


def _ranking_cell(entry: Estimate | None) -> str | Cell:
    """An area with its interval.

    A dash for the first of two classes, which the second stands for.
    """
    if entry is None or entry.value is None:
        return "–"
    return value_cell(entry, "share")


SECTION = Section(id="errors", title="Where it errs", view=view_errors)
