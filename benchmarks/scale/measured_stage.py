"""What stages without a network cost on made-up data, in a process of their own."""

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
    """The last stage that is run, and the test split that all are given."""

    kind: Kind
    stage: str
    num_rows: int
    num_entities: int
    resamples: int = 1_000


def measure(task: Task) -> dict[str, Cost]:
    """Run stages in a process of their own, whose memory holds nothing else: stage -> cost."""
    command = [sys.executable, "-m", "benchmarks.scale.measured_stage", *map(str, task)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    costs = json.loads(done.stdout.splitlines()[-1])
    return {name: Cost(*cost) for name, cost in costs.items()}


def main() -> None:
    """Run the stages up to one of them, and print what each costs as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("stage", choices=tuple(STAGES))
    for name in ("num_rows", "num_entities", "resamples"):
        parser.add_argument(name, type=int)
    task = Task(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(_costs(Path(folder), task)))


def _costs(path: Path, task: Task) -> dict[str, Cost]:
    context = made_context(path, task.kind, task.num_rows, task.num_entities, task.resamples)
    costs: dict[str, Cost] = {}
    for name, stage in STAGES.items():
        cost_so_far = measuring()
        stage(context)
        costs[name] = cost_so_far()
        if name == task.stage:
            break
    return costs


if __name__ == "__main__":
    main()
