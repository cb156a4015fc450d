"""Load and faults of the local server, beside a bare loop over the same SavedModel.

    python -m benchmarks.serving runs/sentiment/latest                  # about two minutes
    python -m benchmarks.serving runs/sentiment/latest --soak 600       # ten minutes of mixed load

Clients run on the same cores as the server, so throughput is a lower bound.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from benchmarks.serving.client import as_request
from benchmarks.serving.load import Measured, measure
from benchmarks.serving.server import bare_rows_per_second, example_of, run_bare, started
from benchmarks.serving.soak import soak

__all__ = ["main"]

_CLIENTS = (1, 8, 64)
_BATCH_ROWS = 64
_SOAK_CLIENTS = 16


def main() -> int:
    """Print the tables; 1 if the soak found a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of mixed load")
    parser.add_argument("--bare", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        print(json.dumps(run_bare(options.run, options.bare, options.seconds)))
        return 0
    if options.soak:
        return _print_soak(options.run, options.soak)
    _print_load(options.run, options.seconds)
    return 0


def _print_load(run: Path, seconds: float) -> None:
    bare = {rows: bare_rows_per_second(run, rows, seconds) for rows in (1, _BATCH_ROWS)}
    for rows, rate in bare.items():
        print(f"bare loop, batches of {rows}: {rate:,.0f} rows/s")
    measured = _measure(run, _CLIENTS, seconds)
    alone = _measure(run, _CLIENTS[-1:], seconds, "--batch-rows", "1")
    print("| clients | batching | p50 ms | p95 ms | p99 ms | requests/s | of bare | not 200 |")
    print("|---|---|---|---|---|---|---|---|")
    for batching, lines in (("on", measured), ("off", alone)):
        for one in lines:
            quantiles = " | ".join(f"{value:.1f}" for value in one.milliseconds)
            share = one.requests_per_second / bare[_BATCH_ROWS]
            print(
                f"| {one.clients} | {batching} | {quantiles} | {one.requests_per_second:,.0f} |"
                f" {share:.0%} | {one.failures} |"
            )
    ratio = measured[-1].requests_per_second / alone[-1].requests_per_second
    print(f"batching at {_CLIENTS[-1]} clients: {ratio:.2f} times the throughput")


def _measure(run: Path, clients: tuple[int, ...], seconds: float, *options: str) -> list[Measured]:
    model, instance = example_of(run)
    request = as_request(model, json.dumps({"instances": [instance]}).encode())
    with started(run, *options) as running:
        asyncio.run(measure(running.port, request, 8, min(seconds, 3.0)))  # warm
        return [asyncio.run(measure(running.port, request, one, seconds)) for one in clients]


def _print_soak(run: Path, seconds: float) -> int:
    model, instance = example_of(run)
    with started(run) as running:
        told = asyncio.run(soak(running, model, instance, clients=_SOAK_CLIENTS, seconds=seconds))
    for (kind, status), count in sorted(told.statuses.items()):
        print(f"{kind:<16} {status or 'closed':>6} {count:>8,}")
    for memory in told.memory_mb:
        print("MB: " + ", ".join(f"{name} {size:,.0f}" for name, size in memory.items()))
    for fault in told.faults():
        print(f"FAULT: {fault}")
    return 1 if told.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
