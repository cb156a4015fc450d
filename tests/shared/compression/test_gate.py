from __future__ import annotations

import numpy as np
import pytest

from shared.compression.gate import TOLERANCES, pass_gate
from shared.errors import CompressionRefusedError
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast


def test_equal_scores_pass_and_a_small_difference_is_measured() -> None:
    val = classified(0)
    found = pass_gate(CATEGORIES, val, val.scores, "int8", against="it")
    assert (found.mean_difference, found.n) == (0.0, len(val))
    scores = val.scores.copy()
    scores[0] += [3.0, 0.0, 0.0]
    found = pass_gate(CATEGORIES, val, scores, "int8", against="it")
    assert 0.0 < found.mean_difference < TOLERANCES["int8"] < found.largest_difference


def test_one_score_that_is_not_finite_is_refused_by_name() -> None:
    val = classified(0)
    scores = val.scores.copy()
    scores[3, 1] = np.nan
    with pytest.raises(CompressionRefusedError, match=r"not finite for 1 of 200 .*'id3'"):
        pass_gate(CATEGORIES, val, scores, "float16", against="it")


def test_answers_of_another_model_are_refused() -> None:
    val = classified(0)
    with pytest.raises(CompressionRefusedError, match=r"at most 0\.05 is tolerated for int8"):
        pass_gate(CATEGORIES, val, np.roll(val.scores, 1, axis=1), "int8", against="it")


def test_forecasts_are_compared_in_standard_deviations() -> None:
    val = forecast(0)  # whose series have a standard deviation of 2
    found = pass_gate(HORIZON, val, val.scores + np.float32(0.01), "float16", against="it")
    assert found.mean_difference == pytest.approx(0.005, rel=1e-3)
    with pytest.raises(CompressionRefusedError):
        pass_gate(HORIZON, val, val.scores + np.float32(0.1), "float16", against="it")
