"""Whether the deep network is worth it: the network beside its floor."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.evaluation.claims import Claim, Promise
from shared.formatting import format_difference, format_difference_interval, humanise, shorten
from shared.run.artefacts.metrics.floor_entries import FloorMetric, FloorTable
from shared.run.artefacts.report.verdict import ReaderQuestion, Verdict
from shared.statistics.intervals import Estimate
from shared.verdicts.findings import Findings
from shared.verdicts.thresholds import MORE_THAN_NONE, STATUS_OF_CLAIM

__all__ = ["claim_against_floor", "is_none", "judge_worth", "name_deployed"]

_QUESTION = ReaderQuestion("worth", "Is the deep network worth it?", "results")

_ANSWERS: Mapping[Claim, str] = MappingProxyType(
    {"shown": "Yes", "not shown": "Not shown", "contradicted": "No, its floor is better"}
)


def judge_worth(findings: Findings) -> Verdict:
    """The network against its floor on the primary metric, and what is deployed."""
    table = findings.metrics.floor
    if table is None:
        nothing = "there is no floor to compare with"
        return _QUESTION.answered("Not known", "unknown", nothing, nothing)
    entry = table.metrics[0]
    difference = entry.network_minus_floor
    claim = claim_against_floor(entry, difference)
    status = STATUS_OF_CLAIM[claim]
    if status == "contradicted" and table.deployed != "network":
        status = "care"  # its users are not served worse: the floor answers them, or a blend
    size = format_difference(difference.value, entry.unit)
    interval = format_difference_interval(difference.ci_low, difference.ci_high, entry.unit)
    metric = humanise(entry.metric, capital=False)
    floor = humanise(table.floor, capital=False)
    deployed = name_deployed(table)
    detail = f"{size} {metric} of the network against {floor}; deployed: {deployed}"
    numbers = f"{size} ({interval.removesuffix(' points')}) against {shorten(floor)}"
    return _QUESTION.answered(_ANSWERS[claim], status, numbers, detail)


def name_deployed(table: FloorTable) -> str:
    """What is deployed: the network, the floor, or a blend of both."""
    if table.deployed == "blend":
        return f"blend, {table.weight:.0%} network"
    return f"the {table.deployed}"


def claim_against_floor(entry: FloorMetric, difference: Estimate) -> Claim:
    """Whether one is better than the floor."""
    if is_none(difference):
        return "not shown"
    if entry.better == "higher":
        return Promise(low=MORE_THAN_NONE).judge(difference.interval)
    return Promise(high=-MORE_THAN_NONE).judge(difference.interval)


def is_none(difference: Estimate) -> bool:
    """Whether both are the same model, or say the same."""
    return difference.value == difference.ci_low == difference.ci_high == 0.0
