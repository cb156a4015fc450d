from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.monitoring.outcomes import (
    compare_groups,
    compare_outcomes,
    outcome_columns,
    row_outcomes,
)
from shared.run.artefacts.monitoring.record import OutcomeRecord
from shared.statistics.shares import clustered_mean
from shared.targets import Horizon
from tests.shared.monitoring.invented_rows import CLASSES, scored_rows


def _compared(skill: float) -> dict[str, OutcomeRecord]:
    new = scored_rows(1, skill=skill)
    reference = scored_rows(2)
    found = compare_outcomes(
        row_outcomes(CLASSES, new),
        new.entities,
        row_outcomes(CLASSES, reference),
        reference.entities,
        0.95,
    )
    return {one.name: one for one in found}


def test_a_worse_model_is_worse_and_an_equal_one_inconclusive() -> None:
    assert _compared(2.0)["accuracy"].verdict == "inconclusive"
    worse = _compared(0.5)
    assert worse["accuracy"].verdict == "worse"
    assert worse["confidence above accuracy"].verdict == "changed"
    assert worse["coverage of sets"].n == 360


def test_rows_without_truth_count_nowhere() -> None:
    rows = scored_rows(1)
    rows = replace(rows, targets=np.where(np.arange(len(rows)) < 300, -1, rows.targets))
    outcomes = row_outcomes(CLASSES, rows)
    assert np.isfinite(outcomes[0].values).sum() == 60
    columns = {column.name: column for column in outcome_columns(outcomes)}
    assert set(columns) == {"accuracy", "coverage of sets"}
    assert len(columns["accuracy"].values) == 60


def test_gaps_of_groups_stand_beside_those_of_the_test_split_and_small_ones_are_left_out() -> None:
    sides = (scored_rows(1), scored_rows(2))
    outcomes = (row_outcomes(CLASSES, sides[0])[0], row_outcomes(CLASSES, sides[1])[0])

    def names(least_rows: int, privacy_rows: int) -> list[str]:
        found = compare_groups(
            outcomes, sides, 0.95, least_rows=least_rows, privacy_rows=privacy_rows
        )
        assert all(one.gap.interval is not None for one in found)
        return [one.group for one in found]

    assert names(20, 0) == ["female", "male"]
    assert names(1000, 0) == []
    assert names(20, 1000) == []


def test_an_interval_counts_entities_not_rows() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=30), 10)
    names = np.arange(300).astype(str)
    wide = clustered_mean(values, np.repeat(names[:30], 10), 0.95, is_share=False).interval
    narrow = clustered_mean(values, names, 0.95, is_share=False).interval
    assert wide is not None and narrow is not None
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)


def test_forecasts_have_errors_by_channel_and_coverage_of_the_observed_values() -> None:
    target = Horizon(
        steps=2,
        channels=("a", "b"),
        unit="kW",
        step_seconds=3600,
        season_steps=2,
        quantiles=(0.1, 0.9),
    )
    scores = np.zeros((4, 2, 2, 3))
    scores[..., 1] = -1.0
    scores[..., 2] = 1.0
    truth = np.zeros((4, 2, 2))
    truth[:, 0, 0] = 3.0
    truth[0] = np.nan
    rows = replace(scored_rows(1).take(np.arange(4)), scores=scores, targets=truth)
    errors_a, errors_b, coverage = row_outcomes(target, rows)
    np.testing.assert_array_equal(errors_a.values, [np.nan, 1.5, 1.5, 1.5])
    np.testing.assert_array_equal(errors_b.values, [np.nan, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(coverage.values, [np.nan, 0.75, 0.75, 0.75])
