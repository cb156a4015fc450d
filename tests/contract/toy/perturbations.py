"""Changes of a signal whose effect is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shared.contract import Perturbation, Rows
from tests.contract.toy.config import ToyConfig

__all__ = ["make_perturbations"]


def make_perturbations(config: ToyConfig) -> Mapping[str, Perturbation]:
    """Noise in three strengths, another zero point, and signals of a loose contact."""
    del config  # the toy's perturbations have no settings
    return {
        "noise": Perturbation("corruption", "white noise is added", (1, 2, 3), _add_noise),
        "zero_point": Perturbation(
            "counterfactual", "the zero point moves by a tenth of the pulse", (1,), _move_zero
        ),
        "loose_contact": Perturbation(
            "ood",
            "a loose contact: jumps between the ends of the scale instead of a signal",
            (1,),
            _jump,
        ),
    }


def _add_noise(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    noise = generator.normal(scale=0.4 * severity, size=rows["signal"].shape)
    return {"signal": (rows["signal"] + noise).astype(np.float32)}


def _move_zero(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    del severity, generator  # one strength, nothing random
    return {"signal": rows["signal"] + np.float32(0.2)}


def _jump(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    del severity  # one strength
    return {
        "signal": generator.choice(
            np.array([-9.0, 9.0], dtype=np.float32), size=rows["signal"].shape
        )
    }
