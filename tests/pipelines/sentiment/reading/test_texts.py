from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.sentiment.data import load
from shared.contract import Examples
from shared.errors import ConfigError, DataError
from shared.targets import Categories
from tests.pipelines.sentiment import configure, labelled_rows, write, write_folder


def _texts(examples: Examples) -> list[str]:
    return [str(text) for text in examples.rows(np.arange(len(examples)))["text"]]


def _names(target: object) -> tuple[str, ...]:
    assert isinstance(target, Categories)
    return target.names


@pytest.mark.parametrize("gap", ["", "  ", "\u200b"])
def test_a_row_without_text_is_set_aside_by_name(tmp_path: Path, gap: str) -> None:
    rows = labelled_rows(150)
    rows.loc[4, "text"] = gap
    (problem,) = load(configure(source=write(rows, tmp_path / "a.csv"))).quarantine
    assert (problem.row, problem.field, problem.reason) == (5, "text", "the text is empty")


def test_missing_values_of_parquet_are_set_aside_by_name(tmp_path: Path) -> None:
    rows = labelled_rows(300).astype({"label": "Int64"})
    rows.loc[4, "text"], rows.loc[6, "label"] = None, None
    splits = load(configure(source=write(rows, tmp_path / "a.parquet")))
    found = {problem.row: problem.reason for problem in splits.quarantine}
    assert found == {5: "the text is empty", 7: "the label is empty"}
    assert _names(splits.target) == ("0", "1")


def test_a_text_beyond_the_limit_is_set_aside_with_its_length(tmp_path: Path) -> None:
    rows = labelled_rows(200)
    rows.loc[4, "text"] = "long " * 30_000
    (problem,) = load(configure(source=write(rows, tmp_path / "a.csv"))).quarantine
    assert problem.row == 5
    assert (
        problem.reason
        == "the text has 150000 characters, more than the 100,000 of data.max_text_characters"
    )


def test_too_many_empty_texts_stop_the_run(tmp_path: Path) -> None:
    rows = labelled_rows(60)
    rows.loc[:9, "text"] = ""
    with pytest.raises(
        DataError,
        match=r"10 of 60 inputs can't be used[\s\S]*a\.csv, row 1, field 'text': the text is empty",
    ):
        load(configure(source=write(rows, tmp_path / "a.csv")))


@pytest.mark.parametrize("names", ["{}", "{'0': negative, '1': positive}"])
def test_an_unknown_label_in_the_test_names_file_and_row(tmp_path: Path, names: str) -> None:
    test = labelled_rows(30, 200)
    test.loc[7, "label"] = "5"
    source = write_folder(tmp_path, train=labelled_rows(60), test=test)
    with pytest.raises(
        DataError,
        match=(
            r"test\.tsv, row 8, column 'label': unknown label '5'; the training split has '0', '1'"
        ),
    ):
        load(configure("data.split=given", f"data.class_names={names}", source=source))


def test_a_single_class_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"column 'label': one class only \(1\); at least two are needed"
    ):
        load(configure(source=write(labelled_rows(60).assign(label="1"), tmp_path / "a.csv")))


def test_a_class_that_nothing_has_is_a_message(tmp_path: Path) -> None:
    names = "data.class_names={'0': negative, '1': positive, '2': neutral}"
    with pytest.raises(DataError, match="no row has the class 'neutral'; labels there: '0', '1'"):
        load(configure(names, source=write(labelled_rows(60), tmp_path / "a.csv")))


def test_a_role_that_no_class_has_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "a.csv")
    roles = "evaluate.class_roles={positive: good, negative: '0'}"
    with pytest.raises(ConfigError, match="positive is 'good', but the classes are '0', '1'"):
        load(configure(roles, source=source))


def test_a_column_that_is_no_label_is_a_message(tmp_path: Path) -> None:
    rows = labelled_rows(150).assign(label=[str(row) for row in range(150)])
    with pytest.raises(
        DataError, match=r"150 different labels, for example '0', '1', '2'.*data\.label_column"
    ):
        load(configure(source=write(rows, tmp_path / "a.csv")))


def test_without_a_column_that_says_splits_the_split_is_made(tmp_path: Path) -> None:
    source = write(labelled_rows(60), tmp_path / "a.csv")
    settings = ("data.split=given", "data.split_column=nowhere")
    with pytest.raises(DataError, match=r"no column 'nowhere'.*--set data\.split=entity$"):
        load(configure(*settings, source=source))
    assert load(configure(*settings, "data.split=entity", source=source))


@pytest.mark.parametrize("setting", ["text_column", "label_column", "id_column", "entity_column"])
def test_a_missing_column_is_named_with_its_setting(tmp_path: Path, setting: str) -> None:
    with pytest.raises(
        DataError,
        match=rf"a\.csv: there is no column 'nowhere'\. Columns: text, label\. .*data\.{setting}",
    ):
        load(
            configure(
                f"data.{setting}=nowhere", source=write(labelled_rows(60), tmp_path / "a.csv")
            )
        )


def test_a_repeated_id_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(
        key=["same" if row in (3, 9) else str(row) for row in range(60)]
    )
    with pytest.raises(DataError, match=r"row 10, column 'key': the id 'same' appears twice"):
        load(configure("data.id_column=key", source=write(rows, tmp_path / "a.csv")))


def test_an_id_repeated_in_another_file_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(key=[str(row) for row in range(60)])
    source = write_folder(tmp_path, train=rows, test=rows.assign(text=rows["text"] + " again"))
    with pytest.raises(DataError, match=r"test\.tsv, row 1: the id '0' is also in another file"):
        load(configure("data.split=given", "data.id_column=key", source=source))
