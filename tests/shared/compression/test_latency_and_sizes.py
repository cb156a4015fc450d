from __future__ import annotations

from pathlib import Path

import numpy as np

from shared.compression.latency import measure_latency
from shared.compression.sizes import measure_full, measure_size
from shared.run.directory import RunDirectory


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


def test_a_saved_model_is_compared_with_a_saved_model(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"x" * 10)
    (tmp_path / "saved_model" / "1").mkdir(parents=True)
    (tmp_path / "saved_model" / "1" / "saved_model.pb").write_bytes(b"x" * 30)
    run = RunDirectory(tmp_path)
    found = measure_full(run, [np.zeros(3)], with_saved=True)
    assert [one.file_bytes for one in found] == [10, 30]
    assert len(measure_full(run, [np.zeros(3)], with_saved=False)) == 1
