"""The command itself, with TensorFlow in its workers: one server for all tests of this file."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from shared.run.artefacts.published_file import LabelMove, PublishedRecord
from shared.serving.publishing.base import ModelFolder
from tests.architecture.source_tree import REPOSITORY

PATIENCE_SECONDS = 240


@dataclass
class Server:
    """A server that runs.

    Attributes:
        base: What it serves.
        process: Of the command.
        rest: Address of its REST interface.
        rpc: Address of gRPC.
    """

    base: Path
    process: subprocess.Popen[str]
    rest: str
    rpc: str

    def ask(self, *texts: str) -> tuple[int, Any]:
        body = json.dumps({"instances": texts}).encode()
        url = f"{self.rest}/v1/models/sentiment:predict"
        try:
            with urllib.request.urlopen(url, body, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
                return response.status, json.load(response)["predictions"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)["error"]

    @property
    def worker(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children()[0]


class Shouting(tf.Module):
    """Texts in capitals."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def __call__(self, text: Any) -> dict[str, Any]:
        empty = tf.fill(tf.shape(text), "")
        return {"class_name": tf.strings.upper(text), "error": empty}


def publish(base: Path, *versions: int) -> None:
    """Give the label to one version after the other."""
    moves = (
        LabelMove(label="stable", reason="publish", version=one, moved_at="now") for one in versions
    )
    ModelFolder(base / "sentiment").write(PublishedRecord(model="sentiment", moves=tuple(moves)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base = tmp_path_factory.mktemp("base")
    module = Shouting()
    answer = module.__call__
    endpoints = {"serving_default": answer, "explain": answer}
    tf.saved_model.save(module, str(base / "sentiment" / "1"), signatures=endpoints)
    publish(base, 1)
    options = ["--port", "0", "--grpc-port", "0", "--timeout-seconds", str(PATIENCE_SECONDS)]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines", "serve", str(base), *options],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    said: dict[str, str] = {}
    for line in process.stdout:
        kind, _, address = line.strip().partition(": ")
        said[kind] = address
        if kind == "REST":
            break
    assert "REST" in said, said
    yield Server(base, process, said["REST"].removesuffix("/v1/models/"), said["gRPC"])
    process.kill()
    process.wait()
    process.stdout.close()


def test_both_doors_lead_to_the_model(server: Server) -> None:
    assert server.ask("warm", "wärm") == (
        200,
        [{"error": "", "class_name": "WARM"}, {"error": "", "class_name": "WäRM"}],
    )
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "sentiment"
    request.inputs["text"].CopyFrom(tf.make_tensor_proto(["warm"]))
    with grpc.insecure_channel(server.rpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        response = stub.Predict(request, timeout=PATIENCE_SECONDS)
    assert tf.make_ndarray(response.outputs["class_name"]).tolist() == [b"WARM"]


@pytest.mark.slow
def test_the_examples_of_the_documentation_run(server: Server) -> None:
    page = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
    page = page.replace("\\\n", " ").replace("http://localhost:8501", server.rest)
    commands = [line for line in page.splitlines() if line.startswith("    curl ")]
    assert len(commands) >= 3
    for command in commands:
        # A command of our own page.
        ran = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)
        assert json.loads(ran.stdout).keys() & {"predictions", "outputs"}, ran.stdout
    (program,) = re.findall(r"^```python\n(import grpc.*?)^```", page, re.DOTALL | re.MULTILINE)
    ran = subprocess.run(
        [sys.executable, "-c", program.replace("localhost:8500", server.rpc)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[b'A WARM, CLEVER FILM.']"


def test_a_version_that_is_published_takes_over(server: Server) -> None:
    shutil.copytree(server.base / "sentiment" / "1", server.base / "sentiment" / "2")
    publish(server.base, 1, 2)
    states: dict[str, str] = {}
    while states != {"2": "AVAILABLE", "1": "END"}:
        assert server.ask("warm")[0] == 200
        with urllib.request.urlopen(f"{server.rest}/v1/models/sentiment") as response:  # noqa: S310
            told = json.load(response)["model_version_status"]
        states = {one["version"]: one["state"] for one in told}


def test_the_process_that_meets_clients_is_free_of_tensorflow(server: Server) -> None:
    maps = Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")
    assert "libtensorflow" not in maps
    assert "libtensorflow" in Path(f"/proc/{server.worker.pid}/maps").read_text(encoding="utf-8")


@pytest.mark.slow
def test_kill_9_of_the_worker_is_survived_and_nothing_is_answered_wrongly(server: Server) -> None:
    before = server.worker
    answers: list[tuple[int, Any]] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            answers.append(server.ask("warm"))

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    while len(answers) < 8:
        time.sleep(0.01)
    before.kill()
    while server.process.poll() is None and [server.worker] == [before]:
        time.sleep(0.01)
    num_answers = len(answers)
    while server.process.poll() is None and len(answers) < num_answers + 8:
        time.sleep(0.01)
    stop.set()
    for thread in clients:
        thread.join()
    assert {status for status, _ in answers} <= {200, 503}
    assert all(rows[0]["class_name"] == "WARM" for status, rows in answers if status == 200)
    assert server.ask("warm")[0] == 200
    assert server.worker.pid != before.pid


def test_sigterm_lets_requests_end_and_leaves_nothing_behind(server: Server) -> None:
    worker = server.worker
    answers: list[tuple[int, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(server.ask(*["warm"] * 1000)))
    thread.start()
    while "plumbline_batch_rows_count" not in _metrics(server):
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    thread.join()
    assert server.process.wait(PATIENCE_SECONDS) == 0
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert [status for status, _ in answers] == [200] or "Connection" in repr(answers)


def _metrics(server: Server) -> str:
    with urllib.request.urlopen(f"{server.rest}/metrics", timeout=PATIENCE_SECONDS) as response:  # noqa: S310
        return str(response.read().decode())
