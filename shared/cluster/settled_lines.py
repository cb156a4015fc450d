"""What a terminal would have kept.

The lines of a stream without the live line that was drawn over and over.
"""

from __future__ import annotations

import re

__all__ = ["SettledLines"]

_REDRAWN = re.compile(rb"\r|\x1b\[[12]?K")
"""Carriage return and "erase in line" (ECMA-48, section 8.3.41): what comes after them is drawn
over what came before."""
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]")
"""A control sequence: colours, cursor movements (ECMA-48, section 5.4)."""


class SettledLines:
    """Takes a stream in blocks and gives back its whole lines as they looked last, without colours.

    For a log.
    """

    def __init__(self) -> None:
        self._open = b""

    def add(self, block: bytes) -> bytes:
        """The lines that `block` completes."""
        *whole, self._open = (self._open + block).split(b"\n")
        redrawn = list(_REDRAWN.finditer(self._open))
        self._open = (
            self._open[redrawn[-1].start() :] if redrawn else self._open
        )  # a live line is drawn for hours
        return b"".join(_settle(line) for line in whole)

    def rest(self) -> bytes:
        """The last line, if it was never completed."""
        rest, self._open = self._open, b""
        return _settle(rest) if rest else b""


def _settle(line: bytes) -> bytes:
    text = _CONTROL.sub(b"", _REDRAWN.split(line.removesuffix(b"\r"))[-1])
    was_drawn = b"\x1b" in line or b"\r" in line
    return b"" if was_drawn and not text.strip() else text + b"\n"
