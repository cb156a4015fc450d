from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.serving.parity import (
    RELATIVE_TOLERANCE,
    float32_arithmetic,
    measure_parity,
    outputs_of_scores,
)
from shared.serving.saved_model import SavedModel
from shared.targets import Categories, Horizon
from tests.shared.uncalibrated import UNCALIBRATED

_CLASSES = Categories(names=("a", "b"))
_SCORES = np.asarray([[0.0, 1.0], [2.0, 1.0], [0.5, 0.5], [-3.0, 3.0]], dtype=np.float32)
_WIRE = {"row": np.arange(len(_SCORES))}


@dataclass(frozen=True)
class Answering(SavedModel):
    """Answers from a table of scores by row number, changed as a test wants."""

    path: Path = Path()
    loaded: Any = None
    change: Any = dict

    def __call__(
        self, wire: Rows, *, signature: str = "serving_default"
    ) -> dict[str, NDArray[Any]]:
        del signature
        answer = outputs_of_scores(_CLASSES, UNCALIBRATED, _SCORES[wire["row"]])
        changed: dict[str, NDArray[Any]] = self.change(
            {name: np.array(values) for name, values in answer.items()}
        )
        return changed


def test_equal_answers_pass() -> None:
    report = measure_parity(Answering(), _CLASSES, UNCALIBRATED, _WIRE, _SCORES)
    assert report["passed"]
    assert report["batch_sizes"] == [1, 4]
    assert report["outputs"]["class_name"] == {"num_clear": 3, "num_different": 0, "passed": True}


def test_shifted_numbers_fail_and_the_difference_is_measured() -> None:
    report = measure_parity(
        Answering(change=lambda answer: answer | {"scores": answer["scores"] + 0.25}),
        _CLASSES,
        UNCALIBRATED,
        _WIRE,
        _SCORES,
    )
    assert not report["passed"]
    assert report["outputs"]["scores"] == {
        "max_abs_difference": 0.25,
        "tolerance": pytest.approx(3 * RELATIVE_TOLERANCE),
        "passed": False,
    }


def test_one_wrong_class_fails() -> None:
    def swap(answer: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return answer | {
            "class_name": np.where(answer["scores"][:, 1] == 3.0, "a", answer["class_name"])
        }

    report = measure_parity(Answering(change=swap), _CLASSES, UNCALIBRATED, _WIRE, _SCORES)
    assert not report["passed"]
    assert report["outputs"]["class_name"]["num_different"] == 2  # alone, and in the batch of all


def test_tie_may_fall_either_way() -> None:
    def flip_ties(answer: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        tied = answer["scores"][:, 0] == answer["scores"][:, 1]
        return answer | {"class_index": np.where(tied, 1, answer["class_index"])}

    assert measure_parity(Answering(change=flip_ties), _CLASSES, UNCALIBRATED, _WIRE, _SCORES)[
        "passed"
    ]


def test_answer_of_another_shape_fails_instead_of_being_broadcast() -> None:
    report = measure_parity(
        Answering(change=lambda answer: answer | {"scores": answer["scores"][:, :1]}),
        _CLASSES,
        UNCALIBRATED,
        _WIRE,
        _SCORES,
    )
    assert not report["outputs"]["scores"]["passed"]


def test_different_answer_to_the_same_request_fails() -> None:
    generator = np.random.default_rng(0)

    def jitter(answer: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return answer | {"probabilities": answer["probabilities"] + generator.uniform(0, 1e-6)}

    report = measure_parity(Answering(change=jitter), _CLASSES, UNCALIBRATED, _WIRE, _SCORES)
    assert report["outputs"]["probabilities"]["passed"]
    assert not report["deterministic"]
    assert not report["passed"]


def test_forecast_outputs_are_the_mean_and_sorted_quantiles() -> None:
    target = Horizon(steps=1, channels=("load",), unit="kW", step_seconds=1, season_steps=1)
    outputs = outputs_of_scores(
        target, UNCALIBRATED, np.asarray([[[[5.0, 3.0, 9.0, 4.0]]]], dtype=np.float32)
    )
    assert outputs["forecast"].tolist() == [[[5.0]]]
    assert outputs["quantiles"].tolist() == [[[[3.0, 4.0, 9.0]]]]


@pytest.mark.parametrize("before", [True, False])
def test_float32_arithmetic_is_restored_afterwards(before: bool) -> None:
    initially = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(before)
    try:
        with float32_arithmetic():
            assert not tf.config.experimental.tensor_float_32_execution_enabled()
        assert tf.config.experimental.tensor_float_32_execution_enabled() == before
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(initially)
