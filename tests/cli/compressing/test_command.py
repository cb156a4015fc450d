"""What `compress` refuses before any work; test_compress.py has what it does."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

import shared.compression.compress
from cli.compressing.command import REFUSED_EXIT_CODE, _compress
from cli.compressing.distilled import distil_run
from cli.terminal import CONSOLE, TerminalDisplay
from shared.errors import CompressionRefusedError, ConfigError
from shared.run.directory import RunDirectory
from tests.cli.mistakes import Call


def _run(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text('{"pipeline": "sentiment"}')
    return folder


def test_a_folder_with_something_else_is_not_replaced(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    run = _run(tmp_path / "run")
    code, printed = call("compress", run, "--method", "int8", "--output", tmp_path / "mine")
    assert (code, "something else than a compressed model" in printed) == (2, True)
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_settings_of_a_student_without_one_are_refused(call: Call, tmp_path: Path) -> None:
    run = _run(tmp_path / "run")
    code, printed = call("compress", run, "--method", "int8", "--set", "model.family=gru")
    assert (code, "only --method distil" in printed) == (2, True)


def test_a_student_that_nobody_describes_is_refused(tmp_path: Path) -> None:
    run = RunDirectory(_run(tmp_path / "run"))
    display = TerminalDisplay(CONSOLE)
    with pytest.raises(ConfigError, match=r"needs to know the student"):
        distil_run(run, tmp_path / "out", ["train.epochs=3"], display)
    with pytest.raises(ConfigError, match="the run itself is the teacher"):
        distil_run(run, tmp_path / "out", ["model.family=gru", "train.teacher=x"], display)


def test_a_refused_form_ends_with_exit_code_3_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(context: object, method: str, folder: Path) -> None:
        (folder / "model.tflite").write_bytes(b"half written")
        raise CompressionRefusedError("its scores are not finite")

    monkeypatch.setattr(shared.compression.compress, "compress_run", refuse)
    with pytest.raises(typer.Exit) as ended:
        _compress(RunDirectory(_run(tmp_path / "run")), "int8", tmp_path / "out" / "int8")
    assert ended.value.exit_code == REFUSED_EXIT_CODE
    assert not any((tmp_path / "out").iterdir())
