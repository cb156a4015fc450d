"""Which groups get no number, where a smallest size is set to protect their members.

That is privacy, and off unless asked for: few rows are a reason for a wide interval, not for
silence. Withheld are groups below that size, and those that keep them from being worked out by
subtraction.

Totals are published: the error of all rows stands in `metrics.json`. If one group is withheld and
all others are shown, its error is the total minus the others. So the withheld groups of every
published total must together be as large as a group must be, and at least two; where they are not,
the next smallest is withheld too (complementary suppression; Willenborg & de Waal 2001, section
5.3). Several attributes with different cuts could still be solved as a system of equations; that is
not guarded against.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMPANION", "suppression_reasons", "too_small"]

COMPANION = "withheld so that a smaller group can not be worked out from the total"
"""Why a group that is large enough is withheld."""


def too_small(num_rows: int, num_entities: int, min_group_size: int) -> str:
    """Why so few rows are too few; empty if they are not, and where no least size is set (0)."""
    if min_group_size == 0:
        return ""
    if num_rows < min_group_size:
        return f"fewer than {min_group_size} rows"
    if num_entities < 2:
        return "one entity only"
    return ""


def suppression_reasons(
    rows: NDArray[np.int64],
    entities: NDArray[np.int64],
    totals: Sequence[Sequence[int]],
    *,
    needs_protection: Sequence[bool],
    withheld: Sequence[str],
    min_group_size: int,
) -> list[str]:
    """Why each group is withheld; empty for those that are shown.

    Args:
        rows: (groups,) int64 rows of each; empty groups are neither shown nor withheld.
        entities: (groups,) int64 entities of each.
        totals: Groups that add up to something published, as indices; every such total is
            protected.
        needs_protection: Whether each group does. Rows of unknown group do not: they are no group
            of which something could be learned; but they can protect another.
        withheld: Why each group is withheld whatever its size; empty where there is no such reason.
        min_group_size: Rows below which a group is withheld; 0 withholds none for its size.
    """
    sizes = zip(rows.tolist(), entities.tolist(), withheld, strict=True)
    reasons = [
        reason or (too_small(n, k, min_group_size) if n > 0 else "") for n, k, reason in sizes
    ]
    changed = True
    while changed:
        changed = False
        for total in totals:
            companion = _companion(rows, reasons, total, needs_protection, min_group_size)
            if companion is not None:
                reasons[companion] = COMPANION
                changed = True
    return reasons


def _companion(
    rows: NDArray[np.int64],
    reasons: Sequence[str],
    total: Sequence[int],
    needs_protection: Sequence[bool],
    min_group_size: int,
) -> int | None:
    """The group to withhold next so that this total gives nothing away.

    None if it does not, or nothing is left to withhold.
    """
    withheld = [group for group in total if reasons[group]]
    if not any(needs_protection[group] for group in withheld):
        return None
    if len(withheld) > 1 and int(rows[withheld].sum()) >= min_group_size:
        return None
    shown = [group for group in total if not reasons[group] and rows[group] > 0]
    return min(shown, key=lambda group: (int(rows[group]), group)) if shown else None
