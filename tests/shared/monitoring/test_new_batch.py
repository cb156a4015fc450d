from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from shared.monitoring.new_batch import rows_of_ids


def _examples(*names: str) -> Any:
    values = np.array([f"row of {name}" for name in names], dtype=object)
    return SimpleNamespace(ids=np.array(names), rows=lambda rows: {"text": values[rows]})


def test_rows_come_in_the_order_asked_for_from_whichever_split_has_them() -> None:
    parts = {"train": _examples("a", "b", "x"), "val": _examples("c"), "test": _examples("x", "d")}
    splits: Any = SimpleNamespace(by_split=lambda: parts)
    read = rows_of_ids(splits, ["d", "b", "c", "a"])
    found = read(np.array([3, 0, 2, 0]))["text"].tolist()
    assert found == ["row of a", "row of d", "row of c", "row of d"]
