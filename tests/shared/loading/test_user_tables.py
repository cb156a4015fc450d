from __future__ import annotations

from pathlib import Path

import pytest

from shared.config import DataConfig
from shared.errors import DataError
from shared.loading.user_tables import read_user_table

_NAMED = DataConfig(columns=("text", "label"))


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_without_a_header_has_the_names_of_the_configuration(tmp_path: Path) -> None:
    table = read_user_table(_write(tmp_path / "a.csv", "good,1\nbad,0\n"), _NAMED)
    assert table.to_dict("list") == {"text": ["good", "bad"], "label": ["1", "0"]}


@pytest.mark.parametrize("header", ["text,label", "label ,text,extra"])
def test_a_table_that_names_these_columns_itself_keeps_its_header(
    tmp_path: Path, header: str
) -> None:
    num_fields = header.count(",") + 1
    path = _write(tmp_path / "a.csv", f"{header}\n{','.join('x' * num_fields)}\n")
    assert len(read_user_table(path, _NAMED)) == 1


def test_a_format_that_always_names_its_columns_needs_none(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", '{"said": "yes"}\n')
    assert list(read_user_table(path, _NAMED).columns) == ["said"]


def test_too_many_names_are_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1"):
        read_user_table(_write(tmp_path / "a.csv", "good\nbad\n"), _NAMED)
