"""How fast examples reach a training step, and in how much memory: `make bench`.

    python -m benchmarks.data_loading [--data medical_imaging=PATH] [--data sentiment=PATH] [--data
    speech=PATH] [--data time_series=PATH]

A pipeline that is given a path is measured on its real preset, the others on their demo data. Every
measurement runs in a process of its own. The targets: training waits at most 5 % of its time for
data, and a set 10 times larger than `data.cache_limit_mib` trains in memory that does not grow with
the set.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.loading.tensorflow_startup import start_tensorflow
from shared.run.progress import SilentProgress

__all__ = ["main"]

_REAL_PRESETS = {
    "medical_imaging": "ham10000",
    "sentiment": "sst2",
    "speech": "fsdd",
    "time_series": "etth1",
}
_WARMUP_STEPS, _STEPS = 5, 40
_SECONDS_OF_READING = 4.0
_LIMIT_MIB, _TIMES_THE_LIMIT = 64, 10
_LARGE_SHAPE = (96, 128, 3)


def main() -> None:
    """Measure in one process each, and print a table."""
    arguments = _parse()
    if arguments.measure:
        measured = (
            _measure_memory(arguments.place)
            if arguments.measure == "memory"
            else _measure_pipeline(arguments.measure, arguments)
        )
        print(json.dumps(measured))
        return
    _print_speed(dict(item.split("=", 1) for item in arguments.data))
    _print_memory()


def _print_speed(paths: dict[str, str]) -> None:
    """One line for each pipeline; those without a path are measured on their demo data."""
    print(
        f"{'':<16} {'':<9} {'':>6}    examples/s from {'':<12}  share of training spent waiting"
        f" {'':>6}  peak"
    )
    columns = f"{'from disk':>15} {'from memory':>15}  {'MiB':>10}"
    print(
        f"{'pipeline':<16} {'preset':<9} {'n':>6} {'source':>8} {'disk':>9} {'memory':>9} "
        f" {columns}"
    )
    for name, preset in _REAL_PRESETS.items():
        options = (
            ["--preset", preset, "--data", f"{name}={paths[name]}"]
            if name in paths
            else ["--preset", "default"]
        )
        found = _in_own_process("--measure", name, *options)
        what = f"{name:<16} {found['preset']:<9} {found['n']:>6,}"
        rates = f"{found['source']:>8,.0f} {found['disk']:>9,.0f} {found['memory']:>9,.0f}"
        waits = f"{found['wait_disk']:>15.1%} {found['wait_memory']:>15.1%}"
        print(f"{what} {rates}  {waits}  {found['peak_mib']:>10,.0f}", flush=True)


def _print_memory() -> None:
    peaks = {
        place: _in_own_process("--measure", "memory", "--place", place)["peak_mib"]
        for place in ("nothing", "disk", "memory")
    }
    disk, memory = (peaks[place] - peaks["nothing"] for place in ("disk", "memory"))
    print(
        f"\nTwo epochs over a set of {_LIMIT_MIB * _TIMES_THE_LIMIT} MiB, {_TIMES_THE_LIMIT} times"
        f" the limit: {disk:,.0f} MiB more than an idle process with the limit, {memory:,.0f} MiB"
        f" without: {disk / memory:.2f} of it"
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=PATH", help="real data of a pipeline"
    )
    parser.add_argument("--preset", default="default", help=argparse.SUPPRESS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_own_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.data_loading", *arguments]
    finished = subprocess.run(  # noqa: S603 - this module itself
        command, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return found


def _measure_pipeline(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Examples per second and shares of waiting, from each place, of the training split."""
    import pipelines
    from shared.config.sources import resolve_config

    start_tensorflow()
    from shared.loading.source import load_splits
    from shared.training.fit import seed_everything

    pipeline = pipelines.get_pipeline(name)
    source = next((item.split("=", 1)[1] for item in arguments.data), None)
    config = resolve_config(
        pipeline.config_type,
        pipelines.presets_folder(name),
        arguments.preset,
        ["data.allow_leakage=true"],
        source=source,
    )
    seed_everything(config.train)
    splits = load_splits(pipeline, config)
    models = (pipeline.decode(config), pipeline.preprocess(config, splits.train))
    found: dict[str, Any] = {"preset": arguments.preset, "n": len(splits.train)}
    with tempfile.TemporaryDirectory() as folder:
        for place in ("source", "disk", "memory"):
            cache = None if place == "source" else Path(folder)
            batches = _batches_from(place, splits, models, config, cache)
            found[place] = _batches_per_second(batches) * config.train.batch_size
            if place != "source":
                trainable = _trainable(pipeline.model(config, splits.target), splits, config)
                found[f"wait_{place}"] = _wait_share(batches, trainable)
    return found | {"peak_mib": _peak_mib()}


def _batches_from(
    place: str, splits: Any, models: tuple[Any, Any], config: Any, cache: Path | None
) -> Any:
    """Batches of the training split, from the source, from disk or from memory."""
    from shared.loading.batches.batching import prepare, training_batches
    from shared.loading.batches.prepared_cache import PreparedCache

    prepared = prepare(
        splits.train,
        splits.target,
        *models,
        cache_limit_mib=2**20 if place == "memory" else 0,
        progress=SilentProgress(),
        cache=None if cache is None else PreparedCache(cache, 2**50, config.pipeline),
    )
    return training_batches(prepared, batch_size=config.train.batch_size, seed=0)


def _trainable(network: Any, splits: Any, config: Any) -> Any:
    from shared.training.compiled_model import make_trainable

    steps_per_epoch = len(splits.train) // config.train.batch_size
    return make_trainable(network, splits.target, config.train, steps_per_epoch=steps_per_epoch)


def _batches_per_second(batches: Any) -> float:
    iterator = iter(batches)
    count = 0
    next(iterator)
    started = time.perf_counter()
    while time.perf_counter() - started < _SECONDS_OF_READING:
        next(iterator)
        count += 1
    return count / (time.perf_counter() - started)


def _wait_share(batches: Any, trainable: Any) -> float:
    """The share of the time of a training loop in which the next batch was not there yet."""
    import tensorflow as tf

    from shared.training.monitoring.clock import measure_wait_share

    train_step = tf.function(trainable.train_step)

    def step(batch: Any) -> None:
        train_step(batch)
        trainable.optimizer.iterations.numpy()  # a device may still be at work when a call returns

    return measure_wait_share(batches, step, num_steps=_STEPS, num_warmup_steps=_WARMUP_STEPS)


def _measure_memory(place: str) -> dict[str, Any]:
    """Peak memory of two epochs over a set that is larger than the limit.

    Or of a process that reads nothing.
    """
    start_tensorflow()
    import keras

    from shared.loading.batches.batching import prepare, training_batches
    from shared.loading.batches.prepared_cache import PreparedCache
    from shared.targets import Categories

    examples = _large_examples()
    image = keras.Input(_LARGE_SHAPE, dtype="uint8", name="image")
    identity = keras.Model({"image": image}, {"image": keras.layers.Identity(dtype="uint8")(image)})
    with tempfile.TemporaryDirectory() as folder:
        cache = PreparedCache(Path(folder), 2**50, "noise")
        limit_mib = _LIMIT_MIB if place != "memory" else 2**20
        part = examples if place != "nothing" else examples.take(np.arange(256))
        prepared = prepare(
            part,
            Categories(names=("a", "b")),
            identity,
            identity,
            cache_limit_mib=limit_mib,
            progress=SilentProgress(),
            cache=cache,
        )
        for _ in training_batches(prepared, batch_size=64, seed=0).take(2 * len(part) // 64):
            continue
    return {"peak_mib": _peak_mib()}


def _large_examples() -> Any:
    from shared.contract import Examples

    num_rows = _LIMIT_MIB * _TIMES_THE_LIMIT * 2**20 // int(np.prod(_LARGE_SHAPE))
    names = np.arange(num_rows).astype(np.str_)
    labels = np.arange(num_rows) % 2
    return Examples(names, names, labels, pd.DataFrame(index=range(num_rows)), _noise)


def _noise(indices: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, np.ndarray[Any, Any]]:
    generators = [np.random.default_rng(int(index)) for index in indices]
    images = [each.integers(256, size=_LARGE_SHAPE, dtype=np.uint8) for each in generators]
    return {"image": np.stack(images)}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux


if __name__ == "__main__":
    main()
