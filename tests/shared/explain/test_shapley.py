from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorflow.python.eager import execute

from shared.explain.faithfulness import additivity_error
from shared.explain.shapley import guarded, neighbour_tree, shapley_values
from tests.shared.explain.games import Game, grid_spans, masked_score, strip_spans


def _interacting(num_segments: int) -> Game:
    weights = np.random.default_rng(3).normal(size=num_segments)
    return lambda keep: np.tanh(keep @ weights) + 0.5 * keep[:, 0] * keep[:, -1]


def _by_definition(game: Game, num_segments: int) -> NDArray[np.float64]:
    """Mean marginal contribution over all orders."""
    values = np.zeros(num_segments)
    for order in itertools.permutations(range(num_segments)):
        keep = np.zeros((num_segments + 1, num_segments))
        for step, segment in enumerate(order):
            keep[step + 1 :, segment] = 1.0
        values[list(order)] += np.diff(game(keep))
    return values / math.factorial(num_segments)


def test_few_segments_get_the_shapley_values_of_the_definition() -> None:
    attribution = shapley_values(
        masked_score(_interacting(6), 6), strip_spans(6), max_evaluations=64, seed=0
    )
    assert attribution.method == "exact"
    np.testing.assert_allclose(attribution.values, _by_definition(_interacting(6), 6), atol=1e-12)


@pytest.mark.parametrize(
    ("rows", "columns", "budget"), [(2, 3, 100), (4, 4, 60), (8, 8, 300), (12, 12, 64)]
)
def test_values_sum_to_all_minus_none(rows: int, columns: int, budget: int) -> None:
    score = masked_score(_interacting(rows * columns), rows * columns)
    attribution = shapley_values(score, grid_spans(rows, columns), max_evaluations=budget, seed=0)
    all_kept, none_kept = score.all_kept(), score.none_kept()
    error = additivity_error(attribution.values, all_kept=all_kept, none_kept=none_kept)
    assert error is not None
    assert error < 1e-9


@pytest.mark.parametrize("num_segments", [2, 7, 20, 150])
@pytest.mark.parametrize("budget", [16, 128, 300])
def test_no_more_evaluations_are_spent_than_allowed(num_segments: int, budget: int) -> None:
    score = masked_score(_interacting(num_segments), num_segments)
    shapley_values(score, strip_spans(num_segments), max_evaluations=budget, seed=0)
    assert score.evaluations <= budget


@pytest.mark.parametrize(
    ("budget", "method"), [(4096, "exact"), (200, "permutation"), (50, "permutation")]
)
def test_a_linear_game_gives_its_weights_by_the_surest_method_that_the_budget_allows(
    budget: int, method: str
) -> None:
    weights = np.random.default_rng(1).normal(size=12)
    score = masked_score(lambda keep: keep @ weights, 12)
    attribution = shapley_values(score, strip_spans(12), max_evaluations=budget, seed=0)
    assert attribution.method == method
    np.testing.assert_allclose(attribution.values, weights, atol=1e-12)


def test_a_bright_patch_among_many_segments_is_found_with_few_evaluations() -> None:
    patch = np.zeros((10, 10))
    patch[2:4, 6:8] = 1.0
    score = masked_score(lambda keep: keep @ patch.ravel(), 100)
    values = shapley_values(score, grid_spans(10, 10), max_evaluations=150, seed=0).values.reshape(
        10, 10
    )
    assert values[2:4, 6:8].sum() / values.sum() > 0.99


@pytest.mark.parametrize("num_segments", [0, 1])
def test_a_game_of_one_or_no_segment_needs_no_sharing(num_segments: int) -> None:
    score = masked_score(lambda keep: 2.0 + keep.sum(axis=1), num_segments)
    assert (
        shapley_values(score, strip_spans(num_segments), max_evaluations=16, seed=0).values.tolist()
        == [1.0] * num_segments
    )


def test_a_budget_below_two_permutations_is_spent_by_partition() -> None:
    score = masked_score(lambda keep: keep @ np.arange(12.0), 12)
    assert shapley_values(score, strip_spans(12), max_evaluations=49, seed=0).method == "partition"


def test_permutations_come_close_to_the_values_of_the_definition() -> None:
    attribution = shapley_values(
        masked_score(_interacting(7), 7), strip_spans(7), max_evaluations=127, seed=0
    )
    assert attribution.method == "permutation"
    np.testing.assert_allclose(attribution.values, _by_definition(_interacting(7), 7), atol=0.12)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (
        shapley_values(
            masked_score(_interacting(40), 40), strip_spans(40), max_evaluations=100, seed=7
        ).values
        for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()


def test_numpys_global_generator_is_left_as_it_was() -> None:
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    shapley_values(masked_score(_interacting(40), 40), strip_spans(40), max_evaluations=100, seed=7)
    assert np.random.random() == expected


def test_neighbours_join_first_whatever_the_axes_measure() -> None:
    spans = grid_spans(2, 2)
    spans[:, 0] *= 1000.0  # hertz against seconds
    joined_first = set(neighbour_tree(spans)[0, :2].astype(int).tolist())
    assert joined_first in ({0, 1}, {0, 2}, {1, 3}, {2, 3})
    assert neighbour_tree(spans)[0, 2] == neighbour_tree(grid_spans(2, 2))[0, 2]


def test_a_failing_explainer_leaves_tensorflows_gradients_alone() -> None:
    original = execute.record_gradient
    with pytest.raises(LookupError, match="shap_Erfc"), guarded(seed=0):
        execute.record_gradient = lambda *_: None  # what shap.DeepExplainer does before it fails
        raise LookupError("gradient registry has no entry for: shap_Erfc")
    assert execute.record_gradient is original


@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # shap about TensorFlow 2, Keras about how shap calls the model
def test_a_real_failure_of_the_deep_explainer_is_undone() -> None:
    import keras
    import shap

    inputs = keras.Input((3,))
    model = keras.Model(
        inputs, keras.layers.Dense(1)(keras.layers.Dense(4, activation="gelu")(inputs))
    )
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    original = execute.record_gradient
    with pytest.raises(Exception, match="shap_Erfc"), guarded(seed=0):
        shap.DeepExplainer(model, rows).shap_values(rows)
    assert execute.record_gradient is original


def test_the_seed_reaches_numpys_global_generator() -> None:
    with guarded(seed=11):
        first = np.random.random()
    with guarded(seed=11):
        assert np.random.random() == first
