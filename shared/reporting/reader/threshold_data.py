"""What the threshold explorer computes from, as JSON inside the page.

The script counts the same rows as scikit-learn would, and gives the interval of
`shared.statistics.shares.clustered_share`. Probabilities are cut to whole parts of 10,000, which
keeps every comparison with such a threshold. A served threshold lies between two of them: it is
raised to the next, and so are the rows between, so that its counts stay those of the served model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from shared.formatting import humanise
from shared.reporting.answered_rows import AnsweredRows
from shared.reporting.drawing.labels import shortened
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["PARTS", "json_block", "sampled_rows", "threshold_data"]

PARTS = 10_000
"""Steps of a probability."""

_MOST_ROWS = 5_000
_MOST_NUMBERS = 60_000
"""In the page: about 250 kB."""

_MOST_CLASSES = 12
_MOST_GROUPS = 12
_EXACT_DEGREES = 30
"""Of freedom up to which Student's quantiles are listed; beyond, a series is as good."""


def sampled_rows(num_rows: int, num_columns: int) -> NDArray[np.int64]:
    """Places of the rows that the page holds: all, or a random part of many."""
    most = min(_MOST_ROWS, max(_MOST_NUMBERS // num_columns, 1))
    if num_rows <= most:
        return np.arange(num_rows, dtype=np.int64)
    drawn = np.random.default_rng([num_rows, most]).choice(num_rows, most, replace=False)
    return np.sort(drawn).astype(np.int64)


def threshold_data(
    tested: AnsweredRows,
    target: Categories,
    served: Mapping[int, float],
    *,
    confidence: float,
    with_groups: bool,
) -> dict[str, Any]:
    """The numbers of the explorer.

    Args:
        tested: The test rows, with finite scores.
        target: Its target.
        served: Class -> probability from which the deployed model raises an alarm.
        confidence: Level of the intervals, in (0, 1).
        with_groups: Whether groups may be shown row by row.
    """
    predictions = tested.predictions
    classes = _classes(target, predictions.targets)
    attributes = tested.groups if with_groups else {}
    rows = sampled_rows(len(predictions), len(classes) + len(attributes) + 2)
    chosen = predictions.take(rows)
    groups = [_group(name, labels[rows]) for name, labels in attributes.items()]
    described = [_class(target, place, chosen.targets, served) for place in classes]
    return {
        "classes": described,
        "first": _first(classes, served),
        "groups": [group for group in groups if len(group["names"]) > 1],
        **_columns(target, chosen, classes, served),
        **_quantiles(confidence),
    }


def _columns(
    target: Categories, chosen: Predictions, classes: list[int], served: Mapping[int, float]
) -> dict[str, Any]:
    """One number a row: its class, its entity, and each class's probability."""
    shares = target.probabilities(chosen.scores)
    entities = np.unique(chosen.entities, return_inverse=True)[1].reshape(-1)
    scores = [_parts(shares[:, place], served.get(place)).tolist() for place in classes]
    return {"truth": chosen.targets.tolist(), "entity": entities.tolist(), "scores": scores}


def _quantiles(confidence: float) -> dict[str, Any]:
    """Of Student's t, by degrees of freedom from 1, and of the normal distribution."""
    level = 0.5 + confidence / 2.0
    degrees = np.arange(1, _EXACT_DEGREES + 1)
    return {"t": stdtrit(degrees, level).tolist(), "z": float(ndtri(level))}


def json_block(data: Mapping[str, Any]) -> Markup:
    """JSON that stands inside a script element: nothing in it can end that element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - no "<" is left


def _classes(target: Categories, truth: NDArray[np.int64]) -> list[int]:
    """The scored classes; of many those with most rows."""
    counts = np.bincount(truth, minlength=len(target.names))
    ranked = sorted(target.scored_classes(), key=lambda place: -int(counts[place]))
    return sorted(ranked[:_MOST_CLASSES])


def _first(classes: list[int], served: Mapping[int, float]) -> int:
    """Where the explorer starts: the class whose alarm is raised soonest."""
    return min(range(len(classes)), key=lambda place: served.get(classes[place], 2.0))


def _class(
    target: Categories, place: int, truth: NDArray[np.int64], served: Mapping[int, float]
) -> dict[str, Any]:
    threshold = served.get(place)
    return {
        "index": place,
        "name": shortened(target.names[place]),
        "served": None if threshold is None else math.ceil(threshold * PARTS),
        "share": float((truth == place).mean()),
    }


def _parts(shares: NDArray[np.float64], served: float | None) -> NDArray[np.int64]:
    parts = np.floor(shares * PARTS).astype(np.int64)
    if served is None:
        return parts
    # Float products may fall short of a whole number that the comparison itself reaches.
    at_least = math.ceil(served * PARTS)
    return np.where(shares >= served, np.maximum(parts, at_least), np.minimum(parts, at_least - 1))


def _group(name: str, labels: NDArray[np.str_]) -> dict[str, Any]:
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:_MOST_GROUPS])
    new = np.full(len(names), -1)
    new[kept] = np.arange(len(kept))
    return {
        "name": shortened(humanise(name)),
        "names": [shortened(str(names[place])) for place in kept],
        "codes": new[codes.reshape(-1)].tolist(),
    }
