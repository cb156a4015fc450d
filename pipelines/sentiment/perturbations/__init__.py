"""What may happen to a text before it reaches the model, and what should not matter."""

from __future__ import annotations

from pipelines.sentiment.perturbations.catalogue import build_perturbations

__all__ = ["build_perturbations"]
