"""What every domain's segments must hold."""

from __future__ import annotations

from shared.contract import Segments
from shared.errors import ContractError

__all__ = ["check_keep_all", "check_shapes"]

_KEEP_ALL_TOLERANCE = 1e-3
"""Relative; wide enough for TF32 convolutions, far too narrow for a wrong mask."""


def check_shapes(segments: Segments) -> None:
    """Spans, orders and places must be of all segments.

    Raises:
        ContractError: They are not.
    """
    expected = (len(segments.names), len(segments.axes), 2)
    if segments.spans.shape != expected:
        raise ContractError(
            f"Segments.spans must have the shape (segments, axes, 2) = {expected}, received"
            f" {segments.spans.shape}."
        )
    if segments.places and len(segments.places) != len(segments.names):
        raise ContractError(
            f"Segments.places must name each of {len(segments.names)} segments, received"
            f" {len(segments.places)}."
        )
    for name, order in segments.naive_orders.items():
        if order.shape != expected[:1]:
            raise ContractError(
                f"Segments.naive_orders[{name!r}] must have one number a segment, {expected[:1]},"
                f" received {order.shape}."
            )


def check_keep_all(kept: float, original: float) -> None:
    """A mask that keeps everything must give the row itself.

    Args:
        kept: Answer of the masked row.
        original: Answer of the row.

    Raises:
        ContractError: It does not.
    """
    if abs(kept - original) > _KEEP_ALL_TOLERANCE * max(1.0, abs(original)):
        raise ContractError(
            "Segments.mask that keeps everything must give the row itself, but its score is"
            f" {kept:.6g} where the row's is {original:.6g}."
        )
