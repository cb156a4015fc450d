from __future__ import annotations

import pytest

from shared.errors import ConfigError
from shared.training.cost.carbon import estimate_emissions, grid_intensity
from tests.shared.training.cost.estimates import bounded


@pytest.mark.parametrize(
    ("country", "published"), [("DEU", 381), ("FRA", 56), ("IND", 713), ("NOR", 30), ("CHN", 582)]
)
def test_countries_have_the_published_figures(country: str, published: int) -> None:
    # Our World in Data, "Carbon intensity of electricity generation", 2023, in whole grams.
    assert round(grid_intensity(country).value) == published


def test_the_worlds_mean_is_the_one_that_ember_publishes_for_2023() -> None:
    assert grid_intensity(None).value == pytest.approx(481, abs=1)


def test_the_worlds_range_reaches_from_clean_to_dirty_grids() -> None:
    world = grid_intensity(None)
    assert world.low < 100
    assert world.high > 700
    assert "train.country_iso_code" in world.source


def test_a_country_that_is_not_known_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(ConfigError, match=r"train\.country_iso_code.*'XYZ'.*DEU.*or null"):
        grid_intensity("XYZ")


def test_emissions_multiply_value_and_limits() -> None:
    grid = grid_intensity("FRA")
    grams = estimate_emissions(bounded(2.0, 1.0, 3.0), grid)
    assert (grams.value, grams.low, grams.high) == pytest.approx(
        (2 * grid.value, grid.low, 3 * grid.high)
    )
    assert grams.unit == "g CO2e"
    assert "France's mean of 2023" in grams.method
