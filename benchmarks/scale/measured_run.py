"""Stages of a run beside their estimate: `python -m benchmarks.scale.measured_run`.

The run is one process, as a user starts it; each stage's peak is its own. Of texts and series a
table is made up; any pipeline that has figures takes `--data`, with its preset:

    python -m benchmarks.scale.measured_run speech --data FOLDER --preset fsdd
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.scale.cost import Cost, measuring
from cli.estimating.estimate import Estimate, estimate_cost
from cli.estimating.machine import read_machine
from pipelines import get_pipeline, presets_folder
from shared.errors import ConfigError
from shared.run.directory import RunDirectory
from shared.run.progress import Progress, SilentProgress
from shared.session.beginning import configure_run
from shared.stages.runner import run_stages

__all__ = ["SOURCES", "MeasuredRun", "main", "measure_run"]

_STEPS = 2_000
_SETTINGS = ("train.epochs=1",)


@dataclass(frozen=True)
class MeasuredRun:
    """What stages cost, and what was said before.

    Attributes:
        estimate: In processor seconds.
        costs: Stage -> its cost.
    """

    estimate: Estimate
    costs: Mapping[str, Cost]


@dataclass(frozen=True)
class _Meter:
    """A display that shows nothing, and measures."""

    costs: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        cost_so_far = measuring()
        yield SilentProgress()
        self.costs[name] = cost_so_far()

    def reused(self, name: str) -> None:
        raise AssertionError(f"Nothing of {name} is there to be used again.")


def _texts(path: Path, num_rows: int) -> None:
    generator = np.random.default_rng(0)
    words = np.array(["fine", "poor", "plot", "film", "slow", "warm", "dull", "sharp"])
    marks = generator.choice(["good", "bad"], num_rows)
    texts = [
        f"{mark} {row} {' '.join(generator.choice(words, 20))}" for row, mark in enumerate(marks)
    ]
    pd.DataFrame({"text": texts, "label": marks}).to_csv(path, index=False)


def _series(path: Path, num_rows: int) -> None:
    generator = np.random.default_rng(0)
    stamps = pd.date_range("2024-01-01", periods=_STEPS, freq="h")
    day = np.sin(np.arange(_STEPS) * 2.0 * np.pi / 24.0)
    for number in range(max(1, num_rows // _STEPS)):
        values = 10.0 + 3.0 * day + generator.normal(size=_STEPS)
        table = pd.DataFrame(
            {"series": f"meter {number}", "time": stamps, "value": values.round(3)}
        )
        table.to_csv(path, index=False, mode="a", header=number == 0)


SOURCES: Mapping[str, Callable[[Path, int], None]] = {"sentiment": _texts, "time_series": _series}
"""Pipeline -> what makes up a table of so many rows."""


def measure_run(
    name: str, source: Path, *assignments: str, preset: str | None = None
) -> MeasuredRun:
    """Run all stages in this process, which should be a fresh one.

    Args:
        name: Of the pipeline.
        source: Of its data.
        assignments: `section.key=value`, beside one epoch of training.
        preset: None for the default one.

    Raises:
        ConfigError: There is no estimate.
    """
    pipeline = get_pipeline(name)
    settings = (*_SETTINGS, *assignments)
    config = configure_run(
        pipeline, presets_folder(name), preset=preset, data=str(source), assignments=settings
    )
    estimate = estimate_cost(name, config, replace(read_machine(), num_cores=1))
    if estimate is None:
        raise ConfigError(f"There are no figures of {name} on {source}. Give a table or a folder.")
    meter = _Meter()
    with tempfile.TemporaryDirectory() as folder:
        run_stages(pipeline, config, RunDirectory(Path(folder) / "run"), display=meter)
    return MeasuredRun(estimate, meter.costs)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--preset")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    if given.data is None and given.name not in SOURCES:
        parser.error(f"no data is made up for {given.name}: give --data SOURCE")
    with tempfile.TemporaryDirectory() as folder:
        source = given.data or Path(folder) / "rows.csv"
        if given.data is None:
            SOURCES[given.name](source, given.rows)
        found = measure_run(given.name, source, *given.set, preset=given.preset)
    print("| stage | s | estimated | MiB | estimated |\n|---|---|---|---|---|")
    for stage in found.estimate.stages:
        cost = found.costs[stage.name]
        times = f"{cost.seconds:.1f} | {stage.seconds:.1f}"
        print(f"| {stage.name} | {times} | {cost.mib:,.0f} | {stage.mib:,.0f} |")


if __name__ == "__main__":
    main()
