from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit, softmax

from shared.explain.questions import (
    ClassQuestion,
    ForecastQuestion,
    answer,
    decided_question,
    describe_question,
    probability,
)
from shared.targets import Categories, Horizon
from shared.targets.decision import Screening

_LOGITS = np.array([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]], np.float32)
_HORIZON = Horizon(steps=2, channels=("a", "b"), unit="kW", step_seconds=3600, season_steps=24)


def test_a_class_is_answered_in_log_odds_of_its_probability() -> None:
    found = answer(ClassQuestion(1), _LOGITS)
    np.testing.assert_allclose(found, logit(softmax(_LOGITS, axis=-1)[:, 1]), rtol=1e-6)
    shares = probability(ClassQuestion(1), found)
    assert shares is not None
    np.testing.assert_allclose(shares, softmax(_LOGITS, axis=-1)[:, 1], rtol=1e-6)


def test_what_moves_all_logits_alike_moves_no_answer() -> None:
    np.testing.assert_allclose(
        answer(ClassQuestion(0), _LOGITS + 5.0), answer(ClassQuestion(0), _LOGITS), rtol=1e-6
    )


def test_the_decided_class_is_asked_about_even_where_another_is_more_probable() -> None:
    rule = Screening(class_index=2, goal="sensitivity", requested=1.0, threshold=0.0)
    target = Categories(names=("x", "y", "z"), rule=rule)
    question = decided_question(target, _LOGITS[:1])
    assert question == ClassQuestion(2)
    assert describe_question(target, question) == "z"


@pytest.mark.parametrize(("step", "expected"), [(None, 3.5), (0, 1.5), (1, 5.5)])
def test_a_forecast_is_answered_as_a_whole_or_step_by_step(
    step: int | None, expected: float
) -> None:
    scores = np.zeros((1, 2, 2, 4))
    scores[..., 0] = [[1.0, 2.0], [5.0, 6.0]]
    question = ForecastQuestion(step)
    assert answer(question, scores).tolist() == [expected]
    assert probability(question, np.ones(1)) is None
    assert decided_question(_HORIZON, scores) == ForecastQuestion()


def test_a_quantile_is_answered_as_it_is_served() -> None:
    scores = np.zeros((1, 2, 1, 4))
    scores[0, :, 0] = [[0.0, 3.0, 2.0, 9.0], [0.0, 1.0, 2.0, 5.0]]  # the first two levels cross
    assert answer(ForecastQuestion(0, 0), scores).tolist() == [2.0]
    assert answer(ForecastQuestion(None, 2), scores).tolist() == [7.0]
    named = describe_question(_HORIZON, ForecastQuestion(1, None), ("Mon 17:00", "Mon 18:00"))
    assert named == "forecast of step 2 (Mon 18:00)"
    said = describe_question(_HORIZON, ForecastQuestion(1, 2))
    assert said == "forecast of step 2, quantile 0.9"
