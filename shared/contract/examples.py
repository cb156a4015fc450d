"""Labelled examples of a source, in three splits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract.series_facts import ForecastFacts
from shared.contract.sources import ContentKind, Problem, Provenance, Rows
from shared.errors import ContractError
from shared.targets import Target
from shared.targets.predictions import ForecastContext, require_context

__all__ = ["UNKNOWN", "Examples", "Splits"]

UNKNOWN = "unknown"
"""The value of a group attribute that the data does not give."""


@dataclass(frozen=True)
class Examples:
    """Labelled examples: everything but the features in memory, features on demand.

    Attributes:
        ids: (n,) str, unique.
        entities: (n,) str: what must not straddle two splits (patient, author, speaker, series).
        targets: (n,) int64 class index, or (n, steps, channels) float64 in original units; NaN
            where not observed.
        groups: n rows × one column per attribute, str, `UNKNOWN` where not given.
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
        series = None if self.series is None else self.series[indices]
        return replace(
            self,
            ids=self.ids[indices],
            entities=self.entities[indices],
            targets=self.targets[indices],
            groups=groups,
            rows=lambda chosen: rows(indices[chosen]),
            ground_truth=_take_ground_truth(self.ground_truth, indices),
            forecast=forecast,
            series=series,
        )

    def fingerprint(self) -> str:
        """SHA-256 (hex) over ids, entities, targets and groups.

        The features' fingerprint is `Provenance.checksum`.
        """
        digest = hashlib.sha256()
        attributes = [
            self.groups[name].to_numpy() for name in sorted(map(str, self.groups.columns))
        ]
        for column in (self.ids, self.entities, *attributes):
            digest.update("\x1f".join(str(value) for value in column).encode())
        digest.update(np.ascontiguousarray(self.targets).tobytes())
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


def _take_ground_truth(
    ground_truth: Callable[[int], NDArray[np.float32]] | None, indices: NDArray[np.int64]
) -> Callable[[int], NDArray[np.float32]] | None:
    if ground_truth is None:
        return None
    return lambda index: ground_truth(int(indices[index]))
