from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.files.tables import (
    read_table,
)
from tests.shared.loading.files.written_files import written


def test_json_lines_values_come_as_the_text_that_stands_in_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.jsonl",
        '{"id": 7, "label": 1.0, "ok": true}\n{"id": "7", "label": null, "tags": ["a"]}\n',
    )
    assert read_table(path).to_dict("list") == {
        "id": ["7", "7"],
        "label": ["1.0", ""],
        "ok": ["true", ""],
        "tags": ["", '["a"]'],
    }


def test_json_lines_dates_stay_text(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"date": "2024-01-31", "modified_at": 1700000000}\n')
    assert read_table(path).iloc[0].to_dict() == {"date": "2024-01-31", "modified_at": "1700000000"}


def test_a_broken_json_line_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"text": "good"}\n\n{"text": \n')
    with pytest.raises(DataError, match=r"a\.jsonl, line 3: this is not JSON"):
        read_table(path)


def test_a_json_line_that_is_no_object_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '["good", 1]\n')
    with pytest.raises(DataError, match=r"line 1: expected an object .* received list"):
        read_table(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "a", "text": "b"}', "the key 'text' appears twice"),
        ('{"text": "\\ud83d"}', "half of a character. Was a text cut in the middle?"),
        ("[" * 100_000, "this is not JSON (maximum recursion depth exceeded"),
    ],
)
def test_json_that_python_would_take_or_choke_on_is_refused(
    tmp_path: Path, line: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_table(written(tmp_path, "a.jsonl", line + "\n"))
    assert f"line 1: {reason}" in str(caught.value).replace(" ('\\ud83d')", "").replace(
        "this is not JSON (the", "the"
    )


def test_nan_in_json_is_a_missing_value_in_every_column(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"a": NaN, "b": "x"}\n{"a": 1, "b": NaN}\n')
    assert read_table(path).to_dict("list") == {"a": ["", "1"], "b": ["x", ""]}


@pytest.mark.parametrize("number", ["Infinity", "-Infinity"])
def test_an_infinite_number_in_json_is_refused(tmp_path: Path, number: str) -> None:
    path = written(tmp_path, "a.jsonl", f'{{"a": 1}}\n{{"a": {number}}}\n')
    with pytest.raises(DataError, match=f"line 2: .*{number} is no number of JSON"):
        read_table(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_json_array_is_told_how_to_become_lines(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"json\.load\(sys\.stdin\).* > .*a\.lines\.jsonl"):
        read_table(written(tmp_path, name, '[\n{"a": 1}\n]\n'))
