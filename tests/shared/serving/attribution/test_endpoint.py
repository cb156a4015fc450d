from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import ServedSegments
from shared.errors import UserError
from shared.model.blend import blended_model
from shared.model.differentiable import differentiable, require_gradients
from shared.model.members import averaged_network
from shared.model.named_inputs import reading_by_name
from shared.model.trained_model import TrainedModel
from shared.serving.attribution.endpoint import ServedAttributions
from shared.targets import Categories, Horizon, Target

_CLASSES = Categories(names=("no", "yes"))
_STEPS = Horizon(steps=4, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
_ROWS = np.random.default_rng(0).integers(0, 255, size=(3, 4)).astype(np.uint8)


def _scaled(units: int, seed: int, hidden: int = 8) -> keras.Model:
    """Integers in, as images have them; relu makes it no straight line."""
    number = keras.Input((4,), dtype="uint8", name="number")
    scaled = keras.layers.Rescaling(1.0 / 127.5, offset=-1.0)(number)
    keras.utils.set_random_seed(seed)
    bent = keras.layers.Dense(hidden, activation="relu")(scaled)
    return keras.Model({"number": number}, keras.layers.Dense(units)(bent))


def _prepared() -> keras.Model:
    number = keras.Input((4,), dtype="uint8", name="number")
    same = keras.layers.Identity(dtype="uint8")(number)
    floor = keras.layers.Dense(2, name="floor")(keras.ops.cast(number, "float32") / 255.0)
    return keras.Model({"number": number}, {"number": same, "floor_logits": floor})


def _floor() -> keras.Model:
    logits = keras.Input((2,), name="floor_logits")
    return keras.Model([logits], keras.layers.Identity()(logits), name="floor_model")


def _segments(**options: Any) -> ServedSegments:
    return ServedSegments(
        count=4, share=lambda cells, rows, tensors: cells["number"], rows=("number",), **options
    )


def _explain(
    network: keras.Model,
    rows: Mapping[str, NDArray[Any]],
    target: Target = _CLASSES,
    **options: Any,
) -> dict[str, NDArray[Any]]:
    """Of rows from the baseline 100, in a graph as the server runs it."""
    preprocess = options.pop("preprocess", None) or _prepared()
    segments = options.pop("segments", None) or _segments()
    network = reading_by_name(network)
    model = TrainedModel(preprocess, preprocess, network)
    baseline = [np.full((2, *next(iter(rows.values())).shape[1:]), 100.0, np.float32)]
    served = ServedAttributions(
        differentiable(model, segments),
        segments,
        target,
        lambda scores: scores,
        None if segments.emptied else baseline,
    )

    @tf.function(autograph=False)
    def ask(given: Any) -> Any:
        tensors = model.preprocess(given, training=False)
        scores = tf.cast(network(tensors, training=False), target.score_dtype)
        asked = tf.argmax(scores, axis=-1, output_type=tf.int32) if target == _CLASSES else None
        return served(given, tensors, scores, asked)

    told = ask({name: tf.constant(values) for name, values in rows.items()})
    return {name: values.numpy() for name, values in told.items()}


def test_a_straight_line_is_shared_out_by_its_weights() -> None:
    number = keras.Input((4,), dtype="uint8", name="number")
    linear = keras.layers.Dense(2, use_bias=False)
    network = keras.Model({"number": number}, linear(keras.layers.Rescaling(1.0)(number)))
    weights = np.array([[0.0, 0.01], [0.0, -0.02], [0.03, 0.0], [0.0, 0.0]], np.float32)
    linear.set_weights([weights])
    told = _explain(network, {"number": _ROWS})
    decided = (_ROWS @ weights).argmax(axis=1)
    slopes = np.stack([weights[:, one] - weights[:, 1 - one] for one in decided])
    np.testing.assert_allclose(told["attributions"], slopes * (_ROWS - 100.0), atol=1e-5)
    np.testing.assert_allclose(told["completeness_gap"], 0.0, atol=1e-5)
    assert (told["attributions"][:, 3] == 0.0).all()  # nobody reads it


def test_members_and_a_blended_floor_take_part() -> None:
    members = averaged_network([_scaled(2, seed) for seed in (1, 2)], _CLASSES)
    blended = blended_model(members, _floor(), _CLASSES, 0.6)
    told = _explain(blended, {"number": _ROWS})
    effect = told["explained_value"] - told["baseline_value"]
    assert np.abs(effect).max() > 0.05
    np.testing.assert_allclose(told["attributions"].sum(axis=1), effect, atol=0.02)
    network = _explain(members, {"number": _ROWS})
    assert not np.allclose(told["attributions"], network["attributions"], atol=1e-3)


def test_a_row_has_the_same_bits_beside_any_other() -> None:
    network = _scaled(2, 1)
    beside = _ROWS.copy()
    beside[1] = 255 - beside[1]
    first, second = (_explain(network, {"number": rows}) for rows in (_ROWS, beside))
    for name, values in first.items():
        np.testing.assert_array_equal(values[[0, 2]], second[name][[0, 2]])
    assert not np.array_equal(first["attributions"][1], second["attributions"][1])


def test_each_step_of_a_forecast_has_attributions_of_its_own() -> None:
    window = keras.Input((4,), dtype="float64", name="number")
    # The first input drives the first half up and the second half down: their mean is blind to it.
    steps = np.zeros((4, 4))
    steps[0] = [6.0, 6.0, -6.0, -6.0]
    to_steps = keras.layers.Dense(4, use_bias=False, dtype="float64")
    scores = keras.layers.Reshape((4, 1, 1), dtype="float64")(to_steps(window))
    network = keras.Model({"number": window}, scores)
    to_steps.set_weights([steps])
    identity = keras.Model({"number": window}, {"number": keras.layers.Identity()(window)})
    empty = _segments(emptied=lambda rows, tensors: ({"number": rows["number"] * 0.0}, tensors))
    rows = {"number": np.array([[1.0, 5.0, 5.0, 5.0]])}
    told = _explain(network, rows, _STEPS, preprocess=identity, segments=empty)
    assert told["attributions"].shape == (1, 4, 1, 4)
    np.testing.assert_allclose(told["attributions"][0, :, 0, 0], steps[0], atol=1e-9)
    np.testing.assert_allclose(told["attributions"][..., 1:], 0.0, atol=1e-9)


def test_what_was_not_observed_stays_so_and_gets_nothing() -> None:
    window = keras.Input((4,), dtype="float64", name="number")
    known = keras.ops.where(keras.ops.isnan(window), 0.0, window)
    scores = keras.layers.Reshape((4, 1, 1), dtype="float64")(keras.ops.square(known))
    network = keras.Model({"number": window}, scores)
    identity = keras.Model({"number": window}, {"number": keras.layers.Identity()(window)})
    empty = _segments(emptied=lambda rows, tensors: ({"number": rows["number"] * 0.0}, tensors))
    rows = {"number": np.array([[3.0, np.nan, 1.0, 2.0]])}
    told = _explain(network, rows, _STEPS, preprocess=identity, segments=empty)
    np.testing.assert_allclose(told["attributions"][0, :, 0], np.diag([9.0, 0.0, 1.0, 4.0]))


def test_a_model_that_reads_what_has_no_gradient_says_so() -> None:
    preprocess = _prepared()
    blended = blended_model(_scaled(2, 1), _floor(), _CLASSES, 0.5)
    words = ServedSegments(count=4, share=lambda *_: None, tensors=("number",))
    model = TrainedModel(preprocess, preprocess, blended)
    with pytest.raises(UserError, match="reads floor_logits, which preprocessing makes without"):
        differentiable(model, words)


class _Coarse(keras.layers.Layer):
    """Resizes by area, for which TensorFlow has no gradient."""

    def call(self, values: Any) -> Any:
        image = keras.ops.reshape(values, (-1, 2, 2, 1))
        return keras.ops.reshape(tf.image.resize(image, (1, 1), method="area"), (-1, 1))


def test_an_operation_without_a_gradient_is_found_before_the_export() -> None:
    number = keras.Input((4,), name="number")
    identity = keras.Model({"number": number}, {"number": keras.layers.Identity()(number)})
    rows = {"number": tf.ones((1, 4))}
    fine, coarse = (
        differentiable(
            TrainedModel(identity, identity, keras.Model({"number": number}, layer(number))),
            _segments(),
        )
        for layer in (keras.layers.Dense(2), _Coarse())
    )
    require_gradients(fine, rows, identity(rows))
    with pytest.raises(UserError, match="operation ResizeArea has no gradient"):
        require_gradients(coarse, rows, identity(rows))
