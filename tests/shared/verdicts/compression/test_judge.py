from __future__ import annotations

import pytest

from shared.run.artefacts.compression.record import ComparedGroup, ComparedMetric
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate, Interval
from shared.verdicts.compression.judge import judge_compression


def _estimate(low: float, high: float) -> Estimate:
    return Estimate.of((low + high) / 2.0, Interval(low, high))


def _judge(accuracy: tuple[float, float], loss: tuple[float, float]) -> Verdict:
    """Of a gain in accuracy, and the loss of one group; 5 points do not matter."""
    side = Estimate.of(0.9)
    primary = ComparedMetric(
        name="balanced_accuracy",
        unit="share",
        better="higher",
        small=side,
        other=side,
        difference=_estimate(*accuracy),
    )
    group = ComparedGroup(attribute="sex", group="male", n=50, loss=_estimate(*loss))
    return judge_compression("it", primary, [group], group_unit="share", margin=0.05)


@pytest.mark.parametrize(
    ("accuracy", "loss", "status", "answer"),
    [
        ((-0.01, 0.01), (-0.02, 0.02), "shown", "Yes, within 5.0 points"),
        ((-0.01, 0.01), (0.01, 0.03), "care", "Within 5.0 points, but sex male pays"),
        ((-0.01, 0.01), (0.001, 0.003), "shown", "Yes, within 5.0 points"),
        ((-0.01, 0.01), (-0.02, 0.2), "care", "Not shown for sex male"),
        ((-0.2, 0.01), (-0.02, 0.02), "care", "Not shown for balanced accuracy"),
        ((-0.3, -0.1), (-0.02, 0.02), "contradicted", "No, not for balanced accuracy"),
        ((-0.01, 0.01), (0.1, 0.2), "contradicted", "No, not for sex male"),
        ((0.1, 0.2), (-0.2, -0.1), "shown", "Yes, within 5.0 points"),
    ],
)
def test_the_worst_part_decides(
    accuracy: tuple[float, float], loss: tuple[float, float], status: str, answer: str
) -> None:
    verdict = _judge(accuracy, loss)
    assert (verdict.status, verdict.answer) == (status, answer)
