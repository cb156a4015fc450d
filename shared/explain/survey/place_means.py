"""What each place contributes on average, overall and by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.explain.survey.surveyed_rows import SurveyedRows
from shared.run.artefacts.explanations.survey import PlaceMean
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic

__all__ = ["mean_places"]

_MOST_PLACES = 24


def mean_places(
    found: SurveyedRows, resampling: Resampling, *, by_class: bool
) -> tuple[PlaceMean, ...]:
    """The strongest places, largest sum first.

    Args:
        found: Brief explanations.
        resampling: Of entities, for the intervals.
        by_class: Whether rows explain classes, each of which gets a mean of its own.
    """
    chosen = found.strongest(_MOST_PLACES)
    shares = found.shares[:, chosen]
    means = _estimates(shares, found.entities, resampling)
    classes = np.unique(found.explained).tolist() if by_class else []
    counts = np.isfinite(shares).sum(axis=0).tolist()
    absolute = np.nanmean(found.absolute[:, chosen], axis=0).tolist()
    signed = np.nanmean(found.signed[:, chosen], axis=0).tolist()
    return tuple(
        PlaceMean(
            place=found.names[place],
            share=means[position],
            mean_absolute=absolute[position],
            mean=signed[position],
            by_class=_by_class(shares[:, position], found.explained, classes),
            n=counts[position],
        )
        for position, place in enumerate(chosen.tolist())
    )


def _by_class(
    column: NDArray[np.float64], explained: NDArray[np.str_], classes: Sequence[str]
) -> dict[str, float]:
    """Mean of each class over its rows that have the place, where there is one."""
    known = np.isfinite(column)
    of_class = {name: column[known & (explained == name)] for name in classes}
    return {name: float(values.mean()) for name, values in of_class.items() if len(values)}


def _estimates(
    shares: NDArray[np.float64], entities: NDArray[np.str_], resampling: Resampling
) -> list[Estimate]:
    """Mean of each column over the rows that have a value."""
    codes, num_entities = entity_codes(entities)
    measures = [
        Measure(str(k), len(np.unique(codes[np.isfinite(column)])), low=0.0, high=1.0)
        for k, column in enumerate(shares.T)
    ]
    found = estimates(
        [mean_statistic(measures, shares, codes, num_entities)], num_entities, resampling
    )
    return [found[measure.name] for measure in measures]
