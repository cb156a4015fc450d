"""Names of classes, groups and files on a page, whatever characters they hold."""

from __future__ import annotations

from markupsafe import Markup

from shared.names import printable

__all__ = ["isolated", "shortened"]

_LONGEST = 48


def shortened(name: str, longest: int = _LONGEST) -> str:
    """A name that can be shown, cut after `longest` characters.

    >>> shortened("melanoma"), shortened("x" * 99, 5)
    ('melanoma', 'xxxx…')
    """
    shown = printable(name)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def isolated(name: str) -> Markup:
    """A name inside a sentence: escaped, and without influence on the direction of the rest."""
    return Markup("<bdi>{}</bdi>").format(shortened(name))
