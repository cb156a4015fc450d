"""Labelled examples of a source, in three splits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.computed_column import PIECE_ROWS, taken
from shared.contract.series_facts import ForecastFacts
from shared.contract.sources import ContentKind, Problem, Provenance, Rows
from shared.errors import ContractError
from shared.targets import Target
from shared.targets.predictions import ForecastContext, require_context

__all__ = ["UNKNOWN", "CodedEntities", "Examples", "Splits", "group_counts"]

UNKNOWN = "unknown"
"""The value of a group attribute that the data does not give."""


class CodedEntities(NamedTuple):
    """Names (entities,) in order, and the number (n,) int64 of each row's."""

    names: NDArray[np.str_]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, several: Iterable[Examples]) -> Self:
        """Of the examples of several splits, one after the other."""
        each = [examples.coded_entities for examples in several]
        names, places = _coded(one.names for one in each)
        pairs = zip(places, each, strict=True)
        return cls(names, np.concatenate([place[one.codes] for place, one in pairs]))


@dataclass(frozen=True)
class Examples:
    """Labelled examples: features on demand, everything else as columns.

    A column is an array, or one that is computed when it is asked for (`computed_column`), as those
    of windows of series are. Whoever looks at all rows of a column does so in `pieces`.

    Attributes:
        ids: (n,) str, unique.
        entities: (n,) str: what must not straddle two splits (patient, author, speaker, series).
        targets: (n,) int64 class index, or (n, steps, channels) float64 in original units; NaN
            where not observed.
        groups: n rows × one column per attribute, str or a category of str, `UNKNOWN` where not
            given.
        rows: Maps indices (m,) int64 to a wire batch of m rows, in that order; NaN only where a
            series was not observed.
        ground_truth: Known-answer or annotated data only: maps one index to an array shaped like
            the canvas of its segments (height × width, words, frequency × time, steps ×
            channels), float32 in [0, 1]: 1 where the label's cause lies.
        forecast: Forecasts only: start, recent history and scale of each example.
        series: Forecasts only: (n,) str, the series that the example is a window of.
    """

    ids: NDArray[np.str_]
    entities: NDArray[np.str_]
    targets: NDArray[Any]
    groups: pd.DataFrame
    rows: Callable[[NDArray[np.int64]], Rows]
    ground_truth: Callable[[int], NDArray[np.float32]] | None = None
    forecast: ForecastContext | None = None
    series: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        sizes = {
            "ids": len(self.ids),
            "entities": len(self.entities),
            "targets": len(self.targets),
            "groups": len(self.groups),
        }
        if self.forecast is not None:
            sizes["forecast"] = len(self.forecast.starts)
        if self.series is not None:
            sizes["series"] = len(self.series)
        if len(set(sizes.values())) > 1:
            raise ContractError(f"Examples need one length for all fields, received {sizes}.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def forecast_context(self) -> ForecastContext:
        """What is known about each forecast.

        Raises:
            ContractError: These are no forecasts.
        """
        return require_context(self.forecast)

    def take(self, indices: NDArray[np.int64]) -> Examples:
        """The examples at `indices` ((m,) int64), in that order; features stay lazy."""
        rows = self.rows
        groups = self.groups.iloc[indices].reset_index(drop=True)
        forecast = None if self.forecast is None else self.forecast.take(indices)
        series = None if self.series is None else taken(self.series, indices)
        return replace(
            self,
            ids=taken(self.ids, indices),
            entities=taken(self.entities, indices),
            targets=taken(self.targets, indices),
            groups=groups,
            rows=lambda chosen: rows(indices[chosen]),
            ground_truth=_take_ground_truth(self.ground_truth, indices),
            forecast=forecast,
            series=series,
        )

    def pieces(self) -> Iterator[slice]:
        """Stretches of rows, one after the other, in which to look at all of a long column."""
        for start in range(0, max(len(self), 1), PIECE_ROWS):
            yield slice(start, start + PIECE_ROWS)

    def fingerprint(self) -> str:
        """SHA-256 (hex) over ids, entities, targets and groups.

        The features' fingerprint is `Provenance.checksum`.
        """
        return self._fingerprint

    @cached_property
    def coded_entities(self) -> CodedEntities:
        """The entities as numbers, which are a tenth of the names."""
        names, pieces = _coded(self.entities[piece] for piece in self.pieces())
        return CodedEntities(names, np.concatenate(pieces))

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        names = sorted(map(str, self.groups.columns))
        columns: list[Any] = [self.ids, self.entities, *(self.groups[name] for name in names)]
        for column in columns:
            for piece in self.pieces():
                between = "\x1f" if piece.start else ""
                texts = "\x1f".join(str(value) for value in np.asarray(column[piece]))
                digest.update((between + texts).encode())
        for piece in self.pieces():
            digest.update(np.ascontiguousarray(self.targets[piece]).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Splits:
    """Three disjoint splits of one source, how to read their targets, and where they come from.

    The target is part of the data, not of the configuration: class names, channel names and scales
    are found in the source (on the training split where they are fitted). `forecast_facts` tells
    what reading found out about series, where it did.

    Attributes:
        folds: Cross-validation only: each fold's own splits. `train`, `val` and `test` are then
            those of the first fold, whose model is the one that is explained and served.
        content: What one wire row holds.
        columns: Wire array -> the names along its last axis, where they have any; clients find them
            in `signature.json`. Beside an image, a sound or a text, such an array is no content.
        reading: Settings of `data` that were told from the source, such as which column is what;
            preprocessing is fitted by them, files to score are read and refused by them.
        repeats_by_chance: Whether entities may have equal rows that are no copies, as in a table of
            few categories: such rows of two splits are counted, and are no leak.
    """

    train: Examples
    val: Examples
    test: Examples
    target: Target
    provenance: Provenance
    quarantine: tuple[Problem, ...] = ()
    forecast_facts: ForecastFacts | None = None
    folds: tuple[Splits, ...] = ()
    content: ContentKind = "numbers"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    repeats_by_chance: bool = False

    def by_split(self) -> dict[str, Examples]:
        """The examples of each split by its name, in the order train, val, test."""
        return {"train": self.train, "val": self.val, "test": self.test}


def group_counts(columns: Iterable[pd.Series]) -> dict[str, int]:
    """How often each group occurs in these columns of `Examples.groups`, in order of names."""
    counts: Counter[str] = Counter()
    for column in columns:
        found = column.value_counts(sort=False)
        counts.update({str(value): int(n) for value, n in found.items() if n > 0})
    return dict(sorted(counts.items()))


def _coded(
    pieces: Iterable[NDArray[np.str_]],
) -> tuple[NDArray[np.str_], list[NDArray[np.int64]]]:
    """The distinct names of all pieces, and of each piece the place of each of its names."""
    found = [np.unique(piece, return_inverse=True) for piece in pieces]
    names = np.unique(np.concatenate([of_piece for of_piece, _ in found]))
    return names, [np.searchsorted(names, of_piece)[codes] for of_piece, codes in found]


def _take_ground_truth(
    ground_truth: Callable[[int], NDArray[np.float32]] | None, indices: NDArray[np.int64]
) -> Callable[[int], NDArray[np.float32]] | None:
    if ground_truth is None:
        return None
    return lambda index: ground_truth(int(indices[index]))
