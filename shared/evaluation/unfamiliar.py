"""Does the model notice what it was not made for? How well its energy tells changed inputs from unchanged ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from shared.evaluation.bootstrap import Resampling, Statistic, entity_codes, estimates
from shared.evaluation.intervals import Measure
from shared.evaluation.number import estimate_fields
from shared.evaluation.ranking import area_under_curve
from shared.predictions import Predictions

__all__ = ["energy", "unfamiliar_table"]


def energy(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Free energy of logits (n, classes), (n,): larger is stranger (Liu et al. 2020, eq. 4, temperature 1)."""
    return -np.asarray(logsumexp(scores.astype(np.float64), axis=-1))


def unfamiliar_table(clean: Predictions, probed: Mapping[tuple[str, int], Predictions], resampling: Resampling) -> list[dict[str, Any]]:
    """For each probe the area under the ROC curve of energy as a detector of changed rows: 0.5 blind, 1 sees every one.

    Args:
        clean: Raw scores of the test part.
        probed: (probe, severity) -> raw scores of some of its rows, changed.
        resampling: Of entities; a row and its changed twin are drawn together.
    """
    table = []
    by_id = {name: row for row, name in enumerate(clean.ids.tolist())}
    for (probe, severity), changed in probed.items():
        unchanged = clean.take(np.array([by_id[name] for name in changed.ids.tolist()], dtype=np.int64))
        scores = np.concatenate([energy(unchanged.scores), energy(changed.scores)])
        if not np.isfinite(scores).all():
            continue
        codes, num_entities = entity_codes(np.concatenate([unchanged.entities, changed.entities]))
        is_changed = np.arange(len(scores)) >= len(unchanged)
        statistic = _area_statistic(area_under_curve(scores, is_changed, codes, num_entities), num_entities)
        found = estimates([statistic], num_entities, resampling)["auroc"]
        table.append({"probe": probe, "severity": severity, "n": len(changed), **estimate_fields(found)})
    return table


def _area_statistic(area: Callable[[NDArray[np.float64]], NDArray[np.float64]], num_entities: int) -> Statistic:
    return Statistic((Measure("auroc", num_entities, 0.0, 1.0),), lambda weights: area(weights)[None, :])
