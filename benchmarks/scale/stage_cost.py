"""What one stage of a run costs, measured in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

__all__ = ["main", "measure_stage"]


def measure_stage(run: Path, stage: str) -> dict[str, float]:
    """CPU seconds (`cpu_s`), those before the stage begins (`start_s`), and peak memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.scale.stage_cost", str(run), stage]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    cost: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return cost


def main() -> None:
    """Run the stage and print its cost as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("stage")
    given = parser.parse_args()
    from pipelines import get_pipeline
    from shared.config.sources import read_config
    from shared.contract import Deferred
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory
    from shared.run.progress import SilentProgress
    from shared.stages.runner import checked_splits
    from shared.stages.table import stage_named

    run = RunDirectory(given.run)
    pipeline = get_pipeline(str(run.read_json("config.json")["pipeline"]))
    config = read_config(pipeline.config_type, run / "config.json")
    splits = checked_splits(pipeline, config, run)
    function = Deferred(stage_named(given.stage).function).resolve()
    started, busy = time.perf_counter(), time.process_time()
    function(StageContext(pipeline, config, run, SilentProgress(), splits))
    print(
        json.dumps(
            {
                "start_s": busy,
                "cpu_s": time.process_time() - busy,
                "wall_s": time.perf_counter() - started,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
