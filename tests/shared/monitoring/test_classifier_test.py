from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.classifier_test import classifier_test
from shared.run.artefacts.monitoring.record import ClassifierTest

_NUM_SEEDS = 40


def _test(reference: NDArray[np.float64], new: NDArray[np.float64]) -> ClassifierTest:
    found = classifier_test(reference, new, seen="inputs and scores", level=0.005, seed=(0,))
    assert found is not None
    return found


def test_absent_drift_alarms_in_at_most_one_of_twenty_seeds() -> None:
    alarms = 0
    for seed in range(_NUM_SEEDS):
        values = np.random.default_rng(seed).normal(size=(90, 12))
        alarms += _test(values[:50], values[50:]).drifted
    assert alarms <= _NUM_SEEDS * 0.05


def test_drift_that_no_single_column_shows_is_found() -> None:
    generator = np.random.default_rng(0)
    reference = generator.normal(size=(200, 1)) @ np.ones((1, 8)) + generator.normal(size=(200, 8))
    new = generator.normal(size=(200, 1)) @ np.ones((1, 8)) + generator.normal(size=(200, 8))
    new[:, 0] += 0.6
    new[:, 1] -= 0.6
    found = _test(reference, new)
    assert found.drifted and found.auc > 0.6


def test_missing_values_and_empty_columns_are_no_fault_and_few_rows_no_test() -> None:
    values = np.random.default_rng(0).normal(size=(80, 3))
    values[:, 2] = np.nan
    values[::7, 1] = np.nan
    assert not _test(values[:40], values[40:]).drifted
    assert not _test(np.ones((40, 3)), np.ones((40, 3))).drifted
    assert (
        classifier_test(values[:15], values[40:], seen="inputs and scores", level=0.1, seed=(0,))
        is None
    )
