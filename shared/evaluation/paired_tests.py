"""A model against a comparator, a baseline or another run, as one family of paired tests."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from shared.errors import ContractError
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
    *,
    target_of_others: Target,
) -> PairedTests:
    """The tests, adjusted together (Holm), and the size of their family.

    Args:
        target: The kind of target.
        test: The model's predictions, finite.
        others: The comparators' predictions of the same rows; none if there is nothing to compare.
        best: Metric -> its comparator.
        seed: Seed sequence.
        target_of_others: As the comparators decide for it.
    """
    made = _tests((target, target_of_others), test, others, best, seed) if others else {}
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
    targets: tuple[Target, Target],
    test: Predictions,
    others: Mapping[str, Predictions],
    best: Mapping[str, str],
    seed: tuple[int, ...],
) -> dict[str, PairedTest]:
    match targets:
        case (Categories() as ours, Categories() as theirs):
            return _category_tests((ours, theirs), test, others, best, seed)
        case (Horizon() as ours, _):
            return _horizon_tests(ours, test, others, best)
        case _:
            raise ContractError(f"targets of two kinds can't be compared: {targets}")


def _category_tests(
    targets: tuple[Categories, Categories],
    test: Predictions,
    others: Mapping[str, Predictions],
    best: Mapping[str, str],
    seed: tuple[int, ...],
) -> dict[str, PairedTest]:
    codes, num_entities = entity_codes(test.entities)
    compared = (test.scores, others[best["accuracy"]].scores)
    right, theirs = (
        target.decide(scores) == test.targets
        for target, scores in zip(targets, compared, strict=True)
    )
    areas = [
        mean_area(list(class_areas(targets[0], side).values()))
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
