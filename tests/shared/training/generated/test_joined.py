from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.training.generated.joined import joined


def _examples(prefix: str, count: int) -> Examples:
    ids = np.array([f"{prefix}{number}" for number in range(count)])

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"text": np.array([f"row of {ids[index]}" for index in indices], dtype=object)}

    groups = pd.DataFrame({"site": [prefix] * count})
    return Examples(ids, ids, np.arange(count), groups, rows)


def test_rows_come_in_the_order_asked_for_whichever_split_they_are_of() -> None:
    both = joined(_examples("a", 3), _examples("b", 2))
    assert both.ids.tolist() == ["a0", "a1", "a2", "b0", "b1"]
    assert both.groups["site"].tolist() == ["a"] * 3 + ["b"] * 2
    asked = np.array([4, 0, 3, 2])
    assert both.rows(asked)["text"].tolist() == [f"row of {both.ids[index]}" for index in asked]
    assert both.rows(np.array([1]))["text"].tolist() == ["row of a1"]
