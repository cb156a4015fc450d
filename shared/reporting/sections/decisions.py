"""How far its confidence can be trusted.

Calibration, conformal sets, abstention and operating points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.band_charts import Band, share_chart
from shared.reporting.formatting import (
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table
from shared.reporting.section import Section
from shared.reporting.tables.forecasts import adaptive_chart, adaptive_remark, interval_table

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
_VERDICT_TONES: dict[str, Tone] = {"met": "good", "missed": "bad", "inconclusive": "warn"}
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
    calibration = metrics.get("calibration")
    if not calibration:
        return None
    if "sets" not in metrics:
        return _view_intervals(metrics)
    tables = [_distance_table(calibration, metrics["confidence"])]
    tables += (
        [_set_table(metrics["sets"], calibration["classes"], metrics["confidence"])]
        if metrics["sets"]
        else []
    )
    tables += (
        [_operating_table(metrics["operating_points"], metrics["confidence"])]
        if metrics["operating_points"]
        else []
    )
    at_test = "on the test split"
    tables += (
        [_cost_table(metrics["costs"], at_test, metrics["confidence"])] if metrics["costs"] else []
    )
    tables += (
        _prevalence_tables(metrics["prevalence"], metrics["confidence"])
        if metrics["prevalence"]
        else []
    )
    abstention = metrics["abstention"]
    if abstention is None:
        return DecisionsView((_IN_FOLDS,), tuple(tables), ())
    remarks = (_abstention_text(abstention), _area_text(abstention))
    return DecisionsView(remarks, tuple(tables), (_abstention_chart(abstention),))


def _view_intervals(metrics: Mapping[str, Any]) -> DecisionsView:
    if metrics["adaptive"] is None:
        table = _coverage_table(metrics["calibration"], metrics["confidence"])
        return DecisionsView((), (table,), ())
    return DecisionsView(
        (adaptive_remark(metrics),), (interval_table(metrics),), (adaptive_chart(metrics),)
    )


def _lead(artefacts: Artefacts) -> str:
    calibration = artefacts.metrics["calibration"]
    return (
        f"Chosen on {format_count(calibration['n_val'])} validation examples, part of the deployed"
        f" graph. Map: {_map_text(calibration['map'])}."
    )


def _map_text(chosen: Mapping[str, Any]) -> str:
    text = _MAP_NAMES[chosen["kind"]]
    return (
        f"{text}, T = {format_plain(chosen['temperature'], 3)}"
        if chosen["kind"] == "temperature"
        else text
    )


def _distance_table(calibration: Mapping[str, Any], confidence: float) -> Table:
    rows: list[Row] = [
        [
            humanise(name),
            _estimate(calibration["before"][name], unit),
            _estimate(calibration["after"][name], unit),
            unit,
        ]
        for name, unit in (("ece", "share"), ("log_loss", "nats"), ("brier", "score"))
    ]
    columns = [
        "Distance from truth, test split",
        "#As the network says",
        "#Calibrated, as deployed",
        "Unit",
    ]
    return make_table(
        f"Calibration before and after, {format_level(confidence)} intervals below", columns, rows
    )


def _coverage_table(calibration: Mapping[str, Any], confidence: float) -> Table:
    row: Row = [
        format_value(calibration["nominal"], "share"),
        _estimate(calibration["before"]["coverage"], "share"),
        _estimate(calibration["after"]["coverage"], "share"),
    ]
    columns = ["#Promised", "#As the network says", "#Calibrated, as deployed"]
    title = (
        f"Share of values inside the outer quantiles, test split, {format_level(confidence)}"
        " intervals below"
    )
    return make_table(title, columns, [row])


def _set_table(
    sets: Mapping[str, Any], class_errors: Sequence[Mapping[str, Any]], confidence: float
) -> Table:
    errors = {item["name"]: item["ece"] for item in class_errors}
    rows: list[Row] = [_set_row("all", sets["coverage"], sets["mean_size"], None)]
    rows += [
        _set_row(item["name"], item, item["mean_size"], errors.get(item["name"]))
        for item in sets["classes"]
    ]
    within = "over all rows" if sets["by"] == "all" else "within each class"
    title = (
        f"Conformal sets: {format_level(sets['nominal'])} are to hold the true class, {within};"
        f" {format_level(confidence)} intervals below"
    )
    return make_table(
        title,
        [
            "True class",
            "#n",
            "#Sets that hold it",
            "#Classes in a set",
            "#Calibration error of the class",
        ],
        rows,
    )


def _set_row(
    name: str, share: Mapping[str, Any], size: Mapping[str, Any], error: Mapping[str, Any] | None
) -> Row:
    return [
        name,
        format_count(share["n"]),
        _estimate(share, "share"),
        _estimate(size, "classes"),
        _estimate(error, "share") if error else "–",
    ]


def _operating_table(points: Sequence[Mapping[str, Any]], confidence: float) -> Table:
    rows: list[Row] = []
    for point in points:
        goal = Cell(point["class"], _wish(point))
        if point["threshold"] is None:
            rows.append([goal, "none found", *["–"] * (len(_RATES) + 2)])
            continue
        rates = [_estimate(point[rate], "share") for rate in _RATES]
        verdict = Cell(point["verdict"], tone=_VERDICT_TONES.get(point["verdict"], "muted"))
        rows.append(
            [goal, format_plain(point["threshold"], 3), *rates, _false_alarms(point), verdict]
        )
    columns = [
        "Alarm for, goal on validation",
        "#Threshold",
        *(f"#{humanise(rate)}" for rate in _RATES),
        "#False alarms",
        "Requested",
    ]
    return make_table(
        f"Operating points, measured on the test split, {format_level(confidence)} intervals below",
        columns,
        rows,
    )


def _wish(point: Mapping[str, Any]) -> str:
    if point["goal"] == "sensitivity":
        return f"sensitivity at least {format_value(point['requested'], 'share')}"
    if point["decisions_per_hour"] is not None:
        return (
            "false alarms at most"
            f" {format_plain(point['requested'] * point['decisions_per_hour'], 3)} an hour"
        )
    return f"false alarms at most {format_value(point['requested'], 'share')}"


def _false_alarms(point: Mapping[str, Any]) -> Cell:
    """An hour, if it is known how many rows are decided an hour; else the share of other rows."""
    hourly = point.get("false_alarms_per_hour")
    if hourly is None:
        return _estimate(point["false_alarm_share"], "share")
    return Cell(
        f"{format_plain(hourly['value'], 3)} an hour",
        format_interval(hourly["ci_low"], hourly["ci_high"], "an hour"),
    )


def _cost_table(costs: Mapping[str, Any], where: str, confidence: float) -> Table:
    names = {
        "most_probable": "deciding for the most probable class",
        "lowest_expected_cost": "deciding for the lowest expected cost",
        "difference": "second minus first",
    }
    rows: list[Row] = [[text, _estimate(costs[name], "cost a row")] for name, text in names.items()]
    rows += [
        [f"always deciding for {item['class']}", _estimate(item, "cost a row")]
        for item in costs["always"]
    ]
    constant = (
        f"lowest expected cost minus always {costs['best_constant']}, the cheapest constant before"
        " the test"
    )
    rows.append([constant, _estimate(costs["versus_constant"], "cost a row")])
    return make_table(
        f"Mean cost of a row {where}, {format_level(confidence)} intervals below",
        ["Decision", "#Cost"],
        rows,
    )


def _prevalence_tables(prevalence: Mapping[str, Any], confidence: float) -> list[Table]:
    """What the class shares of the place of work change."""
    shares = ", ".join(
        f"{name} {format_value(share, 'share')}" for name, share in prevalence["shares"].items()
    )
    found = prevalence["metrics"]
    rows: list[Row] = [
        [
            humanise(name),
            _estimate(found[f"{name}:uncorrected"], unit),
            _estimate(found[f"{name}:corrected"], unit),
            unit,
        ]
        for name, unit in (("accuracy", "share"), ("log_loss", "nats"))
    ]
    lacking = (
        f"; the test split lacks {', '.join(prevalence['missing_classes'])}"
        if prevalence["missing_classes"]
        else ""
    )
    title = f"At the class shares {shares}{lacking}; {format_level(confidence)} intervals below"
    tables = [
        make_table(
            title,
            ["Metric", "#Probabilities as deployed", "#Corrected for the shares", "Unit"],
            rows,
        )
    ]
    values: list[Row] = [
        [
            Cell(point["class"], point["goal"]),
            format_value(point["prevalence"], "share"),
            _estimate(point["positive_predictive_value"], "share"),
            _estimate(point["negative_predictive_value"], "share"),
        ]
        for point in prevalence["alarms"]
    ]
    columns = [
        "Alarm for, where",
        "#Share of the class",
        "#Positive predictive value",
        "#Negative predictive value",
    ]
    title = "Predictive values at those shares, by Bayes' rule (Mercaldo, Lau & Zhou 2007)"
    tables.append(
        make_table(f"{title}; {format_level(confidence)} intervals below", columns, values)
    )
    if prevalence["costs"]:
        tables.append(
            _cost_table(
                prevalence["costs"], "at those shares, probabilities corrected for them", confidence
            )
        )
    return tables


def _abstention_text(abstention: Mapping[str, Any]) -> str:
    requested = format_value(abstention["requested_error_share"], "share")
    if abstention["threshold"] is None:
        return (
            "Abstention: on validation there is no confidence from which errors stay below"
            f" {requested}, so the deployed model always abstains."
        )
    answered, errors = abstention["answered"], abstention["error_share"]
    return (
        f"Abstention: asked for at most {requested} errors among answers, the deployed model hands"
        f" on rows of confidence below {format_plain(abstention['threshold'], 3)}. On the test split"
        f" it answers {format_value(answered['value'], 'share')} of {format_count(answered['n'])}"
        f" rows and errs in {format_value(errors['value'], 'share')}"
        f" ({format_interval(errors['ci_low'], errors['ci_high'], 'share')}) of the"
        f" {format_count(errors['n'])} answers."
    )


def _area_text(abstention: Mapping[str, Any]) -> str:
    area, best = abstention["area"], abstention["best_area"]
    interval = format_interval(area["ci_low"], area["ci_high"], "share")
    return (
        "Mean share of errors over all shares of rows answered:"
        f" {format_value(area['value'], 'share')} ({interval}); a confidence that puts every error"
        f" last would have {format_value(best['value'], 'share')} (Geifman, Uziel & El-Yaniv 2019)."
    )


def _abstention_chart(abstention: Mapping[str, Any]) -> Chart:
    curve = abstention["curve"]
    low, high = (
        [row[end] if row[end] is not None else row["value"] for row in curve]
        for end in ("ci_low", "ci_high")
    )
    band = Band([row["coverage"] for row in curve], [row["value"] for row in curve], low, high)
    return share_chart(
        "Errors when the least sure rows are handed on",
        band,
        x_label="share of rows answered",
        y_label="share of errors",
    )


def _estimate(entry: Mapping[str, Any], unit: str) -> Cell:
    return Cell(
        format_value(entry["value"], unit), format_interval(entry["ci_low"], entry["ci_high"], unit)
    )


SECTION = Section(
    id="decisions",
    title="Calibration and decisions",
    lead=_lead,
    view=view_decisions,
    missing="The model states no probabilities or quantiles that could be calibrated.",
)
