"""Settings that a machine or a network can't meet, which TensorFlow finds out at the first step.

Its error, deep inside a graph, becomes a message for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from shared.config import TrainConfig
from shared.config.setting_text import set_option
from shared.errors import ConfigError

__all__ = ["refusing_in_words"]


@contextmanager
def refusing_in_words(config: TrainConfig) -> Iterator[None]:
    """Turns TensorFlow's refusal into one that names the setting, the reason and the fix.

    Raises:
        ConfigError: `train.jit` or `train.deterministic` asks for what this network or this machine
            can't do.
    """
    try:
        yield
    except (tf.errors.OpError, RuntimeError) as error:
        reason = _reason(config, str(error))
        if reason is None:
            raise
        raise ConfigError(reason) from error


def _reason(config: TrainConfig, message: str) -> str | None:
    if config.jit and "unsupported operations when trying to compile" in message:
        missing = sorted(set(re.findall(r"No registered '(\w+)' OpKernel", message)))
        operations = ", ".join(missing) or "an operation of this network"
        return (
            f"train.jit=true: XLA has no {operations} on this machine, and the network needs it for"
            f" training. Use {set_option('train.jit', False)}"
        )
    if config.jit and "merge_call" in message:
        return (
            "train.jit=true: a layer that shares its statistics between replicas, such as"
            " synchronised batch normalisation, can't be compiled under this strategy. Use"
            f" {set_option('train.jit', False)} or {set_option('train.strategy', 'single')}"
        )
    found = re.search(r"[^\n]*\bdeterminis[^\n]*", message, flags=re.IGNORECASE)
    if config.deterministic and found is not None:
        return (
            "train.deterministic=true: TensorFlow has no deterministic kernel for this network on"
            f" this machine ({found[0].strip()[:300]}). Use"
            f" {set_option('train.deterministic', False)} and expect other weights of the same"
            " seed."
        )
    return None
