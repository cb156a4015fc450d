"""Whether explanations tell what the model looks at."""

from __future__ import annotations

from shared.formatting import format_plain, format_range
from shared.run.artefacts.report.verdict import Status, Verdict
from shared.statistics.intervals import Interval
from shared.verdicts.findings import Findings
from shared.verdicts.thresholds import STATUS_OF_CLAIM, TELLS

__all__ = ["judge_explanations"]


def judge_explanations(findings: Findings) -> Verdict:
    """Removal in the order of the explanation, beside removal in random order."""
    examples = findings.explanations.examples
    gain = findings.explanations.summary.get("deletion_gain")
    if gain is None:
        nothing = "no example was explained"
        return _verdict("Not known", "unknown", nothing, nothing)
    settled = f"{sum(example.settled for example in examples)} of {len(examples)} settled"
    ahead = f"removal beats random order by {format_plain(gain.value, 2)} (n = {gain.n})"
    detail = f"{ahead}, {settled}"
    if gain.ci_low is None or gain.ci_high is None:
        return _verdict("Too few examples to say", "unknown", detail, detail)
    interval = format_range(gain.ci_low, gain.ci_high, "share")
    numbers = f"gain {interval}, n = {gain.n}; {settled}"
    claim = TELLS.judge(Interval(gain.ci_low, gain.ci_high))
    if claim == "shown" and any(not example.settled for example in examples):
        return _verdict("Roughly: not all are settled", "care", numbers, detail)
    answers = {"shown": "Yes, on these examples", "contradicted": "No: chance does better"}
    return _verdict(answers.get(claim, "Not shown"), STATUS_OF_CLAIM[claim], numbers, detail)


def _verdict(answer: str, status: Status, numbers: str, detail: str) -> Verdict:
    return Verdict(
        id="explanations",
        question="Do explanations tell the truth?",
        status=status,
        answer=answer,
        numbers=numbers,
        detail=detail,
        section="explanations",
    )
