"""Which way of removing says least by itself: what the model answers when everything is removed.

Contributions start from that answer. Where it is not what one would say of a row of which nothing
is known, a part is credited with what its replacement took away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.config import ExplainConfig
from shared.contract import Examples, Rows, Segments, Splits
from shared.errors import UserError
from shared.run.artefacts.explanations.checks import Removals, RemovalTested
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores, require_context

__all__ = ["EmptiedRows", "choose_removal"]

_ROWS_AN_EXAMPLE = 3
"""Emptied rows for each row that is explained: 24 by default, so that a share is told to 1/24."""


@dataclass(frozen=True)
class EmptiedRows:
    """How rows are read, cut and scored.

    Attributes:
        target: As the deployed model decides for it.
        decode: Wire -> decoded rows.
        segments: Of one decoded row.
        scores: Decoded rows -> calibrated scores.
    """

    target: Target
    decode: Callable[[Rows], Rows]
    segments: Callable[[Rows], Segments]
    scores: Callable[[Rows], Scores]

    def by_removal(self, examples: Examples) -> dict[str, Scores]:
        """Name -> scores of the examples, everything removed in this way."""
        scores: dict[str, list[Scores]] = {}
        for index in range(len(examples)):
            row = self.decode(examples.rows(np.array([index], dtype=np.int64)))
            segments = self.segments(row)
            nothing = np.zeros((1, len(segments.names)), dtype=np.bool_)
            for name in segments.removals:
                emptied = segments.removing(name).mask(nothing)
                scores.setdefault(name, []).append(self.scores(emptied))
        return {name: np.concatenate(parts) for name, parts in scores.items()}


def choose_removal(
    settings: ExplainConfig,
    rows: EmptiedRows,
    splits: Splits,
    *,
    seed: int,
    resampling: Resampling,
) -> Removals:
    """Empty some rows of the validation part in all ways that the domain knows.

    Args:
        settings: `removal` is the name of a way, or "auto" for the one whose distance is smallest,
            of equal ones the first; `num_examples` says how much may be spent.
        rows: How they are read and scored.
        splits: Validation part to empty, training part to know what is usual.
        seed: Which rows are drawn.
        resampling: Of entities, for the intervals.

    Raises:
        UserError: There is no such way, or a score is no number.
    """
    asked = settings.removal
    examples = _drawn(splits.val, _ROWS_AN_EXAMPLE * settings.num_examples, seed)
    found = rows.by_removal(examples)
    if asked not in ("auto", *found):
        raise UserError(
            f"explain.removal={asked}: this domain knows {', '.join(found)}, or auto, which takes"
            " the most neutral one."
        )
    tested = [
        _tested(name, rows.target, scores, examples, splits.train, resampling)
        for name, scores in found.items()
    ]
    nearest = min(tested, key=lambda one: round(one.distance.value or 0.0, 6)).name
    chosen = nearest if asked == "auto" else asked
    return Removals(asked=asked, chosen=chosen, rows=len(examples), tested=tuple(tested))


def _tested(
    name: str,
    target: Target,
    scores: Scores,
    examples: Examples,
    train: Examples,
    resampling: Resampling,
) -> RemovalTested:
    if not np.isfinite(scores).all():
        raise UserError(
            "The model's score is NaN or infinite when everything is removed from a row. Look at"
            " the training: a model that diverged can't be explained."
        )
    if isinstance(target, Horizon):
        distances = _from_climatology(target, scores, examples)
        decisions = {}
    else:
        distances = _from_shares(target, scores, train)
        decisions = _decisions(target, scores)
    distance = _mean(distances, examples.entities, resampling)
    return RemovalTested(name=name, distance=distance, decisions=decisions)


def _from_shares(target: Categories, scores: Scores, train: Examples) -> NDArray[np.float64]:
    """(n,): Σ |p − share of the class in the training part| / 2, in [0, 1]."""
    counts = np.bincount(train.targets, minlength=len(target.names))
    shares = counts / counts.sum()
    return np.asarray(np.abs(target.probabilities(scores) - shares).sum(axis=1) / 2.0)


def _from_climatology(target: Horizon, scores: Scores, examples: Examples) -> NDArray[np.float64]:
    """(n,): |mean forecast − mean of the series| in standard deviations, mean over channels."""
    context = require_context(examples.forecast)
    forecast = target.decide(scores).mean(axis=1)  # (n, channels)
    return np.asarray((np.abs(forecast - context.location) / context.scale).mean(axis=1))


def _decisions(target: Categories, scores: Scores) -> dict[str, float]:
    """Share of rows for each class that is decided at all, most frequent first."""
    counts = np.bincount(target.decide(scores), minlength=len(target.names))
    order: Sequence[int] = np.argsort(-counts, kind="stable").tolist()
    return {target.names[k]: float(counts[k] / counts.sum()) for k in order if counts[k]}


def _mean(
    distances: NDArray[np.float64], entities: NDArray[np.str_], resampling: Resampling
) -> Estimate:
    codes, num_entities = entity_codes(entities)
    measure = Measure("distance", num_entities)
    statistic = mean_statistic([measure], distances[:, None], codes, num_entities)
    return estimates([statistic], num_entities, resampling)["distance"]


def _drawn(examples: Examples, most: int, seed: int) -> Examples:
    count = min(len(examples), most)
    generator = np.random.default_rng([seed, len(examples), count])
    return examples.take(np.sort(generator.choice(len(examples), count, replace=False)))
