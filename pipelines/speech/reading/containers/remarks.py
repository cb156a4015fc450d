"""What a decoder in C writes to the terminal: caught, since nobody reads it there."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["catch_remarks"]

_STDERR = 2
_ONE_AT_A_TIME = threading.Lock()
_DECODERS = ("libmpg123", "mpg123", "Warning: Xing", "Note: ")


@contextmanager
def catch_remarks() -> Iterator[list[str]]:
    """Lines that libmpg123 writes to file descriptor 2; complete when the block is left.

    What others write meanwhile goes on to where it was meant to go.
    """
    remarks: list[str] = []
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as stream:
        terminal = os.dup(_STDERR)
        os.dup2(stream.fileno(), _STDERR)
        try:
            yield remarks
        finally:
            os.dup2(terminal, _STDERR)
            stream.seek(0)
            for line in stream:
                text = line.decode(errors="replace").strip()
                if any(name in text for name in _DECODERS):
                    remarks.append(text)
                elif text:
                    os.write(terminal, line)
            os.close(terminal)
