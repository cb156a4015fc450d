"""Whether the members of an average disagree where it errs."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.spread_entries import MemberSpread
from shared.statistics.areas import area_estimate, ranked_area
from shared.statistics.bootstrap import entity_codes
from shared.statistics.intervals import Estimate
from shared.targets import Categories, Horizon, Target
from shared.targets.ood import ood_scores
from shared.targets.predictions import Predictions, Scores

__all__ = ["judge_spread"]


def judge_spread(target: Target, test: Predictions, confidence: float) -> MemberSpread | None:
    """Rank the test rows by their spread, and by what needs no members.

    Args:
        target: As the deployed model decides for it.
        test: As the deployed model answers, finite.
        confidence: Level of the intervals, in (0, 1).

    Returns:
        None without members.
    """
    if test.spreads is None:
        return None
    is_error = _errors(target, test)
    codes, num_entities = entity_codes(test.entities)

    def area(values: NDArray[np.float64]) -> Estimate:
        return area_estimate(ranked_area(is_error, values, codes, num_entities), confidence)

    usual = ood_scores(target, test).get(_usual(target))
    return MemberSpread(
        n=len(test),
        num_entities=num_entities,
        num_errors=int(is_error.sum()),
        auroc=area(_spread_of_rows(target, test, test.spreads)),
        usual=None if usual is None else area(usual),
    )


def _usual(target: Target) -> str:
    return "max_softmax" if isinstance(target, Categories) else "interval_width"


def _errors(target: Target, test: Predictions) -> NDArray[np.bool_]:
    match target:
        case Categories():
            return np.asarray(target.decide(test.scores) != test.targets)
        case Horizon():
            error = np.abs(target.decide(test.scores) - test.targets)
            scale = test.forecast_context.scale[:, None, :]
            # What was not observed has no error; a row without any is not among the tested ones.
            each = np.nanmean(error / scale, axis=(1, 2))
            return np.asarray(each > np.median(each))
        case _:
            assert_never(target)


def _spread_of_rows(target: Target, test: Predictions, spreads: Scores) -> NDArray[np.float64]:
    match target:
        case Categories():
            return spreads.astype(np.float64)
        case Horizon():
            # Channels in their own units: each in standard deviations of its series.
            return np.asarray((spreads / test.forecast_context.scale[:, None, :]).mean(axis=(1, 2)))
        case _:
            assert_never(target)
