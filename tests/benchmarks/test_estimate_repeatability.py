from __future__ import annotations

import pandas as pd

from benchmarks.estimate_repeatability import pairs_of_entities


def test_the_first_two_examples_of_each_entity_make_a_pair() -> None:
    entities = pd.Series(["b", "a", "b", "c", "a", "a"])
    values = pd.Series(["tan", "light", "brown", "dark", "light", "tan"])
    pairs = pairs_of_entities(entities, values)
    assert pairs.index.tolist() == ["a", "b"]
    assert pairs.to_numpy().tolist() == [["light", "light"], ["tan", "brown"]]
