from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.tabular.data import complete
from pipelines.tabular.reading.inputs import read_inputs
from shared.errors import DataError
from shared.loading.columns.values import TABULAR
from tests.pipelines.tabular import configure, machines, write


def test_rows_are_read_by_the_names_of_their_columns(tmp_path: Path) -> None:
    config = complete(configure(write(tmp_path, machines())))
    new = {"site": ["a", "z"], "heat_c": ["70", "hot"], "kind": ["", "fan"], "more": [1, 2]}
    inputs = read_inputs(config, write(tmp_path, new, "new.csv"))
    assert inputs.ids.tolist() == ["1", "2"]
    assert inputs.rows(np.array([0]))[TABULAR].tolist() == [["70", "", "a"]]
    assert list(inputs.problems) == ["2"]
    assert inputs.problems["2"].startswith("column 'heat_c': expected a number")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    config = complete(configure(write(tmp_path, machines())))
    new = write(tmp_path, {"heat_c": [1], "kind": ["fan"]}, "new.csv")
    with pytest.raises(DataError, match="there is no column 'site'"):
        read_inputs(config, new)


def test_a_file_without_header_may_lack_the_label(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text(
        machines().to_csv(index=False, header=False), encoding="utf-8"
    )
    columns = "data.columns=[heat_c, kind, site, label]"
    config = complete(configure(tmp_path / "old.csv", columns))
    (tmp_path / "new.csv").write_text("70,fan,a\n71,pump,b\n", encoding="utf-8")
    inputs = read_inputs(config, tmp_path / "new.csv")
    assert inputs.rows(np.array([1]))[TABULAR].tolist() == [["71", "pump", "b"]]
