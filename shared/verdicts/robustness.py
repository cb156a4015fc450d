"""What harder inputs cost, and whether inputs from outside the domain are noticed."""

from __future__ import annotations

from shared.evaluation.claims import Part, decided_by
from shared.formatting import (
    format_difference,
    format_interval,
    format_plain,
    format_range,
    format_value,
    humanise,
    shorten,
)
from shared.run.artefacts.metrics.robustness_entries import OodEntry, PerturbationEntry
from shared.run.artefacts.report.verdict import ReaderQuestion, Verdict
from shared.verdicts.findings import Findings
from shared.verdicts.thresholds import NOTICED, STATUS_OF_CLAIM

__all__ = ["judge_disturbance", "judge_ood"]

_OOD = ReaderQuestion("ood", "Does it notice out-of-distribution inputs?", "robustness")

_DISTURBANCE = ReaderQuestion("robustness", "What disturbs it most?", "robustness")

_MANY = "more than 1,000"


def judge_disturbance(findings: Findings) -> Verdict:
    """The change of inputs that surely costs most; shown if mild changes surely cost little.

    Every model fails if a change is strong enough, so only the mildest strength is held against it.
    """
    metrics = findings.metrics
    measured = [item for item in metrics.perturbations if item.drop.value is not None]
    if not measured:
        nothing = "no perturbation could be measured"
        return _DISTURBANCE.answered("Not known", "unknown", nothing, nothing)
    worst = max(measured, key=_sure_loss)
    unit = metrics.metrics[metrics.primary_metric].unit
    name = humanise(worst.perturbation)
    detail = f"{_describe_loss(worst, unit)} at severity {worst.severity}"
    then = f" (then {format_range(worst.ci_low, worst.ci_high, unit)})"
    numbers = f"{detail}{then if unit == 'share' else ''}"
    if _is_mild_harmless(measured, findings.fairness.margin, unit):
        return _DISTURBANCE.answered(f"{name}, and only if strong", "shown", numbers, detail)
    if _sure_loss(worst)[0] > 0.0:
        return _DISTURBANCE.answered(name, "care", numbers, detail)
    detail = f"no change costs more than chance; largest: {name}, {detail}"
    nothing = "no change costs more than chance"
    return _DISTURBANCE.answered("Nothing shown", "unknown", nothing, detail)


def _is_mild_harmless(measured: list[PerturbationEntry], margin: float, unit: str) -> bool:
    """Whether every change of the mildest strength surely costs at most ε.

    Of a share ε is in its unit; of an error it is that part of the error on unchanged rows.
    """
    mild = [item for item in measured if item.severity == 1]
    return bool(mild) and all(
        item.drop.ci_high is not None
        and item.drop.ci_high <= margin * (1.0 if unit == "share" else item.clean.value or 0.0)
        for item in mild
    )


def _describe_loss(worst: PerturbationEntry, unit: str) -> str:
    """In points of a share; of an error without a largest value, as a multiple."""
    metric = humanise(worst.metric, capital=False)
    clean = worst.clean.value
    if unit != "share" and worst.value is not None and clean:
        factor = worst.value / clean
        return f"{metric} {_MANY if factor >= 1000.0 else format_plain(factor, 2)} times as large"
    loss = format_difference(worst.drop.value, unit).removeprefix("+")
    return f"{loss} of {metric} lost"


def _sure_loss(item: PerturbationEntry) -> tuple[float, float]:
    """What is surely lost, then what is lost."""
    return item.drop.ci_low or 0.0, item.drop.value or 0.0


def judge_ood(findings: Findings) -> list[Verdict]:
    """The kind of foreign input that passes most often, where any was tried."""
    ood = [item for item in findings.metrics.ood.perturbations if item.kind == "ood"]
    if not ood:
        return []
    parts = _flagged_parts(ood)
    if not parts:
        nothing = "the deployed model has no score that tells"
        return [_OOD.answered("No", "contradicted", nothing, nothing)]
    least = decided_by(parts, NOTICED)
    answers = {"shown": "Those that were tried", "contradicted": f"No: {least.name}"}
    share = format_value(least.value, "share")
    wanted = f"at least {format_value(NOTICED.low, 'share')} wanted"
    least_of_all = f"of {len(parts)} kinds tried, {least.name} is flagged least: {share}"
    detail = f"{least_of_all}{_in_brackets(least)}; {wanted}"
    interval = least.interval
    between = f" ({format_range(interval.low, interval.high, 'share')})" if interval else ""
    numbers = f"{shorten(least.name)}: {share} flagged{between}"
    answer = answers.get(least.claim, "Not shown")
    return [_OOD.answered(answer, STATUS_OF_CLAIM[least.claim], numbers, detail)]


def _flagged_parts(ood: list[OodEntry]) -> list[Part]:
    return [
        Part(
            name=humanise(item.perturbation, capital=False),
            value=item.flagged.value or 0.0,
            interval=item.flagged.interval,
            claim=NOTICED.judge(item.flagged.interval, num_parts=len(ood)),
        )
        for item in ood
        if item.flagged is not None
    ]


def _in_brackets(part: Part) -> str:
    interval = part.interval
    return f" ({format_interval(interval.low, interval.high, 'share')})" if interval else ""
