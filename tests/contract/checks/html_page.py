"""An HTML page taken apart, by the standard library's parser.

What it loads, what it says, its tables.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

__all__ = ["HtmlPage", "read_page"]

_LOADING_ATTRIBUTES = {
    "src",
    "srcset",
    "poster",
    "data",
    "action",
    "formaction",
    "background",
    "xlink:href",
}


class HtmlPage(HTMLParser):
    """Collects what a page holds.

    Attributes:
        tags: Names of all elements, in order.
        handlers: Attributes that would run a script, as `tag attribute`.
        loads: Everything the page would fetch: values of attributes that load, and of `href` on
            anything but a link to read.
        links: `href` of anchors.
        policy: Its Content-Security-Policy.
        scripts: Type and text of each script; data has a type.
        style: All style sheets and style attributes.
        text: All text outside of style sheets and scripts, entities resolved.
        rows: Cells of each table row, as text.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.policy = ""
        self.scripts: list[tuple[str, str]] = []
        self.style = ""
        self.text = ""
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs).get("type") or "", ""))
        if tag == "meta" and dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs).get("content") or ""
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}")
            elif name in _LOADING_ATTRIBUTES or (name == "href" and tag != "a"):
                self.loads.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name == "style":
                self.style += value or ""

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "style":
            self.style += data
            return
        if self.cdata_elem == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
            return
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def read_page(path: Path) -> HtmlPage:
    """Parse a file."""
    page = HtmlPage()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page
