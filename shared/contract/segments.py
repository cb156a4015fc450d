"""What an explanation removes from a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract.sources import Rows

__all__ = ["Axis", "Mask", "Segments"]

Mask = Callable[[NDArray[np.bool_]], Rows]
"""keep (m, segments) bool -> m decoded rows without the segments that are False."""


@dataclass(frozen=True)
class Axis:
    """One named axis of a canvas: for example ("time", "s")."""

    name: str
    unit: str


@dataclass(frozen=True)
class Segments:
    """The segments of one row's explanation, and the canvas on which the report draws them.

    Attributes:
        names: One label per segment, for example "row 2, col 3" or the word itself.
        axes: One axis (drawn as a strip) or two (drawn as a heat map: first axis vertical, second
            horizontal).
        spans: (segments, axes, 2) float64: start and stop of each segment on each axis, in canvas
            cells; stop is exclusive.
        extent: (axes, 2) float64: the first and last coordinate of the canvas on each axis, in the
            axis' unit.
        canvas: What is drawn beneath: (height, width, 3) uint8 image, (rows, columns) float32
            map, or (cells,) for a strip (str words or float32 values).
        mask: Maps keep (m, segments) bool to m decoded rows in which the segments with False are
            removed. The domain decides what removal means; all True must give the row itself.
        removal: What `mask` does, in a word.
        other_removals: Other masks by what they do. The explain stage takes the one that leaves
            least to be said when everything is removed, `mask` where several are equal.
        naive_orders: What somebody who never asks the model would call important: name ->
            (segments,) float64, most important largest. An explanation must beat the best of them.
        groups: Coarser cuts for rows of many segments, coarsest first: for each (segments,) int64
            number of the group that a segment is in, segments side by side. A group lies inside one
            of the cut before. Sentences and phrases of a text.
        joined_name: Names of segments side by side -> what they are called as one.
        places: (segments,) names under which segments of different rows are one, such as a word
            without its capital; their `names` if empty.
        moments: What each step of a forecast is called, such as "Mon 18:00"; empty where there are
            no steps, or nothing is known of the clock.
    """

    names: tuple[str, ...]
    axes: tuple[Axis, ...]
    spans: NDArray[np.float64]
    extent: NDArray[np.float64]
    canvas: NDArray[Any]
    mask: Mask
    removal: str = "default"
    other_removals: Mapping[str, Mask] = field(default_factory=dict)
    naive_orders: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    groups: tuple[NDArray[np.int64], ...] = ()
    joined_name: Callable[[Sequence[str]], str] = " ".join
    places: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()

    def removing(self, removal: str) -> Segments:
        """The same segments removed in another way, one of `removals`."""
        if removal == self.removal:
            return self
        mask = self.other_removals[removal]
        return replace(self, mask=mask, removal=removal, other_removals={})

    def merged(self, owners: NDArray[np.int64]) -> Segments:
        """Segments side by side as one, removed together; the cuts into groups are gone.

        Args:
            owners: (segments,) int64: the new segment of each, from 0 to their number less 1.
        """
        members = [np.flatnonzero(owners == one) for one in range(int(owners.max()) + 1)]

        def merging(mask: Mask) -> Mask:
            return lambda keep: mask(keep[:, owners])

        names = tuple(self.joined_name([self.names[place] for place in one]) for one in members)
        spans = np.stack([_hull(self.spans[one]) for one in members])
        others = {name: merging(mask) for name, mask in self.other_removals.items()}
        orders = {
            name: np.array([order[one].max() for one in members])
            for name, order in self.naive_orders.items()
        }
        joined = replace(self, names=names, spans=spans, groups=(), places=())
        return replace(joined, mask=merging(self.mask), other_removals=others, naive_orders=orders)

    @property
    def removals(self) -> tuple[str, ...]:
        """All ways of removing, that of `mask` first."""
        return (self.removal, *self.other_removals)


def _hull(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """(segments, axes, 2) -> (axes, 2)."""
    return np.stack([spans[..., 0].min(axis=0), spans[..., 1].max(axis=0)], axis=-1)
