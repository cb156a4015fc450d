"""Invented examples, and what an invented model says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Examples, Problem, Provenance, Splits
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import ForecastContext, Predictions

__all__ = ["Invented", "invented_predictions", "invented_scores", "invented_splits"]

_NUM_TEST = 160


@dataclass(frozen=True)
class Invented:
    """What a made-up run is about.

    Attributes:
        target: What is predicted.
        canvas: "words", "signal", "drawing" or "map".
        synthetic: Whether the data says that it is.
        conditions: As in `Provenance`.
        text: Put into every name that a user chooses, to see whether it is escaped.
        groups: Group attributes and their values.
    """

    target: Target = field(default_factory=lambda: Categories(names=("negative", "positive")))
    canvas: str = "words"
    synthetic: bool = True
    conditions: tuple[str, ...] = ()
    text: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "dialect": ("coastal", "inland", "island"),
            "age": ("18-39", "40+"),
        }
    )


def invented_splits(invented: Invented) -> Splits:
    provenance = Provenance(
        name=f"Invented examples{invented.text}",
        source="demo" if invented.synthetic else f"/data/invented{invented.text}",
        version="1.0.0",
        licence="CC0-1.0",
        citation=f"Nobody et al. 2024{invented.text}",
        checksum="0f" * 32,
        synthetic=invented.synthetic,
        conditions=tuple(f"{name}{invented.text}" for name in invented.conditions),
        notes=(f"Age is an estimate{invented.text}.",),
    )
    sizes = {"train": 320, "val": 80, "test": _NUM_TEST}
    train, val, test = (_examples(invented, part, size) for part, size in sizes.items())
    quarantine = (Problem(file="reviews.csv", row=17, field="text", reason="empty"),)
    return Splits(
        train,
        val,
        test,
        target=invented.target,
        provenance=provenance,
        quarantine=quarantine,
    )


def _examples(invented: Invented, part: str, num_rows: int) -> Examples:
    generator = np.random.default_rng([num_rows, 5])
    ids = np.array([f"{part}-{row:04d}{invented.text}" for row in range(num_rows)])
    entities = np.array([f"{part}-entity-{row // 2}" for row in range(num_rows)])
    groups = pd.DataFrame(
        {
            f"{attribute}{invented.text}": (
                generator.choice([f"{value}{invented.text}" for value in values], num_rows).astype(
                    object
                )
            )
            for attribute, values in invented.groups.items()
        },
        index=range(num_rows),
    )
    target = invented.target
    if isinstance(target, Categories):
        targets: NDArray[Any] = generator.integers(0, len(target.names), num_rows)
        return Examples(ids, entities, targets, groups, lambda rows: {"text": ids[rows]})
    context = _forecast_context(target, num_rows)
    noise = generator.normal(size=(num_rows, target.steps, len(target.channels)))
    targets = (10.0 + context.recent[:, -1:] + noise).astype(np.float32)
    return Examples(ids, entities, targets, groups, _not_drawn, forecast=context)


def _forecast_context(target: Horizon, num_rows: int) -> ForecastContext:
    generator = np.random.default_rng([num_rows, 6])
    shape = (num_rows, len(target.channels))
    starts = np.datetime64("2024-01-01T00:00:00", "s") + (
        np.arange(num_rows) * target.step_seconds
    ).astype("timedelta64[s]")
    recent = generator.normal(10.0, 3.0, size=(num_rows, target.season_steps, shape[1])).astype(
        np.float32
    )
    ones = np.ones(shape, np.float32)
    return ForecastContext(starts, recent, 10 * ones, 3 * ones, 2 * ones, 4 * ones)


def invented_scores(target: Target, examples: Examples, stream: int) -> NDArray[np.float32]:
    generator = np.random.default_rng([stream, 7])
    if isinstance(target, Categories):
        truth = np.eye(len(target.names))[examples.targets]
        return np.asarray(1.6 * truth + generator.normal(size=truth.shape), dtype=np.float32)
    growth = np.linspace(0.2, 1.2, target.steps)[None, :, None]
    mean = examples.targets + growth * generator.normal(size=examples.targets.shape)
    spread = [mean + growth * offset for offset in np.linspace(-1.3, 1.3, len(target.quantiles))]
    return np.asarray(np.stack([mean, *spread], axis=-1), dtype=np.float32)


def invented_predictions(
    examples: Examples, scores: NDArray[np.float32], *, distance: float
) -> Predictions:
    distances = (
        distance
        * np.random.default_rng([len(scores), int(10 * distance)]).chisquare(20, len(scores))
        / 20
    )
    return Predictions(
        examples.ids,
        examples.entities,
        examples.targets,
        scores,
        examples.forecast,
        distances.astype(np.float32),
    )


def _not_drawn(*_: Any) -> Any:
    raise AssertionError("nobody must read the rows of an invented forecast")
