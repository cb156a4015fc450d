from __future__ import annotations

import numpy as np
import pytest

from shared.statistics.bootstrap import entity_codes
from shared.statistics.horizon_statistics import horizon_statistics, step_statistics
from tests.shared.evaluation.predicted_run import HORIZON, forecast


def test_what_is_computed_part_by_part_is_what_is_computed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predictions = forecast(0, num_entities=11, rows_each=5)
    codes, num_entities = entity_codes(predictions.entities)
    weights = np.random.default_rng(0).integers(0, 3, (num_entities, 4)).astype(float)

    def computed() -> list[np.ndarray]:
        statistics = [
            *horizon_statistics(HORIZON, predictions, codes, num_entities),
            *step_statistics(HORIZON, predictions, codes, num_entities),
        ]
        metrics = np.array(list(HORIZON.metrics(predictions).values()))
        return [metrics, *(statistic.evaluate(weights) for statistic in statistics)]

    whole = computed()
    assert len(list(predictions.parts())) == 1
    monkeypatch.setattr("shared.targets.predictions._PART_NUMBERS", 3 * predictions.scores[0].size)
    monkeypatch.setattr("shared.statistics.means._PART_VALUES", 40)
    assert [len(part) for part in predictions.parts()] == [3] * 18 + [1]
    for one, other in zip(computed(), whole, strict=True):
        assert one == pytest.approx(other, rel=1e-12, nan_ok=True)


def test_parts_see_the_memory_of_the_whole_and_none_is_one_empty_part() -> None:
    predictions = forecast(0)
    assert all(np.shares_memory(part.scores, predictions.scores) for part in predictions.parts())
    nothing = predictions.take(np.zeros(0, dtype=np.int64))
    assert [len(part) for part in nothing.parts()] == [0]


def test_baselines_of_one_number_a_row_are_views() -> None:
    predictions = forecast(0)
    for baseline in HORIZON.baselines(None, predictions).values():
        assert baseline.scores.shape == predictions.scores.shape
        assert baseline.scores.strides[-1] == 0
