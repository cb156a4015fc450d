"""Leave-one-entity-out cross-validation.

Every example is tested once, by a model that never met its entity.

    fold 1   test  val  train train train …
    fold 2   train test val   train train …
    fold 3   train train test val   train …

Entities stand in a ring. A fold tests its own, validates on the next ones and trains on the rest,
so that each entity is tested once and, as the first of the validation, predicted once by a model
that did not train on it either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.contract import Examples, Rows, Splits
from shared.errors import ConfigError, DataError
from shared.loading.splits.stratified import stratified_folds
from shared.targets import Categories
from shared.targets.predictions import ForecastContext

__all__ = ["concatenate", "divide_entities", "leave_one_entity_out"]

_FEWEST_FOLDS = 3
"""One to test, one to choose the epoch on, and one to train on."""


def leave_one_entity_out(
    splits: Splits, *, max_folds: int, validation_share: float, seed: int
) -> Splits:
    """Divide all examples of a source into folds.

    The result's own splits are those of the first fold.

    Args:
        splits: As a pipeline loads them; which split an example is in plays no role.
        max_folds: Each entity is a fold of its own, unless there are more of them: then they share
            this many folds.
        validation_share: Of all examples, met as closely as whole folds allow; at least one fold.
        seed: Decides which entities share a fold.

    Raises:
        ConfigError: The target is a forecast.
        DataError: Fewer than three entities.
    """
    if not isinstance(splits.target, Categories):
        raise ConfigError(
            "data.split=leave_one_entity_out is for classes. Series share their time, so that one"
            " left out is still known from the others at the same moment; hold out whole series"
            f" with {set_option('data.split', 'cold_start')}"
        )
    pool = concatenate(list(splits.by_split().values()))
    groups = divide_entities(pool.entities, pool.targets, max_folds=max_folds, seed=seed)
    num_validating = min(max(1, round(validation_share * len(groups))), len(groups) - 2)
    folds = tuple(
        _fold(splits, pool, groups, place, num_validating) for place in range(len(groups))
    )
    return replace(
        folds[0],
        folds=folds,
        provenance=replace(splits.provenance, notes=(*splits.provenance.notes, *_notes(folds))),
    )


def divide_entities(
    entities: NDArray[np.str_], labels: NDArray[np.int64], *, max_folds: int, seed: int
) -> list[NDArray[np.int64]]:
    """Rows ((m,) int64, increasing) of each fold.

    One entity each, in the order of their names, or about equally many in each.

    Args:
        entities: (n,) str.
        labels: (n,) int64; folds of several entities have similar shares of each.
        max_folds: At least 3.
        seed: For folds of several entities.

    Raises:
        DataError: Fewer than three entities.
    """
    names, codes = np.unique(entities, return_inverse=True)
    if len(names) < _FEWEST_FOLDS:
        raise DataError(
            f"data.split=leave_one_entity_out needs at least {_FEWEST_FOLDS} entities, to test, to"
            f" validate and to train on; received {len(names)} ({', '.join(map(str, names))})."
        )
    if len(names) <= max_folds:
        return [np.flatnonzero(codes == code).astype(np.int64) for code in range(len(names))]
    return stratified_folds(codes, labels, max_folds, seed)


def concatenate(parts: Sequence[Examples]) -> Examples:
    """All examples of several parts, one part after the other; features stay lazy."""
    starts = np.cumsum([0, *map(len, parts)])
    ids = np.concatenate([part.ids for part in parts])
    entities = np.concatenate([part.entities for part in parts])
    targets = np.concatenate([part.targets for part in parts])
    groups = pd.concat([part.groups for part in parts], ignore_index=True)
    contexts = [part.forecast for part in parts if part.forecast is not None]
    forecast = ForecastContext.concatenated(contexts) if contexts else None
    ground_truths = [part.ground_truth for part in parts if part.ground_truth is not None]
    has_ground_truth = len(ground_truths) == len(parts)

    def ground_truth(index: int) -> NDArray[np.float32]:
        origin = int(np.searchsorted(starts, index, side="right")) - 1
        return ground_truths[origin](index - int(starts[origin]))

    return Examples(
        ids=ids,
        entities=entities,
        targets=targets,
        groups=groups,
        rows=lambda indices: _rows_of(parts, starts, indices),
        ground_truth=ground_truth if has_ground_truth else None,
        forecast=forecast,
    )


def _rows_of(
    parts: Sequence[Examples], starts: NDArray[np.int64], indices: NDArray[np.int64]
) -> Rows:
    """The rows at `indices` ((m,) int64) into all parts together, whose first rows are `starts`."""
    origins = np.searchsorted(starts, indices, side="right") - 1
    order = np.argsort(origins, kind="stable")  # each part is asked once
    found = [
        parts[origin].rows(indices[origins == origin] - starts[origin])
        for origin in np.unique(origins).tolist()
    ]
    back = np.argsort(order, kind="stable")
    return {name: np.concatenate([rows[name] for rows in found])[back] for name in found[0]}


def _fold(
    splits: Splits, pool: Examples, groups: list[NDArray[np.int64]], place: int, num_validating: int
) -> Splits:
    ring = [groups[(place + step) % len(groups)] for step in range(len(groups))]
    validating = np.sort(np.concatenate(ring[1 : 1 + num_validating]))
    training = np.sort(np.concatenate(ring[1 + num_validating :]))
    return replace(
        splits, train=pool.take(training), val=pool.take(validating), test=pool.take(ring[0])
    )


def _notes(folds: tuple[Splits, ...]) -> tuple[str, ...]:
    num_entities = sum(len(np.unique(fold.test.entities)) for fold in folds)
    shared = (
        ""
        if num_entities == len(folds)
        else f"; the {num_entities:,} entities share {len(folds)} folds (data.max_folds)"
    )
    unseen = np.unique(folds[0].test.entities)
    names = ", ".join(map(str, unseen[:3])) + (
        f" and {len(unseen) - 3:,} more" if len(unseen) > 3 else ""
    )
    return (
        (
            f"Leave-one-entity-out cross-validation: {len(folds)} models, each tested on entities"
            f" that it never met{shared}. All results are of the examples so predicted, together."
        ),
        (
            "The model that is explained and exported is that of fold 1, which has not met"
            f" {names}. To train one on more of the data, use"
            f" {set_option('data.split', 'entity')} with small"
            " data.test_share and data.validation_share; expect of it what is reported here."
        ),
        (
            "Each fold is calibrated on what the other folds test. Sets, abstention and operating"
            " points are not chosen: no example is left to choose them on."
        ),
    )
