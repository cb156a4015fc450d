"""`launch` with the real program: two processes that train together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.architecture.source_tree import REPOSITORY
from tests.shared.cluster.test_supervisor import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "pipelines",
        "launch",
        "sentiment",
        "--workers",
        "2",
        "--preset",
        "smoke",
        "--stages",
        "data,train",
    ]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "1000"}
    return subprocess.Popen(
        [*command, "--run-dir", "run", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_workers_train_and_the_chief_alone_writes(tmp_path: Path) -> None:
    first = start(tmp_path)
    said, _ = first.communicate()
    assert first.returncode == 0, said
    assert "✓ train" in said
    assert json.loads((tmp_path / "run" / "train.json").read_text())["num_replicas"] == 2
    assert (tmp_path / "run" / "logs" / "worker-1.log").read_text().count("\n") == 1
    made = (tmp_path / "run" / "model.keras").stat().st_mtime_ns

    again = start(tmp_path, "--resume")  # nothing is left to do, so nobody waits for anybody
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert "up to date" in said
    assert (tmp_path / "run" / "model.keras").stat().st_mtime_ns == made


def test_when_the_supervisor_is_killed_in_training_no_worker_is_left(tmp_path: Path) -> None:
    supervisor = start(tmp_path, "--set", "train.epochs=10000")
    workers: list[psutil.Process] = []
    try:
        wait_until(lambda: (tmp_path / "run" / "history.csv").is_file(), seconds=120.0)
        workers = psutil.Process(supervisor.pid).children()
        assert len(workers) == 2
    finally:
        supervisor.kill()
        supervisor.communicate()
    _, left = psutil.wait_procs(workers, timeout=60.0)
    assert not left


def test_a_worker_with_other_data_is_named_once(tmp_path: Path) -> None:
    # A launcher gives all workers the same options; this one hides from the second what decides the
    # data.
    program = "import json, os, sys; index = json.loads(os.environ['TF_CONFIG'])['task']['index']; "
    program += (
        "sys.argv += ['--set', f'data.num_demo_examples={200 + index}']; from cli.__main__ import"
        " main; main()"
    )
    script = f"""
import sys
from pathlib import Path
from cli.local_cluster import Launch
from cli.__main__ import main
to_run = Launch.to_run
Launch.to_run = lambda self: [sys.executable, "-c", {program!r}, *to_run(self)[3:]]
sys.argv = ["pipelines", "launch", "sentiment", "--workers", "2", "--preset", "smoke", "--run-dir", "run"]
main()
"""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "1000"}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("Error: Worker 1 of 2 (127.0.0.1:")
    assert ended.stderr.count("has loaded other data than the chief") == 1
