from __future__ import annotations

import numpy as np
import pytest

from shared.explain.summary import summarise
from shared.run.artefacts.explanations.record import ExplainedExample
from tests.shared.explain.examples import explained_example


def _example(**changes: object) -> ExplainedExample:
    return explained_example(right=True, localisation=0.8).model_copy(update=changes)


def test_each_mean_has_n_interval_unit_and_meaning() -> None:
    summary = summarise(
        [_example(deletion_auc=value) for value in (0.1, 0.2, 0.6) * 3], confidence=0.95
    )["deletion_auc"]
    assert summary.value == pytest.approx(0.3)
    assert summary.ci_low is not None and summary.ci_high is not None
    assert 0.1 < summary.ci_low < 0.3 < summary.ci_high < 0.6
    assert (summary.n, summary.unit, summary.better) == (9, "share", "lower")
    assert "most important segments first" in summary.describe


def test_localisation_counts_right_predictions_only() -> None:
    summary = summarise([_example(), _example(right=False, localisation=0.0)], confidence=0.95)
    assert summary["localisation"].value == 0.8
    assert summary["localisation"].n == 1


def test_one_example_has_no_interval() -> None:
    assert summarise([_example()], confidence=0.95)["deletion_gain"].ci_low is None


def test_intervals_of_six_examples_cover_the_truth_at_the_nominal_rate() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        column = generator.normal(0.2, 0.1, 6)
        found = summarise([_example(deletion_gain=value) for value in column], confidence=0.95)[
            "deletion_gain"
        ]
        assert found.ci_low is not None and found.ci_high is not None
        covered += found.ci_low <= 0.2 <= found.ci_high
    assert 370 <= covered <= 390  # 380 expected


def test_hits_all_the_time_do_not_prove_certainty() -> None:
    found = summarise([_example(pointing_hit=True)] * 8, confidence=0.95)["pointing_hit"]
    assert found.value == found.ci_high == 1.0
    assert found.ci_low == pytest.approx(0.676, abs=0.001)  # Wilson 1927, 8 of 8


def test_an_interval_stays_within_what_is_possible() -> None:
    found = summarise([_example(localisation=value) for value in (0.9, 1.0, 0.5)], confidence=0.95)[
        "localisation"
    ]
    assert found.ci_high == 1.0


def test_what_no_example_has_is_left_out() -> None:
    assert "pointing_hit" not in summarise([_example(pointing_hit=None)] * 2, confidence=0.95)


def test_equal_values_have_an_interval_of_no_width() -> None:
    summary = summarise([_example()] * 8, confidence=0.95)["deletion_auc"]
    assert summary.ci_low == pytest.approx(0.2)
    assert summary.ci_high == pytest.approx(0.2)


def test_a_probability_left_stays_within_0_and_1() -> None:
    examples = [_example(deletion_auc=value) for value in (0.0, 0.9)]
    found = summarise(examples, confidence=0.95)["deletion_auc"]
    assert (found.ci_low, found.ci_high) == (0.0, 1.0)
