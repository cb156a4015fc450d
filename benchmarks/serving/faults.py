"""What clients that retry see while versions change, a worker is killed, and the server is."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.serving.client import Connection, Reply, as_request
from benchmarks.serving.server import example_of, started
from benchmarks.serving.soak import is_same
from shared.run.artefacts.published_file import LabelMove, PublishedRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import SAVED_MODEL
from shared.serving.publishing.base import ModelFolder

__all__ = ["Suffered", "suffer"]

_VERSIONS = 3
_RETRY_SECONDS = 0.1
_PATIENCE_SECONDS = 120.0


@dataclass
class Suffered:
    """What happened.

    Attributes:
        statuses: (what was done to the server, status) -> how often; 0: the connection ended.
        wrong: Answers that are not the first one.
        silent_seconds: What was done -> the longest time in which nobody was answered.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: int = 0
    silent_seconds: dict[str, float] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What must not be: any error while versions change, any wrong answer, any other error.

        Before another worker has started, who waits for too long is told so (504).
        """
        found = [
            f"{kind}: {count} answers {status or 'cut off'}"
            for (kind, status), count in sorted(self.statuses.items())
            if status not in ((200,) if kind == "reload" else (0, 200, 503, 504))
        ]
        kinds = {kind for kind, _ in self.statuses}
        found += [f"{kind}: nobody answered" for kind in kinds if not self.statuses[kind, 200]]
        return found + ([f"{self.wrong} wrong answers"] if self.wrong else [])


def publish_copies(run: Path, base: Path) -> ModelFolder:
    """The export of a run, as several versions, of which the first has the label."""
    signature = SignatureRecord.read(RunDirectory(run.resolve()))
    exported = run.resolve() / SAVED_MODEL / str(signature.version)
    folder = ModelFolder(base / signature.model)
    for number in range(1, _VERSIONS + 1):
        shutil.copytree(exported, folder.path / str(number))
    move_label(folder, 1)
    return folder


def move_label(folder: ModelFolder, number: int) -> None:
    """Make a version the stable one."""
    moves = tuple(
        LabelMove(label="stable", reason="publish", version=one, moved_at="now")
        for one in range(1, number + 1)
    )
    folder.write(PublishedRecord(model=folder.path.name, moves=moves))


@dataclass
class _Clients:
    """Clients that ask again and again, and again after an error."""

    port: int
    request: bytes
    expected: Any
    told: Suffered
    doing: str = "reload"
    ended: bool = False
    last: float = field(default_factory=time.monotonic)

    async def ask_until_the_end(self) -> None:
        """One of them."""
        connection: Connection | None = None
        while not self.ended:
            try:
                connection = connection or await Connection.open(self.port)
                reply = await connection.ask(self.request)
            except (OSError, EOFError):
                if connection is not None:
                    await connection.close()
                connection = None
                reply = Reply(0, b"")
            self._count(reply)
            if reply.status != 200:
                await asyncio.sleep(_RETRY_SECONDS)
        if connection is not None:
            await connection.close()

    async def answered(self) -> None:
        """Returns once one of them has an answer again, or patience is at its end."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.told.statuses[self.doing, 200] and time.monotonic() < end:
            await asyncio.sleep(_RETRY_SECONDS)

    def _count(self, reply: Reply) -> None:
        self.told.statuses[self.doing, reply.status] += 1
        if reply.status != 200:
            return
        self.told.wrong += not is_same(json.loads(reply.body), self.expected)
        now = time.monotonic()
        longest = self.told.silent_seconds.get(self.doing, 0.0)
        self.told.silent_seconds[self.doing] = max(longest, now - self.last)
        self.last = now


@asynccontextmanager
async def _asking(clients: _Clients, number: int) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(clients.ask_until_the_end()) for _ in range(number)]
    try:
        yield
    finally:
        clients.ended = True
        await asyncio.gather(*tasks)


async def suffer(run: Path, base: Path, *, clients: int, seconds: float) -> Suffered:
    """Do it all, one after the other.

    Args:
        run: Whose model is served.
        base: An empty folder to publish into.
        clients: How many.
        seconds: After each thing that is done.
    """
    folder = publish_copies(run, base)
    model, instance = example_of(run)
    request = as_request(model, json.dumps({"instances": [instance]}).encode())
    port = _free_port()
    options = (base, "--port", str(port))
    with started(*options) as first:
        asking = _Clients(port, request, await _first_answer(port, request), Suffered())
        async with _asking(asking, clients):
            for number in range(2, _VERSIONS + 1):
                move_label(folder, number)
                await asyncio.sleep(seconds)
            asking.doing = "worker killed"
            psutil.Process(first.process.pid).children()[0].send_signal(signal.SIGKILL)
            await asking.answered()
            await asyncio.sleep(seconds)
            asking.doing = "server killed"
            first.process.kill()
            await asyncio.to_thread(first.process.wait)
            with started(*options):
                await asking.answered()
                await asyncio.sleep(seconds)
                asking.ended = True
    return asking.told


async def _first_answer(port: int, request: bytes) -> Any:
    connection = await Connection.open(port)
    reply = await connection.ask(request)
    await connection.close()
    return json.loads(reply.body)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
