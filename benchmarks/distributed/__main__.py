"""How training scales: `python -m benchmarks.distributed`.

Each network is trained for a few steps on its synthetic data: one step and several steps per
execution, on 1, 2 and 4 replicas (logical CPU devices) and as 1 and 2 processes. What is compared
is measured turn and turn about, and printed as the median of the ratios of the rounds, so that a
busy machine disturbs both sides. Every process computes with one thread per operation, so that a
second replica or process can use a second core. The global batch stays: this is strong scaling.

No GPU takes part. What 8, 64 and 512 workers would reach is computed, not measured; the assumptions
are printed with it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics

from benchmarks.distributed.on_paper import print_paper_model
from benchmarks.distributed.processes import ONE_THREAD, measure_process, two_process_round
from benchmarks.distributed.rounds import interleaved, ratio
from benchmarks.distributed.trainings import Bench, divide_cpu
from shared.cluster.worker_process import release_port

__all__ = ["main"]


_MAX_REPLICAS = 4
_STEPS_PER_EXECUTION = 16


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
    os.environ.update(ONE_THREAD)
    if arguments.as_process:
        release_port(os.environ)
        print(
            json.dumps(measure_process(arguments.pipelines[0], arguments.preset, arguments.steps))
        )
        return
    for name in arguments.pipelines:
        _benchmark(name, arguments.preset, arguments.rounds, arguments.steps)


def _benchmark(name: str, preset: str, rounds: int, steps: int) -> None:
    divide_cpu(_MAX_REPLICAS)
    bench = Bench(name, preset, steps)
    print(
        f"\n{name}: {bench.num_parameters:,} parameters, batch {bench.batch_size}, {rounds} rounds"
        f" of {steps} steps"
    )
    step_seconds = _print_loops(bench, rounds)
    _print_replicas(bench, rounds)
    _print_processes(name, preset, rounds, steps)
    print_paper_model(bench.gradient_bytes, step_seconds)


def _print_loops(bench: Bench, rounds: int) -> float:
    """One step an execution beside several; returns the seconds of one."""
    seconds, processor = interleaved(
        {"ours": bench.ours(1), "inner": bench.ours(1, _STEPS_PER_EXECUTION)}, rounds
    )
    step = statistics.median(seconds["ours"])
    print(
        f"  one step on one replica: {step * 1e3:.1f} ms, {bench.batch_size / step:,.0f} examples/s"
    )
    print(
        f"  {_STEPS_PER_EXECUTION} steps per execution take, of one by one,"
        f" {ratio(processor, 'inner', 'ours'):.3f} × the processor time,"
        f" {ratio(seconds, 'inner', 'ours'):.3f} × the time"
    )
    return step


def _print_replicas(bench: Bench, rounds: int) -> None:
    counts = (1, 2, _MAX_REPLICAS)
    replicas, _ = interleaved({str(count): bench.ours(count) for count in counts}, rounds)
    for count in counts[1:]:
        share = bench.all_reduce_seconds(count) / statistics.median(replicas[str(count)])
        print(
            f"  {count} replicas: {1 / ratio(replicas, str(count), '1'):.2f} × the throughput of"
            f" 1; adding gradients up: {share:.1%}"
        )


def _print_processes(name: str, preset: str, rounds: int, steps: int) -> None:
    measured = [two_process_round(name, preset, steps) for _ in range(max(1, rounds // 2))]
    gain = statistics.median(one["step_seconds"] / two["step_seconds"] for one, two in measured)
    share = statistics.median(
        two["all_reduce_seconds"] / two["step_seconds"] for _, two in measured
    )
    print(
        f"  2 processes: {gain:.2f} × the throughput of 1; adding gradients up over the loopback"
        f" interface: {share:.1%}"
    )


if __name__ == "__main__":
    main()
