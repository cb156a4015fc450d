from __future__ import annotations

from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipelines
from shared.contract import Pipeline, Splits
from shared.errors import ContractError
from tests.contract.case import Case
from tests.contract.checks import CHECKS
from tests.contract.conftest import REPEATED, UNTRAINED, marks
from tests.contract.saboteurs import SABOTEURS, Saboteur
from tests.contract.toy import PIPELINE

PRESETS = Path(__file__).parent / "toy" / "presets"


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(PIPELINE, PRESETS, tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def honest_dense(tmp_path_factory: pytest.TempPathFactory) -> Case:
    # Also the case in which validation deploys the floor.
    folder = tmp_path_factory.mktemp("toy_dense")
    return Case(PIPELINE, PRESETS, folder, family="dense", deploy="auto")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The toy, served as the mean of two networks."""
    folder = tmp_path_factory.mktemp("toy_members")
    return Case(PIPELINE, PRESETS, folder, settings=("train.members=2",))


@pytest.mark.parametrize(
    "check", [pytest.param(check, marks=marks("toy", check)) for check in CHECKS]
)
def test_check_accepts_the_honest_toy(check: str, honest: Case) -> None:
    CHECKS[check](honest)


@pytest.mark.parametrize(
    "check",
    [pytest.param(check, marks=marks("toy_dense", check, is_first=False)) for check in CHECKS],
)
def test_check_accepts_the_second_family_of_the_toy(check: str, honest_dense: Case) -> None:
    CHECKS[check](honest_dense)


@pytest.mark.slow
@pytest.mark.xdist_group("toy_members")
@pytest.mark.parametrize("check", sorted(CHECKS.keys() - UNTRAINED - {"distributes"}))
def test_check_accepts_a_mean_of_members(check: str, members: Case) -> None:
    CHECKS[check](members)


@pytest.mark.slow
@pytest.mark.xdist_group("toy_alone")
def test_what_can_be_left_out_is_left_out_honestly(tmp_path: Path) -> None:
    required = {field.name for field in fields(Pipeline) if field.default is MISSING}
    alone = Pipeline(**{name: getattr(PIPELINE, name) for name in required})
    case = Case(alone, PRESETS, tmp_path)
    for check in ("metrics", "behaviours", "fairness", "explain", "export", "report"):
        CHECKS[check](case)
    page = (case.run("report") / "report.html").read_text(encoding="utf-8")
    assert "This pipeline defines no perturbations" in page
    assert "not stated" in page


def _marks(saboteur: Saboteur) -> list[pytest.MarkDecorator]:
    slow = [pytest.mark.slow] if saboteur.check in REPEATED else []
    return [*slow, *marks("toy", saboteur.check)]


@pytest.mark.parametrize(
    "saboteur",
    [pytest.param(one, marks=_marks(one), id=f"{one.check}-{one.deed}") for one in SABOTEURS],
)
def test_check_rejects_its_saboteur(saboteur: Saboteur, honest: Case) -> None:
    # A stage that refuses to go on with what breaks the contract rejects it as well.
    with pytest.raises((AssertionError, ContractError), match=saboteur.says):
        CHECKS[saboteur.check](saboteur.case(honest))


def test_every_check_has_a_saboteur() -> None:
    assert {saboteur.check for saboteur in SABOTEURS} == CHECKS.keys()


def test_data_check_rejects_parts_that_overlap_in_time(tmp_path: Path) -> None:
    # The toy classifies; what only forecasts can do wrong is shown on the forecaster.
    pipeline = pipelines.get_pipeline("time_series")

    def synthesize(config: Any, n: int, seed: int) -> Splits:
        splits = pipeline.synthesize(config, n, seed)
        return replace(
            splits,
            val=replace(
                splits.val, forecast=splits.train.take(np.arange(len(splits.val))).forecast
            ),
        )

    overlapping = Case(
        replace(pipeline, synthesize=synthesize), pipelines.presets_folder("time_series"), tmp_path
    )
    with pytest.raises(AssertionError, match="val begins before the part before it ends"):
        CHECKS["data"](overlapping)
