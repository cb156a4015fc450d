"""Real connections to uvicorn, with invented workers."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import uvicorn

from shared.service.rest.app import create_app
from shared.service.rest.http_protocol import JoinedWrites
from shared.service.server import Address, Logs, ServerOptions, bind_listener, configure_http
from shared.service.settings import Limits
from tests.shared.service.fake_service import FakeSource, FakeWorker, opener

HEAD = b"POST /v1/models/words:predict HTTP/1.1\r\nHost: localhost\r\n"
BODY = b'{"instances": ["good"]}'
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
PATIENCE_SECONDS = 60

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Connection]]


def serve(
    scenario: Callable[[Connect], Awaitable[None]],
    *workers: FakeWorker,
    limits: Limits | None = None,
    source: FakeSource | None = None,
) -> None:
    """Run a scenario, which can connect, beside a server."""
    limits = limits or Limits()
    options = ServerOptions(Address(port=0), limits, Logs())
    app = create_app(opener(source or FakeSource(), *workers, limits=limits))

    async def run() -> None:
        server = uvicorn.Server(configure_http(app, options))
        with bind_listener(options.address) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:
                await asyncio.sleep(0.01)
            async with asyncio.timeout(PATIENCE_SECONDS), AsyncExitStack() as opened:
                await scenario(partial(connect_to, listener, opened))
            server.should_exit = True
            await serving

    asyncio.run(run())


async def connect_to(listener: socket.socket, opened: AsyncExitStack) -> Connection:
    """A connection that is closed at the end of the scenario."""
    connection = await asyncio.open_connection(*listener.getsockname())

    async def close() -> None:
        connection[1].close()
        await connection[1].wait_closed()

    opened.push_async_callback(close)
    return connection


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    return int(head.split()[1]), json.loads(await reader.readexactly(length))


def test_a_head_that_does_not_arrive_ends_its_connection_and_no_other() -> None:
    async def scenario(connect: Connect) -> None:
        slow, silent, good = [await connect() for _ in range(3)]
        slow[1].write(HEAD + b"X-Slow: ")
        for _ in range(3):
            good[1].write(REQUEST)
            assert (await read_answer(good[0]))[0] == 200
        for connection in (slow, silent):
            status, told = await read_answer(connection[0])
            assert status == 408
            assert "did not arrive within 0.3 seconds" in told["error"]
            assert await connection[0].read() == b""
        # A kept connection may be idle for longer, and has the same time for its next head.
        good[1].write(REQUEST)
        assert (await read_answer(good[0]))[0] == 200
        good[1].write(HEAD)
        assert (await read_answer(good[0]))[0] == 408

    serve(scenario, limits=Limits(request_seconds=0.3))


def test_a_head_in_pieces_is_read_within_its_time() -> None:
    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        for _ in range(2):
            for start in range(0, len(REQUEST), 40):
                writer.write(REQUEST[start : start + 40])
                await asyncio.sleep(0.01)
            assert (await read_answer(reader))[0] == 200

    serve(scenario)


def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(HEAD + b"X-Long: ")
        writer.write(b"a" * (1 << 20))
        status, told = await read_answer(reader)
        assert (status, told["error"][:8]) == (431, "The head")

    serve(scenario)


def test_a_wish_for_another_protocol_costs_no_body() -> None:
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    request = REQUEST.replace(b"Content-Length", wish + b"Content-Length")
    begun = request.index(b"upgrade")

    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        for cut in (len(request), *range(begun - 3, begun + 15)):  # in one piece, and in two
            writer.write(request[:cut])
            await asyncio.sleep(0.002)
            writer.write(request[cut:])
            assert (await read_answer(reader))[0] == 200

    serve(scenario)


def test_a_client_that_only_listens_any_more_gets_its_answers_and_an_end() -> None:
    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(2 * REQUEST)
        writer.write_eof()
        for _ in range(2):
            assert (await read_answer(reader))[0] == 200
        assert await reader.read() == b""
        reader, writer = await connect()
        writer.write(REQUEST[:-5])
        writer.write_eof()
        assert await reader.read() == b""  # half a request has no answer

    serve(scenario)


def test_whatever_is_refused_is_told_so_as_all_errors_are() -> None:
    async def scenario(connect: Connect) -> None:
        asked = {400: b"BREW / HTTP/1.1\r\n\r\n", 404: b"GET /none HTTP/1.1\r\n"}
        asked[405] = b"DELETE / HTTP/1.1\r\n"
        for expected, begin in asked.items():
            reader, writer = await connect()
            writer.write(begin + b"Host: localhost\r\n\r\n")
            status, told = await read_answer(reader)
            assert status == expected
            assert told.keys() == {"error"}

    serve(scenario)


def test_requests_sent_without_waiting_are_answered_in_order() -> None:
    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        broken = HEAD + b"Content-Length: 1\r\n\r\n{"
        writer.write(REQUEST * 2 + broken + REQUEST)
        assert [(await read_answer(reader))[0] for _ in range(4)] == [200, 200, 400, 200]

    serve(scenario)


def test_a_body_that_does_not_arrive_is_told_so() -> None:
    async def scenario(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(REQUEST[:-3])
        status, told = await read_answer(reader)
        assert (status, told["error"][:8]) == (408, "The body")

    serve(scenario, limits=Limits(request_seconds=0.3))


def test_versions_change_under_many_clients_without_an_error() -> None:
    source = FakeSource()

    async def scenario(connect: Connect) -> None:
        seen: list[int] = []

        async def ask() -> None:
            reader, writer = await connect()
            while 4 not in seen:
                writer.write(REQUEST)
                status, told = await read_answer(reader)
                assert status == 200, told
                seen.append(told["predictions"][0]["version"])

        clients = [asyncio.create_task(ask()) for _ in range(32)]
        for number in (2, 3, 4):
            await asyncio.sleep(0.1)
            source.versions["words"] = {number}
            source.labels["words"] = {"stable": number}
        await asyncio.gather(*clients)
        assert set(seen) >= {1, 4}

    serve(scenario, FakeWorker(delay=0.002), source=source)


class Written:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.told


def test_what_is_written_in_one_turn_is_sent_at_once_and_before_the_end() -> None:
    below = Written()
    turn: list[Callable[[], None]] = []
    joined = JoinedWrites(below, turn.append)  # type: ignore[arg-type]
    joined.write(b"head ")
    joined.write(b"body")
    assert below.told == []
    turn.pop()()
    joined.write(b"last")
    joined.close()
    assert below.told == [b"head body", b"last", "closed"]
    turn.pop()()  # finds nothing left
    assert joined.is_closing()
    assert len(below.told) == 3
