"""The configuration of a run: typed, bounded, frozen; plain data only.

The complete configuration is written to `config.json`, which alone reproduces the run;
`sources.py` makes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from shared.config.calibrate import CalibrateConfig
from shared.config.data import DataConfig
from shared.config.evaluate import EvaluateConfig, ExplainConfig
from shared.config.export import ExportConfig
from shared.config.section import Section
from shared.config.train import TrainConfig

__all__ = ["FrontEndConfig", "ModelConfig", "RunConfig"]


class FrontEndConfig(Section):
    """How rows become tensors. A pipeline subclasses it if its preprocessing has settings."""


class ModelConfig(Section):
    """Architecture settings. A pipeline subclasses it, once for each family of networks.

    Attributes:
        training_defaults: Settings of `train` that suit a family better than the pipeline's, which
            suit its first one; they hold where neither a preset of the family nor `--set` says
            otherwise.
    """

    training_defaults: ClassVar[Mapping[str, Any]] = {}


class RunConfig(Section):
    """Everything that decides a run. A pipeline subclasses it and narrows its sections."""

    pipeline: str = Field("", description="The pipeline's name; set by the runner.")
    preset: str = "default"
    data: DataConfig = DataConfig()
    front_end: FrontEndConfig = FrontEndConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    calibrate: CalibrateConfig = CalibrateConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    explain: ExplainConfig = ExplainConfig()
    export: ExportConfig = ExportConfig()

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> Self:
        if self.data.validation_share + self.data.test_share >= 0.8:
            raise ValueError(
                "data.validation_share + data.test_share must leave at least 20 % for training, "
                f"received {self.data.validation_share} + {self.data.test_share}"
            )
        return self

    def fingerprint(self) -> str:
        """SHA-256 of the complete configuration, as hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The complete configuration as stable, indented JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"
