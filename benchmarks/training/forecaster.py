"""Trains the ridge of ETTh1 as the product does: `python -m benchmarks.training.forecaster CSV`.

Prints JSON: `seconds` and `processor_seconds` of loading, fitting and forecasting all test windows,
and their `mse`, standardised.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.directory import RunDirectory

__all__ = ["main"]

_STAGES = "resolve,data,train,predict,calibrate,evaluate"


def main() -> None:
    """One run of its own, thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        options = [f"--data={sys.argv[1]}", "--preset=etth1", f"--run-dir={run.path}"]
        options += [f"--stages={_STAGES}", "--set=model.family=ridge"]
        options += ["--set=evaluate.max_perturbation_examples=20"]
        started = time.perf_counter()
        command = [sys.executable, "-m", "pipelines", "run", "time_series", *options]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - no shell
        seconds = time.perf_counter() - started
        used = getrusage(RUSAGE_CHILDREN)
        error = Metrics.read(run).metrics["mse_standardised"]
        told = {
            "seconds": seconds,
            "processor_seconds": used.ru_utime + used.ru_stime,
            "mse": error.value,
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
