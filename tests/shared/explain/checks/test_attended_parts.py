from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit

from shared.config import ExplainMethod
from shared.explain.checks.attended_parts import attended_numbers
from shared.explain.game.game import Game
from shared.explain.game.together import run_alone
from shared.explain.methods.attribution import Attribution
from shared.explain.questions import ClassQuestion, ForecastQuestion, Question
from tests.shared.explain.cells_run import NUM_CELLS, cells_segments
from tests.shared.explain.games import masked_score

_CLASS = ClassQuestion(1)


def _numbers(
    looked_at: int,
    *,
    question: Question = _CLASS,
    method: ExplainMethod = "attention",
    decides: float = 0.4,
) -> dict[str, float | None]:
    """Cell 2 alone moves the answer, by so much probability, or so many units of a forecast."""
    row = {"signal": np.ones((1, NUM_CELLS), np.float32)}

    def answered(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = 0.5 + decides * keep[:, 2]
        return np.asarray(logit(moved)) if question is _CLASS else moved

    values = np.full(NUM_CELLS, 0.1)
    values[looked_at] = 0.5
    game = Game(
        row,
        cells_segments(None, row),
        np.ones(NUM_CELLS, dtype=np.bool_),
        question,
        masked_score(answered, NUM_CELLS),
    )
    found = Attribution(method, values, np.zeros(NUM_CELLS), True)
    return run_alone(attended_numbers(game, found, seed=0))


@pytest.mark.parametrize(("question", "moved"), [(_CLASS, 0.4), (ForecastQuestion(), 1.0)])
def test_looking_at_what_decides_moves_the_answer_and_others_do_not(
    question: Question, moved: float
) -> None:
    found = _numbers(2, question=question)
    assert found["attended_change"] == pytest.approx(moved)
    assert found["others_change"] == 0.0


def test_looking_elsewhere_moves_nothing_and_some_others_do() -> None:
    found = _numbers(0)
    assert found["attended_change"] == 0.0
    assert found["others_change"] is not None and 0.0 < found["others_change"] < 0.4


def test_a_change_against_the_decision_counts_too() -> None:
    assert _numbers(2, decides=-0.4)["attended_change"] == pytest.approx(0.4)


def test_methods_with_a_direction_have_their_own_tests() -> None:
    assert _numbers(2, method="occlusion") == {}


def test_forecasts_that_nothing_moves_have_no_numbers() -> None:
    assert _numbers(2, question=ForecastQuestion(), decides=0.0) == {}
