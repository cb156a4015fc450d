"""The `serve` command: models behind TensorFlow Serving's interfaces, on this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.stopping import exit_code_of_stop
from cli.terminal import CONSOLE
from shared.errors import ConfigError, StoppedError

if TYPE_CHECKING:
    from shared.service.server import ServerOptions

__all__ = ["serve"]

_MEBIBYTE = 1 << 20
_LEAST_TOKEN = 16

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="BASE|RUN_DIR…",
        help="A folder that `publish` fills, or finished runs.",
    ),
]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Of REST.")]
GrpcPort = Annotated[int, typer.Option(min=0, max=65535, help="Of gRPC.")]
TokenFile = Annotated[
    Path | None, typer.Option(help="File with a token that clients must send.", metavar="FILE")
]
Workers = Annotated[
    int, typer.Option(min=1, max=64, help="Processes that run models; each holds all of them.")
]
BatchRows = Annotated[
    int, typer.Option(min=1, max=4096, help="Rows that are run together; 1 turns batching off.")
]
BatchWait = Annotated[
    float,
    typer.Option(min=0, max=1000, help="Milliseconds that an idle worker waits for more rows."),
]
QueueRows = Annotated[
    int, typer.Option(min=1, help="Rows that may wait; beyond them the answer is 503.")
]
MaxBody = Annotated[int, typer.Option(min=1, max=512, help="Largest request, in MiB.")]
Timeout = Annotated[
    float, typer.Option(min=0.1, max=3600, help="Longest time of a request, in seconds.")
]
MaxInstances = Annotated[int, typer.Option(min=1, help="Most rows of one request.")]
RequestLogFile = Annotated[
    Path | None,
    typer.Option("--request-log", metavar="FILE", help="A line a request, with hashes only."),
]
LogInputs = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep inputs here, as `monitor --input` reads them."),
]


def serve(
    sources: Sources,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    grpc_port: GrpcPort = 8500,
    token_file: TokenFile = None,
    workers: Workers = 1,
    batch_rows: BatchRows = 64,
    batch_wait_ms: BatchWait = 0.0,
    queue_rows: QueueRows = 2048,
    max_body_mb: MaxBody = 16,
    max_instances: MaxInstances = 1024,
    timeout_seconds: Timeout = 30.0,
    request_log: RequestLogFile = None,
    log_inputs: LogInputs = None,
) -> None:
    """Serve models on this machine, with TensorFlow Serving's contract (docs/serving.md).

    Ends on SIGTERM or Ctrl-C, once requests that are being answered have their answers.
    """
    from shared.service.server import Address, Logs, ServerOptions
    from shared.service.settings import Limits

    body_bytes = max_body_mb * _MEBIBYTE
    wait_seconds = batch_wait_ms / 1000.0
    limits = Limits(
        body_bytes, max_instances, timeout_seconds, batch_rows, wait_seconds, queue_rows
    )
    address = Address(host, port, grpc_port, token=_read_token(token_file))
    logs = Logs(request_log, log_inputs)
    _serve(sources, ServerOptions(address, limits, logs, workers))


def _read_token(path: Path | None) -> str | None:
    """The token in a file; None without one.

    Raises:
        ConfigError: It can't be read, or can be guessed.
    """
    if path is None:
        return None
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--token-file {path} can't be read: {error}.") from error
    if len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable():
        raise ConfigError(
            f"--token-file {path}: expected at least {_LEAST_TOKEN} printable ASCII characters,"
            f" received {len(token)}. Make one: openssl rand -hex 32"
        )
    return token


def _serve(sources: list[Path], options: ServerOptions) -> None:
    from shared.service.models.sources import open_source
    from shared.service.server import serve
    from shared.service.status import RequestError

    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("plumbline.serve").setLevel(logging.INFO)
    if not options.address.is_loopback and options.address.token is None:
        _say("Whoever reaches this address can ask the models: there is no --token-file.")
    opened = [open_source(path) for path in sources]
    _say("Loading models …")
    try:
        number = asyncio.run(serve(opened, options, _say))
    except RequestError as error:
        raise ConfigError(f"The server can't start: {error}") from error
    stopped = StoppedError("Stopped; requests that had come were answered.", number)
    _say(str(stopped))
    code = exit_code_of_stop(stopped)
    if code and number != signal.SIGTERM:
        raise typer.Exit(code)


def _say(text: str) -> None:
    CONSOLE.print(escape(text), soft_wrap=True, highlight=False)
