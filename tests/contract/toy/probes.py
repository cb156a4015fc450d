"""Changes of a signal whose effect is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shared.contract import Probe, Rows
from tests.contract.toy.config import ToyConfig

__all__ = ["make_probes"]


def make_probes(config: ToyConfig) -> Mapping[str, Probe]:
    """Noise in three strengths, the same signal measured against another zero, and signals of a loose contact."""
    del config  # the toy's probes have no settings
    return {
        "noise": Probe("corruption", "white noise is added", (1, 2, 3), _add_noise),
        "zero_point": Probe(
            "counterfactual", "the zero point moves by a tenth of the pulse", (1,), _move_zero
        ),
        "loose_contact": Probe(
            "foreign",
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
