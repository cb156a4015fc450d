"""What a page is made of: tables, charts and verdicts as plain values.

Templates only lay them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from shared.reporting.drawing.figure import Download, csv_download

__all__ = [
    "Cell",
    "Chart",
    "Column",
    "Fact",
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

    def download(self, name: str) -> Download:
        """All cells as CSV; second lines in columns of their own.

        Args:
            name: Of the file, in words.
        """
        noted = [any(row[place].note for row in self.rows) for place in range(len(self.columns))]
        titles = [(column.title, f"{column.title}: note") for column in self.columns]
        header = _with_notes(titles, noted)
        rows = [_with_notes(((cell.text, cell.note) for cell in row), noted) for row in self.rows]
        return csv_download(name, header, rows)


@dataclass(frozen=True)
class Chart:
    """An image with a title, a description for those who can't see it, and its numbers.

    Attributes:
        title: What is shown.
        describe: Said instead of the image by a screen reader.
        svg: Inline SVG, safe to insert.
        table: The numbers, which a link holds as CSV: a table takes three times as many bytes.
    """

    title: str
    describe: str
    svg: Markup
    table: Table

    @property
    def download(self) -> Download:
        """The numbers as a file."""
        return self.table.download(self.title)


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


def _with_notes(cells: Iterable[tuple[str, str]], noted: Sequence[bool]) -> list[str]:
    """Texts, each with its note where its column has notes."""
    pairs = zip(cells, noted, strict=True)
    return [text for cell, has_note in pairs for text in cell[: 1 + has_note]]
