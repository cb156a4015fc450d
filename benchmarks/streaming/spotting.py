"""From scores of each step to alarms, and from alarms to misses and false alarms. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import chi2

from shared.statistics.intervals import Interval, wilson_interval

__all__ = ["Alarm", "Counts", "Said", "find_alarms", "judge", "rate_interval", "smoothed"]


@dataclass(frozen=True)
class Said:
    """A word in a long recording.

    Attributes:
        keyword: Position of its class; None if it is no keyword.
        start_seconds: Where it begins.
        end_seconds: Where it ends.
    """

    keyword: int | None
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Alarm:
    """A keyword that was spotted.

    Attributes:
        keyword: Position of its class.
        seconds: When.
    """

    keyword: int
    seconds: float


@dataclass(frozen=True)
class Counts:
    """What became of the keywords and alarms of some recordings.

    Attributes:
        num_keywords: Said.
        num_missed: Of them without an alarm of their class in time.
        num_false: Alarms that belong to no keyword, or to one of another class.
        seconds: Length of the recordings.
        delays: From the end of each keyword that was spotted to its alarm; below 0 before it.
    """

    num_keywords: int = 0
    num_missed: int = 0
    num_false: int = 0
    seconds: float = 0.0
    delays: tuple[float, ...] = ()

    def __add__(self, other: Counts) -> Counts:
        """Of both."""
        return Counts(
            self.num_keywords + other.num_keywords,
            self.num_missed + other.num_missed,
            self.num_false + other.num_false,
            self.seconds + other.seconds,
            self.delays + other.delays,
        )

    @property
    def false_an_hour(self) -> float:
        """False alarms per hour."""
        return self.num_false / self.seconds * 3600.0

    @property
    def false_interval(self) -> Interval:
        """95 %, of false alarms per hour."""
        return rate_interval(self.num_false, self.seconds / 3600.0)

    @property
    def missed(self) -> float:
        """Share of keywords; NaN without any."""
        return self.num_missed / self.num_keywords if self.num_keywords else float("nan")

    @property
    def missed_interval(self) -> Interval:
        """95 % (Wilson), of the share."""
        return wilson_interval(self.missed, self.num_keywords, 0.95)


def rate_interval(count: int, hours: float, confidence: float = 0.95) -> Interval:
    """Of a Poisson rate, exact (Garwood 1936, "Fiducial limits for the Poisson distribution").

    Args:
        count: Events.
        hours: In which they happened.
        confidence: Of the interval.
    """
    tail = (1.0 - confidence) / 2.0
    low = chi2.ppf(tail, 2 * count) / 2.0 if count else 0.0
    high = chi2.ppf(1.0 - tail, 2 * count + 2) / 2.0
    return Interval(float(low) / hours, float(high) / hours)


def smoothed(probabilities: NDArray[np.float32], num_steps: int) -> NDArray[np.float32]:
    """(…, steps, n) -> the mean of the latest steps: a glimpse of half a word raises no alarm.

    Chen et al. 2014, "Small-footprint keyword spotting using deep neural networks", section 2.3.
    Before the first step nothing was heard: 0.
    """
    ahead = [(0, 0)] * (probabilities.ndim - 2) + [(num_steps - 1, 0), (0, 0)]
    windows = sliding_window_view(np.pad(probabilities, ahead), num_steps, axis=-2)
    return np.asarray(windows.mean(axis=-1), np.float32)


def find_alarms(
    probabilities: NDArray[np.float32],
    *,
    threshold: float,
    step_seconds: float,
    pause_seconds: float,
) -> list[Alarm]:
    """Steps at which a keyword reaches the threshold from below, and none was spotted just before.

    Args:
        probabilities: (steps, keywords), each of what was heard up to there.
        threshold: In (0, 1].
        step_seconds: From one step to the next.
        pause_seconds: After an alarm none is raised for so long.
    """
    heard = probabilities >= threshold
    rises = heard & ~np.pad(heard, ((1, 0), (0, 0)))[:-1]
    alarms: list[Alarm] = []
    deaf_until = -np.inf
    for step in np.flatnonzero(rises.any(axis=1)):
        seconds = (int(step) + 1) * step_seconds
        if seconds >= deaf_until:
            told = np.where(rises[step], probabilities[step], 0.0)
            alarms.append(Alarm(int(told.argmax()), seconds))
            deaf_until = seconds + pause_seconds
    return alarms


def judge(
    said: Sequence[Said], alarms: Sequence[Alarm], *, seconds: float, patience_seconds: float
) -> Counts:
    """Each keyword takes the first alarm of its class from its start to its end and a while.

    Args:
        said: Words of one recording.
        alarms: What was spotted in it.
        seconds: Its length.
        patience_seconds: How long after a word's end an alarm still counts for it.
    """
    left = list(alarms)
    delays = []
    keywords = [word for word in said if word.keyword is not None]
    for word in keywords:
        last = word.end_seconds + patience_seconds
        fitting = [
            alarm
            for alarm in left
            if alarm.keyword == word.keyword and word.start_seconds <= alarm.seconds <= last
        ]
        if fitting:
            left.remove(fitting[0])
            delays.append(fitting[0].seconds - word.end_seconds)
    num_missed = len(keywords) - len(delays)
    return Counts(len(keywords), num_missed, len(left), seconds, tuple(delays))
