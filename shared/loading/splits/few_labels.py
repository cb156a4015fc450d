"""Training on a part of the labels, to see how much data a problem needs.

Validation and test stay whole, so that all fractions are judged on the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.config.setting_text import set_option
from shared.contract import Examples, Splits
from shared.errors import ConfigError, DataError
from shared.targets import Categories

__all__ = ["choose_labelled", "keep_fraction"]

_MOST_NAMED = 5


def keep_fraction(splits: Splits, fraction: float, *, seed: int) -> Splits:
    """The same splits with about this share of the training rows; of a fold likewise.

    Args:
        splits: As loaded, or one fold of them.
        fraction: `train.label_fraction`, in (0, 1).
        seed: Of the draw.

    Raises:
        ConfigError: The target is a forecast.
        DataError: A class would be left without a row.
    """
    target = splits.target
    if not isinstance(target, Categories):
        raise ConfigError(
            "train.label_fraction is for classes. Of a forecast give a shorter history instead."
        )
    train = splits.train
    labels = train.targets.astype(np.int64)
    chosen = choose_labelled(train.entities, labels, fraction, seed=seed)
    _require_all_classes(train, labels, chosen, target, fraction, seed)
    note = (
        f"Few labels: the training part is {len(chosen):,} of {len(train):,} rows"
        f" (train.label_fraction={fraction:g}, entities whole), drawn with seed {seed}."
    )
    provenance = replace(splits.provenance, notes=(*splits.provenance.notes, note))
    return replace(splits, train=train.take(chosen), provenance=provenance)


def choose_labelled(
    entities: NDArray[np.str_], labels: NDArray[np.int64], fraction: float, *, seed: int
) -> NDArray[np.int64]:
    """Rows to keep, (m,) int64, increasing.

    Entities are whole, and of each class a like share of those in which it is the most frequent, at
    least one. Draws of one seed are nested: a larger fraction keeps all that a smaller one keeps.

    Args:
        entities: (n,) str.
        labels: (n,) int64 class indices.
        fraction: In (0, 1]; of each class met or passed by less than one entity.
        seed: Of the draw.
    """
    order, codes = _shuffled_entities(entities, labels, seed)
    keeps = [_first_entities(codes, members, fraction) for members in order]
    return np.flatnonzero(np.isin(codes, np.concatenate(keeps))).astype(np.int64)


def _shuffled_entities(
    entities: NDArray[np.str_], labels: NDArray[np.int64], seed: int
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Numbers of the entities of each class, in the order of the draw; and that of each row."""
    names, codes = np.unique(entities, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max()) + 1), dtype=np.int64)
    np.add.at(counts, (codes, labels), 1)
    most_frequent = counts.argmax(axis=1)
    generator = np.random.default_rng([seed, len(names)])
    drawn = generator.permutation(len(names))
    classes = np.unique(most_frequent)
    return [drawn[most_frequent[drawn] == label] for label in classes], codes


def _first_entities(
    codes: NDArray[np.int64], members: NDArray[np.int64], fraction: float
) -> NDArray[np.int64]:
    """So many from the start that their rows are at least the fraction of all members' rows."""
    reached = np.cumsum(np.bincount(codes, minlength=int(members.max()) + 1)[members])
    needed = math.ceil(fraction * int(reached[-1]) - 1e-9)  # 0.1 × 30 is not quite 3
    return members[: int(np.searchsorted(reached, needed)) + 1]


def _require_all_classes(
    train: Examples,
    labels: NDArray[np.int64],
    chosen: NDArray[np.int64],
    target: Categories,
    fraction: float,
    seed: int,
) -> None:
    missing = np.setdiff1d(labels, labels[chosen]).tolist()
    if not missing:
        return
    enough = _least_fraction(train.entities, labels, fraction, seed)
    named = ", ".join(repr(target.names[label]) for label in missing[:_MOST_NAMED])
    more = ", …" if len(missing) > _MOST_NAMED else ""
    kept = f"{len(chosen):,} of {len(labels):,} training rows"
    lost = f"none of {len(missing)} classes ({named}{more})"
    advice = set_option("train.label_fraction", enough)
    raise DataError(
        f"train.label_fraction={fraction:g} leaves {kept} and {lost}, whose rows lie in entities of"
        f" other classes. Raise it with {advice}",
        settings={"train.label_fraction": enough},
    )


def _least_fraction(
    entities: NDArray[np.str_], labels: NDArray[np.int64], fraction: float, seed: int
) -> float:
    """The smallest of some round fractions that keeps every class; 1 keeps all."""
    finer: Sequence[float] = [step / 100 for step in range(math.ceil(100 * fraction), 101)]
    every = set(labels.tolist())
    for tried in finer:
        kept = choose_labelled(entities, labels, tried, seed=seed)
        if set(labels[kept].tolist()) == every:
            return tried
    return 1.0
