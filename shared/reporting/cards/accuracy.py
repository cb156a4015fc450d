"""Whether the model is better than the strongest baseline, wherever one looks.

Over all rows it may be while it finds nothing of one class. So every class must be found, and every
group answered rightly, more often than by guessing evenly among the classes, which is right once in
as many times as there are classes, however rows are mixed. Of forecasts, every step must have skill
against the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.evaluation.claims import Promise
from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.parts import Parts, group_name, withheld_groups
from shared.reporting.cells import TONES
from shared.reporting.formatting import format_difference, format_value, humanise
from shared.reporting.page import Tone, Verdict
from shared.reporting.sections.results import VERDICT_TONES, contradicting_metrics
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.statistics.intervals import Estimate
from shared.targets import Categories

__all__ = ["judge_accuracy"]

_QUESTION = "Better than the baseline?"
_ANSWERS = {"better": "Yes", "worse": "No, it is worse", "inconclusive": "Not shown"}


@dataclass(frozen=True)
class _Measured:
    """What is right of each part, and what it would be without a model.

    Attributes:
        what: What is measured, behind a number.
        chance: The number without a model.
        parts: Classes and groups, or steps.
    """

    what: str
    chance: float
    parts: Parts


def judge_accuracy(artefacts: Artefacts) -> Verdict:
    """The card: a better metric over all rows, and no class, group or step left behind."""
    entry = artefacts.metrics.metrics[artefacts.metrics.primary_metric]
    against = entry.versus_baseline
    answer = _ANSWERS.get(against.verdict, "Not known")
    tone = VERDICT_TONES.get(against.verdict, "muted")
    name = humanise(entry.baseline_name or "none", capital=False)
    difference = format_difference(against.value, entry.unit)
    detail = f"{difference} against {name}, the strongest baseline measured"
    if against.verdict == "better":
        answer, tone, detail = _unless_contradicted(artefacts.metrics, answer, tone, detail)
    if tone == "good":
        answer, tone, detail = _unless_somewhere(artefacts, answer, tone, detail)
    return Verdict(_QUESTION, answer, tone, detail, "results")


def _unless_contradicted(
    metrics: Metrics, answer: str, tone: Tone, detail: str
) -> tuple[str, Tone, str]:
    """A "yes" does not rest on one metric while another one says worse."""
    worse = contradicting_metrics(metrics)
    if not worse:
        return answer, tone, detail
    metric = humanise(metrics.primary_metric, capital=False)
    return f"Only in {metric}", "warn", f"{detail}; worse in {', '.join(worse)}"


def _unless_somewhere(
    artefacts: Artefacts, answer: str, tone: Tone, detail: str
) -> tuple[str, Tone, str]:
    """A "yes" holds for every part, or names the one for which it does not."""
    measured = _measure(artefacts)
    parts = measured.parts
    if not parts.found:
        return answer, tone, detail
    promise = Promise(low=measured.chance)
    worst = parts.worst(promise, artefacts.metrics.confidence)
    least = f"least: {worst.name}, {parts.numbers(worst.name)} {measured.what}"
    detail = f"{detail}; {least}{parts.unknown}"
    if worst.claim == "contradicted":
        return f"Not for {worst.name}", TONES[worst.claim], detail
    if worst.claim == "not shown":
        return f"Not shown for {worst.name}", TONES[worst.claim], detail
    if parts.left_out:
        return "Yes, where it was measured", "muted", detail
    return answer, tone, detail


def _measure(artefacts: Artefacts) -> _Measured:
    if not isinstance(artefacts.target, Categories):
        return _Measured("less squared error", 0.0, _steps(artefacts.metrics))
    chance = 1.0 / len(artefacts.target.names)
    what = f"right; guessing evenly has {format_value(chance, 'share')}"
    return _Measured(what, chance, _classes_and_groups(artefacts))


def _classes_and_groups(artefacts: Artefacts) -> Parts:
    parts = Parts()
    for item in artefacts.metrics.classes or ():
        parts.add(item.name, item.recall, num_rows=item.n)
    for entry in artefacts.fairness.attributes:
        for group in entry.groups:
            error = group.metrics.get("error")
            if error is not None:
                parts.add(group_name(entry, group.group), _right(error), num_rows=group.n)
    parts.left_out.extend(withheld_groups(artefacts))
    return parts


def _right(error: Estimate) -> Estimate:
    """The share that is right, of an error rate."""
    ends = {"value": error.value, "ci_low": error.ci_high, "ci_high": error.ci_low}
    return Estimate(**{name: None if end is None else 1.0 - end for name, end in ends.items()})


def _steps(metrics: Metrics) -> Parts:
    """Skill at each step against the strongest baseline of the primary metric."""
    strongest = metrics.metrics[metrics.primary_metric].baseline_name
    parts = Parts()
    for skill in metrics.skills or ():
        if skill.baseline == strongest:
            for step, estimate in enumerate(skill.steps, start=1):
                parts.add(f"step {step}", estimate)
    return parts
