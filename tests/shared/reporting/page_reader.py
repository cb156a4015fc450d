"""Reads a report the way a browser does, with the standard library's parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["ReadPage", "read_page"]

_VOID = frozenset(
    {
        "meta",
        "br",
        "img",
        "hr",
        "input",
        "link",
        "col",
        "wbr",
        "source",
        "area",
        "base",
        "embed",
        "track",
    }
)


@dataclass
class ReadPage:
    """All elements in order, the page's text, and what was left open or closed wrongly.

    `seen` is the text outside closed folds.
    """

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    seen_in_brief: list[str] = field(default_factory=list)
    tables_seen: int = 0

    @property
    def text(self) -> str:
        """All texts with single spaces; no-break spaces stay."""
        return re.sub(r"[ \n\t]+", " ", " ".join(self.texts)).strip()

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def tags(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ReadPage()
        self._open: list[str] = []
        self._ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)
            self._ids.append(dict(attrs).get("id") or "")
        self.page.tables_seen += tag == "table" and not self._is_folded()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.page.faults.append(f"</{tag}> at {self.getpos()}")
        if self._ids:
            self._ids.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self._open or "script" in self._open:
            return
        self.page.texts.append(data)
        if "body" in self._open and not self._is_folded():
            self.page.seen.append(data)
            if "brief" in self._ids:
                self.page.seen_in_brief.append(data)

    def _is_folded(self) -> bool:
        """Inside of details, all of which are closed, but not in the summary of the outermost."""
        if "details" not in self._open:
            return False
        return self._open[self._open.index("details") + 1 :][:1] != ["summary"]


def read_page(html: str) -> ReadPage:
    """Parse a whole page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
