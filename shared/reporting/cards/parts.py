"""Numbers of all rows and of each class, group or step: the worst of them decides a card.

Over all rows a claim may hold while one class or group is far below. A part of which nothing is
known is named beside the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.evaluation.claims import Part, Promise, decided_by
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import as_interval
from shared.reporting.formatting import (
    format_count,
    format_interval,
    format_value,
    humanise,
)

__all__ = ["POOL", "Parts", "group_name", "group_rates", "withheld_groups"]

POOL = "all rows"
"""The part that holds every row."""


@dataclass(frozen=True)
class Parts:
    """Shares that a claim is about.

    Attributes:
        found: Part -> its estimate.
        left_out: Parts of which nothing is known.
    """

    found: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, estimate: Mapping[str, Any] | None) -> None:
        """Take in a part; those without a row are left out by name."""
        if estimate is None or estimate["value"] is None:
            self.left_out.append(name)
        else:
            self.found[name] = estimate

    def worst(self, promise: Promise, confidence: float) -> Part:
        """The part that decides; there must be one.

        Args:
            promise: Where each number is claimed to lie.
            confidence: Level of the intervals, in (0, 1).
        """
        parts = []
        for name, estimate in self.found.items():
            interval = as_interval(estimate)
            claim = promise.judge(interval, num_parts=len(self.found), confidence=confidence)
            parts.append(Part(name, estimate["value"], interval, claim))
        return decided_by(parts, promise)

    def numbers(self, name: str) -> str:
        """A part's value with its interval; where rows are counted, "k of n" before it."""
        estimate = self.found[name]
        interval = format_interval(estimate["ci_low"], estimate["ci_high"], "share")
        return f"{format_value(estimate['value'], 'share')} ({_counts(estimate)}{interval})"

    @property
    def unknown(self) -> str:
        """Names what is left out, as the end of a sentence; empty if nothing is."""
        return f"; nothing is known of {', '.join(self.left_out)}" if self.left_out else ""


def group_name(entry: Mapping[str, Any], group: str) -> str:
    """A group with its attribute, as cards name it."""
    return f"{humanise(entry['attribute'], capital=False)} {group}"


def group_rates(artefacts: Artefacts, metric: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A rate about all classes of every group that has it, with the rows behind it."""
    for entry in artefacts.fairness["attributes"]:
        for rate in entry["rates"]:
            if rate["metric"] == metric and rate["estimate"] is not None:
                yield group_name(entry, rate["group"]), {**rate["estimate"], "n": rate["n"]}


def withheld_groups(artefacts: Artefacts) -> list[str]:
    """Groups whose numbers are withheld for privacy."""
    return [
        group_name(entry, group["group"])
        for entry in artefacts.fairness["attributes"]
        for group in entry["groups"]
        if group["suppressed"]
    ]


def _counts(estimate: Mapping[str, Any]) -> str:
    if "n" not in estimate:
        return ""
    hits = round(estimate["value"] * estimate["n"])
    return f"{format_count(hits)} of {format_count(estimate['n'])}, "
