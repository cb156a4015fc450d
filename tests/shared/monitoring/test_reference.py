from __future__ import annotations

from dataclasses import replace

import pandas as pd

from shared.monitoring.reference import pool_small_groups
from tests.shared.monitoring.invented_rows import scored_rows


def test_groups_below_the_privacy_size_are_pooled_and_small_batches_of_one_left_out() -> None:
    reference = scored_rows(0)
    few = ["rare"] * 5 + ["a"] * 200 + ["b"] * 155
    reference = replace(reference, groups=pd.DataFrame({"site": few, "sex": few}))
    given = pd.DataFrame({"site": ["rare"] * 60 + ["a"] * 300, "sex": ["b"] * 3 + ["a"] * 357})
    new = replace(scored_rows(1), groups=given)
    ours, theirs = pool_small_groups(reference, new, 50)
    assert set(theirs.groups["site"]) == {"other groups", "a"}
    assert "rare" not in set(ours.groups["site"])
    assert "sex" not in theirs.groups
    assert pool_small_groups(reference, new, 0) == (reference, new)
