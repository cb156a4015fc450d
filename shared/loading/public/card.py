"""What is officially known about a public dataset.

The figures that a copy is held against, each with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Card", "ClassCounts", "Count", "Figure", "FileChecksum", "Form"]


@dataclass(frozen=True)
class Count:
    """How many examples, or how many different values of a column, there are.

    Attributes:
        expected: The published number.
        source: Where it is published.
        of: "" counts examples, else the different values of this column.
        noun: What these values are, for example "speakers".
        split: train, val or test; None counts over all splits.
    """

    expected: int
    source: str
    of: str = ""
    noun: str = ""
    split: str | None = None


@dataclass(frozen=True)
class ClassCounts:
    """How many examples of each label there are, by label as it stands in the source."""

    expected: Mapping[str, int]
    source: str
    split: str | None = None


@dataclass(frozen=True)
class Form:
    """What every example's content looks like, as `content_form` says it.

    `600×450 px` or `16000 Hz`.
    """

    expected: str
    source: str


@dataclass(frozen=True)
class FileChecksum:
    """Checksum of a file as published (hexadecimal)."""

    name: str
    expected: str
    source: str
    algorithm: Literal["md5", "sha256"] = "md5"


Figure = Count | ClassCounts | Form | FileChecksum


@dataclass(frozen=True)
class Card:
    """The official facts of one dataset (of one of its configs).

    Attributes:
        title: Name for people.
        version: Of the data, as its makers count.
        licence: SPDX identifier or a short phrase.
        citation: One line; the BibTeX entry stands in CITATIONS.bib.
        examples_are: Plural noun for the examples: "images", "recordings".
        figures: What is published about its content.
        class_names: Label as it stands in the source -> name for people, in class order; empty
            where labels speak for themselves.
        ordered_classes: Whether these are grades, from lowest to highest.
        conditions: As in `Provenance`.
        notes: Sentences for the report that hold for every copy.
        split_steps: Series only: time steps of train, val and test from the start, where a protocol
            sets them.
    """

    title: str
    version: str
    licence: str
    citation: str
    examples_are: str
    figures: tuple[Figure, ...]
    class_names: Mapping[str, str] = field(default_factory=dict)
    ordered_classes: bool = False
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    split_steps: tuple[int, int, int] | None = None
