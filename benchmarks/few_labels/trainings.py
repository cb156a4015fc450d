"""Trains on draws of few labels, and reads what network and floor say of the test split."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.few_labels.curves import Draw, Point, mean_of_draws
from pipelines import get_pipeline, presets_folder
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.contract import Pipeline
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.runner import checked_splits, run_stages
from shared.targets.predictions import Predictions

__all__ = ["Asked", "learn"]

_STAGES = ("data", "train")
_BRIEF = ("train.tensorboard=false",)
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
) -> Iterator[tuple[Point, int]]:
    """Points of "network" and "floor", or of "pretrained" where an encoder is given.

    Yields:
        A point, and the number of test rows, as soon as all its draws are trained.
    """
    for fraction in fractions:
        found: dict[str, list[Draw]] = {}
        for seed in range(draws):
            said, test = _trained(asked, fraction, seed, encoder)
            for model, draw in said.items():
                found.setdefault(model, []).append(draw)
                print(f"draw {seed}, {fraction:g}, {model}: {draw.rows} rows", flush=True)
        for model, each in found.items():
            point = mean_of_draws(model, fraction, each, test)
            print(_describe(point), flush=True)
            yield point, len(test)


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
    config = _fitted(pipeline, config, asked.longest)
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        run_stages(pipeline, config, run, stages=_STAGES)
        splits = checked_splits(pipeline, config, run)
        context = StageContext(pipeline, config, run, SilentProgress(), splits)
        return _score(context, is_pretrained=encoder is not None)


def _fitted(pipeline: Pipeline, config: RunConfig, longest: float) -> RunConfig:
    """With epochs and a batch that suit so few rows."""
    from shared.loading.source import load_splits

    settings = config.train
    of_one = config.model_copy(update={"train": settings.model_copy(update={"batch_size": 1})})
    rows = len(load_splits(pipeline, of_one).train)
    changes = {
        "epochs": round(settings.epochs * min(1.0 / settings.label_fraction, longest)),
        "batch_size": max(1, min(settings.batch_size, rows // _FEWEST_BATCHES)),
    }
    return config.model_copy(update={"train": settings.model_copy(update=changes)})


def _score(context: StageContext, *, is_pretrained: bool) -> tuple[Mapping[str, Draw], Predictions]:
    """The network alone and its floor alone, on the test split."""
    from shared.model.named_inputs import reading_by_name
    from shared.model.trained_model import load_network, load_trained_model
    from shared.prediction.predict import predict_split

    splits = context.splits()
    model = load_trained_model(context)
    alone = replace(model, model=load_network(context))
    network = predict_split(alone, splits.test, context.progress)
    rows = len(splits.train)
    if is_pretrained:
        return {"pretrained": _draw(network, rows)}, network
    said = {"network": _draw(network, rows)}
    floor = BlendRecord.read(context.run).floor
    if floor is not None:
        simple = context.pipeline.baselines(context.config, splits.target)[floor]
        fitted = replace(model, model=reading_by_name(simple))
        said["floor"] = _draw(predict_split(fitted, splits.test, context.progress), rows)
    return said, network


def _draw(predictions: Predictions, rows: int) -> Draw:
    is_right = np.argmax(predictions.scores, axis=1) == predictions.targets
    return Draw(rows=rows, is_right=tuple(map(bool, is_right)))
