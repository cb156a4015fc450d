from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.evaluation.floor_table import Contestants, floor_table
from shared.run.artefacts.metrics.floor_entries import FloorTable
from shared.statistics.bootstrap import Resampling
from tests.shared.evaluation.predicted_run import CATEGORIES, classified
from tests.shared.run.artefacts.blend_records import blend_record

_RESAMPLING = Resampling(200, 0.95, (0,))


def _contestants(*, network: float, deployed: float, floor: float) -> Contestants:
    strong = classified(0, skill=4.0)
    noise = np.random.default_rng(1).normal(size=strong.scores.shape)
    each = [
        strong.with_scores((share * strong.scores + (1.0 - share) * 3.0 * noise).astype(np.float32))
        for share in (deployed, network, floor)
    ]
    return Contestants(*each)


def _table(contestants: Contestants) -> FloorTable | None:
    blend = blend_record(floor="linear", deployed="blend", weight=0.4)
    return floor_table(CATEGORIES, contestants, blend, _RESAMPLING)


def test_each_is_compared_with_the_floor_on_the_deciding_metrics() -> None:
    table = _table(_contestants(network=0.2, deployed=0.9, floor=0.5))
    assert table is not None
    assert tuple(entry.metric for entry in table.metrics) == CATEGORIES.deciding_metrics
    first = table.metrics[0]
    assert first.deployed_minus_floor.interval is not None
    assert first.deployed_minus_floor.interval.low > 0.0
    assert first.network_minus_floor.interval is not None
    assert first.network_minus_floor.interval.high < 0.0
    tests = {test.metric: test for test in table.network_tests.tests}
    assert tests["accuracy"].difference is not None
    assert tests["accuracy"].difference < 0.0


def test_a_deployed_floor_differs_in_nothing() -> None:
    sides = _contestants(network=0.5, deployed=0.5, floor=0.5)
    table = _table(sides)
    assert table is not None
    assert all(entry.deployed_minus_floor.value == 0.0 for entry in table.metrics)


def test_without_finite_scores_there_is_no_table() -> None:
    sides = _contestants(network=0.5, deployed=0.5, floor=0.5)
    broken = sides.network.with_scores(np.full_like(sides.network.scores, np.nan))
    assert _table(replace(sides, network=broken)) is None
