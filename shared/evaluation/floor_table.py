"""The deployed model and the network, each beside the floor on the same resamples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.evaluation.measure import (
    gives_the_same,
    metric_statistics,
    score_problem,
    target_of_baselines,
)
from shared.evaluation.paired_tests import paired_tests
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.metrics.floor_entries import FloorMetric, FloorTable
from shared.statistics.bootstrap import (
    Draws,
    Resampling,
    Statistic,
    difference_estimates,
    draw,
    entity_codes,
    statistic_estimates,
)
from shared.statistics.intervals import Estimate
from shared.statistics.streams import Stream
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["Contestants", "floor_table"]

_Name = Literal["deployed", "network", "floor"]


@dataclass(frozen=True)
class Contestants:
    """Predictions of the same test rows, in the same order.

    Attributes:
        deployed: Calibrated.
        network: As the network alone emits them.
        floor: As the floor emits them; None without one.
    """

    deployed: Predictions
    network: Predictions
    floor: Predictions | None


def floor_table(
    target: Target,
    contestants: Contestants,
    blend: BlendRecord,
    resampling: Resampling,
) -> FloorTable | None:
    """Each deciding metric of all three, and the paired differences to the floor.

    Args:
        target: As the deployed model decides for it.
        contestants: What all three say.
        blend: What validation chose.
        resampling: Of entities.

    Returns:
        None without a floor, or where scores are not finite.
    """
    floor = contestants.floor
    if floor is None or blend.floor is None:
        return None
    if any(map(score_problem, (contestants.deployed, contestants.network, floor))):
        return None
    seed = (resampling.seed[0], Stream.PAIRED_TESTS)
    plain = target_of_baselines(target)
    against = {"floor": floor}
    choice = dict.fromkeys(target.describe(), "floor")
    return FloorTable(
        floor=blend.floor,
        deployed=blend.deployed,
        weight=blend.weight,
        reason=blend.reason,
        metrics=_metrics(target, contestants, floor, resampling),
        deployed_tests=paired_tests(
            target, contestants.deployed, against, choice, seed, target_of_others=plain
        ),
        network_tests=paired_tests(
            plain, contestants.network, against, choice, seed, target_of_others=plain
        ),
    )


def _metrics(
    target: Target, contestants: Contestants, other: Predictions, resampling: Resampling
) -> tuple[FloorMetric, ...]:
    plain = target_of_baselines(target)
    deployed = _Measured.of(target, contestants.deployed, resampling)
    network = _Measured.of(plain, contestants.network, resampling)
    floor = _Measured.of(plain, other, resampling)
    from_deployed = deployed.minus(floor)
    from_network = network.minus(floor)
    infos = target.describe()
    return tuple(
        FloorMetric(
            metric=name,
            unit=infos[name].unit,
            better=infos[name].better,
            deployed=deployed.values[name],
            network=network.values[name],
            floor=floor.values[name],
            deployed_minus_floor=from_deployed[name],
            network_minus_floor=from_network[name],
        )
        for name in target.deciding_metrics
    )


@dataclass(frozen=True)
class _Measured:
    """One contestant's draws."""

    predictions: Predictions
    statistics: list[Statistic]
    drawn: list[Draws]
    confidence: float

    @classmethod
    def of(cls, target: Target, predictions: Predictions, resampling: Resampling) -> _Measured:
        """Draw all metrics."""
        codes, num_entities = entity_codes(predictions.entities)
        statistics = metric_statistics(target, predictions, codes, num_entities)
        drawn = draw(statistics, num_entities, resampling)
        return cls(predictions, statistics, drawn, resampling.confidence)

    @property
    def values(self) -> dict[str, Estimate]:
        """Each metric with its interval."""
        found: dict[str, Estimate] = {}
        for statistic, drawn in zip(self.statistics, self.drawn, strict=True):
            found |= statistic_estimates(statistic, drawn, self.confidence)
        return found

    def minus(self, other: _Measured) -> dict[str, Estimate]:
        """Each metric's difference, with a paired interval."""
        same = {"other"} if gives_the_same(self.predictions, other.predictions) else set()
        found: dict[str, Estimate] = {}
        for place, statistic in enumerate(self.statistics):
            choice = {measure.name: "other" for measure in statistic.measures}
            theirs = {"other": other.drawn[place]}
            found |= difference_estimates(
                statistic, self.drawn[place], theirs, choice, self.confidence, same=same
            )
        return found
