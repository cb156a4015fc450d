"""Which classes praise and which blame.

Tests are written for polarities, the user's classes have names of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.errors import ConfigError

__all__ = ["Polarity", "find_polarity"]

_ROLES = {"negative": -1, "neutral": 0, "positive": 1}
_WORDS = {
    -1: {"negative", "neg", "bad", "unfavourable", "unfavorable", "unhappy"},
    0: {"neutral", "neu", "mixed", "none"},
    1: {"positive", "pos", "good", "favourable", "favorable", "happy"},
}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Polarity:
    """How classes lie between blame and praise.

    Attributes:
        signs: (classes,) int64: -1 blames, 0 neither, +1 praises.
        note: How they were found, where that is worth a sentence.
    """

    signs: NDArray[np.int64]
    note: str = ""

    def pole(self, sign: int) -> int:
        """Index of the class that praises (+1) or blames (-1).

        Of several, the one furthest out: the first blames, the last praises.
        """
        places = np.flatnonzero(self.signs == sign)
        return int(places[-1] if sign > 0 else places[0])

    def accepted(self, sign: int, *, or_neutral: bool) -> NDArray[np.bool_]:
        """(classes,) bool: the classes that are right for a text of this sign."""
        return np.asarray((self.signs == sign) | ((self.signs == 0) & or_neutral))


def find_polarity(names: Sequence[str], roles: Mapping[str, str]) -> Polarity | None:
    """Read polarities from the classes' names, or from `evaluate.class_roles`.

    None if neither tells what praises and what blames.

    Numbers are read as ratings: more is better, the middle is neutral.

    Raises:
        ConfigError: A role or class does not exist, or blame or praise is missing.
    """
    if roles:
        return Polarity(_signs_of_roles(names, roles), "Classes as evaluate.class_roles says.")
    signs = [_sign_of_name(name) for name in names]
    if -1 in signs and 1 in signs and None not in signs:
        return Polarity(np.array(signs, dtype=np.int64))
    ratings = _as_numbers(names)
    if ratings is None or len(set(ratings)) < len(names) or list(ratings) != sorted(ratings):
        return None
    middle = (ratings[0] + ratings[-1]) / 2
    note = (
        "Classes are numbers and were read as ratings: more is better. evaluate.class_roles says"
        " otherwise, if it is so."
    )
    return Polarity(np.sign(np.array(ratings) - middle).astype(np.int64), note)


def _signs_of_roles(names: Sequence[str], roles: Mapping[str, str]) -> NDArray[np.int64]:
    """Classes without a role are neutral."""
    for role, name in roles.items():
        if role not in _ROLES:
            raise ConfigError(
                f"evaluate.class_roles: expected the roles {', '.join(_ROLES)}, received {role!r}."
            )
        if name not in names:
            raise ConfigError(
                f"evaluate.class_roles: {role} is {name!r}, but the classes are"
                f" {', '.join(map(repr, names))}."
            )
    if missing := [role for role in ("negative", "positive") if role not in roles]:
        raise ConfigError(
            f"evaluate.class_roles needs both negative and positive; {missing[0]} is missing."
        )
    by_name = {name: _ROLES[role] for role, name in roles.items()}
    return np.array([by_name.get(name, 0) for name in names], dtype=np.int64)


def _sign_of_name(name: str) -> int | None:
    words = set(_WORD.findall(name.casefold()))
    found = [sign for sign, known in _WORDS.items() if words & known]
    return found[0] if len(found) == 1 else None


def _as_numbers(names: Sequence[str]) -> list[float] | None:
    if not names or not all(re.fullmatch(r"-?\d+(\.\d+)?", name.strip()) for name in names):
        return None
    return [float(name) for name in names]
