"""What makes a test too easy: content or entities of one part that are also in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from shared.contract import Examples

__all__ = ["describe_entity_overlap", "describe_leakage", "leaks"]


def describe_entity_overlap(parts: Mapping[str, Examples]) -> list[dict[str, Any]]:
    """Entities that two parts share: `first`, `second`, `n`, and up to three of them as `example`."""
    found = []
    for first, second in combinations(parts, 2):
        shared = np.intersect1d(parts[first].entities, parts[second].entities)
        found.append({"first": first, "second": second, "n": len(shared), "example": [str(entity) for entity in shared[:3]]})
    return found


def describe_leakage(entities: Sequence[Mapping[str, Any]], equal: Mapping[str, Any] | None, *, allowed: bool) -> dict[str, Any]:
    """Gather what counts as a leak: shared entities, and equal content in two parts.

    Content that is nearly the same is no leak by itself: it may be two pictures of one place, or a phrase that many people use. It
    is reported beside.

    Args:
        entities: As `describe_entity_overlap` gives it.
        equal: As `describe_repeats` gives it for equal content; None where repeated content says nothing (forecasts: a periodic
            series repeats itself; there the order of time is checked when data is loaded).
        allowed: Whether the configuration accepts leaks.

    Returns:
        `allowed`, and `reasons`: one sentence for each leak; empty if there is none.
    """
    reasons = [
        f"{item['n']} entities are in both {item['first']!r} and {item['second']!r}, for example {item['example'][0]!r}."
        for item in entities
        if item["n"]
    ]
    reasons += [
        f"{item['n']} examples of {item['second']!r} hold exactly what an example of {item['first']!r} holds, for example "
        f"{item['example'][1]!r} and {item['example'][0]!r}."
        for item in ([] if equal is None else equal["across"])
        if item["n"]
    ]
    return {"allowed": allowed, "reasons": reasons}


def leaks(datasheet: Mapping[str, Any]) -> list[str]:
    """The sentences about leaks of a datasheet."""
    return list(datasheet["leakage"]["reasons"])
