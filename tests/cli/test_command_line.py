"""What a person meets at the terminal.

Every mistake ends with one message that names the place, exit code 2, and no traceback.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from shared.cluster.tf_config import EXAMPLE
from tests.cli.mistakes import DATA_ONLY, Call, refused, reviews, sets


def test_unknown_setting_and_value_out_of_bounds_are_named_together(call: Call) -> None:
    result = call("run", "speech", *DATA_ONLY, *sets("train.epoch=3", "train.learning_rate=-1"))
    refused(result, "Did you mean train.epochs?", "train.learning_rate", "received -1")


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
        call("run", "sentiment", "--run-dir", "run", "--stages", "report"), "is missing", "--resume"
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


@pytest.mark.slow
def test_new_files_are_scored_and_explained_but_for_broken_ones(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = reviews(tmp_path / "reviews.csv")
    stages = "data,train,predict,calibrate,export"
    smoke = ("--preset", "smoke", "--run-dir", "run", "--stages", stages)
    code, printed = call("run", "sentiment", *smoke)
    assert code == 0, printed
    table = pd.read_csv(source)[["text"]]
    table.loc[3, "text"] = ""
    table.to_csv(tmp_path / "new.csv", index=False)
    predict = ("predict", "run", "--input", "new.csv", "--output", "scores.csv")
    refused(call(*predict, *sets("train.epochs=3")), "only settings under data can")
    code, printed = call(*predict, *sets("data.encoding=cp1252"))
    assert code == 0, printed
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert len(scores) == len(table)
    assert scores["error"].notna().tolist() == [index == 3 for index in range(len(table))]
    assert scores["decision"].notna().tolist() == [index != 3 for index in range(len(table))]
    for shard in ("2/2", "1/2"):
        assert call(*predict[:-1], "shards.csv", "--shard", shard)[0] == 0
    code, printed = call("predict", "run", "--output", "shards.csv", "--merge")
    assert code == 0, printed
    assert (tmp_path / "shards.csv").read_bytes() == (tmp_path / "scores.csv").read_bytes()
    _predicts_from_a_pipe(call, tmp_path, monkeypatch)
    _explains(call, tmp_path)


def _predicts_from_a_pipe(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a good film\n\na bad one\n")))
    code, printed = call("predict", "run", "--input", "-", "--output", "piped.csv")
    assert code == 0, printed
    piped = pd.read_csv(folder / "piped.csv")
    assert piped["error"].notna().tolist() == [False, True, False]
    assert [path.name for path in folder.glob("piped*")] == ["piped.csv"]


def _explains(call: Call, folder: Path) -> None:
    """The run explains new files and test rows, and says what it can't."""
    refused(call("explain", "run", "--ids", "a", "--rows", "worst"), "give one of them")
    refused(call("explain", "run", *sets("train.epochs=3")), "only settings under explain")
    refused(call("explain", "run", "--class", "none"), "there are negative, positive")
    refused(call("explain", "run", "--ids", "none"), "no row of the test part has this id")
    refused(call("explain", "run", "--method", "guess"), "explain.method")
    refused(call("explain", "run", "--method", "integrated_gradients"), "they need none")
    few = sets("explain.max_evaluations=40")
    pd.read_csv(folder / "new.csv").iloc[2:4].to_csv(folder / "two.csv", index=False)
    for rows in (("--input", "two.csv", "--class", "positive"), ("--rows", "worst", "--count", 1)):
        code, printed = call("explain", "run", *rows, *few, "--output", "why")
        assert code == 0, printed
        record = json.loads((folder / "why" / "explanations.json").read_text(encoding="utf-8"))
        assert record["examples"][0]["evaluations"] <= 40
        assert (folder / "why" / "charts" / "0.svg").exists()
        page = (folder / "why" / "explanations.html").read_text(encoding="utf-8")
        assert record["examples"][0]["id"] in page
        is_settled = [example["settled"] for example in record["examples"]]
        assert ("not settled" in page) == (not all(is_settled))


def test_only_a_run_can_be_mitigated(call: Call, tmp_path: Path) -> None:
    refused(call("mitigate", tmp_path, "--attribute", "sex"), "There is no run in")


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
