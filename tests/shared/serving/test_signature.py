from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from shared.serving.saved_model import SavedModel, load_saved_model
from shared.serving.servability import find_unservable
from shared.serving.signature import describe_signatures
from shared.targets import Horizon


def _save(path: Path, spec: tf.TensorSpec, answer: Any, output: str = "answer") -> SavedModel:
    module = tf.Module()
    module.serve = tf.function(lambda values: {output: answer(values)}, input_signature=[spec])
    tf.saved_model.save(
        module, str(path), signatures={"serving_default": module.serve.get_concrete_function()}
    )
    return load_saved_model(path)


@pytest.mark.parametrize(
    ("spec", "answer", "fault"),
    [
        (
            tf.TensorSpec((None,), tf.float32, name="values"),
            lambda values: tf.cast(values, tf.float16),
            "output 'answer' is float16",
        ),
        (
            tf.TensorSpec((None,), tf.bfloat16, name="values"),
            lambda values: tf.cast(values, tf.float32),
            "input 'values' is bfloat16",
        ),
        (
            tf.TensorSpec((None,), tf.float32, name="values"),
            tf.reduce_mean,
            "'answer' has shape (), expected a free batch axis first",
        ),
        (
            tf.TensorSpec((4,), tf.float32, name="values"),
            tf.identity,
            "'values' has shape (4,), expected a free batch axis first",
        ),
    ],
    ids=["half output", "half input", "scalar output", "fixed batch"],
)
def test_signature_that_a_server_cannot_serve_is_found(
    tmp_path: Path, spec: tf.TensorSpec, answer: Any, fault: str
) -> None:
    assert f"serving_default: {fault}" in find_unservable(_save(tmp_path / "1", spec, answer))


def test_servable_signature_has_no_faults(tmp_path: Path) -> None:
    assert (
        find_unservable(
            _save(tmp_path / "1", tf.TensorSpec((None, 2), tf.float32, name="values"), tf.identity)
        )
        == []
    )


def test_a_client_is_told_the_columns_of_its_inputs(tmp_path: Path) -> None:
    saved = _save(
        tmp_path / "1",
        tf.TensorSpec((None, 2), tf.float32, name="window"),
        tf.identity,
        output="forecast",
    )
    target = Horizon(steps=2, channels=("value",), unit="kW", step_seconds=3600, season_steps=2)
    for columns, expected in (({"window": ("value", "price")}, ("value", "price")), ({}, None)):
        described = describe_signatures(saved, target, (), columns)["serving_default"]
        assert described.inputs[0].columns == expected
