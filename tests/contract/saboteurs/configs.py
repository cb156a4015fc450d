"""Configurations that break the contract: each function takes the honest toy and gives it a forgiving one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import ConfigDict, Field

from shared.contract import Pipeline
from tests.contract.toy.config import ConvolutionConfig, DenseConfig, ToyConfig

__all__ = ["accept_any_number", "accept_any_number_in_the_second_family", "accept_unknown_keys"]


def accept_unknown_keys(honest: Pipeline) -> Pipeline:
    """A misspelt setting goes unnoticed."""
    return replace(honest, config_type=_ForgivingConfig)


def accept_any_number(honest: Pipeline) -> Pipeline:
    """A negative number of filters is found out by TensorFlow."""
    return replace(honest, config_type=_UnboundedConfig)


def accept_any_number_in_the_second_family(honest: Pipeline) -> Pipeline:
    """As before, in a section that only another `model.family` has."""
    return replace(honest, config_type=_UnboundedSecondFamilyConfig)


class _ForgivingConvolutionConfig(ConvolutionConfig):
    model_config = ConfigDict(extra="ignore")


class _ForgivingConfig(ToyConfig):
    model: Annotated[_ForgivingConvolutionConfig | DenseConfig, Field(discriminator="family")] = (
        _ForgivingConvolutionConfig()
    )


class _UnboundedConvolutionConfig(ConvolutionConfig):
    num_filters: int = 8


class _UnboundedConfig(ToyConfig):
    model: Annotated[_UnboundedConvolutionConfig | DenseConfig, Field(discriminator="family")] = (
        _UnboundedConvolutionConfig()
    )


class _UnboundedDenseConfig(DenseConfig):
    num_units: int = 32


class _UnboundedSecondFamilyConfig(ToyConfig):
    model: Annotated[ConvolutionConfig | _UnboundedDenseConfig, Field(discriminator="family")] = (
        ConvolutionConfig()
    )
