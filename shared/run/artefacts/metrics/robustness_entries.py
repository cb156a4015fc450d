"""Blocks of `metrics.json` about changed rows: perturbations, corruptions and OOD inputs."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.statistics.intervals import Estimate
from shared.targets.ood import OodRule

__all__ = [
    "CorruptionSummary",
    "Detection",
    "FlaggedShare",
    "LevelAndDrop",
    "OodEntry",
    "OodTable",
    "PerturbationEntry",
    "PerturbationMean",
    "SeverityMean",
]


class PerturbationEntry(Estimate):
    """The primary metric on changed rows.

    Attributes:
        perturbation: Its name.
        severity: From 1.
        kind: OOD inputs have no entry here.
        describe: One sentence.
        metric: The primary metric.
        n: Rows.
        num_entities: Entities among them.
        clean: The metric on the same rows unchanged.
        drop: How much worse it gets; positive is worse, whatever the metric's direction.
        flip_rate: Share of rows whose predicted class changes; None for forecasts.
        score_shift: Mean absolute change of the predicted class' probability, or of the forecast
            in training standard deviations.
        coverage: Share of values inside the interval; None for classes.
    """

    perturbation: str
    severity: int
    kind: Literal["corruption", "counterfactual"]
    describe: str
    metric: str
    n: int
    num_entities: int
    clean: Estimate
    drop: Estimate
    flip_rate: Estimate | None
    score_shift: Estimate
    coverage: Estimate | None


class LevelAndDrop(Block):
    """The primary metric on changed rows, averaged.

    Attributes:
        mean: The level.
        drop: How much worse than unchanged; positive is worse.
    """

    mean: Estimate
    drop: Estimate


class PerturbationMean(LevelAndDrop):
    """Over the severities of one corruption."""

    perturbation: str


class SeverityMean(LevelAndDrop):
    """Over the corruptions that have a severity."""

    severity: int
    num_corruptions: int


class CorruptionSummary(LevelAndDrop):
    """All corruptions together.

    Attributes:
        num_corruptions: Their number.
        averaging: Geometric where the metric has no largest value.
        clean: The metric on the unchanged rows.
        relative: Mean over clean.
        by_perturbation: Each corruption.
        by_severity: Each severity.
    """

    num_corruptions: int
    averaging: Literal["arithmetic", "geometric"]
    clean: Estimate
    relative: Estimate
    by_perturbation: tuple[PerturbationMean, ...]
    by_severity: tuple[SeverityMean, ...]


class Detection(Block):
    """How well one OOD score tells changed rows from unchanged ones.

    Attributes:
        auroc: Probability that a changed row has the larger score.
        fpr_at_95_tpr: Share of changed rows that pass where 95 % of the unchanged ones do.
    """

    auroc: Estimate
    fpr_at_95_tpr: Estimate


class FlaggedShare(Estimate):
    """The share of rows that the deployed rule calls OOD.

    Attributes:
        n: Rows.
    """

    n: int


class OodEntry(Block):
    """One perturbation, as OOD scores see it.

    Attributes:
        perturbation: Its name.
        severity: From 1.
        kind: Of the perturbation.
        describe: One sentence.
        n: Rows.
        num_entities: Entities among them.
        detectors: OOD score -> how well it tells; the deployable one first.
        flagged: By the deployed rule; None without one.
    """

    perturbation: str
    severity: int
    kind: Literal["corruption", "counterfactual", "ood"]
    describe: str
    n: int
    num_entities: int
    detectors: dict[str, Detection]
    flagged: FlaggedShare | None


class OodTable(Block):
    """OOD detection on the test split.

    Attributes:
        rule: As chosen on validation; None if the model has no deployable score.
        flagged: Of the unchanged rows.
        perturbations: Each perturbation and severity.
    """

    rule: OodRule | None
    flagged: FlaggedShare | None
    perturbations: tuple[OodEntry, ...]
