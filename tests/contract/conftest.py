"""Remembers what was collected, before anything is deselected."""

from __future__ import annotations

import pytest

__all__ = ["COLLECTED", "LIGHT", "REPEATED", "UNTRAINED", "marks"]

UNTRAINED = frozenset({"config", "shapes", "rows_independent", "learns", "saves"})
"""Checks without a trained run."""

LIGHT = frozenset({"config", "shapes", "saves"})
"""What `make test` runs of further families."""

REPEATED = frozenset({"distributes", "stages"})
"""Checks that train again, in other processes or stage by stage.

`make test` runs none of them but `stages` of the toy, whose saboteurs wait too, and all others of
each pipeline's first family; `make test-all` runs everything.
"""

COLLECTED: dict[str, list[str]] = {}
"""Names of the tests that are a pipeline, a family and a check, each with the names of its marks."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Counts the items of `test_contract.py`."""
    if getattr(item, "originalname", "") == "test_contract":
        COLLECTED[item.name] = [mark.name for mark in item.iter_markers()]


def marks(case: str, check: str, *, is_first: bool = True) -> list[pytest.MarkDecorator]:
    """Which items one process of `--dist loadgroup` runs, and which only `make test-all` runs.

    Those of a case, a pipeline with one family, share a trained run; those of check 8 share
    workers.

    Args:
        case: The pipeline and its family.
        check: A key of `CHECKS`.
        is_first: Whether the family is its pipeline's first.
    """
    is_quick = check in LIGHT or (
        is_first and (check not in REPEATED or (case, check) == ("toy", "stages"))
    )
    slow = [] if is_quick else [pytest.mark.slow]
    group = pytest.mark.xdist_group("workers" if check == "distributes" else case)
    # The first check that needs a run waits for its training, which may have to wait for a
    # processor. What is interrupted while a graph is traced leaves TensorFlow's scopes behind.
    return [*slow, group, pytest.mark.timeout(1000)]
