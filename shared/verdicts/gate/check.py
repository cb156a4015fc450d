"""Holding a report to rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import ConfigError
from shared.formatting import format_plain
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.report.record import ReportRecord
from shared.run.artefacts.report.verdict import Verdict
from shared.verdicts.gate.rules import GateRules, MetricRule
from shared.verdicts.thresholds import MARKS, RANK

__all__ = ["Check", "check_report"]


@dataclass(frozen=True)
class Check:
    """One rule held against a report.

    Attributes:
        name: Of the verdict or metric.
        wanted: In words.
        found: In words.
        passed: Whether the rule is kept.
    """

    name: str
    wanted: str
    found: str
    passed: bool


def check_report(report: ReportRecord, rules: GateRules) -> tuple[Check, ...]:
    """Every verdict, and the metrics that rules name.

    Raises:
        ConfigError: A rule is about a verdict or metric that the report has not.
    """
    _refuse_unknown("verdict", rules.verdicts, (verdict.id for verdict in report.verdicts))
    _refuse_unknown("metric", rules.metrics, report.metrics)
    verdicts = [_check_verdict(verdict, rules) for verdict in report.verdicts]
    metrics = [
        _check_metric(name, report.metrics[name], rule) for name, rule in rules.metrics.items()
    ]
    return (*verdicts, *metrics)


def _refuse_unknown(kind: str, named: Iterable[str], known: Iterable[str]) -> None:
    listed = list(known)
    for name in named:
        if name not in listed:
            raise ConfigError(
                f"A rule names the {kind} {name!r}, which this report has not. It has:"
                f" {', '.join(listed)}."
            )


def _check_verdict(verdict: Verdict, rules: GateRules) -> Check:
    least = rules.verdicts.get(verdict.id, rules.otherwise)
    return Check(
        name=verdict.id,
        wanted=f"{MARKS[least]} {least} or better",
        found=f"{MARKS[verdict.status]} {verdict.status}: {verdict.answer}",
        passed=RANK[verdict.status] <= RANK[least],
    )


def _check_metric(name: str, entry: MetricEntry, rule: MetricRule) -> Check:
    """By the value, or by the end of the interval that could break the rule; none known is none."""
    low = entry.ci_low if rule.surely else entry.value
    high = entry.ci_high if rule.surely else entry.value
    limits = []
    kept = []
    if rule.at_least is not None:
        limits.append(f"≥ {format_plain(rule.at_least)}")
        kept.append(low is not None and low >= rule.at_least)
    if rule.at_most is not None:
        limits.append(f"≤ {format_plain(rule.at_most)}")
        kept.append(high is not None and high <= rule.at_most)
    interval = f"{format_plain(entry.ci_low)} to {format_plain(entry.ci_high)}"
    return Check(
        name=name,
        wanted=f"{'surely ' if rule.surely else ''}{' and '.join(limits)}",
        found=f"{format_plain(entry.value)} ({interval})",
        passed=all(kept),
    )
