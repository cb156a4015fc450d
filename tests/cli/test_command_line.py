"""What a person meets at the terminal.

Every mistake ends with one message that names the place, exit code 2, and no traceback.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from cli.__main__ import main
from shared.cluster.tf_config import EXAMPLE

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """Runs the command line in this process, in an empty folder.

    Returns exit code and all that was printed.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "1000")

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["pipelines", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def refused(result: tuple[int, str], *words: str) -> None:
    code, printed = result
    assert code == 2, printed
    assert "Traceback" not in printed
    assert printed.count("Error:") == 1, printed
    for word in words:
        assert word in printed, f"{word!r} is missing in: {printed}"


def reviews(path: Path, **columns: Any) -> Path:
    """Sixty short reviews by thirty authors; `columns` replaces or adds."""
    numbers = np.arange(60)
    table = pd.DataFrame(
        {
            "text": [
                f"{'good' if number % 2 else 'bad'} film number {number}" for number in numbers
            ],
            "label": np.where(numbers % 2, "positive", "negative"),
            "author": [f"author-{number // 2}" for number in numbers],
        }
    )
    table.assign(**columns).to_csv(path, index=False)
    return path


def images(folder: Path) -> Path:
    """Forty noise images in two class folders."""
    generator = np.random.default_rng(0)
    for name in ("benign", "malignant"):
        (folder / name).mkdir(parents=True)
        for index in range(20):
            pixels = generator.integers(0, 255, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{name}-{index}.jpg")
    return folder


def recordings(folder: Path) -> Path:
    """Forty noise recordings of two words by ten speakers."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(40):
        name = f"{index % 2}_speaker{index // 4}_{index}.wav"
        soundfile.write(folder / name, generator.normal(size=4000) * 0.1, 8000)
    return folder


def series(path: Path, **values: Any) -> Path:
    """Ninety days of two hourly series."""
    stamps = pd.date_range("2024-01-01", periods=90 * 24, freq="h")
    hours = np.arange(len(stamps))
    table = pd.DataFrame(
        {
            "date": stamps,
            "north": np.sin(hours / 24 * 2 * np.pi),
            "south": np.cos(hours / 24 * 2 * np.pi),
        }
    )
    table.assign(**values).to_csv(path, index=False)
    return path


DATA_ONLY = ("--preset", "smoke", "--stages", "data", "--run-dir", "run")
SPEECH_NAMES = (r"data.filename_pattern=(?P<label>\d)_(?P<speaker>\w+?)_\d+",)


def test_missing_column_lists_the_columns_that_are_there(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    result = call(
        "run", "sentiment", "--data", source, *DATA_ONLY, "--set", "data.label_column=stars"
    )
    refused(result, "reviews.csv", "'stars'", "text, label, author", "--set data.label_column")


def test_label_that_only_the_test_part_has_is_named(call: Call, tmp_path: Path) -> None:
    source = reviews(
        tmp_path / "reviews.csv",
        part=["train"] * 40 + ["val"] * 10 + ["test"] * 10,
        label=["negative", "positive"] * 29 + ["negative", "furious"],
    )
    refused(
        call(
            "run",
            "sentiment",
            "--data",
            source,
            *DATA_ONLY,
            *sets("data.split=given", "data.split_column=part"),
        ),
        "'furious'",
        "test",
    )


def test_empty_file_is_called_empty(call: Call, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("")
    refused(
        call("run", "sentiment", "--data", tmp_path / "reviews.csv", *DATA_ONLY),
        "reviews.csv",
        "empty",
    )


def test_missing_source_is_named(call: Call, tmp_path: Path) -> None:
    for name in ("sentiment", "medical_imaging", "speech", "time_series"):
        refused(call("run", name, "--data", tmp_path / "nowhere", *DATA_ONLY), "nowhere")


def test_duplicated_id_is_named_with_its_row(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", key=[*map(str, range(59)), "7"])
    refused(
        call("run", "sentiment", "--data", source, *DATA_ONLY, *sets("data.id_column=key")),
        "'7'",
        "row 60",
        "unique",
    )


def test_one_class_only_is_refused(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", label="positive")
    refused(call("run", "sentiment", "--data", source, *DATA_ONLY), "positive", "two")


def test_fewer_rows_than_a_batch_says_which_setting_to_lower(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    refused(
        call("run", "sentiment", "--data", source, *DATA_ONLY, *sets("train.batch_size=500")),
        "500",
        "--set train.batch_size=",
    )


def test_entity_in_two_parts_is_a_leak(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv", part=["train", "test", "val"] * 20)
    settings = sets("data.split=given", "data.split_column=part", "data.entity_column=author")
    refused(call("run", "sentiment", "--data", source, *DATA_ONLY, *settings), "Leak", "author-")


def test_truncated_jpeg_is_named(call: Call, tmp_path: Path) -> None:
    source = images(tmp_path / "images")
    broken = source / "benign" / "benign-3.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    refused(
        call("run", "medical_imaging", "--data", source, *DATA_ONLY),
        "benign-3.jpg",
        "1 of 40",
        "data.max_quarantine_share",
    )


def test_truncated_wav_is_named(call: Call, tmp_path: Path) -> None:
    source = recordings(tmp_path / "recordings")
    broken = next(source.iterdir())
    broken.write_bytes(broken.read_bytes()[:30])
    refused(
        call("run", "speech", "--data", source, *DATA_ONLY, *sets(*SPEECH_NAMES)),
        broken.name,
        "1 of 40",
    )


def test_text_in_a_series_is_named_with_row_and_column(call: Call, tmp_path: Path) -> None:
    source = series(
        tmp_path / "load.csv", south=[*np.arange(100), "broken", *np.arange(90 * 24 - 101)]
    )
    refused(
        call("run", "time_series", "--data", source, *DATA_ONLY),
        "load.csv, row 101",
        "'south'",
        "received 'broken'",
    )


def test_gap_in_a_series_is_kept_and_counted(call: Call, tmp_path: Path) -> None:
    source = series(tmp_path / "load.csv")
    table = pd.read_csv(source)
    table.drop(index=range(500, 510)).to_csv(source, index=False)
    code, printed = call("run", "time_series", "--data", source, *DATA_ONLY)
    assert code == 0, printed
    found = json.loads((tmp_path / "run/data.json").read_text())["datasheet"]["series"]
    assert [item["splits"]["train"]["missing"] > 0 for item in found["series"]] == [True, True]
    assert found["masked"]["train"]["num_masked"] > 0


def test_unknown_setting_and_value_out_of_bounds_are_named_together(call: Call) -> None:
    result = call("run", "speech", *DATA_ONLY, *sets("train.epoch=3", "train.learning_rate=-1"))
    refused(result, "train.epoch: Extra inputs", "train.learning_rate", "received -1")


def test_unknown_preset_lists_the_known_ones(call: Call) -> None:
    refused(call("run", "speech", "--preset", "nope"), "'nope'", "default", "smoke")


def test_unknown_pipeline_lists_the_known_ones(call: Call) -> None:
    refused(call("run", "speach"), "'speach'", "medical_imaging")


def test_run_directory_that_cant_be_written_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(
        call("run", "sentiment", "--preset", "smoke", "--run-dir", tmp_path / "file" / "run"),
        "can't be written",
        "--run-dir",
    )


def test_run_directory_of_another_pipeline_is_refused_and_kept(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    code, printed = call("run", "sentiment", "--data", source, *DATA_ONLY)
    assert code == 0, printed
    before = (tmp_path / "run" / "config.json").read_text()
    refused(call("run", "speech", *DATA_ONLY), "'sentiment'", "'speech'")
    assert (tmp_path / "run" / "config.json").read_text() == before


def test_what_was_made_stays_when_a_later_stage_is_refused(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    assert call("run", "sentiment", "--data", source, *DATA_ONLY)[0] == 0
    refused(
        call("run", "sentiment", "--run-dir", "run", "--stages", "report"), "is missing", "--stages"
    )
    assert (tmp_path / "run" / "splits" / "train.parquet").exists()


def test_predicting_with_a_folder_that_is_no_run_is_refused(call: Call, tmp_path: Path) -> None:
    refused(call("predict", tmp_path, "--input", tmp_path, "--output", "scores.csv"), "config.json")


def test_help_and_list_answer_without_tensorflow() -> None:
    for arguments in (["--help"], ["list"], ["run", "--help"]):
        code = (
            f"import sys, runpy; sys.argv = ['pipelines', *{arguments!r}]\n"
            "try: runpy.run_module('pipelines', run_name='__main__')\n"
            "except SystemExit as done: assert not done.code\n"
            "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "run" in done.stdout


def sets(*assignments: str) -> list[str]:
    return [part for assignment in assignments for part in ("--set", assignment)]


def test_broken_inputs_are_scored_as_errors(call: Call, tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    code, printed = call(
        "run",
        "sentiment",
        "--preset",
        "smoke",
        "--run-dir",
        "run",
        "--stages",
        "data,train,predict,calibrate,export",
    )
    assert code == 0, printed
    table = pd.read_csv(source)[["text"]]
    table.loc[3, "text"] = ""
    buffer = io.StringIO()
    table.to_csv(buffer, index=False)
    (tmp_path / "new.csv").write_text(buffer.getvalue())
    refused(
        call(
            "predict", "run", "--input", "new.csv", "--output", "s.csv", "--set", "train.epochs=3"
        ),
        "only settings under data can",
    )
    code, printed = call(
        "predict",
        "run",
        "--input",
        "new.csv",
        "--output",
        "scores.csv",
        "--set",
        "data.encoding=cp1252",
    )
    assert code == 0, printed
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert len(scores) == len(table)
    assert scores["error"].notna().tolist() == [index == 3 for index in range(len(table))]
    assert scores["decision"].notna().tolist() == [index != 3 for index in range(len(table))]


def test_only_a_run_can_be_mitigated(call: Call, tmp_path: Path) -> None:
    refused(call("mitigate", tmp_path, "--attribute", "sex"), "config.json is missing")


def test_a_launch_is_refused_before_anything_starts(call: Call, tmp_path: Path) -> None:
    refused(call("launch", "vision", "--workers", "2"), "There is no pipeline 'vision'")
    refused(call("launch", "speech", "--workers", "2", "--resume"), "say which with --run-dir")
    assert not list(tmp_path.iterdir())


def test_workers_need_one_run_directory(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", EXAMPLE)
    refused(
        call("run", "speech"),
        "2 workers train together (TF_CONFIG): give all of them the same --run-dir.",
    )


def test_a_malformed_tf_config_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a"]}}')
    refused(call("run", "speech"), "TF_CONFIG needs 'host:port'", "received 'a'")
