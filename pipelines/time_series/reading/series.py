"""What a usable series is, and what a file of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.frequency import Frequency
from shared.contract import Problem
from shared.contract.series_facts import SeriesFacts

__all__ = ["Series", "SeriesFile", "Statics"]


@dataclass(frozen=True)
class Statics:
    """What does not change over time.

    Attributes:
        numbers: (static covariates,) float64, NaN where not given.
        texts: (static categories,) str, "" where not given.
    """

    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """One series on a regular clock; what was not observed is NaN.

    Attributes:
        name: Unique within its file.
        stamps: (steps,) datetime64[s], regular: moments without a row in the file are inserted.
        values: (steps,) float64; the first one is observed, those after the last observed one are
            steps ahead.
        past: (steps, past covariates) float64.
        known: (steps, known covariates) float64.
        statics: What does not change over time.
        attributes: Group attributes that do not change over time.
        timezone: Stamps are UTC, and days begin by the clocks of this zone; None: days begin by the
            stamps.
        is_counted: Stamps count steps, and are no moments: step 0 is laid on 1970-01-01, and each
            on a day.
        facts: What reading found out; None for series that did not come from a file.
    """

    name: str
    stamps: NDArray[np.datetime64]
    values: NDArray[np.float64]
    past: NDArray[np.float64]
    known: NDArray[np.float64]
    statics: Statics = field(default_factory=Statics)
    attributes: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    is_counted: bool = False
    facts: SeriesFacts | None = None

    @property
    def num_past_steps(self) -> int:
        """Steps up to and including the last observed value."""
        observed = np.flatnonzero(np.isfinite(self.values))
        return int(observed[-1]) + 1 if len(observed) else 0


@dataclass(frozen=True)
class SeriesFile:
    """What a file holds.

    Attributes:
        series: The usable ones.
        problems: One for each of the others: series name -> what is wrong.
        frequency: Their common clock.
        reading: Settings of `data` by which a file to score is read in the same way.
        notes: Sentences for the report: which numbers and stamps were read otherwise than they
            stand there.
    """

    series: tuple[Series, ...]
    problems: Mapping[str, Problem]
    frequency: Frequency
    reading: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
