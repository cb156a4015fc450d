"""Entities as numbers, as sums, and as what a bootstrap draws."""

from __future__ import annotations

import weakref
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

__all__ = [
    "drawn_units",
    "entities_of_average",
    "entities_per_class",
    "entity_codes",
    "entity_sums",
]

_MOST_UNITS = 10_000
"""More entities are drawn in groups, of which there are so many. A variance from as many units has
a relative standard error of 1.4 % (√(2 / 10,000)); one from 1,000 resamples has 4.5 %."""


class _Numbered(NamedTuple):
    """What `entity_codes` has found about an array that is still in use."""

    entities: weakref.ref[NDArray[np.str_]]
    codes: NDArray[np.int64]
    number: int


_NUMBERED: dict[int, _Numbered] = {}


def entity_codes(entities: NDArray[np.str_]) -> tuple[NDArray[np.int64], int]:
    """Number the entities in sorted order: codes (n,) int64, and how many there are.

    Every table of a stage asks this of the same array, and to sort a million names takes seconds:
    the answer is kept for as long as the array is.
    """
    known = _NUMBERED.get(id(entities))
    if known is not None and known.entities() is entities:
        return known.codes, known.number
    names, codes = np.unique(entities, return_inverse=True)
    codes = codes.reshape(-1).astype(np.int64)
    codes.setflags(write=False)  # everyone gets the same
    place = id(entities)
    forget = weakref.ref(entities, lambda _: _NUMBERED.pop(place, None))
    _NUMBERED[place] = _Numbered(forget, codes, len(names))
    return codes, len(names)


def entities_per_class(
    labels: NDArray[np.int64], codes: NDArray[np.int64], num_classes: int
) -> NDArray[np.int64]:
    """(classes,) int64: how many entities have a row of each class."""
    width = int(codes.max(initial=0)) + 1
    pairs = np.unique(labels * width + codes)  # one number for both: rows sort ten times slower
    return np.bincount(pairs // width, minlength=num_classes)


def entities_of_average(
    labels: NDArray[np.int64], codes: NDArray[np.int64], num_classes: int
) -> int:
    """Entities behind an average over classes.

    The number of equally sure classes' entities that would make it as sure.

    The average of rates resting on k_c entities each has a variance proportional to sum(1 / k_c) /
    classes², so a class with few entities lowers the number.
    """
    counts = entities_per_class(labels, codes, num_classes)
    present = counts[counts > 0]
    return int(min(len(np.unique(codes)), len(present) ** 2 / float((1.0 / present).sum())))


def entity_sums(
    codes: NDArray[np.int64],
    num_entities: int,
    cells: NDArray[np.int64],
    values: NDArray[np.float64],
    num_cells: int,
) -> csr_array:
    """Sum values by cell and entity.

    A sparse (cells, entities) matrix, to be multiplied with weights (entities, resamples); of very
    many entities (cells, units), see `drawn_units`.

    Args:
        codes: (n,) int64 entity of each value.
        num_entities: Number of entities.
        cells: (n,) int64 cell of each value, in [0, num_cells).
        values: (n,) float64.
        num_cells: Number of cells.
    """
    units, num_units = drawn_units(codes, num_entities)
    return csr_array(coo_array((values, (cells, units)), shape=(num_cells, num_units)))


def drawn_units(codes: NDArray[np.int64], num_entities: int) -> tuple[NDArray[np.int64], int]:
    """What is drawn: the entities themselves, or of very many of them `_MOST_UNITS` random groups.

    Args:
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities, which alone decides who is in which group.

    Returns:
        (n,) int64 unit of each row, and the number of units.
    """
    if num_entities <= _MOST_UNITS:
        return codes, num_entities
    return _random_groups(num_entities, _MOST_UNITS)[codes], _MOST_UNITS


@lru_cache(maxsize=4)
def _random_groups(num_entities: int, num_groups: int) -> NDArray[np.int64]:
    return np.random.default_rng(num_entities).permutation(num_entities) % num_groups
