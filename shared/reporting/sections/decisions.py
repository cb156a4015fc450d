"""How far its confidence can be trusted.

Calibration, conformal sets, abstention and operating points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.formatting import (
    format_count,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.charts.band_charts import make_band, share_chart
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.reporting.tables.abstention import describe_abstention
from shared.reporting.tables.decision_rules import rule_table
from shared.reporting.tables.deployment import cost_table, prevalence_tables
from shared.reporting.tables.forecasts import adaptive_chart, adaptive_remark, interval_table
from shared.run.artefacts.metrics.class_entries import CategoryCalibration, ClassCalibration
from shared.run.artefacts.metrics.decision_entries import (
    Abstention,
    ConformalSets,
    OperatingPointEntry,
)
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate
from shared.targets.calibration import Calibration, Temperature

__all__ = ["SECTION", "DecisionsView", "view_decisions"]

_MAP_NAMES = {
    "none": "none: scores as the network emits them",
    "temperature": "temperature scaling (Guo et al. 2017)",
    "vector": "vector scaling (Guo et al. 2017)",
    "isotonic": "isotonic regression for each class (Zadrozny & Elkan 2002)",
    "width": "conformal width factors for each step and channel (Kivaranovic et al. 2020)",
}
_IN_FOLDS = (
    "Each fold's map was fitted on what the other folds test. Sets, abstention and operating points"
    " are not chosen in a cross-validation: every row is tested, and none is left to choose"
    " them on."
)
_GOAL_TONES: dict[str, Tone] = {"met": "good", "missed": "bad", "inconclusive": "warn"}
_RATES = ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value")


@dataclass(frozen=True)
class DecisionsView:
    """What validation chose and what it does on the test split."""

    remarks: tuple[str, ...]
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]


def view_decisions(artefacts: Artefacts) -> DecisionsView | None:
    """Lay out what was chosen on validation.

    None if the model's scores could not be measured, or have nothing to calibrate.
    """
    metrics = artefacts.metrics
    calibration = metrics.calibration
    if calibration is None:
        return None
    # What validation could not bear.
    notes = tuple(note.sentence for note in calibration.notes)
    if isinstance(calibration, HorizonCalibration):
        return _view_intervals(metrics, calibration, notes)
    tables = tuple(_tables(metrics, calibration))
    abstention = metrics.abstention
    if abstention is None:
        return DecisionsView((*notes, _IN_FOLDS), tables, ())
    remarks = (*notes, describe_abstention(abstention), _describe_area(abstention))
    return DecisionsView(remarks, tables, (_abstention_chart(abstention),))


def _lead(artefacts: Artefacts) -> str:
    calibration = artefacts.metrics.calibration
    if calibration is None:
        return ""
    return (
        f"Chosen on {format_count(calibration.n_val)} validation examples, part of the deployed"
        f" graph. Map: {_describe_map(calibration.map)}.{_decided_for(artefacts.metrics)}"
    )


def _decided_for(metrics: Metrics) -> str:
    deployed = [rule.describe for rule in metrics.decision_rules or () if rule.is_deployed]
    return f" Decided for: {deployed[0]}." if deployed else ""


def _describe_map(chosen: Calibration) -> str:
    text = _MAP_NAMES[chosen.kind]
    if not isinstance(chosen, Temperature):
        return text
    return f"{text}, T = {format_plain(chosen.temperature, 3)}"


def _view_intervals(
    metrics: Metrics, calibration: HorizonCalibration, notes: Sequence[str]
) -> DecisionsView:
    """What was chosen for forecasts."""
    adaptive = metrics.adaptive
    if adaptive is None:
        table = _coverage_table(calibration, metrics.confidence)
        return DecisionsView(tuple(notes), (table,), ())
    return DecisionsView(
        (*notes, adaptive_remark(adaptive)),
        (interval_table(adaptive, metrics.confidence),),
        (adaptive_chart(adaptive),),
    )


def _tables(metrics: Metrics, calibration: CategoryCalibration) -> Iterator[Table]:
    """What was chosen for classes: as much as the settings ask for."""
    confidence = metrics.confidence
    yield _distance_table(calibration, confidence)
    if metrics.decision_rules:
        yield rule_table(metrics.decision_rules, confidence)
    if metrics.sets:
        yield _set_table(metrics.sets, calibration.classes, confidence)
    if metrics.operating_points:
        yield _operating_table(metrics.operating_points, confidence)
    if metrics.costs:
        yield cost_table(metrics.costs, "on the test split", confidence)
    if metrics.prevalence:
        yield from prevalence_tables(metrics.prevalence, confidence)


def _distance_table(calibration: CategoryCalibration, confidence: float) -> Table:
    rows: list[Row] = []
    before = calibration.before
    after = calibration.after
    for name, unit, stated, deployed in (
        ("ece", "share", before.ece, after.ece),
        ("log_loss", "nats", before.log_loss, after.log_loss),
        ("brier", "score", before.brier, after.brier),
    ):
        rows.append([humanise(name), value_cell(stated, unit), value_cell(deployed, unit), unit])
    columns = [
        "Distance from truth, test split",
        "#As the network says",
        "#Calibrated, as deployed",
        "Unit",
    ]
    level = format_level(confidence)
    return make_table(f"Calibration before and after, {level} intervals below", columns, rows)


def _coverage_table(calibration: HorizonCalibration, confidence: float) -> Table:
    row: Row = [
        format_value(calibration.nominal, "share"),
        value_cell(calibration.before.coverage, "share"),
        value_cell(calibration.after.coverage, "share"),
    ]
    caption = (
        f"Share of values inside the outer quantiles, test split, {format_level(confidence)}"
        " intervals below"
    )
    columns = ["#Nominal", "#Observed, as the network says", "#Observed, calibrated as deployed"]
    return make_table(caption, columns, [row])


def _set_table(
    sets: ConformalSets, class_errors: Sequence[ClassCalibration], confidence: float
) -> Table:
    errors = {item.name: item.ece for item in class_errors}
    rows = [_set_row("all", sets.coverage, sets.mean_size, None)]
    rows += [
        _set_row(item.name, item, item.mean_size, errors.get(item.name)) for item in sets.classes
    ]
    within = "over all rows" if sets.by == "all" else "within each class"
    caption = (
        f"Conformal sets: {format_level(sets.nominal)} nominal coverage, {within};"
        f" {format_level(confidence)} intervals below"
    )
    columns = [
        "True class",
        "#n",
        "#Observed coverage",
        "#Classes in a set",
        "#Calibration error of the class",
    ]
    return make_table(caption, columns, rows)


def _set_row(name: str, share: ShareEstimate, size: Estimate, error: Estimate | None) -> Row:
    return [
        name,
        format_count(share.n),
        value_cell(share, "share"),
        value_cell(size, "classes"),
        value_cell(error, "share") if error else "–",
    ]


def _operating_table(points: Sequence[OperatingPointEntry], confidence: float) -> Table:
    columns = [
        "Alarm for, goal on validation",
        "#Threshold",
        *(f"#{humanise(rate)}" for rate in _RATES),
        "#False alarms",
        "Goal on test",
    ]
    level = format_level(confidence)
    caption = f"Operating points, measured on the test split, {level} intervals below"
    return make_table(caption, columns, [_operating_row(point) for point in points])


def _operating_row(point: OperatingPointEntry) -> Row:
    goal = Cell(point.class_name, _describe_goal(point))
    if point.threshold is None:
        return [goal, "none found", *["–"] * (len(_RATES) + 2)]
    threshold = format_plain(point.threshold, 3)
    rates = (
        point.sensitivity,
        point.specificity,
        point.positive_predictive_value,
        point.negative_predictive_value,
    )
    cells = [value_cell(rate, "share") for rate in rates]
    verdict = point.verdict or "not known"
    judged = Cell(verdict, tone=_GOAL_TONES.get(verdict, "muted"))
    return [goal, threshold, *cells, _false_alarms_cell(point), judged]


def _describe_goal(point: OperatingPointEntry) -> str:
    if point.goal == "sensitivity":
        return f"sensitivity at least {format_value(point.requested, 'share')}"
    if point.decisions_per_hour is not None:
        hourly = point.requested * point.decisions_per_hour
        return f"false alarms at most {format_plain(hourly, 3)} an hour"
    return f"false alarms at most {format_value(point.requested, 'share')}"


def _false_alarms_cell(point: OperatingPointEntry) -> Cell:
    """An hour, if it is known how many rows are scored an hour; else the share of other rows."""
    hourly = point.false_alarms_per_hour
    if hourly is None:
        return value_cell(point.false_alarm_share, "share")
    return Cell(f"{format_plain(hourly.value, 3)} an hour", interval_of(hourly, "an hour"))


def _describe_area(abstention: Abstention) -> str:
    area = abstention.area
    best = format_value(abstention.best_area.value, "share")
    return (
        "Mean share of errors over all shares of rows answered:"
        f" {format_value(area.value, 'share')} ({interval_of(area, 'share')}); a confidence that"
        f" puts every error last would have {best} (Geifman, Uziel & El-Yaniv 2019)."
    )


def _abstention_chart(abstention: Abstention) -> Chart:
    curve = abstention.curve
    return share_chart(
        "Errors when the least sure rows are deferred",
        make_band([row.coverage for row in curve], curve),
        x_label="share of rows answered",
        y_label="share of errors",
    )


SECTION = Section(
    id="decisions",
    title="Calibration and decisions",
    lead=_lead,
    view=view_decisions,
    missing="The model states no probabilities or quantiles that could be calibrated.",
)
