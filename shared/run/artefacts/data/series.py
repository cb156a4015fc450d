"""The blocks of a datasheet about the series behind the windows of a forecast."""

from __future__ import annotations

from shared.block import Block
from shared.contract.series_facts import WindowCounts

__all__ = [
    "CoverRecord",
    "CoveredSeriesRecord",
    "LargestCountsRecord",
    "MaskedRecord",
    "SeriesRecord",
    "SeriesSourceRecord",
    "SourceSeriesRecord",
]


class CoverRecord(Block):
    """What the targets of one series cover in one split.

    Windows may be drawn or thinned out, so that a step without a target says nothing about the
    source; what was not observed there stands in `SourceSeriesRecord` alone.

    Attributes:
        first: First moment, ISO 8601.
        last: Last moment.
        num_steps: Steps between them, both counted.
        num_covered: Those of which a window has the target.
        num_observed: Those of them that have a value.
        smallest: Of the values; None if there is none, as the next three.
        largest: Of the values.
        mean: Of the values.
        sd: Of the values.
    """

    first: str
    last: str
    num_steps: int
    num_covered: int
    num_observed: int
    smallest: float | None
    largest: float | None
    mean: float | None
    sd: float | None


class CoveredSeriesRecord(Block):
    """What the targets of one series cover.

    Attributes:
        name: Of the series.
        splits: Split -> what they cover there; None if the split lacks the series.
    """

    name: str
    splits: dict[str, CoverRecord | None]


class MaskedRecord(Block):
    """Target values without a measurement, which have no weight in loss and metrics.

    Attributes:
        n: Target values of all windows.
        num_masked: Those that were not observed.
    """

    n: int
    num_masked: int


class SourceSeriesRecord(Block):
    """One series as its source has it; `shared.contract.series_facts` says what the fields mean.

    Attributes:
        not_observed: Share of the steps that have no value. It is the share of missing data: the
            other counts of a datasheet are of windows, which overlap.
    """

    name: str
    first: str
    last: str
    num_steps: int
    num_observed: int
    num_inserted: int
    num_gaps: int
    longest_gap_steps: int
    num_duplicates: int
    num_out_of_order: int
    clock_changes: tuple[str, ...]
    not_observed: float


class LargestCountsRecord(Block):
    """Rows of one series that had to be mended: the most of any series.

    Series of a wide table share their rows, so that a sum would count them again and again.

    Attributes:
        num_duplicates: Rows beyond the first of their stamp.
        num_out_of_order: Rows that stood before an earlier moment.
    """

    num_duplicates: int
    num_out_of_order: int


class SeriesSourceRecord(Block):
    """What reading the series found out.

    Attributes:
        rule: How windows were chosen, in one sentence.
        windows: What became of the windows of each split.
        series: At most 50.
        largest: Over all series.
    """

    rule: str
    windows: tuple[WindowCounts, ...]
    series: tuple[SourceSeriesRecord, ...]
    largest: LargestCountsRecord


class SeriesRecord(Block):
    """All series.

    Attributes:
        step_seconds: Of the clock.
        steps_ahead: Of one forecast.
        unit: Of the values.
        num_series: How many there are.
        masked: Split -> target values without a measurement.
        source: What reading found out; None if nothing is known of it.
        series: What their targets cover, the first 50 by name.
    """

    step_seconds: int
    steps_ahead: int
    unit: str
    num_series: int
    masked: dict[str, MaskedRecord]
    source: SeriesSourceRecord | None
    series: tuple[CoveredSeriesRecord, ...]
