"""What decisions cost, and what the class shares of the place of work change."""

from __future__ import annotations

from shared.formatting import format_level, format_value, humanise
from shared.reporting.cells import value_cell
from shared.reporting.page import Cell, Row, Table, make_table
from shared.run.artefacts.metrics.decision_entries import CostTable, PrevalenceTable

__all__ = ["cost_table", "prevalence_tables"]

_CORRECTED = (("accuracy", "share"), ("log_loss", "nats"))


def cost_table(costs: CostTable, where: str, confidence: float) -> Table:
    """Mean cost of a row under several ways to decide.

    Args:
        costs: `costs` in `metrics.json`, or in its `prevalence`.
        where: On which rows, in words.
        confidence: Level of the intervals.
    """
    unit = "cost a row"
    rows: list[Row] = [
        ["predicting the most probable class", value_cell(costs.most_probable, unit)],
        [
            "predicting the class of the lowest expected cost",
            value_cell(costs.lowest_expected_cost, unit),
        ],
        ["second minus first", value_cell(costs.difference, unit)],
    ]
    rows += [
        [f"always predicting {item.class_name}", value_cell(item, unit)] for item in costs.always
    ]
    constant = (
        f"lowest expected cost minus always {costs.best_constant}, the cheapest constant before"
        " the test"
    )
    rows.append([constant, value_cell(costs.versus_constant, unit)])
    caption = f"Mean cost of a row {where}, {format_level(confidence)} intervals below"
    return make_table(caption, ["Decision", "#Cost"], rows)


def prevalence_tables(prevalence: PrevalenceTable, confidence: float) -> list[Table]:
    """Metrics, predictive values and costs at other class shares than those of the test split."""
    below = f"{format_level(confidence)} intervals below"
    tables = [_corrected_table(prevalence, below), _predictive_values_table(prevalence, below)]
    if prevalence.costs is not None:
        where = "at those shares, probabilities corrected for them"
        tables.append(cost_table(prevalence.costs, where, confidence))
    return tables


def _corrected_table(prevalence: PrevalenceTable, below: str) -> Table:
    found = prevalence.metrics
    rows: list[Row] = []
    for name, unit in _CORRECTED:
        as_deployed = value_cell(found[f"{name}:uncorrected"], unit)
        corrected = value_cell(found[f"{name}:corrected"], unit)
        rows.append([humanise(name), as_deployed, corrected, unit])
    shares = ", ".join(
        f"{name} {format_value(share, 'share')}" for name, share in prevalence.shares.items()
    )
    missing = ", ".join(prevalence.missing_classes)
    lacking = f"; the test split lacks {missing}" if missing else ""
    columns = ["Metric", "#Probabilities as deployed", "#Corrected for the shares", "Unit"]
    return make_table(f"At the class shares {shares}{lacking}; {below}", columns, rows)


def _predictive_values_table(prevalence: PrevalenceTable, below: str) -> Table:
    rows: list[Row] = [
        [
            Cell(point.class_name, point.goal),
            format_value(point.prevalence, "share"),
            value_cell(point.positive_predictive_value, "share"),
            value_cell(point.negative_predictive_value, "share"),
        ]
        for point in prevalence.alarms
    ]
    columns = [
        "Alarm for, where",
        "#Share of the class",
        "#Positive predictive value",
        "#Negative predictive value",
    ]
    caption = "Predictive values at those shares, by Bayes' rule (Mercaldo, Lau & Zhou 2007)"
    return make_table(f"{caption}; {below}", columns, rows)
