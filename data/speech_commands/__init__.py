"""Speech Commands v0.02: 105,829 one-second recordings of 35 words by 2,618 speakers."""

from __future__ import annotations

from data.speech_commands.description import DATASET

__all__ = ["DATASET"]
