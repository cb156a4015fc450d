from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.columns.checks import refuse_copies, require_content, unreadable_numbers


def test_the_message_names_column_and_setting() -> None:
    column = pd.Series(["", "unknown"], name="age")
    with pytest.raises(DataError, match=r"'age' of data\.my_columns is empty in all rows"):
        require_content(column.to_frame(), (), setting="data.my_columns")


def test_columns_that_say_nothing_are_left_out_by_one_setting() -> None:
    numbers = range(12)
    table = pd.DataFrame(
        {
            "name": [f"Kunde {number}" for number in numbers],
            "age": [str(number) for number in numbers],
            "price": [f"{number}.50 €" for number in numbers],
        }
    )
    with pytest.raises(
        DataError, match=r"'name' of .* names.*'price' .*'0\.50 €': write"
    ) as caught:
        require_content(table, ("age",), setting="data.my_columns")
    assert caught.value.settings == {"data.my_columns": ["age"]}
    assert str(caught.value).endswith("--set 'data.my_columns=[age]'")


def test_a_constant_with_gaps_says_something() -> None:
    column = pd.Series(["yes", "", "yes", "yes"], name="seen")
    require_content(column.to_frame(), (), setting="data.my_columns")


def test_one_value_for_each_label_is_a_copy() -> None:
    labels = np.array(["a", "b"] * 10)
    entities = np.array([f"e{number}" for number in range(20)])
    copied = pd.Series(np.where(labels == "a", "x", "y"), name="code")
    with pytest.raises(DataError, match=r"'code' of data\.my_columns stands for one label"):
        refuse_copies(copied, labels, entities, setting="data.my_columns")
    refuse_copies(
        copied[::-1].reset_index(drop=True).shift(3, fill_value="x"), labels, entities, setting="s"
    )


def test_the_first_text_among_numbers_of_a_row_is_told() -> None:
    table = pd.DataFrame({"a": ["1", "x", ""], "b": ["y", "z", "NaN"]})
    assert {row: column for row, (column, _) in unreadable_numbers(table, ("a", "b")).items()} == {
        0: "b",
        1: "a",
    }
