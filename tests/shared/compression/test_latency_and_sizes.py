from __future__ import annotations

from pathlib import Path

import numpy as np

from shared.compression.latency import measure_latency
from shared.compression.sizes import measure_size


def test_each_model_sees_each_row_in_turn() -> None:
    seen: list[tuple[str, int]] = []
    calls = {
        name: (lambda row, name=name: seen.append((name, int(row["x"][0])))) for name in ("a", "b")
    }
    rows = [{"x": np.array([number])} for number in range(3)]
    times = measure_latency(calls, rows, scope="nothing")
    assert [one.name for one in times.models] == ["a", "b"]
    assert seen[-4:] == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert times.n == 3 and all(0.0 <= one.p50_ms <= one.p95_ms for one in times.models)


def test_zeros_make_nothing_smaller_but_the_zipped_weights(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    pruned = np.where(np.abs(weights) > 1.0, weights, np.float32(0.0))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"12345")
    full, small = (measure_size("it", tmp_path, [each]) for each in (weights, pruned))
    assert full.file_bytes == small.file_bytes == 5
    assert full.weights_bytes == small.weights_bytes == 4000
    assert small.zipped_weights_bytes < 0.6 * full.zipped_weights_bytes
