"""All that evaluation, fairness and the report ever see of a model: its predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shared.computed_column import taken
from shared.errors import ContractError

__all__ = ["ForecastContext", "Predictions", "Scores", "concatenate", "require_context"]

Scores = NDArray[np.floating[Any]]
"""What a network emits, (n, *target.shape): logits in float32, forecasts in float64, because in
original units they may be large beside their errors."""

_PART_NUMBERS = 500_000
"""Scores of one part: 4 MB, of which a metric makes some twenty copies."""


@dataclass(frozen=True)
class ForecastContext:
    """What is known about each forecast besides its target, in original units.

    Attributes:
        starts: (n,) datetime64[s]: the first forecast moment.
        recent: (n, season_steps, channels) float64: the last season; naive baselines follow from
            it. What was not observed is taken from the season before, as far as that is known, else
            NaN.
        location: (n, channels) float64: mean of the example's series over the training split; of a
            series that training never sees, over what lies before its first forecast. The same
            holds for the two below.
        scale: (n, channels) float64, > 0: standard deviation of that series; the unit of
            standardised errors.
        naive_error: (n, channels) float64: mean absolute error of the seasonal naive forecast of
            that series, the denominator of MASE (Hyndman & Koehler 2006, eq. 3); NaN where that is
            0 up to rounding, or was never known.
        naive_squared_error: (n, channels) float64: mean squared error of that forecast, the
            denominator of RMSSE; NaN likewise.
    """

    starts: NDArray[np.datetime64]
    recent: Scores
    location: Scores
    scale: Scores
    naive_error: Scores
    naive_squared_error: Scores

    def __post_init__(self) -> None:
        _require_one_length({name: len(getattr(self, name)) for name in self.__dataclass_fields__})

    def take(self, indices: NDArray[np.int64] | slice) -> ForecastContext:
        """The context at `indices` ((m,) int64, or a slice), in that order."""
        return ForecastContext(
            *(taken(getattr(self, name), indices) for name in self.__dataclass_fields__)
        )

    @property
    def last_season(self) -> Scores:
        """`recent`, a gap bridged by the series' mean, the one number that is always known."""
        return np.where(np.isfinite(self.recent), self.recent, self.location[:, None, :])

    @classmethod
    def concatenated(cls, contexts: Sequence[Self]) -> Self:
        """All rows of several contexts, one after the other."""
        return cls(
            *(
                np.concatenate([getattr(context, name) for context in contexts])
                for name in cls.__dataclass_fields__
            )
        )


@dataclass(frozen=True)
class Predictions:
    """Scores of one split beside the truth.

    Attributes:
        ids: (n,) str.
        entities: (n,) str: the unit of resampling.
        targets: (n,) int64 class index, or (n, steps, channels) float64 in original units, NaN
            where not observed.
        scores: (n, *target.shape), as the network emits them.
        forecast: Forecasts only.
        distances: (n,) float32: how far each row's features lie from those of the training split
            (`shared.run.artefacts.feature_distance`); None if the network has no such features.
        spreads: How far the members of an average are apart: of classes (n,) float32, the mutual
            information of class and member in nats; of forecasts (n, steps, channels) float64, the
            standard deviation of their expected values in original units. None without members.
    """

    ids: NDArray[np.str_]
    entities: NDArray[np.str_]
    targets: NDArray[Any]
    scores: Scores
    forecast: ForecastContext | None = None
    distances: NDArray[np.float32] | None = None
    spreads: Scores | None = None

    def __post_init__(self) -> None:
        beside = [name for name in ("distances", "spreads") if getattr(self, name) is not None]
        names = ("ids", "entities", "targets", "scores", *beside)
        _require_one_length({name: len(getattr(self, name)) for name in names})

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def forecast_context(self) -> ForecastContext:
        """What is known about each forecast.

        Raises:
            ContractError: These are no forecasts.
        """
        return require_context(self.forecast)

    def take(self, indices: NDArray[np.int64] | slice) -> Predictions:
        """The predictions at `indices` ((m,) int64), in that order; an index may repeat.

        Those of a slice are not copied.
        """
        names = ("ids", "entities", "targets", "scores", "distances", "spreads")
        present = {name: getattr(self, name) for name in names}
        taken: dict[str, Any] = {
            name: None if of is None else of[indices] for name, of in present.items()
        }
        forecast = None if self.forecast is None else self.forecast.take(indices)
        return replace(self, **taken, forecast=forecast)

    def parts(self) -> Iterator[Predictions]:
        """The same rows in parts that see the same memory, of about `_PART_NUMBERS` scores each.

        What is computed of each row by itself, and needs more memory than the row, is computed part
        by part. There is at least one, be it empty.
        """
        numbers = int(np.prod(self.scores.shape[1:]))
        size = max(1, _PART_NUMBERS // max(1, numbers))
        for start in range(0, max(1, len(self)), size):
            yield self.take(slice(start, start + size))

    def with_scores(self, scores: Scores) -> Predictions:
        """The same examples scored differently, for example by a baseline."""
        return replace(self, scores=scores)


def concatenate(each: Sequence[Predictions]) -> Predictions:
    """All rows of several predictions of one kind, one after the other."""
    if len(each) == 1:
        return each[0]
    contexts = [one.forecast for one in each if one.forecast is not None]
    arrays = {
        name: np.concatenate([getattr(one, name) for one in each])
        for name in ("ids", "entities", "targets", "scores")
    }
    distances = [one.distances for one in each if one.distances is not None]
    spreads = [one.spreads for one in each if one.spreads is not None]
    return Predictions(
        **arrays,
        forecast=ForecastContext.concatenated(contexts) if contexts else None,
        distances=np.concatenate(distances) if distances else None,
        spreads=np.concatenate(spreads) if spreads and len(spreads) == len(each) else None,
    )


def require_context(context: ForecastContext | None) -> ForecastContext:
    """The context of forecasts, which must be there.

    Raises:
        ContractError: It is not.
    """
    if context is None:
        raise ContractError(
            "Forecasts need their ForecastContext, received none. Give it as `forecast=` wherever"
            " the target is a Horizon."
        )
    return context


def _require_one_length(sizes: dict[str, int]) -> None:
    if len(set(sizes.values())) > 1:
        raise ContractError(f"All columns need one length, received {sizes}.")
