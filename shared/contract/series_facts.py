"""What reading found out about series before anything was trained.

Gaps, repeated stamps, clock changes, unused windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ForecastFacts", "SeriesFacts", "WindowCounts", "describe_gaps"]


@dataclass(frozen=True)
class SeriesFacts:
    """One series as its source has it, from its first value to its last.

    Attributes:
        name: As in the group attribute "series".
        first: First moment with a value, ISO 8601.
        last: Last moment with a value.
        num_steps: Steps of the clock between the two, both counted.
        num_observed: Steps that have a value.
        num_inserted: Steps whose stamp the source lacks; they are among those without a value.
        num_gaps: Runs of steps without a value.
        longest_gap_steps: The longest of these runs.
        num_duplicates: Rows beyond the first of their stamp, merged as the configuration says.
        num_out_of_order: Rows that stood before an earlier moment, and were sorted.
        clock_changes: One sentence for each trace of daylight saving time.
    """

    name: str
    first: str
    last: str
    num_steps: int
    num_observed: int
    num_inserted: int = 0
    num_gaps: int = 0
    longest_gap_steps: int = 0
    num_duplicates: int = 0
    num_out_of_order: int = 0
    clock_changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowCounts:
    """What became of the windows of one split.

    A window with several faults is counted under the first.

    Attributes:
        split: "train", "val" or "test".
        num_possible: Windows that fit into the split.
        num_used: Windows that are used.
        num_few_history: Left out, because too few values of their history are observed.
        num_few_targets: Left out, because too few of their targets are.
        num_unknown_ahead: Left out, because a known covariate is missing ahead.
    """

    split: str
    num_possible: int
    num_used: int
    num_few_history: int = 0
    num_few_targets: int = 0
    num_unknown_ahead: int = 0


@dataclass(frozen=True)
class ForecastFacts:
    """All that was found out.

    Attributes:
        series: One entry per usable series.
        windows: One entry per split; none where windows were drawn at random.
        rule: How windows were chosen, in one sentence.
        leaks: One sentence for each covariate that gives the answer away.
        by_series: Whether splits follow each other within each series, not on one calendar. Each
            series is then an entity, and in all splits.
    """

    series: tuple[SeriesFacts, ...]
    windows: tuple[WindowCounts, ...]
    rule: str
    leaks: tuple[str, ...] = ()
    by_series: bool = False


def describe_gaps(
    name: str, stamps: NDArray[np.datetime64], values: NDArray[np.floating[Any]]
) -> SeriesFacts:
    """Length and gaps of a series on a regular clock.

    Args:
        name: Of the series.
        stamps: (steps,) datetime64[s], regular.
        values: (steps,) float64, NaN where not observed; at least one is.
    """
    places = np.flatnonzero(np.isfinite(values))
    first = int(places[0])
    last = int(places[-1])
    missing = np.concatenate([[False], ~np.isfinite(values[first : last + 1]), [False]])
    edges = np.flatnonzero(np.diff(missing.astype(np.int8)))
    lengths = edges[1::2] - edges[::2]  # of the runs without a value
    return SeriesFacts(
        name=name,
        first=str(stamps[first]),
        last=str(stamps[last]),
        num_steps=last - first + 1,
        num_observed=len(places),
        num_gaps=len(lengths),
        longest_gap_steps=int(lengths.max(initial=0)),
    )
