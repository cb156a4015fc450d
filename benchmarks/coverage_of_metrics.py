"""How often intervals hold the truth: of metrics, of what decisions rest on, and of forecasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.simulated_split import (
    CLASSES,
    ENTITIES,
    RESAMPLES,
    ROWS_EACH,
    Places,
    draw_split,
    place_interval,
    shares_of_places,
)
from shared.evaluation.decisions.cost_table import cost_table
from shared.statistics.areas import area_estimate
from shared.statistics.bootstrap import Resampling, Statistic, entity_codes, estimates
from shared.statistics.category_statistics import category_statistics, class_f1_statistic
from shared.statistics.class_mix import Alarms, predictive_values
from shared.statistics.class_ranking import class_areas
from shared.statistics.horizon_statistics import (
    coverage_statistic,
    horizon_statistics,
    width_statistic,
)
from shared.statistics.intervals import Estimate
from shared.statistics.shares import column_shares
from shared.targets import Horizon
from shared.targets.predictions import ForecastContext, Predictions

__all__ = ["simulate_decisions", "simulate_forecasts", "simulate_metrics"]

_POPULATION = 80_000
"""Entities on which the truth is measured."""

_COSTS = ((0.0, 1.0, 1.0), (2.0, 0.0, 1.0), (8.0, 4.0, 0.0))
_SHARES = np.array([0.9, 0.08, 0.02])
"""Of the classes at the place of work."""

_ALARM_FROM = 0.25
"""Probability of class c."""

_WIDE = {"ece", "coverage_error"}
"""Distances, whose intervals are made to cover more often than promised."""

_FORECAST = Horizon(steps=4, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)


def simulate_metrics(draws: int) -> dict[str, Places]:
    """All metrics of a classification, and the average precision of each class."""
    population = draw_split(np.random.default_rng([0, 1]), _POPULATION)[0]
    probabilities = CLASSES.probabilities(population.scores)
    truth = CLASSES.metrics(population)
    for c, name in enumerate(CLASSES.names):
        truth[f"average_precision:{name}"] = float(
            average_precision_score(population.targets == c, probabilities[:, c])
        )
    return _simulate(draws, truth, _draw_classes, _measured_classes)


def simulate_decisions(draws: int) -> dict[str, Places]:
    """What stands beside the metrics.

    AUC and rates of each class, predictive values at stated shares, costs.
    """
    population = draw_split(np.random.default_rng([0, 1]), _POPULATION)[0]
    measured = _decisions(population, Resampling(2, 0.95, (0,)))
    truth = {name: found.value for name, found in measured.items() if found.value is not None}
    return _simulate(
        draws,
        truth,
        _draw_classes,
        lambda part, seed: _decisions(part, Resampling(RESAMPLES, 0.95, (seed,))),
    )


def simulate_forecasts(draws: int) -> dict[str, Places]:
    """All metrics of a forecast, and its coverage; a forecast's entity is a block of time."""
    population = _draw_forecasts(np.random.default_rng([3, 1]), _POPULATION // 8)
    inside = _FORECAST.covered(population)
    widths = _FORECAST.interval_widths(population)
    truth = _FORECAST.metrics(population)
    truth |= {
        name: float(np.nanmean(each, axis=(1, 2)).mean())
        for name, each in (("coverage", inside), ("interval_width", widths))
    }
    return _simulate(
        draws,
        truth,
        lambda seed: _draw_forecasts(np.random.default_rng([3, 2, seed]), ENTITIES),
        _measured_forecasts,
    )


def _simulate(
    draws: int,
    truth: Mapping[str, float],
    draw: Callable[[int], Predictions],
    measure: Callable[[Predictions, int], Mapping[str, Estimate]],
) -> dict[str, Places]:
    outcomes: dict[str, list[int]] = defaultdict(list)
    for seed in range(draws):
        for name, estimate in measure(draw(seed), seed).items():
            if name not in _WIDE:
                outcomes[name].append(place_interval(estimate, truth[name]))
    return shares_of_places(outcomes)


def _draw_classes(seed: int) -> Predictions:
    return draw_split(np.random.default_rng([0, 2, seed]), ENTITIES)[0]


def _measured_classes(part: Predictions, seed: int) -> dict[str, Estimate]:
    return _estimated(category_statistics(CLASSES, part, *entity_codes(part.entities)), part, seed)


def _measured_forecasts(part: Predictions, seed: int) -> dict[str, Estimate]:
    codes = entity_codes(part.entities)
    beside = [make(_FORECAST, part, *codes) for make in (coverage_statistic, width_statistic)]
    return _estimated([*horizon_statistics(_FORECAST, part, *codes), *beside], part, seed)


def _estimated(statistics: list[Statistic], part: Predictions, seed: int) -> dict[str, Estimate]:
    return estimates(
        statistics, entity_codes(part.entities)[1], Resampling(RESAMPLES, 0.95, (seed,))
    )


def _decisions(part: Predictions, resampling: Resampling) -> dict[str, Estimate]:
    codes, num_entities = entity_codes(part.entities)
    found = {
        f"AUC of {CLASSES.names[c]}": area_estimate(area, 0.95)
        for c, area in class_areas(CLASSES, part).items()
    }
    rates = estimates(
        [class_f1_statistic(CLASSES, part, codes, num_entities)], num_entities, resampling
    )
    found |= {f"F1 of {name}": rates[f"f1:{name}"] for name in CLASSES.names}
    alarm, positive = CLASSES.probabilities(part.scores)[:, 2] >= _ALARM_FROM, part.targets == 2
    columns = np.stack(
        [np.where(positive, alarm, np.nan), np.where(~positive, ~alarm, np.nan)], axis=1
    )
    shares = column_shares(columns, part.entities, resampling.confidence)
    for name, share in zip(("sensitivity", "specificity"), shares, strict=True):
        found[f"{name} of an operating point"] = share
    values = predictive_values(Alarms(alarm, part.targets, codes, 2), _SHARES, 0.95)
    found |= dict(zip(("PPV at stated shares", "NPV at stated shares"), values, strict=True))
    for where, mix in (("test", None), ("stated", _SHARES)):
        costs = cost_table(CLASSES, part, _COSTS, shares=_SHARES, mix=mix, resampling=resampling)
        found[f"expected cost at {where} shares"] = costs.lowest_expected_cost
        found[f"cost minus constant at {where} shares"] = costs.versus_constant
    return found


def _draw_forecasts(generator: np.random.Generator, num_entities: int) -> Predictions:
    """Forecasts whose errors grow with the step and are of another size in each block of time.

    A tenth is not observed.
    """
    n = num_entities * ROWS_EACH
    block = np.repeat(np.arange(num_entities), ROWS_EACH)
    shape = (n, _FORECAST.steps, 1)
    targets = generator.normal(10.0, 2.0, shape)
    size = (
        np.exp(generator.normal(0.0, 0.4, num_entities))[block][:, None, None]
        * np.linspace(0.7, 1.3, 4)[:, None]
    )
    mean = (
        targets
        + size * generator.normal(size=shape)
        + generator.normal(0.0, 0.4, num_entities)[block][:, None, None]
    )
    scores = np.stack([mean, mean - 1.2 * size, mean, mean + 1.2 * size], axis=-1).astype(
        np.float32
    )
    targets[generator.random(shape) < 0.1] = np.nan
    targets[:, 0] = np.where(
        np.isfinite(targets[:, 0]), targets[:, 0], 10.0
    )  # each row keeps something to compare with
    return Predictions(
        np.arange(n).astype(np.str_),
        np.char.add("block", block.astype(np.str_)),
        targets.astype(np.float32),
        scores,
        _draw_context(generator, n),
    )


def _draw_context(generator: np.random.Generator, n: int) -> ForecastContext:
    constant = np.ones((n, 1), np.float32)
    return ForecastContext(
        starts=np.datetime64("2024-01-01", "s") + np.arange(n) * np.timedelta64(3600, "s"),
        recent=generator.normal(10.0, 2.0, (n, 2, 1)).astype(np.float32),
        location=10 * constant,
        scale=2 * constant,
        naive_error=2 * constant,
        naive_squared_error=8 * constant,
    )
