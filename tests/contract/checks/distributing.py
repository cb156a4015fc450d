"""Check `distributes`: the number of replicas and workers changes nothing but the time."""

from __future__ import annotations

import keras
import numpy as np

from tests.contract.case import Case
from tests.contract.distribution import Trained, train_quietly, train_with_two_workers, weights_of

__all__ = ["check_distributes"]

_SAME_WEIGHTS = 5e-5
"""Largest difference between weights that are the same but for the order of additions: a tenth of
one step. Adam makes steps of gradients that are only rounding, which differs between processors."""
_SAME_METRIC = 5e-6
"""Of validation metrics, relative."""


def check_distributes(case: Case) -> None:
    """One replica, two replicas and two workers train the same model and see the same validation metrics, but for rounding."""
    one, two = train_quietly(case, "single"), train_quietly(case, "mirrored")
    assert (one.num_replicas, two.num_replicas) == (
        1,
        2,
    ), f"trained on {one.num_replicas} and {two.num_replicas} replicas, not on 1 and 2"
    _assert_same(one, two, "2 replicas")
    workers = train_with_two_workers(case)
    assert np.array_equal(workers[0].weights, workers[1].weights), (
        "the two workers hold different weights"
    )
    for index, worker in enumerate(workers):
        assert worker.num_replicas == 2, (
            f"worker {index} trained with {worker.num_replicas} replicas in all, not with 2"
        )
        _assert_same(one, worker, f"worker {index} of 2")
    keras.utils.set_random_seed(case.config.train.seed)
    start = weights_of(case.pipeline.model(case.config, case.splits.target))
    moved = np.abs(one.weights - start).max()
    assert moved >= 10 * _SAME_WEIGHTS, (
        f"training moved the weights by no more than {moved:.2g}, too little to compare"
    )


def _assert_same(one: Trained, other: Trained, name: str) -> None:
    for metric in sorted(metric for metric in one.metrics if metric.startswith("val_")):
        expected, received = one.metrics[metric], other.metrics[metric]
        assert abs(expected - received) <= _SAME_METRIC * max(1.0, abs(expected)), (
            f"{metric} is {expected} on 1 replica, {received} on {name}"
        )
    apart = np.abs(one.weights - other.weights).max()
    assert apart <= _SAME_WEIGHTS, f"weights of 1 replica and of {name} differ by up to {apart:.2g}"
