"""Blocks of `metrics.json` about the members of an average."""

from __future__ import annotations

from shared.block import Block
from shared.statistics.intervals import Estimate

__all__ = ["MemberSpread"]


class MemberSpread(Block):
    """Whether the spread of an average's members tells its errors.

    Both areas are under the ROC curve: how often an error ranks above what is right.

    Attributes:
        n: Test rows.
        num_entities: Entities among them.
        num_errors: Rows decided wrongly; of forecasts the half with the larger errors.
        auroc: By the spread.
        usual: By what needs no members: 1 minus the confidence, or the width of the widest
            interval; None for a forecast without one.
    """

    n: int
    num_entities: int
    num_errors: int
    auroc: Estimate
    usual: Estimate | None
