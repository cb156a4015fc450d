"""What may happen to a window before it reaches the model, and what should not matter."""

from __future__ import annotations

from pipelines.time_series.perturbations.catalogue import build_perturbations

__all__ = ["build_perturbations"]
