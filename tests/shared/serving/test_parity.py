from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import ContractError
from shared.run.artefacts.parity_file import AnswersParity, DecisionParity, NumberParity
from shared.serving.parity import (
    RELATIVE_TOLERANCE,
    Answers,
    Reference,
    float32_arithmetic,
    measure_parity,
    outputs_of_scores,
)
from shared.serving.saved_model import SavedModel
from shared.targets import Categories, Horizon
from shared.targets.decision import PriorAdjusted
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
        answers: Answers = self.change(
            outputs_of_scores(_CLASSES, UNCALIBRATED, Reference(_SCORES))
        )
        return {name: values[wire["row"]] for name, values in answers[signature].items()}


def _change(endpoint: str, name: str, change: Callable[[Any], Any]) -> Answering:
    """Answers with one output of one endpoint changed."""

    def changed(answers: Answers) -> Answers:
        outputs = answers[endpoint] | {name: change(answers[endpoint][name])}
        return answers | {endpoint: outputs}

    return Answering(change=changed)


def _measure(saved: Answering) -> AnswersParity:
    return measure_parity(saved, _CLASSES, UNCALIBRATED, _WIRE, Reference(_SCORES))


def test_equal_answers_pass() -> None:
    report = _measure(Answering())
    assert report.passed
    assert report.batch_sizes == (1, 4)
    assert report.outputs["serving_default/class_name"] == DecisionParity(
        num_clear=3, num_different=0, passed=True
    )


def test_shifted_numbers_fail_and_the_difference_is_measured() -> None:
    report = _measure(_change("scores", "scores", lambda scores: scores + 0.25))
    assert not report.passed
    assert report.outputs["scores/scores"] == NumberParity(
        max_abs_difference=0.25, tolerance=float(f"{3 * RELATIVE_TOLERANCE:.3g}"), passed=False
    )


def test_one_wrong_class_fails() -> None:
    wrong = np.asarray(["b", "a", "a", "a"], dtype=object)  # the last should be b
    report = _measure(_change("serving_default", "class_name", lambda _: wrong))
    assert not report.passed
    # alone, and in the batch of all
    found = report.outputs["serving_default/class_name"]
    assert isinstance(found, DecisionParity)
    assert found.num_different == 2


def test_a_graph_that_decides_for_the_most_probable_class_fails_another_rule() -> None:
    rule = PriorAdjusted(tau=1.0, prior=(0.9, 0.1))
    record = UNCALIBRATED.model_copy(update={"decision": rule})
    parity = measure_parity(Answering(), _CLASSES, record, _WIRE, Reference(_SCORES))
    assert not parity.outputs["serving_default/class_index"].passed
    assert parity.outputs["serving_default/probabilities"].passed


def test_tie_may_fall_either_way() -> None:
    flipped = np.asarray([1, 0, 1, 1])
    report = _measure(_change("serving_default", "class_index", lambda _: flipped))
    assert report.passed


def test_answer_of_another_shape_fails_instead_of_being_broadcast() -> None:
    report = _measure(_change("scores", "scores", lambda scores: scores[:, :1]))
    assert not report.outputs["scores/scores"].passed


def test_different_answer_to_the_same_request_fails() -> None:
    generator = np.random.default_rng(0)
    report = _measure(
        _change("serving_default", "probabilities", lambda p: p + generator.uniform(0, 1e-6))
    )
    assert report.outputs["serving_default/probabilities"].passed
    assert not report.deterministic
    assert not report.passed


@pytest.mark.parametrize("wrong", ["serving_default", "scores"])
def test_outputs_of_one_name_at_two_endpoints_do_not_hide_each_other(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both_give_scores(*args: Any) -> Answers:
        answers = outputs_of_scores(*args)
        return {endpoint: outputs | answers["scores"] for endpoint, outputs in answers.items()}

    monkeypatch.setattr("shared.serving.parity.outputs_of_scores", both_give_scores)

    def change(answers: Answers) -> Answers:
        both = {endpoint: outputs | answers["scores"] for endpoint, outputs in answers.items()}
        return both | {wrong: both[wrong] | {"scores": both[wrong]["scores"] + 0.25}}

    report = _measure(Answering(change=change))
    failed = [name for name, item in report.outputs.items() if not item.passed]
    assert failed == [f"{wrong}/scores"]


def test_an_output_that_nothing_is_compared_with_is_refused() -> None:
    saved = Answering(change=lambda answers: answers | {"scores": answers["serving_default"]})
    with pytest.raises(
        ContractError, match=r"'scores' answers with .*to be compared are \['error', 'scores'"
    ):
        _measure(saved)


def test_forecast_outputs_are_the_mean_and_sorted_quantiles() -> None:
    target = Horizon(steps=1, channels=("load",), unit="kW", step_seconds=1, season_steps=1)
    scores = np.asarray([[[[5.0, 3.0, 9.0, 4.0]]]], dtype=np.float32)
    outputs = outputs_of_scores(target, UNCALIBRATED, Reference(scores))
    assert outputs["serving_default"]["forecast"].tolist() == [[[5.0]]]
    assert outputs["serving_default"]["quantiles"].tolist() == [[[[3.0, 4.0, 9.0]]]]


@pytest.mark.parametrize(("error", "passed"), [(1e-4, True), (1e-2, False)])
def test_what_a_forecast_may_be_off_by_follows_its_span_and_not_its_level(
    error: float, passed: bool
) -> None:
    target = Horizon(steps=1, channels=("load",), unit="kW", step_seconds=1, season_steps=1)
    scores = 1e8 + np.array([[[[5.0, 3.0, 4.0, 9.0]]], [[[1.0, 0.0, 1.0, 2.0]]]])

    @dataclass(frozen=True)
    class Forecasting(Answering):
        def __call__(
            self, wire: Rows, *, signature: str = "serving_default"
        ) -> dict[str, NDArray[Any]]:
            answers = outputs_of_scores(target, UNCALIBRATED, Reference(scores + error))[signature]
            return {name: values[wire["row"]] for name, values in answers.items()}

    wire = {"row": np.arange(len(scores))}
    report = measure_parity(Forecasting(), target, UNCALIBRATED, wire, Reference(scores))
    assert report.passed == passed


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
