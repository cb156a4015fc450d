"""Maps from the network's scores to scores that mean what they say.

Fitted on validation, stored as plain numbers, served in the graph.

Each map takes scores to scores of the same shape, so that whatever reads scores reads calibrated
ones too. The Keras twin, which goes into the deployed graph, is `shared.model.calibration`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import softmax

from shared.block import Block
from shared.targets.horizon import Horizon
from shared.targets.predictions import Predictions, Scores

__all__ = [
    "PROBABILITY_FLOOR",
    "SMALLEST_FACTOR",
    "Calibration",
    "Isotonic",
    "Temperature",
    "Uncalibrated",
    "VectorScaling",
    "WidthFactors",
    "calibrate",
    "conformity",
    "widen",
]

PROBABILITY_FLOOR = 1e-6
"""Smallest probability that an isotonic map may state: its steps reach 0, whose log loss would be
infinite at the first surprise."""

SMALLEST_FACTOR = 1e-6
"""Of an interval's width; and, in units of the series' standard deviation, the half width that
counts at least: a quantile forecast without width can't be stretched."""


class Uncalibrated(Block):
    """Scores as the network emits them."""

    kind: Literal["none"] = "none"


class Temperature(Block):
    """Logits over one temperature (Guo et al. 2017, eq. 9).

    Predicted classes and rankings within a row stay.
    """

    kind: Literal["temperature"] = "temperature"
    temperature: float = Field(gt=0.0)


class VectorScaling(Block):
    """Logits times a scale of their class plus a shift of their class.

    Guo et al. 2017, section 4.2. Predicted classes may change.
    """

    kind: Literal["vector"] = "vector"
    scales: tuple[float, ...]
    shifts: tuple[float, ...]


class Isotonic(Block):
    """Each class's probability through its own increasing, piecewise linear map, then normalised.

    Zadrozny & Elkan 2002, section 4.

    Attributes:
        knots: For each class, increasing probabilities.
        values: For each class, the calibrated probability at each knot; linear between, constant
            outside.
    """

    kind: Literal["isotonic"] = "isotonic"
    knots: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]


class WidthFactors(Block):
    """Quantiles of a forecast pulled away from, or towards, the median by a factor.

    With it the outer ones cover as often as their level says.

    The conformity score is the distance from the median in units of the interval's own half width
    (Kivaranovic et al. 2020, eq. 4), which has no unit: one factor serves series of any scale, also
    those that training never saw.

    Attributes:
        factors: (steps, channels), > 0.
        never_negative: Of each channel, whether what is pulled stops at 0; empty: of none.
    """

    kind: Literal["width"] = "width"
    factors: tuple[tuple[float, ...], ...]
    never_negative: tuple[bool, ...] = ()


Calibration = Annotated[
    Uncalibrated | Temperature | VectorScaling | Isotonic | WidthFactors,
    Field(discriminator="kind"),
]


def calibrate(calibration: Calibration, scores: Scores) -> Scores:
    """Scores as the network emits them -> calibrated scores of the same shape and dtype.

    Logits, or mean and quantiles.
    """
    match calibration:
        case Uncalibrated():
            return scores
        case Temperature():
            return (scores / np.float32(calibration.temperature)).astype(np.float32)
        case VectorScaling():
            return np.asarray(
                scores * np.array(calibration.scales, np.float32)
                + np.array(calibration.shifts, np.float32)
            )
        case Isotonic():
            return _isotonic(calibration, scores)
        case WidthFactors():
            return widen(scores, np.asarray(calibration.factors), calibration.never_negative)


def widen(
    scores: Scores, factors: NDArray[np.float64], never_negative: Sequence[bool] = ()
) -> Scores:
    """Pulls quantiles away from the median by a factor; the mean stays.

    Args:
        scores: (n, steps, channels, 1 + quantiles): mean, then quantiles.
        factors: (steps, channels), or (n, steps, channels) for factors of each row; > 0.
        never_negative: Of each channel, whether no quantile is pulled below 0; empty: of none.
    """
    quantiles = np.sort(scores[..., 1:], axis=-1)
    centre = np.median(quantiles, axis=-1, keepdims=True)
    stretched = centre + np.asarray(factors, scores.dtype)[..., None] * (quantiles - centre)
    if any(never_negative):
        stretched = np.maximum(stretched, np.where(never_negative, 0.0, -np.inf)[:, None])
    return np.concatenate([scores[..., :1], stretched], axis=-1, dtype=scores.dtype)


def conformity(target: Horizon, predictions: Predictions) -> NDArray[np.float64]:
    """The factor on the outer interval's width that would just have held each value.

    (n, steps, channels) float64; NaN where not observed.

    The distance from the median in units of the interval's half width on that side (Kivaranovic et
    al. 2020, eq. 4).
    """
    quantiles = target.quantile_forecasts(predictions.scores).astype(np.float64)
    centre = np.median(quantiles, axis=-1)
    floor = SMALLEST_FACTOR * predictions.forecast_context.scale[:, None, :].astype(np.float64)
    above = (predictions.targets - centre) / np.maximum(quantiles[..., -1] - centre, floor)
    below = (centre - predictions.targets) / np.maximum(centre - quantiles[..., 0], floor)
    return np.asarray(np.maximum(above, below))


def _isotonic(calibration: Isotonic, scores: Scores) -> NDArray[np.float32]:
    probabilities = softmax(scores.astype(np.float64), axis=-1)
    mapped = np.stack(
        [
            np.interp(probabilities[:, c], calibration.knots[c], calibration.values[c])
            for c in range(len(calibration.knots))
        ],
        axis=-1,
    )
    return np.log(np.maximum(mapped, PROBABILITY_FLOOR)).astype(np.float32)
