"""Every setting: its type, bounds and default; and where values come from."""

from __future__ import annotations

from shared.config.settings import (
    CalibrateConfig,
    DataConfig,
    EvaluateConfig,
    ExplainConfig,
    ModelConfig,
    RunConfig,
    Section,
    TrainConfig,
)

__all__ = [
    "CalibrateConfig",
    "DataConfig",
    "EvaluateConfig",
    "ExplainConfig",
    "ModelConfig",
    "RunConfig",
    "Section",
    "TrainConfig",
]
