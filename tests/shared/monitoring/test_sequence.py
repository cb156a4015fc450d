from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.errors import UserError
from shared.monitoring.columns import Categorical, Column, Numeric, paired_columns
from shared.monitoring.sequence import Look, count_batch, describe_sequence, e_value
from shared.run.artefacts.monitoring.history import HISTORY_FILE, MonitorHistory
from shared.run.directory import RunDirectory

_NUM_SEEDS = 60
_NUM_DAYS = 30


def _columns(generator: np.random.Generator, n: int, shift: float) -> list[Column]:
    values = generator.normal(size=n)
    return [
        Numeric("scores", "confidence", values + shift),
        Numeric("scores", "noise", generator.normal(size=n)),
        Categorical("decisions", "class", np.array(["a", "b"])[(values > 1.0).astype(int)]),
    ]


def _watch(seed: int, *, drift_from: int = _NUM_DAYS, shift: float = 0.0) -> MonitorHistory:
    """A month of days with 40 rows each, against 150 test rows."""
    generator = np.random.default_rng(seed)
    reference = _columns(generator, 150, 0.0)
    history = MonitorHistory(weights_sha256="model")
    for day in range(_NUM_DAYS):
        new = _columns(generator, 40, shift if day >= drift_from else 0.0)
        look = Look("2026-01-01", "day", f"{seed} {day}", 40)
        history = count_batch(history, paired_columns(reference, new), look)
    return history


def _alarms(history: MonitorHistory) -> bool:
    found = describe_sequence(history, counted_before=False)
    return any(test.drifted for test in found.tests)


def test_a_month_of_daily_looks_without_drift_alarms_in_at_most_one_of_twenty_runs() -> None:
    assert sum(_alarms(_watch(seed)) for seed in range(_NUM_SEEDS)) <= 0.05 * _NUM_SEEDS


def test_drift_that_begins_on_any_day_is_found() -> None:
    assert all(_alarms(_watch(seed, drift_from=0, shift=1.0)) for seed in range(3))
    assert all(_alarms(_watch(seed, drift_from=20, shift=1.0)) for seed in range(3))


def test_e_values_are_at_most_one_on_average() -> None:
    p_values = (np.arange(20_000) + 0.5) / 20_000
    mean = float(np.mean([e_value(p) for p in p_values.tolist()]))
    assert 0.8 < mean <= 1.0
    assert e_value(0.0) > 1e200


def test_the_same_batch_is_counted_once() -> None:
    generator = np.random.default_rng(0)
    pairs = paired_columns(_columns(generator, 100, 0.0), _columns(generator, 40, 3.0))
    look = Look("2026-01-01", "day", "same", 40)
    once = count_batch(MonitorHistory(weights_sha256="model"), pairs, look)
    assert count_batch(once, pairs, look) is once
    assert len(once.batches) == 1


def test_levels_of_columns_that_come_later_stay_within_the_level_of_the_sequence() -> None:
    generator = np.random.default_rng(0)
    history = MonitorHistory(weights_sha256="model")
    for number in range(4):
        new = [Numeric("inputs", f"x{i}", generator.normal(size=30)) for i in range(number + 1)]
        look = Look("2026-01-01", "day", str(number), 30)
        history = count_batch(history, paired_columns(new, new), look)
    assert len(history.columns) == 4
    assert sum(column.level for column in history.columns) < 0.05


def test_a_history_comes_back_and_one_of_another_model_or_damaged_is_refused(
    tmp_path: Path,
) -> None:
    folder = RunDirectory(tmp_path)
    history = _watch(0)
    history.write(folder)
    assert MonitorHistory.read(folder, "model") == history
    with pytest.raises(UserError, match="another model has another history"):
        MonitorHistory.read(folder, "other")
    (tmp_path / HISTORY_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is a file"):
        MonitorHistory.read(RunDirectory(tmp_path / HISTORY_FILE), "model")
    with pytest.raises(UserError, match="remove the file to begin anew"):
        MonitorHistory.read(folder, "model")


def test_missing_values_and_new_categories_count_as_bins_of_their_own() -> None:
    reference = [Numeric("inputs", "x", np.arange(100.0))]
    missing = [Numeric("inputs", "x", np.where(np.arange(60) < 40, np.nan, 50.0))]
    look = Look("2026-01-01", "day", "missing", 60)
    history = MonitorHistory(weights_sha256="model")
    assert _alarms(count_batch(history, paired_columns(reference, missing), look))
    names = [Categorical("groups", "site", np.array(["a", "b"] * 50))]
    new = [Categorical("groups", "site", np.array(["a", "new"] * 30))]
    assert _alarms(count_batch(history, paired_columns(names, new), look))
