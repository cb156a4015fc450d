"""Tables of delimited text (CSV, TSV), field by field.

Nothing is guessed but the separator, and nothing is repaired.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from shared.errors import DataError
from shared.loading.files.text_files import LONGEST_LINE_CHARACTERS, open_lines

__all__ = ["DELIMITED_SUFFIXES", "iterate_rows", "read_delimited", "read_first_row"]

_PIECE_ROWS = 2**16

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
DELIMITED_SUFFIXES = tuple(_SEPARATORS)
_CANDIDATES = (",", ";", "\t", "|")
_DECLARATION = re.compile(r'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)
"""What spreadsheets take from the first line of a file: the separator, not a row."""
_BACKSLASHES = (
    'Quotation marks inside fields are marked by a backslash (\\"); a CSV file doubles them (""),'
    " as spreadsheets and pandas (to_csv without escapechar) write it."
)


def read_delimited(
    path: Path,
    suffix: str,
    *,
    columns: Sequence[str] | None,
    encoding: str,
    separator: str | None,
    num_rows: int | None = None,
) -> pd.DataFrame:
    """Read all fields as the text that stands in the file.

    A piece at a time goes into Arrow strings, end to end: a str of its own for each field, and a
    list for each row, would be five times as much.

    Args:
        path: The file, perhaps compressed.
        suffix: `.csv`, or one of those whose fields are separated by tabs and never quoted.
        columns: Names for a file without a header line.
        encoding: Of the text.
        separator: None: the suffix's own, or another one if the first line plainly uses that.
        num_rows: Read no more than these; None: all.

    Raises:
        DataError: By line: too few or too many fields, a quotation mark out of place or never
            closed, a repeated header, a field that is quoted where nothing is.
    """
    rows = iterate_rows(path, suffix, columns=columns, encoding=encoding, separator=separator)
    names = next(rows)
    wanted = islice(rows, num_rows)
    pieces = iter(lambda: list(islice(wanted, _PIECE_ROWS)), [])
    columns_of_pieces: list[list[pa.Array]] = [[] for _ in names]
    for piece in pieces:
        for kept, cells in zip(columns_of_pieces, zip(*piece, strict=True), strict=True):
            kept.append(_packed(cells, path))
    arrays = []
    for kept in columns_of_pieces:
        arrays.append(pa.chunked_array(kept, pa.large_string()).combine_chunks())
        kept.clear()
    table: pd.DataFrame = pa.table(arrays, names=names).to_pandas()
    return table


def _packed(cells: Sequence[str], path: Path) -> pa.Array:
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeEncodeError as error:  # UTF-7 can write it
        raise DataError(
            f"{path}: half of a character ({error.object[error.start]!r}). Was a text cut in the"
            " middle? Repair it."
        ) from error


def iterate_rows(
    path: Path, suffix: str, *, columns: Sequence[str] | None, encoding: str, separator: str | None
) -> Iterator[list[str]]:
    """The names of the columns, then the fields of each row, read as they are asked for.

    Args and errors are those of `read_delimited`.
    """
    names = None if columns is None else list(columns)
    is_empty = True
    with open_lines(path, encoding) as lines:
        for line, fields in _records(lines, path, suffix, separator, names):
            if names is None:
                names = _checked_header(fields, path, line)
                yield names
                is_empty = False
                continue
            if is_empty:
                yield names
                is_empty = False
            _check_fields(fields, names, suffix=suffix, where=(path, line))
            yield fields
    if is_empty:
        raise DataError(f"{path}: the file is empty.")


def _check_fields(
    fields: list[str], names: list[str], *, suffix: str, where: tuple[Path, int]
) -> None:
    path, line = where
    if len(fields) != len(names):
        raise DataError(_ragged(path, line, names, fields))
    if fields == names:
        raise DataError(
            f"{path}, line {line}: the header is repeated. Was the file put together from several?"
            " Remove the line."
        )
    if suffix != ".csv" and any(map(_is_quoted, fields)):
        raise DataError(
            f"{path}, line {line}: a field is quoted as in a CSV file, but in {suffix} files a"
            " quotation mark is text. Rename the file to .csv: tabs are seen there."
        )


def read_first_row(path: Path, suffix: str, *, encoding: str, separator: str | None) -> list[str]:
    """The fields of the first line that is not blank, to see whether it is a header.

    [] if there is none.

    Args:
        path: The file, perhaps compressed.
        suffix: As in `read_delimited`.
        encoding: Of the text.
        separator: As in `read_delimited`.

    Raises:
        DataError: The file is missing, or not text.
    """
    with open_lines(path, encoding) as lines:
        return next((fields for _, fields in _records(lines, path, suffix, separator, None)), [])


def _records(
    lines: Iterator[str],
    path: Path,
    suffix: str,
    separator: str | None,
    names: Sequence[str] | None,
) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line on which it begins."""
    csv.field_size_limit(LONGEST_LINE_CHARACTERS)
    first, num_before, declared = _first_row(lines)
    delimiter = separator or declared or _find_separator(first, suffix, names)
    read: deque[str] = deque(maxlen=2)
    reader = csv.reader(
        _remembered(chain([first], lines), read),
        delimiter=delimiter,
        quoting=_quoting(suffix),
        strict=True,
    )
    while True:
        begins = num_before + reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            advice = _advice(error, "".join(read))
            raise DataError(f"{path}, line {begins}: {error}. {advice}") from error
        if fields is None:
            return
        if fields:  # else a blank line
            yield begins, fields


def _first_row(lines: Iterator[str]) -> tuple[str, int, str | None]:
    """The first line with fields, how many stand before it, and the separator they declare."""
    first, num_blank = _first_line(lines)
    declared = _DECLARATION.fullmatch(first.strip("\r\n "))
    if declared is None:
        return first, num_blank, None
    first, num_more = _first_line(lines)
    return first, num_blank + 1 + num_more, declared[1]


def _remembered(lines: Iterator[str], read: deque[str]) -> Iterator[str]:
    """The same lines; the last ones stay in `read`."""
    for line in lines:
        read.append(line)
        yield line


def _first_line(lines: Iterator[str]) -> tuple[str, int]:
    """The first line that is not blank, and how many blank ones stand before it.

    "" if there is none.
    """
    num_blank = 0
    for line in lines:
        if line.strip():
            return line, num_blank
        num_blank += 1
    return "", num_blank


def _quoting(suffix: str) -> Literal[0, 3]:
    # Unquoted TSV is the rule in NLP corpora: a lone quotation mark there is text.
    return csv.QUOTE_MINIMAL if suffix == ".csv" else csv.QUOTE_NONE


def _find_separator(line: str, suffix: str, names: Sequence[str] | None) -> str:
    """The suffix's own separator where it is in the line, else the only other one that is there.

    If the columns have names, the other one must part the line into as many fields.
    """
    own = _SEPARATORS[suffix]
    num_columns = None if names is None else len(names)
    counts = {candidate: line.count(candidate) for candidate in _CANDIDATES}
    if counts[own] or num_columns == 1:
        return own
    others = [
        candidate
        for candidate, number in counts.items()
        if number and num_columns in (None, number + 1)
    ]
    if len(others) != 1:  # two kinds of separators say nothing
        return own
    # A header of one column may hold a space or a comma in its name.
    is_separator = names is not None or _looks_like_names(line, others[0])
    return others[0] if is_separator else own


def _looks_like_names(line: str, separator: str) -> bool:
    """Whether the parts of a line could be the names of columns.

    Different, not empty, no sentences.
    """
    parts = [part.strip().strip('"') for part in line.split(separator)]
    return len(set(parts)) == len(parts) and all(part and len(part.split()) <= 4 for part in parts)


def _is_quoted(field: str) -> bool:
    """Whether a field can only have been written by a program that quotes.

    Quoted as a whole, with each mark inside it doubled.
    """
    return (
        '""' in field[1:-1]
        and field[0] == field[-1] == '"'
        and '"' not in field[1:-1].replace('""', "")
    )


def _checked_header(names: list[str], path: Path, line: int) -> list[str]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(
            f"{path}, line {line}: the column {repeated[0]!r} appears twice; column names must be"
            " unique."
        )
    return names


def _advice(error: csv.Error, text: str) -> str:
    if '\\"' in text:
        return _BACKSLASHES
    if "unexpected end of data" in str(error):
        return (
            "A quotation mark that opens there is never closed; inside quotes, write a quotation"
            " mark twice."
        )
    if "expected after" in str(error):
        return "Inside quotes, a quotation mark must be written twice."
    return "Is a quotation mark not closed?"


def _ragged(path: Path, line: int, names: list[str], fields: list[str]) -> str:
    shown = ", ".join(fields)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    if any(field.endswith("\\") for field in fields):
        return (
            f"{path}, line {line}: expected {len(names)} fields, received {len(fields)}."
            f" {_BACKSLASHES}"
        )
    return (
        f"{path}, line {line}: expected {len(names)} fields ({_few(names)}), received"
        f" {len(fields)}: {shown!r}. Quote fields that hold the separator (in .csv files), or name"
        " the columns of a file without a header."
    )


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
