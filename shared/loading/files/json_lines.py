"""JSON lines: one object a line, strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from shared.errors import DataError
from shared.loading.files.text_files import open_lines
from shared.loading.other_formats import lines_of_array

__all__ = ["iterate_objects", "read_json_lines"]

_AS_WRITTEN: dict[str, Any] = {"parse_int": str, "parse_float": str}
"""Numbers keep their text: "1.0" and "1" may be two labels."""


def read_json_lines(path: Path, *, encoding: str, num_rows: int | None = None) -> pd.DataFrame:
    """Read objects as rows; a key that an object lacks, null and NaN are missing values.

    Args:
        path: The file, perhaps compressed.
        encoding: Of the text.
        num_rows: Read no more than these; None: all.

    Raises:
        DataError: Empty, not text, or by line: no JSON, no object, a key twice, half of a
            character, an infinite number.
    """
    return pd.DataFrame.from_records(
        list(iterate_objects(path, encoding=encoding, num_rows=num_rows))
    )


def iterate_objects(
    path: Path, *, encoding: str, num_rows: int | None = None
) -> Iterator[dict[str, Any]]:
    """The objects of a file, read as they are asked for; errors are those of `read_json_lines`."""
    is_empty = True
    with open_lines(path, encoding) as lines:
        for number, line in enumerate(islice(lines, num_rows), start=1):
            if line.strip():
                is_empty = False
                yield _read_object(line, path, number)
    if is_empty:
        raise DataError(f"{path}: the file is empty.")


def _read_object(line: str, path: Path, number: int) -> dict[str, Any]:
    where = f"{path}, line {number}"
    advice = lines_of_array(path) if line.lstrip().startswith("[") else ""
    try:
        record = json.loads(
            line,
            object_pairs_hook=_without_repeated_keys,
            parse_constant=_not_json,
            **_AS_WRITTEN,
        )
        # JSON can write half of a surrogate pair, which is no character and can't be written again.
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{where}: half of a character ({error.object[error.start]!r}). Was a text cut in the"
            " middle? Repair it."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{where}: this is not JSON ({error}). Each line must hold one object.{advice}"
        ) from error
    if not isinstance(record, dict):
        raise DataError(
            f'{where}: expected an object such as {{"text": …}}, received {type(record).__name__}.'
            f"{advice}"
        )
    return record


def _not_json(constant: str) -> None:
    """NaN, which JSON lacks but programs write, is a missing value; infinities are refused."""
    if constant != "NaN":
        raise ValueError(f"{constant} is no number of JSON")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {repeated!r} appears twice")
    return record
