"""Verdicts and gap sources in words."""

from __future__ import annotations

from collections.abc import Sequence

from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.attribute import AttributeAssessment
from shared.fairness.gaps.errors import AdjustedErrors, ErrorAssessment
from shared.fairness.gaps.gap_sources import Step
from shared.fairness.gaps.group_metric import GroupRate
from shared.fairness.gaps.parity import Difference
from shared.fairness.records.error_records import Extremes
from shared.fairness.records.untested import counts_of, untested_sentence, withheld_sentence
from shared.run.artefacts.fairness.record import Verdict

__all__ = ["explain_verdict", "step_sentence"]

_PLACES = {
    "labels": "data",
    "ranking": "model",
    "confidence": "model's confidence",
    "decisions": "threshold",
}
_RATES = {
    "label_rate": "{of} is the truth for {low} of {lowest} and {high} of {highest}",
    "auc": (
        "{of} is ranked with an area under the curve of {low} within {lowest} and {high} within"
        " {highest}"
    ),
    "calibration_gap": (
        "confidence minus the share correct is {low} for {lowest} and {high} for {highest}"
    ),
    "selection_rate": "{of} is predicted for {low} of {lowest} and {high} of {highest}",
}


def explain_verdict(
    assessment: AttributeAssessment,
    verdict: Verdict,
    adjusted: AdjustedErrors | None,
    settings: AssessmentSettings,
) -> str:
    """What the tests of an attribute's errors found, with their numbers.

    Args:
        assessment: What was measured.
        verdict: What the tests amount to.
        adjusted: P-values after adjustment; None without a test.
        settings: How groups are compared.
    """
    errors = assessment.errors
    of_metric = [rate for rate in errors.rates if rate.metric == errors.metric]
    others = untested_sentence(of_metric) + withheld_sentence(of_metric)
    if errors.test is None or adjusted is None:
        return (assessment.attribute.note or errors.reason) + others
    p_values = f"permutation p = {errors.test.p_value:.3f}, adjusted {adjusted.gap:.3f}"
    numbers = f"largest minus smallest {errors.metric} {errors.test.spread:.3f}, {p_values}"
    below_margin = (
        f"every gap is shown to be below ε = {settings.margin:g} (two one-sided tests, adjusted p ="
        f" {adjusted.equivalence:.3f})"
    )
    match verdict:
        case "gap found":
            is_small = adjusted.equivalence <= settings.alpha
            yet = f" Yet {below_margin}." if is_small else ""
            return f"The groups differ ({numbers}). {_worst(errors)}{yet}{others}"
        case "equivalent within ε":
            return f"No gap was found ({numbers}), and {below_margin}.{others}"
        case _:
            return _inconclusive(errors, numbers, settings) + others


def step_sentence(step: Step, adjusted: float | None, alpha: float) -> str:
    """Whether a difference enters at this step, with the largest one.

    Args:
        step: What was measured.
        adjusted: P-value after adjustment; None without a test.
        alpha: Level of the family.
    """
    place = _PLACES[step.name]
    others = untested_sentence(step.rates) + withheld_sentence(step.rates)
    largest = step.largest
    if largest is None or step.test is None or adjusted is None:
        return f"Whether the {place} differs can not be told. {step.reason}{others}"
    low, high = _ends(largest, step.rates)
    difference = _RATES[largest.metric].format(
        of=repr(largest.of_class),
        lowest=repr(largest.lowest),
        highest=repr(largest.highest),
        low=low,
        high=high,
    )
    verb = "differ" if place == "data" else "differs"
    if adjusted > alpha:
        return (
            f"The test does not show that the {place} {verb} (adjusted p = {adjusted:.3f}). The"
            f" largest difference of all groups: {difference}.{others}"
        )
    sentence = difference[0].upper() + difference[1:]
    return (
        f"The {place} {verb} (adjusted p = {adjusted:.3f})."
        f" {sentence}.{_beyond_labels(step, largest)}{others}"
    )


def _worst(errors: ErrorAssessment) -> str:
    """Of all groups with a number, also those that are too small to be tested."""
    extremes = Extremes.of(errors)
    worst = extremes.worst
    if worst is None or worst.value is None:
        return ""
    interval = ""
    if worst.ci_low is not None and worst.ci_high is not None:
        interval = f" ({worst.ci_low:.3f} to {worst.ci_high:.3f})"
    return f"The highest error is that of {extremes.worst_group!r}: {worst.value:.3f}{interval}."


def _inconclusive(errors: ErrorAssessment, numbers: str, settings: AssessmentSettings) -> str:
    extremes = Extremes.of(errors)
    start = "No gap was found"
    if _has_signs(errors, settings.alpha):
        start = "There are signs of a gap, but not beyond chance"
    sentences = [f"{start} ({numbers}), nor is it shown that there is none."]
    reach = extremes.largest_compatible_gap
    if reach is not None:
        sentences.append(
            f"Gaps of up to {reach:.3f} against the rest are compatible with these data."
        )
    detectable = extremes.smallest_detectable_gap
    if detectable is not None:
        sentences.append(f"Gaps below {detectable:.3f} would likely have been missed.")
    rows = extremes.rows_needed
    if rows is not None:
        sentences.append(
            f"About {rows:,} examples would settle whether gaps reach ε = {settings.margin:g}."
        )
    return " ".join(sentences)


def _has_signs(errors: ErrorAssessment, alpha: float) -> bool:
    """Whether the test or any group's own interval speaks of a gap, before adjustment."""
    if errors.test is not None and errors.test.p_value <= alpha:
        return True
    gaps = errors.of("gap to rest", errors.metric).values()
    intervals = [gap.interval for gap in gaps if gap.interval is not None]
    return any(not interval.low <= 0.0 <= interval.high for interval in intervals)


def _ends(largest: Difference, rates: Sequence[GroupRate]) -> tuple[str, str]:
    """The values of the lowest and of the highest group, as they are read."""
    values = _values(rates, largest.metric, largest)
    ends = (values[largest.lowest], values[largest.highest])
    match largest.metric:
        case "auc":
            low, high = (f"{value:.3f}" for value in ends)
        case "calibration_gap":
            low, high = (f"{100 * value:+.1f} points" for value in ends)
        case _:
            counts = {
                rate.group: counts_of(rate)
                for rate in rates
                if (rate.metric, rate.of_class) == (largest.metric, largest.of_class)
            }
            groups = (largest.lowest, largest.highest)
            low, high = (
                f"{100 * value:.1f} % ({counts[group]})"
                for value, group in zip(ends, groups, strict=True)
            )
    return low, high


def _beyond_labels(step: Step, largest: Difference) -> str:
    """How much more often than true a class is predicted: what labels do not explain."""
    excess = _values(step.rates, "selection_excess", largest)
    if largest.lowest not in excess or largest.highest not in excess:
        return ""
    low = f"{100 * excess[largest.lowest]:+.1f} points"
    high = f"{100 * excess[largest.highest]:+.1f} points"
    return f" Compared with how often it is true, that is {low} and {high}."


def _values(rates: Sequence[GroupRate], metric: str, largest: Difference) -> dict[str, float]:
    """Group -> a metric of the class of the largest difference."""
    of_class = [
        rate for rate in rates if (rate.metric, rate.of_class) == (metric, largest.of_class)
    ]
    return {rate.group: rate.number for rate in of_class if rate.number is not None}
