"""Trains on draws of few labels, and reads what network and floor say of the test split."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.few_labels.curves import Draw, Point, mean_of_draws
from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.prediction_files import read_baselines, read_predictions
from shared.run.artefacts.train_file import TrainRecord
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from shared.targets.predictions import Predictions

__all__ = ["Asked", "learn"]

_STAGES = ("data", "train", "predict")
_BRIEF = (
    "train.tensorboard=false",
    "evaluate.max_perturbation_examples=20",
    "evaluate.behaviour_tests=false",
)
_FEWEST_BATCHES = 4
"""A batch is at most so large that an epoch has so many of them."""


@dataclass(frozen=True)
class Asked:
    """What is to be trained.

    Attributes:
        pipeline: By name.
        preset: Of it.
        data: The source.
        settings: `--set` of all runs.
        longest: A fraction f trains for min(1 / f, longest) times the preset's epochs, so that few
            labels are not merely fewer steps.
    """

    pipeline: str
    preset: str
    data: str
    settings: tuple[str, ...]
    longest: float


def learn(
    asked: Asked, fractions: Sequence[float], draws: int, *, encoder: str | None = None
) -> tuple[list[Point], int]:
    """Points of "network" and "floor", or of "pretrained" where an encoder is given.

    Returns:
        The points, and the number of test rows.
    """
    points: list[Point] = []
    num_tested = 0
    for fraction in fractions:
        found: dict[str, list[Draw]] = {}
        test = None
        for seed in range(draws):
            said, test = _trained(asked, fraction, seed, encoder)
            for model, draw in said.items():
                found.setdefault(model, []).append(draw)
        if test is not None:
            num_tested = len(test)
            points += [mean_of_draws(model, fraction, each, test) for model, each in found.items()]
            for point in points[-len(found) :]:
                print(_describe(point), flush=True)
    return points, num_tested


def _describe(point: Point) -> str:
    ends = f"{point.low:.3f} to {point.high:.3f}"
    return f"{point.fraction:g} ({point.rows:.0f} rows) {point.model}: {point.value:.3f} ({ends})"


def _trained(
    asked: Asked, fraction: float, seed: int, encoder: str | None
) -> tuple[Mapping[str, Draw], Predictions]:
    import keras

    keras.utils.clear_session()  # else memory grows with the runs
    settings = [*_BRIEF, *asked.settings, f"train.seed={seed}", f"train.label_fraction={fraction}"]
    if encoder is not None:
        settings += ["model.family=pretrained", f"model.encoder={encoder}"]
    pipeline = get_pipeline(asked.pipeline)
    presets = presets_folder(asked.pipeline)
    config = resolve_config(pipeline.config_type, presets, asked.preset, settings, asked.data)
    epochs = round(config.train.epochs * min(1.0 / fraction, asked.longest))
    from shared.loading.source import load_splits

    whole = config.model_copy(update={"train": config.train.model_copy(update={"batch_size": 1})})
    rows = len(load_splits(pipeline, whole).train)
    batch = max(1, min(config.train.batch_size, rows // _FEWEST_BATCHES))
    fitted = config.train.model_copy(update={"epochs": epochs, "batch_size": batch})
    config = config.model_copy(update={"train": fitted})
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        run_stages(pipeline, config, run, stages=_STAGES)
        return _read(run, encoder is not None)


def _read(run: RunDirectory, is_pretrained: bool) -> tuple[Mapping[str, Draw], Predictions]:
    network = read_predictions(run, "network")
    floor = BlendRecord.read(run).floor
    rows = TrainRecord.read(run).num_examples
    said = {"pretrained" if is_pretrained else "network": _draw(network, rows)}
    if floor is not None and not is_pretrained:
        said["floor"] = _draw(read_baselines(run)[floor], rows)
    return said, network


def _draw(predictions: Predictions, rows: int) -> Draw:
    is_right = np.argmax(predictions.scores, axis=1) == predictions.targets
    return Draw(rows=rows, is_right=tuple(map(bool, is_right)))
