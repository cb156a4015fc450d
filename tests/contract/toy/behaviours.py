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


def make_behaviours(config: ToyConfig, target: Target) -> BehaviourSuite:
    """One test of each kind; cases are places of the pulse."""
    del target  # the toy's classes are always the same
    last = config.data.num_samples - PULSE_SAMPLES
    at_start, anywhere = (0, last // 3), tuple(range(0, last, 3))
    names = np.tile(np.arange(len(CLASSES)), len(anywhere))  # (places × classes,)
    strengths = np.tile(["weak", "strong"], len(CLASSES) * len(at_start))
    accepted = names[:, None] == np.arange(len(CLASSES))
    return BehaviourSuite(
        {
            "each_pulse": _test(
                config,
                "shape",
                "One pulse in silence.",
                _grid(anywhere, (2.0,)),
                MinimumFunctionality(accepted),
            ),
            "moved": _test(
                config,
                "place",
                "The same pulse elsewhere.",
                _moved(at_start, anywhere),
                Invariance(watched=0),
            ),
            "any_strength": _test(
                config,
                "strength",
                "Weak or strong, no one is the original.",
                _weak_and_strong(at_start),
                Invariance(0, {"strength": strengths}),
            ),
            "louder": _test(
                config,
                "strength",
                "The pulse becomes stronger.",
                _grid(at_start, (1.0, 1.5, 2.0)),
                Direction(
                    np.tile(np.arange(len(CLASSES)), 3 * len(at_start)), "rise", tolerance=0.1
                ),
            ),
        },
        notes=("Only single pulses are tested.",),
    )


Recipe = list[tuple[str, int, int, float]]
"""Case, class, place and strength of each row."""


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
