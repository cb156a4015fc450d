"""Every setting: its type, bounds and default; and where values come from."""

from __future__ import annotations

from shared.config.calibrate import CalibrateConfig
from shared.config.data import DataConfig
from shared.config.evaluate import EvaluateConfig, ExplainConfig, ExplainMethod
from shared.config.run import FrontEndConfig, ModelConfig, RunConfig
from shared.config.section import Section
from shared.config.train import TrainConfig

__all__ = [
    "CalibrateConfig",
    "DataConfig",
    "EvaluateConfig",
    "ExplainConfig",
    "ExplainMethod",
    "FrontEndConfig",
    "ModelConfig",
    "RunConfig",
    "Section",
    "TrainConfig",
]
