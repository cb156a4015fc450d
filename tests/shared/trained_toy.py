"""A toy that is trained, scored and calibrated, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tests.contract.toy
from shared.config import RunConfig
from shared.config.sources import read_config, resolve_config
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.runner import checked_splits, run_stages
from tests.contract.toy import PIPELINE

__all__ = ["SCORED", "context_of", "toy_config", "train_toy"]

_PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
SCORED = ("data", "train", "predict", "calibrate")


def toy_config(*settings: str) -> RunConfig:
    quick = ("train.epochs=4", "train.deploy=network", "evaluate.min_group_size=5")
    return resolve_config(PIPELINE.config_type, _PRESETS, "smoke", [*quick, *settings])


def train_toy(folder: Path, *settings: str, stages: Sequence[str] = SCORED) -> StageContext:
    run = RunDirectory(folder)
    run_stages(PIPELINE, toy_config(*settings), run, stages=stages)
    return context_of(run)


def context_of(run: RunDirectory) -> StageContext:
    config = read_config(PIPELINE.config_type, run / "config.json")
    splits = checked_splits(PIPELINE, config, run)
    return StageContext(PIPELINE, config, run, SilentProgress(), splits)
