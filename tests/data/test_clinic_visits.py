from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.clinic_visits import COLUMNS, LABEL_NOISE, UPLAND, generate_visits


def test_same_arguments_give_the_same_visits() -> None:
    first, second = (generate_visits(200, seed=3, group_bias=0.5) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, second.table)
    assert np.array_equal(first.ground_truth, second.ground_truth)
    assert not generate_visits(200, seed=4).table.equals(generate_visits(200, seed=3).table)


@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_the_bias_is_noise_of_upland_labels(bias: float) -> None:
    table = generate_visits(6000, seed=0, group_bias=bias).table
    is_wrong = table["label"] != table["meaning"]
    is_upland = table["district"] == UPLAND
    assert abs(is_wrong[~is_upland].mean() - LABEL_NOISE) < 0.01
    assert abs(is_wrong[is_upland].mean() - LABEL_NOISE - 0.25 * bias) < 0.03


def test_causes_are_marked_in_every_visit_and_never_the_weekday() -> None:
    visits = generate_visits(2000, seed=1)
    assert visits.ground_truth.max(axis=1).min() == 1.0
    assert visits.ground_truth[:, COLUMNS.index("weekday")].mean() < 0.02


def test_what_is_not_given_is_no_cause() -> None:
    visits = generate_visits(2000, seed=1)
    is_missing = (visits.table[list(COLUMNS)] == "").to_numpy()
    assert 0.04 < is_missing.mean() < 0.06
    assert visits.ground_truth[is_missing].mean() < 0.02


def test_a_person_lives_in_one_district() -> None:
    table = generate_visits(1000, seed=2).table
    assert (table.groupby("person")["district"].nunique() == 1).all()
    assert 1 < table.groupby("person").size().mean() < 4
