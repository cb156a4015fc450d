"""SST-2: sentences of film reviews, negative or positive, from the Stanford Sentiment Treebank."""

from __future__ import annotations

from data.sst2.description import DATASET

__all__ = ["DATASET"]
