"""What a pipeline is: a frozen record of functions over plain arrays. Types only.

Importing this never loads TensorFlow.

    source ─ load ─► Splits(train, val, test, target) ─ rows() ─► wire batch ─ decode ─► row ─
    preprocess ─► tensors ─ model ─► scores

*Wire* is what a client sends (JPEG bytes, WAV bytes, text, a window of numbers); a *row* is its
decoded form (pixels, samples…), on which segments and perturbations act; *scores* are what the network
emits, which only the `Target` knows how to read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.contract.behaviours import BehaviourSuite
from shared.contract.series_facts import ForecastFacts
from shared.errors import ContractError
from shared.targets import Target
from shared.targets.predictions import ForecastContext

if TYPE_CHECKING:
    from pathlib import Path

    import keras

__all__ = [
    "UNKNOWN",
    "Axis",
    "Examples",
    "Inputs",
    "Perturbation",
    "Pipeline",
    "Problem",
    "Provenance",
    "Rows",
    "Segments",
    "Splits",
    "no_baselines",
    "no_behaviours",
]

UNKNOWN = "unknown"
"""The value of a group attribute that the data does not give."""

Rows = Mapping[str, NDArray[Any]]
"""Named arrays with one common leading axis: a batch, in wire or in decoded form."""


@dataclass(frozen=True)
class Problem:
    """One input that could not be used, and why."""

    file: str
    reason: str
    row: int | None = None
    field: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where data comes from and under which terms.

    Attributes:
        name: Dataset name as people know it.
        source: `demo`, or the path or address it was read from.
        version: Version or date, "unknown" if the source has none.
        licence: SPDX identifier or a short phrase; "unknown" if not stated.
        citation: Whom to cite; empty if nobody.
        checksum: SHA-256 over the source's content (for synthetic data: over generator version,
            parameters and seed).
        synthetic: True for generated data; every page that shows it says so.
        conditions: Group attributes that describe the circumstances of an example, such as noise,
            length, season or capture device: a gap between their groups is a question of
            reliability. All others describe people: there it is one of fairness.
        notes: Sentences for the report, for example that an attribute is an estimate.
    """

    name: str
    source: str
    version: str
    licence: str
    citation: str
    checksum: str
    synthetic: bool
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """Labelled examples: everything but the features in memory, features on demand.

    Attributes:
        ids: (n,) str, unique.
        entities: (n,) str: what must not straddle two parts (patient, author, speaker, series).
        targets: (n,) int64 class index, or (n, steps, channels) float32 in original units; NaN
            where not observed.
        groups: n rows × one column per attribute, str, `UNKNOWN` where not given.
        rows: Maps indices (m,) int64 to a wire batch of m rows, in that order; NaN only where a
            series was not observed.
        ground_truth: Known-answer or annotated data only: maps one index to an array shaped like the
            canvas of its segments (height × width, words, frequency × time, steps × channels),
            float32 in [0, 1]: 1 where the label's cause lies.
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

    def take(self, indices: NDArray[np.int64]) -> Examples:
        """The examples at `indices` ((m,) int64), in that order; features stay lazy."""
        rows, ground_truth = self.rows, self.ground_truth
        return replace(
            self,
            ids=self.ids[indices],
            entities=self.entities[indices],
            targets=self.targets[indices],
            groups=self.groups.iloc[indices].reset_index(drop=True),
            rows=lambda chosen: rows(indices[chosen]),
            ground_truth=None
            if ground_truth is None
            else lambda index: ground_truth(int(indices[index])),
            forecast=None if self.forecast is None else self.forecast.take(indices),
            series=None if self.series is None else self.series[indices],
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
    """Three disjoint parts of one source, how to read their targets, and where they come from.

    The target is part of the data, not of the configuration: class names, channel names and scales
    are found in the source (on the training split where they are fitted). `forecast_facts` tells
    what reading found out about series, where it did.

    Attributes:
        folds: Cross-validation only: each fold's own parts. `train`, `val` and `test` are then
            those of the first fold, whose model is the one that is explained and served.
        columns: Wire array -> the names along its last axis, where they have any; clients find them
            in `signature.json`.
    """

    train: Examples
    val: Examples
    test: Examples
    target: Target
    provenance: Provenance
    quarantine: tuple[Problem, ...] = ()
    forecast_facts: ForecastFacts | None = None
    folds: tuple[Splits, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def parts(self) -> dict[str, Examples]:
        """The three parts by name, in the order train, val, test."""
        return {"train": self.train, "val": self.val, "test": self.test}


@dataclass(frozen=True)
class Inputs:
    """Raw inputs to score, without labels.

    Attributes:
        ids: (n,) str, one per input found, readable or not.
        rows: As in `Examples`, defined for the readable inputs only.
        problems: Input id -> one sentence why it can't be read.
    """

    ids: NDArray[np.str_]
    rows: Callable[[NDArray[np.int64]], Rows]
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Axis:
    """One named axis of a canvas: for example ("time", "s")."""

    name: str
    unit: str


@dataclass(frozen=True)
class Segments:
    """The segments of one row's explanation, and the canvas on which the report draws them.

    Attributes:
        names: One label per segment, for example "row 2, col 3" or the word itself.
        axes: One axis (drawn as a strip) or two (drawn as a heat map: first axis vertical, second
            horizontal).
        spans: (segments, axes, 2) float64: start and stop of each segment on each axis, in canvas
            cells; stop is exclusive.
        extent: (axes, 2) float64: the first and last coordinate of the canvas on each axis, in the
            axis' unit.
        canvas: What is drawn beneath: (height, width, 3) uint8 image, (rows, columns) float32
            map, or (cells,) for a strip (str words or float32 values).
        mask: Maps keep (m, segments) bool to m decoded rows in which the segments with False are
            removed. The domain decides what removal means; all True must give the row itself.
    """

    names: tuple[str, ...]
    axes: tuple[Axis, ...]
    spans: NDArray[np.float64]
    extent: NDArray[np.float64]
    canvas: NDArray[Any]
    mask: Callable[[NDArray[np.bool_]], Rows]


@dataclass(frozen=True)
class Perturbation:
    """A named change of decoded rows, scored by the predict stage so that robustness is only a table afterwards.

    Attributes:
        kind: "corruption" (how much worse does it get, by severity), "counterfactual" (a change
            that should not matter), or "foreign" (each row is replaced by an input from outside the
            domain: nothing is right about it, only noticing that it is foreign).
        describe: One sentence for the report.
        severities: Increasing, from 1; a counterfactual and a foreign input have the single
            severity 1.
        apply: (rows, severity, generator) -> rows of the same shapes and dtypes.
        restore: Counterfactuals that an answer must follow, such as another unit: scores (n,
            *target.shape) of changed rows -> scores in the terms of the unchanged ones; None where
            the answer must stay as it is.
    """

    kind: Literal["corruption", "counterfactual", "ood"]
    describe: str
    severities: tuple[int, ...]
    apply: Callable[[Rows, int, np.random.Generator], Rows]
    restore: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None


def no_baselines(config: Any, target: Target) -> Mapping[str, keras.Model]:
    """The baselines of a pipeline whose preprocessing fits none."""
    del config, target
    return {}


def no_behaviours(config: Any, target: Target) -> BehaviourSuite:
    """The suite of a pipeline that tests no behaviour."""
    del config, target
    return BehaviourSuite()


@dataclass(frozen=True)
class Pipeline:
    """Everything that makes a domain a domain.

    Each member's promise is a contract check (`tests/contract/`).

    The three Keras models are functional and take a dict of named tensors with a leading batch
    axis; `decode` and `preprocess` return such a dict, `model` returns one tensor.

    Attributes:
        name: Equals the folder name.
        title: For people: "Medical imaging".
        config_type: Frozen configuration with a default and bounds for every field.
        load: Reads the configured source; deterministic; ids and entities disjoint between parts.
        synthesize: (cfg, n, seed): known-answer data in the same schema, without files or network.
        read_inputs: (cfg, path): unlabelled raw files to score; unreadable ones are named, never
            raised.
        decode: Wire batch -> decoded row, as a functional model with named inputs; the identity
            where both are the same.
        preprocess: (cfg, train): decoded row -> named tensors; fitted on the training split only;
            row-wise.
        model: (cfg, target): tensors -> scores (batch, *target.shape); uncompiled; augmentation
            acts in training only. Each input is named like one of `preprocess`' outputs, the single
            output is a float32 tensor.
        segments: (cfg, row): the explanation's segments for one decoded row (leading axis of length
            1).
        perturbations: Named changes of decoded rows.
        baselines: (cfg, target): what `preprocess` has fitted in closed form, as simple models of
            their own, tensors -> scores, without weights of their own; the predict stage scores the
            test split with each, so that the network must show what it adds.
        behaviours: (cfg, target): rows of its own with an expectation of each (`behaviours.py`);
            none by default.
    """

    name: str
    title: str
    config_type: type[RunConfig]
    load: Callable[[Any], Splits]
    synthesize: Callable[[Any, int, int], Splits]
    read_inputs: Callable[[Any, Path], Inputs]
    decode: Callable[[Any], keras.Model]
    preprocess: Callable[[Any, Examples], keras.Model]
    model: Callable[[Any, Target], keras.Model]
    segments: Callable[[Any, Rows], Segments]
    perturbations: Callable[[Any], Mapping[str, Perturbation]]
    baselines: Callable[[Any, Target], Mapping[str, keras.Model]] = no_baselines
    behaviours: Callable[[Any, Target], BehaviourSuite] = no_behaviours
