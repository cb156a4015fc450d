"""What a teacher gives to a smaller network: accuracy, calibration, size, time, and who pays.

For each seed three trainings on the same rows: the teacher, the student with it, the student alone.

    python -m benchmarks.distillation speech --data fsdd --preset fsdd --student model.channels=8

Of the test split: the paired difference of the student against the same student alone and against
its teacher, with intervals by entity, and the loss of each group, whose intervals hold together.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cli.compressing.distilled import distil_run
from cli.terminal import CONSOLE, TerminalDisplay
from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.run.artefacts.compression.record import ComparisonRecord
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from shared.statistics.intervals import Estimate

__all__ = ["describe_comparison", "main"]

_SHOWN = ("log_loss", "ece", "mae_standardised", "crps")
"""Beside the primary metric, as far as the target has them."""

_ALWAYS = ("train.tensorboard=false", "train.deploy=network")
"""A floor learns nothing from a teacher: where it is deployed, all three models are the same."""

_STAGES = ("data", "train", "predict", "calibrate")


def main() -> None:
    """Print a few lines a seed, then the mean differences over the seeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pipeline")
    parser.add_argument("--data", default="demo")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--student", action="append", required=True, metavar="KEY=VALUE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[ComparisonRecord]] = {}
    for seed in range(given.seeds):
        settings = [f"train.seed={seed}", *_ALWAYS, *given.set]
        for one in _distilled(given.pipeline, given.data, given.preset, settings, given.student):
            found.setdefault(one.against, []).append(one)
            for line in describe_comparison(one):
                print(f"seed {seed}  {line}", flush=True)
    for against, each in found.items():
        differences = [one.metric(one.primary_metric).difference.value for one in each]
        known = [value for value in differences if value is not None]
        print(f"mean over seeds  against {against}: {np.mean(known):+.4f} {each[0].primary_metric}")


def describe_comparison(found: ComparisonRecord) -> Iterator[str]:
    """Lines: metrics with their paired differences, the loss of each group, the verdict."""
    for metric in found.metrics:
        if metric.name == found.primary_metric or metric.name in _SHOWN:
            said = f"{metric.name} {metric.small.value:.4f}, {_difference(metric.difference)}"
            yield f"against {found.against}: {said}"
    for group in found.groups:
        is_sure = group.loss.ci_low is not None and group.loss.ci_low > 0.0
        said = f"{group.attribute} {group.group} (n {group.n}) loses {_difference(group.loss)}"
        yield f"against {found.against}: {said}{', surely' if is_sure else ''}"
    yield f"against {found.against}: {found.verdict.answer}"


def _difference(found: Estimate) -> str:
    value = "unknown" if found.value is None else f"{found.value:+.4f}"
    ends = (found.ci_low, found.ci_high)
    return value + (" (no interval)" if None in ends else f" ({ends[0]:+.4f} to {ends[1]:+.4f})")


def _distilled(
    name: str, data: str, preset: str, settings: Sequence[str], student: list[str]
) -> tuple[ComparisonRecord, ...]:
    pipeline = get_pipeline(name)
    config = resolve_config(
        pipeline.config_type, presets_folder(name), preset, list(settings), data
    )
    with tempfile.TemporaryDirectory() as folder:
        teacher = RunDirectory(Path(folder) / "teacher")
        run_stages(pipeline, config, teacher, stages=_STAGES)
        found = distil_run(teacher, Path(folder) / "distil", student, TerminalDisplay(CONSOLE))
    for size in found.record.sizes:
        print(f"{size.name}: {size.weights_bytes:,} bytes of weights")
    for one in found.times.models:
        print(f"{one.name}: p50 {one.p50_ms:.2f} ms, p95 {one.p95_ms:.2f} ms a row")
    for note in found.record.notes:
        print(note)
    return found.record.comparisons


if __name__ == "__main__":
    main()
