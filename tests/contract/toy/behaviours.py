"""What the toy must be able to do, shown on signals without noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.contract.behaviours import (
    Behaviour,
    BehaviourSuite,
    Direction,
    Expectation,
    Invariance,
    MinimumFunctionality,
)
from shared.targets import Target
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.data import CLASSES, PULSE_SAMPLES, PULSES

__all__ = ["make_behaviours"]


Recipe = list[tuple[str, int, int, float]]
"""Case, class, place and strength of each row."""


def make_behaviours(config: ToyConfig, target: Target) -> BehaviourSuite:
    """One test of each kind; cases are places of the pulse."""
    del target  # the toy's classes are always the same
    last = config.data.num_samples - PULSE_SAMPLES
    at_start, anywhere = (0, last // 3), tuple(range(0, last, 3))
    tests: dict[str, tuple[str, str, Recipe, Expectation]] = {
        "each_pulse": (
            "shape",
            "One pulse in silence.",
            _grid(anywhere, (2.0,)),
            _accepted(len(anywhere)),
        ),
        "moved": ("place", "The same pulse elsewhere.", _moved(at_start, anywhere), Invariance(0)),
        "any_strength": (
            "strength",
            "Weak or strong, no one is the original.",
            _weak_and_strong(at_start),
            _same_at_any_strength(len(at_start)),
        ),
        "louder": (
            "strength",
            "The pulse becomes stronger.",
            _grid(at_start, (1.0, 1.5, 2.0)),
            _rises_with_strength(3 * len(at_start)),
        ),
    }
    return BehaviourSuite(
        {name: _test(config, *test) for name, test in tests.items()},
        notes=("Only single pulses are tested.",),
    )


def _accepted(num_places: int) -> MinimumFunctionality:
    """The pulse that is there; (places × classes, classes)."""
    return MinimumFunctionality(np.tile(np.eye(len(CLASSES), dtype=bool), (num_places, 1)))


def _same_at_any_strength(num_places: int) -> Invariance:
    strengths = np.tile(["weak", "strong"], len(CLASSES) * num_places)
    return Invariance(0, {"strength": strengths})


def _rises_with_strength(num_grids: int) -> Direction:
    return Direction(np.tile(np.arange(len(CLASSES)), num_grids), "rise", tolerance=0.1)


def _grid(places: tuple[int, ...], strengths: tuple[float, ...]) -> Recipe:
    return [
        (f"{name} at {place}", label, place, strength)
        for place in places
        for strength in strengths
        for label, name in enumerate(CLASSES)
    ]


def _moved(starts: tuple[int, ...], places: tuple[int, ...]) -> Recipe:
    return [
        (f"{name} from {start}", label, place, 2.0)
        for start in starts
        for label, name in enumerate(CLASSES)
        for place in (start, *(place for place in places if place != start))
    ]


def _weak_and_strong(places: tuple[int, ...]) -> Recipe:
    return [
        (f"{name} at {place}", label, place, strength)
        for label, name in enumerate(CLASSES)
        for place in places
        for strength in (1.0, 2.0)
    ]


def _test(
    config: ToyConfig, capability: str, describe: str, recipe: Recipe, expectation: Expectation
) -> Behaviour:
    signals: NDArray[np.float32] = np.zeros((len(recipe), config.data.num_samples), np.float32)
    for row, (_, label, place, strength) in enumerate(recipe):
        signals[row, place : place + PULSE_SAMPLES] = strength * PULSES[label]
    texts = [
        f"{CLASSES[label]} of strength {strength:g} at sample {place}"
        for _, label, place, strength in recipe
    ]
    return Behaviour(
        capability,
        describe,
        {"signal": signals},
        np.array(texts),
        np.array([case for case, *_ in recipe]),
        expectation,
    )
