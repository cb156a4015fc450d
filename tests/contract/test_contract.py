from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import pipelines
from tests.contract.case import Case
from tests.contract.checks import CHECKS
from tests.contract.conftest import COLLECTED, marks

CaseOf = Callable[[str], Case]


@pytest.fixture(scope="session")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> CaseOf:
    """The case of a pipeline: made once, so that each pipeline is trained once for all its checks."""

    @cache
    def make(name: str) -> Case:
        return Case(
            pipelines.get_pipeline(name),
            pipelines.presets_folder(name),
            tmp_path_factory.mktemp(name),
        )

    return make


@pytest.mark.parametrize(
    ("name", "check"),
    [
        pytest.param(name, check, marks=marks(name, check))
        for name in pipelines.NAMES
        for check in CHECKS
    ],
)
def test_contract(name: str, check: str, case_of: CaseOf) -> None:
    CHECKS[check](case_of(name))


def test_every_pipeline_meets_every_check() -> None:
    expected = {f"test_contract[{name}-{check}]" for name in pipelines.NAMES for check in CHECKS}
    assert {item.partition("@")[0] for item in COLLECTED} == expected
    assert len(COLLECTED) == len(pipelines.NAMES) * len(CHECKS)


def test_no_check_can_be_skipped_or_expected_to_fail() -> None:
    assert {mark for marks in COLLECTED.values() for mark in marks} <= {
        "parametrize",
        "timeout",
        "xdist_group",
    }
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name.startswith(("check", "case")):
            assert "pytest" not in path.read_text(encoding="utf-8"), (
                f"{path.name} must not be able to skip"
            )


@pytest.mark.parametrize("name", pipelines.NAMES)
def test_pipelines_are_called_as_their_folders(name: str) -> None:
    assert pipelines.get_pipeline(name).name == name
