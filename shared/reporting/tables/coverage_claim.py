"""Whether sets (or forecast intervals) hold the truth as often as they claim, wherever one looks.

Over all rows they may while one class or group is far below, so the worst part decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.evaluation.claims import Part, Promise, decided_by
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import TONES, as_interval
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_interval,
    format_value,
    humanise,
)
from shared.reporting.page import Tone, Verdict

__all__ = ["judge_coverage"]

_QUESTION = "Is its confidence right?"
_POOL = "all rows"


@dataclass(frozen=True)
class _Measured:
    """The coverage of all rows and of each part.

    Attributes:
        what: Of which a share is measured, as the end of a sentence.
        nominal: The share that is claimed.
        shares: Part -> its estimate; all rows first.
        counts: Part -> "k of n"; of parts whose rows are counted.
        left_out: Parts of which nothing is known.
    """

    what: str
    nominal: float
    shares: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, share: Mapping[str, Any] | None) -> None:
        """Take in a part; those without a row are left out by name."""
        if share is None or share["value"] is None:
            self.left_out.append(name)
            return
        self.shares[name] = share
        if "n" in share:
            hits = round(share["value"] * share["n"])
            self.counts[name] = f"{format_count(hits)} of {format_count(share['n'])}, "


def judge_coverage(artefacts: Artefacts) -> Verdict:
    """The card: shown only if every class, group and step is shown to have its coverage."""
    measured = _measure(artefacts)
    if measured is not None:
        measured.left_out.extend(_withheld(artefacts))
    if measured is None or _POOL not in measured.shares:
        return Verdict(_QUESTION, "Not known", "muted", _why_unknown(artefacts), "decisions")
    epsilon = artefacts.settings.evaluate.coverage_margin
    promise = Promise(low=measured.nominal, epsilon=epsilon)
    confidence = artefacts.metrics["confidence"]
    parts = []
    for name, share in measured.shares.items():
        interval = as_interval(share)
        claim = promise.judge(interval, num_parts=len(measured.shares), confidence=confidence)
        parts.append(Part(name, share["value"], interval, claim))
    worst = decided_by(parts, promise)
    answer, tone = _answer(measured, worst, promise)
    return Verdict(_QUESTION, answer, tone, _describe(measured, worst, epsilon), "decisions")


def _answer(measured: _Measured, worst: Part, promise: Promise) -> tuple[str, Tone]:
    tone = TONES[worst.claim]
    if worst.claim == "contradicted":
        return "No, it claims too much" if worst.name == _POOL else f"No: {worst.name}", tone
    if worst.claim == "not shown":
        return "Not shown", tone
    if measured.left_out:
        return "Yes, where it was measured", "muted"
    most = Promise(high=promise.low, epsilon=promise.epsilon)
    if most.judge(as_interval(measured.shares[_POOL])) == "contradicted":
        return "Yes, it is too careful", "muted"
    return "Yes", tone


def _describe(measured: _Measured, worst: Part, epsilon: float) -> str:
    """The part that decides, with its counts, beside all rows and what is nominal."""
    margin = format_difference(epsilon, "share").removeprefix("+")
    asked = f"nominal {format_value(measured.nominal, 'share')}, ε = {margin}"
    pool = f"{_numbers(measured, _POOL)} {measured.what}"
    left_out = f"; nothing is known of {', '.join(measured.left_out)}" if measured.left_out else ""
    if worst.name == _POOL:
        return f"{pool}; {asked}{left_out}"
    return f"least: {worst.name}, {_numbers(measured, worst.name)}; {pool}; {asked}{left_out}"


def _numbers(measured: _Measured, name: str) -> str:
    share = measured.shares[name]
    interval = format_interval(share["ci_low"], share["ci_high"], "share")
    counts = measured.counts.get(name, "")
    return f"{format_value(share['value'], 'share')} ({counts}{interval})"


def _why_unknown(artefacts: Artefacts) -> str:
    calibration = artefacts.metrics.get("calibration") or {}
    if "after" not in calibration or "ece" not in calibration["after"]:
        return "nothing was calibrated"
    error = format_value(calibration["after"]["ece"]["value"], "share")
    return f"calibration error {error}; no sets are made in a cross-validation"


def _measure(artefacts: Artefacts) -> _Measured | None:
    """Coverage of sets, else of forecast intervals; None if there are neither."""
    metrics = artefacts.metrics
    calibration = metrics.get("calibration") or {}
    if metrics.get("sets"):
        measured = _Measured("sets hold the true class", metrics["sets"]["nominal"])
        measured.add(_POOL, metrics["sets"]["coverage"])
        for item in metrics["sets"]["classes"]:
            measured.add(item["name"], item)
        for name, share in _sets_of_groups(artefacts):
            measured.add(name, share)
        return measured
    if "nominal" not in calibration:
        return None
    measured = _Measured("values lie inside the forecast interval", calibration["nominal"])
    measured.add(_POOL, calibration["after"]["coverage"])
    for item in metrics.get("steps") or ():
        measured.add(f"step {item['step']}", item["coverage"])
    for name, share in _intervals_of_groups(artefacts):
        measured.add(name, share)
    return measured


def _withheld(artefacts: Artefacts) -> list[str]:
    """Groups whose numbers are withheld for privacy."""
    return [
        _name(entry, group["group"])
        for entry in artefacts.fairness["attributes"]
        for group in entry["groups"]
        if group["suppressed"]
    ]


def _sets_of_groups(artefacts: Artefacts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in artefacts.fairness["attributes"]:
        for group in (entry["set_coverage"] or {"groups": ()})["groups"]:
            yield _name(entry, group["group"]), group["deployed"]["coverage"]


def _intervals_of_groups(artefacts: Artefacts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in artefacts.fairness["attributes"]:
        for rate in entry["rates"]:
            if rate["metric"] == "coverage" and rate["estimate"] is not None:
                yield _name(entry, rate["group"]), rate["estimate"]


def _name(entry: Mapping[str, Any], group: str) -> str:
    return f"{humanise(entry['attribute'], capital=False)} {group}"
