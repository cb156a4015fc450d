"""The server's process: one event loop for REST and gRPC, until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from shared.errors import UserError
from shared.service.models.registry import Registry
from shared.service.models.sources import Source
from shared.service.rest.app import create_app
from shared.service.service import Service, open_service
from shared.service.settings import Limits
from shared.service.telemetry.input_log import InputLog
from shared.service.telemetry.request_log import RequestLog
from shared.service.workers.client import ProcessWorker

__all__ = ["LOOPBACK_HOSTS", "ServerOptions", "serve"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine reaches."""

_MOST_CONNECTIONS = 1024
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True)
class ServerOptions:
    """How to serve.

    Attributes:
        host: Address to listen on.
        port: Of REST; 0 for any that is free.
        limits: Of requests.
        num_workers: How many processes run models.
        poll_seconds: How often folders are looked at.
        token: Which clients must send; None for none.
        request_log: None: not logged.
        log_inputs: Folder for inputs; None: not kept.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    limits: Limits = field(default_factory=Limits)
    num_workers: int = 1
    poll_seconds: float = 1.0
    token: str | None = None
    request_log: Path | None = None
    log_inputs: Path | None = None


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would end the process by the signal that it caught."""

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
    with _bound(options.host, options.port) as listener:
        log = None if options.request_log is None else RequestLog(options.request_log)
        inputs = None if options.log_inputs is None else InputLog(options.log_inputs)
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
            return await _serve_rest(service, options, listener, told)


async def _serve_rest(
    service: Service,
    options: ServerOptions,
    listener: socket.socket,
    told: Callable[[str], None],
) -> int:
    @asynccontextmanager
    async def already_open() -> AsyncIterator[Service]:
        yield service

    app = create_app(already_open, token=options.token, is_loopback=options.host in LOOPBACK_HOSTS)
    server = _Server(_configuration(app, options))
    received: list[int] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server, received, number)
    port = listener.getsockname()[1]
    told(f"REST: http://{_shown(options.host)}:{port}/v1/models/")
    await server.serve(sockets=[listener])
    return received[0] if received else signal.SIGTERM


def _configuration(app: Starlette, options: ServerOptions) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        limit_concurrency=_MOST_CONNECTIONS,
        backlog=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(options.limits.request_seconds) + 1,
    )


def _stop(server: uvicorn.Server, received: list[int], number: int) -> None:
    received.append(number)
    server.should_exit = True


def _bound(host: str, port: int) -> socket.socket:
    """Bound, but not listening yet: before any work, and nobody is let in before there is any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UserError(
            f"Can't listen on {host}, port {port}: {error.strerror or error}. Choose another --port"
            " or --host."
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
