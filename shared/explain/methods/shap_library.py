"""The `shap` library, loaded and called so that it leaves the process as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorflow.python.eager import execute

__all__ = ["KeepMasker", "attributed", "guarded", "load_shap"]

_JIT_SWITCH = "NUMBA_DISABLE_JIT"


@cache
def load_shap() -> Any:
    """The library, with its loops left to Python where that can still be chosen.

    Compiling them takes seconds in every process, running them milliseconds. Numba reads the switch
    when it is imported: set later, it breaks every explainer, so numba that is there already is
    left alone. Afterwards the switch is as it was, for numba code of others.
    """
    if "numba" in sys.modules or _JIT_SWITCH in os.environ:
        import shap

        return shap
    os.environ[_JIT_SWITCH] = "1"
    try:
        import shap
    finally:
        del os.environ[_JIT_SWITCH]
    from numba.core import config

    config.reload_config()  # type: ignore[no-untyped-call]
    return shap


@contextmanager
def guarded(seed: int) -> Iterator[None]:
    """Run SHAP calls inside; afterwards TensorFlow and NumPy are as they were before.

    Also when a call fails.

    SHAP's deep explainers replace TensorFlow's `record_gradient` and put it back only on success:
    after one failure, fitting any new model in the process ends in `LookupError: gradient registry
    has no entry for: shap_…`. SHAP also draws from NumPy's global generator, so this seeds it and
    restores its state.

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


class KeepMasker:
    """A SHAP masker whose masked input is the mask itself.

    What removal means is the domain's business, inside the score.

    Args:
        num_segments: Segments of the row.
        clustering: (segments − 1, 4) tree over them, or None.
    """

    immutable_outputs = True  # spares SHAP a deep copy per mask

    def __init__(self, num_segments: int, clustering: NDArray[np.float64] | None = None) -> None:
        self.shape = (1, num_segments)
        self.clustering = clustering

    def __call__(self, mask: NDArray[np.bool_], _: NDArray[Any]) -> tuple[NDArray[np.bool_]]:
        """The mask, as a batch of one."""
        return (mask[None],)


def attributed(explainer: Any, num_segments: int, **options: Any) -> NDArray[np.float64]:
    """What an explainer says of the row that keeps all segments, (segments,) float64."""
    row = np.ones((1, num_segments), dtype=np.bool_)
    return np.asarray(explainer(row, silent=True, **options).values[0], dtype=np.float64)
