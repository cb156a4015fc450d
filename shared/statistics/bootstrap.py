"""The bootstrap by entity: whole patients, speakers, series are drawn with replacement.

Single rows never are, because rows of one entity resemble each other.

Where there are very many entities, groups of them that are formed at random are drawn: the variance
of a sum is the same (random groups: Wolter 2007, section 2.2), and the draws are as many fewer.

A resample is a weight per entity: how often it was drawn. Metrics are functions of weighted sums,
so that hundreds of resamples are one matrix product. Products are sparse, which also makes them run
on one thread: on one machine, the same seed gives the same bytes whatever the number of threads
(contract check `stages` compares them).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.statistics.entities import (
    drawn_units,
    entities_of_average,
    entities_per_class,
    entity_codes,
    entity_sums,
)
from shared.statistics.intervals import (
    NO_SPREAD,
    Estimate,
    Measure,
    bca_estimate,
    distance_estimate,
)
from shared.statistics.significance import difference_of_constants

__all__ = [
    "Draws",
    "Resampling",
    "Statistic",
    "difference_estimates",
    "draw",
    "drawn_units",
    "entities_of_average",
    "entities_per_class",
    "entity_codes",
    "entity_sums",
    "estimate_each",
    "estimates",
    "in_pieces",
    "statistic_estimates",
]

Key = TypeVar("Key")
Evaluate = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_CHUNK_CELLS = 250_000
"""Weights held at once: 2 MB, which stay in the processor's cache."""
_KEPT_COUNTS = 20_000_000
"""Counts that are kept for the next table on the same resamples: 40 MB."""
_HELD_NUMBERS = 16_000_000
"""Numbers that a statistic of single rows may hold at once: 128 MB, whatever the resamples."""
_MAX_BLOCKS = 100
"""Blocks of the jackknife behind the acceleration: a skewness needs no more, and leaving out single
entities would cost more than the bootstrap itself."""


@dataclass(frozen=True)
class Resampling:
    """How resamples are drawn.

    Attributes:
        resamples: Their number.
        confidence: Level of the intervals, in (0, 1).
        seed: Seed sequence; equal seeds and entities give equal resamples, which is what pairs two
            models.
    """

    resamples: int
    confidence: float
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Statistic:
    """Numbers that follow from weighted sums over entities.

    Attributes:
        measures: One per number.
        evaluate: Maps weights (entities, resamples) float64 to values (numbers, resamples), NaN
            where undefined. With the form "distance" it gives the signed parts (parts, resamples)
            of the only measure, the sum of their absolute values.
        form: How the interval is made; see `shared/statistics/intervals.py`.
    """

    measures: tuple[Measure, ...]
    evaluate: Evaluate
    form: Literal["plain", "distance"] = "plain"


@dataclass(frozen=True)
class Draws:
    """One statistic's values, one row per number (or part).

    Attributes:
        point: (rows,) on all entities.
        resampled: (rows, resamples); no columns with fewer than two entities.
        jackknife: (rows, blocks), each with one block of entities left out.
    """

    point: NDArray[np.float64]
    resampled: NDArray[np.float64]
    jackknife: NDArray[np.float64]


def draw(statistics: Sequence[Statistic], num_entities: int, resampling: Resampling) -> list[Draws]:
    """Evaluate statistics on all entities, on every resample and on the jackknife's blocks.

    All see the same resamples.
    """
    _, num_units = drawn_units(np.zeros(0, dtype=np.int64), num_entities)
    points = [statistic.evaluate(np.ones((num_units, 1)))[:, 0] for statistic in statistics]
    if num_entities < 2:
        return [
            Draws(point, np.empty((len(point), 0)), np.empty((len(point), 0))) for point in points
        ]
    drawn = _evaluated(statistics, _resampled_weights(num_units, resampling))
    jackknife = _evaluated(statistics, _jackknife_weights(num_units))
    return [Draws(*of_one) for of_one in zip(points, drawn, jackknife, strict=True)]


def in_pieces(evaluate: Evaluate, held: int) -> Evaluate:
    """The same function, asked of few enough resamples at a time.

    Weights are few where entities are few, however many rows these have; what is computed of each
    row is what fills the memory then.

    Args:
        evaluate: Maps weights (entities, resamples) to values (..., resamples).
        held: Numbers that it holds at once for one resample.
    """
    size = max(1, _HELD_NUMBERS // max(1, held))

    def asked(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        starts = range(0, weights.shape[1], size)
        pieces = [evaluate(weights[:, start : start + size]) for start in starts]
        return np.concatenate(pieces, axis=-1)

    return asked


def estimates(
    statistics: Sequence[Statistic], num_entities: int, resampling: Resampling
) -> dict[str, Estimate]:
    """Every measure of the statistics with its interval, by the measure's name."""
    each = estimate_each(dict(enumerate(statistics)), num_entities, resampling)
    return {name: estimate for found in each.values() for name, estimate in found.items()}


def estimate_each(
    statistics: Mapping[Key, Statistic], num_entities: int, resampling: Resampling
) -> dict[Key, dict[str, Estimate]]:
    """For each statistic, its measures with their intervals, by name.

    Names may repeat between statistics.
    """
    drawn = draw(list(statistics.values()), num_entities, resampling)
    return {
        key: statistic_estimates(statistic, draws, resampling.confidence)
        for (key, statistic), draws in zip(statistics.items(), drawn, strict=True)
    }


def statistic_estimates(
    statistic: Statistic, drawn: Draws, confidence: float
) -> dict[str, Estimate]:
    """The measures of one statistic with their intervals, from draws made before."""
    if statistic.form == "distance":
        measure = statistic.measures[0]
        return {measure.name: distance_estimate(measure, drawn.point, drawn.resampled, confidence)}
    return {
        measure.name: bca_estimate(
            measure, float(drawn.point[i]), drawn.resampled[i], drawn.jackknife[i], confidence
        )
        for i, measure in enumerate(statistic.measures)
    }


def difference_estimates(
    statistic: Statistic,
    drawn: Draws,
    others: Mapping[str, Draws],
    choice: Mapping[str, str],
    confidence: float,
    *,
    same: Collection[str] = (),
) -> dict[str, Estimate]:
    """Differences to what other models make of the same resamples, with paired intervals.

    Args:
        statistic: What was drawn.
        drawn: This model's draws.
        others: The other models' draws of the same measures, by model.
        choice: Measure name -> the model it is compared with.
        confidence: Level, in (0, 1).
        same: The models that give the same scores as this one. They are its equals in what comes
            out the same on all resamples, not in what they decide otherwise.
    """
    equals = [name for name in same if _draw_alike(drawn, others[name])]
    ours = _numbers(statistic, drawn)
    alone = statistic_estimates(statistic, drawn, confidence)
    result = {}
    for i, measure in enumerate(statistic.measures):
        other = choice[measure.name]
        theirs = _numbers(statistic, others[other])
        reach = measure.high - measure.low
        signed = Measure(measure.name, measure.num_entities, -reach, reach)
        value = float(ours.point[i] - theirs.point[i])
        draws = ours.resampled[i] - theirs.resampled[i]
        jackknife = ours.jackknife[i] - theirs.jackknife[i]
        estimate = bca_estimate(signed, value, draws, jackknife, confidence)
        if other in equals and estimate.value is not None:
            estimate = Estimate.of_equals()
        elif estimate.interval is None and draws.size and _never_moves(ours, theirs, row=i):
            # Each may still be unsure: a share of 0 or 1 in every draw has Wilson's interval.
            own = statistic_estimates(statistic, others[other], confidence)
            estimate = difference_of_constants(alone[measure.name], own[measure.name])
        result[measure.name] = estimate
    return result


def _draw_alike(first: Draws, second: Draws) -> bool:
    return np.array_equal(first.resampled, second.resampled, equal_nan=True)


def _never_moves(ours: Draws, theirs: Draws, *, row: int) -> bool:
    return all(np.ptp(each.resampled[row]) <= NO_SPREAD for each in (ours, theirs))


def _numbers(statistic: Statistic, drawn: Draws) -> Draws:
    """One row per measure: a distance's parts become the sum of their absolute values."""
    if statistic.form == "plain":
        return drawn
    return Draws(
        *(
            np.abs(parts).sum(axis=0, keepdims=True)
            for parts in (drawn.point, drawn.resampled, drawn.jackknife)
        )
    )


def _evaluated(
    statistics: Sequence[Statistic], chunks: Iterator[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Of each statistic, its values (numbers, columns) on all chunks of weights."""
    values: list[list[NDArray[np.float64]]] = [[] for _ in statistics]
    for weights in chunks:
        for collected, statistic in zip(values, statistics, strict=True):
            collected.append(statistic.evaluate(weights))
    return [np.hstack(collected) for collected in values]


def _resampled_weights(num_units: int, resampling: Resampling) -> Iterator[NDArray[np.float64]]:
    """Multinomial counts (units, resamples) float64, chunk by chunk."""
    is_small = num_units * resampling.resamples <= _KEPT_COUNTS
    counts_of = _kept_counts if is_small else _counts
    for counts in counts_of(num_units, resampling.resamples, resampling.seed):
        yield counts.astype(np.float64)


@lru_cache(maxsize=4)
def _kept_counts(
    num_units: int, resamples: int, seed: tuple[int, ...]
) -> tuple[NDArray[np.uint16], ...]:
    """Several tables of a stage, and all baselines, are compared on the same resamples."""
    return tuple(_counts(num_units, resamples, seed))


def _counts(num_units: int, resamples: int, seed: tuple[int, ...]) -> Iterator[NDArray[np.uint16]]:
    generator = np.random.default_rng(list(seed))
    size = max(1, _CHUNK_CELLS // num_units)
    for start in range(0, resamples, size):
        columns = min(size, resamples - start)
        drawn = generator.integers(num_units, size=(num_units, columns))
        cells = (drawn * columns + np.arange(columns)).reshape(-1)
        counts = np.bincount(cells, minlength=num_units * columns)
        yield counts.reshape(num_units, columns).astype(np.uint16)


def _jackknife_weights(num_entities: int) -> Iterator[NDArray[np.float64]]:
    """Ones, but for one block of entities in each column; chunk by chunk like the resamples."""
    blocks = min(num_entities, _MAX_BLOCKS)
    size = max(1, _CHUNK_CELLS // num_entities)
    block_of_entity = np.arange(num_entities)[:, None] % blocks
    for start in range(0, blocks, size):
        kept = block_of_entity != np.arange(start, min(start + size, blocks))
        yield np.asarray(kept, dtype=np.float64)
