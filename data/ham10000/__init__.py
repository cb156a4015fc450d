"""HAM10000: 10,015 dermatoscopic images of seven kinds of pigmented skin lesion."""

from __future__ import annotations

from data.ham10000.description import DATASET

__all__ = ["DATASET"]
