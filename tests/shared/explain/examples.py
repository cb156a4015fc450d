"""Entries of `explanations.json` for tests that look at a few of their numbers."""

from __future__ import annotations

from typing import Any

from shared.run.artefacts.explanation_checks import NaiveOrder
from shared.run.artefacts.explanations_file import ExplainedExample, RemovalCurve

__all__ = ["explained_example"]


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
)


def explained_example(**numbers: Any) -> ExplainedExample:
    """An example whose other numbers are plausible and fixed."""
    return _EXAMPLE.model_copy(update=numbers)
