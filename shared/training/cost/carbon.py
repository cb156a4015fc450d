"""What the energy of a training means for the climate, by the grid of a country."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.errors import ConfigError
from shared.run.artefacts.train_file import BoundedEstimate

__all__ = ["GridIntensity", "estimate_emissions", "grid_intensity"]

_TABLE = Path(__file__).parent / "grid_intensity.csv"
"""Ember and Energy Institute, through Our World in Data ("Carbon intensity of electricity
generation", CC BY 4.0): life-cycle emissions of the electricity that a country generates, in g CO2e
per kWh, each country's latest year from 2021 to 2023. As codecarbon 3.3.2 ships them (MIT)."""

_ASSUMED_ERROR = 0.25
"""Assumed, of one country: a year's mean says little about the hour, region and supplier of a
training."""

_WORLD_SHARE = 0.05
"""The range of the world leaves this share of all electricity on either side."""


@dataclass(frozen=True)
class GridIntensity:
    """Emissions of a kilowatt-hour in g CO2e, with limits, and whose they are."""

    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class _Country:
    name: str
    year: int
    grams_per_kwh: float
    generated_twh: float


def grid_intensity(country_iso_code: str | None) -> GridIntensity:
    """The grid of a country (ISO 3166-1 alpha-3, such as DEU), or of the world where None is given.

    Raises:
        ConfigError: The table has no such country.
    """
    countries = _read_table()
    if country_iso_code is None:
        return _world(list(countries.values()))
    if country_iso_code not in countries:
        raise ConfigError(
            f"train.country_iso_code: nothing is known about the grid of {country_iso_code!r}."
            f" Expected one of {', '.join(countries)}, or null for the world's mean."
        )
    country = countries[country_iso_code]
    grams = country.grams_per_kwh
    source = (
        f"{country.name}'s mean of {country.year}, {grams:.0f} g CO2e/kWh ±{_ASSUMED_ERROR:.0%}"
        " assumed (Ember, Our World in Data)"
    )
    return GridIntensity(grams, grams * (1 - _ASSUMED_ERROR), grams * (1 + _ASSUMED_ERROR), source)


def estimate_emissions(energy: BoundedEstimate, grid: GridIntensity) -> BoundedEstimate:
    """Emissions in g CO2e of an energy in kWh; limits multiply."""
    return BoundedEstimate(
        value=energy.value * grid.value,
        low=energy.low * grid.low,
        high=None if energy.high is None else energy.high * grid.high,
        unit="g CO2e",
        method=f"energy × {grid.source}",
    )


@cache
def _read_table() -> dict[str, _Country]:
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return {
            row["iso_code"]: _Country(
                row["country"],
                int(row["year"]),
                float(row["grams_co2e_per_kwh"]),
                float(row["generated_twh"]),
            )
            for row in csv.DictReader(stream)
        }


def _world(countries: Sequence[_Country]) -> GridIntensity:
    """The mean over all electricity, between the grids that leave 5 % of it on either side."""
    ordered = sorted(countries, key=lambda country: country.grams_per_kwh)
    total = sum(country.generated_twh for country in ordered)
    mean = sum(country.grams_per_kwh * country.generated_twh for country in ordered) / total
    low = _quantile(ordered, _WORLD_SHARE * total)
    high = _quantile(ordered, (1 - _WORLD_SHARE) * total)
    source = (
        f"the world's mean of {mean:.0f} g CO2e/kWh ({low:.0f} to {high:.0f} hold"
        f" {1 - 2 * _WORLD_SHARE:.0%} of all electricity; Ember, Our World in Data, 2021 to 2023);"
        " train.country_iso_code narrows it"
    )
    return GridIntensity(mean, low, high, source)


def _quantile(ordered: Sequence[_Country], generated_twh: float) -> float:
    below = 0.0
    for country in ordered:
        below += country.generated_twh
        if below >= generated_twh:
            return country.grams_per_kwh
    return ordered[-1].grams_per_kwh
