from __future__ import annotations

import numpy as np
import pytest

from shared.contract.behaviours import (
    Behaviour,
    Direction,
    Expectation,
    Invariance,
    MinimumFunctionality,
)
from shared.errors import ContractError
from tests.shared.evaluation.invented_behaviours import invented_test

_TWO = np.array([0, 1])


@pytest.mark.parametrize(
    ("expectation", "kind"),
    [
        (MinimumFunctionality(np.eye(2, dtype=np.bool_)), "minimum functionality"),
        (Invariance(watched=0), "invariance"),
        (Direction(_TWO, "rise", 0.1), "direction"),
    ],
)
def test_the_kind_follows_from_what_is_expected(expectation: Expectation, kind: str) -> None:
    assert invented_test(expectation, ["one", "one"]).kind == kind


def test_a_row_that_accepts_no_class_is_refused() -> None:
    accepted = np.array([[True, False], [False, False]])
    with pytest.raises(
        ContractError, match="'counting' accepts no class for 'row 1', so nobody could pass it"
    ):
        invented_test(MinimumFunctionality(accepted), ["one", "two"])


@pytest.mark.parametrize(
    "expectation", [Invariance(watched=0), Direction(np.zeros(3, np.int64), "fall", 0.0)]
)
def test_a_case_of_one_row_is_refused_where_rows_are_compared(expectation: Expectation) -> None:
    with pytest.raises(
        ContractError, match="has one row of the case 'two', so nothing to compare it with"
    ):
        invented_test(expectation, ["one", "one", "two"])


def test_fields_of_other_lengths_are_refused() -> None:
    fillers = {"origin": np.array(["north"])}
    with pytest.raises(
        ContractError, match=r"'counting' needs one length above 0 .* 'fillers of origin': 1"
    ):
        invented_test(Invariance(watched=0, fillers=fillers), ["one", "one"])


def test_a_test_without_rows_is_refused() -> None:
    nothing = np.array([], dtype=np.str_)
    with pytest.raises(ContractError, match="needs one length above 0"):
        Behaviour(
            "counting", "No rows.", {"row": np.empty(0)}, nothing, nothing, Invariance(watched=0)
        )
