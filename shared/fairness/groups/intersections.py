"""Groups of two attributes at once.

A model can be fair to each sex and each age, and fail old women.

Intersections are many and small, so they form a family of tests of their own, and do not weaken the
attributes'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from shared.contract import UNKNOWN
from shared.fairness.gaps.assessment import Assessment
from shared.fairness.groups.attributes import MAX_GROUPS, About, Attribute
from shared.fairness.groups.disaggregate import GroupSize

__all__ = ["MAX_INTERSECTIONS", "Intersection", "intersect"]

MAX_INTERSECTIONS = 10
"""Pairs of attributes that are looked at: all of five attributes."""

_TIMES = " × "


@dataclass(frozen=True)
class Intersection:
    """Two attributes taken together.

    Attributes:
        attribute: Their pairs of groups that occur, as if they were one attribute; unknown where
            either is.
        totals: Groups, as indices, that add up to a group of one of the two, whose error is
            published.
        withheld: Per group, why it must not be shown; empty if it may be.
    """

    attribute: Attribute
    totals: tuple[tuple[int, ...], ...]
    withheld: tuple[str, ...]


def intersect(
    attributes: Sequence[Attribute], assessments: Mapping[str, Assessment]
) -> tuple[list[Intersection], list[str]]:
    """Pairs of attributes that have at least two shown groups each, in their order.

    Of people's, or of conditions where no attribute is.

    Args:
        attributes: All attributes.
        assessments: Attribute name -> what is known about it.

    Returns:
        At most `MAX_INTERSECTIONS`, and a sentence about each that was left out.
    """
    about: About = (
        "people" if any(attribute.about == "people" for attribute in attributes) else "conditions"
    )
    usable = [
        item
        for item in attributes
        if item.about == about and len(_shown(assessments.get(item.name))) >= 2
    ]
    found: list[Intersection] = []
    notes: list[str] = []
    for first, second in combinations(usable, 2):
        pair = _pair(first, second, assessments)
        number = len(pair.attribute.groups)
        if number > MAX_GROUPS:
            notes.append(
                f"{pair.attribute.name!r} would have {number} groups; at most {MAX_GROUPS} can be"
                " compared."
            )
        elif len(found) == MAX_INTERSECTIONS:
            notes.append(
                f"{pair.attribute.name!r} was not looked at: at most {MAX_INTERSECTIONS}"
                " intersections are."
            )
        else:
            found.append(pair)
    return found, notes


def _pair(
    first: Attribute, second: Attribute, assessments: Mapping[str, Assessment]
) -> Intersection:
    known = (first.labels != UNKNOWN) & (second.labels != UNKNOWN)
    occurring = sorted(
        set(zip(first.labels[known].tolist(), second.labels[known].tolist(), strict=True))
    )
    names = {pair: _TIMES.join(part.replace(_TIMES, " x ") for part in pair) for pair in occurring}
    rows = zip(first.labels.tolist(), second.labels.tolist(), strict=True)
    labels = np.array([names.get(pair, UNKNOWN) for pair in rows], dtype=np.str_)
    groups = tuple(names[pair] for pair in occurring)
    totals = [
        tuple(i for i, pair in enumerate(occurring) if pair[side] == group)
        for side, attribute in enumerate((first, second))
        for group in attribute.groups
    ]
    reasons = [_hidden(assessments[attribute.name]) for attribute in (first, second)]
    withheld = tuple(
        reasons[0].get(pair[0], "") or reasons[1].get(pair[1], "") for pair in occurring
    )
    name = first.name + _TIMES + second.name
    units = (
        None if second.units is None else first.units
    )  # groups of series crossed with groups of series
    return Intersection(
        Attribute(name, labels, groups, first.about, units),
        tuple(total for total in totals if total),
        withheld,
    )


def _shown(found: Assessment | None) -> list[GroupSize]:
    return (
        []
        if found is None
        else [size for size in found.sizes if size.group != UNKNOWN and not size.suppressed]
    )


def _hidden(found: Assessment) -> dict[str, str]:
    # The parts of a withheld group would add up to it.
    return {
        size.group: f"part of {size.group!r}, which is withheld"
        for size in found.sizes
        if size.suppressed
    }
