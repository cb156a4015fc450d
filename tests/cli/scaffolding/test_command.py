from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from cli.scaffolding import command
from cli.scaffolding.copying import Pattern


def test_it_says_what_it_wrote_and_what_is_next(tmp_path: Path) -> None:
    with mock.patch.object(command, "add_pipeline", return_value=tmp_path / "radar") as add:
        result = CliRunner().invoke(app, ["new", "radar", "--like", "tabular"])
    assert add.call_args.args[:2] == ("radar", Pattern.TABULAR)
    assert "python -m pipelines run radar --preset smoke" in result.output
    assert "pipelines/README.md" in result.output


@pytest.mark.parametrize("like", ["speech", ""])
def test_only_two_can_be_copied(like: str) -> None:
    assert CliRunner().invoke(app, ["new", "radar", "--like", like]).exit_code == 2
