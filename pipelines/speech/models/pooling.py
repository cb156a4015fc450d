"""The steps of a clip as one vector."""

from __future__ import annotations

from typing import Any, Literal, assert_never

from shared.networks.pooling import AttentionPooling, AttentiveStatisticsPooling, masked_mean

__all__ = ["pooled"]


def pooled(
    steps: Any,
    mask: Any,
    pooling: Literal["attention", "mean", "attentive_statistics"],
    *,
    units: int,
) -> Any:
    """(batch, steps, width) -> (batch, width), twice as wide with a standard deviation.

    Args:
        steps: What a network made of a clip.
        mask: (batch, steps) float, 1 on steps with sound: others do not count.
        pooling: How.
        units: Of the layer that weighs steps.
    """
    match pooling:
        case "mean":
            return masked_mean(steps, mask)
        case "attention":
            return AttentionPooling(units, name="pooling")(steps, mask)
        case "attentive_statistics":
            return AttentiveStatisticsPooling(units, name="pooling")(steps, mask)
        case _:
            assert_never(pooling)
