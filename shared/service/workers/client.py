"""The server's end of one worker: starts the process, calls it, notices its death."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import shared
from shared.service.status import Code, RequestError
from shared.service.wire.messages import message
from shared.service.wire.tensors import Arrays, fill_tensors, read_tensors
from shared.service.workers.process import FRAME

__all__ = ["ProcessWorker", "Worker", "WorkerLostError"]

_ROOT = Path(shared.__file__).resolve().parents[1]
_MODULE = "shared.service.workers.process"
_BUFFER_BYTES = 1 << 24


class WorkerLostError(RequestError):
    """The worker died with the call.

    Args:
        message: What the client reads.
    """

    def __init__(self, message: str = "The worker process that ran this batch has died") -> None:
        super().__init__(Code.UNAVAILABLE, message)


class Worker(Protocol):
    """Whatever loads models and runs batches."""

    async def load(self, path: Path) -> Any:
        """Load a version folder; returns its `SignatureDefMap`."""

    async def unload(self, path: Path) -> None:
        """Let go of a version folder."""

    async def run(self, path: Path, signature: str, inputs: Arrays) -> Arrays:
        """Outputs of a batch."""

    @property
    def is_alive(self) -> bool:
        """Whether it can be called."""

    async def died(self) -> None:
        """Returns once the worker is gone."""

    def kill(self) -> None:
        """End it at once."""


@dataclass
class ProcessWorker:
    """A worker in a process of its own.

    Attributes:
        process: It.
    """

    process: subprocess.Popen[bytes]
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _waiting: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _listening: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, environment: Mapping[str, str] = os.environ) -> ProcessWorker:
        """Start the process, and wait until TensorFlow is there.

        Args:
            environment: Of the process.

        Raises:
            WorkerLostError: It ended before.
        """
        ours, theirs = socket.socketpair()
        paths = [str(_ROOT), environment.get("PYTHONPATH", "")]
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - this program, arguments as a list
                [sys.executable, "-m", _MODULE, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C goes to the server alone
            )
        reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER_BYTES)
        worker = cls(process, reader, writer)
        try:
            await reader.readexactly(FRAME.size)
        except asyncio.IncompleteReadError as error:
            worker.kill()
            raise WorkerLostError("The worker process ended as it started") from error
        except BaseException:
            worker.kill()
            raise
        worker._listening = asyncio.create_task(worker._listen())
        return worker

    async def load(self, path: Path) -> Any:
        """Load a version folder; returns its `SignatureDefMap`."""
        return (await self._call("load", path)).signatures

    async def unload(self, path: Path) -> None:
        """Let go of a version folder."""
        await self._call("unload", path)

    async def run(self, path: Path, signature: str, inputs: Arrays) -> Arrays:
        """Outputs of a batch.

        Raises:
            WorkerLostError: The worker died.
            RequestError: The graph refuses the batch.
        """
        answer = await self._call("predict", path, signature, inputs)
        return read_tensors(answer.outputs)

    @property
    def is_alive(self) -> bool:
        """Whether it can be called."""
        return self._listening is not None and not self._listening.done()

    async def died(self) -> None:
        """Returns once the worker is gone."""
        if self._listening is not None:
            await asyncio.wait([self._listening])

    def kill(self) -> None:
        """End the process at once, and what it may have started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._writer.close()

    async def _call(
        self, action: str, path: Path, signature: str = "", inputs: Arrays | None = None
    ) -> Any:
        if not self.is_alive:
            raise WorkerLostError
        number = next(self._numbers)
        call = message("WorkerCall")(
            id=number, action=action, path=str(path), signature_name=signature
        )
        fill_tensors(call.inputs, inputs or {})
        content = call.SerializeToString()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._writer.write(FRAME.pack(len(content)) + content)
            await self._writer.drain()
            answer = await future
        except ConnectionError as error:
            raise WorkerLostError from error
        finally:
            self._waiting.pop(number, None)
        if answer.code:
            raise RequestError(Code(answer.code), answer.text)
        return answer

    async def _listen(self) -> None:
        try:
            while True:
                (length,) = FRAME.unpack(await self._reader.readexactly(FRAME.size))
                answer = message("WorkerAnswer").FromString(await self._reader.readexactly(length))
                future = self._waiting.get(answer.id)
                if future is not None and not future.done():
                    future.set_result(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(WorkerLostError())
