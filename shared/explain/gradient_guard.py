"""Keeps SHAP from changing TensorFlow for everything that runs after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from tensorflow.python.eager import execute

__all__ = ["guarded"]


@contextmanager
def guarded(seed: int) -> Iterator[None]:
    """Run SHAP calls inside; afterwards TensorFlow and NumPy are as they were before, also when the call fails.

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
