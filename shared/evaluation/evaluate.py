"""The evaluate stage: predictions to metrics with intervals, baselines and robustness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.evaluation.decisions.calibration_tables import category_calibration, horizon_calibration
from shared.evaluation.decisions.decisions import DecisionSettings, classification_tables
from shared.evaluation.floor_table import Contestants, floor_table
from shared.evaluation.fold_table import fold_table
from shared.evaluation.forecasts.horizon_tables import forecast_tables
from shared.evaluation.measure import (
    MeasuredSplit,
    measure_split,
    metric_entries,
    observed_rows,
    score_problem,
    target_of_baselines,
)
from shared.evaluation.member_spread import judge_spread
from shared.evaluation.metrics_table import metrics_table
from shared.evaluation.paired_tests import paired_tests
from shared.evaluation.robustness.behaviour_table import behaviour_table
from shared.evaluation.robustness.corruption_summary import summarise_corruptions
from shared.evaluation.robustness.ood import OodEvaluation
from shared.evaluation.robustness.perturbation_table import perturbation_table
from shared.evaluation.tested_split import TestedSplit, read_tested_split
from shared.evaluation.undefined import describe_undefined
from shared.prediction.behaviours import configured_suite, read_behaviour_scores
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.metrics.behaviour_entries import BehaviourTable
from shared.run.artefacts.metrics.class_entries import CategoryCalibration
from shared.run.artefacts.metrics.floor_entries import FloorTable
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration
from shared.run.artefacts.metrics.metrics_file import (
    ClassificationTables,
    ForecastTables,
    Metrics,
    MetricValues,
)
from shared.run.artefacts.metrics.spread_entries import MemberSpread
from shared.run.artefacts.prediction_files import (
    read_perturbations,
    read_predictions,
)
from shared.run.context import StageContext
from shared.run.files import METRICS, METRICS_TABLE
from shared.statistics.bootstrap import Resampling, entity_codes
from shared.statistics.intervals import number_or_none
from shared.statistics.streams import Stream
from shared.targets import Categories, Horizon
from shared.targets.calibration import calibrate
from shared.targets.predictions import Predictions

__all__ = ["INTERVAL_METHOD", "evaluate_stage"]

INTERVAL_METHOD = (
    "Bias-corrected and accelerated bootstrap (Efron 1987) over whole entities, widened by"
    " Student's t where entities are few; distances such as ece by the quantile of the resampled"
    " distance; rates of classes and bins by Wilson's interval with the design effect of entities."
)
"""How intervals are made, for the report."""


def evaluate_stage(context: StageContext) -> None:
    """Write `metrics.json` and `metrics.parquet`."""
    tested = read_tested_split(context)
    context.progress.update(1, 4, "metrics")
    resampling = _resampling(context, Stream.METRICS)
    counts = tested.data.class_counts
    measured = measure_split(
        tested.target, tested.calibrated, counts, resampling, tested.measurable
    )
    performance = _performance(context, tested, measured)
    context.progress.update(2, 4, "tables")
    tables = _tables(context, tested, measured)
    context.progress.update(3, 4, "perturbations")
    robustness = _robustness(context, tested)
    header = _header(context, tested)
    members = _members(context, tested)
    metrics = Metrics(**header, **performance, **dict(tables), **robustness, members=members)
    metrics.write(context.run)
    context.run.write_table(METRICS_TABLE, metrics_table(metrics, len(tested.val)))
    context.progress.update(4, 4, METRICS)


def _header(context: StageContext, tested: TestedSplit) -> dict[str, Any]:
    settings = context.config.evaluate
    test = tested.calibrated
    problem = score_problem(test)
    notes = [problem] if problem else list(describe_undefined(tested.target, test))
    return {
        "n": len(test),
        "num_entities": entity_codes(test.entities)[1],
        "confidence": settings.confidence,
        "resamples": settings.resamples,
        "interval_method": INTERVAL_METHOD,
        "primary_metric": tested.target.primary_metric,
        "deciding_metrics": tested.target.deciding_metrics,
        "notes": tuple(notes),
    }


def _performance(
    context: StageContext, tested: TestedSplit, measured: MeasuredSplit
) -> dict[str, Any]:
    """Blocks of `Metrics` about metrics, of the model and of what it is compared with."""
    target = tested.target
    test = tested.calibrated
    baseline_target = target_of_baselines(target)
    fitted = {name: baseline_target.metrics(found) for name, found in tested.fitted.items()}
    unfitted = {name: it for name, it in measured.baselines.items() if name not in fitted}
    seed = (context.config.train.seed, Stream.PAIRED_TESTS)
    comparators = _comparators(tested, measured)
    folds = fold_table(target, test, tested.folds, _resampling(context, Stream.FOLDS))
    best = measured.best_baseline
    tests = paired_tests(target, test, comparators, best, seed, target_of_others=baseline_target)
    return {
        "metrics": metric_entries(target, measured, test),
        "baselines": _finite_each(unfitted),
        "fitted_baselines": _finite_each(fitted),
        "val": _finite(target.metrics(tested.val)),
        "folds": folds,
        "paired_tests": tests,
        "floor": _floor_table(context, tested),
        "calibration": _calibration(context, tested),
    }


def _members(context: StageContext, tested: TestedSplit) -> MemberSpread | None:
    if score_problem(tested.calibrated):
        return None
    return judge_spread(tested.target, tested.calibrated, context.config.evaluate.confidence)


def _floor_table(context: StageContext, tested: TestedSplit) -> FloorTable | None:
    """The deployed model and the network beside their floor."""
    blend = BlendRecord.read(context.run)
    network = observed_rows(tested.target, read_predictions(context.run, "network"))
    contestants = Contestants(tested.calibrated, network, tested.fitted.get(blend.floor or ""))
    resampling = _resampling(context, Stream.METRICS)
    return floor_table(tested.target, contestants, blend, resampling)


def _robustness(context: StageContext, tested: TestedSplit) -> dict[str, Any]:
    """Blocks of `Metrics` about rows that were changed or made up."""
    perturbations = context.pipeline.perturbations(context.config)
    perturbed = read_perturbations(context.run) if perturbations else {}
    calibrated = {
        key: tested.record.calibrate(found, _folds_of(found, tested))
        for key, found in perturbed.items()
    }
    resampling = _resampling(context, Stream.PERTURBATIONS)
    entries, corruptions = perturbation_table(
        tested.target, tested.calibrated, calibrated, perturbations, resampling
    )
    return {
        "perturbations": entries,
        "corruptions": summarise_corruptions(corruptions, resampling.confidence),
        "behaviours": _behaviours(context, tested),
        "ood": _ood_evaluation(context, tested).table(perturbed, perturbations),
    }


def _resampling(context: StageContext, stream: Stream) -> Resampling:
    settings = context.config.evaluate
    return Resampling(settings.resamples, settings.confidence, (context.config.train.seed, stream))


def _comparators(tested: TestedSplit, measured: MeasuredSplit) -> dict[str, Predictions]:
    """What all baselines say; nothing if the model can't be measured."""
    if not measured.differences:
        return {}
    unfitted = tested.target.baselines(tested.data.class_counts, tested.calibrated)
    return unfitted | tested.measurable


def _finite_each(baselines: Mapping[str, Mapping[str, float]]) -> dict[str, MetricValues]:
    return {name: _finite(values) for name, values in baselines.items()}


def _finite(values: Mapping[str, float]) -> MetricValues:
    return {name: number_or_none(value) for name, value in values.items()}


def _tables(
    context: StageContext, tested: TestedSplit, measured: MeasuredSplit
) -> ClassificationTables | ForecastTables:
    test = tested.calibrated
    resampling = _resampling(context, Stream.METRICS)
    if score_problem(test):
        return ForecastTables()
    match tested.target:
        case Categories() as target:
            counts = tested.data.class_counts or {}
            settings = DecisionSettings(tested.record, context.config.calibrate, counts)
            return classification_tables(target, test, measured.metrics, settings, resampling)
        case Horizon() as target:
            return forecast_tables(
                target,
                tested.raw,
                test,
                references=_comparators(tested, measured),
                record=tested.record,
                resampling=resampling,
            )
        case _:
            assert_never(tested.target)


def _calibration(
    context: StageContext, tested: TestedSplit
) -> CategoryCalibration | HorizonCalibration | None:
    if score_problem(tested.calibrated):
        return None
    resampling = _resampling(context, Stream.METRICS)
    sides = (tested.raw, tested.calibrated, tested.record, resampling)
    match tested.target:
        case Categories() as target:
            return category_calibration(target, *sides)
        case Horizon() as target:
            return horizon_calibration(target, *sides)
        case _:
            assert_never(tested.target)


def _behaviours(context: StageContext, tested: TestedSplit) -> BehaviourTable | None:
    """The behaviour tests, on the probabilities that the deployed model gives."""
    target = tested.target
    if not isinstance(target, Categories):
        return None
    suite = configured_suite(context, target)
    scores = read_behaviour_scores(context.run, suite, target) if suite.tests else {}
    deployed = tested.record.calibration
    calibrated = {name: calibrate(deployed, found) for name, found in scores.items()}
    margin = context.config.evaluate.equivalence_margin
    resampling = _resampling(context, Stream.BEHAVIOURS)
    return behaviour_table(target, suite, calibrated, margin, resampling)


def _ood_evaluation(context: StageContext, tested: TestedSplit) -> OodEvaluation:
    folds = tested.folds
    by_deployed = np.full(len(tested.raw), fill_value=True) if folds is None else folds == 1
    resampling = _resampling(context, Stream.OOD)
    return OodEvaluation(tested.target, tested.record.ood, tested.raw, by_deployed, resampling)


def _folds_of(perturbed: Predictions, tested: TestedSplit) -> NDArray[np.int64] | None:
    """Which fold tests each perturbed row; None if there are no folds."""
    if tested.folds is None:
        return None
    return tested.folds[pd.Index(tested.raw.ids).get_indexer(pd.Index(perturbed.ids))]
