"""Reports with verdicts of chosen statuses, without a run."""

from __future__ import annotations

from shared.run.artefacts.metrics.metric_entries import BaselineDifference, MetricEntry
from shared.run.artefacts.report.brief import Brief, Facts
from shared.run.artefacts.report.record import ReportRecord
from shared.run.artefacts.report.verdict import Status, Verdict

__all__ = ["ACCURACY", "report_of"]

ACCURACY = MetricEntry(
    value=0.9,
    ci_low=0.8,
    ci_high=0.95,
    n=100,
    unit="share",
    better="higher",
    describe="share of rows",
    source="a book",
    baseline=0.5,
    baseline_name="prior",
    versus_baseline=BaselineDifference(value=0.4, ci_low=0.3, ci_high=0.5, verdict="better"),
)

_FACTS = Facts(
    intended="sorting",
    not_for="decisions",
    affected="people",
    data='Data "of" <b>ours</b>',
    synthetic=True,
    licence="CC-BY-4.0",
    citation="",
    content="text",
    n=100,
    num_entities=10,
    begun="2026-01-31",
    commit="abc",
    seed=0,
)


def report_of(*statuses: Status) -> ReportRecord:
    """A report with a verdict of each status, called like it."""
    return ReportRecord(
        run="run",
        pipeline="sentiment",
        title="Sentiment",
        task="Predicts.",
        brief=Brief(decision="use it", reason="all", finding="Right for 90 of 100", statements=()),
        verdicts=tuple(map(_verdict, statuses)),
        primary_metric="accuracy",
        metrics={"accuracy": ACCURACY},
        facts=_FACTS,
        card=(),
        contents=(),
    )


def _verdict(status: Status) -> Verdict:
    return Verdict(
        id=status,
        question=f"Is it {status}?",
        status=status,
        answer="Yes",
        numbers="1 of 1",
        detail="one of one",
        section="results",
    )
