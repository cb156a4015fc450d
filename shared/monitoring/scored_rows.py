"""One side of the comparison: rows that the deployed model has scored, and what it says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.monitoring.columns import Categorical, Column, Numeric
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores

__all__ = ["ScoredRows", "choose_one_each", "covered_share", "score_columns"]

_MOST_CLASSES = 30
_FLAGS = {False: "no", True: "yes"}


@dataclass(frozen=True)
class ScoredRows:
    """Rows that the deployed model has scored.

    Attributes:
        ids: (n,) str.
        entities: (n,) str: the id where no entity is known.
        scores: (n, *target.shape), calibrated.
        targets: (n, …) as `Predictions` has them; -1 or NaN where the truth is not known.
        ood_scores: (n,) float64; None if the model has none. Likewise all that follow.
        is_ood: (n,) whether the model calls a row unlike its training data.
        abstains: (n,) whether it hands the row to a person; categories only.
        in_set: (n, classes) whether a class is in the conformal set; categories only.
        groups: n rows × one column per attribute that is known, str.
    """

    ids: NDArray[np.str_]
    entities: NDArray[np.str_]
    scores: Scores
    targets: NDArray[Any]
    ood_scores: NDArray[np.float64] | None
    is_ood: NDArray[np.bool_] | None
    abstains: NDArray[np.bool_] | None
    in_set: NDArray[np.bool_] | None
    groups: pd.DataFrame

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def has_truth(self) -> NDArray[np.bool_]:
        """(n,) whether anything is known of a row's truth."""
        if self.targets.ndim == 1:
            return np.asarray(self.targets >= 0)
        return np.asarray(np.isfinite(self.targets).any(axis=(1, 2)))

    def take(self, rows: NDArray[np.int64]) -> ScoredRows:
        """The rows at `rows` ((m,) int64), in that order."""
        arrays = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "groups"
        }
        taken: dict[str, Any] = {
            name: None if of is None else of[rows] for name, of in arrays.items()
        }
        groups = self.groups.iloc[rows].reset_index(drop=True)
        return replace(self, **taken, groups=groups)


def choose_one_each(entities: NDArray[np.str_], limit: int, seed: int) -> NDArray[np.int64]:
    """One row of each entity, drawn by the seed; of at most `limit` entities. Increasing.

    Rows of one entity resemble each other; one of each are independent, whatever the sizes.
    """
    generator = np.random.default_rng([seed, len(entities)])
    shuffled = generator.permutation(len(entities))
    _, first = np.unique(entities[shuffled], return_index=True)
    chosen = shuffled[first]
    if len(chosen) > limit:
        chosen = generator.choice(chosen, limit, replace=False)
    return np.sort(chosen).astype(np.int64)


def score_columns(target: Target, rows: ScoredRows) -> list[Column]:
    """What the model says of each row, and the groups that it belongs to."""
    columns: list[Column]
    match target:
        case Categories():
            columns = list(_class_columns(target, rows))
        case Horizon():
            columns = list(_forecast_columns(target, rows.scores))
        case _:
            assert_never(target)
    if rows.ood_scores is not None:
        columns.append(Numeric("scores", "how unlike the training data", rows.ood_scores))
    flags = {"handed to a person": rows.abstains, "unfamiliar": rows.is_ood}
    columns += [_flag(name, of) for name, of in flags.items() if of is not None]
    for name in rows.groups.columns:
        values = rows.groups[name].to_numpy().astype(np.str_)
        columns.append(Categorical("groups", str(name), values))
    return columns


def covered_share(target: Horizon, rows: ScoredRows) -> NDArray[np.float64]:
    """Share of a row's observed values within the outer quantiles, (n,); NaN without any."""
    quantiles = target.quantile_forecasts(rows.scores).astype(np.float64)
    inside = (rows.targets >= quantiles[..., 0]) & (rows.targets <= quantiles[..., -1])
    observed = np.isfinite(rows.targets)
    counts = observed.sum(axis=(1, 2))
    hits = (inside & observed).sum(axis=(1, 2))
    return np.where(counts > 0, hits / np.maximum(counts, 1), np.nan)


def _class_columns(target: Categories, rows: ScoredRows) -> Iterator[Column]:
    probabilities = target.probabilities(rows.scores)
    yield Numeric("scores", "confidence", target.confidence(rows.scores))
    if len(target.names) <= _MOST_CLASSES:
        for c in target.scored_classes():
            yield Numeric("scores", f"probability of {target.names[c]}", probabilities[:, c])
    names = np.array(target.names, dtype=np.str_)
    yield Categorical("decisions", "decided class", names[target.decide(rows.scores)])


def _forecast_columns(target: Horizon, scores: Scores) -> Iterator[Column]:
    """Means over steps; a forecast has hundreds of numbers."""
    values = scores.astype(np.float64)  # (n, steps, channels, 1 + quantiles)
    quantiles = target.quantile_forecasts(scores).astype(np.float64)
    for c, channel in enumerate(target.channels):
        yield Numeric("scores", f"forecast of {channel}", values[:, :, c, 0].mean(axis=1))
        if len(target.quantiles) > 1:
            width = quantiles[:, :, c, -1] - quantiles[:, :, c, 0]
            yield Numeric("scores", f"interval width of {channel}", width.mean(axis=1))


def _flag(name: str, values: NDArray[np.bool_]) -> Categorical:
    said = np.array([_FLAGS[value] for value in values.tolist()], dtype=np.str_)
    return Categorical("decisions", name, said)
