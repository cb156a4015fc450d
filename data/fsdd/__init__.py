"""Free Spoken Digit Dataset.

3,000 recordings of spoken digits by six speakers, with sex and accent.
"""

from __future__ import annotations

from data.fsdd.description import DATASET

__all__ = ["DATASET"]
