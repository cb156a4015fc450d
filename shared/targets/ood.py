"""Out-of-distribution (OOD) scores of rows: several detectors, and the rule that is deployed.

All detectors read raw scores (as the network emits them) or features; larger is less like training.
The TensorFlow twin of the deployed rule is `shared.model.ood`.
"""

from __future__ import annotations

from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import logsumexp

from shared.block import Block
from shared.targets.categories import Categories
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions, Scores

__all__ = [
    "DeployableScore",
    "OodRule",
    "deployable_score",
    "describe_lack_of_features",
    "energy",
    "ood_score",
    "ood_scores",
]

DeployableScore = Literal["distance", "energy"]
"""What the deployed graph can answer with."""


class OodRule(Block):
    """From which score on a row is called out-of-distribution.

    Attributes:
        score: `distance` of the features, or `energy` of the logits.
        in_distribution_share: Nominal share of rows like those of validation that pass.
        threshold: Rows whose score is above it are called OOD.
        n: Validation rows it rests on.
    """

    score: DeployableScore
    in_distribution_share: float = Field(gt=0.0, lt=1.0)
    threshold: float
    n: int = Field(ge=1)


def energy(scores: Scores) -> NDArray[np.float64]:
    """Free energy of logits (n, classes), (n,) (Liu et al. 2020, eq. 4, temperature 1)."""
    return -np.asarray(logsumexp(scores.astype(np.float64), axis=-1))


def deployable_score(
    target: Categories | Horizon, predictions: Predictions
) -> DeployableScore | None:
    """The distance wherever the network has features, else the energy of its logits.

    A forecast without features has neither.

    A rule, not a choice by results: to pick the detector that does best on the perturbations at
    hand would tune it to them.
    """
    if predictions.distances is not None:
        return "distance"
    return "energy" if isinstance(target, Categories) else None


def describe_lack_of_features(target: Categories | Horizon) -> str:
    """Which score tells OOD inputs where the network has no features, as one line for the log."""
    match target:
        case Categories():
            instead = "the energy of its logits tells OOD inputs instead"
        case Horizon():
            instead = "no score tells OOD inputs"
    return f"the network has no Dense layer at its top level, so no features: {instead}"


def ood_score(score: DeployableScore, predictions: Predictions) -> NDArray[np.float64]:
    """One deployable score of each row, (n,)."""
    if score == "energy" or predictions.distances is None:
        return energy(predictions.scores)
    return predictions.distances.astype(np.float64)


def ood_scores(
    target: Categories | Horizon, predictions: Predictions
) -> dict[str, NDArray[np.float64]]:
    """Every detector's score of each row, (n,) each; the deployable one first, the baseline last.

    The baselines need no features: `max_softmax`, 1 minus the highest probability (Hendrycks &
    Gimpel 2017, section 3), and for forecasts `interval_width`, the width of the widest interval in
    training standard deviations.
    """
    scores = (
        {}
        if predictions.distances is None
        else {"distance": predictions.distances.astype(np.float64)}
    )
    match target:
        case Categories():
            scores["energy"] = energy(predictions.scores)
            scores["max_softmax"] = 1.0 - target.probabilities(predictions.scores).max(axis=-1)
        case Horizon():
            if target.nominal_coverage is not None and predictions.forecast is not None:
                quantiles = target.quantile_forecasts(predictions.scores).astype(np.float64)
                width = quantiles[..., -1] - quantiles[..., 0]
                in_deviations = width / predictions.forecast.scale[:, None, :]
                scores["interval_width"] = in_deviations.mean(axis=(1, 2))
        case _:
            assert_never(target)
    return scores
