from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.sentiment.data import load
from shared.contract import Examples
from shared.errors import DataError
from shared.loading.source import check_splits
from shared.targets import Categories
from tests.pipelines.sentiment import configure, labelled_rows, write, write_folder


def _texts(examples: Examples) -> list[str]:
    return [str(text) for text in examples.rows(np.arange(len(examples)))["text"]]


def _names(target: object) -> tuple[str, ...]:
    assert isinstance(target, Categories)
    return target.names


def test_three_given_files_are_the_three_parts(tmp_path: Path) -> None:
    source = write_folder(
        tmp_path, train=labelled_rows(60), valid=labelled_rows(20, 100), test=labelled_rows(30, 200)
    )
    splits = load(configure("data.split=given", source=source))
    assert [len(part) for part in splits.by_split().values()] == [60, 20, 30]
    check_splits(splits, batch_size=16)


def test_without_a_test_file_dev_is_the_test_and_validation_comes_from_train(
    tmp_path: Path,
) -> None:
    splits = load(
        configure(
            "data.split=given",
            source=write_folder(tmp_path, train=labelled_rows(80), dev=labelled_rows(30, 200)),
        )
    )
    assert sorted(_texts(splits.test)) == sorted(labelled_rows(30, 200)["text"])
    assert len(splits.train) + len(splits.val) == 80
    assert 8 <= len(splits.val) <= 24
    assert any("dev.tsv is the test" in note for note in splits.provenance.notes)


def test_a_training_text_that_is_in_the_test_is_set_aside_by_name(tmp_path: Path) -> None:
    test = labelled_rows(30, 200)
    train = pd.concat(
        [labelled_rows(80), pd.DataFrame({"text": [test["text"][3].upper() + "!"], "label": ["1"]})]
    )
    splits = load(
        configure(
            "data.split=given",
            "data.max_quarantine_share=0.05",
            source=write_folder(tmp_path, train=train, dev=test),
        )
    )
    (problem,) = splits.quarantine
    assert problem.file.endswith("train.tsv")
    assert (problem.row, problem.field) == (81, "text")
    assert problem.reason == "also in the test split: 'A GOOD FILM NUMBER 203!'"
    assert len(splits.test) == 30
    check_splits(splits, batch_size=16)


def test_too_many_texts_shared_with_the_test_stop_the_run(tmp_path: Path) -> None:
    source = write_folder(tmp_path, train=labelled_rows(60), test=labelled_rows(60))
    with pytest.raises(
        DataError, match=r"also in the test split: .*[\s\S]*data\.max_quarantine_share"
    ):
        load(configure("data.split=given", source=source))


def test_a_split_column_gives_the_parts(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(part=["train"] * 40 + ["val"] * 10 + ["test"] * 10)
    splits = load(
        configure(
            "data.split=given", "data.split_column=part", source=write(rows, tmp_path / "a.csv")
        )
    )
    assert [len(part) for part in splits.by_split().values()] == [40, 10, 10]


def test_a_folder_split_by_entity_is_pooled_and_says_so(tmp_path: Path) -> None:
    splits = load(
        configure(
            source=write_folder(tmp_path, train=labelled_rows(60), dev=labelled_rows(40, 200))
        )
    )
    assert len(splits.test) < 40
    assert any("put together and divided anew" in note for note in splits.provenance.notes)


def test_given_parts_that_are_not_given_are_a_message(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"data\.split=given needs the files train and test .* data\.split_column"
    ):
        load(configure("data.split=given", source=write(labelled_rows(60), tmp_path / "a.csv")))


def test_a_strange_part_is_named(tmp_path: Path) -> None:
    rows = labelled_rows(60).assign(part=["train"] * 58 + ["val", "tset"])
    with pytest.raises(
        DataError, match=r"row 60: a split must be train, val or test; received 'tset'"
    ):
        load(
            configure(
                "data.split=given", "data.split_column=part", source=write(rows, tmp_path / "a.csv")
            )
        )


def test_an_entity_in_two_given_parts_is_refused(tmp_path: Path) -> None:
    train = labelled_rows(60).assign(author=[f"anna {row // 2}" for row in range(60)])
    valid, test = (
        labelled_rows(20, 100).assign(author="ben"),
        labelled_rows(30, 200).assign(author="anna 3"),
    )
    source = write_folder(tmp_path, train=train, valid=valid, test=test)
    splits = load(configure("data.split=given", "data.entity_column=author", source=source))
    with pytest.raises(
        DataError, match="Leak: 1 entities are in both 'train' and 'test', for example 'anna 3'"
    ):
        check_splits(splits, batch_size=16)
