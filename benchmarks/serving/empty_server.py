"""The floor of a server in Python: our HTTP, and one answer for whatever is asked."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import Receive, Scope, Send

from shared.service.server import Address, Logs, ServerOptions, bind_listener, configure_http
from shared.service.settings import Limits

_BODY = b'{"predictions": []}'
_HEADERS = [(b"content-length", b"%d" % len(_BODY)), (b"content-type", b"application/json")]


async def _answer(_: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body", False):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def _serve() -> None:
    options = ServerOptions(Address(port=0), Limits(), Logs())
    config = configure_http(_answer, options)
    config.lifespan = "off"
    with bind_listener(options.address) as listener:
        print(f"REST: http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(_serve())
