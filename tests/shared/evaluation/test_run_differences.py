from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from shared.config import EvaluateConfig
from shared.evaluation.comparison import RunPair
from shared.evaluation.run_differences import (
    compare_settings,
    find_one_sided_rows,
    group_differences,
)
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, GROUP_PREFIX, TEST_SPLIT
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, HORIZON, classified, forecast


def _pair(first: Predictions, second: Predictions) -> RunPair:
    return RunPair(CATEGORIES, first, second, CATEGORIES)


def test_rows_that_only_one_gets_right_stand_by_confidence() -> None:
    first = classified(0)
    scores = first.scores.copy()
    scores[:20] = np.roll(scores[:20], 1, axis=1)
    second = first.with_scores(scores)
    rows, counts = find_one_sided_rows(_pair(first, second))
    right = CATEGORIES.decide(first.scores) == first.targets
    also_right = CATEGORIES.decide(scores) == first.targets
    assert counts == {
        "first": int((right & ~also_right).sum()),
        "second": int((~right & also_right).sum()),
    }
    ours = [row for row in rows if row.right == "first"]
    assert len(ours) == min(12, counts["first"])
    assert [row.strength for row in ours] == sorted((row.strength for row in ours), reverse=True)
    assert all(row.first == row.truth != row.second for row in ours)


def test_a_forecast_counts_for_the_run_with_half_the_error() -> None:
    first = forecast(0)
    second = first.with_scores(first.scores + 5.0)
    rows, counts = find_one_sided_rows(RunPair(HORIZON, first, second, HORIZON))
    assert counts["first"] > 0 == counts["second"]
    assert rows[0].right == "first"


def _write_groups(folder: Path, predictions: Predictions) -> RunDirectory:
    run = RunDirectory(folder)
    names = np.where(np.arange(len(predictions)) % 2 == 0, "even", "odd")
    table = pd.DataFrame({"id": predictions.ids, f"{GROUP_PREFIX}parity": names})
    run.write_table(TEST_SPLIT, table.sample(frac=1.0, random_state=0))
    return run


def test_groups_have_a_paired_difference_and_small_ones_are_left_out(tmp_path: Path) -> None:
    first = classified(0)
    scores = first.scores.copy()
    scores[1::2] = np.random.default_rng(0).normal(size=scores[1::2].shape)
    pair = _pair(first, first.with_scores(scores))
    run = _write_groups(tmp_path, first)
    even, odd = group_differences(pair, run, EvaluateConfig())
    assert (even.group, even.difference.value, odd.group) == ("even", 0.0, "odd")
    assert odd.difference.ci_low is not None and odd.difference.ci_low > 0.0
    assert group_differences(pair, run, EvaluateConfig(min_group_size=1000)) == ()
    assert group_differences(pair, run, EvaluateConfig(privacy_group_size=1000)) == ()


def test_entities_that_lose_alike_prove_nothing_though_rounding_differs(tmp_path: Path) -> None:
    first = classified(0)
    entities = np.array([f"{row % 3}" for row in range(len(first))])
    pair = _pair(replace(first, entities=entities), replace(first, entities=entities))
    of_rows = np.ones(len(first)), np.full(len(first), 0.9)
    with mock.patch("shared.evaluation.run_differences._row_values", return_value=of_rows):
        found = group_differences(pair, _write_groups(tmp_path, first), EvaluateConfig())
    assert [one.difference.interval for one in found] == [None, None]
    assert found[0].difference.note == "no interval: all entities agree"


def test_equal_runs_have_no_one_sided_row() -> None:
    predictions = classified(0)
    rows, counts = find_one_sided_rows(_pair(predictions, replace(predictions)))
    assert (rows, counts) == ((), {"first": 0, "second": 0})


def test_settings_that_differ_are_named_and_the_cache_is_none(tmp_path: Path) -> None:
    sides = []
    for name, seed, cache in (("a", 0, "x"), ("b", 1, "y")):
        folder = tmp_path / name
        folder.mkdir()
        config = {"train": {"seed": seed, "same": [1]}, "data": {"cache_dir": cache}}
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
        sides.append(RunDirectory(folder))
    (found,) = compare_settings(*sides)
    assert (found.name, found.first, found.second) == ("train.seed", "0", "1")
