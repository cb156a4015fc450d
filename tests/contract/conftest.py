"""Remembers what was collected, before anything is deselected."""

from __future__ import annotations

import pytest

__all__ = ["COLLECTED", "marks"]

COLLECTED: dict[str, list[str]] = {}
"""Names of the tests that are a pipeline, a family and a check, each with the names of its marks."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Counts the items of `test_contract.py`."""
    if getattr(item, "originalname", "") == "test_contract":
        COLLECTED[item.name] = [mark.name for mark in item.iter_markers()]


def marks(case: str, check: str) -> list[pytest.MarkDecorator]:
    """Which items one process of `--dist loadgroup` runs.

    Those of a case, a pipeline with one family, share a trained run; those of check 8 share
    workers.
    """
    if check != "distributes":
        return [pytest.mark.xdist_group(case)]
    # Workers are processes of their own, which may have to wait for a processor.
    return [pytest.mark.xdist_group("workers"), pytest.mark.timeout(1000)]
