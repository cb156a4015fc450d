"""Entries of `explanations.json` for tests that look at a few of their numbers."""

from __future__ import annotations

from typing import Any

from shared.run.artefacts.explanations.checks import (
    MethodChecks,
    NaiveOrder,
    RandomisedWeights,
    Removals,
    RemovalTested,
    Stability,
)
from shared.run.artefacts.explanations.record import ExplainedExample, RemovalCurve, SegmentValue
from shared.run.artefacts.explanations.survey import GroupLook, PlaceMean, Survey
from shared.statistics.intervals import Estimate

__all__ = ["CHECKS", "REMOVALS", "SURVEY", "explained_example"]


_CURVE = RemovalCurve(share=(0.0, 0.5, 1.0), informed=(0.7, 0.1, 0.0), random=(0.7, 0.4, 0.0))
_EXAMPLE = ExplainedExample(
    id="test-0003",
    entity="test-0003",
    file="explanations/0.npz",
    predicted="negative",
    target="positive",
    right=False,
    explained="negative",
    unit="log-odds",
    method="shap_permutation",
    num_segments=8,
    num_visible=8,
    evaluations=288,
    evaluations_checking=60,
    settled=True,
    score=1.3,
    score_none=0.3,
    probability=0.79,
    probability_none=0.57,
    predicted_none="negative",
    additivity_error_relative=None,
    deletion_auc=0.2,
    deletion_auc_random=0.5,
    deletion_gain=0.3,
    deletion_curve=_CURVE,
    insertion_auc=0.8,
    insertion_auc_random=0.5,
    insertion_gain=0.3,
    insertion_curve=_CURVE,
    naive=(NaiveOrder(name="first segment", deletion_auc=0.4, insertion_auc=0.6),),
    strongest=(SegmentValue(name="wonder", value=0.9, half_width=0.1),),
)


def explained_example(**numbers: Any) -> ExplainedExample:
    """An example whose other numbers are plausible and fixed."""
    return _EXAMPLE.model_copy(update=numbers)


def _estimate(value: float, reach: float = 0.05) -> Estimate:
    return Estimate(value=value, ci_low=value - reach, ci_high=value + reach)


REMOVALS = Removals(
    asked="auto",
    chosen="blur",
    rows=24,
    tested=(
        RemovalTested(name="blur", distance=_estimate(0.1), decisions={"negative": 0.75}),
        RemovalTested(name="mean", distance=_estimate(0.6), decisions={"positive": 1.0}),
    ),
)
CHECKS = MethodChecks(
    rows=4,
    evaluations=4000,
    stability=(
        Stability(
            change="another seed",
            correlation=_estimate(0.9),
            sign_flips=_estimate(0.05),
            n=4,
        ),
    ),
    randomised=(
        RandomisedWeights(part="output layer", correlation=_estimate(0.3), n=4),
        RandomisedWeights(part="all that was fitted", correlation=_estimate(0.1), n=4),
    ),
)
SURVEY = Survey(
    rows=64,
    evaluations=9000,
    method="shap_permutation",
    unit="log-odds",
    places=(
        PlaceMean(
            place="wonder",
            share=_estimate(0.4),
            mean_absolute=1.2,
            mean=0.9,
            by_class={"negative": 0.1, "positive": 0.5},
            n=12,
        ),
    ),
    groups=(
        GroupLook(
            attribute="sex",
            counts={"f": 30, "m": 34},
            place="wonder",
            shares={"f": _estimate(0.6), "m": _estimate(0.2)},
            spread=0.4,
            p_value=0.001,
            p_adjusted=0.002,
            note="",
        ),
    ),
)
