from __future__ import annotations

from pathlib import Path

import pytest

from shared.config import ExplainConfig
from shared.explain.checks.known_checks import known_checks
from shared.run.artefacts.explanations.record import Explanations
from shared.run.directory import RunDirectory
from tests.shared.explain.examples import CHECKS, REMOVALS


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path)
    Explanations(
        method="auto",
        max_evaluations=300,
        confidence=0.95,
        removals=REMOVALS,
        axes=(),
        examples=(),
        unexplained=(),
        summary={},
        contests=(),
        checks=CHECKS,
        survey=None,
    ).write(directory)
    return directory


def test_without_the_stage_nothing_is_known(tmp_path: Path) -> None:
    known = known_checks(RunDirectory(tmp_path), ExplainConfig())
    assert (known.removals, known.checks) == (None, None)


def test_the_same_settings_take_over_all_tests(run: RunDirectory) -> None:
    known = known_checks(run, ExplainConfig())
    assert (known.removals, known.checks) == (REMOVALS, CHECKS)


@pytest.mark.parametrize(
    "settings", [ExplainConfig(method="occlusion"), ExplainConfig(removal="mean")]
)
def test_another_method_or_removal_depends_on_weights_in_another_way(
    run: RunDirectory, settings: ExplainConfig
) -> None:
    known = known_checks(run, settings)
    assert known.removals is not None
    assert known.checks is None


def test_a_way_that_is_not_known_is_tested_anew(run: RunDirectory) -> None:
    assert known_checks(run, ExplainConfig(removal="blurr")).removals is None
