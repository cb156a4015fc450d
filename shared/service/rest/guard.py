"""Who may ask: a token, and no page of another site by way of a name that leads here."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.service.rest.endpoints import error_response
from shared.service.status import Code, RequestError

__all__ = ["Guard", "has_token"]

_GUARDED = ("/v1", "/metrics", "/monitoring", "/openapi.json", "/page/models")
"""Health is open, for whoever starts the server asks it; so are the files of the page."""

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def has_token(headers: Mapping[str, str], token: str) -> bool:
    """Whether `Authorization` holds the token; how long that takes does not tell how much is right.

    Args:
        headers: With keys in lower case.
        token: The one that is right.
    """
    sent = headers.get("authorization", "")
    return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())


class Guard:
    """What stands before the application.

    Args:
        app: The application.
        token: Which must be sent; None for none.
        is_loopback: Whether the server listens for this machine only. A page of another site can
            make a browser ask it all the same, under a name that it lets point here; such a request
            names that site as its host, and is refused.
    """

    def __init__(self, app: ASGIApp, *, token: str | None, is_loopback: bool) -> None:
        self._app = app
        self._token = token
        self._is_loopback = is_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "http":
            refused = self._refusal(scope)
            if refused is not None:
                await error_response(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> RequestError | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = hosts[0].decode("latin-1").lower() if hosts else ""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if self._is_loopback and name not in _LOOPBACK:
            text = "This server answers to localhost only; start it with --host for other names"
            return RequestError(Code.PERMISSION_DENIED, text)
        if self._token is None or not scope["path"].startswith(_GUARDED):
            return None
        if has_token(Headers(scope=scope), self._token):
            return None
        return RequestError(Code.UNAUTHENTICATED, "Expected the header Authorization: Bearer TOKEN")
