"""The brief of a model that decides for a class."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.contract import ContentKind
from shared.formatting import (
    format_count,
    format_plain,
    format_range,
    format_value,
    humanise,
    shorten,
)
from shared.run.artefacts.metrics.decision_entries import OperatingPointEntry
from shared.run.artefacts.report.brief import Statement
from shared.verdicts.brief.mistakes import Mistake, worst_mistake
from shared.verdicts.findings import Findings
from shared.verdicts.service import why_always

__all__ = ["find_of_decisions", "state_decisions"]

_NOUNS: Mapping[ContentKind, str] = MappingProxyType(
    {"image": "images", "sound": "recordings", "text": "texts", "numbers": "rows"}
)


def find_of_decisions(findings: Findings) -> str:
    """The run in one sentence: what is right of 100, and the mistake that matters."""
    accuracy = findings.metrics.metrics["accuracy"].value
    if accuracy is None:
        return "Nothing could be measured"
    right = f"Right for {_of_hundred(accuracy)} of 100 {_noun(findings)}"
    worst = worst_mistake(findings)
    if worst is None or not worst.missed or (worst.recall.value or 0.0) >= accuracy:
        return right
    return f"{right}, but misses {_describe(worst)}"


def state_decisions(findings: Findings) -> tuple[Statement, ...]:
    """What is right, the mistake that matters, and what happens in service."""
    worst = worst_mistake(findings)
    mistake = () if worst is None else (Statement(title="Gets wrong", text=_state(worst)),)
    right = Statement(title="Gets right", text=_state_accuracy(findings))
    service = Statement(title="In service", text=" ".join(_service(findings, worst)))
    return (right, *mistake, service)


def _noun(findings: Findings) -> str:
    sheet = findings.data.datasheet
    return _NOUNS[sheet.content.kind] if sheet.kind == "categories" else "rows"


def _quoted(name: str) -> str:
    return f"“{shorten(name)}”"


def _of_hundred(share: float) -> int:
    """No whole hundred, and no 0, that is none."""
    if share in {0.0, 1.0}:
        return round(100 * share)
    return min(99, max(1, round(100 * share)))


def _describe(mistake: Mistake) -> str:
    counts = f"{format_count(mistake.missed)} of {format_count(mistake.n)}"
    within = f" with {shorten(mistake.group)}" if mistake.group else ""
    return f"{counts} {_quoted(mistake.of_class)}{within}"


def _state_accuracy(findings: Findings) -> str:
    entry = findings.metrics.metrics["accuracy"]
    if entry.value is None:
        return "Not known."
    counts = f"{format_count(round(entry.value * entry.n))} of {format_count(entry.n)}"
    interval = format_range(entry.ci_low, entry.ci_high, "share")
    said = f"{counts} {_noun(findings)} ({interval})."
    if entry.baseline is None:
        return said
    baseline = humanise(entry.baseline_name or "", capital=False)
    return f"{said} Best baseline, {baseline}: {format_value(entry.baseline, 'share')}."


def _state(mistake: Mistake) -> str:
    found = f"{format_count(mistake.n - mistake.missed)} of {format_count(mistake.n)}"
    interval = format_range(mistake.recall.ci_low, mistake.recall.ci_high, "share")
    within = f" with {shorten(mistake.group)}" if mistake.group else ""
    compared = f"the lowest of {format_count(mistake.num_compared)} classes and groups"
    return f"Finds {found} {_quoted(mistake.of_class)}{within} ({interval}): {compared}."


def _service(findings: Findings, worst: Mistake | None) -> list[str]:
    said = [_handed_on(findings)]
    points = [one for one in findings.metrics.operating_points or () if one.sensitivity]
    if points:
        of_worst = [one for one in points if worst and one.class_name == worst.of_class]
        said.append(_alarms((of_worst or points)[0], _noun(findings)))
    rules = [rule for rule in findings.metrics.decision_rules or () if rule.is_deployed]
    said.extend(
        f"A decision costs {format_plain(rule.cost.value, 3)} on average."
        for rule in rules
        if rule.cost is not None
    )
    return said


def _handed_on(findings: Findings) -> str:
    abstention = findings.metrics.abstention
    noun = _noun(findings)
    if abstention is None:
        return f"It answers all {noun}."
    if abstention.threshold is None or abstention.answered is None:
        return f"It hands all {noun} to a person: {why_always(abstention)}."
    handed = _of_hundred(1.0 - (abstention.answered.value or 0.0))
    said = f"It hands {handed} of 100 {noun} to a person"
    errors = abstention.error_share
    if errors is None or errors.value is None:
        return f"{said}."
    counts = f"{format_count(round(errors.value * errors.n))} of {format_count(errors.n)}"
    interval = format_range(errors.ci_low, errors.ci_high, "share")
    return f"{said}; of its answers {counts} are wrong ({interval})."


def _alarms(point: OperatingPointEntry, noun: str) -> str:
    """Alarms at the class shares of the test split, and those that are right."""
    found = point.sensitivity
    false = point.false_alarm_share
    if found is None or false is None:
        return ""
    num_right = (found.value or 0.0) * found.n
    num_false = (false.value or 0.0) * false.n
    per_row = 1000.0 / (found.n + false.n)
    alarms = format_count(round(per_row * (num_right + num_false)))
    right = format_count(round(per_row * num_right))
    return f"Per 1,000 {noun}, {alarms} alarms for {_quoted(point.class_name)}, {right} right."
