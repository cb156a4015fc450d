"""Shapley values of one row's segments, with the `shap` library and the domain's own masks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from tensorflow.python.eager import execute

from shared.explain.masked_score import MaskedScore

__all__ = ["Attribution", "guarded", "neighbour_tree", "shapley_values"]

_BATCH_MASKS = 8
"""Masks per SHAP step. Partition SHAP refines the most telling coalitions first, so a large step
would refine less of them."""


_MIN_PERMUTATIONS = 2
"""One order alone gives neighbours of a saturated score all or nothing."""


@dataclass(frozen=True)
class Attribution:
    """How a score is shared out among segments.

    Attributes:
        values: (segments,) float64, in units of the score; they sum to f(all) − f(none).
        method: "exact": Shapley values by enumeration (Shapley 1953). "permutation": their estimate
            from random orders, each used forwards and backwards (Mitchell et al. 2022, section
            4.1). "partition": Owen values (Owen 1977) over a tree of neighbouring segments, refined
            where it matters until the evaluations are spent.
    """

    values: NDArray[np.float64]
    method: Literal["exact", "permutation", "partition"]


def shapley_values(
    score: MaskedScore, spans: NDArray[np.float64], *, max_evaluations: int, seed: int
) -> Attribution:
    """Share f(all) − f(none) out among the segments.

    By enumeration, by permutations or by partition, whichever is the first that the evaluations
    allow. At 300 evaluations for 40 to 64 segments, two permutations ranked segments closer to the
    values of 2000 evaluations than partition did; with fewer, they did not.

    Args:
        score: The game.
        spans: (segments, axes, 2) float64: start and stop of each segment on each axis, as in
            `Segments`.
        max_evaluations: Model evaluations that may be spent, at least 16.
        seed: Draws the orders, and breaks ties between equally telling coalitions; in [0, 2**32).
    """
    num_segments = score.num_segments
    ends = score(np.array([[False] * num_segments, [True] * num_segments]))
    if num_segments < 2:
        return Attribution(np.full(num_segments, ends[1] - ends[0]), "exact")
    with guarded(seed):
        if 2**num_segments <= max_evaluations:
            return Attribution(_exact(score, max_evaluations), "exact")
        if _MIN_PERMUTATIONS * (2 * num_segments + 1) <= max_evaluations:
            return Attribution(_permutation(score, max_evaluations, seed), "permutation")
        return Attribution(_partition(score, neighbour_tree(spans), max_evaluations), "partition")


def neighbour_tree(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hierarchical clustering (segments − 1, 4) of the segments by where they lie on the canvas.

    Neighbours join first.

    Ward's linkage on centres, each axis in units of its segments' median length, so that one step
    to the side counts as much as one step down whatever the axes measure.
    """
    centres = spans.mean(axis=-1)
    lengths = np.median(spans[..., 1] - spans[..., 0], axis=0)
    return np.asarray(
        linkage(centres / np.where(lengths > 0, lengths, 1.0), method="ward"), dtype=np.float64
    )


@contextmanager
def guarded(seed: int) -> Iterator[None]:
    """Run SHAP calls inside; afterwards TensorFlow and NumPy are as they were before.

    Also when a call fails.

    SHAP's deep explainers replace TensorFlow's `record_gradient` and put it back only on success:
    after one failure, fitting any new model in the process ends in `LookupError: gradient registry
    has no entry for: shap_…`. SHAP also draws from NumPy's global generator and has no argument for
    a seed, so this seeds it and restores its state.

    Args:
        seed: Seed of what SHAP draws, in [0, 2**32).
    """
    record_gradient = execute.record_gradient
    random_state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        execute.record_gradient = record_gradient
        np.random.set_state(random_state)


class _KeepMasker:
    """A SHAP masker whose masked input is the mask itself.

    What removal means is the domain's business, inside the score.
    """

    immutable_outputs = True  # spares SHAP a deep copy per mask

    def __init__(self, num_segments: int, clustering: NDArray[np.float64] | None) -> None:
        self.shape = (1, num_segments)
        self.clustering = clustering

    def __call__(self, mask: NDArray[np.bool_], _: NDArray[Any]) -> tuple[NDArray[np.bool_]]:
        return (mask[None],)


@cache
def _shap() -> Any:
    """The library, with its loops left to Python.

    Compiling them takes seconds in every process, running them milliseconds.
    """
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    import shap

    return shap


def _exact(score: MaskedScore, max_evaluations: int) -> NDArray[np.float64]:
    explainer = _shap().explainers.ExactExplainer(score, _KeepMasker(score.num_segments, None))
    return _values(
        explainer(_one_row(score), max_evals=max_evaluations, batch_size=_BATCH_MASKS, silent=True)
    )


def _permutation(score: MaskedScore, max_evaluations: int, seed: int) -> NDArray[np.float64]:
    explainer = _shap().explainers.PermutationExplainer(
        score, _KeepMasker(score.num_segments, None), seed=seed
    )
    return _values(
        explainer(
            _one_row(score),
            max_evals=max_evaluations,
            batch_size=2 * score.num_segments + 1,
            silent=True,
        )
    )


def _partition(
    score: MaskedScore, tree: NDArray[np.float64], max_evaluations: int
) -> NDArray[np.float64]:
    explainer = _shap().explainers.PartitionExplainer(score, _KeepMasker(score.num_segments, tree))
    # SHAP stops after the step in which it reaches its limit, so the last step is set aside to stay
    # within it.
    limit = max(max_evaluations - _BATCH_MASKS, 2)
    return _values(
        explainer(_one_row(score), max_evals=limit, batch_size=_BATCH_MASKS, silent=True)
    )


def _one_row(score: MaskedScore) -> NDArray[np.bool_]:
    return np.ones((1, score.num_segments), dtype=np.bool_)


def _values(explanation: Any) -> NDArray[np.float64]:
    return np.asarray(explanation.values[0], dtype=np.float64)
