from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from benchmarks.kill_matrix import Cell, run_cell, train


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("untouched") / "run"
    said, _ = train("time_series", "single", run_dir, resume=False).communicate(timeout=280)
    assert (run_dir / "model.keras").exists(), said
    return run_dir


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_killed_twice_from_outside_ends_bit_for_bit_as_one_that_was_not(
    untouched: Path, number: signal.Signals
) -> None:
    cell = Cell("single", number, "the only process", share=1.0)
    row = run_cell(cell, 2, untouched, pipeline="time_series", generator=random.Random(0))  # noqa: S311 - where to kill is no secret
    assert (len(row.steps), row.lost, row.difference) == (2, 0, 0.0)
