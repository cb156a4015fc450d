from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shared.cluster.worker_process import (
    LOOPBACK,
    PORT_SOCKET_VARIABLE,
    end_process,
    release_port,
    reserve_port,
)
from tests.architecture.source_tree import REPOSITORY

# What TensorFlow does: it keeps a process that is about to end.
_SLOW_TO_END = (
    "import atexit, time;"
    " from shared.cluster.worker_process import end_process, note_joining;"
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


def test_a_reserved_port_can_not_be_taken_until_it_is_released() -> None:
    holder = reserve_port()
    port = holder.getsockname()[1]
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((LOOPBACK, port))
        other.listen()
    environment = {PORT_SOCKET_VARIABLE: str(holder.detach())}
    release_port(environment)
    with socket.socket() as other:
        other.bind((LOOPBACK, port))
    assert environment == {}


def test_a_worker_without_a_reserved_port_releases_nothing() -> None:
    release_port({})


def test_two_reservations_are_two_ports() -> None:
    with reserve_port() as first, reserve_port() as second:
        assert first.getsockname() != second.getsockname()


def test_a_descriptor_is_closed_once_only(tmp_path: Path) -> None:
    environment = {PORT_SOCKET_VARIABLE: str(reserve_port().detach())}
    release_port(environment)
    with (tmp_path / "file").open("w") as reused:  # may get the same number
        release_port(environment)
        os.fstat(reused.fileno())
