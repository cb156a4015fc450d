"""Who a test says nothing about: groups that are shown, and are too small to be tested.

A sentence about the largest difference names them, because they may be the ones that fare worst.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.contract import UNKNOWN
from shared.fairness.gaps.group_metric import GroupRate

__all__ = ["counts_of", "untested_sentence", "withheld_sentence"]

_MOST_NAMED = 6


def untested_sentence(rates: Sequence[GroupRate]) -> str:
    """Names the groups of these rates that were not tested, with a blank in front; else empty."""
    known = [rate for rate in rates if rate.group != UNKNOWN and not rate.reason]
    groups = dict.fromkeys(rate.group for rate in known if rate.not_tested)
    if not groups:
        return ""
    named = [_describe(group, known) for group in list(groups)[:_MOST_NAMED]]
    others = len(groups) - len(named)
    more = f" and {others} more" if others else ""
    return f" Too few rows to be tested: {', '.join(named)}{more}."


def withheld_sentence(rates: Sequence[GroupRate]) -> str:
    """Names the groups of these rates whose number is withheld, with a blank in front; else empty.

    Groups without a row have nothing that could be withheld.
    """
    groups = dict.fromkeys(
        rate.group for rate in rates if rate.reason and rate.num_rows and rate.group != UNKNOWN
    )
    return f" Withheld, and not among them: {', '.join(map(repr, groups))}." if groups else ""


def counts_of(rate: GroupRate) -> str:
    """The rows that have the property, of those that could; of a share with a known number."""
    if rate.number is None:
        return f"n = {rate.num_rows}"
    return f"{round(rate.number * rate.num_rows):,} of {rate.num_rows:,}"


def _describe(group: str, rates: Sequence[GroupRate]) -> str:
    of_group = [rate for rate in rates if rate.group == group]
    small = [rate for rate in of_group if rate.not_tested]
    if len(of_group) == 1:
        rate = of_group[0]
        said = counts_of(rate) if rate.metric == "error" else f"n = {rate.num_rows}"
        return f"{group!r} ({said})"
    if len(small) == len(of_group):
        return repr(group)
    return f"{group!r} (in {len(small)} of {len(of_group)})"
