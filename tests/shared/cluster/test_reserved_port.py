from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from shared.cluster.reserved_port import LOOPBACK, PORT_SOCKET_VARIABLE, release_port, reserve_port


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
