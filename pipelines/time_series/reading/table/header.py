"""The first line of a table, which must name its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from shared.config.setting_text import set_option
from shared.errors import DataError

__all__ = ["is_index_name", "require_header"]

_STAMP = re.compile(
    r"\d{4}[-./]\d{1,2}([-./]\d{1,2})?([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?"
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_INDEX = re.compile(r"|Unnamed: \d+")
_SHOWN = 4


def is_index_name(name: str) -> bool:
    """Whether a column has no name, or the one that pandas gives to such a column."""
    return _INDEX.fullmatch(name.strip()) is not None


def require_header(names: Sequence[str], time: str, path: Path) -> None:
    """Refuse a table whose first line holds data instead of names.

    Args:
        names: The fields of the first line.
        time: The one that is taken for the column of stamps.
        path: The file.

    Raises:
        DataError: A name is a stamp, or that of the stamps is a number.
    """
    stamps = [name for name in names if _STAMP.fullmatch(name.strip())]
    if len(stamps) > max(1, len(names) // 2):
        raise DataError(
            f"{path}, first line: {len(stamps)} columns are named like moments ({stamps[0]},"
            f" {stamps[1]}, …), as in a table with a row per series. Lay it out with a row per"
            " moment: one column of stamps, and a column per series."
        )
    if stamps or _NUMBER.fullmatch(time.strip()):
        shown = ",".join(names[:_SHOWN]) + (",…" if len(names) > _SHOWN else "")
        columns = _likely_names(names)
        raise DataError(
            f"{path}, first line: it holds data ({shown}), not the names of the columns. Put a line"
            f" of names above it, such as {','.join(columns)}, or name them:"
            f" {set_option('data.columns', columns)}",
            settings={"data.columns": columns},
        )


def _likely_names(fields: Sequence[str]) -> list[str]:
    """Names for columns by a row of data: a date, numbers that are values, and a text that ids."""
    is_number = [_NUMBER.fullmatch(field.strip()) is not None for field in fields]
    num_values = sum(is_number)
    names: list[str] = []
    for place, field in enumerate(fields, start=1):
        if _STAMP.fullmatch(field.strip()) and "date" not in names:
            names.append("date")
        elif is_number[place - 1]:
            names.append("value" if num_values == 1 else f"value_{place}")
        else:
            names.append("id" if "id" not in names else f"column_{place}")
    return names
