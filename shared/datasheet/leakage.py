"""What makes a test too easy: content or entities of one split that are also in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from shared.config.setting_text import set_option
from shared.contract import Examples
from shared.errors import DataError
from shared.run.artefacts.data.datasheet import Datasheet, LeakageRecord, OverlapRecord
from shared.run.artefacts.data.repeats import RepeatsAcrossRecord
from shared.targets import Horizon

__all__ = ["describe_entity_overlap", "describe_leakage", "describe_time_overlap", "refuse_leaks"]


def describe_entity_overlap(splits: Mapping[str, Examples]) -> tuple[OverlapRecord, ...]:
    """Entities that two splits share, with up to three of them as an example."""
    overlaps = []
    names = {split: examples.coded_entities.names for split, examples in splits.items()}
    for first, second in combinations(splits, 2):
        shared = np.intersect1d(names[first], names[second])
        example = tuple(str(entity) for entity in shared[:3])
        overlaps.append(OverlapRecord(first=first, second=second, n=len(shared), example=example))
    return tuple(overlaps)


def describe_time_overlap(
    splits: Mapping[str, Examples], target: Horizon, *, by_series: bool = False
) -> list[str]:
    """A sentence for each split whose targets reach into the split after it.

    Args:
        splits: In order of time.
        target: Of the forecasts.
        by_series: Whether that order holds within each series, not on one calendar.
    """
    length = np.timedelta64((target.steps - 1) * target.step_seconds, "s")
    sentences = []
    for (earlier_name, earlier), (later_name, later) in pairwise(splits.items()):
        if earlier.forecast is None or later.forecast is None:
            continue
        last = _starts_by_series(earlier, by_series).max() + length
        first = _starts_by_series(later, by_series).min()
        both = pd.concat([last, first], axis=1, join="inner", keys=["last", "first"])
        overlaps = both[both["last"] >= both["first"]]
        if len(overlaps):
            of_series = f" of series {overlaps.index[0]!r}" if by_series else ""
            reach, begin = (moment.isoformat() for moment in overlaps.iloc[0])
            sentences.append(
                f"Targets of {earlier_name!r}{of_series} reach {reach}, but those of"
                f" {later_name!r} begin at {begin}."
            )
    return sentences


def _starts_by_series(examples: Examples, by_series: bool) -> Any:
    """First moments of forecasts, grouped by series; all as one group if not `by_series`."""
    one = np.zeros(len(examples), dtype=np.int64)
    groups = np.asarray(examples.series) if by_series and examples.series is not None else one
    return pd.Series(np.asarray(examples.forecast_context.starts)).groupby(groups)


def describe_leakage(
    entities: Sequence[OverlapRecord],
    equal: Sequence[RepeatsAcrossRecord] = (),
    *,
    allowed: bool,
    copies: Sequence[RepeatsAcrossRecord] = (),
    others: Sequence[str] = (),
) -> LeakageRecord:
    """Gather what counts as a leak.

    Shared entities, the same content in two splits, targets that overlap in time or are given away.

    Content that is only like other content is no leak by itself: it may be two images of one
    place, or a phrase that many people use. It is reported beside.

    Args:
        entities: As `describe_entity_overlap` gives it.
        equal: Equal content of two splits; empty where repeated content says nothing, since a
            periodic series repeats itself.
        allowed: Whether the configuration accepts leaks.
        copies: As `equal`, for content that is the same but for how it is written.
        others: Sentences about targets that overlap in time, or covariates that give them away.
    """
    reasons = [
        *(_shared_entities(item) for item in entities if item.n),
        *(_equal_content(item) for item in equal if item.n),
        *(_copied_content(item) for item in copies if item.n),
    ]
    return LeakageRecord(allowed=allowed, reasons=(*reasons, *others))


def refuse_leaks(datasheet: Datasheet) -> None:
    """Stop where a datasheet names leaks that nobody accepted.

    Raises:
        DataError: With each leak, and what to do.
    """
    leakage = datasheet.leakage
    if leakage.reasons and not leakage.allowed:
        raise DataError(
            f"Leak between splits: {' '.join(leakage.reasons)} Results would be too good to be"
            " true. Remove the copies, or name what they share as their entity and split by it"
            f" with {set_option('data.split', 'entity')} or, to run all the same and have the"
            f" report say so, {set_option('data.allow_leakage', True)}"
        )


def _shared_entities(item: OverlapRecord) -> str:
    return (
        f"{_count_of(item.n, 'entity is', 'entities are')} in both {item.first!r} and"
        f" {item.second!r}, for example {item.example[0]!r}."
    )


def _equal_content(item: RepeatsAcrossRecord) -> str:
    return (
        f"{_in_both(item)}, byte for byte: for example {item.example[1]!r}, which equals"
        f" {item.example[0]!r}."
    )


def _copied_content(item: RepeatsAcrossRecord) -> str:
    return (
        f"{_in_both(item)}, written differently (encoded again, resampled or cut differently, with"
        f" other case or punctuation): for example {item.example[1]!r}, which is"
        f" {item.example[0]!r}."
    )


def _in_both(item: RepeatsAcrossRecord) -> str:
    number = _count_of(item.n, "example", "examples")
    return f"{number} of {item.second!r} also in {item.first!r}"


def _count_of(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
