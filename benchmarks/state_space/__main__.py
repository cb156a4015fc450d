"""The state space beside LSTM, transformer and ridge: error, and cost as the window grows.

    python -m benchmarks.state_space cost
    python -m benchmarks.state_space error --data ETTh1.csv
    python -m benchmarks.state_space error --pipeline speech --data FSDD --preset fsdd

`cost`: seconds and memory of a training step at each length, as multiples of the state space's at
the shortest, each family in a process of its own. `error`: the paired difference of each other
family's primary metric from the state space's on the same test rows, with intervals by entity.
"""

from __future__ import annotations

import argparse
import subprocess  # this module again, so that memory is one family's
import sys
from collections.abc import Iterator

from benchmarks.state_space.error import describe_errors

__all__ = ["main"]

_FAMILIES = {
    "time_series": ("ridge", "lstm", "patch_transformer"),
    "speech": ("residual_cnn", "crnn", "conformer"),
}
_COMPARED = ("state_space", "lstm", "patch_transformer", "ridge")
_LOOKBACKS = (96, 512, 2000)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    cost = commands.add_parser("cost")
    cost.add_argument("--lookbacks", type=int, nargs="+", default=_LOOKBACKS)
    cost.add_argument("--repeats", type=int, default=5)
    one = commands.add_parser("one-cost")
    for name, kind in (("family", str), ("lookback", int), ("repeats", int)):
        one.add_argument(name, type=kind)
    error = commands.add_parser("error")
    error.add_argument("--pipeline", default="time_series", choices=_FAMILIES)
    error.add_argument("--data", required=True)
    error.add_argument("--preset", default="etth1")
    error.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    error.add_argument("--seeds", type=int, default=3)
    error.add_argument("--families", nargs="+")
    given = parser.parse_args()
    lines = {"cost": _costs, "one-cost": _one_cost, "error": _errors}[given.command]
    for line in lines(given):
        print(line, flush=True)


def _errors(given: argparse.Namespace) -> Iterator[str]:
    yield from describe_errors(
        given.pipeline,
        given.data,
        given.preset,
        given.set,
        families=given.families or _FAMILIES[given.pipeline],
        seeds=range(given.seeds),
    )


def _costs(given: argparse.Namespace) -> Iterator[str]:
    unit: tuple[float, float] | None = None
    yield "| steps | family | time | memory |"
    yield "|---|---|---|---|"
    for lookback in given.lookbacks:
        for family in _COMPARED:
            cost = _measured(family, lookback, given.repeats)
            unit = unit or cost
            seconds, megabytes = (each / first for each, first in zip(cost, unit, strict=True))
            yield f"| {lookback} | {family} | {seconds:.2f} | {megabytes:.2f} |"
    if unit is not None:
        yield f"1: {1000 * unit[0]:.0f} ms of processor time, {unit[1]:.0f} MB beside the model"


def _measured(family: str, lookback: int, repeats: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.state_space", "one-cost"]
    numbers = [family, str(lookback), str(repeats)]
    done = subprocess.run(  # noqa: S603 - this module itself
        [*command, *numbers], check=True, capture_output=True, text=True
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def _one_cost(given: argparse.Namespace) -> Iterator[str]:
    from benchmarks.state_space.cost import measure_step

    seconds, megabytes = measure_step(given.family, given.lookback, given.repeats)
    yield f"{seconds} {megabytes}"


if __name__ == "__main__":
    main()
