"""The datasheet of a source.

Everything that can be said about data before a model sees it (after Gebru et al. 2021).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, assert_never

from shared.contract import Problem, Provenance, Splits
from shared.datasheet.balance import describe_groups, describe_split
from shared.datasheet.contents import Contents, read_contents
from shared.datasheet.duplicates import Everyone, group_equal, group_pairs, repeats_of
from shared.datasheet.leakage import (
    describe_entity_overlap,
    describe_leakage,
    describe_time_overlap,
)
from shared.datasheet.near_duplicates import are_copies, describe_near_duplicates, find_near_pairs
from shared.datasheet.series import describe_series
from shared.datasheet.shares import CONFIDENCE
from shared.datasheet.shift import describe_shift
from shared.run.artefacts.data.datasheet import (
    CategoriesDatasheet,
    ContentRecord,
    Datasheet,
    HorizonDatasheet,
    QuarantineReasonRecord,
    QuarantineRecord,
    SourceRecord,
)
from shared.run.artefacts.data.repeats import DuplicatesRecord
from shared.targets import Categories, Horizon

__all__ = ["make_datasheet"]

_MOST_REASONS = 50
_MOST_SYNTHETIC_ROWS = 400
"""Synthetic rows are drawn when they are read, which takes longer than reading; a sample shows
whether a generator repeats itself."""


def make_datasheet(
    splits: Splits,
    *,
    allow_leakage: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Datasheet:
    """Describe the three splits of a source.

    The same splits give the same bytes.

    Every row is read once; of synthetic data, 400. Above 20,000 images, near-duplicates are sought
    in a sample. `num_compared` of `duplicates` and `near_duplicates` says how many rows were looked
    at.

    Args:
        splits: Three splits, none of them empty.
        allow_leakage: Whether leaks have been accepted; recorded, nothing is raised here.
        progress: Told rows read and rows in all.
    """
    match splits.target:
        case Categories():
            return _of_classes(splits, splits.target, allow_leakage, progress)
        case Horizon():
            return _of_series(splits, splits.target, allow_leakage)
        case _:
            assert_never(splits.target)


def _of_classes(
    splits: Splits,
    target: Categories,
    allow_leakage: bool,
    progress: Callable[[int, int], None],
) -> CategoriesDatasheet:
    by_split = splits.by_split()
    everyone = Everyone.of(by_split, target)
    contents = _read(splits, progress)
    equal = group_equal(contents.rows, contents.digests)
    near = find_near_pairs(contents)
    copies = group_pairs(near[are_copies(near, contents)], len(everyone))
    # Each example of a cross-validation is trained on in all folds but its own.
    by_fold = everyone.by_fold(splits.folds)
    leakage = describe_leakage(
        describe_entity_overlap(by_split),
        () if splits.repeats_by_chance else repeats_of(equal, by_fold).across,
        allowed=allow_leakage,
        copies=repeats_of(copies, by_fold).across,
    )
    repeats = repeats_of(equal, everyone)
    return CategoriesDatasheet(
        **_facts(splits, target.names),
        leakage=leakage,
        content=ContentRecord(kind=contents.kind, wire=dict(contents.wire)),
        duplicates=DuplicatesRecord(num_compared=len(contents.rows), **dict(repeats)),
        near_duplicates=describe_near_duplicates(contents, near, everyone),
    )


def _read(splits: Splits, progress: Callable[[int, int], None]) -> Contents:
    return read_contents(
        splits.by_split(),
        splits.content,
        # A table of named columns stands beside the one array that is seen, heard or read.
        beside=() if splits.content == "numbers" else splits.columns.keys(),
        max_rows=_MOST_SYNTHETIC_ROWS if splits.provenance.synthetic else None,
        progress=progress,
    )


def _of_series(splits: Splits, target: Horizon, allow_leakage: bool) -> HorizonDatasheet:
    by_split = splits.by_split()
    facts = splits.forecast_facts
    given_away = () if facts is None else facts.leaks
    by_series = facts is not None and facts.by_series
    overlap = describe_time_overlap(by_split, target, by_series=by_series)
    leakage = describe_leakage(
        () if by_series else describe_entity_overlap(by_split),
        allowed=allow_leakage,
        others=[*overlap, *given_away],
    )
    return HorizonDatasheet(
        **_facts(splits, None),
        leakage=leakage,
        series=describe_series(by_split, target, facts),
    )


def _facts(splits: Splits, names: tuple[str, ...] | None) -> dict[str, Any]:
    """The fields that every datasheet has, but for leakage; names are those of classes."""
    by_split = splits.by_split()
    described = {name: describe_split(examples, names) for name, examples in by_split.items()}
    return {
        "confidence": CONFIDENCE,
        "provenance": _describe_source(splits.provenance),
        "splits": described,
        "groups": describe_groups(by_split, names),
        "shift": describe_shift(by_split, None if names is None else len(names)),
        "entity_overlap": describe_entity_overlap(by_split),
        "quarantine": _describe_quarantine(splits.quarantine),
    }


def _describe_source(provenance: Provenance) -> SourceRecord:
    return SourceRecord(
        name=provenance.name,
        source=provenance.source,
        version=provenance.version,
        licence=provenance.licence,
        checksum=provenance.checksum,
        synthetic=provenance.synthetic,
        conditions=provenance.conditions,
    )


def _describe_quarantine(problems: Sequence[Problem]) -> QuarantineRecord:
    """How many inputs were set aside, by reason, the most frequent first."""
    counts = Counter(problem.reason for problem in problems)
    first = {problem.reason: problem.file for problem in reversed(problems)}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    reasons = [
        QuarantineReasonRecord(reason=reason, n=n, example=first[reason])
        for reason, n in ordered[:_MOST_REASONS]
    ]
    return QuarantineRecord(n=len(problems), reasons=tuple(reasons))
