"""What the model notices: how well each detector tells foreign and corrupted inputs apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.formatting import (
    count_of,
    format_count,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.cells import interval_of, value_cell
from shared.reporting.charts.mark_charts import Mark, detector_chart
from shared.reporting.page import Cell, Chart, Row, Table, make_table
from shared.run.artefacts.metrics.robustness_entries import (
    Detection,
    FlaggedShare,
    OodEntry,
    OodTable,
)

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
    """What is deployed, how well each detector notices, and how much of each input is flagged."""

    rule: str
    explanation: str
    chart: Chart
    flagged: Table | None


def view_ood(artefacts: Artefacts) -> OodView | None:
    """Lay out what is noticed; None if nothing was changed, or the model has no detector."""
    ood = artefacts.metrics.ood
    confidence = artefacts.metrics.confidence
    entries = [item for item in ood.perturbations if item.detectors]
    if not entries:
        return None
    sources = "; ".join(_SOURCES[name] for name in _names(entries))
    return OodView(
        rule=_describe_rule(ood),
        explanation=f"Detectors: {sources}.",
        chart=_chart(entries, confidence),
        flagged=None if ood.flagged is None else _flagged_table(ood.flagged, entries, confidence),
    )


def _names(entries: Sequence[OodEntry]) -> list[str]:
    """The deployable detector first, the baseline last."""
    return [name for name in _DETECTORS if name in entries[0].detectors]


def _describe_rule(ood: OodTable) -> str:
    rule = ood.rule
    flagged = ood.flagged
    if rule is None or flagged is None:
        return (
            "The deployed model does not say whether a row is out of distribution: it has neither"
            " features nor logits to tell it by."
        )
    threshold = format_plain(rule.threshold, 3)
    passing = format_value(rule.in_distribution_share, "share")
    share = f"{format_value(flagged.value, 'share')} ({interval_of(flagged, 'share')}"
    return (
        "The deployed model calls a row out of distribution if its"
        f" {_DETECTORS[rule.score]} is above {threshold}: {passing} of"
        f" {format_count(rule.n)} validation rows pass. Of the unchanged test rows it flags"
        f" {share}; n = {format_count(flagged.n)})."
    )


def _chart(entries: Sequence[OodEntry], confidence: float) -> Chart:
    """Foreign inputs first; of each corruption the strongest severity.

    The numbers of all behind it.
    """
    rising = sorted(entries, key=lambda item: item.severity)
    strongest = {item.perturbation: item for item in rising}.values()
    shown = [item for item in strongest if item.kind == "ood"]
    shown += [item for item in strongest if item.kind == "corruption"]
    names = _names(entries)
    rows = [(_label(item), _areas(item, names)) for item in shown]
    title = "Does it notice? Foreign inputs, and corruptions at their strongest"
    return detector_chart(title, rows, _detector_table(entries, confidence))


def _areas(item: OodEntry, names: Sequence[str]) -> dict[str, Mark]:
    """By the detector's name in words."""
    return {_DETECTORS[name]: _area(item.detectors[name], item.n) for name in names}


def _area(found: Detection, n: int) -> Mark:
    area = found.auroc
    return Mark("", area.value, area.ci_low, area.ci_high, n)


def _label(item: OodEntry) -> str:
    name = humanise(item.perturbation, capital=False)
    return f"{name}, {item.severity}" if item.kind == "corruption" else name


def _detector_table(entries: Sequence[OodEntry], confidence: float) -> Table:
    names = _names(entries)
    columns = ["Input, severity", "#n", *(f"#AUROC, {_DETECTORS[name]}" for name in names)]
    columns += [f"#Passes unnoticed, {_DETECTORS[name]}" for name in names]
    caption = (
        "Each input against the same rows unchanged: AUROC, and the share that passes where"
        f" {format_level(0.95)} of the unchanged rows pass; {format_level(confidence)} intervals"
        " below"
    )
    return make_table(caption, columns, [_detector_row(item, names) for item in entries])


def _detector_row(item: OodEntry, names: Sequence[str]) -> Row:
    found = [item.detectors[name] for name in names]
    areas = [value_cell(one.auroc, "score") for one in found]
    passing = [value_cell(one.fpr_at_95_tpr, "share") for one in found]
    return [_label(item), format_count(item.n), *areas, *passing]


def _flagged_table(
    unchanged: FlaggedShare, entries: Sequence[OodEntry], confidence: float
) -> Table:
    severities = sorted({item.severity for item in entries})
    rows: list[Row] = []
    for kind in ("ood", "corruption", "counterfactual"):
        of_kind = [item for item in entries if item.kind == kind]
        for name in dict.fromkeys(item.perturbation for item in of_kind):
            found = {item.severity: item for item in of_kind if item.perturbation == name}
            cells = [_flagged_cell(found.get(severity)) for severity in severities]
            first = next(iter(found.values()))
            rows.append([Cell(humanise(name), _describe_input(first)), *cells])
    rows_unchanged = count_of(unchanged.n, "unchanged test row", "unchanged test rows")
    caption = (
        f"Share that the deployed model flags, by severity; of {rows_unchanged}"
        f" {format_value(unchanged.value, 'share')}. {format_level(confidence)} intervals below"
    )
    return make_table(caption, ["Input", *(f"#{severity}" for severity in severities)], rows)


def _describe_input(item: OodEntry) -> str:
    """Foreign inputs are described here; tables above describe the others."""
    return f"foreign: {item.describe}" if item.kind == "ood" else item.kind


def _flagged_cell(item: OodEntry | None) -> Cell:
    flagged = None if item is None else item.flagged
    if flagged is None:
        return Cell("")
    share = format_value(flagged.value, "share")
    return Cell(share, interval_of(flagged, "share"), shade=flagged.value)
