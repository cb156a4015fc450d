from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.columns.checks import refuse_copies, require_content, unreadable_numbers


def test_the_message_names_column_and_setting() -> None:
    column = pd.Series(["", "unknown"], name="age")
    with pytest.raises(DataError, match=r"'age' of data\.my_columns is empty in all rows"):
        require_content(column, is_number=False, setting="data.my_columns")


def test_a_constant_with_gaps_says_something() -> None:
    column = pd.Series(["yes", "", "yes", "yes"], name="seen")
    require_content(column, is_number=False, setting="data.my_columns")


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
