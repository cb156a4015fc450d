"""Parts of `explanations.json` that say how far its explanations can be trusted."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.statistics.intervals import Estimate

__all__ = [
    "Contest",
    "ContestMeasure",
    "MethodChecks",
    "NaiveOrder",
    "RandomisedPart",
    "RandomisedWeights",
    "RemovalTested",
    "Removals",
    "Stability",
]

ContestMeasure = Literal["deletion", "insertion", "attention", "localisation", "pointing"]


class NaiveOrder(Block):
    """What an order that never asks the model reaches on one row, as the row's own numbers.

    Attributes:
        name: Of the order, such as "darkest cell".
        deletion_auc: Area while the order's first segments go first; None where no removal changes
            a forecast, likewise the next.
        insertion_auc: Area while they come back first.
        localisation: Share of the attribution inside the known cause if the amounts were dealt out
            in this order; None where there is nothing to compare, likewise the next.
        pointing_hit: Whether its first segment lies on the known cause.
    """

    name: str
    deletion_auc: float | None
    insertion_auc: float | None
    localisation: float | None = None
    pointing_hit: bool | None = None


class Contest(Block):
    """Explanations against one comparator that knows nothing of the model, paired over rows.

    Attributes:
        measure: What is compared. "attention": how far the answer moves without what is attended,
            against as many other segments.
        against: "chance" (random orders, an even spread, a blind guess), or a naive order.
        explanation: Mean of the explanations.
        comparator: Mean of the comparator on the same rows.
        lead: Mean of their differences, above 0 where explanations are better, with a bootstrap
            interval by entity.
        n: Rows.
        hardest: Whether no other comparator has a smaller lead.
    """

    measure: ContestMeasure
    against: str
    explanation: float
    comparator: float
    lead: Estimate
    n: int
    hardest: bool


RandomisedPart = Literal[
    "output layer", "half of the network", "whole network", "all that was fitted"
]
"""What is shuffled, from the output inwards."""


class RandomisedWeights(Block):
    """Explanations of the trained model beside those of a model with shuffled weights.

    Attributes:
        part: What is shuffled.
        correlation: Spearman's rank correlation of the two, mean over rows; near 1 the explanation
            never looked at those weights.
        n: Rows.
    """

    part: RandomisedPart
    correlation: Estimate
    n: int


class Stability(Block):
    """Explanations of the same rows twice, where nothing that matters was changed.

    Attributes:
        change: "another seed" or "tiny noise".
        correlation: Spearman's rank correlation of the two, mean over rows.
        sign_flips: Share of segments above a tenth of the strongest whose sign differs.
        n: Rows.
    """

    change: str
    correlation: Estimate
    sign_flips: Estimate
    n: int


class MethodChecks(Block):
    """Whether explanations follow the model and nothing else, on a few rows.

    Attributes:
        rows: That were explained again.
        evaluations: Model evaluations that this cost, gradients included.
        stability: Against seeds and noise; a change that no row can bear is left out.
        randomised: Against shuffled weights, from the output inwards.
    """

    rows: int
    evaluations: int
    stability: tuple[Stability, ...]
    randomised: tuple[RandomisedWeights, ...]


class RemovalTested(Block):
    """One way of removing: what is predicted of rows of which everything is removed.

    Attributes:
        name: Of the way.
        distance: How far that is from what is to be expected of a row of which nothing is known;
            mean over rows. Of classes, total variation from their shares in the training part; of
            forecasts, the mean forecast's distance from the mean of the series, in its standard
            deviations.
        decisions: Share of emptied rows for which each class is decided; empty for forecasts.
    """

    name: str
    distance: Estimate
    decisions: dict[str, float]


class Removals(Block):
    """How the removal of explanations was chosen.

    Attributes:
        asked: `explain.removal`.
        chosen: The way that was used.
        rows: Of the validation part, that were emptied.
        tested: All ways that the domain knows, its own first.
    """

    asked: str
    chosen: str
    rows: int
    tested: tuple[RemovalTested, ...]

    @property
    def used(self) -> RemovalTested:
        """The way that was used."""
        return next(one for one in self.tested if one.name == self.chosen)
