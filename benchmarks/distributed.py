"""How training scales, and what our training loop costs: `python -m benchmarks.distributed`.

Each network is trained for a few steps on its synthetic data: with Keras' own `fit` and with ours,
one step and several steps per execution, on 1, 2 and 4 replicas (logical CPU devices) and as 1 and
2 processes. What is compared is measured turn and turn about, and printed as the median of the
ratios of the rounds, so that a busy machine disturbs both sides. Every process computes with one
thread per operation, so that a second replica or process can use a second core. The global batch
stays: this is strong scaling.

No GPU takes part. What 8, 64 and 512 workers would reach is computed, not measured; the assumptions
are printed with it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.cluster.cluster import Cluster
from shared.cluster.worker_process import LOOPBACK, PORT_SOCKET_VARIABLE, release_port, reserve_port

__all__ = ["Link", "main", "ring_all_reduce_seconds"]

_MAX_REPLICAS = 4
_STEPS_PER_EXECUTION = 16
_ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "2",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}


@dataclass(frozen=True)
class Link:
    """A network between workers, as assumed for the model on paper.

    Attributes:
        name: For people.
        bytes_per_second: Of one direction, as reached and not as advertised.
        latency_seconds: Of one message.
    """

    name: str
    bytes_per_second: float
    latency_seconds: float


_LINKS = (Link("10 Gbit/s Ethernet", 1.1e9, 50e-6), Link("200 Gbit/s InfiniBand", 22e9, 5e-6))
_ON_PAPER = (8, 64, 512)


def ring_all_reduce_seconds(num_workers: int, num_bytes: float, link: Link) -> float:
    """Time of a ring all-reduce.

    2(n - 1) messages of 1/n of the bytes each (Patarasuk & Yuan 2009, section 3).
    """
    if num_workers == 1:
        return 0.0
    return (
        2
        * (num_workers - 1)
        * (num_bytes / num_workers / link.bytes_per_second + link.latency_seconds)
    )


def main() -> None:
    """Measure and print a table for each network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pipelines", nargs="+", default=["time_series", "medical_imaging"])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=48)
    parser.add_argument(
        "--as-process", action="store_true", help="be one of the processes that are compared"
    )
    arguments = parser.parse_args()
    os.environ.update(_ONE_THREAD)
    if arguments.as_process:
        release_port(os.environ)
        print(
            json.dumps(_measure_process(arguments.pipelines[0], arguments.preset, arguments.steps))
        )
        return
    for name in arguments.pipelines:
        _benchmark(name, arguments.preset, arguments.rounds, arguments.steps)


def _benchmark(name: str, preset: str, rounds: int, steps: int) -> None:
    _divide_cpu()
    bench = _Bench(name, preset, steps)
    print(
        f"\n{name}: {bench.num_parameters:,} parameters, batch {bench.batch_size}, {rounds} rounds"
        f" of {steps} steps"
    )
    keras_fit, ours = bench.keras_fit(), bench.ours(1)
    seconds, processor = _interleaved(
        {"keras": keras_fit, "ours": ours, "inner": bench.ours(1, _STEPS_PER_EXECUTION)}, rounds
    )
    step = statistics.median(seconds["ours"])
    print(
        f"  one step on one replica: {step * 1e3:.1f} ms, {bench.batch_size / step:,.0f} examples/s"
    )
    for told, left, right in (
        ("our loop takes, of Keras' fit,", "ours", "keras"),
        (f"{_STEPS_PER_EXECUTION} steps per execution take, of one by one,", "inner", "ours"),
    ):
        print(
            f"  {told} {_ratio(processor, left, right):.3f} × the processor time,"
            f" {_ratio(seconds, left, right):.3f} × the time"
        )
    replicas, _ = _interleaved(
        {str(count): bench.ours(count) for count in (1, 2, _MAX_REPLICAS)}, rounds
    )
    for count in (2, _MAX_REPLICAS):
        share = bench.all_reduce_seconds(count) / statistics.median(replicas[str(count)])
        print(
            f"  {count} replicas: {1 / _ratio(replicas, str(count), '1'):.2f} × the throughput of"
            f" 1; adding gradients up: {share:.1%}"
        )
    one, two = zip(
        *(_two_process_round(name, preset, steps) for _ in range(max(1, rounds // 2))), strict=True
    )
    gain = statistics.median(
        a["step_seconds"] / b["step_seconds"] for a, b in zip(one, two, strict=True)
    )
    share = statistics.median(b["all_reduce_seconds"] / b["step_seconds"] for b in two)
    print(
        f"  2 processes: {gain:.2f} × the throughput of 1; adding gradients up over the loopback"
        f" interface: {share:.1%}"
    )
    _print_paper_model(bench.gradient_bytes, step)


def _print_paper_model(gradient_bytes: int, step_seconds: float) -> None:
    """Weak scaling: each worker keeps its rows, all are equally fast, and input keeps up."""
    print(
        f"  on paper: {gradient_bytes / 2**20:.2f} MiB of gradients in each step,"
        f" {step_seconds * 1e3:.1f} ms of computing, no overlap"
    )
    for link in _LINKS:
        shares = [
            step_seconds / (step_seconds + ring_all_reduce_seconds(count, gradient_bytes, link))
            for count in _ON_PAPER
        ]
        told = ", ".join(
            f"{count} workers {share:.0%}" for count, share in zip(_ON_PAPER, shares, strict=True)
        )
        print(
            f"    {link.name} ({link.bytes_per_second / 1e9:g} GB/s, {link.latency_seconds * 1e6:g}"
            f" µs): {told} of linear"
        )


_Rounds = dict[str, list[float]]


def _interleaved(
    trainings: Mapping[str, Callable[[], float]], rounds: int
) -> tuple[_Rounds, _Rounds]:
    """Seconds per step of each training in each round, and its processor seconds.

    The first round, which traces, does not count.

    Time says what a user waits; processor time says what a loop costs, also on a machine that has
    other work.
    """
    for train in trainings.values():
        train()
    seconds: _Rounds = {name: [] for name in trainings}
    processor: _Rounds = {name: [] for name in trainings}
    for _ in range(rounds):
        for name, train in trainings.items():
            started = time.process_time()
            seconds[name].append(train())
            processor[name].append(time.process_time() - started)
    return seconds, processor


def _ratio(seconds: _Rounds, name: str, other: str) -> float:
    return statistics.median(
        one / two for one, two in zip(seconds[name], seconds[other], strict=True)
    )


def _divide_cpu() -> None:
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    if tf.config.get_logical_device_configuration(cpu) is None:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * _MAX_REPLICAS
        )


class _Bench:
    """One network, to be trained in several ways on the same batches.

    Args:
        name: Pipeline.
        preset: Its preset.
        steps: Of one measurement.
    """

    def __init__(self, name: str, preset: str, steps: int) -> None:
        from pipelines import get_pipeline, presets_folder
        from shared.config.sources import resolve_config
        from shared.loading.batches.batching import prepare
        from shared.run.progress import SilentProgress
        from shared.training.fit import seed_everything

        self._pipeline = get_pipeline(name)
        assignments = ["train.deterministic=false", "data.num_demo_examples=1200"]
        self._config = resolve_config(
            self._pipeline.config_type, presets_folder(name), preset, assignments
        )
        self._splits = self._pipeline.synthesize(
            self._config, self._config.data.num_demo_examples, 0
        )
        self._steps = steps
        seed_everything(self._config.train)
        decode, preprocess = (
            self._pipeline.decode(self._config),
            self._pipeline.preprocess(self._config, self._splits.train),
        )
        self._train = prepare(
            self._splits.train,
            self._splits.target,
            decode,
            preprocess,
            cache_limit_mib=4096,
            progress=SilentProgress(),
        )
        network = self._network()
        self.batch_size = self._config.train.batch_size
        self.num_parameters = int(network.count_params())
        self._shapes = [tuple(variable.shape) for variable in network.trainable_variables]
        self.gradient_bytes = sum(
            4 * variable.value.shape.num_elements() for variable in network.trainable_variables
        )

    def keras_fit(self) -> Callable[[], float]:
        """Keras' own `fit` on one replica, with the same optimizer and data."""
        import keras

        ours = self._trainable()
        model = self._network()
        optimizer = keras.optimizers.AdamW.from_config(ours.optimizer.get_config())
        model.compile(optimizer, ours.loss, metrics=self._metrics(), jit_compile=False)
        return lambda: self._seconds(model, 1)

    def ours(self, num_replicas: int, steps_per_execution: int = 1) -> Callable[[], float]:
        """Our `fit` on some of the logical devices."""
        strategy = self._strategy(num_replicas)
        with strategy.scope():
            trainable = self._trainable(steps_per_execution)

        def train() -> float:
            with strategy.scope():
                return self._seconds(trainable, steps_per_execution)

        return train

    def in_cluster(self) -> Callable[[], float]:
        """Our `fit` by the strategy of the environment."""
        from shared.training.distribution.strategy import make_strategy

        strategy = make_strategy(self._config.train)
        with strategy.scope():
            trainable = self._trainable()
        return lambda: self._seconds(trainable, 1)

    def all_reduce_seconds(self, num_replicas: int | None) -> float:
        """Time of adding up gradients of this network's shapes.

        None for the strategy of the environment.
        """
        import tensorflow as tf

        from shared.training.distribution.replicas import sum_over_replicas
        from shared.training.distribution.strategy import make_strategy

        strategy = (
            make_strategy(self._config.train)
            if num_replicas is None
            else self._strategy(num_replicas)
        )

        @tf.function(autograph=False)
        def add_up(gradients: list[Any]) -> Any:
            return strategy.run(
                lambda: sum_over_replicas([tf.identity(gradient) for gradient in gradients])[0]
            )

        gradients = [tf.zeros(shape) for shape in self._shapes]
        add_up(gradients)
        started = time.perf_counter()
        for _ in range(self._steps):
            add_up(gradients)
        return (time.perf_counter() - started) / self._steps

    def _strategy(self, num_replicas: int) -> Any:
        import tensorflow as tf

        if num_replicas == 1:
            return tf.distribute.get_strategy()
        devices = [f"CPU:{index}" for index in range(num_replicas)]
        return tf.distribute.MirroredStrategy(
            devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
        )

    def _network(self) -> Any:
        return self._pipeline.model(self._config, self._splits.target)

    def _metrics(self) -> Any:
        from shared.model.target import monitors

        return monitors(self._splits.target)

    def _trainable(self, steps_per_execution: int = 1) -> Any:
        from shared.training.compiled_model import make_trainable

        config = self._config.train.model_copy(update={"steps_per_execution": steps_per_execution})
        return make_trainable(self._network(), self._splits.target, config, steps_per_epoch=1000)

    def _seconds(self, model: Any, steps_per_execution: int) -> float:
        """Per step, without the first execution, which fills buffers."""
        import keras

        from shared.loading.batches.batching import training_batches

        ends: list[float] = []
        stopwatch = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter())
        )
        batches = training_batches(self._train, batch_size=self.batch_size, seed=0)
        model.fit(
            batches, steps_per_epoch=self._steps, callbacks=[stopwatch], shuffle=False, verbose=0
        )
        return (ends[-1] - ends[0]) / (self._steps - steps_per_execution)


def _measure_process(name: str, preset: str, steps: int) -> dict[str, float]:
    from shared.config import TrainConfig
    from shared.training.distribution.strategy import make_strategy

    make_strategy(TrainConfig())  # joins the cluster before anything is computed
    bench = _Bench(name, preset, steps)
    train = bench.in_cluster()
    train()
    return {"step_seconds": train(), "all_reduce_seconds": bench.all_reduce_seconds(None)}


def _two_process_round(
    name: str, preset: str, steps: int
) -> tuple[dict[str, float], dict[str, float]]:
    """What one process alone says, and then the first of two."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.distributed",
        "--as-process",
        "--pipelines",
        name,
        "--preset",
        preset,
    ]
    command += ["--steps", str(steps)]
    alone = subprocess.run(  # noqa: S603 - this program
        command, env={**os.environ, **_ONE_THREAD}, stdout=subprocess.PIPE, check=True
    )
    with contextlib.ExitStack() as resources:
        ports = [resources.enter_context(reserve_port()) for _ in range(2)]
        addresses = tuple(f"{LOOPBACK}:{port.getsockname()[1]}" for port in ports)
        processes = []
        for index, port in enumerate(ports):
            cluster = Cluster(addresses, index, origin="TF_CONFIG")
            environment = {
                **os.environ,
                **_ONE_THREAD,
                "TF_CONFIG": cluster.to_tf_config(),
                PORT_SOCKET_VARIABLE: str(port.fileno()),
            }
            process = subprocess.Popen(  # noqa: S603 - likewise
                command, env=environment, stdout=subprocess.PIPE, pass_fds=(port.fileno(),)
            )
            resources.callback(process.kill)
            port.close()
            processes.append(process)
        told = [process.communicate()[0] for process in processes]
    return json.loads(alone.stdout.splitlines()[-1]), json.loads(told[0].splitlines()[-1])


if __name__ == "__main__":
    main()
