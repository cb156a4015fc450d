"""Phantoms and what the perturbations make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dermatoscopy_phantoms import PhantomCollection, PhantomSettings
from pipelines.medical_imaging.perturbations import build_perturbations
from tests.pipelines.medical_imaging.images import config

__all__ = ["IMAGES", "PERTURBATIONS", "applied", "changed"]

PERTURBATIONS = build_perturbations(config())
_PHANTOMS = PhantomCollection(
    PhantomSettings(num_images=3, height_px=32, width_px=40, group_bias=0.0, seed=0)
)
IMAGES = np.stack([_PHANTOMS.draw(index).pixels for index in range(3)])


def applied(name: str, images: NDArray[np.uint8], severity: int = 1) -> NDArray[Any]:
    return PERTURBATIONS[name].apply({"image": images}, severity, np.random.default_rng(0))["image"]


def changed(name: str, severity: int = 1) -> NDArray[Any]:
    return applied(name, IMAGES, severity)
