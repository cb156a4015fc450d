"""How evaluation and fairness grow with the test split: `python -m benchmarks.scale`.

Each stage at two sizes, in processes of their own; the exponent is that of processor seconds, less
what the stage costs on next to nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from benchmarks.scale.measured_stage import KINDS, STAGES, Cost, Kind, Task, measure

__all__ = ["exponent", "main"]

_LEAST_ROWS = 1_000


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=(20_000, 100_000))
    parser.add_argument("--rows-per-entity", type=int, default=5)
    given = parser.parse_args()
    print("| predictions | stage | rows | s | MiB | exponent | s per million | MiB per million |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        for stage in STAGES:
            _print_growth(kind, stage, given.rows, given.rows_per_entity)


def exponent(sizes: Sequence[int], costs: Sequence[Cost], start: Cost) -> float:
    """Of the power of the rows that seconds grow with, between two sizes.

    Args:
        sizes: Rows, the fewer first.
        costs: Of each.
        start: Of next to no rows, which is taken off.
    """
    first, second = (max(cost.seconds - start.seconds, 1e-3) for cost in costs)
    return math.log(second / first) / math.log(sizes[1] / sizes[0])


def _print_growth(kind: Kind, stage: str, sizes: Sequence[int], rows_per_entity: int) -> None:
    start = measure(Task(kind, stage, _LEAST_ROWS, _LEAST_ROWS // rows_per_entity))
    costs = [measure(Task(kind, stage, rows, rows // rows_per_entity)) for rows in sizes]
    more = (sizes[1] - sizes[0]) / 1e6
    seconds, mib = ((costs[1][i] - costs[0][i]) / more for i in range(2))
    found = exponent(sizes, costs, start)
    for rows, cost in zip(sizes, costs, strict=True):
        print(
            f"| {kind} | {stage} | {rows:,} | {cost.seconds:.1f} | {cost.mib:,.0f} | {found:.2f} |"
            f" {seconds:.0f} | {mib:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
