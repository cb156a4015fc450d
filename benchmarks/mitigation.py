"""How far each mitigation closes a planted gap, and what it costs.

One training per method and seed, medians over the seeds.

    python -m benchmarks.mitigation speech accent --seeds 5

The bundled data has `data.demo_group_bias=1`. Each seed draws other data and other first weights;
all methods of a seed see the same. Of the test split: balanced accuracy, the accuracy of the worst
group, and the gap between the best and the worst one; beside the median the smallest and largest of
the seeds, and the median of what a method changes against no mitigation with the same seed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipelines import get_pipeline, presets_folder
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.contract import UNKNOWN, Pipeline
from shared.fairness.groups.attributes import group_labels
from shared.run.artefacts.calibration_file import (
    read_calibrated_predictions,
    read_deciding_target,
)
from shared.run.directory import RunDirectory
from shared.run.files import TEST_SPLIT
from shared.stages.runner import run_stages
from shared.targets import Categories

__all__ = ["METHODS", "NUMBERS", "main", "measure"]

METHODS = ("none", "reweighing", "balanced_sampling", "group_dro")
NUMBERS = ("balanced accuracy", "worst group", "gap")

_SETTINGS = (
    "data.demo_group_bias=1.0",
    "evaluate.max_perturbation_examples=20",
    "train.tensorboard=false",
)


def main() -> None:
    """Print one line a method and number."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pipeline")
    parser.add_argument("attribute")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    pipeline = get_pipeline(given.pipeline)
    found: dict[str, list[Mapping[str, float]]] = {method: [] for method in METHODS}
    for seed in range(given.seeds):
        for method in METHODS:
            found[method].append(_trained(pipeline, given.preset, method, given.attribute, seed))
            print(
                f"seed {seed}  {method:<20}"
                + "  ".join(f"{name} {value:.3f}" for name, value in found[method][-1].items()),
                flush=True,
            )
    _print_medians(found)


def measure(run: RunDirectory, attribute: str) -> dict[str, float]:
    """The numbers of a run's test split.

    Rows whose group is not known count for the balanced accuracy only.
    """
    target = read_deciding_target(run)
    test = read_calibrated_predictions(run, "test")
    if not isinstance(target, Categories):
        raise SystemExit("Only classes have an accuracy.")
    right = target.decide(test.scores) == test.targets
    labels = group_labels(run.read_table(TEST_SPLIT), attribute, test.ids)
    by_group = [
        float(right[labels == group].mean())
        for group in np.unique(labels[labels != UNKNOWN]).tolist()
    ]
    return dict(
        zip(
            NUMBERS,
            (
                target.metrics(test)["balanced_accuracy"],
                min(by_group),
                max(by_group) - min(by_group),
            ),
            strict=True,
        )
    )


def _trained(
    pipeline: Pipeline, preset: str, method: str, attribute: str, seed: int
) -> dict[str, float]:
    import keras

    keras.utils.clear_session()
    mitigation = (
        ()
        if method == "none"
        else (f"train.mitigation={method}", f"train.mitigated_attribute={attribute}")
    )
    settings = [*_SETTINGS, *mitigation, f"train.seed={seed}"]
    config: RunConfig = resolve_config(
        pipeline.config_type, presets_folder(pipeline.name), preset, settings
    )
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder))
        run_stages(pipeline, config, run, stages=["data", "train", "predict", "calibrate"])
        return measure(run, attribute)


def _print_medians(found: Mapping[str, list[Mapping[str, float]]]) -> None:
    print(f"\n{'':<20}" + "".join(f"{name:>44}" for name in NUMBERS))
    for method, runs in found.items():
        cells = []
        for name in NUMBERS:
            values = np.array([run[name] for run in runs])
            change = float(np.median(values - np.array([run[name] for run in found["none"]])))
            cells.append(
                f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f}), change"
                f" {change:+.3f}"
            )
        print(f"{method:<20}" + "".join(f"{cell:>44}" for cell in cells))


if __name__ == "__main__":
    main()
