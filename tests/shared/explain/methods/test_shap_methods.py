from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorflow.python.eager import execute

from shared.config import ExplainMethod
from shared.errors import UserError
from shared.explain.game.together import run_alone
from shared.explain.methods.attribution import Attribution, is_settled
from shared.explain.methods.choice import attribute
from shared.explain.methods.shap_library import KeepMasker, attributed, guarded, load_shap
from shared.explain.methods.shap_partition import neighbour_tree
from tests.architecture.source_tree import REPOSITORY
from tests.shared.explain.games import Game, game_task, grid_spans, masked_score


def _attribute(
    game: Game,
    num_segments: int,
    *,
    budget: int = 2000,
    method: ExplainMethod = "auto",
    seed: int = 0,
) -> Attribution:
    return run_alone(attribute(game_task(masked_score(game, num_segments), budget, seed), method))


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
    found = _attribute(_interacting(6), 6)
    assert (found.method, found.settled) == ("shap_exact", True)
    np.testing.assert_allclose(found.values, _by_definition(_interacting(6), 6), atol=1e-12)
    assert not found.half_widths.any()


@pytest.mark.parametrize("num_segments", [3, 30, 80, 144, 300])
def test_a_linear_game_gives_its_weights_whatever_its_size(num_segments: int) -> None:
    weights = np.random.default_rng(1).normal(size=num_segments)
    weights[1] = 0.0
    found = _attribute(lambda keep: keep @ weights, num_segments)
    np.testing.assert_allclose(found.values, weights, atol=1e-9)
    assert found.settled
    assert abs(found.values[1]) <= found.half_widths[1] + 1e-9


@pytest.mark.parametrize(
    ("game", "values"),
    [
        (lambda keep: np.abs(keep[:, 0] - keep[:, 1]), [0.0, 0.0, 0.0]),  # XOR
        (lambda keep: 10.0 * keep[:, 0] * keep[:, 1], [5.0, 5.0, 0.0]),  # AND
    ],
)
def test_logical_games_have_their_known_values(game: Game, values: list[float]) -> None:
    np.testing.assert_allclose(_attribute(game, 3).values, values, atol=1e-12)


@pytest.mark.parametrize("num_segments", [2, 7, 20, 150])
@pytest.mark.parametrize("budget", [16, 128, 300])
def test_no_more_evaluations_are_spent_than_allowed(num_segments: int, budget: int) -> None:
    score = masked_score(_interacting(num_segments), num_segments)
    run_alone(attribute(game_task(score, budget), "auto"))
    assert score.evaluations <= budget


def test_intervals_hold_the_true_value_as_often_as_they_say() -> None:
    game = _interacting(7)
    truth = _by_definition(game, 7)
    held = []
    for seed in range(40):
        found = _attribute(game, 7, budget=120, method="shap_permutation", seed=seed)
        held.append(np.abs(found.values - truth) <= found.half_widths + 1e-12)
    assert np.mean(held) >= 0.93


def test_the_walk_gives_what_the_librarys_explainer_gives() -> None:
    """Of segments that act alone and in pairs, one order both ways is exact, whichever it is."""
    generator = np.random.default_rng(8)
    pairs = generator.normal(size=(12, 12))
    weights = generator.normal(size=12)

    def game(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(keep @ weights + ((keep @ pairs) * keep).sum(axis=1))

    ours = _attribute(game, 12, method="shap_permutation")
    with guarded(seed=1):
        library = load_shap().explainers.PermutationExplainer(
            masked_score(game, 12), KeepMasker(12), seed=1
        )
        theirs = attributed(library, 12, max_evals=25)
    np.testing.assert_allclose(ours.values, theirs, atol=1e-9)


def test_a_budget_that_settles_nothing_is_called_so_and_a_larger_one_settles() -> None:
    generator = np.random.default_rng(5)
    weights = generator.normal(size=(40, 8))

    def game(keep: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = np.tanh(keep @ weights)
        return np.asarray(5.0 * parts[:, 0] * parts[:, 1] * parts[:, 2] + 2.0 * keep[:, 4])

    poor = _attribute(game, 40, budget=160)
    rich = _attribute(game, 40, budget=20_000)
    assert not poor.settled
    assert rich.settled
    assert np.nanmax(rich.half_widths) < np.nanmax(poor.half_widths)


def test_a_settled_game_spends_no_more_than_it_needs() -> None:
    score = masked_score(lambda keep: keep @ np.arange(40.0), 40)
    run_alone(attribute(game_task(score, 20_000), "auto"))
    assert score.evaluations <= 4 * 2 * 40


def test_one_order_alone_has_no_interval() -> None:
    found = _attribute(_interacting(40), 40, budget=100)
    assert found.method == "shap_permutation"
    assert np.isnan(found.half_widths).all()
    assert not found.settled


def test_where_not_one_order_can_be_had_a_partition_is_called_not_settled() -> None:
    found = _attribute(lambda keep: keep @ np.arange(144.0), 144, budget=64)
    assert found.method == "shap_partition"
    assert not found.settled
    assert np.isnan(found.half_widths).all()


def test_occlusion_sees_no_segment_that_another_can_replace() -> None:
    either = _attribute(lambda keep: keep[:, :2].max(axis=1) + keep[:, 2], 4, method="occlusion")
    np.testing.assert_allclose(either.values, [0.0, 0.0, 1.0, 0.0])
    assert either.should_sum_to is None


@pytest.mark.parametrize(
    ("method", "needed"), [("shap_exact", 2**20), ("shap_permutation", 40), ("occlusion", 22)]
)
def test_a_named_method_that_costs_too_much_is_refused(method: ExplainMethod, needed: int) -> None:
    with pytest.raises(UserError, match=f"explain.method={method} needs {needed} model evaluat"):
        _attribute(_interacting(20), 20, budget=16, method=method)


@pytest.mark.parametrize("method", ["auto", "shap_partition", "occlusion"])
@pytest.mark.parametrize("num_segments", [0, 1])
def test_a_game_of_one_or_no_segment_needs_no_sharing(
    num_segments: int, method: ExplainMethod
) -> None:
    found = _attribute(lambda keep: 2.0 + keep.sum(axis=1), num_segments, method=method)
    assert found.values.tolist() == [1.0] * num_segments
    assert found.settled


def test_a_score_that_is_no_number_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="score is NaN or infinite"):
        _attribute(lambda keep: np.where(keep[:, 0] > 0, 1.0, np.nan), 3)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (_attribute(_interacting(40), 40, budget=400, seed=7) for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()
    assert first.half_widths.tobytes() == second.half_widths.tobytes()


def test_an_outsider_that_may_be_the_strongest_unsettles() -> None:
    values = np.array([4.0, 3.0, 2.0, 1.0])
    assert is_settled(values, np.array([0.1, 0.1, 0.1, 2.0]), scale=1.0)
    assert not is_settled(values, np.array([0.1, 0.1, 0.1, 3.5]), scale=1.0)
    assert not is_settled(values, np.array([0.1, 1.5, 0.1, 0.1]), scale=1.0)


def test_numpys_global_generator_is_left_as_it_was() -> None:
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    _attribute(_interacting(40), 40, budget=200)
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
def test_after_a_real_failure_of_the_deep_explainer_games_are_explained_as_before() -> None:
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
    values = _attribute(lambda keep: keep @ np.arange(3.0), 3).values
    np.testing.assert_allclose(values, np.arange(3.0), atol=1e-12)


_IMPORTED_FIRST = """
import importlib, os, sys
importlib.import_module(sys.argv[1])
from tests.shared.explain.games import game_task, masked_score
from shared.explain.game.together import run_alone
from shared.explain.methods.choice import attribute
import numpy as np
weights = np.arange(12.0)
task = game_task(masked_score(lambda keep: keep @ weights, 12), 300)
for method in ("shap_permutation", "shap_partition"):
    assert np.isclose(run_alone(attribute(task, method)).values.sum(), weights.sum()), method
assert "NUMBA_DISABLE_JIT" not in os.environ
import numba
assert hasattr(numba.njit(lambda x: x + 1), "signatures"), "numba of others is no longer compiled"
"""


@pytest.mark.slow
@pytest.mark.parametrize("imported_first", ["numba", "shap", "os"])
def test_numba_or_shap_imported_first_changes_nothing(imported_first: str) -> None:
    # A plain `python -c` in this environment, with a script written above.
    finished = subprocess.run(
        [sys.executable, "-c", _IMPORTED_FIRST, imported_first],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
