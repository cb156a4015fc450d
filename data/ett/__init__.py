"""ETT: load and oil temperature of two electricity transformers, hourly or every 15 minutes."""

from __future__ import annotations

from data.ett.description import DATASET

__all__ = ["DATASET"]
