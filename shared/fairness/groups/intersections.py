"""Groups of two attributes at once.

A model can be fair to each sex and each age, and fail old women.

Intersections are many and small, so they form a family of tests of their own, and do not weaken the
attributes'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from shared.contract import UNKNOWN
from shared.fairness.groups.attributes import MAX_GROUPS, Attribute
from shared.fairness.groups.grouped_errors import GroupSize
from shared.run.artefacts.fairness.record import About
from shared.shared_names import shared_names

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
    attributes: Sequence[Attribute], sizes: Mapping[str, Sequence[GroupSize]]
) -> tuple[list[Intersection], list[str]]:
    """Pairs of attributes that have at least two tested groups each, in their order.

    Of people's, or of conditions where no attribute is.

    Args:
        attributes: All attributes.
        sizes: Attribute name -> the sizes of its groups; without those that could not be measured.

    Returns:
        At most `MAX_INTERSECTIONS`, and a sentence about each that was left out.
    """
    has_people = any(attribute.about == "people" for attribute in attributes)
    about: About = "people" if has_people else "conditions"
    usable = [
        item
        for item in attributes
        if item.about == about and sum(size.is_tested for size in sizes.get(item.name, ())) >= 2
    ]
    pairs: list[Intersection] = []
    notes: list[str] = []
    for first, second in combinations(usable, 2):
        pair = _pair(first, second, sizes)
        number = len(pair.attribute.groups)
        if number > MAX_GROUPS:
            notes.append(
                f"{pair.attribute.name!r} would have {number} groups; at most {MAX_GROUPS} can be"
                " compared."
            )
        elif len(pairs) == MAX_INTERSECTIONS:
            notes.append(
                f"{pair.attribute.name!r} was not looked at: at most {MAX_INTERSECTIONS}"
                " intersections are."
            )
        else:
            pairs.append(pair)
    return pairs, notes


def _pair(
    first: Attribute, second: Attribute, sizes: Mapping[str, Sequence[GroupSize]]
) -> Intersection:
    known = (first.labels != UNKNOWN) & (second.labels != UNKNOWN)
    both = zip(first.labels[known].tolist(), second.labels[known].tolist(), strict=True)
    occurring = sorted(set(both))
    names = {pair: _joined(pair) for pair in occurring}
    rows = zip(first.labels.tolist(), second.labels.tolist(), strict=True)
    labels = [names.get(pair, UNKNOWN) for pair in rows]
    attribute = Attribute(
        name=first.name + _TIMES + second.name,
        labels=shared_names(labels),
        groups=tuple(names[pair] for pair in occurring),
        about=first.about,
        # Groups of series crossed with groups of series are groups of series.
        units=None if second.units is None else first.units,
    )
    totals = [
        *_totals(first.groups, [group for group, _ in occurring]),
        *_totals(second.groups, [group for _, group in occurring]),
    ]
    of_first = _withheld(sizes[first.name])
    of_second = _withheld(sizes[second.name])
    withheld = tuple(of_first.get(a, "") or of_second.get(b, "") for a, b in occurring)
    return Intersection(attribute, tuple(totals), withheld)


def _joined(pair: tuple[str, str]) -> str:
    return _TIMES.join(group.replace(_TIMES, " x ") for group in pair)


def _totals(groups: Sequence[str], of_pairs: Sequence[str]) -> list[tuple[int, ...]]:
    """For each group of one attribute that occurs in a pair, the pairs that add up to it."""
    totals = [tuple(i for i, group in enumerate(of_pairs) if group == whole) for whole in groups]
    return [total for total in totals if total]


def _withheld(sizes: Sequence[GroupSize]) -> dict[str, str]:
    """Why pairs with these groups are withheld: together they would add up to the group."""
    return {
        size.group: f"part of {size.group!r}, which is withheld"
        for size in sizes
        if size.suppressed
    }
