"""One file, one reader, one verdict: it is used or it is refused with a reason.

Anything else is a fault of ours.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hypothesis import strategies as st

from shared.errors import UserError

__all__ = ["MOST_SECONDS", "Outcome", "Reader", "examine"]

Outcome = Literal["accepted", "refused"]

MOST_SECONDS = 20.0
"""A small file that takes longer hangs. Readers need milliseconds; a loaded machine may need
seconds."""


@dataclass(frozen=True)
class Reader:
    """Something that reads the files of others.

    Attributes:
        name: For people.
        file: The input's name, relative to the folder that `read` is given.
        whole: A file that must be used.
        contents: Draws damaged files.
        read: Reads the folder's file to the end; None if it was used, else the reason why not.
            UserError counts as a reason.
        beside: Files that the input names: name -> content.
    """

    name: str
    file: str
    whole: bytes
    contents: st.SearchStrategy[bytes]
    read: Callable[[Path], str | None]
    beside: Mapping[str, bytes] = field(default_factory=dict)


def examine(
    reader: Reader,
    sandbox: Path,
    content: bytes | None = None,
    *,
    place: Callable[[Path], None] | None = None,
) -> Outcome:
    """Put a file into an empty folder, read it, and see that nothing else happened.

    Args:
        reader: Who reads.
        sandbox: A folder of this test alone; emptied.
        content: The file's bytes, or
        place: what puts something else there: a pipe, a folder, a loop of links.

    Raises:
        AssertionError: It took too long, gave no reason, or left a file outside its folder.
        Exception: Whatever the reader let through.
    """
    shutil.rmtree(sandbox, ignore_errors=True)
    folder = sandbox / "inner" / "folder"
    path = folder / reader.file
    path.parent.mkdir(parents=True)
    for name, other in reader.beside.items():
        (folder / name).write_bytes(other)
    if place is not None:
        place(path)
    elif content is not None:
        path.write_bytes(content)
    before, started = _listing(sandbox), time.monotonic()
    try:
        reason = reader.read(folder)
    except UserError as error:
        reason = str(error)
        assert reason.strip(), "refused without a reason"
    seconds = time.monotonic() - started
    assert seconds < MOST_SECONDS, f"{reader.name} took {seconds:.1f} s"
    assert _listing(sandbox) == before, f"{reader.name} left {_listing(sandbox) - before}"
    if reason is None:
        return "accepted"
    reason.encode()  # can be printed and written
    return "refused"


def _listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
