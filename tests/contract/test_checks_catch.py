from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import ContractError
from tests.contract.broken import SABOTEURS, Saboteur
from tests.contract.case import Case
from tests.contract.checks import CHECKS
from tests.contract.toy import PIPELINE

# The honest toy is trained once for all of them.
pytestmark = pytest.mark.xdist_group("toy")


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(PIPELINE, Path(__file__).parent / "toy" / "presets", tmp_path_factory.mktemp("toy"))


@pytest.mark.parametrize("check", CHECKS)
def test_check_accepts_the_honest_toy(check: str, honest: Case) -> None:
    CHECKS[check](honest)


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: f"{saboteur.check}-{saboteur.deed}")
def test_check_rejects_its_saboteur(saboteur: Saboteur, honest: Case) -> None:
    # A stage that refuses to go on with what breaks the contract rejects it as well.
    with pytest.raises((AssertionError, ContractError), match=saboteur.says):
        CHECKS[saboteur.check](saboteur.case(honest))


def test_every_check_has_a_saboteur() -> None:
    assert {saboteur.check for saboteur in SABOTEURS} == CHECKS.keys()
