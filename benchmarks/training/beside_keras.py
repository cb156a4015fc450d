"""Our training loop beside Keras' own `fit`."""

from __future__ import annotations

import statistics

from benchmarks.distributed.rounds import interleaved, ratio
from benchmarks.distributed.trainings import Bench

__all__ = ["compare_with_keras"]


def compare_with_keras(name: str, rounds: int, steps: int) -> None:
    """Print what a step costs, in steps of Keras' `fit`, for each family of a pipeline.

    Args:
        name: Of the pipeline.
        rounds: Measurements.
        steps: In each.
    """
    bench = Bench(name, "default", steps)
    seconds, processor = interleaved({"keras": bench.keras_fit(), "ours": bench.ours(1)}, rounds)
    print(
        f"{name}: {bench.num_parameters:,} parameters, batch {bench.batch_size}, a step of"
        f" {statistics.median(seconds['ours']) * 1e3:.1f} ms:"
        f" {ratio(processor, 'ours', 'keras'):.2f} × the processor time of Keras' fit,"
        f" {ratio(seconds, 'ours', 'keras'):.2f} × its time"
    )
