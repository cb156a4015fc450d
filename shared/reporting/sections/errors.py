"""The section "Where it errs": by fold, class and confidence, or by step ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.curve_pairs import learning_chart
from shared.reporting.charts.reliability_charts import class_reliability_chart, reliability_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, make_table
from shared.reporting.section import Section
from shared.reporting.tables.forecasts import skill_table, step_charts

__all__ = ["SECTION", "ErrorsView", "view_errors"]


@dataclass(frozen=True)
class ErrorsView:
    """Tables one below the other, then charts side by side."""

    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]


def view_errors(artefacts: Artefacts) -> ErrorsView:
    """Where the model errs, and how its loss fell."""
    metrics = artefacts.metrics
    tables = _fold_tables(metrics)
    charts: list[Chart] = []
    if metrics.get("confusion"):
        tables.append(_confusion_table(metrics))
        tables.append(_classes_table(metrics["classes"], metrics["confidence"]))
    if metrics.get("reliability"):
        charts.append(reliability_chart(metrics["reliability"]))
        errors = metrics["calibration"]["classes"]
        charts.append(class_reliability_chart(metrics["class_reliability"], errors))
    if metrics.get("steps"):
        tables += [skill_table(metrics)] if metrics["skills"] else []
        charts += step_charts(metrics)
    return ErrorsView(tuple(tables), (*charts, _learning(artefacts)))


def _learning(artefacts: Artefacts) -> Chart:
    history = {str(name): column.tolist() for name, column in artefacts.history.items()}
    return learning_chart(history, best_epoch=int(artefacts.train["best_epoch"]))


def _fold_tables(metrics: Mapping[str, Any]) -> list[Table]:
    """The headline metric of each fold of a cross-validation; nothing without one."""
    folds = metrics.get("folds", [])
    if not folds:
        return []
    unit = metrics["metrics"][metrics["headline"]]["unit"]
    rows: list[Row] = []
    for fold in folds:
        more = (
            f" and {format_count(fold['num_entities'] - len(fold['entities']))} more"
            if fold["num_entities"] > len(fold["entities"])
            else ""
        )
        interval = format_interval(fold["ci_low"], fold["ci_high"], unit)
        rows.append(
            [
                Cell(f"{', '.join(fold['entities'])}{more}", f"fold {fold['fold']}"),
                format_count(fold["n"]),
                format_value(fold["value"], unit),
                Cell(interval, fold.get("note", "")),
            ]
        )
    columns = [
        "Left out",
        "#n",
        f"#{humanise(metrics['headline'])}",
        f"#{format_level(metrics['confidence'])} interval",
    ]
    caption = (
        "Each left-out entity"
        if all(fold["num_entities"] == 1 for fold in folds)
        else "Each fold of left-out entities"
    )
    return [make_table(f"{caption}, predicted by a model that never met it", columns, rows)]


def _confusion_table(metrics: Mapping[str, Any]) -> Table:
    """Counts shaded by the share of the true class."""
    names = [item["name"] for item in metrics["classes"]]
    rows = []
    for index, (name, counts) in enumerate(zip(names, metrics["confusion"], strict=True)):
        cells = [
            _confusion_cell(count, sum(counts), index == decided)
            for decided, count in enumerate(counts)
        ]
        rows.append([Cell(name, f"n = {format_count(sum(counts))}"), *cells])
    columns = ["true ↓ decided →", *(f"#{name}" for name in names)]
    return make_table(
        "Confusion: true class by row, decided class by column, with the share of the true class",
        columns,
        rows,
    )


def _confusion_cell(count: int, total: int, is_right: bool) -> Cell:
    if count == 0:
        return Cell("0", tone="muted")
    return Cell(
        format_count(count),
        format_level(round(count / total, 2)),
        "good" if is_right else "bad",
        count / total,
    )


def _classes_table(classes: Sequence[Mapping[str, Any]], confidence: float) -> Table:
    rows = [
        [
            item["name"],
            Cell(format_count(item["n"]), count_of(item["num_entities"], "entity", "entities")),
            *(
                Cell(
                    format_value(item[rate], "share"),
                    format_interval(item[f"{rate}_ci_low"], item[f"{rate}_ci_high"], "share"),
                )
                for rate in ("recall", "precision", "f1")
            ),
            _ranking_cell(item["auc"]),
            _ranking_cell(item["average_precision"]),
        ]
        for item in classes
    ]
    columns = ["Class", "#n", "#Recall", "#Precision", "#F1", "#AUC", "#Average precision"]
    title = (
        f"Classes, {format_level(confidence)} intervals below; those of AUC by DeLong. Without"
        " skill an AUC is 50 %, and an average precision the class's share of the rows"
    )
    return make_table(title, columns, rows)


def _ranking_cell(entry: Mapping[str, Any] | None) -> Cell | str:
    """An area with its interval.

    A dash for the first of two classes, which the second stands for.
    """
    if entry is None or entry["value"] is None:
        return "–"
    return Cell(
        format_value(entry["value"], "share"),
        format_interval(entry["ci_low"], entry["ci_high"], "share"),
    )


SECTION = Section(id="errors", title="Where it errs", view=view_errors)
