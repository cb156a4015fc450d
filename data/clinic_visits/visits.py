"""The generator: who has an appointment, and who comes.

Each column adds to one sum; its sign is the meaning, came or stayed away. Two effects are none
that a linear model can have: age is worst in the middle, and distance counts only where nobody
called.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "CLASS_NAMES",
    "COLUMNS",
    "DISTRICTS",
    "GENERATOR_VERSION",
    "LABEL_NOISE",
    "NUMBERS",
    "UPLAND",
    "Visits",
    "generate_visits",
]

GENERATOR_VERSION = "1"
"""Changes whenever the same arguments give other visits."""
CLASS_NAMES = ("came", "stayed away")
NUMBERS = ("lead_days", "distance_km", "earlier_misses", "age_years")
COLUMNS = (*NUMBERS, "reminder", "weekday")
"""What may be known before a visit; the weekday says nothing."""
UPLAND = "upland"
"""The district whose labels are noisier if a bias is planted."""
DISTRICTS = ("harbour", "valley", UPLAND)
LABEL_NOISE = 0.03
"""Share of labels that are wrong for everybody: no model can be right about these."""

_DISTRICT_SHARES = (0.45, 0.35, 0.20)
_MOST_UPLAND_NOISE = 0.25
_MISSING_SHARE = 0.05
_REMINDERS = ("none", "letter", "call")
_REMINDER_EFFECTS = {"none": 1.0, "letter": 0.0, "call": -1.2}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_VISITS_PER_PERSON = (1, 5)
_CLEAR = 0.4
"""Effects above it are causes."""
_DIGITS = {"lead_days": 0, "distance_km": 1, "earlier_misses": 0, "age_years": 0}


@dataclass(frozen=True)
class Visits:
    """Generated visits.

    Attributes:
        table: One row a visit, all text: id, `COLUMNS` ("" where not given), label (as given),
            meaning (without noise), person, district.
        ground_truth: (visits, columns) float32: 1 for the columns that make the meaning.
    """

    table: pd.DataFrame
    ground_truth: NDArray[np.float32]


def generate_visits(num_visits: int, *, seed: int, group_bias: float = 0.0) -> Visits:
    """Generate visits; the same arguments give the same visits.

    Args:
        num_visits: How many.
        seed: Decides everything.
        group_bias: In [0, 1]. Labels of visits from the upland are wrong with an additional
            probability of 0.25 · bias.
    """
    generator = np.random.default_rng([seed, num_visits])
    persons = _draw_persons(generator, num_visits)
    values = _draw_values(generator, persons)
    is_given = generator.random((num_visits, len(COLUMNS))) >= _MISSING_SHARE
    effects = np.where(is_given, _effects(values), 0.0)  # what is not known can't be the cause
    is_away = effects.sum(axis=1) > 0.0
    wrong = LABEL_NOISE + _MOST_UPLAND_NOISE * group_bias * (persons["district"] == UPLAND)
    is_wrong = generator.random(num_visits) < wrong.to_numpy()
    columns = {
        "id": [f"visit-{number:05d}" for number in range(num_visits)],
        **_shown(values, is_given),
        "label": _named(is_away ^ is_wrong),
        "meaning": _named(is_away),
        "person": persons["person"],
        "district": persons["district"],
    }
    return Visits(pd.DataFrame(columns).astype(object), _causes(effects, is_away))


def _shown(values: pd.DataFrame, is_given: NDArray[np.bool_]) -> dict[str, NDArray[np.str_]]:
    return {
        name: np.where(is_given[:, place], _as_text(values[name]), "")
        for place, name in enumerate(COLUMNS)
    }


def _named(is_away: NDArray[np.bool_]) -> NDArray[np.str_]:
    return np.array(CLASS_NAMES)[is_away.astype(np.int64)]


def _draw_persons(generator: np.random.Generator, num_visits: int) -> pd.DataFrame:
    """Person, district and age of each visit."""
    counts = generator.integers(*_VISITS_PER_PERSON, size=num_visits)
    person = np.repeat(np.arange(num_visits), counts)[:num_visits]
    district = generator.choice(DISTRICTS, size=num_visits, p=_DISTRICT_SHARES)
    age = generator.integers(18, 91, size=num_visits)
    return pd.DataFrame(
        {
            "person": [f"person-{number:04d}" for number in person],
            "district": district[person],
            "age_years": age[person],
        }
    )


def _draw_values(generator: np.random.Generator, persons: pd.DataFrame) -> pd.DataFrame:
    size = len(persons)
    values = persons[["age_years"]].copy()
    values["lead_days"] = generator.integers(0, 91, size=size)
    values["distance_km"] = np.round(generator.lognormal(2.0, 0.8, size=size), 1)
    values["earlier_misses"] = generator.poisson(1.0, size=size)
    values["reminder"] = generator.choice(_REMINDERS, size=size)
    values["weekday"] = generator.choice(_WEEKDAYS, size=size)
    return values


def _effects(values: pd.DataFrame) -> NDArray[np.float64]:
    """What each column adds to the sum whose sign is the meaning, (visits, columns)."""
    was_called = values["reminder"].eq("call").to_numpy()
    effects = pd.DataFrame(0.0, index=values.index, columns=list(COLUMNS))
    effects["lead_days"] = (values["lead_days"] - 45) / 30
    effects["distance_km"] = np.where(was_called, 0.0, np.log(values["distance_km"] + 0.1) - 2.0)
    effects["earlier_misses"] = 0.8 * (values["earlier_misses"] - 1)
    effects["age_years"] = 1.0 - np.abs(values["age_years"] - 50) / 18
    effects["reminder"] = values["reminder"].map(_REMINDER_EFFECTS)
    return effects.to_numpy(dtype=np.float64)


def _as_text(column: pd.Series) -> list[str]:
    digits = _DIGITS.get(str(column.name))
    if digits is None:
        return [str(value) for value in column]
    return [f"{value:.{digits}f}" for value in column]


def _causes(effects: NDArray[np.float64], is_away: NDArray[np.bool_]) -> NDArray[np.float32]:
    """1 where an effect clearly speaks for the meaning, and at the strongest one of each row."""
    speaks = np.where(is_away[:, None], effects, -effects)
    strongest = speaks == speaks.max(axis=1, keepdims=True)
    is_cause: NDArray[np.bool_] = (speaks > _CLEAR) | strongest
    return is_cause.astype(np.float32)
