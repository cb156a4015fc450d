"""What evaluation or fairness of made-up predictions costs, in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.evaluation.evaluate import evaluate_stage
from shared.fairness.stage import fairness_stage
from shared.run.context import StageContext
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext, Predictions
from tests.shared.evaluation.predicted_run import run_context

__all__ = ["KINDS", "STAGES", "Cost", "Kind", "Task", "main", "measure"]

Kind = Literal["classes", "forecasts"]
KINDS: tuple[Kind, ...] = ("classes", "forecasts")
STAGES = {"evaluate": evaluate_stage, "fairness": fairness_stage}

_CLASSES = Categories(names=("good", "bad"))
_HORIZON = Horizon(steps=24, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)


class Task(NamedTuple):
    """A stage and the test split that it is given."""

    kind: Kind
    stage: str
    num_rows: int
    num_entities: int
    resamples: int = 1_000


class Cost(NamedTuple):
    """Processor seconds of the stage, and the peak memory of its process in MiB."""

    seconds: float
    mib: float


def measure(task: Task) -> Cost:
    """Run a stage in a process of its own, so that nothing else is in its memory."""
    command = [sys.executable, "-m", "benchmarks.scale.measured_stage", *map(str, task)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run the stage and print its cost as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("stage", choices=tuple(STAGES))
    for name in ("num_rows", "num_entities", "resamples"):
        parser.add_argument(name, type=int)
    task = Task(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder), task)
        busy = time.process_time()
        STAGES[task.stage](context)
        seconds = time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Cost(seconds, peak)._asdict()))


def _context(path: Path, task: Task) -> StageContext:
    generator = np.random.default_rng(0)
    of_entity = np.arange(task.num_rows) % task.num_entities
    make = _classified if task.kind == "classes" else _forecast
    test = make(generator, of_entity)
    groups = {
        name: generator.choice(list(names), task.num_entities)[of_entity]
        for name, names in {"sex": "fm", "age": "abcd", "site": "vwxyz"}.items()
    }
    val = test.take(np.arange(max(1, task.num_rows // 2)))
    target = _CLASSES if task.kind == "classes" else _HORIZON
    return run_context(path, test, val=val, groups=groups, target=target, resamples=task.resamples)


def _names(prefix: str, numbers: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.char.add(prefix, numbers.astype(np.str_))


def _classified(generator: np.random.Generator, of_entity: NDArray[np.int64]) -> Predictions:
    n = len(of_entity)
    targets = generator.integers(0, 2, n)
    scores = generator.normal(size=(n, 2)).astype(np.float32)
    scores[np.arange(n), targets] += 1.5
    return Predictions(_names("id", np.arange(n)), _names("e", of_entity), targets, scores)


def _forecast(generator: np.random.Generator, of_entity: NDArray[np.int64]) -> Predictions:
    n = len(of_entity)
    targets = generator.normal(10.0, 2.0, (n, 24, 1))
    mean = targets + generator.normal(0.0, 0.5, targets.shape)
    ones = np.ones((n, 1))
    context = ForecastContext(
        starts=np.datetime64("2024-01-01", "s") + np.arange(n) * np.timedelta64(3600, "s"),
        recent=generator.normal(10.0, 2.0, (n, 24, 1)),
        location=10.0 * ones,
        scale=2.0 * ones,
        naive_error=2.0 * ones,
        naive_squared_error=6.0 * ones,
    )
    scores = np.stack([mean, mean - 0.5, mean, mean + 0.5], axis=-1)
    return Predictions(_names("w", np.arange(n)), _names("e", of_entity), targets, scores, context)


if __name__ == "__main__":
    main()
