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

__all__ = ["view_verdicts"]


def view_verdicts(artefacts: Artefacts) -> tuple[Verdict, ...]:
    """One verdict a question, worded no stronger than its evidence."""
    return (
        _beats_baseline(artefacts),
        _calibrated(artefacts),
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
    detail = f"{format_difference(against['value'], entry['unit'])} against the baseline {name}"
    return Verdict("Better than what needs no model?", answer, tone, detail, "results")


def _calibrated(artefacts: Artefacts) -> Verdict:
    """Whether sets (or forecast intervals) hold the truth as often as they promise."""
    question, metrics = "Does its confidence keep its promise?", artefacts.metrics
    sets, calibration = metrics.get("sets"), metrics.get("calibration") or {}
    if sets:
        promised, share, what = sets["nominal"], sets["coverage"], "sets that hold the true class"
    elif "nominal" in calibration:
        promised, share, what = (
            calibration["nominal"],
            calibration["after"]["coverage"],
            "values inside the forecast interval",
        )
    elif "after" in calibration:
        error = format_value(calibration["after"]["ece"]["value"], "share")
        return Verdict(
            question,
            "Not known",
            "muted",
            f"calibration error {error}; no sets are made in a cross-validation",
            "decisions",
        )
    else:
        return Verdict(question, "Not known", "muted", "nothing was calibrated", "decisions")
    detail = (
        f"{format_value(share['value'], 'share')} {what}, promised"
        f" {format_value(promised, 'share')}"
    )
    if share["ci_low"] is None:
        return Verdict(question, "Not known", "muted", detail, "decisions")
    if share["ci_high"] < promised:
        return Verdict(question, "No, it promises too much", "bad", detail, "decisions")
    if share["ci_low"] > promised:
        return Verdict(question, "Yes, it is too careful", "muted", detail, "decisions")
    return Verdict(question, "Yes", "good", detail, "decisions")


_NOTICED = 0.9
"""Share of each kind of foreign input that must be flagged for a good word."""

_QUESTIONS = {
    "people": "Equally good for all groups?",
    "conditions": "Equally reliable in all segments?",
}


def _groups(artefacts: Artefacts) -> list[Verdict]:
    """One answer for people's groups, one for conditions, as far as the data names any."""
    entries = artefacts.fairness["attributes"]
    asked = {about: [entry for entry in entries if entry["about"] == about] for about in _QUESTIONS}
    if not entries:
        return [
            Verdict(
                _QUESTIONS["people"], "Not known", "muted", "the data names no groups", "fairness"
            )
        ]
    return [
        _family(artefacts, _QUESTIONS[about], members)
        for about, members in asked.items()
        if members
    ]


def _family(artefacts: Artefacts, question: str, entries: Sequence[Mapping[str, Any]]) -> Verdict:
    record = artefacts.fairness
    counts = dict.fromkeys(
        ("gap found", "equivalent within ε", "inconclusive", "not enough data"), 0
    )
    for entry in entries:
        counts[entry["verdict"]] += 1
    detail = ", ".join(f"{verdict}: {number}" for verdict, number in counts.items() if number)
    found = [
        humanise(entry["attribute"], capital=False)
        for entry in entries
        if entry["verdict"] == "gap found"
    ]
    if found:
        return Verdict(question, f"No: {', '.join(found)}", "bad", detail, "fairness")
    if counts["inconclusive"]:
        return Verdict(
            question,
            "Inconclusive",
            "warn",
            f"{detail}; {_still_possible(artefacts, entries)}",
            "fairness",
        )
    if counts["equivalent within ε"]:
        margin = format_difference(
            record["margin"], metric_unit(record["metric"], artefacts)
        ).removeprefix("+")
        if counts["not enough data"]:
            return Verdict(
                question, f"Within {margin}, where it could be tested", "muted", detail, "fairness"
            )
        return Verdict(question, f"Yes, within {margin}", "good", detail, "fairness")
    return Verdict(question, "Not known", "muted", detail, "fairness")


def _still_possible(artefacts: Artefacts, entries: Sequence[Mapping[str, Any]]) -> str:
    """Finding no gap is not finding none: how large a gap the data could have missed."""
    reaches = [
        entry["largest_compatible_gap"]
        for entry in entries
        if entry["largest_compatible_gap"] is not None
    ]
    unit = metric_unit(artefacts.fairness["metric"], artefacts)
    return (
        f"gaps up to {format_difference(max(reaches), unit).removeprefix('+')} are still possible"
        if reaches
        else "not proof of none"
    )


def _robust(artefacts: Artefacts) -> Verdict:
    question = "What disturbs it most?"
    metrics = artefacts.metrics
    measured = [item for item in metrics["perturbations"] if item["drop"]["value"] is not None]
    if not measured:
        return Verdict(
            question, "Not known", "muted", "no perturbation could be measured", "robustness"
        )
    worst = max(
        measured, key=lambda item: (item["drop"]["ci_low"] or 0.0, float(item["drop"]["value"]))
    )
    unit = metrics["metrics"][metrics["primary_metric"]]["unit"]
    loss = format_difference(worst["drop"]["value"], unit).removeprefix("+")
    name = humanise(worst["perturbation"])
    detail = (
        f"{loss} of {humanise(worst['metric'], capital=False)} lost at severity {worst['severity']}"
    )
    if (worst["drop"]["ci_low"] or 0.0) > 0.0:
        return Verdict(question, name, "warn", detail, "robustness")
    return Verdict(
        question,
        "Nothing shown",
        "muted",
        f"no change costs more than chance; largest: {name}, {detail}",
        "robustness",
    )


def _notices(artefacts: Artefacts) -> tuple[Verdict, ...]:
    """The kind of foreign input that passes most often, where any was tried."""
    question = "Does it notice out-of-distribution inputs?"
    ood = [item for item in artefacts.metrics["ood"]["perturbations"] if item["kind"] == "ood"]
    if not ood:
        return ()
    flagged = {
        humanise(item["perturbation"], capital=False): item["flagged"]["value"]
        for item in ood
        if item["flagged"]
    }
    if not flagged:
        return (
            Verdict(
                question, "No", "warn", "the deployed model has no score that tells", "robustness"
            ),
        )
    least = min(flagged, key=lambda name: flagged[name] or 0.0)
    detail = (
        f"of {len(flagged)} kinds tried, {least} is flagged least:"
        f" {format_value(flagged[least], 'share')}"
    )
    if (flagged[least] or 0.0) >= _NOTICED:
        return (Verdict(question, "Those that were tried", "good", detail, "robustness"),)
    return (Verdict(question, "Not all", "warn", detail, "robustness"),)


def _behaves(artefacts: Artefacts) -> tuple[Verdict, ...]:
    """The capability that surely fails most, where there are behaviour tests."""
    found = artefacts.metrics.get("behaviours") or {"capabilities": []}
    known = [
        entry
        for entry in found["capabilities"]
        if entry["kind"] == "minimum functionality" and entry["ci_low"] is not None
    ]
    if not known:
        return ()
    worst = max(known, key=lambda entry: (entry["ci_low"], entry["value"]))
    question = "Does it pass tests that anybody would?"
    detail = (
        f"{format_value(worst['value'], 'share')} of {format_count(worst['n'])} rows about"
        f" {worst['capability']} fail"
    )
    if worst["value"] == 0.0:
        return (
            Verdict(
                question,
                "Yes, all of them",
                "good",
                f"none of {format_count(sum(e['n'] for e in known))} rows fails",
                "behaviours",
            ),
        )
    return (Verdict(question, f"Least at {worst['capability']}", "warn", detail, "behaviours"),)


def _explained(artefacts: Artefacts) -> Verdict:
    question = "Do explanations tell the truth?"
    summary: dict[str, Any] = artefacts.explanations["summary"]
    gain = summary.get("deletion_gain")
    errors = [
        float(example["additivity_error_relative"])
        for example in artefacts.explanations["examples"]
    ]
    if gain is None or not errors:
        return Verdict(question, "Not known", "muted", "no example was explained", "explanations")
    ahead = f"removal beats random order by {format_plain(gain['value'], 2)} (n = {gain['n']})"
    detail = f"{ahead}, largest additivity error {format_value(max(errors), 'share')}"
    if max(errors) > ADDITIVITY_LIMIT:
        return Verdict(question, "No: they do not add up", "bad", detail, "explanations")
    if gain["ci_low"] is None:
        return Verdict(question, "Too few examples to say", "muted", detail, "explanations")
    if gain["ci_low"] <= 0.0:
        return Verdict(question, "Not shown", "warn", detail, "explanations")
    return Verdict(question, "Yes, on these examples", "good", detail, "explanations")


def _served(artefacts: Artefacts) -> Verdict:
    parity = artefacts.parity
    detail = (
        f"deployed graph compared with the trained model on {format_count(parity['num_examples'])}"
        " examples"
    )
    question = "Is what is served what was trained?"
    return (
        Verdict(question, "Yes", "good", detail, "serving")
        if parity["passed"]
        else Verdict(question, "No", "bad", detail, "serving")
    )


def _data(artefacts: Artefacts) -> Verdict:
    provenance, parts = artefacts.data["provenance"], artefacts.data["parts"]
    sizes = ", ".join(f"{format_count(parts[name]['n'])} {name}" for name in SPLITS)
    num_aside = len(artefacts.data["quarantine"])
    aside = f", {format_count(num_aside)} set aside" if num_aside else ""
    detail = f"{provenance['name']}: {sizes}{aside}"
    if provenance["synthetic"]:
        return Verdict("Is the data real?", "No: SYNTHETIC DATA", "warn", detail, "data")
    return Verdict("Is the data real?", "Yes", "good", detail, "data")
