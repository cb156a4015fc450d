from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.config import ExplainMethod
from shared.contract import Axis, Rows, Segments
from shared.errors import UserError
from shared.explain.attention.attended import look_at_segments
from shared.explain.game.masked_score import MaskedScore
from shared.explain.game.together import run_alone
from shared.explain.methods.attribution import Attribution, AttributionTask
from shared.explain.methods.choice import attribute
from shared.explain.methods.cut import Cut
from shared.explain.methods.gradients import gradient_source
from shared.explain.questions import ClassQuestion, answer
from shared.model.trained_model import TrainedModel
from shared.targets.calibration import Temperature
from tests.shared.explain.games import grid_spans, strip_spans

_CALIBRATION = Temperature(temperature=0.5)
_QUESTION = ClassQuestion(1)
_RANDOM = np.random.default_rng(0)


def _trained(model: keras.Model) -> TrainedModel:
    """A network that is given its rows as they are."""
    inputs = {tensor.name: tensor for tensor in model.inputs}
    same = keras.Model(inputs, {k: keras.layers.Identity()(v) for k, v in inputs.items()})
    return TrainedModel(same, same, model)


def _attribute(
    model: keras.Model,
    segments: Segments,
    row: Rows,
    method: ExplainMethod,
    background: Rows | None = None,
) -> Attribution:
    trained = _trained(model)
    visible = np.ones(len(segments.names), dtype=np.bool_)

    def score(rows: Rows) -> NDArray[np.float64]:
        return answer(_QUESTION, trained.score_rows(rows) / 0.5)

    task = AttributionTask(
        MaskedScore(segments.mask, score, num_segments=len(visible)),
        segments.spans,
        2000,
        0.95,
        0,
        lambda: gradient_source(
            Cut(trained, _CALIBRATION),
            _QUESTION,
            row,
            segments,
            visible=visible,
            background=lambda: background or row,
        ),
        lambda: look_at_segments(trained, row, segments, visible=visible),
    )
    return run_alone(attribute(task, method))


def _strip(name: str, values: NDArray[Any]) -> Segments:
    """Each cell a segment; a removed one becomes 0."""
    count = values.shape[1]
    return Segments(
        names=tuple(map(str, range(count))),
        axes=(Axis("cell", ""),),
        spans=strip_spans(count),
        extent=np.array([[0.0, count]]),
        canvas=values[0].astype(np.float32),
        mask=lambda keep: {name: np.where(keep, values, 0).astype(values.dtype)},
    )


def _linear(weights: NDArray[np.float32]) -> keras.Model:
    """Two classes; log-odds of the second are 2 · weights · x, as the temperature is a half."""
    signal = keras.Input((len(weights),), name="signal")
    dense = keras.layers.Dense(2)
    model = keras.Model([signal], dense(signal))
    dense.set_weights([np.stack([np.zeros_like(weights), weights], 1), np.zeros(2, np.float32)])
    return model


_WEIGHTS = np.array([1.0, -2.0, 0.0, 0.5], np.float32)
_SIGNAL = np.array([[2.0, 1.0, 3.0, -1.0]], np.float32)


def test_integrated_gradients_of_a_linear_network_are_its_weights_times_what_changed() -> None:
    found = _attribute(
        _linear(_WEIGHTS), _strip("signal", _SIGNAL), {"signal": _SIGNAL}, "integrated_gradients"
    )
    np.testing.assert_allclose(found.values, 2.0 * _WEIGHTS * _SIGNAL[0], atol=1e-5)
    assert found.settled
    assert found.should_sum_to == pytest.approx(found.values.sum(), abs=1e-4)


def _two_branches() -> keras.Model:
    """Logits of what two inputs say of the same cells."""
    signal = keras.Input((4,), name="signal")
    other = keras.Input((4,), name="other")
    branches = [keras.layers.Dense(2, use_bias=False)(one) for one in (signal, other)]
    model = keras.Model([signal, other], keras.layers.Add()(branches))
    model.set_weights([np.stack([np.zeros(4), _WEIGHTS], 1), np.stack([np.zeros(4), -_WEIGHTS], 1)])
    return model


def test_what_a_segment_does_in_two_branches_is_added_up() -> None:
    other = np.array([[1.0, -1.0, 2.0, 4.0]], np.float32)
    row = {"signal": _SIGNAL, "other": other}

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {name: np.where(keep, part, 0.0).astype(np.float32) for name, part in row.items()}

    segments = replace(_strip("signal", _SIGNAL), mask=mask)
    truth = 2.0 * _WEIGHTS * (_SIGNAL - other)[0]
    methods: tuple[ExplainMethod, ...] = ("integrated_gradients", "shap_permutation", "occlusion")
    for method in methods:
        found = _attribute(_two_branches(), segments, row, method)
        np.testing.assert_allclose(found.values, truth, atol=1e-4, err_msg=method)


def test_expected_gradients_start_from_the_training_split_and_hold_the_truth() -> None:
    background = _RANDOM.normal(size=(64, 4)).astype(np.float32)
    found = _attribute(
        _linear(_WEIGHTS),
        _strip("signal", _SIGNAL),
        {"signal": _SIGNAL},
        "expected_gradients",
        {"signal": background},
    )
    truth = 2.0 * _WEIGHTS * (_SIGNAL[0] - background.mean(axis=0))
    assert (np.abs(found.values - truth) <= found.half_widths + 1e-6).all()
    assert found.settled
    assert found.should_sum_to == pytest.approx(truth.sum(), abs=1e-3)


def _image_network() -> keras.Model:
    """Class 1 where the image is bright; bytes in."""
    image = keras.Input((8, 8, 1), dtype="uint8", name="image")
    maps = keras.layers.Conv2D(1, 3, padding="same", activation="relu")
    hidden = maps(keras.layers.Rescaling(1 / 255)(image))
    dense = keras.layers.Dense(2)
    model = keras.Model([image], dense(keras.layers.GlobalAveragePooling2D()(hidden)))
    maps.set_weights([np.full((3, 3, 1, 1), 0.1, np.float32), np.full(1, -0.2, np.float32)])
    dense.set_weights([np.array([[0.0, 9.0]], np.float32), np.zeros(2, np.float32)])
    return model


def _quadrants(image: NDArray[np.uint8]) -> Segments:
    owner = np.kron(np.arange(4).reshape(2, 2), np.ones((4, 4), np.int64))

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {"image": np.where(keep[:, owner][..., None], image, np.uint8(0))}

    return Segments(
        names=tuple("abcd"),
        axes=(Axis("row", "px"), Axis("column", "px")),
        spans=grid_spans(2, 2, cell=4.0),
        extent=np.array([[0.0, 8.0], [0.0, 8.0]]),
        canvas=np.repeat(image[0], 3, axis=-1),
        mask=mask,
    )


@pytest.mark.parametrize(
    "method", ["integrated_gradients", "expected_gradients", "grad_cam", "shap_exact"]
)
def test_the_bright_quadrant_of_bytes_is_found(method: ExplainMethod) -> None:
    image = np.zeros((1, 8, 8, 1), np.uint8)
    image[0, 4:, :4] = 250
    dark = {"image": np.zeros((5, 8, 8, 1), np.uint8)}
    found = _attribute(_image_network(), _quadrants(image), {"image": image}, method, dark)
    assert int(np.argmax(found.values)) == 2
    assert found.values[2] > 0.7 * np.abs(found.values).sum()
    if method == "integrated_gradients":
        assert found.should_sum_to == pytest.approx(found.values.sum(), rel=0.05)


def test_words_are_differentiated_at_their_embedding() -> None:
    ids = keras.Input((4,), dtype="int32", name="word_ids")
    embedding = keras.layers.Embedding(5, 2)
    dense = keras.layers.Dense(2)
    model = keras.Model([ids], dense(keras.layers.GlobalAveragePooling1D()(embedding(ids))))
    embedding.set_weights([np.array([[0, 0], [0, 0], [4, 0], [0, 1], [0, 0]], np.float32)])
    dense.set_weights([np.array([[0, 1], [0, 0]], np.float32), np.zeros(2, np.float32)])
    row = np.array([[1, 2, 3, 1]], np.int32)
    found = _attribute(model, _strip("word_ids", row), {"word_ids": row}, "integrated_gradients")
    np.testing.assert_allclose(found.values, [0.0, 2.0, 0.0, 0.0], atol=1e-5)


def test_numbers_that_every_segment_moves_have_no_gradient_to_share() -> None:
    logits = keras.Input((2,), name="floor_logits")
    model = keras.Model([logits], keras.layers.Dense(2)(logits))
    weights = _RANDOM.normal(size=(6, 2)).astype(np.float32)
    segments = Segments(
        names=tuple("abcdef"),
        axes=(Axis("cell", ""),),
        spans=strip_spans(6),
        extent=np.array([[0.0, 6.0]]),
        canvas=np.zeros(6, np.float32),
        mask=lambda keep: {"floor_logits": keep.astype(np.float32) @ weights},
    )
    row = segments.mask(np.ones((1, 6), dtype=np.bool_))
    with pytest.raises(UserError, match=r"every segment moves at once.*Choose shap_exact"):
        _attribute(model, segments, row, "integrated_gradients")


def test_grad_cam_says_that_it_needs_images() -> None:
    with pytest.raises(UserError, match="grad_cam needs images"):
        _attribute(_linear(_WEIGHTS), _strip("signal", _SIGNAL), {"signal": _SIGNAL}, "grad_cam")
