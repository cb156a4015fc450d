"""The same training as one process and as two."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys

from benchmarks.distributed.trainings import Bench
from shared.cluster.cluster import Cluster
from shared.cluster.worker_process import LOOPBACK, PORT_SOCKET_VARIABLE, reserve_port

__all__ = ["ONE_THREAD", "measure_process", "two_process_round"]

ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "2",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}


def measure_process(name: str, preset: str, steps: int) -> dict[str, float]:
    """Seconds of a step, and of adding gradients up, in this process of a cluster."""
    from shared.config import TrainConfig
    from shared.training.distribution.strategy import make_strategy

    make_strategy(TrainConfig())  # joins the cluster before anything is computed
    bench = Bench(name, preset, steps)
    train = bench.in_cluster()
    train()
    return {"step_seconds": train(), "all_reduce_seconds": bench.all_reduce_seconds(None)}


def two_process_round(
    name: str, preset: str, steps: int
) -> tuple[dict[str, float], dict[str, float]]:
    """What one process alone says, and then the first of two."""
    program = [sys.executable, "-m", "benchmarks.distributed", "--as-process"]
    command = [*program, "--pipelines", name, "--preset", preset, "--steps", str(steps)]
    alone = subprocess.run(  # noqa: S603 - this program
        command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True
    )
    with contextlib.ExitStack() as resources:
        ports = [resources.enter_context(reserve_port()) for _ in range(2)]
        addresses = tuple(f"{LOOPBACK}:{port.getsockname()[1]}" for port in ports)
        processes = []
        for index, port in enumerate(ports):
            environment = _environment(Cluster(addresses, index, origin="TF_CONFIG"), port)
            process = subprocess.Popen(  # noqa: S603 - likewise
                command, env=environment, stdout=subprocess.PIPE, pass_fds=(port.fileno(),)
            )
            resources.callback(process.kill)
            port.close()
            processes.append(process)
        told = [process.communicate()[0] for process in processes]
    return json.loads(alone.stdout.splitlines()[-1]), json.loads(told[0].splitlines()[-1])


def _environment(cluster: Cluster, port: socket.socket) -> dict[str, str]:
    return {
        **os.environ,
        **ONE_THREAD,
        "TF_CONFIG": cluster.to_tf_config(),
        PORT_SOCKET_VARIABLE: str(port.fileno()),
    }
