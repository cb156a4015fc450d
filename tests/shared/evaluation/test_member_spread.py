from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.evaluation.evaluate import evaluate_stage
from shared.evaluation.member_spread import judge_spread
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext, Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, forecast, run_context

_CLASSES = Categories(names=("a", "b"))
_IDS = np.array([f"row-{number}" for number in range(40)])
_WRONG = np.arange(40) % 4 == 0


def _classified() -> Predictions:
    """Every fourth row is decided wrongly, however sure the model is."""
    scores = np.where(_WRONG[:, None], [[0.0, 2.0]], [[2.0, 0.0]]).astype(np.float32)
    return Predictions(_IDS, _IDS, np.zeros(40, np.int64), scores, spreads=_WRONG + np.float32(0.5))


def test_a_spread_that_is_larger_where_the_decision_is_wrong_tells_all_errors() -> None:
    found = judge_spread(_CLASSES, _classified(), 0.95)
    assert found is not None
    assert (found.n, found.num_entities, found.num_errors) == (40, 40, 10)
    assert found.auroc.value == 1.0
    assert found.auroc.interval is not None
    assert found.usual is not None
    assert found.usual.value == 0.5  # equally sure of all


def test_a_spread_that_says_nothing_is_at_chance_and_one_that_is_not_there_is_not_judged() -> None:
    silent = replace(_classified(), spreads=np.ones(40, np.float32))
    found = judge_spread(_CLASSES, silent, 0.95)
    assert found is not None
    assert found.auroc.value == 0.5
    assert judge_spread(_CLASSES, replace(silent, spreads=None), 0.95) is None


def test_of_forecasts_it_ranks_the_larger_half_of_the_errors_whatever_the_unit() -> None:
    target = Horizon(
        steps=2, channels=("x", "y"), unit="m", quantiles=(0.1, 0.9), step_seconds=1, season_steps=1
    )
    scale = np.tile([1.0, 1000.0], (40, 1))
    error = np.where(np.arange(40) < 20, 1.0, 3.0)
    truth = (error[:, None] * scale)[:, None, :].repeat(2, axis=1)
    truth[0, 0, 0] = np.nan  # not observed
    context = ForecastContext(
        starts=np.zeros(40, "datetime64[s]"),
        recent=np.zeros((40, 1, 2)),
        location=np.zeros((40, 2)),
        scale=scale,
        naive_error=scale,
        naive_squared_error=scale,
    )
    spreads = np.nan_to_num(truth * 0.1, nan=0.1)
    test = Predictions(_IDS, _IDS, truth, np.zeros((40, 2, 2, 3)), context, spreads=spreads)
    found = judge_spread(target, test, 0.95)
    assert found is not None
    assert (found.num_errors, found.auroc.value) == (20, 1.0)
    assert found.usual is not None
    assert found.usual.value == pytest.approx(0.5)


@pytest.mark.parametrize("test", [classified(0), forecast(0)], ids=["classes", "forecast"])
def test_the_evaluate_stage_judges_what_the_predict_stage_wrote(
    tmp_path: Path, test: Predictions
) -> None:
    shape = (len(test),) if test.forecast is None else test.targets.shape
    spreads = np.random.default_rng(0).random(shape)
    for number, given in enumerate((spreads, None)):
        context = run_context(tmp_path / str(number), replace(test, spreads=given), resamples=100)
        evaluate_stage(context)
        found = Metrics.read(context.run).members
        assert (found is None) == (given is None)
        if found is not None and test.forecast is None:
            assert found == judge_spread(CATEGORIES, replace(test, spreads=spreads), 0.95)
