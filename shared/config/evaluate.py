"""`evaluate` and `explain`: how numbers and explanations are made."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.config.section import Section

__all__ = ["EvaluateConfig", "ExplainConfig", "ExplainMethod"]

ExplainMethod = Literal[
    "auto",
    "shap_exact",
    "shap_permutation",
    "shap_partition",
    "expected_gradients",
    "integrated_gradients",
    "grad_cam",
    "attention",
    "occlusion",
]
"""Methods of explanation by name; `docs/explanations.md` says which serves what."""


class EvaluateConfig(Section):
    """How numbers are made."""

    resamples: int = Field(1000, ge=100, le=100_000, description="Bootstrap resamples, by entity.")
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="Level of every interval.")
    max_perturbation_examples: int = Field(
        200,
        ge=20,
        le=100_000,
        description="Test examples that each perturbation changes and scores again.",
    )
    max_feature_examples: int = Field(
        2000,
        ge=20,
        le=100_000,
        description="Training examples whose features define what is in-distribution.",
    )
    behaviour_tests: bool = Field(
        True,
        description=(
            "Run the pipeline's behaviour tests, where it has some; they are in English for text."
        ),
    )
    class_roles: dict[str, str] = Field(
        {},
        description=(
            "Role that behaviour tests speak of, such as positive -> the class that has it; by"
            " default found by the name."
        ),
    )
    min_group_size: int = Field(
        20,
        ge=2,
        description=(
            "Groups of fewer rows, and rates of fewer, are shown with their counts, but take no"
            " part in tests, and decide of an answer only what they contradict."
        ),
    )
    privacy_group_size: int = Field(
        0,
        ge=0,
        description=(
            "Groups of fewer rows, or of one entity, are named and get no number, nor any from"
            " which theirs follows; 0 shows all."
        ),
    )
    reference_groups: dict[str, str] = Field(
        {},
        description=(
            "Attribute -> the group with which its others are compared, such as {sex: female}; else"
            " the largest is the reference."
        ),
    )
    largest_mitigation_price: float = Field(
        0.02,
        ge=0.0,
        le=1.0,
        description=(
            "Balanced accuracy that closing a gap between groups may cost when a mitigation is"
            " chosen."
        ),
    )
    equivalence_margin: float = Field(
        0.05,
        gt=0.0,
        le=10.0,
        description=(
            "Gaps between groups below this do not matter: a share for errors, σ for forecasts."
        ),
    )
    coverage_margin: float = Field(
        0.05,
        ge=0.0,
        lt=1.0,
        description=(
            "Sets and forecast intervals may hold the truth this much less often than is nominal"
            " without mattering (ε of the verdict)."
        ),
    )


class ExplainConfig(Section):
    """How predictions are explained."""

    num_examples: int = Field(8, ge=1, le=1000, description="Test examples to explain.")
    num_surveyed: int = Field(
        64,
        ge=0,
        le=10_000,
        description=(
            "Test examples whose brief explanations are summed: which words, regions, bands or lags"
            " matter in general, and for each group. 0: none."
        ),
    )
    method: ExplainMethod = Field(
        "auto",
        description=(
            "How; 'auto' takes the surest that the evaluations allow: all subsets of the segments,"
            " else random orders, else a tree of neighbours."
        ),
    )
    removal: str = Field(
        "auto",
        description=(
            "What shows in the place of a removed part, by the domain's names for it; 'auto' takes"
            " the one whose emptied rows are predicted most like rows of which nothing is known."
        ),
    )
    max_evaluations: int = Field(
        2000,
        ge=16,
        le=100_000,
        description=(
            "Model evaluations that one example may cost at most; fewer are spent where its"
            " strongest segments are settled before."
        ),
    )
