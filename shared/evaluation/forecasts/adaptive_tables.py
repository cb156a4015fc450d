"""Intervals that follow their misses, beside those of the network and those that are deployed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.calibration.adaptive import replay
from shared.run.artefacts.calibration_file import AdaptiveRule
from shared.run.artefacts.metrics.forecast_entries import (
    AdaptiveIntervals,
    AdaptivePeriod,
    AdaptiveStep,
    IntervalKind,
    IntervalNumbers,
    StepIntervals,
)
from shared.statistics.bootstrap import Resampling, Statistic, entity_codes, estimates
from shared.statistics.intervals import Measure
from shared.statistics.means import mean_statistic
from shared.statistics.shares import clustered_share
from shared.targets.calibration import widen
from shared.targets.horizon import Horizon
from shared.targets.observed import observed_mean
from shared.targets.predictions import Predictions

__all__ = ["adaptive_tables"]

_MAX_PERIODS = 12
"""Stretches of the test split in which coverage is followed: few enough that most hold several
entities, and so have an interval."""

_STEP_NUMBERS = ("coverage", "interval_width")
_NUMBERS = (*_STEP_NUMBERS, "interval_score")

_Kinds = Mapping[IntervalKind, Predictions]


def adaptive_tables(
    target: Horizon,
    raw: Predictions,
    deployed: Predictions,
    rule: AdaptiveRule,
    resampling: Resampling,
) -> AdaptiveIntervals:
    """Compare the three kinds of interval in coverage, width and interval score.

    Args:
        target: The kind of target, with at least two quantiles.
        raw: Scores as the network emits them.
        deployed: The same rows as they are served.
        rule: As chosen on validation.
        resampling: Of entities; all kinds are seen on the same resamples.
    """
    multipliers = replay(target, deployed, rule)
    adapted = deployed.with_scores(widen(deployed.scores, multipliers, target.never_negative))
    kinds: _Kinds = {"raw": raw, "deployed": deployed, "adaptive": adapted}
    overall = _overall(target, kinds, resampling)
    difference = overall.pop("difference")
    return AdaptiveIntervals(
        nominal=rule.coverage,
        step_size=rule.step_size,
        n=len(deployed),
        num_entities=entity_codes(deployed.entities)[1],
        kinds={kind: overall[kind] for kind in kinds},
        difference=difference,
        steps=_by_step(target, kinds, resampling),
        periods=_by_period(target, kinds, resampling.confidence),
    )


def _overall(target: Horizon, kinds: _Kinds, resampling: Resampling) -> dict[str, IntervalNumbers]:
    """Each kind over all steps, and under `difference` adaptive minus deployed, paired."""
    rows: dict[str, dict[str, NDArray[np.float64]]] = {
        kind: {name: _row_means(target, each, name) for name in _NUMBERS}
        for kind, each in kinds.items()
    }
    rows["difference"] = {
        name: rows["adaptive"][name] - rows["deployed"][name] for name in _NUMBERS
    }
    codes, num_entities = entity_codes(kinds["deployed"].entities)
    measures = [_measure(name, kind, num_entities) for kind in rows for name in _NUMBERS]
    values = np.stack([rows[kind][name] for kind in rows for name in _NUMBERS], axis=1)
    statistic = mean_statistic(measures, values, codes, num_entities)
    found = estimates([statistic], num_entities, resampling)
    return {
        kind: IntervalNumbers(**{name: found[f"{kind}:{name}"] for name in _NUMBERS})
        for kind in rows
    }


def _measure(name: str, kind: str, num_entities: int) -> Measure:
    highest = _largest(name)
    lowest = -highest if kind == "difference" else 0.0
    return Measure(f"{kind}:{name}", num_entities, lowest, highest)


def _largest(name: str) -> float:
    return 1.0 if name == "coverage" else math.inf


def _by_step(target: Horizon, kinds: _Kinds, resampling: Resampling) -> tuple[AdaptiveStep, ...]:
    codes, num_entities = entity_codes(kinds["deployed"].entities)
    statistics = [
        _step_statistic(target, each, f"{kind}:{name}", codes, num_entities)
        for kind, each in kinds.items()
        for name in _STEP_NUMBERS
    ]
    found = estimates(statistics, num_entities, resampling)
    entries = []
    for step in range(1, target.steps + 1):
        of_kinds = {
            kind: StepIntervals(**{name: found[f"{kind}:{name}:{step}"] for name in _STEP_NUMBERS})
            for kind in kinds
        }
        entries.append(AdaptiveStep(step=step, **of_kinds))
    return tuple(entries)


def _step_statistic(
    target: Horizon,
    predictions: Predictions,
    label: str,
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    """The number that `label`, `<kind>:<name>`, names, at each step as `<label>:<step>`."""
    name = label.split(":")[1]
    measures = [
        Measure(f"{label}:{step}", num_entities, 0.0, _largest(name))
        for step in range(1, target.steps + 1)
    ]
    observed = np.isfinite(predictions.targets)
    values = observed_mean(_values(target, predictions, name), observed, axes=(2,))
    return mean_statistic(measures, values, codes, num_entities)


def _by_period(target: Horizon, kinds: _Kinds, confidence: float) -> tuple[AdaptivePeriod, ...]:
    deployed = kinds["deployed"]
    codes, _ = entity_codes(deployed.entities)
    starts = deployed.forecast_context.starts
    moments = np.unique(starts)
    covered = {kind: _row_means(target, each, "coverage") for kind, each in kinds.items()}
    entries = []
    for period in np.array_split(moments, min(_MAX_PERIODS, len(moments))):
        inside = (starts >= period[0]) & (starts <= period[-1])
        shares = {
            kind: clustered_share(rows[inside], codes[inside], confidence)
            for kind, rows in covered.items()
        }
        entry = AdaptivePeriod(first=str(period[0]), last=str(period[-1]), **shares)
        entries.append(entry)
    return tuple(entries)


def _row_means(target: Horizon, predictions: Predictions, name: str) -> NDArray[np.float64]:
    observed = np.isfinite(predictions.targets)
    return observed_mean(_values(target, predictions, name), observed, axes=(1, 2))


def _values(target: Horizon, predictions: Predictions, name: str) -> NDArray[np.float64]:
    """(n, steps, channels)."""
    measured = {
        "coverage": target.covered,
        "interval_width": target.interval_widths,
        "interval_score": target.interval_scores,
    }
    return measured[name](predictions)
