"""First names in several languages: filled into frames, and swapped in texts that hold one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["FirstName", "read_first_names", "swap_first_names"]

_FILE = Path(__file__).parent / "first_names.csv"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class FirstName:
    """One name.

    Attributes:
        name: As it is written in texts, in the Latin alphabet.
        language: Whose it is.
        gender: Of most of those who bear it: female or male.
        source: Where it was taken from.
    """

    name: str
    language: str
    gender: str
    source: str


def read_first_names() -> tuple[FirstName, ...]:
    """The rows of `first_names.csv`: as many of each language and gender.

    None is an English word.
    """
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(FirstName(**row) for row in csv.DictReader(file))


def swap_first_names(text: str, generator: np.random.Generator) -> str:
    """Replace each known name by one of the same gender from another language.

    A text without one stays as it is.

    Within a text, a name always becomes the same other name; case is kept.
    """
    chosen: dict[str, str] = {}

    def counterpart(match: re.Match[str]) -> str:
        word = match.group()
        known = _NAMES.get(word.lower())
        if known is None:
            return word
        if known.name not in chosen:
            others = [
                one.name
                for one in _NAMES.values()
                if one.gender == known.gender and one.language != known.language
            ]
            chosen[known.name] = others[int(generator.integers(len(others)))]
        other = chosen[known.name]
        return other.upper() if word.isupper() else other.lower() if word.islower() else other

    return _WORD.sub(counterpart, text)


_NAMES: Mapping[str, FirstName] = {one.name.lower(): one for one in read_first_names()}
