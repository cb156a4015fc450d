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
from shared.calibration.map_choice import MapChoice, choose_category_map, choose_width_map
from shared.calibration.ood import choose_ood_rule
from shared.calibration.operating_points import choose_operating_points
from shared.calibration.row_notes import describe_ood_rows, describe_set_rows
from shared.config import CalibrateConfig
from shared.errors import ConfigError
from shared.run.artefacts.calibration_file import (
    AdaptiveRule,
    CalibrationRecord,
    SetRule,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_folds, read_predictions, read_testing_folds
from shared.run.context import StageContext
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import Uncalibrated
from shared.targets.predictions import Predictions

__all__ = ["calibrate_stage"]


def calibrate_stage(context: StageContext) -> None:
    """Write `calibration.json` from `data.json` and `predictions/val.parquet`.

    Raises:
        ConfigError: Costs or prevalences do not fit the classes.
    """
    target = DataRecord.read(context.run).target
    val = read_predictions(context.run, "val")
    folds = read_testing_folds(context.run, "val")
    config = context.config.calibrate
    seed = context.config.train.seed
    if isinstance(target, Categories):
        _require_fit(config, target)
    if folds is not None:
        record = _fit_by_fold(config, target, val, folds, seed)
    elif isinstance(target, Categories) and len(finite := _finite(val)):
        record = _choose_for_categories(config, target, finite, seed)
    else:
        record = _record(val, _choose_map(config, target, val, seed)).model_copy(
            update={"adaptive": _adaptive_rule(config, target, _finite(val))}
        )
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


def _adaptive_rule(
    config: CalibrateConfig, target: Target, val: Predictions
) -> AdaptiveRule | None:
    match target:
        case Categories():
            return None
        case Horizon():
            return (
                choose_adaptive_rule(target, val, config.adaptive_step_sizes) if len(val) else None
            )
        case _:
            assert_never(target)


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
    config: CalibrateConfig, target: Categories, val: Predictions, seed: int
) -> CalibrationRecord:
    """Fit the map on all of validation.

    Choose sets, abstention and operating points on probabilities that did not see their own rows.
    """
    choice = _choose_map(config, target, val, seed)
    honest = val.with_scores(choice.scores)
    probabilities = target.probabilities(honest.scores)
    thresholds = set_thresholds(
        probabilities, val.targets, config.set_coverage, by_class=config.sets_by == "class"
    )
    correct = target.decide(honest.scores) == val.targets
    codes = np.unique(val.entities, return_inverse=True)[1]
    proof = prove_abstention(
        target.confidence(honest.scores), correct, config.max_error_share, codes
    )
    notes = (*choice.notes, *describe_set_rows(config, target, val.targets))
    sets = SetRule(
        coverage=config.set_coverage, by=config.sets_by, thresholds=tuple(thresholds.tolist())
    )
    points = choose_operating_points(probabilities, val.targets, target.scored_classes(), config)
    chosen = {
        "sets": sets,
        "max_error_share": config.max_error_share,
        "notes": notes,
        "abstain_below": proof.threshold,
        "abstention": proof,
        "operating_points": tuple(points),
    }
    return _record(val, choice).model_copy(update=chosen)


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


def _require_fit(config: CalibrateConfig, target: Categories) -> None:
    classes = ", ".join(target.names)
    num_classes = len(target.names)
    if (
        config.costs is not None
        and [len(row) for row in config.costs] != [num_classes] * num_classes
    ):
        raise ConfigError(
            f"calibrate.costs needs {num_classes} rows of {num_classes} numbers, one for each of"
            f" the classes {classes}."
        )
    if config.deployment_prevalence is None:
        return
    shares = config.deployment_prevalence
    if len(shares) != num_classes or min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-3:
        raise ConfigError(
            f"calibrate.deployment_prevalence needs {num_classes} shares that add up to 1, one for"
            f" each of the classes {classes}; received {list(shares)}."
        )
