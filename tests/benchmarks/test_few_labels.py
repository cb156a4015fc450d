from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.few_labels.curves import Curves, Draw, Point, mean_of_draws
from benchmarks.few_labels.page import curves_table
from shared.targets.predictions import Predictions

_ROWS = 200


def _test() -> Predictions:
    """Three rows in four are of the first class; entities hold four rows each."""
    entities = np.repeat(np.arange(_ROWS // 4), 4).astype(np.str_)
    targets = (np.arange(_ROWS) % 4 == 0).astype(np.int64)
    ids = np.arange(_ROWS).astype(np.str_)
    return Predictions(ids, entities, targets, np.zeros((_ROWS, 2), np.float32))


def _point(*right: NDArray[np.bool_]) -> Point:
    draws = [
        Draw(rows=10 + place, is_right=tuple(map(bool, one))) for place, one in enumerate(right)
    ]
    return mean_of_draws("network", 0.1, draws, _test())


def _by_chance(seed: int, share: float) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(_ROWS) < share


def test_classes_count_alike_and_draws_are_averaged() -> None:
    only_rare = _test().targets == 1
    point = _point(only_rare, np.ones(_ROWS, dtype=np.bool_))
    assert point.value == 0.75  # 0.5 and 1
    assert (point.rows, point.draws) == (10.5, 2)


def test_draws_that_differ_make_the_interval_wide_though_the_test_rows_are_many() -> None:
    alike = _point(*(_by_chance(seed, 0.8) for seed in range(5)))
    apart = _point(*(_by_chance(seed, share) for seed, share in enumerate((0.5, 0.6, 0.8, 0.9, 1))))
    assert alike.low < alike.value < alike.high
    assert apart.high - apart.low > 2.0 * (alike.high - alike.low)


def test_the_same_answers_in_all_draws_leave_what_the_test_rows_leave() -> None:
    """Five copies are no surer than one: 0.05 is the half width of 200 rows in entities of four."""
    same = _by_chance(0, 0.8)
    point = _point(*[same] * 5)
    assert 0.03 < (point.high - point.low) / 2.0 < 0.1


def test_the_table_names_data_and_command_once_and_says_what_was_not_trained() -> None:
    point = _point(*(_by_chance(seed, 0.8) for seed in range(5)))
    later = point.model_copy(update={"fraction": 0.3})
    command = "python -m benchmarks.few_labels toy"
    table = curves_table(
        [Curves(name="toy", command=command, test_rows=_ROWS, points=(point, later))]
    )
    assert table.count(command) == 1
    assert table.count("| – | – |") == 2
