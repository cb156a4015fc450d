"""What the served graph refuses, as reading does: windows of little, numbers that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.preprocess import build_decode
from pipelines.time_series.reading.inputs import too_few
from shared.contract import Refusal, Rows
from shared.loading.batches.wire_bytes import first_words, said

__all__ = ["build_refusals", "unusable_items"]


def build_refusals(config: TimeSeriesConfig) -> tuple[Refusal, ...]:
    """The rules on `window`, `future` and `static`, in this order."""
    data = config.data
    before, after = too_few(data)

    def refuse_infinity(wire: Mapping[str, Any]) -> Any:
        rules = []
        for name in ("window", "static"):
            if name in wire:
                num_infinite = _count(tf.math.is_inf(wire[name]))
                sentence = said(f"its {name} holds ", num_infinite, " numbers that are infinite")
                rules.append((num_infinite > 0, sentence))
        return first_words(rules)

    def refuse_gaps(wire: Mapping[str, Any]) -> Any:
        num_observed = _count(tf.math.is_finite(wire["window"][:, :, 0]))
        share = tf.cast(num_observed, tf.float64) / data.lookback
        is_little = share < data.min_observed_share
        return tf.where(is_little, said("it ", before, num_observed, after), "")

    def refuse_unknown_ahead(wire: Mapping[str, Any]) -> Any:
        num_unknown = _count(tf.math.logical_not(tf.math.is_finite(wire["future"])))
        sentence = said(
            *("it needs its known covariates and the calendar for all steps ahead; ", num_unknown),
            " numbers of `future` are missing or infinite",
        )
        return tf.where(num_unknown > 0, sentence, "")

    return (refuse_infinity, refuse_gaps, refuse_unknown_ahead)


def _count(flags: Any) -> Any:
    """(batch, …) bool -> how many are true in each row, (batch,) int64."""
    flat = tf.reshape(flags, [tf.shape(flags)[0], -1])
    return tf.reduce_sum(tf.cast(flat, tf.int64), axis=1)


def unusable_items(config: TimeSeriesConfig) -> Mapping[str, Rows]:
    """One window of each kind that is refused."""
    data = config.data
    most = int(np.ceil(data.min_observed_share * data.lookback)) - 1
    fine = _flat_window(config)
    items = {"nothing finite": _changed(fine, "window", np.s_[:], -np.inf)}
    items["nothing observed"] = _changed(fine, "window", np.s_[:, :, 0], np.nan)
    items["too little observed"] = _changed(fine, "window", np.s_[:, most:, 0], np.nan)
    items["an infinite value"] = _changed(fine, "window", np.s_[:, -1, 0], np.inf)
    if fine["window"].shape[2] > 1:
        items["an infinite covariate"] = _changed(fine, "window", np.s_[:, 0, -1], np.inf)
    if fine["future"].shape[2]:
        items["a gap ahead"] = _changed(fine, "future", np.s_[:, -1, 0], np.nan)
        items["infinity ahead"] = _changed(fine, "future", np.s_[:, 0, -1], np.inf)
    if data.static_numbers:
        items["an infinite static number"] = _changed(fine, "static", np.s_[:, 0], np.inf)
    return items


def _flat_window(config: TimeSeriesConfig) -> Rows:
    """A window of zeros, in which nothing is missing."""
    wire = {}
    for name, tensor in build_decode(config).input.items():
        is_text = tensor.dtype == "string"
        shape = (1, *tensor.shape[1:])
        wire[name] = np.full(shape, "") if is_text else np.zeros(shape, tensor.dtype)
    return wire


def _changed(wire: Rows, name: str, where: Any, value: float) -> Rows:
    values: NDArray[Any] = wire[name].copy()
    values[where] = value
    return {**wire, name: values}
