from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from cli.demonstration import command
from pipelines import NAMES


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_pipeline_is_a_command_of_its_own() -> None:
    with mock.patch.object(command, "run_side_by_side", return_value=(0, [1.0] * 5)) as ran:
        result = CliRunner().invoke(app, ["demo", "--preset", "smoke"])
    assert result.exit_code == 0, result.output
    commands = ran.call_args.args[0]
    assert sorted(words[-1] for words in commands) == sorted(NAMES)
    assert all(words[-4:-1] == ["--preset", "smoke", "--only"] for words in commands)
    assert "All data above is synthetic" in result.output


def test_one_that_failed_is_the_end() -> None:
    with mock.patch.object(command, "run_side_by_side", return_value=(3, [1.0] * 5)):
        result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 3
    assert "synthetic" not in result.output


def test_the_one_that_is_named_runs_where_its_results_are_looked_for() -> None:
    with mock.patch.object(command, "execute") as ran:
        result = CliRunner().invoke(app, ["demo", "--preset", "smoke", "--only", "tabular"])
    assert result.exit_code == 0, result.output
    assert ran.call_args.args[0].name == "tabular"
    assert ran.call_args.args[2] == Path("runs/tabular/demo-smoke")
    assert ran.call_args.kwargs == {"resume": True}
