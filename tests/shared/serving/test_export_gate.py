from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import ContractError
from shared.run.context import StageContext
from shared.serving.export import export_stage
from shared.serving.saved_model import load_saved_model, newest_version
from shared.targets import Target
from tests.shared.serving.test_export import _read
from tests.shared.serving.tiny.signals import SAMPLES, SIGNALS, signal_bytes, signal_context


def _augmented_model(config: Any, target: Target) -> keras.Model:
    """Every kind of random layer that Keras leaves active in `model.export`, one of them nested."""
    del config
    signal = keras.Input((SAMPLES, 1), name="signal")
    image = keras.layers.Reshape((SAMPLES, 1, 1))(signal)
    nested = keras.Sequential(
        [keras.layers.RandomTranslation(0.5, 0.5), keras.layers.RandomRotation(0.5)]
    )
    for layer in (
        keras.layers.RandomFlip(),
        keras.layers.RandomContrast(0.9, value_range=(-9, 9)),
        nested,
        keras.layers.GaussianNoise(1.0),
    ):
        image = layer(image)
    return keras.Model(
        {"signal": signal}, keras.layers.Dense(target.shape[0])(keras.layers.Flatten()(image))
    )


def _model_with(layer: keras.layers.Layer) -> Any:
    def build(config: Any, target: Target) -> keras.Model:
        del config
        signal = keras.Input((SAMPLES, 1), name="signal")
        return keras.Model(
            {"signal": signal},
            keras.layers.Dense(target.shape[0])(keras.layers.Flatten()(layer(signal))),
        )

    return build


@keras.saving.register_keras_serializable(package="plumbline_tests")
class CallsPython(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return tf.ensure_shape(
            tf.py_function(lambda values: values * 1.0, [inputs], tf.float32), inputs.shape
        )

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)


@keras.saving.register_keras_serializable(package="plumbline_tests")
class AlwaysNoisy(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs + tf.random.normal(tf.shape(inputs))


@keras.saving.register_keras_serializable(package="plumbline_tests")
class ScaledByTheBatch(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs / tf.reduce_max(tf.abs(inputs))


@keras.saving.register_keras_serializable(package="plumbline_tests")
class NeverFinite(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return tf.math.log(inputs * 0.0 - 1.0)


def test_planted_augmentation_is_inactive(tmp_path: Path) -> None:
    context = signal_context(tmp_path, _augmented_model)
    export_stage(context)
    saved, wire = load_saved_model(newest_version(context.run)), {"signal_bytes": signal_bytes(8)}
    np.testing.assert_array_equal(saved(wire)["probabilities"], saved(wire)["probabilities"])
    assert not [name for name in _read(context, "parity.json")["operations"] if "Random" in name]


def test_the_same_model_is_random_where_keras_exports_it(tmp_path: Path) -> None:
    # The trap that the stage avoids; when this fails, Keras has been repaired.
    model = _augmented_model(None, SIGNALS)
    model.export(tmp_path / "stock", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "stock"))
    signal = {"signal": tf.random.stateless_normal((8, SAMPLES, 1), seed=(1, 2))}
    assert not np.array_equal(loaded.serve(signal).numpy(), loaded.serve(signal).numpy())


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (CallsPython, "operation EagerPyFunc: not a pure function of the request"),
        # Which operation draws depends on whether a test before has asked for determinism.
        (AlwaysNoisy, r"operation (Stateless)?Random\w+: draws random numbers"),
        (ScaledByTheBatch, "output 'scores/scores' differs from the Keras model"),
        (NeverFinite, "an answer holds a number that is not finite"),
    ],
)
def test_faulty_model_fails_the_gate_and_nothing_is_published(
    tmp_path: Path, layer: type[keras.layers.Layer], message: str
) -> None:
    context = signal_context(tmp_path, _model_with(layer()))
    with pytest.raises(ContractError, match=message):
        export_stage(context)
    assert list((tmp_path / "saved_model").iterdir()) == []
    assert not context.run.has("signature.json")
    assert not context.run.has("parity.json")


def test_failed_export_leaves_the_published_one(exported_copy: StageContext) -> None:
    context = exported_copy
    before = (context.run / "signature.json").read_bytes()
    _model_with(CallsPython())(None, SIGNALS).save(context.run / "model.keras")
    with pytest.raises(ContractError):
        export_stage(context)
    assert (context.run / "signature.json").read_bytes() == before
    assert load_saved_model(newest_version(context.run))({"signal_bytes": signal_bytes(1)})[
        "class_index"
    ].shape == (1,)
