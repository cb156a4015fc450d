"""The brief of a run from its findings and verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from shared.run.artefacts.report.brief import Brief
from shared.run.artefacts.report.verdict import Verdict
from shared.targets import Categories
from shared.verdicts.brief.decisions import find_of_decisions, state_decisions
from shared.verdicts.brief.forecasts import find_of_forecasts, state_forecasts
from shared.verdicts.brief.rule import decide, reason_for
from shared.verdicts.findings import Findings

__all__ = ["make_brief"]


def make_brief(findings: Findings, verdicts: Sequence[Verdict]) -> Brief:
    """The decision, the finding and the statements.

    Args:
        findings: The records of the run.
        verdicts: Of the same run, as `judge_run` gives them.
    """
    decides = isinstance(findings.target, Categories)
    return Brief(
        decision=decide(verdicts),
        reason=reason_for(verdicts),
        finding=find_of_decisions(findings) if decides else find_of_forecasts(findings),
        statements=state_decisions(findings) if decides else state_forecasts(findings),
    )
