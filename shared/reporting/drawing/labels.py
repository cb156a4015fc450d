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


def isolated(name: str, longest: int | None = _LONGEST) -> Markup:
    """A name on a page: escaped, and without influence on the direction of the rest.

    Numbers have no direction and stand for themselves.

    Args:
        name: What a run calls something.
        longest: Characters after which it is cut; None for never.
    """
    shown = printable(name) if longest is None else shortened(name, longest)
    form = Markup("<bdi>{}</bdi>") if any(map(str.isalpha, shown)) else Markup("{}")
    return form.format(shown)
