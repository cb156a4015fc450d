"""Entries of `explanations.json` for tests that look at a few of their numbers."""

from __future__ import annotations

from typing import Any

from shared.run.artefacts.explanations_file import DeletionCurve, ExplainedExample

__all__ = ["explained_example"]


def explained_example(**numbers: Any) -> ExplainedExample:
    """An example whose other numbers are plausible and fixed."""
    curve = DeletionCurve(
        removed_share=(0.0, 0.5, 1.0), informed=(0.7, 0.1, 0.0), random=(0.7, 0.4, 0.0)
    )
    example = ExplainedExample(
        id="test-0003",
        file="explanations/0.npz",
        predicted="negative",
        target="positive",
        right=False,
        method="partition",
        num_segments=8,
        evaluations=288,
        score=1.3,
        score_none=0.3,
        additivity_error_relative=0.0,
        deletion_auc=0.2,
        deletion_auc_random=0.5,
        deletion_gain=0.3,
        deletion_curve=curve,
    )
    return example.model_copy(update=numbers)
