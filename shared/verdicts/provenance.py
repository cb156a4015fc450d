"""Whether what is served is what was trained, and whether the data is real."""

from __future__ import annotations

from shared.formatting import count_of, format_count, format_plain
from shared.run.artefacts.report.verdict import Verdict
from shared.verdicts.findings import Findings

__all__ = ["judge_data", "judge_served"]

_SPLITS = ("train", "val", "test")


def judge_served(findings: Findings) -> Verdict:
    """The deployed graph beside the trained model."""
    parity = findings.parity
    size = format_count(parity.num_examples)
    tolerance = format_plain(parity.relative_tolerance, 1)
    compared = f"deployed graph compared with the trained model on {size} examples"
    return Verdict(
        id="parity",
        question="Is what is served what was trained?",
        status="shown" if parity.passed else "contradicted",
        answer="Yes" if parity.passed else "No",
        numbers=f"{size} examples compared",
        detail=f"{compared}, to {tolerance} of the largest number",
        section="serving",
    )


def judge_data(findings: Findings) -> Verdict:
    """What the numbers were measured on."""
    provenance = findings.data.provenance
    sizes = {name: findings.data.splits[name].n for name in _SPLITS}
    listed = ", ".join(f"{format_count(size)} {name}" for name, size in sizes.items())
    num_aside = len(findings.data.quarantine)
    aside = f", {format_count(num_aside)} set aside" if num_aside else ""
    entities = count_of(findings.metrics.num_entities, "entity", "entities")
    return Verdict(
        id="data",
        question="Is the data real?",
        status="care" if provenance.synthetic else "shown",
        answer="No: SYNTHETIC DATA" if provenance.synthetic else "Yes",
        numbers=f"n = {format_count(sizes['test'])} of {entities}{aside}",
        detail=f"{provenance.name}: {listed}{aside}",
        section="data",
    )
