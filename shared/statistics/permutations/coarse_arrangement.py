"""Fewer, larger things to exchange, where there are more than a permutation test needs.

Of a million exchangeable cells, each random exchange costs a sort of a million keys, and tells no
more than one of ten thousand: what matters is that enough units move by chance. So cells are joined
at random with others of the same label, and move together from then on:

- within a stratum, cells of one label in blocks of one size; blocks are exchanged with blocks, the
  cells that are left over with each other;
- strata that hold the same number of cells of each label, as authors do who wrote once about each
  of two topics, in bundles: the labels of all strata of a bundle move in the same way.

The test stays exact. Where no label is preferred, all assignments of labels to cells within strata
are equally likely; how cells are joined is drawn at random among cells of one label, so given who
is joined with whom, all assignments of labels to the joined cells are equally likely too (the
argument of randomly chosen subgroups of permutations: Hemerik & Goeman 2018, section 3.2). What is
lost is power, about as much as a normal quantile differs from Student's t with as many degrees of
freedom as there are joined cells; a label with few cells keeps them single.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.statistics.permutations.arrangements import Arrangement

__all__ = ["coarsened"]

_MOST_CELLS = 10_000
"""Cells that are left as they are; more are joined to about as many."""


def coarsened(
    arrangement: Arrangement, seed: tuple[int, ...], most_cells: int = _MOST_CELLS
) -> Arrangement:
    """The arrangement itself, or one of about `most_cells` larger cells where it has more.

    Args:
        arrangement: What can be exchanged.
        seed: Seed sequence of who is joined with whom.
        most_cells: How many cells are not joined.
    """
    times = -(-len(arrangement.labels) // most_cells)
    if times == 1:
        return arrangement
    generator = np.random.default_rng([*seed, 1])
    return _in_blocks(_in_bundles(arrangement, times, generator), times, generator)


class _Runs(NamedTuple):
    """Cells sorted by a key: equal ones stand together.

    Attributes:
        starts: (runs,) int64 place of the first cell of each.
        sizes: (runs,) int64.
        run: (cells,) int64: the run of each place.
        place: (cells,) int64: the place within the run.
    """

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    run: NDArray[np.int64]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, is_first: NDArray[np.bool_]) -> _Runs:
        starts = np.flatnonzero(is_first)
        sizes = np.diff(starts, append=len(is_first))
        run = np.cumsum(is_first) - 1
        return cls(starts, sizes, run, np.arange(len(is_first)) - starts[run])


def _in_bundles(
    arrangement: Arrangement, times: int, generator: np.random.Generator
) -> Arrangement:
    """Strata of the same composition in bundles of `times`: their k-th cells become one."""
    labels = arrangement.labels
    strata = arrangement.strata
    # By label within a stratum, so that the k-th cells of equal strata have one label; in random
    # order within a label.
    order = np.lexsort((generator.random(len(labels)), labels, strata))
    runs = _Runs.of(_changes(strata[order]))
    # A sum of random marks, of 2^64 possible values, tells compositions apart.
    marks = generator.integers(2**63, size=int(labels.max()) + 1, dtype=np.uint64)
    sums = np.add.reduceat(marks[labels[order]], runs.starts)
    composition = np.unique(sums, return_inverse=True)[1].reshape(-1)
    bundle = _bundles(composition, times, generator)
    # A cell of the bundle: the same place in each of its strata.
    num_places = int(runs.sizes.max())
    joined = bundle[runs.run] * num_places + runs.place
    found, first, new_cell = np.unique(joined, return_index=True, return_inverse=True)
    cell_of_row = _moved(order, new_cell.reshape(-1), arrangement.cell_of_row)
    of_bundle = _numbered(found // num_places)
    return Arrangement(cell_of_row, labels[order][first], of_bundle)


def _bundles(
    composition: NDArray[np.int64], times: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """(strata,) int64 bundle of each: `times` of one composition, or the fewer that are left."""
    order = np.lexsort((generator.random(len(composition)), composition))
    place = _Runs.of(_changes(composition[order])).place
    is_first = place % times == 0
    bundle = np.empty(len(composition), dtype=np.int64)
    bundle[order] = np.cumsum(is_first) - 1
    return bundle


def _in_blocks(arrangement: Arrangement, times: int, generator: np.random.Generator) -> Arrangement:
    """Cells of one stratum and label in blocks of `times`; the last ones of each stay single."""
    labels = arrangement.labels
    strata = arrangement.strata
    order = np.lexsort((generator.random(len(labels)), labels, strata))
    runs = _Runs.of(_changes(strata[order]) | _changes(labels[order]))
    # At least `times` cells of each label that forms blocks stay single: a label with too few for
    # blocks needs others to be exchanged with.
    num_joined = np.maximum(runs.sizes // times - 1, 0) * times
    is_joined = runs.place < num_joined[runs.run]
    is_first = ~is_joined | (runs.place % times == 0)
    cell_of_row = _moved(order, np.cumsum(is_first) - 1, arrangement.cell_of_row)
    first = order[is_first]
    own_strata = _numbered(2 * strata[first] + is_joined[is_first])
    return Arrangement(cell_of_row, labels[first], own_strata)


def _changes(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a value differs from the one before; the first does."""
    is_first = np.ones(len(ordered), dtype=np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


def _moved(
    order: NDArray[np.int64], new_cell: NDArray[np.int64], cell_of_row: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The new cell of each row, from the new cells of the old ones in `order`."""
    of_old = np.empty(len(order), dtype=np.int64)
    of_old[order] = new_cell
    return of_old[cell_of_row]


def _numbered(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(keys, return_inverse=True)[1].reshape(-1).astype(np.int64)
