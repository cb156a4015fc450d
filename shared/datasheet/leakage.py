"""What makes a test too easy: content or entities of one part that are also in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from shared.contract import Examples
from shared.errors import DataError
from shared.targets import Horizon

__all__ = ["describe_entity_overlap", "describe_leakage", "describe_time_overlap", "refuse_leaks"]


def describe_entity_overlap(parts: Mapping[str, Examples]) -> list[dict[str, Any]]:
    """Entities that two parts share.

    `first`, `second`, `n`, and up to three of them as `example`.
    """
    found = []
    for first, second in combinations(parts, 2):
        shared = np.intersect1d(parts[first].entities, parts[second].entities)
        found.append(
            {
                "first": first,
                "second": second,
                "n": len(shared),
                "example": [str(entity) for entity in shared[:3]],
            }
        )
    return found


def describe_time_overlap(parts: Mapping[str, Examples], target: Horizon) -> list[str]:
    """A sentence for each part whose targets reach into the part after it."""
    length = np.timedelta64((target.steps - 1) * target.step_seconds, "s")
    sentences = []
    for (earlier_name, earlier), (later_name, later) in pairwise(parts.items()):
        if earlier.forecast is None or later.forecast is None:
            continue
        last, first = earlier.forecast.starts.max() + length, later.forecast.starts.min()
        if last >= first:
            sentences.append(
                f"Targets of {earlier_name!r} reach {last}, but those of {later_name!r} begin at"
                f" {first}."
            )
    return sentences


def describe_leakage(
    entities: Sequence[Mapping[str, Any]],
    equal: Mapping[str, Any] | None,
    others: Sequence[str],
    *,
    allowed: bool,
    copies: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Gather what counts as a leak.

    Shared entities, the same content in two parts, targets that overlap in time or are given away.

    Content that is only like other content is no leak by itself: it may be two images of one
    place, or a phrase that many people use. It is reported beside.

    Args:
        entities: As `describe_entity_overlap` gives it.
        equal: As `describe_repeats` gives it for equal content; None where repeated content says
            nothing, since a periodic series repeats itself.
        others: Sentences about targets that overlap in time, or covariates that give them away.
        allowed: Whether the configuration accepts leaks.
        copies: As `equal`, for content that is the same but for how it is written.

    Returns:
        `allowed`, and `reasons`: one sentence for each leak; empty if there is none.
    """
    reasons = [
        f"{_count_of(item['n'], 'entity is', 'entities are')} in both {item['first']!r} and"
        f" {item['second']!r}, for example {item['example'][0]!r}."
        for item in entities
        if item["n"]
    ]
    reasons += [
        f"{_count_of(item['n'], 'example', 'examples')} of {item['second']!r} also in"
        f" {item['first']!r}, byte for byte: for example {item['example'][1]!r}, which equals"
        f" {item['example'][0]!r}."
        for item in ([] if equal is None else equal["across"])
        if item["n"]
    ]
    reasons += [
        f"{_count_of(item['n'], 'example', 'examples')} of {item['second']!r} also in"
        f" {item['first']!r}, written differently (encoded again, or with other case or"
        f" punctuation): for example {item['example'][1]!r}, which is {item['example'][0]!r}."
        for item in ([] if copies is None else copies["across"])
        if item["n"]
    ]
    return {"allowed": allowed, "reasons": [*reasons, *others]}


def refuse_leaks(datasheet: Mapping[str, Any]) -> None:
    """Stop where a datasheet names leaks that nobody accepted.

    Raises:
        DataError: With each leak, and what to do.
    """
    leakage = datasheet["leakage"]
    if leakage["reasons"] and not leakage["allowed"]:
        raise DataError(
            f"Leak between parts: {' '.join(leakage['reasons'])} Results would be too good to be"
            " true. Remove the copies, or name what they share as their entity and split by it"
            " (--set data.split=entity). To run all the same and have the report say so: --set"
            " data.allow_leakage=true."
        )


def _count_of(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
