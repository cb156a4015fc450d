"""Whether a smaller model answers as well as the other one, for every group.

Errors may rise by `evaluate.equivalence_margin` without mattering. "Yes" needs the primary metric
and every group to be shown within it, and none to surely lose more than a tenth of it; one that is
surely beyond it makes it a "no". Intervals of groups hold together (Bonferroni), so that of many
groups none pays by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.evaluation.claims import Part, Promise, decided_by
from shared.formatting import format_difference, format_difference_interval, humanise, shorten
from shared.run.artefacts.compression.record import ComparedGroup, ComparedMetric
from shared.run.artefacts.report.verdict import ReaderQuestion, Status, Verdict
from shared.statistics.intervals import Estimate
from shared.verdicts.thresholds import STATUS_OF_CLAIM

__all__ = ["judge_compression"]


_NOTICEABLE = 0.1
"""Share of the margin. Less is surely lost by any rounding, if rows are many."""


@dataclass(frozen=True)
class _Loss:
    """By how much one number is worse than the other model's; negative if it is better."""

    name: str
    estimate: Estimate
    unit: str

    def surely_exceeds(self, size: float) -> bool:
        return self.estimate.ci_low is not None and self.estimate.ci_low > size

    def words(self) -> str:
        size = format_difference(self.estimate.value, self.unit)
        between = format_difference_interval(
            self.estimate.ci_low, self.estimate.ci_high, self.unit
        ).removesuffix(" points")
        return f"{shorten(self.name)}: {size} ({between})"


def judge_compression(
    against: str,
    primary: ComparedMetric,
    groups: Sequence[ComparedGroup],
    *,
    group_unit: str,
    margin: float,
) -> Verdict:
    """One answer.

    Args:
        against: What the smaller model is compared with, for people.
        primary: The primary metric of both.
        groups: The loss of each; their intervals hold together.
        group_unit: Of those losses.
        margin: By how much errors may rise.
    """
    difference = primary.difference
    overall = difference if primary.better == "lower" else difference.mirrored
    losses = [_Loss(humanise(primary.name, capital=False), overall, primary.unit)]
    losses += [
        _Loss(f"{humanise(one.attribute, capital=False)} {one.group}", one.loss, group_unit)
        for one in groups
    ]
    return _judge(against, [one for one in losses if one.estimate.value is not None], margin)


def _judge(against: str, losses: Sequence[_Loss], margin: float) -> Verdict:
    if not losses:
        return _verdict(against, "unknown", "Not known", "no metric has a number", "")
    allowed = format_difference(margin, losses[0].unit).removeprefix("+")
    promise = Promise(high=margin)
    by_name = {one.name: one for one in losses}
    parts = [_part(one, promise) for one in losses]
    worst = decided_by(parts, promise)
    said = by_name[worst.name].words()
    rule = f"asked: nobody loses more than {allowed}"
    if worst.claim != "shown":
        status = STATUS_OF_CLAIM[worst.claim]
        answer = "No, not" if worst.claim == "contradicted" else "Not shown"
        return _verdict(against, status, f"{answer} for {shorten(worst.name)}", said, rule)
    paying = [one for one in losses if one.surely_exceeds(_NOTICEABLE * margin)]
    if paying:
        most = max(paying, key=lambda one: one.estimate.ci_low or 0.0)
        answer = f"Within {allowed}, but {shorten(most.name)} pays"
        return _verdict(against, "care", answer, most.words(), rule)
    return _verdict(against, "shown", f"Yes, within {allowed}", said, rule)


def _part(loss: _Loss, promise: Promise) -> Part:
    interval = loss.estimate.interval
    return Part(loss.name, loss.estimate.value or 0.0, interval, promise.judge(interval))


def _verdict(against: str, status: Status, answer: str, numbers: str, rule: str) -> Verdict:
    asked = ReaderQuestion("compression", f"As good as {against}, for everyone?", "comparison")
    detail = f"largest loss: {numbers}; {rule}" if rule else numbers
    return asked.answered(answer, status, numbers, detail)
