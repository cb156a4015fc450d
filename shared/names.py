r"""Names of things (patients, classes, groups, files): when two are the same, and how they show.

Names come from people's tables, where a blank at the end, a no-break space or another Unicode form
is invisible. What nobody can see tells nothing apart: `name_key` removes it from every name before
names are compared. What people can see (case, number format, look-alike forms) is never decided
here: `spelling_key` only finds names that differ in nothing else, so that the user is asked.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

__all__ = [
    "is_blank",
    "is_printable",
    "label_spelling_key",
    "name_key",
    "path_key",
    "printable",
    "spelling_key",
    "without_formula",
]

# Default-ignorable characters that no script needs (Unicode DerivedCoreProperties), and letters
# that are drawn as nothing: soft hyphen, zero-width space, word joiner, byte order mark, direction
# marks, fillers of Hangul.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]"
)
# Joiners change how Indic, Arabic and emoji sequences are read; beside a space, a Latin, a Greek or
# a Cyrillic letter (below U+0590) they do nothing.
_JOINERS = re.compile("[\u200c\u200d]+")
_JOINS = re.compile(r"[^\s\x00-\u058f]")
_JOINERS_AND_VARIANTS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_WHOLE = re.compile(r"([-+]?\d+)\.0+")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?")
_TRUTHS = {"true": "1", "false": "0"}
_LAST_OF_PLANES = "".join(
    chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)
)
# Controls, halves of surrogate pairs, characters that turn the direction of what follows, and code
# points that are no characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    "\ufff9-\ufffb"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)

_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}")
_SIGNED_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")


def is_blank(text: str) -> bool:
    """Whether there is nothing but white space and control characters."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def name_key(name: str) -> str:
    r"""A name without what nobody can see.

    Unicode form NFC; no white space at its ends (no-break spaces, tabs and line ends included) and
    one space for each run of it inside; no invisible characters. Equal keys are one name.

    >>> name_key(" Anna\N{NO-BREAK SPACE} Maria\n")
    'Anna Maria'
    """
    if name.isascii():
        return " ".join(name.split())
    seen = unicodedata.normalize("NFC", _INVISIBLE.sub("", name))
    return unicodedata.normalize("NFC", " ".join(_JOINERS.sub(_joiner, seen).split()))


def _joiner(found: re.Match[str]) -> str:
    """The joiners themselves between two characters that they can join; else nothing."""
    text = found.string
    neighbours = (
        text[max(found.start() - 1, 0) : found.start()],
        text[found.end() : found.end() + 1],
    )
    return found.group() if all(map(_JOINS.fullmatch, neighbours)) else ""


def spelling_key(name: str) -> str:
    """What spellings of one name share: equal where names differ in nothing but their spelling.

    That is case, a decimal point followed by zeros, and Unicode compatibility forms (full-width
    letters, ligatures). Leading zeros count: `007` and `7` are two numbers of patients.

    >>> spelling_key("Anna") == spelling_key("ANNA"), spelling_key("7.0") == spelling_key("007")
    (True, False)
    """
    plain = _JOINERS_AND_VARIANTS.sub("", unicodedata.normalize("NFKC", name_key(name)))
    folded = unicodedata.normalize("NFKC", plain.casefold())
    whole = _WHOLE.fullmatch(folded)
    return folded if whole is None else whole[1]


def label_spelling_key(label: str) -> str:
    """As `spelling_key`, and the value where the label is a number or a truth: true, 1, 1.0, 01.

    >>> {label_spelling_key(label) for label in ("1", "01", "+1.0", "1e0", "TRUE")}
    {'1'}
    """
    key = spelling_key(label)
    if key in _TRUTHS:
        return _TRUTHS[key]
    if _NUMBER.fullmatch(key) is None:
        return key
    # 0 has a sign in this arithmetic.
    return str(Decimal(key).normalize() + 0)


def path_key(path: str) -> str:
    r"""What forms of one path share: case, backslashes, `./` before it, and what nobody can see.

    >>> path_key(r"Images\0.JPG") == path_key("./images/0.jpg")
    True
    """
    return spelling_key(path.replace("\\", "/")).removeprefix("./")


def is_printable(text: str) -> bool:
    """Whether a text can be shown as it is: in a terminal, on a page and in a chart.

    Not so with control characters (but for tabs and line feeds), halves of characters, and
    characters that turn the direction of what follows them.
    """
    return _UNPRINTABLE.search(text) is None


def printable(text: str) -> str:
    r"""The text with whatever can't be shown written out, as in `\x1b`.

    >>> printable("\x1b[31mred")
    '\\x1b[31mred'
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)


def without_formula(text: str) -> str:
    """The text of a CSV cell that no spreadsheet calculates.

    `=HYPERLINK(…)` as the name of a class or file would be run where the table is opened. Text that
    begins with one of `= + - @`, a tab or a carriage return gets an apostrophe in front (OWASP, CSV
    injection); numbers are no formulas, with a sign either.

    >>> without_formula("=1+1"), without_formula("-0.5"), without_formula("mole")
    ("'=1+1", '-0.5', 'mole')
    """
    if not text.startswith(_STARTS_OF_FORMULAS) or _SIGNED_NUMBER.fullmatch(text):
        return text
    return f"'{text}"
