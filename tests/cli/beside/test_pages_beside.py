"""The commands that write pages beside the report, as far as no training is needed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cli.beside.comparison_page import _explained
from cli.beside.index import refresh_index
from cli.beside.monitor import print_monitored, say_as_json
from shared.monitoring.columns import Categorical
from shared.monitoring.drift_tests import drift_tests
from shared.run.directory import RunDirectory
from tests.cli.mistakes import Call
from tests.shared.monitoring.invented_record import batch_record, empty_record


def test_index_lists_a_folder_and_refuses_one_that_is_not_there(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "speech" / "no-run").mkdir(parents=True)
    code, printed = call("index", folder)
    assert (code, "1 folders are no run" in printed) == (0, True)
    assert "0 runs" in (folder / "index.html").read_text(encoding="utf-8")
    code, printed = call("index", tmp_path / "nowhere")
    assert (code, "there is no such folder" in printed) == (2, True)


def test_a_run_below_runs_refreshes_the_index_and_one_elsewhere_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refresh_index(Path("runs/speech/one"))
    run = tmp_path / "runs" / "speech" / "one"
    run.mkdir(parents=True)
    refresh_index(tmp_path / "elsewhere")
    assert not (tmp_path / "runs" / "index.html").exists()
    refresh_index(Path("runs/speech/one"))
    assert (tmp_path / "runs" / "index.html").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("monitor", "nowhere", "--input", "new", "--output", "page.txt"),
        ("compare", "a", "b", "--output", "page.pdf"),
    ],
)
def test_an_output_of_another_kind_is_refused_before_any_work(
    call: Call, arguments: tuple[str, ...]
) -> None:
    code, printed = call(*arguments)
    assert (code, "expected a file ending in .html" in printed) == (2, True)


def test_the_line_for_alerting_is_one_line_of_ascii() -> None:
    batch = batch_record("new\nline \u202e")
    record = empty_record(batch=batch, alarm=True, reasons=("x",))
    line = say_as_json(record)
    assert line.isascii() and "\n" not in line
    assert json.loads(line)["alarm"] is True


def test_names_are_no_markup_of_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    column = Categorical("groups", "[/b] [red]x", np.array(["a", "b"] * 20))
    tests = drift_tests([(column, column)], 0.05)
    print_monitored(empty_record(tests=tests, alarm=True, reasons=("[/i]",), notes=("[/u]",)))
    printed = capsys.readouterr().out
    for text in ("[/b] [red]x", "[/i]", "[/u]"):
        assert text in printed


def test_a_run_without_explanations_has_no_links(tmp_path: Path) -> None:
    assert _explained(tmp_path / "page.html", {"A": RunDirectory(tmp_path)}) == {}
