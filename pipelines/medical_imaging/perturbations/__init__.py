"""What may happen to an image before it reaches the model, and what should not matter."""

from __future__ import annotations

from pipelines.medical_imaging.perturbations.catalogue import build_perturbations

__all__ = ["build_perturbations"]
