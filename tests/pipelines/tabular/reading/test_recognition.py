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


@pytest.mark.parametrize("name", ["verdict", "Ergebnis", "合否"])
def test_a_label_may_have_any_name(name: str, tmp_path: Path) -> None:
    found = recognise(str(write(tmp_path, machines().rename(columns={"label": name}))))
    assert found is not None
    assert f"{name!r} may be a label" in found.reason


@pytest.mark.parametrize(
    "cell",
    ["2024-03-01", "01.03.2024 10:15", "10:15", "a/b.png", "clip_1.WAV", "It was a good film"],
)
def test_a_column_of_times_files_or_texts_speaks_for_others(cell: str, tmp_path: Path) -> None:
    table = machines(x=[cell] * 90).rename(columns={"label": "verdict"})
    assert recognise(str(write(tmp_path, table))) is None


def test_without_label_or_columns_it_is_none(tmp_path: Path) -> None:
    numbers = machines()[["heat_c"]].assign(a=range(90), b=range(90))
    assert recognise(str(write(tmp_path, numbers))) is None
    assert recognise(str(write(tmp_path, machines()[["kind", "label"]]))) is None
    assert recognise(str(tmp_path / "nowhere")) is None
