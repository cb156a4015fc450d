"""All perturbations by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from pipelines.tabular.config import TabularConfig
from pipelines.tabular.perturbations.numbers import shift_decimal_points
from pipelines.tabular.perturbations.values import (
    exchange,
    forget,
    make_nonsense,
    rename,
    write_otherwise,
)
from shared.contract import Perturbation

__all__ = ["build_perturbations"]


def build_perturbations(config: TabularConfig) -> Mapping[str, Perturbation]:
    """Those of categories only where there are categories, those of numbers only with numbers."""
    features = config.data.features
    numbers = [place for place, name in enumerate(features) if name in config.data.numbers]
    categories = [place for place in range(len(features)) if place not in numbers]
    return {
        **_of_all(numbers),
        **(_of_numbers(numbers) if numbers else {}),
        **(_of_categories(categories) if categories else {}),
    }


def _of_all(numbers: Sequence[int]) -> dict[str, Perturbation]:
    return {
        "missing": Perturbation(
            "corruption", "a share of the values is not given", (1, 2, 3, 4, 5), forget
        ),
        "exchanged": Perturbation(
            "corruption", "a share of the values is another row's", (1, 2, 3, 4, 5), exchange
        ),
        "written_otherwise": Perturbation(
            "counterfactual", "capitals, and blanks around the values", (1,), write_otherwise
        ),
        "nonsense": Perturbation(
            "ood",
            "numbers far outside of training and categories that nobody knows",
            (1,),
            partial(make_nonsense, numbers=numbers),
        ),
    }


def _of_numbers(places: Sequence[int]) -> dict[str, Perturbation]:
    describe = "a share of the numbers is in a unit a thousand times smaller"
    apply = partial(shift_decimal_points, places=places)
    return {"unit_error": Perturbation("corruption", describe, (1, 2, 3), apply)}


def _of_categories(places: Sequence[int]) -> dict[str, Perturbation]:
    describe = "a share of the categories has a name that training lacks"
    apply = partial(rename, places=places)
    return {"unseen_category": Perturbation("corruption", describe, (1, 2, 3), apply)}
