"""What the report shows of a classification besides its metrics: confusion and classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.class_entries import ClassEntry, RankingEstimate
from shared.statistics.areas import area_estimate
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.category_statistics import class_f1_statistic
from shared.statistics.class_ranking import average_precision_name, class_areas
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate, clustered_share
from shared.targets.categories import Categories
from shared.targets.predictions import Predictions

__all__ = ["class_table"]

_NO_SKILL_AREA = 0.5
"""A ranking without skill puts a row of the class first as often as not."""


def class_table(
    target: Categories,
    predictions: Predictions,
    measured: Mapping[str, Estimate],
    resampling: Resampling,
) -> tuple[ClassEntry, ...]:
    """Recall, precision, F1 and ranking of each class.

    Recall and precision are shares of rows; F1 is none, so its interval is the bootstrap's.

    Args:
        target: The kind of target.
        predictions: Finite scores beside the truth, at least one row.
        measured: What was measured of these rows, by measure.
        resampling: Of entities.
    """
    codes, num_entities = entity_codes(predictions.entities)
    predicted = target.decide(predictions.scores)
    statistic = class_f1_statistic(target, predictions, codes, num_entities)
    f1 = estimates([statistic], num_entities, resampling)
    level = resampling.confidence
    ranked = _rankings(target, predictions, measured, level)
    entries = []
    for c, name in enumerate(target.names):
        auc, average_precision = ranked.get(c, (None, None))
        recall, precision = _rates(predictions.targets == c, predicted == c, codes, level)
        entry = ClassEntry(
            name=name,
            n=recall.n,
            num_entities=recall.num_entities,
            num_predicted=precision.n,
            recall=recall,
            precision=precision,
            f1=f1[f"f1:{name}"],
            auc=auc,
            average_precision=average_precision,
        )
        entries.append(entry)
    return tuple(entries)


def _rates(
    true: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    codes: NDArray[np.int64],
    confidence: float,
) -> tuple[ShareEstimate, ShareEstimate]:
    """Recall and precision of a class, from the rows that are and that are said to be of it."""
    found = (true & predicted).astype(np.float64)
    recall = clustered_share(found[true], codes[true], confidence)
    precision = clustered_share(found[predicted], codes[predicted], confidence)
    return recall, precision


def _rankings(
    target: Categories,
    predictions: Predictions,
    measured: Mapping[str, Estimate],
    confidence: float,
) -> dict[int, tuple[RankingEstimate, RankingEstimate]]:
    """Of each scored class the area under the ROC curve and the average precision.

    The area's interval is DeLong's by entity, that of the average precision the bootstrap's.
    """
    found = {}
    for c, area in class_areas(target, predictions).items():
        # As precise as rows of the class are frequent: so is a ranking without skill.
        frequency = float((predictions.targets == c).mean())
        auc = area_estimate(area, confidence)
        precision = measured[average_precision_name(target.names[c])]
        found[c] = (
            RankingEstimate(**dict(auc), baseline=_NO_SKILL_AREA),
            RankingEstimate(**dict(precision), baseline=frequency),
        )
    return found
