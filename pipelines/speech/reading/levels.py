"""How loud a recording is in its file: before channels are mixed and before it is resampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError

__all__ = ["LEAST_STEPS", "STEP", "UNCORRELATED_SHARE", "LevelMeter", "refuse_inaudible"]

STEP = 2.0**-15
"""The step of 16 bits, of full scale 1: what the wire form can hold."""

LEAST_STEPS = 4.0  # less than dither and rounding leave behind; the served graph asks the same
UNCORRELATED_SHARE = 0.2
"""Channels cancel each other where their mean has less than this part of the power that the mean of
unrelated channels would have: for two, a tenth of their power, a correlation below -0.8."""

_FULL_SCALE = 0.95  # of what the format can hold; µ-law ends at 0.98, 8 bits at 0.99
_RUN = 3  # equal samples in a row at full scale: sound touches a peak once or twice


@dataclass
class LevelMeter:
    """Sums over blocks of samples, since many channels unpack to much more than one.

    Attributes:
        num_samples: Samples of each channel so far.
        num_stuck: Samples in runs of three or more equal ones at full scale, of all channels.
    """

    num_samples: int = 0
    num_stuck: int = 0
    _sums: NDArray[np.float64] | None = None  # (2, channels + 1): of values, of squares
    _ends: NDArray[np.float64] | None = None  # (2, channels + 1): least, largest

    def add(self, block: NDArray[np.floating], mono: NDArray[np.floating]) -> None:
        """Take in some samples (n, channels) and their mean (n,)."""
        # What is not finite is refused by name later.
        with np.errstate(invalid="ignore", over="ignore"):
            values = np.concatenate([block, mono[:, None]], axis=1).astype(np.float64)
            sums = np.stack([values.sum(axis=0), (values**2).sum(axis=0)])
        ends = np.stack([values.min(axis=0), values.max(axis=0)])
        self._sums = sums if self._sums is None else self._sums + sums
        if self._ends is not None:
            ends = np.stack(
                [np.minimum(self._ends[0], ends[0]), np.maximum(self._ends[1], ends[1])]
            )
        self._ends = ends
        self.num_samples += len(block)
        self.num_stuck += _count_stuck(block)

    @property
    def num_channels(self) -> int:
        """Channels that were taken in."""
        return 0 if self._sums is None else self._sums.shape[1] - 1

    @property
    def spans(self) -> NDArray[np.float64]:
        """Largest minus least sample of each channel, and of their mean as the last."""
        if self._ends is None:
            return np.zeros(1)
        with np.errstate(invalid="ignore"):
            return np.asarray(self._ends[1] - self._ends[0])

    @property
    def powers(self) -> NDArray[np.float64]:
        """Mean square around the mean, of each channel, and of their mean as the last."""
        if self._sums is None:
            return np.zeros(1)
        with np.errstate(invalid="ignore", over="ignore"):
            means, squares = self._sums / self.num_samples
            return np.asarray(np.maximum(squares - means**2, 0.0))

    @property
    def stuck_share(self) -> float:
        """Share of the samples that are stuck at full scale, in [0, 1]."""
        return self.num_stuck / max(self.num_samples * self.num_channels, 1)


def refuse_inaudible(levels: LevelMeter) -> None:
    """Refuse silence, and channels that leave none of their sound when they are mixed.

    Raises:
        DataError: With the level.
    """
    span = float(levels.spans[:-1].max(initial=0.0))
    if span == 0.0:
        raise DataError("it is silent: all samples are equal")
    if span < LEAST_STEPS * STEP:
        raise DataError(
            f"it is nearly silent: its samples differ by at most {span:.1g} of full scale, which is"
            f" {span / STEP:.1f} steps of 16 bits"
        )
    power = float(levels.powers[:-1].mean())
    left = float(levels.powers[-1])
    if left < UNCORRELATED_SHARE * power / levels.num_channels:
        raise DataError(
            f"its {levels.num_channels} channels cancel each other: their mean keeps"
            f" {left / power:.2%} of their power. One of them is probably inverted: store one"
            " channel alone"
        )


def _count_stuck(block: NDArray[np.floating]) -> int:
    """Samples (n, channels) in runs of `_RUN` or more equal ones at full scale."""
    if len(block) < _RUN:
        return 0
    is_full = np.abs(block) >= _FULL_SCALE
    if not is_full.any():
        return 0
    is_same = is_full[1:] & (block[1:] == block[:-1])  # like the one before
    middles = is_same[1:] & is_same[:-1]  # of three equal ones
    stuck = np.zeros(block.shape, dtype=np.bool_)
    for shift in range(_RUN):
        stuck[shift : len(middles) + shift] |= middles
    return int(stuck.sum())
