from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY
from tests.deploy.command_lines import parse
from tests.shared.cluster.test_slurm import STEP

SCRIPT = REPOSITORY / "deploy" / "slurm" / "train.sbatch"
_TASK = f"""#!{sys.executable}
import json, os, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from shared.cluster.discovery import find_cluster
print(json.dumps([find_cluster(os.environ).workers, sys.argv[1:]]))
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A `srun` that starts one task, and a `python` that says which cluster it found and what it was asked."""
    settings = "".join(f"export {name}='{value}'\n" for name, value in STEP.items())
    for name, text in {
        "srun": f'#!/bin/bash\n{settings}while [[ "$1" == --* ]]; do shift; done\nexec "$@"\n',
        "python": _TASK,
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def submit(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHON": str(programs / "python")}
    return subprocess.run(
        ["/bin/bash", str(SCRIPT), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_shell_can_read_it() -> None:
    assert (
        subprocess.run(
            ["/bin/bash", "-n", str(SCRIPT)], capture_output=True, timeout=60, check=False
        ).stderr
        == b""
    )


def test_every_task_finds_the_workers_and_gets_a_command_line_that_exists(programs: Path) -> None:
    ended = submit(
        programs, "sentiment", "--preset", "sst2", "--data", "a b", "--run-dir", "runs/x"
    )
    assert ended.returncode == 0, ended.stderr
    workers, (dash_m, package, *arguments) = json.loads(ended.stdout)
    assert workers == ["node1:20350", "node1:20351", "node2:20350"]
    assert (dash_m, package) == ("-m", "pipelines")
    assert parse(arguments) | {
        "name": "sentiment",
        "data": "a b",
        "run_dir": Path("runs/x"),
        "resume": True,
    } == parse(arguments)


def test_the_usage_in_its_header_is_a_command_line_that_exists() -> None:
    (usage,) = re.findall(r"sbatch \S+ (.*)", SCRIPT.read_text())
    assert parse(["run", *usage.split()])["preset"] == "sst2"


def test_without_a_run_directory_it_is_refused_in_words(programs: Path) -> None:
    ended = submit(programs, "sentiment", "--preset", "sst2")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Give --run-dir, a folder that all nodes share" in ended.stderr


def test_tasks_are_laid_out_as_the_resolver_expects_and_stop_together() -> None:
    (step,) = re.findall(r"exec srun (.*)", SCRIPT.read_text())
    assert {"--distribution=block", "--kill-on-bad-exit=1"} <= set(step.split())
