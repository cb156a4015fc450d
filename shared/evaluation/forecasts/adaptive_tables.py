"""What intervals that follow their misses do on the test split, beside those of the network and those that are deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration.adaptive import replay
from shared.errors import ContractError
from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.statistics.bootstrap import Resampling, Statistic, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.statistics.shares import share_table
from shared.targets.calibration import widen
from shared.targets.horizon import Horizon, observed_mean
from shared.targets.predictions import Predictions

__all__ = ["adaptive_tables"]

_MAX_PERIODS = 12
"""Stretches of the test split in which coverage is followed: few enough that most hold several
entities, and so have an interval."""

_NUMBERS = ("coverage", "interval_width", "interval_score")


def adaptive_tables(
    target: Horizon,
    raw: Predictions,
    deployed: Predictions,
    rule: AdaptiveRule,
    resampling: Resampling,
) -> dict[str, Any]:
    """The `adaptive` of `metrics.json`.

    `kinds` compares `raw` (as the network says), `deployed` (static, as served) and `adaptive`
    intervals in `coverage`, `interval_width` (σ) and `interval_score` (σ, smaller is better);
    `difference` is adaptive minus deployed, paired. `steps` has the same for each step, `periods`
    the coverage along the test split's time.

    Args:
        target: The kind of target, with at least two quantiles.
        raw: Scores as the network emits them.
        deployed: The same rows as they are served.
        rule: As chosen on validation.
        resampling: Of entities; all kinds are seen on the same resamples.
    """
    adapted = deployed.with_scores(widen(deployed.scores, replay(target, deployed, rule)))
    kinds = {"raw": raw, "deployed": deployed, "adaptive": adapted}
    return {
        "promised": rule.coverage,
        "step_size": rule.step_size,
        **_overall(target, kinds, resampling),
        "steps": _by_step(target, kinds, resampling),
        "periods": _by_period(target, kinds, resampling),
    }


def _overall(
    target: Horizon, kinds: Mapping[str, Predictions], resampling: Resampling
) -> dict[str, Any]:
    rows = {
        kind: {name: _row_means(target, each, name) for name in _NUMBERS}
        for kind, each in kinds.items()
    }
    rows["difference"] = {
        name: rows["adaptive"][name] - rows["deployed"][name] for name in _NUMBERS
    }
    codes, num_entities = entity_codes(kinds["deployed"].entities)
    measures = [_measure(name, kind, num_entities) for kind in rows for name in _NUMBERS]
    values = np.stack([rows[kind][name] for kind in rows for name in _NUMBERS], axis=1)
    found = estimates(
        [mean_statistic(measures, values, codes, num_entities)], num_entities, resampling
    )
    fields = {
        kind: {name: estimate_fields(found[f"{kind}:{name}"]) for name in _NUMBERS} for kind in rows
    }
    difference = fields.pop("difference")
    return {
        "n": len(codes),
        "num_entities": num_entities,
        "kinds": fields,
        "difference": difference,
    }


def _measure(name: str, kind: str, num_entities: int) -> Measure:
    highest = 1.0 if name == "coverage" else np.inf
    return Measure(
        f"{kind}:{name}", num_entities, -highest if kind == "difference" else 0.0, highest
    )


def _by_step(
    target: Horizon, kinds: Mapping[str, Predictions], resampling: Resampling
) -> list[dict[str, Any]]:
    codes, num_entities = entity_codes(kinds["deployed"].entities)
    statistics = [
        _step_statistic(target, each, kind, name, codes, num_entities)
        for kind, each in kinds.items()
        for name in ("coverage", "interval_width")
    ]
    found = estimates(statistics, num_entities, resampling)
    return [
        {"step": step}
        | {
            kind: {
                name: estimate_fields(found[f"{kind}:{name}:{step}"])
                for name in ("coverage", "interval_width")
            }
            for kind in kinds
        }
        for step in range(1, target.steps + 1)
    ]


def _step_statistic(
    target: Horizon,
    predictions: Predictions,
    kind: str,
    name: str,
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    highest = 1.0 if name == "coverage" else np.inf
    measures = [
        Measure(f"{kind}:{name}:{step}", num_entities, 0.0, highest)
        for step in range(1, target.steps + 1)
    ]
    values = observed_mean(
        _values(target, predictions, name), np.isfinite(predictions.targets), axes=(2,)
    )
    return mean_statistic(measures, values, codes, num_entities)


def _by_period(
    target: Horizon, kinds: Mapping[str, Predictions], resampling: Resampling
) -> list[dict[str, Any]]:
    context = kinds["deployed"].forecast
    if context is None:
        raise ContractError("Forecast predictions need their ForecastContext, received none.")
    moments = np.unique(context.starts)
    periods = np.array_split(moments, min(_MAX_PERIODS, len(moments)))
    period_of = np.searchsorted([period[0] for period in periods], context.starts, side="right") - 1
    inside = period_of[:, None] == np.arange(len(periods))
    columns = [
        np.where(inside, _row_means(target, each, "coverage")[:, None], np.nan)
        for each in kinds.values()
    ]
    shares = share_table(np.hstack(columns), kinds["deployed"].entities, resampling)
    return [
        {"first": str(period[0]), "last": str(period[-1])}
        | {kind: shares[k * len(periods) + place] for k, kind in enumerate(kinds)}
        for place, period in enumerate(periods)
    ]


def _row_means(target: Horizon, predictions: Predictions, name: str) -> NDArray[np.float64]:
    return observed_mean(
        _values(target, predictions, name), np.isfinite(predictions.targets), axes=(1, 2)
    )


def _values(target: Horizon, predictions: Predictions, name: str) -> NDArray[np.float64]:
    """(n, steps, channels)."""
    measured = {
        "coverage": target.covered,
        "interval_width": target.interval_widths,
        "interval_score": target.interval_scores,
    }
    return measured[name](predictions)
