"""Bad inputs are set aside by name and counted, up to a stated share; beyond it the run stops."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shared.config.setting_text import set_option
from shared.contract import Problem
from shared.errors import DataError

__all__ = ["COPY_OF_A_SPLIT", "describe_problem", "enforce_quarantine"]

COPY_OF_A_SPLIT = "also in the "
"""How the reason begins for which a row is set aside whose content another split has."""

_SHOWN = 5


def describe_problem(problem: Problem) -> str:
    """One line: file, row and field where known, and the reason."""
    place = problem.file
    if problem.row is not None:
        place += f", row {problem.row}"
    if problem.field is not None:
        place += f", field {problem.field!r}"
    return f"{place}: {problem.reason}"


def enforce_quarantine(
    problems: Sequence[Problem], *, num_inputs: int, max_share: float
) -> tuple[Problem, ...]:
    """Return the problems if they are few enough to go on without those inputs.

    Args:
        problems: What could not be used.
        num_inputs: Inputs in all, good and bad.
        max_share: Largest tolerated share of bad inputs, in [0, 1].

    Raises:
        DataError: Too many, or nothing usable is left; names the first few.
    """
    if not problems:
        return ()
    if len(problems) < num_inputs and len(problems) / num_inputs <= max_share:
        return tuple(problems)
    shown = "\n".join(f"  {describe_problem(problem)}" for problem in problems[:_SHOWN])
    more = f"\n  … and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    share = math.ceil(100 * len(problems) / num_inputs) / 100
    raise DataError(
        f"{len(problems)} of {num_inputs} inputs can't be used; at most {max_share:.1%} may be set"
        f" aside:\n{shown}{more}\nRepair or remove them, or raise the limit with"
        f" {set_option('data.max_quarantine_share', share)}"
    )
