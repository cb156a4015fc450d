from __future__ import annotations

import numpy as np
import pytest

from shared.explain.faithfulness import (
    additivity_error,
    in_units_of_range,
    localisation,
    removal,
)
from tests.shared.explain.games import grid_spans, masked_score, strip_spans

_WEIGHTS = np.array([0.0, 3.0, 0.1, 0.0, 2.0, -0.5, 0.0, 0.2])


def test_additivity_error_is_relative_to_what_is_explained() -> None:
    assert additivity_error(np.array([1e-4, 2e-4]), all_kept=4e-4, none_kept=0.0) == pytest.approx(
        0.25
    )


def test_where_the_score_does_not_change_no_error_is_relative_to_it() -> None:
    assert additivity_error(np.zeros(3), all_kept=1.5, none_kept=1.5) is None
    assert additivity_error(np.ones(3), all_kept=1.5, none_kept=1.5 + 1e-12) is None


def test_true_attributions_fall_and_rise_faster_than_random_order() -> None:
    found = removal(masked_score(lambda keep: keep @ _WEIGHTS, 8), _WEIGHTS, seed=0)
    assert found.deletion.area < found.deletion.random_area - 0.2
    assert found.insertion.area > found.insertion.random_area + 0.2
    assert found.deletion.informed[[0, -1]].tolist() == pytest.approx([_WEIGHTS.sum(), 0.0])
    assert found.insertion.informed[[0, -1]].tolist() == pytest.approx([0.0, _WEIGHTS.sum()])


def test_attributions_in_the_wrong_order_are_worse_than_random() -> None:
    found = removal(masked_score(lambda keep: keep @ _WEIGHTS, 8), -_WEIGHTS, seed=0)
    assert found.deletion.area > found.deletion.random_area
    assert found.insertion.area < found.insertion.random_area


def test_an_answer_that_nothing_changes_has_no_range_to_be_a_share_of() -> None:
    saboteur = masked_score(
        lambda keep: keep @ _WEIGHTS, 8, mask=lambda keep: {"keep": np.ones(keep.shape)}
    )
    found = removal(saboteur, _WEIGHTS, seed=0)
    assert found.deletion.area == pytest.approx(found.deletion.random_area)
    assert in_units_of_range(found) is None


def test_shares_of_the_range_stay_within_one_however_small_the_attributions() -> None:
    tiny = np.full(8, 1e-12)
    found = in_units_of_range(removal(masked_score(lambda k: k @ _WEIGHTS, 8), tiny, seed=0))
    assert found is not None
    curves = (found.deletion, found.insertion)
    assert max(np.abs(part).max() for one in curves for part in (one.informed, one.random)) <= 1.0


def test_a_mask_that_removes_other_segments_than_asked_is_no_better_than_random() -> None:
    saboteur = masked_score(
        lambda keep: keep @ _WEIGHTS,
        8,
        mask=lambda keep: {"keep": np.roll(keep, 3, axis=1).astype(np.float64)},
    )
    found = in_units_of_range(removal(saboteur, _WEIGHTS, seed=0))
    assert found is not None
    assert found.deletion.area > found.deletion.random_area - 0.02


def test_many_segments_are_removed_in_twelve_steps() -> None:
    found = removal(masked_score(lambda keep: keep.mean(axis=1), 200), np.ones(200), seed=0)
    assert len(found.share) == 13
    assert found.deletion.area == pytest.approx(0.5, abs=0.01)


def test_removal_is_deterministic() -> None:
    first, second = (
        removal(masked_score(lambda keep: np.tanh(keep @ _WEIGHTS), 8), _WEIGHTS, seed=4)
        for _ in range(2)
    )
    assert first.deletion.random.tobytes() == second.deletion.random.tobytes()


def test_no_segments_change_nothing() -> None:
    found = removal(masked_score(lambda keep: keep.sum(axis=1), 0), np.zeros(0), seed=0)
    assert found.deletion.area == found.deletion.random_area == 0.0


def test_attribution_on_the_ground_truth_has_all_its_mass_there() -> None:
    ground_truth = np.zeros((4, 4), np.float32)
    ground_truth[0:2, 0:2] = 1.0
    found = localisation(np.array([1.0, 0.0, 0.0, 0.0]), grid_spans(2, 2, cell=2.0), ground_truth)
    assert found is not None
    assert (found.mass, found.expected_mass, found.pointing_hit, found.expected_hit) == (
        1.0,
        0.25,
        True,
        0.25,
    )


def test_even_attribution_has_the_mass_expected_by_area() -> None:
    ground_truth = np.array([1, 0, 0, 1, 0.5], np.float32)
    found = localisation(np.ones(5), strip_spans(5), ground_truth)
    assert found is not None
    assert found.mass == pytest.approx(found.expected_mass) == pytest.approx(0.5)


def test_attribution_off_the_ground_truth_misses() -> None:
    found = localisation(np.array([0.0, 1.0, 0.0]), strip_spans(3), np.array([1, 0, 0], np.float32))
    assert found is not None
    assert found.mass == 0.0
    assert not found.pointing_hit


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_ground_truth_nowhere_or_everywhere_answers_nothing(level: float) -> None:
    assert localisation(np.ones(3), strip_spans(3), np.full(3, level, np.float32)) is None


def test_no_attribution_answers_nothing() -> None:
    assert localisation(np.zeros(3), strip_spans(3), np.array([1, 0, 0], np.float32)) is None
