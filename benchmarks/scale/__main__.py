"""How stages without a network grow with the test split: `python -m benchmarks.scale`.

All stages at three sizes, a process each; the exponent is that of processor seconds
between the larger two, less what the stage costs on next to nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from benchmarks.scale.cost import Cost
from benchmarks.scale.made_run import KINDS, Kind
from benchmarks.scale.measured_stage import STAGES, Task, measure

__all__ = ["exponent", "growth_problems", "main"]

_LEAST_ROWS = 100
_HIGHEST_EXPONENT = 1.15
_HIGHEST_MIB_RATIO = 2.0
_UNNOTICED_SECONDS = 0.3
_UNNOTICED_MIB_PER_ROW = 0.005


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=(20_000, 100_000))
    parser.add_argument("--rows-per-entity", type=int, default=5)
    given = parser.parse_args()
    print("| predictions | stage | rows | s | MiB | exponent | s per million | MiB per million |")
    print("|---|---|---|---|---|---|---|---|")
    sizes = (_LEAST_ROWS, *given.rows)
    for kind in KINDS:
        tasks = [Task(kind, list(STAGES)[-1], n, n // given.rows_per_entity) for n in sizes]
        each = [measure(task) for task in tasks]
        for stage in STAGES:
            _print_growth(kind, stage, sizes, [costs[stage] for costs in each])


def exponent(sizes: Sequence[int], costs: Sequence[Cost]) -> float:
    """Of the power of the rows that seconds grow with, between the last two of three sizes.

    Args:
        sizes: Rows, increasing; the first next to none.
        costs: Of each; the first is taken off the others.
    """
    start, *others = (cost.seconds for cost in costs)
    first, second = (max(seconds - start, _UNNOTICED_SECONDS) for seconds in others)
    return math.log(second / first) / math.log(sizes[2] / sizes[1])


def growth_problems(sizes: Sequence[int], costs: Sequence[Cost]) -> list[str]:
    """What grows faster than the data: seconds, or memory a row, which may not double.

    Args:
        sizes: Three numbers of rows, as of `exponent`.
        costs: Of each.
    """
    problems = []
    found = exponent(sizes, costs)
    if found > _HIGHEST_EXPONENT:
        problems.append(f"seconds grow with rows to the power of {found:.2f}")
    first, second = (
        (cost.mib - costs[0].mib) / (rows - sizes[0])
        for rows, cost in zip(sizes[1:], costs[1:], strict=True)
    )
    if second > _HIGHEST_MIB_RATIO * max(first, _UNNOTICED_MIB_PER_ROW):
        problems.append(f"{first:.4f} MiB a row become {second:.4f}")
    return problems


def _print_growth(kind: Kind, stage: str, sizes: Sequence[int], costs: Sequence[Cost]) -> None:
    more = (sizes[2] - sizes[1]) / 1e6
    seconds, mib = ((costs[2][i] - costs[1][i]) / more for i in range(2))
    found = exponent(sizes, costs)
    for n, cost in zip(sizes[1:], costs[1:], strict=True):
        print(
            f"| {kind} | {stage} | {n:,} | {cost.seconds:.1f} | {cost.mib:,.0f} | {found:.2f} |"
            f" {seconds:.0f} | {mib:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
