from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cli.inspecting.guessing import guess_pipeline
from shared.errors import ConfigError, DataError
from tests.shared.datasheet.invented import encode_sound, make_sound

_SENTENCES = [f"a long sentence about the thing number {row}" for row in range(20)]
_DAYS = [f"{day}.03.2026" for day in range(1, 21)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"Bewertung": _SENTENCES, "Stimmung": ["gut", "schlecht"] * 10}, "sentiment"),
        ({"q17": _SENTENCES, "q18": ["1", "2"] * 10}, "sentiment"),
        ({"Відгук": _SENTENCES, "Дата": _DAYS}, "sentiment"),
        ({"Zeitpunkt": _DAYS, "Last": ["1,5"] * 20}, "time_series"),
        ({"Дата": _DAYS, "Продажі": range(20)}, "time_series"),
        ({"a": range(20), "b": _DAYS}, "time_series"),
        ({"Woche": [f"2026-W{week:02d}" for week in range(1, 21)], "y": range(20)}, "time_series"),
        ({"clip": [f"{row}.wav" for row in range(20)], "said": ["a", "b"] * 10}, "speech"),
        ({"Bild": [f"x/{row}.PNG" for row in range(20)], "dx": ["a", "b"] * 10}, "medical_imaging"),
    ],
)
def test_tables_are_told_by_what_they_hold(
    tmp_path: Path, columns: dict[str, list[object]], expected: str
) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    assert guess_pipeline(path)[0] == expected


@pytest.mark.parametrize("columns", [{"apples": range(20), "pears": range(20)}, {"a": ["x"] * 20}])
def test_numbers_and_words_alone_tell_nothing(
    tmp_path: Path, columns: dict[str, list[object]]
) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    with pytest.raises(DataError, match="no pipeline recognises this"):
        guess_pipeline(path)


def test_files_without_suffix_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "IM0001").write_bytes(bytes(128) + b"DICM")
    assert guess_pipeline(tmp_path / "scans")[0] == "medical_imaging"
    (tmp_path / "said").mkdir()
    (tmp_path / "said" / "0001").write_bytes(encode_sound(make_sound(0)))
    assert guess_pipeline(tmp_path / "said")[0] == "speech"


def test_settings_that_one_pipeline_has_choose_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame({"a": ["x"], "b": ["y"]}).to_csv(path, index=False)
    found = guess_pipeline(path, None, ["data.text_column=a"])
    assert found == ("sentiment", "no other pipeline has the setting data.text_column")
    assert guess_pipeline(path, "ham10000", [])[0] == "medical_imaging"


def test_settings_that_no_pipeline_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame({"a": ["x"], "b": ["y"]}).to_csv(path, index=False)
    with pytest.raises(ConfigError, match=r"data\.kolumn"):
        guess_pipeline(path, None, ["data.kolumn=a"])


@pytest.mark.parametrize(
    ("name", "way"),
    [("a.xlsx", "soffice --headless"), ("a.zip", "zipfile -e"), ("a.json", "json.load")],
)
def test_what_is_not_read_is_named_with_the_way_out(tmp_path: Path, name: str, way: str) -> None:
    (tmp_path / name).write_bytes(b"content")
    for source in (tmp_path / name, tmp_path):
        with pytest.raises(DataError, match=way):
            guess_pipeline(source)
