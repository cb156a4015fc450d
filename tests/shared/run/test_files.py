from __future__ import annotations

import doctest

import pytest

import shared.run.files
from shared.errors import ContractError
from shared.run.files import MADE_BY, maker_of
from shared.stages.table import STAGES, Stage


def test_every_stage_says_what_it_makes_and_no_file_has_two_makers() -> None:
    assert list(MADE_BY) == [stage.name for stage in STAGES]
    files = [name for names in MADE_BY.values() for name in names]
    assert len(files) == len(set(files))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_reads_only_what_an_earlier_one_makes(stage: Stage) -> None:
    earlier = list(MADE_BY)[: list(MADE_BY).index(stage.name)]
    for name in (*stage.needs, *stage.may_need):
        assert maker_of(name) in earlier, name


def test_a_file_that_no_stage_makes_is_refused_by_name() -> None:
    with pytest.raises(ContractError, match=r"No stage makes 'dta\.json'"):
        maker_of("dta.json")


def test_examples_in_docstrings_run() -> None:
    assert doctest.testmod(shared.run.files).failed == 0
