"""What each decision rule would give, the deployed one marked."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import format_level, format_value
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.page import Cell, Row, Table, make_table
from shared.run.artefacts.metrics.decision_entries import RuleOutcome

__all__ = ["rule_table"]


def rule_table(outcomes: Sequence[RuleOutcome], confidence: float) -> Table:
    """One row a rule.

    Args:
        outcomes: `decision_rules` in `metrics.json`.
        confidence: Level of the intervals.
    """
    columns = ["Decided for", "#Accuracy", "#Balanced accuracy", "#Smallest recall of a class"]
    with_costs = any(outcome.cost is not None for outcome in outcomes)
    rows = [_row(outcome, with_costs=with_costs) for outcome in outcomes]
    caption = (
        "What each decision rule gives on the test split, all chosen on validation"
        f" (calibrate.decide_for); {format_level(confidence)} intervals below"
    )
    return make_table(caption, [*columns, *(["#Cost a row"] if with_costs else [])], rows)


def _row(outcome: RuleOutcome, *, with_costs: bool) -> Row:
    deployed = "deployed" if outcome.is_deployed else f"calibrate.decide_for={outcome.kind}"
    worst = outcome.worst_recall
    smallest = f"{format_value(worst.value, 'share')} {worst.class_name}"
    row: Row = [
        Cell(outcome.describe, deployed, "good" if outcome.is_deployed else ""),
        value_cell(outcome.accuracy, "share"),
        value_cell(outcome.balanced_accuracy, "share"),
        Cell(smallest, interval_of(worst, "share")),
    ]
    return [*row, value_cell(outcome.cost, "cost a row")] if with_costs else row
