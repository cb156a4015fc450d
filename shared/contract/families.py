"""The networks that a pipeline offers, by name: its `model` member where it has families."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.config import ModelConfig
from shared.contract.pipeline import Deferred

if TYPE_CHECKING:
    import keras

    from shared.targets import Target

__all__ = ["Family", "ModelOfFamily"]


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Attributes:
        settings: Its section of the configuration, whose field `family` has its name.
        build: Configuration and target -> the network, uncompiled.
        learns_mean: False of a forecast that needs no training but for its spread.
    """

    settings: type[ModelConfig]
    build: Deferred
    learns_mean: bool = True


@dataclass(frozen=True)
class ModelOfFamily:
    """Builds the network of the family that `model.family` names.

    Attributes:
        families: Name -> family.
    """

    families: Mapping[str, Family]

    def __call__(self, config: Any, target: Target) -> keras.Model:
        """Tensors -> scores."""
        network: keras.Model = self.chosen(config).build(config, target)
        return network

    def chosen(self, config: Any) -> Family:
        """The family of a configuration."""
        return self.families[config.model.family]
