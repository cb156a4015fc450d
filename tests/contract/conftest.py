"""Remembers what was collected, before anything is deselected."""

from __future__ import annotations

import pytest

__all__ = ["COLLECTED"]

COLLECTED: dict[str, list[str]] = {}
"""Names of the tests that are a pipeline and a check, each with the names of its marks."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Counts the items of `test_contract.py`."""
    if getattr(item, "originalname", "") == "test_contract":
        COLLECTED[item.name] = [mark.name for mark in item.iter_markers()]
