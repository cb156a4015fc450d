"""What may happen to a recording before it reaches the model, and what should not matter."""

from __future__ import annotations

from pipelines.speech.perturbations.catalogue import build_perturbations

__all__ = ["build_perturbations"]
