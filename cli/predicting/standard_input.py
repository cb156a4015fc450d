"""What comes through a pipe, kept beside the output until all of it has an answer.

It is needed twice, to be judged as a whole and to be scored, and again after a stop: a pipe can't
be asked for it again.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import IO

from shared.errors import UserError
from shared.loading.files.tables import TABLE_SUFFIXES
from shared.serving.batch.shards import WHOLE, part_path

__all__ = ["STANDARD_INPUT", "keep_input", "kept_input"]

STANDARD_INPUT = Path("-")

_LINES = "txt"


def kept_input(output_path: Path, suffix: str | None) -> Path:
    """Where standard input is kept: `scores.csv.part.stdin.txt` for `scores.csv`.

    Args:
        output_path: Of the answers.
        suffix: What comes: `txt`, one text a line, or the suffix of a table; None: lines.

    Raises:
        UserError: It is no suffix of a table.
    """
    suffix = suffix or _LINES
    known = [_LINES, *(one.removeprefix(".") for one in TABLE_SUFFIXES if one != f".{_LINES}")]
    if suffix not in known:
        raise UserError(f"--format {suffix}: expected one of {', '.join(known)}.")
    part = part_path(output_path, WHOLE)
    return part.with_name(f"{part.name}.stdin.{suffix}")


def keep_input(stream: IO[bytes], place: Path) -> None:
    """Copy what comes to `place`, which is there only once it is whole.

    Raises:
        UserError: It can't be written.
    """
    fresh = place.with_name(f"{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as kept:
            shutil.copyfileobj(stream, kept)
        fresh.replace(place)
    except OSError as error:
        raise UserError(
            f"{place} can't be written ({error.strerror}). Choose another place with --output, or"
            " free the disk."
        ) from error
