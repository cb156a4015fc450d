"""The server in a process of its own, and a bare loop over the same SavedModel in another."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import SAVED_MODEL

__all__ = [
    "Bare",
    "Running",
    "Seconds",
    "bare_loop",
    "empty_started",
    "example_of",
    "run_bare",
    "started",
]


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        process: Of the command.
        port: Of REST.
    """

    process: subprocess.Popen[str]
    port: int

    def memory_mb(self) -> dict[str, float]:
        """Resident memory, in MB."""
        server = psutil.Process(self.process.pid)
        workers = sum(one.memory_info().rss for one in server.children())
        return {"server": server.memory_info().rss / 1e6, "workers": workers / 1e6}


@dataclass(frozen=True)
class Seconds:
    """Processor time, in seconds, of all threads.

    Attributes:
        server: Of the process that meets clients.
        workers: Of those that run models.
        client: Of this process.
    """

    server: float
    workers: float
    client: float

    @classmethod
    def of(cls, running: Running) -> Seconds:
        """What was used so far."""
        server = psutil.Process(running.process.pid)
        workers = sum(map(_processor_seconds, server.children()))
        return cls(_processor_seconds(server), workers, time.process_time())

    def __sub__(self, other: Seconds) -> Seconds:
        return Seconds(
            self.server - other.server,
            self.workers - other.workers,
            self.client - other.client,
        )


def _processor_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


@dataclass(frozen=True)
class Bare:
    """What a loop over `tf.saved_model.load` answers.

    Attributes:
        rows_per_second: By the clock.
        seconds_per_row: Of the processor, all threads.
    """

    rows_per_second: float
    seconds_per_row: float


def started(*sources_and_options: str | Path) -> AbstractContextManager[Running]:
    """Start a server of runs or of a base; end it when the block ends."""
    options = ("serve", "--port", "0", "--grpc-port", "0", *map(str, sources_and_options))
    return _started("pipelines", *options)


def empty_started() -> AbstractContextManager[Running]:
    """Likewise, a server that does nothing but HTTP."""
    return _started("benchmarks.serving.empty_server")


@contextmanager
def _started(module: str, *arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        lines = (line for line in process.stdout if line.startswith("REST"))
        address = next(lines, None)
        if address is None:
            raise SystemExit("the server did not start")
        yield Running(process, int(address.split(":")[3].split("/")[0]))
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def example_of(run: Path) -> tuple[str, Any]:
    """A model's name, and one instance that was tried at export."""
    signature = SignatureRecord.read(RunDirectory(run.resolve()))
    if signature.example is None:
        raise SystemExit(f"{run} has no example that JSON can say")
    instances: Any = signature.example.body["instances"]
    return signature.model, instances[0]


@contextmanager
def bare_loop(run: Path, batch_rows: int, seconds: float) -> Iterator[Callable[[], Bare]]:
    """The loop in a process of its own, which runs for so long whenever it is called."""
    arguments = [str(run), "--bare", str(batch_rows), "--seconds", str(seconds)]
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "benchmarks.serving", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask() -> Bare:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes
        process.stdin.write("\n")
        process.stdin.flush()
        return Bare(**json.loads(process.stdout.readline()))

    with process:
        yield ask
        process.kill()


def run_bare(run: Path, batch_rows: int, seconds: float) -> Iterator[Bare]:
    """The loop itself, measured for so long for every line on standard input."""
    import tensorflow as tf

    from shared.service.models.endpoint import TensorSpec
    from shared.service.rest.json_values import as_array

    _, instance = example_of(run)
    version = SignatureRecord.read(RunDirectory(run.resolve())).version
    loaded = tf.saved_model.load(str(run.resolve() / SAVED_MODEL / str(version)))
    function = loaded.signatures["serving_default"]
    _, specs = function.structured_input_signature
    named = instance if len(specs) > 1 else {next(iter(specs)): instance}
    feed = {}
    for name, spec in specs.items():
        rows = as_array([named[name]] * batch_rows, TensorSpec(spec.dtype.as_datatype_enum, None))
        feed[name] = tf.constant(rows.tolist(), dtype=spec.dtype)
    for _ in range(3):
        function(**feed)
    for _ in sys.stdin:
        yield _measure_loop(lambda: function(**feed), batch_rows, seconds)


def _measure_loop(call: Callable[[], Any], batch_rows: int, seconds: float) -> Bare:
    num_batches = 0
    started_at = time.perf_counter()
    used_before = time.process_time()
    while (passed := time.perf_counter() - started_at) < seconds:
        outputs = call()
        num_batches += 1
        for tensor in outputs.values():
            tensor.numpy()
    num_rows = num_batches * batch_rows
    return Bare(num_rows / passed, (time.process_time() - used_before) / num_rows)
