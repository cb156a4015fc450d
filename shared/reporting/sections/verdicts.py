"""The questions that a reader brings, answered at a glance from what the other sections show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.reporting.artefacts import SPLITS, Artefacts
from shared.reporting.formatting import (
    format_count,
    format_difference,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Tone, Verdict
from shared.reporting.sections.explanations import ADDITIVITY_LIMIT
from shared.reporting.sections.fairness import metric_unit
from shared.reporting.sections.results import contradicting_metrics
from shared.reporting.tables.abstention import judge_service

__all__ = ["view_verdicts"]

_IS_CALIBRATED = "Is its confidence right?"
_QUESTIONS = {
    "people": "Equally good for all groups?",
    "conditions": "Equally reliable in all conditions?",
}
_NOTICED = 0.9
"""Share of each kind of foreign input that must be flagged for a good word."""


def view_verdicts(artefacts: Artefacts) -> tuple[Verdict, ...]:
    """One verdict a question, worded no stronger than its evidence."""
    return (
        _beats_baseline(artefacts),
        _calibrated(artefacts),
        *judge_service(artefacts),
        *_groups(artefacts),
        _robust(artefacts),
        *_notices(artefacts),
        *_behaves(artefacts),
        _explained(artefacts),
        _served(artefacts),
        _data(artefacts),
    )


def _beats_baseline(artefacts: Artefacts) -> Verdict:
    entry = artefacts.metrics["metrics"][artefacts.metrics["primary_metric"]]
    against = entry["versus_baseline"]
    answers: dict[str, tuple[str, Tone]] = {
        "better": ("Yes", "good"),
        "worse": ("No, it is worse", "bad"),
        "inconclusive": ("Not shown", "warn"),
    }
    answer, tone = answers.get(against["verdict"], ("Not known", "muted"))
    name = humanise(entry["baseline_name"] or "none", capital=False)
    difference = format_difference(against["value"], entry["unit"])
    detail = f"{difference} against {name}, the strongest baseline measured"
    if against["verdict"] == "better":
        answer, tone, detail = _unless_contradicted(artefacts.metrics, answer, tone, detail)
    return Verdict("Better than the baseline?", answer, tone, detail, "results")


def _unless_contradicted(
    metrics: Mapping[str, Any], answer: str, tone: Tone, detail: str
) -> tuple[str, Tone, str]:
    """A "yes" does not rest on one metric while another one says worse."""
    worse = contradicting_metrics(metrics)
    if not worse:
        return answer, tone, detail
    metric = humanise(metrics["primary_metric"], capital=False)
    return f"Only in {metric}", "warn", f"{detail}; worse in {', '.join(worse)}"


def _calibrated(artefacts: Artefacts) -> Verdict:
    """Whether observed coverage of sets (or forecast intervals) is the nominal one."""
    metrics = artefacts.metrics
    sets = metrics.get("sets")
    calibration = metrics.get("calibration") or {}
    if sets:
        what = "sets that hold the true class"
        return _judge_coverage(sets["coverage"], what, nominal=sets["nominal"])
    if "nominal" in calibration:
        what = "values inside the forecast interval"
        coverage = calibration["after"]["coverage"]
        return _judge_coverage(coverage, what, nominal=calibration["nominal"])
    detail = "nothing was calibrated"
    if "after" in calibration:
        error = format_value(calibration["after"]["ece"]["value"], "share")
        detail = f"calibration error {error}; no sets are made in a cross-validation"
    return Verdict(_IS_CALIBRATED, "Not known", "muted", detail, "decisions")


def _judge_coverage(share: Mapping[str, Any], what: str, *, nominal: float) -> Verdict:
    observed = format_value(share["value"], "share")
    detail = f"{observed} {what}, nominal {format_value(nominal, 'share')}"
    if share["ci_low"] is None:
        return Verdict(_IS_CALIBRATED, "Not known", "muted", detail, "decisions")
    if share["ci_high"] < nominal:
        return Verdict(_IS_CALIBRATED, "No, it claims too much", "bad", detail, "decisions")
    if share["ci_low"] > nominal:
        return Verdict(_IS_CALIBRATED, "Yes, it is too careful", "muted", detail, "decisions")
    return Verdict(_IS_CALIBRATED, "Yes", "good", detail, "decisions")


def _groups(artefacts: Artefacts) -> list[Verdict]:
    """One answer for people's groups, one for conditions, as far as the data names any."""
    entries = artefacts.fairness["attributes"]
    if not entries:
        nothing = "the data names no groups"
        return [Verdict(_QUESTIONS["people"], "Not known", "muted", nothing, "fairness")]
    verdicts = []
    for about, question in _QUESTIONS.items():
        members = [entry for entry in entries if entry["about"] == about]
        if members:
            answer, tone, detail = _judge_family(artefacts, members)
            verdicts.append(Verdict(question, answer, tone, detail, "fairness"))
    return verdicts


def _judge_family(
    artefacts: Artefacts, entries: Sequence[Mapping[str, Any]]
) -> tuple[str, Tone, str]:
    """Answer, tone and detail for attributes that are tested together."""
    counts = {
        verdict: sum(entry["verdict"] == verdict for entry in entries)
        for verdict in ("gap found", "equivalent within ε", "inconclusive", "not enough data")
    }
    detail = ", ".join(f"{verdict}: {number}" for verdict, number in counts.items() if number)
    if counts["gap found"]:
        found = [entry["attribute"] for entry in entries if entry["verdict"] == "gap found"]
        named = ", ".join(humanise(name, capital=False) for name in found)
        return f"No: {named}", "bad", detail
    if counts["inconclusive"]:
        return "Inconclusive", "warn", f"{detail}; {_still_possible(artefacts, entries)}"
    if not counts["equivalent within ε"]:
        return "Not known", "muted", detail
    margin = _points(artefacts, artefacts.fairness["margin"])
    if counts["not enough data"]:
        return f"Within {margin}, where it could be tested", "muted", detail
    return f"Yes, within {margin}", "good", detail


def _still_possible(artefacts: Artefacts, entries: Sequence[Mapping[str, Any]]) -> str:
    """Finding no gap is not finding none: how large a gap the data could have missed."""
    gaps = [entry["largest_compatible_gap"] for entry in entries]
    known = [gap for gap in gaps if gap is not None]
    if not known:
        return "not proof of none"
    return f"gaps up to {_points(artefacts, max(known))} are still possible"


def _points(artefacts: Artefacts, gap: float) -> str:
    """A gap of the fairness stage's metric, without its sign."""
    unit = metric_unit(artefacts.fairness["metric"], artefacts)
    return format_difference(gap, unit).removeprefix("+")


def _robust(artefacts: Artefacts) -> Verdict:
    question = "What disturbs it most?"
    metrics = artefacts.metrics
    measured = [item for item in metrics["perturbations"] if item["drop"]["value"] is not None]
    if not measured:
        nothing = "no perturbation could be measured"
        return Verdict(question, "Not known", "muted", nothing, "robustness")
    worst = max(measured, key=_sure_loss)
    unit = metrics["metrics"][metrics["primary_metric"]]["unit"]
    loss = format_difference(worst["drop"]["value"], unit).removeprefix("+")
    name = humanise(worst["perturbation"])
    metric = humanise(worst["metric"], capital=False)
    detail = f"{loss} of {metric} lost at severity {worst['severity']}"
    if _sure_loss(worst)[0] > 0.0:
        return Verdict(question, name, "warn", detail, "robustness")
    detail = f"no change costs more than chance; largest: {name}, {detail}"
    return Verdict(question, "Nothing shown", "muted", detail, "robustness")


def _sure_loss(item: Mapping[str, Any]) -> tuple[float, float]:
    """What is surely lost, then what is lost."""
    return item["drop"]["ci_low"] or 0.0, float(item["drop"]["value"])


def _notices(artefacts: Artefacts) -> list[Verdict]:
    """The kind of foreign input that passes most often, where any was tried."""
    question = "Does it notice out-of-distribution inputs?"
    ood = [item for item in artefacts.metrics["ood"]["perturbations"] if item["kind"] == "ood"]
    if not ood:
        return []
    flagged = {
        humanise(item["perturbation"], capital=False): item["flagged"]["value"] or 0.0
        for item in ood
        if item["flagged"]
    }
    if not flagged:
        nothing = "the deployed model has no score that tells"
        return [Verdict(question, "No", "warn", nothing, "robustness")]
    least = min(flagged, key=lambda name: flagged[name])
    share = format_value(flagged[least], "share")
    detail = f"of {len(flagged)} kinds tried, {least} is flagged least: {share}"
    if flagged[least] >= _NOTICED:
        return [Verdict(question, "Those that were tried", "good", detail, "robustness")]
    return [Verdict(question, "Not all", "warn", detail, "robustness")]


def _behaves(artefacts: Artefacts) -> list[Verdict]:
    """The capability that surely fails most, where there are behaviour tests."""
    found = artefacts.metrics.get("behaviours") or {"capabilities": []}
    known = [
        entry
        for entry in found["capabilities"]
        if entry["kind"] == "minimum functionality" and entry["ci_low"] is not None
    ]
    if not known:
        return []
    question = "Does it pass tests that anybody would?"
    worst = max(known, key=lambda entry: (entry["ci_low"], entry["value"]))
    if worst["value"] == 0.0:
        total = sum(entry["n"] for entry in known)
        detail = f"none of {format_count(total)} rows fails"
        return [Verdict(question, "Yes, all of them", "good", detail, "behaviours")]
    share = format_value(worst["value"], "share")
    detail = f"{share} of {format_count(worst['n'])} rows about {worst['capability']} fail"
    return [Verdict(question, f"Least at {worst['capability']}", "warn", detail, "behaviours")]


def _explained(artefacts: Artefacts) -> Verdict:
    question = "Do explanations tell the truth?"
    record = artefacts.explanations
    gain = record.summary.get("deletion_gain")
    errors = [example.additivity_error_relative for example in record.examples]
    if gain is None or not errors:
        return Verdict(question, "Not known", "muted", "no example was explained", "explanations")
    ahead = f"removal beats random order by {format_plain(gain.value, 2)} (n = {gain.n})"
    detail = f"{ahead}, largest additivity error {format_value(max(errors), 'share')}"
    if max(errors) > ADDITIVITY_LIMIT:
        return Verdict(question, "No: they do not add up", "bad", detail, "explanations")
    if gain.ci_low is None:
        return Verdict(question, "Too few examples to say", "muted", detail, "explanations")
    if gain.ci_low <= 0.0:
        return Verdict(question, "Not shown", "warn", detail, "explanations")
    return Verdict(question, "Yes, on these examples", "good", detail, "explanations")


def _served(artefacts: Artefacts) -> Verdict:
    size = format_count(artefacts.parity["num_examples"])
    detail = f"deployed graph compared with the trained model on {size} examples"
    answer = "Yes" if artefacts.parity["passed"] else "No"
    tone: Tone = "good" if artefacts.parity["passed"] else "bad"
    return Verdict("Is what is served what was trained?", answer, tone, detail, "serving")


def _data(artefacts: Artefacts) -> Verdict:
    question = "Is the data real?"
    provenance = artefacts.data["provenance"]
    splits = artefacts.data["splits"]
    detail = f"{provenance['name']}: " + ", ".join(
        f"{format_count(splits[name]['n'])} {name}" for name in SPLITS
    )
    num_aside = len(artefacts.data["quarantine"])
    if num_aside:
        detail += f", {format_count(num_aside)} set aside"
    if provenance["synthetic"]:
        return Verdict(question, "No: SYNTHETIC DATA", "warn", detail, "data")
    return Verdict(question, "Yes", "good", detail, "data")
