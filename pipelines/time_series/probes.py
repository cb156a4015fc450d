"""Named changes of windows: what goes wrong with meters and clocks, by severity, and what should not matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.segments import usual_season_steps
from shared.contract import Probe, Rows

__all__ = ["build_probes"]

_Change = Callable[[NDArray[np.float64], int, np.random.Generator], NDArray[np.float64]]
"""(values (rows, lookback), severity, generator) -> changed values."""

_NOISE_SHARES = (0.1, 0.25, 0.5)
_OUTLIER_SHARES = (0.01, 0.03, 0.1)
_OUTLIER_SIZE = 6.0
_SHIFTS = (0.25, 0.5, 1.0)
_GAINS = (1.1, 1.25, 1.5)
_MISSING_SEASONS = (0.25, 0.5, 1.0)
_COVARIATE_ERRORS = (0.25, 0.5, 1.0)


def build_probes(config: TimeSeriesConfig) -> Mapping[str, Probe]:
    """Changes of the history; targets stay, so each leaves the latest level as it is or counts as a fault of the meter."""
    season = usual_season_steps(config)
    probes = {
        "noise": _on_values("The meter adds noise of 10, 25 and 50 % of the window's standard deviation.", _add_noise),
        "outliers": _on_values("1, 3 and 10 % of the values are spikes of six standard deviations up or down.", _add_outliers),
        "missing_block": _on_values(
            f"The latest {_quarters(season)} steps of the history were lost: they count as not observed.",
            partial(_lose_latest, season_steps=season),
        ),
        "level_shift": _on_values(
            "Values before a random moment lie 0.25, 0.5 and 1 standard deviation higher, as if the meter had been exchanged.",
            _shift_level,
        ),
        "scale": _on_values("Values before a random moment are 1.1, 1.25 and 1.5 times as large.", _scale),
        "clock_change": Probe(
            "counterfactual",
            "Everything older than the latest season lies one step later, as after a change of clocks: the forecast should hardly move.",
            (1,),
            partial(_apply, partial(_move_clock, season_steps=season)),
        ),
    }
    if config.data.known:
        probes["covariate_error"] = Probe(
            "corruption",
            "Covariates ahead are wrong by 0.25, 0.5 and 1 times their standard deviation in the window, alike for all steps.",
            (1, 2, 3),
            partial(_disturb_covariates, num_covariates=len(config.data.known)),
        )
    return probes


def _quarters(season_steps: int) -> str:
    *first, last = (str(_missing_steps(share, season_steps)) for share in _MISSING_SEASONS)
    return f"{', '.join(first)} and {last}"


def _missing_steps(share: float, season_steps: int) -> int:
    return max(1, round(share * season_steps))


def _on_values(describe: str, change: _Change) -> Probe:
    return Probe("corruption", describe, (1, 2, 3), partial(_apply, change))


def _apply(change: _Change, rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    window = rows["window"].copy()
    window[:, :, 0] = change(window[:, :, 0].astype(np.float64), severity, generator)
    return {**rows, "window": window}


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nanstd(values, axis=1, keepdims=True))


def _add_noise(values: NDArray[np.float64], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(values + _NOISE_SHARES[severity - 1] * _spread(values) * generator.normal(size=values.shape))


def _add_outliers(values: NDArray[np.float64], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    is_spike = generator.random(values.shape) < _OUTLIER_SHARES[severity - 1]
    signs = generator.choice([-1.0, 1.0], size=values.shape)
    return np.asarray(values + is_spike * signs * _OUTLIER_SIZE * _spread(values))


def _lose_latest(values: NDArray[np.float64], severity: int, generator: np.random.Generator, *, season_steps: int) -> NDArray[np.float64]:
    lost = min(_missing_steps(_MISSING_SEASONS[severity - 1], season_steps), values.shape[1] - 1)
    shortened = values.copy()
    shortened[:, -lost:] = np.nan
    return shortened


def _is_before_moment(values: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Steps before a moment in the older three quarters of the window, (rows, lookback)."""
    num_rows, lookback = values.shape
    moments = generator.integers(1, max(2, 3 * lookback // 4), size=(num_rows, 1))
    return np.arange(lookback)[None, :] < moments


def _shift_level(values: NDArray[np.float64], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(values + _is_before_moment(values, generator) * _SHIFTS[severity - 1] * _spread(values))


def _scale(values: NDArray[np.float64], severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(np.where(_is_before_moment(values, generator), values * _GAINS[severity - 1], values))


def _move_clock(values: NDArray[np.float64], severity: int, generator: np.random.Generator, *, season_steps: int) -> NDArray[np.float64]:
    kept = min(season_steps, values.shape[1] - 1)
    older = values[:, :-kept]
    return np.concatenate([older[:, :1], older[:, :-1], values[:, -kept:]], axis=1)


def _disturb_covariates(rows: Rows, severity: int, generator: np.random.Generator, *, num_covariates: int) -> Rows:
    future = rows["future"].copy()
    spread = np.nanstd(rows["window"][:, :, -num_covariates:].astype(np.float64), axis=1)[:, None, :]  # (rows, 1, covariates)
    errors = _COVARIATE_ERRORS[severity - 1] * spread * generator.normal(size=spread.shape)
    future[:, :, :num_covariates] += errors.astype(np.float32)
    return {**rows, "future": future}
