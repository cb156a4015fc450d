"""The section "Model card": what is known for the headings of two frameworks."""

from __future__ import annotations

from collections.abc import Mapping

from shared.reporting.artefacts import Artefacts
from shared.reporting.card import card_parts
from shared.reporting.page import Fact
from shared.reporting.section import Section
from shared.run.artefacts.report.card import Framework
from shared.verdicts.checklist import judge_run

__all__ = ["SECTION", "view_card"]


def view_card(artefacts: Artefacts) -> Mapping[Framework, tuple[Fact, ...]]:
    """Framework -> what a run says under each of its headings."""
    facts: dict[Framework, tuple[Fact, ...]] = {}
    for part in card_parts(artefacts, judge_run(artefacts)):
        fact = Fact(part.heading, part.text or "not measured")
        facts[part.framework] = (*facts.get(part.framework, ()), fact)
    return facts


SECTION = Section(
    id="card",
    title="Model card",
    lead=(
        "Headings of Regulation (EU) 2024/1689, Annex IV, and of Good Machine Learning Practice"
        " (FDA, Health Canada, MHRA 2021). It is no proof of conformity."
    ),
    view=view_card,
)
