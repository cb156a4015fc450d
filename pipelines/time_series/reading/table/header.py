"""The first line of a table, which must name its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

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
        example = ",".join(["date", "id", "value"] if len(names) == 3 else ["date", "value"])
        raise DataError(
            f"{path}, first line: it holds data ({shown}), not the names of the columns. Put a line"
            f" of names above it, such as {example}"
        )
