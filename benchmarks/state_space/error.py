"""Families trained on the same rows, each beside the state space."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.evaluation.comparison import compare_runs, read_pair
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from shared.statistics.bootstrap import Resampling
from shared.statistics.streams import Stream

__all__ = ["describe_errors"]

_STAGES = ("data", "train", "predict", "calibrate")
_RESAMPLES = 1000
_ITSELF = "state_space"


def describe_errors(
    name: str,
    data: str,
    preset: str,
    settings: Sequence[str],
    *,
    families: Sequence[str],
    seeds: Sequence[int],
) -> Iterator[str]:
    """Train each family for each seed; a line for each comparison.

    Args:
        name: Of the pipeline.
        data: Its source.
        preset: Its preset.
        settings: Assignments for every family. The network of each is `train.deploy`ed, so that
            none hides behind its floor.
        families: What the state space is compared with.
        seeds: Of the trainings.
    """
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            common = [f"train.seed={seed}", "train.deploy=network", "train.tensorboard=false"]
            runs = {
                family: _train(
                    Path(folder, family),
                    (name, data, preset),
                    [f"model.family={family}", *common, *settings],
                )
                for family in (_ITSELF, *families)
            }
            for family in families:
                yield _difference(runs[_ITSELF], runs[family], family, seed)


def _train(folder: Path, source: tuple[str, str, str], settings: list[str]) -> RunDirectory:
    name, data, preset = source
    pipeline = get_pipeline(name)
    config = resolve_config(pipeline.config_type, presets_folder(name), preset, settings, data)
    run = RunDirectory(folder)
    run_stages(pipeline, config, run, stages=_STAGES)
    return run


def _difference(ours: RunDirectory, theirs: RunDirectory, family: str, seed: int) -> str:
    resampling = Resampling(_RESAMPLES, 0.95, (seed, Stream.COMPARISON))
    found = compare_runs(ours, theirs, resampling)
    metric = read_pair(ours, theirs).target.primary_metric
    entry = found["metrics"][metric]
    difference = entry["difference"]
    sides = f"{_ITSELF} {entry['first']['value']:.4f}, {family} {entry['second']['value']:.4f}"
    interval = f"{difference['ci_low']:+.4f} to {difference['ci_high']:+.4f}"
    apart = f"difference {difference['value']:+.4f} ({interval})"
    return f"seed {seed}  {metric}: {sides}, {apart}, n = {found['n']}"
