from __future__ import annotations

import pandas as pd
import pytest

from shared.loading.name_columns import find_unusable_names, group_value, tidied_note, tidy_names


def test_rows_whose_names_looked_otherwise_are_counted_once() -> None:
    given = pd.DataFrame(
        {"a": ["x ", "x", "y"], "b": ["\u00a0z", "z", "z"], "text": [" 1", "", ""]}
    )
    table, num_tidied = tidy_names(given, ["a", "b", "a"])
    assert table.to_dict("list") == {"a": ["x", "x", "y"], "b": ["z"] * 3, "text": [" 1", "", ""]}
    assert num_tidied == 1
    assert given["a"][0] == "x "  # what was given stays


def test_the_note_counts_rows() -> None:
    assert tidied_note(0) == ()
    assert tidied_note(1)[0].startswith("Names in 1 row (")
    assert tidied_note(1200)[0].startswith("Names in 1,200 rows (")


@pytest.mark.parametrize(
    "character", ["\x1b", "\x00", "\x85", "\u202e", "\u2067", "\ufffe", "\ud800"]
)
def test_a_name_that_cannot_be_shown_is_named_with_its_row(character: str) -> None:
    table = pd.DataFrame({"label": ["a", f"x{character}y"], "text": [character, ""]}, dtype=object)
    (problem,) = find_unusable_names(table, {"label": "Class"}, file="t.csv").values()
    assert (problem.file, problem.row, problem.field) == ("t.csv", 2, "Class")
    assert character not in problem.reason


@pytest.mark.parametrize(("length", "is_name"), [(400, True), (401, False), (20_000, False)])
def test_a_name_as_long_as_a_text_is_named_with_its_row(length: int, is_name: bool) -> None:
    table = pd.DataFrame({"author": ["a", "b" * length]}, dtype=object)
    found = find_unusable_names(table, {"author": "Author"}, file="t.csv")
    assert set(found) == (set() if is_name else {1})
    for problem in found.values():
        assert (problem.file, problem.row, problem.field) == ("t.csv", 2, "Author")
        assert f"has {length:,} characters, more than the 400 of a name" in problem.reason
        assert len(problem.reason) < 250


@pytest.mark.parametrize("name", ["", " \u00a0", "unknown", "Unknown "])
def test_no_name_is_unknown(name: str) -> None:
    assert group_value(name) == "unknown"


@pytest.mark.parametrize("name", ["NA", "nan", "N/A", "null", "None", "0"])
def test_a_name_is_a_name_whatever_it_means_elsewhere(name: str) -> None:
    assert group_value(name) == name
