"""Fitting a calibration map on the validation split."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.isotonic import IsotonicRegression

from shared.calibration.conformal import conformal_quantile
from shared.targets import Categories, Horizon
from shared.targets.calibration import (
    SMALLEST_FACTOR,
    Calibration,
    Isotonic,
    Temperature,
    Uncalibrated,
    VectorScaling,
    WidthFactors,
    calibrate,
    conformity,
)
from shared.targets.predictions import Predictions

__all__ = ["Method", "cross_fitted_scores", "fit_categories", "fit_horizon"]

Method = Literal["none", "temperature", "vector", "isotonic"]

_TEMPERATURE_BOUNDS = (0.02, 50.0)
"""Beyond these, probabilities are those of a constant or of certainty, and the likelihood is
flat."""

_VECTOR_PRIOR_VARIANCE = 0.1
"""Of the normal prior around scale 1 and shift 0: a class with a handful of validation rows keeps
what the network said."""

_MAX_KNOTS = 50
"""Knots of an isotonic map that go into the graph; more would follow single rows."""


def fit_categories(method: Method, target: Categories, predictions: Predictions) -> Calibration:
    """The map of the chosen kind that fits these rows best.

    By likelihood; of the isotonic map by squared error.
    """
    match method:
        case "none":
            return Uncalibrated()
        case "temperature":
            return _fit_temperature(predictions)
        case "vector":
            return _fit_vector(predictions, len(target.names))
        case "isotonic":
            return _fit_isotonic(predictions, len(target.names))


def cross_fitted_scores(
    method: Method, target: Categories, predictions: Predictions, seed: int
) -> NDArray[np.float32]:
    """Calibrated scores of each half of the entities, by the map fitted on the other half.

    Whatever is chosen next on validation (sets, thresholds) must not see probabilities that were
    fitted to the same rows.
    """
    halves = _entity_halves(predictions.entities, seed)
    scores = predictions.scores.copy()
    for half in (0, 1):
        inside = np.flatnonzero(halves == half)
        outside = np.flatnonzero(halves != half)
        if len(inside) and len(outside):
            fitted = fit_categories(method, target, predictions.take(outside))
            scores[inside] = calibrate(fitted, predictions.scores[inside])
    return scores


def fit_horizon(target: Horizon, predictions: Predictions) -> Calibration:
    """Factors on the width of the outer interval that bring its coverage to the nominal level.

    One for each step and channel; one with fewer observed values than that level needs keeps 1.
    """
    if target.nominal_coverage is None or predictions.forecast is None:
        return Uncalibrated()
    nonconformity = conformity(target, predictions)
    steps, channels = nonconformity.shape[1:]
    factors = [
        [_factor(nonconformity[:, s, c], target.nominal_coverage) for c in range(channels)]
        for s in range(steps)
    ]
    return WidthFactors(factors=tuple(map(tuple, factors)))


def _factor(nonconformity: NDArray[np.float64], coverage: float) -> float:
    observed = nonconformity[np.isfinite(nonconformity)]
    quantile = conformal_quantile(observed, coverage)
    return max(float(quantile), SMALLEST_FACTOR) if np.isfinite(quantile) else 1.0


def _fit_temperature(predictions: Predictions) -> Temperature:
    logits = predictions.scores.astype(np.float64)
    rows = np.arange(len(predictions))

    def negative_log_likelihood(log_temperature: float) -> float:
        log_probabilities = log_softmax(logits / np.exp(log_temperature), axis=-1)
        return -float(log_probabilities[rows, predictions.targets].mean())

    bounds = (math.log(_TEMPERATURE_BOUNDS[0]), math.log(_TEMPERATURE_BOUNDS[1]))
    found = minimize_scalar(
        negative_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-6}
    )
    return Temperature(temperature=float(np.exp(found.x)))


def _fit_vector(predictions: Predictions, num_classes: int) -> VectorScaling:
    logits = predictions.scores.astype(np.float64)
    rows = np.arange(len(predictions))
    truth = np.eye(num_classes)[predictions.targets]
    weight = 1.0 / (_VECTOR_PRIOR_VARIANCE * len(rows))

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mapped = logits * parameters[:num_classes] + parameters[num_classes:]
        loss = -float(log_softmax(mapped, axis=-1)[rows, predictions.targets].mean())
        distance = parameters - start
        residual = (softmax(mapped, axis=-1) - truth) / len(rows)
        gradient = np.concatenate([(residual * logits).sum(axis=0), residual.sum(axis=0)])
        # A normal prior around the map that changes nothing keeps rare classes from running away.
        penalty = 0.5 * weight * float(distance @ distance)
        return loss + penalty, gradient + weight * distance

    start = np.concatenate([np.ones(num_classes), np.zeros(num_classes)])
    bounds = [(1e-3, None)] * num_classes + [(None, None)] * num_classes
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return VectorScaling(
        scales=tuple(found.x[:num_classes].tolist()), shifts=tuple(found.x[num_classes:].tolist())
    )


def _fit_isotonic(predictions: Predictions, num_classes: int) -> Isotonic:
    probabilities = softmax(predictions.scores.astype(np.float64), axis=-1)
    knots = []
    values = []
    for c in range(num_classes):
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
            probabilities[:, c], predictions.targets == c
        )
        positions = np.unique(np.quantile(fitted.X_thresholds_, np.linspace(0.0, 1.0, _MAX_KNOTS)))
        knots.append(tuple(positions.tolist()))
        values.append(tuple(fitted.predict(positions).tolist()))
    return Isotonic(knots=tuple(knots), values=tuple(values))


def _entity_halves(entities: NDArray[np.str_], seed: int) -> NDArray[np.int64]:
    """0 or 1 for each row; rows of one entity agree, so that no half knows the other's patients."""
    names, codes = np.unique(entities, return_inverse=True)
    shuffled = np.random.default_rng([seed, len(names)]).permutation(len(names))
    return np.asarray(shuffled[codes] % 2, dtype=np.int64)
