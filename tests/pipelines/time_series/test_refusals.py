from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from pipelines.time_series.preprocess import build_decode
from pipelines.time_series.refusals import build_refusals, unusable_items
from shared.contract import Rows
from shared.serving.refused_answers import find_errors
from tests.pipelines.time_series.tables import configure

_CONFIG = configure(
    "data.lookback_steps=48",
    "data.horizon_steps=6",
    "data.past_covariates=[wind]",
    "data.static_covariates=[size]",
)


def _fine(num_rows: int) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    for name, tensor in build_decode(_CONFIG).input.items():
        shape = (num_rows, *tensor.shape[1:])
        wire[name] = (
            np.full(shape, "") if tensor.dtype == "string" else np.ones(shape, tensor.dtype)
        )
    return wire


def _words(wire: Rows) -> list[str]:
    tensors = {name: tf.constant(values) for name, values in wire.items()}
    return [words.decode() for words in find_errors(build_refusals(_CONFIG), tensors).numpy()]


@pytest.mark.parametrize(("num_observed", "is_refused"), [(24, False), (23, True)])
def test_a_window_is_refused_below_the_share_that_reading_asks_for(
    num_observed: int, is_refused: bool
) -> None:
    wire = _fine(2)
    wire["window"][1, num_observed:, 0] = np.nan
    words = "it has 23 values in the last 48 steps that the model looks at; at least 50% are needed"
    assert _words(wire) == ["", f"{words} (data.min_observed_share)" if is_refused else ""]


def test_gaps_of_past_and_static_covariates_are_filled_as_ever() -> None:
    wire = _fine(1)
    wire["window"][:, :, 1:] = np.nan
    for name in wire.keys() & {"static"}:
        wire[name][:] = np.nan
    assert _words(wire) == [""]


def test_every_kind_is_refused_and_its_neighbour_is_not() -> None:
    items = unusable_items(_CONFIG)
    assert len(items) == 7
    for kind, item in items.items():
        both = {
            name: np.concatenate([values, item[name].astype(values.dtype)])
            for name, values in _fine(1).items()
        }
        fine, refused = _words(both)
        assert fine == ""
        assert refused, kind
