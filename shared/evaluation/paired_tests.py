"""A model against a comparator, a baseline or another run, as one family of paired tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import assert_never

import numpy as np

from shared.run.artefacts.metrics.metric_entries import PairedTestEntry, PairedTests, TestFamily
from shared.statistics.areas import delong_test, mean_area
from shared.statistics.bootstrap import entity_codes
from shared.statistics.class_ranking import class_areas
from shared.statistics.intervals import number_or_none
from shared.statistics.significance import PairedTest, diebold_mariano_test, holm, mcnemar_test
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions

__all__ = ["paired_tests"]

_LOSSES = ("mse_standardised", "mae_standardised", "pinball")


def paired_tests(
    target: Target,
    test: Predictions,
    others: Mapping[str, Predictions],
    best: Mapping[str, str],
    seed: tuple[int, ...],
) -> PairedTests:
    """The tests, adjusted together (Holm), and the size of their family.

    Args:
        target: The kind of target.
        test: The model's predictions, finite.
        others: The comparators' predictions of the same rows; none if there is nothing to compare.
        best: Metric -> its comparator.
        seed: Seed sequence.
    """
    made = _tests(target, test, others, best, seed) if others else {}
    p_values = {
        metric: found.p_value for metric, found in made.items() if math.isfinite(found.p_value)
    }
    holm_values = holm(np.array(list(p_values.values()))).tolist()
    adjusted = dict(zip(p_values, holm_values, strict=True))
    entries = [
        PairedTestEntry(
            metric=metric,
            comparator=best[metric],
            method=found.method,
            difference=number_or_none(found.difference),
            statistic=number_or_none(found.statistic),
            p_value=number_or_none(found.p_value),
            p_adjusted=adjusted.get(metric),
            reason=found.reason,
        )
        for metric, found in made.items()
    ]
    family = TestFamily(method="Holm", size=len(p_values))
    return PairedTests(family=family, tests=tuple(entries))


def _tests(
    target: Target,
    test: Predictions,
    others: Mapping[str, Predictions],
    best: Mapping[str, str],
    seed: tuple[int, ...],
) -> dict[str, PairedTest]:
    match target:
        case Categories():
            return _category_tests(target, test, others, best, seed)
        case Horizon():
            return _horizon_tests(target, test, others, best)
        case _:
            assert_never(target)


def _category_tests(
    target: Categories,
    test: Predictions,
    others: Mapping[str, Predictions],
    best: Mapping[str, str],
    seed: tuple[int, ...],
) -> dict[str, PairedTest]:
    codes, num_entities = entity_codes(test.entities)
    right, theirs = (
        target.decide(scores) == test.targets
        for scores in (test.scores, others[best["accuracy"]].scores)
    )
    areas = [
        mean_area(list(class_areas(target, side).values()))
        for side in (test, others[best["auc_macro"]])
    ]
    return {
        "accuracy": mcnemar_test(right, theirs, codes, seed),
        "auc_macro": delong_test(*areas, by_entity=num_entities < len(test)),
    }


def _horizon_tests(
    target: Horizon, test: Predictions, others: Mapping[str, Predictions], best: Mapping[str, str]
) -> dict[str, PairedTest]:
    starts = test.forecast_context.starts.astype("datetime64[s]").astype(np.int64)
    ours = target.row_errors(test)
    return {
        metric: diebold_mariano_test(
            ours[metric],
            target.row_errors(others[best[metric]])[metric],
            starts,
            target.steps * target.step_seconds,
        )
        for metric in _LOSSES
        if metric in ours
    }
