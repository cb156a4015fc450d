"""The number format of a training: what is computed in which dtype, and where that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from shared.config import TrainConfig
from shared.config.setting_text import set_option
from shared.errors import ConfigError, ContractError

__all__ = ["as_float32", "check_precision", "computing_in"]

_WIDE = ("float32", "float64")


def check_precision(config: TrainConfig) -> None:
    """Refuse half precision where it would only cost.

    Raises:
        ConfigError: `train.precision` is a mixed one and this machine has no GPU: a
            processor computes no faster in bfloat16 and much slower in float16, and both lose
            digits (measured in docs/training.md).
    """
    if config.precision != "float32" and not tf.config.list_physical_devices("GPU"):
        raise ConfigError(
            f"train.precision={config.precision} is of use on GPUs only, and this machine shows"
            " none: its processor would be no faster, and less accurate. Use"
            f" {set_option('train.precision', 'float32')}"
        )


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Layers made inside compute in `precision`.

    Their variables stay float32 (Micikevicius et al. 2018, section 3.1).
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def as_float32(trained: keras.Model, blank: keras.Model) -> keras.Model:
    """The network that is saved: `blank`, made in float32, with the trained weights.

    So it depends on no accelerator.

    Raises:
        ContractError: The scores of the trained network are narrower than float32: without a last
            layer of that dtype they lose half of their digits.
    """
    wrong = [str(output.dtype) for output in trained.outputs if output.dtype not in _WIDE]
    if wrong:
        raise ContractError(
            f"{trained.name} must give float32 scores (forecasts: float64) under every"
            f" train.precision, received {wrong[0]}."
        )
    blank.set_weights(trained.get_weights())
    return blank
