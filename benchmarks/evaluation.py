"""How long every metric with its interval takes on a large test split: `make bench`.

The target is 20 s and 2 GiB on two cores for 100,000 predictions of 10 classes with 2,000
resamples.
"""

from __future__ import annotations

import resource
import time

import numpy as np

from shared.evaluation.decisions.calibration_tables import class_errors
from shared.evaluation.decisions.category_tables import class_table
from shared.evaluation.decisions.reliability_tables import class_reliability, reliability_table
from shared.evaluation.measure import measure_split
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["main"]

_NUM_ROWS, _NUM_CLASSES, _NUM_RESAMPLES, _ROWS_PER_ENTITY = 100_000, 10, 2_000, 4


def main() -> None:
    """Measure and print one line."""
    predictions = _random_predictions(np.random.default_rng(0))
    target = Categories(
        names=tuple(f"class {index}" for index in range(_NUM_CLASSES)), ordered=True
    )
    counts = dict.fromkeys(target.names, _NUM_ROWS // _NUM_CLASSES)
    started, busy = time.perf_counter(), time.process_time()
    resampling = Resampling(_NUM_RESAMPLES, 0.95, (0,))
    measured = measure_split(target, predictions, counts, resampling)
    classes = class_table(target, predictions, measured.metrics, resampling)
    reliability_table(target, predictions, resampling.confidence)
    class_reliability(target, predictions, resampling.confidence)
    errors = class_errors(target, predictions, resampling)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(target.describe())} metrics with intervals and baselines, {len(classes)}"
        f" classes with rates, AUC, average precision, reliability and {len(errors)} calibration"
        f" errors, {_NUM_ROWS:,} rows, {_NUM_RESAMPLES:,} resamples: {seconds:.1f} s ({busy:.1f} s"
        f" of processor time), peak {peak_mib:,.0f} MiB"
    )


def _random_predictions(generator: np.random.Generator) -> Predictions:
    targets = generator.integers(_NUM_CLASSES, size=_NUM_ROWS)
    scores = generator.normal(size=(_NUM_ROWS, _NUM_CLASSES)).astype(np.float32)
    scores[np.arange(_NUM_ROWS), targets] += 2.0
    names = np.arange(_NUM_ROWS).astype(np.str_)
    return Predictions(
        names, (np.arange(_NUM_ROWS) // _ROWS_PER_ENTITY).astype(np.str_), targets, scores
    )


if __name__ == "__main__":
    main()
