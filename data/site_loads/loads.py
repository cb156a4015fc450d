"""The generator: what each site draws, hour by hour, and why.

load = base · (level · profile(hour, kind of day) · exp(state) + temperature effect) · (1 − 0.6
during a planned shutdown)

The state remembers the same hour of yesterday and of a week ago, so the causes of tomorrow's load
are known: the last day, the same hours of the last week, tomorrow's temperature and planned
shutdowns, and whether tomorrow is a holiday (`influences.cause_mask`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from data.site_loads.influences import (
    COVARIATES,
    draw_shutdowns,
    draw_silences,
    draw_temperatures,
    holiday_flags,
)

__all__ = [
    "GENERATOR_VERSION",
    "SIZES",
    "SiteLoadSettings",
    "SiteLoads",
    "generate_site_loads",
]

GENERATOR_VERSION = "2"
SIZES = ("small", "medium", "large")

_FIRST_STAMP = np.datetime64("2021-01-04T00", "s")  # a Monday
_DAY_HOURS, _WEEK_DAYS, _SUNDAY = 24, 7, 6
_BASE_KW = {"small": 15.0, "medium": 120.0, "large": 900.0}
_MEMORY, _YESTERDAY_SHARE = 0.75, 0.6
_DAY_SHOCK, _HOUR_SHOCK, _HOUR_SHOCK_MEMORY = 0.05, 0.06, 0.8
_BIAS_NOISE = 2.5  # at bias 1 the shocks of small sites are 1 + 2.5 times as large
_SHIFTS_PER_YEAR, _SHIFT_STD = 1.5, 0.15
_SHUTDOWN_SHARE = 0.6
"""How much of the load is switched off."""
_HEATING_BELOW_C, _COOLING_ABOVE_C = 15.0, 19.0
_HEATING_RANGE, _COOLING_RANGE = (0.0, 0.06), (0.0, 0.10)  # share of the base load per °C


@dataclass(frozen=True)
class SiteLoadSettings:
    """What to generate.

    Attributes:
        num_sites: At least 1; sizes alternate small, medium, large.
        num_days: At least 1; the first day is a Monday.
        bias: In [0, 1]: how much noisier, hence less predictable, small sites are; 0: all alike.
        missing_share: In [0, 0.5]: the share of hours in which a meter is silent.
    """

    num_sites: int = 12
    num_days: int = 730
    bias: float = 0.5
    missing_share: float = 0.0

    def fingerprint(self, seed: int) -> str:
        """SHA-256 (hex) over everything that decides the bytes.

        Generator version, settings and seed.
        """
        return hashlib.sha256(
            json.dumps([GENERATOR_VERSION, asdict(self), seed], sort_keys=True).encode()
        ).hexdigest()


@dataclass(frozen=True)
class SiteLoads:
    """Generated series on one common clock.

    Attributes:
        stamps: (hours,) datetime64[s].
        names: (sites,) str.
        sizes: (sites,) str, of `SIZES`.
        loads_kw: (hours, sites) float32, > 0; NaN while the meter is silent.
        covariates: (hours, sites, 3) float32, in the order of `COVARIATES`.
    """

    stamps: NDArray[np.datetime64]
    names: tuple[str, ...]
    sizes: tuple[str, ...]
    loads_kw: NDArray[np.float32]
    covariates: NDArray[np.float32]

    def to_table(self) -> pd.DataFrame:
        """The same as a long table: series, time, value, temperature, holiday, shutdown, size."""
        num_hours, num_sites = self.loads_kw.shape
        covariates = {
            name: self.covariates[:, :, column].T.reshape(-1)
            for column, name in enumerate(COVARIATES)
        }
        return pd.DataFrame(
            {
                "series": np.repeat(self.names, num_hours),
                "time": np.tile(self.stamps, num_sites),
                "value": self.loads_kw.T.reshape(-1),
                **covariates,
                "size": np.repeat(self.sizes, num_hours),
            }
        )


def generate_site_loads(settings: SiteLoadSettings, seed: int) -> SiteLoads:
    """Generate the series; the same settings and seed give the same bytes.

    Example:
        >>> generate_site_loads(SiteLoadSettings(num_sites=3, num_days=14), seed=0).loads_kw.shape
        (336, 3)
    """
    num_sites = settings.num_sites
    num_hours = settings.num_days * _DAY_HOURS
    stamps = _FIRST_STAMP + np.arange(num_hours) * np.timedelta64(3600, "s")
    sizes = tuple(SIZES[site % len(SIZES)] for site in range(num_sites))
    weather, traits, level, state, plans, faults = (
        np.random.default_rng([seed, stream]) for stream in range(6)
    )
    temperatures = draw_temperatures(stamps, num_sites, weather)
    holidays = holiday_flags(stamps)
    usual_kw = np.array([_BASE_KW[size] for size in sizes])
    base_kw = usual_kw * np.exp(traits.normal(0.0, 0.2, size=num_sites))
    activity = _draw_profiles(settings, holidays, traits)
    levels = _draw_levels(num_hours, num_sites, level)
    states = _draw_states(settings, sizes, state)
    effect = _draw_temperature_effect(temperatures, activity, traits)
    shutdowns = draw_shutdowns(settings.num_days, num_sites, plans)
    running_share = 1.0 - _SHUTDOWN_SHARE * shutdowns
    loads_kw = base_kw * (levels * activity * np.exp(states) + effect) * running_share
    is_silent = draw_silences(num_hours, num_sites, settings.missing_share, faults)
    flags = np.broadcast_to(holidays[:, None], temperatures.shape)
    covariates = np.stack([temperatures, flags, shutdowns], axis=-1)
    return SiteLoads(
        stamps=stamps,
        names=tuple(f"site {site + 1:02d}" for site in range(num_sites)),
        sizes=sizes,
        loads_kw=np.where(is_silent, np.nan, loads_kw).astype(np.float32),
        covariates=covariates.astype(np.float32),
    )


def _draw_profiles(
    settings: SiteLoadSettings, holidays: NDArray[np.bool_], traits: np.random.Generator
) -> NDArray[np.float64]:
    """Activity (hours, sites) between about 0.3 and 1.3.

    A morning and an evening peak of each site, quieter on free days.
    """
    hour = np.arange(_DAY_HOURS)[:, None]
    shape = (2, settings.num_sites)
    centres = np.array([[10.0], [18.0]]) + traits.normal(0.0, 1.2, size=shape)
    widths = traits.uniform(1.8, 3.5, size=shape)
    heights = traits.uniform(0.2, 0.7, size=shape)
    distances = (hour[:, None] - centres) / widths
    peaks = heights * np.exp(-0.5 * distances**2)  # (hours of the day, peaks, sites)
    saturday = traits.uniform(0.4, 1.0, size=settings.num_sites)
    sunday = traits.uniform(0.1, 0.7, size=settings.num_sites)
    factors = np.stack([np.ones(settings.num_sites)] * 5 + [saturday, sunday])  # (weekday, sites)
    weekday = np.repeat(np.arange(settings.num_days) % _WEEK_DAYS, _DAY_HOURS)
    kind_of_day = np.where(holidays, _SUNDAY, weekday)
    return np.asarray(
        0.3 + factors[kind_of_day] * np.tile(peaks.sum(axis=1), (settings.num_days, 1))
    )


def _draw_levels(
    num_hours: int, num_sites: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Step functions (hours, sites): at rare moments a site grows or shrinks for good."""
    happens = generator.random((num_hours, num_sites)) < _SHIFTS_PER_YEAR / (365.25 * _DAY_HOURS)
    sizes = generator.normal(0.0, _SHIFT_STD, size=(num_hours, num_sites))
    return np.asarray(np.exp(np.cumsum(happens * sizes, axis=0)))


def _draw_states(
    settings: SiteLoadSettings, sizes: tuple[str, ...], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Log deviations (hours, sites) that remember the same hour of yesterday and of a week ago."""
    noise = 1.0 + _BIAS_NOISE * settings.bias * (np.array(sizes) == "small")
    # A week of zeros comes first.
    days = np.zeros((settings.num_days + _WEEK_DAYS, _DAY_HOURS, settings.num_sites))
    hourly = generator.normal(0.0, _HOUR_SHOCK, size=(settings.num_days, *days.shape[1:]))
    hourly[:, 1:] *= np.sqrt(1.0 - _HOUR_SHOCK_MEMORY**2)  # keeps the spread equal over the day
    daily = generator.normal(0.0, _DAY_SHOCK, size=(settings.num_days, 1, settings.num_sites))
    shocks = noise * (daily + lfilter([1.0], [1.0, -_HOUR_SHOCK_MEMORY], hourly, axis=1))
    for day in range(_WEEK_DAYS, len(days)):
        remembered = (
            _YESTERDAY_SHARE * days[day - 1] + (1.0 - _YESTERDAY_SHARE) * days[day - _WEEK_DAYS]
        )
        days[day] = _MEMORY * remembered + shocks[day - _WEEK_DAYS]
    return days[_WEEK_DAYS:].reshape(-1, settings.num_sites)


def _draw_temperature_effect(
    temperatures: NDArray[np.float64], activity: NDArray[np.float64], traits: np.random.Generator
) -> NDArray[np.float64]:
    """Heating when it is cold, cooling when it is warm and people are there.

    (hours, sites), in shares of the base load.
    """
    num_sites = temperatures.shape[1]
    too_cold_c = np.maximum(0.0, _HEATING_BELOW_C - temperatures)
    too_warm_c = np.maximum(0.0, temperatures - _COOLING_ABOVE_C)
    heating = traits.uniform(*_HEATING_RANGE, size=num_sites) * too_cold_c
    cooling = traits.uniform(*_COOLING_RANGE, size=num_sites) * too_warm_c * activity
    return np.asarray(heating + cooling)
