"""Changes of a signal whose effect is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shared.contract import Probe, Rows
from tests.contract.toy.config import ToyConfig

__all__ = ["make_probes"]


def make_probes(config: ToyConfig) -> Mapping[str, Probe]:
    """Noise in three strengths, and a counterfactual: the same signal measured against another zero."""
    del config  # the toy's probes have no settings
    return {
        "noise": Probe("corruption", "white noise is added", (1, 2, 3), _add_noise),
        "zero_point": Probe("counterfactual", "the zero point moves by a tenth of the pulse", (1,), _move_zero),
    }


def _add_noise(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    noise = generator.normal(scale=0.4 * severity, size=rows["signal"].shape)
    return {"signal": (rows["signal"] + noise).astype(np.float32)}


def _move_zero(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    del severity, generator  # one strength, nothing random
    return {"signal": rows["signal"] + np.float32(0.2)}
