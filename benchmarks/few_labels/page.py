"""The curves as one chart and a small table in `docs/results.md`."""

from __future__ import annotations


def write_page() -> None:
    """Placeholder."""
