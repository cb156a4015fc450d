from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from shared.serving.refused_answers import (
    also_refuse,
    find_errors,
    finite_rows,
    refuse,
    refused_values,
)
from shared.targets.ood import OodRule
from tests.shared.serving.tiny.forecasts import HORIZON
from tests.shared.serving.tiny.signals import SIGNALS

_RULE = OodRule(score="energy", in_distribution_share=0.95, threshold=-7.0, n=10)


def test_the_first_rule_that_speaks_has_the_word() -> None:
    def small(wire: Mapping[str, tf.Tensor]) -> tf.Tensor:
        return tf.where(wire["x"] < 2, "small", "")

    def odd(wire: Mapping[str, tf.Tensor]) -> tf.Tensor:
        return tf.where(wire["x"] % 2 == 1, "odd", "")

    errors = find_errors([small, odd], {"x": tf.constant([1, 2, 3])})
    assert errors.numpy().tolist() == [b"small", b"", b"odd"]
    later = also_refuse(errors, tf.constant([True, True, False]), "late")
    assert later.numpy().tolist() == [b"small", b"late", b"odd"]


def test_without_rules_nothing_is_refused() -> None:
    assert find_errors([], {"x": tf.zeros((2, 3))}).numpy().tolist() == [b"", b""]


def test_a_row_with_any_number_that_is_not_finite_is_found() -> None:
    outputs = {
        "a": tf.constant([1.0, np.nan, 3.0]),
        "b": tf.constant([[1.0, 2.0], [3.0, 4.0], [np.inf, 1.0]]),
        "c": tf.constant(["x", "y", "z"]),
    }
    assert finite_rows(outputs).numpy().tolist() == [True, False, False]


def test_a_refused_answer_is_finite_and_says_that_it_is_none() -> None:
    outputs = {
        "probabilities": tf.constant([[0.1, 0.2, 0.7]] * 2),
        "class_index": tf.constant([2, 2]),
        "class_name": tf.constant(["up", "up"]),
        "is_ood": tf.constant([0, 0]),
        "abstain": tf.constant([0, 0]),
        "ood_score": tf.constant([np.nan, -9.0]),
    }
    values = refused_values(SIGNALS, _RULE)
    answers = refuse(outputs, tf.constant(["no", ""]), values)
    assert answers["error"].numpy().tolist() == [b"no", b""]
    assert [int(answers[name][0]) for name in ("class_index", "is_ood", "abstain")] == [-1, 1, 1]
    assert answers["class_name"].numpy().tolist() == [b"", b"up"]
    np.testing.assert_allclose(answers["probabilities"], [[1 / 3] * 3, [0.1, 0.2, 0.7]], rtol=1e-6)
    assert float(answers["ood_score"][0]) > _RULE.threshold
    assert float(answers["ood_score"][1]) == -9.0


def test_a_forecast_has_no_class_to_be_given() -> None:
    numbers = ("scores", "forecast", "quantiles", "member_spread")
    assert refused_values(HORIZON, None) == dict.fromkeys(numbers, 0.0)
