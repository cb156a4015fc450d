"""How good the model is: headline, all metrics, and where it errs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.charts import learning_curve, reliability_chart
from shared.reporting.charts.class_reliability_chart import class_reliability_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
    state_p_value,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.sections.forecast_view import skill_table, step_charts

__all__ = [
    "VERDICT_TONES",
    "Headline",
    "Scale",
    "view_errors",
    "view_folds",
    "view_headline",
    "view_learning",
    "view_metrics",
]

VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "inconclusive": "warn"}


@dataclass(frozen=True)
class Scale:
    """Positions on a line from 0 to 100, for the drawing beside the headline."""

    low: float
    value: float
    high: float
    baseline: float


@dataclass(frozen=True)
class Headline:
    """The metric that opens the report, in words.

    `scale` is None if it has no interval or no baseline.
    """

    name: str
    describe: str
    value: str
    unit: str
    interval: str
    confidence: str
    n: str
    num_entities: str
    baseline: str
    baseline_name: str
    difference: str
    difference_interval: str
    verdict: str
    tone: Tone
    note: str
    scale: Scale | None


def view_headline(artefacts: Artefacts) -> Headline:
    """The headline metric with interval, size, baseline and difference."""
    metrics = artefacts.metrics
    name, entry = metrics["primary_metric"], metrics["metrics"][metrics["primary_metric"]]
    against, unit = entry["versus_baseline"], entry["unit"]
    return Headline(
        name=humanise(name),
        describe=entry["describe"],
        value=format_value(entry["value"], unit),
        unit=unit,
        interval=format_interval(entry["ci_low"], entry["ci_high"], unit),
        confidence=format_level(metrics["confidence"]),
        n=format_count(metrics["n"]),
        num_entities=format_count(metrics["num_entities"]),
        baseline=format_value(entry["baseline"], unit),
        baseline_name=humanise(entry["baseline_name"] or "none", capital=False),
        difference=format_difference(against["value"], unit),
        difference_interval=format_difference_interval(against["ci_low"], against["ci_high"], unit),
        verdict=against["verdict"],
        tone=VERDICT_TONES.get(against["verdict"], "muted"),
        note=entry.get("note", ""),
        scale=_scale(entry),
    )


def view_metrics(artefacts: Artefacts) -> Table:
    """All metrics with value, interval, baseline and meaning."""
    metrics = artefacts.metrics
    rows: list[Row] = []
    for name in artefacts.target.describe():
        entry = metrics["metrics"][name]
        unit, against = entry["unit"], entry["versus_baseline"]
        note = (
            f"{entry['describe']}. {entry['better'].capitalize()} is better. Formula:"
            f" {entry['source']}."
        )
        note += f" {entry['note'].capitalize()}." if entry.get("note") else ""
        difference = _difference_text(against, unit) + _paired_text(metrics, name)
        verdict = Cell(
            against["verdict"], difference, VERDICT_TONES.get(against["verdict"], "muted")
        )
        rows.append(
            [
                Cell(humanise(name), note),
                format_value(entry["value"], unit),
                format_interval(entry["ci_low"], entry["ci_high"], unit),
                Cell(unit, tone="muted"),
                format_count(metrics["n"]),
                Cell(
                    format_value(entry["baseline"], unit),
                    humanise(entry["baseline_name"] or "", capital=False),
                ),
                verdict,
                format_value(metrics["val"].get(name), unit),
            ]
        )
    columns = [
        "Metric",
        "#Test",
        f"#{format_level(metrics['confidence'])} interval",
        "Unit",
        "#n",
        "#Baseline",
        "Against it",
        "#Validation",
    ]
    return make_table(f"All metrics on the {metrics['split']} split", columns, rows)


def view_learning(artefacts: Artefacts) -> Chart:
    """The learning curve."""
    history = {str(name): column.tolist() for name, column in artefacts.history.items()}
    return learning_curve(history, best_epoch=int(artefacts.train["best_epoch"]))


def view_folds(artefacts: Artefacts) -> tuple[Table, ...]:
    """The headline metric of each fold of a cross-validation; nothing without one."""
    metrics = artefacts.metrics
    folds = metrics.get("folds", [])
    if not folds:
        return ()
    unit = metrics["metrics"][metrics["primary_metric"]]["unit"]
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
    return (make_table(f"{caption}, predicted by a model that never met it", columns, rows),)


def view_errors(artefacts: Artefacts) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """Tables and charts of where the model errs: by class and confidence, or by step."""
    metrics = artefacts.metrics
    tables: list[Table] = []
    charts: list[Chart] = []
    if metrics.get("confusion"):
        tables += [
            _confusion_table(metrics),
            _classes_table(metrics["classes"], metrics["confidence"]),
        ]
    if metrics.get("reliability"):
        charts.append(reliability_chart(metrics["reliability"]))
        charts.append(
            class_reliability_chart(metrics["class_reliability"], metrics["calibration"]["classes"])
        )
    if metrics.get("steps"):
        tables += [skill_table(metrics)] if metrics["skills"] else []
        charts += step_charts(metrics)
    return tuple(tables), tuple(charts)


def _paired_text(metrics: Mapping[str, Any], name: str) -> str:
    """The paired test of a metric against its baseline; empty if it has none."""
    tests = [
        test
        for test in metrics["paired_tests"]["tests"]
        if test["metric"] == name and test["p_adjusted"] is not None
    ]
    return "".join(
        f"; {test['method']}, adjusted {state_p_value(test['p_adjusted'])}" for test in tests
    )


def _difference_text(against: Mapping[str, Any], unit: str) -> str:
    if against["value"] is None:
        return ""
    return (
        f"{format_difference(against['value'], unit)}"
        f" ({format_difference_interval(against['ci_low'], against['ci_high'], unit)})"
    )


def _scale(entry: Mapping[str, Any]) -> Scale | None:
    marks = [entry[key] for key in ("ci_low", "value", "ci_high", "baseline")]
    if any(mark is None for mark in marks):
        return None
    low, high = min(marks), max(marks)
    # Shares are shown on their whole scale, unless that would hide the difference.
    if entry["unit"] == "share" and high - low > 0.25:
        low, high = 0.0, 1.0
    margin = 0.0 if (low, high) == (0.0, 1.0) else 0.08 * (high - low)
    width = (high - low + 2 * margin) or 1.0
    placed = [round(100 * (mark - low + margin) / width, 2) for mark in marks]
    return Scale(low=placed[0], value=placed[1], high=placed[2], baseline=placed[3])


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
                    format_value(rate["value"], "share"),
                    format_interval(rate["ci_low"], rate["ci_high"], "share"),
                )
                for rate in (item["recall"], item["precision"], item["f1"])
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
