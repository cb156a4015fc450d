from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.tabular.reading.recognition import recognise
from tests.pipelines.tabular import machines, write


def test_a_table_with_a_label_beside_columns_is_a_guess(tmp_path: Path) -> None:
    found = recognise(str(write(tmp_path, machines())))
    assert found is not None
    assert found.num_files == 0


@pytest.mark.parametrize("column", ["text", "image", "timestamp"])
def test_a_table_of_something_else_is_left_to_others(column: str, tmp_path: Path) -> None:
    assert recognise(str(write(tmp_path, machines(**{column: ["x"] * 90})))) is None


def test_without_label_or_columns_it_is_none(tmp_path: Path) -> None:
    assert recognise(str(write(tmp_path, machines()[["heat_c", "kind", "site"]]))) is None
    assert recognise(str(write(tmp_path, machines()[["kind", "label"]]))) is None
    assert recognise(str(tmp_path / "nowhere")) is None
