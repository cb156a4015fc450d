"""The evaluate stage: predictions to metrics with intervals, baselines and robustness."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.evaluation.decisions.calibration_tables import horizon_calibration
from shared.evaluation.decisions.category_tables import category_tables
from shared.evaluation.decisions.decisions import category_decisions
from shared.evaluation.fold_table import fold_table
from shared.evaluation.forecasts.adaptive_tables import adaptive_tables
from shared.evaluation.forecasts.clock_table import clock_table
from shared.evaluation.forecasts.horizon_tables import horizon_tables
from shared.evaluation.measure import MeasuredSplit, measure_split, observed_rows, score_problem
from shared.evaluation.paired_tests import paired_tests
from shared.evaluation.robustness.behaviour_table import behaviour_table
from shared.evaluation.robustness.ood import OodEvaluation
from shared.evaluation.robustness.perturbation_table import perturbation_table
from shared.prediction.behaviours import configured_suite, read_behaviour_scores
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    read_calibrated_predictions,
)
from shared.run.artefacts.prediction_files import (
    read_baselines,
    read_folds,
    read_perturbations,
    read_predictions,
)
from shared.run.artefacts.recorded_data import RecordedData, read_recorded_data
from shared.run.context import StageContext
from shared.statistics.bootstrap import Resampling, entity_codes
from shared.statistics.intervals import Estimate
from shared.statistics.number import estimate_fields, number_or_null
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import calibrate
from shared.targets.predictions import Predictions

__all__ = ["INTERVAL_METHOD", "evaluate_stage"]

INTERVAL_METHOD = (
    "Bias-corrected and accelerated bootstrap (Efron 1987) over whole entities, widened by"
    " Student's t where entities are few; distances such as ece by the quantile of the resampled"
    " distance; rates of classes and bins by Wilson's interval with the design effect of entities."
)
"""How intervals are made, for the report."""

_PARTS_STREAM, _TABLES_STREAM, _PERTURBATIONS_STREAM, _PAIRED_STREAM, _OOD_STREAM, _FOLDS_STREAM = (
    101,
    102,
    103,
    107,
    109,
    113,
)
_BEHAVIOURS_STREAM = 127


def evaluate_stage(context: StageContext) -> None:
    """Write `metrics.json` and `metrics.parquet` from `data.json`, `calibration.json` and `predictions/*.parquet`."""
    run = context.run
    recorded = read_recorded_data(run)
    target = recorded.target
    record = CalibrationRecord.read(run)
    raw = observed_rows(target, read_predictions(run, "test"))
    test, val = (
        observed_rows(target, read_calibrated_predictions(run, part)) for part in ("test", "val")
    )
    context.progress.update(1, 4, "metrics")
    measured = measure_split(
        target, test, recorded.class_counts, _resampling(context, _PARTS_STREAM)
    )
    context.progress.update(2, 4, "tables")
    document = _document(context, target, test, measured)
    document["val"] = {name: number_or_null(value) for name, value in target.metrics(val).items()}
    fitted = {name: observed_rows(target, found) for name, found in read_baselines(run).items()}
    document["fitted_baselines"] = {
        name: {metric: number_or_null(value) for metric, value in target.metrics(found).items()}
        for name, found in fitted.items()
    }
    others = target.baselines(recorded.class_counts, test) if measured.differences else {}
    references = others | {
        name: found for name, found in fitted.items() if not score_problem(found)
    }
    document |= _tables(context, recorded, _Tested(raw, test, record, measured, references))
    folds = read_folds(run, "test")
    document["folds"] = (
        []
        if folds is None
        else fold_table(target, test, folds, _resampling(context, _FOLDS_STREAM))
    )
    seed = (context.config.train.seed, _PAIRED_STREAM)
    document["paired_tests"] = paired_tests(target, test, others, measured.best_baseline, seed)
    context.progress.update(3, 4, "perturbations")
    perturbations = context.pipeline.perturbations(context.config)
    perturbed = read_perturbations(run) if perturbations else {}
    calibrated = {
        key: record.calibrate(found, _folds_of(found, raw, folds))
        for key, found in perturbed.items()
    }
    document |= perturbation_table(
        target, test, calibrated, perturbations, _resampling(context, _PERTURBATIONS_STREAM)
    )
    if isinstance(target, Categories):
        document["behaviours"] = _behaviours(context, target, record)
    by_deployed = np.full(len(raw), fill_value=True) if folds is None else folds == 1
    ood_evaluation = OodEvaluation(
        target, record.ood, raw, by_deployed, _resampling(context, _OOD_STREAM)
    )
    document["ood"] = ood_evaluation.document(perturbed, perturbations)
    run.write_json("metrics.json", document)
    run.write_table("metrics.parquet", _tidy(document, len(val)))
    context.progress.update(4, 4, "metrics.json")


def _behaviours(
    context: StageContext, target: Categories, record: CalibrationRecord
) -> dict[str, Any]:
    """The behaviour tests, on the probabilities that the deployed model gives."""
    suite = configured_suite(context, target)
    scores = read_behaviour_scores(context.run, suite, target) if suite.tests else {}
    calibrated = {name: calibrate(record.calibration, found) for name, found in scores.items()}
    margin = context.config.evaluate.equivalence_margin
    return behaviour_table(
        target, suite, calibrated, margin, _resampling(context, _BEHAVIOURS_STREAM)
    )


def _folds_of(
    perturbed: Predictions, tested: Predictions, folds: NDArray[np.int64] | None
) -> NDArray[np.int64] | None:
    """Which fold tests each perturbed row; None if there are no folds."""
    return (
        None if folds is None else folds[pd.Index(tested.ids).get_indexer(pd.Index(perturbed.ids))]
    )


def _resampling(context: StageContext, stream: int) -> Resampling:
    settings = context.config.evaluate
    return Resampling(settings.resamples, settings.confidence, (context.config.train.seed, stream))


def _document(
    context: StageContext, target: Target, test: Predictions, measured: MeasuredSplit
) -> dict[str, Any]:
    settings = context.config.evaluate
    problem = score_problem(test)
    return {
        "split": "test",
        "n": len(test),
        "num_entities": entity_codes(test.entities)[1],
        "confidence": settings.confidence,
        "resamples": settings.resamples,
        "interval_method": INTERVAL_METHOD,
        "headline": target.headline,
        "metrics": {
            name: _metric_entry(target, name, measured, len(test)) for name in target.describe()
        },
        "baselines": {
            baseline: {name: number_or_null(value) for name, value in values.items()}
            for baseline, values in measured.baselines.items()
        },
        "notes": [problem] if problem else [],
    }


def _metric_entry(
    target: Target, name: str, measured: MeasuredSplit, num_rows: int
) -> dict[str, Any]:
    info = target.describe()[name]
    baseline = measured.best_baseline.get(name)
    difference = measured.differences.get(name, Estimate(math.nan, None))
    return {
        "n": num_rows,
        **estimate_fields(measured.metrics[name]),
        "unit": info.unit,
        "better": info.better,
        "describe": info.describe,
        "source": info.source,
        "baseline": (
            None if baseline is None else number_or_null(measured.baselines[baseline][name])
        ),
        "baseline_name": baseline,
        "versus_baseline": (
            estimate_fields(difference) | {"verdict": _verdict(difference, info.better == "higher")}
        ),
    }


def _verdict(difference: Estimate, higher_is_better: bool) -> str:
    interval = difference.interval
    if interval is None:
        return "not known"
    if interval.low <= 0.0 <= interval.high:
        return "inconclusive"
    return "better" if (interval.low > 0.0) == higher_is_better else "worse"


@dataclass(frozen=True)
class _Tested:
    """The test split: raw and calibrated scores, what validation chose, what was measured, and what the baselines say."""

    raw: Predictions
    calibrated: Predictions
    record: CalibrationRecord
    measured: MeasuredSplit
    baselines: Mapping[str, Predictions]


def _tables(context: StageContext, data: RecordedData, tested: _Tested) -> dict[str, Any]:
    raw, test, record = tested.raw, tested.calibrated, tested.record
    if score_problem(test):
        return {}
    resampling = _resampling(context, _TABLES_STREAM)
    match data.target:
        case Categories() as target:
            decisions = category_decisions(
                target,
                raw,
                test,
                record,
                context.config.calibrate,
                data.class_counts or {},
                resampling,
            )
            return category_tables(target, test, tested.measured.metrics, resampling) | decisions
        case Horizon() as target:
            return horizon_tables(target, test, tested.baselines, resampling) | {
                "calibration": horizon_calibration(target, raw, test, record, resampling),
                "hours": clock_table(target, test, resampling),
                "adaptive": (
                    None
                    if record.adaptive is None
                    else adaptive_tables(target, raw, test, record.adaptive, resampling)
                ),
            }
        case _:
            assert_never(data.target)


def _tidy(document: dict[str, Any], num_val: int) -> pd.DataFrame:
    """`metrics.parquet`: one row per part and metric; numbers that are not available are NaN."""
    rows = [
        {
            "split": "test",
            "metric": name,
            "n": document["n"],
            **{key: entry[key] for key in ("value", "ci_low", "ci_high", "unit", "baseline")},
        }
        for name, entry in document["metrics"].items()
    ]
    rows += [
        {
            "split": "val",
            "metric": name,
            "n": num_val,
            "value": value,
            "unit": document["metrics"][name]["unit"],
        }
        for name, value in document["val"].items()
    ]
    table = pd.DataFrame(
        rows, columns=["split", "metric", "value", "ci_low", "ci_high", "n", "unit", "baseline"]
    )
    return table.astype(dict.fromkeys(("value", "ci_low", "ci_high", "baseline"), "float64"))
