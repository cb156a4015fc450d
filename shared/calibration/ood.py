"""From which score on a row counts as out-of-distribution (OOD).

Chosen so that rows like those of validation pass as often as requested.
"""

from __future__ import annotations

import numpy as np

from shared.calibration.conformal import conformal_quantile
from shared.targets import Target
from shared.targets.ood import OodRule, deployable_score, ood_score
from shared.targets.predictions import Predictions

__all__ = ["choose_ood_rule"]


def choose_ood_rule(
    target: Target, val: Predictions, in_distribution_share: float
) -> OodRule | None:
    """The threshold that rows like those of validation pass as often as requested.

    A conformal test of one class (Vovk et al. 2005, section 4.3): no OOD input is needed to choose
    it. With too few rows for the requested share it is the largest score among them.

    Args:
        target: The kind of target.
        val: Raw scores and distances of validation, by the model that is deployed.
        in_distribution_share: In (0, 1).

    Returns:
        None if the model has no deployable score, or none that is finite.
    """
    score = deployable_score(target, val)
    if score is None:
        return None
    values = ood_score(score, val)
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return None
    threshold = min(conformal_quantile(values, in_distribution_share), float(values.max()))
    return OodRule(
        score=score, in_distribution_share=in_distribution_share, threshold=threshold, n=len(values)
    )
