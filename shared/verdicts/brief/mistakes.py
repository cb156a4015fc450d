"""The mistake that matters: of all classes, and all classes within groups, the one found least.

The interval chooses, not the number: the part whose recall is surely lowest, so that one row of one
is not held against a model. Of parts with fewer rows than take part in tests
(`evaluate.min_group_size`), only those that all rows contradict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.contract import UNKNOWN
from shared.evaluation.claims import Promise
from shared.statistics.intervals import Estimate
from shared.verdicts.findings import Findings
from shared.verdicts.parts import group_name

__all__ = ["Mistake", "worst_error_ratio", "worst_mistake"]


@dataclass(frozen=True)
class Mistake:
    """How often one class is found, within one group or over all rows.

    Attributes:
        of_class: The class.
        group: The group with its attribute; empty for all rows.
        n: Its rows.
        recall: Share of them that is found.
        num_compared: Parts among which it is the worst.
    """

    of_class: str
    group: str
    n: int
    recall: Estimate
    num_compared: int = 1

    @property
    def missed(self) -> int:
        """Rows that are not found."""
        return self.n - round((self.recall.value or 0.0) * self.n)


def worst_mistake(findings: Findings) -> Mistake | None:
    """The part that is surely found least; None if no recall was measured."""
    found = [*_of_classes(findings), *_of_groups(findings)]
    if not found:
        return None
    fewest = findings.settings.evaluate.min_group_size
    below_all = _below_all(findings, found)
    compared = [one for one in found if one.n >= fewest or one in below_all] or found
    worst = min(compared, key=_surely)
    return Mistake(worst.of_class, worst.group, worst.n, worst.recall, len(compared))


def worst_error_ratio(findings: Findings) -> tuple[str, Estimate, int] | None:
    """The group whose error is surely the largest multiple of the rest's, with it and its rows."""
    metric = findings.fairness.metric
    ratios = [
        (group_name(entry, group.group), group.ratios[metric], group.n)
        for entry in findings.fairness.attributes
        for group in entry.groups
        if group.group != UNKNOWN and metric in group.ratios
    ]
    known = [found for found in ratios if found[1].ci_low is not None]
    return max(known, key=lambda found: found[1].ci_low or 0.0, default=None)


def _below_all(findings: Findings, found: Sequence[Mistake]) -> list[Mistake]:
    """Parts that are surely found less often than all rows are right, however many were tried."""
    right = findings.metrics.metrics["accuracy"].value
    if right is None:
        return []
    promise = Promise(low=right)
    confidence = findings.metrics.confidence
    return [
        one
        for one in found
        if promise.judge(one.recall.interval, num_parts=len(found), confidence=confidence)
        == "contradicted"
    ]


def _surely(mistake: Mistake) -> tuple[float, float]:
    value = mistake.recall.value or 0.0
    high = mistake.recall.ci_high
    return (1.0 if high is None else high), value


def _of_classes(findings: Findings) -> Iterator[Mistake]:
    for entry in findings.metrics.classes or ():
        if entry.recall.value is not None:
            yield Mistake(entry.name, "", entry.n, entry.recall)


def _of_groups(findings: Findings) -> Iterator[Mistake]:
    for entry in findings.fairness.attributes:
        for rate in entry.rates:
            is_recall = rate.metric == "recall" and rate.group != UNKNOWN
            if not is_recall or rate.of_class is None or rate.estimate is None:
                continue
            if rate.estimate.value is not None:
                yield Mistake(rate.of_class, group_name(entry, rate.group), rate.n, rate.estimate)
