"""What checkpoints cost: the same training with and without them, turn and turn about.

    python -m benchmarks.checkpoints [--pipeline medical_imaging] [--seconds 20] [--rounds 3]

The target is at most 3 % more time. Here a checkpoint may be written as often as its share of 2 %
allows, which is the worst case by time; the default of one a minute at most is cheaper. Timed is
what lies between the end of the first step and the end of the last one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from pipelines import get_pipeline, presets_folder
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.contract import Pipeline
from shared.loading.batches.batching import Prepared, prepare
from shared.loading.record import fingerprint_splits
from shared.loading.source import load_splits
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.training.checkpoints.files import format_size
from shared.training.checkpoints.saving import Checkpoints, open_checkpoints
from shared.training.checkpoints.signals import StopRequest
from shared.training.compiled_model import make_trainable
from shared.training.distribution.strategy import make_strategy
from shared.training.distribution.workers import Workers
from shared.training.fit import fit_model, seed_everything

__all__ = ["main"]


class _Stopwatch(keras.callbacks.Callback):
    """Seconds from the end of the first step, when all is traced, to the end of the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.num_steps = 0
        self._started = self._ended = 0.0

    @property
    def seconds(self) -> float:
        return self._ended - self._started

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._ended = time.perf_counter()
        if self.num_steps == 0:
            self._started = self._ended
        self.num_steps += 1


class _Bench:
    """One pipeline's network on its synthetic data, to be trained again and again."""

    def __init__(self, pipeline: Pipeline, config: RunConfig) -> None:
        self._pipeline = pipeline
        self._config = config
        self._splits = load_splits(pipeline, config)
        seed_everything(config.train)
        preprocess = pipeline.preprocess(config, self._splits.train)
        decode = pipeline.decode(config)
        self._train, self._val = (
            self._prepare(part, decode, preprocess)
            for part in (self._splits.train, self._splits.val)
        )

    def seconds(
        self, num_epochs: int, folder: Path | None
    ) -> tuple[float, int, Checkpoints | None]:
        """Train once; with checkpoints if there is a folder for them.

        Seconds, steps, and the checkpoints.
        """
        config = self._config.model_copy(
            update={"train": self._config.train.model_copy(update={"epochs": num_epochs})}
        )
        network = self._pipeline.model(config, self._splits.target)
        steps_per_epoch = self._train.num_examples // config.train.batch_size
        trainable = make_trainable(
            network, self._splits.target, config.train, steps_per_epoch=steps_per_epoch
        )
        checkpoints = None if folder is None else self._open(config, folder)
        stopwatch = _Stopwatch()
        fit_model(
            trainable, self._train, self._val, config.train, [stopwatch], checkpoints=checkpoints
        )
        return stopwatch.seconds, stopwatch.num_steps, checkpoints

    def _open(self, config: RunConfig, folder: Path) -> Checkpoints:
        run = RunDirectory(folder)
        run.write_json("data.json", {"fingerprint": fingerprint_splits(self._splits)})
        context = StageContext(self._pipeline, config, run, SilentProgress(), lambda: self._splits)
        workers = Workers(make_strategy(config.train))
        return open_checkpoints(context, self._splits, workers, {}, StopRequest())

    def _prepare(self, part: Any, decode: keras.Model, preprocess: keras.Model) -> Prepared:
        limit = self._config.data.cache_limit_mib
        return prepare(
            part,
            self._splits.target,
            decode,
            preprocess,
            cache_limit_mib=limit,
            progress=SilentProgress(),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--pipeline", default="medical_imaging")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each training, about")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    bench = _make_bench(chosen.pipeline)
    trial, num_steps, _ = bench.seconds(2, None)
    num_epochs = max(2, round(chosen.seconds / trial * 2))
    times: list[tuple[float, float]] = []
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory(prefix="checkpoints-") as folder:
            without, num_steps, _ = bench.seconds(num_epochs, None)
            with_them, _, checkpoints = bench.seconds(num_epochs, Path(folder))
            newest = max(Path(folder, "checkpoints").glob("step-*"))
            size = format_size(sum(file.stat().st_size for file in newest.iterdir()))
        times.append((without, with_them))
    if checkpoints is None:
        raise RuntimeError("No training was measured.")
    # The quickest of several rounds is the one that other programs disturbed least.
    without, with_them = (min(column) for column in zip(*times, strict=True))
    seconds_each = checkpoints.seconds_writing / checkpoints.num_written
    share = checkpoints.seconds_writing / times[-1][1]
    print(
        f"{chosen.pipeline}: {num_steps:,} steps in {without:.1f} s without checkpoints,"
        f" {with_them:.1f} s with {checkpoints.num_written} of {size}: ratio"
        f" {with_them / without:.3f} (quickest of {chosen.rounds} rounds each); writing took"
        f" {seconds_each:.3f} s each, {share:.1%} of the last round"
    )


def _make_bench(name: str) -> _Bench:
    pipeline = get_pipeline(name)
    settings = [
        "train.checkpoint_every_seconds=0",
        "train.patience_epochs=10000",
        "train.strategy=single",
    ]
    config = resolve_config(pipeline.config_type, presets_folder(name), "default", settings, "demo")
    return _Bench(pipeline, config)


if __name__ == "__main__":
    main()
