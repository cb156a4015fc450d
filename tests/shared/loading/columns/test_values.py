from __future__ import annotations

import pandas as pd
import pytest
import tensorflow as tf

from pipelines.medical_imaging.tabular.refusals import build_tabular_refusals, unusable_values
from pipelines.medical_imaging.tabular.settings import TabularDataConfig
from shared.errors import DataError
from shared.loading.columns.checks import unreadable_numbers
from shared.loading.columns.number_marks import Marks
from shared.loading.columns.values import told_numbers

_DATA = TabularDataConfig(tabular_columns=("sex", "age"), tabular_numbers=("age",))
_READABLE = ["", "unknown", "NaN", "N/A", "80", "80.", "-.5", "+1.25E-05", "1e9", "0"]
_UNREADABLE = [
    "abc",
    "8O",
    "1,5",
    "1e999",
    "inf",
    "--1",
    "1 2",
    "٤",
    "12345678901234567",
    "5 years",
]


@pytest.mark.parametrize("text", _READABLE + _UNREADABLE)
def test_the_graph_refuses_the_numbers_that_reading_refuses_in_the_same_words(text: str) -> None:
    (refuse,) = build_tabular_refusals(_DATA)
    (said,) = refuse({"tabular": tf.constant([["anything", text]])}).numpy()
    table = pd.DataFrame({"sex": ["anything"], "age": [text]})
    read = unreadable_numbers(table, ("age",))
    assert said.decode() == dict(read.values()).get("age", "")
    assert bool(said) == (text in _UNREADABLE)


def test_an_example_of_each_column_of_numbers_is_refused_and_categories_never_are() -> None:
    (refuse,) = build_tabular_refusals(_DATA)
    (values,) = unusable_values(_DATA).values()
    assert refuse({"tabular": tf.constant(values.tolist())}).numpy()[0]
    assert build_tabular_refusals(_DATA.model_copy(update={"tabular_numbers": ()})) == ()


def test_a_column_is_of_numbers_if_nine_of_ten_given_values_are() -> None:
    table = pd.DataFrame(
        {
            "typing_error": ["1"] * 9 + ["x", "", "na"],
            "codes": ["1"] * 8 + ["x", "y", "", ""],
            "empty": [""] * 12,
        }
    )
    assert told_numbers(table, setting="data.number_columns") == ("typing_error",)


def test_decimal_commas_are_refused_and_not_taken_for_categories() -> None:
    table = pd.DataFrame({"heat": ["36,6", "37,1", "38", "", "40,25"]})
    with pytest.raises(DataError, match=r"(?s)'heat': '36,6' is not .*names: --set .*numbers=\[\]"):
        told_numbers(table, setting="data.tabular_numbers")
    lists = pd.DataFrame({"codes": ["a,b", "1,2", "c", "d"]})
    assert told_numbers(lists, setting="data.tabular_numbers") == ()


def test_numbers_are_told_by_the_marks_that_are_set_and_no_others() -> None:
    marks = Marks(",", ".")
    table = pd.DataFrame({"rent": ["1.234,50", "900", "87,5"], "floor": ["1", "2", "3"]})
    assert told_numbers(table, setting="data.number_columns", marks=marks) == ("rent", "floor")
    assert unreadable_numbers(table, ("rent",), marks) == {}
    assert marks.plain_where_written(table["rent"]).tolist() == ["1234.50", "900", "87.5"]
    table["rent"] = ["1.5", "2.5", "3.5"]
    assert len(unreadable_numbers(table, ("rent",), marks)) == 3
    with pytest.raises(DataError, match=r"'rent': '1\.5' is not .*data\.thousands=point"):
        told_numbers(table, setting="data.number_columns", marks=marks)
