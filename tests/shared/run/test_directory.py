from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.errors import MissingArtefactError, RunDirectoryError
from shared.run.directory import RunDirectory
from shared.run.fingerprints import fingerprint_path


def _leftovers(run: RunDirectory) -> list[str]:
    return [path.name for path in run.path.rglob(".writing-*")]


def test_nothing_is_created_before_the_first_write(run: RunDirectory) -> None:
    assert not run.has("metrics.json")
    assert not run.path.exists()


def test_json_is_stable_readable_and_ends_with_a_newline(run: RunDirectory) -> None:
    run.write_json("a/metrics.json", {"b": 1.5, "a": ["ü", None]})
    assert (run / "a/metrics.json").read_text(
        encoding="utf-8"
    ) == '{\n  "a": [\n    "ü",\n    null\n  ],\n  "b": 1.5\n}\n'
    assert run.read_json("a/metrics.json", maker="evaluate") == {"a": ["ü", None], "b": 1.5}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_that_json_cannot_say_is_refused_and_the_old_file_stays(
    run: RunDirectory, value: float
) -> None:
    run.write_json("metrics.json", {"value": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.write_json("metrics.json", {"value": value})
    assert run.read_json("metrics.json", maker="evaluate") == {"value": 1}


def test_table_round_trips(run: RunDirectory) -> None:
    table = pd.DataFrame({"id": ["a", "b"], "value": [0.5, float("nan")]})
    run.write_table("tables/x.parquet", table)
    pd.testing.assert_frame_equal(run.read_table("tables/x.parquet", maker="evaluate"), table)


def test_missing_artefact_names_the_file_and_the_stage_that_makes_it(run: RunDirectory) -> None:
    with pytest.raises(MissingArtefactError) as caught:
        run.read_json("metrics.json", maker="evaluate")
    assert (
        str(caught.value)
        == f"{run.path}/metrics.json is missing. The stage 'evaluate' makes it. Make all that"
        f" is missing with python -m pipelines run NAME --run-dir {run.path} --resume"
    )


def test_damaged_json_names_the_stage_that_makes_it_again(run: RunDirectory) -> None:
    run.write_text("metrics.json", '{"metrics": ')
    with pytest.raises(
        MissingArtefactError,
        match=r"metrics\.json is not valid JSON .* Make it again with python -m pipelines run [a-z_A-Z]+ --stages evaluate",
    ):
        run.read_json("metrics.json", maker="evaluate")


def test_damaged_table_names_the_stage_that_makes_it_again(run: RunDirectory) -> None:
    run.write_text("fairness.parquet", "no table")
    with pytest.raises(
        MissingArtefactError,
        match=r"fairness\.parquet is not a readable Parquet file .* --stages fairness",
    ):
        run.read_table("fairness.parquet", maker="fairness")


def test_failed_write_leaves_the_old_content_and_no_rubbish(run: RunDirectory) -> None:
    run.write_text("history.csv", "old")

    def write_half(path: Path) -> None:
        path.write_text("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), run.replacing("history.csv") as temporary:
        write_half(temporary)
    assert (run / "history.csv").read_text() == "old"
    assert _leftovers(run) == []


def test_temporary_path_keeps_name_and_suffix_because_writers_look_at_it(run: RunDirectory) -> None:
    with run.replacing("model.keras") as temporary:
        assert temporary.name == "model.keras"
        temporary.write_text("x")


def test_folder_is_replaced_whole(run: RunDirectory) -> None:
    run.write_folder("explanations", lambda folder: _fill(folder, "0.npz", "1.npz"))
    run.write_folder("explanations", lambda folder: _fill(folder, "0.npz"))
    assert [path.name for path in (run / "explanations").iterdir()] == ["0.npz"]
    assert _leftovers(run) == []


def test_failed_folder_leaves_the_old_one(run: RunDirectory) -> None:
    run.write_folder("explanations", lambda folder: _fill(folder, "0.npz"))

    def fail(folder: Path) -> None:
        _fill(folder, "half.npz")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        run.write_folder("explanations", fail)
    assert [path.name for path in (run / "explanations").iterdir()] == ["0.npz"]


def _fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(name)


def test_written_files_can_be_read_by_others(run: RunDirectory) -> None:
    before = os.umask(0o022)
    try:
        run.write_text("report.html", "x")
        run.write_folder("saved_model/1", lambda folder: _fill(folder, "saved_model.pb"))
    finally:
        os.umask(before)
    assert (run / "report.html").stat().st_mode & 0o777 == 0o644
    assert (run / "saved_model/1").stat().st_mode & 0o777 == 0o755


def test_run_directory_that_cannot_be_made_is_the_users_to_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        RunDirectoryError,
        match=r"Can't write .*metrics\.json \(.*\)\. Choose a writable place with --run-dir",
    ):
        RunDirectory(tmp_path / "file" / "run").write_json("metrics.json", {})


def test_full_disk_is_the_users_to_fix(run: RunDirectory) -> None:
    def fill(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    with pytest.raises(
        RunDirectoryError,
        match=r"Can't write .*explanations \(No space left on device\)\. Free the disk",
    ):
        run.write_folder("explanations", fill)
    assert _leftovers(run) == []


def test_other_fault_of_the_operating_system_is_not_blamed_on_the_disk(run: RunDirectory) -> None:
    with pytest.raises(FileNotFoundError):
        run.write_folder("explanations", lambda folder: (folder / "nowhere" / "x").write_text("x"))  # type: ignore[arg-type, return-value, unused-ignore]


def test_fingerprint_follows_content_and_not_time(run: RunDirectory) -> None:
    run.write_text("a.txt", "one")
    first = run.fingerprint("a.txt")
    os.utime(run / "a.txt", (1, 1))
    assert run.fingerprint("a.txt") == first
    run.write_text("a.txt", "two")
    assert run.fingerprint("a.txt") != first


def test_fingerprint_is_new_even_where_the_clock_did_not_move(run: RunDirectory) -> None:
    run.write_text("a.txt", "one")
    time = (run / "a.txt").stat().st_mtime_ns
    first = run.fingerprint("a.txt")
    run.write_text("a.txt", "two")
    os.utime(run / "a.txt", ns=(time, time))
    assert run.fingerprint("a.txt") != first


def test_folder_fingerprint_knows_names_and_contents_of_all_files_below(tmp_path: Path) -> None:
    def fingerprint(files: dict[str, str]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        return fingerprint_path(folder)

    base = fingerprint({"a": "1", "b/c": "2"})
    assert fingerprint({"b/c": "2", "a": "1"}) == base
    others = [
        {"a": "1", "b/c": "3"},
        {"a": "1", "b/d": "2"},
        {"a": "1"},
        {"a": "2", "b/c": "1"},
        {"a": "1", "c": "2"},
    ]
    assert base not in {fingerprint(other) for other in others}


def test_json_nested_beyond_the_stack_is_named(run: RunDirectory) -> None:
    run.write_text("a.json", "[" * 100_000)
    with pytest.raises(MissingArtefactError, match=r"a\.json is not valid JSON .*--stages data"):
        run.read_json("a.json", maker="data")


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(run: RunDirectory) -> None:
    run.path.mkdir()
    os.mkfifo(run / "a.json")
    for read in (run.read_json, run.read_table):
        with pytest.raises(MissingArtefactError, match=r"a\.json is not a file"):
            read("a.json", "data")


def test_a_table_in_pieces_is_the_table(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": [f"r{row}" for row in range(10)], "target": np.arange(10)})
    table["id"] = table["id"].astype(object)
    run = RunDirectory(tmp_path)
    run.write_table("whole.parquet", table)
    pieces = (table.iloc[start : start + 4] for start in range(0, 10, 4))
    run.write_table_in_pieces("pieces.parquet", pieces)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "pieces.parquet"), pd.read_parquet(tmp_path / "whole.parquet")
    )
