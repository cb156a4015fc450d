"""Phantoms and what the probes make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dermatoscopy_phantoms import PhantomCollection, PhantomSettings
from pipelines.medical_imaging.perturbations import build_probes
from tests.pipelines.medical_imaging.pictures import config

__all__ = ["PICTURES", "PROBES", "applied", "changed"]

PROBES = build_probes(config())
_PHANTOMS = PhantomCollection(
    PhantomSettings(num_pictures=3, height_px=32, width_px=40, group_bias=0.0, seed=0)
)
PICTURES = np.stack([_PHANTOMS.draw(index).pixels for index in range(3)])


def applied(name: str, pictures: NDArray[np.uint8], severity: int = 1) -> NDArray[Any]:
    return PROBES[name].apply({"image": pictures}, severity, np.random.default_rng(0))["image"]


def changed(name: str, severity: int = 1) -> NDArray[Any]:
    return applied(name, PICTURES, severity)
