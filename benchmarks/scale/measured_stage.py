"""What a stage without a network costs on made-up data, in a process of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.scale.cost import Cost, measuring
from benchmarks.scale.made_run import KINDS, Kind, made_context
from shared.calibration.calibrate import calibrate_stage
from shared.evaluation.evaluate import evaluate_stage
from shared.fairness.stage import fairness_stage
from shared.loading.record import data_stage

__all__ = ["STAGES", "Task", "main", "measure"]

STAGES = {
    "data": data_stage,
    "calibrate": calibrate_stage,
    "evaluate": evaluate_stage,
    "fairness": fairness_stage,
}
"""In their order: each reads what those before it have written."""


class Task(NamedTuple):
    """A stage and the test split that it is given."""

    kind: Kind
    stage: str
    num_rows: int
    num_entities: int
    resamples: int = 1_000


def measure(task: Task) -> Cost:
    """Run a stage in a process of its own, so that nothing else is in its memory."""
    command = [sys.executable, "-m", "benchmarks.scale.measured_stage", *map(str, task)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run the stage, and those that it needs, and print its cost as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("stage", choices=tuple(STAGES))
    for name in ("num_rows", "num_entities", "resamples"):
        parser.add_argument(name, type=int)
    task = Task(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(_cost(Path(folder), task)._asdict()))


def _cost(path: Path, task: Task) -> Cost:
    context = made_context(path, task.kind, task.num_rows, task.num_entities, task.resamples)
    for name, stage in STAGES.items():
        if name == "evaluate" and task.stage == "fairness":
            continue  # reads nothing of it
        cost_so_far = measuring()
        stage(context)
        if name == task.stage:
            return cost_so_far()
    raise AssertionError(f"The parser lets no stage {task.stage!r} through.")


if __name__ == "__main__":
    main()
