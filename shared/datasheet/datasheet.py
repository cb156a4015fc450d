"""The datasheet of a source.

Everything that can be said about data before a model sees it (after Gebru et al. 2021).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Problem, Splits
from shared.datasheet.balance import describe_groups, describe_split, labels_of
from shared.datasheet.contents import MAX_FINGERPRINTS, Contents, read_contents
from shared.datasheet.duplicates import Everyone, describe_repeats, group_equal, group_pairs
from shared.datasheet.leakage import (
    describe_entity_overlap,
    describe_leakage,
    describe_time_overlap,
)
from shared.datasheet.near import METHODS, are_copies, find_near_pairs
from shared.datasheet.series import describe_series
from shared.datasheet.shares import CONFIDENCE
from shared.datasheet.shift import describe_shift
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
) -> dict[str, Any]:
    """Describe the three parts of a source as plain data that JSON can hold.

    The same splits give the same bytes.

    Every row is read once; of synthetic data, 400. Above 20,000 rows, near-duplicates are sought in
    a sample. `num_compared` of `duplicates` and `near_duplicates` says how many rows were looked
    at.

    Args:
        splits: Three parts, none of them empty.
        allow_leakage: Whether leaks have been accepted; recorded, nothing is raised here.
        progress: Told rows read and rows in all.

    Returns:
        `kind` ("categories" or "horizon"), `confidence`, `provenance` (source, licence, checksum),
        `content`, `parts`, `groups`, `shift`, `entity_overlap`, `leakage`, `quarantine`, and
        `duplicates`, `near_duplicates` (classes) or `series` (forecasts).
    """
    parts, names = splits.by_split(), _class_names(splits)
    overlap = describe_entity_overlap(parts)
    datasheet = {
        "kind": splits.target.kind,
        "confidence": CONFIDENCE,
        "provenance": {
            name: getattr(splits.provenance, name)
            for name in (
                "name",
                "source",
                "version",
                "licence",
                "checksum",
                "synthetic",
                "conditions",
            )
        },
        "parts": {part: describe_split(examples, names) for part, examples in parts.items()},
        "groups": describe_groups(parts, names),
        "shift": describe_shift(parts, None if names is None else len(names)),
        "entity_overlap": overlap,
        "quarantine": _describe_quarantine(splits.quarantine),
    }
    match splits.target:
        case Categories():
            contents = read_contents(
                parts,
                max_rows=_MOST_SYNTHETIC_ROWS if splits.provenance.synthetic else None,
                progress=progress,
            )
            everyone, near = _everyone(parts, splits.target), find_near_pairs(contents)
            apart = _by_fold(everyone, splits.folds)
            equal = describe_repeats(group_equal(contents.rows, contents.digests), apart)
            copies = describe_repeats(
                group_pairs(near[are_copies(near, contents)], len(everyone)), apart
            )
            leakage = describe_leakage(overlap, equal, (), allowed=allow_leakage, copies=copies)
            return datasheet | _describe_contents(contents, near, everyone) | {"leakage": leakage}
        case Horizon():
            told = splits.forecast_facts.leaks if splits.forecast_facts is not None else ()
            leaks = [*describe_time_overlap(parts, splits.target), *told]
            leakage = describe_leakage(overlap, None, leaks, allowed=allow_leakage)
            return datasheet | {
                "series": describe_series(parts, splits.target, splits.forecast_facts),
                "leakage": leakage,
            }
        case _:
            assert_never(splits.target)


def _class_names(splits: Splits) -> tuple[str, ...] | None:
    return splits.target.names if isinstance(splits.target, Categories) else None


def _everyone(parts: Mapping[str, Examples], target: Categories) -> Everyone:
    return Everyone(
        ids=np.concatenate([examples.ids for examples in parts.values()]),
        parts=np.repeat(list(parts), [len(examples) for examples in parts.values()]),
        entities=np.concatenate([examples.entities for examples in parts.values()]),
        labels=np.concatenate([labels_of(examples, target.names) for examples in parts.values()]),
    )


def _by_fold(everyone: Everyone, folds: Sequence[Splits]) -> Everyone:
    """The same examples with folds for parts, since each is trained on in all folds but its own.

    Unchanged where there are none.
    """
    if not folds:
        return everyone
    fold_of = {
        entity: f"fold {number}"
        for number, fold in enumerate(folds, start=1)
        for entity in np.unique(fold.test.entities).tolist()
    }
    return replace(
        everyone, parts=np.array([fold_of[entity] for entity in everyone.entities.tolist()])
    )


def _describe_contents(
    contents: Contents, near: NDArray[np.int64], everyone: Everyone
) -> dict[str, Any]:
    searched = contents.kind in METHODS
    return {
        "content": {"kind": contents.kind, "wire": dict(contents.wire)},
        "duplicates": {
            "num_compared": len(contents.rows),
            **describe_repeats(group_equal(contents.rows, contents.digests), everyone),
        },
        "near_duplicates": {
            "method": METHODS[contents.kind] if searched else None,
            "num_compared": len(contents.fingerprinted),
            "num_featureless": contents.num_featureless,
            "most_compared": MAX_FINGERPRINTS,
            **describe_repeats(group_pairs(near, len(everyone)), everyone),
        },
    }


def _describe_quarantine(problems: Sequence[Problem]) -> dict[str, Any]:
    """How many inputs were set aside, by reason, the most frequent first."""
    counts = Counter(problem.reason for problem in problems)
    first = {problem.reason: problem.file for problem in reversed(problems)}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "n": len(problems),
        "reasons": [
            {"reason": reason, "n": n, "example": first[reason]}
            for reason, n in ordered[:_MOST_REASONS]
        ],
    }
