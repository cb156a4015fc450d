"""Choosing on validation whether a calibration map is deployed, or the scores as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from shared.calibration.abstention import count_independent
from shared.calibration.fit import (
    TEMPERATURE_BOUNDS,
    Method,
    cross_fitted_scores,
    entity_halves,
    fit_categories,
    fit_horizon,
)
from shared.run.artefacts.calibration_file import CalibrationNote
from shared.targets import Categories, Horizon
from shared.targets.calibration import (
    Calibration,
    Temperature,
    Uncalibrated,
    WidthFactors,
    calibrate,
)
from shared.targets.predictions import Predictions

__all__ = ["MapChoice", "choose_category_map", "choose_width_map"]

_FEW_ERRORS = 10
"""With fewer wrong rows, how often a sure prediction is wrong is hardly known."""

_LEVEL = 0.95


_AS_THEY_ARE = "Scores are deployed as they are"
_SIMPLER = "A temperature is deployed instead of the map that was asked for"

_OF_THE_MISSING: Mapping[Method, str] = {
    "none": "The scores there are deployed as they are.",
    "temperature": "The temperature that the other classes chose holds there, too.",
    "vector": "The map keeps the scores there.",
    "isotonic": "The map keeps the scores there.",
}

_Reason = Literal["worse than raw", "too few errors", "too few rows"]


@dataclass(frozen=True)
class MapChoice:
    """What is deployed.

    Attributes:
        calibration: The map; `Uncalibrated` where the one that was asked for is not borne out.
        scores: Of validation, each half by the map fitted on the other half.
        notes: What a reader must know about it.
    """

    calibration: Calibration
    scores: NDArray[np.float32]
    notes: tuple[CalibrationNote, ...] = ()


def choose_category_map(
    method: Method, target: Categories, val: Predictions, seed: int
) -> MapChoice:
    """The map of the chosen kind, unless validation speaks against it.

    Then a temperature, the least that can be put right, if validation bears that out; else the
    scores as they are.

    Args:
        method: The kind that was asked for.
        target: The kind of target.
        val: Finite raw scores of validation.
        seed: Of the halves of entities.
    """
    if method == "none":
        return MapChoice(Uncalibrated(), val.scores)
    asked = _try_map(method, target, val, seed)
    if asked.refused is None:
        return asked.deploy(_missing_classes(target, val, method))
    simpler = None if method == "temperature" else _try_map("temperature", target, val, seed)
    if simpler is not None and simpler.refused is None:
        notes = (*_missing_classes(target, val, "temperature"), _note(_SIMPLER, asked.refused))
        return simpler.deploy(notes)
    notes = (*_missing_classes(target, val, "none"), _note(_AS_THEY_ARE, asked.refused))
    return MapChoice(Uncalibrated(), val.scores, notes)


def choose_width_map(target: Horizon, val: Predictions, seed: int) -> MapChoice:
    """Factors on the width of intervals, unless the network's own width covers better.

    Coverage is what they are for. The interval score also weighs width, and hardly changes near the
    best width, so that it would leave intervals that cover 73 % where 80 % are asked for.

    Args:
        target: The kind of target.
        val: Finite raw scores of validation.
        seed: Of the halves of blocks of time.
    """
    fitted = fit_horizon(target, val)
    if not isinstance(fitted.calibration, WidthFactors):
        return MapChoice(Uncalibrated(), val.scores)
    scores = val.scores.copy()
    halves = entity_halves(val.entities, seed)
    for half in (0, 1):
        inside = np.flatnonzero(halves == half)
        outside = np.flatnonzero(halves != half)
        if len(inside) and len(outside):
            other = fit_horizon(target, val.take(outside)).calibration
            scores[inside] = calibrate(other, val.scores[inside])
    raw, mapped = (_coverage_error(target, each) for each in (val, val.with_scores(scores)))
    refused = _one_entity(val) or _worse("coverage error", raw, mapped)
    if refused is not None:
        return MapChoice(Uncalibrated(), val.scores, (_note(_AS_THEY_ARE, refused),))
    return MapChoice(fitted.calibration, scores, fitted.notes)


@dataclass(frozen=True)
class _Refusal:
    """Why a map is not deployed, as a clause."""

    kind: _Reason
    why: str


@dataclass(frozen=True)
class _Trial:
    """A fitted map, the scores by maps that did not see their rows, and what speaks against it."""

    fitted: Calibration
    scores: NDArray[np.float32]
    refused: _Refusal | None

    def deploy(self, notes: tuple[CalibrationNote, ...]) -> MapChoice:
        return MapChoice(self.fitted, self.scores, (*notes, *_temperature_bound(self.fitted)))


def _try_map(method: Method, target: Categories, val: Predictions, seed: int) -> _Trial:
    honest = val.with_scores(cross_fitted_scores(method, target, val, seed))
    fitted = fit_categories(method, target, val)
    refused = (
        _one_entity(val)
        or _worse("log loss", _log_loss(target, val), _log_loss(target, honest))
        or _unproven(target, val, honest, val.with_scores(calibrate(fitted, val.scores)))
    )
    return _Trial(fitted, honest.scores, refused)


def _note(deployed: str, refused: _Refusal) -> CalibrationNote:
    return CalibrationNote(kind=refused.kind, sentence=f"{deployed}: {refused.why}")


def _log_loss(target: Categories, predictions: Predictions) -> float:
    return float(target.row_errors(predictions)["log_loss"].mean())


def _coverage_error(target: Horizon, predictions: Predictions) -> float:
    nominal = target.nominal_coverage
    if nominal is None:
        raise ValueError("without an interval, there is no width to choose")
    return abs(float(np.nanmean(target.covered(predictions))) - nominal)


def _one_entity(val: Predictions) -> _Refusal | None:
    if len(np.unique(val.entities)) > 1:
        return None
    return _Refusal(
        "too few rows",
        "all validation rows belong to one entity, so no map can be tried on rows that it was not"
        " fitted to.",
    )


def _worse(loss: str, raw: float, mapped: float) -> _Refusal | None:
    if mapped <= raw or not np.isfinite(mapped):
        return None
    return _Refusal(
        "worse than raw",
        "on validation rows that it was not fitted to, the map made the"
        f" {loss} worse, {mapped:.4g} instead of {raw:.4g}.",
    )


def _unproven(
    target: Categories, val: Predictions, honest: Predictions, mapped: Predictions
) -> _Refusal | None:
    """A map that makes predictions surer, though hardly an error says how sure they may be.

    Where no row is wrong, the likelihood grows until all is certain. It is followed only if the
    share that is right surely exceeds what the network claims (Clopper & Pearson 1934, one-sided).
    """
    claimed = float(target.confidence(val.scores).mean())
    wrong = target.decide(honest.scores) != val.targets
    errors = int(wrong.sum())
    if errors >= _FEW_ERRORS or target.confidence(mapped.scores).mean() <= claimed:
        return None
    codes = np.unique(val.entities, return_inverse=True)[1]
    rows = count_independent(wrong, codes)
    share_right = 1.0 - float(wrong.mean())
    surely_right = float(
        beta.ppf(1.0 - _LEVEL, rows * share_right, rows * (1.0 - share_right) + 1.0)
    )
    if surely_right >= claimed:
        return None
    return _Refusal(
        "too few errors",
        f"{errors} of {len(val)} validation rows are wrong, too few to tell how sure the model may"
        " be. The map would make it surer than it is"
        f" ({claimed:.1%} on average), but validation proves only {surely_right:.1%}.",
    )


def _missing_classes(
    target: Categories, val: Predictions, deployed: Method
) -> tuple[CalibrationNote, ...]:
    counts = np.bincount(val.targets, minlength=len(target.names))
    missing = [name for name, count in zip(target.names, counts, strict=True) if not count]
    if not missing:
        return ()
    sentence = (
        f"No validation row is of {', '.join(map(repr, missing))}: nothing says how right"
        f" probabilities are there. {_OF_THE_MISSING[deployed]}"
    )
    return (CalibrationNote(kind="class without rows", sentence=sentence),)


def _temperature_bound(fitted: Calibration) -> tuple[CalibrationNote, ...]:
    if not isinstance(fitted, Temperature):
        return ()
    bounds = [
        bound for bound in TEMPERATURE_BOUNDS if np.isclose(fitted.temperature, bound, rtol=0.01)
    ]
    if not bounds:
        return ()
    sentence = (
        f"The temperature reached its bound, {bounds[0]:g}: validation asks for a stronger change,"
        " which is not made."
    )
    return (CalibrationNote(kind="bound reached", sentence=sentence),)
