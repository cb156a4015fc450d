from __future__ import annotations

from typing import Any

import pytest

from shared.run.artefacts.explanations.checks import Contest, RandomisedWeights, Stability
from shared.run.artefacts.explanations.record import Explanations, UnexplainedRow
from shared.statistics.intervals import Estimate
from shared.verdicts.explanation_trust import ExplanationTrust, judge_explanations
from tests.shared.explain.examples import CHECKS, REMOVALS, explained_example


def _estimate(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2.0, ci_low=low, ci_high=high)


def _contest(measure: Any, low: float, high: float) -> Contest:
    return Contest(
        measure=measure,
        against="darkest cell",
        explanation=0.2,
        comparator=0.4,
        lead=_estimate(low, high),
        n=8,
        hardest=True,
    )


def _record(**changes: Any) -> Explanations:
    honest = Explanations(
        method="auto",
        max_evaluations=2000,
        confidence=0.95,
        removals=REMOVALS,
        axes=(),
        examples=(explained_example(),) * 8,
        unexplained=(),
        summary={},
        contests=(_contest("deletion", 0.1, 0.3), _contest("insertion", 0.1, 0.3)),
        checks=CHECKS,
        survey=None,
    )
    return honest.model_copy(update=changes)


def _judge(**changes: Any) -> ExplanationTrust:
    found = judge_explanations(_record(**changes))
    assert found is not None
    return found


def test_all_parts_together_earn_trust() -> None:
    found = _judge()
    assert found.status == "trust"
    assert found.reason.startswith("all 6 parts hold: error bars, deletion, insertion, model")


def test_without_an_explanation_there_is_no_verdict() -> None:
    assert judge_explanations(_record(examples=())) is None


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(0.01, 0.3, "trust"), (-0.1, 0.3, "use with care"), (-0.3, -0.1, "do not use")],
)
def test_the_hardest_comparator_decides(low: float, high: float, status: str) -> None:
    assert _judge(contests=(_contest("deletion", low, high),)).status == status


def test_a_tie_at_a_known_cause_disproves_nothing_and_a_loss_warns() -> None:
    tie = _judge(contests=(_contest("pointing", -0.2, 0.1),))
    loss = _judge(contests=(_contest("pointing", -0.4, -0.1),))
    assert (tie.status, loss.status) == ("trust", "use with care")


def test_explanations_that_stay_when_weights_are_shuffled_are_of_no_use() -> None:
    ignores = RandomisedWeights(part="all that was fitted", correlation=_estimate(0.8, 1.0), n=4)
    found = _judge(checks=CHECKS.model_copy(update={"randomised": (ignores,)}))
    assert found.status == "do not use"
    assert "0.90 (0.80 to 1.00) with explanations of shuffled weights" in found.reason


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(0.75, 0.9, "trust"), (0.5, 0.9, "use with care"), (0.0, 0.2, "do not use")],
)
def test_two_draws_must_agree(low: float, high: float, status: str) -> None:
    again = Stability(
        change="another seed", correlation=_estimate(low, high), sign_flips=_estimate(0, 0.1), n=4
    )
    found = _judge(checks=CHECKS.model_copy(update={"stability": (again,)}))
    assert found.status == status


def test_removal_that_is_not_neutral_is_named_with_what_it_says() -> None:
    found = _judge(removals=REMOVALS.model_copy(update={"chosen": "mean"}))
    assert found.status == "use with care"
    assert found.reason == (
        "removal (mean) is not neutral: 60 points from knowing nothing, positive in 100%"
    )


def test_what_is_not_settled_not_additive_not_explained_or_not_checked_needs_care() -> None:
    rows = (explained_example(settled=False), explained_example())
    assert _judge(examples=rows).reason == "1 of 2 settled"
    summed = (explained_example(additivity_error_relative=0.2),)
    assert _judge(examples=summed).reason == "values miss their sum by up to 20%"
    missing = (UnexplainedRow(id="a", reason="NaN"),)
    assert _judge(unexplained=missing).status == "use with care"
    assert _judge(checks=None).reason == "dependence on the weights was not checked"
    incomparable = CHECKS.model_copy(update={"randomised": ()})
    assert "no two explanations could be compared" in _judge(checks=incomparable).reason


def test_without_an_interval_nothing_is_shown() -> None:
    unsure = _contest("deletion", 0.1, 0.3).model_copy(update={"lead": Estimate(value=0.3)})
    assert _judge(contests=(unsure,)).status == "use with care"


def test_attention_is_never_trusted_as_an_attribution_however_well_it_does() -> None:
    found = _judge(
        examples=(explained_example(method="attention"),) * 8,
        contests=(_contest("attention", 0.1, 0.3),),
    )
    assert found.status == "use with care"
    assert found.reason == "attention says where the network looked, not what moved the answer"
    moved = next(part for part in found.parts if part.name == "Attention")
    assert moved.found.startswith("without what is attended the answer moves +0.20 (+0.10 to")


def test_attention_that_points_away_from_what_decides_is_of_no_use() -> None:
    found = _judge(
        examples=(explained_example(method="attention"),) * 8,
        contests=(_contest("attention", -0.3, -0.1),),
    )
    assert found.status == "do not use"
