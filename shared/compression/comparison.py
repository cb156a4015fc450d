"""What the smaller model costs: every metric and every group, paired with another model's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import numpy as np

from shared.config import EvaluateConfig, RunConfig
from shared.evaluation.comparison import RunPair, compare_runs, read_pair
from shared.evaluation.run_differences import GroupDifference, group_differences
from shared.run.artefacts.compression.record import (
    ComparedGroup,
    ComparedMetric,
    ComparisonRecord,
)
from shared.run.artefacts.metrics.metric_entries import PairedTests
from shared.run.directory import RunDirectory
from shared.statistics.bootstrap import Resampling
from shared.statistics.intervals import Estimate, Interval
from shared.statistics.shares import most_of_none
from shared.statistics.streams import Stream
from shared.targets import Categories, Horizon, Target
from shared.verdicts.compression.judge import judge_compression

__all__ = ["compare_with"]


def compare_with(
    small: RunDirectory, other: RunDirectory, config: RunConfig, *, against: str
) -> ComparisonRecord:
    """Compare two models on the same test rows.

    Args:
        small: Predictions and calibration of the smaller one.
        other: Those of the other one, and its test split with groups.
        config: Of the full model's run.
        against: What the other one is, for people.

    Raises:
        DataError: The test splits differ, or scores are not finite.
    """
    settings = config.evaluate
    seed = (config.train.seed, Stream.COMPARISON)
    resampling = Resampling(settings.resamples, settings.confidence, seed)
    found = compare_runs(small, other, resampling)
    pair = read_pair(small, other)
    bounded = _bounds_of_unchanged(pair, settings.confidence)
    metrics = tuple(
        _metric(name, entry, bounded.get(name)) for name, entry in found["metrics"].items()
    )
    groups, level = _groups(pair, other, settings)
    error = _error_of(pair.target)
    primary = next(one for one in metrics if one.name == pair.target.primary_metric)
    return ComparisonRecord(
        against=against,
        n=found["n"],
        num_entities=found["num_entities"],
        confidence=found["confidence"],
        primary_metric=primary.name,
        metrics=metrics,
        paired_tests=PairedTests.model_validate(found["paired_tests"]),
        group_error=error,
        group_confidence=level,
        groups=groups,
        verdict=judge_compression(
            against, primary, groups, group_unit=error[1], margin=settings.equivalence_margin
        ),
    )


def _bounds_of_unchanged(pair: RunPair, confidence: float) -> dict[str, Estimate]:
    """Where both decide alike on every row: how much shares of right decisions may still differ.

    Resamples of no difference have none, so they give no interval. No more decisions change than
    can have stayed unseen among so many entities, of each class for balanced accuracy. Empty where
    a decision differs, and of forecasts.
    """
    ours = pair.target
    theirs = pair.second_target
    if not (isinstance(ours, Categories) and isinstance(theirs, Categories)):
        return {}
    differs = ours.decide(pair.first.scores) != theirs.decide(pair.second.scores)
    if differs.any():
        return {}
    if pair.has_same_scores:
        return dict.fromkeys(("accuracy", "balanced_accuracy"), Estimate.of_equals())
    rows = pair.first
    of_classes = [rows.entities[rows.targets == c] for c in np.unique(rows.targets)]
    counts = [len(np.unique(entities)) for entities in of_classes]
    return {
        "accuracy": _unchanged([len(np.unique(rows.entities))], confidence),
        "balanced_accuracy": _unchanged(counts, confidence),
    }


def _unchanged(counts: list[int], confidence: float) -> Estimate:
    most = most_of_none(counts, confidence)
    return Estimate.of(0.0, Interval(-most, most), "no decision differs; the interval is exact")


def _metric(name: str, entry: Mapping[str, Any], bound: Estimate | None) -> ComparedMetric:
    return ComparedMetric(
        name=name,
        unit=entry["unit"],
        better=entry["better"],
        small=Estimate.model_validate(entry["first"]),
        other=Estimate.model_validate(entry["second"]),
        difference=bound or Estimate.model_validate(entry["difference"]),
    )


def _groups(
    pair: RunPair, run: RunDirectory, settings: EvaluateConfig
) -> tuple[tuple[ComparedGroup, ...], float]:
    """The loss of each group, and the level at which all their intervals hold together."""
    number = len(group_differences(pair, run, settings))
    level = 1.0 - (1.0 - settings.confidence) / max(1, number)
    together = settings.model_copy(update={"confidence": level})
    found = group_differences(pair, run, together)
    return tuple(_group(one, pair.target) for one in found), level


def _group(found: GroupDifference, target: Target) -> ComparedGroup:
    # Of classes the difference is in what is right: less of that is a loss.
    is_gain = isinstance(target, Categories)
    return ComparedGroup(
        attribute=found.attribute,
        group=found.group,
        n=found.n,
        loss=_of_shares(found.difference.mirrored) if is_gain else found.difference,
    )


def _of_shares(difference: Estimate) -> Estimate:
    """Student's t of two entities reaches beyond what a difference of shares can be."""
    interval = difference.interval
    if interval is None:
        return difference
    possible = {"ci_low": max(-1.0, interval.low), "ci_high": min(1.0, interval.high)}
    return difference.model_copy(update=possible)


def _error_of(target: Target) -> tuple[str, str]:
    """The error of groups and its unit, as `group_differences` measures it."""
    match target:
        case Categories():
            return "error", "share"
        case Horizon():
            return "mae_standardised", target.describe()["mae_standardised"].unit
        case _:
            assert_never(target)
