"""The questions that a reader brings, answered at a glance from what the other sections show."""

from __future__ import annotations

from collections.abc import Sequence

from shared.contract import UNKNOWN
from shared.evaluation.claims import Part, Promise, decided_by
from shared.evaluation.explanation_trust import TrustStatus, judge_explanations
from shared.reporting.artefacts import SPLITS, Artefacts
from shared.reporting.cards.accuracy import judge_accuracy
from shared.reporting.cards.coverage import judge_coverage
from shared.reporting.cards.service import judge_service
from shared.reporting.cards.worth import judge_worth
from shared.reporting.cells import TONES
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_interval,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Tone, Verdict
from shared.reporting.sections.fairness import metric_unit
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.run.artefacts.metrics.robustness_entries import PerturbationEntry

__all__ = ["view_verdicts"]

_QUESTIONS = {
    "people": "Equally good for all groups?",
    "conditions": "Equally reliable in all conditions?",
}
_NOTICED = Promise(low=0.9)
"""Share of each kind of foreign input that must be flagged, surely, for a good word."""


def view_verdicts(artefacts: Artefacts) -> tuple[Verdict, ...]:
    """One verdict a question, worded no stronger than its evidence."""
    return (
        judge_worth(artefacts),
        judge_accuracy(artefacts),
        judge_coverage(artefacts),
        *judge_service(artefacts),
        *_groups(artefacts),
        _robust(artefacts),
        *_notices(artefacts),
        *_behaves(artefacts),
        _explained(artefacts),
        _served(artefacts),
        _data(artefacts),
    )


def _groups(artefacts: Artefacts) -> list[Verdict]:
    """One answer for people's groups, one for conditions, as far as the data names any."""
    entries = artefacts.fairness.attributes
    if not entries:
        nothing = "the data names no groups"
        return [Verdict(_QUESTIONS["people"], "Not known", "muted", nothing, "fairness")]
    verdicts = []
    for about, question in _QUESTIONS.items():
        members = [entry for entry in entries if entry.about == about]
        if members:
            answer, tone, detail = _judge_family(artefacts, members)
            verdicts.append(Verdict(question, answer, tone, detail, "fairness"))
    return verdicts


def _judge_family(
    artefacts: Artefacts, entries: Sequence[AttributeRecord]
) -> tuple[str, Tone, str]:
    """Answer, tone and detail for attributes that are tested together."""
    counts = {
        verdict: sum(entry.verdict == verdict for entry in entries)
        for verdict in ("gap found", "equivalent within ε", "inconclusive", "not enough data")
    }
    detail = ", ".join(f"{verdict}: {number}" for verdict, number in counts.items() if number)
    if counts["gap found"]:
        found = [entry.attribute for entry in entries if entry.verdict == "gap found"]
        named = ", ".join(humanise(name, capital=False) for name in found)
        return f"No: {named}", TONES["contradicted"], detail
    if counts["inconclusive"]:
        return (
            "Inconclusive",
            TONES["not shown"],
            f"{detail}; {_still_possible(artefacts, entries)}",
        )
    if not counts["equivalent within ε"]:
        return "Not known", "muted", detail
    margin = _points(artefacts, artefacts.fairness.margin)
    left_out = _left_out(entries)
    if left_out:
        detail = f"{detail}; not tested: {', '.join(left_out)}"
    if left_out or counts["not enough data"]:
        return f"Within {margin}, where it could be tested", "muted", detail
    return f"Yes, within {margin}", TONES["shown"], detail


def _left_out(entries: Sequence[AttributeRecord]) -> list[str]:
    """Groups that no test speaks of: a verdict on the others is none on them."""
    return [
        f"{humanise(entry.attribute, capital=False)} {group.group}"
        for entry in entries
        for group in entry.groups
        if group.group != UNKNOWN and (group.reason or group.not_tested)
    ]


def _still_possible(artefacts: Artefacts, entries: Sequence[AttributeRecord]) -> str:
    """Finding no gap is not finding none: how large a gap the data could have missed."""
    gaps = [entry.largest_compatible_gap for entry in entries]
    known = [gap for gap in gaps if gap is not None]
    if not known:
        return "not proof of none"
    return f"gaps up to {_points(artefacts, max(known))} are still possible"


def _points(artefacts: Artefacts, gap: float) -> str:
    """A gap of the fairness stage's metric, without its sign."""
    unit = metric_unit(artefacts.fairness.metric, artefacts)
    return format_difference(gap, unit).removeprefix("+")


def _robust(artefacts: Artefacts) -> Verdict:
    question = "What disturbs it most?"
    metrics = artefacts.metrics
    measured = [item for item in metrics.perturbations if item.drop.value is not None]
    if not measured:
        nothing = "no perturbation could be measured"
        return Verdict(question, "Not known", "muted", nothing, "robustness")
    worst = max(measured, key=_sure_loss)
    unit = metrics.metrics[metrics.primary_metric].unit
    loss = format_difference(worst.drop.value, unit).removeprefix("+")
    name = humanise(worst.perturbation)
    metric = humanise(worst.metric, capital=False)
    detail = f"{loss} of {metric} lost at severity {worst.severity}"
    if _sure_loss(worst)[0] > 0.0:
        return Verdict(question, name, "warn", detail, "robustness")
    detail = f"no change costs more than chance; largest: {name}, {detail}"
    return Verdict(question, "Nothing shown", "muted", detail, "robustness")


def _sure_loss(item: PerturbationEntry) -> tuple[float, float]:
    """What is surely lost, then what is lost."""
    return item.drop.ci_low or 0.0, item.drop.value or 0.0


def _notices(artefacts: Artefacts) -> list[Verdict]:
    """The kind of foreign input that passes most often, where any was tried."""
    question = "Does it notice out-of-distribution inputs?"
    ood = [item for item in artefacts.metrics.ood.perturbations if item.kind == "ood"]
    if not ood:
        return []
    parts = [
        Part(
            name=humanise(item.perturbation, capital=False),
            value=item.flagged.value or 0.0,
            interval=item.flagged.interval,
            claim=_NOTICED.judge(item.flagged.interval, num_parts=len(ood)),
        )
        for item in ood
        if item.flagged is not None
    ]
    if not parts:
        nothing = "the deployed model has no score that tells"
        return [Verdict(question, "No", "bad", nothing, "robustness")]
    least = decided_by(parts, _NOTICED)
    answers = {"shown": "Those that were tried", "contradicted": f"No: {least.name}"}
    share = format_value(least.value, "share")
    least_of_all = f"of {len(parts)} kinds tried, {least.name} is flagged least: {share}"
    detail = f"{least_of_all}{_in_brackets(least)}; at least {_percent(_NOTICED.low)} wanted"
    answer = answers.get(least.claim, "Not shown")
    return [Verdict(question, answer, TONES[least.claim], detail, "robustness")]


def _in_brackets(part: Part) -> str:
    interval = part.interval
    return f" ({format_interval(interval.low, interval.high, 'share')})" if interval else ""


def _percent(share: float) -> str:
    return format_value(share, "share")


def _behaves(artefacts: Artefacts) -> list[Verdict]:
    """The capability that surely fails most, where there are behaviour tests."""
    found = artefacts.metrics.behaviours
    known = [
        entry
        for entry in (found.capabilities if found else ())
        if entry.kind == "minimum functionality" and entry.value is not None
    ]
    if not known:
        return []
    question = "Does it pass tests that anybody would?"
    margin = artefacts.fairness.margin
    promise = Promise(high=0.0, epsilon=margin)
    parts = [
        Part(
            name=entry.capability,
            value=entry.value or 0.0,
            interval=entry.interval,
            claim=promise.judge(entry.interval, num_parts=len(known)),
        )
        for entry in known
    ]
    worst = decided_by(parts, promise)
    size = next(entry.n for entry in known if entry.capability == worst.name)
    failing = f"{_percent(worst.value)}{_in_brackets(worst)} of {format_count(size)} rows"
    detail = f"{failing} about {worst.name} fail; up to {_percent(margin)} would not matter"
    answers = {"shown": "Yes, all of them", "contradicted": f"Least at {worst.name}"}
    answer = answers.get(worst.claim, f"Not shown at {worst.name}")
    return [Verdict(question, answer, TONES[worst.claim], detail, "behaviours")]


def _explained(artefacts: Artefacts) -> Verdict:
    question = "Do explanations tell the truth?"
    trust = judge_explanations(artefacts.explanations)
    if trust is None:
        return Verdict(question, "Not known", "muted", "no example was explained", "explanations")
    answers: dict[TrustStatus, tuple[str, Tone]] = {
        "trust": ("Yes, on these examples", "good"),
        "use with care": ("Use with care", "warn"),
        "do not use": ("No: do not use", "bad"),
    }
    answer, tone = answers[trust.status]
    return Verdict(question, answer, tone, trust.reason, "explanations")


def _served(artefacts: Artefacts) -> Verdict:
    size = format_count(artefacts.parity.num_examples)
    tolerance = format_plain(artefacts.parity.relative_tolerance, 1)
    compared = f"deployed graph compared with the trained model on {size} examples"
    detail = f"{compared}, to {tolerance} of the largest number"
    answer = "Yes" if artefacts.parity.passed else "No"
    tone: Tone = "good" if artefacts.parity.passed else "bad"
    return Verdict("Is what is served what was trained?", answer, tone, detail, "serving")


def _data(artefacts: Artefacts) -> Verdict:
    question = "Is the data real?"
    provenance = artefacts.data.provenance
    splits = artefacts.data.splits
    detail = f"{provenance.name}: " + ", ".join(
        f"{format_count(splits[name].n)} {name}" for name in SPLITS
    )
    num_aside = len(artefacts.data.quarantine)
    if num_aside:
        detail += f", {format_count(num_aside)} set aside"
    if provenance.synthetic:
        return Verdict(question, "No: SYNTHETIC DATA", "warn", detail, "data")
    return Verdict(question, "Yes", "good", detail, "data")
