"""What a pipeline is. Importing it loads no TensorFlow."""

from __future__ import annotations

from shared.contract.pipeline import (
    UNKNOWN,
    Axis,
    Examples,
    Inputs,
    Perturbation,
    Pipeline,
    Problem,
    Provenance,
    Rows,
    Segments,
    Splits,
    no_baselines,
    no_behaviours,
)

__all__ = [
    "UNKNOWN",
    "Axis",
    "Examples",
    "Inputs",
    "Perturbation",
    "Pipeline",
    "Problem",
    "Provenance",
    "Rows",
    "Segments",
    "Splits",
    "no_baselines",
    "no_behaviours",
]
