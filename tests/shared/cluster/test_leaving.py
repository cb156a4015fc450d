from __future__ import annotations

import subprocess
import sys

import pytest

from shared.cluster.leaving import end_process
from tests.architecture.source_tree import REPOSITORY

# What TensorFlow does: it keeps a process that is about to end.
_SLOW_TO_END = (
    "import atexit, time; from shared.cluster.leaving import end_process, note_joining;"
    " atexit.register(time.sleep, 60); "
)


def end(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _SLOW_TO_END + program]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=20, check=False
    )


def test_a_worker_ends_at_once_with_its_exit_code_and_all_that_it_said() -> None:
    ended = end("note_joining(); print('done', end=''); end_process(7)")
    assert (ended.returncode, ended.stdout) == (7, "done")


def test_a_worker_ends_at_once_after_an_exception_that_nobody_caught() -> None:
    ended = end("note_joining(); raise KeyError('gone')")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback")
    assert ended.stderr.endswith("KeyError: 'gone'\n")


def test_a_process_that_joined_nobody_ends_as_any_other() -> None:
    with pytest.raises(SystemExit, match="3"):
        end_process(3)
