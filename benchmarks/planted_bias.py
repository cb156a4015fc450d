"""Is a planted bias found, and an absent one not? The real fairness stage on bundled data.

    python -m benchmarks.planted_bias [--pipeline NAME] [--seeds 40] [--preset default]

For each pipeline two models are trained, on data with the strongest bias and on data without. Each
is then judged on `--seeds` test splits that are generated anew, of the size of the demo's. "Found"
means that the verdict of the planted attribute is "gap found" (after adjustment for all
attributes); "interval" that the planted group's own interval excludes 0 on the worse side. Without
bias both should happen in about 5 % or fewer.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipelines import NAMES, get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.contract import Pipeline, Splits
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.runner import run_stages

__all__ = ["PLANTED", "main", "measure"]

PLANTED: dict[str, tuple[tuple[str, str], ...]] = {
    "medical_imaging": (("skin_tone", "dark"),),
    "sentiment": (("identity_term", "muslim"), ("region", "upland")),
    "speech": (("accent", "C"),),
    "time_series": (("size", "small"),),
}
"""Pipeline -> attributes, each with the group that fares worse, as the READMEs of the generators
say."""

_FIRST_SEED = 10_000
"""Far from the seed of training, so that no test split is one that was trained on."""


def main() -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(
        description="How often a planted bias is found, and an absent one."
    )
    parser.add_argument("--pipeline", choices=NAMES, action="append")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--preset", default="default")
    arguments = parser.parse_args()
    print(
        f"{'pipeline':<18}{'attribute: group':<28}{'bias':>6}{'n':>6}{'found':>9}{'interval':>10}"
    )
    for name in arguments.pipeline or list(NAMES):
        for bias in (1.0, 0.0):
            for (attribute, group), (num_rows, found, interval) in measure(
                name, bias, arguments.seeds, arguments.preset
            ).items():
                planted = f"{attribute}: {group}"
                print(
                    f"{name:<18}{planted:<28}{bias:>6g}{num_rows:>6}{found:>9.1%}{interval:>10.1%}",
                    flush=True,
                )


def measure(
    name: str, bias: float, num_seeds: int, preset: str
) -> dict[tuple[str, str], tuple[int, float, float]]:
    """Train one model and judge it on `num_seeds` test splits.

    Returns:
        (attribute, group) -> rows of a test split, share of parts where the attribute's gap is
        found, and where the group's interval says that it fares worse.
    """
    pipeline = get_pipeline(name)
    assignments = [f"data.demo_group_bias={bias}"]
    config = resolve_config(pipeline.config_type, presets_folder(name), preset, assignments, "demo")
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "trained")
        run_stages(pipeline, config, run, stages=["data", "train", "predict", "calibrate"])
        outcomes: list[dict[str, Any]] = []
        for seed in range(_FIRST_SEED, _FIRST_SEED + num_seeds):
            splits = pipeline.synthesize(config, config.data.num_demo_examples, seed)
            outcomes.append(_judge(pipeline, config, run, splits, Path(folder) / "judged"))
    return {planted: _summarise(outcomes, *planted) for planted in PLANTED[name]}


def _judge(
    pipeline: Pipeline, config: Any, trained: RunDirectory, splits: Splits, folder: Path
) -> dict[str, Any]:
    """`fairness.json` of the trained model on the test split of other data."""
    from shared.fairness.stage import fairness_stage
    from shared.loading.record import data_stage
    from shared.model.trained_model import load_trained_model
    from shared.prediction.predict import predict_split
    from shared.run.artefacts.prediction_files import write_predictions

    shutil.rmtree(folder, ignore_errors=True)
    run = RunDirectory(folder)
    context = StageContext(pipeline, config, run, SilentProgress(), lambda: splits)
    data_stage(context)
    model = load_trained_model(replace(context, run=trained))
    for part in ("val", "test"):
        write_predictions(
            run, part, predict_split(model, splits.by_split()[part], context.progress)
        )
    shutil.copy(trained / "calibration.json", run / "calibration.json")
    fairness_stage(context)
    record: dict[str, Any] = run.read_json("fairness.json", maker="fairness")
    return record


def _summarise(
    outcomes: list[dict[str, Any]], attribute: str, group: str
) -> tuple[int, float, float]:
    entries = [
        next(entry for entry in record["attributes"] if entry["attribute"] == attribute)
        for record in outcomes
    ]
    found = [entry["verdict"] == "gap found" for entry in entries]
    worse = [
        _fares_worse(entry, group, record["metric"])
        for entry, record in zip(entries, outcomes, strict=True)
    ]
    return outcomes[0]["n"], float(np.mean(found)), float(np.mean(worse))


def _fares_worse(entry: dict[str, Any], group: str, metric: str) -> bool:
    row = next((row for row in entry["groups"] if row["group"] == group), None)
    gap = None if row is None else row["gaps"].get(metric)
    return gap is not None and gap["ci_low"] is not None and gap["ci_low"] > 0.0


if __name__ == "__main__":
    main()
