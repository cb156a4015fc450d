"""What a page is made of: tables, charts and verdicts as plain values.

Templates only lay them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

__all__ = [
    "Cell",
    "Chart",
    "Column",
    "Fact",
    "Multiples",
    "Panel",
    "Row",
    "Table",
    "Tone",
    "make_table",
]

Tone = Literal["", "good", "bad", "warn", "muted"]
"""How a cell or verdict is meant; always said in words too, never by colour alone."""


@dataclass(frozen=True)
class Column:
    """A column's title, and whether it holds numbers (right-aligned)."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell's text, a quieter second line, and its tone.

    `shade` in [0, 1] tints its background.
    """

    text: str
    note: str = ""
    tone: Tone = ""
    shade: float | None = None


Row = Sequence[str | Cell]
"""One line of a table to be made."""


@dataclass(frozen=True)
class Table:
    """A captioned table; the first cell of a row is its header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Chart:
    """An image with a title, a description for those who can't see it, and the table behind it.

    Attributes:
        title: What is shown.
        describe: Said instead of the image by a screen reader.
        svg: Inline SVG, safe to insert.
        table: The numbers; None where the text beside it has them.
    """

    title: str
    describe: str
    svg: Markup
    table: Table | None = None


@dataclass(frozen=True)
class Panel:
    """One small image among several alike, with its name and a quieter line."""

    name: str
    note: str
    svg: Markup


@dataclass(frozen=True)
class Multiples:
    """Small images of one kind beside each other, as many in a line as there is room for.

    Attributes:
        title: What is shown.
        describe: Said instead of the images by a screen reader.
        panels: In order.
        note: How to read them.
    """

    title: str
    describe: str
    panels: tuple[Panel, ...]
    note: str


@dataclass(frozen=True)
class Fact:
    """A labelled value of a definition list, with a quieter line.

    `is_code` sets long identifiers in a fixed width.
    """

    label: str
    value: str
    note: str = ""
    is_code: bool = False


def make_table(caption: str, columns: Sequence[str], rows: Sequence[Row]) -> Table:
    """A table from texts; a column title that begins with `#` holds numbers."""
    made = tuple(Column(title.removeprefix("#"), title.startswith("#")) for title in columns)
    cells = tuple(
        tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows
    )
    return Table(caption, made, cells)
