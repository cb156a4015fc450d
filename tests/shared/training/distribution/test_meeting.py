from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
import tensorflow as tf

import shared.training.distribution.meeting
from shared.cluster.cluster import Cluster
from shared.cluster.devices import CPU_DEVICES_VARIABLE
from shared.cluster.supervisor import WorkerProcess, supervise
from shared.cluster.worker_process import LOOPBACK, PORT_SOCKET_VARIABLE, reserve_port
from shared.config import TrainConfig
from shared.errors import ConfigError, PortTakenError, WorkerError
from shared.training.distribution.meeting import Meeting

_WORKER = """
import os, sys
from shared.cluster.discovery import find_cluster
from shared.config import TrainConfig
from shared.errors import DataError
from shared.loading.tensorflow_startup import start_tensorflow
cluster = find_cluster(os.environ)
start_tensorflow()
from shared.training.distribution.meeting import Meeting
meeting = Meeting(cluster, TrainConfig())
print(meeting._strategy.num_replicas_in_sync, "replicas")
same, other = "ab" * 32, "cd" * 32
print(meeting.agrees_to_train(same))
meeting.wait_for_chief()
print(meeting.agrees_to_train(None if cluster.is_chief else same))
try:
    meeting.agrees_to_train(same if cluster.is_chief else other)
except DataError as error:
    print(error)
"""
CLUSTER = Cluster(("a:1", "b:2"), 1, "Slurm")


@pytest.mark.timeout(120)
def _worker(cluster: Cluster, holder: socket.socket, log: Path) -> WorkerProcess:
    environment = {
        **os.environ,
        "TF_CONFIG": cluster.to_tf_config(),
        PORT_SOCKET_VARIABLE: str(holder.fileno()),
        CPU_DEVICES_VARIABLE: "2",
    }
    command = [sys.executable, "-c", _WORKER]
    return WorkerProcess(command, environment, log, (holder.fileno(),))


@pytest.mark.slow
def test_two_real_workers_meet_and_find_out_whether_they_have_the_same_data(tmp_path: Path) -> None:
    holders = [reserve_port() for _ in range(2)]
    addresses = tuple(f"{LOOPBACK}:{holder.getsockname()[1]}" for holder in holders)
    workers = [
        _worker(Cluster(addresses, index, "test"), holder, tmp_path / f"{index}.log")
        for index, holder in enumerate(holders)
    ]

    def close_ports() -> None:
        for holder in holders:
            holder.close()

    outcome = supervise(workers, lambda _: None, started=close_ports)
    logs = [(tmp_path / f"{index}.log").read_text() for index in range(2)]
    assert outcome.exit_codes == (0, 0), logs
    refusal = (
        f"Worker 1 of 2 ({addresses[1]}) has loaded other data than the chief (fingerprint"
        " cdcdcdcdcdcd…, not abababababab…). Every worker reads data.source itself: give all of"
        " them the same files at the same path."
    )
    for log in logs:
        assert log.splitlines()[-4:] == ["4 replicas", "True", "False", refusal]


@pytest.mark.parametrize("strategy", ["single", "mirrored"])
def test_a_strategy_of_one_process_is_refused_before_anything_is_joined(strategy: str) -> None:
    with pytest.raises(
        ConfigError,
        match=(
            rf"train.strategy={strategy} trains in one process, but this is worker 1 of 2 \(b:2\),"
            r" says Slurm"
        ),
    ):
        Meeting(CLUSTER, TrainConfig.model_validate({"strategy": strategy}))


def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: TrainConfig) -> None:
        raise tf.errors.UnknownError(None, None, "Could not start gRPC server")

    monkeypatch.setattr(shared.training.distribution.meeting, "make_strategy", fail)
    with pytest.raises(
        PortTakenError, match=r"worker 1 of 2 \(b:2\): another program uses its port"
    ):
        Meeting(CLUSTER, TrainConfig())


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    monkeypatch.setattr(
        shared.training.distribution.meeting,
        "make_strategy",
        lambda _: tf.distribute.get_strategy(),
    )
    return Meeting(CLUSTER, TrainConfig())


def test_a_worker_that_is_gone_is_said_in_words(alone: Meeting) -> None:
    # As TensorFlow 2.21 has it after kill -9 of worker 1.
    said = (
        "Graph execution error:\n\n  File x\n\nCollective ops is aborted by: The following tasks"
        " are unhealthy\nRestart your program."
    )
    with pytest.raises(WorkerError) as lost, alone.of_all_workers():
        raise tf.errors.AbortedError(None, None, said)
    assert str(lost.value).startswith(
        "worker 1 of 2 (b:2) can't go on, because another worker has ended or can't be reached"
    )
    assert str(lost.value).endswith(
        "TensorFlow says: Collective ops is aborted by: The following tasks are unhealthy"
    )


def test_another_error_of_tensorflow_stays_what_it_is(alone: Meeting) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError), alone.of_all_workers():
        raise tf.errors.InvalidArgumentError(None, None, "incompatible shapes")
