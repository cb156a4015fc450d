from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory


@pytest.mark.parametrize("folder", ["run", "my runs", "Ann's; echo", "a*[b]$HOME"])
def test_advice_to_make_a_file_again_names_the_run_as_a_shell_reads_it(
    tmp_path: Path, folder: str
) -> None:
    run = RunDirectory(tmp_path / folder)
    with pytest.raises(MissingArtefactError) as caught:
        run.require("metrics.json")
    options = str(caught.value).partition("run first with ")[2]
    command = ["bash", "-c", f"printf '%s\\0' {options}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.split("\0")[:-1] == ["--stages", "evaluate", "--run-dir", str(run.path)]
