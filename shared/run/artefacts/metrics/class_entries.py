"""Blocks of `metrics.json` about classes: rates, rankings, and whether probabilities are right."""

from __future__ import annotations

from shared.block import Block
from shared.run.artefacts.calibration_file import CalibrationNote
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate
from shared.targets.calibration import Calibration

__all__ = [
    "CategoryCalibration",
    "ClassCalibration",
    "ClassEntry",
    "ClassReliability",
    "ProbabilityErrors",
    "RankingEstimate",
    "ReliabilityBin",
]


class RankingEstimate(Estimate):
    """How well a class's probability ranks its rows above all others.

    Attributes:
        baseline: Value of a ranking without skill.
    """

    baseline: float


class ClassEntry(Block):
    """One class on the test split.

    Attributes:
        name: The class.
        n: Rows of the class.
        num_entities: Entities with such rows.
        num_predicted: Rows predicted to be of the class.
        recall: Share of its rows that are predicted to be of the class.
        precision: Share of the rows predicted to be of the class that are.
        f1: Harmonic mean of both.
        auc: Area under the ROC curve; None for the first of two classes.
        average_precision: Area under the precision-recall curve; None likewise.
    """

    name: str
    n: int
    num_entities: int
    num_predicted: int
    recall: ShareEstimate
    precision: ShareEstimate
    f1: Estimate
    auc: RankingEstimate | None
    average_precision: RankingEstimate | None


class ReliabilityBin(ShareEstimate):
    """Rows of similar probability: the share that came true, beside what was stated.

    Attributes:
        stated: Mean probability.
    """

    stated: float


class ClassReliability(Block):
    """Bins of one class's probability.

    Attributes:
        name: The class.
        bins: By increasing probability.
    """

    name: str
    bins: tuple[ReliabilityBin, ...]


class ProbabilityErrors(Block):
    """How far probabilities are from the truth."""

    log_loss: Estimate
    brier: Estimate
    ece: Estimate


class ClassCalibration(Block):
    """Class-wise calibration error.

    Attributes:
        name: The class.
        n: Rows of the class.
        ece: Over bins of the class's probability.
    """

    name: str
    n: int
    ece: Estimate


class CategoryCalibration(Block):
    """What calibration changed on the test split.

    Attributes:
        map: As chosen on validation.
        n_val: Validation rows it rests on.
        notes: What validation could not bear.
        before: Of the network's scores.
        after: Of calibrated scores.
        classes: Each scored class after calibration.
    """

    map: Calibration
    n_val: int
    notes: tuple[CalibrationNote, ...]
    before: ProbabilityErrors
    after: ProbabilityErrors
    classes: tuple[ClassCalibration, ...]
