from __future__ import annotations

from typing import Any

import pytest

from shared.config import DataConfig
from shared.contract import Splits
from shared.errors import DataError
from shared.loading.spellings import settle_entities, settle_groups, settle_labels
from tests.shared.datasheet.invented import Part, make_splits

LABELS = ["True"] * 3 + ["true"] * 5 + ["no"] * 4


def data(**settings: Any) -> DataConfig:
    return DataConfig(**settings)


def test_labels_that_differ_in_spelling_stop_the_run_with_their_counts_and_both_answers() -> None:
    with pytest.raises(DataError) as caught:
        settle_labels(LABELS, data(), where="t.csv, column 'label'")
    message = str(caught.value)
    assert "t.csv, column 'label'" in message
    assert "'true' (5) and 'True' (3)" in message
    assert "--set data.label_spellings=merge" in message
    assert "--set data.label_spellings=keep" in message
    assert "no" not in message.split(":")[1]


def test_the_most_frequent_spelling_stays() -> None:
    merged = settle_labels(LABELS, data(label_spellings="merge"), where="")
    assert merged == {"True": "true", "true": "true", "no": "no"}


def test_or_all_stay() -> None:
    kept = settle_labels(LABELS, data(label_spellings="keep"), where="")
    assert kept == {name: name for name in ("True", "true", "no")}


def test_what_the_configuration_lists_is_answered() -> None:
    assert settle_labels(LABELS, data(), where="", known=("True", "true", "no"))["True"] == "True"
    with pytest.raises(DataError, match=r"'true' \(5\) and 'True' \(3\)"):
        settle_labels(LABELS, data(), where="", known=("True", "no"))
    merge = data(label_spellings="merge")
    assert settle_labels(LABELS, merge, where="", known=("True", "no"))["true"] == "True"


def test_a_listed_label_that_no_row_has_is_no_other_spelling_of_itself() -> None:
    assert settle_labels(["a", "b"], data(), where="", known=("a", "b", "c")) == {
        "a": "a",
        "b": "b",
    }


def test_entities_are_asked_about_too_but_not_about_leading_zeros() -> None:
    with pytest.raises(DataError, match=r"data\.entity_spellings=merge"):
        settle_entities(["Anna", "ANNA"], data(), where="")
    assert len(settle_entities(["7", "007"], data(), where="")) == 2


def with_groups(values: list[str]) -> Splits:
    part = Part(["a"] * len(values), [0] * len(values), groups={"sex": values})
    return make_splits(part, part, part)


def test_groups_stay_apart_and_are_told_or_become_one() -> None:
    splits = with_groups(["m", "M", "m", "unknown", "Unknown"])
    asked = settle_groups(splits, data())
    assert set(asked.train.groups["sex"]) == {"m", "M", "unknown", "Unknown"}
    assert any("data.group_spellings=merge" in note for note in asked.provenance.notes)
    merged = settle_groups(splits, data(group_spellings="merge"))
    assert set(merged.test.groups["sex"]) == {"m", "unknown", "Unknown"}
    assert merged.provenance.notes == splits.provenance.notes
    kept = settle_groups(splits, data(group_spellings="keep"))
    assert kept.provenance.notes == splits.provenance.notes


@pytest.mark.parametrize(
    "labels",
    [
        ["cat|dog", "cat", "dog"],
        ["cat|dog", "dog|bird"],
        ["a;b", "b"],
        ["a, b", "a", "b"],
        ["a/b", "a", "b"],
        ["a+b", "b", "a"],
        ['["cat", "dog"]', "cat"],
        ["['cat']", "['dog']"],
        ["[1 0]", "[0 1]"],
        ['{"cat": 1}', "dog"],
        ["('a', 'b')", "c"],
    ],
)
def test_several_labels_in_one_cell_are_recognised(labels: list[str]) -> None:
    with pytest.raises(DataError, match="holds several labels") as caught:
        settle_labels(labels, data(), where="t.csv, column 'label'")
    assert "t.csv, column 'label'" in str(caught.value)
    assert settle_labels(labels, data(), where="", known=labels)  # listed, they are names


@pytest.mark.parametrize(
    "labels",
    [
        ["nevus, benign", "nevus, atypical", "melanoma"],
        ["A/B", "C/D"],
        ["Trinidad & Tobago", "Peru"],
        ["none (healthy)", "ill"],
        ["C++", "C"],
        ["a|b", "c"],
        ["x;", "y"],
    ],
)
def test_names_with_such_characters_are_names(labels: list[str]) -> None:
    assert list(settle_labels(labels, data(), where="")) == labels
