from __future__ import annotations

import numpy as np
import pytest

from benchmarks.serving_parity.comparing import compare


def test_numbers_are_compared_by_magnitude_and_decisions_counted() -> None:
    names = np.array(["a", "b"], dtype=object)
    expected = {"one": {"score": np.array([10.0, 2.0]), "name": names, "flag": np.array([0, 1])}}
    received = {
        "one": {"score": np.array([10.0, 2.1]), "name": names[::-1], "flag": np.array([0, 1])}
    }
    found = compare(expected, received)
    assert found.relative == pytest.approx(0.01)
    assert found.num_decisions == 2
    assert str(compare(expected, expected)) == "0"


def test_a_number_that_one_side_lacks_is_infinitely_far() -> None:
    found = compare({"one": {"a": np.array([1.0, 2.0])}}, {"one": {"a": np.array([1.0, np.nan])}})
    assert found.relative == np.inf
    both = {"one": {"a": np.array([1.0, np.nan])}}
    assert compare(both, both).relative == 0.0


def test_other_outputs_or_shapes_are_no_answer() -> None:
    one = {"one": {"a": np.zeros(2)}}
    with pytest.raises(ValueError, match="one"):
        compare(one, {"one": {"b": np.zeros(2)}})
    with pytest.raises(ValueError, match=r"\(2,\), \(3,\)"):
        compare(one, {"one": {"a": np.zeros(3)}})
