"""Numbers of all rows and of each class, group or step: the worst of them decides a verdict.

Over all rows a claim may hold while one class or group is far below. A part of which nothing is
known is named beside the answer. So is one of fewer rows than take part in tests
(`evaluate.min_group_size`): so few hardly settle a claim, and decide only what they contradict.
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
        promise: Where each number is claimed to lie.
        confidence: Level of the intervals, in (0, 1).
        fewest: Rows below which a part decides only what it contradicts.
        found: Part -> its estimate.
        num_rows: Part -> the rows behind it; of parts whose rows are counted.
        left_out: Parts of which nothing is known.
    """

    promise: Promise
    confidence: float
    fewest: int
    found: dict[str, Estimate] = field(default_factory=dict)
    num_rows: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def about(cls, findings: Findings, promise: Promise) -> Parts:
        """Nothing yet, with the level and the fewest rows of a run."""
        fewest = findings.settings.evaluate.min_group_size
        return cls(promise, findings.metrics.confidence, fewest)

    def add(self, name: str, estimate: Estimate | None, num_rows: int | None = None) -> None:
        """Take in a part; those without a row are left out by name."""
        if estimate is None or estimate.value is None:
            self.left_out.append(name)
            return
        self.found[name] = estimate
        if num_rows is not None:
            self.num_rows[name] = num_rows

    @property
    def worst(self) -> Part:
        """The part that decides; there must be one. Too small only where all are."""
        parts = list(self._judged())
        large = [part for part in parts if not self._is_too_small(part)]
        return decided_by(large or parts, self.promise)

    @property
    def too_small(self) -> list[str]:
        """Parts whose rows are too few to say, the largest first."""
        names = [part.name for part in self._judged() if self._is_too_small(part)]
        return sorted(names, key=lambda name: -self.num_rows[name])

    @property
    def are_all_judged(self) -> bool:
        """Whether something is said of every part."""
        return not self.left_out and not self.too_small

    def numbers(self, name: str) -> str:
        """A part's value with its interval; where rows are counted, "k of n" before it."""
        estimate = self.found[name]
        interval = format_interval(estimate.ci_low, estimate.ci_high, "share")
        return f"{format_value(estimate.value, 'share')} ({self._counts(name)}{interval})"

    @property
    def brief(self) -> str:
        """The part that decides, with counts or share and interval, as short as can be.

        If the claim is shown wherever there are rows enough: the largest part that has too few.
        """
        worst = self.worst
        small = self.too_small
        name = small[0] if small and worst.claim == "shown" else worst.name
        estimate = self.found[name]
        beside = format_range(estimate.ci_low, estimate.ci_high, "share")
        if name in small:
            more = f"; {len(small) - 1} more" if len(small) > 1 else ""
            beside = f"too few rows to say{more}"
        counted = self._counts(name).removesuffix(", ") or format_value(estimate.value, "share")
        return f"{shorten(name)}: {counted} ({beside})"

    @property
    def unknown(self) -> str:
        """Names what is left out, as the end of a sentence; empty if nothing is."""
        nothing = f"; nothing is known of {', '.join(self.left_out)}" if self.left_out else ""
        if not self.too_small:
            return nothing
        counted = [f"{name} ({self._counts(name).removesuffix(', ')})" for name in self.too_small]
        return f"{nothing}; below {self.fewest} rows, too few to say: {', '.join(counted)}"

    def _judged(self) -> Iterator[Part]:
        for name, estimate in self.found.items():
            interval = estimate.interval
            claim = self.promise.judge(
                interval, num_parts=len(self.found), confidence=self.confidence
            )
            yield Part(name, estimate.value or 0.0, interval, claim)

    def _is_too_small(self, part: Part) -> bool:
        """Whether a claim is open of it for want of rows."""
        if part.name == POOL or part.claim != "not shown":
            return False
        return self.num_rows.get(part.name, self.fewest) < self.fewest

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
