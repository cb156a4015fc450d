"""Load and faults of the local server, beside a bare loop over the same SavedModel.

    python -m benchmarks.serving runs/sentiment/latest                  # about two minutes
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
from dataclasses import asdict
from pathlib import Path

from benchmarks.serving.client import as_request
from benchmarks.serving.faults import suffer
from benchmarks.serving.load import Measured, measure
from benchmarks.serving.server import Bare, example_of, measure_bare, run_bare, started
from benchmarks.serving.soak import soak

__all__ = ["main"]

_LOADS = ((1, 1), (8, 1), (64, 1), (64, 16))
"""Clients, and rows of a request."""
_BATCH_ROWS = 64
_SOAK_CLIENTS = 16
_FAULT_CLIENTS = 64
_TITLES = (
    "clients × rows",
    "batching",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "rows/s",
    "of bare",
    "µs a row: server",
    "workers",
    "clients",
    "bare, of server and workers",
    "not 200",
)


def main() -> int:
    """Print the tables; 1 if the soak found a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="all are soaked, the first is measured")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of mixed load")
    parser.add_argument("--faults", action="store_true", help="reload, kill -9, retrying clients")
    parser.add_argument("--bare", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    run = options.runs[0]
    if options.bare:
        print(json.dumps(asdict(run_bare(run, options.bare, options.seconds))))
        return 0
    if options.soak:
        return _print_soak(options.runs, options.soak)
    if options.faults:
        return _print_faults(run, options.seconds)
    _print_load(run, options.seconds)
    return 0


def _print_load(run: Path, seconds: float) -> None:
    bare = measure_bare(run, _BATCH_ROWS, seconds)
    one_by_one = measure_bare(run, 1, seconds)
    for rows, loop in ((1, one_by_one), (_BATCH_ROWS, bare)):
        cost = f"{1e6 * loop.seconds_per_row:,.0f} µs of the processor a row"
        print(f"bare loop, batches of {rows}: {loop.rows_per_second:,.0f} rows/s, {cost}")
    measured = _measure(run, _LOADS, seconds)
    alone = _measure(run, ((64, 1),), seconds, "--batch-rows", "1")
    print(f"| {' | '.join(_TITLES)} |")
    print("|" + "---|" * len(_TITLES))
    for one in measured:
        print(_line(one, "on", bare))
    for one in alone:
        print(_line(one, "off", bare))
    batched = next(one for one in measured if (one.clients, one.rows) == (64, 1))
    ratio = batched.rows_per_second / alone[0].rows_per_second
    print(f"batching at 64 clients: {ratio:.2f} times the throughput")


def _line(one: Measured, batching: str, bare: Bare) -> str:
    cells = [f"{one.clients} × {one.rows}", batching]
    cells += [f"{value:.1f}" for value in one.milliseconds]
    cells += [f"{one.rows_per_second:,.0f}", f"{one.rows_per_second / bare.rows_per_second:.0%}"]
    cells += [f"{1e6 * cost:,.0f}" for cost in (one.server, one.workers, one.client)]
    cells += [f"{bare.seconds_per_row / (one.server + one.workers):.0%}", str(one.failures)]
    return f"| {' | '.join(cells)} |"


def _measure(
    run: Path, loads: tuple[tuple[int, int], ...], seconds: float, *options: str
) -> list[Measured]:
    model, instance = example_of(run)
    requests = {
        rows: as_request(model, json.dumps({"instances": [instance] * rows}).encode())
        for _, rows in loads
    }
    with started(run, *options) as running:

        def load(clients: int, rows: int, length: float) -> Measured:
            asking = measure(running, requests[rows], clients=clients, rows=rows, seconds=length)
            return asyncio.run(asking)

        load(8, loads[0][1], min(seconds, 3.0))  # warm
        return [load(clients, rows, seconds) for clients, rows in loads]


def _print_faults(run: Path, seconds: float) -> int:
    with tempfile.TemporaryDirectory() as base:
        asking = suffer(run, Path(base), clients=_FAULT_CLIENTS, seconds=seconds)
        told = asyncio.run(asking)
    for (kind, status), count in sorted(told.statuses.items()):
        print(f"{kind:<16} {status or 'cut off':>8} {count:>8,}")
    for kind, longest in told.silent_seconds.items():
        print(f"{kind:<16} nobody was answered for {longest:.1f} s at most")
    for fault in told.faults():
        print(f"FAULT: {fault}")
    return 1 if told.faults() else 0


def _print_soak(runs: list[Path], seconds: float) -> int:
    examples = dict(map(example_of, runs))
    with started(*runs) as running:
        told = asyncio.run(soak(running, examples, clients=_SOAK_CLIENTS, seconds=seconds))
    for (kind, status), count in sorted(told.statuses.items()):
        print(f"{kind:<16} {status or 'closed':>6} {count:>8,}")
    for memory in told.memory_mb:
        print("MB: " + ", ".join(f"{name} {size:,.0f}" for name, size in memory.items()))
    for fault in told.faults():
        print(f"FAULT: {fault}")
    return 1 if told.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
