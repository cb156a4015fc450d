"""From calibrated logits to one class: decision rules. Keras twin: `shared.model.decision`.

A rule never changes probabilities, only which class is said.
"""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import softmax

from shared.block import Block
from shared.targets.predictions import Scores

__all__ = [
    "DecisionKind",
    "DecisionRule",
    "LowestCost",
    "MostProbable",
    "PriorAdjusted",
    "Screening",
    "decide",
    "decide_by_probabilities",
    "decision_margins",
]


class MostProbable(Block):
    """The most probable class: the fewest errors, and common classes are favoured."""

    kind: Literal["most_probable"] = "most_probable"


class PriorAdjusted(Block):
    """The class whose probability exceeds its training share the most.

    argmax of log p - τ log π (Menon et al. 2021, eq. 9). With τ = 1 and true probabilities it has
    the best balanced accuracy (their section 3); 0 is `MostProbable`.

    Attributes:
        tau: τ, chosen on validation.
        prior: (classes,) shares π in the training split.
    """

    kind: Literal["balanced"] = "balanced"
    tau: float = Field(ge=0.0)
    prior: tuple[float, ...]

    @property
    def offsets(self) -> tuple[float, ...]:
        """(classes,) what is added to logits; a class that training lacks is never favoured."""
        return tuple(-self.tau * float(np.log(share)) if share else 0.0 for share in self.prior)


class LowestCost(Block):
    """The class with the lowest expected cost, the Bayes decision (Elkan 2001, eq. 1).

    Attributes:
        costs: Cost of deciding (column) when the truth is (row).
        offsets: (classes,) added to logits first: log shares at the place of work minus log shares
            in training (Saerens et al. 2002, eq. 2.4); 0 where they are the same.
    """

    kind: Literal["costs"] = "costs"
    costs: tuple[tuple[float, ...], ...]
    offsets: tuple[float, ...]


class Screening(Block):
    """One class wherever its probability reaches the threshold, else the most probable other one.

    Attributes:
        class_index: The class that is screened for.
        goal: What the threshold was chosen for.
        requested: Smallest sensitivity, or largest share of other rows that raise an alarm.
        threshold: Probability; above 1, the class is never decided for.
    """

    kind: Literal["operating_point"] = "operating_point"
    class_index: int = Field(ge=0)
    goal: Literal["sensitivity", "false alarms"]
    requested: float
    threshold: float


DecisionKind = Literal["most_probable", "balanced", "costs", "operating_point"]
"""What decisions serve, as `calibrate.decide_for` names it."""

DecisionRule = Annotated[
    MostProbable | PriorAdjusted | LowestCost | Screening, Field(discriminator="kind")
]


def decide(rule: DecisionRule, scores: Scores) -> NDArray[np.int64]:
    """Calibrated logits (n, classes) -> the decided class of each row, (n,) int64."""
    if isinstance(rule, MostProbable):
        return np.asarray(scores.argmax(axis=-1), dtype=np.int64)
    favour = _favour(rule, scores)
    return np.asarray(favour.argmax(axis=-1), dtype=np.int64)


def decide_by_probabilities(
    rule: DecisionRule, probabilities: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Calibrated probabilities (n, classes) -> the decided class of each row, (n,) int64."""
    return decide(rule, _logits(probabilities))


def decision_margins(rule: DecisionRule, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each decision is from turning, (n,) >= 0, from calibrated probabilities.

    In probability; of costs, as a share of the largest cost.
    """
    favour = _favour(rule, _logits(probabilities))
    second, best = np.sort(favour, axis=-1)[:, -2:].T
    margins = np.asarray(best - second)
    if not isinstance(rule, Screening):
        return margins
    distances = np.abs(probabilities[:, rule.class_index] - rule.threshold)
    return np.asarray(np.minimum(margins, distances))


def _logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits are logarithms of probabilities, up to what all classes of a row share."""
    return np.asarray(np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)))


def _favour(rule: DecisionRule, scores: Scores) -> NDArray[np.float64]:
    """(n, classes): what speaks for each class; the largest is decided for."""
    logits = scores.astype(np.float64)
    match rule:
        case MostProbable():
            return np.asarray(softmax(logits, axis=-1))
        case PriorAdjusted():
            return np.asarray(softmax(logits + rule.offsets, axis=-1))
        case LowestCost():
            costs = np.asarray(rule.costs, dtype=np.float64)
            largest = float(np.abs(costs).max()) or 1.0
            return np.asarray(-softmax(logits + rule.offsets, axis=-1) @ costs / largest)
        case Screening():
            favour = np.asarray(softmax(logits, axis=-1))
            reached = favour[:, rule.class_index] >= rule.threshold
            favour[:, rule.class_index] = np.where(reached, 2.0, -1.0)
            return favour
        case _:
            assert_never(rule)
