from __future__ import annotations

import os
import socket

import numpy as np
import pytest
import tensorflow as tf


def test_connecting_beyond_this_machine_is_refused() -> None:
    with (
        socket.socket() as channel,
        pytest.raises(RuntimeError, match=r"must not use the network.*192\.0\.2\.1"),
    ):
        channel.connect(("192.0.2.1", 80))  # a documentation address, RFC 5737


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"must not use the network.*example\.org"):
        socket.create_connection(("example.org", 80))


def test_connecting_within_this_machine_is_allowed() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as channel,
    ):
        assert channel.getpeername() == server.getsockname()


def test_replicas_can_be_tested_on_two_logical_devices() -> None:
    assert len(tf.config.list_logical_devices("CPU")) == 2


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_starts_with_the_same_seed(attempt: int) -> None:
    del attempt
    assert np.random.randint(1_000_000) == 985_772


@pytest.mark.parametrize("attempt", [1, 2])
def test_environment_variables_set_by_a_test_are_gone_in_the_next(attempt: int) -> None:
    del attempt
    assert "PLUMBLINE_LEFT_BEHIND" not in os.environ
    os.environ["PLUMBLINE_LEFT_BEHIND"] = "1"


def test_one_of_several_processes_runs_all_tests_of_this_file(
    request: pytest.FixtureRequest,
) -> None:
    # Else whole trained runs are made once in each process, and nothing says so.
    if "PYTEST_XDIST_WORKER" in os.environ and request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith(f"@{request.node.path}")
