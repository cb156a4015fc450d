"""Block of `metrics.json` about the floor: the deployed model, the network and the floor."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.run.artefacts.metrics.metric_entries import PairedTests
from shared.statistics.intervals import Estimate

__all__ = ["FloorMetric", "FloorTable"]


class FloorMetric(Block):
    """One metric of all three on the test split, and the differences to the floor.

    Attributes:
        metric: Its name.
        unit: As in `MetricInfo`, likewise `better`.
        better: The direction that is better.
        deployed: Of what is deployed, calibrated.
        network: Of the network alone, as it emits scores.
        floor: Of the floor alone, likewise.
        deployed_minus_floor: Paired.
        network_minus_floor: Paired.
    """

    metric: str
    unit: str
    better: Literal["higher", "lower"]
    deployed: Estimate
    network: Estimate
    floor: Estimate
    deployed_minus_floor: Estimate
    network_minus_floor: Estimate


class FloorTable(Block):
    """Whether the deep network is worth it.

    Attributes:
        floor: The baseline that did best on validation.
        deployed: What validation chose.
        weight: Of the network in it.
        reason: Why.
        metrics: The deciding metrics, the primary one first.
        deployed_tests: Paired tests of what is deployed against the floor.
        network_tests: Of the network alone against the floor.
    """

    floor: str
    deployed: Literal["network", "floor", "blend"]
    weight: float
    reason: str
    metrics: tuple[FloorMetric, ...]
    deployed_tests: PairedTests
    network_tests: PairedTests
