"""A client of few lines, so that little of the processor goes to it: HTTP/1.1 over asyncio."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

__all__ = ["Connection", "Reply", "as_request"]


@dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        status: Of HTTP.
        body: As sent.
    """

    status: int
    body: bytes


def as_request(model: str, body: bytes, *, length: int | None = None) -> bytes:
    """The bytes of a `:predict` request.

    Args:
        model: Its name.
        body: JSON, or what claims to be.
        length: What the header says; None for the truth.
    """
    size = len(body) if length is None else length
    head = (
        f"POST /v1/models/{model}:predict HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Connection:
    """A connection that is kept alive."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))

    async def ask(self, request: bytes) -> Reply:
        """Send a request and read its reply.

        Raises:
            OSError: The connection is gone.
            EOFError: Likewise.
        """
        self.writer.write(request)
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
        body = await self.reader.readexactly(length)
        return Reply(int(head.split(" ", 2)[1]), body)

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:  # the other side was first
            return
