from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from shared.explain.survey.group_looks import compare_groups
from shared.explain.survey.place_means import mean_places
from shared.explain.survey.surveyed_rows import SurveyedRow, SurveyedRows
from shared.statistics.bootstrap import Resampling

_RESAMPLING = Resampling(200, 0.95, (0,))
_PLACES = ("left", "middle", "right")


def _row(
    index: int, values: Sequence[float], *, explained: str = "a", **groups: str
) -> SurveyedRow:
    noise = np.random.default_rng(index).normal(0.0, 0.05, len(values))
    signed = np.asarray(values, dtype=np.float64) + noise
    return SurveyedRow(f"row-{index}", groups, explained, "shap_permutation", _PLACES, signed)


def _found(rows: Sequence[SurveyedRow]) -> SurveyedRows:
    found = SurveyedRows.of(rows)
    assert found is not None
    return found


def _groups(elsewhere: bool) -> SurveyedRows:
    """Group f is looked at on the left; group m on the right, or on the left too."""
    moved = (0.2, 0.3, 1.0) if elsewhere else (1.0, 0.3, 0.2)
    return _found(
        [
            _row(index, (1.0, 0.3, 0.2) if index % 2 else moved, sex="f" if index % 2 else "m")
            for index in range(24)
        ]
    )


def test_words_of_many_texts_are_counted_where_they_stand() -> None:
    rows = [
        SurveyedRow("x", {}, "a", "shap_exact", ("good", "good", "a"), np.array([1.0, -2.0, 1.0])),
        SurveyedRow("y", {}, "b", "shap_exact", ("bad", "a"), np.array([-3.0, 0.0])),
    ]
    good, bad, rest = sorted(
        mean_places(_found(rows), _RESAMPLING, by_class=True), key=lambda one: -one.mean_absolute
    )
    assert (good.place, good.n, good.mean_absolute, good.mean) == ("bad", 1, 3.0, -3.0)
    assert (bad.place, bad.n, bad.mean_absolute, bad.mean) == ("good", 1, 3.0, -1.0)
    assert bad.share.value == pytest.approx(0.75)
    assert rest.by_class == {"a": pytest.approx(0.25), "b": pytest.approx(0.0)}
    assert rest.n == 2


def test_rows_on_which_nothing_contributes_say_nothing() -> None:
    assert SurveyedRows.of([SurveyedRow("x", {}, "a", "shap_exact", ("b",), np.zeros(1))]) is None


def test_a_model_that_looks_elsewhere_for_a_group_is_found() -> None:
    (look,) = compare_groups(_groups(elsewhere=True), _RESAMPLING)
    assert look.p_adjusted is not None and look.p_adjusted < 0.01
    assert look.place in ("left", "right")
    left = {name: share.value for name, share in look.shares.items()}
    assert abs((left["f"] or 0.0) - (left["m"] or 0.0)) == pytest.approx(look.spread)
    assert look.counts == {"f": 12, "m": 12}


def test_a_model_that_looks_at_the_same_is_not_accused() -> None:
    (look,) = compare_groups(_groups(elsewhere=False), _RESAMPLING)
    assert look.p_adjusted is not None and look.p_adjusted > 0.05


def test_a_group_with_more_of_one_class_does_not_look_different_for_that() -> None:
    """Each class has its place; only the mix differs: 3 of 4 against 1 of 4."""
    of_a = [(index % 4 > 0) == (index < 40) for index in range(80)]
    rows = [
        _row(
            index,
            (1.0, 0.3, 0.2) if is_a else (0.2, 0.3, 1.0),
            explained="a" if is_a else "b",
            sex="f" if index < 40 else "m",
        )
        for index, is_a in enumerate(of_a)
    ]
    (look,) = compare_groups(_found(rows), _RESAMPLING)
    assert look.spread is not None and look.spread > 0.2
    assert look.p_value is not None and look.p_value > 0.05


def test_many_attributes_are_paid_for() -> None:
    rows = [
        _row(index, (1.0, 0.3, 0.2), **{f"attribute {k}": "fm"[(index >> k) % 2] for k in range(4)})
        for index in range(32)
    ]
    looks = compare_groups(_found(rows), _RESAMPLING)
    smallest = min(looks, key=lambda look: look.p_value or 1.0)
    assert smallest.p_value is not None and smallest.p_adjusted is not None
    assert smallest.p_adjusted == pytest.approx(min(4 * smallest.p_value, 1.0))


def test_small_and_unknown_groups_are_not_compared() -> None:
    rows = [_row(index, (1.0, 0.3, 0.2), sex="f" if index < 20 else "m") for index in range(24)]
    (look,) = compare_groups(_found(rows), _RESAMPLING)
    assert look.p_value is None
    assert look.note == "fewer than two groups have 8 surveyed rows"
