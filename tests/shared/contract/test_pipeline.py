from __future__ import annotations

import inspect
import sys

import pytest

import pipelines
from shared.contract import Deferred
from shared.contract.families import ModelOfFamily

MEMBERS = {"decode": 1, "preprocess": 2, "model": 2}
"""Member -> how many arguments the contract passes."""


def test_nothing_is_imported_before_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    Deferred("this:s")
    assert "this" not in sys.modules


def test_a_call_passes_all_arguments_on() -> None:
    assert Deferred("builtins:sorted")([1, 3, 2], reverse=True) == [3, 2, 1]


def test_equal_targets_are_equal() -> None:
    assert Deferred("math:comb") == Deferred("math:comb") != Deferred("math:perm")


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("name", pipelines.NAMES)
def test_what_a_record_names_is_there_and_takes_what_the_contract_passes(
    name: str, member: str
) -> None:
    for named in _named(getattr(pipelines.get_pipeline(name), member)):
        assert len(inspect.signature(named.resolve()).parameters) == MEMBERS[member]


def _named(member: object) -> list[Deferred]:
    """What a member names: one function, or one of each family."""
    if isinstance(member, ModelOfFamily):
        return [family.build for family in member.families.values()]
    assert isinstance(member, Deferred)
    return [member]
