from __future__ import annotations

import numpy as np
import tensorflow as tf

from pipelines.time_series.data import synthesize
from pipelines.time_series.segments import build_segments
from pipelines.time_series.served_segments import served_segments
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.05")


def test_blocks_and_their_baseline_are_those_of_the_offline_explanation() -> None:
    row = synthesize(_CONFIG, 100, seed=0).test.rows(np.array([0]))
    offline, served = build_segments(_CONFIG, row), served_segments(_CONFIG)
    assert served.names == offline.places
    assert served.emptied is not None
    given = {name: tf.constant(values) for name, values in row.items()}
    emptied, _ = served.emptied(given, {})
    removed = offline.mask(np.zeros((1, len(offline.names)), dtype=np.bool_))
    for name in ("window", "future"):
        np.testing.assert_allclose(emptied[name], removed[name], rtol=1e-9, atol=1e-12)


def test_each_cell_goes_to_its_block() -> None:
    row = synthesize(_CONFIG, 100, seed=0).test.rows(np.array([0]))
    segments, served = build_segments(_CONFIG, row), served_segments(_CONFIG)
    cells = {name: tf.ones(values.shape, tf.float64) for name, values in row.items()}
    shared = served.share(cells, {}, {})[0]
    sizes = np.prod(segments.spans[..., 1] - segments.spans[..., 0], axis=1)
    np.testing.assert_array_equal(shared, sizes)
