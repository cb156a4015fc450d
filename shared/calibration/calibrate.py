"""The calibrate stage: choose on validation whatever turns scores into decisions.

The test split is not opened.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.calibration.abstention import prove_abstention
from shared.calibration.adaptive_choice import choose_adaptive_rule
from shared.calibration.conformal import set_thresholds
from shared.calibration.decision_choice import choose_decision, decision_without_validation
from shared.calibration.map_choice import MapChoice, choose_category_map, choose_width_map
from shared.calibration.ood import choose_ood_rule
from shared.calibration.operating_points import choose_operating_points
from shared.calibration.row_notes import describe_ood_rows, describe_set_rows
from shared.calibration.settings_check import require_fit
from shared.config import CalibrateConfig
from shared.run.artefacts.calibration_file import (
    AbstentionProof,
    CalibrationRecord,
    SetRule,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_folds, read_predictions, read_testing_folds
from shared.run.context import StageContext
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import Uncalibrated
from shared.targets.class_shares import trained_shares
from shared.targets.predictions import Predictions

__all__ = ["calibrate_stage"]


def calibrate_stage(context: StageContext) -> None:
    """Write `calibration.json` from `data.json` and `predictions/val.parquet`.

    Raises:
        ConfigError: Costs, prevalences or decisions do not fit what is predicted.
        DataError: No threshold does what decisions are to do.
    """
    data = DataRecord.read(context.run)
    target = data.target
    val = read_predictions(context.run, "val")
    folds = read_testing_folds(context.run, "val")
    config = context.config.calibrate
    seed = context.config.train.seed
    require_fit(config, target, has_folds=folds is not None)
    if isinstance(target, Categories):
        trained = trained_shares(target, data.class_counts or {})
        record = _choose_for_categories(config, target, val, folds, trained=trained, seed=seed)
    else:
        record = _choose_for_forecasts(config, target, val, folds, seed)
    deployed = val
    if folds is not None:
        deployed = val.take(np.flatnonzero(read_folds(context.run, "val") == 1))
    rule = choose_ood_rule(target, deployed, config.in_distribution_share)
    notes = (*record.notes, *describe_ood_rows(rule))
    for note in notes:
        context.progress.log(note.sentence)
    record.model_copy(update={"ood": rule, "notes": notes}).write(context.run)


def _choose_map(config: CalibrateConfig, target: Target, val: Predictions, seed: int) -> MapChoice:
    # A network that emits NaN has nothing to calibrate; the evaluate stage says so about it.
    finite = _finite(val)
    if len(finite) == 0 or config.method == "none":
        return MapChoice(Uncalibrated(), finite.scores)
    match target:
        case Categories():
            return choose_category_map(config.method, target, finite, seed)
        case Horizon():
            return choose_width_map(target, finite, seed)
        case _:
            assert_never(target)


def _choose_for_forecasts(
    config: CalibrateConfig,
    target: Horizon,
    val: Predictions,
    folds: NDArray[np.int64] | None,
    seed: int,
) -> CalibrationRecord:
    if folds is not None:
        return _fit_by_fold(config, target, val, folds, seed)
    finite = _finite(val)
    rule = choose_adaptive_rule(target, finite, config.adaptive_step_sizes) if len(finite) else None
    return _record(val, _choose_map(config, target, val, seed)).model_copy(
        update={"adaptive": rule}
    )


def _fit_by_fold(
    config: CalibrateConfig,
    target: Target,
    val: Predictions,
    folds: NDArray[np.int64],
    seed: int,
) -> CalibrationRecord:
    """Cross-validation: each fold's map is fitted on the rows that the other folds test."""
    chosen = [
        _choose_map(config, target, val.take(np.flatnonzero(folds != fold)), seed)
        for fold in range(1, int(folds.max()) + 1)
    ]
    maps = tuple(choice.calibration for choice in chosen)
    return _record(val, chosen[0]).model_copy(update={"fold_maps": maps})


def _choose_for_categories(
    config: CalibrateConfig,
    target: Categories,
    val: Predictions,
    folds: NDArray[np.int64] | None,
    *,
    trained: NDArray[np.float64],
    seed: int,
) -> CalibrationRecord:
    """The map and how to decide; with validation rows to choose by, also all other rules."""
    finite = _finite(val)
    if folds is None and len(finite):
        return _choose_rules(config, target, finite, trained, seed)
    if folds is None:
        record = _record(val, _choose_map(config, target, val, seed))
    else:
        record = _fit_by_fold(config, target, val, folds, seed)
    decision = decision_without_validation(config, target, trained)
    return record.model_copy(
        update={"decision": decision.rule, "considered_decisions": decision.considered}
    )


def _choose_rules(
    config: CalibrateConfig,
    target: Categories,
    val: Predictions,
    trained: NDArray[np.float64],
    seed: int,
) -> CalibrationRecord:
    """Fit the map on all of validation.

    Choose decisions, sets, abstention and operating points on probabilities that did not see their
    own rows.
    """
    choice = _choose_map(config, target, val, seed)
    honest = val.with_scores(choice.scores)
    probabilities = target.probabilities(honest.scores)
    thresholds = set_thresholds(
        probabilities, val.targets, config.set_coverage, by_class=config.sets_by == "class"
    )
    decision = choose_decision(config, target, honest, trained, seed)
    proof = _prove_abstention(config, honest, probabilities, decision.decided)
    sets = SetRule(
        coverage=config.set_coverage, by=config.sets_by, thresholds=tuple(thresholds.tolist())
    )
    points = choose_operating_points(probabilities, val.targets, target.scored_classes(), config)
    chosen = {
        "sets": sets,
        "max_error_share": config.max_error_share,
        "notes": (*choice.notes, *decision.notes, *describe_set_rows(config, target, val.targets)),
        "abstain_below": proof.threshold,
        "abstention": proof,
        "operating_points": tuple(points),
        "decision": decision.rule,
        "considered_decisions": decision.considered,
    }
    return _record(val, choice).model_copy(update=chosen)


def _prove_abstention(
    config: CalibrateConfig,
    val: Predictions,
    probabilities: NDArray[np.float64],
    decided: NDArray[np.int64],
) -> AbstentionProof:
    confidence = probabilities[np.arange(len(val)), decided]
    codes = np.unique(val.entities, return_inverse=True)[1]
    return prove_abstention(confidence, decided == val.targets, config.max_error_share, codes)


def _record(val: Predictions, choice: MapChoice) -> CalibrationRecord:
    return CalibrationRecord(
        n=len(val),
        num_entities=len(np.unique(val.entities)),
        calibration=choice.calibration,
        notes=choice.notes,
    )


def _finite(predictions: Predictions) -> Predictions:
    return predictions.take(
        np.flatnonzero(np.isfinite(predictions.scores).reshape(len(predictions), -1).all(axis=1))
    )
