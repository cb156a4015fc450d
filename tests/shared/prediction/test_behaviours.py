from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.config import EvaluateConfig, RunConfig
from shared.contract import Rows
from shared.contract.behaviours import BehaviourSuite
from shared.errors import ContractError, MissingArtefactError
from shared.prediction.behaviours import configured_suite, read_behaviour_scores, score_behaviours
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories, Horizon
from tests.contract.toy import PIPELINE
from tests.shared.evaluation.invented_behaviours import invented_suite

_TARGET = Categories(names=("no", "yes"))
_HORIZON = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=60, season_steps=2)


def _context(run: RunDirectory, suite: BehaviourSuite, **settings: Any) -> StageContext:
    pipeline = replace(PIPELINE, behaviours=lambda config, target: suite)
    return StageContext(
        pipeline, RunConfig(evaluate=EvaluateConfig(**settings)), run, SilentProgress(), _not_needed
    )


def _not_needed() -> Any:
    raise AssertionError("nothing is to be loaded")


def _score(rows: Rows) -> NDArray[np.float32]:
    return np.stack([rows["row"], -rows["row"]], axis=1)


def test_scores_come_back_as_they_were_written(run: RunDirectory) -> None:
    suite = invented_suite(_TARGET)
    score_behaviours(_context(run, suite), _TARGET, lambda: _score)
    found = read_behaviour_scores(run, suite, _TARGET)
    assert found.keys() == suite.tests.keys()
    for name, scores in found.items():
        assert scores.dtype == np.float32
        assert np.array_equal(scores, _score(suite.tests[name].rows))


@pytest.mark.parametrize("settings", [{}, {"behaviour_tests": False}])
def test_without_tests_the_file_is_empty_and_no_model_is_loaded(
    run: RunDirectory, settings: dict[str, Any]
) -> None:
    suite = invented_suite(_TARGET) if settings else BehaviourSuite()
    score_behaviours(_context(run, suite, **settings), _TARGET, _not_needed)
    assert len(run.read_table("predictions/behaviours.parquet", maker="predict")) == 0


def test_switched_off_tests_say_so(run: RunDirectory) -> None:
    found = configured_suite(_context(run, invented_suite(_TARGET), behaviour_tests=False), _TARGET)
    assert (dict(found.tests), found.notes) == ({}, ("Switched off by evaluate.behaviour_tests.",))


def test_a_forecaster_with_behaviour_tests_breaks_the_contract(run: RunDirectory) -> None:
    with pytest.raises(ContractError, match="'toy' forecasts, but has behaviour tests"):
        configured_suite(_context(run, invented_suite(_TARGET)), _HORIZON)


@pytest.mark.parametrize("text", [" of today", None])
def test_scores_of_other_tests_than_todays_are_refused(run: RunDirectory, text: str | None) -> None:
    written = invented_suite(_TARGET)
    score_behaviours(_context(run, written), _TARGET, lambda: _score)
    today = (
        invented_suite(_TARGET, text)
        if text
        else BehaviourSuite({"another": written.tests["known_rows"]})
    )
    with pytest.raises(
        MissingArtefactError,
        match=r"does not hold the behaviour tests that the pipeline has today .*--stages predict",
    ):
        read_behaviour_scores(run, today, _TARGET)
