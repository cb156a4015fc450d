"""How much of each recording a decoded row shows, and what is lost of the longer ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipelines.speech.config import LONGEST_CLIP_SECONDS, SHORTEST_CLIP_SECONDS
from shared.config.setting_text import set_option

__all__ = ["choose_clip_seconds", "describe_loss", "describe_unseen"]

_SHOWN_WHOLE = 0.95
"""Share of the training recordings that fit whole into a chosen window: the longest few would make
all rows longer, and training slower."""

_STEP_SECONDS = 0.1
_GRAVE_SHARE = 0.05
_MOST_CLASSES = 12


def choose_clip_seconds(seconds: NDArray[np.float64]) -> float:
    """A window into which 95 % of the training recordings fit, at most 10 s.

    Args:
        seconds: (n,) lengths of the training recordings.

    Returns:
        Seconds, a multiple of 0.1.
    """
    covering = float(np.quantile(seconds, _SHOWN_WHOLE, method="inverted_cdf"))
    # Rounding first: 1.2 s are 12.000000000000002 tenths.
    rounded = math.ceil(round(covering / _STEP_SECONDS, 6)) * _STEP_SECONDS
    return min(max(round(rounded, 1), SHORTEST_CLIP_SECONDS), LONGEST_CLIP_SECONDS)


def describe_loss(
    seconds: NDArray[np.float64], labels: NDArray[np.str_], clip_seconds: float
) -> tuple[str, bool]:
    """What a window leaves out of recordings to learn from, and whether that is grave.

    Args:
        seconds: (n,) lengths of all recordings.
        labels: (n,) their classes.
        clip_seconds: Length of the window.

    Returns:
        A paragraph, empty where nothing is left out; True from 5 % of the sound on.
    """
    sentence = describe_unseen(seconds, clip_seconds)
    if not sentence:
        return "", False
    names = np.unique(labels).tolist()
    shares = {name: _unseen_share(seconds[labels == name], clip_seconds) for name in names}
    worst = sorted(shares, key=lambda name: (-shares[name], name))[:_MOST_CLASSES]
    by_class = ", ".join(f"{name} {shares[name]:.1%}" for name in worst)
    longer = choose_clip_seconds(seconds)
    advice = f" To see more: {set_option('data.clip_seconds', longer)}"
    is_grave = _unseen_share(seconds, clip_seconds) >= _GRAVE_SHARE
    return f"{sentence} By class: {by_class}.{advice if longer > clip_seconds else ''}", is_grave


def describe_unseen(seconds: NDArray[np.float64], clip_seconds: float) -> str:
    """What a window leaves out, in one sentence; empty where it is nothing.

    Args:
        seconds: (n,) lengths of all recordings.
        clip_seconds: Length of the window; of longer recordings their middle is shown.
    """
    number = int((seconds > clip_seconds).sum())
    if not number:
        return ""
    return (
        f"{number:,} of {len(seconds):,} recordings are longer than the {clip_seconds:g} s of"
        f" data.clip_seconds (the longest: {seconds.max():.1f} s). Only their middle is looked at:"
        f" {_unseen_share(seconds, clip_seconds):.1%} of all sound is unseen."
    )


def _unseen_share(seconds: NDArray[np.float64], clip_seconds: float) -> float:
    return float(np.maximum(seconds - clip_seconds, 0.0).sum() / seconds.sum())
