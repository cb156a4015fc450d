"""`explanations.json`: explained examples, and how far their explanations can be trusted."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.config import ExplainMethod
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.explanations.checks import (
    Contest,
    MethodChecks,
    NaiveOrder,
    Removals,
)
from shared.run.artefacts.explanations.survey import Survey

__all__ = [
    "CanvasAxis",
    "ExplainedExample",
    "ExplainedRow",
    "Explanations",
    "FaithfulnessMean",
    "RemovalCurve",
    "SegmentValue",
    "UnexplainedRow",
]


class CanvasAxis(Block):
    """One axis of the canvas on which explanations are drawn.

    Attributes:
        name: What it measures.
        unit: Empty if it has none.
    """

    name: str
    unit: str


class RemovalCurve(Block):
    """The answer while segments are removed or put back.

    A probability; of a forecast, how near it stays to that of the whole row: 1 where equal, 0 at
    the widest distance met.

    Attributes:
        share: Of the segments removed, or put back, from 0 to 1.
        informed: The most important segments first.
        random: Mean over random orders.
    """

    share: tuple[float, ...]
    informed: tuple[float, ...]
    random: tuple[float, ...]


class SegmentValue(Block):
    """What one segment contributes.

    Attributes:
        name: Of the segment, for people.
        value: Its contribution, in the row's unit.
        half_width: Of its interval; None where not known.
    """

    name: str
    value: float
    half_width: float | None


class ExplainedRow(Block):
    """What is known about an explanation without the truth about its row.

    Attributes:
        predicted: The class, or the mean forecast over steps and channels.
        explained: What is explained: a class, the decided one or another, or a part of a forecast.
        unit: Of scores and attributions: log-odds, or the target's. Attention is in shares.
        method: How the values were found; see `shared.explain.methods`.
        num_segments: Segments of the row.
        num_visible: How many of them the model can see; the others have the value 0.
        evaluations: Model evaluations that the method spent, gradients included.
        evaluations_checking: Further ones that the check of faithfulness spent.
        settled: Whether the strongest segments are known to a quarter of the strongest value.
        score: The explained score: calibrated log-odds, or the forecast.
        score_none: The same with every segment removed.
        probability: Of the explained class; None for forecasts.
        probability_none: The same with every segment removed.
        predicted_none: What is predicted with every segment removed.
        additivity_error_relative: How far the values are from summing to what they explain; None
            for methods that promise no sum or keep it by construction, and where nothing changes.
        deletion_auc: Area under `deletion_curve.informed`; lower is better. None where no removal
            changes a forecast, likewise all below.
        deletion_auc_random: Area under `deletion_curve.random`.
        deletion_gain: The latter minus the former.
        deletion_curve: The answer while segments are removed.
        insertion_auc: Area under `insertion_curve.informed`; higher is better.
        insertion_auc_random: Area under `insertion_curve.random`.
        insertion_gain: The former minus the latter.
        insertion_curve: The answer while segments are put back.
        naive: The same in orders that never ask the model.
        strongest: What contributes most, largest first; all of them stand in the arrays.
        attended_change: How far the answer moves, whichever way, when the fifth of the segments
            that attention gives most is removed; in probability, of forecasts in shares of the
            widest distance met. None for other methods, and where there is too little to compare.
        others_change: The same for as many other segments, mean over draws.
    """

    predicted: str | float
    explained: str
    unit: str
    method: ExplainMethod
    num_segments: int
    num_visible: int
    evaluations: int
    evaluations_checking: int
    settled: bool
    score: float
    score_none: float
    probability: float | None
    probability_none: float | None
    predicted_none: str | float
    additivity_error_relative: float | None
    deletion_auc: float | None
    deletion_auc_random: float | None
    deletion_gain: float | None
    deletion_curve: RemovalCurve | None
    insertion_auc: float | None
    insertion_auc_random: float | None
    insertion_gain: float | None
    insertion_curve: RemovalCurve | None
    naive: tuple[NaiveOrder, ...]
    strongest: tuple[SegmentValue, ...]
    attended_change: float | None = None
    others_change: float | None = None

    @property
    def is_attribution(self) -> bool:
        """Whether the values say what moved the answer, not only where the network looked."""
        return self.method != "attention"

    @property
    def value_unit(self) -> str:
        """Of each segment's value."""
        return self.unit if self.is_attribution else "share of attention"


class ExplainedExample(ExplainedRow):
    """One test example.

    Attributes:
        id: Of the example.
        entity: Whose it is; its own id for a new file.
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
    entity: str
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


class UnexplainedRow(Block):
    """A row that was chosen and could not be explained.

    Attributes:
        id: Of the example.
        reason: Why.
    """

    id: str
    reason: str


class Explanations(Artefact):
    """All explanations of a run.

    Attributes:
        method: As configured.
        max_evaluations: Model evaluations that one may spend.
        confidence: Level of the interval of each attribution, and of the summary.
        removals: What shows in the place of what is removed, and how neutral that is.
        axes: Of every canvas; none if no row could be explained.
        examples: Explained rows.
        unexplained: Rows that were chosen and have no explanation.
        summary: Number of an example -> its mean.
        contests: Whether they beat what never asks the model.
        checks: Whether they follow the model and nothing else; None where nobody asked.
        survey: What many brief explanations say together; None where nobody asked.
    """

    file: ClassVar[str] = "explanations.json"
    maker: ClassVar[str] = "explain"

    schema_version: Literal[9] = 9
    method: ExplainMethod
    max_evaluations: int
    confidence: float
    removals: Removals
    axes: tuple[CanvasAxis, ...]
    examples: tuple[ExplainedExample, ...]
    unexplained: tuple[UnexplainedRow, ...]
    summary: dict[str, FaithfulnessMean]
    contests: tuple[Contest, ...]
    checks: MethodChecks | None
    survey: Survey | None
