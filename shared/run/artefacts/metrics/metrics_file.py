"""`metrics.json`: what the model does on the test split."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.metrics.behaviour_entries import BehaviourTable
from shared.run.artefacts.metrics.class_entries import (
    CategoryCalibration,
    ClassEntry,
    ClassReliability,
    ReliabilityBin,
)
from shared.run.artefacts.metrics.decision_entries import (
    Abstention,
    ConformalSets,
    CostTable,
    OperatingPointEntry,
    PrevalenceTable,
    RuleOutcome,
)
from shared.run.artefacts.metrics.floor_entries import FloorTable
from shared.run.artefacts.metrics.forecast_entries import (
    AdaptiveIntervals,
    HorizonCalibration,
    HourEntry,
    NominalCoverage,
    SkillEntry,
    StepEntry,
)
from shared.run.artefacts.metrics.metric_entries import FoldEntry, MetricEntry, PairedTests
from shared.run.artefacts.metrics.robustness_entries import (
    CorruptionSummary,
    OodTable,
    PerturbationEntry,
)
from shared.run.artefacts.metrics.spread_entries import MemberSpread
from shared.run.files import METRICS
from shared.statistics.intervals import Estimate

__all__ = ["ClassificationTables", "ForecastTables", "MetricValues", "Metrics"]

MetricValues = dict[str, float | None]
"""Metric -> value; None if undefined."""


class ClassificationTables(Block):
    """Of categories; all None for forecasts, and where scores are not finite.

    Attributes:
        confusion: (classes, classes) rows: true in rows, predicted in columns.
        classes: Each class.
        reliability: Bins of the predicted class' probability.
        class_reliability: Bins of each class' probability.
        sets: Conformal sets; None in a cross-validation too, likewise `abstention`.
        abstention: Deferring the least confident rows.
        operating_points: One class against the rest.
        decision_rules: Each rule that validation considered.
        costs: None where none are configured.
        prevalence: None where none is configured.
    """

    confusion: tuple[tuple[int, ...], ...] | None = None
    classes: tuple[ClassEntry, ...] | None = None
    reliability: tuple[ReliabilityBin, ...] | None = None
    class_reliability: tuple[ClassReliability, ...] | None = None
    sets: ConformalSets | None = None
    abstention: Abstention | None = None
    operating_points: tuple[OperatingPointEntry, ...] | None = None
    decision_rules: tuple[RuleOutcome, ...] | None = None
    costs: CostTable | None = None
    prevalence: PrevalenceTable | None = None


class ForecastTables(Block):
    """Of forecasts; all None for categories, and where scores are not finite.

    Attributes:
        skills: Against each baseline.
        steps: By step ahead.
        coverage: Of the outer quantiles; None without, likewise `interval_width`.
        interval_width: σ.
        hours: By hour of the day; empty for steps of a day or longer.
        adaptive: Intervals that follow their misses; None without quantiles.
    """

    skills: tuple[SkillEntry, ...] | None = None
    steps: tuple[StepEntry, ...] | None = None
    coverage: NominalCoverage | None = None
    interval_width: Estimate | None = None
    hours: tuple[HourEntry, ...] | None = None
    adaptive: AdaptiveIntervals | None = None


class Metrics(ClassificationTables, ForecastTables, Artefact):
    """All numbers of the evaluate stage, each with its interval.

    Attributes:
        split: The split they are of.
        n: Its rows.
        num_entities: Entities among them.
        confidence: Level of all intervals, in (0, 1).
        resamples: Of the bootstrap.
        interval_method: How intervals are made, in words.
        primary_metric: The metric that opens the report.
        deciding_metrics: The metrics that must not contradict a verdict on it.
        notes: Why numbers are missing, if they are, and which ratios leave rows out.
        metrics: Metric -> value, interval, and the strongest of all baselines on it.
        baselines: Baseline -> its metrics; those that need no fitting.
        fitted_baselines: Baseline -> its metrics; those that the pipeline fits in closed form.
        val: The model's metrics on the validation split.
        folds: Each fold of a cross-validation; empty without one.
        paired_tests: Against the best baselines.
        floor: Whether the network is worth it; None without a floor, or if scores are not finite.
        perturbations: Each perturbation and severity.
        corruptions: Their mean; None without any, or if one could not be measured.
        behaviours: Behaviour tests; None for forecasts.
        ood: Detection of OOD inputs.
        calibration: What calibration changed; None if scores are not finite, or a forecast has no
            quantiles.
        members: Whether members that disagree tell errors; None unless an average is deployed with
            finite scores.
    """

    file: ClassVar[str] = METRICS

    schema_version: Literal[8] = 8
    split: Literal["test"] = "test"
    n: int
    num_entities: int
    confidence: float
    resamples: int
    interval_method: str
    primary_metric: str
    deciding_metrics: tuple[str, ...]
    notes: tuple[str, ...]
    metrics: dict[str, MetricEntry]
    baselines: dict[str, MetricValues]
    fitted_baselines: dict[str, MetricValues]
    val: MetricValues
    folds: tuple[FoldEntry, ...]
    paired_tests: PairedTests
    floor: FloorTable | None
    perturbations: tuple[PerturbationEntry, ...]
    corruptions: CorruptionSummary | None
    behaviours: BehaviourTable | None
    ood: OodTable
    calibration: CategoryCalibration | HorizonCalibration | None
    members: MemberSpread | None
