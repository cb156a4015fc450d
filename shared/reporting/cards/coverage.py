"""Whether sets (or forecast intervals) hold the truth as often as they claim, wherever one looks.

Over all rows they may while one class or group is far below, so the worst part decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.evaluation.claims import Part, Promise
from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.parts import POOL, Parts, group_name, group_rates, withheld_groups
from shared.reporting.cells import TONES
from shared.reporting.formatting import format_difference, format_value
from shared.reporting.page import Tone, Verdict
from shared.run.artefacts.metrics.class_entries import CategoryCalibration
from shared.run.artefacts.metrics.decision_entries import ConformalSets
from shared.run.artefacts.metrics.forecast_entries import HorizonCalibration

__all__ = ["judge_coverage"]

_QUESTION = "Is its confidence right?"


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


def judge_coverage(artefacts: Artefacts) -> Verdict:
    """The card: shown only if every class, group and step is shown to have its coverage."""
    measured = _measure(artefacts)
    if measured is None or POOL not in measured.parts.found:
        return Verdict(_QUESTION, "Not known", "muted", _why_unknown(artefacts), "decisions")
    measured.parts.left_out.extend(withheld_groups(artefacts))
    epsilon = artefacts.settings.evaluate.coverage_margin
    promise = Promise(low=measured.nominal, epsilon=epsilon)
    worst = measured.parts.worst(promise, artefacts.metrics.confidence)
    answer, tone = _answer(measured.parts, worst, promise)
    return Verdict(_QUESTION, answer, tone, _describe(measured, worst, epsilon), "decisions")


def _answer(parts: Parts, worst: Part, promise: Promise) -> tuple[str, Tone]:
    tone = TONES[worst.claim]
    if worst.claim == "contradicted":
        return "No, it claims too much" if worst.name == POOL else f"No: {worst.name}", tone
    if worst.claim == "not shown":
        return "Not shown", tone
    if parts.left_out:
        return "Yes, where it was measured", "muted"
    most = Promise(high=promise.low, epsilon=promise.epsilon)
    if most.judge(parts.found[POOL].interval) == "contradicted":
        return "Yes, it is too careful", "muted"
    return "Yes", tone


def _describe(measured: _Measured, worst: Part, epsilon: float) -> str:
    """The part that decides, with its counts, beside all rows and what is nominal."""
    parts = measured.parts
    margin = format_difference(epsilon, "share").removeprefix("+")
    asked = f"nominal {format_value(measured.nominal, 'share')}, ε = {margin}"
    pool = f"{parts.numbers(POOL)} {measured.what}"
    if worst.name == POOL:
        return f"{pool}; {asked}{parts.unknown}"
    return f"least: {worst.name}, {parts.numbers(worst.name)}; {pool}; {asked}{parts.unknown}"


def _why_unknown(artefacts: Artefacts) -> str:
    calibration = artefacts.metrics.calibration
    if not isinstance(calibration, CategoryCalibration):
        return "nothing was calibrated"
    error = format_value(calibration.after.ece.value, "share")
    return f"calibration error {error}; no sets are made in a cross-validation"


def _measure(artefacts: Artefacts) -> _Measured | None:
    """Coverage of sets, else of forecast intervals; None if there are neither."""
    calibration = artefacts.metrics.calibration
    if artefacts.metrics.sets is not None:
        return _measure_sets(artefacts, artefacts.metrics.sets)
    if not isinstance(calibration, HorizonCalibration):
        return None
    measured = _Measured("values lie inside the forecast interval", calibration.nominal)
    measured.parts.add(POOL, calibration.after.coverage)
    for item in artefacts.metrics.steps or ():
        measured.parts.add(f"step {item.step}", item.coverage)
    for name, share, _ in group_rates(artefacts, "coverage"):
        # Of values, not of rows: there is nothing to count.
        measured.parts.add(name, share)
    return measured


def _measure_sets(artefacts: Artefacts, sets: ConformalSets) -> _Measured:
    measured = _Measured("sets hold the true class", sets.nominal)
    measured.parts.add(POOL, sets.coverage, num_rows=sets.coverage.n)
    for item in sets.classes:
        measured.parts.add(item.name, item, num_rows=item.n)
    for entry in artefacts.fairness.attributes:
        for group in entry.set_coverage.groups if entry.set_coverage else ():
            share = group.deployed.coverage
            measured.parts.add(group_name(entry, group.group), share, num_rows=share.n)
    return measured
