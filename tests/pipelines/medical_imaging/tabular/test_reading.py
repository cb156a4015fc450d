from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.data import load, synthesize
from shared.errors import ConfigError, DataError
from tests.pipelines.medical_imaging.images import config, write_image
from tests.pipelines.medical_imaging.tabular.sources import load_beside, write_source

_N = 60


def test_rows_hold_the_values_of_their_image_and_say_which_columns_are_numbers(
    tmp_path: Path,
) -> None:
    splits = load_beside(write_source(tmp_path))
    assert splits.columns == {"tabular": ("age", "site")}
    assert splits.reading == {"tabular_numbers": ["age"]}
    number = int(splits.val.ids[1].removeprefix("image"))
    values = splits.val.rows(np.array([1]))["tabular"].tolist()
    assert values == [[str(20 + number // 2), ("Back", "face", "")[number % 3]]]
    (note,) = [note for note in splits.provenance.notes if "beside each image" in note]
    assert (
        "age (a number, given in all of 36 training rows); site (a category, missing in 12" in note
    )


def test_what_a_column_holds_is_told_from_the_training_split_alone(tmp_path: Path) -> None:
    age = [f"{20 + n}" if n % 5 < 3 else "young" for n in range(_N)]
    write_source(tmp_path, age=age)
    with pytest.raises(DataError, match="24 of 60 inputs can't be used"):
        load_beside(tmp_path)
    as_category = load_beside(tmp_path, "data.tabular_numbers=[]", "data.tabular_columns=[site]")
    assert as_category.reading == {"tabular_numbers": []}


def test_decimal_commas_beside_images_are_asked_for_and_read(tmp_path: Path) -> None:
    age = [f"{20 + n // 2},5" for n in range(_N)]
    write_source(tmp_path, age=age)
    with pytest.raises(DataError, match="'age': '20,5' is not written") as caught:
        load_beside(tmp_path)
    assert caught.value.settings == {"data.decimal": "comma"}
    splits = load_beside(tmp_path, "data.decimal=comma", "data.age_column=age")
    number = int(splits.val.ids[1].removeprefix("image"))
    assert splits.val.rows(np.array([1]))["tabular"][0, 0] == f"{20 + number // 2}.5"
    assert "unknown" not in set(splits.train.groups["age_band"])
    assert "data.decimal=comma" in splits.provenance.notes[-1]


def test_an_image_whose_number_can_not_be_read_is_set_aside_by_name(tmp_path: Path) -> None:
    age = [str(20 + n // 2) for n in range(_N)]
    age[0], age[3] = "old", ""
    splits = load_beside(write_source(tmp_path, age=age), "data.max_quarantine_share=0.1")
    (problem,) = splits.quarantine
    assert (problem.file, problem.field) == ("image00", "age")
    assert "expected a number" in problem.reason
    assert [len(part) for part in splits.by_split().values()] == [35, 12, 12]
    assert "image00" not in splits.train.ids
    assert "given in all of 35" in splits.provenance.notes[-1]


@pytest.mark.parametrize(
    ("column", "setting"), [("label", "label_column"), ("site", "entity_column")]
)
def test_the_label_and_the_entity_are_no_columns_to_read(
    tmp_path: Path, column: str, setting: str
) -> None:
    write_source(tmp_path)
    with pytest.raises(DataError, match=rf"names '{column}', which is data\.{setting}"):
        load_beside(tmp_path, f"data.tabular_columns=[age, {column}]", f"data.{setting}={column}")


def test_the_label_under_another_name_is_refused_unless_accepted(tmp_path: Path) -> None:
    write_source(tmp_path, code=["7" if n % 2 else "9" for n in range(_N)])
    beside = "data.tabular_columns=[age, code]"
    with pytest.raises(DataError, match="it is the label under another name"):
        load_beside(tmp_path, beside)
    assert len(load_beside(tmp_path, beside, "data.allow_leakage=true").train) == 36


def test_the_entity_under_another_name_is_refused(tmp_path: Path) -> None:
    numbers = range(2 * _N)
    write_source(
        tmp_path,
        2 * _N,
        patient=[f"p{n // 2}" for n in numbers],
        part=[("train", "train", "train", "val", "test")[n // 2 % 5] for n in numbers],
        room=[str(n // 2 * 3) for n in numbers],
    )
    with pytest.raises(DataError, match="it is the entity under another name"):
        load_beside(tmp_path, "data.tabular_columns=[site, room]", "data.entity_column=patient")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([""] * _N, "is empty in all rows of the training split"),
        (["Unknown", ""] * (_N // 2), "is empty in all rows"),
        (["left"] * _N, "holds 'left' in all rows"),
        (["5.0", "5"] * (_N // 2), "holds '5.0' in all rows"),
        ([f"Mrs {n}" for n in range(_N)], "names, dates or free text"),
        (["x" if n % 5 == 3 else "" for n in range(_N)], "is empty in all rows of the training"),
    ],
)
def test_a_column_that_says_nothing_in_training_is_refused_by_name(
    tmp_path: Path, values: list[str], why: str
) -> None:
    write_source(tmp_path, note=values)
    with pytest.raises(DataError, match=f"The column 'note' of data.tabular_columns .*{why}"):
        load_beside(tmp_path, "data.tabular_columns=[age, note]")


def test_a_source_without_a_table_has_no_columns(tmp_path: Path) -> None:
    for number in range(4):
        write_image(tmp_path / ("a", "b")[number % 2] / f"{number}.png", seed=number)
    with pytest.raises(DataError, match="there is no table beside these images"):
        load(config("data.tabular_columns=[age]", source=tmp_path))


def test_settings_name_each_column_once_and_numbers_among_them() -> None:
    with pytest.raises(ConfigError, match="names a column twice"):
        config("data.tabular_columns=[age, age]")
    with pytest.raises(ConfigError, match="'sex', which tabular_columns lacks"):
        config("data.tabular_columns=[age]", "data.tabular_numbers=[sex]")


def test_phantoms_have_age_and_sex_and_beside_other_data_nothing(tmp_path: Path) -> None:
    columns = "data.tabular_columns=[sex, site]"
    with pytest.raises(DataError, match=r"The column 'site' .* is empty in all rows"):
        synthesize(config(columns), 60, 0)
    rows = synthesize(config(columns, source=tmp_path), 60, 0).test.rows(np.arange(2))
    assert rows["tabular"].tolist() == [["", ""]] * 2
    given = synthesize(config("data.tabular_columns=[age, sex]"), 60, 0)
    assert given.reading == {"tabular_numbers": ["age"]}
