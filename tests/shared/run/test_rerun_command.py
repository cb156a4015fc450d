from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory
from shared.run.rerun_command import finish_command, rerun_command


@pytest.mark.parametrize("folder", ["run", "my runs", "Ann's; echo", "a*[b]$HOME"])
def test_advice_to_make_a_file_again_names_the_run_as_a_shell_reads_it(
    tmp_path: Path, folder: str
) -> None:
    run = RunDirectory(tmp_path / folder)
    with pytest.raises(MissingArtefactError) as caught:
        run.require("metrics.json")
    advice = str(caught.value).partition("missing with ")[2]
    command = ["bash", "-c", f"printf '%s\\0' {advice}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = ["python", "-m", "pipelines", "run", "NAME", "--run-dir", str(run.path), "--resume"]
    assert printed.split("\0")[:-1] == words


def test_the_command_names_the_pipeline_that_the_run_records(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"pipeline": "speech"}')
    expected = f"python -m pipelines run speech --stages export --run-dir {tmp_path}"
    assert rerun_command("export", tmp_path) == expected
    assert rerun_command("export", tmp_path / "folds" / "2") == expected


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"pipeline": "a; b"}', '{"pipeline": 3}'])
def test_a_configuration_that_does_not_tell_leaves_the_name_open(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "config.json").write_text(content)
    assert finish_command(tmp_path) == f"python -m pipelines run NAME --run-dir {tmp_path} --resume"
