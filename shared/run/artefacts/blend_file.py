"""`blend.json`: whether the network is deployed, its floor, or a blend, and why."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.files import BLEND
from shared.statistics.intervals import Estimate

__all__ = ["BlendRecord", "BlendStep", "BlendWeight"]


class BlendWeight(Block):
    """One blend of the network with the floor.

    Attributes:
        weight: Of the network, in [0, 1].
        loss: Mean validation loss; None if it is not finite.
    """

    weight: float = Field(ge=0.0, le=1.0)
    loss: float | None


class BlendStep(Block):
    """One comparison on validation: a candidate must beat what would be deployed without it.

    Attributes:
        candidate: What it is.
        candidate_weight: The network's weight in it.
        incumbent: What it must beat.
        incumbent_weight: The network's weight in that.
        difference: Mean loss of the candidate minus that of the incumbent, paired.
        favours_candidate: Whether the whole interval lies below 0.
    """

    candidate: Literal["network", "blend"]
    candidate_weight: float
    incumbent: Literal["floor", "network"]
    incumbent_weight: float
    difference: Estimate
    favours_candidate: bool


class BlendRecord(Artefact):
    """What validation chose to deploy.

    Attributes:
        setting: `train.deploy`.
        deployed: What `model.keras` is.
        weight: Of the network in it: 1 the network alone, 0 the floor alone.
        floor: The baseline with the lowest validation loss; None without baselines.
        reason: Why this is deployed, in a sentence.
        loss: Name of the validation loss.
        n: Validation rows.
        num_entities: Entities among them.
        unit: What intervals resample.
        confidence: Their level, in (0, 1).
        losses: `network` and each baseline -> mean validation loss.
        weights: The floor's blends, by weight.
        steps: The comparisons that decided, in order; none where the setting decides.
        fold_weights: Cross-validation only: the weight of each fold's own choice. All else here is
            of the first fold.
    """

    file: ClassVar[str] = BLEND

    schema_version: Literal[1] = 1
    setting: Literal["auto", "network", "floor"]
    deployed: Literal["network", "floor", "blend"]
    weight: float = Field(ge=0.0, le=1.0)
    floor: str | None
    reason: str
    loss: str
    n: int
    num_entities: int
    unit: Literal["entity", "row"]
    confidence: float
    losses: dict[str, Estimate]
    weights: tuple[BlendWeight, ...]
    steps: tuple[BlendStep, ...]
    fold_weights: tuple[float, ...] = ()
