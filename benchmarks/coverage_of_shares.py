"""How often intervals of a share hold the truth, where rows belong to entities with several rows.

    python -m benchmarks.coverage_of_shares

Compares the estimator of `shared.statistics.shares` with what it might have been: a normal quantile
instead of Student's t, and counting entities instead of rows where entities show no spread. The
shares of entities come from a beta distribution with an intraclass correlation; entities have the
same number of rows, or log-normally many.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from shared.statistics.intervals import wilson_bounds
from shared.statistics.shares import effective_rows

__all__ = ["main", "simulate"]

DRAWS = 1000
NUM_ENTITIES = (2, 3, 5, 8, 15, 40)
NUM_ROWS = (3, 10)
SHARES = (0.05, 0.1, 0.5)
CORRELATIONS = (0.0, 0.1, 0.5, 1.0)
_CHOICES = ("t, rows (used)", "t, entities", "z, rows", "z, entities")
"""Quantile, and what counts where entities show no spread though rows differ."""


def main() -> None:
    """Print mean and worst coverage over all populations, by the number of entities."""
    print(f"{'entities':<10}" + "".join(f"{choice:>24}" for choice in _CHOICES))
    for num_entities in NUM_ENTITIES:
        found = simulate(num_entities, DRAWS)
        cells = [f"{np.mean(found[each]):.1%} (min {min(found[each]):.1%})" for each in _CHOICES]
        print(f"{num_entities:<10}" + "".join(f"{cell:>24}" for cell in cells))


def simulate(num_entities: int, draws: int) -> dict[str, list[float]]:
    """Choice -> coverage in each population."""
    coverage = defaultdict(list)
    generator = np.random.default_rng(num_entities)
    for rows, share, correlation, equal in product(NUM_ROWS, SHARES, CORRELATIONS, (True, False)):
        covered = np.zeros(len(_CHOICES))
        for _ in range(draws):
            sizes = _sizes(generator, num_entities, rows, equal=equal)
            hits = generator.binomial(sizes, _entity_shares(generator, sizes, share, correlation))
            intervals = _intervals(hits.astype(np.float64), sizes)
            covered += [low <= share <= high for low, high in intervals]
        for choice, count in zip(_CHOICES, covered.tolist(), strict=True):
            coverage[choice].append(count / draws)
    return dict(coverage)


def _sizes(
    generator: np.random.Generator, num_entities: int, rows: int, *, equal: bool
) -> NDArray[np.int64]:
    if equal:
        return np.full(num_entities, rows)
    return 1 + generator.poisson(generator.lognormal(np.log(rows), 0.7, num_entities))


def _entity_shares(
    generator: np.random.Generator, sizes: NDArray[np.int64], share: float, correlation: float
) -> NDArray[np.float64]:
    if correlation == 0.0:
        return np.full(len(sizes), share)
    if correlation == 1.0:
        return (generator.random(len(sizes)) < share).astype(np.float64)
    precision = (1.0 - correlation) / correlation
    return generator.beta(share * precision, (1.0 - share) * precision, len(sizes))


def _intervals(hits: NDArray[np.float64], sizes: NDArray[np.int64]) -> list[tuple[float, float]]:
    """In the order of `_CHOICES`."""
    num_rows = int(sizes.sum())
    num_entities = len(sizes)
    share = float(hits.sum()) / num_rows
    variance = float(((hits - share * sizes) ** 2).sum()) / num_rows**2
    variance *= num_entities / (num_entities - 1)
    by_rows = effective_rows(share, variance, num_rows=num_rows, num_entities=num_entities)
    by_entities = float(num_entities) if variance <= 1e-20 else by_rows
    quantiles = (float(t.ppf(0.975, num_entities - 1)), float(norm.ppf(0.975)))
    bounds = [
        wilson_bounds(share, size, quantile)
        for quantile in quantiles
        for size in (by_rows, by_entities)
    ]
    return [(interval.low, interval.high) for interval in bounds]


if __name__ == "__main__":
    main()
