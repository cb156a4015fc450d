from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pipelines.tabular.data import complete
from pipelines.tabular.reading.content import TOO_LONG, find_fault
from pipelines.tabular.refusals import NOT_TEXT, build_refusals, unusable_items
from shared.loading.columns.values import TABULAR, not_a_number
from tests.pipelines.tabular import configure

_GOOD = ["12", "3.5", "", "40", "carrier pigeon", "unknown"]


def _words(*rows: Sequence[bytes | str]) -> list[str]:
    (refuse,) = build_refusals(complete(configure("demo")))
    return [word.decode() for word in refuse({TABULAR: tf.constant(rows)}).numpy().tolist()]


def test_gaps_and_unseen_categories_are_no_reason() -> None:
    assert _words(_GOOD) == [""]


def test_each_unusable_item_is_refused_in_words() -> None:
    items = unusable_items(complete(configure("demo")))
    rows = [item[TABULAR][0].tolist() for item in items.values()]
    found = dict(zip(items, _words(*rows), strict=True))
    assert found["too long"] == TOO_LONG
    assert found["not UTF-8"] == NOT_TEXT
    assert found["age_years is no number"] == not_a_number("age_years")


def test_reading_and_graph_refuse_the_same() -> None:
    data = complete(configure("demo")).data
    for value in ("hot", "1,5", "1e999", "inf", "x" * 1001):
        row = [value, *_GOOD[1:]]
        fault = find_fault(row, data)
        assert fault is not None
        assert _words(row) == [fault.reason]


def test_rows_are_judged_alone() -> None:
    rows = np.array([_GOOD, ["hot", *_GOOD[1:]], _GOOD], dtype=object).tolist()
    assert [bool(word) for word in _words(*rows)] == [False, True, False]
