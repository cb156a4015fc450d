"""Load and faults of the local server, beside a bare loop over the same SavedModel.

    python -m benchmarks.serving runs/*/latest --seconds 1              # a minute each
    python -m benchmarks.serving runs/sentiment/latest --faults         # reload, kill -9
    python -m benchmarks.serving runs/*/latest --soak 600               # ten minutes of mixed load

Clients run on the same cores as the server, so throughput is a lower bound; what a row costs the
processor, in the loop and in the server, can be compared all the same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.serving.client import as_request
from benchmarks.serving.faults import suffer
from benchmarks.serving.load import Measured, measure
from benchmarks.serving.server import (
    Bare,
    Running,
    bare_loop,
    empty_started,
    example_of,
    run_bare,
    started,
)
from benchmarks.serving.soak import soak

__all__ = ["main"]

_LOADS = ((1, 1), (8, 1), (64, 1), (64, 16))
"""Clients, and rows of a request."""
_BATCH_ROWS = 64
_ROUNDS = 5
_SOAK_CLIENTS = 16
_FAULT_CLIENTS = 64
_TITLES = (
    "model",
    "clients × rows",
    "batching",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "rows/s",
    "of bare",
    "µs a row: bare",
    "server",
    "workers",
    "clients",
    "bare, of server and workers",
    "not 200",
)


def main() -> int:
    """Print the tables; 1 if a server was at fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="of --faults, the first alone")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of mixed load")
    parser.add_argument("--faults", action="store_true", help="reload, kill -9, retrying clients")
    parser.add_argument("--bare", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    run = options.runs[0]
    if options.bare:
        for found in run_bare(run, options.bare, options.seconds):
            print(json.dumps(asdict(found)), flush=True)
        return 0
    if options.soak:
        return _print_soak(options.runs, options.soak)
    if options.faults:
        return _print_faults(run, options.seconds)
    print(f"| {' | '.join(_TITLES)} |")
    print("|" + "---|" * len(_TITLES))
    ratios = {example_of(one)[0]: _print_load(one, options.seconds) for one in options.runs}
    print("\n| batching, 64 clients | requests a second, of those without |\n|---|---|")
    for model, ratio in ratios.items():
        print(f"| {model} | {ratio:.1f} |")
    return 0


def _print_load(run: Path, seconds: float) -> float:
    """Rounds of all loads with the bare loop among them, so that other programs slow all alike.

    Returns:
        What batching does for the throughput of 64 clients.
    """
    bare, rounds, floor = _rounds(run, _LOADS, seconds)
    bare_alone, alone, _ = _rounds(run, _LOADS[2:3], seconds, "--batch-rows", "1")
    model, _ = example_of(run)
    # The least that a server in Python before the bare loop would cost.
    least = [replace(one, workers=bare.seconds_per_row) for one in floor]
    lines = [("on", one, bare) for one in rounds] + [("off", one, bare_alone) for one in alone]
    lines += [("empty endpoint", one, bare) for one in least]
    for batching, one, beside in lines:
        print(_line(model, one, batching, beside), flush=True)
    return rounds[2].rows_per_second / alone[0].rows_per_second


def _rounds(
    run: Path, loads: Sequence[tuple[int, int]], seconds: float, *options: str
) -> tuple[Bare, list[Measured], list[Measured]]:
    """Medians of the rounds: of the bare loop, of each load, and of each on an empty endpoint."""
    with (
        bare_loop(run, _BATCH_ROWS, seconds) as ask_bare,
        started(run, *options) as running,
        empty_started() as empty,
    ):
        loaded = _Load(running, run)
        loaded.measure(8, 1, min(seconds, 3.0))  # warm
        bare: list[Bare] = []
        found: list[list[Measured]] = []
        floor: list[list[Measured]] = []
        for _ in range(_ROUNDS):
            bare.append(ask_bare())
            found.append([loaded.measure(*one, seconds) for one in loads])
            floor.append([_Load(empty, run).measure(*one, seconds) for one in loads])
    rate = median(one.rows_per_second for one in bare)
    cost = median(one.seconds_per_row for one in bare)
    return Bare(rate, cost), _medians(found), _medians(floor)


def _medians(rounds: Sequence[Sequence[Measured]]) -> list[Measured]:
    return [_median(each) for each in zip(*rounds, strict=True)]


def _median(rounds: Sequence[Measured]) -> Measured:
    return Measured(
        clients=rounds[0].clients,
        rows=rounds[0].rows,
        milliseconds=tuple(map(median, zip(*(one.milliseconds for one in rounds), strict=True))),
        rows_per_second=median(one.rows_per_second for one in rounds),
        failures=sum(one.failures for one in rounds),
        server=median(one.server for one in rounds),
        workers=median(one.workers for one in rounds),
        client=median(one.client for one in rounds),
    )


@dataclass(frozen=True)
class _Load:
    """Clients of a server that runs."""

    running: Running
    run: Path

    def measure(self, clients: int, rows: int, seconds: float) -> Measured:
        model, instance = example_of(self.run)
        request = as_request(model, json.dumps({"instances": [instance] * rows}).encode())
        asking = measure(self.running, request, clients=clients, rows=rows, seconds=seconds)
        return asyncio.run(asking)


def _line(model: str, one: Measured, batching: str, bare: Bare) -> str:
    cells = [model, f"{one.clients} × {one.rows}", batching]
    cells += [f"{value:.1f}" for value in one.milliseconds]
    cells += [f"{one.rows_per_second:,.0f}", f"{one.rows_per_second / bare.rows_per_second:.0%}"]
    cells += [
        f"{1e6 * cost:,.0f}" for cost in (bare.seconds_per_row, one.server, one.workers, one.client)
    ]
    cells += [f"{bare.seconds_per_row / (one.server + one.workers):.0%}", str(one.failures)]
    return f"| {' | '.join(cells)} |"


def _print_faults(run: Path, seconds: float) -> int:
    with tempfile.TemporaryDirectory() as base:
        asking = suffer(run, Path(base), clients=_FAULT_CLIENTS, seconds=seconds)
        told = asyncio.run(asking)
    for (kind, status), count in sorted(told.statuses.items()):
        print(f"{kind:<16} {status or 'cut off':>8} {count:>8,}")
    for kind, longest in told.silent_seconds.items():
        print(f"{kind:<16} nobody was answered for {longest:.1f} s at most")
    return _print_verdict(told.faults())


def _print_soak(runs: list[Path], seconds: float) -> int:
    examples = dict(map(example_of, runs))
    with started(*runs) as running:
        told = asyncio.run(soak(running, examples, clients=_SOAK_CLIENTS, seconds=seconds))
    for (kind, status), count in sorted(told.statuses.items()):
        print(f"{kind:<16} {status or 'closed':>6} {count:>8,}")
    for memory in told.memory_mb:
        print("MB: " + ", ".join(f"{name} {size:,.0f}" for name, size in memory.items()))
    return _print_verdict(told.faults())


def _print_verdict(faults: list[str]) -> int:
    for fault in faults:
        print(f"FAULT: {fault}")
    print("VERDICT: " + (f"{len(faults)} faults" if faults else "no fault"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
