"""Settings of networks that mix rows while training."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["MixingAlpha"]

_SMALLEST = 0.05
"""Below, both gamma variates that a share is drawn by often vanish in float32: 1 of 6 rows for an
α of 0.01, 1 of 6,000 here. Keras then mixes halves."""


def _is_off_or_drawable(alpha: float) -> float:
    if 0.0 < alpha < _SMALLEST:
        raise ValueError(f"must be 0 (off) or at least {_SMALLEST}")
    return alpha


MixingAlpha = Annotated[float, Field(ge=0.0, le=1.0), AfterValidator(_is_off_or_drawable)]
"""α of Beta(α, α), by which the share that a row keeps is drawn; 0 for no mixing."""
