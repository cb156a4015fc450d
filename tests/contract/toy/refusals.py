"""What the served graph refuses: signals that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from shared.contract import Refusal, Rows
from tests.contract.toy.config import ToyConfig
from tests.contract.toy.data import NO_NUMBER

__all__ = ["build_refusals", "unusable_items"]


def build_refusals(config: ToyConfig) -> tuple[Refusal, ...]:
    """One rule: every sample is a number."""
    del config  # the toy's rule has no settings

    def refuse_gaps(wire: Mapping[str, Any]) -> Any:
        is_whole = tf.reduce_all(tf.math.is_finite(wire["signal"]), axis=1)
        return tf.where(is_whole, "", NO_NUMBER)

    return (refuse_gaps,)


def unusable_items(config: ToyConfig) -> Mapping[str, Rows]:
    """One signal for each way of breaking it."""
    signals = {"a gap": np.nan, "beyond the scale": np.inf}
    items = {}
    for kind, value in signals.items():
        signal = np.zeros((1, config.data.num_samples), dtype=np.float32)
        signal[0, 3] = value
        items[kind] = {"signal": signal}
    return items
