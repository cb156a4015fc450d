from __future__ import annotations

import numpy as np

from shared.fairness.gaps.group_metric import Denominators, Members


def test_rows_and_entities_of_groups_and_of_their_rests_are_counted() -> None:
    generator = np.random.default_rng(0)
    cells, codes = generator.integers(0, 4, 90), generator.integers(0, 40, 90)
    found = Denominators.count(Members(cells, codes, 5, 41))
    for group in range(5):
        inside = cells == group
        assert found.rows[group] == inside.sum()
        assert found.entities[group] == len(set(codes[inside]))
        assert found.rest_rows[group] == (~inside).sum()
        assert found.rest_entities[group] == len(set(codes[~inside]))
