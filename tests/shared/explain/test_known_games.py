"""From scores to values: games whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.explain.game.masked_score import MaskedScore
from shared.explain.game.together import run_alone
from shared.explain.methods.choice import attribute
from shared.explain.questions import ClassQuestion, ForecastQuestion, Question, answer
from tests.shared.explain.games import game_task

Scores = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _explained(scores: Scores, question: Question, num_segments: int) -> NDArray[np.float64]:
    score = MaskedScore(
        lambda keep: {"keep": keep.astype(np.float64)},
        lambda rows: scores(rows["keep"]),
        num_segments=num_segments,
        answer=partial(answer, question),
    )
    return run_alone(attribute(game_task(score, 2000), "auto")).values


@pytest.mark.parametrize("num_segments", [3, 30])
def test_what_adds_to_all_logits_alike_moves_no_probability_and_gets_nothing(
    num_segments: int,
) -> None:
    def logits(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        own = np.stack([keep[:, 1], np.zeros(len(keep))], axis=1)
        return 5.0 * keep[:, :1] + own

    values = _explained(logits, ClassQuestion(0), num_segments)
    np.testing.assert_allclose(values, np.eye(num_segments)[1], atol=1e-9)


def test_what_speaks_for_one_of_three_classes_speaks_against_the_others() -> None:
    def logits(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(keep @ np.diag([4.0, 3.0, 0.0]))

    first, second, third = (_explained(logits, ClassQuestion(k), 3) for k in range(3))
    assert first[0] > 3.0 and first[1] < 0.0
    assert second[1] > 2.0 and second[0] < 0.0
    assert (third[:2] < 0.0).all()
    np.testing.assert_allclose([first[2], second[2], third[2]], 0.0, atol=1e-9)


@pytest.mark.parametrize(("step", "expected"), [(None, 0.0), (0, 6.0), (1, 6.0), (3, -6.0)])
def test_a_driver_of_both_halves_of_a_horizon_is_found_step_by_step(
    step: int | None, expected: float
) -> None:
    """The mean over steps hides it, as it must: so steps can be asked about."""
    course = np.array([6.0, 6.0, -6.0, -6.0])

    def forecasts(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((keep[:, :1] * course)[:, :, None, None])

    values = _explained(forecasts, ForecastQuestion(step), 3)
    np.testing.assert_allclose(values, [expected, 0.0, 0.0], atol=1e-9)
