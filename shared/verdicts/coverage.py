"""Whether sets (or forecast intervals) hold the truth as often as they claim, wherever one looks.

Over all rows they may while one class or group is far below, so the worst part decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.evaluation.claims import Part, Promise
from shared.formatting import format_difference, format_value
from shared.run.artefacts.metrics.class_entries import CategoryCalibration
from shared.run.artefacts.metrics.decision_entries import ConformalSets
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration
from shared.run.artefacts.report.verdict import ReaderQuestion, Status, Verdict
from shared.verdicts.findings import Findings
from shared.verdicts.parts import POOL, Parts, group_name, group_rates, withheld_groups
from shared.verdicts.thresholds import STATUS_OF_CLAIM

__all__ = ["judge_coverage"]

_QUESTION = ReaderQuestion("coverage", "Is its confidence right?", "decisions")


@dataclass(frozen=True)
class _Measured:
    """The coverage of all rows and of each part.

    Attributes:
        what: Of which a share is measured, as the end of a sentence.
        parts: All rows first.
    """

    what: str
    parts: Parts


def judge_coverage(findings: Findings) -> Verdict:
    """Shown only if every class, group and step is shown to have its coverage."""
    measured = _measure(findings)
    if measured is None or POOL not in measured.parts.found:
        why = _why_unknown(findings)
        return _QUESTION.answered("Not known", "unknown", why, why)
    parts = measured.parts
    parts.left_out.extend(withheld_groups(findings))
    worst = parts.worst
    answer, status = _answer(parts, worst)
    asked = format_value(parts.promise.low, "share")
    numbers = f"{parts.brief} held; nominal {asked}"
    return _QUESTION.answered(answer, status, numbers, _describe(measured, worst))


def _answer(parts: Parts, worst: Part) -> tuple[str, Status]:
    promise = parts.promise
    status = STATUS_OF_CLAIM[worst.claim]
    if status == "contradicted":
        return "No, it claims too much" if worst.name == POOL else f"No: {worst.name}", status
    if status == "care":
        return "Not shown", status
    if not parts.are_all_judged:
        return "Yes, where it can be told", "unknown"
    most = Promise(high=promise.low, epsilon=promise.epsilon)
    if most.judge(parts.found[POOL].interval) == "contradicted":
        return "Yes, it is too careful", "care"
    return "Yes", status


def _describe(measured: _Measured, worst: Part) -> str:
    """The part that decides, with its counts, beside all rows and what is nominal."""
    parts = measured.parts
    margin = format_difference(parts.promise.epsilon, "share").removeprefix("+")
    asked = f"nominal {format_value(parts.promise.low, 'share')}, ε = {margin}"
    pool = f"{parts.numbers(POOL)} {measured.what}"
    if worst.name == POOL:
        return f"{pool}; {asked}{parts.unknown}"
    return f"least: {worst.name}, {parts.numbers(worst.name)}; {pool}; {asked}{parts.unknown}"


def _why_unknown(findings: Findings) -> str:
    calibration = findings.metrics.calibration
    if not isinstance(calibration, CategoryCalibration):
        return "nothing was calibrated"
    error = format_value(calibration.after.ece.value, "share")
    return f"calibration error {error}; no sets are made in a cross-validation"


def _measure(findings: Findings) -> _Measured | None:
    """Coverage of sets, else of forecast intervals; None if there are neither."""
    calibration = findings.metrics.calibration
    if findings.metrics.sets is not None:
        return _measure_sets(findings, findings.metrics.sets)
    if not isinstance(calibration, HorizonCalibration):
        return None
    parts = _parts(findings, calibration.nominal)
    parts.add(POOL, calibration.after.coverage)
    for item in findings.metrics.steps or ():
        parts.add(f"step {item.step}", item.coverage)
    for name, share, _ in group_rates(findings, "coverage"):
        # Of values, not of rows: there is nothing to count.
        parts.add(name, share)
    return _Measured("values lie inside the forecast interval", parts)


def _parts(findings: Findings, nominal: float) -> Parts:
    epsilon = findings.settings.evaluate.coverage_margin
    return Parts.about(findings, Promise(low=nominal, epsilon=epsilon))


def _measure_sets(findings: Findings, sets: ConformalSets) -> _Measured:
    parts = _parts(findings, sets.nominal)
    parts.add(POOL, sets.coverage, num_rows=sets.coverage.n)
    for item in sets.classes:
        parts.add(item.name, item, num_rows=item.n)
    for entry in findings.fairness.attributes:
        for group in entry.set_coverage.groups if entry.set_coverage else ():
            share = group.deployed.coverage
            parts.add(group_name(entry, group.group), share, num_rows=share.n)
    return _Measured("sets hold the true class", parts)
