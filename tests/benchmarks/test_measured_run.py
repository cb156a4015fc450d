from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.scale.measured_run import SOURCES, measure_run
from cli.estimating.estimate import ACCURACY
from shared.errors import ConfigError


@pytest.mark.parametrize("name", SOURCES)
def test_a_made_up_table_has_as_many_rows_as_asked_for(tmp_path: Path, name: str) -> None:
    path = tmp_path / "rows.csv"
    SOURCES[name](path, 4_000)
    assert len(pd.read_csv(path)) == 4_000


def test_what_has_no_figures_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no figures of tabular"):
        measure_run("tabular", tmp_path / "rows.csv")


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_an_estimate_is_right_within_its_accuracy(name: str) -> None:
    """Of small runs, that is of what stages cost before any row; memory is the largest of all."""
    command = [sys.executable, "-m", "benchmarks.scale.measured_run", name, "--rows", "8000"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    seconds, said_seconds, mib, said_mib = (
        [float(row[column].replace(",", "")) for row in rows] for column in range(1, 5)
    )
    for measured, said in ((sum(seconds), sum(said_seconds)), (max(mib), max(said_mib))):
        assert said / ACCURACY <= measured <= said * ACCURACY
