from __future__ import annotations

import pytest

from shared.run.artefacts.report.verdict import Status
from shared.verdicts.brief.rule import decide, reason_for
from tests.shared.verdicts.invented_reports import report_of


@pytest.mark.parametrize(
    ("statuses", "decision", "reason"),
    [
        (("shown", "shown"), "use it", "2 of 2 answers below are ✓"),
        (("shown", "care"), "use it with care", "1 of 2 answers below are ! or ?"),
        (("shown", "unknown", "care"), "use it with care", "2 of 3 answers below are ! or ?"),
        (("shown", "care", "contradicted"), "not yet", "1 of 3 answers below are ✗"),
    ],
)
def test_the_worst_verdict_decides(
    statuses: tuple[Status, ...], decision: str, reason: str
) -> None:
    verdicts = report_of(*statuses).verdicts
    assert decide(verdicts) == decision
    assert reason_for(verdicts).startswith(reason)


def test_without_verdicts_nothing_is_shown() -> None:
    assert decide([]) == "use it with care"
