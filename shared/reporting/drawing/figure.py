"""What every figure of the reader sections has besides its marks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shared.names import printable, without_formula

__all__ = ["Download", "Figure", "csv_download"]

Value = str | int | float | None
"""One cell of the numbers behind a figure."""

_AS_THEY_ARE = " !$()*+,-./:;=?@[]^_{|}~"
"""Characters that need no escape in the address of a link: without, it is a quarter longer."""


@dataclass(frozen=True)
class Download:
    """The numbers behind a figure.

    Attributes:
        name: Of the file.
        address: `data:` URI of UTF-8 CSV.
    """

    name: str
    address: str


@dataclass(frozen=True)
class Figure:
    """A drawing in words.

    Attributes:
        title: What is drawn, with its unit, n and kind of interval.
        describe: Said instead of the marks by a screen reader.
        download: The numbers.
    """

    title: str
    describe: str
    download: Download


def csv_download(name: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> Download:
    """A table as a file that a link holds; no cell is a formula to a spreadsheet.

    Args:
        name: Of the file, without its ending; in any words.
        columns: Titles.
        rows: Cells; None is empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(title) for title in columns])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    plain = "_".join(re.findall(r"\w+", name, re.ASCII))[:60].lower()
    content = quote(text.getvalue(), safe=_AS_THEY_ARE)
    return Download(f"{plain}.csv", f"data:text/csv;charset=utf-8,{content}")


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return without_formula(printable(value)).replace("\N{NO-BREAK SPACE}", " ")
    return f"{value:.6g}" if isinstance(value, float) else str(value)
