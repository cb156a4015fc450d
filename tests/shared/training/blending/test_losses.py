from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from shared.training.blending.losses import WEIGHTS, class_losses

_N = 600


def _logits(skill: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Of three classes: calibrated, the better the larger the skill; and labels drawn from them."""
    generator = np.random.default_rng(seed)
    logits = skill * generator.normal(size=(_N, 3))
    labels = [generator.choice(3, p=row) for row in softmax(logits, axis=1)]
    return logits, np.array(labels, dtype=np.int64)


@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_a_model_that_hesitates_or_boasts_is_judged_as_if_it_were_calibrated(factor: float) -> None:
    logits, labels = _logits(2.0, seed=0)
    honest = -log_softmax(logits, axis=1)[np.arange(_N), labels].mean()
    found = class_losses(factor * logits, {"floor": np.zeros((_N, 3))}, labels)
    assert found.network.mean() == pytest.approx(honest, abs=0.01)
    assert found.baselines["floor"].mean() == pytest.approx(np.log(3.0))


def test_a_network_that_learnt_chance_is_no_better_than_a_floor_that_knows_nothing() -> None:
    _, labels = _logits(0.0, seed=1)
    boasting = 4.0 * np.random.default_rng(2).normal(size=(_N, 3))
    found = class_losses(boasting, {"floor": np.zeros((_N, 3))}, labels)
    assert found.network.mean() == pytest.approx(np.log(3.0), abs=0.01)


def test_a_blend_mixes_probabilities() -> None:
    logits, labels = _logits(2.0, seed=3)
    other = np.roll(logits, 1, axis=1)
    found = class_losses(logits, {"floor": other}, labels).blends["floor"]
    half = 0.5 * softmax(logits, axis=1) + 0.5 * softmax(other, axis=1)
    again = class_losses(np.log(half), {}, labels).network
    assert found[:, WEIGHTS.index(0.5)] == pytest.approx(again, abs=1e-4)
