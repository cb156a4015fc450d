from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, t

from shared.fairness.gaps.error_gaps import weigh_gaps
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling
from shared.statistics.equivalence import GapPower, GapSides, weigh_gap

CERTAIN = 1e-5 * np.array([1.0, -1.0] * 50)
"""Draws with a little spread, so that shares count with all their rows."""


def shares(group: tuple[int, int], rest: tuple[int, int]) -> GapSides:
    """Two shares of independent rows, given as hits and rows."""
    values = (group[0] / group[1], rest[0] / rest[1])
    sizes = (group[1], rest[1])
    return GapSides(
        values, sizes, sizes, np.stack([values[0] + CERTAIN, values[1] + CERTAIN]), is_share=True
    )


@pytest.mark.parametrize(("group", "rest", "furthest"), [
    ((56, 70), (48, 80), 0.3339),  # Newcombe 1998, table II, example a, method 10
    ((9, 10), (3, 10), 0.8090),  # example b
    ((5, 56), (0, 29), 0.1926),  # example d
])  # fmt: skip
def test_the_margin_that_newcombes_interval_just_touches_has_its_p_value(
    group: tuple[int, int], rest: tuple[int, int], furthest: float
) -> None:
    found = weigh_gap(shares(group, rest), furthest, 0.05)
    expected = t.sf(norm.ppf(0.975), min(group[1], rest[1]) - 1)
    assert found.equivalence_p_value == pytest.approx(expected, rel=0.02)


def test_a_small_group_without_any_error_is_not_shown_to_be_equal() -> None:
    values = (0.0, 0.01)
    draws = np.stack([np.zeros(100), 0.01 + np.random.default_rng(0).normal(0.0, 0.0045, 100)])
    sides = GapSides(values, (20, 500), (20, 500), draws, is_share=True)
    assert weigh_gap(sides, 0.05, 0.05).equivalence_p_value > 0.1
    # What the bootstrap alone would say: that the gap of -0.01 is sure to half a point.
    assert weigh_gap(replace(sides, is_share=False), 0.05, 0.05).equivalence_p_value < 0.001


def test_margin_that_the_gap_itself_reaches_is_never_shown() -> None:
    assert weigh_gap(shares((501, 1000), (400, 1000)), 0.1, 0.05).equivalence_p_value > 0.99


def test_one_entity_shows_nothing() -> None:
    sides = replace(shares((5, 50), (5, 50)), entities=(1, 50))
    found = weigh_gap(sides, 0.05, 0.05)
    assert (found.equivalence_p_value, found.rows_needed) == (1.0, None)


def test_rows_needed_grow_with_the_square_of_the_precision() -> None:
    sides = GapSides(
        (1.0, 1.0),
        (500, 500),
        (500, 500),
        np.random.default_rng(0).normal(0.0, 0.1, (2, 400)),
        is_share=False,
    )
    wide, narrow = (weigh_gap(sides, margin, 0.05).rows_needed for margin in (0.2, 0.1))
    assert wide is not None
    assert narrow is not None
    assert narrow / wide == pytest.approx(4.0, rel=0.05)


def draw_shares(
    generator: np.random.Generator, gaps: NDArray[np.float64], entities: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Beta-binomial with mean 0.1 + gap and an intra-entity correlation of 1 / (1 + 3) = 0.25."""
    mean = 0.1 + gaps
    draws = generator.random(len(entities))
    return (draws < generator.beta(3 * mean, 3 * (1 - mean))[entities]).astype(float)


def draw_amounts(
    generator: np.random.Generator, gaps: NDArray[np.float64], entities: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Normal with mean 1 + gap and an intra-entity correlation of 0.5."""
    means = generator.normal(1.0 + gaps, 0.3)
    return means[entities] + generator.normal(0.0, 0.3, len(entities))


def simulated(
    seed: int,
    *,
    gap: float,
    num_entities: int = 80,
    rows_each: int = 5,
    by_row: bool = False,
    share: bool = True,
) -> GapPower:
    """Evidence on errors of two groups whose true gap is known, while rows of one entity resemble each other."""
    generator = np.random.default_rng([seed, 5])
    entities = np.repeat(np.arange(num_entities), rows_each)
    in_group = np.arange(num_entities) % 2 == 0
    draw = draw_shares if share else draw_amounts
    errors = draw(generator, np.where(in_group, gap, 0.0), entities)
    codes = np.arange(len(entities)) if by_row else entities
    cells = (~in_group[entities]).astype(np.int64)
    grouped = GroupedErrors(
        ("a", "b"),
        cells,
        codes,
        int(codes.max()) + 1,
        {"error": errors},
        {"error": 1.0 if share else np.inf},
    )
    resampling = Resampling(100, 0.95, (seed,))
    groups = SizedGroups.of(grouped, 2)
    power = weigh_gaps(groups, "error", margin=0.1, alpha=0.05, resampling=resampling)
    return power["a"]


def test_a_gap_as_large_as_the_margin_is_seldom_called_equal() -> None:
    shown = [simulated(seed, gap=0.1).equivalence_p_value <= 0.05 for seed in range(200)]
    assert np.mean(shown) <= 0.09  # 0.05 plus 2.6 standard deviations


def test_counting_rows_as_entities_would_call_such_a_gap_equal_too_often() -> None:
    shown = [
        simulated(seed, gap=0.1, by_row=True).equivalence_p_value <= 0.05 for seed in range(200)
    ]
    assert np.mean(shown) > 0.09


def test_no_gap_is_called_equal_when_there_are_data_enough() -> None:
    shown = [
        simulated(seed, gap=0.0, num_entities=400).equivalence_p_value <= 0.05 for seed in range(50)
    ]
    assert np.mean(shown) > 0.8


def test_a_gap_of_the_detectable_size_is_found_four_times_in_five() -> None:
    detectable = float(
        np.mean([simulated(seed, gap=0.0, share=False).smallest_detectable for seed in range(40)])
    )
    found = []
    for seed in range(300):
        generator = np.random.default_rng([seed, 6])
        group, rest = (
            generator.normal(mean, 0.3, 40) + generator.normal(0.0, 0.3 / np.sqrt(5), 40)
            for mean in (detectable, 0.0)
        )
        error = np.sqrt(group.var(ddof=1) / 40 + rest.var(ddof=1) / 40)
        found.append(2 * t.sf(abs(group.mean() - rest.mean()) / error, 78) <= 0.05)
    assert 0.72 <= np.mean(found) <= 0.88
