from __future__ import annotations

import numpy as np

from shared.monitoring.columns import Categorical, Numeric, paired_columns
from shared.monitoring.drift_tests import drift_tests, merge_rare
from shared.monitoring.scored_rows import choose_one_each, score_columns
from shared.run.artefacts.monitoring.record import DriftTest
from tests.shared.monitoring.invented_rows import CLASSES, scored_rows

_LEVEL = 0.005
_NUM_SEEDS = 40


def _tests(seed: int, **changed: float) -> tuple[DriftTest, ...]:
    """A batch of 40 entities against 120, one row of each."""
    reference = scored_rows(1000 + seed)
    new = scored_rows(seed, num_entities=40, **changed)
    sides = [rows.take(choose_one_each(rows.entities, 2000, seed)) for rows in (reference, new)]
    columns = (score_columns(CLASSES, side) for side in sides)
    return drift_tests(paired_columns(*columns), _LEVEL)


def test_absent_drift_alarms_in_at_most_one_of_twenty_seeds() -> None:
    alarms = [any(test.drifted for test in _tests(seed)) for seed in range(_NUM_SEEDS)]
    assert sum(alarms) <= _NUM_SEEDS * 0.05


def test_planted_drift_is_found_in_every_seed_and_named_with_its_size() -> None:
    for seed in range(5):
        strongest = _tests(seed, shift=2.5)[0]
        assert strongest.drifted
        assert strongest.effect is not None and strongest.effect > 0.4
    flag = next(test for test in _tests(0, shift=2.5) if test.column == "unfamiliar")
    assert flag.test == "chi-square"
    assert (flag.new or 0.0) > (flag.reference or 0.0) or flag.category == "no"


def test_rows_of_one_entity_would_alarm_too_often_and_one_of_each_does_not() -> None:
    def alarms(num_rows: int) -> int:
        found = 0
        for seed in range(_NUM_SEEDS):
            generator = np.random.default_rng(seed)
            persons = generator.normal(size=50)
            values = np.repeat(persons, num_rows)
            sides = (Numeric("inputs", "x", values[: 25 * num_rows]),)
            others = (Numeric("inputs", "x", values[25 * num_rows :]),)
            found += any(one.drifted for one in drift_tests(paired_columns(sides, others), 0.05))
        return found

    assert alarms(8) > 20 >= 4 >= alarms(1)


def test_p_values_are_adjusted_together_and_untested_columns_say_so() -> None:
    same = np.arange(50.0)
    pairs = [(Numeric("inputs", f"x{i}", same), Numeric("inputs", f"x{i}", same)) for i in range(9)]
    pairs.append((Numeric("inputs", "moved", same), Numeric("inputs", "moved", same + 20.0)))
    pairs.append((Numeric("inputs", "few", same), Numeric("inputs", "few", same[:3])))
    tests = drift_tests(pairs, 0.05)
    assert tests[0].column == "moved"
    assert tests[0].p_value is not None and tests[0].p_adjusted is not None
    assert np.isclose(tests[0].p_adjusted, 10 * tests[0].p_value)
    assert (tests[-1].column, tests[-1].p_value, tests[-1].drifted) == ("few", None, False)


def test_rare_categories_are_joined_so_that_each_cell_expects_five_rows() -> None:
    merged = merge_rare(np.array([[50, 3, 1, 1], [50, 2, 1, 2]]))
    np.testing.assert_array_equal(merged, [[50, 5], [50, 5]])
    assert merge_rare(np.array([[3, 1], [2, 2]])).shape == (2, 1)


def test_a_category_that_is_new_is_named() -> None:
    reference = Categorical("groups", "site", np.array(["a", "b"] * 30))
    new = Categorical("groups", "site", np.array(["a", "b", "c", "c"] * 15))
    (test,) = drift_tests([(reference, new)], 0.05)
    assert (test.category, test.reference, test.new, test.drifted) == ("c", 0.0, 0.5, True)
