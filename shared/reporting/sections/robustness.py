"""What disturbs the model: corruptions, changes that should not matter, and foreign inputs."""

from __future__ import annotations

from dataclasses import dataclass

from shared.formatting import humanise
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Table
from shared.reporting.section import Section
from shared.reporting.tables.ood import OodView, view_ood
from shared.reporting.tables.perturbations import (
    Perturbations,
    corruption_table,
    counterfactual_table,
    coverage_table,
    describe_corruptions,
)

__all__ = ["SECTION", "RobustnessView", "view_robustness"]


@dataclass(frozen=True)
class RobustnessView:
    """What corruptions cost, what counterfactual changes move, and what is noticed.

    None where there is nothing of a kind.
    """

    summary: str
    corruptions: Table | None
    coverage: Table | None
    counterfactuals: Table | None
    ood: OodView | None


def view_robustness(artefacts: Artefacts) -> RobustnessView | None:
    """Lay out the perturbations; None if the pipeline has none."""
    metrics = artefacts.metrics
    if not metrics.perturbations and not metrics.ood.perturbations:
        return None
    corruptions = _of_kind(artefacts, "corruption")
    counterfactuals = _of_kind(artefacts, "counterfactual")
    return RobustnessView(
        summary=describe_corruptions(corruptions),
        corruptions=corruption_table(corruptions) if corruptions.entries else None,
        coverage=coverage_table(corruptions),
        counterfactuals=counterfactual_table(counterfactuals) if counterfactuals.entries else None,
        ood=view_ood(artefacts),
    )


def _of_kind(artefacts: Artefacts, kind: str) -> Perturbations:
    metrics = artefacts.metrics
    name = metrics.primary_metric
    return Perturbations(
        entries=[entry for entry in metrics.perturbations if entry.kind == kind],
        overall=metrics.corruptions,
        metric=humanise(name, capital=False),
        unit=metrics.metrics[name].unit,
        confidence=metrics.confidence,
    )


SECTION = Section(
    id="robustness",
    title="Robustness and out-of-distribution inputs",
    lead="The same test examples, changed in named ways and scored again.",
    view=view_robustness,
    missing="This pipeline defines no perturbations, so nothing is known about its robustness.",
)
