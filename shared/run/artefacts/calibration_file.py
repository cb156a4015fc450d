"""`calibration.json`: what validation chose, for all that predicts, measures or serves."""

from __future__ import annotations

from typing import ClassVar, Literal, assert_never

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.prediction_files import read_predictions, read_testing_folds
from shared.run.directory import RunDirectory
from shared.run.files import CALIBRATION
from shared.targets import Categories, Horizon, Target
from shared.targets.calibration import Calibration, calibrate
from shared.targets.decision import DecisionRule, MostProbable
from shared.targets.ood import OodRule
from shared.targets.predictions import Predictions

__all__ = [
    "AbstentionProof",
    "AdaptiveRule",
    "CalibrationNote",
    "CalibrationRecord",
    "OperatingPoint",
    "SetRule",
    "read_calibrated_predictions",
    "read_deciding_target",
]


class SetRule(Block):
    """Conformal sets: a class is in a row's set if its probability reaches the class's threshold.

    Attributes:
        coverage: Nominal share of sets that hold the true class.
        by: Whether it holds over all rows or within each class.
        thresholds: (classes,) probabilities.
    """

    coverage: float
    by: Literal["all", "class"]
    thresholds: tuple[float, ...]


class OperatingPoint(Block):
    """One class against the rest: an alarm is raised where its probability reaches the threshold.

    Attributes:
        class_index: The class.
        goal: What was asked for.
        requested: Smallest sensitivity, or largest share of other rows that raise an alarm.
        threshold: Probability; None if validation has no row to choose it by.
    """

    class_index: int
    goal: Literal["sensitivity", "false alarms"]
    requested: float
    threshold: float | None


class AbstentionProof(Block):
    """What the validation rows prove about answers above a confidence.

    Attributes:
        threshold: Confidence below which a row is deferred; None if nothing could be proven.
        reason: Why nothing could; empty if something could.
        independent_rows: Rows that count: rows of one entity resemble each other.
        rows_needed: The fewest that can prove the requested error share, if none is wrong.
        looks: Thresholds at which testing begins, between which the risk of 5 % is shared.
    """

    threshold: float | None
    reason: Literal["", "too few rows", "too many errors"]
    independent_rows: float = Field(ge=0.0)
    rows_needed: int = Field(ge=1)
    looks: int = Field(ge=1)

    def why_always(self, max_error_share: float) -> str:
        """Why the model hands on every row, as a clause for people; empty if it does not."""
        if self.reason == "too few rows":
            return (
                f"validation has too few rows to prove that at most {100 * max_error_share:g} % of"
                f" answers are wrong: it needs at least {self.rows_needed:,} independent ones and"
                f" has {self.independent_rows:,.0f} (rows of one entity count as fewer)"
            )
        if self.reason == "too many errors":
            return (
                "too many validation rows are wrong, however confident the model must be, to prove"
                f" that at most {100 * max_error_share:g} % of answers are"
            )
        return ""


class AdaptiveRule(Block):
    """How the width of forecast intervals follows their misses.

    `shared/calibration/adaptive.py` is the recursion.

    Attributes:
        coverage: Nominal share of values inside the outer quantiles.
        step_size: Of the logarithm of the width, for each forecast moment; chosen on validation.
        start_multiplier: Of every step and channel, on the intervals as served.
    """

    coverage: float = Field(gt=0.0, lt=1.0)
    step_size: float = Field(gt=0.0)
    start_multiplier: float = Field(1.0, gt=0.0)


class CalibrationNote(Block):
    """What validation could not bear.

    Attributes:
        kind: What it is about. All but "class without rows" and "bound reached" say why the map
            that was asked for is not deployed, there or everywhere, and what is instead.
        sentence: For people, with names and numbers.
    """

    kind: Literal[
        "worse than raw", "too few errors", "too few rows", "class without rows", "bound reached"
    ]
    sentence: str


class CalibrationRecord(Artefact):
    """Everything that validation chose.

    Attributes:
        n: Validation rows it rests on.
        num_entities: Entities among them.
        calibration: The map from the network's scores to calibrated ones; never one that is worse
            than none on validation rows that it was not fitted to.
        notes: What validation could not bear.
        sets: Categories only.
        max_error_share: Error share that answers may have; categories only.
        abstain_below: Confidence below which a row is deferred; None if all are, for the reason in
            `abstention`.
        abstention: What `abstain_below` rests on; categories only, and not in a cross-validation.
        operating_points: One for each class and goal.
        decision: How a class is decided for; categories only.
        considered_decisions: That and the others, each as validation would have it.
        adaptive: Forecasts with at least two quantiles only; no part of the deployed graph, which
            has no memory.
        fold_maps: Cross-validation only: for each fold the map fitted without the rows that the
            fold tests; `calibration` is the first, whose model is deployed. Of the rest only
            `ood` is chosen then, on the rows that validated that model.
        ood: From which score on a row is called OOD; None if the model has no deployable score.
    """

    file: ClassVar[str] = CALIBRATION

    schema_version: Literal[5] = 5
    n: int = Field(ge=1)
    num_entities: int = Field(ge=1)
    calibration: Calibration
    notes: tuple[CalibrationNote, ...] = ()
    sets: SetRule | None = None
    max_error_share: float | None = None
    abstain_below: float | None = None
    abstention: AbstentionProof | None = None
    operating_points: tuple[OperatingPoint, ...] = ()
    decision: DecisionRule = MostProbable()
    considered_decisions: tuple[DecisionRule, ...] = ()
    adaptive: AdaptiveRule | None = None
    fold_maps: tuple[Calibration, ...] = ()
    ood: OodRule | None = None

    @property
    def why_always_abstains(self) -> str:
        """Why every row is handed on, as a clause for people; empty if not every one is."""
        if self.abstention is None or self.max_error_share is None:
            return ""
        return self.abstention.why_always(self.max_error_share)

    def deciding(self, target: Target) -> Target:
        """The target as the deployed model decides for it."""
        match target:
            case Categories():
                return target.deciding_by(self.decision)
            case Horizon():
                return target
            case _:
                assert_never(target)

    def calibrate(self, predictions: Predictions, folds: NDArray[np.int64] | None) -> Predictions:
        """The predictions with calibrated scores.

        Args:
            predictions: With scores as the network emits them.
            folds: (n,) int64: which fold, from 1, tests each row; None without a cross-validation.
        """
        if folds is None:
            return predictions.with_scores(calibrate(self.calibration, predictions.scores))
        scores = predictions.scores.copy()
        for number, fitted in enumerate(self.fold_maps, start=1):
            scores[folds == number] = calibrate(fitted, scores[folds == number])
        return predictions.with_scores(scores)


def read_calibrated_predictions(run: RunDirectory, split: str) -> Predictions:
    """Predictions of a split as the deployed model answers: with calibrated scores."""
    predictions = read_predictions(run, split)
    folds = read_testing_folds(run, split)
    return CalibrationRecord.read(run).calibrate(predictions, folds)


def read_deciding_target(run: RunDirectory) -> Target:
    """What is predicted, as the deployed model decides for it."""
    return CalibrationRecord.read(run).deciding(DataRecord.read(run).target)
