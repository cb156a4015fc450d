from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import pipelines
from shared.config.families import families
from tests.contract.case import Case
from tests.contract.checks import CHECKS
from tests.contract.conftest import COLLECTED, LIGHT, REPEATED, UNTRAINED, marks

CaseOf = Callable[[str, str], Case]

FAMILIES = [
    (name, family)
    for name in pipelines.NAMES
    for family in families(pipelines.get_pipeline(name).config_type)
]
FIRST = dict(reversed(FAMILIES))


@pytest.fixture(scope="session")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> CaseOf:
    """The case of a family: made once, so that each family is trained once for all its checks."""

    @cache
    def make(name: str, family: str) -> Case:
        return Case(
            pipelines.get_pipeline(name),
            pipelines.presets_folder(name),
            tmp_path_factory.mktemp(f"{name}-{family}"),
            family=family,
        )

    return make


@pytest.mark.parametrize(
    ("name", "family", "check"),
    [
        pytest.param(
            name,
            family,
            check,
            marks=marks(f"{name}-{family}", check, is_first=family == FIRST[name]),
        )
        for name, family in FAMILIES
        for check in CHECKS
    ],
)
def test_contract(name: str, family: str, check: str, case_of: CaseOf) -> None:
    CHECKS[check](case_of(name, family))


def test_every_family_of_every_pipeline_meets_every_check() -> None:
    expected = {
        f"test_contract[{name}-{family}-{check}]" for name, family in FAMILIES for check in CHECKS
    }
    assert {name for name, _ in FAMILIES} == set(pipelines.NAMES)
    assert {item.partition("@")[0] for item in COLLECTED} == expected
    assert len(COLLECTED) == len(expected)


def test_no_check_can_be_skipped_or_expected_to_fail() -> None:
    assert {mark for marks in COLLECTED.values() for mark in marks} <= {
        "parametrize",
        "slow",
        "timeout",
        "xdist_group",
    }
    folder = Path(__file__).parent
    checks = sorted((folder / "checks").glob("*.py"))
    assert len(checks) > 1
    for path in (folder / "case.py", *checks):
        assert "pytest" not in path.read_text(encoding="utf-8"), (
            f"{path.name} must not be able to skip"
        )


def test_what_waits_for_make_test_all_trains_again_or_is_of_a_further_family() -> None:
    waiting = {name.partition("@")[0] for name, marks in COLLECTED.items() if "slow" in marks}
    assert CHECKS.keys() > UNTRAINED | REPEATED
    assert UNTRAINED > LIGHT
    assert waiting == {
        f"test_contract[{name}-{family}-{check}]"
        for name, family in FAMILIES
        for check in CHECKS
        if check in REPEATED or (family != FIRST[name] and check not in LIGHT)
    }


@pytest.mark.parametrize("name", pipelines.NAMES)
def test_pipelines_are_called_as_their_folders(name: str) -> None:
    assert pipelines.get_pipeline(name).name == name
