"""The same training on one replica, on two, and on two workers that are processes of their own.

What the check `distributes` compares.

As a program it is one of the workers: `python -m tests.contract.distribution FOLDER CASE …` trains
the cases one after another.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

import pipelines
from shared.cluster.cluster import Cluster
from shared.cluster.worker_process import LOOPBACK, PORT_SOCKET_VARIABLE, release_port, reserve_port
from shared.config.families import families
from shared.contract import Pipeline
from tests.contract.case import Case
from tests.contract.saboteurs import stages
from tests.contract.toy import PIPELINE as TOY

__all__ = ["Trained", "train_quietly", "train_with_two_workers"]

_TIMEOUT_SECONDS = 900
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Trained:
    """What a training ended with.

    Attributes:
        weights: All floating-point variables of the network, one after another.
        metrics: Last line of `history.csv`.
        num_replicas: That took part.
    """

    weights: NDArray[np.float64]
    metrics: dict[str, float]
    num_replicas: int


def train_quietly(case: Case, strategy: str) -> Trained:
    """Run the real train stage for one epoch, with dropout and augmentation off.

    They draw other numbers on each replica on purpose.
    """
    import keras

    quiet = replace(
        case.pipeline,
        model=lambda config, target: _without_randomness(case.pipeline.model(config, target)),
    )
    other = case.variant(f"strategy-{strategy}", quiet, case.stage_changes)
    batch_size = case.config.train.batch_size + case.config.train.batch_size % 2
    # Adam divides a gradient by its own size, so where it is nothing but rounding, the step is
    # rounding times the rate: a small one.
    changes = {"strategy": strategy, "epochs": 1, "batch_size": batch_size, "learning_rate": 5e-4}
    train = case.config.train.model_copy(update=changes)
    other.__dict__["config"] = case.config.model_copy(update={"train": train})
    keras.utils.clear_session()
    run = other.run("train")
    with run.require("history.csv", maker="train").open(newline="") as stream:
        *_, last = csv.DictReader(stream)
    return Trained(
        weights=weights_of(other.trained.model),
        metrics={name: float(value) for name, value in last.items()},
        num_replicas=run.read_json("train.json", maker="train")["num_replicas"],
    )


def train_with_two_workers(case: Case) -> tuple[Trained, Trained]:
    """What each of two processes ended with, that train together over the loopback interface.

    Starting them takes longer than training, so cases share a start: the toy of `make test` with
    the saboteur that only workers can catch; the families of a pipeline in `make test-all`.
    """
    reference = _reference(case)
    return _all_trained(_OF_TOY if reference in _OF_TOY else _networks(case.pipeline))[reference]


def weights_of(model: Any) -> NDArray[np.float64]:
    """All floating-point variables, one after another."""
    values = [
        np.asarray(variable, dtype=np.float64).ravel()
        for variable in model.variables
        if "float" in str(variable.dtype)
    ]
    return np.concatenate(values)


def _networks(pipeline: Pipeline) -> tuple[str, ...]:
    """References to a pipeline with each of its families; the first has the pipeline's name.

    Without the toy's first family, which `make test` trains.
    """
    others = list(families(pipeline.config_type))[1:]
    further = tuple(f"{pipeline.name}@{family}" for family in others)
    return further if pipeline.name == TOY.name else (pipeline.name, *further)


# A pipeline, one of its families (`@`), and what is done to its train stage (`+`).
_OF_TOY = ("toy+share_nothing", TOY.name)


def _reference(case: Case) -> str:
    network = case.pipeline.name
    if case.preset != "smoke":
        network += f"@{case.family}"
    return "+".join([network, *(change.__name__ for change in case.stage_changes.values())])


def _case(reference: str, folder: Path) -> Case:
    network, _, deed = reference.partition("+")
    name, _, family = network.partition("@")
    changes = {"train": getattr(stages, deed)} if deed else None
    if name == TOY.name:
        pipeline, presets = TOY, _ROOT / "tests" / "contract" / "toy" / "presets"
    else:
        pipeline, presets = pipelines.get_pipeline(name), pipelines.presets_folder(name)
    return Case(pipeline, presets, folder / reference, changes, family or None)


@cache
def _all_trained(references: tuple[str, ...]) -> dict[str, tuple[Trained, Trained]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run_workers(folder, references)
        return {
            reference: (_read(folder, 0, reference), _read(folder, 1, reference))
            for reference in references
        }


def _run_workers(folder: Path, references: tuple[str, ...]) -> None:
    with contextlib.ExitStack() as resources:
        ports = [resources.enter_context(reserve_port()) for _ in range(2)]
        addresses = tuple(f"{LOOPBACK}:{port.getsockname()[1]}" for port in ports)
        logs = [folder / f"worker-{index}.log" for index in range(2)]
        processes = []
        for index, (port, log) in enumerate(zip(ports, logs, strict=True)):
            cluster = Cluster(addresses, index, origin="TF_CONFIG")
            stream = resources.enter_context(log.open("w"))
            command = [str(folder / str(index)), *references]
            processes.append(_start_worker(command, cluster, port, stream))
            resources.callback(processes[-1].kill)
            port.close()
        codes = [process.wait(_TIMEOUT_SECONDS) for process in processes]
        told = "\n".join(log.read_text(errors="replace")[-2000:] for log in logs)
        assert codes == [0, 0], f"the workers ended with the exit codes {codes}:\n{told}"


def _start_worker(
    command: list[str], cluster: Cluster, port: socket.socket, log: TextIO
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contract.distribution", *command],
        cwd=_ROOT,
        env={
            **os.environ,
            "TF_CONFIG": cluster.to_tf_config(),
            PORT_SOCKET_VARIABLE: str(port.fileno()),
            "TF_NUM_INTRAOP_THREADS": "1",
        },
        pass_fds=(port.fileno(),),
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def _read(folder: Path, index: int, reference: str) -> Trained:
    told = json.loads((folder / str(index) / f"{reference}.json").read_text())
    return Trained(
        np.load(folder / str(index) / f"{reference}.npy"), told["metrics"], told["num_replicas"]
    )


def _without_randomness(model: Any) -> Any:
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if layer._seed_generators:
            layer.call = _in_inference_mode(layer.call)
    return model


def _in_inference_mode(call: Any) -> Any:
    def quiet(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **{**kwargs, "training": False})

    return quiet


def _main(folder: Path, references: list[str]) -> None:
    release_port(os.environ)
    folder.mkdir()
    for reference in references:
        trained = train_quietly(_case(reference, folder), "multi_worker")
        np.save(folder / f"{reference}.npy", trained.weights)
        (folder / f"{reference}.json").write_text(
            json.dumps({"metrics": trained.metrics, "num_replicas": trained.num_replicas})
        )


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
