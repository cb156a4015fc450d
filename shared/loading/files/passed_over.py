"""Files beside those that are read: systems' leftovers, and what must be said of all others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.loading.files.user_files import printable_name

__all__ = ["passed_over_note"]

_MOST_SHOWN = 8


def passed_over_note(root: Path, others: Sequence[Path], *, what: str) -> tuple[str, ...]:
    """A sentence that counts and names files that were not opened; none if there are none.

    Args:
        root: What their names are told relative to.
        others: Neither suffix nor first bytes say that they are what is read.
        what: Is read, such as "images".
    """
    if not others:
        return ()
    names = ", ".join(printable_name(path.relative_to(root)) for path in others[:_MOST_SHOWN])
    more = len(others) - _MOST_SHOWN
    rest = f" and {more:,} more" if more > 0 else ""
    files = "1 file was" if len(others) == 1 else f"{len(others):,} files were"
    return (
        f"{files} not opened, since neither suffix nor first bytes say that there are {what}"
        f" inside: {names}{rest}.",
    )
