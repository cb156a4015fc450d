"""Families of attributes: what is tested together is adjusted together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from shared.cluster.processors import num_processors
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.attribute import AttributeAssessment, assess_attribute, find_gap_sources
from shared.fairness.evaluated_split import EvaluatedSplit
from shared.fairness.gaps.errors import AdjustedErrors, adjust
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, GroupSize
from shared.fairness.groups.intersections import Intersection, intersect
from shared.run.artefacts.fairness.record import About
from shared.statistics.significance import holm
from shared.statistics.streams import Stream
from shared.targets import Categories

__all__ = ["PAIRS", "AdjustedTests", "Family", "assess_families", "families_without_numbers"]

AdjustedTests = Mapping[tuple[str, str], float]
"""(attribute, criterion or step) -> p-value after adjustment for its family (Holm)."""

_Assess = Callable[[], AttributeAssessment]

PAIRS = "intersections"

_ABOUT: tuple[About, ...] = ("people", "conditions")
"""Two families of tests: questions about the weather must not weaken tests of people."""


@dataclass(frozen=True)
class Family:
    """Attributes (or pairs) that are tested together.

    Attributes:
        name: "people", "conditions" or "intersections".
        attributes: All of them.
        assessments: Of those that could be measured, by name.
    """

    name: str
    attributes: list[Attribute]
    assessments: dict[str, AttributeAssessment]

    @property
    def sizes(self) -> dict[str, list[GroupSize]]:
        """Attribute -> the sizes of its groups."""
        return {name: item.groups.sizes for name, item in self.assessments.items()}

    @property
    def errors(self) -> dict[str, AdjustedErrors]:
        """Attribute -> p-values of its errors after adjustment."""
        return adjust({name: item.errors for name, item in self.assessments.items()})

    @property
    def parity(self) -> AdjustedTests:
        """P-values of all criteria after adjustment."""
        return _holm(
            {
                (name, item.criterion.name): item.test.p_value
                for name, assessment in self.assessments.items()
                for item in assessment.parity
                if item.test is not None
            }
        )

    @property
    def steps(self) -> AdjustedTests:
        """P-values of all gap sources after adjustment."""
        return _holm(
            {
                (name, step.name): step.test.p_value
                for name, assessment in self.assessments.items()
                if assessment.gap_sources is not None
                for step in assessment.gap_sources.steps
                if step.test is not None
            }
        )


@dataclass(frozen=True)
class _Assessor:
    """All that stays the same from one attribute to the next.

    Attributes:
        split: What is assessed.
        settings: How groups are compared, before streams and families.
        references: Attribute -> the group that its others are compared with.
        tables: Split -> `splits/<split>.parquet`.
        progress: Told attributes done, attributes in all, and the name of the next.
    """

    split: EvaluatedSplit
    settings: AssessmentSettings
    references: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame]
    progress: Callable[[int, int, str], None]

    def family(self, about: About, attributes: Sequence[Attribute]) -> Family:
        """Those of all attributes that are about this."""
        members = [attribute for attribute in attributes if attribute.about == about]
        family_size = sum(not attribute.note for attribute in members)
        settings = replace(self.settings, family_size=family_size)
        tasks = {}
        for attribute in members:
            if len(attribute.labels) > 0:
                own = settings.of_stream(Stream.GROUPS, attributes.index(attribute))
                tasks[attribute.name] = partial(self._assess, attribute, own)
        return Family(about, members, self._on_all_cores(tasks))

    def pairs(self, pairs: Sequence[Intersection]) -> Family:
        """Attributes two at a time."""
        settings = replace(self.settings, family_size=len(pairs))
        tasks = {}
        for position, pair in enumerate(pairs):
            own = settings.of_stream(Stream.GROUP_PAIRS, position)
            tasks[pair.attribute.name] = partial(self._assess_pair, pair, own)
        return Family(PAIRS, [pair.attribute for pair in pairs], self._on_all_cores(tasks))

    def _on_all_cores(self, tasks: Mapping[str, _Assess]) -> dict[str, AttributeAssessment]:
        """Assess several attributes, one on each core, by name and in their order.

        Each draws from a stream of its own, so that the order in which they end changes nothing.
        """
        with ThreadPoolExecutor(num_processors(), "attribute") as cores:
            pending = {name: cores.submit(task) for name, task in tasks.items()}
            assessments = {}
            for place, (name, outcome) in enumerate(pending.items()):
                self.progress(place, len(pending), name)
                assessments[name] = outcome.result()
        return assessments

    def _assess_pair(self, pair: Intersection, settings: AssessmentSettings) -> AttributeAssessment:
        grouped = self._grouped(pair.attribute)
        grouped = replace(grouped, totals=pair.totals, withheld=pair.withheld)
        return assess_attribute(self.split, pair.attribute, grouped, settings)

    def _assess(self, attribute: Attribute, settings: AssessmentSettings) -> AttributeAssessment:
        named = self.references.get(attribute.name)
        grouped = self._grouped(attribute)
        assessment = assess_attribute(self.split, attribute, grouped, settings, named)
        target = self.split.target
        if attribute.about != "people" or not isinstance(target, Categories):
            return assessment
        sources = find_gap_sources(assessment, self.split, target, self.tables, settings)
        return replace(assessment, gap_sources=sources)

    def _grouped(self, attribute: Attribute) -> GroupedErrors:
        split = self.split
        return GroupedErrors.of(attribute, split.test.entities, split.errors, split.bounds)


def assess_families(
    split: EvaluatedSplit,
    attributes: Sequence[Attribute],
    settings: AssessmentSettings,
    *,
    references: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    progress: Callable[[int, int, str], None],
) -> tuple[list[Family], list[str]]:
    """Assess attributes of people, of conditions, and pairs of attributes.

    Args:
        split: What is assessed.
        attributes: Aligned with its rows.
        settings: How groups are compared.
        references: Attribute -> the group that its others are compared with.
        tables: Split -> `splits/<split>.parquet`.
        progress: Told attributes done, attributes in all, and the name of the next.

    Returns:
        Three families, and a sentence about each pair that was left out.
    """
    assessor = _Assessor(split, settings, references, tables, progress)
    families = [assessor.family(about, attributes) for about in _ABOUT]
    sizes = {name: sizes for family in families for name, sizes in family.sizes.items()}
    pairs, notes = intersect(attributes, sizes)
    return [*families, assessor.pairs(pairs)], notes


def families_without_numbers(attributes: Sequence[Attribute]) -> list[Family]:
    """The same three families where nothing could be measured."""
    families = [
        Family(about, [item for item in attributes if item.about == about], {}) for about in _ABOUT
    ]
    return [*families, Family(PAIRS, [], {})]


def _holm(p_values: Mapping[tuple[str, str], float]) -> AdjustedTests:
    adjusted = holm(np.array(list(p_values.values()))).tolist()
    return dict(zip(p_values, adjusted, strict=True))
