"""Reading what a client sends, within bounds of size and time."""

from __future__ import annotations

import asyncio
import zlib

from starlette.requests import ClientDisconnect, Request

from shared.service.settings import Limits
from shared.service.status import Code, RequestError

__all__ = ["read_body"]

_TOO_LARGE = 413
_TOO_SLOW = 408
_GZIP = 16 + zlib.MAX_WBITS


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body, inflated if it is gzip.

    Raises:
        RequestError: It is too large, too slow, or breaks off.
    """
    headers = dict(request.scope["headers"])
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.request_seconds):
            body = await _read(request, limits)
    except TimeoutError as error:
        text = f"The body did not arrive within {limits.request_seconds:g} seconds"
        raise RequestError(Code.DEADLINE_EXCEEDED, text, http=_TOO_SLOW) from error
    except ClientDisconnect as error:
        raise RequestError(Code.CANCELLED, "The client has gone") from error
    if headers.get(b"content-encoding", b"").lower() == b"gzip":
        return _inflate(body, limits)
    return body


async def _read(request: Request, limits: Limits) -> bytes:
    chunks = []
    num_bytes = 0
    async for chunk in request.stream():
        num_bytes += len(chunk)
        if num_bytes > limits.body_bytes:
            raise _too_large(limits)
        chunks.append(chunk)
    return b"".join(chunks)


def _inflate(body: bytes, limits: Limits) -> bytes:
    stream = zlib.decompressobj(_GZIP)
    try:
        inflated = stream.decompress(body, limits.body_bytes + 1)
    except zlib.error as error:
        text = f"Failed to uncompress the request body: {error}"
        raise RequestError(Code.INVALID_ARGUMENT, text) from error
    if len(inflated) > limits.body_bytes:
        raise _too_large(limits)
    if not stream.eof:
        text = "Failed to uncompress the request body: it breaks off"
        raise RequestError(Code.INVALID_ARGUMENT, text)
    return inflated


def _too_large(limits: Limits) -> RequestError:
    text = f"The body has more than the {limits.body_bytes} bytes that one request may have"
    return RequestError(Code.INVALID_ARGUMENT, text, http=_TOO_LARGE)
