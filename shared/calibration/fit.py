"""Fitting a calibration map on the validation split."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.isotonic import IsotonicRegression

from shared.calibration.conformal import conformal_quantile, rows_needed
from shared.run.artefacts.calibration_file import CalibrationNote
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
from shared.targets.predictions import Predictions, Scores

__all__ = [
    "TEMPERATURE_BOUNDS",
    "Method",
    "WidthFit",
    "cross_fitted_scores",
    "entity_halves",
    "fit_categories",
    "fit_horizon",
]

Method = Literal["none", "temperature", "vector", "isotonic"]

TEMPERATURE_BOUNDS = (0.02, 50.0)
"""Beyond these, probabilities are those of a constant or of certainty, and the likelihood is
flat."""

_PRIOR_ROWS = 10.0
"""Rows, beside those of validation, on which the network's own probabilities are true. They keep
every map near the one that changes nothing until validation says more: with 12 rows, none of them
wrong, the likelihood alone makes all certain."""

_VECTOR_PRIOR_VARIANCE = 0.1
"""Of the normal prior around scale 1 and shift 0: a class with a handful of validation rows keeps
what the network said."""

_MOST_NAMED = 3

_MAX_KNOTS = 50
"""Knots of an isotonic map that go into the graph; more would follow single rows."""


def fit_categories(method: Method, target: Categories, predictions: Predictions) -> Calibration:
    """The map of the chosen kind that fits these rows best.

    By likelihood; of the isotonic map by squared error. In both, `_PRIOR_ROWS` rows stand for the
    network's own probabilities. A class without a row keeps its own scores in a map by class.
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
) -> Scores:
    """Calibrated scores of each half of the entities, by the map fitted on the other half.

    Whatever is chosen next on validation (sets, thresholds) must not see probabilities that were
    fitted to the same rows.
    """
    halves = entity_halves(predictions.entities, seed)
    scores = predictions.scores.copy()
    for half in (0, 1):
        inside = np.flatnonzero(halves == half)
        outside = np.flatnonzero(halves != half)
        if len(inside) and len(outside):
            fitted = fit_categories(method, target, predictions.take(outside))
            scores[inside] = calibrate(fitted, predictions.scores[inside])
    return scores


@dataclass(frozen=True)
class WidthFit:
    """Factors on the width of intervals, and what a reader must know about them."""

    calibration: Calibration
    notes: tuple[CalibrationNote, ...] = ()


def fit_horizon(target: Horizon, predictions: Predictions) -> WidthFit:
    """Factors on the width of the outer interval that bring its coverage to the nominal level.

    One for each step and channel. One with fewer observed values than that level needs keeps 1; so
    does one whose values all lie at the median, for it would leave no interval.
    """
    if target.nominal_coverage is None or predictions.forecast is None:
        return WidthFit(Uncalibrated())
    nonconformity = conformity(target, predictions)
    num_steps, num_channels = nonconformity.shape[1:]
    factors = np.ones((num_steps, num_channels))
    short: list[str] = []
    without_width: list[str] = []
    for step, channel in np.ndindex(num_steps, num_channels):
        observed = nonconformity[:, step, channel]
        quantile = conformal_quantile(observed[np.isfinite(observed)], target.nominal_coverage)
        place = f"{target.channels[channel]} at step {step + 1}"
        if not np.isfinite(quantile):
            short.append(place)
        elif quantile <= SMALLEST_FACTOR:
            without_width.append(place)
        else:
            factors[step, channel] = quantile
    rows = tuple(tuple(row) for row in factors.tolist())
    notes = (*_short_note(target.nominal_coverage, short), *_width_note(without_width))
    factors_of = WidthFactors(factors=rows, never_negative=target.never_negative)
    return WidthFit(factors_of, notes)


def _short_note(coverage: float, places: list[str]) -> tuple[CalibrationNote, ...]:
    if not places:
        return ()
    sentence = (
        f"Too few validation windows were observed of {_name_some(places)}: {coverage:.0%} needs at"
        f" least {rows_needed(coverage)}. There the network's own interval is deployed."
    )
    return (CalibrationNote(kind="too few rows", sentence=sentence),)


def _width_note(places: list[str]) -> tuple[CalibrationNote, ...]:
    if not places:
        return ()
    sentence = (
        f"On validation the forecast is exact for {_name_some(places)}, which would leave no"
        " interval. There the network's own is deployed."
    )
    return (CalibrationNote(kind="bound reached", sentence=sentence),)


def _name_some(places: list[str]) -> str:
    more = len(places) - _MOST_NAMED
    named = ", ".join(places[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _fit_temperature(predictions: Predictions) -> Temperature:
    logits = predictions.scores.astype(np.float64)
    truth = _truth_with_prior(logits, predictions.targets)

    def negative_log_likelihood(log_temperature: float) -> float:
        log_probabilities = log_softmax(logits / np.exp(log_temperature), axis=-1)
        return -float((truth * log_probabilities).sum(axis=-1).mean())

    bounds = (math.log(TEMPERATURE_BOUNDS[0]), math.log(TEMPERATURE_BOUNDS[1]))
    found = minimize_scalar(
        negative_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-6}
    )
    return Temperature(temperature=float(np.exp(found.x)))


def _truth_with_prior(
    logits: NDArray[np.float64], targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, classes): the true class, with the prior rows spread evenly over the n rows."""
    num_rows, num_classes = logits.shape
    true = num_rows * np.eye(num_classes)[targets]
    return np.asarray((true + _PRIOR_ROWS * softmax(logits, axis=-1)) / (num_rows + _PRIOR_ROWS))


def _fit_vector(predictions: Predictions, num_classes: int) -> VectorScaling:
    # Classes without a row stand aside: pushing them down would be all that is learnt of them.
    present, targets = np.unique(predictions.targets, return_inverse=True)
    logits = predictions.scores[:, present].astype(np.float64)
    scales = np.ones(num_classes)
    shifts = np.zeros(num_classes)
    scales[present], shifts[present] = _vector_of(logits, targets)
    return VectorScaling(scales=tuple(scales.tolist()), shifts=tuple(shifts.tolist()))


def _vector_of(
    logits: NDArray[np.float64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    num_rows, num_classes = logits.shape
    truth = _truth_with_prior(logits, targets)
    weight = 1.0 / (_VECTOR_PRIOR_VARIANCE * num_rows)

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mapped = logits * parameters[:num_classes] + parameters[num_classes:]
        loss = -float((truth * log_softmax(mapped, axis=-1)).sum(axis=-1).mean())
        distance = parameters - start
        residual = (softmax(mapped, axis=-1) - truth) / num_rows
        gradient = np.concatenate([(residual * logits).sum(axis=0), residual.sum(axis=0)])
        # A normal prior around the map that changes nothing keeps rare classes from running away.
        penalty = 0.5 * weight * float(distance @ distance)
        return loss + penalty, gradient + weight * distance

    start = np.concatenate([np.ones(num_classes), np.zeros(num_classes)])
    bounds = [(1e-3, None)] * num_classes + [(None, None)] * num_classes
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[:num_classes], found.x[num_classes:]


def _fit_isotonic(predictions: Predictions, num_classes: int) -> Isotonic:
    logits = predictions.scores.astype(np.float64)
    probabilities = softmax(logits, axis=-1)
    truth = _truth_with_prior(logits, predictions.targets)
    knots = []
    values = []
    for c in range(num_classes):
        if not (predictions.targets == c).any():  # without a row it keeps what the network says
            knots.append((0.0, 1.0))
            values.append((0.0, 1.0))
            continue
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
            probabilities[:, c], truth[:, c]
        )
        positions = np.unique(np.quantile(fitted.X_thresholds_, np.linspace(0.0, 1.0, _MAX_KNOTS)))
        knots.append(tuple(positions.tolist()))
        values.append(tuple(fitted.predict(positions).tolist()))
    return Isotonic(knots=tuple(knots), values=tuple(values))


def entity_halves(entities: NDArray[np.str_], seed: int) -> NDArray[np.int64]:
    """0 or 1 for each row; rows of one entity agree, so that no half knows the other's patients."""
    names, codes = np.unique(entities, return_inverse=True)
    shuffled = np.random.default_rng([seed, len(names)]).permutation(len(names))
    return np.asarray(shuffled[codes] % 2, dtype=np.int64)
