"""Tables of pages that programs write, and how to see that nobody wrote into one by hand.

A table stands between `<!-- results: NAME DIGEST -->` and `<!-- end -->`. The digest is of the
table, so that a number that was changed by hand is found without making the runs again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

__all__ = ["WAITING", "digest", "marked_tables", "with_tables"]

WAITING = "Waits for its next run on this version."
"""Stands where a table was of an older version, whose numbers no longer hold."""

_MARKED = re.compile(
    r"<!-- results: (?P<name>\S+)(?: (?P<digest>\w+))? -->\n(?P<table>.*?)<!-- end -->", re.DOTALL
)
_DIGEST_CHARACTERS = 12


def digest(table: str) -> str:
    """Of a table's text, without the spaces around it."""
    return hashlib.sha256(table.strip().encode()).hexdigest()[:_DIGEST_CHARACTERS]


def marked_tables(page: str) -> Iterator[tuple[str, str | None, str]]:
    """The name, the stated digest and the text of each table of a page."""
    for found in _MARKED.finditer(page):
        yield found["name"], found["digest"], found["table"]


def with_tables(page: str, make: Callable[[str, str], str | None]) -> str:
    """The page with its tables made again.

    Args:
        page: Markdown.
        make: Name and present text -> table; None leaves the one that stands there.
    """

    def written(found: re.Match[str]) -> str:
        table = make(found["name"], found["table"])
        if table is None:
            return found[0]
        start = f"<!-- results: {found['name']} {digest(table)} -->"
        return f"{start}\n{table.strip()}\n<!-- end -->"

    return _MARKED.sub(written, page)
