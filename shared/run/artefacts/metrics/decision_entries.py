"""Blocks of `metrics.json` about decisions: sets, abstention, alarms, costs, other prevalences."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from shared.block import Block
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate
from shared.targets.decision import DecisionKind

__all__ = [
    "Abstention",
    "AlarmValues",
    "ClassAnswers",
    "ClassSets",
    "ConformalSets",
    "ConstantCost",
    "CostTable",
    "OperatingPointEntry",
    "PrevalenceTable",
    "RiskPoint",
    "RuleOutcome",
    "SizeSets",
    "WorstRecall",
]

_CLASS = Field(validation_alias="class", serialization_alias="class")
"""`class` is a keyword of Python, and the key in JSON."""
_WITH_CLASS = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)


class ClassSets(ShareEstimate):
    """The share of a class's rows whose set holds it.

    Attributes:
        name: The class.
        mean_size: Classes in a set.
    """

    name: str
    mean_size: Estimate


class SizeSets(ShareEstimate):
    """The share of sets of one size that hold the true class.

    Attributes:
        size: Classes in the set.
    """

    size: int


class ConformalSets(Block):
    """Conformal sets on the test split.

    Attributes:
        nominal: Share of sets that should hold the true class.
        by: Whether that holds over all rows or within each class.
        thresholds: (classes,) as chosen on validation.
        coverage: Share that does hold it.
        mean_size: Classes in a set.
        classes: The same for each class.
        sizes: The same for each size that occurs.
    """

    nominal: float
    by: Literal["all", "class"]
    thresholds: tuple[float, ...]
    coverage: ShareEstimate
    mean_size: Estimate
    classes: tuple[ClassSets, ...]
    sizes: tuple[SizeSets, ...]


class RiskPoint(ShareEstimate):
    """Error share of the most confident rows.

    Attributes:
        coverage: Share of rows that are answered.
    """

    coverage: float


class ClassAnswers(ShareEstimate):
    """The share of a true class's answered rows that is wrong.

    Attributes:
        name: The class.
    """

    name: str


class Abstention(Block):
    """Error share of what is answered when the least confident rows are deferred.

    Attributes:
        requested_error_share: What answers may have.
        threshold: Confidence below which a row is deferred; None if all are.
        why_always: Why all are, as a clause; empty if not all are.
        curve: By share of rows answered.
        area: Mean error share over all coverages (AURC).
        best_area: The same of the best possible ranking, which puts every error last.
        answered: Share of rows above the threshold; None without one.
        error_share: Error share of those; None without a threshold.
        classes: The same of each true class; empty without a threshold.
    """

    requested_error_share: float | None
    threshold: float | None
    why_always: str
    curve: tuple[RiskPoint, ...]
    area: Estimate
    best_area: Estimate
    answered: ShareEstimate | None
    error_share: ShareEstimate | None
    classes: tuple[ClassAnswers, ...] = ()


class OperatingPointEntry(Block):
    """One class against the rest, at a threshold chosen on validation.

    All below `threshold` are None if validation had no row to choose it by.

    Attributes:
        class_name: The class; `class` in JSON.
        goal: What was asked for.
        requested: Smallest sensitivity, or largest share of other rows that raise an alarm.
        threshold: Probability.
        sensitivity: Share of the class's rows that raise an alarm.
        specificity: Share of other rows that raise none.
        positive_predictive_value: Share of alarms that are right.
        negative_predictive_value: Share of rows without an alarm that are right.
        false_alarm_share: One minus specificity.
        false_alarms_per_hour: At `decisions_per_hour`, if no row was of the class; None without.
        decisions_per_hour: As configured.
        verdict: "met" or "missed" where the interval lies on that side of what was requested.
    """

    model_config = _WITH_CLASS

    class_name: str = _CLASS
    goal: Literal["sensitivity", "false alarms"]
    requested: float
    threshold: float | None
    sensitivity: ShareEstimate | None = None
    specificity: ShareEstimate | None = None
    positive_predictive_value: ShareEstimate | None = None
    negative_predictive_value: ShareEstimate | None = None
    false_alarm_share: ShareEstimate | None = None
    false_alarms_per_hour: Estimate | None = None
    decisions_per_hour: float | None = None
    verdict: Literal["met", "missed", "inconclusive", "not known"] | None = None


class ConstantCost(Estimate):
    """Mean cost of always deciding for one class.

    Attributes:
        class_name: That class; `class` in JSON.
    """

    model_config = _WITH_CLASS

    class_name: str = _CLASS


class CostTable(Block):
    """Mean cost of a row under several ways to decide.

    Attributes:
        most_probable: Deciding for the most probable class.
        lowest_expected_cost: Deciding for the lowest expected cost.
        difference: Second minus first.
        versus_constant: Lowest expected cost minus that of `best_constant`.
        always: Always deciding for one class.
        best_constant: The class that would be cheapest without looking at any row.
    """

    most_probable: Estimate
    lowest_expected_cost: Estimate
    difference: Estimate
    versus_constant: Estimate
    always: tuple[ConstantCost, ...]
    best_constant: str


class WorstRecall(ShareEstimate):
    """The smallest recall of a class.

    Attributes:
        class_name: That class; `class` in JSON.
    """

    model_config = _WITH_CLASS

    class_name: str = _CLASS


class RuleOutcome(Block):
    """What a decision rule gives.

    Attributes:
        kind: As `calibrate.decide_for` names it.
        describe: The rule in words.
        is_deployed: Whether it is the one that is deployed.
        accuracy: Share of rows that are decided right.
        balanced_accuracy: Mean recall of the classes.
        worst_recall: Of the class that is found least often.
        cost: Mean cost of a row; None if no costs are configured.
    """

    kind: DecisionKind
    describe: str
    is_deployed: bool
    accuracy: Estimate
    balanced_accuracy: Estimate
    worst_recall: WorstRecall
    cost: Estimate | None


class AlarmValues(Block):
    """How often an alarm is right at other class shares.

    Attributes:
        class_name: The class; `class` in JSON.
        goal: What raises the alarm: the decision, or an operating point.
        prevalence: Share of the class at the place of work.
        positive_predictive_value: How often an alarm is right.
        negative_predictive_value: How often silence is right.
    """

    model_config = _WITH_CLASS

    class_name: str = _CLASS
    goal: str
    prevalence: float
    positive_predictive_value: Estimate
    negative_predictive_value: Estimate


class PrevalenceTable(Block):
    """What the model would do at the class shares of the place of work.

    Attributes:
        shares: Class -> share.
        missing_classes: Those with a share that the test split lacks.
        metrics: Accuracy and log loss, as `<metric>:uncorrected` and `<metric>:corrected`.
        alarms: Predictive values.
        costs: None if no costs are configured.
    """

    shares: dict[str, float]
    missing_classes: tuple[str, ...]
    metrics: dict[str, Estimate]
    alarms: tuple[AlarmValues, ...]
    costs: CostTable | None
