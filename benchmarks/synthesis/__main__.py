"""What made images of rare classes give, beside oversampling and mixup.

    python -m benchmarks.synthesis --data HAM10000 --preset ham10000 --seeds 1
    python -m benchmarks.synthesis --only diffusion --set train.synthesize_steps=500

Each arm is trained on the same rows from the same seed, and decides for balanced accuracy
(`calibrate.decide_for=balanced`, chosen on validation). Shown is the paired difference on the test
split, arm minus plain, with its interval by entity; and what the made images are like.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.evaluation.comparison import compare_runs
from shared.run.artefacts.data.synthetic import SyntheticRecord
from shared.run.directory import RunDirectory
from shared.run.files import SYNTHETIC
from shared.stages.runner import run_stages
from shared.statistics.bootstrap import Resampling

ARMS = {
    "oversampling": ("train.sampling=balanced",),
    "mixup": ("model.mixup_alpha=0.2",),
    "diffusion": ("train.synthesize=diffusion",),
    "gan": ("train.synthesize=gan",),
}
"""Name -> settings beside those of the plain training."""

_STAGES = ("data", "train", "predict", "calibrate")
_SHOWN = ("balanced_accuracy", "log_loss", "ece")
_RESAMPLING = Resampling(2000, 0.95, (0, 18))


def main() -> None:
    """Print a line for each metric of each arm, then the means over the seeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="demo")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--only", action="append", choices=sorted(ARMS), default=None)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    arms = {name: ARMS[name] for name in given.only or ARMS}
    found: dict[str, list[float]] = {name: [] for name in arms}
    for seed in range(given.seeds):
        settings = [f"train.seed={seed}", *given.set]
        with tempfile.TemporaryDirectory() as folder:
            plain = _trained(Path(folder) / "plain", given.data, given.preset, settings)
            for name, extra in arms.items():
                run = _trained(Path(folder) / name, given.data, given.preset, [*settings, *extra])
                compared = compare_runs(run, plain, _RESAMPLING)["metrics"]
                for line in _lines(run, compared):
                    print(f"seed {seed}  {name}: {line}", flush=True)
                found[name].append(compared["balanced_accuracy"]["difference"]["value"])
    for name, differences in found.items():
        print(f"mean of {given.seeds} seeds  {name}: {np.mean(differences):+.4f}")


def _trained(folder: Path, data: str, preset: str, settings: list[str]) -> RunDirectory:
    pipeline = get_pipeline("medical_imaging")
    always = ["train.tensorboard=false", "train.deploy=network", "calibrate.decide_for=balanced"]
    config = resolve_config(
        pipeline.config_type,
        presets_folder("medical_imaging"),
        preset,
        [*always, *settings],
        data,
    )
    run = RunDirectory(folder)
    run_stages(pipeline, config.model_copy(update={"pipeline": pipeline.name}), run, stages=_STAGES)
    return run


def _lines(run: RunDirectory, metrics: dict[str, dict[str, dict[str, float]]]) -> Iterator[str]:
    for name in _SHOWN:
        value, change = metrics[name]["first"], metrics[name]["difference"]
        yield (
            f"{name} {value['value']:.4f}, {change['value']:+.4f}"
            f" ({change['ci_low']:+.4f} to {change['ci_high']:+.4f})"
        )
    if run.has(SYNTHETIC):
        record = SyntheticRecord.read(run)
        for name in ("precision", "recall", "copies"):
            one = getattr(record, name)
            yield f"{name} {one.value:.3f} ({one.ci_low:.3f} to {one.ci_high:.3f}; {one.note})"
        yield f"{record.num_synthetic} images made beside {record.num_real}"


if __name__ == "__main__":
    main()
