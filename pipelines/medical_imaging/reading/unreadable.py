"""The one error of everything that turns files into images."""

from __future__ import annotations

__all__ = ["UnreadableImageError"]


class UnreadableImageError(ValueError):
    """One image can't be used; the message says why in half a sentence.

    Callers turn it into a `Problem`.
    """
