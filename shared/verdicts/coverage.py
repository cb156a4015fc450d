"""Whether sets (or forecast intervals) hold the truth as often as they claim, wherever one looks.

Over all rows they may while one class or group is far below, so the worst part decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
        nominal: The share that is claimed.
        parts: All rows first.
    """

    what: str
    nominal: float
    parts: Parts = field(default_factory=Parts)


def judge_coverage(findings: Findings) -> Verdict:
    """Shown only if every class, group and step is shown to have its coverage."""
    measured = _measure(findings)
    if measured is None or POOL not in measured.parts.found:
        why = _why_unknown(findings)
        return _QUESTION.answered("Not known", "unknown", why, why)
    measured.parts.left_out.extend(withheld_groups(findings))
    epsilon = findings.settings.evaluate.coverage_margin
    promise = Promise(low=measured.nominal, epsilon=epsilon)
    worst = measured.parts.worst(promise, findings.metrics.confidence)
    answer, status = _answer(measured.parts, worst, promise)
    asked = format_value(measured.nominal, "share")
    numbers = f"{measured.parts.brief(worst.name)} held; nominal {asked}"
    return _QUESTION.answered(answer, status, numbers, _describe(measured, worst, epsilon))


def _answer(parts: Parts, worst: Part, promise: Promise) -> tuple[str, Status]:
    status = STATUS_OF_CLAIM[worst.claim]
    if status == "contradicted":
        return "No, it claims too much" if worst.name == POOL else f"No: {worst.name}", status
    if status == "care":
        return "Not shown", status
    if parts.left_out:
        return "Yes, where it was measured", "unknown"
    most = Promise(high=promise.low, epsilon=promise.epsilon)
    if most.judge(parts.found[POOL].interval) == "contradicted":
        return "Yes, it is too careful", "care"
    return "Yes", status


def _describe(measured: _Measured, worst: Part, epsilon: float) -> str:
    """The part that decides, with its counts, beside all rows and what is nominal."""
    parts = measured.parts
    margin = format_difference(epsilon, "share").removeprefix("+")
    asked = f"nominal {format_value(measured.nominal, 'share')}, ε = {margin}"
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
    measured = _Measured("values lie inside the forecast interval", calibration.nominal)
    measured.parts.add(POOL, calibration.after.coverage)
    for item in findings.metrics.steps or ():
        measured.parts.add(f"step {item.step}", item.coverage)
    for name, share, _ in group_rates(findings, "coverage"):
        # Of values, not of rows: there is nothing to count.
        measured.parts.add(name, share)
    return measured


def _measure_sets(findings: Findings, sets: ConformalSets) -> _Measured:
    measured = _Measured("sets hold the true class", sets.nominal)
    measured.parts.add(POOL, sets.coverage, num_rows=sets.coverage.n)
    for item in sets.classes:
        measured.parts.add(item.name, item, num_rows=item.n)
    for entry in findings.fairness.attributes:
        for group in entry.set_coverage.groups if entry.set_coverage else ():
            share = group.deployed.coverage
            measured.parts.add(group_name(entry, group.group), share, num_rows=share.n)
    return measured
