"""Whether the model is better than the strongest baseline, wherever one looks.

Over all rows it may be while it finds nothing of one class. So every class must be found, and every
group answered rightly, more often than by guessing evenly among the classes, which is right once in
as many times as there are classes, however rows are mixed. Of forecasts, every step must have skill
against the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from shared.evaluation.claims import Promise
from shared.formatting import (
    format_difference,
    format_difference_interval,
    format_value,
    humanise,
    shorten,
)
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.report.verdict import Status, Verdict
from shared.statistics.intervals import Estimate
from shared.targets import Categories
from shared.verdicts.findings import Findings
from shared.verdicts.parts import Parts, group_name, withheld_groups
from shared.verdicts.thresholds import STATUS_OF_CLAIM

__all__ = ["contradicting_metrics", "judge_accuracy"]

_Compared = Literal["better", "worse", "inconclusive", "not known"]

_ANSWERS: Mapping[_Compared, tuple[str, Status]] = MappingProxyType(
    {
        "better": ("Yes", "shown"),
        "worse": ("No, it is worse", "contradicted"),
        "inconclusive": ("Not shown", "care"),
        "not known": ("Not known", "unknown"),
    }
)


@dataclass(frozen=True)
class _Measured:
    """What is right of each part, and what it would be without a model.

    Attributes:
        what: What is measured, behind a number.
        parts: Classes and groups, or steps.
    """

    what: str
    parts: Parts


@dataclass(frozen=True)
class _Answer:
    """What is said of one question; attributes as in `Verdict`."""

    answer: str
    status: Status
    numbers: str
    detail: str


def contradicting_metrics(metrics: Metrics) -> tuple[str, ...]:
    """Deciding metrics on which the model is shown to be worse than the strongest baseline."""
    worse = {
        name: metrics.metrics[name].baseline_name or "none"
        for name in metrics.deciding_metrics
        if metrics.metrics[name].versus_baseline.verdict == "worse"
    }
    return tuple(
        f"{humanise(name, capital=False)} (against {humanise(baseline, capital=False)})"
        for name, baseline in worse.items()
    )


def judge_accuracy(findings: Findings) -> Verdict:
    """A better metric over all rows, and no class, group or step left behind."""
    said = _over_all_rows(findings.metrics.metrics[findings.metrics.primary_metric])
    if said.status == "shown":
        said = _unless_contradicted(findings.metrics, said)
    if said.status == "shown":
        said = _unless_somewhere(findings, said)
    return Verdict(
        id="accuracy",
        question="Better than the baseline?",
        status=said.status,
        answer=said.answer,
        numbers=said.numbers,
        detail=said.detail,
        section="results",
    )


def _over_all_rows(entry: MetricEntry) -> _Answer:
    against = entry.versus_baseline
    answer, status = _ANSWERS[against.verdict]
    name = humanise(entry.baseline_name or "none", capital=False)
    difference = format_difference(against.value, entry.unit)
    interval = format_difference_interval(against.ci_low, against.ci_high, entry.unit)
    detail = f"{difference} against {name}, the strongest baseline measured"
    numbers = f"{difference} ({interval.removesuffix(' points')}) against {shorten(name)}"
    return _Answer(answer, status, numbers, detail)


def _unless_contradicted(metrics: Metrics, said: _Answer) -> _Answer:
    """A "yes" does not rest on one metric while another one says worse."""
    worse = contradicting_metrics(metrics)
    if not worse:
        return said
    metric = humanise(metrics.primary_metric, capital=False)
    named = f"worse in {', '.join(worse)}"
    return _Answer(f"Only in {metric}", "care", named, f"{said.detail}; {named}")


def _unless_somewhere(findings: Findings, said: _Answer) -> _Answer:
    """A "yes" holds for every part, or names the one for which it does not."""
    measured = _measure(findings)
    parts = measured.parts
    if not parts.found:
        return said
    worst = parts.worst
    least = f"least: {worst.name}, {parts.numbers(worst.name)} {measured.what}"
    detail = f"{said.detail}; {least}{parts.unknown}"
    status = STATUS_OF_CLAIM[worst.claim]
    brief = parts.brief
    if status == "contradicted":
        return _Answer(f"Not for {worst.name}", status, brief, detail)
    if status == "care" and worst.name not in parts.too_small:
        return _Answer(f"Not shown for {worst.name}", status, brief, detail)
    if not parts.are_all_judged:
        return _Answer("Yes, where it can be told", "unknown", brief, detail)
    return _Answer(said.answer, said.status, said.numbers, detail)


def _measure(findings: Findings) -> _Measured:
    if not isinstance(findings.target, Categories):
        return _Measured("less squared error", _steps(findings))
    chance = 1.0 / len(findings.target.names)
    what = f"right; guessing evenly has {format_value(chance, 'share')}"
    return _Measured(what, _classes_and_groups(findings, Promise(low=chance)))


def _classes_and_groups(findings: Findings, promise: Promise) -> Parts:
    parts = Parts.about(findings, promise)
    for item in findings.metrics.classes or ():
        parts.add(item.name, item.recall, num_rows=item.n)
    for entry in findings.fairness.attributes:
        for group in entry.groups:
            error = group.metrics.get("error")
            if error is not None:
                parts.add(group_name(entry, group.group), _right(error), num_rows=group.n)
    parts.left_out.extend(withheld_groups(findings))
    return parts


def _right(error: Estimate) -> Estimate:
    """The share that is right, of an error rate."""
    ends = {"value": error.value, "ci_low": error.ci_high, "ci_high": error.ci_low}
    return Estimate(**{name: None if end is None else 1.0 - end for name, end in ends.items()})


def _steps(findings: Findings) -> Parts:
    """Skill at each step against the strongest baseline of the primary metric."""
    metrics = findings.metrics
    strongest = metrics.metrics[metrics.primary_metric].baseline_name
    parts = Parts.about(findings, Promise(low=0.0))
    for skill in metrics.skills or ():
        if skill.baseline == strongest:
            for step, estimate in enumerate(skill.steps, start=1):
                parts.add(f"step {step}", estimate)
    return parts
