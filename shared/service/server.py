"""The server's process: one event loop for REST and gRPC, until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from shared.errors import UserError
from shared.service.models.registry import Registry
from shared.service.models.sources import Source, find_wanted
from shared.service.rest.app import create_app
from shared.service.rest.http_protocol import HttpProtocol
from shared.service.rpc.door import open_door
from shared.service.service import Service, open_service
from shared.service.settings import Limits
from shared.service.telemetry.input_log import InputLog
from shared.service.telemetry.request_log import RequestLog
from shared.service.workers.client import ProcessWorker

__all__ = ["Address", "Logs", "ServerOptions", "bind_listener", "configure_http", "serve"]

_MOST_CONNECTIONS = 1024
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True)
class Address:
    """Where the server listens, and to whom.

    Attributes:
        host: Address to listen on.
        port: Of REST; 0 for any that is free.
        grpc_port: Of gRPC; likewise.
        token: Which clients must send; None for none.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    grpc_port: int = 8500
    token: str | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Logs:
    """What is kept of requests.

    Attributes:
        requests: A file with a line for each; None: not logged.
        inputs: A folder for inputs; None: not kept.
    """

    requests: Path | None = None
    inputs: Path | None = None


@dataclass(frozen=True)
class ServerOptions:
    """How to serve.

    Attributes:
        address: Where.
        limits: Of requests.
        logs: What is kept.
        num_workers: How many processes run models.
        poll_seconds: How often folders are looked at.
    """

    address: Address
    limits: Limits
    logs: Logs
    num_workers: int = 1
    poll_seconds: float = 1.0


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would end the process by the signal that it caught."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    sources: Sequence[Source], options: ServerOptions, told: Callable[[str], None]
) -> int:
    """Serve until SIGTERM or Ctrl-C; requests that are being answered get their answers.

    Args:
        sources: Where models come from.
        options: How to serve.
        told: Is told what a person should know.

    Returns:
        The signal that ended it.

    Raises:
        UserError: A port is taken, a source can't be read, or no model can be loaded.
    """
    logs = options.logs
    find_wanted(sources)  # what is wrong with them is told before any work
    with bind_listener(options.address) as listener:
        log = None if logs.requests is None else RequestLog(logs.requests)
        inputs = None if logs.inputs is None else InputLog(logs.inputs)
        async with open_service(
            sources,
            ProcessWorker.start,
            limits=options.limits,
            num_workers=options.num_workers,
            poll_seconds=options.poll_seconds,
            request_log=log,
            input_log=inputs,
        ) as service:
            _require_models(service.registry)
            async with _grpc(service, options, told):
                return await _serve_rest(service, options, listener, told)


@asynccontextmanager
async def _grpc(
    service: Service, options: ServerOptions, told: Callable[[str], None]
) -> AsyncIterator[None]:
    address = options.address
    async with open_door(
        service,
        address.host,
        address.grpc_port,
        token=address.token,
        drain_seconds=options.limits.request_seconds,
    ) as port:
        told(f"gRPC: {_shown(address.host)}:{port}")
        yield


async def _serve_rest(
    service: Service,
    options: ServerOptions,
    listener: socket.socket,
    told: Callable[[str], None],
) -> int:
    @asynccontextmanager
    async def already_open() -> AsyncIterator[Service]:
        yield service

    address = options.address
    app = create_app(already_open, token=address.token, is_loopback=address.is_loopback)
    port = listener.getsockname()[1]
    where = f"REST: http://{_shown(address.host)}:{port}/v1/models/"
    server = _Server(configure_http(app, options), lambda: told(where))
    received: list[int] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server, received, number)
    await server.serve(sockets=[listener])
    return received[0] if received else signal.SIGTERM


def configure_http(app: ASGIApp, options: ServerOptions) -> uvicorn.Config:
    """How HTTP is spoken.

    Args:
        app: Who answers.
        options: How to serve.
    """
    protocol: Any = partial(HttpProtocol, head_seconds=options.limits.request_seconds)
    return uvicorn.Config(
        app,
        http=protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        limit_concurrency=_MOST_CONNECTIONS,
        backlog=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(options.limits.request_seconds) + 1,
    )


def _stop(server: uvicorn.Server, received: list[int], number: int) -> None:
    received.append(number)
    server.should_exit = True


def bind_listener(address: Address) -> socket.socket:
    """Bound, but not listening yet: before any work, and nobody is let in before there is any.

    Raises:
        UserError: The port is taken, or the address is none of this machine's.
    """
    host = address.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only on sockets that say that they are TCP. Else the
    # second part of an answer waits for the client's delayed acknowledgement: 40 ms on a kept
    # connection.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, address.port))
    except OSError as error:
        listener.close()
        raise UserError(
            f"Can't listen on {host}, port {address.port}: {error.strerror or error}. Choose"
            " another --port or --host."
        ) from error
    return listener


def _require_models(registry: Registry) -> None:
    if any(map(registry.available, registry.models)):
        return
    reasons = [
        f"{one.model}, version {one.number}: {one.message}"
        for name in registry.models
        for one in registry.statuses(name)
    ]
    raise UserError(f"No model can be loaded. {' '.join(reasons)}")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
