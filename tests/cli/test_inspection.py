from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from cli.__main__ import main
from cli.inspecting.guessing import guess_pipeline
from pipelines import NAMES
from shared.errors import ConfigError, DataError
from tests.shared.datasheet.invented import encode_sound, make_sound


def write_table(path: Path, **columns: list[object]) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["pipelines", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.png", "medical_imaging"), ("a.wav", "speech"), ("scan.npz", "medical_imaging")],
)
def test_files_tell_the_pipeline(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_bytes(b"content")
    write_table(tmp_path / "labels.csv", image=["a"], label=["b"])
    assert guess_pipeline(tmp_path)[0] == expected


@pytest.mark.parametrize(("column", "expected"), [("text", "sentiment"), ("Date", "time_series")])
def test_columns_tell_the_pipeline(tmp_path: Path, column: str, expected: str) -> None:
    columns: dict[str, list[object]] = {column: ["a", "b"], "other": [1, 2]}
    name, reason = guess_pipeline(write_table(tmp_path / "rows.csv", **columns))
    assert name == expected
    assert "rows.csv" in reason


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("tfds:ham10000", "medical_imaging"),
        ("tfds:medmnist/pathmnist_28", "medical_imaging"),
        ("tfds:fsdd", "speech"),
        ("tfds:speech_commands", "speech"),
        ("tfds:sst2", "sentiment"),
        ("tfds:ett/ETTm1", "time_series"),
    ],
)
def test_a_public_dataset_tells_the_pipeline(source: str, expected: str) -> None:
    assert guess_pipeline(Path(source))[0] == expected


def test_texts_without_a_header_are_recognised(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text(
        "a film for all of us\t1\nnot a film for anybody\t0\n", encoding="utf-8"
    )
    assert guess_pipeline(tmp_path)[0] == "sentiment"


def test_a_table_in_another_encoding_still_tells_the_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text;label\nscho\xf6n;1\n".encode("latin-1"))
    assert guess_pipeline(path)[0] == "sentiment"


def test_a_table_that_fits_nothing_asks_for_the_name(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"no pipeline recognises this \(rows.csv has the columns apples, pears\).*--pipeline NAME",
    ):
        guess_pipeline(write_table(tmp_path / "rows.csv", apples=[1], pears=[2]))


def test_what_is_empty_is_called_so(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_bytes(b"\xef\xbb\xbf")
    (tmp_path / "folder").mkdir()
    for source in (table, tmp_path / "folder"):
        with pytest.raises(DataError, match="no pipeline recognises this: it is empty"):
            guess_pipeline(source)


def test_a_contradiction_is_named_by_those_who_have_the_settings(tmp_path: Path) -> None:
    table = write_table(tmp_path / "rows.csv", date=["2024-01-01"], load=["1"])
    with pytest.raises(ConfigError, match=r"data\.decimal and data\.thousands are both 'comma'"):
        guess_pipeline(table, assignments=("data.decimal=comma", "data.thousands=comma"))


def test_a_setting_that_nobody_has_is_named_by_those_who_have_the_others(tmp_path: Path) -> None:
    table = write_table(tmp_path / "rows.csv", date=["2024-01-01"], load=["1"])
    with pytest.raises(ConfigError, match=r"data\.histroy_steps: there is no such") as caught:
        guess_pipeline(table, assignments=("data.horizon_steps=4", "data.histroy_steps=8"))
    assert "data.horizon_steps" not in str(caught.value)


def test_the_pipeline_that_most_files_speak_for_is_chosen(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "spectrum.png"):
        (tmp_path / name).write_bytes(b"content")
    write_table(tmp_path / "list.csv", file=["a.wav", "b.wav"], text=["one", "two"])
    assert guess_pipeline(tmp_path) == ("speech", "it holds recordings")


def test_a_long_name_of_a_column_is_no_text(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"date": ["2024-01-01"], "power of the whole house": [1]}
    assert guess_pipeline(write_table(tmp_path / "rows.csv", **columns))[0] == "time_series"


def test_images_are_recognised_beside_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"content")
    (tmp_path / "labels.parquet").write_bytes(b"broken")
    assert guess_pipeline(tmp_path)[0] == "medical_imaging"


def test_a_table_that_cannot_be_read_is_named_where_nothing_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "labels.parquet").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"labels\.parquet: can't be read"):
        guess_pipeline(tmp_path)


def test_a_pipeline_of_tomorrow_is_recognised_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(NAMES, "toy", "tests.contract.toy")
    (tmp_path / "signal.npy").write_bytes(b"content")
    assert guess_pipeline(tmp_path) == ("toy", "it holds signals")


def test_a_missing_source_ends_with_one_message_and_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "inspect", tmp_path / "nowhere") == 2
    assert "there is no such file or folder" in capsys.readouterr().err.replace("\n", " ")


def test_recordings_are_inspected_and_a_leak_is_shown_not_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    names = [f"{row:02d}.wav" for row in range(24)]
    for row, name in enumerate(names):
        (tmp_path / name).write_bytes(encode_sound(make_sound(0 if row == 20 else row)))
    parts = ["train"] * 12 + ["val"] * 6 + ["test"] * 6
    write_table(
        tmp_path / "list.csv",
        file=list(names),
        label=[row % 2 for row in range(24)],
        part=list(parts),
        speaker=list(names),
    )
    settings = ("data.split=given", "data.manifest=list.csv", "train.batch_size=4")
    arguments = [item for setting in settings for item in ("--set", setting)]
    code = call(monkeypatch, "inspect", tmp_path, *arguments, "--output", tmp_path / "sheet")
    printed = " ".join(capsys.readouterr().out.split())
    assert code == 0, printed
    assert "Read as speech, since it holds recordings" in printed
    assert "LEAK 1 example of 'test' also in 'train'" in printed
    datasheet = json.loads((tmp_path / "sheet/datasheet.json").read_text(encoding="utf-8"))
    assert datasheet["duplicates"]["num_rows"] == 1
    assert "LEAKAGE" in (tmp_path / "sheet/datasheet.html").read_text(encoding="utf-8")


def test_inspecting_a_public_dataset_says_how_the_copy_differs_from_the_official_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = (
        "data.manual_dir=data/fsdd/dummy_data",
        f"data.cache_dir={tmp_path / 'cache'}",
        "train.batch_size=4",
    )
    arguments = [item for setting in settings for item in ("--set", setting)]
    code = call(monkeypatch, "inspect", "tfds:fsdd", *arguments, "--output", tmp_path / "sheet")
    printed = " ".join(capsys.readouterr().out.split())
    assert code == 0, printed
    assert "Read as speech, since fsdd holds recordings" in printed
    assert "This copy differs from the official card: 32 of 3,000 recordings" in printed
    assert "32 of 3,000 recordings" in (tmp_path / "sheet" / "datasheet.html").read_text(
        encoding="utf-8"
    )


def test_a_public_dataset_that_does_not_exist_ends_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert call(monkeypatch, "inspect", "tfds:nothing") == 2
