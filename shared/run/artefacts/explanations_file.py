"""`explanations.json`: explained examples, and how far their explanations can be trusted."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact

__all__ = [
    "CanvasAxis",
    "DeletionCurve",
    "ExplainedExample",
    "ExplainedRow",
    "Explanations",
    "FaithfulnessMean",
]


class CanvasAxis(Block):
    """One axis of the canvas on which explanations are drawn.

    Attributes:
        name: What it measures.
        unit: Empty if it has none.
    """

    name: str
    unit: str


class DeletionCurve(Block):
    """How fast the score falls when segments are removed, in units of the total attribution.

    Attributes:
        removed_share: From 0 to 1.
        informed: The most important segments removed first.
        random: Mean over random orders.
    """

    removed_share: tuple[float, ...]
    informed: tuple[float, ...]
    random: tuple[float, ...]


class ExplainedRow(Block):
    """What is known about an explanation without the truth about its row.

    Attributes:
        predicted: The class, or the mean forecast over steps and channels.
        method: How the values were found; see `shared.explain.shapley`.
        num_segments: Segments of the row.
        evaluations: Model evaluations that were spent.
        score: The explained score.
        score_none: The same with every segment removed.
        additivity_error_relative: How far the values are from summing to what they explain; None
            where the score does not change, so that there is nothing to explain.
        deletion_auc: Area under `deletion_curve.informed`; lower is better. None where all values
            are 0, likewise the three below.
        deletion_auc_random: Area under `deletion_curve.random`.
        deletion_gain: The latter minus the former.
        deletion_curve: The score while segments are removed.
    """

    predicted: str | float
    method: Literal["exact", "permutation", "partition"]
    num_segments: int
    evaluations: int
    score: float
    score_none: float
    additivity_error_relative: float | None
    deletion_auc: float | None
    deletion_auc_random: float | None
    deletion_gain: float | None
    deletion_curve: DeletionCurve | None


class ExplainedExample(ExplainedRow):
    """One test example.

    Attributes:
        id: Of the example.
        file: Its arrays in the run directory.
        target: The true class, or the mean of the observed targets; None if none was observed.
        right: Whether the predicted class is the true one; None for forecasts.
        localisation: Share of the attribution inside the known cause; None where there is nothing
            to compare, likewise all below.
        localisation_expected: The share that attribution spread evenly would have there.
        localisation_gain: The former minus the latter.
        pointing_hit: Whether the most important segment lies on the known cause.
        pointing_expected: Chance of a blind guess.
    """

    id: str
    file: str
    target: str | float | None
    right: bool | None
    localisation: float | None = None
    localisation_expected: float | None = None
    localisation_gain: float | None = None
    pointing_hit: bool | None = None
    pointing_expected: float | None = None


class FaithfulnessMean(Block):
    """The mean of one number over the examples that have it.

    Attributes:
        value: The mean.
        ci_low: Lower end of its interval; None below two examples, likewise `ci_high`.
        ci_high: Upper end.
        n: Examples.
        unit: Always "share".
        better: The direction that is better; None for what chance gives.
        describe: What it says.
    """

    value: float
    ci_low: float | None
    ci_high: float | None
    n: int
    unit: Literal["share"] = "share"
    better: Literal["higher", "lower"] | None
    describe: str


class Explanations(Artefact):
    """All explanations of a run.

    Attributes:
        method: How explanations are made, in words.
        max_evaluations: Model evaluations that one may spend.
        axes: Of every canvas.
        examples: At least one.
        summary: Number of an example -> its mean.
    """

    file: ClassVar[str] = "explanations.json"
    maker: ClassVar[str] = "explain"

    schema_version: Literal[2] = 2
    method: str
    max_evaluations: int
    axes: tuple[CanvasAxis, ...]
    examples: tuple[ExplainedExample, ...]
    summary: dict[str, FaithfulnessMean]
