from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pipelines
from shared.config.sources import resolve_config
from shared.training.distribution.precision import as_float32, computing_in


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", pipelines.NAMES)
def test_networks_compute_in_half_precision_and_score_in_full(name: str, precision: str) -> None:
    pipeline = pipelines.get_pipeline(name)
    config = resolve_config(pipeline.config_type, pipelines.presets_folder(name), "smoke")
    target = pipeline.synthesize(config, config.data.num_demo_examples, 0).target
    with computing_in(precision):
        network = pipeline.model(config, target)
    assert precision.removeprefix("mixed_") in {layer.compute_dtype for layer in network.layers}
    inputs = {tensor.name: _nothing(tensor) for tensor in network.inputs}
    scores = network(inputs, training=False)
    assert scores.dtype == target.score_dtype
    exact = as_float32(network, pipeline.model(config, target))(inputs, training=False)
    np.testing.assert_allclose(np.asarray(scores), np.asarray(exact), atol=0.1)


def _nothing(tensor: Any) -> Any:
    return keras.ops.zeros((2, *tensor.shape[1:]), tensor.dtype)
