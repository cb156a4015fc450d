"""Named changes of windows: what goes wrong with meters, clocks and covariates, by severity.

What must not matter; what is foreign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.perturbations import clock_faults, meter_faults, ood
from pipelines.time_series.segments import usual_season_steps
from shared.contract import Perturbation, Rows

__all__ = ["build_perturbations"]

_Fault = Callable[[NDArray[np.float64], float, np.random.Generator], NDArray[np.float64]]
"""(values (rows, lookback), strength, generator) -> changed values."""

_Strengths = tuple[float, float, float, float, float]
"""One for each severity: the first is barely noticeable, the last what a device in the field can do
at worst."""

# Noise of a meter is per mille of its range; half the spread of a day and more is a loose contact.
_NOISE_SDS: _Strengths = (0.05, 0.1, 0.25, 0.5, 1.0)
_DRIFT_SDS: _Strengths = (0.1, 0.25, 0.5, 1.0, 2.0)
_SHIFT_SDS: _Strengths = (0.1, 0.25, 0.5, 1.0, 2.0)
# Accuracy classes 2 and 5 of meters, then wrong ratios of current transformers.
_GAINS: _Strengths = (1.02, 1.05, 1.1, 1.25, 1.5)
_SPIKE_SHARES: _Strengths = (0.005, 0.01, 0.03, 0.05, 0.1)
_LOST_SHARES: _Strengths = (0.02, 0.05, 0.1, 0.25, 0.5)
# An outage of hours is noticed the same day, one over a weekend lasts two.
_OUTAGE_SEASONS: _Strengths = (0.125, 0.25, 0.5, 1.0, 2.0)
# One telegram, then until somebody looks.
_MISREAD_SEASONS: _Strengths = (0.0, 0.125, 0.25, 0.5, 1.0)
_SHARES_BEFORE: _Strengths = (0.1, 0.25, 0.5, 0.75, 0.9)
# Daylight saving not observed is 1 h, a zone of the wrong continent 6 to 12 h.
_FAST_SEASONS: _Strengths = (1 / 24, 2 / 24, 3 / 24, 6 / 24, 12 / 24)
# A day-ahead weather forecast errs by about a tenth to a half of the spread of its week.
_COVARIATE_SDS: _Strengths = (0.1, 0.25, 0.5, 1.0, 2.0)

_OTHER_UNIT_FACTOR = 1000.0
_OTHER_ZERO_OFFSET = 273.15


def build_perturbations(config: TimeSeriesConfig) -> Mapping[str, Perturbation]:
    """Faults of the history and of what is known ahead; the truth stays what it was.

    Counterfactual are another unit and another zero point: the graph measures each window in its
    own mean and spread, so a forecast in watts must be a thousand times that in kilowatts.
    """
    season = usual_season_steps(config)
    perturbations = (
        _meter_perturbations(season)
        | _clock_perturbations(season)
        | _unit_perturbations(is_bounded=bool(config.data.non_negative))
        | _ood_perturbations(season)
    )
    if config.data.known:
        perturbations["covariate_error"] = Perturbation(
            "corruption",
            f"Covariates ahead are wrong by {_listed(_COVARIATE_SDS)} standard deviations of the"
            " window, alike for all steps.",
            _severities(_COVARIATE_SDS),
            partial(_disturb_covariates, num_covariates=len(config.data.known)),
        )
    return perturbations


def _meter_perturbations(season: int) -> dict[str, Perturbation]:
    return {
        **_wrong_levels(),
        **_wrong_gain(),
        **_wrong_readings(season),
        **_stuck_readings(season),
    }


def _wrong_levels() -> dict[str, Perturbation]:
    """The meter measures, but not what it should."""
    noise = _listed(_NOISE_SDS)
    drift = _listed(_DRIFT_SDS)
    shift = _listed(_SHIFT_SDS)
    return {
        "noise": _on_values(
            f"The meter adds noise of {noise} standard deviations of the window.",
            _NOISE_SDS,
            meter_faults.add_noise,
        ),
        "drift": _on_values(
            f"The sensor drifts off, up or down, by {drift} standard deviations at"
            " its latest reading.",
            _DRIFT_SDS,
            meter_faults.drift,
        ),
        "level_shift": _on_values(
            f"Values before a random moment lie {shift} standard deviations higher,"
            " as if the meter had been exchanged.",
            _SHIFT_SDS,
            meter_faults.shift_level,
        ),
    }


def _wrong_gain() -> dict[str, Perturbation]:
    return {
        "scale": _on_values(
            f"Values before a random moment are {_listed(_GAINS)} times as large.",
            _GAINS,
            meter_faults.change_gain,
        ),
    }


def _wrong_readings(season: int) -> dict[str, Perturbation]:
    """Single readings are wrong or lost."""
    spikes = _listed(_SPIKE_SHARES, percent=True)
    lost = _listed(_LOST_SHARES, percent=True)
    outage = _in_steps(_OUTAGE_SEASONS, season)
    return {
        "outliers": _on_values(
            f"{spikes} of the values are spikes of six standard deviations up or down.",
            _SPIKE_SHARES,
            meter_faults.add_spikes,
        ),
        "missing_block": _on_values(
            f"The latest {_listed(outage)} steps of the history were lost: they count as not"
            " observed.",
            outage,
            meter_faults.lose_latest,
        ),
        "missing_values": _on_values(
            f"{lost} of the values were lost here and there: they count as not observed.",
            _LOST_SHARES,
            meter_faults.lose_scattered,
        ),
    }


def _stuck_readings(season: int) -> dict[str, Perturbation]:
    """The latest readings are all wrong in the same way."""
    outage = _in_steps(_OUTAGE_SEASONS, season)
    misread = _in_steps(_MISREAD_SEASONS, season)
    return {
        "stuck_sensor": _on_values(
            f"The sensor is stuck for the latest {_listed(outage)} steps: they repeat the value"
            " before.",
            outage,
            meter_faults.freeze_latest,
        ),
        "unit_error": _on_values(
            f"The latest {_listed(misread)} values are 1000 times too large.",
            misread,
            meter_faults.misread_unit,
        ),
    }


def _clock_perturbations(season: int) -> dict[str, Perturbation]:
    fast = _in_steps(_FAST_SEASONS, season)
    hour_steps = max(1, round(season / 24))
    steps = f"{hour_steps} step{'s' if hour_steps > 1 else ''}"
    oldest = _listed(_SHARES_BEFORE, percent=True)
    return {
        "daylight_saving": _on_values(
            f"Clocks were set forward or back by {steps}"
            f" and stamps not corrected: the oldest {oldest} of the"
            " history lie that much off, values are missing or doubled at the change.",
            _SHARES_BEFORE,
            partial(clock_faults.change_clocks, hour_steps=hour_steps),
        ),
        "clock_fast": _on_values(
            f"The meter's clock is {_listed(fast)} steps fast: the history lies that much too"
            " late.",
            fast,
            clock_faults.run_fast,
        ),
    }


def _unit_perturbations(*, is_bounded: bool) -> dict[str, Perturbation]:
    lowest = 0.0 if is_bounded else -np.inf  # forecasts stop there, also those converted back
    smaller = partial(_on_window, lambda values, severity, generator: values * _OTHER_UNIT_FACTOR)
    higher = partial(_on_window, lambda values, severity, generator: values + _OTHER_ZERO_OFFSET)
    return {
        "other_unit": Perturbation(
            "counterfactual",
            "All values are given in a unit 1000 times smaller, and the forecast is converted back:"
            " it must stay.",
            (1,),
            smaller,
            restore=lambda scores: scores / _OTHER_UNIT_FACTOR,
        ),
        "other_zero": Perturbation(
            "counterfactual",
            "All values are counted from a zero 273.15 lower, as kelvin from °C, and the forecast"
            " is converted back: it must stay.",
            (1,),
            higher,
            restore=lambda scores: np.maximum(scores - _OTHER_ZERO_OFFSET, lowest),
        ),
    }


def _ood_perturbations(season: int) -> dict[str, Perturbation]:
    return {
        "white_noise": _ood(
            "Independent normal values at the level and spread of the window.",
            ood.white_noise,
        ),
        "random_walk": _ood(
            "A random walk at the level and spread of the window.", ood.random_walk
        ),
        "intermittent": _ood(
            "Rare demands and nothing between, as of spare parts, at the level and spread of the"
            " window.",
            ood.intermittent,
        ),
        "switched_on": _ood(
            "A constant, then another for the latest one to three steps, at the level and spread of"
            " the window.",
            ood.switched_on,
        ),
        "other_season": _ood(
            f"A wave at the level and spread of the window, whose season is 1.618 times {season}"
            " steps.",
            partial(ood.other_season, season_steps=season),
        ),
    }


def _ood(
    describe: str,
    process: Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]],
) -> Perturbation:
    return Perturbation(
        "ood",
        describe,
        (1,),
        partial(_on_window, lambda values, severity, generator: process(values, generator)),
    )


def _severities(strengths: _Strengths) -> tuple[int, ...]:
    return tuple(range(1, len(strengths) + 1))


def _in_steps(seasons: _Strengths, season_steps: int) -> _Strengths:
    first, second, third, fourth, fifth = (
        float(max(1, round(share * season_steps))) for share in seasons
    )
    return (first, second, third, fourth, fifth)


def _listed(strengths: _Strengths, *, percent: bool = False) -> str:
    *first, last = (f"{100 * strength:g}" if percent else f"{strength:g}" for strength in strengths)
    return f"{', '.join(first)} and {last}{' %' if percent else ''}"


def _on_values(describe: str, strengths: _Strengths, fault: _Fault) -> Perturbation:
    change = partial(_with_strength, fault, strengths)
    return Perturbation("corruption", describe, _severities(strengths), partial(_on_window, change))


def _with_strength(
    fault: _Fault,
    strengths: _Strengths,
    values: NDArray[np.float64],
    severity: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    return fault(values, strengths[severity - 1], generator)


def _on_window(
    change: Callable[[NDArray[np.float64], int, np.random.Generator], NDArray[np.float64]],
    rows: Rows,
    severity: int,
    generator: np.random.Generator,
) -> Rows:
    window = rows["window"].copy()
    window[:, :, 0] = change(window[:, :, 0], severity, generator)
    return {**rows, "window": window}


def _disturb_covariates(
    rows: Rows, severity: int, generator: np.random.Generator, *, num_covariates: int
) -> Rows:
    future = rows["future"].copy()
    spread = np.nanstd(rows["window"][:, :, -num_covariates:], axis=1)[
        :, None, :
    ]  # (rows, 1, covariates)
    errors = _COVARIATE_SDS[severity - 1] * spread * generator.normal(size=spread.shape)
    future[:, :, :num_covariates] += errors
    return {**rows, "future": future}
