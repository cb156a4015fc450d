from __future__ import annotations

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contract import Axis, Rows, Segments
from shared.errors import UserError
from shared.explain.attention.attended import look_at_segments
from shared.explain.attention.recording import record_looks
from shared.model.members import averaged_network
from shared.model.trained_model import TrainedModel
from shared.targets import Categories

_STEPS = 4
_ROW = {"signal": np.array([[[1.0], [2.0], [3.0], [4.0]]], np.float32)}
_SEEN = np.ones(_STEPS, dtype=np.bool_)


def _network(favourite: int = 2) -> keras.Model:
    """One head whose keys are the place of a token alone: all look at `favourite`."""
    signal = keras.Input((_STEPS, 1), name="signal")
    places = np.eye(_STEPS, dtype=np.float32)[None]
    tokens = keras.layers.Dense(_STEPS, use_bias=False, name="tokens")(signal)
    tokens = keras.ops.concatenate([tokens, keras.ops.zeros_like(tokens) + places], axis=-1)
    attend = keras.layers.MultiHeadAttention(1, 2, use_bias=True, name="attention")
    pooled = keras.layers.GlobalAveragePooling1D()(attend(tokens, tokens))
    model = keras.Model([signal], keras.layers.Dense(2)(pooled))
    weights = {weight.path.split("/", 1)[-1]: weight for weight in attend.weights}
    for path, weight in weights.items():
        weight.assign(np.zeros(weight.shape))
        if path.startswith("query/bias"):
            weight.assign(np.ones(weight.shape))
        if path.startswith("key/kernel"):
            kernel = np.zeros(weight.shape)
            kernel[_STEPS + favourite] = 20.0
            weight.assign(kernel)
    return model


def _trained(model: keras.Model) -> TrainedModel:
    inputs = {tensor.name: tensor for tensor in model.inputs}
    same = keras.Model(inputs, {k: keras.layers.Identity()(v) for k, v in inputs.items()})
    return TrainedModel(same, same, model)


def _segments() -> Segments:
    starts = np.arange(_STEPS, dtype=np.float64)

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {"signal": np.where(keep[..., None], _ROW["signal"], 0.0).astype(np.float32)}

    return Segments(
        names=tuple("abcd"),
        axes=(Axis("step", ""),),
        spans=np.stack([starts, starts + 1.0], axis=-1)[:, None, :],
        extent=np.array([[0.0, float(_STEPS)]]),
        canvas=_ROW["signal"][0, :, 0],
        mask=mask,
    )


def _shares(model: keras.Model) -> NDArray[np.float64]:
    return look_at_segments(_trained(model), _ROW, _segments(), visible=_SEEN).shares


def test_the_segment_at_which_all_tokens_look_gets_most() -> None:
    # Half of each token passes by: the favourite gets ½ + ½ · ¼, the others ½ · ¼ each.
    for favourite in (0, 2):
        expected = np.full(_STEPS, 0.125)
        expected[favourite] = 0.625
        np.testing.assert_allclose(_shares(_network(favourite=favourite)), expected, atol=1e-3)


def test_an_average_of_networks_looks_where_they_look_on_average() -> None:
    both = averaged_network(
        [_network(favourite=0), _network(favourite=2)], Categories(names=("a", "b"))
    )
    np.testing.assert_allclose(_shares(both), [0.375, 0.125, 0.375, 0.125], atol=1e-3)


def test_recording_leaves_the_network_as_it_was() -> None:
    model = _network()
    signal = [_ROW["signal"]]
    before = model(signal)
    looks = record_looks(model, signal)
    assert looks[0].layers[0].shape == (1, 1, _STEPS, _STEPS)
    np.testing.assert_allclose(model(signal), before)
    assert "call" not in vars(model.get_layer("attention"))


def test_a_network_that_does_not_attend_is_refused() -> None:
    signal = keras.Input((_STEPS, 1), name="signal")
    model = keras.Model([signal], keras.layers.Dense(2)(keras.layers.Flatten()(signal)))
    with pytest.raises(UserError, match=r"explain\.method=attention needs a transformer"):
        _shares(model)
