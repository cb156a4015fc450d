"""uvicorn's HTTP, with a clock for the head of a request and with few calls of the kernel."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["HttpProtocol", "JoinedWrites"]

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as _Base
else:
    _Base = AutoHTTPProtocol

_MOST_HEAD_BYTES = 1 << 16
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


class HttpProtocol(_Base):
    """One connection. Bodies have their own bounds and clock; idle connections uvicorn's.

    A wish for another protocol is not heard, as HTTP allows (RFC 9110, 7.8): Java's client sends
    one with each first request, and httptools would take the body for that protocol's.

    Args:
        head_seconds: From a connection, or the first byte of a further request, to the end of its
            head; clients that are slower hold a connection that others want (slowloris).
        **options: Of uvicorn.
    """

    def __init__(self, *, head_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._head_seconds = head_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._last_line = b""

    def connection_made(self, transport: Any) -> None:
        """Begin, and wait for a head."""
        super().connection_made(JoinedWrites(transport, self.loop.call_soon))  # type: ignore[arg-type]
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not whole yet is waited for."""
        before = self.cycle
        is_head = before is None or not before.more_body
        super().data_received(self._without_upgrade(data) if is_head else data)
        if self.cycle is not before:
            self._stop_timer()
            self._head_bytes = 0
        elif is_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD_BYTES:
                text = f"The head of the request has more than {_MOST_HEAD_BYTES} bytes"
                self._refuse("431 Request Header Fields Too Large", text)
            elif self._timer is None and (before is None or before.response_complete):
                self._start_timer()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whoever has asked to the end and only listens now still gets the answer (True: stay)."""
        cycle = self.cycle
        is_asked = cycle is not None and not cycle.more_body and not cycle.response_complete
        if is_asked:
            cycle.keep_alive = False
        return is_asked

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in the form of all errors."""
        self._refuse("400 Bad Request", msg)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_timer()
        super().connection_lost(exc)

    def _without_upgrade(self, data: bytes) -> bytes:
        """A head without the wish; of a head in pieces, the last line waits for its end."""
        head, end, rest = (self._last_line + data).partition(b"\r\n\r\n")
        begun = -1 if end else head.rfind(b"\r")
        self._last_line = b"" if begun < 0 else head[begun:]
        head = head if begun < 0 else head[:begun]
        if b"pgrade:" in head.lower():
            head = _UPGRADE.sub(b"", head)
        return head + end + rest

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self._head_seconds, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        text = f"The head of the request did not arrive within {self._head_seconds:g} seconds"
        self._refuse("408 Request Timeout", text)

    def _refuse(self, status: str, text: str) -> None:
        body = json.dumps({"error": text})
        self.transport.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()


class JoinedWrites:
    """A transport that sends at once what is written in one turn of the loop.

    uvicorn writes head and body of an answer one after the other, and each would be a call of the
    kernel, which costs as much as the model for a small row.

    Args:
        transport: Of the connection.
        call_soon: Of the loop.
    """

    def __init__(
        self, transport: asyncio.Transport, call_soon: Callable[[Callable[[], None]], Any]
    ) -> None:
        self._transport = transport
        self._call_soon = call_soon
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send it soon."""
        if not self._written:
            self._call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Send what is left, then hang up."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        if self._written:
            data = b"".join(self._written)
            self._written.clear()
            self._transport.write(data)
