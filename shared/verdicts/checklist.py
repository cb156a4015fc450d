"""All verdicts on a run, in the order in which a reader asks."""

from __future__ import annotations

from shared.run.artefacts.report.verdict import Verdict
from shared.verdicts.accuracy import judge_accuracy
from shared.verdicts.behaviours import judge_behaviours
from shared.verdicts.coverage import judge_coverage
from shared.verdicts.explanations import judge_explained
from shared.verdicts.findings import Findings
from shared.verdicts.groups import judge_groups
from shared.verdicts.provenance import judge_data, judge_served
from shared.verdicts.robustness import judge_disturbance, judge_ood
from shared.verdicts.service import judge_service
from shared.verdicts.worth import judge_worth

__all__ = ["judge_run"]


def judge_run(findings: Findings) -> tuple[Verdict, ...]:
    """One verdict a question, worded no stronger than the numbers behind it."""
    return (
        judge_accuracy(findings),
        judge_worth(findings),
        *judge_groups(findings),
        judge_coverage(findings),
        *judge_service(findings),
        judge_disturbance(findings),
        *judge_ood(findings),
        *judge_behaviours(findings),
        judge_explained(findings),
        judge_served(findings),
        judge_data(findings),
    )
