"""Numbers of all rows and of each class, group or step: the worst of them decides a verdict.

Over all rows a claim may hold while one class or group is far below. A part of which nothing is
known is named beside the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.evaluation.claims import Part, Promise, decided_by
from shared.formatting import (
    format_count,
    format_interval,
    format_range,
    format_value,
    humanise,
    shorten,
)
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.statistics.intervals import Estimate
from shared.verdicts.findings import Findings

__all__ = ["POOL", "Parts", "group_name", "group_rates", "withheld_groups"]

POOL = "all rows"
"""The part that holds every row."""


@dataclass(frozen=True)
class Parts:
    """Shares that a claim is about.

    Attributes:
        found: Part -> its estimate.
        num_rows: Part -> the rows behind it; of parts whose rows are counted.
        left_out: Parts of which nothing is known.
    """

    found: dict[str, Estimate] = field(default_factory=dict)
    num_rows: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, estimate: Estimate | None, num_rows: int | None = None) -> None:
        """Take in a part; those without a row are left out by name."""
        if estimate is None or estimate.value is None:
            self.left_out.append(name)
            return
        self.found[name] = estimate
        if num_rows is not None:
            self.num_rows[name] = num_rows

    def worst(self, promise: Promise, confidence: float) -> Part:
        """The part that decides; there must be one.

        Args:
            promise: Where each number is claimed to lie.
            confidence: Level of the intervals, in (0, 1).
        """
        parts = []
        for name, estimate in self.found.items():
            interval = estimate.interval
            claim = promise.judge(interval, num_parts=len(self.found), confidence=confidence)
            parts.append(Part(name, estimate.value or 0.0, interval, claim))
        return decided_by(parts, promise)

    def numbers(self, name: str) -> str:
        """A part's value with its interval; where rows are counted, "k of n" before it."""
        estimate = self.found[name]
        interval = format_interval(estimate.ci_low, estimate.ci_high, "share")
        return f"{format_value(estimate.value, 'share')} ({self._counts(name)}{interval})"

    def brief(self, name: str) -> str:
        """The part with its counts or its share, and its interval, as short as can be."""
        estimate = self.found[name]
        interval = format_range(estimate.ci_low, estimate.ci_high, "share")
        counted = self._counts(name).removesuffix(", ") or format_value(estimate.value, "share")
        return f"{shorten(name)}: {counted} ({interval})"

    @property
    def unknown(self) -> str:
        """Names what is left out, as the end of a sentence; empty if nothing is."""
        return f"; nothing is known of {', '.join(self.left_out)}" if self.left_out else ""

    def _counts(self, name: str) -> str:
        if name not in self.num_rows:
            return ""
        num_rows = self.num_rows[name]
        hits = round((self.found[name].value or 0.0) * num_rows)
        return f"{format_count(hits)} of {format_count(num_rows)}, "


def group_name(entry: AttributeRecord, group: str) -> str:
    """A group with its attribute, as verdicts name it."""
    return f"{humanise(entry.attribute, capital=False)} {group}"


def group_rates(findings: Findings, metric: str) -> Iterator[tuple[str, Estimate, int]]:
    """A rate about all classes of every group that has it, with the rows behind it."""
    for entry in findings.fairness.attributes:
        for rate in entry.rates:
            if rate.metric == metric and rate.estimate is not None:
                yield group_name(entry, rate.group), rate.estimate, rate.n


def withheld_groups(findings: Findings) -> list[str]:
    """Groups whose numbers are withheld for privacy."""
    return [
        group_name(entry, group.group)
        for entry in findings.fairness.attributes
        for group in entry.groups
        if group.suppressed
    ]
