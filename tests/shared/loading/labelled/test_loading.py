from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.labelled.content import Content, Fault
from shared.loading.labelled.loading import LabelledTable, load_table
from shared.loading.labelled.settings import LabelledTableConfig

_CONTENT = Content(
    columns={"first": "a", "second": "b"},
    setting="data.my_columns",
    find_fault=lambda values: Fault("it is bad", "b") if values[1] == "bad" else None,
    key_of=lambda values: "-".join(values),
)


def _load(folder: Path, table: dict[str, list[Any]], **settings: object) -> LabelledTable:
    path = folder / "table.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    data = LabelledTableConfig.model_validate({"source": str(path), **settings})
    return load_table(data, _CONTENT, seed=0)


def _rows(count: int = 60) -> dict[str, list[Any]]:
    return {
        "a": list(range(count)),
        "b": ["good"] * count,
        "label": ["yes", "no"] * (count // 2),
        "site": ["x", ""] * (count // 2),
    }


def test_all_but_the_content_is_read_for_any_pipeline(tmp_path: Path) -> None:
    found = _load(tmp_path, _rows(), group_columns=("site",))
    assert found.names == ("no", "yes")
    assert found.table[["first", "second"]].iloc[0].tolist() == ["0", "good"]
    assert found.given_groups(found.positions("test"))["site"]
    assert sum(len(found.positions(name)) for name in ("train", "val", "test")) == 60
    assert (found.provenance.name, found.provenance.synthetic) == ("table", False)


def test_faults_of_the_content_are_set_aside_with_their_place(tmp_path: Path) -> None:
    rows = _rows()
    rows["b"][4] = "bad"
    found = _load(tmp_path, rows, max_quarantine_share=0.1)
    (problem,) = found.quarantine
    assert (problem.row, problem.field, problem.reason) == (5, "b", "it is bad")
    assert (found.targets[4], found.splits[4]) == (-1, "")


def test_equal_content_stays_in_one_split(tmp_path: Path) -> None:
    rows = _rows()
    rows["a"] = [number // 10 for number in range(60)]
    found = _load(tmp_path, rows)
    keys = [set(found.table["key"].iloc[found.positions(name)]) for name in ("train", "test")]
    assert not keys[0] & keys[1]


def test_training_rows_that_the_test_has_are_set_aside(tmp_path: Path) -> None:
    rows = _rows() | {"part": ["train"] * 40 + ["val"] * 10 + ["test"] * 10}
    rows["a"][59] = rows["a"][0]
    settings = {"split": "given", "split_column": "part", "max_quarantine_share": 0.1}
    (problem,) = _load(tmp_path, rows, **settings).quarantine
    assert problem.row == 1
    assert "0 · good" in problem.reason


def test_a_missing_column_names_the_setting_of_the_content(tmp_path: Path) -> None:
    rows = _rows()
    del rows["b"]
    with pytest.raises(DataError, match=r"there is no column 'b'.*data\.my_columns"):
        _load(tmp_path, rows)
