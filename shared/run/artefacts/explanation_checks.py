"""Parts of `explanations.json` that say how far its explanations can be trusted."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.statistics.intervals import Estimate

__all__ = ["Contest", "ContestMeasure", "NaiveOrder"]

ContestMeasure = Literal["deletion", "insertion", "localisation", "pointing"]


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
    """Explanations against one opponent that knows nothing of the model, paired over rows.

    Attributes:
        measure: What is compared.
        against: "chance" (random orders, an even spread, a blind guess), or a naive order.
        explanation: Mean of the explanations.
        opponent: Mean of the opponent on the same rows.
        lead: Mean of their differences, above 0 where explanations are better, with a bootstrap
            interval by entity.
        n: Rows.
        hardest: Whether no other opponent has a smaller lead.
    """

    measure: ContestMeasure
    against: str
    explanation: float
    opponent: float
    lead: Estimate
    n: int
    hardest: bool
