"""What the model says about the rows of the behaviour tests.

`predictions/behaviours.parquet`, one row per row of each test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Rows
from shared.contract.behaviours import Behaviour, BehaviourSuite
from shared.errors import ContractError, MissingArtefactError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import BEHAVIOURS
from shared.targets import Categories, Target

__all__ = ["configured_suite", "read_behaviour_scores", "score_behaviours"]

_COLUMNS = ("test", "case", "text", "scores")

Score = Callable[[Rows], NDArray[np.float32]]
"""Decoded rows -> scores (n, *target.shape)."""


def configured_suite(context: StageContext, target: Target) -> BehaviourSuite:
    """The pipeline's behaviour tests, unless `evaluate.behaviour_tests` is off.

    Raises:
        ContractError: A forecaster has some; they are about decisions between classes.
    """
    if not context.config.evaluate.behaviour_tests:
        return BehaviourSuite(notes=("Switched off by evaluate.behaviour_tests.",))
    suite = context.pipeline.behaviours(context.config, target)
    if suite.tests and not isinstance(target, Categories):
        raise ContractError(
            f"The pipeline {context.pipeline.name!r} forecasts, but has behaviour tests, which are"
            " about classes."
        )
    return suite


def score_behaviours(context: StageContext, target: Target, load: Callable[[], Score]) -> None:
    """Score every test and write `predictions/behaviours.parquet`.

    Test, case, text, scores (classes,) as the network emits them.

    Args:
        context: Of the run that the file is written to.
        target: What is predicted.
        load: Gives the trained model; called only if there is a test.
    """
    tests = configured_suite(context, target).tests
    score = load() if tests else None
    tables = [pd.DataFrame({name: np.array([], dtype=object) for name in _COLUMNS})]
    for done, (name, behaviour) in enumerate(tests.items()):
        context.progress.update(done, len(tests), f"behaviour {name}")
        if score is not None:
            tables.append(_table(name, behaviour, score(behaviour.rows)))
    context.run.write_table(BEHAVIOURS, pd.concat(tables, ignore_index=True))


def read_behaviour_scores(
    run: RunDirectory, suite: BehaviourSuite, target: Target
) -> dict[str, NDArray[np.float32]]:
    """Test -> scores (n, *target.shape) float32 of its rows, in their order.

    Raises:
        MissingArtefactError: The file is missing, damaged, or about other tests than the pipeline
            has today.
    """
    table = run.read_table(BEHAVIOURS, maker="predict")
    try:
        found = {str(name): rows for name, rows in table.groupby("test", sort=False)}
        scores = {
            name: _scores_of(found, name, behaviour, target)
            for name, behaviour in suite.tests.items()
        }
    except (LookupError, TypeError, ValueError) as error:
        raise MissingArtefactError(
            f"{run / BEHAVIOURS} does not hold the behaviour tests that the pipeline has today"
            f" ({error}). Make it again with {run.rerun_command('predict')}"
        ) from error
    return scores


def _table(name: str, behaviour: Behaviour, scores: NDArray[np.float32]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "test": name,
        "case": behaviour.cases.tolist(),
        "text": behaviour.texts.tolist(),
    }
    return pd.DataFrame(columns | {"scores": [row.reshape(-1) for row in scores]}, dtype=object)


def _scores_of(
    found: dict[str, pd.DataFrame], name: str, behaviour: Behaviour, target: Target
) -> NDArray[np.float32]:
    rows = found[name]
    if rows["text"].tolist() != behaviour.texts.tolist():
        raise ValueError(f"the rows of {name!r} are others")
    return (
        np.stack(rows["scores"].tolist()).astype(np.float32).reshape(len(behaviour), *target.shape)
    )
