from __future__ import annotations

import numpy as np
import pytest

from shared.statistics.bootstrap import Resampling, draw, entity_codes
from shared.statistics.category_statistics import binned_gap_statistic, binned_sums
from shared.statistics.means import multiplier_draws
from tests.shared.evaluation.predicted_run import CATEGORIES, classified

_TEST = classified(0, num_entities=100)
_CODES, _NUM = entity_codes(_TEST.entities)
_STATED, _HAPPENED = (
    CATEGORIES.probabilities(_TEST.scores)[:, 1],
    (_TEST.targets == 1).astype(np.float64),
)


def test_draws_have_the_values_spread_and_distances_of_resampled_entities() -> None:
    (resampled,) = draw(
        [binned_gap_statistic("ece", _STATED, _HAPPENED, _CODES, _NUM)],
        _NUM,
        Resampling(4000, 0.95, (0,)),
    )
    drawn = multiplier_draws(
        *binned_sums(_STATED, _HAPPENED, _CODES, _NUM), Resampling(4000, 0.95, (0,))
    )
    assert drawn.point == pytest.approx(resampled.point, abs=1e-12)
    assert np.cov(drawn.resampled) == pytest.approx(np.cov(resampled.resampled), abs=4e-6)
    reach = [
        np.quantile(np.abs(each.resampled - each.point[:, None]).sum(axis=0), 0.95)
        for each in (drawn, resampled)
    ]
    assert reach[0] == pytest.approx(reach[1], rel=0.05)


def test_the_same_seed_gives_the_same_draws() -> None:
    first, second = (
        multiplier_draws(*binned_sums(_STATED, _HAPPENED, _CODES, _NUM), Resampling(50, 0.95, (3,)))
        for _ in range(2)
    )
    assert (first.resampled == second.resampled).all()


def test_one_entity_has_values_but_no_draws() -> None:
    alone = np.zeros(len(_TEST), dtype=np.int64)
    drawn = multiplier_draws(*binned_sums(_STATED, _HAPPENED, alone, 1), Resampling(50, 0.95, (3,)))
    assert drawn.resampled.shape == (15, 0)
    assert np.abs(drawn.point).sum() > 0.0
