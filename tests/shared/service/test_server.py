from __future__ import annotations

import asyncio
import socket

import pytest

from shared.errors import UserError
from shared.service.server import Address, bind_listener


async def _sends_at_once(listener: socket.socket) -> bool:
    """Whether what asyncio accepts there waits for no acknowledgement."""
    answers: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        channel = writer.get_extra_info("socket")
        answers.set_result(channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        found = await answers
        writer.close()
    return bool(found)


def test_the_second_part_of_an_answer_waits_for_no_acknowledgement() -> None:
    assert asyncio.run(_sends_at_once(bind_listener(Address(port=0))))
    of_no_protocol = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    of_no_protocol.bind(("127.0.0.1", 0))
    assert not asyncio.run(_sends_at_once(of_no_protocol))


def test_a_port_that_is_taken_is_said() -> None:
    with bind_listener(Address(port=0)) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port}: .*Choose another --port"):
            bind_listener(Address(port=port))
