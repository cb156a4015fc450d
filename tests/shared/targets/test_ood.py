from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.targets.ood import (
    deployable_score,
    describe_lack_of_features,
    energy,
    ood_score,
    ood_scores,
)
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast

_ROWS, _WINDOWS = classified(0, num_entities=4), forecast(0, num_entities=4)


def test_energy_is_low_where_some_logit_is_high() -> None:
    assert (
        energy(np.array([[9.0, 0.0]], dtype=np.float32))[0]
        < energy(np.array([[0.0, 0.0]], dtype=np.float32))[0]
    )
    assert energy(np.array([[0.0, 0.0]], dtype=np.float32))[0] == pytest.approx(-np.log(2.0))


def test_the_distance_is_deployed_where_there_is_one_and_the_energy_of_logits_else() -> None:
    distances = np.arange(len(_ROWS), dtype=np.float32)
    known = replace(_ROWS, distances=distances)
    assert (deployable_score(CATEGORIES, known), deployable_score(CATEGORIES, _ROWS)) == (
        "distance",
        "energy",
    )
    assert deployable_score(HORIZON, _WINDOWS) is None
    np.testing.assert_array_equal(ood_score("distance", known), distances)
    np.testing.assert_array_equal(ood_score("energy", known), energy(_ROWS.scores))


def test_max_softmax_of_categories_is_what_the_highest_probability_leaves() -> None:
    uncertainty = ood_scores(CATEGORIES, _ROWS)["max_softmax"]
    np.testing.assert_allclose(
        uncertainty, 1.0 - CATEGORIES.probabilities(_ROWS.scores).max(axis=1)
    )


def test_max_softmax_of_forecasts_is_the_width_of_their_widest_interval_in_standard_deviations() -> (
    None
):
    assert _WINDOWS.forecast is not None
    quantiles = np.sort(_WINDOWS.scores[..., 1:], axis=-1)
    width = (quantiles[..., -1] - quantiles[..., 0]) / _WINDOWS.forecast.scale[:, None, :]
    np.testing.assert_allclose(
        ood_scores(HORIZON, _WINDOWS)["interval_width"], width.mean(axis=(1, 2)), rtol=1e-5
    )


def test_forecasts_without_quantiles_or_features_have_no_detector() -> None:
    bare = HORIZON.model_copy(update={"quantiles": ()})
    assert ood_scores(bare, _WINDOWS.with_scores(_WINDOWS.scores[..., :1])) == {}


def test_the_log_says_what_tells_ood_inputs_where_there_are_no_features() -> None:
    assert describe_lack_of_features(CATEGORIES).endswith(
        "the energy of its logits tells OOD inputs instead"
    )
    assert describe_lack_of_features(HORIZON).endswith("no score tells OOD inputs")
