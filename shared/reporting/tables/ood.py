"""What the model notices: out-of-distribution inputs and corrupted ones, told apart from unchanged ones by each detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts.mark_charts import Mark, detector_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, make_table

__all__ = ["OodView", "view_ood"]

_DETECTORS = {
    "distance": "distance of features",
    "energy": "energy of logits",
    "max_softmax": "highest probability",
    "interval_width": "interval width",
}
_KINDS = {"ood": "foreign", "corruption": "corruption", "counterfactual": "counterfactual"}
"""Kind of perturbation -> the word for readers, in the order of the table."""
_SOURCES = {
    "distance": "distance of features (Mahalanobis; Lee et al. 2018)",
    "energy": "energy of logits (Liu et al. 2020)",
    "max_softmax": "1 − highest probability (maximum softmax; Hendrycks & Gimpel 2017)",
    "interval_width": "width of the forecast interval",
}


@dataclass(frozen=True)
class OodView:
    """What is deployed, in words; how well each detector notices.

    And how much of each input is flagged.
    """

    rule: str
    explanation: str
    chart: Chart
    flagged: Table | None


def view_ood(artefacts: Artefacts) -> OodView | None:
    """Lay out what is noticed; None if nothing was changed, or the model has no detector."""
    ood, confidence = artefacts.metrics["ood"], artefacts.metrics["confidence"]
    entries = [item for item in ood["perturbations"] if item["detectors"]]
    if not entries:
        return None
    names = _names(entries)
    explanation = "Detectors: " + "; ".join(_SOURCES[name] for name in names) + "."
    return OodView(
        _rule_text(ood),
        explanation,
        _chart(entries, confidence),
        _flagged_table(ood, entries, confidence) if ood["rule"] else None,
    )


def _names(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The deployable detector first, the baseline last."""
    return [name for name in _DETECTORS if name in entries[0]["detectors"]]


def _rule_text(ood: Mapping[str, Any]) -> str:
    rule, flagged = ood["rule"], ood["flagged"]
    if rule is None:
        return (
            "The deployed model does not say whether a row is unfamiliar: it has neither features"
            " nor logits to tell it by."
        )
    return (
        f"The deployed model calls a row unfamiliar if its {_DETECTORS[rule['score']]} is above"
        f" {format_plain(rule['threshold'], 3)}: {format_value(rule['in_distribution_share'], 'share')} of"
        f" {format_count(rule['n'])} validation rows pass. Of the unchanged test rows it flags"
        f" {format_value(flagged['value'], 'share')}"
        f" ({format_interval(flagged['ci_low'], flagged['ci_high'], 'share')}; n ="
        f" {format_count(flagged['n'])})."
    )


def _chart(entries: Sequence[Mapping[str, Any]], confidence: float) -> Chart:
    """Foreign inputs first; of each corruption the strongest severity.

    The numbers of all behind it.
    """
    strongest = {
        item["perturbation"]: item for item in sorted(entries, key=lambda item: item["severity"])
    }
    shown = [
        item
        for kind in ("ood", "corruption")
        for item in strongest.values()
        if item["kind"] == kind
    ]
    names = _names(entries)
    rows = [
        (
            _label(item),
            {_DETECTORS[name]: _area(item["detectors"][name], item["n"]) for name in names},
        )
        for item in shown
    ]
    title = "Does it notice? Foreign inputs, and corruptions at their strongest"
    return detector_chart(title, rows, _detector_table(entries, confidence))


def _area(found: Mapping[str, Any], n: int) -> Mark:
    area = found["auroc"]
    return Mark("", area["value"], area["ci_low"], area["ci_high"], n)


def _label(item: Mapping[str, Any]) -> str:
    name = humanise(item["perturbation"], capital=False)
    return f"{name}, {item['severity']}" if item["kind"] == "corruption" else name


def _detector_table(entries: Sequence[Mapping[str, Any]], confidence: float) -> Table:
    names = _names(entries)
    rows: list[Row] = [
        [
            _label(item),
            format_count(item["n"]),
            *(_estimate(item["detectors"][name]["auroc"], "score") for name in names),
            *(_estimate(item["detectors"][name]["fpr_at_95_tpr"], "share") for name in names),
        ]
        for item in entries
    ]
    columns = [
        *(f"#AUROC, {_DETECTORS[name]}" for name in names),
        *(f"#Passes unnoticed, {_DETECTORS[name]}" for name in names),
    ]
    title = (
        "Each input against the same rows unchanged: AUROC, and the share that passes where"
        f" {format_level(0.95)} of the unchanged rows pass; {format_level(confidence)} intervals"
        " below"
    )
    return make_table(title, ["Input, severity", "#n", *columns], rows)


def _flagged_table(
    ood: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], confidence: float
) -> Table:
    severities = sorted({item["severity"] for item in entries})
    rows: list[Row] = []
    for kind, label in _KINDS.items():
        for name in dict.fromkeys(item["perturbation"] for item in entries if item["kind"] == kind):
            found = {item["severity"]: item for item in entries if item["perturbation"] == name}
            first = next(iter(found.values()))
            cells = [
                _flagged_cell(found[severity]["flagged"]) if severity in found else Cell("")
                for severity in severities
            ]
            rows.append([Cell(humanise(name), f"{label}: {first['describe']}"), *cells])
    n = count_of(ood["flagged"]["n"], "unchanged test row", "unchanged test rows")
    title = (
        f"Share that the deployed model calls unfamiliar, by severity; of {n}"
        f" {format_value(ood['flagged']['value'], 'share')}. {format_level(confidence)}"
        " intervals below"
    )
    return make_table(title, ["Input", *(f"#{severity}" for severity in severities)], rows)


def _flagged_cell(flagged: Mapping[str, Any]) -> Cell:
    note = format_interval(flagged["ci_low"], flagged["ci_high"], "share")
    return Cell(format_value(flagged["value"], "share"), note, shade=flagged["value"])


def _estimate(entry: Mapping[str, Any], unit: str) -> Cell:
    return Cell(
        format_value(entry["value"], unit), format_interval(entry["ci_low"], entry["ci_high"], unit)
    )
